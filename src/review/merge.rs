//! Three-way merge of a text. In: the common base and two versions of it. Out: a text with both
//! changes; where they changed the same lines, both versions between conflict markers, for a person
//! to choose. Must not know: files.

use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::ops::Range;

/// The conflict markers, in git's form, so that editors recognise them and no data file with them
/// is valid.
const NOW: &str = "<<<<<<< 现在的文件";
const BETWEEN: &str = "=======";
const DRAFT: &str = ">>>>>>> 这份草稿";

/// Lines with which one side replaces a range of the base's lines.
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

/// Merges the changes from `base` to `now` and to `draft`; `None` stands for no file.
pub fn merge(base: Option<&str>, now: Option<&str>, draft: Option<&str>) -> Option<String> {
    match (base, now, draft) {
        _ if now == base => draft.map(str::to_owned),
        _ if draft == base || now == draft => now.map(str::to_owned),
        (Some(base), Some(now), Some(draft)) => Some(merged_lines(base, now, draft)),
        (_, now, draft) => Some(both(now.unwrap_or_default(), draft.unwrap_or_default())),
    }
}

/// Whether the text has conflict markers.
pub fn has_conflict(text: &str) -> bool {
    text.lines().any(|line| line == NOW || line == DRAFT)
}

/// Merges line by line.
fn merged_lines(base: &str, now: &str, draft: &str) -> String {
    let [base, now, draft] =
        [base, now, draft].map(|text| text.split_inclusive('\n').collect::<Vec<&str>>());
    let mut edits = line_edits(MergeSide::Now, &base, &now);
    edits.extend(line_edits(MergeSide::Draft, &base, &draft));
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut out = String::new();
    let mut at = 0;
    let mut rest = edits.as_slice();
    while let Some(first) = rest.first() {
        let (region, count) = region(rest, first.range.clone());
        let (here, later) = rest.split_at(count);
        out.extend(
            base.get(at..region.start)
                .unwrap_or_default()
                .iter()
                .copied(),
        );
        let [now, draft] =
            [MergeSide::Now, MergeSide::Draft].map(|side| version(&base, &region, here, side));
        let sides = here.iter().map(|edit| edit.side);
        match (
            sides.clone().any(|side| side == MergeSide::Now),
            sides.clone().any(|side| side == MergeSide::Draft),
        ) {
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
    let edit = |op: DiffOp| LineEdit {
        side,
        range: op.old_range(),
        lines: text.get(op.new_range()).unwrap_or_default(),
    };
    ops.into_iter().filter(changed).map(edit).collect()
}

/// The range of base lines that the first, overlapping edits cover, and how many edits these are.
/// Insertions of both sides at the same place have no order, so they overlap too.
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

/// One side's version of a region.
fn version(base: &[&str], region: &Range<usize>, edits: &[LineEdit], side: MergeSide) -> String {
    let mut out = String::new();
    let mut at = region.start;
    for edit in edits.iter().filter(|edit| edit.side == side) {
        out.extend(
            base.get(at..edit.range.start)
                .unwrap_or_default()
                .iter()
                .copied(),
        );
        out.extend(edit.lines.iter().copied());
        at = edit.range.end;
    }
    out.extend(base.get(at..region.end).unwrap_or_default().iter().copied());
    out
}

/// Both versions between conflict markers.
fn both(now: &str, draft: &str) -> String {
    let end = if now.contains("\r\n") || draft.contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let ended = |text: &str| {
        if text.is_empty() || text.ends_with('\n') {
            text.to_owned()
        } else {
            format!("{text}{end}")
        }
    };
    format!(
        "{NOW}{end}{}{BETWEEN}{end}{}{DRAFT}{end}",
        ended(now),
        ended(draft)
    )
}
