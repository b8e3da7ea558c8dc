//! What colleagues in the operators' group do beside talking: they edit, send albums, mistype commands, and write where
//! nobody hears them. What they do reaches the asker, or they are told that it does not.

use super::{Talk, Way};
use crate::database::Engine;
use crate::server::chat_name;
use fake_telegram::{Answer, Fault, Group, Options, Person, Record, Rule};
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::time::Duration;

const SETTINGS: &[(&str, &str)] = &[("WENLU_TELEGRAM_GROUP", "-1000000000009")];

/// A forum with a colleague, and an asker who has been handed over.
struct Case {
    talk: Talk,
    forum: Group,
    colleague: Person,
    asker: Person,
    topic: i32,
}

impl Case {
    async fn open(way: Way) -> Case {
        let options = Options {
            flood: false,
            ..Options::default()
        };
        let talk = Talk::start(Engine::Sqlite, way, options, SETTINGS).await;
        let forum = talk.fake.forum(9, "客服组");
        let colleague = talk.fake.user(100).named("小王").at(&forum);
        let asker = talk.fake.user(7).named("小明");
        asker.say("转人工");
        shows(&talk, 7, "同事").await;
        shows(&talk, forum.id, "需要人工").await;
        let topic = talk.fake.look(|record| {
            let threads = record.replies(forum.id).find_map(|message| message.thread);
            threads.unwrap()
        });
        talk.bot.rests().await;
        Case {
            colleague: colleague.within(topic),
            talk,
            forum,
            asker,
            topic,
        }
    }

    /// Says something, which the asker sees.
    async fn says(&self, text: &str) -> i32 {
        let said = self.colleague.say(text);
        shows(&self.talk, 7, text).await;
        self.talk.bot.rests().await;
        said
    }

    /// Waits for what the bot answers to this message in the group.
    async fn is_told(&self, message: i32, text: &str) {
        let (group, text) = (self.forum.id, text.to_owned());
        self.talk
            .fake
            .until(move |record| {
                record
                    .replies(group)
                    .any(|told| told.reply_to == Some(message) && told.text.contains(&text))
            })
            .await;
    }

    /// How many messages the asker has of the bot.
    fn received(&self) -> usize {
        self.talk.fake.look(|record| record.replies(7).count())
    }
}

async fn shows(talk: &Talk, chat: i64, text: &str) {
    talk.fake
        .until(|record| record.replies(chat).any(|m| m.text.contains(text)))
        .await;
}

