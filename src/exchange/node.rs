//! A tree of values with line numbers, for both JSON and YAML. In: what `json` and `yaml` parse.
//! Out: look-ups, and errors with location. Must not know: formats.

use super::{Place, Problem};
use std::collections::HashSet;

/// A value and the line on which it begins, counted from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub line: usize,
    pub value: Value,
    /// What follows a plain YAML scalar after ` #`. By YAML's rules a comment; the author may have
    /// meant it as text.
    pub comment: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    /// A number or Boolean of JSON; an alias of YAML.
    Other(String),
    Empty,
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// A syntax error, with its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub line: usize,
    pub what: String,
}

/// Deepest nesting that is accepted.
pub const DEEPEST: usize = 64;

impl Node {
    pub fn new(line: usize, value: Value) -> Self {
        Self { line, value, comment: None }
    }

    pub fn get(&self, key: &str) -> Option<&Node> {
        self.pairs().iter().find(|(k, _)| k == key).map(|(_, node)| node)
    }

    /// The text under `key`, if it is not blank.
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

    /// The items of a list; any other value as a list of one.
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

    /// Whether nothing is lost if this value is not imported.
    pub fn is_blank(&self) -> bool {
        match &self.value {
            Value::Text(text) => text.trim().is_empty(),
            Value::Other(word) => word == "false",
            Value::Empty => true,
            Value::List(items) => items.iter().all(Node::is_blank),
            Value::Map(pairs) => pairs.iter().all(|(_, node)| node.is_blank()),
        }
    }

    /// The number of items, for a note.
    pub fn size(&self) -> String {
        match &self.value {
            Value::List(items) => format!("（{} 项）", items.len()),
            Value::Map(pairs) => format!("（{} 项）", pairs.len()),
            _ => " ".to_owned(),
        }
    }

    /// The kind of value, for a message.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Text(_) => "文字",
            Value::Other(_) => "数字、布尔值或别名",
            Value::Empty => "空值",
            Value::List(_) => "列表",
            Value::Map(_) => "一组字段",
        }
    }

    /// The list under `key`; empty if the key is missing.
    pub fn list_of(&self, key: &str, file: &str) -> Result<&[Node], Problem> {
        match self.get(key) {
            None => Ok(&[]),
            Some(Node { value: Value::List(items), .. }) => Ok(items),
            Some(Node { value: Value::Empty, .. }) => Ok(&[]),
            Some(other) => Err(other.wrong(file, &format!("`{key}` 要是一个列表"))),
        }
    }

    /// The error that a field is missing.
    pub fn lacks(&self, file: &str, wanted: &str) -> Problem {
        match &self.value {
            Value::Map(_) => Place::line(file, self.line).problem(wanted),
            _ => self.wrong(file, wanted),
        }
    }

    /// The error that this value has the wrong kind.
    pub fn wrong(&self, file: &str, wanted: &str) -> Problem {
        Place::line(file, self.line).problem(format!("{wanted}，这里是{}", self.kind()))
    }
}

/// A map of fields.
///
/// # Errors
///
/// A key occurs twice.
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
