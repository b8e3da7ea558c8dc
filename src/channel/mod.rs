//! Channels. In: what a service delivered. Out: a [`crate::message::Incoming`] for the bot, and its
//! [`crate::message::Reply`] rendered for that service. Must not know: how routing works, or the
//! store's SQL.

pub mod clock;
pub mod telegram;
pub mod terminal;
pub mod web;
