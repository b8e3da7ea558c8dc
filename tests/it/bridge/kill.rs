//! The real binary, killed while hand-overs change, and started again: each change is told, in
//! order, and a kill repeats at most one event of a conversation.
//!
//! `WENLU_KILLS` says how often in all three ways together, `WENLU_SEED` when.

use super::receiver::{PATIENCE, Receiver, SECRET};
use super::stage::{KEY, TeamServer};
use crate::admin::add_account;
use crate::database::{Database, Engine};
use crate::talk::process::{Process, Setup, kills, seeded};
use reqwest::Client;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use wenlu::store::Store;
use wenlu::store::accounts::AccountRole;

/// In all ways together; 200 by hand.
const KILLS: usize = 12;
/// How long a process may deliver before it is killed.
const ALIVE: Duration = Duration::from_millis(150);
const ASKERS: usize = 8;
/// What each changes at least, also where the machine is so busy that the kills are over before.
const CHANGES: usize = 3;

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_deliver_once() {
    let (database, receiver) = (
        Database::new(Engine::Postgres).await,
        Receiver::start().await,
    );
    let setup = setup(&database, &receiver).await;
    let processes = [setup.start(), setup.start()];
    let addresses = listening(&processes).await;
    let changes = 10;
    let asks = (0..ASKERS).map(|at| {
        let teams: Vec<TeamServer> = addresses.iter().cloned().map(TeamServer::at).collect();
        async move {
            for change in 0..changes {
                let team = &teams[(at + change) % teams.len()];
                team.handover(&format!("a{at}"), &change.to_string(), change % 2 == 0)
                    .await;
            }
        }
    });
    futures_util::future::join_all(asks).await;
    for at in 0..ASKERS {
        let told = receiver.until_told(&format!("a{at}"), changes).await;
        assert_eq!(told, expected(changes));
    }
    assert_eq!(receiver.deliveries().len(), ASKERS * changes, "each once");
}

async fn killed_again_and_again(engine: Engine, replicas: usize) {
    let (kills, mut rng) = (kills(KILLS, 3), seeded());
    let (database, receiver) = (Database::new(engine).await, Receiver::start().await);
    let setup = setup(&database, &receiver).await;
    let mut processes = vec![];
    for _ in 0..replicas {
        processes.push(setup.start());
    }
    let (lead, addresses) = watch::channel(listening(&processes).await);
    let hush = Arc::new(AtomicBool::new(false));
    let askers: Vec<_> = (0..ASKERS)
        .map(|at| tokio::spawn(asks(at, addresses.clone(), hush.clone())))
        .collect();
    for kill in 0..kills {
        let before = receiver.deliveries().len();
        let what = format!("an event before kill {}", kill + 1);
        receiver.until(&what, |all| all.len() > before).await;
        tokio::time::sleep(ALIVE.mul_f64(rng.f64())).await;
        let at = rng.usize(..replicas);
        std::mem::replace(&mut processes[at], setup.start()).kill();
        lead.send_replace(listening(&processes).await);
    }
    hush.store(true, Relaxed);
    let mut events = 0;
    for (at, asker) in askers.into_iter().enumerate() {
        let changes = asker.await.unwrap();
        events += changes;
        let name = format!("a{at}");
        let told = receiver.until_told(&name, changes).await;
        assert_eq!(told, expected(changes), "{name}");
        check_order(&receiver, &name, kills);
    }
    println!("{engine:?}, {replicas} replicas: {kills} kills, {events} events, each told in order");
}

/// Whoever comes again comes before the next one, and not more often than there were kills.
fn check_order(receiver: &Receiver, name: &str, kills: usize) {
    let deliveries = receiver.deliveries();
    let ids = deliveries.iter().filter(|one| one.conversation == name);
    let ids: Vec<&str> = ids.map(|one| one.id.as_str()).collect();
    let mut in_order = ids.clone();
    in_order.dedup();
    let mut each = in_order.clone();
    each.sort_unstable();
    each.dedup();
    assert_eq!(each.len(), in_order.len(), "{name}: {ids:?}");
    assert!(ids.len() - in_order.len() <= kills, "{name}: {ids:?}");
}

fn expected(changes: usize) -> Vec<&'static str> {
    ["[waiting]", "[given_back asker]"]
        .into_iter()
        .cycle()
        .take(changes)
        .collect()
}

/// With a colleague who can be asked for.
async fn setup(database: &Database, receiver: &Receiver) -> Setup {
    let store = Store::open(&database.url).await.unwrap();
    add_account(&store, "agent", AccountRole::Agent).await;
    store.close().await;
    Setup::web(&database.url)
        .with("WENLU_RELOAD", "off")
        .with("WENLU_LEASE", "200ms")
        .with("WENLU_BRIDGE_KEY", KEY)
        .with("WENLU_BRIDGE_URL", &receiver.url())
        .with("WENLU_BRIDGE_SECRET", SECRET)
        .with("WENLU_BRIDGE_RATE_PER_MINUTE", "0")
}

async fn listening(processes: &[Process]) -> Vec<String> {
    let mut addresses = vec![];
    for process in processes {
        let address = process.listening().await.expect("it listens");
        addresses.push(format!("http://{address}"));
    }
    addresses
}

/// Asks for a person and for the bot in turn, each time until it is answered. Returns how often.
async fn asks(at: usize, addresses: watch::Receiver<Vec<String>>, hush: Arc<AtomicBool>) -> usize {
    let client = Client::new();
    let mut changes = 0;
    while !hush.load(Relaxed) || changes < CHANGES {
        let body = json!({"id": changes.to_string(), "open": changes % 2 == 0});
        let begun = Instant::now();
        for try_number in 0.. {
            let all = addresses.borrow().clone();
            let base = &all[(at + try_number) % all.len()];
            let url = format!("{base}/api/v1/bridge/conversations/a{at}/handover");
            let sent = client.post(url).bearer_auth(KEY).json(&body).send().await;
            if sent.is_ok_and(|answer| answer.status() == 200) {
                break;
            }
            assert!(begun.elapsed() < 2 * PATIENCE, "a{at} is not answered");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        changes += 1;
    }
    changes
}
