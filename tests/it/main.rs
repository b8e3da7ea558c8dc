//! One integration binary: everything is tested through the outside.
mod browser;
mod chat;
mod check;
mod desk;
mod eval;
mod exchange;
mod explain;
mod knowledge;
mod reload;
mod replay;
mod reply;
mod router;
mod server;
mod small;
mod store;
mod tiny;
mod web;
