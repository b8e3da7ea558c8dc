//! YAML with line numbers. In: a text. Out: a [`DataNode`], or an error with its line. Scalars are
//! text: `yes` is the word yes. Must not know: formats.

use super::node::{DEEPEST, DataNode, DataValue, SyntaxError, map};
use saphyr_parser::{Event, Parser, ScalarStyle, Span};

pub(crate) fn parse(text: &str) -> Result<DataNode, SyntaxError> {
    let mut tree = YamlTreeBuilder {
        lines: text.lines().collect(),
        ..YamlTreeBuilder::default()
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| SyntaxError {
            line: error.marker().line(),
            what: format!("YAML 写错了：{}", error.info()),
        })?;
        tree.event(event, span)?;
    }
    Ok(tree
        .root
        .unwrap_or_else(|| DataNode::new(1, DataValue::Empty)))
}

/// State of the parse.
#[derive(Default)]
struct YamlTreeBuilder<'t> {
    lines: Vec<&'t str>,
    root: Option<DataNode>,
    open: Vec<OpenCollection>,
}

/// A list or map that has not ended yet.
struct OpenCollection {
    line: usize,
    value: DataValue,
    /// The key whose value comes next.
    key: Option<String>,
}

impl YamlTreeBuilder<'_> {
    fn event(&mut self, event: Event, span: Span) -> Result<(), SyntaxError> {
        let line = span.start.line();
        match event {
            Event::Scalar(text, style, ..) => {
                let node = self.scalar(text.into_owned(), style, span);
                self.add(node)
            }
            Event::Alias(_) => self.add(DataNode::new(line, DataValue::Other("*".to_owned()))),
            Event::SequenceStart(..) => self.begin(line, DataValue::List(Vec::new())),
            Event::MappingStart(..) => self.begin(line, DataValue::Map(Vec::new())),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(OpenCollection {
                    line,
                    value: DataValue::Map(pairs),
                    ..
                }) => self.add(DataNode::new(line, map(pairs)?)),
                Some(OpenCollection { line, value, .. }) => self.add(DataNode::new(line, value)),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn begin(&mut self, line: usize, value: DataValue) -> Result<(), SyntaxError> {
        if self.open.len() >= DEEPEST {
            return Err(SyntaxError {
                line,
                what: "嵌套太深".to_owned(),
            });
        }
        self.open.push(OpenCollection {
            line,
            value,
            key: None,
        });
        Ok(())
    }

    fn add(&mut self, node: DataNode) -> Result<(), SyntaxError> {
        let Some(open) = self.open.last_mut() else {
            let line = node.line;
            return match self.root.replace(node) {
                Some(_) => Err(SyntaxError {
                    line,
                    what: "一个文件里只能有一份 YAML 文档".to_owned(),
                }),
                None => Ok(()),
            };
        };
        match (&mut open.value, open.key.take()) {
            (DataValue::List(items), _) => items.push(node),
            (DataValue::Map(pairs), Some(key)) => pairs.push((key, node)),
            (_, _) => match node.value {
                DataValue::Text(text) => open.key = Some(text),
                DataValue::Empty => open.key = Some(String::new()),
                _ => {
                    return Err(SyntaxError {
                        line: node.line,
                        what: format!("字段名要是文字，这里是{}", node.kind()),
                    });
                }
            },
        }
        Ok(())
    }

    fn scalar(&self, text: String, style: ScalarStyle, span: Span) -> DataNode {
        let plain = style == ScalarStyle::Plain;
        // a block scalar's span begins at its first line that is not blank
        let blank = text.len() - text.trim_start_matches('\n').len();
        let line = match style {
            ScalarStyle::Literal => span.start.line().saturating_sub(blank).max(1),
            _ => span.start.line(),
        };
        let empty = plain && matches!(text.as_str(), "" | "~" | "null");
        let comment = plain.then(|| self.comment(&span)).flatten();
        DataNode {
            line,
            value: if empty {
                DataValue::Empty
            } else {
                DataValue::Text(text)
            },
            comment,
        }
    }

    /// The comment behind a plain scalar, with its `#`.
    fn comment(&self, span: &Span) -> Option<String> {
        let line = self.lines.get(span.end.line().checked_sub(1)?)?;
        let rest: String = line.chars().skip(span.end.col()).collect();
        let comment = rest.trim_start().strip_prefix('#')?;
        rest.starts_with([' ', '\t'])
            .then(|| format!("#{}", comment.trim_end()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_kept_in_a_block_and_known_behind_plain_text() {
        let node =
            parse("a: |\n\n  - 能不能注销 #急\nb: 能不能注销 #急\nc: \"甲 #乙\"\nd: 甲#乙\n")
                .unwrap();
        let at = |key| node.get(key).unwrap();
        assert_eq!(
            (at("a").text(), at("a").line),
            (Some("\n- 能不能注销 #急\n"), 2)
        );
        assert_eq!(
            (at("b").text(), at("b").comment.as_deref()),
            (Some("能不能注销"), Some("#急"))
        );
        assert_eq!(
            (at("c").text(), at("c").comment.as_deref()),
            (Some("甲 #乙"), None)
        );
        assert_eq!(
            (at("d").text(), at("d").comment.as_deref()),
            (Some("甲#乙"), None)
        );
    }

    #[test]
    fn faults_know_their_lines() {
        assert_eq!(parse("a: 1\nb: [1\n").unwrap_err().line, 3);
        assert_eq!(
            parse("a: 1\na: 2\n").unwrap_err(),
            SyntaxError {
                line: 2,
                what: "`a` 写了两次".into()
            }
        );
        assert_eq!(parse("a: 1\n---\nb: 2\n").unwrap_err().line, 3);
        assert_eq!(parse(&"- ".repeat(5_000)).unwrap_err().what, "嵌套太深");
        assert!(parse(&"[".repeat(100_000)).is_err());
        assert_eq!(
            parse("a: &x [1]\nb: *x\n").unwrap().get("b").unwrap().value,
            DataValue::Other("*".into())
        );
    }
}
