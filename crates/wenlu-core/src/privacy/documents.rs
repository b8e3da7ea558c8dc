//! Numbers of documents: plates, passports, permits, ids and cards that a word names. In: a folded
//! text and a cue. Out: the range of the number behind it. Must not know: what else is masked.
//!
//! `numbers` finds ids and cards by their check digits wherever they stand; here the word counts, and
//! the check digit may be wrong, because people mistype.

use super::behind_cue::{CueReader, Found, behind_links, ends_at, grouped_digits};
use super::glyphs::FoldedText;
use super::kinds::PersonalDataKind::{BankCard, Document, Plate, ResidentId};
use std::ops::Range;

/// `_` is a space.
pub(super) const CUES: &[(&str, CueReader)] = &[
    (
        "京 津 沪 渝 冀 豫 云 辽 黑 湘 皖 鲁 新 苏 浙 赣 鄂 桂 甘 晋 蒙 陕 吉 闽 贵 粤 青 藏 川 宁 琼 使",
        plate,
    ),
    (
        "身份证 身份証 身份證 身分證 id_card id_number 证件号 证件号码 证号 本人证件 sfz",
        resident,
    ),
    (
        "卡号 卡號 银行卡 银行账号 银行帐号 储蓄卡 信用卡 借记卡 工资卡 银联卡 card_number 账户 开户账号 账号 帐号 賬號 对公户",
        card,
    ),
    (
        "护照 護照 passport 通行证 通行證 回乡证 回鄉證 台胞证 臺胞證 港澳证 居住证 居留证 往来港澳 \
         往来台湾 旅行证 passport_no passport_number 军官证 驾驶证 驾照",
        permit,
    ),
    ("e g", bare_passport),
    ("(", hong_kong),
];

/// A province, a letter, and five or six letters and digits of which one at least is a digit: 京A12345,
/// 粤B·D12345, 沪A1234学.
fn plate(page: &FoldedText, cue: Range<usize>) -> Found {
    let letter = cue.end + usize::from(page.at(cue.end) == Some(' '));
    let rest = page.run_end(letter + 1, |c| "·- .".contains(c));
    let signs = |c: char| c.is_ascii_alphanumeric() && !"ioIO".contains(c);
    let mut end = page.run_end(rest, signs);
    let digits = page
        .slice(rest..end)
        .iter()
        .filter(|c| c.is_ascii_digit())
        .count();
    let mut count = end - rest;
    if page.at(end).is_some_and(|c| "学挂警港澳使领".contains(c)) {
        (end, count) = (end + 1, count + 1);
    }
    let fits = page.at(letter).is_some_and(|c| c.is_ascii_alphabetic())
        && rest - letter <= 3
        && (5..=6).contains(&count)
        && digits >= 2
        && ends_at(page, end);
    fits.then_some((cue.start..end, Plate))
}

fn resident(page: &FoldedText, cue: Range<usize>) -> Found {
    let (start, _) = behind_links(page, cue.end);
    let (end, count) = grouped_digits(page, start, 18);
    if count == 17 {
        let gap = usize::from(matches!(page.at(end), Some(' ' | '-')));
        let check = page.at(end + gap).filter(|c| "xX×".contains(*c))?;
        let last = end + gap + usize::from(!check.is_ascii_digit());
        return ends_at(page, last).then_some((start..last, ResidentId));
    }
    // a digit too many or too few is a slip, and still somebody's
    if (15..=18).contains(&count) && ends_at(page, end) {
        return Some((start..end, ResidentId));
    }
    lettered(page, start)
}

fn card(page: &FoldedText, cue: Range<usize>) -> Found {
    let (start, _) = behind_links(page, cue.end);
    let (end, count) = grouped_digits(page, start, 20);
    ((12..=20).contains(&count) && ends_at(page, end)).then_some((start..end, BankCard))
}

fn permit(page: &FoldedText, cue: Range<usize>) -> Found {
    let (start, _) = behind_links(page, cue.end);
    if let Some(found) = lettered(page, start) {
        return Some(found);
    }
    let (end, count) = grouped_digits(page, start, 18);
    let last = end + usize::from(page.at(end).is_some_and(|c| "xX".contains(c)));
    ([8, 9, 10, 12, 15, 17, 18].contains(&count) && ends_at(page, last))
        .then_some((start..last, Document))
}

/// One letter or two and six to ten digits, with a check digit in brackets as in Hong Kong.
fn lettered(page: &FoldedText, start: usize) -> Found {
    let digits = page.run_end(start, |c| c.is_ascii_alphabetic());
    let first = page.run_end(digits, |c| c == ' ').min(digits + 1);
    let (mut end, count) = grouped_digits(page, first, 11);
    if page.at(end) == Some('(') && page.at(end + 2) == Some(')') {
        end += 3;
    }
    let fits = (1..=2).contains(&(digits - start)) && (6..=10).contains(&count);
    (fits && ends_at(page, end)).then_some((start..end, Document))
}

/// E12345678, EA1234567, G12345678: the form of Chinese passports alone.
fn bare_passport(page: &FoldedText, cue: Range<usize>) -> Found {
    let upper = page.at(cue.start).is_some_and(|c| c.is_ascii_uppercase());
    let second = page.at(cue.end).is_some_and(|c| c.is_ascii_uppercase());
    let digits = cue.end + usize::from(second);
    let end = page.run_end(digits, |c| c.is_ascii_digit());
    (upper && end - cue.start == 9 && ends_at(page, end)).then_some((cue.start..end, Document))
}

/// A123456(7): an identity card of Hong Kong.
fn hong_kong(page: &FoldedText, cue: Range<usize>) -> Found {
    let digits = page.run_start(cue.start, |c| c.is_ascii_digit());
    let start = page.run_start(digits, |c| c.is_ascii_uppercase());
    let check = page
        .at(cue.end)
        .is_some_and(|c| c.is_ascii_digit() || c == 'A');
    let fits = cue.start - digits == 6
        && (1..=2).contains(&(digits - start))
        && check
        && page.at(cue.end + 1) == Some(')');
    fits.then_some((start..cue.end + 2, Document))
}
