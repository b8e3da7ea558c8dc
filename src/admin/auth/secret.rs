//! Secrets that a browser or a link holds. In: nothing, or what was sent. Out: 256 random bits, or the hash that the store
//! knows them by: who reads the store cannot be anybody.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What is random could not be had.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random numbers")]
pub struct NoEntropy;

/// 64 hex digits.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    pub fn new() -> Result<Self, NoEntropy> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| NoEntropy)?;
        Ok(Self(hex(&bytes)))
    }

    /// `None` unless it has the form of one: nothing else needs looking up.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())).then(|| Self(text.to_owned()))
    }

    /// For the one whom it is given to.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the store knows it by.
    pub fn hash(&self) -> String {
        derived("wenlu secret", &self.0)
    }

    /// What a form carries to show that it was made for the browser that holds this.
    pub fn form_token(&self) -> String {
        derived("wenlu form", &self.0)
    }
}

/// Whether they are the same, in a time that does not say how far they are.
pub fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

fn derived(purpose: &str, secret: &str) -> String {
    hex(&Sha256::new().chain_update(purpose).chain_update([0]).chain_update(secret).finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
