//! An account that sends: what is long, late or said by a person goes out at once while the platform
//! allows it, and is not lost where it does not.

use super::stage::{Stage, options};
use crate::database::{Database, Engine};
use crate::talk::{Bot, Way};
use fake_telegram::{Fake, Options as FakeOptions};
use fake_weixin::{ApiFault, Mode, Options, Platform, SECRET, Verdict};
use sqlx::{Connection, Executor, PgConnection};
use std::time::Duration;

const GROUP: &str = "-1000000000009";
const RULES: &str = "把全部规则都发给我看看";

async fn stage(engine: Engine, count: usize) -> Stage {
    Stage::sending(engine, options(Mode::Safe), count, &[]).await
}

/// The whole answer to [`RULES`] in order, whatever it was cut into.
fn is_whole(parts: &[String]) -> bool {
    let all = parts.concat();
    let places: Vec<_> = (1..=12)
        .map(|at| all.find(&format!("第 {at} 条：")))
        .collect();
    places.iter().all(Option::is_some) && places.is_sorted()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_answer_goes_out_in_its_parts() {
    for (engine, replicas) in [(Engine::Sqlite, 1), (Engine::Postgres, 2)] {
        let stage = stage(engine, replicas).await;
        let asker = stage.platform.asker("oLong");
        // one part is answered inside the request, which costs nothing
        assert!(
            stage
                .text(&asker.says("小程序怎么迁移"))
                .await
                .contains("由原主体")
        );
        assert_eq!(stage.send(&asker.says(RULES)).await, Verdict::Acknowledged);
        stage.rests().await;
        let parts = stage.platform.sent_to("oLong");
        assert!(
            (3..=5).contains(&parts.len()) && is_whole(&parts),
            "{parts:?}"
        );
        assert!(!parts.concat().contains('续'));
        // nothing is left over
        assert!(stage.say("oLong", "续").await.contains("已经发完了"));
        assert_eq!(stage.platform.tokens(), (1, 1));
        assert_eq!(stage.platform.mistakes(), [""; 0]);
        stage.stop().await;
    }
}

/// A click allows three messages: the rest waits, as where nothing can be sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_exceeds_the_credit_waits_for_the_next_message() {
    let stage = stage(Engine::Sqlite, 1).await;
    let click = stage.platform.asker("oClick").presses("i:rules");
    assert_eq!(stage.send(&click).await, Verdict::Acknowledged);
    let mut parts = stage.platform.until_sent("oClick", 3).await;
    stage.rests().await;
    assert_eq!(stage.platform.sent_to("oClick").len(), 3);
    assert!(parts[2].ends_with("（回复“续”看下一段）"), "{parts:?}");
    while parts.last().unwrap().contains("回复“续”") {
        parts.push(stage.say("oClick", "续").await);
    }
    assert!(is_whole(&parts), "{parts:?}");
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_answer_goes_out_when_it_is_ready() {
    let real = Options {
        second: Duration::from_secs(1),
        ..options(Mode::Safe)
    };
    let stage = Stage::sending(Engine::Postgres, real, 2, &[]).await;
    stage.say("oLate", "菜单").await;
    let mut held = PgConnection::connect(&stage.database.url).await.unwrap();
    let lock = "BEGIN; LOCK TABLE journal IN EXCLUSIVE MODE";
    held.execute(lock).await.unwrap();
    let question = stage.platform.asker("oLate").says("小程序怎么迁移");
    let url = stage.url(0);
    let shown = stage.platform.post(&url, &question).await;
    assert_eq!(shown, Verdict::Acknowledged);
    held.close().await.unwrap();
    let sent = stage.platform.until_sent("oLate", 1).await;
    assert!(sent[0].contains("由原主体"), "{sent:?}");
    // the next answer does not bring it again, nor does a repeated delivery
    assert!(!stage.say("oLate", "菜单").await.contains("由原主体"));
    assert_eq!(
        stage.platform.post(&url, &question).await,
        Verdict::Acknowledged
    );
    stage.rests().await;
    assert_eq!(stage.platform.sent_to("oLate").len(), 1);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_dies_is_renewed_once_and_nothing_is_sent_twice() {
    for (engine, replicas) in [(Engine::Sqlite, 1), (Engine::Postgres, 2)] {
        let stage = stage(engine, replicas).await;
        let ask = async |openid: &str| {
            let message = stage.platform.asker(openid).says(RULES);
            assert_eq!(stage.send(&message).await, Verdict::Acknowledged);
            stage.rests().await;
            assert!(is_whole(&stage.platform.sent_to(openid)), "{openid}");
        };
        ask("oFirst").await;
        assert_eq!(stage.platform.tokens().0, 1);
        // 42001, then 40001
        stage.platform.age_tokens(7_200);
        ask("oSecond").await;
        assert_eq!(stage.platform.tokens().0, 2);
        stage.platform.kill_tokens();
        ask("oThird").await;
        assert_eq!(stage.platform.tokens().0, 3);
        let told = stage.page("/readyz").await;
        assert!(told.contains("\"weixin_sending\":\"ok\""), "{told}");
        assert_eq!(stage.platform.mistakes(), [""; 0]);
        stage.stop().await;
    }
}

/// The server's address is not on the account's list: it answers as an account that cannot send, says
/// so, and sends again when the address is listed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_can_be_sent_it_answers_passively_until_that_is_mended() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let stage = stage(engine, 1).await;
        // with a token at hand, it is a call that finds it out
        let before = stage.platform.asker("oBefore").says(RULES);
        assert_eq!(stage.send(&before).await, Verdict::Acknowledged);
        stage.rests().await;
        stage.platform.list_address(false);
        stage.platform.kill_tokens();
        let asker = stage.platform.asker("oLong");
        // the message of that call is not lost
        assert_eq!(stage.send(&asker.says(RULES)).await, Verdict::Acknowledged);
        stage.until_sending_is("address_not_listed").await;
        let first = stage.say("oLong", "续").await;
        assert!(
            first.contains("第 1 条：") && first.contains("回复“续”"),
            "{first}"
        );
        let mut parts = vec![first];
        while parts.last().unwrap().contains("回复“续”") {
            parts.push(stage.say("oLong", "续").await);
        }
        assert!(is_whole(&parts), "{parts:?}");
        stage.rests().await;
        stage.platform.list_address(true);
        stage.until_sending_is("ok").await;
        assert_eq!(stage.send(&asker.says(RULES)).await, Verdict::Acknowledged);
        stage.rests().await;
        assert!(is_whole(&stage.platform.sent_to("oLong")));
        stage.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_may_not_send_answers_passively() {
    let stage = stage(Engine::Sqlite, 1).await;
    stage.platform.verify(false);
    let asker = stage.platform.asker("oLong");
    assert_eq!(stage.send(&asker.says(RULES)).await, Verdict::Acknowledged);
    stage.until_sending_is("no_right").await;
    stage.rests().await;
    let answer = stage.say("oLong", RULES).await;
    assert!(
        answer.contains("第 1 条：") && answer.contains("回复“续”"),
        "{answer}"
    );
    assert_eq!(stage.platform.sent_to("oLong").len(), 0);
    let metrics = stage.metrics().await;
    assert!(
        metrics.contains("wenlu_weixin_messages_total{outcome=\"waits\"}"),
        "{metrics}"
    );
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_for_a_while_is_tried_again() {
    let stage = stage(Engine::Sqlite, 1).await;
    for (openid, fault) in [
        ("oBusy", ApiFault::Code(-1)),
        ("oMinute", ApiFault::Code(45_011)),
        ("oGateway", ApiFault::Status(502)),
        ("oUnknown", ApiFault::Code(99_999)),
    ] {
        stage.platform.fail_next(fault);
        let message = stage.platform.asker(openid).says(RULES);
        assert_eq!(stage.send(&message).await, Verdict::Acknowledged);
        stage.rests().await;
        assert!(is_whole(&stage.platform.sent_to(openid)), "{openid}");
    }
    // it arrived and nobody heard of it: nothing tells that from what was lost
    stage.platform.fail_next(ApiFault::Lost);
    let message = stage.platform.asker("oTwice").says(RULES);
    assert_eq!(stage.send(&message).await, Verdict::Acknowledged);
    stage.rests().await;
    let mut parts = stage.platform.sent_to("oTwice");
    assert_eq!(parts[0], parts[1]);
    parts.remove(0);
    assert!(is_whole(&parts), "{parts:?}");
    stage.stop().await;
}

/// The day's calls are used up: answers are passive, and what waits goes out with them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_quota_of_a_day_is_kept() {
    let stage = stage(Engine::Sqlite, 1).await;
    stage.platform.limit_calls(Some(1));
    let asker = stage.platform.asker("oDay");
    assert_eq!(stage.send(&asker.says(RULES)).await, Verdict::Acknowledged);
    stage.until_sending_is("day_quota").await;
    let mut parts = stage.platform.sent_to("oDay");
    assert_eq!(parts.len(), 1);
    parts.push(stage.say("oDay", "续").await);
    while parts.last().unwrap().contains("回复“续”") {
        parts.push(stage.say("oDay", "续").await);
    }
    assert!(is_whole(&parts), "{parts:?}");
    stage.stop().await;
}

/// A mini-program takes no text inside the request: all of it is sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mini_program_is_answered_by_calls() {
    for json in [false, true] {
        let options = Options {
            json,
            ..options(Mode::Safe)
        };
        let kind = [("WENLU_WEIXIN_KIND", "miniprogram")];
        let stage = Stage::sending(Engine::Sqlite, options, 1, &kind).await;
        let asker = stage.platform.asker("oMini");
        for message in [asker.enters("i:ids"), asker.says("小程序怎么迁移")] {
            assert_eq!(stage.send(&message).await, Verdict::Acknowledged);
        }
        stage.rests().await;
        let sent = stage.platform.sent_to("oMini");
        assert_eq!(sent.len(), 2, "{sent:?}");
        assert!(sent[1].contains("由原主体"), "{sent:?}");
        stage.stop().await;
    }
}

/// Two people: one on Telegram, and one in WeChat.
struct Desk {
    fake: Fake,
    forum: fake_telegram::Group,
    topic: i32,
    bot: Bot,
    platform: Platform,
    url: String,
}

impl Desk {
    async fn open(engine: Engine) -> (Desk, Database) {
        let fake = Fake::with(FakeOptions {
            flood: false,
            ..FakeOptions::default()
        });
        let database = Database::new(engine).await;
        let platform = Platform::new(Options {
            mode: Mode::Safe,
            ..Options::default()
        });
        let (options, api) = (platform.options(), platform.serve_api().await);
        let more = [
            ("WENLU_TELEGRAM_GROUP", GROUP),
            ("WENLU_WEIXIN_APPID", &options.appid),
            ("WENLU_WEIXIN_TOKEN", &options.token),
            ("WENLU_WEIXIN_AES_KEY", &options.aes_key),
            ("WENLU_WEIXIN_SECRET", SECRET),
            ("WENLU_WEIXIN_SEND", "active"),
            ("WENLU_WEIXIN_API_URL", &api),
        ];
        let bot = Bot::start(&fake, &database.url, Way::Polling, &more).await;
        let url = format!("http://{}/weixin", bot.address);
        let forum = fake.forum(9, "客服组");
        let asker = platform.asker("oAsker");
        platform.post(&url, &asker.says("小程序怎么迁移")).await;
        platform.post(&url, &asker.says("转人工")).await;
        let asks = |text: &str| text.contains("需要人工");
        fake.until(|record| record.replies(forum.id).any(|m| asks(&m.text)))
            .await;
        let topic = fake.look(|record| record.replies(forum.id).find_map(|m| m.thread).unwrap());
        let desk = Desk {
            fake,
            forum,
            topic,
            bot,
            platform,
            url,
        };
        (desk, database)
    }

    fn say(&self, text: &str) {
        let colleague = self.fake.user(100).named("小王").at(&self.forum);
        colleague.within(self.topic).say(text);
    }

    /// Waits until the colleagues are told this.
    async fn told(&self, text: &str) {
        let forum = self.forum.id;
        self.fake
            .until(|record| record.replies(forum).any(|m| m.text.contains(text)))
            .await;
    }

    async fn told_times(&self, text: &str, times: usize) {
        let forum = self.forum.id;
        self.fake
            .until(|record| {
                let told = record.replies(forum).filter(|m| m.text.contains(text));
                told.count() >= times
            })
            .await;
    }

    async fn asker_says(&self, text: &str) -> Verdict {
        let asker = self.platform.asker("oAsker");
        self.platform.post(&self.url, &asker.says(text)).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_persons_words_go_out_at_once_or_wait_and_the_person_knows() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (desk, _database) = Desk::open(engine).await;
        desk.told("超过 48 小时没说话").await;
        for at in 1..=5 {
            desk.say(&format!("第 {at} 句，<b>请看</b>"));
            desk.platform.until_sent("oAsker", at).await;
        }
        let sent = desk.platform.sent_to("oAsker");
        assert_eq!(sent[0], "［人工客服］第 1 句，＜b>请看＜/b>");
        assert!((1..=5).all(|at| sent[at - 1].contains(&format!("第 {at} 句"))));
        // five were sent since the asker wrote
        desk.say("第 6 句");
        desk.told("刚才的话已存好").await;
        desk.bot.rests().await;
        let words = Verdict::Text("［人工客服］第 6 句".to_owned());
        assert_eq!(desk.asker_says("好的").await, words);
        desk.say("第 7 句");
        assert_eq!(
            desk.platform.until_sent("oAsker", 6).await[5],
            "［人工客服］第 7 句"
        );
        // the platform knows better: 45015
        desk.platform.lapse("oAsker");
        desk.say("第 8 句");
        desk.say("第 9 句");
        desk.told_times("刚才的话已存好", 3).await;
        desk.bot.rests().await;
        let words = "［人工客服］第 8 句\n\n［人工客服］第 9 句".to_owned();
        assert_eq!(desk.asker_says("还在吗").await, Verdict::Text(words));
        // what the platform does not let pass is never sent
        desk.platform.fail_next(ApiFault::Code(87_014));
        desk.say("加微信返现");
        desk.told("微信不接受这条内容").await;
        let left = desk.platform.asker("oAsker").leaves();
        desk.platform.post("http://127.0.0.1:9/", &left).await;
        desk.say("再见");
        desk.told("客人已经不再关注").await;
        desk.bot.rests().await;
        assert_eq!(desk.platform.sent_to("oAsker").len(), 6);
        assert_eq!(desk.platform.mistakes(), [""; 0]);
        desk.bot.stop().await;
    }
}
