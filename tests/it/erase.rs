//! What goes away: with time, when it was handled, and because an asker wants it. Not only the rows: no file holds it.

use crate::database::{Database, Engine, on_both};
use crate::server::Server;
use crate::small::{printed, wenlu};
use crate::tiny;
use serde_json::Value;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row as _};
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;
use wenlu::clock::now;
use wenlu::store::Store;
use wenlu::store::records::{
    CallReceipt, DeliveredUpdate, HandoverChange, OutboxCall, TurnEffects,
};
use wenlu::turn::{AnswerEngine, Bot};
use wenlu_core::model::{ConversationId, IncomingBody, MessageId, Timestamp};

const DAY: i64 = 86_400_000;
const DAYS: Duration = Duration::from_secs(86_400);

async fn connect(url: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(url).await.unwrap()
}

pub(crate) async fn execute(url: &str, statements: &[String]) {
    let mut connection = connect(url).await;
    let mut transaction = connection.begin().await.unwrap();
    for statement in statements {
        sqlx::query(AssertSqlSafe(statement.clone()))
            .execute(&mut *transaction)
            .await
            .unwrap();
    }
    transaction.commit().await.unwrap();
    connection.close().await.unwrap();
}

pub(crate) async fn count(url: &str, table: &str) -> i64 {
    let mut connection = connect(url).await;
    let sql = format!("SELECT COUNT(*) FROM {table}");
    let count = sqlx::query(AssertSqlSafe(sql))
        .fetch_one(&mut connection)
        .await
        .unwrap()
        .get(0);
    connection.close().await.unwrap();
    count
}

/// The first column of each row.
pub(crate) async fn texts(url: &str, sql: &'static str) -> Vec<String> {
    let mut connection = connect(url).await;
    let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// How often the bytes of `text` stand in the files of a folder.
fn in_files(folder: &Path, text: &str) -> usize {
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.is_file());
    let bytes = files.map(|file| std::fs::read(file).unwrap());
    bytes
        .map(|bytes| {
            bytes
                .windows(text.len())
                .filter(|part| *part == text.as_bytes())
                .count()
        })
        .sum()
}

/// How many rows of the whole database name `text`, whatever the table.
async fn in_rows(url: &str, text: &str) -> i64 {
    let mut connection = connect(url).await;
    let tables =
        sqlx::query("SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()");
    let mut found = 0;
    for table in tables.fetch_all(&mut connection).await.unwrap() {
        let table: String = table.get(0);
        let sql = format!("SELECT COUNT(*) FROM \"{table}\" AS t WHERE t::text LIKE '%{text}%'");
        found += sqlx::query(AssertSqlSafe(sql))
            .fetch_one(&mut connection)
            .await
            .unwrap()
            .get::<i64, _>(0);
    }
    connection.close().await.unwrap();
    found
}

/// Wherever it can be seen.
async fn seen(database: &Database, text: &str) -> usize {
    match database.url.starts_with("sqlite:") {
        true => in_files(database.folder.path(), text),
        false => usize::try_from(in_rows(&database.url, text).await).unwrap(),
    }
}

