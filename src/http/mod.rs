//! The HTTP server, below all that speak HTTP: the chat page and its API, the operators' pages, and
//! the webhook of Telegram. In: routes, and a listener. Out: their responses, under a deadline, with
//! security headers, counted. Must not know: what the routes do; the settings.
//!
//! [`server`] listens and stops, [`connections`] bears clients that send nothing or take everything
//! ([`descriptors`] says how many), [`middleware`] is passed by every request, [`health`] is for those
//! who run the server. The rest is used by the routes: [`assets`], [`client`] (who asks), [`limit`]
//! (how often), [`occupancy`] (how many at once), [`metrics`], [`error`] and [`file_response`].

pub(crate) mod assets;
mod backlog_gauges;
pub(crate) mod client;
pub mod connections;
mod descriptors;
pub(crate) mod error;
pub(crate) mod file_response;
mod health;
pub mod limit;
pub(crate) mod metrics;
pub(crate) mod middleware;
pub mod occupancy;
mod platform_counters;
mod server;
mod service_health;
pub(crate) mod store_watch;

pub(crate) use platform_counters::{PlatformCounters, SentOutcome};
pub use server::{HttpConfig, HttpServer, HttpServerError, HttpSite};
pub(crate) use service_health::ServiceHealth;
