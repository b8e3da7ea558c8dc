//! jieba's dictionary, packed by `build.rs` in the form in which it is read: nothing is loaded at the
//! start, and memory holds the parts that messages touch. In: characters. Out: the words that begin
//! with them, and how frequent they are. Must not know: how a text is cut.

use std::sync::LazyLock;

/// The nodes of a trie, level by level: node 0 is the root, and the children of each node follow one
/// another in the order of the characters that lead to them.
const CHARS: &[[u8; 2]] = sized(include_bytes!(concat!(
    env!("OUT_DIR"),
    "/dictionary.chars"
)));
/// The first child of each node; those of the next node follow its last.
const CHILDREN: &[[u8; 4]] = sized(include_bytes!(concat!(
    env!("OUT_DIR"),
    "/dictionary.children"
)));
/// Which of the frequencies the word has that ends at each node, from 1; 0: no word ends there.
const WORDS: &[[u8; 2]] = sized(include_bytes!(concat!(
    env!("OUT_DIR"),
    "/dictionary.words"
)));
const FREQUENCIES: &[[u8; 4]] = sized(include_bytes!(concat!(
    env!("OUT_DIR"),
    "/dictionary.frequencies"
)));

/// The sum of all words' frequencies.
pub(super) const TOTAL_FREQUENCY: usize =
    include!(concat!(env!("OUT_DIR"), "/dictionary_total.rs"));

const fn sized<const N: usize>(bytes: &'static [u8]) -> &'static [[u8; N]] {
    bytes.as_chunks().0
}

const ROOT: usize = 0;

/// The frequency of a word of the dictionary.
#[derive(Clone, Copy)]
pub(super) struct WordFrequency(usize);

impl WordFrequency {
    pub(super) fn count(self) -> usize {
        u32::from_le_bytes(FREQUENCIES[self.0]) as usize
    }

    /// The natural logarithm of the frequency.
    pub(super) fn ln(self) -> f64 {
        static LOGARITHMS: LazyLock<Vec<f64>> = LazyLock::new(|| {
            let counts = (0..FREQUENCIES.len()).map(|at| WordFrequency(at).count());
            counts.map(|count| (count as f64).ln()).collect()
        });
        LOGARITHMS[self.0]
    }
}

/// The words that `chars` begins with, the shortest first, each with its length in characters.
pub(super) fn words_at(
    chars: impl Iterator<Item = char>,
) -> impl Iterator<Item = (usize, WordFrequency)> {
    let mut node = Some(ROOT);
    let steps = chars.map_while(move |char| {
        node = node.and_then(|node| child(node, char));
        node
    });
    let ends = steps.enumerate();
    ends.filter_map(|(at, node)| Some((at + 1, word_of(node)?)))
}

/// The frequency of `word`; `None` if it is not in the dictionary.
pub(super) fn frequency(word: &str) -> Option<WordFrequency> {
    let mut chars = word.chars();
    word_of(chars.try_fold(ROOT, child)?)
}

fn word_of(node: usize) -> Option<WordFrequency> {
    let place = usize::from(u16::from_le_bytes(WORDS[node]));
    place.checked_sub(1).map(WordFrequency)
}

fn child(node: usize, char: char) -> Option<usize> {
    let char = u16::try_from(u32::from(char)).ok()?;
    if node == ROOT {
        let at = FIRST_LEVEL[usize::from(char)];
        return (at > 0).then_some(usize::from(at));
    }
    let first = |node: usize| u32::from_le_bytes(CHILDREN[node]) as usize;
    let (begin, end) = (first(node), first(node + 1));
    let found = CHARS[begin..end].binary_search_by_key(&char, |char| u16::from_le_bytes(*char));
    Some(begin + found.ok()?)
}

/// The root's child for each character; 0: there is none. Of the root alone there are too many to
/// search.
static FIRST_LEVEL: LazyLock<Box<[u16]>> = LazyLock::new(|| {
    let mut places = vec![0; usize::from(u16::MAX) + 1];
    let last = u32::from_le_bytes(CHILDREN[ROOT + 1]) as usize;
    for (at, char) in CHARS.iter().enumerate().take(last).skip(1) {
        places[usize::from(u16::from_le_bytes(*char))] = u16::try_from(at).unwrap_or_default();
    }
    places.into()
});
