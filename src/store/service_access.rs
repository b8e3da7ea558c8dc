//! Access to services that grant it for a while, and why nothing can be sent. In: what the holder of
//! a channel's lease was granted or refused. Out: what every process knows of it. Must not know: any
//! service; tokens and details are opaque text.

use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::leases::{Lease, write_as_holder};
use sqlx::Row as _;
use std::fmt;
use wenlu_core::model::Timestamp;

/// What was granted, and when it counts as over.
#[derive(Clone, PartialEq, Eq)]
pub struct GrantedToken {
    pub value: String,
    pub until: Timestamp,
}

impl fmt::Debug for GrantedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GrantedToken(***, until {})", self.until.0)
    }
}

/// Why nothing can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendingFaultKind {
    /// The service is not reached.
    Unreachable,
    /// It takes no token that it granted itself.
    Token,
    /// This machine's address is not on the account's list; the detail is the address.
    AddressNotListed,
    /// It does not know the account.
    Account,
    /// The secret is not the account's.
    Secret,
    /// The account may not send.
    NoRight,
    /// What may be sent in a day is used up.
    DayQuota,
}

impl SendingFaultKind {
    const ALL: [SendingFaultKind; 7] = [
        SendingFaultKind::Unreachable,
        SendingFaultKind::Token,
        SendingFaultKind::AddressNotListed,
        SendingFaultKind::Account,
        SendingFaultKind::Secret,
        SendingFaultKind::NoRight,
        SendingFaultKind::DayQuota,
    ];

    /// As the database and readiness name it.
    pub fn code(self) -> &'static str {
        match self {
            SendingFaultKind::Unreachable => "unreachable",
            SendingFaultKind::Token => "token",
            SendingFaultKind::AddressNotListed => "address_not_listed",
            SendingFaultKind::Account => "account",
            SendingFaultKind::Secret => "secret",
            SendingFaultKind::NoRight => "no_right",
            SendingFaultKind::DayQuota => "day_quota",
        }
    }

    fn read(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Why nothing can be sent on a channel, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendingFault {
    pub channel: String,
    pub kind: SendingFaultKind,
    /// What the service said, without secrets.
    pub detail: String,
    pub since: Timestamp,
}

/// What services granted.
#[derive(Clone, Copy, Debug)]
pub struct ServiceAccessStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
}

impl ServiceAccessStore<'_> {
    /// The token of a channel, which may be over.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn token(self, channel: &str) -> Result<Option<GrantedToken>, StoreError> {
        let row = sqlx::query("SELECT value, until FROM tokens WHERE channel = $1")
            .bind(channel)
            .fetch_optional(self.engine.read())
            .await?;
        row.map(|row| {
            Ok(GrantedToken {
                value: row.try_get(0)?,
                until: Timestamp(row.try_get(1)?),
            })
        })
        .transpose()
    }

    /// Keeps what was granted, in place of what was before.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`] if another process holds the lease by now; else if the database
    /// cannot be written.
    pub async fn keep_token(
        self,
        lease: &Lease,
        channel: &str,
        token: &GrantedToken,
    ) -> Result<(), StoreError> {
        let (channel, token) = (channel.to_owned(), token.clone());
        write_as_holder(self.engine, lease, move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO tokens (channel, value, until) VALUES ($1, $2, $3)
                     ON CONFLICT (channel) DO UPDATE SET value = excluded.value, until = excluded.until",
                )
                .bind(&channel)
                .bind(&token.value)
                .bind(token.until.0)
                .execute(connection)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Notes why nothing can be sent on a channel; `None`: it can be.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`] if another process holds the lease by now; else if the database
    /// cannot be written.
    pub async fn note_fault(
        self,
        lease: &Lease,
        channel: &str,
        fault: Option<(SendingFaultKind, String)>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let channel = channel.to_owned();
        write_as_holder(self.engine, lease, move |connection| {
            Box::pin(async move {
                let Some((kind, detail)) = fault else {
                    sqlx::query("DELETE FROM sending_faults WHERE channel = $1")
                        .bind(&channel)
                        .execute(connection)
                        .await?;
                    return Ok(());
                };
                // what goes on keeps its beginning
                sqlx::query(
                    "INSERT INTO sending_faults (channel, code, detail, at) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (channel) DO UPDATE SET detail = excluded.detail, code = excluded.code,
                         at = CASE WHEN sending_faults.code = excluded.code THEN sending_faults.at
                              ELSE excluded.at END",
                )
                .bind(&channel)
                .bind(kind.code())
                .bind(&detail)
                .bind(at.0)
                .execute(connection)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// The channels on which nothing can be sent; at most `limit`.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn faults(self, limit: i64) -> Result<Vec<SendingFault>, StoreError> {
        let sql = "SELECT channel, code, detail, at FROM sending_faults ORDER BY channel LIMIT $1";
        let rows = sqlx::query(sql)
            .bind(limit)
            .fetch_all(self.engine.read())
            .await?;
        let mut faults = vec![];
        for row in rows {
            // one that a newer version wrote is not known
            let Some(kind) = SendingFaultKind::read(&row.try_get::<String, _>(1)?) else {
                continue;
            };
            faults.push(SendingFault {
                channel: row.try_get(0)?,
                kind,
                detail: row.try_get(2)?,
                since: Timestamp(row.try_get(3)?),
            });
        }
        Ok(faults)
    }
}
