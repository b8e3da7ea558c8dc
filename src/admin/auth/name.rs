//! The name of an account.

/// What a name may be, for the one who chooses it.
pub const NAME_HELP: &str = "2 到 32 个小写字母、数字或 . _ -，以字母开头";

/// Small letters, digits, `.`, `_`, `-`, 2 to 32, a letter first: it is typed, logged, and put into one-time codes' labels.
pub fn is_name(text: &str) -> bool {
    (2..=32).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
}
