//! Turns that come at the same moment are read and written together: each for itself all the same.

use crate::database::{Database, Engine, on_both};
use crate::tiny;
use futures_util::FutureExt as _;
use futures_util::future::{join, join_all};
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use wenlu::store::records::{DeliveredUpdate, OpenedConversation, TurnEffects, TurnRecord};
use wenlu::store::{Store, StoreError};
use wenlu::turn::{AnswerEngine, Bot};
use wenlu_core::model::Candidate;
use wenlu_core::model::{ConversationId, IncomingBody, Lang, MessageId, Timestamp};
use wenlu_core::model::{JournalEntry, TurnOutcome};

fn turn(conversation: &str, version: i64, text: &str) -> TurnRecord {
    let entry = JournalEntry {
        at: Timestamp(1_000 + version),
        text: text.into(),
        question: Some(text.into()),
        lang: Lang::Zh,
        decision: Some(wenlu_core::model::Decision::Answer),
        intent: Some("moving".into()),
        gap: None,
        confidence: 0.1 + 0.2,
        candidates: vec![Candidate {
            intent: "moving".into(),
            confidence: 0.1 + 0.2,
        }],
        knowledge: "v".into(),
        outcome: TurnOutcome::Answered,
        unanswered: None,
        handed_over: false,
        scored_by: None,
    };
    TurnRecord {
        conversation: conversation.into(),
        message: Some(format!("m{version}")),
        version,
        state: format!("{{\"said\":{text:?}}}"),
        response: Some(format!("{{\"to\":{text:?}}}")),
        entry,
        inbox: None,
        effects: TurnEffects::default(),
    }
}

/// All of them wait before the first batch begins: one thread, and nothing is waited for between them.
async fn at_once(
    store: &Store,
    turns: impl IntoIterator<Item = TurnRecord>,
) -> Vec<Result<(), StoreError>> {
    join_all(turns.into_iter().map(|turn| store.turns().commit(turn))).await
}

/// What one of a batch left behind, and nobody else's.
async fn is_whole(store: &Store, turn: &TurnRecord) {
    let opened = store
        .turns()
        .open(&turn.conversation, turn.message.as_deref())
        .await
        .unwrap();
    let (state, answered) = (Some(turn.state.clone()), turn.response.clone());
    assert_eq!(
        opened,
        OpenedConversation {
            state,
            version: turn.version + 1,
            answered
        }
    );
    let rows = store
        .journal()
        .until(&turn.conversation, i64::MAX, 9)
        .await
        .unwrap();
    let last = rows.last().unwrap();
    assert_eq!((&last.message, &last.entry), (&turn.message, &turn.entry));
    assert_eq!(rows.len() as i64, turn.version + 1, "{}", turn.conversation);
}

async fn left_nothing(store: &Store, conversation: &str, version: i64) {
    let opened = store
        .turns()
        .open(conversation, Some(&format!("m{version}")))
        .await
        .unwrap();
    assert_eq!((opened.version, opened.answered), (version, None));
    assert_eq!(
        store
            .journal()
            .until(conversation, i64::MAX, 9)
            .await
            .unwrap()
            .len() as i64,
        version
    );
}

#[tokio::test]
async fn one_that_conflicts_is_refused_and_the_others_are_not() {
    on_both(async |database| {
        let store = Store::open(&database.url).await.unwrap();
        // Some begin, some go on; one begins what is there, one goes on from what is past, one from what never was.
        for old in ["b", "c", "d", "e"] {
            store.turns().commit(turn(old, 0, "之前")).await.unwrap();
        }
        store.turns().commit(turn("e", 1, "之前")).await.unwrap();
        let good = [
            turn("z", 0, "一"),
            turn("b", 1, "二"),
            turn("a", 0, "三"),
            turn("c", 1, "四"),
        ];
        let bad = [
            turn("d", 0, "五"),
            turn("e", 1, "六"),
            turn("gone", 3, "七"),
        ];
        let results = at_once(&store, good.iter().chain(&bad).cloned()).await;
        for (result, turn) in results.iter().zip(good.iter().chain(&bad)) {
            let is_good = good.contains(turn);
            assert_eq!(result.is_ok(), is_good, "{} {result:?}", turn.conversation);
            assert!(
                is_good || matches!(result, Err(StoreError::Conflict)),
                "{result:?}"
            );
        }
        for turn in &good {
            is_whole(&store, turn).await;
        }
        // Of the others not even the answer is kept: it was never given.
        for (conversation, version) in [("d", 1), ("e", 2), ("gone", 0)] {
            left_nothing(&store, conversation, version).await;
        }
    })
    .await;
}

