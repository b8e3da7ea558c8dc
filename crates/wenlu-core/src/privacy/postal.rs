//! Postal addresses. In: a folded text and a cue: a word such as 地址 or 住在, or the 号 or 栋 of a house.
//! Out: the range of the address. Must not know: what else is masked.
//!
//! A city alone is no address, nor is a road: what is masked has two of an address's parts, or one
//! and a number.

use super::behind_cue::{CueReader, Found, behind_links, is_han};
use super::glyphs::FoldedText;
use super::kinds::PersonalDataKind::Address;
use std::ops::Range;

/// `_` is a space.
pub(super) const CUES: &[(&str, CueReader)] = &[
    (
        "地址 住址 家住 住在 住于 寄到 寄往 寄至 送到 送至 发到 发往 邮寄到 邮寄至 快递到 户籍 居住地 \
         收货地 我家在 家在 公司在 门店在 店在 位于 搬到 改到 送货到 上门到 现居 籍贯",
        after_word,
    ),
    ("号 弄 栋 幢 號 棟 室 单元 座 楼", around_house),
    (
        "address ship_to deliver_to live_at living_at i_live_in",
        english,
    ),
];

/// The parts of an address, by the character that ends them.
const PARTS: &str = "省市区區县縣镇鎮乡鄉村州旗盟路街道巷弄号號栋棟幢室楼樓层層座户戶门門组組队苑园園厦廈城庄莊府湾灣里坊院\
    厂廠店场場铺舍堂屯沟坡寨桥橋期岛";
/// What the number of a house follows.
const ROADS: &str = "路街道巷弄里村组组园苑区城厦庭庄镇坊同段线院乡庄场桥口园號号邨";
/// Ends of what a house is divided into.
const UNITS: &[&str] = &[
    "号楼", "单元", "号院", "號樓", "單元", "号", "號", "栋", "棟", "幢", "室", "楼", "樓", "层",
    "層", "座", "户", "戶", "弄", "门", "房", "铺", "组", "排", "期", "区", "巷", "-", "#",
];
/// Words with which a sentence goes on behind an address, or was led to it.
const STOPS: &[&str] = &[
    "怎么",
    "怎樣",
    "收不到",
    "可以",
    "能不能",
    "能否",
    "麻烦",
    "谢谢",
    "请",
    "电话",
    "手机",
    "联系",
    "邮编",
    "收件",
    "收货",
    "我",
    "你",
    "您",
    "是不是",
    "吗",
    "呢",
    "吧",
    "了",
    "这个",
    "写的",
    "填的",
    "不对",
    "不能",
    "没有",
    "的快递",
    "的包裹",
    "姓名",
    "身份",
    "什么",
    "哪",
    "因为",
    "但",
    "所以",
    "想",
    "要",
    "帮",
    "寄",
    "送",
    "发",
    "导航",
    "附近",
    "是",
    "为",
    "在",
    "到",
    "往",
    "至",
    "住",
    "址",
    "从",
    "去",
    "改成",
    "换成",
    "搬",
];
/// Nobody's address is longer.
const LONGEST: usize = 60;

fn after_word(page: &FoldedText, cue: Range<usize>) -> Found {
    let (start, _) = behind_links(page, cue.end);
    let end = stretch(page, start);
    let last = last_part(page, start..end)?;
    let last = house_tail(page, last);
    let parts = page
        .slice(start..last)
        .iter()
        .filter(|c| PARTS.contains(**c))
        .count();
    let numbered = page.slice(start..last).iter().any(char::is_ascii_digit)
        || has_han_number(page, start..last);
    (last - start >= 5 && (parts >= 2 && last - start >= 6 || parts >= 1 && numbered))
        .then_some((start..last, Address))
}

/// Whether 十二号 and the like stand in it: a Chinese numeral before a part of a house.
fn has_han_number(page: &FoldedText, range: Range<usize>) -> bool {
    page.slice(range).windows(2).any(|pair| {
        "一二三四五六七八九十百".contains(pair[0]) && "号號栋幢室楼层弄组".contains(pair[1])
    })
}

/// The end of what may be an address that begins at `at`: up to a sign, or a word that goes on.
fn stretch(page: &FoldedText, at: usize) -> usize {
    let mut end = at;
    while end < at + LONGEST {
        let Some(c) = page.at(end) else { break };
        let inside = is_han(c)
            || c.is_ascii_alphanumeric()
            || "-#()·".contains(c)
            || (c == ' '
                && page
                    .at(end + 1)
                    .is_some_and(|c| is_han(c) || c.is_ascii_alphanumeric()));
        let stops = STOPS.iter().any(|stop| page.starts_with(end, stop));
        if !inside || (stops && end > at && !is_inside_a_name(page, end)) {
            break;
        }
        end += 1;
    }
    end
}

/// 发展路, 到贤路, 去疾巷: a road, or another part, ends within three characters, though a word that
/// goes on could begin there.
fn is_inside_a_name(page: &FoldedText, at: usize) -> bool {
    (at + 1..at + 4)
        .take_while(|at| page.at(*at).is_some_and(is_han))
        .any(|at| {
            page.at(at)
                .is_some_and(|c| "路街道巷村镇乡园苑区城".contains(c))
        })
        && ![
            "怎", "哪", "可", "收", "吗", "我", "你", "您", "请", "谢", "什", "麻", "电", "手",
        ]
        .iter()
        .any(|word| page.starts_with(at, word))
}

/// The end of the last part in the range.
fn last_part(page: &FoldedText, range: Range<usize>) -> Option<usize> {
    let chars = page.slice(range.clone());
    let ends = |(at, c): &(usize, &char)| {
        PARTS.contains(**c)
            || (c.is_ascii_digit() && chars[..*at].iter().any(|c| PARTS.contains(*c)))
    };
    let (last, _) = chars.iter().enumerate().rev().find(ends)?;
    Some(range.start + last + 1)
}

