//! The words that ask about an aspect and that tell it. In: aspects.toml; a normalised text. Out: the
//! aspects whose words are in the text. Must not know: topics; the words hold for any knowledge.

use super::aspect::{Aspect, AspectSet};
use crate::text::units::units;
use aho_corasick::AhoCorasick;
use serde::Deserialize;
use std::ops::Range;
use std::sync::LazyLock;

/// What stands between the two halves of a cue, and how many units may stand there in a message.
const GAPS: [(char, usize); 2] = [('~', 3), ('…', 16)];

/// The words that show an aspect in a question and in an answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AspectCues {
    /// Its name after 关于: 费用.
    pub zh: String,
    /// Its name after "about": fees.
    pub en: String,
    /// A topic that does not tell it is said not to. Else any part may hold the answer in words of
    /// its own.
    #[serde(default)]
    pub strict: bool,
    /// Words of a question.
    pub asks: Vec<String>,
    /// Words of an answer.
    pub tells: Vec<String>,
}

#[derive(Deserialize)]
struct AspectFile {
    aspect: Vec<AspectCues>,
}

/// All aspects, in the order of the file.
pub(super) fn aspect_cues() -> &'static [AspectCues] {
    static ALL: LazyLock<Vec<AspectCues>> = LazyLock::new(|| {
        let file: AspectFile =
            toml::from_str(include_str!("aspects.toml")).expect("the file is part of the program");
        file.aspect
    });
    &ALL
}

/// The words of all cues.
pub(super) fn cue_words<'a>() -> impl Iterator<Item = &'a str> {
    let cues = aspect_cues().iter();
    let cues = cues.flat_map(|aspect| aspect.asks.iter().chain(&aspect.tells));
    cues.flat_map(|cue| cue.split(GAPS.map(|(sign, _)| sign)))
        .flat_map(alternatives)
}

/// What it means that a pattern is found.
#[derive(Clone, Copy, Debug)]
enum CuePart {
    /// The whole cue.
    Whole(Aspect),
    /// The first half of the cue with this number.
    First(usize),
    /// The second half, and the units that may stand between both.
    Second(usize, usize, Aspect),
}

/// Finds the cues of all aspects in one pass.
pub(super) struct CueFinder {
    automaton: AhoCorasick,
    /// What each pattern stands for.
    parts: Vec<CuePart>,
}

impl CueFinder {
    pub(super) fn new(cues_of: impl Fn(&AspectCues) -> &Vec<String>) -> Self {
        let (mut patterns, mut parts, mut gaps) = (Vec::new(), Vec::new(), 0);
        for (at, cues) in aspect_cues().iter().enumerate() {
            let aspect = Aspect(at as u8);
            for cue in cues_of(cues) {
                let cut = |(sign, widest): (char, usize)| Some((cue.split_once(sign)?, widest));
                let halves = match GAPS.into_iter().find_map(cut) {
                    None => vec![(cue.as_str(), CuePart::Whole(aspect))],
                    Some(((first, second), widest)) => {
                        gaps += 1;
                        vec![
                            (first, CuePart::First(gaps)),
                            (second, CuePart::Second(gaps, widest, aspect)),
                        ]
                    }
                };
                for (half, part) in halves {
                    for word in alternatives(half) {
                        patterns.push(pattern(word));
                        parts.push(part);
                    }
                }
            }
        }
        CueFinder {
            automaton: AhoCorasick::new(&patterns).expect("some thousand short words"),
            parts,
        }
    }

    pub(super) fn find(&self, normal: &str) -> AspectSet {
        let mut found = AspectSet::default();
        self.visit(&spaced(normal), |aspect, _| found = found.with(aspect));
        found
    }

    /// The words of the cues that are in the text, each with its aspect.
    pub(super) fn words_found(&self, normal: &str) -> Vec<(String, Aspect)> {
        let spaced = spaced(normal);
        let mut found = Vec::new();
        self.visit(&spaced, |aspect, place| {
            let word = spaced.get(place).unwrap_or_default().trim();
            found.push((word.to_owned(), aspect));
        });
        found
    }

