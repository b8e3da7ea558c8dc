//! Who reads and writes in a hand-over: between an asker and colleagues, on one server and on another; and that nothing of it
//! stays.

use super::inbox::{Asker, act, page_of, read_until};
use super::{Browser, House};
use crate::database::{Database, Engine, on_both};
use reqwest::Response;
use serde_json::{Value, json};
use wenlu::store::accounts::AccountRole;

impl Asker {
    async fn types(&self, typing: bool) -> bool {
        let body = json!({"conversation": self.conversation, "typing": typing});
        let sent = reqwest::Client::new().post(format!("{}/api/v1/typing", self.base));
        let response = sent.json(&body).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.json::<Value>().await.unwrap()["noted"] == true
    }

    async fn listens(&self) -> Response {
        let query = [("conversation", self.conversation.as_str())];
        let stream = reqwest::Client::new().get(format!("{}/api/v1/events", self.base));
        stream.query(&query).send().await.unwrap()
    }
}

async fn does(browser: &mut Browser, number: i64, doing: &str) {
    let shown = act(browser, number, "presence", &[("doing", doing)]).await;
    assert_eq!(shown.status, 204, "{}", shown.body);
}

#[tokio::test]
async fn each_side_sees_the_other_write_on_another_server() {
    on_both(async |database| {
        let (one, two) = (
            House::on(&database, &[]).await,
            House::on(&database, &[]).await,
        );
        let mut agent = two.signed_in(AccountRole::Agent).await;
        let asker = Asker::on(&one, "a");
        // nobody is there who could see it
        assert!(!asker.types(true).await);
        asker.say("转人工").await;
        let number = asker.handover(&one).await.number;
        let mut events = agent.stream("/admin/inbox/events").await;
        assert!(asker.types(true).await);
        let told = format!(r#"{{"id":{number},"asker":true,"reads":[],"writes":[]}}"#);
        read_until(&mut events, &told).await;
        let page = page_of(&mut agent, number).await;
        assert!(page.contains("客人正在输入…"), "{page}");
        assert!(!asker.types(false).await);
        let told = format!(r#"{{"id":{number},"asker":false,"reads":[],"writes":[]}}"#);
        read_until(&mut events, &told).await;

        let mut heard = asker.listens().await;
        does(&mut agent, number, "writes").await;
        read_until(&mut heard, r#"{"typing":true}"#).await;
        // a note is none of the asker's business
        does(&mut agent, number, "notes").await;
        read_until(&mut heard, r#"{"typing":false}"#).await;
        does(&mut agent, number, "writes").await;
        read_until(&mut heard, r#"{"typing":true}"#).await;
        let said = [("text", "我来看看"), ("seq", "99")];
        let done = act(&mut agent, number, "say", &said).await;
        assert_eq!(done.status, 303, "{}", done.body);
        read_until(&mut heard, r#"{"typing":false}"#).await;

        // another colleague is told who is there; writing, they cannot reach the asker
        let mut other = two.signed_in(AccountRole::Operator).await;
        page_of(&mut other, number).await;
        does(&mut other, number, "writes").await;
        let told = format!(r#"{{"id":{number},"asker":false,"reads":["operator"],"writes":[]}}"#);
        read_until(&mut events, &told).await;
        let page = page_of(&mut agent, number).await;
        assert!(page.contains("operator 也在看"), "{page}");
        let held = one.store.activities().all(super::now()).await.unwrap();
        assert_eq!(held.len(), 1);
        // what nobody renews is over by itself
        database.sql("UPDATE activities SET until = 1").await;
        let told = format!(r#"{{"id":{number},"asker":false,"reads":[],"writes":[]}}"#);
        read_until(&mut events, &told).await;
    })
    .await;
}

#[tokio::test]
async fn who_types_on_is_written_down_every_few_seconds() {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    house.account("agent", AccountRole::Agent).await;
    let asker = Asker::on(&house, "a");
    asker.say("转人工").await;
    let name = format!("web:{}", asker.conversation());
    let activities = house.store.activities();
    assert!(asker.types(true).await);
    // held until a time that no renewal gives it, so that one would be seen
    database
        .sql("UPDATE activities SET until = until - 1000")
        .await;
    let now = super::now();
    let writes = wenlu::store::activities::LiveActivity::Writes;
    for _ in 0..50 {
        assert!(asker.types(true).await);
    }
    // as it was: 14 s from the first, and no longer
    let all = activities.all(wenlu_core::model::Timestamp(now.0 + 14_500));
    assert!(all.await.unwrap().is_empty());
    let later = wenlu_core::model::Timestamp(now.0 + 6_000);
    assert!(activities.note(&name, None, writes, later).await.unwrap());
    let all = activities.all(wenlu_core::model::Timestamp(now.0 + 20_000));
    assert_eq!(all.await.unwrap().len(), 1);
    // it goes with the conversation
    let by = wenlu::store::audit::AuditActor::terminal(now);
    house.store.erasure().erase(by, &name).await.unwrap();
    assert_eq!(crate::erase::count(&database.url, "activities").await, 0);
}
