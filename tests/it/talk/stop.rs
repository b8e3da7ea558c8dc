//! The real binary, asked to stop while people talk: it does so soon, and as nothing was broken off, nothing is lost and
//! nothing comes twice. It leaves the webhook to those who go on.

use super::Way;
use super::stage::Stage;
use crate::database::Engine;
use fake_telegram::{Answer, Call, Fault, Rule};
use std::time::Duration;

/// What a process has to stop in.
const GRACE: Duration = Duration::from_secs(10);
/// How often it is stopped in each way.
const STOPS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_comes_twice() {
    for (way, engine) in [
        (Way::Polling, Engine::Sqlite),
        (Way::Webhook, Engine::Sqlite),
        (Way::Polling, Engine::Postgres),
        (Way::Webhook, Engine::Postgres),
    ] {
        let mut stage = Stage::set(way, engine).await;
        for _ in 0..STOPS {
            stop(&mut stage, async |stage, log| {
                stage.sends(log).await;
                tokio::time::sleep(Duration::from_millis(stage.rng.u64(..100))).await;
            })
            .await;
        }
        all_are_answered_once(stage).await;
    }
}

/// A call that Telegram does not answer may have been made: it is not broken off, but it must not take too long either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn not_even_a_call_that_hangs_keeps_it() {
    let mut stage = Stage::set(Way::Webhook, Engine::Sqlite).await;
    for skip in [20, 40] {
        let hang = Rule::new(Fault::before(Answer::Hang)).on("sendMessage");
        stop(&mut stage, async |stage, _| {
            stage.fake.inject(hang.skip(skip));
            let hangs = |call: &Call| call.fault.is_some() && call.ended.is_none();
            stage
                .fake
                .until(|record| record.calls("sendMessage").any(hangs))
                .await;
            tokio::time::sleep(Duration::from_millis(stage.rng.u64(..50))).await;
        })
        .await;
    }
    all_are_answered_once(stage).await;
}

/// Starts the binary and, at the moment that is waited for, asks it to stop.
async fn stop(stage: &mut Stage, moment: impl AsyncFnOnce(&mut Stage, &dyn Fn() -> String)) {
    let (process, fake) = (stage.setup.start(), stage.fake.clone());
    let log = || process.log();
    tokio::select! {
        () = moment(stage, &log) => {}
        _ = process.receive(&fake) => {}
    }
    let log = log();
    let (status, after) = process.terminate().await;
    stage.say(&format!("stopped within {after:?}"));
    assert!(
        status.success() && after < GRACE,
        "{status} after {after:?}\n{log}"
    );
}

async fn all_are_answered_once(mut stage: Stage) {
    let (last, fake) = (stage.setup.start(), stage.fake.clone());
    let figures = tokio::select! {
        figures = stage.end(|| last.log()) => figures,
        _ = last.receive(&fake) => unreachable!(),
    };
    assert_eq!(figures.twice, 0);
}
