//! The reviewer's desk: several clusters at once, questions that stand in the wrong one, and finding an intent.

use super::House;
use super::pages::ask;
use super::review::all_clusters;
use crate::database::{Database, Engine, on_both};
use wenlu::store::accounts::AccountRole;

const ASKED: &[&str] = &[
    "附近哪里有好吃的牛肉面",
    "附近哪里有好吃的牛肉面呢",
    "请问附近哪里有好吃的牛肉面",
    "给我讲个相声听听",
    "周末去哪儿爬山好",
];

async fn desk(database: &Database) -> House {
    let house = House::on(database, &[]).await;
    for (number, text) in ASKED.iter().enumerate() {
        ask(&house, &format!("c{number}"), text).await;
    }
    house
}

fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

#[tokio::test]
async fn clusters_are_merged_split_and_moved_by_hand() {
    on_both(async |database| {
        let house = desk(&database).await;
        let mut browser = house.signed_in(AccountRole::Reviewer).await;
        let paths = all_clusters(&mut browser).await;
        assert_eq!(paths.len(), 3, "{paths:?}");
        let ids: Vec<String> = paths.iter().map(|path| id(path).to_owned()).collect();

        let one = [("cluster", ids[1].as_str()), ("action", "merge")];
        assert_eq!(browser.post("/admin/clusters/act", &one).await.status, 400);
        let two = [
            ("cluster", ids[1].as_str()),
            ("cluster", ids[2].as_str()),
            ("action", "merge"),
        ];
        let merged = browser.post("/admin/clusters/act", &two).await;
        let merged = merged.location.unwrap();
        let shown = browser.get(&merged).await.body;
        assert!(shown.contains("相声") && shown.contains("爬山"), "{shown}");
        assert_eq!(all_clusters(&mut browser).await.len(), 2);

        // the wording that founded the cluster leaves it
        let own = id(&merged).to_owned();
        let split = format!("{merged}/split");
        let moved = browser
            .post(&split, &[("said", own.as_str()), ("into", "")])
            .await;
        let moved = moved.location.unwrap();
        assert_ne!(moved, merged);
        assert_eq!(all_clusters(&mut browser).await.len(), 3);
        // and joins another one
        let into = [("said", own.as_str()), ("into", ids[0].as_str())];
        let joined = browser.post(&format!("{moved}/split"), &into).await;
        assert_eq!(joined.location.as_deref(), Some(paths[0].as_str()));
        let shown = browser.get(&paths[0]).await.body;
        assert!(shown.contains("牛肉面"), "{shown}");
        assert_eq!(all_clusters(&mut browser).await.len(), 2);
        let nothing = browser.post(&split, &[("into", "")]).await;
        assert_eq!(nothing.status, 400);
        let mut admin = house.signed_in(AccountRole::Admin).await;
        let audit = admin.get("/admin/audit").await.body;
        assert!(audit.contains("合并几类问题") && audit.contains("移动提问"));
    })
    .await;
}

#[tokio::test]
async fn several_clusters_are_dealt_with_at_once() {
    let database = Database::new(Engine::Sqlite).await;
    let house = desk(&database).await;
    let mut browser = house.signed_in(AccountRole::Reviewer).await;
    let paths = all_clusters(&mut browser).await;
    let ids: Vec<&str> = paths.iter().map(|path| id(path)).collect();
    let none = browser
        .post("/admin/clusters/act", &[("action", "ignore")])
        .await;
    assert_eq!(none.status, 400);
    let mine = [("cluster", ids[1]), ("cluster", ids[2]), ("action", "mine")];
    assert_eq!(browser.post("/admin/clusters/act", &mine).await.status, 303);
    let shown = browser.get("/admin/clusters?show=mine").await.body;
    assert!(shown.contains("2 类，共 2 次提问"), "{shown}");

    let both = [("cluster", ids[0]), ("cluster", ids[1])];
    let act = |action| [&both[..], &[("action", action)]].concat();
    let unchosen = browser.post("/admin/clusters/act", &act("example")).await;
    assert!(unchosen.body.contains("没有选意图"), "{}", unchosen.body);
    let draft = browser
        .post("/admin/clusters/act", &act("out-of-scope"))
        .await;
    let draft = browser.get(&draft.location.unwrap()).await.body;
    // one wording of the three that say the same
    assert!(
        draft.contains("牛肉面") && draft.contains("相声"),
        "{draft}"
    );
    assert!(!draft.contains("请问附近"), "{draft}");

    let ignored = browser.post("/admin/clusters/act", &act("ignore")).await;
    assert_eq!(ignored.status, 303);
    assert_eq!(all_clusters(&mut browser).await.len(), 1);
}

#[tokio::test]
async fn clusters_and_intents_are_found_by_what_was_said() {
    let database = Database::new(Engine::Sqlite).await;
    let house = desk(&database).await;
    let mut browser = house.signed_in(AccountRole::Reviewer).await;
    let found = browser
        .get("/admin/clusters?q=%E7%88%AC%E5%B1%B1")
        .await
        .body;
    assert!(found.contains("爬山") && !found.contains("相声"), "{found}");
    let found = browser.get("/admin/clusters?reason=unknown").await.body;
    assert!(found.contains("爬山") && found.contains("相声"), "{found}");
    let none = browser.get("/admin/clusters?q=zzz").await.body;
    assert!(none.contains("没有找到"), "{none}");

    let found = browser
        .get("/admin/find-intent?text=%E6%B3%A8%E9%94%80")
        .await
        .body;
    assert!(
        found.contains("data-intent=\"close\"") && found.contains("把握"),
        "{found}"
    );

    // where the bot has no candidate, none is chosen for the reviewer
    for path in all_clusters(&mut browser).await {
        let page = browser.get(&path).await.body;
        let has_near = page.contains("optgroup label=\"最接近的\"");
        let is_open = page.contains("<option value=\"\" selected>请选一个意图");
        assert_ne!(has_near, is_open, "{page}");
        assert!(
            !page.contains("name=\"whole\" value=\"yes\" checked"),
            "{page}"
        );
    }
    let nothing = [
        ("cluster", "5"),
        ("said", "5"),
        ("action", "example"),
        ("intent", ""),
    ];
    assert_eq!(browser.post("/admin/changes", &nothing).await.status, 400);
}
