//! By e-mail.

use super::smtp::MailHouse;
use super::{handover, house};
use crate::admin::inbox::act;
use crate::admin::pages::ask;
use crate::admin::{House, now};
use crate::database::{Database, Engine, on_both};
use std::fs;
use std::time::{Duration, Instant};
use wenlu::store::accounts::AccountRole;
use wenlu::store::notices::UntoldKind;
use wenlu::store::records::HandoverStage;

const ANN: &str = "ann@wenlu.test";
const BOB: &str = "bob@wenlu.test";

#[tokio::test]
async fn who_waits_is_told_once_and_whoever_is_taken_is_not() {
    on_both(async |database| {
        let mail = MailHouse::open().await;
        let house = house(&database, &mail, &[("WENLU_NOTICE_AFTER", "3s")]).await;
        let mut agent = house.signed_in(AccountRole::Agent).await;
        ask(
            &house,
            "first",
            "我叫王小明，手机 13812345678，小程序怎么注销",
        )
        .await;
        ask(&house, "first", "转人工").await;
        let told = |times: usize| move |mail: &MailHouse| mail.taken(ANN).len() >= times;
        mail.until("the first is told", told(1)).await;
        mail.until("to both", |mail| mail.taken(BOB).len() == 1)
            .await;

        // taken at once: nobody has to be told; and the first is told no more
        ask(&house, "second", "转人工").await;
        let number = handover(&house, "second").await.number;
        agent.get(&format!("/admin/inbox/{number}")).await;
        act(&mut agent, number, "take", &[("seen", "")]).await;
        assert_eq!(handover(&house, "second").await.stage, HandoverStage::Taken);
        ask(&house, "third", "转人工").await;
        mail.until("the third is told", told(2)).await;
        let [first, third] = &mail.taken(ANN)[..] else {
            panic!("{:#?}", mail.taken(ANN))
        };
        assert_eq!(first.headers["subject"], "［问路］1 位客人在等人工");
        let number = handover(&house, "first").await.number;
        let says = format!("· 第 {number} 号（web），等了 0 分钟：/admin/inbox/{number}");
        assert!(first.text.contains(&says), "{}", first.text);
        assert!(
            first.text.contains("Waiting for a person"),
            "{}",
            first.text
        );
        let number = handover(&house, "third").await.number;
        assert!(
            third.text.contains(&format!("第 {number} 号")),
            "{}",
            third.text
        );
        // nothing of what an asker wrote, and no answer of a program to it
        for part in ["王小明", "138", "注销"] {
            assert!(!first.text.contains(part), "{}", first.text);
        }
        assert_eq!(first.headers["auto-submitted"], "auto-generated");
        assert_eq!(first.headers["x-auto-response-suppress"], "All");
        assert!(first.headers["from"].ends_with("<bot@wenlu.test>"));
    })
    .await;
}

#[tokio::test]
async fn who_is_refused_holds_up_no_other() {
    let database = Database::new(Engine::Sqlite).await;
    let mail = MailHouse::open().await;
    mail.refuse(ANN, 550, usize::MAX);
    mail.refuse(BOB, 451, 2);
    let more = [(
        "WENLU_NOTICE_MAIL_TO",
        "ann@wenlu.test,bob@wenlu.test,eve@wenlu.test",
    )];
    let house = house(&database, &mail, &more).await;
    ask(&house, "a", "转人工").await;
    mail.until("who is not refused", |mail| {
        mail.taken("eve@wenlu.test").len() == 1
    })
    .await;
    mail.until("who was refused for now", |mail| mail.taken(BOB).len() == 1)
        .await;
    assert!(mail.taken(ANN).is_empty());
    let given_up = house.store.outbox().count_undelivered().await.unwrap();
    assert_eq!(given_up, 1, "who is refused for good is given up");
    // a repeated e-mail can be told by its id
    let id = |to: &str| mail.taken(to)[0].headers["message-id"].clone();
    assert!(id(BOB).ends_with("@wenlu.test>") && id(BOB) != id("eve@wenlu.test"));
}

