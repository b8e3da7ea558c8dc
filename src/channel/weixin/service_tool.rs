//! People in the platform's own service tool. In: its events, and messages that come while somebody
//! there serves the asker. Out: the bot is silent meanwhile, and has the conversation again when they
//! are done. Must not know: who they are, what they say.
//!
//! While a session lasts, the platform brings the asker's messages to the tool by itself. One that
//! comes here nevertheless is passed on to the tool.

use super::envelope::TRANSFER;
use super::parse::{WeixinDeed, WeixinMessage};
use super::passive::{PassiveAnswerer, empty_answer};
use crate::store::passive::PassiveAnswer;
use crate::store::{Store, StoreError};
use std::time::Duration;
use wenlu_core::model::Timestamp;

/// After half an hour without an end the platform brings the asker's messages here again. So what is
/// known for longer does not count: the event of the end was lost, or there was none.
const SERVED_FOR: Duration = Duration::from_secs(30 * 60);

impl PassiveAnswerer {
    /// What a message is answered with that is the tool's business; `None`: it is the bot's.
    pub(super) async fn answer_for_tool(
        &self,
        message: &WeixinMessage,
        at: Timestamp,
    ) -> Result<Option<PassiveAnswer>, StoreError> {
        let (store, conversation) = (self.bot.store(), message.conversation.as_str());
        let answer = empty_answer(conversation, message.id.as_str(), at);
        let WeixinDeed::Served(is_served) = message.deed else {
            let is_tools = message.deed.is_message() && is_served(store, conversation, at).await?;
            return Ok(is_tools.then(|| PassiveAnswer {
                reply: TRANSFER.to_owned(),
                ..answer
            }));
        };
        // a hand-over to people here is given back by a turn, which says so
        if !is_served && self.has_handover(conversation).await? {
            return Ok(None);
        }
        Ok(Some(PassiveAnswer {
            served: Some(is_served),
            ..answer
        }))
    }

    async fn has_handover(&self, conversation: &str) -> Result<bool, StoreError> {
        let handover = self.bot.store().handovers().of(conversation).await?;
        Ok(handover.is_some_and(|handover| handover.open))
    }
}

/// Whether somebody in the tool serves an asker, as far as is known.
pub(super) async fn is_served(
    store: &Store,
    conversation: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let since = store.pulls().served_since(conversation).await?;
    Ok(since.is_some_and(|since| since > now.before(SERVED_FOR)))
}
