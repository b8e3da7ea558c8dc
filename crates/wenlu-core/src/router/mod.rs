//! The router. In: a message's text. Out: a [`Routing`]. Pure: no clock, no I/O, no randomness; the
//! same text and the same knowledge give the same numbers on every machine.
//!
//! A message passes: `clauses` (negated ones are removed) → `lexicon` (filler, words, concepts,
//! keywords) → `features` → `vocabulary` → `score` → `calibrate` → `decide`. Where vectors of an
//! encoder are given, `fusion` scores it by them too.

pub mod background;
mod byte_codec;
pub(crate) mod calibrate;
mod class_model;
mod classifier;
mod clause_verdict;
pub(crate) mod clauses;
mod crossfit;
mod decide;
mod elsewhere;
mod evidence;
mod explain;
pub mod explanation;
pub(crate) mod features;
mod filler;
mod fusion;
mod intent_words;
pub(crate) mod keyword_index;
pub(crate) mod lexicon;
mod logistic;
pub mod margin;
mod model_cache;
mod nearest_classes;
mod precedence;
pub mod refit;
mod rival_model;
mod routing_builder;
mod saved_model;
mod score;
mod sparse_rows;
pub mod stages;
pub mod text_vectors;
mod threshold_sweep;
mod trained;
mod training_example;
mod training_set;
mod verdict;
pub(crate) mod vocabulary;
mod weights;

pub use calibrate::Calibration;
pub use features::FeatureKind;
pub use model_cache::{ModelCache, ModelKey};
pub use text_vectors::{TextVectors, texts_to_learn, texts_to_score};
pub use trained::Router;
pub use verdict::DecisionReason;

pub(crate) use classifier::{Classifier, min_occurrences};
pub(crate) use training_example::{ExampleOrigin, TrainingExample, TrainingTarget};
pub(crate) use training_set::training_examples;
