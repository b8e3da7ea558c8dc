//! Previews of drafts, made in the background. In: a draft. Out: its preview, or how far that is; the
//! job runs on. What is kept here can be recomputed by any process.

use super::error::AdminError;
use crate::reload::KnowledgeStatus;
use crate::review::base::{PreviewBase, ServedKnowledge};
use crate::review::change::ChangeSet;
use crate::review::change_service::ChangeService;
use crate::review::parallel::half_of_cores;
use crate::review::preview::{ChangePreview, PreviewStage, preview};
use crate::review::replay::texts_to_replay;
use crate::store::JournalWindow;
use crate::store::reviews::StoredChange;
use crate::turn::{AnswerEngine, Bot};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit, watch};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::router::Router;

/// How often, and for how long each time, to wait until the reported status and the engine in use
/// have the same version.
const SYNC_ATTEMPTS: usize = 100;
const SYNC_INTERVAL: Duration = Duration::from_millis(20);
/// Number of previews kept.
const MAX_PREVIEWS: usize = 16;

/// Builds a router for some knowledge as the server does.
pub type BuildRouter = Arc<dyn Fn(&Knowledge) -> Router + Send + Sync>;

/// Previews of drafts, running and finished; clones share them.
#[derive(Clone)]
pub(super) struct PreviewJobs(Arc<PreviewJobsState>);

struct PreviewJobsState {
    bot: Bot,
    change_service: ChangeService,
    build_router: BuildRouter,
    knowledge: watch::Receiver<KnowledgeStatus>,
    all: Mutex<VecDeque<(PreviewKey, PreviewState)>>,
    /// One preview or search for wordings at a time, since each uses half of the cores.
    permit: Semaphore,
}

/// A preview is valid for these inputs only.
#[derive(Clone, PartialEq, Eq)]
struct PreviewKey {
    change: i64,
    revision: i64,
    /// Versions of the knowledge in use, and of the files that the draft is applied to.
    serves: String,
    files: String,
}

/// State of a draft's preview.
#[derive(Clone)]
pub(super) enum PreviewState {
    Working(Arc<Mutex<PreviewJobProgress>>),
    Known(Arc<ChangePreview>),
    /// The log has the cause.
    Failed,
}

/// Stage of a preview, and how much of it is done.
#[derive(Clone, Copy, Debug)]
pub(super) struct PreviewJobProgress {
    pub stage: PreviewStage,
    pub done: usize,
    pub all: usize,
}

impl PreviewJobProgress {
    const BEGIN: Self = Self {
        stage: PreviewStage::Building,
        done: 0,
        all: 1,
    };
}

impl PreviewJobs {
    pub(super) fn new(
        bot: Bot,
        change_service: ChangeService,
        build_router: BuildRouter,
        knowledge: watch::Receiver<KnowledgeStatus>,
    ) -> Self {
        PreviewJobs(Arc::new(PreviewJobsState {
            bot,
            change_service,
            build_router,
            knowledge,
            all: Mutex::default(),
            permit: Semaphore::new(1),
        }))
    }

    /// The engine in use and its files.
    pub(super) async fn serving(&self) -> Result<ServedKnowledge, AdminError> {
        self.0.serving().await
    }

    /// Held while work goes on that uses half of the cores: one at a time.
    pub(super) async fn turn(&self) -> Result<SemaphorePermit<'_>, AdminError> {
        self.0.turn().await
    }

    /// State of the draft's preview; the first call starts it.
    pub(super) fn of(&self, stored: &StoredChange, change: &ChangeSet) -> PreviewState {
        let key = PreviewKey {
            change: stored.id,
            revision: stored.revision,
            serves: self.0.bot.engine().knowledge.version.clone(),
            files: self.0.change_service.files().version(),
        };
        let progress = Arc::new(Mutex::new(PreviewJobProgress::BEGIN));
        let working = PreviewState::Working(progress.clone());
        {
            let mut all = lock(&self.0.all);
            if let Some((_, known)) = all.iter().find(|(known, _)| *known == key) {
                return known.clone();
            }
            all.push_back((key.clone(), working.clone()));
            if all.len() > MAX_PREVIEWS {
                all.pop_front();
            }
        }
        let (jobs, change) = (self.0.clone(), change.clone());
        tokio::spawn(async move {
            let ended = match jobs.run(change, progress).await {
                Ok(preview) => PreviewState::Known(Arc::new(preview)),
                Err(error) => {
                    tracing::error!(%error, "a draft could not be tried");
                    PreviewState::Failed
                }
            };
            jobs.settle(key, ended);
        });
        working
    }
}

impl PreviewJobsState {
    async fn turn(&self) -> Result<SemaphorePermit<'_>, AdminError> {
        let permit = self.permit.acquire().await;
        permit.map_err(|_| AdminError::Failed)
    }

    fn settle(&self, key: PreviewKey, ended: PreviewState) {
        let mut all = lock(&self.all);
        match all.iter_mut().find(|(known, _)| *known == key) {
            // a failed one is removed, so that the next request tries again
            Some((_, known)) if !matches!(ended, PreviewState::Failed) => *known = ended,
            _ => all.retain(|(known, _)| *known != key),
        }
    }

    async fn run(
        &self,
        change: ChangeSet,
        progress: Arc<Mutex<PreviewJobProgress>>,
    ) -> Result<ChangePreview, AdminError> {
        let _turn = self.turn().await?;
        let store = self.bot.store();
        let asked = texts_to_replay(store, JournalWindow::default()).await?;
        let (serving, files) = (self.serving().await?, self.change_service.files());
        let build = self.build_router.clone();
        let engine = move |knowledge: Knowledge| {
            let router = build(&knowledge);
            AnswerEngine::new(knowledge, router)
        };
        let base = PreviewBase::of(store, Some(serving), files, engine).await?;
        let build = self.build_router.clone();
        let work = move || {
            let tell =
                |stage, done, all| *lock(&progress) = PreviewJobProgress { stage, done, all };
            let router = |knowledge: &Knowledge| build(knowledge);
            preview(&base, &change, &asked, router, half_of_cores(), &tell)
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| AdminError::Failed)
    }

    /// The engine in use and its files. The status is updated shortly before the engine, so this
    /// waits until both agree.
    async fn serving(&self) -> Result<ServedKnowledge, AdminError> {
        let mut status = self.knowledge.clone();
        for _ in 0..SYNC_ATTEMPTS {
            let files = status.borrow_and_update().files.clone();
            let engine = self.bot.engine();
            if files.version() == engine.knowledge.version {
                return Ok(ServedKnowledge { files, engine });
            }
            let _ = tokio::time::timeout(SYNC_INTERVAL, status.changed()).await;
        }
        Err(AdminError::Failed)
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
