//! What may be sent: five messages in 48 hours; what exceeds that is kept, and the operator is told.

use super::stage::{Stage, settings};
use crate::database::{Database, Engine};
use crate::talk::{Bot, Way};
use fake_telegram::{Fake, Options as FakeOptions};
use fake_wecom::{Company, CompanyFault, CompanyOptions};
use std::time::{Duration, Instant};

const GROUP: &str = "-1000000000009";
const PATIENCE: Duration = Duration::from_secs(60);

/// Who writes faster than the rate allows is told so once, and answered again later; others do not notice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_writes_too_fast_is_told_so_once() {
    for (engine, replicas) in [(Engine::Sqlite, 1), (Engine::Postgres, 2)] {
        // one in three seconds, the first two at once; however many processes there are, one answers
        let rate = [
            ("WENLU_RATE_PER_MINUTE", "20"),
            ("WENLU_RATE_BURST", "2"),
            ("WENLU_REPLICAS", "2"),
        ];
        let stage = Stage::start(engine, replicas, &rate).await;
        stage.company.notifies(false);
        for _ in 0..6 {
            stage.company.customer("wmFast").says("openid 会变吗").await;
        }
        stage.company.customer("wmSlow").says("openid 会变吗").await;
        stage.company.notifies(true);
        stage.company.notify().await;
        stage.rests().await;
        let seen = stage.company.texts_of("wmFast");
        let answers = seen.iter().filter(|text| text.contains("都不会变")).count();
        let told = seen
            .iter()
            .filter(|text| text.contains("发送得太快"))
            .count();
        assert!((2..=4).contains(&answers) && told == 1, "{seen:?}");
        assert_eq!(stage.turns("wmFast").await, answers);
        // what was written over an hour while nobody pulled is not fast
        stage.company.notifies(false);
        for seconds in [3_600, 2_400, 1_200, 600] {
            let asker = stage.company.customer("wmPatient");
            asker.wrote_before("openid 会变吗", seconds);
        }
        stage.company.notifies(true);
        stage.company.notify().await;
        stage.rests().await;
        assert_eq!(stage.turns("wmPatient").await, 4);
        assert_eq!(stage.company.texts_of("wmSlow").len(), 1);
        if replicas == 1 {
            let metrics = stage.page("/metrics").await;
            assert!(!metrics.contains("wenlu_rate_limited_total 0"), "{metrics}");
        }
        let begun = Instant::now();
        while stage.say("wmFast", "小程序怎么迁移").await.is_empty() {
            assert!(begun.elapsed() < PATIENCE, "never answered again");
        }
        stage.stop().await;
    }
}

