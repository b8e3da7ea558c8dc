//! A colleague answers a WeChat asker from the list of hand-overs: the words go out, or the page says
//! that they wait; the overview says why nothing can be sent.

use crate::admin::{Browser, House};
use crate::database::{Database, Engine};
use fake_weixin::{Mode, Options, Platform, SECRET, Verdict};
use std::time::{Duration, Instant};
use wenlu::store::accounts::AccountRole;

const ASKER: &str = "weixin:wx0123456789abcdef:oAsker";
const PATIENCE: Duration = Duration::from_secs(30);

struct Desk {
    house: House,
    platform: Platform,
    colleague: Browser,
    number: i64,
    _database: Database,
}

impl Desk {
    async fn open() -> Desk {
        let database = Database::new(Engine::Sqlite).await;
        let platform = Platform::new(Options {
            mode: Mode::Safe,
            ..Options::default()
        });
        let (options, api) = (platform.options(), platform.serve_api().await);
        let house = House::on(
            &database,
            &[
                ("WENLU_WEIXIN_APPID", &options.appid),
                ("WENLU_WEIXIN_TOKEN", &options.token),
                ("WENLU_WEIXIN_AES_KEY", &options.aes_key),
                ("WENLU_WEIXIN_SECRET", SECRET),
                ("WENLU_WEIXIN_SEND", "active"),
                ("WENLU_WEIXIN_API_URL", &api),
            ],
        )
        .await;
        let colleague = house.signed_in(AccountRole::Operator).await;
        let desk = Desk {
            house,
            platform,
            colleague,
            number: 0,
            _database: database,
        };
        desk.asker_says("转人工").await;
        let found = desk.house.store.handovers().of(ASKER).await.unwrap();
        Desk {
            number: found.expect("a hand-over").number,
            ..desk
        }
    }

    async fn asker_says(&self, text: &str) -> Verdict {
        let message = self.platform.asker("oAsker").says(text);
        let url = self.house.server.url("/weixin");
        self.platform.post(&url, &message).await
    }

    async fn says(&mut self, text: &str) {
        let id = format!("{:032x}", fastrand::u128(..));
        let fields = [("id", id.as_str()), ("text", text), ("seq", "0")];
        let path = format!("/admin/inbox/{}/say", self.number);
        let shown = self.colleague.post(&path, &fields).await;
        assert_eq!(shown.status, 303, "{}", shown.body);
    }

    async fn until_shown(&mut self, path: &str, text: &str) {
        let begun = Instant::now();
        loop {
            let shown = self.colleague.get(path).await.body;
            if shown.contains(text) {
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{path} shows no {text}: {shown}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Somebody else has the asker, in WeChat's own tool: when they are done, nobody here waits any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_in_wechats_own_tool_gives_the_hand_over_back() {
    let mut desk = Desk::open().await;
    desk.says("您好，我是小王。").await;
    desk.platform.until_sent("oAsker", 1).await;
    let url = desk.house.server.url("/weixin");
    let created = desk.platform.takes("li@wenlu", "oAsker");
    let closed = desk.platform.ends("li@wenlu", "oAsker");
    for event in [&created, &closed, &created, &closed] {
        let verdict = desk.platform.post(&url, event).await;
        assert_eq!(verdict, Verdict::Acknowledged);
    }
    let sent = desk.platform.until_sent("oAsker", 2).await;
    assert!(sent[1].contains("given_back"), "{sent:?}");
    let handover = desk.house.store.handovers().of(ASKER).await.unwrap();
    assert!(!handover.unwrap().open);
    let Verdict::Text(answer) = desk.asker_says("怎么注销小程序").await else {
        panic!("the bot is silent")
    };
    assert!(!answer.contains("given_back"), "{answer}");
    assert_eq!(desk.platform.sent_to("oAsker").len(), 2);
    desk.house.server.begin_to_stop();
    desk.house.server.stopped().await;
    desk.house.store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_colleagues_words_from_the_list_go_out_or_are_seen_to_wait() {
    let mut desk = Desk::open().await;
    desk.says("您好，我是小王。").await;
    let sent = desk.platform.until_sent("oAsker", 1).await;
    assert_eq!(sent, ["［人工客服］您好，我是小王。"]);
    desk.platform.lapse("oAsker");
    desk.says("还在吗？").await;
    let page = format!("/admin/inbox/{}", desk.number);
    desk.until_shown(&page, "上面的话已存好，客人发来下一条消息时一起送到")
        .await;
    let words = Verdict::Text("［人工客服］还在吗？".to_owned());
    assert_eq!(desk.asker_says("在的").await, words);
    desk.platform.list_address(false);
    desk.platform.kill_tokens();
    desk.says("请上传公证书。").await;
    desk.until_shown("/admin", "203.0.113.7").await;
    desk.until_shown("/admin", "IP 白名单").await;
    // the asker's next message brings along what waits in the outbox
    let words = Verdict::Text("［人工客服］请上传公证书。".to_owned());
    assert_eq!(desk.asker_says("好的").await, words);
    desk.house.server.begin_to_stop();
    desk.house.server.stopped().await;
    desk.house.store.close().await;
}
