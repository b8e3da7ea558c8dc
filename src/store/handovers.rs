//! Hand-overs: the conversations that operators take part in, where the operators see them, and the
//! replies pushed to web pages.

use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::leases::{Lease, write_as_holder};
use super::records::{AskerPage, CallReceipt, HandoverRecord, PushedReply};
use super::runtime::StoreRuntime;
use super::values::from_serde_name;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};
use tokio::sync::watch;
use wenlu_core::model::Timestamp;

pub(super) const FIELDS: &str = "SELECT * FROM handovers";

/// Which hand-overs silence may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SilenceScope {
    /// Those of the operators' group that one of them has taken: others wait.
    Group,
    /// Those of the group, waiting or not, that no operator has taken from the list.
    GroupOnly,
    /// Those of the list that an operator has taken: others wait.
    List,
}

impl SilenceScope {
    fn condition(self) -> &'static str {
        match self {
            SilenceScope::Group => "chat <> '' AND state = 'taken' AND snoozed_until IS NULL",
            SilenceScope::GroupOnly => {
                "chat <> '' AND (assignee IS NULL OR assignee LIKE 'telegram:%')"
            }
            SilenceScope::List => "chat = '' AND state = 'taken' AND snoozed_until IS NULL",
        }
    }
}

/// The hand-overs.
#[derive(Clone, Copy, Debug)]
pub struct HandoverStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
    pub(super) runtime: &'a StoreRuntime,
}

impl HandoverStore<'_> {
    /// The hand-over of a conversation, open or closed; `None` if there never was one.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn of(self, conversation: &str) -> Result<Option<HandoverRecord>, StoreError> {
        let sql = format!("{FIELDS} WHERE conversation = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(conversation)
            .fetch_optional(self.engine.read())
            .await?;
        row.as_ref().map(handover).transpose()
    }

    /// The hand-over that a topic of the operators' group belongs to.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn of_thread(
        self,
        chat: &str,
        thread: &str,
    ) -> Result<Option<HandoverRecord>, StoreError> {
        let sql = format!("{FIELDS} WHERE chat = $1 AND thread = $2 ORDER BY last_at DESC LIMIT 1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(chat)
            .bind(thread)
            .fetch_optional(self.engine.read())
            .await?;
        row.as_ref().map(handover).transpose()
    }

    /// The hand-over that a message in the operators' group belongs to.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn of_message(
        self,
        chat: &str,
        message: &str,
    ) -> Result<Option<HandoverRecord>, StoreError> {
        let sql = format!(
            "{FIELDS} WHERE conversation = (SELECT conversation FROM relayed WHERE chat = $1 AND message = $2)"
        );
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(chat)
            .bind(message)
            .fetch_optional(self.engine.read())
            .await?;
        row.as_ref().map(handover).transpose()
    }

    /// The message that an asker got of a message in the operators' group; `None` if none did, or
    /// not yet.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn brought_as(self, chat: &str, message: &str) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT brought_as FROM relayed WHERE chat = $1 AND message = $2")
            .bind(chat)
            .bind(message)
            .fetch_optional(self.engine.read())
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?.flatten())
    }

    /// The conversations of open hand-overs in this chat of operators.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn open_in(self, chat: &str) -> Result<Vec<String>, StoreError> {
        let open =
            "SELECT conversation FROM handovers WHERE open = 1 AND chat = $1 ORDER BY opened_at";
        let rows = sqlx::query(open)
            .bind(chat)
            .fetch_all(self.engine.read())
            .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Open hand-overs of `scope` in which nobody has written since `before`, with the time of the
    /// last message.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn silent_since(
        self,
        scope: SilenceScope,
        before: Timestamp,
    ) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let sql = format!(
            "SELECT conversation, last_at FROM handovers WHERE open = 1 AND last_at < $1 AND {}",
            scope.condition()
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(before.0)
            .fetch_all(self.engine.read())
            .await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, Timestamp(row.try_get(1)?))))
            .collect()
    }

    /// Hand-overs whose asker waits for words of an operator who is gone, with the number of their
    /// last change. One who has an account here is gone if they have not looked at the list since
    /// `before`; of another, elsewhere, it is only known whether they write: they are gone if the
    /// asker has waited since then.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn abandoned_since(
        self,
        before: Timestamp,
        limit: i64,
    ) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = sqlx::query(
            "SELECT h.conversation, h.rev FROM handovers h
                 LEFT JOIN accounts a ON a.name = h.assignee
                 LEFT JOIN presence p ON p.account = h.assignee
             WHERE h.open = 1 AND h.state = 'taken' AND h.waiting_since IS NOT NULL AND h.snoozed_until IS NULL
                 AND CASE WHEN a.name IS NULL THEN h.waiting_since ELSE COALESCE(p.at, 0) END < $1
             ORDER BY h.waiting_since LIMIT $2",
        )
        .bind(before.0)
        .bind(limit)
        .fetch_all(self.engine.read())
        .await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect()
    }

    /// Notifies when this process pushes replies to a page. Those of other processes have to be
    /// polled: see [`HandoverStore::newest_pushes`].
    pub fn watch_pushes(self) -> watch::Receiver<u64> {
        self.runtime.pushes.subscribe()
    }

    /// A number that changes when any process pushes a reply: the sum of the newest ids, because
    /// a transaction may end after others that began later.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn newest_pushes(self) -> Result<i64, StoreError> {
        let row = sqlx::query(
            "SELECT CAST(COALESCE(SUM(id), 0) AS BIGINT)
             FROM (SELECT id FROM pushes ORDER BY id DESC LIMIT 100) AS newest",
        )
        .fetch_one(self.engine.read())
        .await?;
        Ok(row.try_get(0)?)
    }

    /// The replies pushed to a conversation's web page, after the one with id `after`.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn pushes(
        self,
        conversation: &str,
        after: i64,
        limit: i64,
    ) -> Result<Vec<PushedReply>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, reply FROM pushes WHERE conversation = $1 AND id > $2 ORDER BY id LIMIT $3",
        )
        .bind(conversation)
        .bind(after)
        .bind(limit)
        .fetch_all(self.engine.read())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(PushedReply {
                    id: row.try_get(0)?,
                    reply: row.try_get(1)?,
                })
            })
            .collect()
    }

    /// The id of the last reply pushed to a conversation's web page; 0 if there is none.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn last_push(self, conversation: &str) -> Result<i64, StoreError> {
        let sql = "SELECT CAST(COALESCE(MAX(id), 0) AS BIGINT) FROM pushes WHERE conversation = $1";
        let row = sqlx::query(sql)
            .bind(conversation)
            .fetch_one(self.engine.read())
            .await?;
        Ok(row.try_get(0)?)
    }

    /// The asker's page has shown the replies up to the one with this id.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn mark_pushes_seen(self, conversation: &str, until: i64) -> Result<(), StoreError> {
        let unseen =
            "SELECT 1 FROM pushes WHERE conversation = $1 AND id <= $2 AND seen = 0 LIMIT 1";
        let found = sqlx::query(unseen)
            .bind(conversation)
            .bind(until)
            .fetch_optional(self.engine.read())
            .await?;
        if found.is_none() {
            return Ok(());
        }
        let conversation = conversation.to_owned();
        self.engine
            .write(move |connection| {
                Box::pin(async move { mark_seen(connection, &conversation, until).await })
            })
            .await
    }

    /// Forgets the topic of a conversation, which was deleted: its messages go to the group itself
    /// from now on.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`] if another process holds the lease by now; else if the database cannot be
    /// written.
    pub async fn forget_topic(self, lease: &Lease, conversation: &str) -> Result<(), StoreError> {
        let conversation = conversation.to_owned();
        write_as_holder(self.engine, lease, move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "UPDATE handovers SET thread = NULL, card = NULL WHERE conversation = $1",
                )
                .bind(&conversation)
                .execute(connection)
                .await?;
                Ok(())
            })
        })
        .await
    }
}

