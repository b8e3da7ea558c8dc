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
    /// 转人攻 → 转人工, reprot → report: the text, its words with wrong characters of the right sound
    /// and with slips of letters exchanged; `None` if it has none.
    pub(super) fn respelled(&self, typed: &str) -> Option<String> {
        if typed.chars().nth(MOST_CHARS).is_some() {
            return None;
        }
        let has_han = typed.contains(is_han);
        let han = has_han.then(|| self.respelled_han(typed)).flatten();
        let text = han.as_deref().unwrap_or(typed);
        let speller = self.desk.passages.latin_speller();
        speller.respelled(text).or(han)
    }

    fn respelled_han(&self, typed: &str) -> Option<String> {
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
