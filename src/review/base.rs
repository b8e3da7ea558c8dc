//! The base that drafts are compared with. In: the last good knowledge, and the files that the
//! draft is applied to. Out: whichever of the two a running server would serve, and the failing
//! tests for which it refuses those files. Must not know: drafts, where the last good knowledge is
//! stored.
//!
//! Refused files are never paired with the knowledge that serves: a router is only compared
//! together with the files that it was built from.

use super::standing::accept_published;
use super::workshop::WorkError;
use crate::bot::Brain;
use crate::check::FailedTest;
use crate::check::edit::{EditSide, EditVerdict, judge_edit};
use crate::knowledge::Knowledge;
use crate::knowledge::files::{Files, validate_files};
use crate::store::Store;
use std::sync::Arc;

/// Knowledge that serves or could serve, with the files that it was read from.
#[derive(Clone)]
pub struct LastGood {
    pub files: Arc<Files>,
    pub brain: Arc<Brain>,
}

/// What drafts of some files are compared with.
pub struct PreviewBase {
    /// The files that drafts are applied to.
    pub files: Arc<Files>,
    /// `None` if nothing serves and these files cannot either.
    pub good: Option<LastGood>,
    /// The failing tests for which these files are refused.
    pub refused: Vec<FailedTest>,
}

impl LastGood {
    pub fn side(&self) -> EditSide<'_> {
        EditSide { files: &self.files, knowledge: &self.brain.knowledge, router: &*self.brain.router }
    }
}

impl PreviewBase {
    /// `good` is what serves; `None` if nothing has served yet: then `files` would serve, even with
    /// failing tests.
    pub async fn of(
        store: &Store,
        good: Option<LastGood>,
        files: Files,
        build: impl Fn(Knowledge) -> Brain + Send + 'static,
    ) -> Result<Self, WorkError> {
        let files = Arc::new(files);
        let serves = good.as_ref().is_some_and(|good| good.brain.knowledge.version == files.version());
        if serves {
            return Ok(PreviewBase { files, good, refused: Vec::new() });
        }
        let (base, edited) = (good.clone(), files.clone());
        let judged = tokio::task::spawn_blocking(move || judge(base, edited, build)).await;
        let Some((disk, mut verdict)) = judged.map_err(|_| WorkError::Failed)? else {
            // their mistakes are reported by every preview of a draft
            return Ok(PreviewBase { files, good, refused: Vec::new() });
        };
        if let Some(good) = &good {
            accept_published(store, &good.files, &files, &mut verdict).await?;
        }
        let good = if verdict.own_failures.is_empty() { Some(disk) } else { good };
        Ok(PreviewBase { files, good, refused: verdict.own_failures })
    }
}

/// Builds the knowledge of the files and judges whether it may replace `base`; `None` if the files
/// have mistakes.
fn judge(
    base: Option<LastGood>,
    files: Arc<Files>,
    build: impl Fn(Knowledge) -> Brain,
) -> Option<(LastGood, EditVerdict)> {
    let loaded = validate_files(&files).ok()?;
    let disk = LastGood { files, brain: Arc::new(build(loaded.knowledge)) };
    let verdict = match base {
        Some(base) => judge_edit(Some(base.side()), disk.side(), loaded.texts, &|_, _, _| {}),
        None => EditVerdict::default(),
    };
    Some((disk, verdict))
}
