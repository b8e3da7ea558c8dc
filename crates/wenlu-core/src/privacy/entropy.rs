//! Detects random-looking (high-entropy) strings. In: characters. Out: yes or no, by how words
//! differ from random characters. Must not know: what they are for.

use super::token_chars::APPSECRET_LENGTH;

/// The share of neighbouring characters that differ in class: lower case, upper case, digit. About
/// 0.65 for base64, 0.47 for hexadecimal, 0.3 for camelCase words.
fn turns(chars: &[char]) -> f32 {
    let class = |c: char| (c.is_ascii_uppercase(), c.is_ascii_digit());
    let pairs = chars
        .windows(2)
        .filter(|pair| pair.iter().all(char::is_ascii_alphanumeric));
    let (mut all, mut turned) = (0, 0);
    for pair in pairs {
        all += 1;
        turned += usize::from(class(pair[0]) != class(pair[1]));
    }
    turned as f32 / all.max(1) as f32
}

/// Whether the class changes at least this often.
pub(super) fn is_random(chars: &[char], at_least: f32) -> bool {
    turns(chars) >= at_least
}

/// The share of characters in runs of three or more lower-case letters: most of
/// getStableAccessToken, a sixth of base64.
pub(super) fn words(chars: &[char]) -> f32 {
    let runs = chars.chunk_by(|a, b| a.is_ascii_lowercase() && b.is_ascii_lowercase());
    let within: usize = runs.map(<[char]>::len).filter(|length| *length >= 3).sum();
    within as f32 / chars.len().max(1) as f32
}

/// Long, of mixed classes, and unlike words. Of 20,000 random strings in base64 and base36, 90 %
/// pass with 24 characters, 99 % with 32, 99.9 % with 43; file names, paths and camelCase names do
/// not.
pub(super) fn is_high_entropy(chars: &[char]) -> bool {
    let count = |is: fn(&char) -> bool| chars.iter().filter(|c| is(c)).count();
    let [lower, upper, digits] = [
        count(char::is_ascii_lowercase),
        count(char::is_ascii_uppercase),
        count(char::is_ascii_digit),
    ];
    let longest = chars
        .split(|c| *c == '-' || *c == '_')
        .map(<[char]>::len)
        .max()
        .unwrap_or_default();
    match (lower > 0, upper > 0, digits > 0) {
        (true, true, true) if chars.len() >= 32 => is_random(chars, 0.35) && words(chars) < 0.5,
        (true, true, true) => {
            chars.len() >= 24 && digits >= 2 && is_random(chars, 0.4) && words(chars) < 0.5
        }
        (true, true, false) => chars.len() >= 32 && is_random(chars, 0.35) && words(chars) < 0.4,
        _ if chars.iter().all(|c| c.is_ascii_hexdigit()) => {
            chars.len() > APPSECRET_LENGTH && digits > 0 && lower + upper > 0
        }
        (true, false, true) | (false, true, true) => {
            longest >= 24 && chars.len() >= 30 && is_random(chars, 0.15)
        }
        _ => false,
    }
}
