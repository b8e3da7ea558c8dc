//! The real binary, killed at random moments while people talk, and started again: what it acknowledged it answers, in
//! order, and a kill costs each chat one reply that comes twice at most.
//!
//! `WENLU_KILLS` says how often in all four ways together, `WENLU_SEED` when and what is asked.

use super::Way;
use super::process::kills;
use super::relay::Relay;
use super::stage::Stage;
use crate::database::Engine;
use std::time::{Duration, Instant};

/// In all four ways together.
const KILLS: usize = 200;
/// How long a process may send before it is killed.
const ALIVE: Duration = Duration::from_millis(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn polling_on_sqlite() {
    killed_again_and_again(Way::Polling, Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn polling_on_postgres() {
    killed_again_and_again(Way::Polling, Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhook_on_sqlite() {
    killed_again_and_again(Way::Webhook, Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhook_on_postgres() {
    killed_again_and_again(Way::Webhook, Engine::Postgres).await;
}

/// Two processes on one PostgreSQL behind one address; now the one is killed, now the other, and the other goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas() {
    let (kills, mut stage) = (
        kills(KILLS, 4),
        Stage::set(Way::Webhook, Engine::Postgres).await,
    );
    let relay = Relay::start().await;
    stage.fake.deliver_to(&relay.url());
    let mut replicas = [stage.setup.start(), stage.setup.start()];
    for (at, replica) in replicas.iter().enumerate() {
        relay.lead(at, replica.listening().await);
    }
    for number in 1..=kills {
        stage.sends(|| replicas[0].log()).await;
        tokio::time::sleep(ALIVE.mul_f64(stage.rng.f64())).await;
        let at = stage.rng.usize(..2);
        relay.lead(at, None);
        std::mem::replace(&mut replicas[at], stage.setup.start()).kill();
        relay.lead(at, replicas[at].listening().await);
        if number.is_multiple_of(10) || number == kills {
            stage.say(&format!("{number} of {kills} kills"));
        }
    }
    let figures = stage.end(|| replicas[0].log()).await;
    assert!(
        figures.twice_in_a_chat <= kills,
        "in one chat more replies came twice than there were kills"
    );
}

async fn killed_again_and_again(way: Way, engine: Engine) {
    let (kills, mut stage) = (kills(KILLS, 4), Stage::set(way, engine).await);
    // About how long a process takes until it sends.
    let mut begins = Duration::from_millis(500);
    for number in 1..=kills {
        let process = stage.setup.start();
        let begun = Instant::now();
        let fake = stage.fake.clone();
        let moment = async {
            if stage.rng.u8(..5) == 0 {
                return tokio::time::sleep(begins.mul_f64(stage.rng.f64())).await;
            }
            stage.sends(|| process.log()).await;
            begins = (begins + begun.elapsed()) / 2;
            tokio::time::sleep(ALIVE.mul_f64(stage.rng.f64())).await;
        };
        tokio::select! {
            () = moment => {}
            _ = process.receive(&fake) => {}
        }
        process.kill();
        if number.is_multiple_of(10) || number == kills {
            stage.say(&format!("{number} of {kills} kills"));
        }
    }
    let last = stage.setup.start();
    let fake = stage.fake.clone();
    let figures = tokio::select! {
        figures = stage.end(|| last.log()) => figures,
        _ = last.receive(&fake) => unreachable!(),
    };
    assert!(
        figures.twice_in_a_chat <= kills,
        "in one chat more replies came twice than there were kills"
    );
}
