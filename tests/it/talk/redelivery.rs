//! Telegram delivers again what it does not know to be acknowledged, and others may deliver again what they overheard: an
//! update is answered once, however often it comes, before a restart and after it.

use super::{Bot, Talk, Way};
use crate::database::Engine;
use fake_telegram::{Fake, Fate, Options};
use reqwest::{Client, StatusCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use tokio::task::JoinSet;
use wenlu::clock::now;
use wenlu::store::records::DeliveredUpdate;
use wenlu_core::model::Timestamp;

const SECRET: &str = "whoever-knows-this-is-Telegram";
const SETTINGS: &[(&str, &str)] = &[("WENLU_TELEGRAM_SECRET", SECRET)];
const USERS: i64 = 60;
/// Each is answered with one message.
const SAID: [&str; 3] = ["迁移后 openid 会变吗", "公司注销了小程序怎么办", "多谢啦"];
/// Deliveries at once.
const CONNECTIONS: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_on_sqlite() {
    redelivered(Engine::Sqlite, 100_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_on_postgres() {
    redelivered(Engine::Postgres, 10_000).await;
}

async fn redelivered(engine: Engine, count: usize) {
    let mut talk = Talk::start(
        engine,
        Way::Webhook,
        Options {
            flood: false,
            ..Options::default()
        },
        SETTINGS,
    )
    .await;
    talk.fake
        .until(|record| record.count("setWebhook") > 0)
        .await;
    // some of these are delivered again before they are delivered
    for user in 1..=USERS {
        SAID.iter()
            .for_each(|text| _ = talk.fake.user(user).say(text));
    }
    redeliver(&talk, count / 4).await;
    let (users, said) = (USERS as usize, SAID.len());
    talk.fake
        .until(|record| (1..=USERS).all(|user| record.replies(user).count() == said))
        .await;
    for user in 1..=USERS {
        talk.fake.user(user).press("yes:ids");
    }
    redeliver(&talk, count / 4).await;
    let url = talk.database.url.clone();
    talk.bot.stop().await;
    talk.bot = Bot::start(&talk.fake, &url, Way::Webhook, SETTINGS).await;
    talk.fake
        .until(|record| record.count("setWebhook") > 1)
        .await;
    redeliver(&talk, count - 2 * (count / 4)).await;
    talk.fake
        .until(|record| record.updates.count(Fate::Acknowledged) == users * (said + 1))
        .await;
    let store = talk.bot.store();
    while store.inbox().count().await.unwrap() + store.outbox().count().await.unwrap() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(
        store.journal().count().await.unwrap(),
        (users * (said + 1)) as i64
    );
    assert_eq!(
        talk.fake.look(|record| record.count("sendMessage")),
        users * (said + 1)
    );
    assert_eq!(store.inbox().count_quarantined().await.unwrap(), 0);
    talk.bot.stop().await;
}

/// Posts what was delivered so far, at random, again and again.
async fn redeliver(talk: &Talk, count: usize) {
    let bodies: Arc<Vec<String>> = Arc::new(bodies(&talk.fake));
    let url = format!("http://{}/telegram/webhook", talk.bot.address);
    let client = Client::builder().no_proxy().build().unwrap();
    let left = Arc::new(AtomicUsize::new(count));
    let mut posting = JoinSet::new();
    for connection in 0..CONNECTIONS {
        let (client, url, bodies, left) =
            (client.clone(), url.clone(), bodies.clone(), left.clone());
        posting.spawn(async move {
            let mut rng = fastrand::Rng::with_seed(connection as u64);
            while left
                .fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1))
                .is_ok()
            {
                let body = rng.choice(bodies.iter()).unwrap().clone();
                let request = client
                    .post(&url)
                    .header("X-Telegram-Bot-Api-Secret-Token", SECRET)
                    .body(body);
                assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
            }
        });
    }
    posting.join_all().await;
}

fn bodies(fake: &Fake) -> Vec<String> {
    fake.look(|record| {
        record
            .updates
            .log
            .values()
            .map(|update| update.body.to_string())
            .collect()
    })
}

/// Messages of another channel that wait are that channel's: Telegram neither answers nor deletes them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_on_another_channel_is_left_alone() {
    let options = Options {
        flood: false,
        ..Options::default()
    };
    let talk = Talk::start(Engine::Sqlite, Way::Polling, options, &[]).await;
    let at = Timestamp(now().0 - 60_000);
    let wait = |channel: &str, conversation: &str, payload: &str| DeliveredUpdate {
        channel: channel.to_owned(),
        update: "1".to_owned(),
        conversation: conversation.to_owned(),
        payload: payload.to_owned(),
        at,
    };
    talk.fake.user(7).say("多谢啦");
    talk.fake
        .until(|record| record.replies(7).count() == 1)
        .await;
    talk.bot.rests().await;
    let own = format!("telegram:{}", talk.fake.bot_id());
    let body = bodies(&talk.fake).remove(0);
    let waiting = vec![
        wait("other:1", "other:1", "{}"),
        wait(&own, "telegram:7", &body),
    ];
    let inbox = talk.bot.store().inbox();
    inbox.accept(waiting).await.unwrap();
    // the one behind it is answered
    talk.fake
        .until(|record| record.replies(7).count() == 2)
        .await;
    let left = inbox
        .oldest("other:1", &["other:1"])
        .await
        .unwrap()
        .unwrap();
    assert_eq!((left.channel.as_str(), left.attempts), ("other:1", 0));
    talk.bot.stop().await;
}
