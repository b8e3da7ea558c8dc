//! Knowledge, router and dialogue in one value, for programs that need no server. In: data files, then
//! one message at a time. Out: routings and answered turns. Must not know: channels, operators, where
//! a conversation is stored.

use crate::dialogue::{Conversation, DialogueManager, HandoverDesk, Turn};
use crate::knowledge::Knowledge;
use crate::knowledge::files::{DataFiles, LoadError, validate_files};
use crate::model::{Incoming, IncomingBody, Routing, Timestamp};
use crate::passage::PassageIndex;
use crate::router::Router;
use std::time::Duration;

/// How long a conversation is fresh, as [`DialogueManager::ttl`] says.
const FRESH: Duration = Duration::from_secs(30 * 60);

/// A bot without operators. Built once; answering takes `&self`, so that threads can share it.
pub struct Assistant {
    knowledge: Knowledge,
    router: Router,
    passages: PassageIndex,
}

impl Assistant {
    /// Validates the files and trains the router on them. Warnings are dropped; [`validate_files`]
    /// returns them.
    ///
    /// # Errors
    ///
    /// All mistakes in the files, if one of them is an error.
    pub fn from_files(files: &DataFiles) -> Result<Self, LoadError> {
        let knowledge = validate_files(files)?.knowledge;
        Ok(Self {
            router: Router::build(&knowledge),
            passages: PassageIndex::of(&knowledge),
            knowledge,
        })
    }

    /// Where `text` goes, how sure that is, and what else it may be.
    pub fn route(&self, text: &str) -> Routing {
        self.router.route(text)
    }

    /// Answers `text` as the first message of a conversation.
    pub fn answer(&self, text: &str) -> Turn {
        let incoming = Incoming {
            body: IncomingBody::Text(text.to_owned()),
            at: Timestamp::default(),
        };
        self.take_turn(Conversation::default(), &incoming)
    }

    /// Answers the next turn of a conversation, which [`Turn::conversation`] of the turn before
    /// holds.
    pub fn take_turn(&self, conversation: Conversation, incoming: &Incoming) -> Turn {
        let manager = DialogueManager {
            knowledge: &self.knowledge,
            router: &self.router,
            passages: &self.passages,
            ttl: FRESH,
            operators: None,
            operators_unreachable: false,
            desk: HandoverDesk::default(),
        };
        manager.answer(conversation, incoming)
    }

    /// What it answers from.
    pub fn knowledge(&self) -> &Knowledge {
        &self.knowledge
    }
}
