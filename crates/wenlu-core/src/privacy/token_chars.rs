//! Characters and lengths of keys and tokens. In: a run of characters. Out: what it may be, by its
//! characters alone. Must not know: what stands around it.

/// `wx` and 16 hexadecimal digits.
pub(super) fn is_appid(run: &[char]) -> bool {
    run.len() == 18 && matches!(run, ['w' | 'W', 'x' | 'X', rest @ ..] if is_hex(rest))
}

/// The characters of base64url.
pub(super) fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

pub(super) fn is_hex(run: &[char]) -> bool {
    run.iter().all(char::is_ascii_hexdigit)
}

/// Whether it has both letters and digits.
pub(super) fn is_mixed(run: &[char]) -> bool {
    run.iter().any(char::is_ascii_alphabetic) && run.iter().any(char::is_ascii_digit)
}

/// The length of an AppSecret, in hexadecimal digits.
pub(super) const APPSECRET_LENGTH: usize = 32;
