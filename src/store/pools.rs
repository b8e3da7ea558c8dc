//! Connection pools. In: where the database is. Out: a pool whose connections are set up. Must not
//! know: what is read and written.

use super::group::set_busy_timeout;
use super::opened::{BUSY_TIMEOUT, DatabaseFile};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, Connection as _};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

/// Connections to PostgreSQL.
const POSTGRES_CONNECTIONS: u32 = 12;
/// How long a request waits for a free connection before it fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A PostgreSQL connection that was idle for less than this is used without a ping.
const PING_AFTER_IDLE: Duration = Duration::from_secs(1);

pub(super) async fn sqlite_pool(
    connections: u32,
    url: &str,
    file: Option<Arc<DatabaseFile>>,
) -> Result<AnyPool, sqlx::Error> {
    // Connections are never closed for age or idleness, because an in-memory database would be
    // lost. They are not pinged either: a ping takes as long as a read.
    let mut pool = AnyPoolOptions::new()
        .max_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_connect(|connection, _| Box::pin(prepare(connection)));
    if let Some(file) = file {
        pool = pool
            .before_acquire(move |_, meta| {
                let is_ours = file.is_ours(meta.age);
                Box::pin(async move { Ok(is_ours) })
            })
            // A transaction that could not be rolled back stays open on its connection, which must
            // then not be reused. The ping waits until an abandoned statement has finished; before
            // that the state is unknown.
            .after_release(|connection, _| {
                Box::pin(async move {
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            });
    }
    pool.connect_with(AnyConnectOptions::from_str(url)?).await
}

async fn prepare(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    set_busy_timeout(connection, BUSY_TIMEOUT).await?;
    // secure_delete overwrites deleted content, which may be what a user wrote.
    for pragma in ["PRAGMA foreign_keys = ON", "PRAGMA secure_delete = ON"] {
        sqlx::query(pragma).execute(&mut *connection).await?;
    }
    // FULL: a commit waits for the disk. It is SQLite's default. Setting it reads the file; the
    // error is ignored because the next statement reports it, whereas the pool would retry this one
    // until its timeout.
    let _ = sqlx::query("PRAGMA synchronous = FULL")
        .execute(&mut *connection)
        .await;
    Ok(())
}

pub(super) async fn postgres_pool(url: &str) -> Result<AnyPool, sqlx::Error> {
    AnyPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A ping takes as long as a read, so only connections that were idle are checked.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                Ok(meta.idle_for < PING_AFTER_IDLE || connection.ping().await.is_ok())
            })
        })
        .connect_with(AnyConnectOptions::from_str(url)?)
        .await
}
