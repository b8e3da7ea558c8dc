//! What a running server exports, on both databases; and that the documentation, the alert rules and the dashboard name
//! what is exported.

use crate::admin::{House, now};
use crate::database::on_both;
use crate::server::chat_name;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};
use wenlu::store::accounts::AccountRole;
use wenlu::store::last_done::{LastDone, RecurringWork};
use wenlu::store::records::{DeliveredUpdate, HandoverChange, OutboxCall, TurnEffects};
use wenlu_core::model::Timestamp;

const CHANNEL: &str = "telegram:7";

/// The values of all series, by the series.
async fn scrape(house: &House) -> BTreeMap<String, f64> {
    let text = reqwest::get(house.server.url("/metrics"));
    let text = text.await.unwrap().text().await.unwrap();
    let series = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    };
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(series)
        .collect()
}

/// The series, as soon as `is_so` holds of its value.
async fn until(house: &House, series: &str, is_so: impl Fn(f64) -> bool) {
    let begun = Instant::now();
    loop {
        let found = scrape(house).await;
        if found.get(series).is_some_and(|value| is_so(*value)) {
            return;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "{series}: {found:?}"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn update(number: i64, at: Timestamp) -> DeliveredUpdate {
    DeliveredUpdate {
        channel: CHANNEL.into(),
        update: number.to_string(),
        conversation: format!("telegram:{number}"),
        payload: "{}".into(),
        at,
    }
}

fn ago(seconds: i64) -> Timestamp {
    Timestamp(now().0 - seconds * 1_000)
}

/// Something of everything that waits or has failed.
async fn fill(house: &House) {
    let store = &house.store;
    store
        .inbox()
        .accept(vec![update(1, ago(300)), update(2, ago(200))])
        .await
        .unwrap();
    let unreadable = store
        .inbox()
        .quarantine(update(3, now()), "unreadable".into());
    unreadable.await.unwrap();
    let call = OutboxCall {
        channel: CHANNEL.into(),
        chat: "1".to_owned(),
        conversation: "telegram:1".into(),
        method: "sendMessage".into(),
        payload: "{}".into(),
        after: "null".into(),
        expires: None,
    };
    let effects = TurnEffects {
        calls: vec![call],
        handover: Some(HandoverChange::Open {
            chat: "-1".to_owned(),
            asker: None,
            question: None,
            page: None,
        }),
        ..TurnEffects::default()
    };
    store
        .outbox()
        .add("telegram:1", effects, ago(100))
        .await
        .unwrap();
    let detail = "backup/x.db".to_owned();
    let done = LastDone {
        at: ago(50),
        detail,
    };
    store
        .last_done()
        .record(RecurringWork::Backup, done)
        .await
        .unwrap();
    for text in ["今晚的月亮圆不圆", "小程序怎么注销"] {
        crate::admin::pages::ask(house, "c", text).await;
    }
}

#[tokio::test]
async fn what_waits_and_fails_is_exported() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let mut browser = house.signed_in(AccountRole::Viewer).await;
        let shown = browser.get("/admin").await.body;
        assert!(shown.contains("<summary>系统：正常</summary>"), "{shown}");
        fill(&house).await;
        let found = scrape(&house).await;
        // an update that waits and one that was put aside; the rest is not due
        let shown = browser.get("/admin").await.body;
        assert!(
            shown.contains("系统：有 2 件事") && shown.contains("有消息等了 5 分钟"),
            "{shown}"
        );
        let value = |series: &str| {
            *found
                .get(series)
                .unwrap_or_else(|| panic!("{series}: {found:?}"))
        };
        for (series, wanted) in [
            ("wenlu_inbox_length{channel=\"telegram:7\"}", 2.0),
            ("wenlu_outbox_length{channel=\"telegram:7\"}", 1.0),
            ("wenlu_quarantined_updates", 1.0),
            ("wenlu_undelivered_calls", 0.0),
            ("wenlu_telegram_set_aside", 0.0),
            ("wenlu_handovers_open", 1.0),
            ("wenlu_handovers_unattended", 1.0),
            ("wenlu_unanswered_questions", 1.0),
            ("wenlu_journal_turns", 2.0),
            ("wenlu_knowledge_refused", 0.0),
            ("wenlu_knowledge_refusals_total", 0.0),
            ("wenlu_backlog_read", 1.0),
        ] {
            assert_eq!(value(series), wanted, "{series}");
        }
        let backup = value("wenlu_last_backup_timestamp_seconds");
        let since = now().0 as f64 / 1e3 - backup;
        for (what, seconds, least) in [
            (
                "inbox",
                value("wenlu_inbox_oldest_seconds{channel=\"telegram:7\"}"),
                300.0,
            ),
            (
                "outbox",
                value("wenlu_outbox_oldest_seconds{channel=\"telegram:7\"}"),
                100.0,
            ),
            (
                "handover",
                value("wenlu_handovers_unattended_oldest_seconds"),
                100.0,
            ),
            ("backup", since, 50.0),
        ] {
            assert!(
                seconds >= least && seconds < least + 60.0,
                "{what}: {seconds}"
            );
        }
        assert!(value("wenlu_database_bytes") > 100_000.0);

        // a queue that is empty again is shown as empty
        let row = house
            .store
            .inbox()
            .oldest("telegram:1", &["telegram:7"])
            .await
            .unwrap()
            .unwrap();
        let other = house
            .store
            .inbox()
            .oldest("telegram:2", &["telegram:7"])
            .await
            .unwrap()
            .unwrap();
        for (id, conversation) in [(row.id, "telegram:1"), (other.id, "telegram:2")] {
            let done = house.store.inbox();
            done.mark_done(id, conversation, TurnEffects::default(), now())
                .await
                .unwrap();
        }
        until(
            &house,
            "wenlu_inbox_length{channel=\"telegram:7\"}",
            |length| length == 0.0,
        )
        .await;

        // an edit that is refused, and mended
        let file = house.server.folder.path().join("intents/close.toml");
        let good = std::fs::read_to_string(&file).unwrap();
        // at once: a file that is half written would be refused once more
        let unfinished = house.server.folder.path().join("unfinished");
        let replace = |text: &str| {
            std::fs::write(&unfinished, text).unwrap();
            std::fs::rename(&unfinished, &file).unwrap();
        };
        replace(&format!("{good}exampels = []\n"));
        until(&house, "wenlu_knowledge_refused", |refused| refused == 1.0).await;
        replace(&good);
        until(&house, "wenlu_knowledge_refused", |refused| refused == 0.0).await;
        assert_eq!(scrape(&house).await["wenlu_knowledge_refusals_total"], 1.0);
    })
    .await;
}

