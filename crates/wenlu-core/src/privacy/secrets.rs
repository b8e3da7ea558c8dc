//! Keys, tokens and WeChat identifiers of people. In: a folded text. Out: the same with them
//! masked. Some have a fixed form (`sk-…`, a JWT, 32 hexadecimal digits), some a name before them
//! (`access_token=…`), the rest are long and look random.
//!
//! Not masked: appids (`wx` and 16 hexadecimal digits; they identify a program and are public),
//! UUIDs and request ids in error messages, and the parameters of an article's address (`sn=`,
//! `chksm=`).

use super::entropy::{is_high_entropy, is_random, words};
use super::glyphs::FoldedText;
use super::kinds::PersonalDataKind;
use super::named;
use crate::privacy::token_chars::APPSECRET_LENGTH;
use crate::privacy::token_chars::is_appid;
use crate::privacy::token_chars::is_hex;
use crate::privacy::token_chars::is_mixed;
use crate::privacy::token_chars::is_token;
use std::ops::Range;

pub(super) fn mask(page: &mut FoldedText) {
    private_keys(page);
    named::mask(page);
    for run in page.runs(is_token) {
        if let Some((range, kind)) = shaped(page, &run) {
            page.mask(range, kind);
        }
    }
    for run in page.runs(|c| is_token(c) || "+/=".contains(c)) {
        if is_base64(page, &run) {
            page.mask(run, PersonalDataKind::Token);
        }
    }
    spaced_hex(page);
}

/// `-----BEGIN … PRIVATE KEY-----` up to its end, or to the end of what was pasted of it.
fn private_keys(page: &mut FoldedText) {
    const NAME: &str = "PRIVATE KEY-";
    let mut at = 0;
    while let Some(c) = page.at(at) {
        at += 1;
        if c != 'P' || !page.starts_with(at - 1, NAME) {
            continue;
        }
        let start = page.run_start(at - 1, |c| c.is_ascii_uppercase() || " -".contains(c));
        let text = at - 1 + NAME.len();
        let end = page.run_end(text, |c| {
            c.is_ascii_alphanumeric() || "+/= -\n,:\\".contains(c)
        });
        if end > text + 16 && page.lower(start..at).contains("begin") {
            page.mask(start..end, PersonalDataKind::Secret);
            at = end;
        }
    }
}

/// The kind of the run, by its form; the range may begin before the run.
fn shaped(page: &FoldedText, run: &Range<usize>) -> Option<(Range<usize>, PersonalDataKind)> {
    let chars = page.slice(run.clone());
    if is_appid(chars) || is_uuid(chars) || is_of_an_address(page, run.start) {
        return None;
    }
    if let Some(start) = bot_number(page, run) {
        return Some((start..run.end, PersonalDataKind::Token));
    }
    let text = page.lower(run.clone());
    if text.starts_with("eyj") && chars.len() >= 16 {
        return Some((run.start..web_token(page, run.end), PersonalDataKind::Token));
    }
    if PREFIXES.iter().any(|prefix| {
        text.strip_prefix(prefix)
            .is_some_and(|rest| rest.len() >= 16)
    }) && (is_mixed(chars) || is_random(chars, 0.3))
    {
        return Some((run.clone(), PersonalDataKind::Token));
    }
    if let Some(range) = person(page, run, &text) {
        return Some((range, PersonalDataKind::OpenId));
    }
    if let Some(range) = hex_secret(chars, run.start) {
        return Some((range, PersonalDataKind::Secret));
    }
    is_high_entropy(chars).then(|| (run.clone(), PersonalDataKind::Token))
}

/// Prefixes of services' keys, in lower case for comparison.
const PREFIXES: &[&str] = &[
    "sk-",
    "sk_",
    "pk-",
    "pk_",
    "rk_",
    "ak-",
    "ak_",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xoxr-",
    "xapp-",
    "akia",
    "asia",
    "akid",
    "ltai",
    "aiza",
    "ya29",
    "hf_",
    "npm_",
    "dop_v1_",
];

/// `123456789:AAF…`: the start of a Telegram bot's number, if the run is the secret after it.
fn bot_number(page: &FoldedText, run: &Range<usize>) -> Option<usize> {
    let colon = run
        .start
        .checked_sub(1)
        .filter(|at| page.at(*at) == Some(':'))?;
    let start = page.run_start(colon, |c| c.is_ascii_digit());
    ((6..=12).contains(&(colon - start)) && run.len() >= 30).then_some(start)
}

/// The end of a JWT whose first part ends at `end`.
fn web_token(page: &FoldedText, mut end: usize) -> usize {
    for _ in 0..2 {
        let next = page.run_end(end + 1, is_token);
        if page.at(end) != Some('.') || next == end + 1 {
            break;
        }
        end = next;
    }
    end
}

/// An openid or unionid (`o` and 27, sometimes 28, characters of base64url), the id of a company's
/// customer (`wm` or `wo` and 30), or a WeChat id (`wxid_…`). A name may be joined to it:
/// `openid_o…`.
fn person(page: &FoldedText, run: &Range<usize>, text: &str) -> Option<Range<usize>> {
    if text
        .strip_prefix("wxid_")
        .is_some_and(|rest| rest.len() >= 12)
    {
        return Some(run.clone());
    }
    let name = ["openid", "unionid", "open_id", "union_id"]
        .iter()
        .find(|name| text.starts_with(**name));
    let skipped = name.map_or(0, |name| name.len() + 1);
    let range = (run.start + skipped).min(run.end)..run.end;
    let chars = page.slice(range.clone());
    let shape = match chars {
        ['o', ..] => (28..=29).contains(&chars.len()),
        ['w', 'm' | 'o', ..] => chars.len() == 32,
        _ => false,
    };
    // excludes some-hyphenated-words of that length
    let random = chars.iter().any(char::is_ascii_uppercase) && is_random(chars, 0.15);
    (shape && random).then_some(range)
}

