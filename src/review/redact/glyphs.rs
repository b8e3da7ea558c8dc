//! The characters of a message, folded to what they are read as. In: a message. Out: a [`Page`]: half-width glyphs, each
//! with its bytes in the original; characters that nobody sees are none. Must not know: what is personal.

use super::{Kind, Masked};
use crate::text::normalize::is_invisible;
use std::ops::Range;

/// One character.
#[derive(Clone, Copy, Debug)]
struct Glyph {
    start: usize,
    end: usize,
}

/// A message, and what has been masked in it so far.
pub struct Page {
    /// As they are read; [`TAKEN`] where something was masked.
    chars: Vec<char>,
    glyphs: Vec<Glyph>,
    pub masked: Vec<Masked>,
}

/// Stands for what was masked, and is nothing that any rule looks for.
const TAKEN: char = '\u{fffc}';

impl Page {
    pub fn new(text: &str) -> Self {
        // the frame of a digit's emoji (1️⃣) is none
        let seen = text.char_indices().filter(|(_, c)| !is_invisible(*c) && *c != '\u{20e3}');
        let (glyphs, chars) = seen.map(|(start, c)| (Glyph { start, end: start + c.len_utf8() }, fold(c))).unzip();
        Self { chars, glyphs, masked: Vec::new() }
    }

    pub fn len(&self) -> usize {
        self.chars.len()
    }

    /// The character at `at`; before the beginning (`at` wraps) and after the end there is none.
    pub fn at(&self, at: usize) -> Option<char> {
        self.chars.get(at).copied()
    }

    pub fn slice(&self, range: Range<usize>) -> &[char] {
        self.chars.get(range).unwrap_or_default()
    }

    /// The same, in small letters.
    pub fn lower(&self, range: Range<usize>) -> String {
        self.slice(range).iter().map(char::to_ascii_lowercase).collect()
    }

    /// Masks what stands there.
    pub fn take(&mut self, range: Range<usize>, kind: Kind) {
        let (Some(first), Some(last)) = (self.glyphs.get(range.start), self.glyphs.get(range.end.wrapping_sub(1)))
        else {
            return;
        };
        self.masked.push(Masked { kind, span: first.start..last.end });
        self.chars.get_mut(range).unwrap_or_default().fill(TAKEN);
    }

    /// Where the run of such characters that ends before `at` begins.
    pub fn back(&self, at: usize, is: impl Fn(char) -> bool) -> usize {
        at - self.slice(0..at).iter().rev().take_while(|c| is(**c)).count()
    }

    /// Where the run of such characters that begins at `at` ends.
    pub fn forth(&self, at: usize, is: impl Fn(char) -> bool) -> usize {
        at + self.slice(at..self.len()).iter().take_while(|c| is(**c)).count()
    }

    /// All runs of such characters.
    pub fn runs(&self, is: impl Fn(char) -> bool) -> Vec<Range<usize>> {
        let mut runs = Vec::new();
        let mut at = 0;
        while at < self.len() {
            let end = self.forth(at, &is);
            if end > at {
                runs.push(at..end);
            }
            at = end + 1;
        }
        runs
    }
}

/// Full width to half width; digits and dashes of every make to the plain ones. Not circled digits, which number a list
/// and stand before what is listed, and not ［ and ］, which are the masks' own.
fn fold(c: char) -> char {
    match c {
        '［' | '］' => c,
        '！'..='～' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        // mathematical digits: five alphabets of ten
        '\u{1d7ce}'..='\u{1d7ff}' => char::from_digit((u32::from(c) - 0x1d7ce) % 10, 10).unwrap_or(c),
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
