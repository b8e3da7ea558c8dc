//! Whether a person solved it: asked once, after a colleague ended a hand-over as solved.

use super::inbox::{Asker, act, page_of};
use super::{Browser, House, now};
use crate::browser::{Page, on_page};
use crate::database::{Database, Engine, on_both};
use crate::erase::texts;
use serde_json::{Value, json};
use wenlu::store::JournalWindow;
use wenlu::store::accounts::AccountRole;
use wenlu::store::audit::AuditActor;
use wenlu::store::ratings::RatingCounts;

async fn closed(asker: &Asker, house: &House, agent: &mut Browser, reason: &str) -> i64 {
    asker.say("转人工").await;
    let number = asker.handover(house).await.number;
    page_of(agent, number).await;
    act(agent, number, "take", &[("seen", "")]).await;
    let shown = act(agent, number, "close", &[("reason", reason)]).await;
    assert_eq!(shown.status, 303, "{}", shown.body);
    number
}

async fn post(house: &House, path: &str, body: Value) -> Value {
    let sent = reqwest::Client::new()
        .post(house.server.url(path))
        .json(&body);
    sent.send().await.unwrap().json().await.unwrap()
}

/// What the last push to an asker's page says, and the data of its buttons.
async fn asked(asker: &Asker, house: &House) -> (String, Vec<String>) {
    let name = format!("web:{}", asker.conversation());
    let pushes = house.store.handovers().pushes(&name, 0, 50).await.unwrap();
    let reply: Value = serde_json::from_str(&pushes.last().unwrap().reply).unwrap();
    let buttons = reply["buttons"].as_array().unwrap().iter();
    let data = buttons.map(|button| button["data"].as_str().unwrap().to_owned());
    (reply["blocks"].to_string(), data.collect())
}

#[tokio::test]
async fn it_is_asked_once_kept_and_shown() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let mut agent = house.signed_in(AccountRole::Agent).await;
        let asker = Asker::on(&house, "a");
        let name = asker.conversation().to_owned();
        let number = closed(&asker, &house, &mut agent, "已解决").await;
        let (said, buttons) = asked(&asker, &house).await;
        assert!(
            said.contains("given_back") && said.contains("rating_asked"),
            "{said}"
        );
        assert_eq!(buttons, ["rate:yes", "rate:no", "human"]);
        let press = async |id: &str, data: &str| {
            let body = json!({"conversation": name, "id": id, "button": data});
            let answer = post(&house, "/api/v1/messages", body).await;
            answer["replies"][0]["text"].as_str().unwrap().to_owned()
        };
        assert_eq!(press("r1", "rate:no").await, "rated_unsolved");
        // another press is thanked for, and changes nothing; nor does the same one again
        assert_eq!(press("r2", "rate:yes").await, "rated_solved");
        assert_eq!(press("r1", "rate:no").await, "rated_unsolved");
        let counts = async || {
            house
                .store
                .ratings()
                .counts(JournalWindow::default())
                .await
                .unwrap()
        };
        let wanted = RatingCounts {
            asked: 1,
            solved: 0,
            unsolved: 1,
        };
        assert_eq!(counts().await, wanted);
        let comment = async |id: &str, text: &str| {
            let body = json!({"conversation": name, "id": id, "text": text});
            post(&house, "/api/v1/comments", body).await["kept"].clone()
        };
        assert_eq!(comment("r2", "不算").await, json!(false));
        assert_eq!(comment("r1", "还是没回电 13812345678").await, json!(true));
        assert_eq!(comment("r1", "再写一次").await, json!(false));

        let page = page_of(&mut agent, number).await;
        assert!(
            page.contains("客人评价：还没解决") && page.contains("客人补充：还是没回电"),
            "{page}"
        );
        assert!(
            !page.contains("13812345678") && !page.contains("再写一次"),
            "{page}"
        );
        let list = agent.get("/admin/inbox").await.body;
        assert!(list.contains("客人说还没解决"), "{list}");
        let mut viewer = house.signed_in(AccountRole::Viewer).await;
        let overview = viewer.get("/admin").await.body;
        assert!(
            overview.contains("人工解决率") && overview.contains("问了 1 人，1 人回答"),
            "{overview}"
        );

        // by its number, as where there are no buttons; a hand-over that ended otherwise is not asked about
        let other = Asker::on(&house, "b");
        closed(&other, &house, &mut agent, "已解决").await;
        assert_eq!(other.hears("1").await, "rated_solved");
        let third = Asker::on(&house, "c");
        closed(&third, &house, &mut agent, "客人没有回应").await;
        assert_eq!(asked(&third, &house).await.1, ["human"]);
        assert_eq!(
            counts().await,
            RatingCounts {
                asked: 2,
                solved: 1,
                unsolved: 1
            }
        );

        let by = AuditActor::terminal(now());
        let conversation = format!("web:{name}");
        house
            .store
            .erasure()
            .erase(by, &conversation)
            .await
            .unwrap();
        let left = texts(&database.url, "SELECT conversation FROM ratings").await;
        assert_eq!(left, [format!("web:{}", other.conversation())]);
    })
    .await;
}

async fn rate(page: Page) {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    let mut agent = house.signed_in(AccountRole::Agent).await;
    page.client.goto(&house.server.url("/")).await.unwrap();
    page.until("document.querySelector('.log .bot')").await;
    page.ask("转人工").await;
    let open = house.store.handover_list().open(1).await.unwrap();
    let number = open[0].handover.number;
    page_of(&mut agent, number).await;
    act(&mut agent, number, "take", &[("seen", "")]).await;
    act(&mut agent, number, "close", &[("reason", "已解决")]).await;
    page.until("document.querySelector('[data-data=\"rate:yes\"]')")
        .await;
    page.is_sound(&house.server).await;
    page.run("document.querySelector('[data-data=\"rate:yes\"]').click()")
        .await;
    let field = page.find(".comment input").await;
    page.shot("1-rated").await;
    page.is_sound(&house.server).await;
    assert_eq!(page.barriers().await, json!([]));
    field.send_keys("很耐心\u{E007}").await.unwrap();
    page.until("document.querySelector('.log').innerText.includes('已经记下')")
        .await;
    let kept = texts(
        &database.url,
        "SELECT comment FROM ratings WHERE solved = 1",
    )
    .await;
    assert_eq!(kept, ["很耐心"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_small_phone() {
    on_page("rating-phone", (320, 568), true, rate).await;
}
