//! Hand-overs without Telegram: an asker on the web page, colleagues on the operators' pages, on one server and on two.

use super::{Browser, House, now};
use crate::browser::{DESKTOP, PHONE, Page, on_page};
use crate::database::{Database, Engine, on_both};
use crate::server::chat_name;
use fantoccini::key::Key;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use wenlu::store::accounts::{AccountChange, AccountRole};
use wenlu::store::audit::{AuditAction, AuditActor};
use wenlu::store::records::{HandoverRecord, HandoverStage};

/// An asker on the web page.
pub(crate) struct Asker {
    pub(super) conversation: String,
    pub(super) base: String,
}

impl Asker {
    pub(crate) fn on(house: &House, name: &str) -> Asker {
        Asker {
            conversation: chat_name(name),
            base: house.server.url(""),
        }
    }

    pub(crate) fn conversation(&self) -> &str {
        &self.conversation
    }

    pub(crate) async fn say(&self, text: &str) -> Value {
        let id = format!("{:x}", fastrand::u128(..));
        self.say_as(&id, text).await
    }

    pub(super) async fn say_as(&self, id: &str, text: &str) -> Value {
        let body = json!({"conversation": self.conversation, "id": id, "text": text});
        let sent = reqwest::Client::new().post(format!("{}/api/v1/messages", self.base));
        let response = sent.json(&body).send().await.unwrap();
        assert_eq!(response.status(), 200, "{text}");
        response.json().await.unwrap()
    }

    /// What the bot says to `text`, in one line; empty if it is silent.
    pub(super) async fn hears(&self, text: &str) -> String {
        let answer = self.say(text).await;
        let replies = answer["replies"].as_array().unwrap().iter();
        let texts: Vec<&str> = replies
            .map(|reply| reply["text"].as_str().unwrap())
            .collect();
        texts.join(" / ").replace('\n', " ")
    }

    /// What was said to them without having been asked for.
    async fn was_told(&self, house: &House) -> Vec<String> {
        let name = format!("web:{}", self.conversation);
        let pushes = house.store.handovers().pushes(&name, 0, 50).await.unwrap();
        let texts = pushes.iter().map(|push| {
            let reply: Value = serde_json::from_str(&push.reply).unwrap();
            let spans = reply["blocks"][0]["spans"].as_array().unwrap();
            spans
                .iter()
                .map(|span| span["text"].as_str().unwrap())
                .collect()
        });
        texts.collect()
    }

    pub(crate) async fn handover(&self, house: &House) -> HandoverRecord {
        let name = format!("web:{}", self.conversation);
        let found = house.store.handovers().of(&name).await.unwrap();
        found.expect("a hand-over")
    }
}

/// Something done with a hand-over, as its page does it.
pub(crate) async fn act(
    browser: &mut Browser,
    number: i64,
    act: &str,
    fields: &[(&str, &str)],
) -> super::Shown {
    let id = format!("{:032x}", fastrand::u128(..));
    let fields = [&[("id", id.leak() as &str)], fields].concat();
    browser
        .post(&format!("/admin/inbox/{number}/{act}"), &fields)
        .await
}

/// `ann`, who is no account yet, signs in by the keyboard and is shown the inbox.
pub(super) async fn ann_signs_in(page: &Page, house: &House) {
    house.account("ann", AccountRole::Agent).await;
    let address = house.server.url("/admin/login");
    page.client.goto(&address).await.unwrap();
    let (tab, enter) = (char::from(Key::Tab), char::from(Key::Enter));
    page.keys(&format!("ann{tab}{}{enter}", super::PASSWORD))
        .await;
    page.until("location.pathname === '/admin/inbox'").await;
}

pub(super) async fn page_of(browser: &mut Browser, number: i64) -> String {
    let shown = browser.get(&format!("/admin/inbox/{number}")).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    shown.body
}

