//! Values between Rust and columns. In: durations, unit variants, what is searched for. Out:
//! numbers, words, patterns.

use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

/// A duration in milliseconds; the largest number for one that is longer.
pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The pattern of `LIKE … ESCAPE '\'` for what contains `text`.
pub(super) fn like_containing(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    format!("%{escaped}%")
}

/// The serde name of a unit variant, without quotes.
pub(super) fn to_serde_name<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    serde_json::to_value(value).map(|v| v.as_str().unwrap_or_default().to_owned())
}

/// The unit variant with that serde name.
pub(super) fn from_serde_name<T: DeserializeOwned>(word: &str) -> Result<T, serde_json::Error> {
    serde_json::from_value(serde_json::Value::String(word.to_owned()))
}
