//! The real binary, killed at random moments while people talk, and started again: what it acknowledged it answers, in
//! order, and a kill costs one reply that comes twice at most.
//!
//! `WENLU_KILLS` says how often in all four ways together, `WENLU_SEED` when and what is asked.

use super::crowd::{self, Crowd};
use super::process::{PATIENCE, Process, Setup};
use super::relay::Relay;
use super::Way;
use crate::database::{Database, Engine};
use crate::fake::{Call, Fake, Options};
use fastrand::Rng;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wenlu::store::Store;

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
    let (kills, mut stage) = (kills(), Stage::set(Way::Webhook, Engine::Postgres).await);
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
        stage.note(number, kills);
    }
    stage.end(kills, || replicas[0].log()).await;
}

async fn killed_again_and_again(way: Way, engine: Engine) {
    let (kills, mut stage) = (kills(), Stage::set(way, engine).await);
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
        stage.note(number, kills);
    }
    let last = stage.setup.start();
    let fake = stage.fake.clone();
    tokio::select! {
        () = stage.end(kills, || last.log()) => {}
        _ = last.receive(&fake) => {}
    }
}

/// What a test happens on.
struct Stage {
    name: String,
    seed: u64,
    rng: Rng,
    way: Way,
    fake: Arc<Fake>,
    database: Database,
    setup: Setup,
    crowd: Crowd,
    begun: Instant,
}

impl Stage {
    async fn set(way: Way, engine: Engine) -> Stage {
        let seed = std::env::var("WENLU_SEED").map_or(1, |seed| seed.parse().expect("WENLU_SEED is a number"));
        let fake = Arc::new(Fake::with(Options { seed, flood: false, patience: PATIENCE, ..Options::default() }));
        let database = Database::new(engine).await;
        let setup = Setup::new(&fake, &database.url, way);
        crowd::write_answers(setup.folder());
        let crowd = Crowd::start(&fake, seed);
        let name = format!("{way:?} on {engine:?}, WENLU_SEED={seed}");
        Stage { name, seed, rng: Rng::with_seed(seed), way, fake, database, setup, crowd, begun: Instant::now() }
    }

    /// Waits for the next message that is sent.
    async fn sends(&self, log: impl Fn() -> String) {
        let before = self.fake.look(|record| record.calls.len());
        let is_one = |call: &Call| call.method == "sendMessage" && call.took_effect();
        let sends = self.fake.until(move |record| record.calls[before..].iter().any(is_one));
        if tokio::time::timeout(PATIENCE / 2, sends).await.is_err() {
            panic!("{}: nothing is sent\n{}", self.name, log());
        }
    }

    fn note(&self, number: usize, kills: usize) {
        if number.is_multiple_of(10) || number == kills {
            println!("{}: {number} of {kills} kills after {:?}", self.name, self.begun.elapsed());
        }
    }

    /// Nobody says anything more; what is open is answered, and then it is looked at.
    async fn end(&mut self, kills: usize, log: impl Fn() -> String) {
        println!("{}: now it is looked at", self.name);
        let store = Store::open(&self.database.url).await.unwrap();
        self.crowd.hush(&self.fake, &store, log).await;
        let figures = self.crowd.check(&self.fake, &store, self.way).await;
        println!("{}: {kills} kills, {figures:?}, {:?}", self.name, self.begun.elapsed());
        assert!(figures.twice <= kills, "seed {}: more replies came twice than there were kills", self.seed);
        assert_eq!(self.fake.look(|record| record.count("deleteWebhook")), 0);
    }
}

/// How often a process is killed in one way.
fn kills() -> usize {
    let kills = std::env::var("WENLU_KILLS").map_or(KILLS, |kills| kills.parse().expect("WENLU_KILLS is a number"));
    kills.div_ceil(4)
}
