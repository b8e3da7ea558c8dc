//! E-mail addresses. In: a folded text. Out: the same with them masked: `a.b@c.com`, full width,
//! with spaces around the `@`, and spelled out if nothing else can be meant (`a (at) c.com`, `a at
//! c dot com`, `a 艾特 c 点 com`).

use super::glyphs::FoldedText;
use super::kinds::PersonalDataKind;
use std::ops::Range;

pub(super) fn mask(page: &mut FoldedText) {
    let mut at = 0;
    while at < page.len() {
        match address(page, at) {
            Some(range) => {
                at = range.end;
                page.mask(range, PersonalDataKind::Email);
            }
            None => at += 1,
        }
    }
}

/// Forms of `@`, and whether the domain may then have ordinary dots.
const SIGNS: &[(&str, bool)] = &[
    ("@", true),
    ("(at)", true),
    ("[at]", true),
    ("{at}", true),
    ("<at>", true),
    ("(@)", true),
    ("艾特", true),
    // an ordinary word of sentences too: look at qq.com
    (" at ", false),
];

const DOTS: &[&str] = &[
    ".", "。", " . ", " .", ". ", "(dot)", "[dot]", " dot ", "点", " 点 ",
];
/// Top-level domains that an address spelled out, or with spaces, must end in.
const ENDINGS: &[&str] = &[
    "com", "cn", "net", "org", "edu", "gov", "io", "me", "cc", "co", "hk", "tw", "info", "biz",
    "vip", "top", "xyz", "dev", "app", "tech", "email", "jp", "uk", "de", "ru", "kr", "us",
];

const PROVIDERS: &[&str] = &[
    "qq.com",
    "163.com",
    "126.com",
    "139.com",
    "189.cn",
    "foxmail.com",
    "sina.com",
    "sohu.com",
    "aliyun.com",
    "gmail.com",
    "outlook.com",
    "hotmail.com",
    "yahoo.com",
    "icloud.com",
    "live.com",
];

/// The address whose `@` begins at `at`.
fn address(page: &FoldedText, at: usize) -> Option<Range<usize>> {
    let (sign, plain) = SIGNS.iter().find(|(sign, _)| page.starts_with(at, sign))?;
    let blank = |c: char| c == ' ';
    // at most two spaces, as typed by accident
    let end = page.run_start(at, blank);
    let begin = at + sign.chars().count();
    let next = page.run_end(begin, blank);
    if at - end > 2 || next - begin > 2 {
        return None;
    }
    let name = page.run_start(end, |c| c.is_ascii_alphanumeric() || "._%+-".contains(c));
    let name = page.run_end(name, |c| ".-".contains(c));
    if name >= end || page.lower(name..end) == "git" {
        return None;
    }
    // zhang.san at gmail.com: digits or dots make it a name, not a word
    let plain = *plain
        || page
            .slice(name..end)
            .iter()
            .any(|c| c.is_ascii_digit() || "._".contains(*c));
    let after = domain(page, next, plain)?;
    let sure = *sign != " at "
        || PROVIDERS.contains(&page.lower(next..after).as_str())
        || !spells_plainly(page, next..after);
    sure.then_some(name..after)
}

fn spells_plainly(page: &FoldedText, domain: Range<usize>) -> bool {
    page.slice(domain).contains(&'.')
}

/// The end of the domain that begins at `at`.
fn domain(page: &FoldedText, at: usize, plain: bool) -> Option<usize> {
    let label = |at: usize| page.run_end(at, |c| c.is_ascii_alphanumeric() || c == '-');
    let mut labels = vec![("", at..label(at))];
    while let Some((_, last)) = labels
        .last()
        .filter(|(_, last)| !last.is_empty() && labels.len() < MAX_LABELS)
    {
        // the longest match: ` . ` before ` .`
        let fits = DOTS
            .iter()
            .filter(|dot| page.starts_with(last.end, dot))
            .max_by_key(|dot| dot.chars().count());
        let Some(dot) = fits else { break };
        let next = last.end + dot.chars().count();
        labels.push((*dot, next..label(next)));
    }
    // after an unusual dot only a known top-level domain ends the address
    let ends = |(dot, range): &(&str, Range<usize>)| {
        let named = range.len() >= 2
            && page
                .slice(range.clone())
                .iter()
                .all(char::is_ascii_alphabetic);
        named && (*dot == "." || ENDINGS.contains(&page.lower(range.clone()).as_str()))
    };
    while labels.len() > 1 && !labels.last().is_some_and(ends) {
        labels.pop();
    }
    let spelled = labels
        .iter()
        .skip(1)
        .any(|(dot, _)| !matches!(dot.trim(), "." | "。"));
    // vue@3.4.0-rc.js is a version number
    let number = |(_, range): &(&str, Range<usize>)| {
        page.slice(range.clone()).iter().all(char::is_ascii_digit)
    };
    let version = labels.len() > 2 && labels.iter().take(2).all(number);
    let (_, last) = labels
        .last()
        .filter(|_| labels.len() > 1 && !version && (plain || spelled))?;
    Some(last.end)
}

/// More labels are not a mail domain; the limit bounds the time.
const MAX_LABELS: usize = 8;
