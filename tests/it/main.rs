//! One integration binary: everything is tested through the outside.
mod server;
mod web;
mod chat;
mod desk;
mod store;
mod tiny;
mod browser;
mod knowledge;
mod reply;
