//! WeChat from outside: whole servers against a fake platform that delivers, waits, retries and
//! refuses as the real one does.

mod account;
mod active;
mod active_kill;
mod check;
mod door;
mod erase;
mod fields;
mod fuzz;
mod handover;
mod inbox;
mod kill;
mod late;
mod seal;
mod service_tool;
pub(crate) mod stage;
mod talk;
