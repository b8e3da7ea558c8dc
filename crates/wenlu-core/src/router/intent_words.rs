//! Words that occur in an intent's examples, title and keywords. In: knowledge. Out: whether an
//! intent has a word. Must not know: scores.

use super::lexicon::text_pinyin;
use crate::knowledge::{Intent, Knowledge};
use crate::text::normalize::{is_han, normalize};
use rustc_hash::FxHashSet;

/// The words of each class.
pub(super) struct IntentWords {
    /// By class: its examples, title and keywords in one normalised text, and the pinyin of that.
    texts: Vec<(String, String)>,
    /// The pairs of neighbouring Han characters in them, with the class: most words are decided by
    /// these, without searching the texts.
    pairs: FxHashSet<(u32, char, char)>,
}

impl IntentWords {
    pub(super) fn new(knowledge: &Knowledge) -> Self {
        let texts: Vec<(String, String)> = knowledge.intents.iter().map(intent_texts).collect();
        let mut pairs = FxHashSet::default();
        for (class, (text, _)) in texts.iter().enumerate() {
            let han = |(a, b): &(char, char)| is_han(*a) && is_han(*b);
            pairs.extend(
                text.chars()
                    .zip(text.chars().skip(1))
                    .filter(han)
                    .map(|(a, b)| (class as u32, a, b)),
            );
        }
        Self { texts, pairs }
    }

    /// Whether the class has any of these words, in spelling or in sound; of a longer word of
    /// letters the first four characters suffice, since endings vary.
    pub(super) fn knows_any(&self, class: usize, words: &[&str]) -> bool {
        const BEGINNING: usize = 4;
        let Some((text, sounds)) = self.texts.get(class) else {
            return true;
        };
        let spelt = |word: &&str| match word.chars().all(is_han) {
            true => {
                self.may_spell(class, word) && (word.chars().count() == 2 || text.contains(*word))
            }
            false => text.contains(
                word.char_indices()
                    .nth(BEGINNING)
                    .and_then(|(end, _)| word.get(..end))
                    .unwrap_or(word),
            ),
        };
        let sounds_like =
            |word: &&str| word.chars().all(is_han) && sounds.contains(&text_pinyin(word));
        words.iter().any(spelt) || words.iter().any(sounds_like)
    }

    /// Whether the class has each pair of characters in `word`; it then has the word, if that has
    /// two characters.
    fn may_spell(&self, class: usize, word: &str) -> bool {
        word.chars()
            .zip(word.chars().skip(1))
            .all(|(a, b)| self.pairs.contains(&(class as u32, a, b)))
    }
}

fn intent_texts(intent: &Intent) -> (String, String) {
    let keywords = intent
        .keywords
        .iter()
        .flat_map(|k| k.any.iter().chain(&k.with));
    let titles = std::iter::once(&intent.title).chain(&intent.title_en);
    let all: Vec<String> = intent
        .examples
        .iter()
        .chain(titles)
        .chain(keywords)
        .map(|text| normalize(text))
        .collect();
    let text = all.join("\n");
    let sounds = text_pinyin(&text);
    (text, sounds)
}
