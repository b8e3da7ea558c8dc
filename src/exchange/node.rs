//! JSON and YAML alike: a tree of values with their lines. In: what `json` and `yaml` read. Out: look-ups. Must not
//! know: formats.

use super::{Place, Problem};
use std::collections::HashSet;

/// A value and the line on which it begins, from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub line: usize,
    pub value: Value,
    /// What stands behind a plain YAML text after ` #`: a comment, unless its writer thought otherwise.
    pub comment: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    /// Number, true or false of JSON; an alias of YAML.
    Other(String),
    Empty,
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub line: usize,
    pub what: String,
}

/// Deeper than this is no training data.
pub const DEEPEST: usize = 64;

impl Node {
    pub fn new(line: usize, value: Value) -> Self {
        Self { line, value, comment: None }
    }

    pub fn get(&self, key: &str) -> Option<&Node> {
        self.pairs().iter().find(|(k, _)| k == key).map(|(_, node)| node)
    }

    /// The text under `key`, if it says something.
    pub fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text().filter(|text| !text.trim().is_empty())
    }

    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn pairs(&self) -> &[(String, Node)] {
        match &self.value {
            Value::Map(pairs) => pairs,
            _ => &[],
        }
    }

    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The items of a list, or the value itself where one stands for a list of one.
    pub fn each(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            Value::Empty => &[],
            _ => std::slice::from_ref(self),
        }
    }

    pub fn is_true(&self) -> bool {
        matches!(&self.value, Value::Other(word) | Value::Text(word) if word == "true")
    }

    /// Whether there is nothing in it that could be lost.
    pub fn is_blank(&self) -> bool {
        match &self.value {
            Value::Text(text) => text.trim().is_empty(),
            Value::Other(word) => word == "false",
            Value::Empty => true,
            Value::List(items) => items.iter().all(Node::is_blank),
            Value::Map(pairs) => pairs.iter().all(|(_, node)| node.is_blank()),
        }
    }

    /// How many things are in it, for a note.
    pub fn size(&self) -> String {
        match &self.value {
            Value::List(items) => format!("（{} 项）", items.len()),
            Value::Map(pairs) => format!("（{} 项）", pairs.len()),
            _ => " ".to_owned(),
        }
    }

    /// Its kind, as a message names it.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Text(_) => "文字",
            Value::Other(_) => "数字、布尔值或别名",
            Value::Empty => "空值",
            Value::List(_) => "列表",
            Value::Map(_) => "一组字段",
        }
    }

    /// The list under `key`.
    pub fn list_of(&self, key: &str, file: &str) -> Result<&[Node], Problem> {
        match self.get(key) {
            None => Ok(&[]),
            Some(Node { value: Value::List(items), .. }) => Ok(items),
            Some(Node { value: Value::Empty, .. }) => Ok(&[]),
            Some(other) => Err(other.wrong(file, &format!("`{key}` 要是一个列表"))),
        }
    }

    /// That a field is missing.
    pub fn lacks(&self, file: &str, wanted: &str) -> Problem {
        match &self.value {
            Value::Map(_) => Place::line(file, self.line).problem(wanted),
            _ => self.wrong(file, wanted),
        }
    }

    /// That it is not what it should be.
    pub fn wrong(&self, file: &str, wanted: &str) -> Problem {
        Place::line(file, self.line).problem(format!("{wanted}，这里是{}", self.kind()))
    }
}

/// A set of fields; the same key twice would hide one of them.
pub fn map(pairs: Vec<(String, Node)>) -> Result<Value, Fault> {
    let mut seen = HashSet::new();
    match pairs.iter().find(|(key, _)| !seen.insert(key.as_str())) {
        Some((key, node)) => Err(Fault { line: node.line, what: format!("`{key}` 写了两次") }),
        None => Ok(Value::Map(pairs)),
    }
}

impl Fault {
    pub fn of(self, file: &str) -> Problem {
        Place::line(file, self.line).problem(self.what)
    }
}
