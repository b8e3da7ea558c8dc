//! Background jobs: the review queue, and previews of drafts. In: a request for one. Out: the
//! result, or its progress; the job runs on. Everything kept here can be recomputed by any process.

use super::{Admin, AdminError};
use crate::bot::Brain;
use crate::knowledge::Knowledge;
use crate::message::Timestamp;
use crate::review::base::{LastGood, PreviewBase};
use crate::review::board::{Board, board};
use crate::review::change::Change;
use crate::review::preview::{Preview, Stage, preview};
use crate::review::replay::Asked;
use crate::store::reviews::StoredChange;
use crate::store::{StoreError, Window};
use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex as Turn, Semaphore};

/// How long a page waits for the queue before it shows that the queue is being computed.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// A computed queue is reused for this many times the time that it took to compute,
const WORTH: u32 = 10;
/// and for at least this long.
const FRESH: Duration = Duration::from_secs(2);
/// How often, and for how long each time, to wait until the reported status and the engine in use
/// have the same version.
const SETTLES: usize = 100;
const MOMENT: Duration = Duration::from_millis(20);
/// Number of previews kept.
const KEPT: usize = 16;

/// The last computed review queue.
#[derive(Default)]
pub struct Boards {
    last: Mutex<Option<Made>>,
    /// Held while computing, so that only one task does and the others wait.
    making: Turn<()>,
}

struct Made {
    board: Arc<Board>,
    at: Instant,
    took: Duration,
}

/// Previews of drafts, running and finished.
pub struct Trials {
    all: Mutex<VecDeque<(Key, Trial)>>,
    /// One preview at a time, since each uses several cores.
    turn: Semaphore,
}

impl Default for Trials {
    fn default() -> Self {
        Trials { all: Mutex::default(), turn: Semaphore::new(1) }
    }
}

/// A preview is valid for these inputs only.
#[derive(Clone, PartialEq, Eq)]
struct Key {
    change: i64,
    revision: i64,
    /// Versions of the knowledge in use, and of the files that the draft is applied to.
    serves: String,
    files: String,
}

/// State of a draft's preview.
#[derive(Clone)]
pub enum Trial {
    Working(Arc<Mutex<Progress>>),
    Known(Arc<Preview>),
    /// The log has the cause.
    Failed,
}

/// Stage of a preview, and how much of it is done.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub stage: Stage,
    pub done: usize,
    pub all: usize,
}

impl Boards {
    /// The queue; `None` if it is still being computed after `QUEUE_WAIT`.
    pub async fn get(admin: &Admin, now: Timestamp) -> Result<Option<Arc<Board>>, AdminError> {
        if let Some(board) = admin.boards.fresh() {
            return Ok(Some(board));
        }
        let maker = admin.clone();
        let made = tokio::spawn(async move { Boards::make(&maker, now).await });
        match tokio::time::timeout(PATIENCE, made).await {
            Ok(made) => Ok(Some(made.map_err(|_| AdminError::Failed)??)),
            Err(_) => Ok(None),
        }
    }

    /// Drops the queue, so that the next request sees what was just changed.
    pub fn forget(&self) {
        *lock(&self.last) = None;
    }

    async fn make(admin: &Admin, now: Timestamp) -> Result<Arc<Board>, StoreError> {
        let _alone = admin.boards.making.lock().await;
        if let Some(board) = admin.boards.fresh() {
            return Ok(board);
        }
        let at = Instant::now();
        let board = Arc::new(board(admin.store(), now).await?);
        *lock(&admin.boards.last) = Some(Made { board: board.clone(), at: Instant::now(), took: at.elapsed() });
        Ok(board)
    }

    fn fresh(&self) -> Option<Arc<Board>> {
        let last = lock(&self.last);
        let made = last.as_ref()?;
        (made.at.elapsed() < FRESH.max(made.took * WORTH)).then(|| made.board.clone())
    }
}

impl Trials {
    /// State of the draft's preview; the first call starts it.
    pub fn of(admin: &Admin, stored: &StoredChange, change: &Change) -> Trial {
        let files = admin.workshop.files();
        let serves = admin.bot.brain().knowledge.version.clone();
        let key = Key { change: stored.id, revision: stored.revision, serves, files: files.version() };
        let mut all = lock(&admin.trials.all);
        if let Some((_, trial)) = all.iter().find(|(known, _)| *known == key) {
            return trial.clone();
        }
        let progress = Arc::new(Mutex::new(Progress { stage: Stage::Building, done: 0, all: 1 }));
        let trial = Trial::Working(progress.clone());
        all.push_back((key.clone(), trial.clone()));
        if all.len() > KEPT {
            all.pop_front();
        }
        drop(all);
        let (admin, change) = (admin.clone(), change.clone());
        tokio::spawn(async move {
            let trial = match try_out(&admin, change, progress).await {
                Ok(preview) => Trial::Known(Arc::new(preview)),
                Err(error) => {
                    tracing::error!(%error, "a draft could not be tried");
                    Trial::Failed
                }
            };
            admin.trials.settle(key, trial);
        });
        trial
    }

    fn settle(&self, key: Key, trial: Trial) {
        let mut all = lock(&self.all);
        match all.iter_mut().find(|(known, _)| *known == key) {
            // a failed one is removed, so that the next request tries again
            Some((_, known)) if !matches!(trial, Trial::Failed) => *known = trial,
            _ => all.retain(|(known, _)| *known != key),
        }
    }
}

async fn try_out(admin: &Admin, change: Change, progress: Arc<Mutex<Progress>>) -> Result<Preview, AdminError> {
    let _turn = admin.trials.turn.acquire().await.map_err(|_| AdminError::Failed)?;
    let asked = admin.store().asked(Window::default()).await?;
    let asked: Vec<Asked> = asked.into_iter().map(Asked::from).collect();
    let (good, build) = (last_good(admin).await?, admin.build.clone());
    let brain = move |knowledge: Knowledge| {
        let router = build(&knowledge);
        Brain::new(knowledge, router)
    };
    let base = PreviewBase::of(admin.store(), Some(good), admin.workshop.files(), brain).await?;
    let build = admin.build.clone();
    // the other half of the cores stays free for answering messages
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = NonZeroUsize::new(cores / 2).unwrap_or(NonZeroUsize::MIN);
    let work = move || {
        let tell = |stage, done, all| *lock(&progress) = Progress { stage, done, all };
        preview(&base, &change, &asked, |knowledge| build(knowledge), threads, &tell)
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| AdminError::Failed)
}

/// The engine in use and its files. The status is updated shortly before the engine, so this waits
/// until both agree.
async fn last_good(admin: &Admin) -> Result<LastGood, AdminError> {
    let mut status = admin.knowledge.clone();
    for _ in 0..SETTLES {
        let (files, brain) = (status.borrow_and_update().files.clone(), admin.bot.brain());
        if files.version() == brain.knowledge.version {
            return Ok(LastGood { files, brain });
        }
        let _ = tokio::time::timeout(MOMENT, status.changed()).await;
    }
    Err(AdminError::Failed)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
