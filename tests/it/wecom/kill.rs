//! The real binary, killed while customers write, and started again: each message is answered once,
//! and each answer is shown once.
//!
//! `WENLU_KILLS` says how often in all three ways together, `WENLU_SEED` when.

use super::stage::settings;
use crate::database::{Database, Engine};
use crate::talk::process::{PATIENCE, Process, Setup, kills, seeded};
use fake_wecom::{Company, CompanyOptions};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use wenlu::store::Store;

/// In all ways together; 25 by hand.
const KILLS: usize = 9;
/// How long a process runs before it is killed.
const ALIVE: Duration = Duration::from_millis(500);
const ASKERS: usize = 6;
/// What each asks at least, also where the machine is so busy that the kills are over before.
const ASKED: usize = 2;
const QUESTIONS: [&str; 3] = ["小程序怎么迁移", "openid 会变吗", "小店怎么注销"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_on_sqlite() {
    killed_again_and_again(Engine::Sqlite, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_on_postgres() {
    killed_again_and_again(Engine::Postgres, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas() {
    killed_again_and_again(Engine::Postgres, 2).await;
}

async fn killed_again_and_again(engine: Engine, replicas: usize) {
    let (kills, mut rng) = (kills(KILLS, 3), seeded());
    let database = Database::new(engine).await;
    let company = Arc::new(Company::new(CompanyOptions {
        page: 5,
        ..CompanyOptions::default()
    }));
    let api = company.serve().await;
    let mut setup = Setup::web(&database.url)
        .with("WENLU_RELOAD", "off")
        .with("WENLU_LEASE", "200ms");
    for (name, value) in settings(company.options(), &api) {
        setup = setup.with(&name, &value);
    }
    let mut processes: Vec<Process> = (0..replicas).map(|_| setup.start()).collect();
    listen(&company, &processes).await;
    let hush = Arc::new(AtomicBool::new(false));
    let askers: Vec<_> = (0..ASKERS)
        .map(|at| tokio::spawn(asks(company.clone(), format!("wmAsker{at}"), hush.clone())))
        .collect();
    for _ in 0..kills {
        tokio::time::sleep(ALIVE + ALIVE.mul_f64(rng.f64())).await;
        let at = rng.usize(..replicas);
        std::mem::replace(&mut processes[at], setup.start()).kill();
        listen(&company, &processes).await;
    }
    hush.store(true, Relaxed);
    let store = Store::open(&database.url).await.unwrap();
    let mut messages = 0;
    for (at, asker) in askers.into_iter().enumerate() {
        let asked = asker.await.unwrap();
        messages += asked;
        let name = format!("wecom:{}:wmAsker{at}", company.options().account);
        let rows = store.journal().until(&name, i64::MAX, 1_000_000).await;
        assert_eq!(rows.unwrap().len(), asked, "{name}: each is answered once");
        let seen = company.seen_by(&format!("wmAsker{at}")).len();
        assert_eq!(seen, asked, "{name}: each answer is shown once");
    }
    assert_eq!(company.mistakes(), [""; 0]);
    let log = processes[0].log();
    assert!(!log.contains(fake_wecom::CORP_SECRET));
    println!(
        "{engine:?}, {replicas} replicas: {kills} kills, {messages} messages, each answered and shown once; {} sent again and refused",
        company.repeated()
    );
}

async fn listen(company: &Company, processes: &[Process]) {
    let mut addresses = vec![];
    for process in processes {
        let address = process.listening().await.expect("it listens");
        addresses.push(format!("http://{address}/wecom"));
    }
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    company.notify_at(&addresses);
}

/// Asks one question after the other; each waits for its answer. Some write while nobody listens.
async fn asks(company: Arc<Company>, id: String, hush: Arc<AtomicBool>) -> usize {
    let mut asked = 0;
    while !hush.load(Relaxed) || asked < ASKED {
        company
            .customer(&id)
            .says(QUESTIONS[asked % QUESTIONS.len()])
            .await;
        asked += 1;
        let begun = Instant::now();
        let mut noticed = Instant::now();
        while company.seen_by(&id).len() < asked {
            assert!(begun.elapsed() < PATIENCE, "{id} is not answered");
            // a notice is lost with the process that would have taken it; others follow in real life
            if noticed.elapsed() > Duration::from_secs(2) {
                company.notify().await;
                noticed = Instant::now();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    asked
}
