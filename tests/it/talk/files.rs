//! Pictures and files between askers and colleagues where one side is on Telegram: what is fetched, what is left of it, who
//! gets it, and that nothing of it stays behind. And whether a person solved it, asked after /done.

use super::two_views::{handover, shows, talk};
use super::{Talk, Way};
use crate::admin::attachments::{picture, send, telling_photo};
use crate::database::Engine;
use crate::erase::{count, execute};
use crate::server::chat_name;
use fake_telegram::{Answer, Fault, Options, Record, Rule};
use image::ImageFormat;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use wenlu::store::Store;
use wenlu::store::audit::AuditActor;
use wenlu::store::files::KeptFile;
use wenlu::store::ratings::RatingCounts;

const ASKER: &str = "telegram:7";

/// The files of the asker's conversation, once there are so many.
async fn files(store: &Store, wanted: usize) -> Vec<KeptFile> {
    let begun = Instant::now();
    loop {
        let found = store.files().of_conversation(ASKER).await.unwrap();
        if found.len() >= wanted {
            return found;
        }
        assert!(begun.elapsed().as_secs() < 20, "{found:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn fetched(talk: &Talk) -> usize {
    talk.fake.look(|record| record.calls("getFile").count())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_reaches_the_list_and_another_comes_back() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (talk, store, mut ann) = talk(engine, &[("WENLU_UPLOADS", "people")]).await;
        let asker = talk.fake.user(7).named("小明");
        // nobody is there who could look at it
        asker.picture(telling_photo(), "");
        asker.say("怎么开发票");
        shows(&talk, 7, "发票").await;
        assert_eq!(fetched(&talk), 0);
        asker.say("转人工");
        shows(&talk, 7, "同事").await;
        asker.picture(telling_photo(), "这是收据");
        let kept = files(&store, 1).await.remove(0).file;
        // turned the right way up, and nothing of it is left but what is to be seen
        assert_eq!(
            (kept.media_type.as_str(), kept.width, kept.height),
            ("image/jpeg", 40, 80)
        );
        let bytes = store.files().bytes(&kept.id).await.unwrap();
        for told in [&b"GPS"[..], b"Exif", b"script"] {
            assert!(!bytes.windows(told.len()).any(|part| part == told));
        }
        let number = handover(&store).await.number;
        let page = ann.get(&format!("/admin/inbox/{number}")).await.body;
        let shown = format!("<img class=\"sent\" src=\"/admin/inbox/files/{}\"", kept.id);
        assert!(page.contains(&shown) && page.contains("这是收据"), "{page}");

        asker.document("合同.pdf", "application/pdf", b"%PDF-1.4 a".to_vec());
        let named: Vec<String> = files(&store, 2)
            .await
            .into_iter()
            .map(|it| it.file.name)
            .collect();
        assert!(named.contains(&"合同.pdf".to_owned()), "{named:?}");
        // what is none, whatever it says that it is
        asker.document("a.png", "image/png", b"<svg onload=alert(1)>".to_vec());
        assert_eq!(shows(&talk, 7, "这个文件同事看不到").await, 1);
        let before = fetched(&talk);
        asker.document("a.zip", "application/zip", b"PK".to_vec());
        asker.say("还有一张");
        talk.bot.rests().await;
        assert_eq!(fetched(&talk), before);
        // a server that does not give it
        talk.fake.inject(
            Rule::new(Fault::before(Answer::InternalError))
                .on("getFile")
                .times(1),
        );
        asker.picture(telling_photo(), "");
        assert_eq!(shows(&talk, 7, "请再发一次").await, 1);
        assert_eq!(files(&store, 2).await.len(), 2);

        // and back: a photo, and what is none as a document
        ann.get(&format!("/admin/inbox/{number}")).await;
        let token = ann.form_token.clone();
        let own = picture(30, 20, ImageFormat::Png);
        let sent = send(&mut ann, number, "0123456789abcdef0123", own, &token).await;
        assert_eq!(sent.status, 303, "{}", sent.body);
        let sent = send(
            &mut ann,
            number,
            "0123456789abcdef0124",
            b"%PDF-1.4 b".to_vec(),
            &token,
        )
        .await;
        assert_eq!(sent.status, 303, "{}", sent.body);
        let has = |field: &'static str, name: &'static str| {
            talk.fake.until(move |record| {
                record.replies(7).any(|message| {
                    let sent = message.attachment.as_ref();
                    message.text == "同事："
                        && sent.is_some_and(|(kind, value)| {
                            kind == field && value["sent"].as_str().unwrap().starts_with(name)
                        })
                })
            })
        };
        has("photo", "picture.png, ").await;
        has("document", "回执.pdf, 10 bytes").await;
        talk.fake.look(|record| {
            let marked = record
                .calls("sendPhoto")
                .any(|call| call.params.get("wenlu_file").is_some());
            assert!(!marked, "our own field went out");
        });
        talk.bot.rests().await;
        store
            .erasure()
            .erase(AuditActor::terminal(crate::admin::now()), ASKER)
            .await
            .unwrap();
        for table in ["files", "file_parts", "outbox"] {
            assert_eq!(count(&talk.database.url, table).await, 0, "{table}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_setting_nothing_is_fetched_and_nothing_can_be_sent() {
    let (talk, store, mut ann) = talk(Engine::Sqlite, &[]).await;
    let asker = talk.fake.user(7).named("小明");
    asker.say("转人工");
    shows(&talk, 7, "同事").await;
    let asked = handover(&store).await;
    asker.picture(telling_photo(), "");
    let begun = Instant::now();
    while handover(&store).await.seq <= asked.seq {
        assert!(begun.elapsed().as_secs() < 20, "it is not in the list");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!((fetched(&talk), files(&store, 0).await.len()), (0, 0));
    let page = ann.get(&format!("/admin/inbox/{}", asked.number)).await;
    let body = page.body;
    assert!(
        body.contains("［图片］") && !body.contains("id=\"file-box\""),
        "{body}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_album_is_one_message_until_a_colleague_is_asked() {
    let (talk, store, _) = talk(Engine::Sqlite, &[("WENLU_UPLOADS", "on")]).await;
    let asker = talk.fake.user(7).named("小明");
    let album = |caption| {
        asker.pictures(vec![
            (telling_photo(), ""),
            (telling_photo(), caption),
            (telling_photo(), ""),
        ])
    };
    // one answer, of the caption, and what is not kept is said
    album("怎么开发票");
    assert_eq!(shows(&talk, 7, "只收下了第一张").await, 1);
    talk.fake.look(|record| {
        let answers = record.replies(7).filter(|m| m.text.contains("发票"));
        assert_eq!((answers.count(), record.replies(7).count()), (1, 2));
    });
    assert_eq!(files(&store, 1).await.len(), 1);
    // a colleague wants to see all of it
    asker.say("转人工");
    shows(&talk, 7, "同事").await;
    album("这是收据");
    assert_eq!(files(&store, 4).await.len(), 4);
    assert_eq!(shows(&talk, 7, "只收下了第一张").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_file_keeps_its_own_conversation_only() {
    let (talk, store, _) = talk(Engine::Sqlite, &[("WENLU_UPLOADS", "on")]).await;
    let slow = Rule::new(Fault::before(Answer::Slow(800.0))).on("getFile");
    talk.fake.inject(slow);
    let asker = talk.fake.user(7).named("小明");
    asker.picture(telling_photo(), "怎么开发票");
    asker.say("转人工");
    talk.fake
        .until(|record| record.calls("getFile").count() == 1)
        .await;
    let begun = Instant::now();
    // more than there are workers, so that some share that of the asker
    for other in 100..160 {
        talk.fake.user(other).say("转人工");
    }
    for other in 100..160 {
        let answered = move |record: &Record| record.replies(other).count() > 0;
        talk.fake.until(answered).await;
    }
    assert!(begun.elapsed().as_secs() < 7, "{:?}", begun.elapsed());
    // and the order of the conversation is kept
    talk.fake
        .look(|record| assert_eq!(record.replies(7).count(), 0));
    shows(&talk, 7, "同事").await;
    talk.fake.look(|record| {
        let first = record.replies(7).next().unwrap();
        assert!(first.text.contains("发票"), "{record}");
    });
    assert_eq!(files(&store, 1).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_fails_for_a_moment_loses_no_file() {
    let (talk, store, mut ann) = talk(Engine::Sqlite, &[("WENLU_UPLOADS", "people")]).await;
    let asker = talk.fake.user(7).named("小明");
    asker.say("转人工");
    shows(&talk, 7, "同事").await;
    let number = handover(&store).await.number;
    ann.get(&format!("/admin/inbox/{number}")).await;
    let token = ann.form_token.clone();
    let full = Rule::new(Fault::before(Answer::TooManyRequests(200))).on("sendPhoto");
    talk.fake.inject(full);
    let own = picture(30, 20, ImageFormat::Png);
    let sent = send(&mut ann, number, "0123456789abcdef0123", own, &token).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    talk.fake
        .until(|record| record.calls("sendPhoto").count() == 1)
        .await;
    let url = &talk.database.url;
    execute(
        url,
        &["ALTER TABLE file_parts RENAME TO elsewhere".to_owned()],
    )
    .await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    talk.fake.look(|record| {
        let photos = record.calls("sendPhoto").count();
        let gone = record.replies(7).any(|m| m.text.contains("已经不在了"));
        assert!(photos == 1 && !gone, "{record}");
    });
    execute(
        url,
        &["ALTER TABLE elsewhere RENAME TO file_parts".to_owned()],
    )
    .await;
    talk.fake
        .until(|record| record.calls("sendPhoto").count() == 2)
        .await;
    talk.bot.rests().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_copied_to_the_group_is_seen_there() {
    let settings = [
        ("WENLU_TELEGRAM_GROUP", "-1000000000009"),
        ("WENLU_UPLOADS", "people"),
    ];
    let (talk, _, _) = talk(Engine::Sqlite, &settings).await;
    let forum = talk.fake.forum(9, "客服组");
    let asker = talk.fake.user(7).named("小明");
    asker.say("转人工");
    shows(&talk, forum.id, "需要人工").await;
    asker.document("a.png", "image/png", b"<svg onload=alert(1)>".to_vec());
    talk.fake
        .until(|record| {
            record.calls("copyMessages").count() + record.calls("copyMessage").count() == 1
        })
        .await;
    talk.bot.rests().await;
    talk.fake.look(|record| {
        let told = record.replies(7).any(|m| m.text.contains("看不到"));
        assert!(!told, "{record}");
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_from_the_group_reaches_the_chat_page() {
    let settings = [
        ("WENLU_TELEGRAM_GROUP", "-1000000000009"),
        ("WENLU_UPLOADS", "people"),
    ];
    let options = Options {
        flood: false,
        ..Options::default()
    };
    let talk = Talk::start(Engine::Sqlite, Way::Polling, options, &settings).await;
    let forum = talk.fake.forum(9, "客服组");
    let wang = talk.fake.user(100).named("小王").at(&forum);
    let base = format!("http://{}", talk.bot.address);
    let body = json!({"conversation": chat_name("page"), "id": "1", "text": "转人工"});
    let sent = reqwest::Client::new()
        .post(format!("{base}/api/v1/messages"))
        .json(&body);
    assert_eq!(sent.send().await.unwrap().status(), 200);
    shows(&talk, forum.id, "网页访客").await;
    let topic = talk.fake.look(|record| {
        let threads = record.replies(forum.id).find_map(|message| message.thread);
        threads.unwrap()
    });
    wang.within(topic).picture(telling_photo(), "看红圈的地方");
    let url = format!("{base}/api/v1/events?conversation={}", chat_name("page"));
    let mut events = reqwest::get(url).await.unwrap();
    let mut heard = String::new();
    while !heard.contains("看红圈的地方") {
        heard += std::str::from_utf8(&events.chunk().await.unwrap().unwrap()).unwrap();
    }
    let told = heard
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("data: "))
        .unwrap();
    let reply: Value = serde_json::from_str(told).unwrap();
    let path = reply["file"]["path"].as_str().unwrap();
    let shown = reqwest::get(format!("{base}{path}")).await.unwrap();
    assert_eq!(
        (shown.status().as_u16(), &reply["file"]["width"]),
        (200, &json!(40))
    );
    talk.bot.rests().await;
    talk.fake.look(|record| {
        let told = record
            .replies(forum.id)
            .any(|message| message.text.contains("图片、文件本身没有送到"));
        assert!(!told, "it did arrive");
    });
    // what does not, and why
    let here = wang.within(topic);
    here.document("a.png", "image/png", b"<svg onload=alert(1)>".to_vec());
    assert_eq!(shows(&talk, forum.id, "只收 8 MB 以内").await, 1);
    let fails = Rule::new(Fault::before(Answer::InternalError)).on("getFile");
    talk.fake.inject(fails);
    here.picture(telling_photo(), "");
    assert_eq!(shows(&talk, forum.id, "没能从 Telegram 取到").await, 1);
    // a file that Telegram does not give is not worth another try
    here.photo("");
    let told = move |record: &Record| {
        let all = record.replies(forum.id);
        all.filter(|m| m.text.contains("只收 8 MB 以内")).count() == 2
    };
    talk.fake.until(told).await;
    talk.fake.look(|record| {
        let told = record
            .replies(forum.id)
            .any(|message| message.text.contains("只收得到文字："));
        assert!(!told, "{record}");
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_done_the_asker_is_asked_whether_it_is_solved() {
    let settings = [("WENLU_TELEGRAM_GROUP", "-1000000000009")];
    let (talk, store, _) = talk(Engine::Sqlite, &settings).await;
    let forum = talk.fake.forum(9, "客服组");
    let wang = talk.fake.user(100).named("小王").at(&forum);
    let (asker, other) = (
        talk.fake.user(7).named("小明"),
        talk.fake.user(8).named("小红"),
    );
    let topic = async |name: &'static str| {
        shows(&talk, forum.id, name).await;
        talk.fake.look(|record| {
            let mut all = record.replies(forum.id);
            let card = all.rfind(|message| message.text.contains(name));
            card.and_then(|card| card.thread).unwrap()
        })
    };
    asker.say("转人工");
    let thread = topic("小明").await;
    wang.within(thread).say("好了");
    shows(&talk, 7, "同事：好了").await;
    wang.within(thread).say("/done");
    assert_eq!(shows(&talk, 7, "有没有解决您的问题").await, 1);
    asker.press("rate:no");
    assert_eq!(shows(&talk, 7, "抱歉这次没有解决").await, 1);
    let counts = store
        .ratings()
        .counts(wenlu::store::JournalWindow::default());
    let wanted = RatingCounts {
        asked: 1,
        solved: 0,
        unsolved: 1,
    };
    assert_eq!(counts.await.unwrap(), wanted);
    // where nobody said anything there is nothing to judge
    other.say("转人工");
    let thread = topic("小红").await;
    wang.within(thread).say("/done");
    shows(&talk, 8, "结束了这次人工服务").await;
    talk.fake.look(|record| {
        let asked = record
            .replies(8)
            .any(|message| message.text.contains("有没有解决"));
        assert!(!asked);
    });
}
