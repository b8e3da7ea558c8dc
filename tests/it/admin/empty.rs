//! A server on a folder in which nothing is written yet, as `wenlu init --empty` leaves it.

use super::review::{answer, publish, until};
use super::{Browser, House};
use crate::database::{Database, Engine, on_both};
use crate::small;
use std::path::Path;
use std::time::{Duration, Instant};
use wenlu::store::accounts::AccountRole;

const TABLE: &str =
    "问题,答案\n电子发票开在哪里,在订单详情里申请。\n怎么开电子发票,在订单详情里申请。\n";
const QUESTION: &str = "怎么开电子发票";

/// In the place of the knowledge in `root`.
fn empty(root: &Path) {
    for folder in ["intents", "content", "schema"] {
        let _ = std::fs::remove_dir_all(root.join(folder));
    }
    let made = small::wenlu(root, &["init", ".", "--empty"]);
    assert!(made.status.success(), "{made:?}");
}

/// The draft of an uploaded table.
async fn uploaded(browser: &mut Browser) -> String {
    browser.get("/admin/import").await;
    let token = browser.form_token.clone();
    let shown = browser.upload("faq.csv", TABLE.as_bytes(), &token).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    let (_, rest) = shown.body.split_once("href=\"/admin/changes/").unwrap();
    format!("/admin/changes/{}", rest.split('"').next().unwrap())
}

/// Until the question is answered, or not.
async fn until_answered(house: &House, wanted: bool) {
    let begun = Instant::now();
    while (answer(house, QUESTION).await["decision"] == "answer") != wanted {
        assert!(begun.elapsed() < Duration::from_secs(60), "never {wanted}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn from_an_empty_folder_to_an_answer_and_back() {
    on_both(async |database| {
        let house = House::with(&database, &[], empty).await;
        // nobody is told that other words would help
        for text in [QUESTION, "你好", "主题", "转人工"] {
            let said = answer(&house, text).await;
            assert_ne!(said["decision"], "answer", "{said}");
            assert!(!said["replies"][0]["text"].as_str().unwrap().is_empty());
        }
        let said = answer(&house, QUESTION).await;
        let reply = said["replies"][0].to_string();
        assert!(
            reply.contains("还在准备") && reply.contains("转人工"),
            "{said}"
        );

        let mut browser = house.signed_in(AccountRole::Operator).await;
        for path in [
            "/admin",
            "/admin/intents",
            "/admin/clusters",
            "/admin/try?text=发票",
        ] {
            let shown = browser.get(path).await;
            assert_eq!(shown.status, 200, "{path}: {}", shown.body);
        }
        let draft = uploaded(&mut browser).await;
        assert_eq!(publish(&mut browser, &draft).await.status, 303);
        until_answered(&house, true).await;

        // undoing it leaves nothing again
        let undo = browser.post(&format!("{draft}/undo"), &[]).await;
        let undo = undo.location.unwrap();
        assert_eq!(publish(&mut browser, &undo).await.status, 303);
        until_answered(&house, false).await;
        let said = answer(&house, QUESTION).await;
        assert!(said.to_string().contains("还在准备"), "{said}");
    })
    .await;
}

/// Files that are gone are more likely lost than meant.
#[tokio::test]
async fn a_folder_that_is_emptied_by_hand_does_not_silence_what_serves() {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::with(&database, &[], empty).await;
    let mut browser = house.signed_in(AccountRole::Operator).await;
    let draft = uploaded(&mut browser).await;
    assert_eq!(publish(&mut browser, &draft).await.status, 303);
    until_answered(&house, true).await;
    let folder = house.server.folder.path().to_owned();
    let away = folder.join("away");
    std::fs::create_dir(&away).unwrap();
    for file in std::fs::read_dir(folder.join("intents")).unwrap().flatten() {
        std::fs::rename(file.path(), away.join(file.file_name())).unwrap();
    }
    for reply in std::fs::read_dir(folder.join("content/zh"))
        .unwrap()
        .flatten()
    {
        std::fs::remove_file(reply.path()).unwrap();
    }
    until(&mut browser, "/admin", "E011").await;
    until_answered(&house, true).await;
    // neither does a start
    let values = [
        ("DATABASE_URL", database.url.as_str()),
        ("WENLU_RATE_PER_MINUTE", "0"),
    ];
    let restarted = house.server.restart_with(&values, async {});
    let house = House {
        server: restarted.await,
        store: house.store,
    };
    until_answered(&house, true).await;
}

#[test]
fn a_check_says_that_nothing_is_there() {
    let folder = tempfile::tempdir().unwrap();
    empty(folder.path());
    let checked = small::wenlu(folder.path(), &["check"]);
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(
        said.contains("W002") && said.contains("/admin/import"),
        "{said}"
    );
    assert_eq!(checked.status.code(), Some(0), "{said}");
    for args in [
        &["doctor"][..],
        &["route", QUESTION],
        &["explain", QUESTION],
        &["export", "--to", "csv", "out"],
    ] {
        let done = small::wenlu(folder.path(), args);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!said.contains("panicked"), "{args:?}: {said}");
    }
}
