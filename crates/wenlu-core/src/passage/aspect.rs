//! Aspects: what one may want to know about any topic (how long, which documents, what it costs).
//! In: a normalised text. Out: the aspects that it asks about, or that it tells. Must not know:
//! topics.

use super::aspect_cues::{AspectCues, CueFinder, aspect_cues};
use crate::model::Lang;
use aho_corasick::AhoCorasick;
use std::sync::LazyLock;

/// One aspect: its index in the table of cues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Aspect(pub(super) u8);

/// Finds what a question asks about.
static ASKING: LazyLock<CueFinder> =
    LazyLock::new(|| CueFinder::new(|cues: &AspectCues| &cues.asks));

/// A set of aspects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AspectSet(u64);

impl Aspect {
    /// How a sentence of the bot names it.
    pub fn name(self, lang: Lang) -> &'static str {
        let cues = aspect_cues().get(self.index());
        cues.map_or("", |cues| match lang {
            Lang::Zh => &cues.zh,
            Lang::En => &cues.en,
        })
    }

    /// Its place in the table, for what is counted by aspect.
    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }

    fn is_strict(self) -> bool {
        aspect_cues()
            .get(self.index())
            .is_some_and(|cues| cues.strict)
    }
}

impl AspectSet {
    /// How many aspects there may be.
    pub(super) const COUNT: usize = 64;

    /// Where and how something is done: what a topic is about anyway.
    pub(crate) const HOW: Self = AspectSet(1 << 2);

    /// What to do without something: what is lacking tells more than that it is.
    pub(super) const WITHOUT: Self = AspectSet(1 << 11);

    /// Taking back what was handed in.
    pub(crate) const WITHDRAWAL: Self = AspectSet(1 << 24);

    /// The aspects that a normalised question asks about.
    pub fn asked(normal: &str) -> Self {
        let bare = without_duty(normal);
        let normal = bare.as_deref().unwrap_or(normal);
        if !FORMS.is_match(normal) {
            return ASKING.find(normal);
        }
        let misleading = MISLEADING.iter().filter(|(form, _)| normal.contains(form));
        let plain = misleading.fold(None, |text: Option<String>, (form, plain)| {
            Some(text.as_deref().unwrap_or(normal).replace(form, plain))
        });
        ASKING.find(plain.as_deref().unwrap_or(normal))
    }

    /// The words by which a normalised question asks for what a topic that does not tell it is said
    /// not to, each with its aspect.
    pub(super) fn strict_words(normal: &str) -> Vec<(String, Aspect)> {
        let mut words = ASKING.words_found(normal);
        words.retain(|(_, aspect)| aspect.is_strict());
        words
    }

    /// The aspects that a normalised text tells.
    pub fn told(normal: &str) -> Self {
        static FINDER: LazyLock<CueFinder> =
            LazyLock::new(|| CueFinder::new(|cues: &AspectCues| &cues.tells));
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
        (0..Self::COUNT as u8)
            .filter(move |at| self.0 & (1 << at) != 0)
            .map(Aspect)
    }

    /// The set with one more.
    pub(super) fn with(self, aspect: Aspect) -> Self {
        AspectSet(self.0 | 1 << aspect.0)
    }
}

/// Finds any of [`MISLEADING`]: most texts, and nearly all single words, have none.
static FORMS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let forms = MISLEADING.iter().map(|(form, _)| form);
    AhoCorasick::new(forms).expect("a few dozen short words")
});

