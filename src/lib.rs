//! The application around [`wenlu_core`]: a chat-bot server with its store, channels, operators' pages and commands.
//!
//! From the ground up; a module imports only modules further up in this list (`tests/it/architecture.rs` holds it, and
//! ARCHITECTURE.md tells the life of a message through them):
//!
//! - [`clock`], `folder_flush`, `hash`, `log_throttle`, [`secret`]: small things that several parts need.
//! - [`source`]: reads data files from a folder.
//! - [`store`]: the only module that knows SQL.
//! - [`labels`]: how accounts, changes and the audit log are worded for operators.
//! - [`language_model`]: asks a language model behind an OpenAI-compatible address.
//! - [`encoder`]: vectors of texts from an OpenAI-compatible address, beside the words of a message.
//! - [`settings`]: what can be set; the only module that reads the environment.
//! - [`people`]: what a turn means for the operators who can take over.
//! - [`turn`]: a turn from end to end: loads the conversation, answers, masks, commits.
//! - [`attachment`]: pictures and files in conversations: decoded, encoded anew, kept.
//! - [`review`]: clusters unanswered questions; changes data files and previews the effects.
//! - [`reload`]: replaces the knowledge while the server runs, or refuses the edit.
//! - [`maintenance`]: retention and secure deletion.
//! - [`http`]: the HTTP server under the web channel, the operators' pages and the webhook.
//! - [`channel`]: the web page and its API, Telegram, WeChat, the bridge to the team's own servers, the terminal.
//! - [`admin`]: the operators' pages.
//! - [`app`]: the wiring. [`cli`]: the commands.
//!
//! State that a second process must know lies in the store, never in process memory.

pub mod admin;
pub mod app;
pub mod attachment;
pub mod channel;
pub mod cli;
pub mod clock;
pub mod encoder;
mod folder_flush;
mod folder_lock;
mod hash;
pub mod http;
pub mod labels;
pub mod language_model;
mod log_throttle;
pub mod maintenance;
mod model_folder;
pub mod people;
pub mod reload;
pub mod review;
pub mod secret;
pub mod settings;
pub mod source;
pub mod store;
pub mod turn;
