//! What a draft is compared with. In: the last good knowledge, and the files that the draft is put on. Out: those of the two
//! that serve once a running server has looked at the files, and the failing tests for which it refuses them. Must not know:
//! drafts, where the last good knowledge is kept.
//!
//! Files that were refused are paired with nothing: what the router says is always compared with the files that it was built
//! from.

use super::standing::accept_published;
use super::workshop::WorkError;
use crate::bot::Brain;
use crate::check::FailedTest;
use crate::check::edit::{EditSide, EditVerdict, judge_edit};
use crate::knowledge::Knowledge;
use crate::knowledge::files::{Files, validate_files};
use crate::store::Store;
use std::sync::Arc;

/// Knowledge that serves, or that would, with the files that it was read from.
#[derive(Clone)]
pub struct LastGood {
    pub files: Arc<Files>,
    pub brain: Arc<Brain>,
}

/// What drafts on some files are compared with.
pub struct PreviewBase {
    /// The files that drafts are put on.
    pub files: Arc<Files>,
    /// `None`: nothing serves, and those files cannot.
    pub good: Option<LastGood>,
    /// The failing tests of these files that refuse them, so that they do not serve.
    pub refused: Vec<FailedTest>,
}

impl LastGood {
    pub fn side(&self) -> EditSide<'_> {
        EditSide { files: &self.files, knowledge: &self.brain.knowledge, router: &*self.brain.router }
    }
}

impl PreviewBase {
    /// `good` is what serves; `None`: nothing did yet, so that `files` would, whatever their tests say.
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
            // their mistakes are found wherever a draft is put on them
            return Ok(PreviewBase { files, good, refused: Vec::new() });
        };
        if let Some(good) = &good {
            accept_published(store, &good.files, &files, &mut verdict).await?;
        }
        let good = if verdict.own_failures.is_empty() { Some(disk) } else { good };
        Ok(PreviewBase { files, good, refused: verdict.own_failures })
    }
}

/// The files with their brain, and whether they may take the place of `base`; `None` where they have mistakes.
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
