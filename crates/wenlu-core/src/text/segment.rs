//! Segmentation. In: a normalised message. Out: its words, those that jieba cuts. The dictionary is
//! jieba's, extended by the lexicon's words. Must not know: intents.

use super::dictionary::{self, TOTAL_FREQUENCY};
use super::normalize::normalize;
use jieba_rs::Jieba;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::sync::LazyLock;

/// The words of a message, on the stack while they are few.
pub type MessageWords<'a> = SmallVec<[&'a str; 32]>;

/// Cuts normalised text into words.
pub struct Segmenter {
    /// Those of the lexicon, by their first character.
    added: FxHashMap<char, Vec<AddedWord>>,
    /// The sum of all words' frequencies, and its logarithm.
    total: usize,
    log_total: f64,
}

struct AddedWord {
    chars: Vec<char>,
    frequency: usize,
    log_frequency: f64,
}

/// The characters of a block, each with its place in bytes.
type BlockChars = SmallVec<[(usize, char); 64]>;

/// The best way to cut the rest of a block from a character.
#[derive(Clone, Copy)]
struct CutStep {
    /// The logarithm of its probability.
    likelihood: f64,
    /// The character behind its first word.
    end: usize,
}

/// Cuts what no dictionary knows, by the hidden Markov model of jieba alone: one without words does
/// nothing else.
static UNKNOWN: LazyLock<Jieba> = LazyLock::new(Jieba::empty);

