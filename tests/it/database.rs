//! An empty database of its own for each test: a SQLite file, or a database of the PostgreSQL that
//! `tests/with-postgres.sh` starts.

use sqlx::{AssertSqlSafe, Connection};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use tempfile::TempDir;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

pub(crate) struct Database {
    pub url: String,
    /// Where the file is; empty with PostgreSQL.
    pub folder: TempDir,
}

impl Database {
    pub(crate) async fn new(engine: Engine) -> Database {
        let folder = tempfile::tempdir().unwrap();
        let url = match engine {
            Engine::Sqlite => format!("sqlite://{}", folder.path().join("bot.db").display()),
            Engine::Postgres => create().await,
        };
        Database { url, folder }
    }

    /// Runs a statement beside whatever else is open.
    pub(crate) async fn sql(&self, statement: &'static str) {
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(&self.url).await.unwrap();
        sqlx::query(statement)
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
    }
}

/// The same test on both.
pub(crate) async fn on_both(test: impl AsyncFn(Database)) {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        println!("on {engine:?}");
        test(Database::new(engine).await).await;
    }
}

/// A new database of the server; the whole server is thrown away in the end.
async fn create() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = std::env::var("WENLU_TEST_POSTGRES").expect(
        "the tests need a PostgreSQL: run tests/run.sh, or tests/with-postgres.sh cargo test, or name one in \
         WENLU_TEST_POSTGRES",
    );
    let name = format!("t{}_{}", std::process::id(), COUNT.fetch_add(1, Relaxed));
    let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}
