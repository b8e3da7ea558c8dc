//! The operators' pages. In: requests under `/admin` from people with an account. Out: HTML made on
//! the server, which loads nothing from other hosts. Permissions are checked here, before a page's
//! handler runs. Must not know: SQL, how a message is routed, the settings.
//!
//! A request passes [`auth::access`] (are the pages reachable, did a page of ours send this), then
//! the check of the session's role in [`middleware`], then its handler in [`pages`]; [`html`] is
//! the shared layout, [`plot`] draws the charts. [`state`] is what they work with: the last
//! [`queue_cache`], the [`preview_jobs`] and [`suggest_jobs`], and the [`health`] of the knowledge.

mod assets;
pub mod auth;
pub mod drawn_reply;
mod error;
mod handover_watch;
mod health;
mod html;
mod journal_export;
mod middleware;
mod pages;
mod plot;
mod preview_jobs;
mod queue_cache;
mod routes;
mod state;
mod suggest_jobs;
mod upload;

pub use auth::access::AdminAccess;
pub(crate) use auth::password_link::{password_link_expiry, password_link_path};
pub use error::AdminError;
pub use preview_jobs::BuildRouter;
pub use state::{AdminConfig, AdminState};