impl Segmenter {
    /// `words` are never split (jieba splits 小程序 into 小/程序); they are normalised here.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut segmenter = Self {
            added: FxHashMap::default(),
            total: TOTAL_FREQUENCY,
            log_total: (TOTAL_FREQUENCY as f64).ln(),
        };
        // words of letters are never split anyway; a word with a space would join its neighbours
        let words = words.into_iter().map(normalize);
        words
            .filter(|word| !word.is_empty() && !word.contains(' ') && !word.is_ascii())
            .for_each(|word| segmenter.add(&word));
        segmenter
    }

    /// The words of `normal` in order; joined they give `normal`. White space is a word of its own.
    pub fn words<'a>(&self, normal: &'a str) -> MessageWords<'a> {
        self.cut(normal, true)
    }

    /// The words of `normal` that are in the dictionary, and single characters; joined they give
    /// `normal`.
    pub fn known_words(&self, normal: &str) -> Vec<String> {
        let mut all = Vec::new();
        for word in self.words(normal) {
            match word.is_ascii() || self.frequency(word).is_some() {
                true => all.push(word.to_owned()),
                false => all.extend(word.chars().map(String::from)),
            }
        }
        all
    }

    /// Makes the word as frequent as it has to be to stay whole. The order of words matters: a word's
    /// frequency depends on those before.
    fn add(&mut self, word: &str) {
        let parts = self.cut(word, false);
        let likelihood = parts.iter().fold(0.0, |sum, part| {
            sum + (self.frequency(part).unwrap_or(1) as f64).ln() - self.log_total
        });
        let old = self.frequency(word);
        let needed = (likelihood + self.log_total).exp() as usize + 1;
        let frequency = needed.max(old.unwrap_or(1));
        let chars: Vec<char> = word.chars().collect();
        let same_start = self.added.entry(chars[0]).or_default();
        same_start.retain(|added| added.chars != chars);
        same_start.push(AddedWord {
            chars,
            frequency,
            log_frequency: (frequency as f64).ln(),
        });
        self.total = self.total + frequency - old.unwrap_or(0);
        self.log_total = (self.total as f64).ln();
    }

    fn frequency(&self, word: &str) -> Option<usize> {
        let first = word.chars().next()?;
        let mut added = self.added.get(&first).into_iter().flatten();
        let found = added.find(|added| word.chars().eq(added.chars.iter().copied()));
        match found {
            Some(added) => Some(added.frequency),
            None => dictionary::frequency(word).map(|frequency| frequency.count()),
        }
    }

    /// As jieba cuts: signs are words, and between them the likeliest words stand. With `guesses`,
    /// neighbouring characters that belong to no word are cut by their likely roles.
    fn cut<'a>(&self, text: &'a str, guesses: bool) -> MessageWords<'a> {
        let mut words = MessageWords::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let is_block = is_of_block(first);
            let end = rest.find(|char| is_of_block(char) != is_block);
            let (run, after) = rest.split_at(end.unwrap_or(rest.len()));
            match is_block {
                true => self.cut_block(run, guesses, &mut words),
                false => cut_signs(run, &mut words),
            }
            rest = after;
        }
        words
    }

    fn cut_block<'a>(&self, block: &'a str, guesses: bool, words: &mut MessageWords<'a>) {
        let chars: BlockChars = block.char_indices().collect();
        let steps = self.best_steps(&chars);
        let part = |from: usize, to: usize| {
            let byte = |at: usize| chars.get(at).map_or(block.len(), |(byte, _)| *byte);
            &block[byte(from)..byte(to)]
        };
        // the single characters from here on are not cut yet
        let mut loose = 0;
        let mut at = 0;
        while at < chars.len() {
            let end = steps[at].end;
            let is_loose = end == at + 1 && (guesses || chars[at].1.is_ascii_alphanumeric());
            if !is_loose {
                self.cut_loose(part(loose, at), guesses, words);
                words.push(part(at, end));
                loose = end;
            }
            at = end;
        }
        self.cut_loose(part(loose, at), guesses, words);
    }

    /// Cuts neighbouring characters of which each is likeliest alone.
    fn cut_loose<'a>(&self, run: &'a str, guesses: bool, words: &mut MessageWords<'a>) {
        let mut chars = run.char_indices();
        let is_several = chars.by_ref().nth(1).is_some();
        if run.is_empty() {
            return;
        }
        if !guesses || !is_several {
            words.push(run);
        } else if self.frequency(run).is_some() {
            let ends = run
                .char_indices()
                .map(|(at, char)| (at, at + char.len_utf8()));
            words.extend(ends.map(|(begin, end)| &run[begin..end]));
        } else {
            words.extend(UNKNOWN.cut(run, true).into_iter().map(|token| token.word));
        }
    }

    /// For each character of a block the best way to cut from there; one step more, behind the last.
    fn best_steps(&self, chars: &[(usize, char)]) -> SmallVec<[CutStep; 64]> {
        let end = CutStep {
            likelihood: 0.0,
            end: chars.len(),
        };
        let mut steps: SmallVec<[CutStep; 64]> = smallvec::smallvec![end; chars.len() + 1];
        for at in (0..chars.len()).rev() {
            let mut best: Option<CutStep> = None;
            self.each_word(&chars[at..], |length, log_frequency| {
                let end = at + length;
                let likelihood = log_frequency - self.log_total + steps[end].likelihood;
                let is_better = |best: CutStep| {
                    likelihood > best.likelihood
                        || (likelihood == best.likelihood && end > best.end)
                };
                if best.is_none_or(is_better) {
                    best = Some(CutStep { likelihood, end });
                }
            });
            steps[at] = best.unwrap_or_else(|| CutStep {
                likelihood: 0.0 - self.log_total + steps[at + 1].likelihood,
                end: at + 1,
            });
        }
        steps
    }

    /// The words that `chars` begins with: the length of each, and the logarithm of its frequency. An
    /// added word that the dictionary has comes twice; it is more frequent as the added one.
    fn each_word(&self, chars: &[(usize, char)], mut found: impl FnMut(usize, f64)) {
        let plain = || chars.iter().map(|(_, char)| *char);
        for (length, frequency) in dictionary::words_at(plain()) {
            found(length, frequency.ln());
        }
        let added = plain().next().and_then(|first| self.added.get(&first));
        for word in added.into_iter().flatten() {
            let begin = plain().take(word.chars.len());
            if begin.eq(word.chars.iter().copied()) {
                found(word.chars.len(), word.log_frequency);
            }
        }
    }
}

