//! What words before or around a piece of personal data say of it. In: a folded text. Out: the same
//! with names, addresses, accounts, documents and passwords masked. Must not know: how each of them
//! is written; its module says that.
//!
//! One look at each character: it begins a cue or it does not. A cue reads a bounded stretch after
//! it, so that the time grows with the text and with nothing else.

use super::behind_cue::{CueReader, Found};
use super::glyphs::FoldedText;
use super::{contacts, documents, people_names, postal};
use rustc_hash::FxHashMap;
use std::sync::LazyLock;

struct Cue {
    chars: Vec<char>,
    reads: CueReader,
}

/// Cues by their first character, the longest first.
static CUES: LazyLock<FxHashMap<char, Vec<Cue>>> = LazyLock::new(|| {
    let mut cues: FxHashMap<char, Vec<Cue>> = FxHashMap::default();
    let lists = [
        people_names::CUES,
        postal::CUES,
        contacts::CUES,
        documents::CUES,
    ];
    for (words, reads) in lists.into_iter().flatten() {
        for word in words.split_whitespace() {
            let chars: Vec<char> = word
                .chars()
                .map(|c| if c == '_' { ' ' } else { c })
                .collect();
            let Some(first) = chars.first() else { continue };
            let reads = *reads;
            cues.entry(*first).or_default().push(Cue { chars, reads });
        }
    }
    for list in cues.values_mut() {
        list.sort_by_key(|cue| std::cmp::Reverse(cue.chars.len()));
    }
    cues
});

pub(super) fn mask(page: &mut FoldedText) {
    let cues = &*CUES;
    let mut at = 0;
    // a word of letters is no part of a longer one
    let mut inside = false;
    while let Some(c) = page.at(at) {
        let found = match inside && c.is_ascii_alphabetic() {
            true => None,
            false => cues
                .get(&c.to_ascii_lowercase())
                .and_then(|list| list.iter().find_map(|cue| cue.read(page, at))),
        };
        at += 1;
        inside = c.is_ascii_alphanumeric();
        if let Some((range, kind)) = found {
            at = at.max(range.end);
            inside = false;
            page.mask(range, kind);
        }
    }
}

impl Cue {
    fn read(&self, page: &FoldedText, at: usize) -> Found {
        let end = at + self.chars.len();
        let here = page.slice(at..end);
        let same = here.len() == self.chars.len()
            && here
                .iter()
                .zip(&self.chars)
                .all(|(here, cue)| here.to_ascii_lowercase() == *cue);
        same.then(|| (self.reads)(page, at..end))?
    }
}