#[tokio::test]
async fn failed_writes_are_counted_by_what_was_written() {
    let database = crate::database::Database::new(crate::database::Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    for name in ["bot.db", "bot.db-wal", "bot.db-shm"] {
        std::fs::remove_file(database.folder.path().join(name)).unwrap();
    }
    let message =
        serde_json::json!({"conversation": chat_name("c"), "id": "1", "text": "小程序怎么注销"});
    let request = reqwest::Client::new().post(house.server.url("/api/v1/messages"));
    assert_eq!(request.json(&message).send().await.unwrap().status(), 503);
    until(
        &house,
        "wenlu_store_write_failures_total{operation=\"turns\"}",
        |count| count > 0.0,
    )
    .await;
    until(&house, "wenlu_backlog_read", |read| read == 0.0).await;
}

fn project_file(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The metrics that a text names, as the client library names them.
fn names_in(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_lowercase() || c == '_';
    let name = |at: (usize, &str)| {
        let rest = &text[at.0..];
        let name = &rest[..rest.find(|c: char| !is_part(c)).unwrap_or(rest.len())];
        let parts = ["_bucket", "_sum", "_count"];
        let base = parts
            .iter()
            .find_map(|part| name.strip_suffix(part))
            .unwrap_or(name);
        base.to_owned()
    };
    text.match_indices("wenlu_").map(name).collect()
}

#[tokio::test]
async fn the_table_the_alerts_and_the_dashboard_name_what_is_exported() {
    let database = crate::database::Database::new(crate::database::Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    fill(&house).await;
    let first = scrape(&house).await;
    // a failed write makes its series
    let gone = database.folder.path().join("bot.db");
    let aside = database.folder.path().join("aside.db");
    std::fs::rename(&gone, &aside).unwrap();
    let failed = house.server.url("/api/v1/messages");
    let message =
        serde_json::json!({"conversation": chat_name("d"), "id": "1", "text": "小程序怎么注销"});
    let _ = reqwest::Client::new()
        .post(failed)
        .json(&message)
        .send()
        .await
        .unwrap();
    let series: BTreeSet<String> = scrape(&house)
        .await
        .into_keys()
        .chain(first.into_keys())
        .collect();
    let exported = names_in(&series.into_iter().collect::<Vec<_>>().join("\n"));
    assert!(exported.len() > 20, "{exported:?}");
    for path in ["deploy/README.md", "deploy/README.zh.md"] {
        let text = project_file(path);
        let (_, table) = text.split_once("<!-- metrics -->").unwrap();
        let table = names_in(table.split_once("<!-- /metrics -->").unwrap().0);
        // exported where a bot is set, which `talk::heals` looks at
        let with_bot = "wenlu_service_unreachable";
        // exported where an encoder is set, which `encoder::serving` looks at
        let with_encoder = "wenlu_encoder_";
        let unknown: Vec<_> = table
            .difference(&exported)
            .filter(|name| name.as_str() != with_bot && !name.starts_with(with_encoder))
            .collect();
        assert!(
            table.len() > 20 && unknown.is_empty(),
            "{path}: {unknown:?}"
        );
    }
    let dashboard: Value =
        serde_json::from_str(&project_file("deploy/grafana/wenlu.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut ids = BTreeSet::new();
    for panel in panels {
        assert!(ids.insert(panel["id"].as_i64().unwrap()), "{panel}");
        assert!(
            panel["title"]
                .as_str()
                .is_some_and(|title| !title.is_empty()),
            "{panel}"
        );
        let place = &panel["gridPos"];
        let [x, w] = ["x", "w"].map(|side| place[side].as_i64().unwrap());
        assert!(x >= 0 && w > 0 && x + w <= 24, "{panel}");
        if panel["type"] == "row" {
            continue;
        }
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty(), "{panel}");
        for target in targets {
            let expression = target["expr"].as_str().unwrap();
            let named = names_in(expression);
            assert!(
                !named.is_empty() || expression.contains("up{"),
                "{expression}"
            );
            assert!(named.is_subset(&exported), "{expression}");
        }
    }
    let alerts = names_in(&project_file("deploy/prometheus/alerts.yml"));
    assert!(
        alerts.len() > 10 && alerts.is_subset(&exported),
        "{alerts:?}"
    );
}
