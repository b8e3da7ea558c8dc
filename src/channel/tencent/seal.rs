//! The seal (WXBizMsgCrypt): AES-256-CBC around `16 random bytes ‖ length ‖ message ‖ receiver`, padded
//! to 32 bytes. In: a key and a text. Out: the text sealed, or opened and for us. Must not know: what
//! the text says, or who signs it.

use crate::secret::EncodingAesKey;
use aes::Aes256;
use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// WeChat pads to 32 bytes, with 1 to 32 bytes that each hold their number: PKCS#7 in form, but of
/// twice the block, which is why `cbc`'s own refuses every second message.
const PAD_TO: usize = 32;
const BLOCK: usize = 16;
const RANDOM: usize = 16;
/// The random bytes and the length of the message.
const HEAD: usize = RANDOM + 4;

/// Why a text is not opened. The variants are told apart in tests and in counters, never to whoever
/// sent it: who learns which check failed can open messages by asking often enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("it is not base64")]
    Base64,
    #[error("its length is none of sealed texts")]
    Length,
    #[error("it was not sealed with this key")]
    Padding,
    #[error("its inner length is wrong")]
    InnerLength,
    #[error("it was sealed for another account")]
    Receiver,
    #[error("what was sealed is not UTF-8")]
    Text,
}

/// An opened text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedText {
    pub text: String,
    /// Which of the keys opened it; the answer is sealed with the same.
    pub key: usize,
}

/// Seals and opens for one account.
#[derive(Clone, Debug)]
pub struct MessageSeal {
    keys: Vec<EncodingAesKey>,
    receiver: String,
}

impl MessageSeal {
    /// `keys`: the present one first, then the one before it, while it is being changed; `receiver`:
    /// the account's id.
    pub fn new(keys: Vec<EncodingAesKey>, receiver: &str) -> Self {
        MessageSeal {
            keys,
            receiver: receiver.to_owned(),
        }
    }

    /// Opens what was sealed for this account with one of its keys.
    ///
    /// # Errors
    ///
    /// What is wrong by the last key that was tried.
    pub fn open(&self, sealed: &str) -> Result<OpenedText, SealError> {
        let sealed = BASE64_STANDARD
            .decode(sealed.trim_ascii())
            .map_err(|_| SealError::Base64)?;
        let mut failed = SealError::Length;
        for (at, key) in self.keys.iter().enumerate() {
            match open_with(key, &sealed, &self.receiver) {
                Ok(text) => return Ok(OpenedText { text, key: at }),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    /// Seals a text with the key numbered `key`, the present one if there is none; `random`: 16 bytes
    /// that nobody can guess.
    pub fn seal(&self, key: usize, text: &str, random: [u8; RANDOM]) -> Option<String> {
        let key = self.keys.get(key).or(self.keys.first())?;
        let length = u32::try_from(text.len()).ok()?;
        let mut plain = Vec::with_capacity(HEAD + text.len() + self.receiver.len() + PAD_TO);
        plain.extend(random);
        plain.extend(length.to_be_bytes());
        plain.extend(text.as_bytes());
        plain.extend(self.receiver.as_bytes());
        let pad = PAD_TO - plain.len() % PAD_TO;
        plain.resize(plain.len() + pad, u8::try_from(pad).ok()?);
        let size = plain.len();
        cbc::Encryptor::<Aes256>::new(key.reveal().into(), &iv(key))
            .encrypt_padded::<NoPadding>(&mut plain, size)
            .ok()?;
        Some(BASE64_STANDARD.encode(plain))
    }
}

fn iv(key: &EncodingAesKey) -> aes::cipher::Iv<cbc::Encryptor<Aes256>> {
    let mut iv = [0; BLOCK];
    iv.iter_mut()
        .zip(key.reveal())
        .for_each(|(to, from)| *to = *from);
    iv.into()
}

fn open_with(key: &EncodingAesKey, sealed: &[u8], receiver: &str) -> Result<String, SealError> {
    // not a multiple of 32: some libraries pad to 16, which the platform's own take
    if sealed.is_empty() || !sealed.len().is_multiple_of(BLOCK) {
        return Err(SealError::Length);
    }
    let mut plain = sealed.to_vec();
    cbc::Decryptor::<Aes256>::new(key.reveal().into(), &iv(key))
        .decrypt_padded::<NoPadding>(&mut plain)
        .map_err(|_| SealError::Length)?;
    let plain = unpadded(&plain).ok_or(SealError::Padding)?;
    let (head, rest) = plain.split_at_checked(HEAD).ok_or(SealError::InnerLength)?;
    let length = head
        .last_chunk()
        .map(|length| u32::from_be_bytes(*length))
        .and_then(|length| usize::try_from(length).ok())
        .ok_or(SealError::InnerLength)?;
    let (text, to) = rest
        .split_at_checked(length)
        .ok_or(SealError::InnerLength)?;
    if to != receiver.as_bytes() {
        return Err(SealError::Receiver);
    }
    String::from_utf8(text.to_vec()).map_err(|_| SealError::Text)
}

/// Without the padding: 1 to 32 bytes at the end, all of which hold their number.
fn unpadded(plain: &[u8]) -> Option<&[u8]> {
    let pad = usize::from(*plain.last()?);
    if !(1..=PAD_TO).contains(&pad) {
        return None;
    }
    let (rest, padding) = plain.split_at_checked(plain.len().checked_sub(pad)?)?;
    padding
        .iter()
        .all(|byte| usize::from(*byte) == pad)
        .then_some(rest)
}
