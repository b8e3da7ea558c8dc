//! Thousands of messages to a Telegram whose limits nobody knows, and where a call goes wrong now and then: none is sent
//! before its time, none is missing, and in each chat they are in order. One comes twice only where it was made and the
//! answer got lost.

use super::{Bot, Way};
use crate::database::{Database, Engine};
use fake_telegram::{Answer, Call, Chaos, Fake, Fault, Options, Record, Rule};
use fastrand::Rng;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use wenlu::channel::telegram::rate_limit::BotApiLimits;
use wenlu::clock::now;
use wenlu::store::Store;
use wenlu::store::records::{OutboxCall, TurnEffects};

/// Messages of one fake.
const MESSAGES: usize = 2_000;
const PRIVATE: i64 = 20;
const GROUPS: i64 = 4;
/// Short, and yet so long that the limits are what takes time.
const SECOND: Duration = Duration::from_millis(40);
const PATIENCE: Duration = Duration::from_secs(120);

/// 10,000 in all. Each seed draws other limits, and other faults.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn none_is_early_lost_or_out_of_order() {
    let all = (1..=5).map(|seed| tokio::spawn(flood(seed)));
    let mut refused = 0;
    for one in all.collect::<Vec<_>>() {
        refused += one.await.unwrap();
    }
    assert!(
        refused > 10,
        "only {refused} were refused: these limits were none"
    );
}

/// How many sends were refused.
async fn flood(seed: u64) -> usize {
    let mut rng = Rng::with_seed(seed);
    let fake = Fake::with(Options {
        seed,
        second: SECOND,
        patience: PATIENCE,
        ..Options::default()
    });
    let database = Database::new(if seed.is_multiple_of(2) {
        Engine::Postgres
    } else {
        Engine::Sqlite
    })
    .await;
    // some bots believe that they may send more than they may
    let limits = BotApiLimits {
        second: SECOND,
        speed: 1 + (seed % 3) as u32,
    };
    let bot = Bot::start_with(&fake, &database.url, Way::Webhook, limits, &[]).await;
    let chats = open(&fake).await;
    fake.chaos(Some(chaos()));
    fake.inject(
        Rule::new(Fault {
            effect: seed.is_multiple_of(2),
            answer: Answer::Hang,
        })
        .on("sendMessage")
        .skip(500),
    );
    let begun = Instant::now();
    let channel = format!("telegram:{}", fake.bot_id());
    let mut counts = BTreeMap::new();
    while counts.values().sum::<usize>() < MESSAGES {
        let calls = (0..rng.usize(1..200)).map(|_| {
            let chat = *rng.choice(&chats).unwrap();
            let count = counts.entry(chat).or_insert(0);
            *count += 1;
            message(&channel, chat, *count - 1)
        });
        let effects = TurnEffects {
            calls: calls.collect(),
            ..TurnEffects::default()
        };
        bot.store()
            .outbox()
            .add("telegram:flood", effects, now())
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_millis(rng.u64(..30))).await;
    }
    all_are_sent(bot.store(), begun).await;
    let refused = fake.look(|record| judge(record, &counts));
    println!(
        "seed {seed}: {counts:?} messages, {refused} refused, {:?}",
        begun.elapsed()
    );
    bot.stop().await;
    refused
}

/// People write to a bot before it may write to them.
pub(super) async fn open(fake: &Fake) -> Vec<i64> {
    // what names no chat may be refused for all of them
    fake.until(|record| record.count("setWebhook") > 0 && record.count("setMyCommands") == 3)
        .await;
    for user in 1..=PRIVATE {
        fake.user(user).say("多谢啦");
    }
    fake.until(|record| (1..=PRIVATE).all(|user| record.replies(user).count() == 1))
        .await;
    let groups = (1..=GROUPS).map(|number| fake.group(number, "群").id);
    (1..=PRIVATE).chain(groups).collect()
}

fn chaos() -> Chaos {
    let faults = vec![
        Fault::before(Answer::TooManyRequests(1)),
        Fault::before(Answer::TooManyRequests(4)),
        Fault::before(Answer::TooManyRequests(9)),
        Fault::before(Answer::Restart),
        Fault::before(Answer::BadGateway),
        Fault::before(Answer::Cut),
        Fault::before(Answer::Slow(0.5)),
        Fault::after(Answer::Restart),
        Fault::after(Answer::BadGateway),
        Fault::after(Answer::Cut),
        Fault::after(Answer::Truncated),
        Fault::after(Answer::Garbage),
        Fault::after(Answer::Slow(0.5)),
    ];
    Chaos { rate: 0.06, faults }
}

pub(super) fn message(channel: &str, chat: i64, number: usize) -> OutboxCall {
    OutboxCall {
        channel: channel.to_owned(),
        chat: chat.to_string(),
        conversation: format!("telegram:{chat}"),
        method: "sendMessage".to_owned(),
        payload: serde_json::json!({ "text": text(number) }).to_string(),
        after: "\"nothing\"".to_owned(),
        expires: None,
    }
}

fn text(number: usize) -> String {
    format!("第 {number} 条")
}

async fn all_are_sent(store: &Store, begun: Instant) {
    while store.outbox().count().await.unwrap() > 0 {
        assert!(
            begun.elapsed() < PATIENCE,
            "{} are not sent",
            store.outbox().count().await.unwrap()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(store.outbox().count_undelivered().await.unwrap(), 0);
}

/// How many sends were refused, where nothing is wrong.
fn judge(record: &Record, counts: &BTreeMap<i64, usize>) -> usize {
    assert_eq!(record.early, []);
    for (chat, count) in counts {
        let shown: Vec<&str> = record
            .replies(*chat)
            .map(|m| m.text.as_str())
            .filter(|t| t.starts_with('第'))
            .collect();
        let mut once = shown.clone();
        once.dedup();
        let all: Vec<String> = (0..*count).map(text).collect();
        assert_eq!(once, all, "in {chat}");
        for message in once {
            let times = shown.iter().filter(|other| **other == message).count();
            let unheard = record
                .calls("sendMessage")
                .filter(|call| is_unheard(call, *chat, message))
                .count();
            assert!(
                times <= 1 + unheard,
                "{message} came {times} times to {chat}, and {unheard} answers were lost"
            );
        }
    }
    record
        .calls("sendMessage")
        .filter(|call| matches!(&call.outcome, Some(Err(failure)) if failure.code == 429))
        .count()
}

/// It was made, but the bot did not hear so.
fn is_unheard(call: &Call, chat: i64, text: &str) -> bool {
    let is_lost = call
        .fault
        .is_some_and(|fault| fault.effect && !matches!(fault.answer, Answer::Slow(_)));
    let is_it = || {
        call.params.get("chat_id") == Some(&chat.to_string())
            && call.params.get("text") == Some(text)
    };
    is_lost && call.took_effect() && is_it()
}
