//! Knowledge: the validated form of `intents/` and `content/`. In: the files' texts. Out:
//! [`Knowledge`] as a whole, or all mistakes as [`diagnostic::Diagnostic`]s. Must not know:
//! routing, conversations.

mod brand;
mod brand_file;
mod builder;
mod canned;
mod canned_file;
mod conflict_marks;
mod content;
mod convert;
mod data_files;
pub mod diagnostic;
pub mod draft_reply;
pub mod files;
mod id_check;
pub mod intent_template;
mod links;
pub mod parse;
mod phrases;
pub mod raw;
mod saved_calibration;
pub mod schema;
pub mod sentences;
mod shape_check;
mod shape_words;
mod shipped;
mod syntax;
mod toml_values;
pub mod unwritten;
mod validate;

pub use brand::{Brand, BrandWords, Colour, PageWords};
pub use canned::CannedReply;
pub use data_files::NONE_LABEL;
pub use saved_calibration::{SCHEMA_LINE, SavedCalibration, SavedEvidence};
pub use sentences::BotSentences;

use crate::model::Lang;
use crate::reply::ReplyDocument;
use std::collections::BTreeMap;

/// Everything the bot knows.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    /// Sorted by id.
    pub intents: Vec<Intent>,
    /// The words that the router treats specially.
    pub lexicon: Lexicon,
    /// Messages that no intent should answer.
    pub out_of_scope: Vec<String>,
    /// The saved calibration of the confidence; `None`: the router fits one to the examples.
    pub calibration: Option<SavedCalibration>,
    /// The reply of an intent in a language. Every answer intent has one in at least one language.
    pub replies: BTreeMap<(String, Lang), ReplyDocument>,
    /// Replies that contain other systems' template code: never shown, and exported unchanged.
    pub unwritten_replies: BTreeMap<(String, Lang), ReplyDocument>,
    /// The bot's own sentences, with all variables filled in except those that a turn fills.
    pub sentences: BTreeMap<Lang, BotSentences>,
    /// What the service calls itself, and its colours.
    pub brand: Brand,
    /// Replies that operators have at hand.
    pub canned: BTreeMap<Lang, Vec<CannedReply>>,
    /// Ids of the intents offered when a conversation opens, and when the bot does not know.
    pub hot: Vec<String>,
    /// Identifies this state of the files: a hash of all their bytes, 16 hex digits.
    pub version: String,
}

/// What an intent does when it is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IntentKind {
    /// Has a reply of its own.
    #[default]
    Answer,
    /// Shows the questions whose `parent` it is.
    Menu,
    /// A topic that people ask about and the knowledge does not answer.
    Gap,
}

/// Something that an intent does besides answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentAction {
    /// Hands the conversation over to a person.
    Human,
}

/// One file of `intents/`.
#[derive(Clone, Debug, Default)]
pub struct Intent {
    /// The file's name without `.toml`: lower-case letters, digits and `-`.
    pub id: String,
    /// Its name in other systems, where that cannot be an id (imported data); used by import, eval
    /// and export.
    pub label: Option<String>,
    /// Its name for askers, in Chinese.
    pub title: String,
    /// Its name for askers, in English.
    pub title_en: Option<String>,
    /// What happens when it is chosen.
    pub kind: IntentKind,
    /// It is meant to answer but its reply is not written: until then it is a gap.
    pub unwritten: bool,
    /// The id of the menu that it belongs to.
    pub parent: Option<String>,
    /// What is done besides answering.
    pub action: Option<IntentAction>,
    /// Ids of intents that are offered with the reply.
    pub related: Vec<String>,
    /// Messages that it should answer, as they are typed.
    pub examples: Vec<String>,
    /// Messages that look alike and that it should not answer.
    pub not: Vec<String>,
    /// Words that make it likelier.
    pub keywords: Vec<Keyword>,
    /// Phrases that lead to a section of its reply, or of another's: its follow-ups, and the
    /// examples of its sections.
    pub follow_ups: Vec<FollowUp>,
    /// Messages with the expected decision, for `wenlu check`.
    pub tests: Vec<IntentTest>,
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
    /// How much a match counts, beside 1 for an ordinary one.
    pub weight: f32,
}

