//! The name of a text in memory and on the disk: a hash, so that neither holds what people wrote.

use sha2::{Digest, Sha256};

/// Half of SHA-256 still keeps apart more texts than can ever be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct TextKey(pub(super) [u8; TextKey::BYTES]);

impl TextKey {
    pub(super) const BYTES: usize = 16;

    /// The same text has another key with another model.
    pub(super) fn of(model: &str, text: &str) -> Self {
        let digest = Sha256::new()
            .chain_update("wenlu embedding ")
            .chain_update((model.len() as u64).to_be_bytes())
            .chain_update(model)
            .chain_update(text)
            .finalize();
        let mut key = [0; Self::BYTES];
        key.iter_mut()
            .zip(digest.iter())
            .for_each(|(to, from)| *to = *from);
        Self(key)
    }
}
