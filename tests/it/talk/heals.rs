//! Faults of the Bot API end by themselves in a served message, and meanwhile readiness tells the truth. A fault of one
//! chat is that chat's own: another one is served in the meantime.

use super::{Bot, Talk, Way};
use crate::database::{Database, Engine};
use fake_telegram::{Answer, Fake, Fault, Options, Rule};
use serde_json::Value;
use std::time::Duration;

async fn quiet(way: Way) -> Talk {
    let options = Options {
        flood: false,
        ..Options::default()
    };
    Talk::start(Engine::Sqlite, way, options, &[]).await
}

/// What `/readyz` says: whether the server is ready, and whether Telegram is reached.
async fn readiness(bot: &Bot) -> (bool, String) {
    let response = reqwest::get(format!("http://{}/readyz", bot.address)).await;
    let told: Value = response.unwrap().json().await.unwrap();
    let telegram = told["telegram"].as_str().unwrap_or_default().to_owned();
    (told["ready"] == true, telegram)
}

async fn until_telegram_is(bot: &Bot, wanted: &str) {
    for _ in 0..600 {
        let (ready, telegram) = readiness(bot).await;
        assert!(ready, "the chat page is served all along");
        if telegram == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("Telegram never was {wanted}");
}

async fn gets_an_answer(fake: &Fake, user: i64) {
    fake.until(|record| record.replies(user).count() == 1).await;
}

/// One chat fails `times` times in this way; it is served in the end, and another one before.
async fn one_chat_heals(answer: Answer, times: usize) {
    let talk = quiet(Way::Polling).await;
    talk.fake.inject(
        Rule::new(Fault::before(answer))
            .on("sendMessage")
            .to(7)
            .times(times),
    );
    talk.fake.user(7).say("多谢啦");
    talk.fake
        .until(|record| record.calls("sendMessage").any(|call| call.fault.is_some()))
        .await;
    talk.fake.user(8).say("多谢啦");
    gets_an_answer(&talk.fake, 8).await;
    assert!(
        talk.fake.look(|record| record.replies(7).count() == 0),
        "the other chat is served while this one fails"
    );
    until_telegram_is(&talk.bot, "reachable").await;
    gets_an_answer(&talk.fake, 7).await;
    talk.bot.rests().await;
    talk.bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_that_answers_500() {
    one_chat_heals(Answer::InternalError, 8).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_that_hangs() {
    one_chat_heals(Answer::Hang, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_that_is_limited_for_minutes() {
    one_chat_heals(Answer::TooManyRequests(240), 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_behind_a_proxy_that_answers_in_its_own_words() {
    one_chat_heals(Answer::ForbiddenPage, 6).await;
}

/// The whole Bot API answers 429 for a while: nothing is sent, nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bot_that_is_limited_for_minutes() {
    let talk = quiet(Way::Webhook).await;
    talk.fake.inject(
        Rule::new(Fault::before(Answer::TooManyRequests(120)))
            .on("sendMessage")
            .times(3),
    );
    for user in 1..=3 {
        talk.fake.user(user).say("多谢啦");
    }
    for user in 1..=3 {
        gets_an_answer(&talk.fake, user).await;
    }
    until_telegram_is(&talk.bot, "reachable").await;
    talk.bot.stop().await;
}

/// Nothing of the Bot API answers when the bot starts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_at_the_start() {
    for way in [Way::Polling, Way::Webhook] {
        let fake = Fake::with(Options {
            flood: false,
            ..Options::default()
        });
        let database = Database::new(Engine::Sqlite).await;
        fake.inject(Rule::new(Fault::before(Answer::BadGateway)).times(3));
        let bot = Bot::start(&fake, &database.url, way, &[]).await;
        assert_eq!(readiness(&bot).await, (true, "unreachable".to_owned()));
        fake.user(7).say("多谢啦");
        gets_an_answer(&fake, 7).await;
        until_telegram_is(&bot, "reachable").await;
        bot.stop().await;
    }
}

/// … and later: it is told, and what waits is served when it is over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_later() {
    let talk = quiet(Way::Polling).await;
    let user = talk.fake.user(7);
    user.say("多谢啦");
    gets_an_answer(&talk.fake, 7).await;
    until_telegram_is(&talk.bot, "reachable").await;
    talk.fake
        .inject(Rule::new(Fault::before(Answer::BadGateway)).times(8));
    user.say("多谢啦");
    until_telegram_is(&talk.bot, "unreachable").await;
    talk.fake
        .until(|record| record.replies(7).count() == 2)
        .await;
    until_telegram_is(&talk.bot, "reachable").await;
    talk.bot.stop().await;
}

/// A token that was revoked: it is told, and nothing is given up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_not_accepted() {
    let talk = quiet(Way::Polling).await;
    talk.fake.user(7).say("多谢啦");
    gets_an_answer(&talk.fake, 7).await;
    let url = talk.database.url.clone();
    talk.fake.new_token();
    let channel = format!("telegram:{}", talk.fake.bot_id());
    let late = super::flood::message(&channel, 7, 0);
    let effects = wenlu::store::records::TurnEffects {
        calls: vec![late],
        ..Default::default()
    };
    let outbox = talk.bot.store().outbox();
    let now = wenlu::clock::now();
    outbox.add("telegram:7", effects, now).await.unwrap();
    until_telegram_is(&talk.bot, "unreachable").await;
    talk.bot.stop().await;
    // the new token is set, and what waited is served
    let bot = Bot::start(&talk.fake, &url, Way::Polling, &[]).await;
    talk.fake
        .until(|record| record.replies(7).any(|m| m.text == "第 0 条"))
        .await;
    until_telegram_is(&bot, "reachable").await;
    bot.stop().await;
}
