//! One integration binary: everything is tested through the outside.
mod server;
mod web;
mod chat;
mod check;
mod desk;
mod store;
mod tiny;
mod browser;
mod knowledge;
mod reload;
mod replay;
mod reply;
mod exchange;
mod small;
mod eval;
mod explain;
mod router;
