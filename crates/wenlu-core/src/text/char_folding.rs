//! Context-free normalisation of one character. In: a character. Out: what normalisation makes of
//! it wherever it stands, or that this depends on its neighbours. Must not know: texts.

use super::normalization_rules::{fold, is_invisible, left_over, simplify};
use hanconv::RawDictionary::{TSCharacters, TSPhrases, TWVariants, TWVariantsRevPhrases};
use std::sync::LazyLock;

/// What normalisation makes of one character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CharFolding {
    Is(char),
    /// It is invisible and is removed.
    Gone,
    /// Traditional, composed, or rare: it takes the full rules.
    Depends,
}

const HAN: std::ops::RangeInclusive<u32> = 0x4e00..=0x9fff;
const WORDS: usize = (0xa000 - 0x4e00) / 64;

/// The characters of the main block that simplification changes, alone or within some word, as a
/// bit set.
static CHANGING: LazyLock<[u64; WORDS]> = LazyLock::new(changing);

pub(super) fn char_folding(c: char) -> CharFolding {
    let code = u32::from(c);
    match c {
        _ if HAN.contains(&code) => {
            let at = code - HAN.start();
            let changes = (CHANGING[at as usize / 64] >> (at % 64)) & 1 == 1;
            if changes {
                CharFolding::Depends
            } else {
                CharFolding::Is(c)
            }
        }
        'a'..='z' | '0'..='9' => CharFolding::Is(c),
        _ if c.is_ascii() => ascii(c),
        // a mask may begin with it
        '［' => CharFolding::Depends,
        // full width: the same place in ASCII
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(code - 0xfee0).map_or(CharFolding::Depends, ascii)
        }
        '、' | '。' | '‘' | '’' | '…' => CharFolding::Is(fold(c)),
        // quotation marks, brackets, dashes, emoji: none is a letter or composes with its
        // neighbours
        '“' | '”' | '—' | '·' | '《' | '》' | '【' | '】' | '「' | '」' => {
            CharFolding::Is(' ')
        }
        '\u{1f300}'..='\u{1f64f}' | '\u{1f680}'..='\u{1f6fc}' | '\u{1f90c}'..='\u{1f9ff}' => {
            CharFolding::Is(' ')
        }
        _ => CharFolding::Depends,
    }
}

fn ascii(c: char) -> CharFolding {
    if is_invisible(c) {
        CharFolding::Gone
    } else {
        CharFolding::Is(fold(c.to_ascii_lowercase()))
    }
}

fn changing() -> [u64; WORDS] {
    let mut set = [0u64; WORDS];
    let mut mark = |c: char| {
        if HAN.contains(&u32::from(c)) {
            let at = (u32::from(c) - HAN.start()) as usize;
            set[at / 64] |= 1 << (at % 64);
        }
    };
    let alone = TSCharacters
        .iter()
        .chain(TWVariants.inv_iter())
        .flat_map(|(key, _)| key.chars());
    alone
        .filter(|c| !simplify(c.encode_utf8(&mut [0; 4])).chars().eq([*c]))
        .for_each(&mut mark);
    (*HAN.start()..=*HAN.end())
        .filter_map(char::from_u32)
        .filter(|&c| left_over(c) != c)
        .for_each(&mut mark);
    for (word, _) in TSPhrases.iter().chain(TWVariantsRevPhrases.iter()) {
        let simple = simplify(word);
        if simple.chars().count() == word.chars().count() {
            word.chars()
                .zip(simple.chars())
                .filter(|(old, new)| old != new)
                .for_each(|(old, _)| mark(old));
        } else {
            word.chars().for_each(&mut mark);
        }
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normalize::{clean, clean_by_rules};

    #[test]
    fn each_plain_character_is_what_the_rules_make_of_it() {
        for c in ('\0'..='\u{1ffff}').filter(|&c| char_folding(c) != CharFolding::Depends) {
            let by_rules = clean_by_rules(&format!("x{c}y"));
            assert_eq!(
                clean(&format!("x{c}y")),
                by_rules,
                "{c:?} {:?}",
                char_folding(c)
            );
            assert!(by_rules.chars().count() <= 3, "{c:?}");
        }
    }

    #[test]
    fn neighbours_change_nothing_in_a_plain_text() {
        // texts cut at random (splitmix64) from the words of the simplification tables
        let pool: Vec<char> = TSPhrases
            .iter()
            .chain(TWVariantsRevPhrases.iter())
            .flat_map(|(w, _)| w.chars())
            .collect();
        let pool: Vec<char> = pool
            .into_iter()
            .chain("么抬什吃口a，。😀 \n".chars().cycle().take(500))
            .collect();
        let mut state = 7u64;
        let mut next = |below: usize| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut x = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((x ^ (x >> 31)) % below as u64) as usize
        };
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..4 {
                let at = next(pool.len() - 4);
                text.extend(&pool[at..at + 1 + next(4)]);
            }
            assert_eq!(clean(&text), clean_by_rules(&text), "{text}");
        }
    }
}
