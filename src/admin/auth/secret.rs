//! Secrets of cookies and links. In: nothing, or what was sent. Out: 256 random bits, or their
//! hash. The store holds only the hash, so that reading the store is not enough to sign in.

use crate::hash::hex;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The system's random number generator failed.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random numbers")]
pub struct NoEntropy;

/// 64 hex digits.
#[derive(Clone)]
pub struct AuthSecret(String);

impl AuthSecret {
    pub fn new() -> Result<Self, NoEntropy> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| NoEntropy)?;
        Ok(Self(hex(&bytes)))
    }

    /// `None` unless it is 64 hex digits: nothing else needs a look-up in the store.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()))
            .then(|| Self(text.to_owned()))
    }

    /// The secret itself, for the cookie or the link.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The hash under which the store keeps it.
    pub fn hash(&self) -> String {
        derived("wenlu secret", &self.0)
    }

    /// The token in our forms, which proves that a form was made for the browser that holds this
    /// secret.
    pub fn form_token(&self) -> String {
        derived("wenlu form", &self.0)
    }
}

/// Compares in constant time.
pub fn constant_time_eq(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// A hash of `secret` for one purpose.
pub(super) fn derived(purpose: &str, secret: &str) -> String {
    hex(&Sha256::new()
        .chain_update(purpose)
        .chain_update([0])
        .chain_update(secret)
        .finalize())
}
