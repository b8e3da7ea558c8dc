//! YAML with line numbers. In: a text. Out: a [`DataNode`], or an error with its line. Scalars are
//! text: `yes` is the word yes. Aliases stand for what they name. Must not know: formats.

use super::node::{DEEPEST, DataNode, DataValue, SyntaxError, map};
use super::yaml_quotes::indent_continuations;
use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use std::collections::HashMap;

pub(crate) fn parse(text: &str) -> Result<DataNode, SyntaxError> {
    parse_strictly(text).or_else(|fault| match indent_continuations(text) {
        // the programs that these files are written for read them so
        Some(indented) => parse_strictly(&indented).map_err(|_| fault),
        None => Err(fault),
    })
}

fn parse_strictly(text: &str) -> Result<DataNode, SyntaxError> {
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
    /// What has an anchor, by the parser's number.
    anchors: HashMap<usize, DataNode>,
    /// How many values aliases have stood for.
    copied: usize,
}

/// Most values that all aliases of a file may stand for together: an alias of aliases of aliases
/// would fill the memory.
const MOST_COPIED: usize = 100_000;

/// A list or map that has not ended yet.
struct OpenCollection {
    line: usize,
    value: DataValue,
    /// The key whose value comes next.
    key: Option<String>,
    anchor: usize,
}

impl YamlTreeBuilder<'_> {
    fn event(&mut self, event: Event, span: Span) -> Result<(), SyntaxError> {
        let line = span.start.line();
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let node = self.scalar(text.into_owned(), style, span);
                self.named(anchor, node)
            }
            Event::Alias(anchor) => {
                let node = self.copy(anchor, line)?;
                self.add(node)
            }
            Event::SequenceStart(anchor, _) => {
                self.begin(line, anchor, DataValue::List(Vec::new()))
            }
            Event::MappingStart(anchor, _) => self.begin(line, anchor, DataValue::Map(Vec::new())),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(OpenCollection {
                    line,
                    value: DataValue::Map(pairs),
                    anchor,
                    ..
                }) => self.named(anchor, DataNode::new(line, map(merged(pairs))?)),
                Some(OpenCollection {
                    line,
                    value,
                    anchor,
                    ..
                }) => self.named(anchor, DataNode::new(line, value)),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Adds a node, and keeps it if it has an anchor.
    fn named(&mut self, anchor: usize, node: DataNode) -> Result<(), SyntaxError> {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        self.add(node)
    }

    /// What an alias stands for.
    fn copy(&mut self, anchor: usize, line: usize) -> Result<DataNode, SyntaxError> {
        let Some(node) = self.anchors.get(&anchor) else {
            let what = "别名指向它自己，或者指向没有的东西".to_owned();
            return Err(SyntaxError { line, what });
        };
        self.copied += node.count();
        if self.copied > MOST_COPIED {
            let what = "别名套别名，展开以后太大".to_owned();
            return Err(SyntaxError { line, what });
        }
        Ok(node.clone())
    }

    fn begin(&mut self, line: usize, anchor: usize, value: DataValue) -> Result<(), SyntaxError> {
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
            anchor,
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

/// The fields of a map, those of `<<` among them unless the map has its own.
fn merged(pairs: Vec<(String, DataNode)>) -> Vec<(String, DataNode)> {
    let (merge, mut own): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(key, node)| {
        let is_map = |node: &DataNode| matches!(node.value, DataValue::Map(_));
        key == "<<" && node.each().iter().all(is_map)
    });
    for (_, node) in merge {
        for (key, value) in node.each().iter().flat_map(|node| node.pairs().to_vec()) {
            if !own.iter().any(|(name, _)| *name == key) {
                own.push((key, value));
            }
        }
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_and_merges_stand_for_what_they_name() {
        let node = parse("a: &x [1]\nb: *x\nc: &m {d: 1, e: 2}\nf:\n  <<: *m\n  e: 3\n").unwrap();
        assert_eq!(node.get("b").unwrap().items().len(), 1);
        let merged = node.get("f").unwrap();
        assert_eq!(
            (merged.text_of("d"), merged.text_of("e")),
            (Some("1"), Some("3"))
        );
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..12 {
            let list = vec![format!("*a{}", n - 1); 9].join(", ");
            bomb += &format!("a{n}: &a{n} [{list}]\n");
        }
        assert_eq!(parse(&bomb).unwrap_err().what, "别名套别名，展开以后太大");
        assert!(parse("a: &x [*x]\n").is_err());
    }

    #[test]
    fn quotes_that_go_on_at_the_same_depth_are_read_as_by_others() {
        let node = parse("u:\n- text: \"你好，\n  我是\n\n  机器人\"\n  b: 'it''s\n  so'\nv: 1\n")
            .unwrap();
        let item = &node.get("u").unwrap().items()[0];
        assert_eq!(item.text_of("text"), Some("你好， 我是\n机器人"));
        assert_eq!(item.text_of("b"), Some("it's so"));
        assert_eq!(node.text_of("v"), Some("1"));
    }

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
    }
}
