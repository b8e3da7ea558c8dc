//! A database whose ids of chats, messages and updates are numbers, as earlier versions had them, is carried over: what waited is
//! still called, and what was known of a chat is found under its text.

use crate::database::{Database, Engine};
use crate::erase::execute;
use sqlx::migrate::{Migrate, Migration, MigrationType, Migrator};
use sqlx::{Connection, PgConnection, SqlSafeStr, SqliteConnection};
use std::path::Path;
use wenlu::store::records::DeliveredUpdate;
use wenlu::store::{SilenceScope, Store};
use wenlu_core::model::Timestamp;

const TEXT_IDS: &str = "text_ids";
const IN_WEIXIN: &str = "weixin:wx0:oAsker";
const IN_WECOM: &str = "wecom:wk0:wmAsker";

/// The migrations before that of the ids.
fn earlier(engine: Engine) -> Vec<Migration> {
    let folder = match engine {
        Engine::Sqlite => "src/store/migrations/sqlite",
        Engine::Postgres => "src/store/migrations/postgres",
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let named = files.iter().map(|file| {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let (number, name) = name.split_once('_').unwrap();
        let sql = std::fs::read_to_string(file).unwrap();
        let sql = sqlx::AssertSqlSafe(sql).into_sql_str();
        let number = number.parse().unwrap();
        Migration::new(
            number,
            name.to_owned().into(),
            MigrationType::Simple,
            sql,
            false,
        )
    });
    let before: Vec<Migration> = named
        .take_while(|migration| migration.description != TEXT_IDS)
        .collect();
    assert!(before.len() > 20);
    before
}

async fn migrate<C: Migrate>(connection: &mut C, engine: Engine) {
    let migrator = Migrator::with_migrations(earlier(engine));
    migrator.run_direct(None, connection, false).await.unwrap();
}

async fn older(engine: Engine) -> Database {
    let database = Database::new(engine).await;
    match engine {
        Engine::Sqlite => {
            let url = format!("{}?mode=rwc", database.url);
            let mut connection = SqliteConnection::connect(&url).await.unwrap();
            migrate(&mut connection, engine).await;
            connection.close().await.unwrap();
        }
        Engine::Postgres => {
            let mut connection = PgConnection::connect(&database.url).await.unwrap();
            migrate(&mut connection, engine).await;
            connection.close().await.unwrap();
        }
    }
    let call = |channel: &str, chat: i64, conversation: &str| {
        format!(
            "INSERT INTO outbox (channel, chat, conversation, method, payload, after, at)
             VALUES ('{channel}', {chat}, '{conversation}', 'm', '{{}}', 'null', 9)"
        )
    };
    let handover = |conversation: &str, rest: &str| {
        format!(
            "INSERT INTO handovers (conversation, chat, thread, card, number, opened_at, last_at, open, state)
             VALUES ('{conversation}', {rest}, 1, 1, 1, 'taken')"
        )
    };
    execute(
        &database.url,
        &[
            call("telegram:1", -7, "telegram:-7.0.42"),
            call("telegram:1", 0, "telegram:42"),
            call("weixin:wx0", 7_700_000_000_000, IN_WEIXIN),
            call("bridge", 7_800_000_000_000, "bridge:13800000000"),
            call("notices mail", 7_900_000_000_000, ""),
            format!(
                "INSERT INTO undelivered (channel, chat, conversation, method, reason, at)
                 VALUES ('wecom:ww0', 8000000000000, '{IN_WECOM}', 'm', 'blocked', 9)"
            ),
            "INSERT INTO chats (channel, chat, gone, moved_to) VALUES ('telegram:1', -7, NULL, -1007),
                 ('telegram:1', -1007, 'blocked', NULL), ('weixin:wx0', 7700000000000, 'blocked', NULL),
                 ('wecom:ww0', 8000000000000, 'blocked', NULL), ('weixin:wx0', 99, 'blocked', NULL)"
                .to_owned(),
            handover("telegram:42", "-1007, 3, 4, 1"),
            handover("web:a", "0, NULL, NULL, 2"),
            "INSERT INTO relayed (chat, message, conversation, at, brought_as) VALUES (-1007, 5, 'telegram:42', 9, 6)".to_owned(),
            "INSERT INTO inbox (channel, update_id, conversation, payload, at) VALUES ('telegram:1', 55, 'telegram:42', '{}', 9)"
                .to_owned(),
            "INSERT INTO seen (channel, update_id, at) VALUES ('telegram:1', 55, 9), ('said:42', -56, 9)".to_owned(),
            "INSERT INTO quarantine (channel, update_id, payload, reason, at) VALUES ('telegram:1', 57, '{}', 'r', 9),
                 ('telegram:1', NULL, '{}', 'r', 9)"
                .to_owned(),
        ],
    )
    .await;
    database
}

#[tokio::test]
async fn what_waited_under_numbers_is_called_under_text() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let database = older(engine).await;
        let store = Store::open(&database.url).await.unwrap();
        let chats = async |channel: &str| {
            let heads = store
                .outbox()
                .heads(channel, Timestamp(9), 9)
                .await
                .unwrap();
            let chats = heads
                .into_iter()
                .map(|head| (head.chat, head.gone.is_some()));
            chats.collect::<Vec<_>>()
        };
        let is = |chat: &str, gone| (chat.to_owned(), gone);
        assert_eq!(chats("telegram:1").await, [is("-7", false), is("", false)]);
        assert_eq!(chats("weixin:wx0").await, [is(IN_WEIXIN, true)]);
        assert_eq!(chats("bridge").await, [is("bridge:13800000000", false)]);
        assert_eq!(chats("notices mail").await, [is("7900000000000", false)]);
        let known = store.chats();
        let moved = known.current("telegram:1", "-7").await.unwrap();
        assert_eq!(moved, "-1007");
        for (channel, chat) in [("telegram:1", "-1007"), ("wecom:ww0", IN_WECOM)] {
            assert!(known.gone(channel, chat).await.unwrap().is_some(), "{chat}");
        }
        // of a hash that nothing explains, nothing is left
        assert!(known.gone("weixin:wx0", "99").await.unwrap().is_none());
        store.close().await;
    }
}

