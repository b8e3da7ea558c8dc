//! Which notices the operators' addresses were told, each once. In: what happened. Out: what nobody
//! was told yet; rows, with the calls that tell it. Must not know: who is told, in which words.

use super::effects;
use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::records::{OutboxCall, TurnEffects};
use super::runtime::StoreRuntime;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};
use wenlu_core::model::Timestamp;

/// What happened. The same kind, key and spell is told once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeKey {
    pub kind: &'static str,
    /// Whom or what it is about; a conversation where it is about one.
    pub key: String,
    /// Since when, or how much of it: what ends and comes again, or becomes more, is told again.
    pub spell: i64,
}

/// What of a hand-over nobody was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UntoldKind {
    /// That nobody has taken it.
    Waiting,
    /// That its asker has waited too long for an operator's words, whether or not one took it.
    Overdue,
    /// That the time has come until which it was put aside.
    Woken,
}

/// A hand-over of which somebody is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UntoldHandover {
    pub kind: UntoldKind,
    pub conversation: String,
    pub number: i64,
    /// Since when its asker waits; or when its time came.
    pub since: Timestamp,
}

impl UntoldKind {
    pub fn word(self) -> &'static str {
        match self {
            UntoldKind::Waiting => "waiting",
            UntoldKind::Overdue => "overdue",
            UntoldKind::Woken => "woken",
        }
    }

    fn condition(self) -> &'static str {
        match self {
            UntoldKind::Waiting => "h.state = 'waiting'",
            UntoldKind::Overdue => "h.waiting_since IS NOT NULL",
            UntoldKind::Woken => "h.woken_at IS NOT NULL",
        }
    }

    fn since(self) -> &'static str {
        match self {
            UntoldKind::Waiting | UntoldKind::Overdue => "COALESCE(h.waiting_since, h.opened_at)",
            UntoldKind::Woken => "h.woken_at",
        }
    }
}

impl UntoldHandover {
    pub fn notice(&self) -> NoticeKey {
        NoticeKey {
            kind: self.kind.word(),
            key: self.conversation.clone(),
            spell: self.since.0,
        }
    }
}

/// The notices.
#[derive(Clone, Copy, Debug)]
pub struct NoticeStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
    pub(super) runtime: &'a StoreRuntime,
}

impl NoticeStore<'_> {
    /// Hand-overs of `kind` whose asker has waited since `before`, and of which nobody was told; the
    /// longest wait first, at most `limit`.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn untold_handovers(
        self,
        kind: UntoldKind,
        before: Timestamp,
        limit: i64,
    ) -> Result<Vec<UntoldHandover>, StoreError> {
        let since = kind.since();
        let sql = format!(
            "SELECT h.conversation, h.number, {since} AS since FROM handovers h
             WHERE h.open = 1 AND {} AND {since} <= $1
                 AND NOT EXISTS (SELECT 1 FROM notices n
                                 WHERE n.kind = $2 AND n.key = h.conversation AND n.spell = {since})
             ORDER BY since, h.number LIMIT $3",
            kind.condition()
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(before.0)
            .bind(kind.word())
            .bind(limit)
            .fetch_all(self.engine.read())
            .await?;
        let untold = |row: &AnyRow| {
            Ok(UntoldHandover {
                kind,
                conversation: row.try_get(0)?,
                number: row.try_get(1)?,
                since: Timestamp(row.try_get(2)?),
            })
        };
        rows.iter().map(untold).collect()
    }

    /// Whether it was told, of this spell or of a larger one.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn is_told(self, notice: &NoticeKey) -> Result<bool, StoreError> {
        let told = "SELECT 1 FROM notices WHERE kind = $1 AND key = $2 AND spell >= $3";
        let row = sqlx::query(told)
            .bind(notice.kind)
            .bind(&notice.key)
            .bind(notice.spell)
            .fetch_optional(self.engine.read())
            .await?;
        Ok(row.is_some())
    }

    /// How many messages told notices since `since`; one may have told several.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn told_since(self, since: Timestamp) -> Result<i64, StoreError> {
        let row = sqlx::query("SELECT COUNT(DISTINCT batch) FROM notices WHERE at > $1")
            .bind(since.0)
            .fetch_one(self.engine.read())
            .await?;
        Ok(row.try_get(0)?)
    }

    /// Tells all of it, or nothing. `batch` names the message that does.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] if another process told some of it; else if the database cannot be
    /// written.
    pub async fn tell(
        self,
        notices: Vec<NoticeKey>,
        batch: String,
        calls: Vec<OutboxCall>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let effects = TurnEffects {
            calls,
            ..TurnEffects::default()
        };
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    for notice in &notices {
                        let told = sqlx::query(
                            "INSERT INTO notices (kind, key, spell, batch, at) VALUES ($1, $2, $3, $4, $5)
                             ON CONFLICT (kind, key, spell) DO NOTHING",
                        )
                        .bind(notice.kind)
                        .bind(&notice.key)
                        .bind(notice.spell)
                        .bind(&batch)
                        .bind(at.0)
                        .execute(&mut *connection)
                        .await?;
                        if told.rows_affected() == 0 {
                            return Err(StoreError::Conflict);
                        }
                    }
                    effects::apply(connection, "", &effects, at).await
                })
            })
            .await?;
        self.runtime.notify(true, false);
        Ok(())
    }
}