#[tokio::test]
async fn a_hand_over_waits_is_taken_answered_and_given_back() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let mut agent = house.signed_in(AccountRole::Agent).await;
        let asker = Asker::on(&house, "a");
        assert!(asker.hears("小程序怎么注销").await.contains("公众平台"));
        // nobody is looking, and the bot says that the request is noted
        house.forget_presence(&database).await;
        let answer = asker.say("转人工").await;
        assert_eq!(answer["person"], true);
        let said = answer["replies"][0]["text"].as_str().unwrap();
        assert_eq!(said, "同事会尽快联系您。\nhuman_contact");
        let waiting = asker.handover(&house).await;
        assert_eq!(
            (waiting.chat.as_str(), waiting.stage),
            ("", HandoverStage::Waiting)
        );
        // while it waits, the bot goes on answering
        assert!(
            asker
                .hears("小程序迁移后 openid 变不变")
                .await
                .contains("不会变")
        );
        assert_eq!(asker.hears("转人工").await, "human_again");

        let list = agent.get("/admin/inbox").await.body;
        assert!(
            list.contains("data-waiting=\"1\"") && list.contains("等待接手"),
            "{list}"
        );
        let number = waiting.number;
        let page = page_of(&mut agent, number).await;
        for said in [
            "小程序怎么注销",
            "第 1 步（共 4 步）：登录。",
            "按钮：",
            "客人要人工",
            "openid",
            "human_again",
        ] {
            assert!(page.contains(said), "{said}: {page}");
        }
        // somebody looks at the list now, which who asks is told
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        assert_eq!(
            Asker::on(&house, "b").hears("转人工").await,
            "human_waiting"
        );

        let taken = act(&mut agent, number, "take", &[("seen", "")]).await;
        assert_eq!(taken.status, 303, "{}", taken.body);
        assert_eq!(asker.was_told(&house).await, ["human_taken"]);
        assert_eq!(
            asker.hears("还在吗，我的手机是 13912345678").await,
            "",
            "the bot is silent"
        );
        page_of(&mut agent, number).await;
        // sent twice, it counts once
        let said = [
            ("id", "0123456789abcdef0123"),
            ("text", "您好，我是小王"),
            ("seq", "0"),
        ];
        for _ in 0..2 {
            let shown = agent
                .post(&format!("/admin/inbox/{number}/say"), &said)
                .await;
            assert_eq!(shown.status, 303, "{}", shown.body);
        }
        act(
            &mut agent,
            number,
            "note",
            &[("text", "这位客人上周也来过")],
        )
        .await;
        assert_eq!(
            asker.was_told(&house).await,
            ["human_taken", "您好，我是小王"]
        );
        let page = page_of(&mut agent, number).await;
        assert!(
            page.contains("13912345678") && page.contains("这位客人上周也来过"),
            "{page}"
        );
        assert_eq!(page.matches("您好，我是小王").count(), 1);

        act(&mut agent, number, "back", &[]).await;
        assert_eq!(asker.was_told(&house).await.last().unwrap(), "given_back");
        assert!(asker.hears("小程序怎么注销").await.contains("公众平台"));
        let closed = asker.handover(&house).await;
        assert_eq!((closed.stage, closed.open), (HandoverStage::Closed, false));
        // what stays is masked
        let page = page_of(&mut agent, number).await;
        assert!(
            !page.contains("13912345678") && page.contains("这位客人上周也来过"),
            "{page}"
        );

        act(&mut agent, number, "reopen", &[("seen", "")]).await;
        assert_eq!(
            asker.handover(&house).await.assignee.as_deref(),
            Some("agent")
        );
        assert_eq!(asker.hears("喂").await, "");
        act(&mut agent, number, "close", &[("reason", "已解决")]).await;
        assert_eq!(asker.handover(&house).await.reason, "已解决");
        let audit = house.store.audit().entries(i64::MAX, 50).await.unwrap();
        assert!(
            audit
                .iter()
                .any(|entry| entry.action == AuditAction::CloseHandover)
        );

        let by = AuditActor::terminal(now());
        let erased = house
            .store
            .erasure()
            .delete(by, &closed.conversation)
            .await
            .unwrap();
        for table in ["messages", "handovers", "pushes"] {
            assert!(
                erased.rows.iter().any(|(name, _)| name == table),
                "{erased:?}"
            );
        }
        assert_eq!(
            agent.get(&format!("/admin/inbox/{number}")).await.status,
            404
        );
    })
    .await;
}

