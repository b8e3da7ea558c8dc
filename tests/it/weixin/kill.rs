//! The real binary, killed while askers write, and started again: each message is answered once, and
//! each further delivery of it gets the same answer.
//!
//! `WENLU_KILLS` says how often in all three ways together, `WENLU_SEED` when.

use crate::database::{Database, Engine};
use crate::talk::process::{PATIENCE, Process, Setup, kills, seeded};
use fake_weixin::{Message, Mode, Options, Platform, Verdict};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use wenlu::store::Store;

/// In all ways together; 200 by hand.
const KILLS: usize = 12;
/// How long a process may answer before it is killed.
const ALIVE: Duration = Duration::from_millis(150);
const ASKERS: usize = 6;
/// What each asks at least, also where the machine is so busy that the kills are over before.
const ASKED: usize = 2;
const QUESTIONS: [&str; 4] = ["小程序怎么迁移", "openid 会变吗", "1", "注销怎么弄"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_on_sqlite() {
    killed_again_and_again(Engine::Sqlite, Mode::Plain, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_on_postgres() {
    killed_again_and_again(Engine::Postgres, Mode::Safe, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas() {
    killed_again_and_again(Engine::Postgres, Mode::Safe, 2).await;
}

/// Who asks.
#[derive(Default)]
struct Crowd {
    hush: AtomicBool,
    answered: AtomicUsize,
}

impl Crowd {
    /// Waits until one of them is answered; `kill`: for whoever watches.
    async fn is_answered(&self, kill: usize) {
        let (before, begun) = (self.answered.load(Relaxed), Instant::now());
        while self.answered.load(Relaxed) == before {
            assert!(
                begun.elapsed() < PATIENCE,
                "nobody is answered before kill {kill}"
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// Where messages are delivered at present.
type Addresses = watch::Receiver<Vec<String>>;

async fn killed_again_and_again(engine: Engine, mode: Mode, replicas: usize) {
    let (kills, mut rng) = (kills(KILLS, 3), seeded());
    let database = Database::new(engine).await;
    let options = Options {
        mode,
        ..Options::default()
    };
    let setup = setup(&database, &options);
    let platform = Arc::new(Platform::new(options));
    let (lead, addresses) = watch::channel(vec![]);
    let crowd = Arc::new(Crowd::default());
    let mut processes = vec![];
    for _ in 0..replicas {
        processes.push(setup.start());
    }
    lead.send_replace(listening(&processes).await);
    let askers: Vec<_> = (0..ASKERS)
        .map(|at| tokio::spawn(asks(platform.clone(), at, addresses.clone(), crowd.clone())))
        .collect();
    for number in 0..kills {
        // every fifth comes to answer nobody
        if number % 5 != 4 {
            crowd.is_answered(number + 1).await;
        }
        tokio::time::sleep(ALIVE.mul_f64(rng.f64())).await;
        let at = rng.usize(..replicas);
        std::mem::replace(&mut processes[at], setup.start()).kill();
        lead.send_replace(listening(&processes).await);
    }
    crowd.hush.store(true, Relaxed);
    let store = Store::open(&database.url).await.unwrap();
    let mut messages = 0;
    for (at, asker) in askers.into_iter().enumerate() {
        let answered = asker.await.unwrap();
        messages += answered.len();
        check(&store, &platform, &addresses, at, answered).await;
    }
    println!(
        "{engine:?}, {replicas} replicas: {kills} kills, {messages} messages, each answered once"
    );
}

fn setup(database: &Database, options: &Options) -> Setup {
    let setup = Setup::web(&database.url)
        .with("WENLU_RELOAD", "off")
        .with("WENLU_WEIXIN_APPID", &options.appid)
        .with("WENLU_WEIXIN_TOKEN", &options.token);
    match options.mode {
        Mode::Plain => setup,
        Mode::Compatible | Mode::Safe => setup.with("WENLU_WEIXIN_AES_KEY", &options.aes_key),
    }
}

async fn listening(processes: &[Process]) -> Vec<String> {
    let mut addresses = vec![];
    for process in processes {
        let address = process.listening().await.expect("it listens");
        addresses.push(format!("http://{address}/weixin"));
    }
    addresses
}

/// Asks one question after the other; each is delivered until it is answered.
async fn asks(
    platform: Arc<Platform>,
    at: usize,
    addresses: Addresses,
    crowd: Arc<Crowd>,
) -> Vec<(Message, Verdict)> {
    let mut answered = vec![];
    while !crowd.hush.load(Relaxed) || answered.len() < ASKED {
        let question = QUESTIONS[answered.len() % QUESTIONS.len()];
        let message = platform.asker(&format!("oAsker{at}")).says(question);
        let verdict = until_answered(&platform, &addresses, &message).await;
        answered.push((message, verdict));
        crowd.answered.fetch_add(1, Relaxed);
    }
    answered
}

async fn until_answered(platform: &Platform, addresses: &Addresses, message: &Message) -> Verdict {
    let begun = Instant::now();
    for at in 0.. {
        let all = addresses.borrow().clone();
        match platform.post(&all[at % all.len()], message).await {
            Verdict::Fault(fault) => {
                assert!(begun.elapsed() < 5 * PATIENCE, "{message:?}: {fault:?}");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            answered => return answered,
        }
    }
    unreachable!()
}

/// Each message stands in the journal once, and is answered as before.
async fn check(
    store: &Store,
    platform: &Platform,
    addresses: &Addresses,
    at: usize,
    answered: Vec<(Message, Verdict)>,
) {
    let conversation = format!("weixin:{}:oAsker{at}", platform.options().appid);
    let rows = store
        .journal()
        .until(&conversation, i64::MAX, 1_000_000)
        .await
        .unwrap();
    assert_eq!(rows.len(), answered.len(), "{conversation}");
    for (message, verdict) in answered {
        assert!(matches!(verdict, Verdict::Text(_)), "{verdict:?}");
        assert_eq!(until_answered(platform, addresses, &message).await, verdict);
    }
}
