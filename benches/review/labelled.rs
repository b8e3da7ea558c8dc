//! Labelled messages, for the benchmarks of the review loop.

use std::error::Error;
use std::fs;
use wenlu::source::{KnowledgeSource, load};

#[derive(Clone, Debug)]
pub(crate) struct Labelled {
    pub text: String,
    pub label: String,
}

/// `utterance<TAB>intent` with a header line; without what is out of scope, and the first of several right intents.
pub(crate) fn read_tsv(file: &str) -> Result<Vec<Labelled>, Box<dyn Error>> {
    let text = fs::read_to_string(file)?;
    let rows = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once('\t'));
    let rows = rows.map(|(text, label)| Labelled {
        text: text.to_owned(),
        label: label.split('|').next().unwrap_or_default().to_owned(),
    });
    Ok(rows.filter(|row| row.label != "none").collect())
}

/// The shipped examples.
pub(crate) fn shipped() -> Result<Vec<Labelled>, Box<dyn Error>> {
    let knowledge = load(&KnowledgeSource::Embedded)?.knowledge;
    let of = |intent: &wenlu_core::knowledge::Intent| {
        let label = intent.id.clone();
        intent
            .examples
            .iter()
            .map(move |text| Labelled {
                text: text.clone(),
                label: label.clone(),
            })
            .collect::<Vec<_>>()
    };
    Ok(knowledge.intents.iter().flat_map(of).collect())
}

/// splitmix64
pub(crate) struct Random(pub u64);

impl Random {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ (x >> 31)) % n as u64) as usize
    }

    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }
}
