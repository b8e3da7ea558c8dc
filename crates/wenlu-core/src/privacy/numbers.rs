//! Mobile numbers, resident ids and bank cards. In: a folded text. Out: the same with them masked,
//! whether their digits are contiguous or in [`groups`](super::groups). Only certain ways of
//! grouping are accepted, so that lists of dates or error codes are not masked.

use super::glyphs::FoldedText;
use super::groups::{DigitGroup, DigitWindow, MAX_DIGITS, groups, windows};
use super::kinds::PersonalDataKind;
use std::ops::Range;

pub(super) fn mask(page: &mut FoldedText) {
    let groups = groups(page);
    let mut at = 0;
    while at < groups.len() {
        match number(page, &groups, at) {
            Some((count, range, kind)) => {
                page.mask(range, kind);
                at += count;
            }
            None => at += 1,
        }
    }
}

/// Checks a window for one kind of number.
type NumberRule = fn(&DigitWindow) -> Option<(Range<usize>, PersonalDataKind)>;

/// The number that begins with the group `first`: how many groups it takes, its range and its kind.
fn number(
    page: &FoldedText,
    groups: &[DigitGroup],
    first: usize,
) -> Option<(usize, Range<usize>, PersonalDataKind)> {
    let windows = windows(page, groups, first);
    let rules: [NumberRule; 6] = [
        |window| window.resident_id(),
        |window| window.phone(),
        |window| window.bank_card(),
        |window| window.old_resident_id(),
        |window| window.landline(),
        |window| window.abroad(),
    ];
    // the longest first, so that a country code (86) is included
    rules.iter().find_map(|rule| {
        windows
            .iter()
            .rev()
            .find_map(|window| rule(window).map(|(range, kind)| (window.cuts.len(), range, kind)))
    })
}

