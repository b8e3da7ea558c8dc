//! Why an edit cannot be made. Must not know: how edits are made.

/// Why an edit is not possible on these files.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    #[error("there is no intent `{0}`")]
    NoIntent(String),
    #[error("`{0}` cannot be an intent's id: small letters, digits and `-`, at most 48")]
    BadId(String),
    #[error("{0} is there already")]
    Exists(String),
    #[error("`{0}` is no gap: it does not say `gap = true`")]
    NotAGap(String),
    #[error("all of these texts are there already, or there are none")]
    NothingToAdd,
    #[error("{0} is not TOML; `wenlu check` says where")]
    NotToml(String),
    #[error("`{field}` in {path} is not a list of texts")]
    NotAList { path: String, field: &'static str },
}
