//! The platform's seal and signatures, from its documentation: blocks are chained and padded by hand.

use aes::Aes256;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha1::{Digest, Sha1};

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// SHA-1 of the sorted parts, in hexadecimal digits.
pub fn signature(parts: &[&str]) -> String {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    let digest = Sha1::digest(parts.concat());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn key(text: &str) -> [u8; 32] {
    let bytes = LENIENT.decode(text).expect("a key is base64");
    bytes.try_into().expect("a key has 32 bytes")
}

/// A text sealed for `receiver`.
pub fn sealed(aes_key: &str, receiver: &str, random: &[u8; 16], text: &str) -> String {
    let key = key(aes_key);
    let mut plain = random.to_vec();
    plain.extend(
        u32::try_from(text.len())
            .expect("a short text")
            .to_be_bytes(),
    );
    plain.extend(text.bytes());
    plain.extend(receiver.bytes());
    let pad = 32 - plain.len() % 32;
    plain.extend(std::iter::repeat_n(
        u8::try_from(pad).expect("at most 32"),
        pad,
    ));
    let cipher = Aes256::new(&key.into());
    let mut before: [u8; 16] = key[..16].try_into().expect("16 bytes");
    let mut out = Vec::with_capacity(plain.len());
    for chunk in plain.chunks(16) {
        let mut block: [u8; 16] = chunk.try_into().expect("whole blocks");
        block
            .iter_mut()
            .zip(before)
            .for_each(|(byte, mask)| *byte ^= mask);
        let mut block = block.into();
        cipher.encrypt_block(&mut block);
        before = block.into();
        out.extend(before);
    }
    LENIENT.encode(out)
}

/// What was sealed, and for whom; `None` if the key is another, or it was changed.
pub fn opened(aes_key: &str, sealed: &str) -> Option<(String, String)> {
    let key = key(aes_key);
    let bytes = LENIENT.decode(sealed).ok()?;
    if bytes.is_empty() || bytes.len() % 32 != 0 {
        return None;
    }
    let cipher = Aes256::new(&key.into());
    let mut before: [u8; 16] = key[..16].try_into().ok()?;
    let mut plain = Vec::with_capacity(bytes.len());
    for chunk in bytes.chunks(16) {
        let sealed: [u8; 16] = chunk.try_into().ok()?;
        let mut block = sealed.into();
        cipher.decrypt_block(&mut block);
        let block: [u8; 16] = block.into();
        plain.extend(block.iter().zip(before).map(|(byte, mask)| byte ^ mask));
        before = sealed;
    }
    let pad = usize::from(*plain.last()?);
    let rest = plain
        .len()
        .checked_sub(pad)
        .filter(|_| (1..=32).contains(&pad))?;
    if plain[rest..].iter().any(|byte| usize::from(*byte) != pad) {
        return None;
    }
    plain.truncate(rest);
    let length = u32::from_be_bytes(plain.get(16..20)?.try_into().ok()?) as usize;
    let end = length.checked_add(20)?;
    let text = String::from_utf8(plain.get(20..end)?.to_vec()).ok()?;
    let receiver = String::from_utf8(plain.get(end..)?.to_vec()).ok()?;
    Some((text, receiver))
}
