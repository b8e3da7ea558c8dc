//! Replies. In: the Markdown text of `content/<lang>/<id>.md`, and the variables. Out: a
//! [`ReplyDocument`] of blocks, steps and sections that every channel can draw. Must not know:
//! channels, conversations, files.

mod inline;
pub mod markdown;
mod mistake;
pub mod plain;
pub mod template;

use serde::{Deserialize, Serialize};

/// One reply file, parsed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    pub title: String,
    /// The part before the first section, which is shown at once.
    pub head: Part,
    pub sections: Vec<Section>,
}

/// Blocks, then the steps of the one ordered list, then the blocks after it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    pub blocks: Vec<Block>,
    pub steps: Vec<Step>,
    /// Blocks after the ordered list, such as closing hints; shown with the last step, or below all
    /// steps.
    pub after: Vec<Block>,
}

/// `## title {#id}`: offered as a button, and the target of follow-ups.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    pub id: String,
    pub title: String,
    pub part: Part,
}

/// One item of an ordered list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub blocks: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Block {
    Paragraph {
        spans: Vec<Span>,
    },
    /// A bullet list; an item is one line.
    List {
        items: Vec<Vec<Span>>,
    },
    /// A block quote: a hint or a warning.
    Note {
        spans: Vec<Span>,
    },
}

/// Text in one style.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Span {
    pub text: String,
    /// `https:`, `http:`, `mailto:` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strong: bool,
}
