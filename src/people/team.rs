//! The operators. In: a turn that changes a hand-over. Out: what is committed with it, so that they
//! are told. Must not know: how a notice is drawn, or when it is sent.

use super::notice::{HandoverNotice, HandoverTurn};
use super::reach::{OperatorReach, ReachFlag};
use crate::store::records::{HandoverChange, OutboxCall, TurnEffects};
use wenlu_core::dialogue::{HandoverEvent, OperatorAvailability, ServiceHours};
use wenlu_core::model::Timestamp;

/// Draws what the operators are told, on the channel where they read it.
pub trait NoticeDrawer: Send + Sync {
    /// The calls that tell them, in this order.
    fn draw(&self, notice: &HandoverNotice) -> Vec<OutboxCall>;
}

/// The operators who can take over a conversation.
pub struct OperatorTeam {
    /// `None`: always open.
    hours: Option<ServiceHours>,
    /// The chat in which they are told, as their channel numbers it.
    chat: i64,
    reach: ReachFlag,
    drawer: Box<dyn NoticeDrawer>,
}

impl OperatorTeam {
    /// `chat`: where they are told; `reach`: whether that is possible; `hours`: `None` for always
    /// open.
    pub fn new(
        chat: i64,
        reach: ReachFlag,
        hours: Option<ServiceHours>,
        drawer: impl NoticeDrawer + 'static,
    ) -> Self {
        OperatorTeam {
            hours,
            chat,
            reach,
            drawer: Box::new(drawer),
        }
    }

    /// Whether none of them can be notified, independently of the service hours.
    pub fn are_unreachable(&self) -> bool {
        self.reach.is_lost()
    }

    /// Whether they can be called now.
    pub fn reach(&self, now: Timestamp) -> OperatorReach {
        if self.are_unreachable() {
            return OperatorReach::Unreachable;
        }
        OperatorReach::Reachable(match &self.hours {
            Some(hours) => hours.availability_at(now),
            None => OperatorAvailability::ALWAYS,
        })
    }

    /// The calls and the change of the hand-over with which they are told of a turn.
    pub fn plan(&self, turn: &HandoverTurn) -> TurnEffects {
        let notice = HandoverNotice::of(turn);
        let change = match turn.event {
            HandoverEvent::Opened => HandoverChange::Open { chat: self.chat },
            HandoverEvent::Relayed => HandoverChange::Touch,
            HandoverEvent::Answered => HandoverChange::Reopen,
            HandoverEvent::Closed(_) => HandoverChange::Close,
        };
        TurnEffects {
            calls: notice
                .map(|notice| self.drawer.draw(&notice))
                .unwrap_or_default(),
            handover: Some(change),
            ..TurnEffects::default()
        }
    }
}
