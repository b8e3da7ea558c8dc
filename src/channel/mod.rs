//! Channels. In: what a service delivered. Out: a [`wenlu_core::model::Incoming`] for the bot, and its
//! [`wenlu_core::model::Reply`] rendered for that service. Must not know: how routing works, or the
//! store's SQL.

pub mod bridge;
mod draw;
pub mod event_hook;
mod json;
mod line;
pub mod notices;
pub mod telegram;
pub mod tencent;
pub mod terminal;
pub mod web;
pub mod wecom;
pub mod weixin;
