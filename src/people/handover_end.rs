//! Hand-overs that end without anybody's message. In: the hand-over and why it ends. Out: an entry
//! of the inbox, so that the end takes its turn in the order of the conversation. Must not know: who
//! answers the inbox.

use crate::hash::stable_number;
use crate::store::records::DeliveredUpdate;
use crate::store::{SilenceScope, Store, StoreError};
use wenlu_core::model::{HandbackReason, Timestamp};

/// Why a hand-over is ended; stands in the inbox as the entry's channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandoverEnd {
    /// Nobody said anything for too long.
    Silence,
    /// No operator can be notified.
    Unreachable,
}

impl HandoverEnd {
    pub(crate) const ALL: [HandoverEnd; 2] = [HandoverEnd::Silence, HandoverEnd::Unreachable];

    /// As what it stands in the inbox.
    pub(crate) fn channel(self) -> &'static str {
        match self {
            HandoverEnd::Silence => "silence",
            HandoverEnd::Unreachable => "unreachable",
        }
    }

    /// `None` for the channel of a message.
    pub(crate) fn read(channel: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.channel() == channel)
    }

    pub(crate) fn reason(self) -> HandbackReason {
        match self {
            HandoverEnd::Silence => HandbackReason::Silence,
            HandoverEnd::Unreachable => HandbackReason::Unreachable,
        }
    }

    fn scope(self) -> SilenceScope {
        match self {
            HandoverEnd::Silence => SilenceScope::Group,
            HandoverEnd::Unreachable => SilenceScope::GroupOnly,
        }
    }

    /// Puts the end of all hand-overs of the operators' group in which nothing was said since `before` into the inbox.
    /// Returns the conversations in which it is new.
    pub(crate) async fn accept(
        self,
        store: &Store,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        let mut ended = vec![];
        for (conversation, last_at) in store.handovers().silent_since(self.scope(), before).await? {
            let entry = self.inbox_entry(&conversation, last_at, now);
            if store.inbox().accept(vec![entry]).await? > 0 {
                ended.push(conversation);
            }
        }
        Ok(ended)
    }

    /// The entry of the inbox. Its number is derived from the last activity, so that it takes effect
    /// once.
    fn inbox_entry(
        self,
        conversation: &str,
        last_at: Timestamp,
        now: Timestamp,
    ) -> DeliveredUpdate {
        let parts = [conversation.as_bytes(), &last_at.0.to_be_bytes()];
        DeliveredUpdate {
            channel: self.channel().to_owned(),
            update: stable_number("handover end", &parts).to_string(),
            conversation: conversation.to_owned(),
            payload: String::new(),
            at: now,
        }
    }
}
