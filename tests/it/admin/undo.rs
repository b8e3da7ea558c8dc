//! An undo is always possible: whatever fails then, whatever was changed since, whatever else is wrong.

use super::review::{read, until};
use super::turned::{draft_file, knowledge, until_live, write_live};
use super::{Browser, House};
use crate::database::{Database, on_both};
use std::fs;
use wenlu::store::accounts::AccountRole;
use wenlu::store::reviews::ChangeState;

const MOVE: &str = "content/zh/move.md";

/// Publishes a draft that has mistakes, failing tests or nothing in it, once all is known of it.
async fn publish(browser: &mut Browser, draft: &str, known_by: &str) -> u16 {
    let shown = until(browser, draft, known_by).await;
    let revision = shown
        .split("name=\"revision\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    browser
        .post(&format!("{draft}/publish"), &[("revision", &revision)])
        .await
        .status
}

async fn state(house: &House, id: i64) -> ChangeState {
    house
        .store
        .reviews()
        .change(id)
        .await
        .unwrap()
        .unwrap()
        .state
}

/// A published change of a file, by its page.
async fn published(house: &House, browser: &mut Browser, path: &str, content: &str) -> String {
    let draft = draft_file(browser, path, content).await;
    assert_eq!(publish(browser, &draft, "class=\"verdict\"").await, 303);
    until_live(house).await;
    draft
}

/// A house where a reply was changed: its operator, the text before, and the change's page.
async fn first_version(database: &Database) -> (House, Browser, String, String) {
    let house = House::on(database, &[]).await;
    let mut browser = house.signed_in(AccountRole::Operator).await;
    let before = read(&house, MOVE);
    let change = published(&house, &mut browser, MOVE, "# 迁移\n\n第一版。\n").await;
    (house, browser, before, change)
}

async fn undo_of(browser: &mut Browser, change: &str) -> String {
    browser
        .post(&format!("{change}/undo"), &[])
        .await
        .location
        .unwrap()
}

#[tokio::test]
async fn with_tests_that_fail_then() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let mut browser = house.signed_in(AccountRole::Operator).await;
        let close = read(&house, "intents/close.toml");
        let more = close.replace("examples = [", "examples = [\"这个号不想留了\", ");
        let first = published(&house, &mut browser, "intents/close.toml", &more).await;
        // somebody relies on it since
        write_live(
            &house,
            "intents/close.toml",
            &format!("{more}[[test]]\nsay = \"号不想留了啊\"\n"),
        )
        .await;
        assert_eq!(knowledge(&house).await["failing"], 0);

        let undo = undo_of(&mut browser, &first).await;
        let shown = until(&mut browser, &undo, "撤销以后，这些测试会不过").await;
        assert!(!shown.contains("data-key=\"p\" disabled"), "{shown}");
        assert_eq!(publish(&mut browser, &undo, "class=\"verdict\"").await, 303);
        assert_eq!(state(&house, 1).await, ChangeState::Undone);
        until(&mut browser, &undo, "已经生效").await;
        let knowledge = knowledge(&house).await;
        assert_eq!(
            (&knowledge["failing"], &knowledge["last_attempt"]),
            (&1.into(), &"ok".into()),
            "{knowledge}"
        );
        assert!(
            knowledge["failing_tests"][0]["before"]
                .as_str()
                .unwrap()
                .contains("（close）"),
            "{knowledge}"
        );
        assert!(browser.get("/admin").await.body.contains("有 1 条测试不过"));
        // a hand edit of the same intent that leaves it failing is not held against whoever makes it
        let now = read(&house, "intents/close.toml");
        write_live(&house, "intents/close.toml", &format!("# 看过\n{now}")).await;
    })
    .await;
}

#[tokio::test]
async fn where_the_same_lines_were_changed_since() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let mut browser = house.signed_in(AccountRole::Reviewer).await;
        let mut operator = house.signed_in(AccountRole::Operator).await;
        let change = published(&house, &mut operator, MOVE, "# 迁移\n\n第一版。\n").await;
        write_live(&house, MOVE, "# 迁移\n\n手工改的。\n").await;
        let undo = undo_of(&mut browser, &change).await;
        let shown = until(&mut browser, &undo, "这样写不能用").await;
        for part in [
            "里同一个地方后来又有人改过",
            "手工改的。",
            "openid **不会变**。",
            "data-key=\"p\" disabled",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        let refused = browser
            .post(&format!("{undo}/publish"), &[("revision", "1")])
            .await;
        assert_eq!(refused.status, 409);
        assert_eq!(read(&house, MOVE), "# 迁移\n\n手工改的。\n");
        let chosen = "# 迁移\n\nopenid **不会变**，手工改的。\n";
        let sent = [("revision", "1"), ("path", MOVE), ("content", chosen)];
        assert_eq!(
            browser.post(&format!("{undo}/file"), &sent).await.status,
            303
        );
        assert_eq!(publish(&mut browser, &undo, "class=\"verdict\"").await, 303);
        assert_eq!(
            (read(&house, MOVE).as_str(), state(&house, 1).await),
            (chosen, ChangeState::Undone)
        );
    })
    .await;
}

