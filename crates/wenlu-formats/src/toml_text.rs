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