/// A wrong password is for the operator to mend; nothing is lost meanwhile. Without encryption nothing goes to another
/// machine.
#[tokio::test]
async fn what_a_colleague_has_to_mend_loses_nothing() {
    let database = Database::new(Engine::Sqlite).await;
    let mail = MailHouse::open().await;
    let port = mail.address.port();
    let open = format!("smtp://0.0.0.0:{port}");
    let plain = house(&database, &mail, &[("WENLU_SMTP_URL", &open)]).await;
    ask(&plain, "a", "转人工").await;
    let begun = Instant::now();
    while plain.store.outbox().count().await.unwrap() < 2 {
        assert!(begun.elapsed() < Duration::from_secs(30), "never told");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop(plain).await;
    assert!(mail.taken(ANN).is_empty(), "it went out without encryption");

    mail.lock(true);
    let login = format!("smtp://bot:secret@127.0.0.1:{port}");
    let house = house(&database, &mail, &[("WENLU_SMTP_URL", &login)]).await;
    mail.until("it signs in", |mail| mail.sign_ins() > 0).await;
    assert!(mail.taken(ANN).is_empty());
    stop(house).await;
    mail.lock(false);
    let _house = super::house(&database, &mail, &[("WENLU_SMTP_URL", &login)]).await;
    mail.until("all of it", |mail| {
        mail.taken(ANN).len() == 1 && mail.taken(BOB).len() == 1
    })
    .await;
}

async fn stop(mut house: House) {
    house.server.begin_to_stop();
    house.server.stopped().await;
    house.store.close().await;
}

#[tokio::test]
async fn a_refused_edit_and_a_growing_queue_are_told() {
    on_both(async |database| {
        let mail = MailHouse::open().await;
        let house = house(&database, &mail, &[("WENLU_NOTICE_QUEUE", "2")]).await;
        let subjects = |mail: &MailHouse| -> Vec<String> {
            let taken = mail.taken(ANN).into_iter();
            taken.map(|mail| mail.headers["subject"].clone()).collect()
        };
        for (asker, text) in [("a", "讲个相声听听"), ("b", "附近哪里有牛肉面")] {
            ask(&house, asker, text).await;
        }
        let queue = "［问路］2 个问题待处理".to_owned();
        mail.until("the queue", |mail| subjects(mail).contains(&queue))
            .await;
        let file = house.server.folder.path().join("intents/close.toml");
        let good = fs::read_to_string(&file).unwrap();
        fs::write(&file, "title = 1\n").unwrap();
        let refused = "［问路］知识的修改没有生效".to_owned();
        mail.until("the edit", |mail| subjects(mail).contains(&refused))
            .await;
        fs::write(&file, good).unwrap();
        // each once
        ask(&house, "c", "转人工").await;
        mail.until("another", |mail| subjects(mail).len() == 3)
            .await;
        let text = &mail.taken(ANN)[0].text;
        assert!(
            text.contains("/admin/clusters") && !text.contains("相声"),
            "{text}"
        );
    })
    .await;
}

#[tokio::test]
async fn at_most_so_many_an_hour_and_nothing_in_quiet_hours() {
    let database = Database::new(Engine::Postgres).await;
    let mail = MailHouse::open().await;
    // three hours around now
    let now = jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now());
    let hour = i64::from(now.hour());
    let quiet = format!("{}-{}", (hour + 23) % 24, (hour + 2) % 24);
    let zone = ("WENLU_TIMEZONE", "UTC");
    let quiet = [zone, ("WENLU_NOTICE_QUIET", quiet.as_str())];
    let asleep = house(&database, &mail, &quiet).await;
    ask(&asleep, "first", "转人工").await;
    untold(&asleep, 1, 3_000).await;
    assert_eq!(told(&asleep).await, 0, "told in quiet hours");
    // another process of the same database has no quiet hours
    let more = [zone, ("WENLU_NOTICE_MAX", "1")];
    let house = house(&database, &mail, &more).await;
    mail.until("the first", |mail| mail.taken(ANN).len() == 1)
        .await;
    for asker in ["second", "third"] {
        ask(&house, asker, "转人工").await;
    }
    // an hour later the others are told, in one message
    untold(&house, 2, 1_000).await;
    assert_eq!(told(&house).await, 1, "more than one an hour");
    database.sql("UPDATE notices SET at = at - 3600000").await;
    mail.until("the others", |mail| mail.taken(ANN).len() == 2)
        .await;
    let digest = &mail.taken(ANN)[1];
    assert_eq!(digest.headers["subject"], "［问路］2 位客人在等人工");
}

/// How many messages told something.
async fn told(house: &House) -> i64 {
    let since = wenlu_core::model::Timestamp(0);
    house.store.notices().told_since(since).await.unwrap()
}

