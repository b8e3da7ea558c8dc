//! What of the knowledge a reply shows. In: nothing. Out: plain values that passages, dialogue and store share.

use serde::{Deserialize, Serialize};

/// An intent's reply, or one section of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyTarget {
    /// The id of the intent.
    pub intent: String,
    /// The id of the section; `None`: the whole reply.
    pub section: Option<String>,
}

impl ReplyTarget {
    /// The whole reply of an intent.
    pub fn intent(id: &str) -> Self {
        ReplyTarget {
            intent: id.to_owned(),
            section: None,
        }
    }

    /// A section of an intent's reply.
    pub fn section(intent: &str, section: &str) -> Self {
        ReplyTarget {
            intent: intent.to_owned(),
            section: Some(section.to_owned()),
        }
    }
}