#[tokio::test]
async fn old_turns_go_and_conversations_with_them() {
    on_both(async |database| {
        let store = Store::open(&database.url).await.unwrap();
        let bot = Bot::new(
            Arc::new(AnswerEngine::new(tiny::knowledge(), tiny::Table)),
            store.clone(),
        );
        let say = async |conversation: &str, text: &str, at: i64| {
            let conversation = ConversationId::parse(conversation).unwrap();
            let message = MessageId::parse(&at.to_string()).unwrap();
            bot.handle(
                &conversation,
                Some(&message),
                IncomingBody::Text(text.into()),
                Timestamp(at),
            )
            .await
            .unwrap();
        };
        for turn in 0..1_200 {
            say(
                &format!("web:old-{}", turn % 100),
                &format!("捞针甲{turn}"),
                turn,
            )
            .await;
        }
        say("web:both", "捞针甲", 5).await;
        say("web:both", "捞针乙", 50 * DAY).await;
        say("web:young", "捞针乙", 60 * DAY).await;
        let handover = |conversation: &str, last: i64, open: i64| {
            format!(
                "INSERT INTO handovers (conversation, chat, thread, card, opened_at, last_at, open, number)
                 SELECT '{conversation}', -7, 1, 1, 0, {last}, {open}, COUNT(*) + 1 FROM handovers"
            )
        };
        execute(
            &database.url,
            &[
                handover("web:甲-closed", 1, 0),
                handover("web:乙-open", 1, 1),
                handover("web:乙-young", 60 * DAY, 0),
                "INSERT INTO relayed (chat, message, conversation, at) VALUES (-7, 1, 'web:甲', 1), (-7, 2, 'web:乙', 5184000000)"
                    .to_owned(),
                "INSERT INTO undelivered (channel, chat, conversation, method, reason, at)
                 VALUES ('telegram:1', 5, 'web:甲', 'sendMessage', 'gone', 1)"
                    .to_owned(),
                "INSERT INTO placed (question, cluster) VALUES (1, 1), (1202, 1)".to_owned(),
            ],
        )
        .await;
        let now = Timestamp(91 * DAY);
        let sweep = async |kept, confirmed| {
            let swept = store.retention().sweep(now, kept, confirmed);
            swept.await.unwrap().turns()
        };
        assert_eq!(sweep(None, false).await, 0);
        assert_eq!(
            (
                count(&database.url, "answered").await,
                count(&database.url, "journal").await
            ),
            (0, 1_203)
        );
        assert_eq!(sweep(Some(90 * DAYS), false).await, 0, "too much");
        assert_eq!(sweep(Some(90 * DAYS), true).await, 1_201);
        assert_eq!(sweep(Some(90 * DAYS), false).await, 0);
        assert!(store.retention().secure_delete(true).await.unwrap());
        let left = async |table: &str| count(&database.url, table).await;
        assert_eq!(
            [
                left("journal").await,
                left("conversations").await,
                left("placed").await
            ],
            [2, 2, 1]
        );
        assert_eq!(
            [
                left("handovers").await,
                left("relayed").await,
                left("undelivered").await
            ],
            [2, 1, 0]
        );
        assert_eq!(seen(&database, "甲").await, 0);
        assert!(seen(&database, "捞针乙").await >= 2);
        // What is still there goes on.
        say("web:both", "捞针乙", 92 * DAY).await;
        assert_eq!(
            store
                .journal()
                .until("web:both", i64::MAX, 9)
                .await
                .unwrap()
                .len(),
            2
        );
    })
    .await;
}

#[tokio::test]
async fn old_turns_go_though_nobody_writes() {
    on_both(async |database| {
        let store = Store::open(&database.url).await.unwrap();
        let bot = Bot::new(
            Arc::new(AnswerEngine::new(tiny::knowledge(), tiny::Table)),
            store.clone(),
        );
        for (name, days) in [("web:old", 31), ("web:young", 29)] {
            let at = Timestamp(now().0 - days * DAY);
            bot.handle(
                &ConversationId::parse(name).unwrap(),
                None,
                IncomingBody::Text("捞针".into()),
                at,
            )
            .await
            .unwrap();
        }
        let _server =
            Server::start(&[("DATABASE_URL", &database.url), ("WENLU_RETENTION", "30d")]).await;
        while store.journal().count().await.unwrap() == 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(
            store
                .journal()
                .until("web:young", i64::MAX, 9)
                .await
                .unwrap()
                .len(),
            1
        );
        assert!(
            store
                .turns()
                .open("web:old", None)
                .await
                .unwrap()
                .state
                .is_none()
        );
    })
    .await;
}

