//! The bridge from outside: servers that pass askers' messages on with a key, and a receiver that
//! checks each event with code of its own, refuses, hangs and goes away.

mod api;
mod events;
mod faults;
mod files;
mod kill;
pub(crate) mod receiver;
mod relays;
mod stage;
