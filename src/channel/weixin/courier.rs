//! Writes to askers of accounts that may send what they have not asked for. In: replies. Out: calls
//! of the outbox. Must not know: who says it, when a call is made.

use super::compose::WaitingPart;
use super::draw::reply_texts;
use super::send_call::{AskerPlace, SendCall};
use crate::people::AskerCourier;
use crate::store::records::OutboxCall;
use wenlu_core::model::{ConversationId, Reply};

pub(super) struct WeixinCourier {
    /// The accounts that may send.
    pub sending: Vec<String>,
    /// The accounts whose askers are passed on to WeChat's own tool.
    pub transferring: Vec<String>,
}

impl AskerCourier for WeixinCourier {
    fn bring(&self, conversation: &ConversationId, replies: &[Reply]) -> Option<Vec<OutboxCall>> {
        let place = AskerPlace::of(conversation)?;
        if !is_of(&self.sending, &place) {
            return None;
        }
        let is_from_person = replies.iter().any(|reply| reply.from_person);
        // as few messages as may be: their number is limited
        let texts = reply_texts(replies, false).into_iter();
        let calls = texts.map(|text| SendCall {
            part: WaitingPart {
                text,
                is_kept: true,
                is_from_person,
            },
        });
        Some(calls.map(|call| call.to(&place)).collect())
    }

    fn passes_on(&self, conversation: &ConversationId) -> bool {
        let place = AskerPlace::of(conversation);
        place.is_some_and(|place| is_of(&self.transferring, &place))
    }
}

fn is_of(appids: &[String], place: &AskerPlace<'_>) -> bool {
    appids.iter().any(|appid| appid == place.appid)
}
