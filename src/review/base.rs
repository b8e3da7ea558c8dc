//! The base that drafts are compared with. In: the last good knowledge, and the files that the
//! draft is applied to. Out: whichever of the two a running server would serve, and the failing
//! tests for which it refuses those files. Must not know: drafts, where the last good knowledge is
//! stored.
//!
//! Refused files are never paired with the knowledge that serves: a router is only compared
//! together with the files that it was built from.

use super::change_service::ChangeError;
use super::standing::accept_published;
use crate::store::Store;
use crate::turn::AnswerEngine;
use std::sync::Arc;
use wenlu_core::check::FailedTest;
use wenlu_core::check::edit::{EditSide, EditVerdict, judge_edit};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::knowledge::files::{DataFiles, validate_files};

/// Knowledge that serves or could serve, with the files that it was read from.
#[derive(Clone)]
pub struct ServedKnowledge {
    pub files: Arc<DataFiles>,
    pub engine: Arc<AnswerEngine>,
}

/// What drafts of some files are compared with.
pub struct PreviewBase {
    /// The files that drafts are applied to.
    pub files: Arc<DataFiles>,
    /// `None` if nothing serves and these files cannot either.
    pub good: Option<ServedKnowledge>,
    /// The failing tests for which these files are refused.
    pub refused: Vec<FailedTest>,
}

impl ServedKnowledge {
    pub fn side(&self) -> EditSide<'_> {
        EditSide {
            files: &self.files,
            knowledge: &self.engine.knowledge,
            router: &*self.engine.router,
        }
    }
}

impl PreviewBase {
    /// `good` is what serves; `None` if nothing has served yet: then `files` would serve, even with
    /// failing tests.
    pub async fn of(
        store: &Store,
        good: Option<ServedKnowledge>,
        files: DataFiles,
        build: impl Fn(Knowledge) -> AnswerEngine + Send + 'static,
    ) -> Result<Self, ChangeError> {
        let files = Arc::new(files);
        let serves = good
            .as_ref()
            .is_some_and(|good| good.engine.knowledge.version == files.version());
        if serves {
            return Ok(PreviewBase {
                files,
                good,
                refused: Vec::new(),
            });
        }
        let (base, edited) = (good.clone(), files.clone());
        let judged = tokio::task::spawn_blocking(move || judge(base, edited, build)).await;
        let Some((disk, mut verdict)) = judged.map_err(|_| ChangeError::Failed)? else {
            // their mistakes are reported by every preview of a draft
            return Ok(PreviewBase {
                files,
                good,
                refused: Vec::new(),
            });
        };
        if let Some(good) = &good {
            accept_published(store, &good.files, &files, &mut verdict).await?;
        }
        let good = if verdict.own_failures.is_empty() {
            Some(disk)
        } else {
            good
        };
        Ok(PreviewBase {
            files,
            good,
            refused: verdict.own_failures,
        })
    }
}

/// Builds the knowledge of the files and judges whether it may replace `base`; `None` if the files
/// have mistakes.
fn judge(
    base: Option<ServedKnowledge>,
    files: Arc<DataFiles>,
    build: impl Fn(Knowledge) -> AnswerEngine,
) -> Option<(ServedKnowledge, EditVerdict)> {
    let loaded = validate_files(&files).ok()?;
    let disk = ServedKnowledge {
        files,
        engine: Arc::new(build(loaded.knowledge)),
    };
    let verdict = match base {
        Some(base) => judge_edit(Some(base.side()), disk.side(), loaded.texts, &|_, _, _| {}),
        None => EditVerdict::default(),
    };
    Some((disk, verdict))
}