impl DigitWindow<'_> {
    /// A resident id: 17 digits that include a date of birth, and the check digit of GB 11643-1999
    /// (ISO 7064, MOD 11-2).
    fn resident_id(&self) -> Option<(Range<usize>, PersonalDataKind)> {
        let mut range = self.range();
        let check = match self.digits.len() {
            18 => u32::from(self.digits[17]),
            17 => {
                // the X may be separated, as other groups are
                let gap = usize::from(
                    self.cuts.len() > 1 && matches!(self.page.at(range.end), Some(' ' | '-')),
                );
                range.end += gap + 1;
                if !self
                    .page
                    .at(range.end - 1)
                    .is_some_and(|c| "xX×✕✖╳хХ".contains(c))
                {
                    return None;
                }
                10
            }
            _ => return None,
        };
        let sum: u32 = self
            .digits
            .iter()
            .take(17)
            .zip(WEIGHTS)
            .map(|(digit, weight)| u32::from(*digit) * weight)
            .sum();
        let right = (12 - sum % 11) % 11 == check;
        (right && self.has_birthday() && self.is_apart(&range))
            .then_some((range, PersonalDataKind::ResidentId))
    }

    /// A province code, and from the seventh digit on a date.
    fn has_birthday(&self) -> bool {
        (11..=91).contains(&self.value(0..2))
            && (1850..=2150).contains(&self.value(6..10))
            && (1..=12).contains(&self.value(10..12))
            && (1..=31).contains(&self.value(12..14))
    }

    /// A mobile number: 11 digits beginning with 13 to 19; a country code (86) may precede.
    fn phone(&self) -> Option<(Range<usize>, PersonalDataKind)> {
        let (code, digits) = match self.digits.as_slice() {
            digits @ [1, 3..=9, ..] if digits.len() == 11 => (0, digits),
            [8, 6, digits @ ..] if digits.len() == 11 => (2, digits),
            [0, 0, 8, 6, digits @ ..] if digits.len() == 11 => (4, digits),
            _ => return None,
        };
        let range = self.range();
        let is_phone = matches!(digits, [1, 3..=9, ..])
            && self.is_cut_like_a_phone(code)
            && self.is_apart(&range);
        // 余额15000000000元 is an amount
        if !is_phone || (self.cuts.len() == 1 && self.is_money(&range)) {
            return None;
        }
        let mut start = range.start;
        let closed = self.groups[self.first].link == Some(')');
        for sign in ['+', '('] {
            let here = start > 0 && self.page.at(start - 1) == Some(sign);
            start -= usize::from(here && (sign == '+' || closed));
        }
        Some((start..range.end, PersonalDataKind::Phone))
    }

    /// Whether the grouping is one that people use for phone numbers. The usual grouping is
    /// accepted anywhere, others only if no further group follows or precedes.
    fn is_cut_like_a_phone(&self, code: usize) -> bool {
        let mut cuts = self.cuts.clone();
        let mut code = code;
        while code > 0 {
            let Some(first) = cuts.first_mut() else {
                return false;
            };
            let taken = code.min(*first);
            *first -= taken;
            code -= taken;
            if *first == 0 {
                cuts.remove(0);
            }
        }
        const ELSEWHERE: &[&[usize]] = &[
            &[7, 4],
            &[4, 3, 4],
            &[4, 4, 3],
            &[3, 3, 5],
            &[3, 5, 3],
            &[5, 6],
            &[6, 5],
            &[3, 4, 2, 2],
            &[3, 2, 2, 4],
            &[3, 2, 2, 2, 2],
            &[3, 2, 3, 3],
            &[1, 3, 3, 4],
            &[1, 10],
        ];
        let mut links = self.groups[self.first..self.last]
            .iter()
            .map(|group| group.link);
        match cuts.as_slice() {
            [11] | [3, 4, 4] | [3, 8] => true,
            all if all.len() == 11 => !self.groups[self.first].han && self.is_alone(),
            all => {
                let plain = links.all(|link| matches!(link, Some(' ' | '-')));
                plain && self.is_alone() && ELSEWHERE.contains(&all)
            }
        }
    }

    fn is_money(&self, range: &Range<usize>) -> bool {
        self.page.at(range.end) == Some('元')
            || matches!(
                self.page.at(range.start.wrapping_sub(1)),
                Some('¥' | '$' | '￥')
            )
    }

    /// A bank card: 13 to 19 digits that pass the Luhn check. The text before must call it a card;
    /// or not call it an order number, while it begins with an issuer's prefix or is grouped in
    /// fours.
    fn bank_card(&self) -> Option<(Range<usize>, PersonalDataKind)> {
        let range = self.range();
        let right = (13..=MAX_DIGITS).contains(&self.digits.len())
            && !self.groups[self.first].han
            && self.is_cut_like_a_card()
            && luhn(&self.digits)
            // a resident id with a typo is no card
            && !(self.digits.len() == 18 && self.has_birthday())
            && self.is_apart(&range);
        let issued = || match self.label(range.start) {
            NumberLabel::Card => true,
            NumberLabel::Order => false,
            NumberLabel::None => {
                self.has_issuer() || (self.cuts.len() > 3 && self.digits.first() != Some(&0))
            }
        };
        (right && issued()).then_some((range, PersonalDataKind::BankCard))
    }

    fn is_cut_like_a_card(&self) -> bool {
        let (last, head) = match self.cuts.split_last() {
            Some((last, head)) => (*last, head),
            None => return false,
        };
        let usual =
            [[4, 6, 5].as_slice(), &[6, 10], &[6, 13], &[6, 12]].contains(&self.cuts.as_slice());
        let fours =
            head.iter().all(|cut| *cut == 4) && (last <= 4 || (head.len() == 3 && last <= 7));
        let ones = self.cuts.iter().all(|cut| *cut == 1);
        head.is_empty() || (self.is_alone() && (usual || ones)) || (fours && self.is_all_fours())
    }

    /// Whether no neighbouring group could be another group of four of the same number.
    fn is_all_fours(&self) -> bool {
        let before = self
            .first
            .checked_sub(1)
            .map(|at| &self.groups[at])
            .filter(|group| group.link.is_some());
        let last = &self.groups[self.last];
        let after = self
            .groups
            .get(self.last + 1)
            .filter(|_| last.link.is_some());
        before.is_none_or(|group| group.digits.len() != 4)
            && (last.digits.len() < 4 || after.is_none_or(|group| group.digits.len() > 4))
    }

    /// Whether the first digits belong to a bank card issuer (ISO/IEC 7812). Of 2 only Mastercard's
    /// 2221 to 2720, with which no date begins; 1, 7, 8 and 0 are airlines, petrol, telecom and
    /// unassigned. Product barcodes (690 to 699) have 13 digits too.
    fn has_issuer(&self) -> bool {
        match self.value(0..1) {
            3 => matches!(self.value(0..2), 30 | 34..=39),
            4 | 5 | 9 => true,
            6 => self.digits.len() > 13 || self.value(0..2) != 69,
            _ => (2221..=2720).contains(&self.value(0..4)),
        }
    }

    /// What the word before the number says that it is.
    fn label(&self, start: usize) -> NumberLabel {
        const ORDERS: &[&str] = &[
            "订单",
            "訂單",
            "单",
            "單",
            "流水",
            "编",
            "編",
            "时间戳",
            "時間戳",
            "序列",
            "交易",
            "批次",
            "快递",
            "物流",
            "包裹",
            "order",
            "trace",
            "request",
            "id",
        ];
        let end = self.page.run_start(start, |c| {
            " :=#号號码碼是为.()no".contains(c.to_ascii_lowercase())
        });
        let near = self
            .page
            .run_start(end, char::is_alphanumeric)
            .max(end.saturating_sub(8));
        let name = self.page.lower(near..end);
        if name.contains('卡') || name.ends_with("card") {
            NumberLabel::Card
        } else if ORDERS.iter().any(|order| name.ends_with(order)) {
            NumberLabel::Order
        } else {
            NumberLabel::None
        }
    }
}

enum NumberLabel {
    Card,
    Order,
    None,
}

/// The weights of GB 11643-1999: 2^(18 - i) mod 11.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// The Luhn check (ISO/IEC 7812-1, annex B).
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}