#[tokio::test]
async fn where_it_was_changed_again_while_the_undo_was_looked_at() {
    on_both(async |database| {
        let (house, mut browser, _, change) = first_version(&database).await;
        let undo = undo_of(&mut browser, &change).await;
        write_live(&house, MOVE, "# 迁移\n\n手工改的。\n").await;
        assert!(browser.get(&undo).await.body.contains("这期间文件变了"));
        assert_eq!(
            browser
                .post(&format!("{undo}/rework"), &[("revision", "1")])
                .await
                .status,
            303
        );
        until(&mut browser, &undo, "里同一个地方后来又有人改过").await;
        let sent = [
            ("revision", "2"),
            ("path", MOVE),
            ("content", "# 迁移\n\n手工改的。\n"),
        ];
        assert_eq!(
            browser.post(&format!("{undo}/file"), &sent).await.status,
            303
        );
        assert!(
            browser
                .get(&undo)
                .await
                .body
                .contains("文件里已经没有这个修改的内容了")
        );
        assert_eq!(publish(&mut browser, &undo, "class=\"verdict\"").await, 303);
        assert_eq!(state(&house, 1).await, ChangeState::Undone);
    })
    .await;
}

#[tokio::test]
async fn where_nothing_is_left_of_it() {
    on_both(async |database| {
        let (house, mut browser, before, change) = first_version(&database).await;
        write_live(&house, MOVE, &before).await;
        let undo = undo_of(&mut browser, &change).await;
        let shown = until(&mut browser, &undo, "class=\"verdict\"").await;
        assert!(shown.contains("文件里已经没有这个修改的内容了"), "{shown}");
        assert_eq!(publish(&mut browser, &undo, "class=\"verdict\"").await, 303);
        assert_eq!(
            (read(&house, MOVE), state(&house, 1).await),
            (before, ChangeState::Undone)
        );
    })
    .await;
}

#[tokio::test]
async fn while_something_else_is_wrong() {
    on_both(async |database| {
        let (house, mut browser, before, change) = first_version(&database).await;
        let close = super::review::file(&house, "intents/close.toml");
        let good = fs::read_to_string(&close).unwrap();
        fs::write(&close, "title = 1\n").unwrap();
        // any other draft has to wait for it
        let other = draft_file(&mut browser, MOVE, "# 迁移\n\n第二版。\n").await;
        until(&mut browser, &other, "文件里本来就有").await;
        let refused = browser
            .post(&format!("{other}/publish"), &[("revision", "1")])
            .await;
        assert_eq!(refused.status, 409);
        let undo = undo_of(&mut browser, &change).await;
        assert_eq!(
            publish(&mut browser, &undo, "不是这次撤销造成的").await,
            303
        );
        assert_eq!(
            (read(&house, MOVE), state(&house, 1).await),
            (before, ChangeState::Undone)
        );
        fs::write(&close, good).unwrap();
        until_live(&house).await;
    })
    .await;
}

#[tokio::test]
async fn that_brings_a_mistake_of_another_file_to_light() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let mut browser = house.signed_in(AccountRole::Operator).await;
        let new =
            "title = \"认证\"\ngap = true\nexamples = [\"怎么做微信认证\", \"认证要多少钱\"]\n";
        let change = published(&house, &mut browser, "intents/verify.toml", new).await;
        let close = read(&house, "intents/close.toml");
        write_live(
            &house,
            "intents/close.toml",
            &format!("related = [\"verify\"]\n{close}"),
        )
        .await;
        let undo = undo_of(&mut browser, &change).await;
        let shown = until(&mut browser, &undo, "这样写不能用").await;
        assert!(
            shown.contains("一起改有错误的") && shown.contains("intents/close.toml"),
            "{shown}"
        );
        let sent = [
            ("revision", "1"),
            ("path", "intents/close.toml"),
            ("content", close.as_str()),
        ];
        assert_eq!(
            browser.post(&format!("{undo}/file"), &sent).await.status,
            303
        );
        assert_eq!(publish(&mut browser, &undo, "class=\"verdict\"").await, 303);
        assert_eq!(
            (read(&house, "intents/close.toml"), state(&house, 1).await),
            (close, ChangeState::Undone)
        );
        until_live(&house).await;
    })
    .await;
}
