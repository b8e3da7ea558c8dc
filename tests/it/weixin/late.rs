//! An answer that is not ready in time: the message is kept and acknowledged, and the asker's next
//! message brings the answer; or the store does not answer at all, and the platform delivers again.

use super::stage::{Stage, options};
use crate::database::Engine;
use fake_weixin::{Delivery, Fault, Mode, Options, Shown, Verdict};
use sqlx::{Connection, Executor, PgConnection};
use std::time::Duration;

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
