//! Text. In: a message as typed. Out: its normalised form, its units, words and pinyin. Must not
//! know: intents.

pub mod changes;
pub mod normalize;
pub mod pinyin;
mod plain;
pub mod segment;
pub mod similarity;
pub mod units;