/// The asker has got the pushed replies up to the one with this id.
pub(super) async fn mark_seen(
    connection: &mut AnyConnection,
    conversation: &str,
    until: i64,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE pushes SET seen = 1 WHERE conversation = $1 AND id <= $2 AND seen = 0")
        .bind(conversation)
        .bind(until)
        .execute(connection)
        .await?;
    Ok(())
}

/// Stores where the operators see a conversation, inside the caller's transaction.
pub(super) async fn record_receipt(
    connection: &mut AnyConnection,
    sent: &CallReceipt,
) -> Result<(), StoreError> {
    let Some(about) = &sent.handover else {
        return Ok(());
    };
    let told = sent.messages.iter().map(|message| (message, None));
    let brought = sent.brought.iter().map(|(own, copy)| (own, Some(copy)));
    for (message, copy) in told.chain(brought) {
        sqlx::query(
            "INSERT INTO relayed (chat, message, conversation, at, brought_as) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (chat, message) DO UPDATE SET brought_as = excluded.brought_as",
        )
        .bind(&sent.chat)
        .bind(message)
        .bind(about)
        .bind(sent.at.0)
        .bind(copy)
        .execute(&mut *connection)
        .await?;
    }
    if let Some(message) = sent.messages.first() {
        let card = "UPDATE handovers SET card = COALESCE(card, $2) WHERE conversation = $1";
        sqlx::query(card)
            .bind(about)
            .bind(message)
            .execute(&mut *connection)
            .await?;
    }
    if let Some(thread) = &sent.thread {
        let topic = "UPDATE handovers SET thread = $2, card = NULL WHERE conversation = $1";
        sqlx::query(topic)
            .bind(about)
            .bind(thread)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

fn page(row: &AnyRow) -> Result<Option<AskerPage>, StoreError> {
    let Some(address) = row.try_get("page_address")? else {
        return Ok(None);
    };
    let title: Option<String> = row.try_get("page_title")?;
    Ok(Some(AskerPage {
        address,
        title: title.unwrap_or_default(),
    }))
}

pub(super) fn handover(row: &AnyRow) -> Result<HandoverRecord, StoreError> {
    let moment = |column: &str| {
        row.try_get::<Option<i64>, _>(column)
            .map(|at| at.map(Timestamp))
    };
    Ok(HandoverRecord {
        conversation: row.try_get("conversation")?,
        number: row.try_get("number")?,
        chat: row.try_get("chat")?,
        thread: row.try_get("thread")?,
        card: row.try_get("card")?,
        open: row.try_get::<i64, _>("open")? != 0,
        stage: from_serde_name(&row.try_get::<String, _>("state")?)?,
        assignee: row.try_get("assignee")?,
        asker: row.try_get("asker")?,
        question: row.try_get("question")?,
        page: page(row)?,
        opened_at: Timestamp(row.try_get("opened_at")?),
        waiting_since: moment("waiting_since")?,
        snoozed_until: moment("snoozed_until")?,
        woken_at: moment("woken_at")?,
        reason: row.try_get("reason")?,
        seq: row.try_get("seq")?,
        rev: row.try_get("rev")?,
    })
}
