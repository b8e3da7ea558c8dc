//! Replies that operators have at hand. In: one as its file has it. Out: what it is searched by. Must
//! not know: files, who sends it.

use crate::text::normalize::normalize;
use crate::text::pinyin::char_pinyin;

/// A reply that operators have at hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CannedReply {
    /// By which it is found.
    pub title: String,
    /// What it belongs to; empty if that is not said.
    pub tag: String,
    /// With [`CannedReply::VARIABLES`] left to be filled in.
    pub text: String,
}

impl CannedReply {
    /// What a conversation fills in: the asker's name, and that of the operator who writes.
    pub const VARIABLES: [&'static str; 2] = ["asker", "colleague"];

    /// What it is searched by: title, tag, and the title's sound in full and by its first letters.
    pub fn search_text(&self) -> String {
        let sounds: Vec<&str> = self.title.chars().filter_map(char_pinyin).collect();
        let initials: String = sounds
            .iter()
            .filter_map(|sound| sound.chars().next())
            .collect();
        let words = [
            normalize(&self.title),
            normalize(&self.tag),
            sounds.concat(),
            initials,
        ];
        words.join(" ")
    }
}
