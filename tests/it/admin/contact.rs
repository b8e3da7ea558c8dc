//! Where nobody can be reached: how the asker can be is asked for, kept apart, and shown to those whom it is for.

use super::House;
use super::inbox::{Asker, page_of};
use crate::database::on_both;
use crate::erase::texts;
use std::time::Duration;
use wenlu::clock::now;
use wenlu::store::accounts::AccountRole;
use wenlu::store::audit::AuditActor;
use wenlu_core::model::Timestamp;

const CONTACT: &str = "我微信号是 xiaoming_88，下午联系我";
/// Where it must not stand.
const ELSEWHERE: [&str; 7] = [
    "SELECT text FROM journal",
    "SELECT COALESCE(question, '') FROM journal",
    "SELECT COALESCE(body, masked) FROM messages",
    "SELECT state FROM conversations",
    "SELECT COALESCE(response, '') FROM answered",
    "SELECT response FROM responses",
    "SELECT detail FROM audit",
];

#[tokio::test]
async fn what_was_left_is_seen_by_those_whom_it_is_for() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let mut agent = house.signed_in(AccountRole::Agent).await;
        house.forget_presence(&database).await;
        let asker = Asker::on(&house, "a");
        assert_eq!(
            asker.hears("转人工").await,
            "同事会尽快联系您。 human_contact"
        );
        // who does not want to goes on, and is not asked again
        let answer = asker.hears("小程序迁移后 openid 变不变").await;
        assert!(answer.contains("不会变"), "{answer}");
        assert_eq!(asker.hears("转人工").await, "human_again");
        let taken = asker.say_as("contact-1", CONTACT).await;
        assert_eq!(taken["replies"][0]["text"], "contact_taken");
        // the same message again is the same turn
        assert_eq!(asker.say_as("contact-1", CONTACT).await, taken);

        let number = asker.handover(&house).await.number;
        for path in ["/admin/inbox".to_owned(), format!("/admin/inbox/{number}")] {
            let page = agent.get(&path).await.body;
            assert!(page.contains("xiaoming_88"), "{path}: {page}");
        }
        let page = page_of(&mut agent, number).await;
        assert!(page.contains("［联系方式］"), "{page}");
        let mut viewer = house.signed_in(AccountRole::Viewer).await;
        let journal = viewer.get("/admin/journal").await.body;
        assert!(!journal.contains("xiaoming_88"), "{journal}");
        for sql in ELSEWHERE {
            let all = texts(&database.url, sql).await;
            assert!(!all.join("\n").contains("xiaoming_88"), "{sql}: {all:?}");
        }

        // who was reached is forgotten, which stands in the audit log
        let id = texts(&database.url, "SELECT CAST(id AS TEXT) FROM contacts").await;
        agent.get("/admin/inbox").await;
        let reached = [("contact", id[0].as_str())];
        let shown = agent.post("/admin/inbox/contacts/reached", &reached).await;
        assert_eq!(shown.status, 303, "{}", shown.body);
        assert!(!agent.get("/admin/inbox").await.body.contains("xiaoming_88"));
        let audit = texts(&database.url, "SELECT action FROM audit").await;
        assert!(audit.contains(&"reach_asker".to_owned()), "{audit:?}");
    })
    .await;
}

#[tokio::test]
async fn it_goes_with_the_conversation_and_with_time() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        // nobody could take it: there is no hand-over, and it is kept all the same
        let askers = ["old", "erased", "new"].map(|name| Asker::on(&house, name));
        for asker in &askers {
            let heard = asker.hears("转人工").await;
            assert_eq!(heard, "human_nobody human_contact");
            let taken = asker.hears("ming@example.com").await;
            assert_eq!(taken, "contact_taken");
        }
        let mut agent = house.signed_in(AccountRole::Agent).await;
        let page = agent.get("/admin/inbox").await.body;
        assert_eq!(page.matches("ming@example.com").count(), 3, "{page}");
        let name = format!("web:{}", askers[1].conversation);
        let by = AuditActor::terminal(now());
        let erased = house.store.erasure().delete(by, &name).await.unwrap();
        assert!(
            erased
                .rows
                .iter()
                .any(|(table, rows)| table == "contacts" && *rows == 1),
            "{erased:?}"
        );
        let name = format!("web:{}", askers[0].conversation);
        database
            .sql(format!("UPDATE contacts SET at = 1000 WHERE conversation = '{name}'").leak())
            .await;
        let kept = Some(Duration::from_secs(24 * 3_600));
        let later = Timestamp(now().0 + 1_000);
        house
            .store
            .retention()
            .sweep(later, kept, true)
            .await
            .unwrap();
        let left = texts(&database.url, "SELECT conversation FROM contacts").await;
        assert_eq!(left, [format!("web:{}", askers[2].conversation)]);
        assert!(!format!("{:?}", house.store.contacts().list(9).await).contains("ming"));
    })
    .await;
}
