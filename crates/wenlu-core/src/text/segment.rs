//! Segmentation. In: a normalised message. Out: its words. The dictionary is jieba's, extended by
//! the lexicon's words. Must not know: intents.

use super::normalize::normalize;
use jieba_rs::Jieba;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Cuts normalised text into words. One with the same words of the lexicon shares its dictionary,
/// while one of them is in use: an edit that leaves the lexicon as it is loads no dictionary.
pub struct Segmenter {
    dictionary: Arc<Dictionary>,
}

/// jieba's dictionary with words of a lexicon.
struct Dictionary {
    /// Those that were added, in this order: it matters, as a word's weight depends on those
    /// before.
    added: Vec<String>,
    jieba: Jieba,
}

/// The one that was loaded last.
static LAST_LOADED: Mutex<Weak<Dictionary>> = Mutex::new(Weak::new());

impl Segmenter {
    /// `words` are never split (jieba splits 小程序 into 小/程序); they are normalised here.
    /// Loading jieba's dictionary takes over 100 ms and 33 MB.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let words = words.into_iter().map(normalize);
        // words of letters are never split anyway; a word with a space would join its neighbours
        let added: Vec<String> = words
            .filter(|word| !word.is_empty() && !word.contains(' ') && !word.is_ascii())
            .collect();
        let last = || LAST_LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = last().upgrade().filter(|last| last.added == added);
        let dictionary = shared.unwrap_or_else(|| {
            let loaded = Arc::new(Dictionary::load(added));
            *last() = Arc::downgrade(&loaded);
            loaded
        });
        Self { dictionary }
    }

    /// The words of `normal` in order; joined they give `normal`. White space is a word of its own.
    pub fn words<'a>(&self, normal: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
        let tokens = self.dictionary.jieba.cut(normal, true);
        tokens.into_iter().map(|token| token.word)
    }
}

impl Segmenter {
    /// The words of `normal` that are in the dictionary, and single characters; joined they give
    /// `normal`.
    pub fn known_words(&self, normal: &str) -> Vec<String> {
        let mut all = Vec::new();
        for token in self.dictionary.jieba.cut(normal, true) {
            match token.word.is_ascii() || self.dictionary.jieba.has_word(token.word) {
                true => all.push(token.word.to_owned()),
                false => all.extend(token.word.chars().map(String::from)),
            }
        }
        all
    }
}

impl Dictionary {
    fn load(added: Vec<String>) -> Self {
        let mut jieba = Jieba::new();
        for word in &added {
            jieba.add_word(word, None, None);
        }
        Self { added, jieba }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_with_the_same_words_shares_the_dictionary_and_another_does_not() {
        let first = Segmenter::new(["小程序", "公众号"]);
        let same = Segmenter::new(["小程序", "公众号"]);
        let other = Segmenter::new(["公众号"]);
        assert!(Arc::ptr_eq(&first.dictionary, &same.dictionary));
        let cut = |segmenter: &Segmenter| segmenter.words("小程序").count();
        assert_eq!((cut(&first), cut(&other)), (1, 2));
    }

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
