//! The HTTP server, below all that speak HTTP: the chat page and its API, the operators' pages, and
//! the webhook of Telegram. In: routes, and a listener. Out: their responses, under a deadline, with
//! security headers, counted. Must not know: what the routes do; the settings.
//!
//! [`server`] listens and stops, [`middleware`] is passed by every request, [`health`] is for those
//! who run the server. The rest is used by the routes: [`assets`], [`client`] (who asks), [`limit`],
//! [`metrics`] and [`error`].

pub(crate) mod assets;
mod backlog_gauges;
pub(crate) mod client;
pub(crate) mod error;
mod health;
pub mod limit;
pub(crate) mod metrics;
mod middleware;
mod server;

pub use server::{HttpConfig, HttpServer, HttpServerError, HttpSite};
