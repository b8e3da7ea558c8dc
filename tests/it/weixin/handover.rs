//! A person answers a WeChat asker from the operators' group: without an API the words wait for the
//! asker's next message, and the colleague is told so.

use crate::database::{Database, Engine};
use crate::talk::{Bot, Way};
use fake_telegram::{Fake, Options as FakeOptions};
use fake_weixin::{Mode, Options, Platform, Verdict};

const GROUP: &str = "-1000000000009";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_persons_words_wait_for_the_next_message() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let fake = Fake::with(FakeOptions {
            flood: false,
            ..FakeOptions::default()
        });
        let database = Database::new(engine).await;
        let options = Options {
            mode: Mode::Safe,
            ..Options::default()
        };
        let more = [
            ("WENLU_TELEGRAM_GROUP", GROUP),
            ("WENLU_WEIXIN_APPID", &options.appid),
            ("WENLU_WEIXIN_TOKEN", &options.token),
            ("WENLU_WEIXIN_AES_KEY", &options.aes_key),
        ];
        let bot = Bot::start(&fake, &database.url, Way::Polling, &more).await;
        let platform = Platform::new(options.clone());
        let (url, asker) = (
            format!("http://{}/weixin", bot.address),
            platform.asker("oAsker"),
        );
        let say = async |text: &str| match platform.post(&url, &asker.says(text)).await {
            Verdict::Text(text) => text,
            other => format!("{other:?}"),
        };
        let forum = fake.forum(9, "客服组");
        let colleague = fake.user(100).named("小王").at(&forum);
        say("小程序怎么迁移").await;
        assert!(say("转人工").await.contains("同事"));
        fake.until(|record| {
            record
                .replies(forum.id)
                .any(|m| m.text.contains("需要人工"))
        })
        .await;
        let topic = fake.look(|record| record.replies(forum.id).find_map(|m| m.thread).unwrap());
        colleague
            .within(topic)
            .say("您好，我是小王，<b>把公证书</b>发我看看。");
        fake.until(|record| {
            record
                .replies(forum.id)
                .any(|m| m.text.contains("您的话会一起送到"))
        })
        .await;
        bot.rests().await;
        // the person talks, and the bot is silent: only what waited goes out, and only once
        let message = asker.says("好的，公证书在这里");
        let first = platform.post(&url, &message).await;
        let words = "［人工客服］您好，我是小王，＜b>把公证书＜/b>发我看看。";
        assert_eq!(first, Verdict::Text(words.to_owned()));
        assert_eq!(platform.post(&url, &message).await, first);
        assert_eq!(
            platform.post(&url, &asker.sends("image")).await,
            Verdict::Acknowledged
        );
        fake.until(|record| {
            record
                .replies(forum.id)
                .any(|m| m.text.contains("公证书在这里"))
        })
        .await;
        colleague.within(topic).say("收到。");
        colleague.within(topic).say("/done");
        fake.until(|record| {
            record
                .replies(forum.id)
                .any(|m| m.text.contains("已交还给机器人"))
        })
        .await;
        bot.rests().await;
        let back = say("openid 会变吗").await;
        let places = ["收到。", "结束了这次人工服务", "不会变"].map(|text| back.find(text));
        assert!(places.is_sorted() && places[0].is_some(), "{back}");
        bot.stop().await;
    }
}