/// A house with its road, whatever word stands before: 建国路88号2栋301.
fn around_house(page: &FoldedText, cue: Range<usize>) -> Found {
    let number = page.run_start(cue.start, |c| {
        c.is_ascii_alphanumeric() || "一二三四五六七八九十百零〇-".contains(c)
    });
    let digits = cue.start - number;
    if !(1..=9).contains(&digits) || !has_number(page, number..cue.start) {
        return None;
    }
    let road = page.at(number.wrapping_sub(1)).filter(|c| is_han(*c))?;
    let deeper = is_deeper(page, cue.clone());
    // 地铁1号线, 一号楼: a road or a place has to carry the number
    let named = match page.at(number).is_some_and(|c| c.is_ascii()) {
        true => ROADS.contains(road),
        // 凤凰城二十六号 is a day
        false => "路街道巷弄村".contains(road),
    };
    let other = page
        .at(cue.end)
        .is_some_and(|c| "线门口厅台桌机位馆".contains(c));
    if !(named || deeper) || other {
        return None;
    }
    let begin = left_end(page, number);
    let end = house_tail(page, cue.end);
    (number - begin >= 2).then_some((begin..end, Address))
}

fn has_number(page: &FoldedText, range: Range<usize>) -> bool {
    let chars = page.slice(range);
    let arabic = chars.iter().filter(|c| c.is_ascii_digit()).count();
    let letters = chars.iter().filter(|c| c.is_ascii_alphabetic()).count();
    letters <= 1 && (arabic > 0 || chars.iter().all(|c| !c.is_ascii()))
}

/// 3栋501, 2单元801: what only a home has, with the number of a room behind.
fn is_deeper(page: &FoldedText, cue: Range<usize>) -> bool {
    let home = ["栋", "幢", "棟", "单元", "号楼"]
        .iter()
        .any(|unit| page.starts_with(cue.start, unit));
    let end = cue.end + usize::from(page.starts_with(cue.start, "号楼"));
    home && page.at(end).is_some_and(|c| c.is_ascii_digit())
}

/// Where the address begins whose house number begins at `number`.
fn left_end(page: &FoldedText, number: usize) -> usize {
    let from = number.saturating_sub(LONGEST / 2);
    let start = page
        .run_start(number, |c| is_han(c) || c.is_ascii_digit() || c == ' ')
        .max(from);
    // behind the last word that leads to it, but not within the name of the road itself
    let mut begin = start;
    for at in start..number.saturating_sub(2) {
        let stop = STOPS.iter().find(|stop| page.starts_with(at, stop));
        if let Some(stop) = stop.filter(|_| at < begin + 1 || !is_inside_a_name(page, at)) {
            begin = begin.max(at + stop.chars().count());
        }
    }
    page.run_end(begin.min(number), |c| c == ' ').min(number)
}

/// The end of the rooms, floors and further houses behind `at`: 2栋3单元501室, 万科花园3栋.
fn house_tail(page: &FoldedText, mut at: usize) -> usize {
    let unit = |at: usize| UNITS.iter().find(|unit| page.starts_with(at, unit));
    if page
        .at(at.wrapping_sub(1))
        .is_some_and(|c| c.is_ascii_digit())
        && let Some(unit) = unit(at)
    {
        at += unit.chars().count();
    }
    for _ in 0..8 {
        let open = page.run_end(at, |c| " -(".contains(c)).min(at + 1);
        let number = page.run_end(open, |c| {
            c.is_ascii_alphanumeric() || "一二三四五六七八九十零".contains(c)
        });
        if number > open && number - open <= 6 {
            at = number + unit(number).map_or(0, |unit| unit.chars().count());
            continue;
        }
        // the name of an estate between the road and the house
        let named = page.run_end(open, is_han).min(open + 10);
        let digits = page.run_end(named, |c| c.is_ascii_alphanumeric());
        match unit(digits) {
            Some(unit) if digits > named && digits - named <= 5 && named > open => {
                at = digits + unit.chars().count();
            }
            _ => break,
        }
    }
    at
}

/// `address: 12 Main Street, Springfield`: a number first, then words up to the sentence's end.
fn english(page: &FoldedText, cue: Range<usize>) -> Found {
    let mut start = page.run_end(cue.end, |c| " :=".contains(c));
    if page.starts_with(start, "is ") {
        start += 3;
    }
    let room = [
        "Flat", "flat", "Room", "room", "Unit", "unit", "Apt", "apt", "No.",
    ]
    .iter()
    .find(|word| page.starts_with(start, word));
    let number = start + room.map_or(0, |word| word.len());
    let number = page.run_end(number, |c| c == ' ');
    if !page.at(number).is_some_and(|c| c.is_ascii_digit()) {
        return after_word(page, cue);
    }
    let end = page
        .run_end(start, |c| {
            c.is_ascii_alphanumeric() || " ,.-#'/".contains(c)
        })
        .min(start + LONGEST + 20);
    let sentence = page
        .slice(start..end)
        .windows(2)
        .enumerate()
        .position(|(at, pair)| at > 12 && pair == ['.', ' ']);
    let end = sentence.map_or(end, |at| start + at);
    let end = page.run_start(end, |c| " ,.".contains(c));
    let words = page
        .slice(start..end)
        .iter()
        .filter(|c| c.is_ascii_alphabetic())
        .count();
    // 127.0.0.1:8080 and 192.168.1.1 are addresses of another kind
    (words >= 5).then_some((start..end, Address))
}
