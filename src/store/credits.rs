//! How many messages may be sent to an asker. In: what a message of theirs allows, and calls that are
//! begun. Out: whether a call may be made. Must not know: which service counts, what is sent.
//!
//! A call uses up credit once, when it is first begun: one whose outcome is unknown has used it up
//! for good. The order of locks is the same everywhere: calls, then credit.

use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::leases::{Lease, write_as_holder};
use super::records::OutboxHead;
use sqlx::{AnyConnection, Row as _};
use wenlu_core::model::Timestamp;

/// What a message of an asker allows to be sent, in place of what one of the same kind allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditGrant {
    pub kind: &'static str,
    pub count: i64,
    pub until: Timestamp,
}

/// Whether a call may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallClaim {
    Begun,
    /// Its asker may not be written to now, or something waits for them that goes before it.
    NoCredit,
    /// It is in the outbox no longer: an answer has taken it along.
    Gone,
}

/// The credits.
#[derive(Clone, Copy, Debug)]
pub struct CreditStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
}

impl CreditStore<'_> {
    /// Begins a call, and uses up credit unless it was begun before.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`] if another process holds the lease by now; else if the database
    /// cannot be written.
    pub async fn claim(
        self,
        lease: &Lease,
        call: &OutboxHead,
        now: Timestamp,
    ) -> Result<CallClaim, StoreError> {
        let (id, conversation) = (call.id, call.conversation.clone());
        write_as_holder(self.engine, lease, move |connection| {
            Box::pin(async move { claim(connection, id, &conversation, now).await })
        })
        .await
    }

    /// A call that was begun has certainly not arrived: its credit may be used again.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`] if another process holds the lease by now; else if the database
    /// cannot be written.
    pub async fn give_back(self, lease: &Lease, call: &OutboxHead) -> Result<(), StoreError> {
        let (id, conversation) = (call.id, call.conversation.clone());
        write_as_holder(self.engine, lease, move |connection| {
            Box::pin(async move {
                let Some(Some(kind)) = begun(connection, id).await? else {
                    return Ok(());
                };
                set_begun(connection, id, None).await?;
                sqlx::query(
                    "UPDATE credits SET credit = credit + 1 WHERE conversation = $1 AND kind = $2",
                )
                .bind(&conversation)
                .bind(&kind)
                .execute(connection)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// The service says that nothing more may be sent to the asker.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`] if another process holds the lease by now; else if the database
    /// cannot be written.
    pub async fn exhaust(self, lease: &Lease, conversation: &str) -> Result<(), StoreError> {
        let conversation = conversation.to_owned();
        write_as_holder(self.engine, lease, move |connection| {
            Box::pin(async move {
                sqlx::query("UPDATE credits SET credit = 0 WHERE conversation = $1")
                    .bind(&conversation)
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }
}

async fn claim(
    connection: &mut AnyConnection,
    call: i64,
    conversation: &str,
    now: Timestamp,
) -> Result<CallClaim, StoreError> {
    match begun(connection, call).await? {
        None => return Ok(CallClaim::Gone),
        Some(Some(_)) => return Ok(CallClaim::Begun),
        Some(None) => {}
    }
    // what waits for the asker's next message goes before what came later
    let waits = "SELECT id FROM pushes WHERE conversation = $1 AND seen = 0
             AND id > COALESCE((SELECT pushed FROM passive_rests WHERE conversation = $1), 0) LIMIT 1";
    let waits = sqlx::query(waits)
        .bind(conversation)
        .fetch_optional(&mut *connection)
        .await?;
    if waits.is_some() {
        return Ok(CallClaim::NoCredit);
    }
    // what ends first is used first
    let used = sqlx::query(
        "UPDATE credits SET credit = credit - 1 WHERE conversation = $1 AND kind =
             (SELECT kind FROM credits WHERE conversation = $1 AND credit > 0 AND until > $2
              ORDER BY until LIMIT 1)
         RETURNING kind",
    )
    .bind(conversation)
    .bind(now.0)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(kind) = used else {
        return Ok(CallClaim::NoCredit);
    };
    let kind: String = kind.try_get(0)?;
    set_begun(connection, call, Some(&kind)).await?;
    Ok(CallClaim::Begun)
}

/// How much waits for an asker's next message; `None`: nothing, and they may be written to. Locks the
/// credit, so that a message of theirs comes before or after.
pub(super) async fn may_write(
    connection: &mut AnyConnection,
    conversation: &str,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let usable = sqlx::query(
        "UPDATE credits SET credit = credit WHERE conversation = $1 RETURNING credit, until",
    )
    .bind(conversation)
    .fetch_all(&mut *connection)
    .await?;
    let mut has_credit = false;
    for row in usable {
        has_credit |= row.try_get::<i64, _>(0)? > 0 && row.try_get::<i64, _>(1)? > now.0;
    }
    let waiting: i64 =
        sqlx::query("SELECT COUNT(*) FROM pushes WHERE conversation = $1 AND seen = 0")
            .bind(conversation)
            .fetch_one(connection)
            .await?
            .try_get(0)?;
    Ok((waiting > 0 || !has_credit).then_some(waiting))
}

/// What a call was begun with; `None`: there is no such call. Locks it.
async fn begun(
    connection: &mut AnyConnection,
    call: i64,
) -> Result<Option<Option<String>>, StoreError> {
    let row = sqlx::query("UPDATE outbox SET begun = begun WHERE id = $1 RETURNING begun")
        .bind(call)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

async fn set_begun(
    connection: &mut AnyConnection,
    call: i64,
    kind: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE outbox SET begun = $2 WHERE id = $1")
        .bind(call)
        .bind(kind)
        .execute(connection)
        .await?;
    Ok(())
}

/// Grants credit inside the caller's transaction.
pub(super) async fn grant(
    connection: &mut AnyConnection,
    conversation: &str,
    credit: &CreditGrant,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO credits (conversation, kind, credit, until) VALUES ($1, $2, $3, $4)
         ON CONFLICT (conversation, kind) DO UPDATE SET credit = excluded.credit, until = excluded.until",
    )
    .bind(conversation)
    .bind(credit.kind)
    .bind(credit.count)
    .bind(credit.until.0)
    .execute(connection)
    .await?;
    Ok(())
}
