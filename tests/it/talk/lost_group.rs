//! The operators' group refuses the bot: askers are told so at once, the bot goes on, and all is well once it is back.

use super::{Talk, Way};
use crate::database::Engine;
use fake_telegram::{Options, Person, Standing};
use serde_json::Value;

const GROUP: i64 = -1_000_000_000_009;
const SETTINGS: &[(&str, &str)] = &[("WENLU_TELEGRAM_GROUP", "-1000000000009")];

async fn shows(talk: &Talk, chat: i64, text: &str) {
    talk.fake
        .until(|record| {
            record
                .replies(chat)
                .any(|message| message.text.contains(text))
        })
        .await;
}

/// What readiness and the metric say.
async fn operators(talk: &Talk) -> (Value, bool) {
    let get = async |page: &str| {
        reqwest::get(format!("http://{}/{page}", talk.bot.address))
            .await
            .unwrap()
    };
    let ready: Value = get("readyz").await.json().await.unwrap();
    let metrics = get("metrics").await.text().await.unwrap();
    (
        ready["operators"].clone(),
        metrics
            .lines()
            .any(|line| line == "wenlu_operators_unreachable 1"),
    )
}

/// Waits until the bot knows that its group can be written to again: updates of different chats keep no order.
async fn is_back(talk: &Talk) {
    while operators(talk).await.1 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// Asks for a person and hears the truth; then the bot answers.
async fn hears_the_truth(talk: &Talk, asker: &Person) {
    asker.say("转人工");
    shows(talk, asker.chat, "联系不上同事").await;
    asker.say("迁移后 openid 会变吗");
    shows(talk, asker.chat, "都不会变").await;
}

/// A later asker is put through.
async fn is_put_through(talk: &Talk, asker: &Person, name: &str) {
    asker.say("转人工");
    shows(talk, asker.chat, "已经在为您联系同事").await;
    shows(talk, GROUP, name).await;
    assert_eq!(operators(talk).await, ("reachable".into(), false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bot_that_was_kicked_says_so_and_is_back_when_it_is_added() {
    for way in [Way::Polling, Way::Webhook] {
        let options = Options {
            flood: false,
            ..Options::default()
        };
        let talk = Talk::start(Engine::Sqlite, way, options, SETTINGS).await;
        let forum = talk.fake.forum(9, "客服");
        let colleague = talk.fake.user(501).named("客服甲").at(&forum);
        let (first, second, third) = (
            talk.fake.user(7).named("小明"),
            talk.fake.user(8).named("小红"),
            talk.fake.user(9).named("小刚"),
        );
        is_put_through(&talk, &first, "小明").await;
        // who waits for a colleague learns of it too
        forum.make_bot(&colleague, Standing::Kicked);
        shows(&talk, 7, "联系不上同事").await;
        first.say("小店怎么注销");
        shows(&talk, 7, "在小店后台注销").await;
        hears_the_truth(&talk, &second).await;
        assert_eq!(operators(&talk).await, ("unreachable".into(), true));
        assert!(talk.fake.look(|record| {
            !record
                .replies(8)
                .any(|m| m.text.contains("已经在为您联系同事"))
        }));
        forum.make_bot(&colleague, Standing::Administrator);
        is_back(&talk).await;
        is_put_through(&talk, &third, "小刚").await;
        talk.bot.stop().await;
    }
}

/// Nobody has added the bot yet, and Telegram says nothing when somebody does: it is found out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_is_not_there_yet_is_found_when_it_is() {
    let options = Options {
        flood: false,
        ..Options::default()
    };
    let talk = Talk::start(Engine::Sqlite, Way::Polling, options, SETTINGS).await;
    hears_the_truth(&talk, &talk.fake.user(7).named("小明")).await;
    assert_eq!(operators(&talk).await, ("unreachable".into(), true));
    talk.fake.forum(9, "客服");
    is_back(&talk).await;
    is_put_through(&talk, &talk.fake.user(8).named("小红"), "小红").await;
    talk.bot.stop().await;
}
