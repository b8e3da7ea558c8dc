//! Clauses. In: a message as typed. Out: its clauses, normalised, with the negated ones set apart
//! (不想注销，只想迁移 → 只想迁移). Must not know: intents.

use crate::text::normalization_rules::is_clause_end;
use crate::text::normalize::{clean, is_han, normalize, strip_punctuation};
use crate::text::units::units;
use aho_corasick::AhoCorasick;
use std::borrow::Cow;
use std::sync::LazyLock;

/// A message split into clauses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageClauses {
    /// The message, normalised.
    pub(crate) normal: String,
    /// The message without its negated clauses, normalised; `None`: nothing was left out.
    pub(crate) kept: Option<String>,
    /// The clauses that are not negated, in order; empty for a message of one clause.
    pub(crate) clauses: Vec<Clause>,
    /// The negated clauses.
    pub(crate) negated: Vec<String>,
}

/// One clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// The clause, normalised.
    pub(crate) text: String,
    /// Whether it is a question by itself, or introduced as a further one; other clauses only give
    /// the background of a question.
    pub(crate) asks: bool,
}

/// Words that make a clause a question.
const QUESTION_WORDS: &[&str] = &[
    "吗",
    "呢",
    "怎么",
    "怎样",
    "如何",
    "咋",
    "什么",
    "啥",
    "哪",
    "几",
    "多久",
    "多少",
    "能不能",
    "可不可以",
    "会不会",
    "要不要",
    "是否",
    "是不是",
    "有没有",
    "能否",
    "求",
    "how ",
    "what ",
    "where ",
    "which ",
    "can i",
    "can we",
    "do i",
    "do we",
    "does ",
    "will ",
    "why ",
];

/// Words that introduce a further question.
const CONNECTORS: &[&str] = &[
    "顺便",
    "另外",
    "还有",
    "再问",
    "以及",
    "同时",
    "还想问",
    "also ",
    "and also ",
];

/// Finds all connectors in one pass; `ASKS` finds the question words too.
static CONNECTS: LazyLock<AhoCorasick> = LazyLock::new(|| finder(CONNECTORS));
static ASKS: LazyLock<AhoCorasick> =
    LazyLock::new(|| finder(&[QUESTION_WORDS, CONNECTORS].concat()));

/// Beginnings of a clause that says what the asker does not want. 不想被冻结 (does not want to be
/// frozen) is none: it does ask something.
const NEGATIONS: &[&str] = &[
    "不想问",
    "不是想问",
    "不是要问",
    "不是问",
    "不问",
    "没想问",
    "没问",
    "别跟我说",
    "别给我",
    "不要跟我说",
    "不是想",
    "不是要",
    "不是说",
    "并不是",
    "并非",
    "不想要",
    "不想",
    "没有人",
    "没人",
    "不需要",
    "不打算",
    "不用",
    "没打算",
    "没想",
    "没有要",
    "不是",
    "无需",
    "不要",
    "而不是",
    "而非",
    "i don't want to",
    "i do not want to",
    "not asking about",
    "i'm not asking about",
    "i am not asking about",
    "not about",
];

/// Subjects that may stand before a negation.
const SUBJECTS: &[&str] = &[
    "我可", "我并", "我们", "我", "咱们", "咱", "俺", "本人", "这", "这个", "这次",
];

impl MessageClauses {
    /// The text to route: the message without negated clauses, normalised.
    pub fn whole(&self) -> &str {
        self.kept.as_deref().unwrap_or(&self.normal)
    }
}

/// Splits at clause punctuation and before connectors. Negated clauses are removed only if a
/// remaining one has at least two units.
pub fn split_clauses(text: &str) -> MessageClauses {
    let clean = clean(text);
    let normal = strip_punctuation(&clean);
    let marked = marked(&clean);
    if !marked
        .trim_end_matches(is_clause_end)
        .contains(is_clause_end)
        && !is_negated(&normal)
    {
        return MessageClauses {
            normal,
            kept: None,
            clauses: Vec::new(),
            negated: Vec::new(),
        };
    }
    let pieces: Vec<Clause> = pieces(&marked).flat_map(contrast).collect();
    let (negated, kept): (Vec<Clause>, Vec<Clause>) = pieces
        .into_iter()
        .partition(|piece| is_negated(&piece.text));
    let texts = |parts: &[Clause]| {
        parts
            .iter()
            .map(|part| part.text.clone())
            .collect::<Vec<_>>()
    };
    if negated.is_empty() || !kept.iter().any(|piece| units(&piece.text).count() >= 2) {
        return MessageClauses {
            normal,
            kept: None,
            clauses: [kept, negated].concat(),
            negated: Vec::new(),
        };
    }
    let whole = normalize(&texts(&kept).join(","));
    MessageClauses {
        normal,
        kept: Some(whole),
        negated: texts(&negated),
        clauses: kept,
    }
}