/// Word for word a message is in the inbox until it is answered, and in the outbox until it was sent.
#[tokio::test]
async fn what_was_handled_stands_in_no_file() {
    const SAID: &str = "我的手机号是 13812345678";
    let database = Database::new(Engine::Sqlite).await;
    let store = Store::open(&database.url).await.unwrap();
    let lease = store
        .leases()
        .acquire("send", "us", DAYS)
        .await
        .unwrap()
        .unwrap();
    let channel = || "telegram:1".to_owned();
    for number in 0..400 {
        let conversation = format!("telegram:{number}");
        let arrived = DeliveredUpdate {
            channel: channel(),
            update: number.to_string(),
            conversation: conversation.clone(),
            payload: format!(
                "{SAID}{}",
                "。".repeat(usize::try_from(number).unwrap() * 7 % 900)
            ),
            at: Timestamp(number),
        };
        store.inbox().accept(vec![arrived]).await.unwrap();
        if number % 3 == 0 {
            continue;
        }
        let waiting = store
            .inbox()
            .oldest(&conversation, &[&channel()])
            .await
            .unwrap()
            .unwrap();
        let told = OutboxCall {
            channel: channel(),
            chat: "-7".into(),
            conversation: conversation.clone(),
            method: "sendMessage".into(),
            payload: waiting.payload,
            after: "null".into(),
            expires: None,
        };
        let handover = Some(HandoverChange::Open {
            chat: "-7".into(),
            asker: None,
            question: None,
            page: None,
        });
        let effects = TurnEffects {
            calls: vec![told],
            handover,
            ..TurnEffects::default()
        };
        store
            .inbox()
            .mark_done(waiting.id, &conversation, effects, Timestamp(number))
            .await
            .unwrap();
    }
    assert!(store.retention().secure_delete(false).await.unwrap());
    assert!(in_files(database.folder.path(), SAID) >= 400);
    for number in (0..400).step_by(3) {
        let conversation = format!("telegram:{number}");
        let waiting = store
            .inbox()
            .oldest(&conversation, &[&channel()])
            .await
            .unwrap()
            .unwrap();
        store
            .inbox()
            .mark_done(
                waiting.id,
                &conversation,
                TurnEffects::default(),
                Timestamp(number),
            )
            .await
            .unwrap();
    }
    while let Some(call) = store
        .outbox()
        .heads(&channel(), Timestamp(DAY), 1)
        .await
        .unwrap()
        .first()
    {
        store
            .outbox()
            .mark_sent(&lease, call.id, CallReceipt::default())
            .await
            .unwrap();
    }
    assert!(store.retention().secure_delete(false).await.unwrap());
    assert_eq!(in_files(database.folder.path(), SAID), 0);
    assert_eq!(
        store
            .handovers()
            .of("telegram:1")
            .await
            .unwrap()
            .map(|handover| handover.open),
        Some(true)
    );
}

