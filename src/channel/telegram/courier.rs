//! Brings what operators say elsewhere to askers on Telegram. In: replies. Out: calls. Must not know:
//! who says it, when a call is made.

use super::answer_calls::{marked, say};
use super::conversation::chat_of;
use super::file_calls::send_file;
use super::new_call::{OnSent, new_call};
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
        let (channel, name) = (self.channel.as_str(), conversation.as_str());
        let calls = replies.iter().flat_map(|reply| {
            if let Some(file) = &reply.file {
                let call = send_file(place, file);
                let chat = Some(place.chat);
                return vec![new_call(channel, chat, name, &call, &OnSent::Nothing)];
            }
            let shown = match reply.from_person {
                true => marked(reply),
                false => reply.clone(),
            };
            say(channel, place, name, None, &[shown])
        });
        Some(calls.collect())
    }
}
