//! Knowledge: the validated form of `intents/` and `content/`. In: the files' texts. Out:
//! [`Knowledge`] as a whole, or all mistakes as [`diagnostic::Diagnostic`]s. Must not know:
//! routing, conversations; only `files` reads files.

mod conflict_marks;
mod content;
pub mod diagnostic;
pub mod files;
mod links;
pub(crate) mod parse;
pub(crate) mod raw;
mod saved_calibration;
pub mod schema;
pub mod sentences;
pub mod starter;
mod syntax;
pub mod unwritten;
pub mod validate;
mod value;
mod wording;

pub use saved_calibration::{SCHEMA_LINE, SavedCalibration, SavedEvidence};

use crate::message::Lang;
use crate::reply::Document;
use std::collections::BTreeMap;

/// Everything the bot knows.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    /// Sorted by id.
    pub intents: Vec<Intent>,
    pub lexicon: Lexicon,
    /// Messages that no intent should answer.
    pub out_of_scope: Vec<String>,
    /// The saved calibration of the confidence; `None`: the router fits one to the examples.
    pub calibration: Option<SavedCalibration>,
    /// The reply of an intent in a language. Every answer intent has one in Chinese.
    pub replies: BTreeMap<(String, Lang), Document>,
    /// Replies that contain other systems' template code: never shown, and exported unchanged.
    pub unwritten_replies: BTreeMap<(String, Lang), Document>,
    /// The bot's own sentences, with all variables filled in except those that a turn fills.
    pub sentences: BTreeMap<Lang, Sentences>,
    /// Ids of the intents offered when a conversation opens, and when the bot does not know.
    pub hot: Vec<String>,
    /// Identifies this state of the files: a hash of all their bytes, 16 hex digits.
    pub version: String,
}

/// What an intent does when it is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Answer,
    /// Shows the questions whose `parent` it is.
    Menu,
    /// A topic that people ask about and the knowledge does not answer.
    Gap,
}

/// Something that an intent does besides answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Hands the conversation over to a person.
    Human,
}

/// One file of `intents/`.
#[derive(Clone, Debug, Default)]
pub struct Intent {
    pub id: String,
    /// Its name in other systems, where that cannot be an id (imported data); used by import, eval
    /// and export.
    pub label: Option<String>,
    pub title: String,
    pub title_en: Option<String>,
    pub kind: Kind,
    /// It is meant to answer but its reply is not written: until then it is a gap.
    pub unwritten: bool,
    pub parent: Option<String>,
    pub action: Option<Action>,
    pub related: Vec<String>,
    pub examples: Vec<String>,
    pub not: Vec<String>,
    pub keywords: Vec<Keyword>,
    pub follow_ups: Vec<FollowUp>,
    pub tests: Vec<Test>,
}

impl Intent {
    /// Small talk is never listed in a menu or among hot topics.
    pub fn is_small_talk(&self) -> bool {
        is_small_talk(&self.id)
    }

    /// The label of its button.
    pub fn title_in(&self, lang: Lang) -> &str {
        match (lang, &self.title_en) {
            (Lang::En, Some(title)) => title,
            _ => &self.title,
        }
    }
}

/// Matches when one of `any` and all of `with` occur in the normalised message.
#[derive(Clone, Debug, PartialEq)]
pub struct Keyword {
    /// As written, for display.
    pub text: String,
    /// One of these must occur; never empty.
    pub any: Vec<String>,
    /// All of these must occur.
    pub with: Vec<String>,
    pub weight: f32,
}

/// A phrase that leads to a section of a reply, when said after an answer or together with the
/// question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUp {
    pub phrase: String,
    /// The intent whose reply holds the section.
    pub intent: String,
    pub section: String,
}

/// One `[[test]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    pub say: String,
    /// Whether `say` must be answered by this intent (true) or must not.
    pub here: bool,
    pub wants: Option<crate::router::Decision>,
    /// Line in the intent's file, from 1, for diagnostics.
    pub line: usize,
}

impl Test {
    /// Whether both expect the same of the same message. The line does not count, since edits above
    /// move it.
    pub fn is_same_as(&self, other: &Test) -> bool {
        self.say == other.say && self.here == other.here && self.wants == other.wants
    }
}

/// `intents/lexicon.toml`.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    pub words: Vec<String>,
    pub generic: Vec<String>,
    pub filler: Vec<String>,
    /// Each group's first word is the standard one.
    pub synonyms: Vec<Vec<String>>,
}

/// `content/<lang>/_bot.toml`: the bot's own sentences by key, see `BotSentences::KEYS`.
#[derive(Clone, Debug, Default)]
pub struct Sentences(pub BTreeMap<String, String>);

/// Whether the intent with that id is small talk.
pub fn is_small_talk(id: &str) -> bool {
    id.starts_with("smalltalk-")
}

impl Knowledge {
    pub fn intent(&self, id: &str) -> Option<&Intent> {
        let at = self.intents.binary_search_by(|i| i.id.as_str().cmp(id)).ok()?;
        self.intents.get(at)
    }

    /// Whether there is no answer at all yet, as in labelled messages that were imported without
    /// replies.
    pub fn lacks_every_reply(&self) -> bool {
        self.intents.iter().any(|i| i.unwritten) && !self.intents.iter().any(|i| i.kind == Kind::Answer)
    }

    /// The knowledge as it will be when all replies are written, for measurements that do not need
    /// replies.
    pub fn as_if_written(mut self) -> Self {
        for intent in self.intents.iter_mut().filter(|intent| intent.unwritten) {
            intent.kind = Kind::Answer;
            intent.unwritten = false;
        }
        self
    }

    /// The questions that belong to a menu, sorted by id.
    pub fn children<'a>(&'a self, menu: &'a str) -> impl Iterator<Item = &'a Intent> + 'a {
        self.intents.iter().filter(move |i| i.parent.as_deref() == Some(menu))
    }

    /// The reply in the asker's language, else in Chinese.
    pub fn reply(&self, id: &str, lang: Lang) -> Option<&Document> {
        self.replies.get(&(id.to_owned(), lang)).or_else(|| self.replies.get(&(id.to_owned(), Lang::Zh)))
    }
}
