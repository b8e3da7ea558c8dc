//! Brings what operators say elsewhere to askers on Telegram. In: replies. Out: calls. Must not know:
//! who says it, when a call is made.

use super::answer_calls::{marked, say};
use super::conversation::chat_of;
use crate::people::AskerCourier;
use crate::store::records::OutboxCall;
use wenlu_core::model::{ConversationId, Reply};

/// Writes to askers as this bot.
pub(super) struct TelegramCourier {
    /// The bot, as the outbox names it.
    pub channel: String,
}

impl AskerCourier for TelegramCourier {
    fn bring(&self, conversation: &ConversationId, replies: &[Reply]) -> Option<Vec<OutboxCall>> {
        let place = chat_of(conversation)?;
        let shown: Vec<Reply> = replies
            .iter()
            .map(|reply| match reply.from_person {
                true => marked(reply),
                false => reply.clone(),
            })
            .collect();
        Some(say(
            &self.channel,
            place,
            conversation.as_str(),
            None,
            &shown,
        ))
    }
}
