//! A tree of values with line numbers, for both JSON and YAML. In: what `json` and `yaml` parse.
//! Out: look-ups, and errors with location. Must not know: formats.

use super::{ImportError, ImportLocation};
use std::collections::HashSet;

/// A value and the line on which it begins, counted from 1.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DataNode {
    pub line: usize,
    pub value: DataValue,
    /// What follows a plain YAML scalar after ` #`. By YAML's rules a comment; the author may have
    /// meant it as text.
    pub comment: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum DataValue {
    Text(String),
    /// A number or Boolean of JSON.
    Other(String),
    Empty,
    List(Vec<DataNode>),
    Map(Vec<(String, DataNode)>),
}

/// A syntax error, with its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    pub line: usize,
    pub what: String,
}

/// Deepest nesting that is accepted.
pub(crate) const DEEPEST: usize = 64;

impl DataNode {
    pub(crate) fn new(line: usize, value: DataValue) -> Self {
        Self {
            line,
            value,
            comment: None,
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&DataNode> {
        self.pairs()
            .iter()
            .find(|(k, _)| k == key)
            .map(|(_, node)| node)
    }

    /// The text under `key`, if it is not blank.
    pub(crate) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text().filter(|text| !text.trim().is_empty())
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            DataValue::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn pairs(&self) -> &[(String, DataNode)] {
        match &self.value {
            DataValue::Map(pairs) => pairs,
            _ => &[],
        }
    }

    pub(crate) fn items(&self) -> &[DataNode] {
        match &self.value {
            DataValue::List(items) => items,
            _ => &[],
        }
    }

    /// The items of a list; any other value as a list of one.
    pub(crate) fn each(&self) -> &[DataNode] {
        match &self.value {
            DataValue::List(items) => items,
            DataValue::Empty => &[],
            _ => std::slice::from_ref(self),
        }
    }

    pub(crate) fn is_true(&self) -> bool {
        matches!(&self.value, DataValue::Other(word) | DataValue::Text(word) if word == "true")
    }

    /// Whether nothing is lost if this value is not imported.
    pub(crate) fn is_blank(&self) -> bool {
        match &self.value {
            DataValue::Text(text) => text.trim().is_empty(),
            DataValue::Other(word) => word == "false",
            DataValue::Empty => true,
            DataValue::List(items) => items.iter().all(DataNode::is_blank),
            DataValue::Map(pairs) => pairs.iter().all(|(_, node)| node.is_blank()),
        }
    }

    /// How many values it is made of.
    pub(crate) fn count(&self) -> usize {
        let below: usize = match &self.value {
            DataValue::List(items) => items.iter().map(DataNode::count).sum(),
            DataValue::Map(pairs) => pairs.iter().map(|(_, node)| node.count()).sum(),
            _ => 0,
        };
        1 + below
    }

    /// The number of items, for a note.
    pub(crate) fn size(&self) -> String {
        match &self.value {
            DataValue::List(items) => format!("（{} 项）", items.len()),
            DataValue::Map(pairs) => format!("（{} 项）", pairs.len()),
            _ => " ".to_owned(),
        }
    }

    /// The kind of value, for a message.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.value {
            DataValue::Text(_) => "文字",
            DataValue::Other(_) => "数字或布尔值",
            DataValue::Empty => "空值",
            DataValue::List(_) => "列表",
            DataValue::Map(_) => "一组字段",
        }
    }

    /// The list under `key`; empty if the key is missing.
    pub(crate) fn list_of(&self, key: &str, file: &str) -> Result<&[DataNode], ImportError> {
        match self.get(key) {
            None => Ok(&[]),
            Some(DataNode {
                value: DataValue::List(items),
                ..
            }) => Ok(items),
            Some(DataNode {
                value: DataValue::Empty,
                ..
            }) => Ok(&[]),
            Some(other) => Err(other.wrong_kind(file, &format!("`{key}` 要是一个列表"))),
        }
    }

    /// The error that a field is missing.
    pub(crate) fn lacks(&self, file: &str, wanted: &str) -> ImportError {
        match &self.value {
            DataValue::Map(_) => ImportLocation::line(file, self.line).problem(wanted),
            _ => self.wrong_kind(file, wanted),
        }
    }

    /// The error that this value has the wrong kind.
    pub(crate) fn wrong_kind(&self, file: &str, wanted: &str) -> ImportError {
        ImportLocation::line(file, self.line).problem(format!("{wanted}，这里是{}", self.kind()))
    }
}

/// A map of fields.
///
/// # Errors
///
/// A key occurs twice.
pub(crate) fn map(pairs: Vec<(String, DataNode)>) -> Result<DataValue, SyntaxError> {
    let mut seen = HashSet::new();
    match pairs.iter().find(|(key, _)| !seen.insert(key.as_str())) {
        Some((key, node)) => Err(SyntaxError {
            line: node.line,
            what: format!("`{key}` 写了两次"),
        }),
        None => Ok(DataValue::Map(pairs)),
    }
}

impl SyntaxError {
    pub(crate) fn of(self, file: &str) -> ImportError {
        ImportLocation::line(file, self.line).problem(self.what)
    }
}
