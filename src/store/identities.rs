//! Who the visitors of sites are, as the sites sign it: which conversation is whose. In: a visitor, and
//! the conversation on their page. Out: the conversation that is theirs. Must not know: how a site
//! signs, what is said.

use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::handover_changes;
use sqlx::{AnyConnection, Row as _};
use wenlu_core::model::Timestamp;

/// A visitor of a site.
#[derive(Clone, PartialEq, Eq)]
pub struct KnownVisitor {
    pub site: String,
    /// The site's own id of them.
    pub subject: String,
    pub name: Option<String>,
}

impl std::fmt::Debug for KnownVisitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KnownVisitor")
            .field("site", &self.site)
            .finish_non_exhaustive()
    }
}

/// Who visitors are.
#[derive(Clone, Copy, Debug)]
pub struct IdentityStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
}

impl IdentityStore<'_> {
    /// Who the asker of a conversation is; `None` if no site said so.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn of(self, conversation: &str) -> Result<Option<KnownVisitor>, StoreError> {
        let sql = "SELECT site, subject, name FROM identities WHERE conversation = $1";
        let row = sqlx::query(sql)
            .bind(conversation)
            .fetch_optional(self.engine.read())
            .await?;
        let visitor = row.map(|row| {
            Ok::<_, StoreError>(KnownVisitor {
                site: row.try_get(0)?,
                subject: row.try_get(1)?,
                name: row.try_get(2)?,
            })
        });
        visitor.transpose()
    }

    /// The conversation of a visitor: the one that they had before, else `present`, the one on their
    /// page, unless that is somebody else's; then `fresh`.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn join(
        self,
        visitor: KnownVisitor,
        (present, fresh): (&str, &str),
        at: Timestamp,
    ) -> Result<String, StoreError> {
        let choices = [present.to_owned(), fresh.to_owned()];
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    let mut own = touch(connection, &visitor, at).await?;
                    for choice in &choices {
                        if own.is_none() {
                            own = claim(connection, &visitor, choice, at).await?;
                        }
                    }
                    let own = own.ok_or(StoreError::Conflict)?;
                    name_handover(connection, &own, visitor.name.as_deref()).await?;
                    Ok(own)
                })
            })
            .await
    }
}

/// The conversation that the visitor has already.
async fn touch(
    connection: &mut AnyConnection,
    visitor: &KnownVisitor,
    at: Timestamp,
) -> Result<Option<String>, StoreError> {
    let sql = "UPDATE identities SET name = $3, at = $4 WHERE site = $1 AND subject = $2 RETURNING conversation";
    let row = sqlx::query(sql)
        .bind(&visitor.site)
        .bind(&visitor.subject)
        .bind(&visitor.name)
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Makes a conversation the visitor's; `None` if it is somebody else's. Another process may have been
/// faster: theirs is taken then.
async fn claim(
    connection: &mut AnyConnection,
    visitor: &KnownVisitor,
    conversation: &str,
    at: Timestamp,
) -> Result<Option<String>, StoreError> {
    sqlx::query(
        "INSERT INTO identities (site, subject, conversation, name, at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
    )
    .bind(&visitor.site)
    .bind(&visitor.subject)
    .bind(conversation)
    .bind(&visitor.name)
    .bind(at.0)
    .execute(&mut *connection)
    .await?;
    touch(connection, visitor, at).await
}

/// Operators who read the conversation see the name at once.
async fn name_handover(
    connection: &mut AnyConnection,
    conversation: &str,
    name: Option<&str>,
) -> Result<(), StoreError> {
    let sql = "UPDATE handovers SET asker = $2
        WHERE conversation = $1 AND open = 1 AND COALESCE(asker, '') <> COALESCE($2, '')";
    let named = sqlx::query(sql)
        .bind(conversation)
        .bind(name)
        .execute(&mut *connection)
        .await?;
    match named.rows_affected() {
        0 => Ok(()),
        _ => handover_changes::mark_changed(connection, conversation).await,
    }
}
