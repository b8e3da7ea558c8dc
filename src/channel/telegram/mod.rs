//! Telegram. In: updates of the Bot API. Out: what an asker or an operator did, and the calls that answer it. Must not
//! know: intents, scores, SQL. The only module with teloxide-core and reqwest.

pub mod calls;
pub mod client;
pub mod failure;
pub mod hear;
pub mod html;
pub mod token;
