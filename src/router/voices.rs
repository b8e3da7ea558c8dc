//! Voices: all that is said in an intent's name. In: knowledge. Out: whether an intent knows a word. Must not know: scores.

use super::lexical::sound;
use crate::knowledge::{Intent, Knowledge};
use crate::text::normalize::{is_han, normalize};

/// By class: its examples, title and keywords in one normalised text, and how that sounds.
pub struct Voices(Vec<(String, String)>);

impl Voices {
    pub fn new(knowledge: &Knowledge) -> Self {
        Self(knowledge.intents.iter().map(voice).collect())
    }

    /// Whether the class has any of these words, in spelling or in sound; of a longer word of letters its beginning will
    /// do, since endings vary.
    pub fn knows_any(&self, class: usize, words: &[&str]) -> bool {
        const BEGINNING: usize = 4;
        let Some((text, sounds)) = self.0.get(class) else { return true };
        words.iter().any(|word| match word.chars().all(is_han) {
            true => text.contains(word) || sounds.contains(&sound(word)),
            false => text.contains(&word.chars().take(BEGINNING).collect::<String>()),
        })
    }
}

fn voice(intent: &Intent) -> (String, String) {
    let keywords = intent.keywords.iter().flat_map(|k| k.any.iter().chain(&k.with));
    let titles = std::iter::once(&intent.title).chain(&intent.title_en);
    let all: Vec<String> = intent.examples.iter().chain(titles).chain(keywords).map(|text| normalize(text)).collect();
    let text = all.join("\n");
    let sounds = sound(&text);
    (text, sounds)
}
