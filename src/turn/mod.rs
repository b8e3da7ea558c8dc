//! One turn from end to end. In: who wrote what, and when. Out: a [`TurnAnswer`], after state,
//! journal entry and answer were committed. Must not know: channels.
//!
//! [`bot`] runs the turn with the [`engine`] that serves, [`mask`]s personal data, and has
//! [`people`](crate::people) tell the operators of hand-overs; [`suggestions`] are what the engine
//! offers while somebody types.

mod answer;
mod bot;
mod engine;
mod handover_upkeep;
mod mask;
mod operator_act;
mod routed_texts;
mod stored_state;
mod suggestions;

pub use answer::{InboxDelivery, TurnAnswer};
pub use bot::{Bot, BotError, CONVERSATION_TTL};
pub use engine::AnswerEngine;
pub use handover_upkeep::{HandoverPatience, watch_handovers};
pub use operator_act::OperatorAct;
