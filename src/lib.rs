//! Wenlu routes a message to the intent it asks about and answers it.
//!
//! The modules, in the order in which a message passes them:
//!
//! - [`channel`]: the terminal, the web page and Telegram. Turns what its service delivered into an [`message::Incoming`]
//!   and a [`message::Reply`] into what its service shows. Knows nothing else.
//! - [`message`]: what channel and desk exchange.
//! - [`desk`]: one turn: `answer(conversation, incoming) -> (conversation, replies, journal entry)`.
//! - [`router`]: pure: the same text and the same files give the same numbers on every machine.
//! - [`text`]: normalising, segmenting and reading aloud (pinyin), for the router.
//! - [`reply`]: Markdown to blocks, steps and sections; variables.
//! - [`knowledge`]: the validated form of the data files; whole, or not at all with every mistake listed.
//! - [`store`]: conversations, answered messages and the journal; the inbox and the outbox, leases and hand-overs; backup,
//!   and the move to another database; what goes away with time, or because somebody asks for it. [`upkeep`] sees to it.
//! - [`review`]: masks personal data; reads the journal: what went unanswered, put together by likeness; changes data files,
//!   and says what a draft of them would change.
//! - [`exchange`]: other people's formats, read and written; [`eval`]: how good the routing is on labelled data.
//! - [`bot`]: a turn from end to end: load the conversation, let the desk answer, commit, in order; and what the people
//!   behind the bot learn of it.
//! - [`reload`]: new knowledge takes the place of the old while the server runs, or is refused.
//! - [`admin`]: the operators' pages: what serves, what went unanswered, and who may see it.
//! - [`wording`]: what operators read about a decision, in the terminal and on the pages.
//! - [`check`]: what gets in the way of what in the data files, and which of their tests fail.
//! - [`cli`], [`app`], [`settings`]: the commands, the wiring, and what can be set.
//!
//! What never crosses:
//!
//! - `router`, `text`, `knowledge` (but `knowledge::files`), `reply` and `desk` do no I/O and know no async, SQL, HTTP,
//!   environment or clock; time comes in as a value.
//! - axum only in `channel::web`, `admin` and the webhook, teloxide-core only in `channel::telegram`, sqlx only in `store`,
//!   `std::env` only in `settings`, printing only in `cli` and `channel::terminal`.
//! - Arrows point one way: channel → desk → {router, reply, store's records}; router → knowledge → {reply, text}.
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
