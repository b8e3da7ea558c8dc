//! Replies. In: the Markdown text of `content/<lang>/<id>.md`, and the variables. Out: a
//! [`ReplyDocument`] of blocks, steps and sections that every channel can draw. Must not know:
//! channels, conversations, files.

mod inline;
pub mod markdown;
mod mistake;
pub mod plain_text;
pub mod template;

use serde::{Deserialize, Serialize};

/// One reply file, parsed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReplyDocument {
    /// The first-level heading.
    pub title: String,
    /// The part before the first section, which is shown at once.
    pub head: ReplyPart,
    /// The second-level headings with what stands under them, in order.
    pub sections: Vec<ReplySection>,
}

/// Blocks, then the steps of the one ordered list, then the blocks after it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReplyPart {
    /// What stands before the steps.
    pub blocks: Vec<ReplyBlock>,
    /// The items of the ordered list.
    pub steps: Vec<ReplyStep>,
    /// Blocks after the ordered list, such as closing hints; shown with the last step, or below all
    /// steps.
    pub after: Vec<ReplyBlock>,
}

/// `## title {#id}`: offered as a button, and the target of follow-ups.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReplySection {
    /// Its id, unique within the reply.
    pub id: String,
    /// The second-level heading.
    pub title: String,
    /// What stands under it.
    pub part: ReplyPart,
}

/// One item of an ordered list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReplyStep {
    /// What it says, in order.
    pub blocks: Vec<ReplyBlock>,
}

/// A block of a reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum ReplyBlock {
    /// Running text.
    Paragraph {
        /// Its text.
        spans: Vec<TextSpan>,
    },
    /// A bullet list; an item is one line.
    List {
        /// Each item's text.
        items: Vec<Vec<TextSpan>>,
    },
    /// A block quote: a hint or a warning.
    Note {
        /// Its text.
        spans: Vec<TextSpan>,
    },
}

/// Text in one style.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TextSpan {
    /// The text, without markup.
    pub text: String,
    /// `https:`, `http:`, `mailto:` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
    /// Whether it is emphasised.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strong: bool,
}
