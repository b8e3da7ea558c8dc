//! The languages in which askers are answered.

use serde::{Deserialize, Serialize};

/// The language in which the asker is answered.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// Both, Chinese first.
    pub const ALL: [Lang; 2] = [Lang::Zh, Lang::En];
    /// The folder's name under `content/`, and the BCP 47 primary tag.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::Zh => "zh",
            Lang::En => "en",
        }
    }
}

/// How a Chinese reply is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HanScript {
    /// As the data files are.
    #[default]
    Simplified,
    /// Converted when the turn is over.
    Traditional,
}

/// Why a conversation is in its language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LanguageBasis {
    /// The channel says so, or nobody does.
    #[default]
    Assumed,
    /// The asker wrote a sentence in it.
    Written,
    /// The asker asked for it.
    Chosen,
}