fn made(record: &Record, method: &str) -> usize {
    record
        .calls(method)
        .filter(|call| call.took_effect())
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_is_shown_in_the_message_that_the_asker_got() {
    for way in [Way::Polling, Way::Webhook] {
        let case = Case::open(way).await;
        let said = case.says("链接是 https://a.example").await;
        let received = case.received();
        case.colleague.edit(said, "更正：链接是 https://b.example");
        shows(&case.talk, 7, "https://b.example").await;
        case.talk.bot.rests().await;
        assert_eq!(case.received(), received, "no message more");
        case.talk.fake.look(|record| {
            let shown = record.replies(7).find(|m| m.text.contains("b.example"));
            assert_eq!(shown.unwrap().text, "同事：更正：链接是 https://b.example");
        });
        // a reaction changes no word, and is no call
        let calls = case
            .talk
            .fake
            .look(|record| record.count("editMessageText"));
        case.colleague.edit(said, "更正：链接是 https://b.example");
        let last = case.says("还有别的问题吗").await;
        let now = case
            .talk
            .fake
            .look(|record| record.count("editMessageText"));
        assert_eq!(now, calls);
        // what is edited after the hand-over neither opens it again nor is lost
        case.colleague.say("/done");
        shows(&case.talk, 7, "结束了这次人工服务").await;
        case.colleague.edit(last, "还有别的问题吗？随时找我");
        shows(&case.talk, 7, "随时找我").await;
        case.asker.say("迁移后 openid 会变吗");
        shows(&case.talk, 7, "都不会变").await;
        case.talk.bot.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_that_cannot_be_shown_is_said() {
    let case = Case::open(Way::Polling).await;
    let said = case.says("明天给您答复").await;
    let gone = case.talk.fake.look(|record| {
        let shown = record.replies(7).find(|m| m.text.contains("明天"));
        shown.unwrap().id
    });
    let delete = format!(
        "{}/bot{}/deleteMessage",
        case.talk.fake.url(),
        case.talk.fake.token()
    );
    let deleted = json!({ "chat_id": 7, "message_id": gone });
    let deleted = reqwest::Client::new().post(delete).json(&deleted).send();
    deleted.await.unwrap().error_for_status().unwrap();
    case.colleague.edit(said, "后天给您答复");
    shows(&case.talk, 7, "（更正）后天给您答复").await;
    case.talk.bot.stop().await;
}

/// The first call is still on its way when the edit comes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_waits_for_the_message_that_it_edits() {
    let case = Case::open(Way::Polling).await;
    case.talk.fake.inject(
        Rule::new(Fault::before(Answer::TooManyRequests(50)))
            .on("sendMessage")
            .to(7),
    );
    let said = case.colleague.say("第一版");
    case.talk
        .fake
        .until(|record| {
            record
                .calls("sendMessage")
                .any(|call| call.fault.is_some() && call.ended.is_some())
        })
        .await;
    case.colleague.edit(said, "第二版");
    shows(&case.talk, 7, "第二版").await;
    case.talk.bot.rests().await;
    case.talk.fake.look(|record| {
        let versions = record.replies(7).filter(|m| m.text.contains('版'));
        assert_eq!(versions.count(), 1, "{record}");
    });
    case.talk.bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caption_is_edited_too() {
    let case = Case::open(Way::Polling).await;
    let said = case.colleague.photo("看第一张图");
    shows(&case.talk, 7, "看第一张图").await;
    case.talk.bot.rests().await;
    case.colleague.edit(said, "看第二个按钮");
    shows(&case.talk, 7, "看第二个按钮").await;
    case.talk.bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_of_the_asker_is_shown_as_one() {
    let case = Case::open(Way::Polling).await;
    let said = case.asker.say("openid 会边吗");
    shows(&case.talk, case.forum.id, "会边吗").await;
    case.asker.edit(said, "openid 会变吗");
    shows(&case.talk, case.forum.id, "客人改了前面的话：openid 会变吗").await;
    case.talk.bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_album_is_one_call_both_ways() {
    for way in [Way::Polling, Way::Webhook] {
        let case = Case::open(way).await;
        case.asker.album(3, "这几个页面打不开");
        let copied = |count: usize| move |record: &Record| made(record, "copyMessages") == count;
        case.talk.fake.until(copied(1)).await;
        case.colleague.album(4, "照这几张图做");
        case.talk.fake.until(copied(2)).await;
        case.talk.bot.rests().await;
        case.talk.fake.look(|record| {
            assert_eq!(record.count("copyMessage"), 0);
            let pictures = |chat| {
                record
                    .replies(chat)
                    .filter(|m| {
                        m.attachment
                            .as_ref()
                            .is_some_and(|(kind, _)| kind == "photo")
                    })
                    .count()
            };
            assert_eq!((pictures(case.forum.id), pictures(7)), (3, 4));
            // one line tells of it
            let told = record
                .replies(case.forum.id)
                .filter(|m| m.text.starts_with("客人："));
            assert_eq!(told.count(), 1, "{record}");
        });
        // an operator may answer any of the pictures, and edit any of theirs
        case.talk.bot.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_writes_to_nobody_is_told() {
    let case = Case::open(Way::Polling).await;
    let general = case.talk.fake.user(100).at(&case.forum);
    // of which conversation?
    let done = general.say("/done");
    case.is_told(done, "看不出要交还哪段对话").await;
    let typo = general.say("/doen");
    case.is_told(typo, "没有 /doen 这个命令").await;
    // in the topic of an asker, commands that are none do not reach the asker
    for (text, name) in [
        ("/doen", "/doen"),
        ("／dnoe", "/dnoe"),
        ("/help", "/help"),
        ("/assign 小李", "/assign"),
    ] {
        let said = case.colleague.say(text);
        case.is_told(said, &format!("没有 {name} 这个命令")).await;
    }
    let said = case.says("马上看").await;
    case.colleague.edit(said, "/done");
    case.is_told(said, "改成命令不起作用").await;
    let done = case.colleague.say("／done");
    shows(&case.talk, 7, "结束了这次人工服务").await;
    let again = case.colleague.say("/done");
    assert!(again > done);
    case.is_told(again, "已经在机器人手里了").await;
    // a topic of the bot's whose conversation is erased, and one of the colleagues' own
    case.talk.database.sql("DELETE FROM handovers").await;
    case.talk.database.sql("DELETE FROM relayed").await;
    let lost = case.colleague.say("还在吗");
    case.is_told(lost, "没有送给任何客人").await;
    let own = case.forum.open_topic(&general, "闲聊");
    let before = case
        .talk
        .fake
        .look(|record| record.replies(case.forum.id).count());
    general.within(own).say("中午吃什么");
    general.say("随便");
    general.say("/weather");
    case.talk.fake.user(8).say("多谢啦");
    case.talk
        .fake
        .until(|record| record.replies(8).count() == 1)
        .await;
    case.talk.bot.rests().await;
    let after = case
        .talk
        .fake
        .look(|record| record.replies(case.forum.id).count());
    assert_eq!(after, before);
    case.talk.fake.look(|record| {
        assert!(!record.replies(7).any(|m| m.text.contains('/')), "{record}");
    });
    case.talk.bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_asker_who_stopped_the_bot_is_not_written_to_in_silence() {
    for knows in [true, false] {
        let case = Case::open(Way::Polling).await;
        if knows {
            case.asker.block();
        } else {
            case.asker.deactivate();
        }
        for text in ["您好", "还在吗"] {
            let said = case.colleague.say(text);
            case.is_told(said, "客人停用了机器人").await;
        }
        case.talk.bot.rests().await;
        case.talk.bot.stop().await;
    }
}

/// A message that Telegram does not take in twenty tries is not lost without a word.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_set_aside_is_told_to_whom_it_matters() {
    let case = Case::open(Way::Polling).await;
    case.talk.fake.inject(
        Rule::new(Fault::before(Answer::InternalError))
            .on("sendMessage")
            .to(7)
            .times(20),
    );
    let said = case.colleague.say("您好");
    case.is_told(said, "没有送到客人那里").await;
    case.says("这条送得到").await;
    case.talk.bot.stop().await;
}

/// The web page learns of an edit, and of what is written after the end, by the stream that it kept open. A second tab
/// hears the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_hear_edits_and_what_comes_after_the_end() {
    let case = Case::open(Way::Polling).await;
    let address = case.talk.bot.address;
    let post = async |id: &str, text: &str| -> Value {
        let body = json!({ "conversation": chat_name("page-1"), "id": id, "text": text });
        let post = reqwest::Client::new().post(format!("http://{address}/api/v1/messages"));
        post.json(&body).send().await.unwrap().json().await.unwrap()
    };
    post("1", "转人工").await;
    shows(&case.talk, case.forum.id, "网页访客").await;
    let topic = case.talk.fake.look(|record| {
        let threads = record
            .replies(case.forum.id)
            .filter_map(|message| message.thread);
        threads.max().unwrap()
    });
    assert_ne!(topic, case.topic);
    let colleague = case.colleague.within(topic);
    let open = async || {
        let name = chat_name("page-1");
        let url = format!("http://{address}/api/v1/events?conversation={name}");
        let events = reqwest::Client::new().get(url).send().await.unwrap();
        (events.bytes_stream(), String::new())
    };
    let mut tabs = [open().await, open().await];
    let said = colleague.say("链接是 https://a.example");
    let mut wait = async |text: &str| {
        for (events, heard) in &mut tabs {
            while !heard.contains(text) {
                let next = tokio::time::timeout(Duration::from_secs(20), events.next());
                *heard += std::str::from_utf8(&next.await.unwrap().unwrap().unwrap()).unwrap();
            }
        }
    };
    wait("a.example").await;
    colleague.edit(said, "链接是 https://b.example");
    wait("（更正）链接是").await;
    colleague.say("/done");
    wait("结束了这次人工服务").await;
    colleague.say("忘了说：三天内有效");
    wait("三天内有效").await;
    case.talk.bot.stop().await;
}

/// A small group becomes a supergroup while colleagues answer: nothing that they write is lost, before it or after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_grows_loses_no_reply() {
    for way in [Way::Polling, Way::Webhook] {
        let options = Options {
            flood: false,
            ..Options::default()
        };
        let settings = [("WENLU_TELEGRAM_GROUP", "-9")];
        let talk = Talk::start(Engine::Sqlite, way, options, &settings).await;
        let group = talk.fake.group(9, "客服组");
        let colleague = talk.fake.user(100).named("小王").at(&group);
        let asker = talk.fake.user(7).named("小明");
        asker.say("转人工");
        shows(&talk, group.id, "需要人工").await;
        talk.bot.rests().await;
        let card = talk
            .fake
            .look(|record| record.replies(group.id).next().unwrap().id);
        colleague.reply(card, "升级之前说的");
        let grown = group.migrate(&colleague);
        // the conversation goes on there without the asker having to write
        shows(&talk, grown.id, "群升级了").await;
        let card = talk.fake.look(|record| {
            let card = record
                .replies(grown.id)
                .find(|m| m.text.contains("群升级了"));
            card.unwrap().id
        });
        talk.bot.rests().await;
        colleague.at(&grown).reply(card, "升级之后说的");
        for text in ["升级之前说的", "升级之后说的"] {
            shows(&talk, 7, text).await;
        }
        asker.say("收到");
        shows(&talk, grown.id, "收到").await;
        talk.bot.rests().await;
        talk.fake.look(|record| {
            let told = record
                .replies(grown.id)
                .filter(|m| m.text.contains("群升级了"));
            assert_eq!(told.count(), 1, "{record}");
        });
        talk.bot.stop().await;
    }
}
