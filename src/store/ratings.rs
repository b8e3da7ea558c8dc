//! What askers say of hand-overs that a person ended as solved. In: that one was asked; a yes or a no,
//! and a comment. Out: rows, one for each time that it was asked; counts. Must not know: how it is
//! asked, who reads it.

use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::handover_changes;
use super::journal::JournalWindow;
use super::records::{HandoverRating, NewHandoverMessage, TranscriptAuthor};
use sqlx::{AnyConnection, Row as _};
use wenlu_core::model::Timestamp;

/// How askers rated hand-overs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RatingCounts {
    /// How often they were asked.
    pub asked: u64,
    pub solved: u64,
    pub unsolved: u64,
}

impl RatingCounts {
    /// Of those who answered; `None` if nobody did.
    pub fn solved_rate(self) -> Option<f64> {
        let answered = self.solved + self.unsolved;
        (answered > 0).then(|| self.solved as f64 / answered as f64)
    }
}

/// The ratings.
#[derive(Clone, Copy, Debug)]
pub struct RatingStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
}

impl RatingStore<'_> {
    /// Of those who were asked within `window`.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn counts(self, window: JournalWindow) -> Result<RatingCounts, StoreError> {
        let row = sqlx::query(
            "SELECT COUNT(*), COUNT(CASE WHEN solved = 1 THEN 1 END), COUNT(CASE WHEN solved = 0 THEN 1 END)
             FROM ratings WHERE asked_at >= $1 AND asked_at < $2",
        )
        .bind(window.since.map_or(i64::MIN, |at| at.0))
        .bind(window.until.map_or(i64::MAX, |at| at.0))
        .fetch_one(self.engine.read())
        .await?;
        let count = |at| Ok::<_, StoreError>(row.try_get::<i64, _>(at)?.unsigned_abs());
        Ok(RatingCounts {
            asked: count(0)?,
            solved: count(1)?,
            unsolved: count(2)?,
        })
    }

    /// Keeps what an asker adds to the rating that `message` brought: once. `comment` must be masked.
    /// `false`: there is no such rating, or it has a comment.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn add_comment(
        self,
        conversation: &str,
        message: &str,
        comment: String,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let (conversation, message) = (conversation.to_owned(), message.to_owned());
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    let kept = sqlx::query(
                        "UPDATE ratings SET comment = $3
                         WHERE conversation = $1 AND message = $2 AND comment IS NULL",
                    )
                    .bind(&conversation)
                    .bind(&message)
                    .bind(&comment)
                    .execute(&mut *connection)
                    .await?;
                    if kept.rows_affected() == 0 {
                        return Ok(false);
                    }
                    let id = format!("{conversation}/comment {message}");
                    let words = format!("客人补充：{comment}");
                    tell(connection, &conversation, (id, words), at).await?;
                    Ok(true)
                })
            })
            .await
    }
}

/// Notes that the asker is asked, for a hand-over that is about to be closed.
pub(super) async fn ask(
    connection: &mut AnyConnection,
    conversation: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO ratings (conversation, asked_at, operator)
         SELECT conversation, $2, COALESCE(assignee, '') FROM handovers
         WHERE conversation = $1 AND open = 1 ON CONFLICT DO NOTHING",
    )
    .bind(conversation)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps the answer to what was asked last, once, and tells those who read the conversation.
pub(super) async fn answer(
    connection: &mut AnyConnection,
    conversation: &str,
    rating: &HandoverRating,
    at: Timestamp,
) -> Result<(), StoreError> {
    let kept = sqlx::query(
        "UPDATE ratings SET solved = $2, message = $3, answered_at = $4
         WHERE conversation = $1 AND solved IS NULL
             AND asked_at = (SELECT MAX(asked_at) FROM ratings WHERE conversation = $1)",
    )
    .bind(conversation)
    .bind(i64::from(rating.solved))
    .bind(&rating.message)
    .bind(at.0)
    .execute(&mut *connection)
    .await?;
    if kept.rows_affected() == 0 {
        return Ok(());
    }
    let words = match rating.solved {
        true => "客人评价：解决了",
        false => "客人评价：还没解决",
    };
    let id = format!("{conversation}/rated {}", at.0);
    tell(connection, conversation, (id, words.to_owned()), at).await
}

/// Keeps what an asker adds to the rating that they gave last: once.
pub(super) async fn comment_on_last(
    connection: &mut AnyConnection,
    conversation: &str,
    comment: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let kept = sqlx::query(
        "UPDATE ratings SET comment = $2 WHERE conversation = $1 AND comment IS NULL
             AND asked_at = (SELECT MAX(asked_at) FROM ratings WHERE conversation = $1 AND solved IS NOT NULL)",
    )
    .bind(conversation)
    .bind(comment)
    .execute(&mut *connection)
    .await?;
    if kept.rows_affected() == 0 {
        return Ok(());
    }
    let id = format!("{conversation}/comment at {}", at.0);
    tell(
        connection,
        conversation,
        (id, format!("客人补充：{comment}")),
        at,
    )
    .await
}

async fn tell(
    connection: &mut AnyConnection,
    conversation: &str,
    (id, words): (String, String),
    at: Timestamp,
) -> Result<(), StoreError> {
    let told = NewHandoverMessage {
        id,
        at,
        author: TranscriptAuthor::System,
        account: String::new(),
        masked: words.clone(),
        body: words,
        file: None,
    };
    handover_changes::record(connection, conversation, &[told]).await?;
    handover_changes::mark_changed(connection, conversation).await
}
