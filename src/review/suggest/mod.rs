//! Wordings that people would use and the files lack. In: the knowledge, the journal's open
//! questions, what a language model replied. Out: wordings for an intent, ranked by what they would
//! add, those that conflict apart. Must not know: the disk, SQL, the network, how it is shown. Nothing
//! here changes anything: what is chosen goes through a draft.
//!
//! [`near`] finds open questions of the journal that are near an intent; [`prompt`] says what a
//! language model is asked, and [`reply_reader`] reads what it replied; [`rank`] measures, and
//! [`judge`] asks of the best ones what the check of an edit would say. [`labels`] has the words.

pub mod judge;
pub mod labels;
pub mod near;
pub mod prompt;
pub mod rank;
pub mod reply_reader;

use serde::Serialize;
use wenlu_core::knowledge::{Intent, IntentKind, Knowledge};

/// With fewer examples an intent is thin: what its guide asks for (`wenlu check`, W207).
pub const ENOUGH_EXAMPLES: usize = 15;
/// The longest wording that is one, in characters.
pub const MAX_WORDING: usize = 300;

/// Where a wording comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "from")]
pub enum WordingSource {
    /// It was asked and went unanswered, or was only asked back.
    Journal {
        /// The journal's number of the latest.
        question: i64,
        count: usize,
    },
    /// A reply that was pasted back.
    Pasted,
    /// The endpoint of a language model.
    Model,
}

impl WordingSource {
    /// The journal's number of the question that it was; `None` if it was none.
    pub fn question(&self) -> Option<i64> {
        match self {
            Self::Journal { question, .. } => Some(*question),
            Self::Pasted | Self::Model => None,
        }
    }
}

/// A wording before anything is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedWording {
    /// Masked.
    pub text: String,
    pub source: WordingSource,
}

/// The intents that answer, or will, and have too few examples, the thinnest first. Small talk is
/// short, and a menu is opened by its name.
pub fn thin_intents(knowledge: &Knowledge) -> Vec<&Intent> {
    let mut thin: Vec<&Intent> = knowledge
        .intents
        .iter()
        .filter(|intent| intent.kind != IntentKind::Menu && !intent.is_small_talk())
        .filter(|intent| intent.examples.len() < ENOUGH_EXAMPLES)
        .collect();
    thin.sort_by_key(|intent| intent.examples.len());
    thin
}
