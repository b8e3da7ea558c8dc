//! Transcripts: what people see of the bot in private chats and in groups.

use super::{Talk, Way, everywhere};
use crate::database::Engine;
use fake_telegram::{Options, Person};
use serde_json::json;
use sqlx::Connection;

/// Says `text`, and waits until the chat shows `replies` messages of the bot.
async fn say(talk: &Talk, person: &Person, text: &str, replies: usize) {
    person.say(text);
    wait(talk, person, replies).await;
}

async fn wait(talk: &Talk, person: &Person, replies: usize) {
    let chat = person.chat;
    talk.fake
        .until(|record| record.replies(chat).count() == replies)
        .await;
}

/// Presses a button, and waits until its wait has ended and the chat shows `replies` messages.
async fn press(talk: &Talk, person: &Person, button: &str, replies: usize) {
    let query = person.press(button);
    talk.fake
        .until(|record| record.callbacks[&query].answer.is_some())
        .await;
    wait(talk, person, replies).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_is_answered_step_by_step_in_one_message() {
    let shown = everywhere(&[], async |talk| {
        let user = talk.fake.user(7);
        say(talk, &user, "/start", 1).await;
        say(talk, &user, "小程序怎么迁移", 2).await;
        for step in 2..=4 {
            press(talk, &user, "下一步", 2).await;
            let heading = format!("第 {step} 步");
            talk.fake
                .until(|record| record.replies(7).any(|m| m.text.contains(&heading)))
                .await;
        }
        press(talk, &user, "有用", 3).await;
        user.transcript()
    })
    .await;
    insta::assert_snapshot!("steps", shown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_choices_and_what_is_not_known() {
    let shown = everywhere(&[], async |talk| {
        let english = talk.fake.user(8).speaking("en");
        say(talk, &english, "/help", 1).await;
        let user = talk.fake.user(7);
        say(talk, &user, "/help", 1).await;
        say(talk, &user, "/menu", 2).await;
        press(talk, &user, "注销", 3).await;
        press(talk, &user, "都不是", 4).await;
        say(talk, &user, "今天天气怎么样", 5).await;
        say(talk, &user, "怎么开通支付", 6).await;
        say(talk, &user, "/human", 7).await;
        say(talk, &user, "/nonsense", 8).await;
        say(talk, &user, "/start ids", 9).await;
        format!("{}\n{}", english.transcript(), user.transcript())
    })
    .await;
    insta::assert_snapshot!("commands", shown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_text_is_answered_sensibly() {
    let shown = everywhere(&[], async |talk| {
        let user = talk.fake.user(7);
        user.sticker();
        wait(talk, &user, 1).await;
        user.voice();
        wait(talk, &user, 2).await;
        user.photo("");
        wait(talk, &user, 3).await;
        user.photo("迁移后 openid 会变吗");
        wait(talk, &user, 4).await;
        // of an album one message is answered
        user.album(3, "小程序怎么迁移");
        wait(talk, &user, 5).await;
        user.album(3, "");
        wait(talk, &user, 6).await;
        user.forward("小店怎么注销");
        wait(talk, &user, 7).await;
        let asked = user.say("迁移流程");
        wait(talk, &user, 8).await;
        user.edit(asked, "迁移后 openid 会变吗");
        wait(talk, &user, 9).await;
        talk.fake.unknown_update();
        talk.fake.garbage_update();
        say(talk, &user, "多谢啦", 10).await;
        user.transcript()
    })
    .await;
    insta::assert_snapshot!("not-text", shown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_buttons_are_answered_politely() {
    let shown = everywhere(&[], async |talk| {
        let user = talk.fake.user(7);
        say(talk, &user, "小程序怎么迁移", 1).await;
        say(talk, &user, "注销", 2).await;
        // a conversation that is over: its buttons still lead somewhere
        say(talk, &user, "/start", 3).await;
        press(talk, &user, "要多久", 4).await;
        press(talk, &user, "都不是", 5).await;
        press(talk, &user, "下一步", 5).await;
        // the message is gone: the step is said anew
        let steps = talk
            .fake
            .find(|record| Some(record.replies(7).find(|m| m.text.contains("第 2 步"))?.id))
            .await;
        let delete = format!("{}/bot{}/deleteMessage", talk.fake.url(), talk.fake.token());
        let deleted = json!({ "chat_id": 7, "message_id": steps });
        let pressed = user.press("下一步");
        reqwest::Client::new()
            .post(delete)
            .json(&deleted)
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap();
        drop(pressed);
        wait(talk, &user, 5).await;
        talk.fake
            .until(|record| record.replies(7).any(|m| m.text.contains("第 3 步")))
            .await;
        user.transcript()
    })
    .await;
    insta::assert_snapshot!("old-buttons", shown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_group_it_answers_when_it_is_meant() {
    let shown = everywhere(&[], async |talk| {
        let group = talk.fake.supergroup(5, "开发者群");
        let user = talk.fake.user(7).named("小明").at(&group);
        let other = talk.fake.user(8).named("小红").at(&group);
        user.say("小程序怎么迁移");
        user.say("/help@other_bot");
        say(talk, &user, "@wenlu_bot 小程序怎么迁移", 1).await;
        other.say("@wenlu_bot 迁移后 openid 会变吗");
        wait(talk, &other, 2).await;
        // each has a conversation of their own
        say(talk, &user, "/help@wenlu_bot", 3).await;
        let answer = talk
            .fake
            .look(|record| record.replies(group.id).next().unwrap().id);
        user.reply(answer, "要多久");
        wait(talk, &user, 4).await;
        user.transcript()
    })
    .await;
    insta::assert_snapshot!("group", shown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inline_it_offers_answers_and_keeps_no_journal_of_it() {
    let shown = everywhere(&[], async |talk| {
        let user = talk.fake.user(7);
        let mut shown = String::new();
        for query in ["迁移后 openid 会变吗", "", "天气"] {
            let asked = user.inline(query);
            let results = talk
                .fake
                .find(|record| record.inline[&asked].results.clone())
                .await;
            let titles = results
                .as_array()
                .unwrap()
                .iter()
                .map(|result| result["title"].as_str().unwrap());
            shown += &format!("{query}: {}\n", titles.collect::<Vec<_>>().join(", "));
        }
        assert_eq!(talk.bot.store().journal().count().await.unwrap(), 0);
        shown
    })
    .await;
    insta::assert_snapshot!("inline", shown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_blocked_the_bot_is_not_written_to_until_they_come_back() {
    everywhere(&[], async |talk| {
        let user = talk.fake.user(7);
        say(talk, &user, "/start", 1).await;
        user.block();
        let other = talk.fake.user(8);
        say(talk, &other, "/start", 1).await;
        user.unblock();
        say(talk, &user, "多谢啦", 2).await;
        assert_eq!(
            talk.bot.store().outbox().count_undelivered().await.unwrap(),
            0
        );
        user.transcript()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_are_registered_and_the_webhook_is_never_deleted() {
    let shown = everywhere(&[], async |talk| {
        say(talk, &talk.fake.user(7), "/start", 1).await;
        talk.fake
            .until(|record| record.count("setMyCommands") == 3)
            .await;
        talk.fake.look(|record| {
            assert_eq!(record.count("deleteWebhook"), 0);
            record
                .calls("setMyCommands")
                .map(|call| format!("{:?}\n", call.params.0))
                .collect()
        })
    })
    .await;
    insta::assert_snapshot!("registered", shown);
}

/// Somebody else holds the conversation's row for a while: the answer takes long.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_takes_long_is_announced() {
    let options = Options {
        flood: false,
        ..Options::default()
    };
    let talk = Talk::start(Engine::Postgres, Way::Polling, options, &[]).await;
    let user = talk.fake.user(7);
    say(&talk, &user, "/start", 1).await;
    talk.bot.rests().await;
    let mut other = sqlx::PgConnection::connect(&talk.database.url)
        .await
        .unwrap();
    let mut held = other.begin().await.unwrap();
    let row = "SELECT id FROM conversations WHERE id = 'telegram:7' FOR UPDATE";
    sqlx::query(row).fetch_one(&mut *held).await.unwrap();
    user.say("多谢啦");
    talk.fake
        .until(|record| record.count("sendChatAction") == 1)
        .await;
    held.rollback().await.unwrap();
    wait(&talk, &user, 2).await;
    talk.bot.stop().await;
}

/// A word that names a topic offers what the bot would ask back in a chat.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inline_a_topic_offers_its_questions() {
    let talk = Talk::start(
        Engine::Sqlite,
        Way::Polling,
        Options {
            flood: false,
            ..Options::default()
        },
        &[],
    )
    .await;
    let user = talk.fake.user(7);
    say(&talk, &user, "注销", 1).await;
    let buttons = user.transcript();
    for query in ["注销", "怎么 注销"] {
        let asked = user.inline(query);
        let results = talk
            .fake
            .find(|record| record.inline[&asked].results.clone())
            .await;
        let titles: Vec<&str> = results
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["title"].as_str().unwrap())
            .collect();
        // before what is merely likely
        assert!(titles.len() >= 2, "{query}: {titles:?}");
        assert!(
            titles[..2].iter().all(|title| buttons.contains(title)),
            "{titles:?} are not in {buttons}"
        );
    }
    talk.bot.stop().await;
}

/// A link to the bot leads to a person, to the topics, to an intent; any other one greets.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_lead_where_they_say() {
    let talk = Talk::start(
        Engine::Sqlite,
        Way::Polling,
        Options {
            flood: false,
            ..Options::default()
        },
        &[],
    )
    .await;
    let user = talk.fake.user(7);
    let texts = async |count: usize| {
        wait(&talk, &user, count).await;
        talk.fake
            .look(|record| record.replies(7).last().unwrap().text.clone())
    };
    let mut said = vec![];
    for (count, text) in [
        "/start",
        "/start utm_abc-123",
        "/start nosuch",
        "/menu",
        "/start topics",
        "/start ids",
    ]
    .iter()
    .enumerate()
    {
        user.say(text);
        said.push(texts(count + 1).await);
    }
    assert!(
        said[1] == said[0] && said[2] == said[0] && said[4] == said[3] && said[3] != said[0],
        "{said:#?}"
    );
    assert!(said[5].contains("都不会变"), "{said:#?}");
    user.say("/start human");
    assert!(texts(7).await.contains("同事"));
    talk.bot.stop().await;
}
