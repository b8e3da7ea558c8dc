//! The name of an account.

/// The rule for names, shown beside the form field.
pub const NAME_HELP: &str = "2 到 32 个小写字母、数字或 . _ -，以字母开头";

/// 2 to 32 lower-case letters, digits, `.`, `_` or `-`, beginning with a letter: names are typed,
/// logged, and put into the labels of one-time codes.
pub fn is_name(text: &str) -> bool {
    (2..=32).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
}
