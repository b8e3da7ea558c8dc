//! A text with the right characters. In: what was typed. Out: what was meant by it. Must not know: what it
//! means in the conversation.

use super::interpret::ActInterpreter;
use super::{command, shorthand, step_words};
use crate::text::han_script::to_simplified;
use crate::text::normalize::is_han;
use crate::text::respelling::Respeller;
use std::sync::LazyLock;

/// Longer texts are not looked through.
const MOST_CHARS: usize = 80;

impl ActInterpreter<'_> {
    /// 转人攻 → 转人工: the text, its words with wrong characters of the right sound exchanged; `None`
    /// if it has none.
    pub(super) fn respelled(&self, typed: &str) -> Option<String> {
        if typed.chars().nth(MOST_CHARS).is_some() || !typed.contains(is_han) {
            return None;
        }
        static OWN_WORDS: LazyLock<Respeller> = LazyLock::new(|| {
            let words = command::words()
                .chain(shorthand::words())
                .chain(step_words::words());
            Respeller::of(words)
        });
        let known = |text: &str| {
            let words = self.desk.router.known_words(text);
            words.unwrap_or_else(|| text.chars().map(String::from).collect())
        };
        let simple = to_simplified(typed);
        let own = OWN_WORDS.respelled(&simple, known);
        let text = own.as_deref().unwrap_or(&simple);
        self.desk
            .passages
            .respeller()
            .respelled(text, known)
            .or(own)
    }
}
