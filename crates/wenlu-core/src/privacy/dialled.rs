//! Numbers without a check digit that their form gives away: landlines with an area code, numbers
//! abroad, the resident ids of 15 digits. In: a window of digits. Out: the range, if it is one. Must
//! not know: the words around it.

use super::behind_cue::Found;
use super::groups::DigitWindow;
use super::kinds::PersonalDataKind;
use std::ops::Range;

impl DigitWindow<'_> {
    /// 010-88886666, (0755) 2688 1234, +86 10 8888 6666: an area code (GB: 010, 02x, and three digits
    /// from 03xx on) and seven or eight digits, which begin with 2 to 8.
    pub(super) fn landline(&self) -> Found {
        let range = self.range();
        let plus = self.page.at(range.start.wrapping_sub(1)) == Some('+');
        let digits = self.digits.as_slice();
        let (dialled, prefix) = match digits {
            [0, rest @ ..] => (rest, 1),
            [8, 6, rest @ ..] if plus => (rest, 2),
            _ => return None,
        };
        let area = match dialled {
            [1, 0, ..] | [2, 0..=9, ..] => 2,
            [3..=9, _, _, ..] => 3,
            _ => return None,
        };
        let own = dialled.get(area..).unwrap_or_default();
        let eight = area == 2;
        let length = if eight {
            own.len() == 8
        } else {
            (7..=8).contains(&own.len())
        };
        // the area code stands alone, or all is in one piece
        let mut sum = 0;
        let cut = self.cuts.iter().any(|cut| {
            sum += cut;
            sum == prefix + area
        });
        let fits = length
            && matches!(own, [2..=8, ..])
            && (cut || self.cuts.len() == 1)
            && self.cuts.len() <= 4
            && self.links_plainly()
            && self.is_alone()
            && self.is_apart(&range)
            && !self.groups[self.first].han;
        fits.then(|| (self.with_opening(range, plus), PersonalDataKind::Landline))
    }

    /// `+852 9123 4567`: a plus, which no other number has, and eight to fifteen digits.
    pub(super) fn abroad(&self) -> Found {
        let range = self.range();
        let plus = self.page.at(range.start.wrapping_sub(1)) == Some('+');
        let before = self.page.at(range.start.wrapping_sub(2));
        let fits = plus
            && !before.is_some_and(|c| c.is_ascii_alphanumeric())
            && (8..=15).contains(&self.digits.len())
            && self.cuts.len() <= 5
            && !matches!(self.digits.first(), Some(0))
            && self.links_plainly()
            && self.is_apart(&range)
            && !self.groups[self.first].han;
        fits.then(|| (self.with_opening(range, plus), PersonalDataKind::Landline))
    }

    /// A resident id of before 1999: a province, a district, and a date without its century.
    pub(super) fn old_resident_id(&self) -> Found {
        const PROVINCES: [Range<u32>; 7] = [11..16, 21..24, 31..38, 41..47, 50..55, 61..66, 81..83];
        let range = self.range();
        let fits = self.digits.len() == 15
            && self.cuts.len() == 1
            && PROVINCES.iter().any(|of| of.contains(&self.value(0..2)))
            && (1..=12).contains(&self.value(8..10))
            && (1..=31).contains(&self.value(10..12))
            && (20..=99).contains(&self.value(6..8))
            && self.is_apart(&range);
        fits.then_some((range, PersonalDataKind::ResidentId))
    }

    /// Whether only spaces, hyphens and brackets separate the groups.
    fn links_plainly(&self) -> bool {
        self.groups
            .get(self.first..self.last)
            .unwrap_or_default()
            .iter()
            .all(|group| matches!(group.link, Some(' ' | '-' | ')' | '(')))
    }

    /// The range with the plus, or the bracket that opened before it.
    fn with_opening(&self, range: Range<usize>, plus: bool) -> Range<usize> {
        let closed = self.groups[self.first].link == Some(')');
        let bracket = closed && self.page.at(range.start.wrapping_sub(1)) == Some('(');
        range.start - usize::from(plus || bracket)..range.end
    }
}
