//! An answer that is not ready in time: the message is kept and acknowledged, and the asker's next
//! message brings the answer; or the store does not answer at all, and the platform delivers again.

use super::stage::{Stage, options};
use crate::admin::now;
use crate::database::Engine;
use fake_weixin::{Body, Delivery, Fault, Message, Mode, Options, Shown, Verdict};
use sqlx::{Connection, Executor, PgConnection};
use std::time::Duration;
use wenlu::store::passive::LateMessage;
use wenlu_core::model::Timestamp;

/// What holds tables so that nobody writes them.
async fn hold(url: &str, tables: &str) -> PgConnection {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let lock = format!("BEGIN; LOCK TABLE {tables} IN EXCLUSIVE MODE");
    connection.execute(sqlx::AssertSqlSafe(lock)).await.unwrap();
    connection
}

async fn stage() -> Stage {
    // real seconds: the four of the server are
    let real = Options {
        second: Duration::from_secs(1),
        ..options(Mode::Safe)
    };
    Stage::start(Engine::Postgres, real, 2, &[]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_message_brings_what_was_late() {
    let stage = stage().await;
    let asker = stage.platform.asker("oLate");
    stage.say("oLate", "菜单").await;
    let held = hold(&stage.database.url, "journal").await;
    let question = asker.says("小程序怎么迁移");
    let late = stage.platform.deliver(&[&stage.url(0)], &question).await;
    let acknowledged = Delivery {
        tries: vec![Verdict::Acknowledged],
        shown: Shown::Nothing,
    };
    assert_eq!(late, acknowledged, "the platform does not deliver it again");
    held.close().await.unwrap();
    let next = stage.text(&asker.says("openid 会变吗")).await;
    let (first, second) = (next.find("由原主体"), next.find("都不会变"));
    assert!(
        first.is_some() && first < second,
        "in the order in which it was asked: {next}"
    );
    // both were answered once, and the late one is not brought again
    let rows = stage
        .store
        .journal()
        .until("weixin:wx0123456789abcdef:oLate", i64::MAX, 9);
    assert_eq!(rows.await.unwrap().len(), 3);
    assert!(!stage.say("oLate", "菜单").await.contains("由原主体"));
    assert_eq!(
        stage.platform.post(&stage.url(1), &question).await,
        Verdict::Acknowledged
    );
    assert!(
        stage
            .metrics()
            .await
            .contains("wenlu_weixin_late_total 1\n")
    );
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_of_a_late_message_gets_the_answer() {
    let stage = stage().await;
    let question = stage.platform.asker("oRetry").says("小程序怎么迁移");
    let held = hold(&stage.database.url, "journal").await;
    let first = stage.platform.post(&stage.url(0), &question).await;
    assert_eq!(first, Verdict::Acknowledged);
    held.close().await.unwrap();
    // the platform did not get the acknowledgement
    let Verdict::Text(text) = stage.platform.post(&stage.url(1), &question).await else {
        panic!("no answer")
    };
    assert!(text.contains("由原主体"), "{text}");
    assert!(!stage.say("oRetry", "菜单").await.contains("由原主体"));
    stage.stop().await;
}

/// One answer brings along what three late messages asked; the others still wait then.
#[tokio::test]
async fn the_newest_of_many_late_messages_gets_its_answer() {
    const ASKER: &str = "weixin:wx0123456789abcdef:oMany";
    let stage = Stage::simple(Mode::Plain).await;
    let asker = stage.platform.asker("oMany");
    let asked: Vec<Message> = (0..5)
        .map(|at| asker.says(["小程序怎么迁移", "openid 会变吗"][at % 2]))
        .collect();
    for (at, message) in (0..).zip(&asked) {
        let Some((_, Body::Number(number))) = message.fields.last() else {
            panic!("no number: {message:?}")
        };
        let late = LateMessage {
            message: format!("m.{number}"),
            payload: stage.platform.request(message).1,
            at: Timestamp(now().0 + at),
        };
        let kept = stage.store.passive().keep_late(ASKER, late, None);
        assert_eq!(kept.await.unwrap(), None);
    }
    let answer = stage.text(&asked[4]).await;
    assert!(answer.contains("由原主体"), "{answer}");
    let journal = stage.store.journal();
    let rows = journal.until(ASKER, i64::MAX, 9).await.unwrap();
    assert_eq!(rows.len(), 4, "three that waited, and its own");
    stage.say("oMany", "菜单").await;
    let rows = journal.until(ASKER, i64::MAX, 9).await.unwrap();
    assert_eq!(rows.len(), 6, "the one left, and the menu");
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_that_is_not_kept() {
    let stage = stage().await;
    let question = stage.platform.asker("oDown").says("小程序怎么迁移");
    let held = hold(&stage.database.url, "journal, passive_replies").await;
    let url = stage.url(0);
    let urls = [url.as_str()];
    let delivering = stage.platform.deliver(&urls, &question);
    let letting_go = async {
        tokio::time::sleep(Duration::from_secs(7)).await;
        held.close().await.unwrap();
    };
    let (delivery, ()) = tokio::join!(delivering, letting_go);
    assert_eq!(delivery.tries[0], Verdict::Fault(Fault::Status(503)));
    let Shown::Text(text) = &delivery.shown else {
        panic!("{delivery:?}")
    };
    assert!(text.contains("由原主体"), "{text}");
    stage.stop().await;
}