#[tokio::test]
async fn where_nobody_can_take_it_that_is_said() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        // somebody who may only read is nobody to wait for
        house.account("vera", AccountRole::Viewer).await;
        let asker = Asker::on(&house, "a");
        assert_eq!(asker.hears("转人工").await, "human_nobody human_contact");
        let name = format!("web:{}", asker.conversation);
        assert_eq!(house.store.handovers().of(&name).await.unwrap(), None);
        // until she is allowed to
        let (by, change) = (AuditActor::terminal(now()), AccountChange::Inbox(true));
        house
            .store
            .accounts()
            .change(by, "vera".into(), change)
            .await
            .unwrap();
        // who may be waited for is known for a moment
        let mut heard = asker.hears("转人工").await;
        for _ in 0..100 {
            if heard != "human_nobody" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            heard = asker.hears("转人工").await;
        }
        assert_eq!(heard, "同事会尽快联系您。");
        let mut vera = house.browser();
        vera.sign_in("vera", super::PASSWORD, "").await;
        assert_eq!(vera.get("/admin/inbox").await.status, 200);
        // outside the service hours, too, it waits
        let closed = [
            ("WENLU_SERVICE_HOURS", "Mon 03:00-03:01"),
            ("WENLU_TIMEZONE", "UTC"),
        ];
        let night = House::on(&database, &closed).await;
        let late = Asker::on(&night, "late");
        assert_eq!(late.hears("转人工").await, "human_later human_contact");
        assert_eq!(late.handover(&night).await.stage, HandoverStage::Waiting);
    })
    .await;
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[("WENLU_ADMIN", "off")]).await;
    house.account("ann", AccountRole::Agent).await;
    let heard = Asker::on(&house, "a").hears("转人工").await;
    assert_eq!(heard, "human_nobody human_contact");
}

#[tokio::test]
async fn an_agent_sees_hand_overs_and_nothing_else() {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    let mut agent = house.signed_in(AccountRole::Agent).await;
    assert_eq!(
        agent.get("/admin").await.location.as_deref(),
        Some("/admin/inbox")
    );
    let shown = agent.get("/admin/inbox").await.body;
    assert!(shown.contains("现在没有人要人工"), "{shown}");
    for hidden in [
        "/admin/journal",
        "/admin/clusters",
        "/admin/accounts",
        "/admin/audit",
    ] {
        assert!(!shown.contains(&format!("href=\"{hidden}\"")), "{hidden}");
        assert_eq!(agent.get(hidden).await.status, 403, "{hidden}");
    }
    assert_eq!(agent.get("/admin/me").await.status, 200);
}

