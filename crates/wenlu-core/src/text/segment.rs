//! Segmentation. In: a normalised message. Out: its words. The dictionary is jieba's, extended by
//! the lexicon's words. Must not know: intents.

use super::normalize::normalize;
use jieba_rs::Jieba;

/// Cuts normalised text into words.
pub struct Segmenter {
    jieba: Jieba,
}

impl Segmenter {
    /// `words` are never split (jieba splits 小程序 into 小/程序); they are normalised here.
    /// Loading jieba's dictionary takes over 100 ms and 33 MB; cloning a shared copy would take
    /// twice those 33 MB permanently.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut jieba = Jieba::new();
        for word in words {
            let word = normalize(word);
            // words of letters are never split anyway; a word with a space would join its
            // neighbours
            if !word.is_empty() && !word.contains(' ') && !word.is_ascii() {
                jieba.add_word(&word, None, None);
            }
        }
        Self { jieba }
    }

    /// The words of `normal` in order; joined they give `normal`. White space is a word of its own.
    pub fn words<'a>(&self, normal: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
        let tokens = self.jieba.cut(normal, true);
        tokens.into_iter().map(|token| token.word)
    }
}

impl Segmenter {
    /// The words of `normal` that are in the dictionary, and single characters; joined they give
    /// `normal`.
    pub fn known_words(&self, normal: &str) -> Vec<String> {
        let mut all = Vec::new();
        for token in self.jieba.cut(normal, true) {
            match token.word.is_ascii() || self.jieba.has_word(token.word) {
                true => all.push(token.word.to_owned()),
                false => all.extend(token.word.chars().map(String::from)),
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_domain_words_whole_and_loses_nothing() {
        let text = "小程序迁移后openid会变吗 why not";
        let words = Segmenter::new(["小程序"]);
        let cut: Vec<&str> = words.words(text).collect();
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
