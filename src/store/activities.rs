//! Who reads or writes in a hand-over just now. In: that somebody does. Out: the same, for a few
//! seconds, in every process. Nothing of what is written is kept. Must not know: who may see it.

use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::values::{from_serde_name, to_serde_name};
use serde::{Deserialize, Serialize};
use sqlx::Row as _;
use std::collections::BTreeMap;
use wenlu_core::model::Timestamp;

/// How long it holds, in milliseconds.
const HOLDS: i64 = 15_000;
/// The same again within this time is not written: who types does so ten times a second.
const RENEWED: i64 = 4_000;
/// Activities that are told at once: more people than answer anywhere.
const MOST: i64 = 2_000;

/// What somebody does in a hand-over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveActivity {
    Reads,
    /// Writes to the other side.
    Writes,
    /// A colleague writes a note, of which the asker hears nothing.
    Notes,
}

/// Somebody who does something in a hand-over; `None`: the asker.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LiveActor {
    pub account: Option<String>,
    pub activity: LiveActivity,
}

impl LiveActor {
    pub fn is_asker(&self) -> bool {
        self.account.is_none()
    }
}

/// A hand-over in which somebody does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveHandover {
    pub number: i64,
    pub actors: Vec<LiveActor>,
}

/// By conversation; without those in which nobody does anything.
pub type LiveActors = BTreeMap<String, LiveHandover>;

/// What is done just now.
#[derive(Clone, Copy, Debug)]
pub struct ActivityStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
}

impl ActivityStore<'_> {
    /// Notes what somebody does in a conversation; `None` for the account: the asker. Nothing is
    /// noted, and false returned, where no hand-over is open.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn note(
        self,
        conversation: &str,
        account: Option<&str>,
        activity: LiveActivity,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let word = to_serde_name(&activity)?;
        let account = account.unwrap_or_default();
        let row = sqlx::query(
            "SELECT a.activity, a.until FROM handovers h
             LEFT JOIN activities a ON a.conversation = h.conversation AND a.account = $2
             WHERE h.conversation = $1 AND h.open = 1",
        )
        .bind(conversation)
        .bind(account)
        .fetch_optional(self.engine.read())
        .await?;
        let Some(row) = row else {
            return Ok(false);
        };
        let known: (Option<String>, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
        let until = now.0.saturating_add(HOLDS);
        let is_new = known.0.as_deref() != Some(word.as_str())
            || known
                .1
                .is_none_or(|last| !(until - RENEWED..=until).contains(&last));
        if is_new {
            self.write(conversation, account, word, (now.0, until))
                .await?;
        }
        Ok(true)
    }

    /// Writes it, and deletes what does not hold any more.
    async fn write(
        self,
        conversation: &str,
        account: &str,
        word: String,
        (now, until): (i64, i64),
    ) -> Result<(), StoreError> {
        let (conversation, account) = (conversation.to_owned(), account.to_owned());
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("DELETE FROM activities WHERE until < $1")
                        .bind(now)
                        .execute(&mut *connection)
                        .await?;
                    sqlx::query(
                        "INSERT INTO activities (conversation, account, activity, until)
                         VALUES ($1, $2, $3, $4)
                         ON CONFLICT (conversation, account)
                         DO UPDATE SET activity = excluded.activity, until = excluded.until",
                    )
                    .bind(&conversation)
                    .bind(&account)
                    .bind(&word)
                    .bind(until)
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Somebody has stopped; `None` for the account: the asker.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn end(self, conversation: &str, account: Option<&str>) -> Result<(), StoreError> {
        let account = account.unwrap_or_default();
        let there = "SELECT 1 FROM activities WHERE conversation = $1 AND account = $2";
        let found = sqlx::query(there)
            .bind(conversation)
            .bind(account)
            .fetch_optional(self.engine.read())
            .await?;
        if found.is_none() {
            return Ok(());
        }
        let (conversation, account) = (conversation.to_owned(), account.to_owned());
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    let gone = "DELETE FROM activities WHERE conversation = $1 AND account = $2";
                    sqlx::query(gone)
                        .bind(&conversation)
                        .bind(&account)
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// All that is done at the time `now`.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn all(self, now: Timestamp) -> Result<LiveActors, StoreError> {
        let rows = sqlx::query(
            "SELECT a.conversation, h.number, a.account, a.activity FROM activities a
             JOIN handovers h ON h.conversation = a.conversation AND h.open = 1
             WHERE a.until >= $1 ORDER BY a.conversation, a.account LIMIT $2",
        )
        .bind(now.0)
        .bind(MOST)
        .fetch_all(self.engine.read())
        .await?;
        let mut all = LiveActors::new();
        for row in rows {
            let (number, account): (i64, String) = (row.try_get(1)?, row.try_get(2)?);
            let handover = all.entry(row.try_get(0)?).or_insert(LiveHandover {
                number,
                actors: Vec::new(),
            });
            handover.actors.push(LiveActor {
                account: (!account.is_empty()).then_some(account),
                activity: from_serde_name(&row.try_get::<String, _>(3)?)?,
            });
        }
        Ok(all)
    }
}
