//! The operators' pages as people meet them: headless Chromium, a phone's size and a desktop's, light and dark, with the
//! keyboard alone. `WENLU_SHOTS=FOLDER` keeps what it saw.

use super::pages::ask;
use super::{House, PASSWORD};
use crate::browser::{DESKTOP, PHONE, Page, on_page};
use crate::database::{Database, Engine};
use fantoccini::key::Key;
use serde_json::{Value, json};
use wenlu::store::accounts::Role;

/// What has no name for those who listen, and what is too small for a thumb.
const NAMELESS: &str = "return [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')].filter((node) => \
    node.offsetParent && !(node.innerText || node.getAttribute('aria-label') || node.labels?.length)).map((node) => node.outerHTML)";

async fn walk(page: Page) {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    house.account("ann", Role::Admin).await;
    for (conversation, texts) in [
        ("a", &["今晚的月亮圆不圆", "小程序怎么注销", "多谢"][..]),
        ("b", &["今晚的月亮圆不圆", "小程序迁移后 openid 变不变", "转人工"]),
        (
            "c",
            &[
                "小程序怎么收款",
                "想把很长很长的一句话放进来看看它在手机上会不会把页面撑破，尤其是 averylongwordwithoutanyspacesinitatallwhichgoesonandon",
                "我要注销小程序",
            ],
        ),
    ] {
        for text in texts {
            ask(&house, conversation, text).await;
        }
    }
    let url = |path: &str| house.server.url(path);

    // Not signed in: the entrance, and the first thing that is typed is the name.
    page.client.goto(&url("/admin")).await.unwrap();
    page.until("location.pathname === '/admin/login' && document.activeElement.name === 'name'").await;
    page.shot("01-login").await;
    let tab = char::from(Key::Tab);
    page.keys(&format!("ann{tab}wrong password{}", char::from(Key::Enter))).await;
    page.until("document.querySelector('.note.bad') && document.activeElement.name === 'password'").await;
    page.shot("02-wrong").await;
    page.keys(&format!("{PASSWORD}{}", char::from(Key::Enter))).await;
    page.until("location.pathname === '/admin'").await;
    // That a password was wrong the browser notes as a failure; nothing else may be.
    let log = page.driver("se/log", json!({"type": "browser"})).await;
    assert!(log.as_array().unwrap().iter().all(|line| line.to_string().contains("401")), "{log}");

    for (number, (path, what)) in [
        ("/admin", "overview"),
        ("/admin/questions", "questions"),
        ("/admin/conversations/1", "conversation"),
        ("/admin/intents", "intents"),
        ("/admin/intents/close", "intent"),
        ("/admin/try?text=小程序怎么注销", "try"),
        ("/admin/journal", "journal"),
        ("/admin/accounts", "accounts"),
        ("/admin/audit", "audit"),
        ("/admin/me", "me"),
        ("/admin/me/second", "second"),
    ]
    .into_iter()
    .enumerate()
    {
        page.client.goto(&url(path)).await.unwrap();
        page.until("document.readyState === 'complete' && document.querySelector('main h1') && !document.querySelector('[data-reload]')").await;
        page.shot(&format!("{:02}-{what}", number + 3)).await;
        page.is_sound(&house.server).await;
        assert_eq!(page.run(NAMELESS).await, json!([]), "{path}");
        assert_eq!(barriers(&page).await, json!([]), "{path}");
        assert_eq!(page.run("return document.querySelectorAll('main').length").await, json!(1), "{path}");
    }
}

/// What axe-core finds serious or critical, where `WENLU_AXE` names its file.
async fn barriers(page: &Page) -> Value {
    let Ok(file) = std::env::var("WENLU_AXE") else { return json!([]) };
    page.run(&std::fs::read_to_string(file).unwrap()).await;
    let script = "const [done] = arguments; axe.run().then((found) => done(found.violations.filter((one) => \
                  ['serious', 'critical'].includes(one.impact)).map((one) => [one.id, one.nodes.map((node) => node.html)])))";
    page.client.execute_async(script, vec![]).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_phone() {
    on_page("admin-phone-light", PHONE, false, walk).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_phone_in_the_dark() {
    on_page("admin-phone-dark", PHONE, true, walk).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_desktop() {
    on_page("admin-desktop-light", DESKTOP, false, walk).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_desktop_in_the_dark() {
    on_page("admin-desktop-dark", DESKTOP, true, walk).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_with_the_keyboard_alone() {
    on_page("admin-keyboard", DESKTOP, false, by_keyboard).await;
}

async fn by_keyboard(page: Page) {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    house.account("ann", Role::Reviewer).await;
    for text in ["今晚的月亮圆不圆", "附近哪里有好吃的面", "小程序怎么收款"] {
        ask(&house, "a", text).await;
    }
    let enter = char::from(Key::Enter);
    page.client.goto(&house.server.url("/admin/login")).await.unwrap();
    page.until("document.activeElement.name === 'name'").await;
    page.keys(&format!("ann{}{PASSWORD}{enter}", char::from(Key::Tab))).await;
    page.until("location.pathname === '/admin'").await;
    // The first stop leads past the menu.
    page.keys(&char::from(Key::Tab).to_string()).await;
    page.until("document.activeElement.className === 'skip'").await;

    page.client.goto(&house.server.url("/admin/questions")).await.unwrap();
    page.find("[data-row]").await;
    let focused = "return document.activeElement.innerText";
    let mut seen = Vec::new();
    for key in ["j", "j", "j", "j", "k"] {
        page.keys(key).await;
        seen.push(page.run(focused).await.as_str().unwrap().to_owned());
    }
    assert_eq!(
        seen,
        ["小程序怎么收款", "附近哪里有好吃的面", "今晚的月亮圆不圆", "今晚的月亮圆不圆", "附近哪里有好吃的面"]
    );
    page.keys("?").await;
    page.until("document.getElementById('keys').open").await;
    page.shot("1-keys").await;
    page.keys(&enter.to_string()).await;
    page.until("!document.getElementById('keys').open").await;
    page.keys("k").await;
    page.keys(&enter.to_string()).await;
    page.until("location.pathname.startsWith('/admin/conversations/')").await;
    page.until("document.querySelector('.here .said')?.innerText.length > 0").await;

    page.client.goto(&house.server.url("/admin/journal")).await.unwrap();
    page.find("input[type=search]").await;
    page.run("document.body.focus()").await;
    page.keys("/").await;
    page.until("document.activeElement.type === 'search'").await;
    page.keys(&format!("面{enter}")).await;
    page.until("document.querySelectorAll('tr[data-row]').length === 1").await;
}
