//! What an encoder can do wrong, and that a message is answered all the same, in time, and as without one.

use super::PARAPHRASE;
use super::serving::EncoderHouse;
use super::stub::{Stub, StubManner};
use crate::small;
use crate::talk::process::Setup;
use axum::http::StatusCode;
use std::time::{Duration, Instant};
use wenlu::encoder::MESSAGE_TIMEOUT;
use wenlu_core::model::ScoreSource;

/// A message that no other test says, so that its vector is not known.
fn unheard() -> String {
    format!("{PARAPHRASE}{:x}", fastrand::u32(..))
}

/// The next message is not scored by the encoder, and is answered as if there were none.
pub(crate) async fn stays_lexical(house: &mut EncoderHouse) {
    let (answer, scored_by) = house.say(&unheard()).await;
    assert_ne!(scored_by, Some(ScoreSource::Encoder), "{answer}");
    assert_ne!(answer["decision"], "answer", "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encoder_that_hangs_costs_a_moment_and_then_nothing() {
    let stub = Stub::start(StubManner::Embeds);
    let folder = tempfile::tempdir().unwrap();
    let mut house = EncoderHouse::encoded(&stub.url(), &folder.path().join("cache")).await;
    stub.set(StubManner::Hangs);
    let requests = stub.requests();
    for _ in 0..3 {
        let begun = Instant::now();
        stays_lexical(&mut house).await;
        assert!(begun.elapsed() >= MESSAGE_TIMEOUT);
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{:?}",
            begun.elapsed()
        );
    }
    // after three failures nobody waits
    for _ in 0..20 {
        stays_lexical(&mut house).await;
    }
    assert_eq!(stub.requests(), requests + 3);
    // what is known already is scored as before
    assert_eq!(house.say(PARAPHRASE).await.1, Some(ScoreSource::Encoder));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_wrong_answer_gets_further() {
    let stub = Stub::start(StubManner::Embeds);
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    EncoderHouse::encoded(&stub.url(), &cache).await;
    for manner in [
        StubManner::Spoils("NaN"),
        StubManner::Spoils("null"),
        StubManner::Spoils("1e39"),
        StubManner::LeavesOneOut,
        StubManner::Floods,
        StubManner::SaysNothing,
        StubManner::Refuses(StatusCode::INTERNAL_SERVER_ERROR),
        StubManner::Refuses(StatusCode::UNAUTHORIZED),
        StubManner::Refuses(StatusCode::FOUND),
    ] {
        stub.set(manner);
        let mut house = EncoderHouse::new(&stub.url(), &cache).await;
        let requests = stub.requests();
        stays_lexical(&mut house).await;
        assert!(stub.requests() > requests, "{manner:?}");
        // as soon as it is right again, so are the answers
        stub.set(StubManner::Embeds);
        house.until_encoded().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_with_an_encoder_that_hangs_or_lies_serves() {
    for manner in [
        StubManner::Hangs,
        StubManner::Spoils("NaN"),
        StubManner::Floods,
    ] {
        let stub = Stub::start(manner);
        let folder = tempfile::tempdir().unwrap();
        let begun = Instant::now();
        let mut house = EncoderHouse::new(&stub.url(), &folder.path().join("cache")).await;
        assert!(begun.elapsed() < Duration::from_secs(30), "{manner:?}");
        stays_lexical(&mut house).await;
        assert!(!folder.path().join("cache").exists());
    }
}

/// A process ends when it is told to, whatever its encoder does.
#[tokio::test(flavor = "multi_thread")]
async fn an_encoder_that_hangs_does_not_hold_up_the_end() {
    let stub = Stub::start(StubManner::Hangs);
    let setup = Setup::web("sqlite://wenlu.db")
        .with("WENLU_EMBEDDINGS_URL", &stub.url())
        .with("WENLU_EMBEDDINGS_MODEL", "stub");
    small::write_files(setup.folder());
    let process = setup.start();
    assert!(process.listening().await.is_some(), "{}", process.log());
    // the start asked once; this is the background, which waits for a minute
    let begun = Instant::now();
    while stub.requests() < 2 {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never asks");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (status, took) = process.terminate().await;
    assert!(
        status.success() && took < Duration::from_secs(15),
        "{took:?}"
    );
}
