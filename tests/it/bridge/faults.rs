//! A receiver that refuses, hangs, is busy, points elsewhere and goes away: what is meant for one
//! conversation waits, and the others go on.

use super::receiver::{Manner, Receiver};
use super::stage::Stage;
use crate::database::{Database, Engine, on_both};
use serde_json::Value;
use std::time::{Duration, Instant};

/// `[waiting]` and `[given_back asker]`, so many times.
async fn to_and_fro(stage: &Stage, conversation: &str, times: usize) {
    for at in 0..times {
        let id = |what| format!("{what}{at}");
        stage.team.handover(conversation, &id("open"), true).await;
        stage.team.handover(conversation, &id("close"), false).await;
    }
}

async fn undelivered(stage: &Stage) -> (i64, i64) {
    let outbox = stage.house.store.outbox();
    (
        outbox.count_undelivered().await.unwrap(),
        outbox.count_given_up().await.unwrap(),
    )
}

async fn until_empty(stage: &Stage) {
    let begun = Instant::now();
    while stage.house.store.outbox().count().await.unwrap() > 0 {
        assert!(
            begun.elapsed() < super::receiver::PATIENCE,
            "something waits"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What is told of a conversation that asked for a person, and for the bot again, two times.
const TWICE: [&str; 4] = [
    "[waiting]",
    "[given_back asker]",
    "[waiting]",
    "[given_back asker]",
];

#[tokio::test]
async fn one_conversation_waits_while_the_others_go_on() {
    on_both(async |database| {
        let stage = Stage::on(&database, &[]).await;
        let _colleague = stage.colleague().await;
        for (name, manner) in [
            ("refused", Manner::Status(500)),
            ("unknown", Manner::Status(404)),
            ("hung", Manner::Hang),
            ("moved", Manner::Redirect("/elsewhere".to_owned())),
        ] {
            stage.receiver.treat(name, Some(manner));
            to_and_fro(&stage, name, 1).await;
        }
        let is_tried = |name: &str| {
            stage
                .receiver
                .deliveries()
                .iter()
                .any(|one| one.conversation == name)
        };
        for name in ["refused", "unknown", "hung", "moved"] {
            stage.receiver.until(name, |_| is_tried(name)).await;
        }
        for name in ["a", "b", "c"] {
            to_and_fro(&stage, name, 2).await;
            let told = stage.receiver.until_told(name, 4).await;
            assert_eq!(told, TWICE);
        }
        // a redirect is not followed: the second event of no conversation came, nor did any to
        // elsewhere
        for name in ["refused", "unknown", "hung", "moved"] {
            assert_eq!(stage.receiver.told(name), Vec::<String>::new(), "{name}");
        }
        for name in ["refused", "unknown", "moved"] {
            stage.receiver.treat(name, None);
            let told = stage.receiver.until_told(name, 2).await;
            assert_eq!(told, ["[waiting]", "[given_back asker]"], "{name}");
        }
        // nothing was lost, and each event kept its id
        let deliveries = stage.receiver.deliveries();
        let mut refused: Vec<_> = deliveries
            .iter()
            .filter(|one| one.conversation == "refused")
            .map(|one| one.id.as_str())
            .collect();
        refused.dedup();
        assert_eq!(refused.len(), 2, "{deliveries:#?}");
        assert_eq!(undelivered(&stage).await, (0, 0));
        stage.receiver.treat("hung", None);
        let told = stage.receiver.until_told("hung", 2).await;
        assert_eq!(told, ["[waiting]", "[given_back asker]"]);
        stage.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_never_taken_is_set_aside_after_its_last_attempt_and_counted() {
    on_both(async |database| {
        let stage = Stage::on(&database, &[("WENLU_BRIDGE_ATTEMPTS", "2")]).await;
        let _colleague = stage.colleague().await;
        to_and_fro(&stage, "well", 1).await;
        stage.receiver.until_told("well", 2).await;
        stage.receiver.treat("ill", Some(Manner::Status(500)));
        to_and_fro(&stage, "ill", 1).await;
        until_empty(&stage).await;
        let tries = stage
            .receiver
            .deliveries()
            .iter()
            .filter(|one| one.conversation == "ill")
            .count();
        assert!(tries >= 4, "{tries}");
        assert_eq!(undelivered(&stage).await, (2, 2));
        // 410: the receiver wants it never again, and is not asked again
        stage.receiver.treat("gone", Some(Manner::Status(410)));
        stage.team.handover("gone", "h1", true).await;
        until_empty(&stage).await;
        let tries = stage
            .receiver
            .deliveries()
            .iter()
            .filter(|one| one.conversation == "gone")
            .count();
        assert_eq!((tries, undelivered(&stage).await), (1, (3, 2)));
        // the conversation goes on
        stage.receiver.treat("gone", None);
        stage.team.handover("gone", "h2", false).await;
        assert_eq!(
            stage.receiver.until_told("gone", 1).await,
            ["[given_back asker]"]
        );
        let metrics = stage.metrics().await;
        for line in [
            "wenlu_bridge_set_aside 2",
            "wenlu_telegram_set_aside 0",
            "wenlu_undelivered_calls 3",
        ] {
            assert!(
                metrics.lines().any(|found| found == line),
                "{line}: {metrics}"
            );
        }
        stage.stop().await;
    })
    .await;
}

/// Where the receiver takes nothing at all, it is at fault, and nothing is given up.
#[tokio::test]
async fn nothing_is_set_aside_while_the_receiver_takes_nothing() {
    let database = Database::new(Engine::Sqlite).await;
    let stage = Stage::on(&database, &[("WENLU_BRIDGE_ATTEMPTS", "1")]).await;
    let _colleague = stage.colleague().await;
    for name in ["a", "b"] {
        stage.receiver.treat(name, Some(Manner::Status(502)));
        stage.team.handover(name, "h1", true).await;
    }
    stage
        .receiver
        .until("several attempts", |all| all.len() >= 6)
        .await;
    assert_eq!(undelivered(&stage).await, (0, 0));
    let ready: Value = reqwest::get(stage.house.server.url("/readyz"))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&ready["ready"], &ready["bridge"]),
        (&Value::Bool(true), &"unreachable".into())
    );
    for name in ["a", "b"] {
        stage.receiver.treat(name, None);
        assert_eq!(stage.receiver.until_told(name, 1).await, ["[waiting]"]);
    }
    stage.stop().await;
}

#[tokio::test]
async fn a_busy_receiver_is_asked_again_when_it_says() {
    let database = Database::new(Engine::Sqlite).await;
    let stage = Stage::on(&database, &[("WENLU_BRIDGE_ATTEMPTS", "1")]).await;
    let _colleague = stage.colleague().await;
    to_and_fro(&stage, "other", 1).await;
    stage.receiver.until_told("other", 2).await;
    stage.receiver.treat("a", Some(Manner::Busy(429, 2)));
    stage.team.handover("a", "h1", true).await;
    stage
        .receiver
        .until("it is asked", |all| {
            all.iter().any(|one| one.conversation == "a")
        })
        .await;
    let asked = Instant::now();
    stage.receiver.treat("a", None);
    stage.receiver.until_told("a", 1).await;
    assert!(
        asked.elapsed() > Duration::from_millis(1_500),
        "{:?}",
        asked.elapsed()
    );
    assert_eq!(undelivered(&stage).await, (0, 0));
    stage.stop().await;
}

#[tokio::test]
async fn a_receiver_that_is_away_is_told_when_it_is_back_and_meanwhile_it_is_seen() {
    on_both(async |database| {
        let mut stage = Stage::on(&database, &[]).await;
        let _colleague = stage.colleague().await;
        to_and_fro(&stage, "a", 1).await;
        stage.receiver.until_told("a", 2).await;
        stage.receiver.go_away().await;
        to_and_fro(&stage, "b", 2).await;
        let begun = Instant::now();
        loop {
            let ready: Value = reqwest::get(stage.house.server.url("/readyz"))
                .await
                .unwrap()
                .json()
                .await
                .unwrap();
            assert_eq!(ready["ready"], true, "messages are answered all the same");
            if ready["bridge"] == "unreachable" {
                break;
            }
            assert!(begun.elapsed() < super::receiver::PATIENCE, "{ready}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let metrics = stage.metrics().await;
        for line in [
            "wenlu_outbox_length{channel=\"bridge\"} 4",
            "wenlu_service_unreachable{service=\"bridge\"} 1",
        ] {
            assert!(
                metrics.lines().any(|found| found == line),
                "{line}: {metrics}"
            );
        }
        let since = metrics
            .lines()
            .find_map(|line| line.strip_prefix("wenlu_outbox_oldest_seconds{channel=\"bridge\"} "));
        assert!(since.unwrap().parse::<f64>().unwrap() > 0.0);
        stage.receiver.come_back().await;
        let told = stage.receiver.until_told("b", 4).await;
        assert_eq!(told, TWICE);
        assert_eq!(undelivered(&stage).await, (0, 0));
        stage.stop().await;
    })
    .await;
}

/// The overview says what to look at.
#[tokio::test]
async fn the_overview_names_a_receiver_that_does_not_answer() {
    let database = Database::new(Engine::Sqlite).await;
    let mut stage = Stage::on(&database, &[]).await;
    let _colleague = stage.colleague().await;
    stage.receiver.go_away().await;
    stage.team.handover("a", "h1", true).await;
    database.sql("UPDATE outbox SET at = at - 3600000").await;
    let mut viewer = stage
        .house
        .signed_in(wenlu::store::accounts::AccountRole::Viewer)
        .await;
    let shown = viewer.get("/admin").await.body;
    assert!(
        shown.contains("多半是 WENLU_BRIDGE_URL 那边没有应答"),
        "{shown}"
    );
    stage.stop().await;
}

/// A receiver of another team gets nothing: an event goes to the address that was set, or nowhere.
#[tokio::test]
async fn a_redirect_leads_nowhere() {
    let database = Database::new(Engine::Sqlite).await;
    let stage = Stage::on(&database, &[]).await;
    let _colleague = stage.colleague().await;
    let elsewhere = Receiver::start().await;
    stage
        .receiver
        .treat("a", Some(Manner::Redirect(elsewhere.url())));
    stage.team.handover("a", "h1", true).await;
    stage.receiver.until("twice", |all| all.len() >= 2).await;
    assert!(elsewhere.deliveries().is_empty());
    stage.receiver.treat("a", None);
    stage.receiver.until_told("a", 1).await;
    stage.stop().await;
}
