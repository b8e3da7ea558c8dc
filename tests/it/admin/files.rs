//! Data files saved in the browser, as large as the shipped ones are.

use super::{Browser, House, PASSWORD};
use crate::database::{Database, Engine};
use crate::server::Server;
use std::path::Path;
use wenlu::store::Store;
use wenlu::store::accounts::AccountRole;

/// The files that an operator may edit, with their texts.
fn shipped() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["intents", "content/zh", "content/en"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let is_of_all = ["lexicon.toml", "calibration.toml", "_bot.toml"];
            if !is_of_all.contains(&name.as_str()) {
                let path = format!("{folder}/{name}");
                let text = std::fs::read_to_string(root.join(&path)).unwrap();
                files.push((path, text));
            }
        }
    }
    files
}

/// What a form makes of it.
fn encoded(text: &str) -> usize {
    form_urlencoded::byte_serialize(text.as_bytes())
        .map(str::len)
        .sum()
}

async fn house() -> (Database, House) {
    let database = Database::new(Engine::Sqlite).await;
    let values = [
        ("DATABASE_URL", database.url.as_str()),
        ("WENLU_RATE_PER_MINUTE", "0"),
    ];
    let server = Server::start_shipped(&values).await;
    let store = Store::open(&database.url).await.unwrap();
    (database, House { server, store })
}

async fn save(browser: &mut Browser, path: &str, content: &str) -> super::Shown {
    let fields = [("path", path), ("content", content)];
    browser.post("/admin/files", &fields).await
}

#[tokio::test]
async fn the_largest_shipped_file_can_be_saved() {
    let (_database, house) = house().await;
    let mut operator = house.signed_in(AccountRole::Operator).await;
    let (path, text) = shipped()
        .into_iter()
        .max_by_key(|(_, text)| encoded(text))
        .unwrap();
    // over the limit of those who are not signed in
    assert!(encoded(&text) > 16_384, "{path}");
    let saved = save(&mut operator, &path, &format!("{text}\n# 一行\n")).await;
    assert_eq!(saved.status, 303, "{path}: {}", saved.body);
    assert!(saved.location.unwrap().starts_with("/admin/changes/"));

    // there is a limit nevertheless, and it is said
    let huge = save(&mut operator, &path, &"长".repeat(1_000_000)).await;
    assert!(
        huge.status == 413 && huge.body.contains("内容太长了"),
        "{}",
        huge.body
    );
    assert_eq!(operator.get("/admin").await.status, 200);
}

#[tokio::test]
async fn nobody_who_is_not_signed_in_sends_much() {
    let (_database, house) = house().await;
    house.account("ann", AccountRole::Admin).await;
    let mut stranger = house.browser();
    stranger.get("/admin/login").await;
    let long = "x".repeat(20_000);
    let fields = [("name", "ann"), ("password", long.as_str())];
    assert_eq!(stranger.post("/admin/login", &fields).await.status, 413);
    // nor with a cookie that is no session
    let invented = "0".repeat(64);
    stranger.cookies.insert("wenlu-session".into(), invented);
    let refused = save(&mut stranger, "intents/menu.toml", &long).await;
    assert_eq!(refused.status, 413);
    stranger.cookies.remove("wenlu-session");
    assert_eq!(stranger.sign_in("ann", PASSWORD, "").await.status, 303);
}
