//! Exchange. In: other people's formats. Out: data files as texts, and a note on everything that could not be carried
//! over. Must not know: where the files go.

pub mod tsv;

use std::collections::BTreeMap;

/// Data files made from something else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Path under the root → text.
    pub files: BTreeMap<String, String>,
    /// What was left out or changed, a line each, for the operator.
    pub notes: Vec<String>,
    pub intents: usize,
    pub examples: usize,
    pub out_of_scope: usize,
}