#[tokio::test]
async fn two_colleagues_on_two_servers_do_not_both_take_it() {
    on_both(async |database| {
        let (first, second) = (
            House::on(&database, &[]).await,
            House::on(&database, &[]).await,
        );
        for name in ["ann", "bob"] {
            first.account(name, AccountRole::Agent).await;
        }
        let (mut ann, mut bob) = (first.browser(), second.browser());
        ann.sign_in("ann", super::PASSWORD, "").await;
        bob.sign_in("bob", super::PASSWORD, "").await;
        let asker = Asker::on(&first, "a");
        asker.say("转人工").await;
        let number = asker.handover(&first).await.number;
        page_of(&mut ann, number).await;
        page_of(&mut bob, number).await;
        let (one, other) = tokio::join!(
            act(&mut ann, number, "take", &[("seen", "")]),
            act(&mut bob, number, "take", &[("seen", "")])
        );
        let mut both = [one.status, other.status];
        both.sort_unstable();
        assert_eq!(both, [303, 409], "{} {}", one.body, other.body);
        let holder = asker.handover(&first).await.assignee.unwrap();
        let (refused, mut winner, mut loser, name) = match holder.as_str() {
            "ann" => (other, ann, bob, "bob"),
            _ => (one, bob, ann, "ann"),
        };
        assert!(
            refused.body.contains(&format!("<b>{holder}</b> 正在接待")),
            "{}",
            refused.body
        );

        // who does not hold it cannot write, until they take it over, which is noted
        page_of(&mut loser, number).await;
        let said = [("text", "我也来说一句"), ("seq", "99")];
        assert_eq!(act(&mut loser, number, "say", &said).await.status, 409);
        let over = act(&mut loser, number, "take", &[("seen", &holder)]).await;
        assert_eq!(over.status, 303, "{}", over.body);
        assert_eq!(
            asker.was_told(&first).await,
            ["human_taken"],
            "nothing of the change"
        );
        let audit = first.store.audit().entries(i64::MAX, 50).await.unwrap();
        let taken = audit
            .iter()
            .find(|entry| entry.action == AuditAction::TakeOver)
            .unwrap();
        assert_eq!(
            (taken.actor.as_str(), taken.detail.as_str()),
            (name, holder.as_str())
        );
        page_of(&mut winner, number).await;
        assert_eq!(act(&mut winner, number, "say", &said).await.status, 409);
        assert_eq!(
            act(&mut winner, number, "close", &[("reason", "已解决")])
                .await
                .status,
            409
        );
        assert_eq!(act(&mut loser, number, "say", &said).await.status, 303);
        assert_eq!(asker.was_told(&first).await.last().unwrap(), "我也来说一句");
        // an answer of somebody else that was not seen is shown before one's own is sent
        act(&mut winner, number, "take", &[("seen", name)]).await;
        let unseen = act(
            &mut winner,
            number,
            "say",
            &[("text", "我的草稿"), ("seq", "1")],
        )
        .await;
        assert_eq!(
            (unseen.status, unseen.body.contains("我的草稿")),
            (409, true)
        );
    })
    .await;
}

#[tokio::test]
async fn events_of_one_server_reach_the_pages_of_another() {
    on_both(async |database| {
        let (first, second) = (
            House::on(&database, &[]).await,
            House::on(&database, &[]).await,
        );
        let mut agent = second.signed_in(AccountRole::Agent).await;
        let mut stream = agent.stream("/admin/inbox/events").await;
        let seen = read_until(&mut stream, "event: hello").await;
        assert!(!seen.contains("event: handover"), "{seen}");
        let asker = Asker::on(&first, "a");
        asker.say("转人工").await;
        let seen = read_until(&mut stream, "\"state\":\"waiting\"").await;
        let number = asker.handover(&first).await.number;
        assert!(seen.contains(&format!("\"id\":{number}")), "{seen}");
        // ids only
        assert!(!seen.contains("转人工"), "{seen}");
        let rev = asker.handover(&first).await.rev;
        drop(stream);
        // what happens while nobody listens is told to who comes back
        asker.say("有人吗").await;
        let mut stream = agent
            .stream(&format!("/admin/inbox/events?after={rev}"))
            .await;
        read_until(&mut stream, "event: handover").await;
        let part = agent
            .get(&format!("/admin/inbox/{number}/part?after=2"))
            .await;
        assert!(
            part.body.contains("有人吗") && !part.body.contains("<html"),
            "{}",
            part.body
        );
        // a session that ends takes its stream along
        let (by, change) = (AuditActor::terminal(now()), AccountChange::Disabled(true));
        second
            .store
            .accounts()
            .change(by, "agent".into(), change)
            .await
            .unwrap();
        let ended = tokio::time::timeout(Duration::from_secs(60), async {
            while stream.chunk().await.is_ok_and(|chunk| chunk.is_some()) {}
        });
        assert!(
            ended.await.is_ok(),
            "the stream of a disabled account goes on"
        );
    })
    .await;
}

