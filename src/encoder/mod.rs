//! An encoder behind an OpenAI-compatible `/embeddings` endpoint, beside the words of a message. In:
//! texts. Out: vectors in memory, which routers read; routers that use them as soon as they are
//! there. Whatever fails, a message is routed without: nothing here holds a turn up for longer than
//! [`MESSAGE_TIMEOUT`]. Or a static table of vectors in this process, which asks nobody. Must not know:
//! conversations, channels, the store.

mod cache;
mod circuit;
mod client;
mod commands;
mod config;
mod counts;
mod error;
mod learn;
mod memory;
mod probe;
mod served;
mod service;
mod table;
mod table_error;
mod text_key;

pub use commands::CommandEncoder;
pub use config::EncoderConfig;
pub use error::{EncoderError, VectorsError};
pub use probe::{EncoderProbe, probe};
pub use served::ServedRouter;
pub use service::{Encoder, EncoderFigures, MESSAGE_TIMEOUT};
pub use table::StaticTable;
pub use table_error::TableError;
