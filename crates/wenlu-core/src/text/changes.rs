//! What normalisation changed. In: a message as typed. Out: each rule that changed something, in
//! the order in which the rules apply, with what it changed. Must not know: who asks.

use super::normalization_rules::is_clause_end;
use super::normalization_rules::{fold, is_invisible, simplify};
use super::normalize::{bounded, clean, normalize, visible, widths_and_case};
use serde::Serialize;

/// A rule of normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NormalizationRule {
    /// Zero-width, control and other invisible characters were removed.
    Invisible,
    /// Full width to half width, compatibility forms to plain ones, capitals to small letters.
    WidthAndCase,
    /// Traditional characters to simplified ones.
    Simplified,
    /// Emoji and symbols were removed.
    Symbols,
    /// Repeated characters were cut short.
    Repeats,
    /// Punctuation, and spaces that separate nothing, were removed.
    Punctuation,
}

/// What one rule changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NormalizationChange {
    /// The rule that changed it.
    pub rule: NormalizationRule,
    /// The pieces that were replaced; for invisible characters, their code points.
    pub from: Vec<String>,
    /// What replaced them; empty if they were removed.
    pub to: Vec<String>,
}

/// The changes between `text` and [`normalize`]`(text)`, rule by rule.
pub(crate) fn normalization_changes(text: &str) -> Vec<NormalizationChange> {
    let text = bounded(text);
    let seen = visible(text);
    let narrow = widths_and_case(&seen);
    let simple = simplify(&narrow);
    let (clean, normal) = (clean(text), normalize(text));
    let gone = |rule, pieces: Vec<String>| NormalizationChange {
        rule,
        from: pieces,
        to: Vec::new(),
    };
    let code_point = |c: char| format!("U+{:04X}", u32::from(c));
    let stop = |c: char| is_clause_end(fold(c));
    let kept = |c: &char| *c == ' ' || stop(*c) || fold(*c) != ' ';
    let plain: String = simple
        .chars()
        .map(|c| if kept(&c) { fold(c) } else { ' ' })
        .collect();
    let mut all = vec![
        gone(
            NormalizationRule::Invisible,
            text.chars()
                .filter(|&c| is_invisible(c))
                .map(code_point)
                .collect(),
        ),
        replaced(NormalizationRule::WidthAndCase, &seen, &narrow),
        replaced(NormalizationRule::Simplified, &narrow, &simple),
        gone(
            NormalizationRule::Symbols,
            simple
                .chars()
                .filter(|c| !kept(c) && !c.is_whitespace())
                .map(String::from)
                .collect(),
        ),
        repeats(&plain, &clean),
    ];
    let marks: Vec<String> = clean
        .chars()
        .filter(|&c| is_clause_end(c))
        .map(String::from)
        .collect();
    let spaces = |text: &str| text.chars().filter(|c| c.is_whitespace()).count();
    if !marks.is_empty() || spaces(&simple) > spaces(&normal) {
        all.push(gone(
            NormalizationRule::Punctuation,
            if marks.is_empty() {
                vec![" ".to_owned()]
            } else {
                marks
            },
        ));
    }
    all.retain(|change| !change.from.is_empty());
    all
}

/// The runs of characters that differ: position by position if the length is the same, else
/// everything between the common prefix and the common suffix.
fn replaced(rule: NormalizationRule, before: &str, after: &str) -> NormalizationChange {
    let (old, new): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
    let mut change = NormalizationChange {
        rule,
        from: Vec::new(),
        to: Vec::new(),
    };
    if old.len() == new.len() {
        let pairs: Vec<(char, char)> = old.into_iter().zip(new).collect();
        for run in pairs
            .chunk_by(|a, b| (a.0 == a.1) == (b.0 == b.1))
            .filter(|run| run[0].0 != run[0].1)
        {
            change.from.push(run.iter().map(|pair| pair.0).collect());
            change.to.push(run.iter().map(|pair| pair.1).collect());
        }
        return change;
    }
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[head..]
        .iter()
        .rev()
        .zip(new[head..].iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    change
        .from
        .push(old[head..old.len() - tail].iter().collect());
    change.to.push(new[head..new.len() - tail].iter().collect());
    change
}

/// The runs of equal characters that became shorter. Apart from spaces both texts have the same
/// runs.
fn repeats(before: &str, after: &str) -> NormalizationChange {
    let runs = |text: &str| -> Vec<String> {
        let chars: Vec<char> = text
            .chars()
            .filter(|&c| c != ' ' && !is_clause_end(c))
            .collect();
        chars
            .chunk_by(|a, b| a == b)
            .map(|run| run.iter().collect())
            .collect()
    };
    let shortened: Vec<(String, String)> = runs(before)
        .into_iter()
        .zip(runs(after))
        .filter(|(old, new)| old != new)
        .collect();
    let (from, to) = shortened.into_iter().unzip();
    NormalizationChange {
        rule: NormalizationRule::Repeats,
        from,
        to,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_says_what_it_changed() {
        let told = |text: &str| -> Vec<String> {
            normalization_changes(text)
                .iter()
                .map(|c| format!("{:?} {} → {}", c.rule, c.from.join("|"), c.to.join("|")))
                .collect()
        };
        assert_eq!(told("小程序迁移后openid会变吗"), [""; 0]);
        assert_eq!(
            told("ＯｐｅｎＩＤ會變嗎？？"),
            [
                "WidthAndCase ＯｐｅｎＩＤ|？？ → openid|??",
                "Simplified 會變嗎 → 会变吗",
                "Punctuation ? → "
            ]
        );
        assert_eq!(
            told("注\u{200b}销😭小程序"),
            ["Invisible U+200B → ", "Symbols 😭 → "]
        );
        assert_eq!(
            told("急急急急 sooooo"),
            ["Repeats 急急急急|ooooo → 急|oo", "Punctuation   → "]
        );
        assert_eq!(told(""), [""; 0]);
    }
}
