//! TOML as a person would write it. In: texts. Out: lines of a data file. Must not know: formats.

/// A list, one item a line.
pub(crate) fn list(key: &str, texts: &[String]) -> String {
    let lines: String = texts
        .iter()
        .map(|text| format!("  {},\n", quoted(text)))
        .collect();
    format!("{key} = [\n{lines}]")
}

/// A text in the quotes that need the fewest escapes.
pub(crate) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A key, in quotes unless it is a plain word.
pub(crate) fn quoted_key(key: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match !key.is_empty() && key.chars().all(is_plain) {
        true => key.to_owned(),
        false => quoted(key),
    }
}