pub(super) async fn read_until(stream: &mut reqwest::Response, wanted: &str) -> String {
    let mut seen = String::new();
    let reading = async {
        while !seen.contains(wanted) {
            let chunk = stream.chunk().await.unwrap().expect("the stream goes on");
            seen.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    };
    let read = tokio::time::timeout(Duration::from_secs(20), reading).await;
    assert!(read.is_ok(), "{wanted} never came: {seen}");
    seen
}

#[tokio::test]
async fn silence_ends_what_was_taken_and_nothing_that_waits() {
    on_both(async |database| {
        let house = House::on(&database, &[("WENLU_HANDOVER_SILENCE", "1m")]).await;
        let mut agent = house.signed_in(AccountRole::Agent).await;
        let (waits, talks) = (Asker::on(&house, "waits"), Asker::on(&house, "talks"));
        waits.say("转人工").await;
        talks.say("转人工").await;
        let number = talks.handover(&house).await.number;
        page_of(&mut agent, number).await;
        act(&mut agent, number, "take", &[("seen", "")]).await;
        database.sql("UPDATE handovers SET last_at = 1000").await;
        let begun = Instant::now();
        while talks.handover(&house).await.open {
            assert!(begun.elapsed() < Duration::from_secs(30), "never");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(
            talks.was_told(&house).await,
            ["human_taken", "given_back_silence"]
        );
        assert_eq!(waits.handover(&house).await.stage, HandoverStage::Waiting);
    })
    .await;
}

#[tokio::test]
async fn hand_overs_are_found_by_what_was_said_masked() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let mut agent = house.signed_in(AccountRole::Agent).await;
        let askers = ["first", "second"].map(|name| Asker::on(&house, name));
        // somebody is there: nobody is asked how they can be reached
        agent.get("/admin/inbox").await;
        for (asker, text) in askers.iter().zip(["100% 退款", "电话 13812345678"]) {
            asker.say("转人工").await;
            asker.say(text).await;
        }
        let number = askers[0].handover(&house).await.number;
        let mut finds = async |words: &str, stage: &str| {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("words", words)
                .append_pair("stage", stage)
                .finish();
            let shown = agent.get(&format!("/admin/inbox/search?{query}")).await;
            assert_eq!(shown.status, 200, "{}", shown.body);
            shown.body.matches("class=\"asked\"").count()
        };
        for (words, stage, count) in [
            ("", "", 2),
            ("退款", "", 1),
            ("100%", "", 1),
            ("100_", "", 0),
            ("13812345678", "", 0),
            ("手机号", "waiting", 1),
            ("退款", "closed", 0),
            ("没有说过", "", 0),
        ] {
            assert_eq!(finds(words, stage).await, count, "{words:?} {stage}");
        }
        let words = format!("/admin/inbox/search?words={number}");
        let found = agent.get(&words).await.body;
        assert!(
            found.contains(&format!("/admin/inbox/{number}\"")),
            "{found}"
        );
        for at in 0..32 {
            Asker::on(&house, &format!("more{at}")).say("转人工").await;
        }
        let first = agent.get("/admin/inbox/search?words=").await.body;
        assert!(first.contains("rel=\"next\""), "{first}");
        let second = agent.get("/admin/inbox/search?words=&page=1").await.body;
        assert_eq!(second.matches("class=\"asked\"").count(), 4, "{second}");
    })
    .await;
}

