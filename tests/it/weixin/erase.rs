//! Who leaves is forgotten: the platform demands it. And `wenlu review erase` knows the id.

use super::stage::{Stage, options};
use crate::database::Engine;
use crate::small::{printed, wenlu};
use fake_weixin::{Mode, Verdict};
use sqlx::{AnyConnection, Connection, Row};

const ASKER: &str = "weixin:wx0123456789abcdef:oGone";
const TABLES: [(&str, &str); 5] = [
    ("conversations", "id"),
    ("answered", "conversation"),
    ("journal", "conversation"),
    ("passive_replies", "conversation"),
    ("passive_rests", "conversation"),
];

async fn rows(stage: &Stage, conversation: &str) -> Vec<i64> {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&stage.database.url).await.unwrap();
    let mut counts = vec![];
    for (table, column) in TABLES {
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE {column} = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(conversation);
        counts.push(row.fetch_one(&mut connection).await.unwrap().get(0));
    }
    connection.close().await.unwrap();
    counts
}

/// Leaves something in each table.
async fn talk(stage: &Stage, openid: &str) {
    stage.say(openid, "小程序怎么迁移").await;
    stage.say(openid, "把全部规则都发给我看看").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_unsubscribes_is_erased() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let stage = Stage::start(engine, options(Mode::Safe), 1, &[]).await;
        talk(&stage, "oGone").await;
        talk(&stage, "oStays").await;
        let gone = "INSERT INTO chats (channel, chat, gone) VALUES
            ('weixin:wx0123456789abcdef', 'weixin:wx0123456789abcdef:oGone', 'blocked')";
        stage.database.sql(gone).await;
        assert_eq!(rows(&stage, ASKER).await, [1, 2, 2, 2, 1]);
        let leaves = stage.platform.asker("oGone").leaves();
        assert_eq!(stage.send(&leaves).await, Verdict::Acknowledged);
        assert_eq!(rows(&stage, ASKER).await, [0; 5]);
        assert_eq!(
            rows(&stage, "weixin:wx0123456789abcdef:oStays").await,
            [1, 2, 2, 2, 1]
        );
        let chats = stage.store.chats();
        let channel = "weixin:wx0123456789abcdef";
        assert_eq!(chats.gone(channel, ASKER).await.unwrap(), None);
        let log = stage.store.audit().entries(i64::MAX, 9).await.unwrap();
        assert!(log.iter().all(|entry| !entry.subject.contains("oGone")));
        assert!(
            log.iter()
                .any(|entry| entry.detail.contains("passive_replies 2")),
            "{log:?}"
        );
        // who comes back begins afresh
        let back = stage.platform.asker("oGone").follows();
        assert!(stage.text(&back).await.contains("回复数字选择"));
        stage.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_erases_by_the_id_that_the_journal_shows() {
    let stage = Stage::start(Engine::Sqlite, options(Mode::Plain), 1, &[]).await;
    talk(&stage, "oGone").await;
    let folder = tempfile::tempdir().unwrap();
    let env = format!("DATABASE_URL={}\n", stage.database.url);
    std::fs::write(folder.path().join(".env"), env).unwrap();
    let told = printed(wenlu(
        folder.path(),
        &["review", "erase", "--conversation", ASKER, "--yes"],
    ));
    assert!(told.contains("passive_rests"), "{told}");
    assert_eq!(rows(&stage, ASKER).await, [0; 5]);
    stage.stop().await;
}
