//! What turns read and write: conversations and answered messages. In: turns, one at a time. Out:
//! the state that a turn starts from, and a commit that is on disk. Concurrent turns are read and
//! written in batches. Must not know: what a turn says.

use super::batch::Batcher;
use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::error::copy_error;
use super::records::{OpenedConversation, TurnEffects, TurnRecord};
use super::runtime::StoreRuntime;
use super::turn_rows::TurnLookup;
use super::turn_statements::{self, advance_conversations};
use super::{effects, inbox};
use std::collections::HashSet;
use std::sync::Arc;

/// Conversations, as turns read and write them.
#[derive(Clone, Copy, Debug)]
pub struct TurnStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
    pub(super) batchers: &'a TurnBatchers,
    pub(super) runtime: &'a StoreRuntime,
}

impl TurnStore<'_> {
    /// Reads the conversation, and the answer that this message was given before.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn open(
        self,
        conversation: &str,
        message: Option<&str>,
    ) -> Result<OpenedConversation, StoreError> {
        let asked = TurnLookup {
            conversation: conversation.to_owned(),
            message: message.map(str::to_owned),
        };
        self.batchers.open.add(asked).await
    }

    /// The messages of a conversation that were answered last, with their responses as JSON; at most
    /// `limit`.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn responses(
        self,
        conversation: &str,
        limit: i64,
    ) -> Result<Vec<(String, String)>, StoreError> {
        turn_statements::responses(self.engine.read(), conversation, limit).await
    }

    /// Commits a turn in one transaction, together with removing its message from the inbox and
    /// inserting its calls into the outbox.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] if the conversation has moved on since [`TurnStore::open`], or the
    /// message is gone; else if the database cannot be written.
    pub async fn commit(self, turn: TurnRecord) -> Result<(), StoreError> {
        let calls = !turn.effects.calls.is_empty();
        let pushes = !turn.effects.pushes.is_empty();
        if turn.inbox.is_none() && turn.effects == TurnEffects::default() {
            return self.batchers.commit.add(turn).await;
        }
        let is_file = self.engine.is_file();
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    let moved = advance_conversations(connection, is_file, &[&turn]).await?;
                    did_move(&moved, &turn)?;
                    if let Some(inbox) = turn.inbox {
                        inbox::remove(connection, inbox).await?;
                    }
                    effects::apply(connection, &turn.conversation, &turn.effects, turn.entry.at)
                        .await
                })
            })
            .await?;
        self.runtime.notify(calls, pushes);
        Ok(())
    }
}

/// The batchers for opening and committing turns.
#[derive(Clone, Debug)]
pub(super) struct TurnBatchers {
    open: Batcher<TurnLookup, OpenedConversation>,
    commit: Batcher<TurnRecord, ()>,
}

impl TurnBatchers {
    pub(super) fn on(engine: &DatabaseEngine) -> Self {
        // Writes to a file are serial anyway; a server can run one batch while another waits for
        // its disk.
        let lanes = if engine.is_file() { 1 } else { 2 };
        let (reads, writes) = (engine.clone(), engine.clone());
        Self {
            open: Batcher::new(lanes, move |asked| Box::pin(open_all(reads.clone(), asked))),
            commit: Batcher::new(lanes, move |turns| {
                Box::pin(commit_all(writes.clone(), turns))
            }),
        }
    }

    /// Waits for the work that was begun.
    pub(super) async fn close(&self) {
        self.open.close().await;
        self.commit.close().await;
    }
}

async fn open_all(
    engine: DatabaseEngine,
    asked: Vec<TurnLookup>,
) -> Vec<Result<OpenedConversation, StoreError>> {
    match turn_statements::open(engine.read(), engine.is_file(), &asked).await {
        Ok(opened) => opened.into_iter().map(Ok).collect(),
        Err(error) => asked.iter().map(|_| Err(copy_error(&error))).collect(),
    }
}

/// Commits turns together. If the database refuses a batch, its turns are committed one by one, so
/// that each gets its own result.
async fn commit_all(engine: DatabaseEngine, turns: Vec<TurnRecord>) -> Vec<Result<(), StoreError>> {
    let turns: Arc<[TurnRecord]> = turns.into();
    let mut results: Vec<_> = turns.iter().map(|_| Err(StoreError::Conflict)).collect();
    let mut left: Vec<usize> = (0..turns.len()).collect();
    // A fixed order, so that concurrent batches on PostgreSQL do not deadlock.
    left.sort_by_key(|at| &turns[*at].conversation);
    while !left.is_empty() {
        let round = first_of_each(&turns, &mut left);
        match advance_all(&engine, &turns, &round).await {
            Ok(moved) => round
                .iter()
                .for_each(|at| results[*at] = did_move(&moved, &turns[*at])),
            Err(error) if round.len() > 1 && may_be_of_one(&error) => {
                for at in round {
                    let moved = advance_all(&engine, &turns, &[at]).await;
                    results[at] = moved.and_then(|moved| did_move(&moved, &turns[at]));
                }
            }
            Err(error) => round
                .iter()
                .for_each(|at| results[*at] = Err(copy_error(&error))),
        }
    }
    results
}

/// Takes the first turn of each conversation: a second one was computed from a state that the first
/// one changes, and has to conflict.
fn first_of_each(turns: &[TurnRecord], sorted: &mut Vec<usize>) -> Vec<usize> {
    let mut before = None;
    let (mut first, mut later) = (Vec::with_capacity(sorted.len()), Vec::new());
    for at in sorted.drain(..) {
        let conversation = turns[at].conversation.as_str();
        if before.replace(conversation) == Some(conversation) {
            later.push(at)
        } else {
            first.push(at)
        }
    }
    *sorted = later;
    first
}

/// Writes the turns and returns the conversations that moved on. When this returns, they are on
/// disk.
async fn advance_all(
    engine: &DatabaseEngine,
    turns: &Arc<[TurnRecord]>,
    round: &[usize],
) -> Result<HashSet<String>, StoreError> {
    let (turns, round, is_file) = (turns.clone(), round.to_vec(), engine.is_file());
    let work = engine.write_at_once(move |connection| {
        Box::pin(async move {
            let turns: Vec<&TurnRecord> = round.iter().map(|at| &turns[*at]).collect();
            advance_conversations(connection, is_file, &turns).await
        })
    });
    work.await
}

fn did_move(moved: &HashSet<String>, turn: &TurnRecord) -> Result<(), StoreError> {
    if moved.contains(&turn.conversation) {
        Ok(())
    } else {
        Err(StoreError::Conflict)
    }
}

/// Whether the error may concern a single turn of the batch, or comes from contention.
fn may_be_of_one(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Database(sqlx::Error::Database(_)) | StoreError::Conflict
    )
}