/// Forms that hold the words of another aspect, and how they are read: 有没有 asks whether there is one and
/// denies nothing, "how can I" does not ask whether one can.
const MISLEADING: [(&str, &str); 86] = [
    ("有没有", " "),
    // who does not know something asks about it, and not whether somebody else gets to know it
    ("不知道", " "),
    ("想知道", " "),
    ("不晓得", " "),
    // whether something counts as something, and not what follows
    ("凭什么算", "算"),
    ("凭啥算", "算"),
    ("为什么算", "算"),
    ("为啥算", "算"),
    ("怎么就算", "算"),
    ("怎么就成了", "算"),
    ("会不会被当", "算"),
    ("会被当成", "算"),
    ("会被当作", "算"),
    ("会被判", "算"),
    ("会被认", "算"),
    ("会被算", "算"),
    ("被判成", "算"),
    ("被判为", "算"),
    ("被归", "算"),
    ("归到", "算"),
    ("归为", "算"),
    ("归在", "算"),
    // whether one needs a new one, and not whether one may try once more
    ("要重新", "要换"),
    ("得重新", "要换"),
    ("需重新", "要换"),
    ("必须重新", "要换"),
    // what was done to one, and not what one may do
    ("给撤了", "被删"),
    ("被撤", "被删"),
    ("撤下", "删"),
    ("撤掉了", "删了"),
    // how many things, and not how many copies of each
    ("几份材料", "什么材料"),
    ("几份资料", "什么资料"),
    ("几份文件", "什么文件"),
    ("几份东西", "什么东西"),
    ("多少份材料", "什么材料"),
    ("多少份资料", "什么资料"),
    ("多少份文件", "什么文件"),
    // what is done next, and not what comes of it
    ("之后往", "往"),
    ("以后往", "往"),
    ("之后点", "点"),
    ("以后点", "点"),
    ("之后要点", "点"),
    ("以后要点", "点"),
    ("之后选", "选"),
    ("以后选", "选"),
    // what one has to do oneself, and not what is done to one
    ("该怎么处理", "怎么办"),
    ("要怎么处理", "怎么办"),
    ("我怎么处理", "怎么办"),
    ("问怎么处理", "怎么办"),
    ("问问怎么处理", "怎么办"),
    ("应如何处理", "怎么办"),
    // whether it is of some kind, and not which kinds there are
    ("算哪一类", "算"),
    ("算哪类", "算"),
    ("属于哪一类", "算"),
    ("属于哪类", "算"),
    ("归哪一类", "算"),
    ("归哪类", "算"),
    ("归在哪一类", "算"),
    ("是哪一类", "算"),
    // where a result is seen, and not where something is done
    ("在哪里看", "怎么看"),
    ("在哪儿看", "怎么看"),
    ("在哪看", "怎么看"),
    ("在哪里查", "怎么查"),
    ("在哪儿查", "怎么查"),
    ("在哪查", "怎么查"),
    // what is to be filled in and handed in, and not which kinds there are
    ("填写哪些", "填什么"),
    ("填哪些", "填什么"),
    ("提交哪些", "交什么"),
    ("准备哪些", "准备什么"),
    ("提供哪些", "提供什么"),
    ("交哪些", "交什么"),
    ("带哪些", "带什么"),
    ("要哪些", "要什么"),
    ("材料有哪些", "什么材料"),
    ("材料都有哪些", "什么材料"),
    ("资料有哪些", "什么资料"),
    ("哪些材料", "什么材料"),
    ("哪些资料", "什么资料"),
    ("哪些证明", "什么证明"),
    ("哪些证件", "什么证件"),
    ("how can ", "how do "),
    ("what can ", "what do "),
    ("where can ", "where do "),
    ("how could ", "how do "),
    ("how much longer", "how long"),
    ("how much time", "how long"),
];

/// Behind a word that asks for something, "do I have to" does not ask whether one must.
fn without_duty(normal: &str) -> Option<String> {
    const DUTY: &str = "do i have to";
    const ASKING: [&str; 6] = ["what", "which", "where", "how", "whose", "when"];
    let before = normal.get(..normal.find(DUTY)?)?;
    let is_asked = before.split(' ').any(|word| ASKING.contains(&word));
    is_asked.then(|| normal.replace(DUTY, "do i"))
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
        assert_eq!(names(AspectSet::WITHDRAWAL), ["withdrawing it"]);
    }

    #[test]
    fn forms_that_hold_the_words_of_another_aspect() {
        for (text, wanted) in [
            ("告他但是不知道要多久", vec!["how long it takes"]),
            ("投诉他，想知道收不收费", vec!["fees"]),
            ("点完以后往哪走", vec!["where and how to do it"]),
            ("收到提醒我该怎么处理", vec![]),
            ("证明有哪些", vec!["what is needed", "what it covers"]),
            ("what number do i have to enter", vec![]),
        ] {
            let asked = names(AspectSet::asked(&normalize(text)));
            for name in &wanted {
                assert!(asked.contains(name), "{text} {asked:?}");
            }
            for other in [
                "staying anonymous",
                "the consequences",
                "what comes after",
                "the conditions",
            ] {
                assert!(!asked.contains(&other), "{text} {asked:?}");
            }
        }
    }

    #[test]
    fn letters_are_whole_words() {
        assert!(names(AspectSet::asked("feed me")).is_empty());
        assert_eq!(names(AspectSet::asked("any fee")), ["fees"]);
        assert!(names(AspectSet::asked("有没有fee啊")).contains(&"fees"));
    }
}
