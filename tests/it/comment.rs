//! What an asker adds to 没解决: kept masked with its turn, shown to those who review, gone with the conversation.

use crate::admin::inbox::Asker;
use crate::admin::{House, now};
use crate::browser::{DESKTOP, Page, on_page};
use crate::database::on_both;
use crate::erase::texts;
use crate::server::Server;
use serde_json::{Value, json};
use wenlu::store::Store;
use wenlu::store::accounts::AccountRole;
use wenlu::store::audit::AuditActor;
use wenlu::store::{JournalSearch, JournalWindow};

async fn post(house: &House, path: &str, body: Value) -> (u16, Value) {
    let client = reqwest::Client::new();
    let sent = client.post(house.server.url(path)).json(&body).send();
    let response = sent.await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap())
}

#[tokio::test]
async fn it_is_kept_with_its_turn_and_read_by_reviewers() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let asker = Asker::on(&house, "a");
        asker.say("小程序怎么注销").await;
        let name = asker.conversation();
        let press = json!({"conversation": name, "id": "p1", "button": "no:close"});
        assert_eq!(post(&house, "/api/v1/messages", press).await.0, 200);
        let comment = |id: &str, text: &str| {
            let body = json!({"conversation": name, "id": id, "text": text});
            post(&house, "/api/v1/comments", body)
        };
        let kept = |kept: bool| (200, json!({ "kept": kept }));
        // of no such turn; and of one that did not say it
        assert_eq!(comment("p9", "没有这一轮").await, kept(false));
        assert_eq!(
            comment("p1", " 第三步的按钮找不到，打我 13812345678\u{7} ").await,
            kept(true)
        );
        assert_eq!(comment("p1", "再写一次").await, kept(false));
        assert_eq!(comment("p1", "  ").await.0, 400);
        assert_eq!(comment("p1", &"长".repeat(2_001)).await.0, 400);

        let mut reviewer = house.signed_in(AccountRole::Reviewer).await;
        let turn = texts(
            &database.url,
            "SELECT CAST(id AS TEXT) FROM journal WHERE comment IS NOT NULL",
        )
        .await;
        let [turn] = turn.as_slice() else {
            panic!("{turn:?}")
        };
        for path in [
            "/admin/journal".to_owned(),
            "/admin/questions".to_owned(),
            format!("/admin/conversations/{turn}"),
            format!("/admin/turns/{turn}"),
        ] {
            let page = reviewer.get(&path).await.body;
            assert!(
                page.contains("哪里没说清楚：第三步的按钮找不到"),
                "{path}: {page}"
            );
            assert!(
                !page.contains("13812345678") && !page.contains("再写一次"),
                "{path}"
            );
        }
        // and on the page of the class of questions that it belongs to
        let classes = reviewer.get("/admin/clusters").await.body;
        let class = classes.split("href=\"/admin/clusters/").nth(1).unwrap();
        let class = class.split('"').next().unwrap();
        let page = reviewer.get(&format!("/admin/clusters/{class}")).await.body;
        assert!(
            page.contains("大家说哪里没说清楚") && page.contains("第三步的按钮找不到"),
            "{page}"
        );
        reviewer.get("/admin/journal").await;
        let form = [("asked", ""), ("format", "csv")];
        let csv = reviewer.post("/admin/journal/export", &form).await.body;
        assert!(
            csv.contains("handed_over,comment") && csv.contains("第三步的按钮找不到"),
            "{csv}"
        );

        let by = AuditActor::terminal(now());
        house
            .store
            .erasure()
            .erase(by, &format!("web:{name}"))
            .await
            .unwrap();
        assert!(
            texts(
                &database.url,
                "SELECT comment FROM journal WHERE comment IS NOT NULL"
            )
            .await
            .is_empty()
        );
    })
    .await;
}

async fn unclear(page: Page) {
    let server = Server::start_shipped(&[]).await;
    page.client.goto(&server.url("/")).await.unwrap();
    page.find(".questions button").await;
    page.ask("小游戏被侵权了，应该怎么投诉").await;
    page.press("没解决").await;
    let field = page.find(".comment input").await;
    page.shot("1-unclear").await;
    page.is_sound(&server).await;
    assert_eq!(page.barriers().await, json!([]));
    field.send_keys("材料要哪些没说清楚\u{E007}").await.unwrap();
    page.until("document.querySelector('.log').innerText.includes('已经记下') && !document.querySelector('.comment')").await;
    page.client.refresh().await.unwrap();
    page.until("document.querySelector('.log').innerText.includes('已经记下')")
        .await;
    let store = Store::open(&server.database()).await.unwrap();
    let search = JournalSearch {
        window: JournalWindow::default(),
        ..JournalSearch::default()
    };
    let rows = store.journal().search(&search, i64::MAX, 10).await.unwrap();
    let comments: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.comment.as_deref())
        .collect();
    assert_eq!(comments, ["材料要哪些没说清楚"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_desktop() {
    on_page("unclear-desk", DESKTOP, false, unclear).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_small_phone() {
    on_page("unclear-phone", (320, 568), true, unclear).await;
}
