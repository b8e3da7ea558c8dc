//! The disk under a running server fails, for real: it is full or reports errors, the file is locked, read-only, damaged,
//! deleted or replaced. Whatever it was, nobody waits for long, readiness says so, and it ends by itself.

use super::machine::Machine;
use futures_util::future::join_all;
use sqlx::{Connection, SqliteConnection};
use std::time::{Duration, Instant};

/// What a person may wait at most, and what a busy machine adds.
const SOON: Duration = Duration::from_millis(2_000 + 2_000);

async fn heals(errno: i32, code: &str) {
    let machine = Machine::new().await.start().await;
    machine
        .send_all(0..30)
        .await
        .iter()
        .for_each(|status| assert_eq!(*status, 200));
    assert_eq!(machine.ready().await, (200, "ok".to_owned()));

    let lines = machine.process.whole_log().lines().count();
    machine.fail(&errno.to_string());
    let (failing, begun) = (30..430, Instant::now());
    machine
        .send_all(failing.clone())
        .await
        .iter()
        .for_each(|status| assert_eq!(*status, 503));
    assert!(begun.elapsed() < SOON * 8, "{:?}", begun.elapsed());
    assert_eq!(machine.ready().await, (503, code.to_owned()));

    machine.mend();
    assert_eq!(
        machine.send(430).await,
        200,
        "the first one after it\n{}",
        machine.process.log()
    );
    machine.becomes_ready().await;
    // whoever got no answer sends it again, and so does somebody who did
    machine
        .send_all(failing)
        .await
        .iter()
        .for_each(|status| assert_eq!(*status, 200));
    machine
        .send_all(0..30)
        .await
        .iter()
        .for_each(|status| assert_eq!(*status, 200));

    let log = machine.process.whole_log();
    let said = log
        .lines()
        .skip(lines)
        .filter(|line| line.contains("ERROR") || line.contains("WARN"))
        .count();
    assert!((2..=8).contains(&said), "{said} lines\n{log}");
    assert!(log.contains("the database can be written again"), "{log}");
    let stored = machine.stored().await;
    assert_eq!(
        stored,
        (0..431).collect::<Vec<_>>(),
        "none is lost, none is doubled"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_stops_nothing_once_there_is_space_again() {
    heals(28, "full").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_of_the_disk_stops_nothing_once_it_is_over() {
    heals(5, "disk").await;
}

/// Again and again, while people go on talking.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fails_now_and_then_loses_and_doubles_nothing() {
    let machine = Machine::new().await.start().await;
    let flicker = async {
        for _ in 0..6 {
            tokio::time::sleep(Duration::from_millis(60)).await;
            machine.fail("28");
            tokio::time::sleep(Duration::from_millis(40)).await;
            machine.mend();
        }
    };
    let talk = async |talker: usize| {
        for number in (0..40).map(|turn| talker * 40 + turn) {
            let begun = Instant::now();
            while machine.send(number).await != 200 {
                assert!(
                    begun.elapsed() < Duration::from_secs(30),
                    "{}",
                    machine.process.log()
                );
            }
        }
    };
    tokio::join!(flicker, join_all((0..6).map(talk)));
    assert_eq!(machine.stored().await, (0..240).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_database_is_said_within_two_seconds() {
    let machine = Machine::new().await.start().await;
    assert_eq!(machine.send(0).await, 200);
    let mut other = SqliteConnection::connect(&machine.database.url)
        .await
        .unwrap();
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .unwrap();
    // they come one after the other: the later ones find others waiting
    let waits = join_all((1..40).map(async |number: usize| {
        tokio::time::sleep(Duration::from_millis(50 * number as u64)).await;
        let begun = Instant::now();
        assert_eq!(machine.send(number).await, 503);
        begun.elapsed()
    }));
    let longest = waits.await.into_iter().max().unwrap();
    assert!(longest < SOON, "{longest:?}");
    let begun = Instant::now();
    assert_eq!(machine.ready().await, (503, "locked".to_owned()));
    assert!(begun.elapsed() < SOON);
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    assert_eq!(machine.send(40).await, 200);
    machine.becomes_ready().await;
    assert_eq!(machine.stored().await, [0, 40]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_on_a_locked_or_read_only_database_says_so_within_two_seconds() {
    let machine = Machine::new().await.start().await;
    assert_eq!(machine.send(0).await, 200);
    let stopped = machine.stop();
    let begun = Instant::now();
    let mut other = SqliteConnection::connect(&stopped.database.url)
        .await
        .unwrap();
    for statement in ["PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE"] {
        sqlx::query(statement).execute(&mut other).await.unwrap();
    }
    let (said, took) = stopped.fails_to_start();
    assert!(
        said.contains("another process keeps the database locked"),
        "{said}"
    );
    assert!(took < SOON, "{took:?} after {:?}\n{said}", begun.elapsed());
    other.close().await.unwrap();

    stopped.fail("o13");
    let (said, took) = stopped.fails_to_start();
    assert!(said.contains("the database may only be read"), "{said}");
    assert!(took < SOON, "{took:?}");
    stopped.mend();
    assert_eq!(stopped.start().await.send(1).await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_damaged_while_it_serves_is_said_at_once() {
    let machine = Machine::new().await.start().await;
    machine.send_all(0..50).await;
    let size = std::fs::metadata(machine.file()).unwrap().len();
    std::fs::write(
        machine.file(),
        vec![0x5a; usize::try_from(size).unwrap().max(8_192)],
    )
    .unwrap();
    let begun = Instant::now();
    machine.becomes_unready("damaged").await;
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    let begun = Instant::now();
    assert_eq!(machine.send(50).await, 503);
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_database_is_noticed_and_a_backup_in_its_place_serves() {
    let machine = Machine::new().await.start().await;
    machine
        .send_all(0..20)
        .await
        .iter()
        .for_each(|status| assert_eq!(*status, 200));
    let backup = machine.backup().await;
    machine.send_all(20..25).await;

    std::fs::remove_file(machine.file()).unwrap();
    machine
        .send_all(25..60)
        .await
        .iter()
        .for_each(|status| assert_eq!(*status, 503));
    assert_eq!(machine.ready().await, (503, "gone".to_owned()));
    // no database of ours, and not made one
    std::fs::write(machine.file(), "").unwrap();
    assert_eq!(machine.send(60).await, 503);
    machine.becomes_unready("replaced").await;
    assert_eq!(std::fs::metadata(machine.file()).unwrap().len(), 0);

    // the log of the deleted file still lies beside it, and is not taken for the backup's
    std::fs::rename(backup, machine.file()).unwrap();
    machine.becomes_ready().await;
    machine
        .send_all(25..60)
        .await
        .iter()
        .for_each(|status| assert_eq!(*status, 200));
    let log = machine.process.whole_log();
    assert!(
        log.contains("another database stands in the place of the open one"),
        "{log}"
    );
    assert!(log.contains("set aside"), "{log}");
    assert_eq!(
        machine.stored().await,
        (0..20).chain(25..60).collect::<Vec<_>>()
    );
}
