//! Signatures: the SHA-1 of the sorted parts. In: a token and what was delivered. Out: a signature, or
//! whether one is right. Must not know: what is signed.

use crate::hash::hex;
use crate::secret::WeixinToken;
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;

/// The signature of `parts` with `token`, in lower-case hexadecimal digits.
pub fn signature(token: &WeixinToken, parts: &[&str]) -> String {
    let mut sorted: Vec<&str> = parts.to_vec();
    sorted.push(token.reveal());
    sorted.sort_unstable();
    let mut digest = Sha1::new();
    sorted.iter().for_each(|part| digest.update(part));
    hex(&digest.finalize())
}

/// Whether `given` is the signature of `parts`. How long it takes says nothing about the right one.
pub fn is_signed(token: &WeixinToken, parts: &[&str], given: &str) -> bool {
    let right = signature(token, parts);
    right.as_bytes().ct_eq(given.as_bytes()).into()
}
