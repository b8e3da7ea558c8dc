//! Hashes. In: texts. Out: numbers: stable ones, which may be stored and which every release and
//! every process computes alike, and places in memory; bytes as they are written down.

use sha2::{Digest, Sha256};
use std::hash::{DefaultHasher, Hash, Hasher};

/// A number, not negative, by which `parts` are recognised again. `domain` keeps numbers of
/// different uses apart.
pub(crate) fn stable_number(domain: &str, parts: &[&[u8]]) -> i64 {
    let mut digest = Sha256::new().chain_update("wenlu ").chain_update(domain);
    for part in parts {
        // with its length, so that no two lists of parts are the same bytes
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let number = digest
        .finalize()
        .iter()
        .take(8)
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    (number >> 1).cast_signed()
}

/// Two lower-case hexadecimal digits for each byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // a String takes every character
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// Which of `count` places in memory a key belongs to; the same as long as the process runs.
pub(crate) fn shard(key: &str, count: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    usize::try_from(hasher.finish() % count as u64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stable_numbers_never_change() {
        const NUMBER: i64 = 1_261_866_643_552_930_958;
        assert_eq!(stable_number("test", &[b"a", b"bc"]), NUMBER);
        assert_ne!(stable_number("test", &[b"ab", b"c"]), NUMBER);
        assert_ne!(stable_number("other", &[b"a", b"bc"]), NUMBER);
    }
}
