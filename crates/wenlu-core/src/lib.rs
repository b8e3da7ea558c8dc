#![doc = include_str!("../README.md")]
//!
//! # Modules
//!
//! From the ground up; each knows only those above it. None does I/O, knows async, the environment or a clock.
//!
//! - [`model`]: the vocabulary that all share: messages, turns, routings, ids, time.
//! - [`text`]: normalising, segmenting and reading aloud (pinyin).
//! - [`reply`]: Markdown to blocks, steps and sections; variables.
//! - [`knowledge`]: the validated form of the data files; whole, or not at all with every mistake listed.
//! - [`router`]: where a message goes, how sure that is, and why.
//! - [`passage`]: which part of a reply answers a message.
//! - [`dialogue`]: one turn: `answer(conversation, incoming) -> (conversation, replies, journal entry)`.
//! - [`privacy`]: masks personal data before a text is stored.
//! - [`check`]: what gets in the way of what in the data files, and which of their tests fail.
//! - [`eval`]: how good the routing is on labelled data.
//! - [`labels`]: what operators read about a decision.
//! - [`Assistant`]: knowledge, router and dialogue in one value.

#![warn(missing_docs)]
#![warn(unnameable_types)]

mod assistant;
pub mod check;
pub mod dialogue;
pub mod eval;
pub mod knowledge;
pub mod labels;
pub mod model;
pub mod passage;
pub mod privacy;
pub mod reply;
pub mod router;
pub mod text;

pub use assistant::Assistant;
