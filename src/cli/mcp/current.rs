//! The knowledge as it is on the disk now. In: a source. Out: it as values with its router, built
//! anew only where the files have changed since the last call. Must not know: the tools, the store.

use super::failure::ToolFailure;
use crate::settings::Settings;
use crate::source::KnowledgeSource;
use std::sync::Arc;
use tokio::sync::Mutex;
use wenlu_core::knowledge::Knowledge;
use wenlu_core::knowledge::files::{DataFiles, validate_files};
use wenlu_core::passage::PassageIndex;
use wenlu_core::router::Router;

/// Characters of a report of mistakes.
const MAX_REPORT: usize = 6_000;

/// The knowledge with what was built from it.
pub(super) struct CurrentKnowledge {
    pub(super) knowledge: Knowledge,
    pub(super) router: Router,
    pub(super) passages: PassageIndex,
}

/// Reads and builds; keeps the last one that was built.
pub(super) struct KnowledgeReader {
    source: KnowledgeSource,
    settings: Arc<Settings>,
    last: Mutex<Option<(String, Arc<CurrentKnowledge>)>>,
}

impl KnowledgeReader {
    pub(super) fn new(source: KnowledgeSource, settings: Arc<Settings>) -> Self {
        Self {
            source,
            settings,
            last: Mutex::default(),
        }
    }

    /// The data files as they are, whether or not they have mistakes.
    pub(super) async fn files(&self) -> Result<DataFiles, ToolFailure> {
        let source = self.source.clone();
        blocking(move || source.files()).await
    }

    /// The knowledge of the files as they are. Who asks while it is built waits for the same one.
    pub(super) async fn current(&self) -> Result<Arc<CurrentKnowledge>, ToolFailure> {
        let mut last = self.last.lock().await;
        let files = self.files().await?;
        let version = files.version();
        if let Some((built, current)) = last.as_ref()
            && *built == version
        {
            return Ok(current.clone());
        }
        let settings = self.settings.clone();
        let built = blocking(move || build(&files, &settings)).await??;
        let current = Arc::new(built);
        *last = Some((version, current.clone()));
        Ok(current)
    }
}

fn build(files: &DataFiles, settings: &Settings) -> Result<CurrentKnowledge, ToolFailure> {
    let loaded = validate_files(files).map_err(|error| {
        ToolFailure::Mistakes(super::bounds::cut_text(&error.to_string(), MAX_REPORT))
    })?;
    let knowledge = loaded.knowledge;
    Ok(CurrentKnowledge {
        router: crate::cli::context::build_router(settings, &knowledge),
        passages: PassageIndex::of(&knowledge),
        knowledge,
    })
}

/// Runs what takes processor time or waits for the disk, away from what answers the client.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ToolFailure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| ToolFailure::Other("the work broke off".to_owned()))
}