#[tokio::test]
async fn two_turns_of_one_conversation_at_once() {
    on_both(async |database| {
        let store = Store::open(&database.url).await.unwrap();
        // From the same state: one of them.
        let results = at_once(
            &store,
            [turn("b", 0, "甲"), turn("a", 0, "甲"), turn("a", 0, "乙")],
        )
        .await;
        assert!(
            matches!(results[..], [Ok(()), Ok(()), Err(StoreError::Conflict)]),
            "{results:?}"
        );
        is_whole(&store, &turn("a", 0, "甲")).await;
        is_whole(&store, &turn("b", 0, "甲")).await;
        // From one another's: both, in their order.
        let results = at_once(
            &store,
            [turn("a", 1, "丙"), turn("b", 1, "丙"), turn("a", 2, "丁")],
        )
        .await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        is_whole(&store, &turn("a", 2, "丁")).await;
        is_whole(&store, &turn("b", 1, "丙")).await;
    })
    .await;
}

/// Two bots stand for two processes: neither knows the other's locks.
#[tokio::test]
async fn a_message_that_comes_twice_at_once_is_answered_once() {
    on_both(async |database| {
        let engine = Arc::new(AnswerEngine::new(tiny::knowledge(), tiny::Table));
        let bots = [
            Bot::new(engine.clone(), Store::open(&database.url).await.unwrap()),
            Bot::new(engine, Store::open(&database.url).await.unwrap()),
        ];
        let say = async |bot: &Bot, conversation: usize, message: &str| {
            let conversation = ConversationId::parse(&format!("web:{conversation}")).unwrap();
            let message = MessageId::parse(message).unwrap();
            let body = IncomingBody::Text("小程序怎么迁移".into());
            bot.handle(&conversation, Some(&message), body, Timestamp(1_000))
                .await
                .unwrap()
        };
        let all = async |message: &'static str| {
            let twice =
                (0..40).map(|at| join(say(&bots[0], at, message), say(&bots[1], at, message)));
            for (one, other) in join_all(twice).await {
                assert_eq!(one, other);
            }
        };
        all("m1").await;
        assert_eq!(bots[0].store().journal().count().await.unwrap(), 40);
        all("m2").await;
        all("m1").await;
        assert_eq!(bots[0].store().journal().count().await.unwrap(), 80);
    })
    .await;
}

#[tokio::test]
async fn one_that_the_database_refuses_fails_alone() {
    let refuse = |engine| match engine {
        Engine::Sqlite => {
            "CREATE TRIGGER refuse BEFORE INSERT ON journal WHEN NEW.text = '坏'
             BEGIN SELECT RAISE(ABORT, 'refused'); END"
        }
        Engine::Postgres => "ALTER TABLE journal ADD CONSTRAINT refuse CHECK (text <> '坏')",
    };
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let database = Database::new(engine).await;
        let store = Store::open(&database.url).await.unwrap();
        database.sql(refuse(engine)).await;
        let good = [turn("c", 0, "一"), turn("a", 0, "二")];
        let mut all: Vec<TurnRecord> = good.to_vec();
        all.insert(1, turn("b", 0, "坏"));
        let results = at_once(&store, all).await;
        assert!(
            matches!(results[..], [Ok(()), Err(StoreError::Database(_)), Ok(())]),
            "{engine:?}: {results:?}"
        );
        for turn in &good {
            is_whole(&store, turn).await;
        }
        left_nothing(&store, "b", 0).await;
        // And nothing of it stays behind for those who come later.
        store.turns().commit(turn("b", 0, "三")).await.unwrap();
        is_whole(&store, &turn("b", 0, "三")).await;
    }
}

/// Whoever is told that a turn is kept finds it from elsewhere, at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_told_is_told_after_the_commit() {
    on_both(async |database| {
        let (store, other) = (
            Store::open(&database.url).await.unwrap(),
            Store::open(&database.url).await.unwrap(),
        );
        let each = (0..200).map(|at| {
            let (store, other) = (store.clone(), other.clone());
            tokio::spawn(async move {
                for version in 0..3 {
                    let turn = turn(&format!("c{at}"), version, "好");
                    store.turns().commit(turn.clone()).await.unwrap();
                    is_whole(&other, &turn).await;
                }
            })
        });
        for done in join_all(each).await {
            done.unwrap();
        }
        assert_eq!(other.journal().count().await.unwrap(), 600);
    })
    .await;
}

