//! A real server process on a disk that fails when a test says so.

use crate::database::{Database, Engine};
use crate::server::chat_name;
use crate::talk::process::{PATIENCE, Process, Setup};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Compiled once: [`fault.c`](./fault.c).
static LIBRARY: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("fault.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/faults/fault.c");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .status();
    assert!(compiled.unwrap().success());
    (folder, library)
});

/// A server that is not running.
pub(super) struct Stopped {
    pub database: Database,
    setup: Setup,
    flag: PathBuf,
}

pub(super) struct Machine {
    pub database: Database,
    pub process: Process,
    setup: Setup,
    flag: PathBuf,
    address: String,
    client: reqwest::Client,
}

impl Machine {
    #[expect(clippy::new_ret_no_self, reason = "it is started next")]
    pub(super) async fn new() -> Stopped {
        Machine::with(Database::new(Engine::Sqlite).await)
    }

    /// On another database.
    pub(super) fn on(url: String) -> Stopped {
        let folder = tempfile::tempdir().unwrap();
        Machine::with(Database { url, folder })
    }

    fn with(database: Database) -> Stopped {
        let setup = Setup::web(&database.url);
        let flag = setup.folder().join("fault");
        let library = LIBRARY.1.to_str().unwrap();
        let setup = setup
            .with("LD_PRELOAD", library)
            .with("FAULT_FOLDER", database.folder.path().to_str().unwrap())
            .with("FAULT_FLAG", flag.to_str().unwrap())
            .with(
                "FAULT_CLOCK",
                flag.with_extension("clock").to_str().unwrap(),
            );
        Stopped {
            database,
            setup,
            flag,
        }
    }

    pub(super) fn fail(&self, how: &str) {
        set_flag(&self.flag, how);
    }

    pub(super) fn mend(&self) {
        std::fs::remove_file(&self.flag).unwrap();
    }

    /// A message of its own conversation; the status.
    pub(super) async fn send(&self, number: usize) -> u16 {
        let body = json!({"conversation": chat_name(&format!("c{number}")), "id": number.to_string(), "text": "注销"});
        let sent = self
            .client
            .post(format!("{}/api/v1/messages", self.address))
            .json(&body)
            .send();
        sent.await
            .unwrap_or_else(|error| panic!("{error}\n{}", self.process.log()))
            .status()
            .as_u16()
    }

    /// Many at once.
    pub(super) async fn send_all(&self, numbers: Range<usize>) -> Vec<u16> {
        stream::iter(numbers)
            .map(|number| self.send(number))
            .buffer_unordered(16)
            .collect()
            .await
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        let url = format!("{}{path}", self.address);
        self.client.get(url).send().await.unwrap()
    }

    pub(super) async fn ready(&self) -> (u16, String) {
        let response = self.get("/readyz").await;
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["ready"], status == 200, "{body}");
        (status, body["store"].as_str().unwrap().to_owned())
    }

    /// All that `/readyz` tells.
    pub(super) async fn readiness(&self) -> Value {
        self.get("/readyz").await.json().await.unwrap()
    }

    pub(super) async fn metrics(&self) -> String {
        self.get("/metrics").await.text().await.unwrap()
    }

    /// How many rows a table has.
    pub(super) async fn count(&self, table: &str) -> i64 {
        crate::erase::count(&self.database.url, table).await
    }

    /// Sets the clock off by so many seconds.
    pub(super) fn set_clock(&self, seconds: i64) {
        set_flag(&self.flag.with_extension("clock"), &seconds.to_string());
    }

    pub(super) fn right_clock(&self) {
        std::fs::remove_file(self.flag.with_extension("clock")).unwrap();
    }

    /// What another command of the program prints, on the same machine with the same settings.
    pub(super) fn command(&self, arguments: &[&str]) -> String {
        self.setup.run(arguments)
    }

    pub(super) async fn becomes_ready(&self) {
        self.becomes((200, "ok".to_owned())).await;
    }

    pub(super) async fn becomes_unready(&self, code: &str) {
        self.becomes((503, code.to_owned())).await;
    }

    async fn becomes(&self, expected: (u16, String)) {
        let begun = Instant::now();
        loop {
            let ready = self.ready().await;
            if ready == expected {
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{ready:?} instead of {expected:?}\n{}",
                self.process.log()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(super) fn file(&self) -> PathBuf {
        self.database.folder.path().join("bot.db")
    }

    /// A whole copy of the database in its folder.
    pub(super) async fn backup(&self) -> PathBuf {
        let file = self.database.folder.path().join("backup.db");
        let mut connection = SqliteConnection::connect(&self.database.url).await.unwrap();
        let copy = format!("VACUUM INTO '{}'", file.display());
        sqlx::query(AssertSqlSafe(copy))
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
        file
    }

    /// The messages in the journal, as often as they are there. The process is gone afterwards.
    pub(super) async fn stored(self) -> Vec<usize> {
        self.process.kill();
        let mut connection = SqliteConnection::connect(&self.database.url).await.unwrap();
        let rows: Vec<(String,)> =
            sqlx::query_as("SELECT message FROM journal WHERE message IS NOT NULL ORDER BY CAST(message AS INTEGER)")
                .fetch_all(&mut connection)
                .await
                .unwrap();
        let (whole,): (String,) = sqlx::query_as("PRAGMA integrity_check")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(whole, "ok");
        rows.into_iter()
            .map(|(message,)| message.parse().unwrap())
            .collect()
    }

    pub(super) fn stop(self) -> Stopped {
        self.process.kill();
        Stopped {
            database: self.database,
            setup: self.setup,
            flag: self.flag,
        }
    }
}

impl Stopped {
    pub(super) fn fail(&self, how: &str) {
        set_flag(&self.flag, how);
    }

    pub(super) fn mend(&self) {
        std::fs::remove_file(&self.flag).unwrap();
    }

    pub(super) async fn start(self) -> Machine {
        let process = self.setup.start();
        let listening = process.listening().await;
        let address = format!(
            "http://{}",
            listening.unwrap_or_else(|| panic!("{}", process.log()))
        );
        let client = reqwest::Client::new();
        Machine {
            database: self.database,
            process,
            setup: self.setup,
            flag: self.flag,
            address,
            client,
        }
    }

    /// Sets the clock off by so many seconds.
    pub(super) fn set_clock(&self, seconds: i64) {
        set_flag(&self.flag.with_extension("clock"), &seconds.to_string());
    }

    pub(super) fn right_clock(&self) {
        std::fs::remove_file(self.flag.with_extension("clock")).unwrap();
    }

    /// What another command of the program prints, on the same machine with the same settings.
    pub(super) fn command(&self, arguments: &[&str]) -> String {
        self.setup.run(arguments)
    }

    /// Starts it, which is to fail; what it says, and after how long.
    pub(super) fn fails_to_start(&self) -> (String, Duration) {
        let begun = Instant::now();
        let ended = self
            .setup
            .command()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert!(!ended.status.success());
        (
            String::from_utf8_lossy(&ended.stderr).into_owned(),
            begun.elapsed(),
        )
    }
}

/// Whole or not at all.
fn set_flag(flag: &Path, how: &str) {
    let unfinished = flag.with_extension("new");
    std::fs::write(&unfinished, how).unwrap();
    std::fs::rename(unfinished, flag).unwrap();
}
