//! Text. In: a message as typed. Out: its normalised form, its units, words and pinyin. Must not
//! know: intents.

pub mod changes;
mod char_folding;
mod dictionary;
pub mod fnv;
pub(crate) mod gram_bag;
pub(crate) mod han_script;
pub(crate) mod latin_spelling;
pub(crate) mod normalization_rules;
pub mod normalize;
pub mod pinyin;
pub(crate) mod respelling;
pub mod safe;
pub mod segment;
pub(crate) mod signs;
pub mod similarity;
pub mod slug;
pub mod units;