/// Signs and spaces are words, each by itself; the end of a line is one, too.
fn cut_signs<'a>(run: &'a str, words: &mut MessageWords<'a>) {
    let mut rest = run;
    while let Some(first) = rest.chars().next() {
        let length = match rest.starts_with("\r\n") {
            true => 2,
            false => first.len_utf8(),
        };
        let (sign, after) = rest.split_at(length);
        words.push(sign);
        rest = after;
    }
}

/// Whether jieba looks for words with this character: Han, letters, digits and a few signs within
/// names.
fn is_of_block(char: char) -> bool {
    match char {
        '\u{4E00}'..='\u{9FFF}' => true,
        '+' | '#' | '&' | '.' | '_' | '%' | '-' => true,
        _ if char.is_ascii() => char.is_ascii_alphanumeric(),
        _ => is_rare_han(char),
    }
}

fn is_rare_han(char: char) -> bool {
    matches!(char,
        '\u{3400}'..='\u{4DBF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{2A6DF}'
        | '\u{2A700}'..='\u{2B73F}'
        | '\u{2B740}'..='\u{2B81F}'
        | '\u{2B820}'..='\u{2CEAF}'
        | '\u{2CEB0}'..='\u{2EBEF}'
        | '\u{2F800}'..='\u{2FA1F}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same words as jieba's own dictionary gives, with words added to it.
    #[test]
    fn every_text_is_cut_as_jieba_cuts_it() {
        let added = [
            "小程序",
            "公众号",
            "迁移",
            "注销账号",
            "培偿",
            "微信号a",
            "公众",
            "𠮷野家",
        ];
        let ours = Segmenter::new(added);
        let mut jieba = Jieba::new();
        for word in added {
            jieba.add_word(word, None, None);
        }
        let check = |text: &str| {
            let theirs: Vec<&str> = jieba.cut(text, true).iter().map(|cut| cut.word).collect();
            assert_eq!(ours.words(text).as_slice(), theirs, "{text:?}");
        };
        let held_out = include_str!("../../../../tests/held-out.tsv");
        let words = include_str!("../../dictionary/words.txt");
        held_out.lines().for_each(check);
        let mut random = fastrand::Rng::with_seed(7);
        let words: Vec<&str> = words
            .lines()
            .filter_map(|line| line.split(' ').next())
            .collect();
        let signs = [
            " ",
            "，",
            "\r\n",
            "\n",
            "a",
            "Abc-1.2%",
            "3",
            "𠮷野家",
            "微信号a",
            "😀",
            "䶮",
            "é",
            "C++",
        ];
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..random.usize(1..9) {
                match random.u8(0..6) {
                    0 => text.push_str(signs[random.usize(..signs.len())]),
                    1 => text.push_str(added[random.usize(..added.len())]),
                    2 => text.extend(char::from_u32(random.u32(0x4E00..0x9FFF))),
                    3 => text.extend(words[random.usize(..words.len())].chars().next()),
                    _ => text.push_str(words[random.usize(..words.len())]),
                }
            }
            check(&text);
        }
    }

    #[test]
    fn keeps_domain_words_whole_and_loses_nothing() {
        let text = "小程序迁移后openid会变吗 why not";
        let words = Segmenter::new(["小程序"]);
        let cut = words.words(text);
        assert_eq!(cut.concat(), text);
        assert!(
            cut.contains(&"小程序") && cut.contains(&"openid"),
            "{cut:?}"
        );
    }

    #[test]
    fn what_is_no_word_falls_apart() {
        let words = Segmenter::new(["小程序"]);
        let known = words.known_words("小程序在什么情况下培偿");
        assert_eq!(known.join(" "), "小程序 在 什么 情况 下 培 偿");
    }
}
