//! Secrets with a name before them: `access_token=…`, `"secret": "…"`, 密钥是… In: a folded text. Out:
//! the same with the values masked.

use super::glyphs::FoldedText;
use super::kinds::PersonalDataKind;
use super::token_chars::{is_mixed, is_token};
use std::ops::Range;

pub(super) fn mask(page: &mut FoldedText) {
    let mut at = 0;
    while at < page.len() {
        at = match value(page, at) {
            Some((range, kind)) => {
                let end = range.end;
                page.mask(range, kind);
                end
            }
            None => at + 1,
        };
    }
}

const SECRETS: &[&str] = &[
    "secret",
    "apikey",
    "api_key",
    "aeskey",
    "secretkey",
    "secret_key",
    "private_key",
    "mchkey",
    "mch_key",
    "密钥",
    "秘钥",
];
const TOKENS: &[&str] = &[
    "token",
    "session_key",
    "sessionkey",
    "ticket",
    "authorization",
    "bearer",
    "令牌",
];

/// The range and kind of the value after the separator (`=`, `:`, 是, 为, space) at `at`.
fn value(page: &FoldedText, at: usize) -> Option<(Range<usize>, PersonalDataKind)> {
    let sign = page.at(at).filter(|c| "=:是为 ".contains(*c))?;
    let quote = |c: char| c == ' ' || c == '"' || c == '\'';
    let end = (0..3).fold(at, |end, _| {
        if end > 0 && page.at(end - 1).is_some_and(quote) {
            end - 1
        } else {
            end
        }
    });
    let name = page
        .run_start(end, |c| is_token(c) || "密秘钥令牌".contains(c))
        .max(end.saturating_sub(LONGEST_NAME));
    let name = page.lower(name..end);
    let is = |names: &[&str]| names.iter().any(|known| name.ends_with(known));
    let kind = if is(SECRETS) {
        PersonalDataKind::Secret
    } else if is(TOKENS) {
        PersonalDataKind::Token
    } else {
        return None;
    };
    if at - end > 2 || (sign == ' ' && !name.ends_with("bearer")) {
        return None;
    }
    let mut start = page.run_end(at + 1, quote);
    if page.lower(start..start + 7) == "bearer " {
        start += 7;
    }
    let stop = page.run_end(start, |c| is_token(c) || "+/%.~".contains(c));
    let stop = match page.run_end(stop, |c| c == '=') {
        padded if padded > stop => padded,
        _ => page.run_start(stop, |c| c == '.').max(start),
    };
    // placeholders in examples, such as ACCESS_TOKEN, have no digits
    let enough = if sign == '=' { 8 } else { 16 };
    let chars = page.slice(start..stop);
    (start - at <= 4 && chars.len() >= enough && is_mixed(chars)).then_some((start..stop, kind))
}

const LONGEST_NAME: usize = 24;