/// A hand-over to the operators' group of Telegram, which writes to a customer in WeCom.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_colleagues_words_go_out_and_wait_where_they_may_not() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let fake = Fake::with(FakeOptions {
            flood: false,
            ..FakeOptions::default()
        });
        let database = Database::new(engine).await;
        let company = Company::new(CompanyOptions::default());
        let api = company.serve().await;
        let own = settings(company.options(), &api);
        let mut more: Vec<(&str, &str)> = own
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        more.push(("WENLU_TELEGRAM_GROUP", GROUP));
        let bot = Bot::start(&fake, &database.url, Way::Polling, &more).await;
        company.notify_at(&[&format!("http://{}/wecom", bot.address)]);
        let asker = company.customer("wmAsker");
        let forum = fake.forum(9, "客服组");
        let colleague = fake.user(100).named("小王").at(&forum);
        asker.says("转人工").await;
        let told = company.until_seen("wmAsker", 1).await;
        assert!(told[0].text.contains("同事"), "{told:?}");
        fake.until(|record| {
            record
                .replies(forum.id)
                .any(|m| m.text.contains("微信客服的客人"))
        })
        .await;
        let topic = fake.look(|record| record.replies(forum.id).find_map(|m| m.thread).unwrap());
        let colleague = colleague.within(topic);
        for at in 1..=4 {
            colleague.say(&format!("第{at}句"));
        }
        let seen = company.until_seen("wmAsker", 5).await;
        assert_eq!(seen[1].text, "［人工客服］第1句");
        // nothing more may be sent
        for at in 5..=7 {
            colleague.say(&format!("第{at}句"));
        }
        fake.until(|record| {
            let waits = |text: &str| text.contains("现在不能主动") || text.contains("存好");
            record.replies(forum.id).filter(|m| waits(&m.text)).count() >= 1
        })
        .await;
        bot.rests().await;
        assert_eq!(company.seen_by("wmAsker").len(), 5);
        // the person talks, and the bot is silent: what waited comes along, in order
        asker.says("好的").await;
        let seen = company.until_seen("wmAsker", 8).await;
        let texts: Vec<&str> = seen[5..].iter().map(|seen| seen.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "［人工客服］第5句",
                "［人工客服］第6句",
                "［人工客服］第7句"
            ]
        );
        // what was taken and did not arrive is told
        company.fails_to_deliver("wmAsker", 4).await;
        fake.until(|record| {
            let told = |text: &str| text.contains("刚才的话没有送到");
            record.replies(forum.id).any(|m| told(&m.text))
        })
        .await;
        colleague.say("/done");
        fake.until(|record| {
            record
                .replies(forum.id)
                .any(|m| m.text.contains("已交还给机器人"))
        })
        .await;
        bot.rests().await;
        asker.says("openid 会变吗").await;
        company
            .until("the bot answers", |company| {
                company
                    .texts_of("wmAsker")
                    .last()
                    .is_some_and(|text| text.contains("都不会变"))
            })
            .await;
        assert_eq!(company.mistakes(), [""; 0]);
        bot.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_platform_takes_no_more_waits_for_the_next_message() {
    for (engine, replicas) in [(Engine::Sqlite, 1), (Engine::Postgres, 2)] {
        let stage = Stage::start(engine, replicas, &[]).await;
        let asker = stage.company.customer("wmA");
        // the platform counts otherwise than we do
        for code in [95_001, 95_002] {
            stage
                .company
                .fail_next("kf/send_msg", CompanyFault::Code(code));
            assert_eq!(stage.after("wmA", asker.says("openid 会变吗")).await, []);
            let told = stage.say("wmA", "小程序怎么迁移").await;
            let places = ["都不会变", "由原主体"].map(|text| told.find(text));
            assert!(places.is_sorted() && places[0].is_some(), "{told}");
        }
        let metrics = stage.page("/metrics").await;
        assert!(
            replicas > 1 || metrics.contains("wenlu_wecom_messages_total{outcome=\"waits\"} 2"),
            "{metrics}"
        );
        stage.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_whose_fate_is_unknown_is_shown_once() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let stage = Stage::start(engine, 1, &[]).await;
        for at in 0..3 {
            stage.company.fail_next("kf/send_msg", CompanyFault::Lost);
            let told = stage.say("wmA", "openid 会变吗").await;
            assert_eq!(told.matches("都不会变").count(), 1, "{told}");
            assert_eq!(stage.company.repeated(), at + 1);
        }
        // so often that it waits for the next message, and still under its id
        for _ in 0..10 {
            stage.company.fail_next("kf/send_msg", CompanyFault::Lost);
        }
        let told = stage.say("wmB", "openid 会变吗").await;
        assert_eq!(told.matches("都不会变").count(), 1, "{told}");
        stage.say("wmB", "小程序怎么迁移").await;
        let all = stage.company.texts_of("wmB").concat();
        assert_eq!(all.matches("都不会变").count(), 1, "{all}");
        stage.stop().await;
    }
}

/// What exceeds the credit is as the setting has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credit_is_data() {
    let more = [("WENLU_WECOM_CREDIT", "1/48h")];
    let stage = Stage::start(Engine::Sqlite, 1, &more).await;
    let asker = stage.company.customer("wmLong");
    let seen = stage
        .after("wmLong", asker.says("把全部规则都发给我看看"))
        .await;
    assert_eq!(seen.len(), 1);
    tokio::time::timeout(Duration::from_secs(30), async {
        while stage.company.seen_by("wmLong").len() < 3 {
            asker.says("嗯嗯").await;
            stage.rests().await;
        }
    })
    .await
    .expect("the rest comes along");
    let all = stage.company.texts_of("wmLong").concat();
    assert_eq!(all.matches("第 1 条：").count(), 1, "{all}");
    stage.stop().await;
}
