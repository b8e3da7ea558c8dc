//! What the pages show of the journal and of the knowledge.

use super::House;
use crate::database::on_both;
use crate::server::chat_name;
use serde_json::json;
use std::time::{Duration, Instant};
use wenlu::store::accounts::AccountRole;

/// Asks the bot as the chat page does.
pub(crate) async fn ask(house: &House, conversation: &str, text: &str) {
    let id = format!("{:x}", fastrand::u128(..));
    let body = json!({"conversation": chat_name(conversation), "id": id, "text": text});
    let response = reqwest::Client::new()
        .post(house.server.url("/api/v1/messages"))
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200, "{text}");
}

#[tokio::test]
async fn empty_pages_say_what_to_do() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let mut browser = house.signed_in(AccountRole::Admin).await;
        for (path, said) in [
            ("/admin", "还没有人提问"),
            ("/admin/questions", "还没有人提问"),
            ("/admin/journal", "还没有对话记录"),
            ("/admin/journal?text=x", "没有符合的记录"),
            ("/admin/intents/close", "还没有人问到"),
            ("/admin/try", "输入一句话"),
        ] {
            let shown = browser.get(path).await;
            assert!(
                shown.status == 200 && shown.body.contains(said),
                "{path}: {}",
                shown.body
            );
        }
        for path in [
            "/admin/conversations/99",
            "/admin/intents/none",
            "/admin/nothing",
        ] {
            assert_eq!(browser.get(path).await.status, 404, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_question_from_the_queue_to_why() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        for conversation in ["a", "b"] {
            ask(&house, conversation, "今晚的月亮圆不圆").await;
        }
        ask(&house, "a", "小程序怎么收款").await;
        ask(&house, "a", "小程序怎么注销").await;
        let mut browser = house.signed_in(AccountRole::Reviewer).await;
        let queue = browser.get("/admin/questions").await.body;
        assert!(queue.contains("2 个不同的问题"), "{queue}");
        let (first, second) = (
            queue.find("小程序怎么收款").unwrap(),
            queue.find("今晚的月亮圆不圆").unwrap(),
        );
        assert!(first < second, "the newest first");
        assert!(
            queue.contains("<span class=\"count\">2<small> 次</small></span>"),
            "{queue}"
        );
        let gaps = browser.get("/admin/questions?reason=gap").await.body;
        assert!(gaps.contains("小程序怎么收款") && !gaps.contains("今晚的月亮圆不圆"));

        let path = queue[..second]
            .rsplit_once("/admin/conversations/")
            .unwrap()
            .1
            .split('"')
            .next()
            .unwrap();
        let talk = browser
            .get(&format!("/admin/conversations/{path}"))
            .await
            .body;
        assert!(
            talk.contains("今晚的月亮圆不圆") && talk.contains("没听懂"),
            "{talk}"
        );
        let tried = browser
            .get("/admin/try?text=%E5%B0%8F%E7%A8%8B%E5%BA%8F%E6%80%8E%E4%B9%88%E6%B3%A8%E9%94%80")
            .await
            .body;
        assert!(
            tried.contains("怎么注销小程序")
                && tried.contains("与例句相同")
                && tried.contains("<mark>"),
            "{tried}"
        );

        let found = browser
            .get("/admin/journal?text=%E6%9C%88%E4%BA%AE&outcome=unknown")
            .await
            .body;
        assert_eq!(found.matches("今晚的月亮圆不圆").count(), 2, "{found}");
        let overview = browser.get("/admin").await.body;
        for said in [
            "<dt>提问</dt><dd><b>4</b>",
            "<dt>回答</dt><dd><b>25.0%</b>",
            "<svg",
            "今晚的月亮圆不圆",
        ] {
            assert!(overview.contains(said), "{said}: {overview}");
        }
        let intent = browser.get("/admin/intents/close").await.body;
        assert!(
            intent.contains("intents/close.toml") && intent.contains("我要注销小程序"),
            "{intent}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_refused_edit_is_shown_with_its_line() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let mut browser = house.signed_in(AccountRole::Viewer).await;
        let before = browser.get("/admin").await.body;
        assert!(before.contains("知识：正常"), "{before}");
        let file = house.server.folder.path().join("intents/close.toml");
        let good = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, format!("{good}exmaples = [\"注销\"]\n")).unwrap();
        let shown = until(&mut browser, "没有生效").await;
        for said in [
            "intents/close.toml:4:1",
            "exmaples = [&quot;注销&quot;]",
            "^^^^^^^^",
        ] {
            assert!(shown.contains(said), "{said}: {shown}");
        }
        std::fs::write(&file, good).unwrap();
        until(&mut browser, "知识：正常").await;
    })
    .await;
}