/// 32 hexadecimal digits in one piece, or in equal pieces joined by hyphens.
fn hex_secret(chars: &[char], start: usize) -> Option<Range<usize>> {
    let mut at = 0;
    let pieces: Vec<Range<usize>> = chars
        .split(|c| *c == '-' || *c == '_')
        .map(|piece| {
            let range = at..at + piece.len();
            at += piece.len() + 1;
            range
        })
        .collect();
    let is_secret = |range: &&Range<usize>| {
        let piece = chars.get((*range).clone()).unwrap_or_default();
        piece.len() == APPSECRET_LENGTH && is_hex(piece) && is_mixed(piece)
    };
    if let Some(range) = pieces.iter().find(is_secret) {
        return Some(start + range.start..start + range.end);
    }
    let all: Vec<char> = chars
        .iter()
        .copied()
        .filter(|c| *c != '-' && *c != '_')
        .collect();
    let even = pieces.windows(2).all(|pair| pair[0].len() == pair[1].len());
    (even && all.len() == APPSECRET_LENGTH && is_hex(&all) && is_mixed(&all))
        .then(|| start..start + chars.len())
}

/// 8-4-4-4-12: the id of a request, a device or an event.
fn is_uuid(chars: &[char]) -> bool {
    let lengths: Vec<usize> = chars.split(|c| *c == '-').map(<[char]>::len).collect();
    lengths == [8, 4, 4, 4, 12] && chars.iter().all(|c| *c == '-' || c.is_ascii_hexdigit())
}

/// Whether the text at `at` is a parameter of a WeChat article's address, or a commit in a
/// repository's address.
fn is_of_an_address(page: &FoldedText, at: usize) -> bool {
    const PUBLIC: &[&str] = &[
        "sn", "chksm", "__biz", "mid", "idx", "hash", "md5", "scene", "v",
    ];
    const FOLDERS: &[&str] = &["commit", "tree", "blob"];
    let Some(before) = at.checked_sub(1) else {
        return false;
    };
    let key = page.run_start(before, |c| c.is_ascii_alphanumeric() || c == '_');
    let name = page.lower(key..before);
    match page.at(before) {
        Some('=') => {
            matches!(page.at(key.wrapping_sub(1)), Some('?' | '&'))
                && PUBLIC.contains(&name.as_str())
        }
        Some('/') => FOLDERS.contains(&name.as_str()),
        _ => false,
    }
}

/// Base64 with `+`, `/` or `=`. In a path these are separators, and each part is judged by itself.
fn is_base64(page: &FoldedText, run: &Range<usize>) -> bool {
    let chars = page.slice(run.clone());
    let signs = chars.iter().any(|c| "+/=".contains(*c));
    let padded = chars.len() >= 24 && chars.ends_with(&['=']);
    if !signs || !(padded || chars.len() >= 32) || is_of_an_address(page, run.start) {
        return false;
    }
    let body = chars
        .iter()
        .position(|c| *c == '=')
        .map_or(chars, |end| chars.get(..end).unwrap_or_default());
    let has = |is: fn(&char) -> bool| body.iter().any(is);
    let random = has(char::is_ascii_lowercase)
        && has(char::is_ascii_uppercase)
        && is_random(body, 0.35)
        && words(body) < 0.5;
    body.len() >= 22 && random && !is_in_address(page, run.start)
}

/// Whether `at` is inside an address such as `https://…`. Only the last thousand characters are
/// searched for its beginning.
fn is_in_address(page: &FoldedText, at: usize) -> bool {
    const FAR: usize = 1_000;
    let near = page.slice(at.saturating_sub(FAR)..at);
    let start = at
        - near
            .iter()
            .rev()
            .take_while(|c| c.is_ascii_graphic())
            .count();
    let head = page.lower(start..at);
    head.contains("://") || head.ends_with("//") || head.contains("www.")
}

/// Masks 32 hexadecimal digits in groups of four, eight or sixteen, separated by spaces.
fn spaced_hex(page: &mut FoldedText) {
    let runs = page.runs(|c| c.is_ascii_alphanumeric());
    let mut at = 0;
    while at < runs.len() {
        let size = runs[at].len();
        let count = APPSECRET_LENGTH / size.max(1);
        let group = runs.get(at..at + count).unwrap_or_default();
        let next_to = |pair: &[Range<usize>]| {
            pair[1].start == pair[0].end + 1 && page.at(pair[0].end) == Some(' ')
        };
        let even = [4, 8, 16].contains(&size)
            && !group.is_empty()
            && group
                .iter()
                .all(|run| run.len() == size && is_hex(page.slice(run.clone())))
            && group.windows(2).all(next_to);
        if even {
            let range = group[0].start..group[count - 1].end;
            // words such as face and beef have no digits, card numbers no letters
            if is_mixed(page.slice(range.clone())) {
                page.mask(range, PersonalDataKind::Secret);
                at += count;
                continue;
            }
        }
        at += 1;
    }
}
