//! How channels show a reply, for the preview of one that is being written. In: a reply. Out: its
//! messages. The channels' own code makes them; who wires the server hands it over. Must not know:
//! which code that is.

use std::sync::Arc;
use wenlu_core::model::Reply;

/// The messages of a reply.
#[derive(Clone, Debug, Default)]
pub struct DrawnReply {
    pub telegram: Vec<DrawnMessage>,
    /// Texts in which `<a href="…">…</a>` is the only markup.
    pub weixin: Vec<String>,
}

/// A message of Telegram.
#[derive(Clone, Debug, Default)]
pub struct DrawnMessage {
    /// Telegram's HTML, in which all text is escaped.
    pub html: String,
    /// The labels of its buttons, in rows.
    pub buttons: Vec<Vec<String>>,
}

/// Draws a reply as each channel does.
pub type DrawReply = Arc<dyn Fn(&Reply) -> DrawnReply + Send + Sync>;
