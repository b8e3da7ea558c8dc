//! Places of mistakes. In: diagnostics with byte ranges, and the texts. Out: the same with lines and
//! columns, sorted. Must not know: how they are shown.

use super::code::Code;
use super::entry::{Diagnostic, FileTexts, SourceLocation};
use std::collections::BTreeMap;

/// Fills in line and column of one diagnostic.
pub(crate) fn locate(diagnostic: &mut Diagnostic, texts: &FileTexts) {
    let mut one = vec![diagnostic.clone()];
    locate_and_sort(&mut one, texts);
    one.into_iter().for_each(|located| *diagnostic = located);
}

/// Fills in lines and columns, sorts by file, position and code, and removes duplicates.
pub fn locate_and_sort(list: &mut Vec<Diagnostic>, texts: &FileTexts) {
    let mut known: BTreeMap<String, LineIndex> = BTreeMap::new();
    let mut locate = |place: &mut SourceLocation| {
        let Some(text) = texts.get(&place.file) else {
            return;
        };
        let lines = known
            .entry(place.file.clone())
            .or_insert_with(|| LineIndex::new(text));
        let start = text.floor_char_boundary(place.span.start);
        place.span = start..text.ceil_char_boundary(place.span.end).max(start);
        (place.line, place.column) = lines.position(text, start);
    };
    for diagnostic in list.iter_mut() {
        locate(&mut diagnostic.place);
        diagnostic
            .others
            .iter_mut()
            .for_each(|(place, _)| locate(place));
    }
    fn key(d: &Diagnostic) -> (&str, usize, usize, Code, &str) {
        (
            &d.place.file,
            d.place.span.start,
            d.place.span.end,
            d.code,
            &d.message,
        )
    }
    list.sort_by(|a, b| key(a).cmp(&key(b)));
    list.dedup();
}

/// Where lines begin, and how many characters stand before every `STRIDE`th byte, so that a long
/// line with many mistakes is not counted from its beginning for each of them.
struct LineIndex {
    starts: Vec<usize>,
    characters: Vec<usize>,
}

const STRIDE: usize = 1024;

impl LineIndex {
    fn new(text: &str) -> Self {
        let starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        let mut characters = vec![0];
        for chunk in text.as_bytes().chunks(STRIDE) {
            characters.push(characters.last().copied().unwrap_or(0) + first_bytes(chunk));
        }
        Self { starts, characters }
    }

    /// Line and column, from 1, of the character that begins at `at`.
    fn position(&self, text: &str, at: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|&start| start <= at);
        let start = self
            .starts
            .get(line.saturating_sub(1))
            .copied()
            .unwrap_or(0);
        (line, self.before(text, at) - self.before(text, start) + 1)
    }

    fn before(&self, text: &str, at: usize) -> usize {
        let chunk = at / STRIDE;
        let rest = text.as_bytes().get(chunk * STRIDE..at).unwrap_or_default();
        self.characters.get(chunk).copied().unwrap_or(0) + first_bytes(rest)
    }
}

/// The number of characters that begin in `bytes`.
fn first_bytes(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
}
