//! Asking the bot. In: a message, and which conversation it belongs to. Out: the answer as text.
//! The conversations are held here alone, a bounded number of them: nothing of them reaches the
//! journal, and no asker is made up. Must not know: the protocol, the store.

use super::current::CurrentKnowledge;
use super::failure::ToolFailure;
use crate::channel::terminal::TerminalStyle;
use crate::clock;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use wenlu_core::dialogue::{Conversation, DialogueManager, HandoverDesk};
use wenlu_core::model::{Incoming, IncomingBody};

/// Conversations that are remembered; the one that was used longest ago is forgotten first.
const MAX_TALKS: usize = 50;

/// The conversations of an assistant with the bot.
#[derive(Default)]
pub(super) struct AssistantTalks {
    kept: Mutex<KeptTalks>,
}

#[derive(Default)]
struct KeptTalks {
    /// The one that was used last comes last.
    talks: VecDeque<(String, Conversation)>,
    begun: u64,
}

impl AssistantTalks {
    /// The bot's answer to `text`, in the conversation `id` or a new one.
    pub(super) fn ask(
        &self,
        current: &CurrentKnowledge,
        ttl: Duration,
        id: Option<String>,
        text: &str,
    ) -> Result<Value, ToolFailure> {
        let (id, before) = self.take(id)?;
        let manager = DialogueManager {
            knowledge: &current.knowledge,
            router: &current.router,
            passages: &current.passages,
            ttl,
            operators: None,
            operators_unreachable: false,
            desk: HandoverDesk::default(),
        };
        let incoming = Incoming {
            body: IncomingBody::Text(text.to_owned()),
            at: clock::now(),
        };
        let turn = manager.answer(before, &incoming);
        self.keep(id.clone(), turn.conversation);
        Ok(json!({
            "conversation": id,
            "decision": turn.entry.decision,
            "intent": turn.entry.intent,
            "gap": turn.entry.gap,
            "confidence": turn.entry.confidence,
            "unanswered": turn.entry.unanswered,
            "reply": TerminalStyle::PLAIN.draw(&turn.replies),
        }))
    }

    fn take(&self, id: Option<String>) -> Result<(String, Conversation), ToolFailure> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(id) = id else {
            kept.begun += 1;
            return Ok((format!("talk-{}", kept.begun), Conversation::default()));
        };
        let at = kept.talks.iter().position(|(name, _)| *name == id);
        at.and_then(|at| kept.talks.remove(at))
            .ok_or(ToolFailure::NoTalk(id))
    }

    fn keep(&self, id: String, conversation: Conversation) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.talks.len() >= MAX_TALKS {
            kept.talks.pop_front();
        }
        kept.talks.push_back((id, conversation));
    }
}
