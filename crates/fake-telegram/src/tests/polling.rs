//! `getUpdates`: waiting, confirming, conflicts.

use super::{Bot, frozen};
use crate::{Fake, Fate};
use serde_json::{Value, json};

const OTHER: &str = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";

/// A call that waits by the time this is done.
async fn waiting(fake: &Fake, bot: &Bot, params: Value) -> tokio::task::JoinHandle<Value> {
    let before = fake.look(|record| record.waits);
    let request = bot
        .client
        .post(format!("{}/getUpdates", bot.base))
        .json(&params);
    let call =
        tokio::spawn(async move { request.send().await.unwrap().json::<Value>().await.unwrap() });
    fake.until(|record| record.waits > before).await;
    call
}

#[tokio::test]
async fn an_update_comes_again_until_a_later_one_is_asked_for() {
    let fake = frozen(false);
    let (user, bot) = (fake.user(7), Bot::of(&fake));
    user.say("一");
    user.say("二");
    let first = bot.updates(0).await[0]["update_id"].as_i64().unwrap();
    fake.advance(5.0);
    assert_eq!(bot.updates(0).await.len(), 2);
    // Asked at once for the same, it gives one.
    assert_eq!(bot.updates(0).await.len(), 1);
    assert_eq!(bot.updates(first + 1).await[0]["message"]["text"], "二");
    assert_eq!(
        fake.look(|record| record.updates.count(Fate::Acknowledged)),
        1
    );
    let limited = bot
        .ok(
            "getUpdates",
            json!({"limit": 0, "allowed_updates": ["callback_query"]}),
        )
        .await;
    assert_eq!(limited.as_array().unwrap().len(), 1);
    user.say("三");
    assert_eq!(fake.look(|record| record.updates.waiting()), 1);
}

#[tokio::test]
async fn a_call_waits_for_the_next_update() {
    let fake = frozen(false);
    let (user, bot) = (fake.user(7), Bot::of(&fake));
    let call = waiting(&fake, &bot, json!({"timeout": 50})).await;
    user.say("好");
    let answer = call.await.unwrap();
    assert_eq!(answer["result"][0]["message"]["text"], "好");
    let next = answer["result"][0]["update_id"].as_i64().unwrap() + 1;
    // No longer than 50 seconds, whatever was asked for.
    let call = waiting(&fake, &bot, json!({"timeout": 500, "offset": next})).await;
    fake.advance(49.0);
    assert!(fake.look(|record| record.calls("getUpdates").last().unwrap().ended.is_none()));
    fake.advance(1.5);
    assert_eq!(call.await.unwrap()["result"], json!([]));
    // Who asks again at once for the same waits all the same.
    assert_eq!(bot.updates(next).await, [] as [Value; 0]);
    let call = waiting(&fake, &bot, json!({"offset": next})).await;
    user.say("再来");
    assert_eq!(call.await.unwrap()["result"][0]["message"]["text"], "再来");
}

#[tokio::test]
async fn of_two_that_wait_the_earlier_ends() {
    let fake = frozen(false);
    let (user, bot) = (fake.user(7), Bot::of(&fake));
    let first = waiting(&fake, &bot, json!({"timeout": 50})).await;
    let second = waiting(&fake, &bot, json!({"timeout": 50, "offset": 1})).await;
    let refused = first.await.unwrap();
    assert_eq!(
        (&refused["error_code"], &refused["description"]),
        (&json!(409), &json!(OTHER))
    );
    // The next conflict within three seconds is told only after three.
    let third = waiting(&fake, &bot, json!({"timeout": 50, "offset": 2})).await;
    user.say("好");
    assert_eq!(third.await.unwrap()["result"][0]["message"]["text"], "好");
    assert!(fake.look(|record| record.calls("getUpdates").nth(1).unwrap().ended.is_none()));
    fake.advance(3.5);
    assert_eq!(second.await.unwrap()["description"], OTHER);
}

#[tokio::test]
async fn a_webhook_ends_polling() {
    let fake = frozen(false);
    let bot = Bot::of(&fake);
    let call = waiting(&fake, &bot, json!({"timeout": 50})).await;
    bot.ok("setWebhook", json!({"url": "https://bot.example.com/hook"}))
        .await;
    assert_eq!(
        call.await.unwrap()["description"],
        "Conflict: terminated by setWebhook request"
    );
    fake.advance(5.0);
    let active = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the \
                  webhook first";
    assert_eq!(bot.refused("getUpdates", json!({})).await, active);
    bot.ok("deleteWebhook", json!({})).await;
    assert_eq!(bot.updates(0).await, [] as [Value; 0]);
    assert_eq!(fake.look(|record| record.count("deleteWebhook")), 1);
}

#[tokio::test]
async fn a_bot_that_dies_while_it_waits_is_in_nobodys_way() {
    let fake = frozen(false);
    let (user, bot) = (fake.user(7), Bot::of(&fake));
    let dying = waiting(&fake, &bot, json!({"timeout": 50})).await;
    dying.abort();
    fake.until(|record| record.calls("getUpdates").all(|call| call.ended.is_some()))
        .await;
    assert!(fake.look(|record| {
        record
            .calls("getUpdates")
            .all(|call| call.outcome.is_none())
    }));
    let call = waiting(&fake, &Bot::of(&fake), json!({"timeout": 50})).await;
    user.say("好");
    assert_eq!(call.await.unwrap()["result"][0]["message"]["text"], "好");
}
