//! The vocabulary that every other module shares. In: nothing. Out: plain values. Must not know: who makes or reads them.

mod ids;
mod lang;
mod message;
mod routing;
mod target;
mod time;
mod turn;

pub use ids::{ConversationId, IdError, MessageId};
pub use lang::{HanScript, Lang, LanguageBasis};
pub use message::{
    AttachmentKind, Button, HandbackReason, Incoming, IncomingBody, MessageFile, Reply,
};
pub use routing::{Candidate, Decision, Routing, ScoreSource};
pub use target::ReplyTarget;
pub use time::Timestamp;
pub use turn::{JournalEntry, TurnOutcome, UnansweredReason};
