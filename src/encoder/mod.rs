//! An encoder behind an OpenAI-compatible `/embeddings` endpoint, beside the words of a message. In:
//! texts. Out: vectors in memory, which routers read; routers that use them as soon as they are
//! there. Whatever fails, a message is routed without: nothing here holds a turn up for longer than
//! [`MESSAGE_TIMEOUT`]. Must not know: conversations, channels, the store.

mod cache;
mod circuit;
mod client;
mod commands;
mod config;
mod error;
mod learn;
mod memory;
mod served;
mod service;
mod text_key;

pub use commands::CommandEncoder;
pub use config::EncoderConfig;
pub use error::EncoderError;
pub use served::ServedRouter;
pub use service::{Encoder, MESSAGE_TIMEOUT};
