//! Two changes of one text. In: the text that both were made from, and what each made of it. Out: a text with both; where
//! they changed the same lines, one that holds both versions between marks, for a person to choose. Must not know: files.

use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::ops::Range;

/// The lines around the two versions: as git writes them, so that editors know them, and so that no data file is read with
/// them in it.
const NOW: &str = "<<<<<<< 现在的文件";
const BETWEEN: &str = "=======";
const DRAFT: &str = ">>>>>>> 这份草稿";

/// One side's lines in place of some of the base's.
struct LineEdit<'a> {
    side: MergeSide,
    range: Range<usize>,
    lines: &'a [&'a str],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum MergeSide {
    Now,
    Draft,
}

/// `base` with what `now` and what `draft` made of it; `None` stands for no file.
pub fn merge(base: Option<&str>, now: Option<&str>, draft: Option<&str>) -> Option<String> {
    match (base, now, draft) {
        _ if now == base => draft.map(str::to_owned),
        _ if draft == base || now == draft => now.map(str::to_owned),
        (Some(base), Some(now), Some(draft)) => Some(merged_lines(base, now, draft)),
        (_, now, draft) => Some(both(now.unwrap_or_default(), draft.unwrap_or_default())),
    }
}

/// Whether a person still has to choose between two versions.
pub fn has_conflict(text: &str) -> bool {
    text.lines().any(|line| line == NOW || line == DRAFT)
}

/// Line by line.
fn merged_lines(base: &str, now: &str, draft: &str) -> String {
    let [base, now, draft] = [base, now, draft].map(|text| text.split_inclusive('\n').collect::<Vec<&str>>());
    let mut edits = line_edits(MergeSide::Now, &base, &now);
    edits.extend(line_edits(MergeSide::Draft, &base, &draft));
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut out = String::new();
    let mut at = 0;
    let mut rest = edits.as_slice();
    while let Some(first) = rest.first() {
        let (region, count) = region(rest, first.range.clone());
        let (here, later) = rest.split_at(count);
        out.extend(base.get(at..region.start).unwrap_or_default().iter().copied());
        let [now, draft] = [MergeSide::Now, MergeSide::Draft].map(|side| version(&base, &region, here, side));
        let sides = here.iter().map(|edit| edit.side);
        match (sides.clone().any(|side| side == MergeSide::Now), sides.clone().any(|side| side == MergeSide::Draft)) {
            (true, true) if now != draft => out += &both(&now, &draft),
            (true, _) => out += &now,
            _ => out += &draft,
        }
        at = region.end;
        rest = later;
    }
    out.extend(base.get(at..).unwrap_or_default().iter().copied());
    out
}

fn line_edits<'a>(side: MergeSide, base: &[&str], text: &'a [&'a str]) -> Vec<LineEdit<'a>> {
    let changed = |op: &DiffOp| !matches!(op, DiffOp::Equal { .. });
    let ops = capture_diff_slices(Algorithm::Myers, base, text);
    let edit =
        |op: DiffOp| LineEdit { side, range: op.old_range(), lines: text.get(op.new_range()).unwrap_or_default() };
    ops.into_iter().filter(changed).map(edit).collect()
}

/// The lines of the base that the first edits are about, as far as they get in each other's way, and how many these are.
/// What both put in at one place has no order, so that it is in the way, too.
fn region(edits: &[LineEdit], mut region: Range<usize>) -> (Range<usize>, usize) {
    let mut count = 0;
    for edit in edits {
        let same_place = edit.range.is_empty() && edit.range == region;
        if count > 0 && edit.range.start >= region.end && !same_place {
            break;
        }
        region.end = region.end.max(edit.range.end);
        count += 1;
    }
    (region, count)
}

/// What a side made of a region.
fn version(base: &[&str], region: &Range<usize>, edits: &[LineEdit], side: MergeSide) -> String {
    let mut out = String::new();
    let mut at = region.start;
    for edit in edits.iter().filter(|edit| edit.side == side) {
        out.extend(base.get(at..edit.range.start).unwrap_or_default().iter().copied());
        out.extend(edit.lines.iter().copied());
        at = edit.range.end;
    }
    out.extend(base.get(at..region.end).unwrap_or_default().iter().copied());
    out
}

/// Both versions between marks.
fn both(now: &str, draft: &str) -> String {
    let end = if now.contains("\r\n") || draft.contains("\r\n") { "\r\n" } else { "\n" };
    let ended =
        |text: &str| if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}{end}") };
    format!("{NOW}{end}{}{BETWEEN}{end}{}{DRAFT}{end}", ended(now), ended(draft))
}
