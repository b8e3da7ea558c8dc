//! Whether characters were drawn by lot. In: characters. Out: yes or no, by how a person's words differ from chance. Must
//! not know: what they are for.

use super::secrets::SECRET;

/// How often a letter of one case, one of the other and a digit take turns, of all the neighbours that could. Base64
/// comes to 0.65, hexadecimal to 0.47, words joined by capitals to 0.3.
fn turns(chars: &[char]) -> f32 {
    let class = |c: char| (c.is_ascii_uppercase(), c.is_ascii_digit());
    let pairs = chars.windows(2).filter(|pair| pair.iter().all(char::is_ascii_alphanumeric));
    let (mut all, mut turned) = (0, 0);
    for pair in pairs {
        all += 1;
        turned += usize::from(class(pair[0]) != class(pair[1]));
    }
    turned as f32 / all.max(1) as f32
}

/// Whether they take turns so often.
pub fn is_random(chars: &[char], at_least: f32) -> bool {
    turns(chars) >= at_least
}

/// The share of the characters that stand in a run of three small letters or more: most of getStableAccessToken, a sixth
/// of base64.
pub fn words(chars: &[char]) -> f32 {
    let runs = chars.chunk_by(|a, b| a.is_ascii_lowercase() && b.is_ascii_lowercase());
    let within: usize = runs.map(<[char]>::len).filter(|length| *length >= 3).sum();
    within as f32 / chars.len().max(1) as f32
}

/// Long, of mixed characters, and like no words. Of 20,000 drawn by lot, base64 and base36, nine in ten pass with 24
/// characters, 99 in 100 with 32, 999 in 1,000 with 43; file names, paths and camelCase names do not.
pub fn is_drawn_by_lot(chars: &[char]) -> bool {
    let count = |is: fn(&char) -> bool| chars.iter().filter(|c| is(c)).count();
    let [lower, upper, digits] =
        [count(char::is_ascii_lowercase), count(char::is_ascii_uppercase), count(char::is_ascii_digit)];
    let longest = chars.split(|c| *c == '-' || *c == '_').map(<[char]>::len).max().unwrap_or_default();
    match (lower > 0, upper > 0, digits > 0) {
        (true, true, true) if chars.len() >= 32 => is_random(chars, 0.35) && words(chars) < 0.5,
        (true, true, true) => chars.len() >= 24 && digits >= 2 && is_random(chars, 0.4) && words(chars) < 0.5,
        (true, true, false) => chars.len() >= 32 && is_random(chars, 0.35) && words(chars) < 0.4,
        _ if chars.iter().all(|c| c.is_ascii_hexdigit()) => chars.len() > SECRET && digits > 0 && lower + upper > 0,
        (true, false, true) | (false, true, true) => longest >= 24 && chars.len() >= 30 && is_random(chars, 0.15),
        _ => false,
    }
}
