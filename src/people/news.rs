//! What becomes of a hand-over, as the asker's own service is told. In: a turn. Out: a plain value.
//! Must not know: which service it is, how it is told.

use super::notice::HandoverTurn;
use wenlu_core::dialogue::HandoverEvent;
use wenlu_core::model::HandbackReason;

/// What became of a hand-over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandoverNews<'a> {
    /// The asker waits for an operator.
    Waiting,
    /// An operator has taken it.
    Taken { by: &'a str },
    /// The bot answers again.
    GivenBack {
        why: HandbackReason,
        /// The operator who gave it back, if one did.
        by: Option<&'a str>,
    },
    /// An operator has ended it, for a reason in their own words.
    Closed { by: &'a str, reason: &'a str },
}

impl<'a> HandoverNews<'a> {
    /// `None` if nothing changed.
    pub(super) fn of(turn: &'a HandoverTurn) -> Option<Self> {
        let by = turn.operator_name();
        let reason = turn.operator.map_or("", |operator| operator.reason);
        Some(match turn.event? {
            HandoverEvent::Opened | HandoverEvent::Released => HandoverNews::Waiting,
            HandoverEvent::Relayed => return None,
            HandoverEvent::Answered if turn.holder().is_some() => return None,
            HandoverEvent::Answered | HandoverEvent::Taken => HandoverNews::Taken { by },
            HandoverEvent::Closed(HandbackReason::Done | HandbackReason::Solved)
                if !reason.is_empty() =>
            {
                HandoverNews::Closed { by, reason }
            }
            HandoverEvent::Closed(why) => HandoverNews::GivenBack {
                why,
                by: matches!(why, HandbackReason::Done | HandbackReason::Solved).then_some(by),
            },
        })
    }
}
