//! Labelled messages. In: the text of a TSV. Out: rows, or the first line that cannot be read. Must
//! not know: routing.
//!
//! A label is an intent's id, or its name in other systems; `none` means out of scope; several
//! right ones are joined with `|`.

/// One labelled message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledMessage {
    /// The message as it was typed.
    pub text: String,
    /// Right intents; `none` among them: may also go unanswered.
    pub labels: Vec<String>,
}

/// A line of a TSV that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct TsvRowError {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// Reads `utterance<TAB>intent` with a header line; further columns are ignored.
///
/// # Errors
///
/// The first line without a tab, a message or a label.
pub fn read_tsv(tsv: &str) -> Result<Vec<LabelledMessage>, TsvRowError> {
    let mut rows = Vec::new();
    for (at, line) in tsv.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim_end_matches('\r');
        let bad = |problem| TsvRowError {
            line: at + 1,
            problem,
        };
        if line.is_empty() {
            continue;
        }
        let (text, rest) = line
            .split_once('\t')
            .ok_or(bad("expected utterance<TAB>intent, and there is no tab"))?;
        let label = rest.split('\t').next().unwrap_or_default();
        if at == 0 && (text, label) == ("utterance", "intent") {
            continue;
        }
        let labels: Vec<String> = label
            .split('|')
            .map(|l| l.trim().to_owned())
            .filter(|l| !l.is_empty())
            .collect();
        if text.trim().is_empty() {
            return Err(bad("the utterance is empty"));
        }
        if labels.is_empty() {
            return Err(bad("the intent is empty; out of scope is `none`"));
        }
        rows.push(LabelledMessage {
            text: text.to_owned(),
            labels,
        });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tsv() {
        let rows = read_tsv("utterance\tintent\n你好\tsmalltalk-hello\nx\ta|none\tkind\n").unwrap();
        assert_eq!(
            rows[1],
            LabelledMessage {
                text: "x".into(),
                labels: vec!["a".into(), "none".into()]
            }
        );
        assert_eq!(
            read_tsv("a b c").unwrap_err().to_string(),
            "line 1: expected utterance<TAB>intent, and there is no tab"
        );
        assert_eq!(read_tsv("a\t").unwrap_err().line, 1);
    }
}