/// Whose colleague is gone waits for somebody again, is told so once, and the bot answers meanwhile; one who is there, or
/// whose asker waits for nothing, keeps it.
#[tokio::test]
async fn who_was_left_waits_for_another_colleague() {
    on_both(async |database| {
        let house = House::on(&database, &[("WENLU_HANDOVER_AWAY", "4s")]).await;
        let mut agent = house.signed_in(AccountRole::Agent).await;
        let askers = ["left", "answered", "there"].map(|name| Asker::on(&house, name));
        let [left, answered, there] = &askers;
        for asker in &askers {
            asker.say("转人工").await;
            let number = asker.handover(&house).await.number;
            page_of(&mut agent, number).await;
            let text = [("text", "我看一下"), ("seq", "99")];
            act(&mut agent, number, "say", &text).await;
        }
        left.say("还在吗").await;
        there.say("还在吗").await;
        house.account("bob", AccountRole::Agent).await;
        let mut other = house.browser();
        other.sign_in("bob", super::PASSWORD, "").await;
        let number = there.handover(&house).await.number;
        page_of(&mut other, number).await;
        act(&mut other, number, "take", &[("seen", "agent")]).await;
        let hour = 3_600_000;
        for (account, moved) in [("agent", -hour), ("bob", hour)] {
            let seen = format!("UPDATE presence SET at = at + {moved} WHERE account = '{account}'");
            database.sql(seen.leak()).await;
        }
        let begun = Instant::now();
        while left.handover(&house).await.stage != HandoverStage::Waiting {
            assert!(begun.elapsed() < Duration::from_secs(60), "never");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(left.was_told(&house).await, ["我看一下", "human_released"]);
        let waiting = left.handover(&house).await;
        assert!(waiting.assignee.is_none() && waiting.waiting_since.is_some());
        assert!(
            left.hears("小程序迁移后 openid 变不变")
                .await
                .contains("不会变")
        );
        for asker in [answered, there] {
            assert_eq!(asker.handover(&house).await.stage, HandoverStage::Taken);
        }
        let shown = page_of(&mut other, waiting.number).await;
        assert!(shown.contains("离开了，客人在等"), "{shown}");
        let text = [("text", "我来接着帮您"), ("seq", "99")];
        act(&mut other, waiting.number, "say", &text).await;
        let taken = left.handover(&house).await;
        assert_eq!(taken.assignee.as_deref(), Some("bob"));
    })
    .await;
}

/// An answer that the asker has not seen, and what belongs to an open hand-over, outlasts the sweep; what was seen goes.
#[tokio::test]
async fn what_was_not_seen_is_kept_as_long_as_the_journal() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let mut agent = house.signed_in(AccountRole::Agent).await;
        let asker = Asker::on(&house, "friday");
        asker.say("转人工").await;
        let number = asker.handover(&house).await.number;
        page_of(&mut agent, number).await;
        act(
            &mut agent,
            number,
            "say",
            &[("text", "周五的回答"), ("seq", "99")],
        )
        .await;
        let day = 24 * 3_600_000;
        let later = wenlu_core::model::Timestamp(now().0 + 5 * day);
        let kept = Some(Duration::from_secs(90 * 24 * 3_600));
        house
            .store
            .retention()
            .sweep(later, kept, true)
            .await
            .unwrap();
        assert_eq!(asker.was_told(&house).await.last().unwrap(), "周五的回答");
        // a page that comes back with its number has seen it
        let last = house
            .store
            .handovers()
            .pushes(&asker.handover(&house).await.conversation, 0, 9)
            .await
            .unwrap();
        let last = last.last().unwrap().id;
        let address = house.server.url(&format!(
            "/api/v1/events?conversation={}&after={last}",
            asker.conversation
        ));
        let _stream = reqwest::get(address).await.unwrap();
        let begun = Instant::now();
        while !asker.was_told(&house).await.is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(20), "never");
            house
                .store
                .retention()
                .sweep(later, kept, true)
                .await
                .unwrap();
        }
        // and of the open hand-over nothing goes
        assert!(page_of(&mut agent, number).await.contains("周五的回答"));
    })
    .await;
}

