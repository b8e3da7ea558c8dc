//! WeCom's customer service from outside: whole servers against a fake company that notifies, keeps
//! messages until they are asked for, and refuses as the real one does.

mod callback;
mod check;
mod heals;
mod kill;
mod limits;
mod people;
mod stage;
mod talk;
