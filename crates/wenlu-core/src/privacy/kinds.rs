//! What is masked. In: nothing. Out: the kinds of personal data, and a text with its masks. Must not know: how they are found.

use crate::text::normalize::MASKS;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The kind of personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonalDataKind {
    /// A Chinese mobile number.
    Phone,
    /// An 18-digit Chinese resident id.
    ResidentId,
    /// The number of a bank card that passes the Luhn check.
    BankCard,
    /// An e-mail address.
    Email,
    /// An AppSecret, or another secret key.
    Secret,
    /// An access token, a bot's token, or a string that looks like one.
    Token,
    /// An openid, a unionid, or another WeChat identifier of a person.
    OpenId,
    /// The name of a person, after a word that leads to one.
    Name,
    /// A postal address, to the house or nearly.
    Address,
    /// A WeChat id.
    WeChat,
    /// The number of a QQ account.
    Qq,
    /// A landline, or a number abroad.
    Landline,
    /// The number of an order, a parcel or a payment, after a word that says so.
    Order,
    /// The plate of a car.
    Plate,
    /// The number of a passport, of a permit of Hong Kong, Macau and Taiwan, or of another document.
    Document,
    /// A password, or a code that was sent.
    Password,
}

/// A piece of personal data: its kind, and its bytes in the original.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MaskedSpan {
    /// What it is.
    pub kind: PersonalDataKind,
    /// Its bytes in the original.
    pub span: Range<usize>,
}

/// A masked message, which may be stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RedactedText {
    /// The message with a mask in place of each piece.
    pub text: String,
    /// In the order of the text, without overlaps.
    pub masked: Vec<MaskedSpan>,
}

impl PersonalDataKind {
    /// The text that replaces it.
    pub(crate) fn mask(self) -> &'static str {
        MASKS[self as usize]
    }
}
