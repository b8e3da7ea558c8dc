//! How an answer leaves: inside the request, or as calls. In: the account, what waits in the outbox
//! for the asker, and the parts of the answer. Out: a reply, calls, and what waits for the asker's
//! next message. Pure. Must not know: where parts come from.
//!
//! A reply inside the request costs nothing, and is shown after what was sent before. So it is taken
//! wherever one is enough, also for what was to be sent and was not begun; only behind a call that was
//! begun, and may be tried again, the answer is a call too.

use super::compose::{WaitingPart, compose, compose_several, join};
use super::config::{AnswerPlan, CreditKind, channel_of};
use super::send_call::{AskerPlace, SendCall};
use crate::store::StoreError;
use crate::store::asker_queue::{AskerQueue, QueuedCall};
use crate::store::records::OutboxCall;
use wenlu_core::model::Lang;

pub(super) struct AnswerWay<'a> {
    place: Option<AskerPlace<'a>>,
    /// Calls that were not begun, which the answer takes along; they leave the outbox.
    pub taken: Vec<QueuedCall>,
    /// Whether messages are sent at all.
    sends: bool,
    /// Whether an answer can be given inside the request.
    can_reply: bool,
    /// Whether calls can be made now, as far as is known.
    can_call: bool,
    /// How many calls to the asker there are, and whether one is begun.
    known: usize,
    has_begun: bool,
    /// Whether calls are left in the outbox, behind which the answer has to stay.
    has_calls_before: bool,
    /// How many calls the message allows.
    most: usize,
}

/// What leaves, and what waits.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Leaving {
    /// Empty: the message is acknowledged only.
    pub reply: String,
    pub calls: Vec<OutboxCall>,
    /// How many calls there were, if these take their place.
    pub known: Option<usize>,
    pub rest: Vec<WaitingPart>,
}

