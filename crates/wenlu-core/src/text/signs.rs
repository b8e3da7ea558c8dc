//! Signs that stand on a screen and that people name in words. In: a text. Out: the same with the names
//! beside the signs. Must not know: what the text is about.

/// Signs, and what people call them.
const SIGNS: [(&str, &str); 3] = [
    ("···", "三个点 three dots"),
    ("…", "三个点 three dots"),
    ("...", "三个点 three dots"),
];

/// The text with what its signs are called.
pub(crate) fn with_named_signs(text: &str) -> String {
    SIGNS.iter().fold(text.to_owned(), |text, (sign, name)| {
        match text.contains(sign) {
            true => text.replace(sign, &format!(" {name} ")),
            false => text,
        }
    })
}