/// An asker and a colleague, each in a window of their own: what is said arrives on the other page by itself.
async fn desk(page: Page) {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::with(&database, &[], |root| {
        let replies = "[[reply]]\ntitle = \"问好\"\ntag = \"开头\"\ntext = \"您好，我是 {{ colleague }}。\"\n\n\
                       [[reply]]\ntitle = \"称呼\"\ntext = \"{{ asker }}，您好\"\n";
        std::fs::write(root.join("content/zh/_replies.toml"), replies).unwrap();
    })
    .await;
    let colleague = page.client.window().await.unwrap();
    ann_signs_in(&page, &house).await;
    let enter = char::from(Key::Enter);
    // what a browser without speakers would play is counted
    page.run(
        "window.rung = 0; window.AudioContext = class { state = 'running'; currentTime = 0; resume() {} \
         createGain() { return { gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect() {} }; } \
         createOscillator() { return { frequency: {}, connect: (next) => next, start: () => window.rung++, stop() {} }; } }",
    )
    .await;
    page.click("#bell").await;
    page.until("document.getElementById('bell').ariaPressed === 'true'")
        .await;
    page.shot("1-empty").await;

    let asker = page.client.new_window(true).await.unwrap().handle;
    page.client.switch_to_window(asker.clone()).await.unwrap();
    page.client.goto(&house.server.url("/")).await.unwrap();
    page.find("#text").await;
    page.ask("小程序怎么注销").await;
    page.ask("转人工").await;

    page.client
        .switch_to_window(colleague.clone())
        .await
        .unwrap();
    page.until("document.title.startsWith('(1) ')").await;
    page.until("window.rung === 2").await;
    page.shot("2-waiting").await;
    page.is_sound(&house.server).await;
    assert_eq!(page.barriers().await, json!([]));
    page.run("document.activeElement.blur()").await;
    // by the keyboard alone
    page.keys("j").await;
    page.keys(&enter.to_string()).await;
    page.until("document.querySelectorAll('#said li').length >= 5")
        .await;
    page.is_sound(&house.server).await;
    page.shot("3-conversation").await;
    page.run("document.activeElement.blur()").await;
    page.keys("t").await;
    page.until("document.querySelector('#state').innerText.includes('我在接待')")
        .await;
    page.run("document.activeElement.blur()").await;
    page.keys("r").await;
    // a reply at hand, found by the first letters of its sound
    page.keys("/wh").await;
    page.until(
        "document.querySelector('#canned li[aria-selected=true]')?.innerText.includes('问好')",
    )
    .await;
    page.shot("3b-canned").await;
    page.keys(&enter.to_string()).await;
    page.until("document.querySelector('#reply textarea').value === '您好，我是 ann。'")
        .await;
    page.keys("您好，我来帮您看一下").await;
    let both = format!(
        "{}{enter}{}",
        char::from(Key::Control),
        char::from(Key::Control)
    );
    page.keys(&both).await;
    page.until("document.querySelector('#said .own')?.innerText.includes('我来帮您看一下')")
        .await;
    page.run("document.activeElement.blur()").await;
    page.keys("n").await;
    page.keys("可能是老客户").await;
    page.press("记下内部备注").await;
    page.until("document.querySelector('#said .inward')?.innerText.includes('可能是老客户')")
        .await;
    page.shot("4-answered").await;
    page.is_sound(&house.server).await;
    assert_eq!(page.barriers().await, json!([]));

    page.client.switch_to_window(asker.clone()).await.unwrap();
    page.until("document.getElementById('log').innerText.includes('我来帮您看一下')")
        .await;
    assert!(
        !page
            .run("return document.body.innerText")
            .await
            .to_string()
            .contains("老客户")
    );
    page.find("#text").await.send_keys("太好").await.unwrap();
    // each sees that the other writes
    page.client
        .switch_to_window(colleague.clone())
        .await
        .unwrap();
    page.until("document.getElementById('doing').innerText.includes('客人正在输入')")
        .await;
    page.shot("4b-typing").await;
    page.run("document.activeElement.blur()").await;
    page.keys("r").await;
    page.keys("不").await;
    page.client.switch_to_window(asker.clone()).await.unwrap();
    page.until("!document.getElementById('typing').hidden")
        .await;
    page.shot("4c-typing").await;
    page.find("#text")
        .await
        .send_keys(&format!("了{enter}"))
        .await
        .unwrap();
    page.until("[...document.querySelectorAll('.asker.sent')].some((it) => it.innerText.includes('太好了'))").await;
    // three days later the page is opened again, and a person is still expected
    page.run(
        "const chat = JSON.parse(localStorage.getItem('wenlu.chat')); chat.at -= 3 * 86400000; \
              localStorage.setItem('wenlu.chat', JSON.stringify(chat))",
    )
    .await;
    page.client.refresh().await.unwrap();
    page.until("document.getElementById('log').innerText.includes('我来帮您看一下')")
        .await;

    page.client.switch_to_window(colleague).await.unwrap();
    page.until("[...document.querySelectorAll('#said .asker')].some((it) => it.innerText.includes('太好了'))").await;
    page.shot("5-heard").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_colleague_answers_at_a_desk() {
    on_page("inbox-desk", DESKTOP, false, desk).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_colleague_answers_on_a_phone() {
    on_page("inbox-phone", (320, PHONE.1), true, desk).await;
}