#[tokio::test]
async fn what_was_seen_and_told_under_numbers_is_found_under_text() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let database = older(engine).await;
        let store = Store::open(&database.url).await.unwrap();
        let handovers = store.handovers();
        let found = handovers.of_thread("-1007", "3").await.unwrap().unwrap();
        assert_eq!(
            (
                found.conversation.as_str(),
                found.chat.as_str(),
                found.card.as_deref()
            ),
            ("telegram:42", "-1007", Some("4"))
        );
        assert_eq!(
            handovers.of_message("-1007", "5").await.unwrap(),
            Some(found)
        );
        let brought = handovers.brought_as("-1007", "5").await.unwrap();
        assert_eq!(brought.as_deref(), Some("6"));
        for (scope, expected) in [
            (SilenceScope::Group, "telegram:42"),
            (SilenceScope::List, "web:a"),
        ] {
            let silent = handovers.silent_since(scope, Timestamp(9)).await.unwrap();
            assert_eq!(silent, [(expected.to_owned(), Timestamp(1))]);
        }
        let again = DeliveredUpdate {
            channel: "telegram:1".to_owned(),
            update: "55".to_owned(),
            conversation: "telegram:42".to_owned(),
            payload: "{}".to_owned(),
            at: Timestamp(9),
        };
        let inbox = store.inbox();
        assert_eq!(inbox.accept(vec![again]).await.unwrap(), 0);
        assert!(inbox.was_seen("said:42", "-56").await.unwrap());
        let waiting = inbox.oldest("telegram:42", &["telegram:1"]).await.unwrap();
        assert_eq!(waiting.unwrap().update, "55");
        assert_eq!(inbox.count_quarantined().await.unwrap(), 2);
        // numbers of calls go on where they were
        let last = "INSERT INTO outbox (channel, chat, conversation, method, payload, after, at)
                    SELECT 'a', '', '', 'm', '', '', 0 WHERE (SELECT MAX(id) FROM outbox) = 5";
        execute(&database.url, &[last.to_owned()]).await;
        assert_eq!(store.outbox().count().await.unwrap(), 6);
        store.close().await;
    }
}
