//! WeChat from outside: whole servers against a fake platform that delivers, waits, retries and
//! refuses as the real one does.

mod check;
mod door;
mod erase;
mod fields;
mod fuzz;
mod handover;
mod kill;
mod late;
mod seal;
mod stage;
mod talk;
