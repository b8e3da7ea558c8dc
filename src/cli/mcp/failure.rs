//! Why a tool has nothing to show, in plain words for the assistant and the operator who reads
//! along. In: errors of the store, of the change service, of the data files. Out: one text. Must
//! not know: the protocol.

use crate::review::change_service::ChangeError;
use crate::review::edit::EditError;
use crate::store::StoreError;
use std::path::PathBuf;

/// Why a tool call failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ToolFailure {
    #[error(
        "This tool needs the bot's database, and there is none yet: it would be {0}. Start the bot once (`wenlu`), or set \
         DATABASE_URL to the database that the bot uses."
    )]
    NoStore(PathBuf),
    #[error("The database cannot be used: {0}.")]
    Store(StoreError),
    #[error(
        "This is the knowledge that is built into the program, which is read-only. `wenlu init DIR` makes files of it; start \
         `wenlu mcp --root DIR` on them to draft changes."
    )]
    ReadOnly,
    #[error(
        "The data files have mistakes; until they are mended nothing can be asked of them:\n{0}"
    )]
    Mistakes(String),
    #[error("There is no intent `{id}`.{}", meant(.near.as_deref()))]
    NoIntent { id: String, near: Option<String> },
    #[error("The draft cannot be made: {0}.")]
    Edit(EditError),
    #[error("There is no draft {0}; list_drafts says which there are.")]
    NoDraft(i64),
    #[error("There is no cluster {0} of open questions; list_unanswered says which there are.")]
    NoCluster(i64),
    #[error("There is no conversation `{0}` any more; leave it out to begin a new one.")]
    NoTalk(String),
    #[error("`{field}` {why}.")]
    BadInput { field: &'static str, why: String },
    #[error("The account {account} may not do that: its role is {role}, and it takes {needed}.")]
    NotAllowed {
        account: String,
        role: &'static str,
        needed: &'static str,
    },
    #[error("There is no account {0}, or it is disabled; `wenlu admin list` says which there are.")]
    NoAccount(String),
    #[error("It did not work: {0}.")]
    Other(String),
}

fn meant(near: Option<&str>) -> String {
    match near {
        Some(near) => format!(" Did you mean `{near}`?"),
        None => " list_intents says which there are.".to_owned(),
    }
}

impl From<StoreError> for ToolFailure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing(file) => ToolFailure::NoStore(file),
            other => ToolFailure::Store(other),
        }
    }
}

impl From<ChangeError> for ToolFailure {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::ReadOnly => ToolFailure::ReadOnly,
            ChangeError::Store(error) => error.into(),
            ChangeError::Edit(EditError::NoIntent(id)) => ToolFailure::NoIntent { id, near: None },
            ChangeError::Edit(error) => ToolFailure::Edit(error),
            other => ToolFailure::Other(other.to_string()),
        }
    }
}