/// `clean` with a comma before each connector.
fn marked(clean: &str) -> Cow<'_, str> {
    if !CONNECTS.is_match(clean) {
        return Cow::Borrowed(clean);
    }
    let mark =
        |marked: String, connector: &&str| marked.replace(connector, &format!(",{connector}"));
    Cow::Owned(CONNECTORS.iter().fold(clean.to_owned(), mark))
}

fn finder(words: &[&str]) -> AhoCorasick {
    AhoCorasick::new(words).expect("a few short words")
}

fn pieces(marked: &str) -> impl Iterator<Item = Clause> {
    let part = |piece: &str| Clause {
        asks: piece.ends_with('?') || asks(piece),
        text: normalize(piece),
    };
    marked
        .split_inclusive(is_clause_end)
        .map(part)
        .filter(|part| !part.text.is_empty())
}

/// Whether a clause has a question word, a connector that introduces a further question, or a form
/// such as 变不变, 有没有.
fn asks(piece: &str) -> bool {
    let mut threes = piece
        .chars()
        .zip(piece.chars().skip(1))
        .zip(piece.chars().skip(2));
    let either_or =
        |((a, b), c): ((char, char), char)| matches!(b, '不' | '没') && a == c && is_han(a);
    ASKS.is_match(piece) || threes.any(either_or)
}

/// Splits a clause that negates and affirms without a comma between: 不是注销是迁移,
/// 不想注销只想迁移.
fn contrast(piece: Clause) -> Vec<Clause> {
    if is_negated(&piece.text) {
        for turn in [
            "只想", "我想", "而是", "是要", "是想", "我要", "只要", "i want",
        ] {
            if let Some(at) = piece.text.rfind(turn).filter(|&at| at > 0)
                && let (Some(head), Some(tail)) = (piece.text.get(..at), piece.text.get(at..))
                && is_negated(head)
                && units(head).count() >= 3
            {
                let part = |text: &str| Clause {
                    text: text.trim().to_owned(),
                    asks: piece.asks,
                };
                return vec![part(head), part(tail)];
            }
        }
    }
    vec![piece]
}

fn is_negated(piece: &str) -> bool {
    let mut rest = piece;
    for subject in SUBJECTS {
        rest = rest.strip_prefix(subject).unwrap_or(rest);
    }
    // rejects nearly every text at once
    if !rest.starts_with(['不', '没', '别', '并', '无', '而', 'i', 'n']) {
        return false;
    }
    let Some(tail) = NEGATIONS
        .iter()
        .find_map(|negation| rest.strip_prefix(negation))
    else {
        return false;
    };
    let passive = tail.starts_with('被') || tail.starts_with('让');
    let asks = [
        "吗",
        "怎么",
        "如何",
        "怎样",
        "咋",
        "能不能",
        "可以",
        "多久",
        "what",
        "how",
    ]
    .iter()
    .any(|word| tail.contains(word));
    // 我不是问怎么迁移 only mentions a question; 不想被冻结怎么办 asks one
    let quotes = ["问", "说", "asking", "about"].iter().any(|word| {
        rest.get(..rest.len() - tail.len())
            .is_some_and(|h| h.contains(word))
    });
    !passive && (quotes || !asks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negated_clauses_do_not_count() {
        for (text, whole, negated) in [
            ("不想注销，只想迁移", "只想迁移", vec!["不想注销"]),
            (
                "我不是问怎么迁移，我只想知道openid变没变",
                "我只想知道openid变没变",
                vec!["我不是问怎么迁移"],
            ),
            ("不想被冻结怎么办", "不想被冻结怎么办", vec![]),
            ("我不想注销", "我不想注销", vec![]),
            (
                "不是普通小程序，是门店小程序，注销流程是什么",
                "是门店小程序注销流程是什么",
                vec!["不是普通小程序"],
            ),
            ("小程序不能注销吗？", "小程序不能注销吗", vec![]),
            ("不想注销只想迁移", "只想迁移", vec!["不想注销"]),
        ] {
            let cut = split_clauses(text);
            assert_eq!(
                (cut.whole(), cut.negated.clone()),
                (whole, negated.iter().map(|s| s.to_string()).collect()),
                "{text}"
            );
        }
    }
}