    /// Calls `found` with the aspect and the place of each cue; of a cue of two halves with both.
    fn visit(&self, spaced: &str, mut found: impl FnMut(Aspect, Range<usize>)) {
        // where the first halves are that were found
        let mut begun: Vec<(usize, Range<usize>)> = Vec::new();
        for place in self.automaton.find_overlapping_iter(spaced) {
            match self.parts.get(place.pattern().as_usize()) {
                Some(CuePart::Whole(aspect)) => found(*aspect, place.range()),
                Some(CuePart::First(cue)) => begun.push((*cue, place.range())),
                Some(CuePart::Second(cue, widest, aspect)) => {
                    let is_near = |end: usize| {
                        // a space may belong to both
                        let between = spaced.get(end..place.start().max(end));
                        let is_after = place.start() + 1 >= end;
                        is_after && between.is_some_and(|b| units(b).nth(*widest).is_none())
                    };
                    let mut firsts = begun.iter();
                    if let Some((_, first)) =
                        firsts.find(|(first, range)| first == cue && is_near(range.end))
                    {
                        found(*aspect, first.clone());
                        found(*aspect, place.range());
                    }
                }
                None => {}
            }
        }
    }
}

/// `(a b)`: a, b; else the word itself.
fn alternatives(half: &str) -> Vec<&str> {
    match half
        .strip_prefix('(')
        .and_then(|half| half.strip_suffix(')'))
    {
        Some(words) => words.split(' ').collect(),
        None => vec![half],
    }
}

/// Words of letters are whole words, or beginnings with `*`.
fn pattern(word: &str) -> String {
    match word.strip_suffix('*') {
        Some(beginning) => format!(" {beginning}"),
        None if word.is_ascii() && !word.contains(['#', '@']) => format!(" {word} "),
        None => word.to_owned(),
    }
}

/// The text with a space at both ends and around each run of letters.
fn spaced(normal: &str) -> String {
    let mut out = String::with_capacity(normal.len() + 16);
    out.push(' ');
    let mut in_word = false;
    for c in normal.chars() {
        let is_word = c.is_ascii_alphanumeric() || c == '\'';
        if is_word != in_word && c != ' ' && !out.ends_with(' ') {
            out.push(' ');
        }
        in_word = is_word;
        out.push(c);
    }
    out.push(' ');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Vec<&'static str> {
        let set = AspectSet::asked(&crate::text::normalize::normalize(text));
        let named = set.strict();
        named
            .iter()
            .map(|a| a.name(crate::model::Lang::Zh))
            .collect()
    }

    #[test]
    fn the_file_is_whole() {
        let all = aspect_cues();
        assert!(all.len() <= AspectSet::COUNT);
        for cues in all {
            for cue in cues.asks.iter().chain(&cues.tells) {
                let halves: Vec<&str> = cue.split(GAPS.map(|(sign, _)| sign)).collect();
                assert!(
                    halves.len() <= 2 && halves.iter().all(|h| !h.is_empty()),
                    "{cue}"
                );
                assert!(!cue.contains('(') || halves.len() == 2, "{cue}");
                assert_eq!(&cue.to_lowercase(), cue);
            }
        }
    }

    #[test]
    fn the_halves_of_a_cue_stand_near_each_other() {
        for (text, wanted) in [
            ("要收老子钱吗", "费用"),
            ("认证费还能退吗", "赔偿"),
            ("对方会不会知道是谁投的", "匿名"),
            ("能不能让律师去办", "委托别人办理"),
            ("会先给个警告吗", "事先的提醒"),
            ("为什么注销必须要对公账户", "这样规定的原因"),
            ("审个投诉要7个工作日，凭什么要这么久", "这样规定的原因"),
            ("为啥还得法人手持身份证", "这样规定的原因"),
            (
                "why can only accounts with a bank account be closed",
                "这样规定的原因",
            ),
            ("申请书要几份", "要交几份"),
            ("投诉以后会通知对方吗", "会不会通知别人"),
        ] {
            assert!(asked(text).contains(&wanted), "{text} {:?}", asked(text));
        }
        for text in [
            "为什么要冻结我的小程序",
            "为什么不能注销",
            "why was my name turned down",
        ] {
            assert!(!asked(text).contains(&"这样规定的原因"), "{text}");
        }
        for text in [
            "请问冒充他人怎么申诉",
            "钱包在哪里收藏",
            "收藏了一个很久以前的小游戏要钱",
        ] {
            assert!(!asked(text).contains(&"委托别人办理"), "{text}");
        }
        assert!(asked("收到一个通知说可以用了钱包").is_empty());
    }
}
