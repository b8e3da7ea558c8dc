//! Words that join others or only request, and name nothing. In: a word. Out: whether it is one. Must not
//! know: topics. Of the Chinese ones the lexicon holds what says nothing in any sentence; here are those that
//! ask the bot to say something.

/// Articles, pronouns, prepositions, auxiliaries, words that ask, and verbs as general as these; in
/// alphabetical order.
#[rustfmt::skip]
const FUNCTION_WORDS: &[&str] = &[
    "a", "about", "actually", "after", "again", "all", "also", "am", "an", "and", "any", "anyone",
    "anything", "are", "as", "ask", "at", "be", "because", "been", "but", "by", "can", "can't",
    "cannot", "could", "did", "didn't", "do", "does", "doesn't", "doing", "don't", "even", "ever",
    "exactly", "find", "for", "from", "get", "gets", "give", "go", "got", "had", "has", "have",
    "he", "her", "here", "him", "his", "how", "i", "i'd", "i'll", "i'm", "i've", "if", "in",
    "into", "is", "isn't", "it", "it's", "its", "just", "know", "let", "like", "look", "make",
    "many", "may", "me", "might", "mine", "more", "most", "much", "must", "my", "need", "no",
    "not", "now", "of", "off", "on", "once", "one", "only", "or", "other", "our", "ours", "out",
    "please", "put", "really", "right", "say", "says", "see", "should", "so", "some", "someone",
    "something", "still", "such", "take", "tell", "than", "that", "that's", "the", "their",
    "them", "then", "there", "these", "they", "thing", "things", "this", "those", "to", "too",
    "up", "us", "very", "want", "was", "way", "we", "we're", "well", "were", "what", "what's",
    "when", "where", "which", "while", "who", "whose", "why", "will", "with", "won't", "would",
    "yes", "yet", "you", "your",
];

/// What people say when they want to be told something.
#[rustfmt::skip]
const REQUEST_WORDS: &[&str] = &[
    "把", "发我", "发给", "都发", "全发", "给我", "告诉", "说说", "讲讲", "说一下", "讲一下", "再说", "具体", "详细", "展开", "列出", "列出来", "一次", "一起",
    "全部", "所有", "麻烦", "快告诉", "求告知", "直接", "那个", "这个", "里面", "上面", "刚才", "另外", "顺便", "对了", "请教", "一遍", "应当", "应该",
];

pub(super) fn is_function_word(word: &str) -> bool {
    FUNCTION_WORDS.binary_search(&word).is_ok() || REQUEST_WORDS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::FUNCTION_WORDS;

    #[test]
    fn they_are_in_order() {
        assert!(FUNCTION_WORDS.is_sorted());
    }
}
