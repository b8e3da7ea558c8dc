//! Aspects: what one may want to know about any topic (how long, which documents, what it costs).
//! In: a normalised text. Out: the aspects that it asks about, or that it tells. Must not know:
//! topics.

use super::aspect_cues::ASPECT_CUES;
use crate::model::Lang;
use aho_corasick::AhoCorasick;
use std::sync::LazyLock;

/// One aspect: its index in the table of cues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Aspect(u8);

/// A set of aspects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AspectSet(u64);

/// The words that show an aspect in a question and in an answer.
pub(super) struct AspectCues {
    /// Its name after 关于: 费用.
    pub zh: &'static str,
    /// Its name after "about": fees.
    pub en: &'static str,
    /// A topic that does not tell it is said not to. Else any part may hold the answer in words of
    /// its own.
    pub is_strict: bool,
    /// Words of a question, separated by `|`; those of letters are whole words.
    pub asks: &'static str,
    /// Words of an answer, in the same form; `#` stands for a number.
    pub tells: &'static str,
}

impl Aspect {
    /// How a sentence of the bot names it.
    pub fn name(self, lang: Lang) -> &'static str {
        let cues = &ASPECT_CUES[self.index()];
        match lang {
            Lang::Zh => cues.zh,
            Lang::En => cues.en,
        }
    }

    /// Its place in the table, for what is counted by aspect.
    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }

    fn is_strict(self) -> bool {
        ASPECT_CUES[self.index()].is_strict
    }
}

impl AspectSet {
    /// How many aspects there are.
    pub(super) const COUNT: usize = ASPECT_CUES.len();

    /// Where and how something is done: what a topic is about anyway.
    pub(super) const HOW: Self = AspectSet(1 << 2);

    /// What to do without something: what is lacking tells more than that it is.
    pub(super) const WITHOUT: Self = AspectSet(1 << 11);

    /// The aspects that a normalised question asks about.
    pub fn asked(normal: &str) -> Self {
        static FINDER: LazyLock<CueFinder> = LazyLock::new(|| CueFinder::new(|cues| cues.asks));
        match normal.contains(WHETHER) {
            // it asks whether there is one, and denies nothing
            true => FINDER.find(&normal.replace(WHETHER, " ")),
            false => FINDER.find(normal),
        }
    }

    /// The aspects that a normalised text tells.
    pub fn told(normal: &str) -> Self {
        static FINDER: LazyLock<CueFinder> = LazyLock::new(|| CueFinder::new(|cues| cues.tells));
        FINDER.find(&with_number_marks(normal))
    }

    /// Those in both sets.
    pub fn and(self, other: Self) -> Self {
        AspectSet(self.0 & other.0)
    }

    /// Those in either set.
    pub fn or(self, other: Self) -> Self {
        AspectSet(self.0 | other.0)
    }

    /// Those that are not in `other`.
    pub fn without(self, other: Self) -> Self {
        AspectSet(self.0 & !other.0)
    }

    /// Whether it has none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those of which a topic that does not tell them is said not to.
    pub fn strict(self) -> Self {
        self.iter()
            .filter(|aspect| aspect.is_strict())
            .fold(AspectSet::default(), AspectSet::with)
    }

    /// Its aspects, in the order of the table.
    pub fn iter(self) -> impl Iterator<Item = Aspect> {
        (0..ASPECT_CUES.len() as u8)
            .filter(move |at| self.0 & (1 << at) != 0)
            .map(Aspect)
    }

    /// The set with one more.
    pub(super) fn with(self, aspect: Aspect) -> Self {
        AspectSet(self.0 | 1 << aspect.0)
    }
}

/// 有没有公众号 is no 没有公众号.
const WHETHER: &str = "有没有";

/// Finds the cues of all aspects in one pass.
struct CueFinder {
    automaton: AhoCorasick,
    /// The aspect of each pattern.
    aspects: Vec<Aspect>,
}

impl CueFinder {
    fn new(cues_of: impl Fn(&AspectCues) -> &'static str) -> Self {
        let (mut patterns, mut aspects) = (Vec::new(), Vec::new());
        for (at, cues) in ASPECT_CUES.iter().enumerate() {
            for cue in cues_of(cues).split('|').filter(|cue| !cue.is_empty()) {
                // words of letters are whole words, or beginnings with `*`
                patterns.push(match cue.strip_suffix('*') {
                    Some(beginning) => format!(" {beginning}"),
                    None if cue.is_ascii() && !cue.contains(['#', '@']) => format!(" {cue} "),
                    None => cue.to_owned(),
                });
                aspects.push(Aspect(at as u8));
            }
        }
        CueFinder {
            automaton: AhoCorasick::new(&patterns).expect("a few hundred short words"),
            aspects,
        }
    }

    fn find(&self, normal: &str) -> AspectSet {
        let spaced = spaced(normal);
        self.automaton
            .find_overlapping_iter(&spaced)
            .filter_map(|found| self.aspects.get(found.pattern().as_usize()))
            .fold(AspectSet::default(), |set, aspect| set.with(*aspect))
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

/// The text with `#` for each number, in digits or before a counting word in Chinese.
fn with_number_marks(normal: &str) -> String {
    let mut out = String::with_capacity(normal.len());
    for c in normal.chars() {
        let is_number = c.is_ascii_digit() || "一二两三四五六七八九十".contains(c);
        match (is_number, out.ends_with('#')) {
            (true, true) => {}
            (true, false) => out.push('#'),
            (false, _) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normalize::normalize;

    fn names(set: AspectSet) -> Vec<&'static str> {
        set.iter().map(|aspect| aspect.name(Lang::En)).collect()
    }

    #[test]
    fn questions_and_answers_meet() {
        for (question, answer) in [
            ("大概要多久", "7 个工作日内完成审核"),
            ("几天有结果呢", "平台会在七天内处理"),
            ("手续费多少", "办理免费"),
            ("How long does it take?", "within 7 working days"),
            ("要哪些材料", "需要提供营业执照"),
            ("发到哪个邮箱", "发到 a@b.cn"),
        ] {
            let asked = AspectSet::asked(&normalize(question));
            let told = AspectSet::told(&answer.to_lowercase());
            assert!(!asked.and(told).is_empty(), "{question} {:?}", names(asked));
        }
    }

    #[test]
    fn those_with_a_name_are_where_it_says() {
        assert_eq!(names(AspectSet::HOW), ["where and how to do it"]);
        assert_eq!(names(AspectSet::WITHOUT), ["what to do without it"]);
    }

    #[test]
    fn letters_are_whole_words() {
        assert!(names(AspectSet::asked("feed me")).is_empty());
        assert_eq!(names(AspectSet::asked("any fee")), ["fees"]);
        assert!(names(AspectSet::asked("有没有fee啊")).contains(&"fees"));
    }
}
