//! `{{ name }}`: substitution of variables and nothing else. In: a text, and the values of the
//! names. Out: the filled text, and a mapping of its positions back to those of the source. Must
//! not know: Markdown, files.

use std::ops::Range;

/// A text with its variables filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilledTemplate {
    /// The text with the values in place of the variables.
    pub text: String,
    /// All mistakes, by place.
    pub mistakes: Vec<TemplateMistake>,
    /// Where each run begins in `text` and in the source, and whether it was copied (else it is a
    /// variable's value).
    runs: Vec<(usize, usize, bool)>,
}

/// What cannot be filled, and its span in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateMistake {
    /// Its bytes in the template.
    pub span: Range<usize>,
    /// What is wrong.
    pub kind: TemplateMistakeKind,
}

/// What is wrong with a variable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateMistakeKind {
    /// `{{` without `}}`.
    #[error("`{{{{` 没有对应的 `}}}}`")]
    Unclosed,
    /// `}}` without `{{`.
    #[error("`}}}}` 前面没有 `{{{{`")]
    Unopened,
    /// This cannot be a variable's name.
    #[error("{}", bad_name(.0))]
    BadName(String),
    /// No variable has this name.
    #[error("没有变量 `{0}`")]
    Unknown(String),
}

fn bad_name(name: &str) -> String {
    if name.is_empty() {
        "`{{ }}` 里没有变量名".to_owned()
    } else {
        format!("`{name}` 不能作变量名")
    }
}

/// Replaces each `{{ name }}` with `value(name)`. What cannot be filled is left unchanged and
/// reported.
pub fn fill<'v>(source: &str, value: impl Fn(&str) -> Option<&'v str>) -> FilledTemplate {
    let mut filled = FilledTemplate::default();
    let mut at = 0;
    while let Some(rest) = source.get(at..).filter(|rest| !rest.is_empty()) {
        let next = rest
            .find("{{")
            .or_else(|| rest.find("}}"))
            .map_or(rest.len(), |open| open.min(closing(rest)));
        filled.copy(rest.get(..next).unwrap_or_default(), at);
        at += next;
        let tag = rest.get(next..).unwrap_or_default();
        if tag.is_empty() {
            break;
        }
        let (length, put) = read_tag(tag, &value);
        match put {
            Ok(text) => {
                filled.runs.push((filled.text.len(), at, false));
                filled.text += text;
            }
            Err(what) => {
                filled.mistakes.push(TemplateMistake {
                    span: at..at + length,
                    kind: what,
                });
                filled.copy(tag.get(..length).unwrap_or_default(), at);
            }
        }
        at += length;
    }
    filled
}

/// Whether it can be a variable's name: lower-case letters, digits, `_` and `-`.
pub fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b))
}

impl FilledTemplate {
    /// The span in the source that `span` of the filled text came from.
    pub fn source(&self, span: Range<usize>) -> Range<usize> {
        let (start, end) = (self.back(span.start, false), self.back(span.end, true));
        start..end.max(start)
    }

    fn back(&self, at: usize, is_end: bool) -> usize {
        // the end of a span belongs to the run before it
        let after = self.runs.partition_point(|run| {
            if is_end && at > 0 {
                run.0 < at
            } else {
                run.0 <= at
            }
        });
        match self.runs.get(after.saturating_sub(1)) {
            Some((start, source, true)) => source + (at - start.min(&at)),
            Some((_, source, false)) if !is_end => *source,
            _ => self.runs.get(after).map_or(at, |next| next.1),
        }
    }

    fn copy(&mut self, text: &str, source: usize) {
        self.runs.push((self.text.len(), source, true));
        self.text += text;
    }
}

fn closing(text: &str) -> usize {
    text.find("}}").unwrap_or(text.len())
}

/// Reads a tag that begins with `{{` or `}}`: its length in bytes, and its value.
fn read_tag<'v>(
    tag: &str,
    value: &impl Fn(&str) -> Option<&'v str>,
) -> (usize, Result<&'v str, TemplateMistakeKind>) {
    let Some(inner) = tag.strip_prefix("{{") else {
        return (2, Err(TemplateMistakeKind::Unopened));
    };
    // a variable stands on one line and contains no other
    let end = inner
        .find("}}")
        .filter(|&end| !inner.get(..end).unwrap_or_default().contains(['\n', '{']));
    let Some(end) = end else {
        return (2, Err(TemplateMistakeKind::Unclosed));
    };
    let name = inner.get(..end).unwrap_or_default().trim();
    let put = match is_name(name) {
        true => value(name).ok_or_else(|| TemplateMistakeKind::Unknown(name.to_owned())),
        false => Err(TemplateMistakeKind::BadName(name.to_owned())),
    };
    (end + 4, put)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(source: &str) -> FilledTemplate {
        fill(source, |name| (name == "url").then_some("https://x.y"))
    }

    #[test]
    fn fills_and_reports() {
        assert_eq!(
            filled("看 {{ url }}，{{url}}。").text,
            "看 https://x.y，https://x.y。"
        );
        let whats = |source| {
            filled(source)
                .mistakes
                .into_iter()
                .map(|m| (m.span, m.kind))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            whats("甲 {{ no }} 乙"),
            [(4..12, TemplateMistakeKind::Unknown("no".into()))]
        );
        assert_eq!(whats("{{ url"), [(0..2, TemplateMistakeKind::Unclosed)]);
        assert_eq!(
            whats("{{ url\n}}"),
            [
                (0..2, TemplateMistakeKind::Unclosed),
                (7..9, TemplateMistakeKind::Unopened)
            ]
        );
        assert_eq!(
            whats("{{ a b }}"),
            [(0..9, TemplateMistakeKind::BadName("a b".into()))]
        );
        assert_eq!(
            whats("{{}}"),
            [(0..4, TemplateMistakeKind::BadName(String::new()))]
        );
        assert_eq!(whats("a }} b"), [(2..4, TemplateMistakeKind::Unopened)]);
        assert_eq!(filled("a }} {{ b").text, "a }} {{ b");
    }

    #[test]
    fn positions_lead_back() {
        let source = "甲 {{ url }} 乙丙";
        let text = filled(source);
        let at = |needle: &str| {
            text.text
                .find(needle)
                .map(|start| start..start + needle.len())
                .unwrap_or_default()
        };
        assert_eq!(&source[text.source(at("乙"))], "乙");
        assert_eq!(&source[text.source(at("丙"))], "丙");
        assert_eq!(&source[text.source(at("x.y"))], "{{ url }}");
        assert_eq!(&source[text.source(0..text.text.len())], source);
    }
}
