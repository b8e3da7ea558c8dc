//! Hand-overs that an operator put aside. In: until when. Out: the hand-over stays open and silent
//! until then, or until somebody writes; then it is back in the list, for whichever process looks
//! first. Must not know: who may do it, how it is shown.

use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::handover_changes;
use super::records::{NewHandoverMessage, TranscriptAuthor};
use sqlx::Row as _;
use wenlu_core::model::Timestamp;

/// What is put aside.
#[derive(Clone, Copy, Debug)]
pub struct SnoozeStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
}

impl SnoozeStore<'_> {
    /// Puts an open hand-over aside until `until`; `None`: takes it back. False if it has ended, or
    /// another operator holds it by now. `told`: what stands in the conversation about it.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn set(
        self,
        conversation: &str,
        until: Option<Timestamp>,
        told: NewHandoverMessage,
    ) -> Result<bool, StoreError> {
        let conversation = conversation.to_owned();
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    let set = sqlx::query(
                        "UPDATE handovers SET snoozed_until = $2, woken_at = NULL
                         WHERE conversation = $1 AND open = 1
                             AND (state <> 'taken' OR COALESCE(assignee, $3) = $3)",
                    )
                    .bind(&conversation)
                    .bind(until.map(|until| until.0))
                    .bind(&told.account)
                    .execute(&mut *connection)
                    .await?;
                    if set.rows_affected() == 0 {
                        return Ok(false);
                    }
                    handover_changes::record(connection, &conversation, &[told]).await?;
                    handover_changes::mark_changed(connection, &conversation).await?;
                    Ok(true)
                })
            })
            .await
    }

    /// Those whose time has come, each with that time; at most `limit`.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn due(
        self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let rows = sqlx::query(
            "SELECT conversation, snoozed_until FROM handovers
             WHERE open = 1 AND snoozed_until <= $1 ORDER BY snoozed_until LIMIT $2",
        )
        .bind(now.0)
        .bind(limit)
        .fetch_all(self.engine.read())
        .await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, Timestamp(row.try_get(1)?))))
            .collect()
    }

    /// Brings one back that was put aside until `until`: once, whichever process does. Its silence
    /// counts from now.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn wake(
        self,
        conversation: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let conversation = conversation.to_owned();
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    let woken = sqlx::query(
                        "UPDATE handovers SET snoozed_until = NULL, woken_at = $3, last_at = $3
                         WHERE conversation = $1 AND open = 1 AND snoozed_until = $2",
                    )
                    .bind(&conversation)
                    .bind(until.0)
                    .bind(now.0)
                    .execute(&mut *connection)
                    .await?;
                    if woken.rows_affected() == 0 {
                        return Ok(());
                    }
                    let words = "放一放的时间到了".to_owned();
                    let told = NewHandoverMessage {
                        id: format!("{conversation}/woken {}", until.0),
                        at: now,
                        author: TranscriptAuthor::System,
                        account: String::new(),
                        masked: words.clone(),
                        body: words,
                        file: None,
                    };
                    handover_changes::record(connection, &conversation, &[told]).await?;
                    handover_changes::mark_changed(connection, &conversation).await
                })
            })
            .await
    }
}
