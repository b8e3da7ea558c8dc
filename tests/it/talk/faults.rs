//! One thing that keeps failing holds up nothing else: a chat that takes no call, a call that none will ever take.

use super::flood::{message, open};
use super::{Bot, Talk, Way};
use crate::database::{Database, Engine};
use fake_telegram::{Answer, Fake, Fault, Options, Record, Rule};
use serde_json::json;
use std::time::{Duration, Instant};
use wenlu::clock::now;
use wenlu::store::records::{OutboxCall, TurnEffects};

/// How long other chats may wait for a chat that fails. One that hangs is waited for longer than that.
const SOON: Duration = Duration::from_secs(6);

async fn quiet(way: Way) -> Talk {
    Talk::start(
        Engine::Sqlite,
        way,
        Options {
            flood: false,
            ..Options::default()
        },
        &[],
    )
    .await
}

async fn put(bot: &Bot, calls: Vec<OutboxCall>) {
    bot.store()
        .outbox()
        .add(
            "telegram:faults",
            TurnEffects {
                calls,
                ..TurnEffects::default()
            },
            now(),
        )
        .await
        .unwrap();
}

/// The numbered messages that a chat shows.
fn numbered(record: &Record, chat: i64) -> Vec<String> {
    record
        .replies(chat)
        .map(|m| m.text.clone())
        .filter(|text| text.starts_with('第'))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_that_never_gets_through_keeps_nobody() {
    let fake = Fake::with(Options {
        flood: false,
        ..Options::default()
    });
    let database = Database::new(Engine::Sqlite).await;
    let bot = Bot::start(&fake, &database.url, Way::Webhook, &[]).await;
    let chats = open(&fake).await;
    let faults = [
        Answer::Restart,
        Answer::InternalError,
        Answer::BadGateway,
        Answer::ForbiddenPage,
        Answer::Garbage,
        Answer::Cut,
        Answer::Hang,
    ];
    for (chat, answer) in chats.iter().zip(faults) {
        fake.inject(
            Rule::new(Fault::before(answer))
                .on("sendMessage")
                .to(*chat)
                .times(usize::MAX),
        );
    }
    for answer in [Answer::InternalError, Answer::Hang] {
        fake.inject(
            Rule::new(Fault::before(answer))
                .on("answerCallbackQuery")
                .times(2),
        );
    }
    let channel = format!("telegram:{}", fake.bot_id());
    let calls = (0..5).flat_map(|number| {
        chats
            .iter()
            .map(|chat| message(&channel, *chat, number))
            .collect::<Vec<_>>()
    });
    let presses = (0..4).map(|_| OutboxCall {
        method: "answerCallbackQuery".to_owned(),
        payload: json!({ "callback_query_id": "1" }).to_string(),
        ..message(&channel, 0, 0)
    });
    let begun = Instant::now();
    put(&bot, presses.chain(calls).collect()).await;
    let healthy = &chats[faults.len()..];
    fake.until(|record| {
        healthy
            .iter()
            .all(|chat| numbered(record, *chat).len() == 5)
    })
    .await;
    assert!(
        begun.elapsed() < SOON,
        "others waited for {:?}",
        begun.elapsed()
    );
    fake.look(|record| {
        for chat in healthy {
            assert_eq!(
                numbered(record, *chat),
                ["第 0 条", "第 1 条", "第 2 条", "第 3 条", "第 4 条"]
            );
        }
    });
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_has_a_last_attempt_and_what_is_behind_it_goes_on() {
    let talk = quiet(Way::Webhook).await;
    let chats = open(&talk.fake).await;
    talk.fake.inject(
        Rule::new(Fault::before(Answer::InternalError))
            .on("sendMessage")
            .to(chats[0])
            .times(20),
    );
    let channel = format!("telegram:{}", talk.fake.bot_id());
    put(
        &talk.bot,
        (0..3)
            .map(|number| message(&channel, chats[0], number))
            .collect(),
    )
    .await;
    talk.fake
        .until(|record| numbered(record, chats[0]) == ["第 1 条", "第 2 条"])
        .await;
    talk.bot.rests().await;
    assert_eq!(talk.bot.store().outbox().count_given_up().await.unwrap(), 1);
    let url = format!("http://{}/metrics", talk.bot.address);
    let metrics = reqwest::get(url).await.unwrap().text().await.unwrap();
    assert!(
        metrics
            .lines()
            .any(|line| line == "wenlu_telegram_set_aside 1"),
        "{metrics}"
    );
    talk.bot.stop().await;
}

/// While the Bot API answers nothing at all, no call is worse than another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_sets_nothing_aside() {
    let talk = quiet(Way::Webhook).await;
    let chats = open(&talk.fake).await;
    talk.fake.inject(
        Rule::new(Fault::before(Answer::BadGateway))
            .on("sendMessage")
            .times(23),
    );
    talk.fake.inject(
        Rule::new(Fault::before(Answer::BadGateway))
            .on("getMe")
            .times(usize::MAX),
    );
    let channel = format!("telegram:{}", talk.fake.bot_id());
    put(&talk.bot, vec![message(&channel, chats[0], 0)]).await;
    talk.fake
        .until(|record| numbered(record, chats[0]) == ["第 0 条"])
        .await;
    assert_eq!(talk.bot.store().outbox().count_given_up().await.unwrap(), 0);
    talk.bot.stop().await;
}

/// Servers that are not Telegram's own answer some calls with nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_was_made_is_not_made_again_for_an_empty_result() {
    let talk = quiet(Way::Polling).await;
    talk.fake.inject(
        Rule::new(Fault::after(Answer::Result("null")))
            .on("sendMessage")
            .times(2),
    );
    let user = talk.fake.user(7);
    for count in 1..=3 {
        user.say("多谢啦");
        talk.fake
            .until(|record| record.replies(7).count() == count)
            .await;
    }
    talk.bot.rests().await;
    assert_eq!(talk.fake.look(|record| record.replies(7).count()), 3);
    talk.bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_that_changes_no_word_is_not_answered_again() {
    let talk = quiet(Way::Polling).await;
    let user = talk.fake.user(7);
    let said = user.say("迁移流程");
    talk.fake
        .until(|record| record.replies(7).count() == 1)
        .await;
    let pictured = user.photo("迁移后 openid 会变吗");
    talk.fake
        .until(|record| record.replies(7).count() == 2)
        .await;
    let commanded = user.say("/help");
    talk.fake
        .until(|record| record.replies(7).count() == 3)
        .await;
    for (message, text) in [
        (said, "迁移流程"),
        (pictured, "迁移后 openid 会变吗"),
        (commanded, "/help"),
    ] {
        user.edit(message, text);
    }
    // in order: whatever the edits led to stands before it
    user.edit(said, "迁移后 openid 会变吗");
    talk.fake
        .until(|record| {
            record
                .replies(7)
                .any(|message| message.reply_to == Some(said))
        })
        .await;
    talk.bot.rests().await;
    assert_eq!(talk.fake.look(|record| record.replies(7).count()), 4);
    talk.bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn marked_up_text_that_is_refused_is_sent_as_plain_text() {
    let talk = quiet(Way::Polling).await;
    let user = talk.fake.user(7);
    user.say("多谢啦");
    talk.fake
        .until(|record| record.replies(7).count() == 1)
        .await;
    let channel = format!("telegram:{}", talk.fake.bot_id());
    let broken = json!({ "text": "<b>第 0 条 &lt;重要&gt;", "parse_mode": "HTML" }).to_string();
    put(
        &talk.bot,
        vec![
            OutboxCall {
                payload: broken,
                ..message(&channel, 7, 0)
            },
            message(&channel, 7, 1),
        ],
    )
    .await;
    talk.fake
        .until(|record| numbered(record, 7) == ["第 0 条 <重要>", "第 1 条"])
        .await;
    talk.bot.stop().await;
}

/// A wait that is no whole number is waited for, and is no reason to try at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_may_be_a_fraction() {
    let talk = quiet(Way::Polling).await;
    talk.fake
        .inject(Rule::new(Fault::before(Answer::TooManyRequestsFor(30.5))).on("sendMessage"));
    let begun = Instant::now();
    talk.fake.user(7).say("多谢啦");
    talk.fake
        .until(|record| record.replies(7).count() == 1)
        .await;
    // 31 of the fake's seconds
    assert!(
        begun.elapsed() >= Duration::from_millis(310),
        "{:?}",
        begun.elapsed()
    );
    talk.bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_never_has_anything_is_not_asked_without_a_pause() {
    let talk = quiet(Way::Polling).await;
    let before = talk.fake.look(|record| record.count("getUpdates"));
    talk.fake.inject(
        Rule::new(Fault::before(Answer::Result("[]")))
            .on("getUpdates")
            .times(usize::MAX),
    );
    tokio::time::sleep(Duration::from_secs(2)).await;
    let asked = talk.fake.look(|record| record.count("getUpdates")) - before;
    assert!((2..=12).contains(&asked), "asked {asked} times in 2 s");
    talk.bot.stop().await;
}
