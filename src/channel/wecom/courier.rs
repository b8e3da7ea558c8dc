//! Writes to askers what they have not asked for. In: replies. Out: calls of the outbox. Must not
//! know: who says it, when a call is made.

use super::call::{AskerInWecom, WecomCall};
use super::config::{WecomConfig, WecomPeople};
use super::draw::parts;
use crate::people::AskerCourier;
use crate::store::records::OutboxCall;
use wenlu_core::model::{ConversationId, Reply};

pub(super) struct WecomCourier {
    corp: String,
    /// Whether people in WeCom take those who ask for one.
    passes_on: bool,
}

impl WecomCourier {
    pub(super) fn new(config: &WecomConfig) -> Self {
        WecomCourier {
            corp: config.corp.clone(),
            passes_on: config.people != WecomPeople::Operators,
        }
    }
}

impl AskerCourier for WecomCourier {
    fn bring(&self, conversation: &ConversationId, replies: &[Reply]) -> Option<Vec<OutboxCall>> {
        AskerInWecom::of(conversation)?;
        let calls = parts(replies).into_iter().map(WecomCall::send);
        Some(
            calls
                .map(|call| call.to(&self.corp, conversation, None))
                .collect(),
        )
    }

    fn passes_on(&self, conversation: &ConversationId) -> bool {
        self.passes_on && AskerInWecom::of(conversation).is_some()
    }
}
