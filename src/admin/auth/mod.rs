//! Who may. In: headers and forms. Out: who is signed in, or why not. Passwords are kept as Argon2id strings, everything
//! random that a browser or a link holds as a hash; what failed is counted in the store, so that it holds over replicas.
//!
//! [`gate`]: whether the pages are there at all, and whether a change was asked for by our own page; [`cookie`]: what the
//! browser holds; [`sign_in`]: from a name to a session.

pub mod cookie;
pub mod gate;
pub mod name;
pub mod password;
pub mod second;
pub mod secret;
pub mod sign_in;