/// Something of a conversation in every table that may hold something of it.
fn rows_of(asker: i64, turns: i64) -> Vec<String> {
    let (conversation, said) = (format!("telegram:{asker}"), format!("海底捞针{asker}号"));
    let mut all = vec![format!(
        "INSERT INTO conversations VALUES ('{conversation}', '{said}', 3, 9)"
    )];
    for turn in 0..turns {
        let long = "，很长的一句".repeat(usize::try_from(turn * 13 % 40).unwrap());
        // in the row itself, as earlier versions kept it; in a row of its own; in one of all askers
        let (response, digest) = match turn % 3 {
            0 => (format!("'{said}{long}'"), "NULL".to_owned()),
            1 => ("''".to_owned(), format!("'{asker}-{turn}'")),
            _ => ("''".to_owned(), "'everybody'".to_owned()),
        };
        all.push(format!(
            "INSERT INTO answered (conversation, message, response, at, digest)
             VALUES ('{conversation}', 'm{turn}', {response}, 9, {digest})"
        ));
        all.push(format!(
            "INSERT INTO responses SELECT d.digest, '{said}{long}', 9 FROM (SELECT '{asker}-{turn}' AS digest) AS d
             WHERE d.digest = {digest}"
        ));
        all.push(format!(
            "INSERT INTO journal (conversation, message, at, text, question, lang, confidence, candidates, knowledge, outcome,
                 unanswered, handed_over) VALUES ('{conversation}', 'm{turn}', 9, '{said}{long}', '{said}', 'zh', 0.5, '[]',
                 'v', 'unknown', 'unknown', 0)"
        ));
    }
    let question = format!("(SELECT MIN(id) FROM journal WHERE conversation = '{conversation}')");
    all.extend([
        format!("INSERT INTO placed (question, cluster) VALUES ({question}, 1)"),
        format!(
            "INSERT INTO inbox (channel, update_id, conversation, payload, at)
             VALUES ('telegram:1', 1, '{conversation}', '{said}', 9)"
        ),
        format!(
            "INSERT INTO outbox (channel, chat, conversation, method, payload, after, at)
             VALUES ('telegram:1', {asker}, '{conversation}', 'sendMessage', '{said}', 'null', 9)"
        ),
        format!(
            "INSERT INTO undelivered (channel, chat, conversation, method, reason, at)
             VALUES ('telegram:1', {asker}, '{conversation}', 'sendMessage', 'gone', 9)"
        ),
        format!(
            "INSERT INTO quarantine (channel, update_id, payload, reason, at)
             VALUES ('telegram:1', 1, '{{\"from\":{{\"id\":{asker}}},\"text\":\"{said}\"}}', 'unreadable', 9)"
        ),
        format!("INSERT INTO chats (channel, chat) VALUES ('telegram:1', '{asker}')"),
        format!("INSERT INTO seen (channel, update_id, at) VALUES ('said:{asker}', '1', 9), ('album:{asker}', '2', 9)"),
        format!(
            "INSERT INTO handovers (conversation, chat, thread, card, opened_at, last_at, open, number)
             SELECT '{conversation}', -7, 1, 1, 0, 9, 1, COUNT(*) + 1 FROM handovers"
        ),
        format!("INSERT INTO relayed (chat, message, conversation, at) VALUES (-7, {asker}, '{conversation}', 9)"),
        format!("INSERT INTO pushes (conversation, reply, at) VALUES ('{conversation}', '{said}', 9)"),
        format!("INSERT INTO ignored VALUES ({asker}, '{said}', 'lin', 9)"),
        format!(
            "INSERT INTO audit (at, actor, client, action, subject, detail)
             VALUES (9, 'lin', '', 'export', 'csv', 'conversation={conversation} text={said}')"
        ),
    ]);
    for state in ["draft", "discarded"] {
        all.push(format!(
            "INSERT INTO changes (state, summary, files, questions, actor, at)
             VALUES ('{state}', 's', '[[\"a.toml\",\"{said}\"]]', '[]', 'lin', 9)"
        ));
    }
    all
}

fn erase(url: &str, conversation: &str, args: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), format!("DATABASE_URL={url}\n")).unwrap();
    wenlu(
        folder.path(),
        &[&["review", "erase", "--conversation", conversation], args].concat(),
    )
}