/// The overview, once it says that.
async fn until(browser: &mut super::Browser, said: &str) -> String {
    let begun = Instant::now();
    loop {
        let shown = browser.get("/admin").await.body;
        if shown.contains(said) {
            return shown;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "never {said}: {shown}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn the_journal_a_page_at_a_time_and_whole_as_a_file() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        for number in 0..120 {
            ask(
                &house,
                &format!("c{}", number % 7),
                &format!("第{number}个问题，100%_\\"),
            )
            .await;
        }
        let mut browser = house.signed_in(AccountRole::Reviewer).await;
        let mut path = "/admin/journal".to_owned();
        let mut seen = Vec::new();
        loop {
            let body = browser.get(&path).await.body;
            seen.extend(body.matches("个问题").map(|_| ()));
            match body.split("href=\"/admin/journal?before=").nth(1) {
                Some(rest) => {
                    path = format!("/admin/journal?before={}", rest.split('"').next().unwrap())
                }
                None => break,
            }
        }
        assert_eq!(seen.len(), 120);
        // Signs that LIKE reads otherwise are meant as they stand.
        for (text, found) in [
            ("100%25_%5C", 50),
            ("100%25%25", 0),
            ("1_0%25", 0),
            ("%E7%AC%AC5%E4%B8%AA", 1),
        ] {
            let body = browser
                .get(&format!("/admin/journal?text={text}"))
                .await
                .body;
            assert_eq!(body.matches("class=\"said\"").count(), found, "{text}");
        }
        browser.get("/admin/journal").await;
        let asked = format!("conversation=web%3A{}", chat_name("c3"));
        let lines = browser
            .post(
                "/admin/journal/export",
                &[("format", "jsonl"), ("asked", &asked)],
            )
            .await
            .body;
        assert_eq!(lines.lines().count(), 17);
        let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
        assert_eq!(first["text"], "第115个问题，100%_\\");
        let table = browser
            .post("/admin/journal/export", &[("format", "csv")])
            .await
            .body;
        assert_eq!(
            csv::Reader::from_reader(table.trim_start_matches('\u{feff}').as_bytes())
                .records()
                .count(),
            120
        );
    })
    .await;
}

#[tokio::test]
async fn an_asker_is_erased_after_a_second_look() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        for conversation in ["gone", "stays"] {
            ask(&house, conversation, "今晚的月亮圆不圆").await;
        }
        let mut browser = house.signed_in(AccountRole::Admin).await;
        let talk = browser.get("/admin/conversations/1").await.body;
        let path = talk
            .split("href=\"")
            .find(|part| part.starts_with("/admin/erase"))
            .unwrap();
        let path = path.split('"').next().unwrap();
        let sure = browser.get(path).await.body;
        assert!(
            sure.contains("<code>journal</code>") && sure.contains("全部清除"),
            "{sure}"
        );
        assert_eq!(house.store.journal().count().await.unwrap(), 2);
        let conversation = path.split_once('=').unwrap().1;
        let done = browser
            .post("/admin/erase", &[("conversation", conversation)])
            .await
            .body;
        assert!(done.contains("已经清除"), "{done}");
        assert_eq!(browser.get("/admin/conversations/1").await.status, 404);
        assert_eq!(browser.get("/admin/conversations/2").await.status, 200);
        assert!(
            browser
                .get("/admin/audit")
                .await
                .body
                .contains("清除一段对话")
        );
        assert_eq!(
            browser
                .post("/admin/erase", &[("conversation", "一二三")])
                .await
                .status,
            400
        );
    })
    .await;
}
