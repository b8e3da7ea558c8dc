//! The single writer of a SQLite database (group commit). In: jobs. Out: all waiting jobs committed
//! in one transaction; if there are several, each in a savepoint of its own. Must not know: what is
//! written.
//!
//! After a failed commit the connection is closed. On a full disk or an I/O error SQLite rolls the
//! transaction back by itself; the driver does not notice, and could not begin another one on that
//! connection.

use super::error::StoreError;
use super::error::copy_error;
use super::health::WriteHealth;
use super::opened::{BUSY_TIMEOUT, DatabaseFile};
use futures_util::future::BoxFuture;
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Connection};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// The most jobs in one commit.
const MAX_GROUP: usize = 256;
/// How long to wait for another process's lock while writes fail. Short, because a job has waited
/// for the full time before.
const SHORT_BUSY_TIMEOUT: Duration = Duration::from_millis(200);

/// Work inside a transaction. Its result says whether its changes are kept.
pub(super) type WriteJob =
    Box<dyn for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, WriteJobResult> + Send>;

pub(super) struct WriteJobResult {
    pub keep: bool,
    /// The error, if the job found that the database itself does not work.
    pub fault: Option<StoreError>,
    /// Reports to the caller, after the commit succeeded or failed.
    pub tell: Box<dyn FnOnce(Result<(), StoreError>) + Send>,
}

/// A job that runs `work`, and where its result arrives. The caller may stop waiting; the work is
/// committed anyway.
pub(super) fn write_job<T, W>(work: W) -> (WriteJob, oneshot::Receiver<Result<T, StoreError>>)
where
    T: Send + 'static,
    W: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StoreError>>
        + Send
        + 'static,
{
    let (tell, told) = oneshot::channel();
    let job: WriteJob = Box::new(move |connection| {
        Box::pin(async move {
            let result = work(connection).await;
            let fault = match &result {
                Err(error @ StoreError::Fault(..)) => Some(copy_error(error)),
                _ => None,
            };
            WriteJobResult {
                keep: result.is_ok(),
                fault,
                tell: Box::new(move |committed| {
                    let _ = tell.send(result.and_then(|value| committed.map(|()| value)));
                }),
            }
        })
    });
    (job, told)
}

pub(super) struct GroupWriter {
    /// A pool of one connection.
    pub pool: AnyPool,
    /// `None` in memory, where the connection is the database.
    pub file: Option<Arc<DatabaseFile>>,
    pub health: Arc<WriteHealth>,
}

impl GroupWriter {
    /// Starts the writing task; it ends when the last sender is dropped.
    pub(super) fn start(self) -> mpsc::Sender<WriteJob> {
        let (jobs, mut waiting) = mpsc::channel::<WriteJob>(4 * MAX_GROUP);
        tokio::spawn(async move {
            let mut group = Vec::with_capacity(MAX_GROUP);
            while waiting.recv_many(&mut group, MAX_GROUP).await > 0 {
                self.commit(&mut group).await;
            }
            self.pool.close().await;
        });
        jobs
    }

    async fn commit(&self, group: &mut Vec<WriteJob>) {
        let mut done = Vec::with_capacity(group.len());
        let mut committed = self.try_commit(group, &mut done).await;
        let fault = done.iter_mut().find_map(|done| done.fault.take());
        if let (Err(_), Some(fault)) = (&committed, &fault) {
            // a failing rollback is only a consequence of this fault
            committed = Err(copy_error(fault));
        }
        match fault {
            Some(fault) => self.health.note::<()>(&Err(fault)),
            None if committed.is_err() || done.iter().any(|done| done.keep) => {
                self.health.note(&committed)
            }
            None => {}
        }
        // Jobs that were not run are dropped: their callers find the channel closed.
        group.clear();
        for done in done {
            (done.tell)(committed.as_ref().copied().map_err(copy_error));
        }
    }

    async fn try_commit(
        &self,
        group: &mut Vec<WriteJob>,
        done: &mut Vec<WriteJobResult>,
    ) -> Result<(), StoreError> {
        let Some(file) = &self.file else {
            return Ok(write(&mut *self.pool.acquire().await?, group, done).await?);
        };
        file.ensure().await?;
        let mut connection = self.pool.acquire().await?;
        let committed = self.write_file(&mut connection, group, done).await;
        // a commit to a file that was deleted or replaced meanwhile is lost
        let held = match committed {
            Ok(()) => file.check().map_err(StoreError::from),
            Err(error) => Err(error),
        };
        if held.is_err() {
            // the next commit opens a new connection
            let _ = connection.close().await;
        }
        held
    }

    async fn write_file(
        &self,
        connection: &mut AnyConnection,
        group: &mut Vec<WriteJob>,
        done: &mut Vec<WriteJobResult>,
    ) -> Result<(), StoreError> {
        let was_failing = self.health.fault().is_some();
        if was_failing {
            set_busy_timeout(connection, SHORT_BUSY_TIMEOUT).await?;
        }
        write(connection, group, done).await?;
        if was_failing {
            set_busy_timeout(connection, BUSY_TIMEOUT).await?;
        }
        Ok(())
    }
}

async fn write(
    connection: &mut AnyConnection,
    group: &mut Vec<WriteJob>,
    done: &mut Vec<WriteJobResult>,
) -> Result<(), sqlx::Error> {
    let alone = group.len() == 1;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    // A single job needs no savepoint, which saves two round trips.
    if let Some(job) = group.pop_if(|_| alone) {
        let result = job(&mut transaction).await;
        let keep = result.keep;
        done.push(result);
        return if keep {
            transaction.commit().await
        } else {
            transaction.rollback().await
        };
    }
    for job in group.drain(..) {
        let mut savepoint = transaction.begin().await?;
        let result = job(&mut savepoint).await;
        let keep = result.keep;
        done.push(result);
        if keep {
            savepoint.commit().await?
        } else {
            savepoint.rollback().await?
        }
    }
    transaction.commit().await
}

/// Sets how long to wait for a writer of another process.
pub(super) async fn set_busy_timeout(
    connection: &mut AnyConnection,
    patience: Duration,
) -> Result<(), sqlx::Error> {
    let set = format!("PRAGMA busy_timeout = {}", patience.as_millis());
    sqlx::query(AssertSqlSafe(set)).execute(connection).await?;
    Ok(())
}
