//! Wenlu routes a message to the intent it asks about and answers it.
//!
//! The modules, in the order in which a message passes them:
//!
//! - [`channel`]: the terminal, the web page and Telegram. Turns what its service delivered into an
//!   [`message::Incoming`], and a [`message::Reply`] into what its service shows.
//! - [`message`]: the types that channels and dialogue exchange.
//! - [`dialogue`]: one turn: `answer(conversation, incoming) -> (conversation, replies, journal
//!   entry)`.
//! - [`router`]: pure: the same text and the same files give the same numbers on every machine.
//! - [`text`]: normalisation, segmentation and pinyin, for the router.
//! - [`reply`]: Markdown to blocks, steps and sections; variables.
//! - [`knowledge`]: the validated form of the data files: complete, or rejected with all mistakes.
//! - [`store`]: conversations, answered messages and the journal; inbox and outbox, leases and
//!   hand-overs; backup and transfer to another database; retention and erasure, which
//!   [`maintenance`] runs.
//! - [`review`]: masks personal data; clusters unanswered questions of the journal; edits data
//!   files and previews the effects of a draft.
//! - [`exchange`]: imports and exports the formats of other systems; [`eval`]: measures routing on
//!   labelled data.
//! - [`bot`]: a turn from end to end: loads the conversation, answers, commits, in order; and
//!   notifies the operators of hand-overs.
//! - [`reload`]: replaces the knowledge while the server runs, or refuses the edit.
//! - [`admin`]: the operators' pages: what serves, what went unanswered, and who has access.
//! - [`labels`]: how a decision is worded for operators, in the terminal and on the pages.
//! - [`check`]: conflicts within the data files, and which of their tests fail.
//! - [`cli`], [`app`], [`settings`]: the commands, the wiring, and the settings.
//!
//! Invariants:
//!
//! - `router`, `text`, `knowledge` (except `knowledge::files`), `reply` and `dialogue` do no I/O
//!   and know no async, SQL, HTTP, environment or clock; time is a parameter.
//! - axum only in `channel::web`, `admin` and the webhook, teloxide-core only in
//!   `channel::telegram`, sqlx only in `store`, `std::env` only in `settings`, printing only in
//!   `cli` and `channel::terminal`.
//! - Dependencies point one way: channel → dialogue → {router, reply, store's records}; router →
//!   knowledge → {reply, text}.
//! - State that a second replica must know lives in the store, never in process memory.

pub mod admin;
pub mod app;
pub mod bot;
pub mod channel;
pub mod check;
pub mod cli;
pub mod desk;
pub mod eval;
pub mod exchange;
pub mod knowledge;
pub mod message;
pub mod reload;
mod repeats;
pub mod reply;
pub mod review;
pub mod router;
pub mod settings;
pub mod store;
pub mod text;
pub mod upkeep;
pub mod wording;