/// Waits until so many have waited for so many milliseconds, and nobody was told of them.
async fn untold(house: &House, count: usize, millis: i64) {
    let begun = Instant::now();
    loop {
        let before = wenlu_core::model::Timestamp(now().0 - millis);
        let notices = house.store.notices();
        let untold = notices.untold_handovers(UntoldKind::Waiting, before, 9);
        if untold.await.unwrap().len() == count {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "never");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn figures_go_out_once_a_day() {
    let database = Database::new(Engine::Sqlite).await;
    let mail = MailHouse::open().await;
    // where it is after nine now, and yesterday has not begun anew
    let now = jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now());
    let shift = 12 - i64::from(now.hour());
    let zone = match shift {
        0 => "UTC".to_owned(),
        // the sign of these zones is that of the way back
        _ => format!("Etc/GMT{:+}", -shift),
    };
    let zone = ("WENLU_TIMEZONE", zone.as_str());
    let late = ("WENLU_NOTICE_AFTER", "1m");
    let first = house(&database, &mail, &[zone, late]).await;
    let mut agent = first.signed_in(AccountRole::Agent).await;
    for (asker, says) in [("solved", "rate:yes"), ("unsolved", "rate:no")] {
        ask(&first, asker, "转人工").await;
        let number = handover(&first, asker).await.number;
        agent.get(&format!("/admin/inbox/{number}")).await;
        act(&mut agent, number, "take", &[("seen", "")]).await;
        act(&mut agent, number, "close", &[("reason", "已解决")]).await;
        let body = serde_json::json!({
            "conversation": crate::server::chat_name(asker), "id": says, "button": says,
        });
        let url = first.server.url("/api/v1/messages");
        let sent = reqwest::Client::new().post(url).json(&body).send().await;
        assert_eq!(sent.unwrap().status(), 200);
    }
    for text in ["小程序怎么注销", "小程序怎么注销", "讲个相声听听"] {
        ask(&first, "a", text).await;
    }
    stop(first).await;
    database.sql("UPDATE journal SET at = at - 86400000").await;
    database
        .sql("UPDATE ratings SET asked_at = asked_at - 86400000")
        .await;
    let daily = [zone, ("WENLU_NOTICE_REPORT", "daily")];
    let house = house(&database, &mail, &daily).await;
    mail.until("the figures", |mail| mail.taken(BOB).len() == 1)
        .await;
    let report = &mail.taken(BOB)[0];
    assert!(report.headers["subject"].ends_with("提问 3"), "{report:?}");
    for line in [
        "回答：2 次（66.7%）",
        "没答上来：1 次",
        "Asked 3, answered 2",
        "客人评价人工：解决了 1，还没解决 1",
        "Solved by a person, as askers say: 1; not solved: 1.",
    ] {
        assert!(report.text.contains(line), "{line}: {}", report.text);
    }
    ask(&house, "b", "转人工").await;
    mail.until("another", |mail| mail.taken(BOB).len() == 2)
        .await;
    assert!(mail.taken(BOB)[1].headers["subject"].contains("在等人工"));
}

#[tokio::test]
async fn what_was_put_aside_is_told_of_once_when_its_time_comes() {
    let database = Database::new(Engine::Sqlite).await;
    let mail = MailHouse::open().await;
    let house = house(&database, &mail, &[("WENLU_NOTICE_AFTER", "1m")]).await;
    let mut agent = house.signed_in(AccountRole::Agent).await;
    ask(&house, "aside", "转人工").await;
    let number = handover(&house, "aside").await.number;
    agent.get(&format!("/admin/inbox/{number}")).await;
    act(&mut agent, number, "take", &[("seen", "")]).await;
    let done = act(&mut agent, number, "snooze", &[("until", "asker")]).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!(mail.taken(ANN).len(), 0);
    // as if its time had come
    database.sql("UPDATE handovers SET snoozed_until = 1").await;
    mail.until("it is told", |mail| mail.taken(ANN).len() == 1)
        .await;
    let woken = &mail.taken(ANN)[0];
    assert_eq!(woken.headers["subject"], "［问路］1 位客人放一放的时间到了");
    assert!(woken.text.contains(&format!("第 {number} 号")), "{woken:?}");
    assert!(woken.text.contains("Put aside until now: 1"), "{woken:?}");
    assert_eq!(told(&house).await, 1);
}

/// A notice is a way to reach somebody: the asker is not asked for another.
#[tokio::test]
async fn who_is_told_of_is_not_asked_how_they_can_be_reached() {
    let database = Database::new(Engine::Sqlite).await;
    let mail = MailHouse::open().await;
    let house = house(&database, &mail, &[]).await;
    ask(&house, "a", "转人工").await;
    mail.until("it is told", |mail| mail.taken(ANN).len() == 1)
        .await;
    let name = format!("web:{}", crate::server::chat_name("a"));
    ask(&house, "a", "ming@example.com").await;
    assert_eq!(house.store.contacts().of(&name).await.unwrap(), None);
}

/// Whoever was taken and got no answer in time is told of too; an answer stops the clock.
#[tokio::test]
async fn who_waits_too_long_is_told_of_and_marked() {
    let database = Database::new(Engine::Sqlite).await;
    let mail = MailHouse::open().await;
    let more = [("WENLU_FIRST_REPLY", "2s"), ("WENLU_NOTICE_AFTER", "1m")];
    let house = house(&database, &mail, &more).await;
    let mut agent = house.signed_in(AccountRole::Agent).await;
    for asker in ["answered", "left"] {
        ask(&house, asker, "转人工").await;
    }
    let number = handover(&house, "answered").await.number;
    agent.get(&format!("/admin/inbox/{number}")).await;
    let said = [("text", "您好"), ("seq", "99")];
    act(&mut agent, number, "say", &said).await;
    let number = handover(&house, "left").await.number;
    agent.get(&format!("/admin/inbox/{number}")).await;
    act(&mut agent, number, "take", &[("seen", "")]).await;
    mail.until("who waits too long", |mail| mail.taken(ANN).len() == 1)
        .await;
    let told = &mail.taken(ANN)[0];
    assert_eq!(told.headers["subject"], "［问路］1 位客人等回复超时");
    assert!(told.text.contains(&format!("第 {number} 号")), "{told:?}");
    let list = agent.get("/admin/inbox").await.body;
    assert_eq!(list.matches("超时未回").count(), 1, "{list}");
}
