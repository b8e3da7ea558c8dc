//! A message's characters folded to plain forms. In: a message. Out: a [`FoldedText`]: half-width
//! characters without invisible ones, each with its byte range in the original. Must not know: what
//! is personal data.

use super::kinds::{MaskedSpan, PersonalDataKind};
use crate::text::normalization_rules::is_invisible;
use std::ops::Range;

/// The byte range of one character in the original.
#[derive(Clone, Copy, Debug)]
struct GlyphSpan {
    start: usize,
    end: usize,
}

/// A message, and what has been masked in it so far.
pub(super) struct FoldedText {
    /// The folded characters; [`MASKED_CHAR`] where something was masked.
    chars: Vec<char>,
    glyphs: Vec<GlyphSpan>,
    pub masked: Vec<MaskedSpan>,
}

/// Replaces masked characters; no rule matches it.
const MASKED_CHAR: char = '\u{fffc}';

impl FoldedText {
    pub(super) fn new(text: &str) -> Self {
        // skips the keycap of a digit emoji (1️⃣)
        let seen = text
            .char_indices()
            .filter(|(_, c)| !is_invisible(*c) && *c != '\u{20e3}');
        let (glyphs, chars) = seen
            .map(|(start, c)| {
                (
                    GlyphSpan {
                        start,
                        end: start + c.len_utf8(),
                    },
                    fold(c),
                )
            })
            .unzip();
        Self {
            chars,
            glyphs,
            masked: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.chars.len()
    }

    /// The character at `at`; `None` before the beginning (`at` wraps) and after the end.
    pub(super) fn at(&self, at: usize) -> Option<char> {
        self.chars.get(at).copied()
    }

    pub(super) fn slice(&self, range: Range<usize>) -> &[char] {
        self.chars.get(range).unwrap_or_default()
    }

    /// As `slice`, in lower case.
    pub(super) fn lower(&self, range: Range<usize>) -> String {
        self.slice(range)
            .iter()
            .map(char::to_ascii_lowercase)
            .collect()
    }

    /// Whether the text at `at` begins with this; letters of either case.
    pub(super) fn starts_with(&self, at: usize, text: &str) -> bool {
        text.chars()
            .enumerate()
            .all(|(i, c)| self.at(at + i).is_some_and(|p| p.eq_ignore_ascii_case(&c)))
    }

    /// Masks the range.
    pub(super) fn mask(&mut self, range: Range<usize>, kind: PersonalDataKind) {
        let (Some(first), Some(last)) = (
            self.glyphs.get(range.start),
            self.glyphs.get(range.end.wrapping_sub(1)),
        ) else {
            return;
        };
        self.masked.push(MaskedSpan {
            kind,
            span: first.start..last.end,
        });
        self.chars
            .get_mut(range)
            .unwrap_or_default()
            .fill(MASKED_CHAR);
    }

    /// The start of the run of such characters that ends before `at`.
    pub(super) fn run_start(&self, at: usize, is: impl Fn(char) -> bool) -> usize {
        at - self
            .slice(0..at)
            .iter()
            .rev()
            .take_while(|c| is(**c))
            .count()
    }

    /// The end of the run of such characters that begins at `at`.
    pub(super) fn run_end(&self, at: usize, is: impl Fn(char) -> bool) -> usize {
        at + self
            .slice(at..self.len())
            .iter()
            .take_while(|c| is(**c))
            .count()
    }

    /// All runs of such characters.
    pub(super) fn runs(&self, is: impl Fn(char) -> bool) -> Vec<Range<usize>> {
        let mut runs = Vec::new();
        let mut at = 0;
        while at < self.len() {
            let end = self.run_end(at, &is);
            if end > at {
                runs.push(at..end);
            }
            at = end + 1;
        }
        runs
    }
}

/// Full width to half width; digits and dashes of all forms to ASCII. Not circled digits, which
/// number list items and precede other text, and not ［ and ］, which the masks use.
fn fold(c: char) -> char {
    match c {
        '［' | '］' => c,
        '！'..='～' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        // mathematical digits: five styles of ten
        '\u{1d7ce}'..='\u{1d7ff}' => {
            char::from_digit((u32::from(c) - 0x1d7ce) % 10, 10).unwrap_or(c)
        }
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '─' | '﹣' | 'ー' => '-',
        '｡' => '。',
        '﹒' => '.',
        '、' | '﹐' => ',',
        '·' | '•' | '・' | '‧' => '·',
        '﹫' => '@',
        '【' | '〔' | '〈' | '《' => '(',
        '】' | '〕' | '〉' | '》' => ')',
        '“' | '”' | '「' | '」' => '"',
        '\n' => c,
        _ if c.is_whitespace() => ' ',
        _ => c,
    }
}
