//! Reads values from a table whose form was checked. In: TOML values. Out: texts with their places,
//! numbers and pairs. Must not know: what the fields mean.

use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A text with its span in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpannedText {
    /// The text, unescaped.
    pub value: String,
    /// The bytes of the file that it stands in, with its quotes.
    pub span: Range<usize>,
}

/// The text named `name`, if there is one.
pub fn text(table: &DeTable, name: &str) -> Option<SpannedText> {
    table.get(name).and_then(as_text)
}

/// The texts of the list `name`. Items that are not texts are left out: they have been reported.
pub fn texts(table: &DeTable, name: &str) -> Vec<SpannedText> {
    list(table, name).filter_map(as_text).collect()
}

/// The items of the list `name`.
pub fn list<'a, 't>(
    table: &'a DeTable<'t>,
    name: &str,
) -> impl Iterator<Item = &'a Spanned<DeValue<'t>>> {
    table
        .get(name)
        .and_then(|v| v.get_ref().as_array())
        .into_iter()
        .flat_map(|items| items.iter())
}

/// The text of `value` without surrounding white space; `None` if it is no text, or empty.
pub(crate) fn as_text(value: &Spanned<DeValue>) -> Option<SpannedText> {
    let text = value.get_ref().as_str()?;
    (!text.trim().is_empty()).then(|| SpannedText {
        value: text.trim().to_owned(),
        span: value.span(),
    })
}

/// Keys and values of a table of texts, in the order of the file.
pub fn pairs(table: &DeTable) -> Vec<(SpannedText, SpannedText)> {
    let key = |k: &Spanned<_>| SpannedText {
        value: AsRef::<str>::as_ref(k.get_ref()).trim().to_owned(),
        span: k.span(),
    };
    let mut pairs: Vec<_> = table
        .iter()
        .filter_map(|(k, v)| Some((key(k), as_text(v)?)))
        .collect();
    pairs.sort_by_key(|(key, _)| key.span.start);
    pairs
}

/// The value of an integer or a decimal number.
pub fn number(value: &DeValue) -> Option<f64> {
    match value {
        DeValue::Integer(n) => i64::from_str_radix(n.as_str(), n.radix())
            .ok()
            .map(|n| n as f64),
        DeValue::Float(n) => n.as_str().parse().ok(),
        _ => None,
    }
}
