//! Messages that a service keeps until they are asked for. In: notices that there are some; pages of
//! them. Out: which accounts are to be asked, and from where; the messages in the inbox, in one
//! transaction with how far was pulled. Must not know: any service; cursors, tokens and payloads are
//! opaque text.

use super::chats::change;
use super::credits::{CreditGrant, grant};
use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::leases::{Lease, write_as_holder};
use super::records::{ChatChange, DeliveredUpdate};
use super::runtime::StoreRuntime;
use super::{inbox, seen};
use sqlx::{AnyConnection, Row as _};
use wenlu_core::model::Timestamp;

/// An account whose messages are to be pulled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullSource {
    pub source: String,
    /// `None`: nothing was pulled yet.
    pub cursor: Option<String>,
    /// What the last notice gave, and when.
    pub token: String,
    pub noticed_at: Timestamp,
    /// How many notices came.
    pub noticed: i64,
    /// Until its messages were pulled to the end once: since when it is known.
    pub new_since: Option<Timestamp>,
}

/// A message of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PulledMessage {
    pub update: DeliveredUpdate,
    /// `None`: it is no message that allows anything to be sent.
    pub credit: Option<CreditGrant>,
    /// Why it cannot be read, if it cannot.
    pub unreadable: Option<String>,
}

/// A page of messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PulledPage {
    /// Up to where this page goes.
    pub cursor: String,
    /// There are no more: up to which notice was pulled.
    pub noticed: Option<i64>,
    pub messages: Vec<PulledMessage>,
    /// Askers, and whether people of their own service serve them from now on.
    pub served: Vec<(String, bool)>,
    /// As what a push that waits for an asker's message is called in the outbox.
    pub method: String,
}

/// The pulls.
#[derive(Clone, Copy, Debug)]
pub struct PullStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
    pub(super) runtime: &'a StoreRuntime,
}

impl PullStore<'_> {
    /// Notes that an account has messages. When this returns, it is on disk.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn notice(
        self,
        channel: &str,
        source: &str,
        token: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let [channel, source, token] = [channel, source, token].map(str::to_owned);
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "INSERT INTO pulls (channel, source, token, noticed, pulled, noticed_at, pulled_at, known_at)
                         VALUES ($1, $2, $3, 1, 0, $4, 0, $4)
                         ON CONFLICT (channel, source) DO UPDATE SET noticed = pulls.noticed + 1,
                             token = excluded.token, noticed_at = excluded.noticed_at",
                    )
                    .bind(&channel)
                    .bind(&source)
                    .bind(&token)
                    .bind(at.0)
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Notes accounts of which no notice came yet: they are pulled once.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`] if another process holds the lease by now; else if the database
    /// cannot be written.
    pub async fn know(
        self,
        lease: &Lease,
        channel: &str,
        sources: Vec<String>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let channel = channel.to_owned();
        write_as_holder(self.engine, lease, move |connection| {
            Box::pin(async move {
                for source in &sources {
                    sqlx::query(
                        "INSERT INTO pulls (channel, source, token, noticed, pulled, noticed_at, pulled_at, known_at)
                         VALUES ($1, $2, '', 1, 0, 0, 0, $3) ON CONFLICT DO NOTHING",
                    )
                    .bind(&channel)
                    .bind(source)
                    .bind(at.0)
                    .execute(&mut *connection)
                    .await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// The accounts of which a notice came since they were pulled, or that were last pulled before
    /// `before`; at most `limit`.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn due(
        self,
        channel: &str,
        before: Timestamp,
        limit: i64,
    ) -> Result<Vec<PullSource>, StoreError> {
        let rows = sqlx::query(
            "SELECT source, cursor, token, noticed_at, noticed, pulled_at, known_at FROM pulls
             WHERE channel = $1 AND (noticed > pulled OR pulled_at < $2) ORDER BY pulled_at LIMIT $3",
        )
        .bind(channel)
        .bind(before.0)
        .bind(limit)
        .fetch_all(self.engine.read())
        .await?;
        rows.iter()
            .map(|row| {
                let (pulled_at, known_at): (i64, i64) = (row.try_get(5)?, row.try_get(6)?);
                Ok(PullSource {
                    source: row.try_get(0)?,
                    cursor: row.try_get(1)?,
                    token: row.try_get(2)?,
                    noticed_at: Timestamp(row.try_get(3)?),
                    noticed: row.try_get(4)?,
                    new_since: (pulled_at == 0).then_some(Timestamp(known_at)),
                })
            })
            .collect()
    }

    /// Puts the messages of a page that are new into the inbox, with how far was pulled. What waits
    /// for a message of its asker becomes calls, before any that answer it. Returns the conversations
    /// in which something is new.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`] if another process holds the lease by now; else if the database
    /// cannot be written.
    pub async fn accept(
        self,
        lease: &Lease,
        (channel, source): (&str, &str),
        page: PulledPage,
        at: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        let (channel, source) = (channel.to_owned(), source.to_owned());
        let (new, has_calls) = write_as_holder(self.engine, lease, move |connection| {
            Box::pin(async move {
                let (mut new, mut has_calls) = (vec![], false);
                for message in &page.messages {
                    if accept_message(connection, message).await? {
                        let conversation = &message.update.conversation;
                        if message.credit.is_some() {
                            let place = (channel.as_str(), page.method.as_str());
                            has_calls |= release(connection, place, conversation, at).await?;
                        }
                        new.push(conversation.clone());
                    }
                }
                for (conversation, is_served) in &page.served {
                    note_served(connection, conversation, *is_served, at).await?;
                }
                sqlx::query(
                    "UPDATE pulls SET cursor = $3, pulled = COALESCE($4, pulled),
                         pulled_at = CASE WHEN CAST($4 AS BIGINT) IS NULL THEN pulled_at ELSE $5 END
                     WHERE channel = $1 AND source = $2",
                )
                .bind(&channel)
                .bind(&source)
                .bind(&page.cursor)
                .bind(page.noticed)
                .bind(at.0)
                .execute(connection)
                .await?;
                Ok((new, has_calls))
            })
        })
        .await?;
        self.runtime.notify(has_calls, false);
        Ok(new)
    }

    /// Since when it is known that people of their own service serve these askers, of those whom they
    /// do.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn served_since(self, conversation: &str) -> Result<Option<Timestamp>, StoreError> {
        let row = sqlx::query("SELECT at FROM served_elsewhere WHERE conversation = $1")
            .bind(conversation)
            .fetch_optional(self.engine.read())
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?.map(Timestamp))
    }

    /// Notes whether people of their own service serve an asker.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`] if another process holds the lease by now; else if the database
    /// cannot be written.
    pub async fn note_served(
        self,
        lease: &Lease,
        conversation: &str,
        is_served: bool,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let conversation = conversation.to_owned();
        write_as_holder(self.engine, lease, move |connection| {
            Box::pin(async move { note_served(connection, &conversation, is_served, at).await })
        })
        .await
    }
}

