//! A customer-service message as the outbox keeps it. In: a part of an answer, or of what a person
//! wrote. Out: a call, and back. Must not know: when it is made, what the platform answers.

use super::compose::WaitingPart;
use super::config::{CHANNEL, channel_of};
use crate::store::records::OutboxCall;
use serde::{Deserialize, Serialize};
use wenlu_core::model::ConversationId;

/// The call's name, in the outbox and in the platform's address.
pub(super) const METHOD: &str = "message/custom/send";

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SendCall {
    #[serde(flatten)]
    pub part: WaitingPart,
}

impl SendCall {
    /// `None` if an earlier version wrote it in another form.
    pub(super) fn read(payload: &str) -> Option<Self> {
        serde_json::from_str(payload).ok()
    }

    /// The call to the asker of a conversation.
    pub(super) fn to(&self, place: &AskerPlace<'_>) -> OutboxCall {
        OutboxCall {
            channel: channel_of(place.appid),
            chat: place.conversation.as_str().to_owned(),
            conversation: place.conversation.as_str().to_owned(),
            method: METHOD.to_owned(),
            payload: serde_json::to_string(self).unwrap_or_default(),
            after: "null".to_owned(),
            expires: None,
        }
    }
}

/// An asker, as an account knows them.
#[derive(Clone, Copy, Debug)]
pub(super) struct AskerPlace<'a> {
    pub appid: &'a str,
    pub openid: &'a str,
    pub conversation: &'a ConversationId,
}

impl<'a> AskerPlace<'a> {
    /// `None` for an asker of another channel.
    pub(super) fn of(conversation: &'a ConversationId) -> Option<Self> {
        if conversation.channel() != CHANNEL {
            return None;
        }
        let (appid, openid) = conversation.name().split_once(':')?;
        Some(AskerPlace {
            appid,
            openid,
            conversation,
        })
    }
}
