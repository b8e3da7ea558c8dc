//! JSON with line numbers. In: a text. Out: a [`DataNode`], or an error with its line. Must not
//! know: formats.

use super::ImportError;
use super::input::ImportFile;
use super::node::{DEEPEST, DataNode, DataValue, SyntaxError, map};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

pub(crate) fn parse(text: &str) -> Result<DataNode, SyntaxError> {
    let bad = |error: serde_json::Error| SyntaxError {
        line: error.line().max(1),
        what: format!("JSON 写错了：{error}"),
    };
    let raw: &RawValue = serde_json::from_str(text).map_err(bad)?;
    let starts = std::iter::once(0)
        .chain(text.match_indices('\n').map(|(at, _)| at + 1))
        .collect();
    JsonReader { text, starts }.node(raw, 0)
}

/// Parses a file that is one JSON value.
pub(crate) fn of_file(file: &ImportFile) -> Result<DataNode, ImportError> {
    parse(&file.text).map_err(|fault| fault.of(&file.name))
}

struct JsonReader<'t> {
    text: &'t str,
    /// Byte offset at which each line begins.
    starts: Vec<usize>,
}

impl<'t> JsonReader<'t> {
    /// `raw` is a slice of `text`, so that its address gives its line.
    fn node(&self, raw: &'t RawValue, depth: usize) -> Result<DataNode, SyntaxError> {
        let written = raw.get();
        let at = (written.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let line = self.starts.partition_point(|start| *start <= at);
        let bad = |error: serde_json::Error| SyntaxError {
            line,
            what: format!("JSON 写错了：{error}"),
        };
        if depth > DEEPEST {
            return Err(SyntaxError {
                line,
                what: "嵌套太深".to_owned(),
            });
        }
        let value = match written.as_bytes().first() {
            Some(b'"') => DataValue::Text(serde_json::from_str(written).map_err(bad)?),
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(written).map_err(bad)?;
                DataValue::List(
                    items
                        .into_iter()
                        .map(|item| self.node(item, depth + 1))
                        .collect::<Result<_, _>>()?,
                )
            }
            Some(b'{') => {
                let JsonFields(read) = serde_json::from_str(written).map_err(bad)?;
                let pair = |(key, raw)| Ok((key, self.node(raw, depth + 1)?));
                map(read.into_iter().map(pair).collect::<Result<_, _>>()?)?
            }
            Some(b'n') => DataValue::Empty,
            _ => DataValue::Other(written.to_owned()),
        };
        Ok(DataNode::new(line, value))
    }
}

/// The fields of an object; their values are not parsed yet.
struct JsonFields<'t>(Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for JsonFields<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct JsonFieldsVisitor;
        impl<'de> Visitor<'de> for JsonFieldsVisitor {
            type Value = JsonFields<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonFields<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(JsonFields(pairs))
            }
        }
        from.deserialize_map(JsonFieldsVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_their_lines() {
        let node =
            parse("{\n  \"a\": [\"中\\n文\", 1,\n    null],\n  \"b\": {\"c\": true}\n}").unwrap();
        let a = node.get("a").unwrap();
        assert_eq!(
            a.items().iter().map(|n| n.line).collect::<Vec<_>>(),
            [2, 2, 3]
        );
        assert_eq!(a.items()[0].text(), Some("中\n文"));
        assert!(node.get("b").unwrap().get("c").unwrap().is_true());
    }

    #[test]
    fn faults_know_theirs() {
        assert_eq!(parse("{\n \"a\": [1\n}").unwrap_err().line, 3);
        assert_eq!(
            parse("{\"a\": 1,\n\"a\": 2}").unwrap_err(),
            SyntaxError {
                line: 2,
                what: "`a` 写了两次".into()
            }
        );
        assert_eq!(parse("").unwrap_err().line, 1);
        assert!(parse(&"[".repeat(100_000)).is_err());
        let deep = "[".repeat(5_000) + &"]".repeat(5_000);
        assert_eq!(parse(&deep).unwrap_err().what, "嵌套太深");
    }
}
