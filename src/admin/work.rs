//! What takes a while: the board of clusters, and what a draft would change. In: who asks for it. Out: the result, or how
//! far it is; the work goes on where nobody waits. What is kept here can be made again by any process.

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

/// A page waits so long for the board before it says that it is being made.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// A board serves until it is so many times older than it took to make,
const WORTH: u32 = 10;
/// and so long at least.
const FRESH: Duration = Duration::from_secs(2);
/// How often, and for how long each time, it is waited until what serves and what is told of it are one.
const SETTLES: usize = 100;
const MOMENT: Duration = Duration::from_millis(20);
/// Drafts whose previews are kept.
const KEPT: usize = 16;

/// The board as it was made last.
#[derive(Default)]
pub struct Boards {
    last: Mutex<Option<Made>>,
    /// One makes it, the others wait.
    making: Turn<()>,
}

struct Made {
    board: Arc<Board>,
    at: Instant,
    took: Duration,
}

/// What is known of drafts.
pub struct Trials {
    all: Mutex<VecDeque<(Key, Trial)>>,
    /// One at a time: each takes the cores.
    turn: Semaphore,
}

impl Default for Trials {
    fn default() -> Self {
        Trials { all: Mutex::default(), turn: Semaphore::new(1) }
    }
}

/// What a preview is true for.
#[derive(Clone, PartialEq, Eq)]
struct Key {
    change: i64,
    revision: i64,
    /// The knowledge that serves, and the files that the draft is put on.
    serves: String,
    files: String,
}

/// What is known of a draft.
#[derive(Clone)]
pub enum Trial {
    Working(Arc<Mutex<Progress>>),
    Known(Arc<Preview>),
    /// The log says why.
    Failed,
}

/// How much is done of what, of how much.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub stage: Stage,
    pub done: usize,
    pub all: usize,
}

impl Boards {
    /// The board; `None`: it is being made and takes a while.
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

    /// The next one who asks sees what was just done.
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
    /// What is known of the draft; the first one who asks starts the work.
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
            // the next look tries again
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
    // askers need the other half
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = NonZeroUsize::new(cores / 2).unwrap_or(NonZeroUsize::MIN);
    let work = move || {
        let tell = |stage, done, all| *lock(&progress) = Progress { stage, done, all };
        preview(&base, &change, &asked, |knowledge| build(knowledge), threads, &tell)
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| AdminError::Failed)
}

/// The knowledge that serves, and its files. The one is told just before the other takes its place.
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
