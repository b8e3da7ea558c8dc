//! Channels. In: what a service delivered. Out: an [`crate::message::Incoming`] for the bot, and its
//! [`crate::message::Reply`] drawn as that service shows it. Must not know: the router, or the store's SQL.

pub mod clock;
pub mod telegram;
pub mod terminal;
pub mod web;
