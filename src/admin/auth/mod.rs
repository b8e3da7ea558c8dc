//! Authentication. In: headers and forms. Out: the signed-in user, or a refusal. Passwords are
//! stored as Argon2id strings, secrets of cookies and links as SHA-256 hashes. Failed attempts are
//! counted in the store, so that the limit holds over all replicas.
//!
//! [`access`]: whether the pages are reachable, and whether a change was requested by our own page;
//! [`cookie`]: the cookies; [`device`]: browsers that have signed in before; [`sign_in`]: from credentials to a session;
//! [`password_link`]: how an account gets its first password; [`recovery`]: codes for whoever has lost the telephone.

pub mod access;
pub mod cookie;
pub(crate) mod device;
pub mod name;
pub mod password;
mod password_hash;
pub(crate) mod password_link;
pub(crate) mod recovery;
pub mod secret;
pub mod sign_in;
pub mod totp;
