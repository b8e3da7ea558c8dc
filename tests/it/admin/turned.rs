//! Tests of other intents that a draft turns: shown apart, and published by those who may, with a reason that is kept.

use super::review::{file, read, until};
use super::{Browser, House};
use crate::database::{Database, on_both};
use serde_json::Value;
use std::fs;
use std::time::{Duration, Instant};
use wenlu::source::KnowledgeSource;
use wenlu::store::accounts::AccountRole;
use wenlu::store::audit::AuditAction;

const TEST: &str = "怎么把小程序注销掉";

/// What `/readyz` says of the knowledge.
pub(super) async fn knowledge(house: &House) -> Value {
    reqwest::get(house.server.url("/readyz"))
        .await
        .unwrap()
        .json::<Value>()
        .await
        .unwrap()["knowledge"]
        .clone()
}

/// Writes a file by hand and waits until what stands on the disk serves.
pub(super) async fn write_live(house: &House, path: &str, text: &str) {
    fs::write(file(house, path), text).unwrap();
    until_live(house).await;
}

pub(super) async fn until_live(house: &House) {
    let version = KnowledgeSource::Folder(house.server.folder.path().to_owned())
        .files()
        .version();
    let begun = Instant::now();
    loop {
        let knowledge = knowledge(house).await;
        if knowledge["version"] == version {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "{knowledge}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A draft of a file, as it is written by hand on the pages.
pub(super) async fn draft_file(browser: &mut Browser, path: &str, content: &str) -> String {
    browser
        .post("/admin/files", &[("path", path), ("content", content)])
        .await
        .location
        .unwrap()
}

/// `close` has a test, and a draft gives what it says to `move`.
async fn house(database: &Database) -> (House, String) {
    let house = House::on(database, &[]).await;
    let close = read(&house, "intents/close.toml");
    write_live(
        &house,
        "intents/close.toml",
        &format!("{close}[[test]]\nsay = \"{TEST}\"\n"),
    )
    .await;
    let taking = read(&house, "intents/move.toml")
        .replace("examples = [", &format!("examples = [\"{TEST}呢\", "));
    let mut operator = house.signed_in(AccountRole::Operator).await;
    let draft = draft_file(&mut operator, "intents/move.toml", &taking).await;
    (house, draft)
}

#[tokio::test]
async fn it_takes_a_reason_and_the_log_keeps_it() {
    on_both(async |database| {
        let (house, draft) = house(&database).await;
        let mut operator = house.signed_in(AccountRole::Operator).await;
        let shown = until(&mut operator, &draft, "别的意图有 1 条测试会变").await;
        for part in [
            TEST,
            "原来：回答（answer），「怎么注销小程序」（close）",
            "→ 现在：",
            "name=\"reason\"",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        let publish = format!("{draft}/publish");
        let refused = operator
            .post(&publish, &[("revision", "1"), ("reason", "  ")])
            .await;
        assert_eq!(
            (refused.status, refused.body.contains("还没有写理由")),
            (409, true)
        );

        let mut reviewer = house.signed_in(AccountRole::Reviewer).await;
        let shown = reviewer.get(&draft).await.body;
        assert!(
            shown.contains("请有运营角色的同事看过") && !shown.contains("name=\"reason\""),
            "{shown}"
        );
        let forbidden = reviewer
            .post(&publish, &[("revision", "1"), ("reason", "就该这样")])
            .await;
        assert_eq!(forbidden.status, 403);
        assert!(!read(&house, "intents/move.toml").contains(TEST));

        let long = "长".repeat(301);
        let refused = operator
            .post(&publish, &[("revision", "1"), ("reason", &long)])
            .await;
        assert_eq!(
            (refused.status, refused.body.contains("理由太长了")),
            (400, true)
        );

        let sent = [("revision", "1"), ("reason", "注销并进了迁移")];
        assert_eq!(operator.post(&publish, &sent).await.status, 303);
        until(&mut operator, &draft, "已经生效").await;
        let log = house
            .store
            .audit()
            .entries(i64::MAX, 1)
            .await
            .unwrap()
            .remove(0);
        assert_eq!(
            (log.action, log.actor.as_str(), log.subject.as_str()),
            (AuditAction::Publish, "operator", "#1")
        );
        for part in [
            "理由：注销并进了迁移",
            "close「怎么把小程序注销掉」→ ",
            "（move）",
        ] {
            assert!(log.detail.contains(part), "{part}: {}", log.detail);
        }
        // what was accepted is not complained of any more
        let knowledge = knowledge(&house).await;
        assert_eq!(
            (&knowledge["failing"], &knowledge["last_attempt"]),
            (&0.into(), &"ok".into()),
            "{knowledge}"
        );
        assert!(!operator.get("/admin").await.body.contains("条测试不过"));
    })
    .await;
}

#[tokio::test]
async fn turned_by_hand_it_stands_on_the_overview_until_it_is_accepted() {
    on_both(async |database| {
        let (house, _) = house(&database).await;
        let before = read(&house, "intents/move.toml");
        let taking = read(&house, "intents/move.toml")
            .replace("examples = [", &format!("examples = [\"{TEST}呢\", "));
        write_live(&house, "intents/move.toml", &taking).await;
        assert_eq!(knowledge(&house).await["failing"], 1);
        let mut viewer = house.signed_in(AccountRole::Viewer).await;
        let shown = viewer.get("/admin").await.body;
        assert!(
            shown.contains("有 1 条测试不过")
                && shown.contains(TEST)
                && !shown.contains("认可这些"),
            "{shown}"
        );

        let mut operator = house.signed_in(AccountRole::Operator).await;
        let shown = operator.get("/admin").await.body;
        let version = shown
            .split("name=\"version\" value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .to_owned();
        let other = operator
            .post(
                "/admin/tests/accept",
                &[("version", "other"), ("reason", "好")],
            )
            .await;
        assert_eq!(
            (other.status, other.body.contains("知识刚刚换了版本")),
            (409, true)
        );
        let sent = [("version", version.as_str()), ("reason", "本来就该去迁移")];
        assert_eq!(
            operator.post("/admin/tests/accept", &sent).await.status,
            303
        );
        assert!(!operator.get("/admin").await.body.contains("条测试不过"));
        assert_eq!(knowledge(&house).await["failing"], 0);
        let log = house
            .store
            .audit()
            .entries(i64::MAX, 1)
            .await
            .unwrap()
            .remove(0);
        assert_eq!(log.action, AuditAction::AcceptTests);
        assert!(
            log.detail.contains("理由：本来就该去迁移"),
            "{}",
            log.detail
        );

        // what serves changes, and the test fails as it did: it stays accepted
        write_live(&house, "intents/move.toml", &format!("# 看过\n{taking}")).await;
        assert_eq!(knowledge(&house).await["failing"], 0);
        assert_eq!(
            house
                .store
                .knowledge()
                .accepted_tests()
                .await
                .unwrap()
                .len(),
            1
        );
        // mended, and broken once more in the same way: nobody has accepted that
        write_live(&house, "intents/move.toml", &before).await;
        let begun = Instant::now();
        while !house
            .store
            .knowledge()
            .accepted_tests()
            .await
            .unwrap()
            .is_empty()
        {
            assert!(
                begun.elapsed() < Duration::from_secs(120),
                "the acceptance stays"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        write_live(&house, "intents/move.toml", &taking).await;
        assert_eq!(knowledge(&house).await["failing"], 1);
        assert!(
            operator
                .get("/admin")
                .await
                .body
                .contains("有 1 条测试不过")
        );
    })
    .await;
}
