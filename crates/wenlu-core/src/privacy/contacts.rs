//! What somebody is reached by or gets in with: WeChat and QQ ids, landlines, order numbers,
//! passwords. In: a folded text and a cue. Out: the range of the value behind it. Must not know: what
//! else is masked.

use super::behind_cue::{CueReader, Found, behind_links, ends_at, grouped_digits};
use super::glyphs::FoldedText;
use super::kinds::PersonalDataKind::{Landline, Order, Password, Qq, WeChat};
use super::token_chars::is_appid;
use std::ops::Range;

/// `_` is a space.
pub(super) const CUES: &[(&str, CueReader)] = &[
    (
        "微信号 微信号码 微信id 微信账号 微信帐号 微信賬號 wechat_id weixin_id",
        wechat,
    ),
    (
        "微信 wechat weixin wx vx 薇信 威信 微❤ v信 加v 加我v 加个v 绿泡泡 加微 wxid v",
        wechat_in_passing,
    ),
    ("qq 扣扣 q号 企鹅号 企鹅 加q 球球号 qq号 qq号码", qq),
    (
        "座机 固话 电话 固定电话 传真 tel fax 公司电话 办公电话 家里电话 电话号码",
        landline,
    ),
    (
        "订单号 订单编号 订单 訂單編號 訂單號 单号 單號 运单 快递 流水号 交易号 交易编号 取件码 \
         order_id order_no order_number order tracking_number 包裹 物流",
        order,
    ),
    (
        "密码 口令 支付密码 登录密码 密碼 开机密码 password passwd pwd passcode pin码",
        password,
    ),
    ("验证码 校验码 動態碼 动态码", one_time),
];

/// Words of letters that are no id of anybody.
const KNOWN: &[&str] = &[
    "openid",
    "unionid",
    "appid",
    "android",
    "iphone",
    "windows",
    "harmony",
    "login",
    "wechat",
    "weixin",
    "api",
    "pay",
    "sdk",
    "github",
    "mini",
    "program",
    "request",
    "undefined",
    "null",
    "error",
    "official",
    "account",
    "version",
    "ipad",
    "macos",
    "wxid",
    "developer",
    "devtools",
    "http",
    "https",
    "system",
    "session",
    "token",
    "code",
    "image",
    "video",
    "group",
    "message",
    "please",
    "sha",
    "md5",
    "base64",
    "aes",
    "utf",
    "contact",
    "support",
    "number",
    "user",
    "miniprogram",
    "profile",
    "miui",
    "huawei",
];

fn is_known(word: &str) -> bool {
    KNOWN.iter().any(|known| word.starts_with(known))
}

/// The run of an id's characters at `at`.
fn id_at(page: &FoldedText, at: usize) -> Range<usize> {
    at..page.run_end(at, |c| c.is_ascii_alphanumeric() || "_-".contains(c))
}

/// A WeChat id: a letter, then five to nineteen letters, digits, `_` and `-`; older ones and QQ
/// numbers are digits.
fn wechat(page: &FoldedText, cue: Range<usize>) -> Found {
    let (start, _) = behind_links(page, cue.end);
    let range = id_at(page, start);
    let word = page.lower(range.clone());
    let id = (5..=24).contains(&word.len())
        && !is_known(&word)
        && !is_appid(page.slice(range.clone()))
        && !is_a_span(page, range.end);
    id.then_some((range, WeChat))
}

/// 微信 alone names the app more often than an id: a sign or a verb has to lead to it, or a digit be
/// in it.
fn wechat_in_passing(page: &FoldedText, cue: Range<usize>) -> Found {
    let (start, links) = behind_links(page, cue.end);
    let range = id_at(page, start);
    let word = page.lower(range.clone());
    let chars = page.slice(range.clone());
    let marked = word.contains(|c: char| c.is_ascii_digit() || c == '_')
        && word.starts_with(|c: char| c.is_ascii_alphabetic());
    let led = page
        .slice(cue.end..start)
        .iter()
        .any(|c| ":是为=".contains(*c));
    let adding = page.run_start(cue.start, |c| "加我你的 ".contains(c)) < cue.start
        && page
            .slice(cue.start.saturating_sub(4)..cue.end)
            .contains(&'加');
    let number = word.len() >= 6 && word.chars().all(|c| c.is_ascii_digit()) && (led || adding);
    let digits = chars.iter().filter(|c| c.is_ascii_digit()).count();
    let single = page.lower(cue.clone()).len() == 1;
    let separated = start > cue.end
        || !page.at(cue.end - 1).is_some_and(|c| c.is_ascii())
        || (page.starts_with(cue.start, "vx") && digits >= 3);
    let least = if adding { 5 } else { 6 };
    let fits = (least..=20).contains(&word.len()) && !is_known(&word) && !is_appid(chars);
    let whole = page.starts_with(cue.start, "wx") && is_appid(page.slice(cue.start..range.end));
    // v1, v8.0.50: a version
    let sure = led || adding || (!single && marked && (links > 0 || digits >= 3));
    let id = marked || number || (led && word.chars().all(|c| c.is_ascii_alphanumeric()));
    (fits && separated && !whole && sure && id && !is_a_span(page, range.end))
        .then_some((range, WeChat))
}