/// On PostgreSQL all share the connections: a transaction that was only begun would take in what
/// others write next, which is acknowledged and gone with the connection.
#[tokio::test]
async fn who_goes_away_leaves_no_transaction_open() {
    on_both(async |database| {
        let store = Store::open(&database.url).await.unwrap();
        let other = Store::open(&database.url).await.unwrap();
        for number in 0..60 {
            let update = DeliveredUpdate {
                channel: "telegram:7".into(),
                update: number.to_string(),
                conversation: "telegram:1".into(),
                payload: "{}".into(),
                at: Timestamp(0),
            };
            let accept = store.inbox().accept(vec![update]);
            let look = store.erasure().traces("telegram:1");
            let mut both = Box::pin(join(accept, look).fuse());
            for _ in 0..number % 12 {
                let _ = poll_fn(|context| Poll::Ready(both.as_mut().poll(context))).await;
                tokio::task::yield_now().await;
            }
            drop(both);
            let turn = turn(&format!("c{number}"), 0, "要多久");
            store.turns().commit(turn.clone()).await.unwrap();
            is_whole(&other, &turn).await;
        }
    })
    .await;
}

#[tokio::test]
async fn closing_waits_for_what_has_begun() {
    on_both(async |database| {
        let store = Store::open(&database.url).await.unwrap();
        let begun: Vec<TurnRecord> = (0..300)
            .map(|at| turn(&format!("c{at}"), 0, "好"))
            .collect();
        let (results, ()) = join(at_once(&store, begun.iter().cloned()), store.close()).await;
        assert!(
            results.iter().all(Result::is_ok),
            "{:?}",
            results.iter().find(|result| result.is_err())
        );
        assert!(matches!(
            store.turns().commit(turn("late", 0, "好")).await,
            Err(StoreError::Closed)
        ));
        assert!(store.turns().open("c0", None).await.is_err());
        let after = Store::open(&database.url).await.unwrap();
        assert_eq!(after.journal().count().await.unwrap(), 300);
        is_whole(&after, &begun[299]).await;
    })
    .await;
}

#[tokio::test]
async fn what_is_written_is_read_as_it_was() {
    const TEXTS: [&str; 6] = [
        "引号\"和\\反斜杠",
        "行\n行\t列\u{1}",
        "😭👨‍👩‍👧\u{200b}",
        "' OR 1=1; --",
        "$1 ?1 {}",
        "",
    ];
    on_both(async |database| {
        let store = Store::open(&database.url).await.unwrap();
        let mut turns: Vec<TurnRecord> = TEXTS
            .iter()
            .enumerate()
            .map(|(at, text)| turn(&format!("c{at}"), 0, text))
            .collect();
        turns[0].response = None;
        turns[1].message = None;
        turns[1].response = None;
        for (at, turn) in turns.iter_mut().enumerate() {
            turn.entry.confidence = [
                0.0,
                1.0,
                1.0 / 3.0,
                1e-7,
                0.123_456_789_012_345_68,
                f64::MIN_POSITIVE,
            ][at];
            turn.entry.handed_over = at % 2 == 0;
        }
        assert!(
            at_once(&store, turns.iter().cloned())
                .await
                .iter()
                .all(Result::is_ok)
        );
        for turn in &turns {
            is_whole(&store, turn).await;
        }
        // Read together too: each its own, and what is not there too.
        let names = ["c3", "none", "c5", "c2", "c3"];
        let opened = join_all(names.map(|name| store.turns().open(name, Some("m0")))).await;
        for (name, opened) in names.iter().zip(opened) {
            let wanted = turns.iter().find(|turn| turn.conversation == *name);
            let opened = opened.unwrap();
            assert_eq!(
                opened.state,
                wanted.map(|turn| turn.state.clone()),
                "{name}"
            );
            assert_eq!(
                opened.answered,
                wanted.and_then(|turn| turn.response.clone()),
                "{name}"
            );
        }
    })
    .await;
}

/// A character that PostgreSQL cannot keep is no reason to lose what others said meanwhile; SQLite keeps it.
#[tokio::test]
async fn a_null_character() {
    on_both(async |database| {
        let store = Store::open(&database.url).await.unwrap();
        let turns = [
            turn("a", 0, "好"),
            turn("b", 0, "零\0一"),
            turn("c", 0, "好"),
        ];
        let results = at_once(&store, turns.clone()).await;
        for (result, turn) in results.iter().zip(&turns) {
            match result {
                Ok(()) => is_whole(&store, turn).await,
                Err(_) => left_nothing(&store, &turn.conversation, 0).await,
            }
        }
        assert!(results[0].is_ok() && results[2].is_ok(), "{results:?}");
        assert_eq!(
            results[1].is_ok(),
            database.url.starts_with("sqlite:"),
            "{:?}",
            results[1]
        );
    })
    .await;
}
