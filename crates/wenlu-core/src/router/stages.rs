//! The stages of routing one by one, for benchmarks and for what compares texts as the router does.
//! They may change with every version.

pub use super::classifier::{Classifier, min_occurrences};
pub use super::clauses::{Clause, MessageClauses, split_clauses};
pub use super::features::{Gram, extract_grams};
pub use super::lexicon::{CompiledLexicon, LexiconMatches, whole_words};
pub use super::score::ClassScores;
pub use super::training_example::TrainingExample;
pub use super::training_set::training_examples;
pub use super::vocabulary::{FeatureVector, MinOccurrences};
