//! As signed events.

use super::handover;
use crate::admin::pages::ask;
use crate::admin::{House, add_account};
use crate::bridge::receiver::{Manner, Receiver, SECRET};
use crate::database::{Database, Engine, on_both};
use crate::server::chat_name;
use crate::talk::process::Setup;
use serde_json::{Value, json};
use wenlu::store::Store;
use wenlu::store::accounts::AccountRole;

const EVENT: &str = "notice.created";

fn settings(receiver: &Receiver) -> Vec<(&'static str, String)> {
    vec![
        ("WENLU_NOTICE_WEBHOOK", receiver.url()),
        ("WENLU_NOTICE_WEBHOOK_SECRET", SECRET.to_owned()),
        ("WENLU_NOTICE_AFTER", "1s".to_owned()),
        ("WENLU_LEASE", "300ms".to_owned()),
        ("WENLU_PUBLIC_URL", "https://bot.example.org".to_owned()),
        ("WENLU_ADMIN", "public".to_owned()),
        ("WENLU_TRUSTED_PROXIES", "1".to_owned()),
    ]
}

#[tokio::test]
async fn a_refused_event_is_delivered_again_under_its_id() {
    on_both(async |database| {
        let receiver = Receiver::start().await;
        receiver.treat(EVENT, Some(Manner::Status(500)));
        let settings = settings(&receiver);
        let settings: Vec<(&str, &str)> = settings
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let house = House::on(&database, &settings).await;
        house.account("agent", AccountRole::Agent).await;
        ask(&house, "a", "我的电话是 13812345678").await;
        ask(&house, "a", "转人工").await;
        let tried =
            |times: usize| move |all: &[crate::bridge::receiver::Delivery]| all.len() >= times;
        receiver.until("it is tried again", tried(2)).await;
        receiver.treat(EVENT, None);
        receiver
            .until("it is taken", |all| all.iter().any(|one| one.is_taken))
            .await;
        let deliveries = receiver.deliveries();
        let first = &deliveries[0];
        assert!(
            deliveries.iter().all(|one| one.id == first.id),
            "{deliveries:?}"
        );
        let number = handover(&house, "a").await.number;
        let notice = &first.event["data"]["notices"][0];
        assert_eq!(notice["kind"], "waiting");
        assert_eq!(notice["id"], number);
        let url = format!("https://bot.example.org/admin/inbox/{number}");
        assert_eq!(notice["url"], url.as_str());
        assert!(!first.event.to_string().contains("138"), "{}", first.event);
        // the next one is another
        ask(&house, "b", "转人工").await;
        receiver
            .until("the next", |all| {
                all.iter().any(|one| one.is_taken && one.id != first.id)
            })
            .await;
    })
    .await;
}

#[tokio::test]
async fn what_was_put_aside_is_an_event_when_its_time_comes() {
    let database = Database::new(Engine::Sqlite).await;
    let receiver = Receiver::start().await;
    let settings = settings(&receiver);
    let own = settings.iter();
    let own = own.map(|(name, value)| (*name, value.as_str()));
    let own: Vec<(&str, &str)> = own
        .filter(|(name, _)| *name != "WENLU_NOTICE_AFTER")
        .chain([("WENLU_NOTICE_AFTER", "1m")])
        .collect();
    let house = House::on(&database, &own).await;
    house.account("agent", AccountRole::Agent).await;
    ask(&house, "a", "转人工").await;
    let number = handover(&house, "a").await.number;
    database.sql("UPDATE handovers SET snoozed_until = 1").await;
    receiver
        .until("it is taken", |all| all.iter().any(|one| one.is_taken))
        .await;
    let deliveries = receiver.deliveries();
    let notices = &deliveries[0].event["data"]["notices"];
    assert_eq!(notices.as_array().unwrap().len(), 1, "{notices}");
    assert_eq!(
        (&notices[0]["kind"], &notices[0]["id"]),
        (&Value::from("woken"), &Value::from(number))
    );
    let woken = handover(&house, "a").await.woken_at.unwrap();
    let since = jiff::Timestamp::from_millisecond(woken.0).unwrap();
    let told: jiff::Timestamp = notices[0]["since"].as_str().unwrap().parse().unwrap();
    assert_eq!(told.as_second(), since.as_second());
}

/// A process is killed while nobody takes the event: the next one delivers it, under the same id, and tells nothing twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_loses_nothing_and_tells_nothing_twice() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (database, receiver) = (Database::new(engine).await, Receiver::start().await);
        let store = Store::open(&database.url).await.unwrap();
        add_account(&store, "agent", AccountRole::Agent).await;
        store.close().await;
        let mut setup = Setup::web(&database.url).with("WENLU_RELOAD", "off");
        // with a public address the process prints that, and not where it listens
        let own = settings(&receiver).into_iter();
        for (name, value) in own.filter(|(name, _)| *name != "WENLU_PUBLIC_URL") {
            setup = setup.with(name, &value);
        }
        setup = setup.with("WENLU_ADMIN", "loopback");
        receiver.treat(EVENT, Some(Manner::Hang));
        let process = setup.start();
        let address = process.listening().await.expect("it listens");
        let url = format!("http://{address}/api/v1/messages");
        let body = json!({"conversation": chat_name("a"), "id": "1", "text": "转人工"});
        let sent = reqwest::Client::new().post(url).json(&body).send().await;
        let answer: Value = sent.unwrap().json().await.unwrap();
        assert_eq!(answer["person"], true);
        receiver.until("it hangs", |all| !all.is_empty()).await;
        process.kill();
        receiver.treat(EVENT, None);
        let process = setup.start();
        process.listening().await.expect("it listens");
        receiver
            .until("it is taken", |all| all.iter().any(|one| one.is_taken))
            .await;
        let deliveries = receiver.deliveries();
        assert!(deliveries.len() >= 2, "{engine:?}: {deliveries:?}");
        let first = &deliveries[0].id;
        assert!(deliveries.iter().all(|one| one.id == *first), "{engine:?}");
        process.kill();
    }
}
