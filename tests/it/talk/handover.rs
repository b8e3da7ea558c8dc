//! Hand-over to people: what the asker sees, and what the operators see in their group, in a forum and in a plain group,
//! for Telegram and for the web page.

use super::{Talk, Way, everywhere};
use crate::database::Engine;
use crate::server::chat_name;
use fake_telegram::{Options, Person, Record};
use futures_util::StreamExt;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use wenlu::clock::now;
use wenlu_core::dialogue::ServiceHours;
use wenlu_core::model::Lang;

const GROUP: &str = "-1000000000009";
const SETTINGS: &[(&str, &str)] = &[("WENLU_TELEGRAM_GROUP", GROUP)];

async fn shows(talk: &Talk, chat: i64, text: &str) {
    talk.fake
        .until(|record| {
            record
                .replies(chat)
                .any(|message| message.text.contains(text))
        })
        .await;
}

fn copied(record: &Record) -> usize {
    record
        .calls("copyMessage")
        .filter(|call| call.took_effect())
        .count()
}

/// Asks, is not helped, and asks for a person.
async fn ask_for_a_person(talk: &Talk, asker: &Person) {
    asker.say("小程序怎么迁移");
    shows(talk, asker.chat, "第 1 步").await;
    asker.say("转人工");
    shows(talk, asker.chat, "同事").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_forum_each_conversation_has_a_topic() {
    let shown = everywhere(SETTINGS, async |talk| {
        let forum = talk.fake.forum(9, "客服组");
        let colleague = talk.fake.user(100).named("小王").at(&forum);
        let asker = talk.fake.user(7).named("小明").with_username("xiaoming");
        ask_for_a_person(talk, &asker).await;
        shows(talk, forum.id, "需要人工").await;
        let topic = talk.fake.look(|record| {
            record
                .replies(forum.id)
                .find_map(|message| message.thread)
                .unwrap()
        });
        // until somebody comes, the bot answers, and what the asker says goes to the topic
        asker.say("openid 会变吗");
        shows(talk, forum.id, "openid 会变吗").await;
        shows(talk, 7, "都不会变").await;
        asker.photo("");
        talk.fake.until(|record| copied(record) == 1).await;
        // what is said there reaches the asker, and the bot is silent from then on
        colleague.within(topic).say("不会变，放心迁移。");
        shows(talk, 7, "放心迁移").await;
        asker.say("怎么注销");
        shows(talk, forum.id, "怎么注销").await;
        colleague.within(topic).photo("看这张图");
        talk.fake.until(|record| copied(record) == 2).await;
        // what is said elsewhere is nobody's business
        colleague.say("中午吃什么");
        colleague.within(topic).say("/done");
        shows(talk, 7, "结束了这次人工服务").await;
        shows(talk, forum.id, "已交还给机器人").await;
        asker.say("小店怎么注销");
        shows(talk, 7, "小店后台").await;
        talk.bot.rests().await;
        format!(
            "{}\n── 客服组 ──\n{}",
            asker.transcript(),
            colleague.transcript()
        )
    })
    .await;
    insta::assert_snapshot!("forum", shown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_plain_group_they_reply_to_the_card() {
    let shown = everywhere(SETTINGS, async |talk| {
        let group = talk.fake.supergroup(9, "客服组");
        let colleague = talk.fake.user(100).named("小王").at(&group);
        let (asker, other) = (
            talk.fake.user(7).named("小明"),
            talk.fake.user(8).named("小红"),
        );
        ask_for_a_person(talk, &asker).await;
        shows(talk, group.id, "小明").await;
        ask_for_a_person(talk, &other).await;
        shows(talk, group.id, "小红").await;
        let card = |name: &str| {
            let name = name.to_owned();
            talk.fake.look(move |record| {
                record
                    .replies(group.id)
                    .find(|m| m.text.contains(&name))
                    .unwrap()
                    .id
            })
        };
        colleague.reply(card("小红"), "小红您好");
        shows(talk, 8, "小红您好").await;
        colleague.reply(card("小明"), "小明您好");
        shows(talk, 7, "小明您好").await;
        asker.say("谢谢");
        shows(talk, group.id, "谢谢").await;
        asker.say("返回机器人");
        shows(talk, group.id, "客人回到了机器人那里").await;
        shows(talk, 7, "由我继续为您解答").await;
        talk.bot.rests().await;
        format!(
            "{}\n{}\n── 客服组 ──\n{}",
            asker.transcript(),
            other.transcript(),
            colleague.transcript()
        )
    })
    .await;
    insta::assert_snapshot!("plain-group", shown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn not_solved_twice_calls_a_person_and_out_of_hours_the_asker_is_told_when() {
    // a day that is never today's: open for one minute a week, seven days from now at the earliest
    let closed = [
        SETTINGS,
        &[("WENLU_SERVICE_HOURS", never()), ("WENLU_TIMEZONE", "UTC")],
    ]
    .concat();
    let shown = everywhere(&closed, async |talk| {
        talk.fake.forum(9, "客服组");
        let asker = talk.fake.user(7).named("小明");
        asker.say("小程序怎么迁移");
        shows(talk, 7, "第 1 步").await;
        asker.say("没解决");
        talk.fake
            .until(|record| record.replies(7).count() == 2)
            .await;
        asker.say("没解决");
        shows(talk, -1_000_000_000_009, "需要人工").await;
        talk.fake
            .until(|record| record.replies(7).count() == 3)
            .await;
        // the bot goes on answering until a person writes
        asker.say("迁移后 openid 会变吗");
        shows(talk, 7, "都不会变").await;
        talk.bot.rests().await;
        asker.transcript()
    })
    .await;
    let hours = ServiceHours::parse(never(), "UTC").unwrap();
    let opens = hours
        .availability_at(now())
        .opens
        .unwrap()
        .in_words(Lang::Zh);
    insta::assert_snapshot!("out-of-hours", shown.replace(&opens, "［时间］"));
}

/// Hours that are over: one minute, the day before yesterday.
fn never() -> &'static str {
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let today = TimeZone::UTC
        .to_datetime(jiff::Timestamp::now())
        .weekday()
        .to_monday_zero_offset();
    let day = days[usize::try_from((today + 5) % 7).unwrap()];
    Box::leak(format!("{day} 00:00-00:01").into_boxed_str())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_that_was_deleted_does_not_lose_what_is_said() {
    everywhere(SETTINGS, async |talk| {
        let forum = talk.fake.forum(9, "客服组");
        let asker = talk.fake.user(7).named("小明");
        ask_for_a_person(talk, &asker).await;
        shows(talk, forum.id, "需要人工").await;
        let topic = talk.fake.look(|record| {
            record
                .replies(forum.id)
                .find_map(|message| message.thread)
                .unwrap()
        });
        forum.delete_topic(topic);
        asker.say("还在吗");
        shows(talk, forum.id, "还在吗").await;
        String::new()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_became_a_supergroup_is_followed() {
    let settings = [("WENLU_TELEGRAM_GROUP", "-9")];
    everywhere(&settings, async |talk| {
        let group = talk.fake.group(9, "客服组");
        let colleague = talk.fake.user(100).named("小王").at(&group);
        let grown = group.migrate(&colleague);
        let asker = talk.fake.user(7).named("小明");
        ask_for_a_person(talk, &asker).await;
        shows(talk, grown.id, "小明").await;
        let card = talk
            .fake
            .look(|record| record.replies(grown.id).next().unwrap().id);
        colleague.at(&grown).reply(card, "您好");
        shows(talk, 7, "您好").await;
        String::new()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_gives_the_conversation_back() {
    let settings = [SETTINGS, &[("WENLU_HANDOVER_SILENCE", "1m")]].concat();
    let options = Options {
        flood: false,
        ..Options::default()
    };
    let talk = Talk::start(Engine::Sqlite, Way::Polling, options, &settings).await;
    let forum = talk.fake.forum(9, "客服组");
    let (asker, waits) = (
        talk.fake.user(7).named("小明"),
        talk.fake.user(8).named("小红"),
    );
    ask_for_a_person(&talk, &waits).await;
    ask_for_a_person(&talk, &asker).await;
    let topic = topic_of(&talk, forum.id, "小明").await;
    let colleague = talk.fake.user(100).named("小王").at(&forum);
    colleague.within(topic).say("我看一下");
    shows(&talk, 7, "我看一下").await;
    talk.bot.rests().await;
    talk.database
        .sql("UPDATE handovers SET last_at = last_at - 61000")
        .await;
    shows(&talk, 7, "现在由我接着为您解答").await;
    shows(&talk, forum.id, "已自动交还给机器人").await;
    // who waits for a person still does
    talk.fake.look(|record| {
        let mut told = record.replies(8);
        assert!(
            !told.any(|reply| reply.text.contains("现在由我接着")),
            "a request that waits was ended"
        );
    });
    talk.bot.stop().await;
}

/// The topic in which `name` is.
async fn topic_of(talk: &Talk, group: i64, name: &str) -> i32 {
    shows(talk, group, name).await;
    talk.fake.look(|record| {
        let mut all = record.replies(group);
        let own = all.find(|message| message.text.contains(name));
        own.unwrap().thread.unwrap()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_left_without_an_answer_waits_for_somebody_again() {
    let settings = [SETTINGS, &[("WENLU_HANDOVER_AWAY", "1s")]].concat();
    let options = Options {
        flood: false,
        ..Options::default()
    };
    let talk = Talk::start(Engine::Postgres, Way::Polling, options, &settings).await;
    let forum = talk.fake.forum(9, "客服组");
    let (wang, li) = (
        talk.fake.user(100).named("小王").at(&forum),
        talk.fake.user(101).named("小李").at(&forum),
    );
    let asker = talk.fake.user(7).named("小明");
    ask_for_a_person(&talk, &asker).await;
    let topic = topic_of(&talk, forum.id, "小明").await;
    wang.within(topic).say("我看一下");
    shows(&talk, 7, "我看一下").await;
    asker.say("好的，多久？");
    shows(&talk, 7, "暂时走开了").await;
    shows(&talk, forum.id, "客人还在等").await;
    asker.say("迁移后 openid 会变吗");
    shows(&talk, 7, "都不会变").await;
    li.within(topic).say("我接着帮您");
    shows(&talk, 7, "我接着帮您").await;
    talk.bot.rests().await;
    let name = "telegram:7";
    let store = wenlu::store::Store::open(&talk.database.url).await.unwrap();
    let taken = store.handovers().of(name).await.unwrap().unwrap();
    assert_eq!(taken.assignee.as_deref(), Some("telegram:101"));
    talk.bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_receives_what_a_person_writes() {
    let shown = everywhere(SETTINGS, async |talk| {
        let forum = talk.fake.forum(9, "客服组");
        let colleague = talk.fake.user(100).named("小王").at(&forum);
        let post = async |id: &str, text: &str| -> Value {
            let body = json!({ "conversation": chat_name("page-1"), "id": id, "text": text });
            let url = format!("http://{}/api/v1/messages", talk.bot.address);
            reqwest::Client::new()
                .post(url)
                .json(&body)
                .send()
                .await
                .unwrap()
                .json()
                .await
                .unwrap()
        };
        assert_eq!(post("1", "小程序怎么迁移").await["person"], false);
        assert_eq!(post("2", "转人工").await["person"], true);
        shows(talk, forum.id, "网页访客").await;
        let topic = talk.fake.look(|record| {
            record
                .replies(forum.id)
                .find_map(|message| message.thread)
                .unwrap()
        });
        colleague.within(topic).say("您好，我是小王。");
        let url = format!(
            "http://{}/api/v1/events?conversation={}",
            talk.bot.address,
            chat_name("page-1")
        );
        let mut events = reqwest::Client::new()
            .get(&url)
            .send()
            .await
            .unwrap()
            .bytes_stream();
        let mut heard = String::new();
        while !heard.contains("我是小王") {
            heard += std::str::from_utf8(&events.next().await.unwrap().unwrap()).unwrap();
        }
        colleague.within(topic).photo("看这张图");
        while !heard.contains("看这张图") {
            heard += std::str::from_utf8(&events.next().await.unwrap().unwrap()).unwrap();
        }
        // what did not arrive is told to whom it matters
        shows(talk, forum.id, "只收得到文字：收到的是").await;
        assert_eq!(post("3", "谢谢").await["replies"], json!([]));
        shows(talk, forum.id, "谢谢").await;
        colleague.within(topic).say("/done");
        while !heard.contains("结束了这次人工服务") {
            heard += std::str::from_utf8(&events.next().await.unwrap().unwrap()).unwrap();
        }
        // a page that comes back does not hear again what it has heard
        let last = heard
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix("id: "))
            .unwrap()
            .to_owned();
        let again = reqwest::Client::new()
            .get(&url)
            .header("last-event-id", last);
        let again = again
            .timeout(std::time::Duration::from_millis(300))
            .send()
            .await
            .unwrap();
        assert!(
            again.bytes().await.is_err(),
            "the stream stays open and says nothing"
        );
        drop(events);
        colleague.transcript()
    })
    .await;
    insta::assert_snapshot!("page", shown);
}