/// A phrase that leads to a section of a reply, when said after an answer or together with the
/// question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUp {
    /// The phrase as it is typed.
    pub phrase: String,
    /// The intent whose reply holds the section.
    pub intent: String,
    /// The id of the section.
    pub section: String,
}

/// One `[[test]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntentTest {
    /// The message as it is typed.
    pub say: String,
    /// Whether `say` must be answered by this intent (true) or must not.
    pub here: bool,
    /// The expected decision; `None`: any that fits `here`.
    pub wants: Option<crate::model::Decision>,
    /// The section of the reply that must be shown first; empty: its head.
    pub shows: Option<String>,
    /// Line in the intent's file, from 1, for diagnostics.
    pub line: usize,
}

impl IntentTest {
    /// Whether both expect the same of the same message. The line does not count, since edits above
    /// move it.
    pub(crate) fn is_same_as(&self, other: &IntentTest) -> bool {
        self.say == other.say
            && self.here == other.here
            && self.wants == other.wants
            && self.shows == other.shows
    }
}

/// `intents/lexicon.toml`.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    /// Words that segmentation keeps whole.
    pub words: Vec<String>,
    /// Words that say nothing about the topic (小程序, 怎么): none of them alone causes an answer.
    pub generic: Vec<String>,
    /// Words that are removed before scoring (请问, 谢谢).
    pub filler: Vec<String>,
    /// Each group's first word is the standard one.
    pub synonyms: Vec<Vec<String>>,
    /// Words that stay simplified in a reply in traditional script: names and labels of the platform
    /// that are not quoted.
    pub keep_simplified: Vec<String>,
    /// Names of other platforms and products: a question that names one is about that one.
    pub elsewhere: Vec<String>,
}

/// Whether the intent with that id is small talk.
pub fn is_small_talk(id: &str) -> bool {
    id.starts_with("smalltalk-")
}

impl Knowledge {
    /// The intent with that id.
    pub fn intent(&self, id: &str) -> Option<&Intent> {
        let at = self
            .intents
            .binary_search_by(|i| i.id.as_str().cmp(id))
            .ok()?;
        self.intents.get(at)
    }

    /// Whether there is no answer at all yet, as in labelled messages that were imported without
    /// replies.
    pub fn lacks_every_reply(&self) -> bool {
        self.intents.iter().any(|i| i.unwritten)
            && !self.intents.iter().any(|i| i.kind == IntentKind::Answer)
    }

    /// The knowledge as it will be when all replies are written, for measurements that do not need
    /// replies.
    pub fn as_if_written(mut self) -> Self {
        for intent in self.intents.iter_mut().filter(|intent| intent.unwritten) {
            intent.kind = IntentKind::Answer;
            intent.unwritten = false;
        }
        self
    }

    /// The questions that belong to a menu: first those that it names as related, in that order, then
    /// the others by id.
    pub fn children(&self, menu: &str) -> impl Iterator<Item = &Intent> {
        let named = self.intent(menu).map_or(&[][..], |menu| &menu.related);
        let place = |child: &&Intent| named.iter().position(|id| *id == child.id);
        let children = self
            .intents
            .iter()
            .filter(|i| i.parent.as_deref() == Some(menu));
        let mut children: Vec<&Intent> = children.collect();
        children.sort_by_key(|child| place(child).unwrap_or(usize::MAX));
        children.into_iter()
    }

    /// The reply in the asker's language, else in Chinese, else in another language.
    pub fn reply(&self, id: &str, lang: Lang) -> Option<&ReplyDocument> {
        let mut langs = std::iter::once(lang).chain(Lang::ALL);
        langs.find_map(|lang| self.replies.get(&(id.to_owned(), lang)))
    }
}
