//! Which part of a reply answers a message. In: the replies and section examples of the knowledge;
//! a message, and the intent that it is about. Out: the parts of that intent's reply, ranked, each
//! with its evidence. Must not know: conversations, channels, how the intent was found.

mod asked_message;
mod aspect;
mod aspect_cues;
mod function_words;
mod index;
mod known_grams;
mod phrases;
mod prepared;
mod rank;
mod sentences;

pub use asked_message::AskedMessage;
pub use aspect::{Aspect, AspectSet};
pub use index::PassageIndex;
pub use rank::{PassageEvidence, PassageRanking, RankedPassage};
