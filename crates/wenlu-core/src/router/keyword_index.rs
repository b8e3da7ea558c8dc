//! Keywords by meaning. In: the keywords of all intents. Out: each with the meanings that it needs, and
//! for each meaning the keywords that begin with it. Must not know: messages.

use crate::knowledge::Knowledge;
use crate::text::normalize::normalize;

/// A keyword of an intent that a message contains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct KeywordMatch {
    /// Index into `Knowledge::intents`.
    pub intent: usize,
    /// Index into that intent's keywords.
    pub number: usize,
    /// How much it counts.
    pub weight: f32,
}

/// A keyword whose words are replaced by meanings: a synonym matches as well as the word.
pub(super) struct CompiledKeyword {
    pub(super) matched: KeywordMatch,
    pub(super) with: Vec<usize>,
}

/// Numbers for words: synonyms share one.
#[derive(Default)]
pub(super) struct MeaningIds {
    pub(super) of: std::collections::BTreeMap<String, usize>,
    pub(super) next: usize,
}

impl MeaningIds {
    pub(super) fn set(&mut self, word: String, meaning: usize) {
        self.of.entry(word).or_insert(meaning);
    }

    pub(super) fn get(&mut self, word: &str) -> usize {
        let next = self.next;
        let meaning = *self.of.entry(normalize(word)).or_insert(next);
        self.next += usize::from(meaning == next);
        meaning
    }
}

/// The compiled keywords, and for each meaning those that have it among their alternatives.
pub(super) fn compile_keywords(
    knowledge: &Knowledge,
    meanings: &mut MeaningIds,
) -> (Vec<CompiledKeyword>, Vec<Vec<u32>>) {
    let (mut out, mut begun) = (Vec::new(), Vec::<Vec<u32>>::new());
    for (intent, of) in knowledge.intents.iter().enumerate() {
        for (number, keyword) in of.keywords.iter().enumerate() {
            for word in &keyword.any {
                let meaning = meanings.get(word);
                begun.resize_with(begun.len().max(meaning + 1), Vec::new);
                begun[meaning].push(out.len() as u32);
            }
            out.push(CompiledKeyword {
                matched: KeywordMatch {
                    intent,
                    number,
                    weight: keyword.weight,
                },
                with: keyword.with.iter().map(|word| meanings.get(word)).collect(),
            });
        }
    }
    (out, begun)
}