fn backup(url: &str, file: &Path) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), format!("DATABASE_URL={url}\n")).unwrap();
    printed(wenlu(
        folder.path(),
        &["store", "backup", file.to_str().unwrap()],
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_asker_is_erased_everywhere_and_no_other() {
    on_both(async |database| {
        // It is open all the while, as by a server.
        let store = Store::open(&database.url).await.unwrap();
        let (gone, other) = (77_001, 77_002);
        let mut rows = rows_of(gone, 150);
        rows.extend(rows_of(other, 150));
        rows.extend((1..30).flat_map(|asker| rows_of(asker, 9)));
        execute(&database.url, &rows).await;
        let published = format!(
            "INSERT INTO changes (state, summary, files, questions, actor, at) SELECT 'published', 's', '[]',
                 '[' || MIN(id) || ']', 'lin', 9 FROM journal WHERE conversation = 'telegram:{gone}'"
        );
        execute(&database.url, &[published]).await;
        let backups = tempfile::tempdir().unwrap();
        let file = backups.path().join("a.db");
        backup(&database.url, &file);
        let marks = [format!("telegram:{gone}"), format!("海底捞针{gone}号"), "77001".to_owned()];
        let others = [format!("telegram:{other}"), format!("海底捞针{other}号")];
        let mut before = Vec::new();
        for mark in &marks {
            assert!(seen(&database, mark).await > 0 && in_files(backups.path(), mark) > 0, "{mark}");
        }
        for table in ["journal", "answered", "responses", "inbox", "quarantine", "chats", "changes", "ignored", "audit"] {
            before.push((table, count(&database.url, table).await));
        }
        // Nobody is asked, so that nothing is done.
        let refused = erase(&database.url, &marks[0], &[]);
        assert!(!refused.status.success());
        assert_eq!(count(&database.url, "journal").await, before[0].1);

        let done = erase(&database.url, &marks[0], &["--yes", "--json", "--backup", file.to_str().unwrap()]);
        let done: Value = serde_json::from_str(&printed(done)).unwrap();
        for mark in &marks {
            assert_eq!((seen(&database, mark).await, in_files(backups.path(), mark)), (0, 0), "{mark}");
        }
        for mark in &others {
            assert!(seen(&database, mark).await > 0 && in_files(backups.path(), mark) > 0, "{mark}");
        }
        let rows = serde_json::json!({
            "answered": 150, "audit": 1, "changes": 2, "chats": 1, "conversations": 1, "handovers": 1, "ignored": 1,
            "inbox": 1, "journal": 150, "outbox": 1, "placed": 1, "pushes": 1, "quarantine": 1, "relayed": 1,
            "responses": 50, "seen": 2, "undelivered": 1,
        });
        assert_eq!((&done["rows"], &done["backups"][0]["rows"], &done["wiped"]), (&rows, &rows, &true.into()));
        assert_eq!(done["published"].as_array().unwrap().len(), 1);
        for (table, held) in before {
            let own = rows[table].as_i64().unwrap();
            // A line of the log stays, and one says what was done.
            let left = if table == "audit" { held + 1 } else { held - own };
            assert_eq!(count(&database.url, table).await, left, "{table}");
        }
        let log = store.audit().entries(i64::MAX, 1).await.unwrap().remove(0);
        assert_eq!(serde_json::to_value(log.action).unwrap(), "erase");
        assert_eq!(Value::from(log.subject), done["known_as"]);
        assert!(log.detail.contains("journal 150"), "{}", log.detail);
        // Once more there is nothing.
        let again = printed(erase(&database.url, &marks[0], &["--yes"]));
        assert!(again.contains("没有它的记录"), "{again}");
        store.close().await;
        let copy = Database { url: format!("sqlite://{}", file.display()), folder: backups };
        Store::open(&copy.url).await.unwrap().close().await;
    })
    .await;
}

#[tokio::test]
async fn a_backup_that_is_open_is_left_alone() {
    let [database, open] = [
        Database::new(Engine::Sqlite).await,
        Database::new(Engine::Sqlite).await,
    ];
    Store::open(&database.url).await.unwrap().close().await;
    let store = Store::open(&open.url).await.unwrap();
    execute(&open.url, &rows_of(1, 1)).await;
    let file = open.folder.path().join("bot.db");
    let refused = erase(
        &database.url,
        "telegram:1",
        &["--yes", "--backup", file.to_str().unwrap()],
    );
    assert!(!refused.status.success());
    assert_eq!(store.journal().count().await.unwrap(), 1);
}

/// A turn that was under way while its conversation was erased does not bring it back.
#[tokio::test]
async fn a_turn_under_way_brings_nothing_back() {
    use wenlu::store::StoreError;
    use wenlu::store::audit::AuditActor;
    use wenlu::store::records::TurnRecord;
    on_both(async |database| {
        let store = Store::open(&database.url).await.unwrap();
        let bot = Bot::new(
            Arc::new(AnswerEngine::new(tiny::knowledge(), tiny::Table)),
            store.clone(),
        );
        let name = ConversationId::parse("web:a").unwrap();
        bot.handle(&name, None, IncomingBody::Text("捞针".into()), Timestamp(1))
            .await
            .unwrap();
        let (opened, row) = (
            store.turns().open("web:a", None).await.unwrap(),
            store
                .journal()
                .until("web:a", i64::MAX, 1)
                .await
                .unwrap()
                .remove(0),
        );
        store
            .erasure()
            .erase(AuditActor::terminal(Timestamp(2)), "web:a")
            .await
            .unwrap();
        let turn = TurnRecord {
            conversation: "web:a".into(),
            message: None,
            version: opened.version,
            state: opened.state.unwrap(),
            response: None,
            entry: row.entry,
            inbox: None,
            effects: TurnEffects::default(),
        };
        assert!(matches!(
            store.turns().commit(turn).await,
            Err(StoreError::Conflict)
        ));
        assert_eq!(store.journal().count().await.unwrap(), 0);
    })
    .await;
}
