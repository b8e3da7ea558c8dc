//! PostgreSQL is killed, or answers no longer. Nothing is acknowledged that is not stored, readiness says so, and the server
//! goes on by itself when it is back.

use super::machine::Machine;
use super::own_postgres::OwnPostgres;
use std::time::{Duration, Instant};

/// A request's deadline, and what a busy machine adds.
const DEADLINE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_postgresql_is_said_and_used_again_when_it_is_back() {
    let postgres = OwnPostgres::start();
    let machine = Machine::on(postgres.url()).start().await;
    let all = |statuses: Vec<u16>, expected: u16| {
        for status in statuses {
            assert_eq!(status, expected, "{}", machine.process.log());
        }
    };
    all(machine.send_all(0..20).await, 200);
    machine.becomes_ready().await;
    postgres.kill();
    all(machine.send_all(20..40).await, 503);
    // unreachable, or silent while connections are tried
    assert_eq!(machine.ready().await.0, 503);
    postgres.begin();
    machine.becomes_ready().await;
    all(machine.send_all(0..40).await, 200);
    assert_eq!(
        machine.count("journal").await,
        40,
        "none is lost, none is doubled"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_answers_no_longer_is_said_and_used_again_when_it_does() {
    let postgres = OwnPostgres::start();
    let machine = Machine::on(postgres.url()).start().await;
    assert_eq!(machine.send(0).await, 200);
    machine.becomes_ready().await;
    postgres.pause();
    let begun = Instant::now();
    machine.becomes_unready("silent").await;
    let (message, ready) = tokio::join!(machine.send(1), machine.ready());
    assert_eq!((message / 100, ready.0), (5, 503));
    assert!(begun.elapsed() < DEADLINE, "{:?}", begun.elapsed());
    postgres.resume();
    machine.becomes_ready().await;
    assert_eq!(machine.send(1).await, 200);
    assert_eq!(machine.send(2).await, 200);
    assert_eq!(machine.count("journal").await, 3);
}