async fn accept_message(
    connection: &mut AnyConnection,
    message: &PulledMessage,
) -> Result<bool, StoreError> {
    let update = &message.update;
    if let Some(reason) = &message.unreadable {
        if seen::mark(connection, &update.channel, &update.update, update.at).await? {
            inbox::set_aside(connection, update, reason).await?;
        }
        return Ok(false);
    }
    if !inbox::accept_update(connection, update).await? {
        return Ok(false);
    }
    if let Some(credit) = &message.credit {
        grant(connection, &update.conversation, credit).await?;
    }
    Ok(true)
}

/// Makes calls of what waits for a message of an asker, who can be written to again. Returns whether
/// there was anything. The order of locks is that of [`super::credits`].
async fn release(
    connection: &mut AnyConnection,
    (channel, method): (&str, &str),
    conversation: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let chat = conversation.to_owned();
    change(connection, channel, &ChatChange::Back { chat }, at).await?;
    let last: Option<i64> =
        sqlx::query("SELECT MAX(id) FROM pushes WHERE conversation = $1 AND seen = 0")
            .bind(conversation)
            .fetch_one(&mut *connection)
            .await?
            .try_get(0)?;
    let Some(last) = last else { return Ok(false) };
    sqlx::query(
        "INSERT INTO outbox (channel, chat, conversation, method, payload, after, at)
         SELECT $1, conversation, conversation, $2, reply, 'null', $3 FROM pushes
         WHERE conversation = $4 AND seen = 0 AND id <= $5 ORDER BY id",
    )
    .bind(channel)
    .bind(method)
    .bind(at.0)
    .bind(conversation)
    .bind(last)
    .execute(&mut *connection)
    .await?;
    sqlx::query("UPDATE pushes SET seen = 1 WHERE conversation = $1 AND id <= $2")
        .bind(conversation)
        .bind(last)
        .execute(connection)
        .await?;
    Ok(true)
}

/// Notes whether people of their own service serve an asker, inside the caller's transaction.
pub(super) async fn note_served(
    connection: &mut AnyConnection,
    conversation: &str,
    is_served: bool,
    at: Timestamp,
) -> Result<(), StoreError> {
    if !is_served {
        sqlx::query("DELETE FROM served_elsewhere WHERE conversation = $1")
            .bind(conversation)
            .execute(connection)
            .await?;
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO served_elsewhere (conversation, at) VALUES ($1, $2)
         ON CONFLICT (conversation) DO UPDATE SET at = excluded.at",
    )
    .bind(conversation)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}
