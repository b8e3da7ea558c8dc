//! What a team's server is told: colleagues' words and where hand-overs stand, in order, from the
//! list and from the operators' group on Telegram.

use super::receiver::{OTHER_SECRET, Receiver, SECRET};
use super::stage::{KEY, Stage, TeamServer};
use crate::database::{Database, Engine, on_both};
use crate::talk::{Bot, Way};
use fake_telegram::{Fake, Options};
use serde_json::json;

const GROUP: &str = "-1000000000009";

#[tokio::test]
async fn a_hand_over_from_the_list_is_told_in_order() {
    on_both(async |database| {
        let stage = Stage::on(&database, &[("WENLU_BRIDGE_SECRET_OLD", OTHER_SECRET)]).await;
        let mut colleague = stage.colleague().await;
        stage.team.say("a", "小程序怎么注销").await;
        stage.team.say("a", "转人工").await;
        stage.receiver.until_told("a", 1).await;
        let number = stage.number("a").await;
        colleague.does(number, "take", &[("seen", "")]).await;
        colleague.says(number, "您好，我是小王").await;
        colleague.says(number, "请把公证书发来").await;
        stage.team.say("a", "好的").await;
        colleague.does(number, "back", &[]).await;
        colleague.does(number, "reopen", &[("seen", "")]).await;
        colleague
            .does(number, "close", &[("reason", "已解决")])
            .await;
        stage.team.handover("a", "h1", true).await;
        stage.team.handover("a", "h2", false).await;
        let told = stage.receiver.until_told("a", 12).await;
        assert_eq!(
            told[..12],
            [
                "[waiting]",
                "[taken agent]",
                "human_taken",
                "您好，我是小王",
                "请把公证书发来",
                "[given_back agent done]",
                "given_back",
                "[taken agent]",
                "human_taken",
                "[closed agent 已解决]",
                "given_back\nrating_asked",
                "[waiting]",
            ]
        );
        let told = stage.receiver.until_told("a", 13).await;
        assert_eq!(told[12], "[given_back asker]");
        let deliveries = stage.receiver.deliveries();
        assert_eq!(deliveries.len(), 13, "each is delivered once");
        assert!(deliveries.iter().all(|one| one.is_signed_twice));
        let words = &deliveries[3].event["data"]["reply"];
        assert_eq!(
            (&words["from_person"], &words["lang"]),
            (&json!(true), &json!("zh"))
        );
        stage.stop().await;
    })
    .await;
}

/// The first word of a colleague takes the conversation.
#[tokio::test]
async fn a_first_word_takes_it() {
    let database = Database::new(Engine::Sqlite).await;
    let stage = Stage::on(&database, &[]).await;
    let mut colleague = stage.colleague().await;
    stage.team.handover("a", "h1", true).await;
    let number = stage.number("a").await;
    colleague.says(number, "您好").await;
    colleague.says(number, "在的").await;
    let told = stage.receiver.until_told("a", 4).await;
    assert_eq!(told, ["[waiting]", "[taken agent]", "您好", "在的"]);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_in_the_group_reaches_the_asker_over_the_bridge() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let fake = Fake::with(Options {
            flood: false,
            ..Options::default()
        });
        let (database, receiver) = (Database::new(engine).await, Receiver::start().await);
        let url = receiver.url();
        let more = [
            ("WENLU_TELEGRAM_GROUP", GROUP),
            ("WENLU_BRIDGE_KEY", KEY),
            ("WENLU_BRIDGE_URL", url.as_str()),
            ("WENLU_BRIDGE_SECRET", SECRET),
        ];
        let bot = Bot::start(&fake, &database.url, Way::Polling, &more).await;
        let team = TeamServer::at(format!("http://{}", bot.address));
        let forum = fake.forum(9, "客服组");
        let colleague = fake.user(100).named("小王").at(&forum);
        team.say("a", "小程序怎么迁移").await;
        assert!(team.say("a", "转人工").await.contains("同事"));
        fake.until(|record| {
            record
                .replies(forum.id)
                .any(|m| m.text.contains("接口来的客人") && m.text.contains("需要人工"))
        })
        .await;
        let topic = fake.look(|record| record.replies(forum.id).find_map(|m| m.thread).unwrap());
        colleague.within(topic).say("您好，我是小王。");
        receiver.until_told("a", 3).await;
        assert_eq!(team.say("a", "公证书在这里").await, "");
        fake.until(|record| {
            record
                .replies(forum.id)
                .any(|m| m.text.contains("公证书在这里"))
        })
        .await;
        colleague.within(topic).say("/done");
        let told = receiver.until_told("a", 5).await;
        assert_eq!(
            told[..4],
            [
                "[waiting]",
                "[taken telegram:100]",
                "您好，我是小王。",
                "[given_back telegram:100 done]"
            ]
        );
        assert!(told[4].contains("结束了这次人工服务"), "{told:?}");
        bot.rests().await;
        bot.stop().await;
    }
}