impl<'a> AnswerWay<'a> {
    /// `is_over`: the request has ended.
    pub(super) fn new(
        (plan, place): (&AnswerPlan, Option<AskerPlace<'a>>),
        kind: Option<CreditKind>,
        queue: AskerQueue,
        is_over: bool,
    ) -> Self {
        let sends = plan.credit.is_some() && place.is_some();
        let can_reply = plan.can_reply() && !is_over;
        let can_call = sends && !queue.is_stopped;
        // what waits elsewhere is older than calls that were not begun, and goes before them; while one
        // is begun, nothing waits elsewhere. Without a sender nobody tries again what was begun
        let has_begun = queue.calls.iter().any(|call| call.is_begun);
        let is_led = has_begun || queue.has_more;
        let is_left = |call: &QueuedCall| sends && (call.is_begun || is_led && can_call);
        let known = queue.calls.len();
        let (left, taken): (Vec<_>, Vec<_>) = queue.calls.into_iter().partition(is_left);
        let allowed = plan
            .credit
            .zip(kind)
            .map(|(rules, kind)| rules.after(kind).0);
        let allowed = allowed.and_then(|count| usize::try_from(count).ok());
        AnswerWay {
            place,
            taken,
            sends,
            can_reply,
            can_call,
            known,
            has_begun,
            has_calls_before: !left.is_empty(),
            most: allowed.unwrap_or(1).saturating_sub(left.len()).max(1),
        }
    }

    /// What was pushed goes before what is in the outbox. `is_all`: the answer brings all of it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] if a call that was begun has become a push since.
    pub(super) fn come_after(&mut self, has_pushes: bool, is_all: bool) -> Result<(), StoreError> {
        if has_pushes && self.can_call && self.has_begun {
            return Err(StoreError::Conflict);
        }
        // where the answer is a call in any case, those before it keep their places
        if !has_pushes && !self.can_reply {
            self.has_calls_before |= !self.taken.is_empty();
            self.taken.clear();
        }
        if has_pushes && (!is_all || self.has_calls_before) {
            self.taken.clear();
            self.has_calls_before = false;
        }
        Ok(())
    }

    /// The channel and chat of an asker who can be written to.
    pub(super) fn place(&self) -> Option<(String, String)> {
        let place = self.place.filter(|_| self.sends)?;
        let chat = place.conversation.as_str().to_owned();
        Some((channel_of(place.appid), chat))
    }

    /// What the calls say that the answer takes along.
    pub(super) fn taken_parts(&self) -> Vec<WaitingPart> {
        let calls = self.taken.iter();
        calls
            .filter_map(|call| Some(SendCall::read(&call.payload)?.part))
            .collect()
    }

    pub(super) fn leaving(&self, parts: Vec<WaitingPart>, lang: Lang) -> Leaving {
        let joined = join(parts);
        let is_enough = joined.len() <= 1 && !self.has_calls_before;
        let by_reply = self.can_reply && (!self.can_call || is_enough);
        let place = self.place.filter(|_| self.sends && !by_reply);
        let Some(place) = place else {
            let (reply, rest) = compose(joined, lang);
            return Leaving {
                reply,
                rest,
                ..Leaving::default()
            };
        };
        let (now, rest) = compose_several(joined, self.most, lang);
        let calls = now.into_iter().map(|part| SendCall { part });
        Leaving {
            reply: String::new(),
            calls: calls.map(|call| call.to(&place)).collect(),
            known: (!self.taken.is_empty()).then_some(self.known),
            rest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::{CreditRules, WeixinAccountKind};
    use super::*;
    use std::time::Duration;
    use wenlu_core::model::ConversationId;

    const MINUTE: Duration = Duration::from_secs(60);

    fn part(text: &str) -> WaitingPart {
        WaitingPart {
            text: text.to_owned(),
            is_kept: true,
            is_from_person: false,
        }
    }

    fn queued(text: &str, is_begun: bool) -> QueuedCall {
        let call = SendCall { part: part(text) };
        QueuedCall {
            id: 1,
            payload: serde_json::to_string(&call).unwrap(),
            is_begun,
        }
    }

    /// The reply, and how many calls and parts there are beside it.
    fn leaving(
        (sends, is_stopped, is_over): (bool, bool, bool),
        queue: Vec<QueuedCall>,
        parts: &[&str],
    ) -> (String, usize, usize) {
        let credit = CreditRules {
            message: (2, MINUTE),
            event: (1, MINUTE),
            enter: (1, MINUTE),
        };
        let plan = AnswerPlan {
            appid: "wxa".to_owned(),
            kind: WeixinAccountKind::Official,
            credit: sends.then_some(credit),
            transfers: false,
        };
        let conversation = ConversationId::parse("weixin:wxa:oAsker").unwrap();
        let queue = AskerQueue {
            is_stopped,
            calls: queue,
            has_more: false,
        };
        let place = AskerPlace::of(&conversation);
        let way = AnswerWay::new((&plan, place), Some(CreditKind::Message), queue, is_over);
        let mut all = way.taken_parts();
        all.extend(parts.iter().map(|text| part(text)));
        let leaving = way.leaving(all, Lang::Zh);
        (leaving.reply, leaving.calls.len(), leaving.rest.len())
    }

    #[test]
    fn one_part_is_a_reply_and_several_are_calls_while_they_may_be_made() {
        let long = "长".repeat(600);
        let three = [long.as_str(), &long, &long];
        let (active, passive) = ((true, false, false), (false, false, false));
        let said = |text: &str| text.to_owned();
        assert_eq!(leaving(active, vec![], &["甲"]), (said("甲"), 0, 0));
        assert_eq!(leaving(active, vec![], &[]), (said(""), 0, 0));
        // two are allowed, the third waits
        assert_eq!(leaving(active, vec![], &three), (said(""), 2, 1));
        let (reply, calls, rest) = leaving(passive, vec![], &three);
        assert_eq!((reply.contains('续'), calls, rest), (true, 0, 2));
        let (reply, calls, rest) = leaving((true, true, false), vec![], &three);
        assert_eq!((reply.contains('续'), calls, rest), (true, 0, 2));
        // the request is over
        assert_eq!(
            leaving((true, false, true), vec![], &["甲"]),
            (said(""), 1, 0)
        );
        assert_eq!(
            leaving((true, true, true), vec![], &["甲"]),
            (said(""), 1, 0)
        );
    }

    #[test]
    fn what_was_not_begun_comes_along_and_what_was_goes_before() {
        let (active, passive) = ((true, false, false), (false, false, false));
        let both = "甲\n\n乙".to_owned();
        assert_eq!(
            leaving(active, vec![queued("甲", false)], &["乙"]),
            (both.clone(), 0, 0)
        );
        let behind = leaving(active, vec![queued("甲", true)], &["乙"]);
        assert_eq!(behind, (String::new(), 1, 0));
        // nobody tries it again
        assert_eq!(
            leaving(passive, vec![queued("甲", true)], &["乙"]),
            (both, 0, 0)
        );
    }
}