fn qq(page: &FoldedText, cue: Range<usize>) -> Found {
    let (start, _) = behind_links(page, cue.end);
    let range = start..page.run_end(start, |c| c.is_ascii_digit());
    let fits = (5..=11).contains(&range.len())
        && page.at(start) != Some('0')
        && ends_at(page, range.end)
        && !is_a_span(page, range.end);
    fits.then_some((range, Qq))
}

/// 6-20位, 8个字符: how long something has to be.
fn is_a_span(page: &FoldedText, at: usize) -> bool {
    let at = page.run_end(at, |c| c == ' ');
    page.at(at)
        .is_some_and(|c| "位个個字次种元天月年".contains(c))
}

/// Seven or eight digits behind a word for it; with an area code `numbers` finds it anywhere.
fn landline(page: &FoldedText, cue: Range<usize>) -> Found {
    let (start, _) = behind_links(page, cue.end);
    let (end, count) = grouped_digits(page, start, 12);
    let extension = ["转", "-", "ext", "轉"]
        .iter()
        .find(|word| page.starts_with(end, word))
        .map(|word| end + word.chars().count())
        .map(|at| page.run_end(at, |c| c.is_ascii_digit()))
        .filter(|last| *last > end + 1);
    let plausible = page.at(start).is_some_and(|c| ('2'..='9').contains(&c));
    let fits =
        (7..=8).contains(&count) && plausible && ends_at(page, end) && !page.starts_with(end, "元");
    fits.then_some((start..extension.unwrap_or(end), Landline))
}

/// Eight characters or more, most of them digits.
fn order(page: &FoldedText, cue: Range<usize>) -> Found {
    let (start, links) = behind_links(page, cue.end);
    let range = id_at(page, start);
    let chars = page.slice(range.clone());
    let digits = chars.iter().filter(|c| c.is_ascii_digit()).count();
    let latin = page.at(cue.start).is_some_and(|c| c.is_ascii());
    let fits = (8..=40).contains(&chars.len())
        && digits * 2 >= chars.len()
        && (!latin || links > 0)
        && !is_appid(chars)
        && !is_a_span(page, range.end);
    fits.then_some((range, Order))
}

fn password(page: &FoldedText, cue: Range<usize>) -> Found {
    let (start, links) = behind_links(page, cue.end);
    let end = page.run_end(start, |c| c.is_ascii_graphic() && !"\"'()<>;,".contains(c));
    let end = page.run_start(end, |c| ".:".contains(c)).max(start);
    let chars = page.slice(start..end);
    let word = page.lower(start..end);
    let marked = chars.iter().any(|c| !c.is_ascii_alphabetic());
    let digits = chars.iter().filter(|c| c.is_ascii_digit()).count();
    let named = page
        .slice(cue.end..start)
        .iter()
        .any(|c| !" (".contains(*c));
    let latin = page.at(cue.start).is_some_and(|c| c.is_ascii());
    // 密码abc123: both kinds of characters, as a password has them
    let mixed = digits >= 2 && digits < chars.len() && chars.len() >= 6;
    // 密码错误40001: a code behind a word; password=… in an example has no digits
    let sure = if latin {
        named && marked
    } else {
        named || digits >= 4 || mixed
    };
    let fits = (4..=64).contains(&chars.len())
        && (links > 0 || digits == chars.len() || mixed)
        && !is_known(&word)
        && !word.contains("password")
        && !word.starts_with("http")
        && !is_a_span(page, end);
    (fits && sure).then_some((start..end, Password))
}

/// A code that was sent: four to eight digits.
fn one_time(page: &FoldedText, cue: Range<usize>) -> Found {
    let (start, links) = behind_links(page, cue.end);
    let range = start..page.run_end(start, |c| c.is_ascii_digit());
    let fits = links > 0
        && (4..=8).contains(&range.len())
        && ends_at(page, range.end)
        && !is_a_span(page, range.end);
    fits.then_some((range, Password))
}
