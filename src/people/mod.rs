//! The people who take over a conversation. In: what a turn changed about a hand-over. Out: what
//! they are told, and whether and until when they can be called. Must not know: the channel on which
//! they are reached; it only draws what they are told, as a [`NoticeDrawer`].

mod handover_end;
mod list_watch;
mod news;
mod notice;
mod origin;
mod reach;
mod team;
mod transcript;

pub(crate) use handover_end::HandoverEnd;
pub use list_watch::ListWatch;
pub use news::HandoverNews;
pub use notice::{
    BotDeed, DeliveryTrouble, HandoverNotice, HandoverTurn, ListOperator, NoticeEvent, NoticeLine,
};
pub use origin::{MediaRef, MessageOrigin};
pub use reach::{OperatorReach, ReachFlag};
pub use team::{AskerCourier, NoticeDrawer, OperatorTeam, TeamGroup};
pub use transcript::EarlierTurn;
