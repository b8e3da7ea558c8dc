//! The clock of the machine is wrong. What it would erase stays until a person has looked.

use super::machine::Machine;
use crate::admin::House;
use crate::database::on_both;
use crate::talk::process::PATIENCE;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wenlu::store::Store;
use wenlu::store::accounts::AccountRole;
use wenlu::turn::{AnswerEngine, Bot};
use wenlu_core::model::{ConversationId, IncomingBody, MessageId, Timestamp};

const HUNDRED_DAYS: i64 = 100 * 24 * 3_600;

/// Until `/readyz` says so about the clock and the sweep.
async fn becomes(machine: &Machine, clock: &str, sweep: &str) {
    let begun = Instant::now();
    loop {
        let told = machine.readiness().await;
        if told["clock"] == clock && told["sweep"] == sweep {
            assert_eq!(told["ready"], true, "{told}");
            return;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "{told} instead of {clock}, {sweep}\n{}",
            machine.process.log()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn all_answered(machine: &Machine, numbers: std::ops::Range<usize>) {
    for status in machine.send_all(numbers).await {
        assert_eq!(status, 200, "{}", machine.process.log());
    }
}

fn times(log: &str, said: &str) -> usize {
    log.lines().filter(|line| line.contains(said)).count()
}

const HELD: &str = "nothing is deleted until somebody has looked: wenlu store sweep";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_clock_at_the_start_erases_nothing_until_a_person_says_so() {
    let machine = Machine::new().await.start().await;
    all_answered(&machine, 0..60).await;
    becomes(&machine, "ok", "ok").await;
    let machine = machine.stop();
    machine.set_clock(HUNDRED_DAYS);
    let machine = machine.start().await;
    becomes(&machine, "ahead", "asks").await;
    all_answered(&machine, 60..62).await;
    let metrics = machine.metrics().await;
    assert!(metrics.contains("wenlu_sweep_asks_rows 60"), "{metrics}");
    for table in ["journal", "conversations", "answered"] {
        assert_eq!(machine.count(table).await, 62, "{table}");
    }
    assert_eq!(times(&machine.process.whole_log(), HELD), 1);

    // the clock is right again: what was written meanwhile lies in the future
    let machine = machine.stop();
    machine.right_clock();
    let machine = machine.start().await;
    becomes(&machine, "behind", "ok").await;
    all_answered(&machine, 62..63).await;

    let machine = machine.stop();
    machine.set_clock(HUNDRED_DAYS);
    let shown: Value =
        serde_json::from_str(&machine.command(&["store", "sweep", "--json"])).unwrap();
    assert_eq!(
        (&shown["asks"], &shown["deleted"]),
        (&true.into(), &Value::Null)
    );
    let text = machine.command(&["store", "sweep"]);
    assert!(
        text.contains("61 行，共 63") && text.contains("等人确认"),
        "{text}"
    );
    let machine = machine.start().await;
    becomes(&machine, "ok", "asks").await;
    assert_eq!(machine.count("journal").await, 63);
    let said = machine.command(&["store", "sweep", "--yes"]);
    assert!(said.contains("61 行已删除"), "{said}");
    assert_eq!(machine.count("journal").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_set_while_it_runs_is_noticed_and_erases_nothing() {
    let machine = Machine::new().await.start().await;
    all_answered(&machine, 0..60).await;
    becomes(&machine, "ok", "ok").await;
    machine.set_clock(HUNDRED_DAYS);
    becomes(&machine, "jumped", "asks").await;
    let metrics = machine.metrics().await;
    assert!(
        metrics.contains("wenlu_clock_doubt_seconds 8640000"),
        "{metrics}"
    );
    all_answered(&machine, 60..61).await;
    machine.right_clock();
    becomes(&machine, "ok", "ok").await;
    all_answered(&machine, 61..62).await;
    let log = machine.process.whole_log();
    assert_eq!(
        times(&log, "the clock was set while the server ran"),
        1,
        "{log}"
    );
    assert_eq!(times(&log, HELD), 1, "{log}");
    assert_eq!(machine.count("answered").await, 62);
    assert_eq!(machine.stored().await, (0..62).collect::<Vec<_>>());
}

/// As a retention that was cut short by mistake does, on both engines.
#[tokio::test]
async fn a_sweep_that_waits_for_a_person_stands_on_the_overview() {
    on_both(async |database| {
        const DAY: i64 = 24 * 3_600 * 1_000;
        let store = Store::open(&database.url).await.unwrap();
        let engine = AnswerEngine::new(crate::tiny::knowledge(), crate::tiny::Table);
        let bot = Bot::new(Arc::new(engine), store.clone());
        let now = jiff::Timestamp::now().as_millisecond();
        for turn in 0..30 {
            let conversation = ConversationId::parse(&format!("web:{turn}")).unwrap();
            let message = MessageId::parse("1").unwrap();
            let at = Timestamp(now - if turn < 25 { 40 } else { 1 } * DAY);
            bot.handle(
                &conversation,
                Some(&message),
                IncomingBody::Text("捞针".into()),
                at,
            )
            .await
            .unwrap();
        }
        let house = House::on(&database, &[("WENLU_RETENTION", "30d")]).await;
        let mut browser = house.signed_in(AccountRole::Operator).await;
        let begun = Instant::now();
        loop {
            let shown = browser.get("/admin").await;
            if shown.body.contains("有一次清理等人确认") {
                assert!(shown.body.contains("<b>25</b>"), "{}", shown.body);
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "{}", shown.body);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(store.journal().count().await.unwrap(), 30);
        let kept = Some(Duration::from_secs(30 * 24 * 3_600));
        let swept = store.retention().sweep(Timestamp(now), kept, true);
        assert_eq!(swept.await.unwrap().turns(), 25);
        // from now on time goes on by itself
        let later = Timestamp(now + DAY / 2);
        let plan = store.retention().plan(later, kept).await.unwrap();
        assert_eq!(plan.asking().count(), 0);
    })
    .await;
}

/// A table that others can fill within the time for which it is kept.
#[tokio::test]
async fn what_no_time_limits_has_a_largest_number_of_rows() {
    on_both(async |database| {
        let store = Store::open(&database.url).await.unwrap();
        let rows = match database.url.starts_with("sqlite:") {
            true => "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100010) SELECT n FROM c) AS c",
            false => "generate_series(1, 100010) AS c(n)",
        };
        for sql in [
            format!("INSERT INTO audit (at, actor, client, action, subject, detail)
                SELECT n, 'a', '', CASE WHEN n = 7 THEN 'publish' ELSE 'sign_in_failed' END, 's', '' FROM {rows}"),
            format!("INSERT INTO attempts (name, client, at) SELECT 'a', 'b', 9000000000000 FROM {rows}"),
            format!("INSERT INTO quarantine (channel, payload, reason, at)
                SELECT 'a', 'b', 'c', 9000000000000 FROM {rows}"),
        ] {
            crate::erase::execute(&database.url, &[sql]).await;
        }
        store
            .retention()
            .sweep(Timestamp(1_000_000_000_000), None, false)
            .await
            .unwrap();
        let count = async |table: &str| crate::erase::count(&database.url, table).await;
        assert_eq!(count("audit").await, 100_000);
        assert_eq!(count("attempts").await, 100_000);
        assert_eq!(count("quarantine").await, 10_000);
        // a refused sign-in goes before what somebody has done
        let oldest = store.audit().entries(8, 9).await.unwrap();
        assert_eq!(oldest.len(), 1);
    })
    .await;
}
