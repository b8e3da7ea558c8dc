//! A database that version 0.1.0 made: it opens, nothing in it is lost, and its conversations go on.

use crate::database::{Database, Engine};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use wenlu::store::{JournalWindow, Store};
use wenlu_core::dialogue::Conversation;

/// What `sqlite3 bot.db .dump` printed after a conversation, a publication and a new account.
const DUMP: &str = include_str!("../fixtures/store-0.1.0.sql");

/// The conversation in it.
const CONVERSATION: &str = "terminal:1795777995183-11816";

#[tokio::test]
async fn a_database_of_0_1_0_is_carried_over() {
    let database = Database::new(Engine::Sqlite).await;
    let url = format!("{}?mode=rwc", database.url);
    let mut old = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(DUMP))
        .execute(&mut old)
        .await
        .unwrap();
    old.close().await.unwrap();

    let store = Store::open(&database.url).await.unwrap();
    assert_eq!(store.journal().count().await.unwrap(), 5);
    let questions = store
        .journal()
        .questions(JournalWindow::default(), 100)
        .await
        .unwrap();
    let texts: Vec<&str> = questions.iter().map(|asked| asked.0.as_str()).collect();
    assert!(texts.contains(&"小程序怎么注销"), "{texts:?}");
    let changes = store.reviews().changes(i64::MAX, 10).await.unwrap();
    let summaries: Vec<&str> = changes
        .iter()
        .map(|change| change.summary.as_str())
        .collect();
    assert_eq!(summaries.len(), 2, "{summaries:?}");
    assert!(store.accounts().find("lin").await.unwrap().is_some());
    let opened = store.turns().open(CONVERSATION, None).await.unwrap();
    let state: Conversation = serde_json::from_str(&opened.state.unwrap()).unwrap();
    let question = state.question.unwrap();
    assert_eq!(question.text, "我的手机号是［手机号］，怎么投诉侵权");
    store.close().await;
}
