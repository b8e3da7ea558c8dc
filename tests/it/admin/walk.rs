//! The operators' pages as people meet them: headless Chromium, a phone's size and a desktop's, light and dark, with the
//! keyboard alone. `WENLU_SHOTS=FOLDER` keeps what it saw.

use super::pages::ask;
use super::{House, PASSWORD};
use crate::browser::{DESKTOP, PHONE, Page, on_page};
use crate::database::{Database, Engine};
use fantoccini::key::Key;
use serde_json::json;
use wenlu::store::accounts::AccountRole;

/// What has no name for those who listen, and what is too small for a thumb.
const NAMELESS: &str = "return [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')].filter((node) => \
    node.offsetParent && !(node.textContent.trim() || node.getAttribute('aria-label') || node.labels?.length)).map((node) => node.outerHTML)";

async fn walk(page: Page) {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    house.account("ann", AccountRole::Admin).await;
    for (conversation, texts) in [
        ("a", &["今晚的月亮圆不圆", "小程序怎么注销", "多谢"][..]),
        (
            "b",
            &["今晚的月亮圆不圆", "小程序迁移后 openid 变不变", "转人工"],
        ),
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
    page.until("location.pathname === '/admin/login' && document.activeElement.name === 'name'")
        .await;
    page.shot("01-login").await;
    let tab = char::from(Key::Tab);
    page.keys(&format!("ann{tab}wrong password{}", char::from(Key::Enter)))
        .await;
    page.until("document.querySelector('.note.bad') && document.activeElement.name === 'password'")
        .await;
    page.shot("02-wrong").await;
    page.keys(&format!("{PASSWORD}{}", char::from(Key::Enter)))
        .await;
    page.until("location.pathname === '/admin'").await;
    // That a password was wrong the browser notes as a failure; nothing else may be.
    let log = page.driver("se/log", json!({"type": "browser"})).await;
    assert!(
        log.as_array()
            .unwrap()
            .iter()
            .all(|line| line.to_string().contains("401")),
        "{log}"
    );

    for (number, (path, what)) in [
        ("/admin", "overview"),
        ("/admin/clusters", "clusters"),
        ("/admin/clusters?show=mine", "clusters-none"),
        ("/admin/clusters/1", "cluster"),
        ("/admin/questions", "questions"),
        ("/admin/turns/2", "turn"),
        ("/admin/changes", "changes-none"),
        ("/admin/files?path=intents/close.toml", "file"),
        ("/admin/conversations/1", "conversation"),
        ("/admin/intents", "intents"),
        ("/admin/intents/close", "intent"),
        ("/admin/write", "write-new"),
        ("/admin/write?intent=close", "write"),
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
        assert_eq!(page.barriers().await, json!([]), "{path}");
        assert_eq!(
            page.run("return document.querySelectorAll('main').length")
                .await,
            json!(1),
            "{path}"
        );
    }
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

/// Sign in, open the largest cluster, promote it, see diff and replay, publish, ask in the chat, undo.
async fn the_loop(page: Page) {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    house.account("ann", AccountRole::Operator).await;
    for (conversation, text) in [
        ("a", "给我讲个相声听听"),
        ("b", "讲个相声听听"),
        ("c", "请给我讲个相声听听吧"),
        ("d", "附近哪里有好吃的牛肉面"),
    ] {
        ask(&house, conversation, text).await;
    }
    let url = |path: &str| house.server.url(path);
    let sound = async |name: &str| {
        page.shot(name).await;
        page.is_sound(&house.server).await;
        assert_eq!(page.run(NAMELESS).await, json!([]), "{name}");
        assert_eq!(page.barriers().await, json!([]), "{name}");
    };
    sign_in(&page, &house).await;

    page.client.goto(&url("/admin/clusters")).await.unwrap();
    page.click("a.asked").await;
    page.until("document.querySelectorAll('.pick input:checked').length === 3")
        .await;
    sound("21-cluster").await;
    page.run("document.querySelector('select[name=intent]').value = 'close'")
        .await;
    page.press("加为它的例句").await;
    page.until("document.querySelector('.verdict')?.innerText.startsWith('多答 3 次，改变 0 次，答不上 0 次')").await;
    page.until("document.querySelectorAll('.diff .plus').length > 0")
        .await;
    sound("22-draft").await;
    page.press("发布").await;
    page.until("document.querySelector('main').innerText.includes('已经生效')")
        .await;
    sound("23-published").await;

    page.client.goto(&url("/")).await.unwrap();
    page.ask("讲个相声听听").await;
    page.until("document.body.innerText.includes('第 1 步，共 4 步')")
        .await;
    page.shot("24-chat").await;

    page.client.goto(&url("/admin/changes")).await.unwrap();
    sound("25-changes").await;
    page.click("li[data-row] a").await;
    page.press("撤销").await;
    page.until("document.querySelector('.verdict')?.innerText.includes('答不上 4 次')")
        .await;
    sound("26-undo").await;
    page.press("发布").await;
    page.until("document.querySelector('main').innerText.includes('已经生效')")
        .await;
    page.client.goto(&url("/admin/clusters")).await.unwrap();
    page.until("document.querySelector('a.asked').innerText.includes('相声')")
        .await;
    sound("27-open-again").await;
}

pub(super) async fn sign_in(page: &Page, house: &House) {
    page.client
        .goto(&house.server.url("/admin/login"))
        .await
        .unwrap();
    page.until("document.activeElement.name === 'name'").await;
    page.keys(&format!(
        "ann{}{PASSWORD}{}",
        char::from(Key::Tab),
        char::from(Key::Enter)
    ))
    .await;
    page.until("location.pathname === '/admin'").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_loop_on_a_phone() {
    on_page("loop-phone-light", PHONE, false, the_loop).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_loop_on_a_phone_in_the_dark() {
    on_page("loop-phone-dark", PHONE, true, the_loop).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_loop_on_a_desktop() {
    on_page("loop-desktop-light", DESKTOP, false, the_loop).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_loop_on_a_desktop_in_the_dark() {
    on_page("loop-desktop-dark", DESKTOP, true, the_loop).await;
}

/// The same with keys alone: no element is clicked.
async fn the_loop_by_keyboard(page: Page) {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    house.account("ann", AccountRole::Reviewer).await;
    for (conversation, text) in [("a", "给我讲个相声听听"), ("b", "讲个相声听听")] {
        ask(&house, conversation, text).await;
    }
    sign_in(&page, &house).await;
    page.client
        .goto(&house.server.url("/admin/clusters"))
        .await
        .unwrap();
    page.find("[data-row]").await;
    page.keys(&format!("j{}", char::from(Key::Enter))).await;
    page.until("location.pathname.startsWith('/admin/clusters/')")
        .await;
    page.find(".pick input").await;
    page.keys("s").await;
    page.until("document.activeElement.name === 'intent'").await;
    // the list is open to typing: the first intent that begins so
    page.keys("怎么注销").await;
    page.until("document.activeElement.value === 'close'").await;
    page.keys(&format!(
        "{tab}{enter}",
        tab = char::from(Key::Tab),
        enter = char::from(Key::Enter)
    ))
    .await;
    page.until("document.querySelector('.verdict')?.innerText.startsWith('多答 2 次')")
        .await;
    page.keys("p").await;
    page.until("document.querySelector('main').innerText.includes('已经生效')")
        .await;
    page.keys("u").await;
    page.until("document.querySelector('.verdict')?.innerText.includes('答不上 2 次')")
        .await;
    page.keys("x").await;
    page.until("document.querySelector('main').innerText.includes('已经放弃')")
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_loop_with_the_keyboard_alone() {
    on_page("loop-keyboard", DESKTOP, false, the_loop_by_keyboard).await;
}

async fn by_keyboard(page: Page) {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    house.account("ann", AccountRole::Reviewer).await;
    for text in ["今晚的月亮圆不圆", "附近哪里有好吃的面", "小程序怎么收款"]
    {
        ask(&house, "a", text).await;
    }
    let enter = char::from(Key::Enter);
    sign_in(&page, &house).await;
    // The first stop leads past the menu.
    page.keys(&char::from(Key::Tab).to_string()).await;
    page.until("document.activeElement.className === 'skip'")
        .await;

    page.client
        .goto(&house.server.url("/admin/questions"))
        .await
        .unwrap();
    page.find("[data-row]").await;
    let focused = "return document.activeElement.innerText";
    let mut seen = Vec::new();
    for key in ["j", "j", "j", "j", "k"] {
        page.keys(key).await;
        seen.push(page.run(focused).await.as_str().unwrap().to_owned());
    }
    assert_eq!(
        seen,
        [
            "小程序怎么收款",
            "附近哪里有好吃的面",
            "今晚的月亮圆不圆",
            "今晚的月亮圆不圆",
            "附近哪里有好吃的面"
        ]
    );
    page.keys("?").await;
    page.until("document.getElementById('keys').open").await;
    page.shot("1-keys").await;
    page.keys(&enter.to_string()).await;
    page.until("!document.getElementById('keys').open").await;
    page.keys("k").await;
    page.keys(&enter.to_string()).await;
    page.until("location.pathname.startsWith('/admin/clusters/')")
        .await;
    page.until(
        "document.querySelector('.pick input:checked + .said')?.innerText === '小程序怎么收款'",
    )
    .await;

    page.client
        .goto(&house.server.url("/admin/journal"))
        .await
        .unwrap();
    page.find("input[type=search]").await;
    page.run("document.body.focus()").await;
    page.keys("/").await;
    page.until("document.activeElement.type === 'search'").await;
    page.keys(&format!("面{enter}")).await;
    page.until("document.querySelectorAll('tr[data-row]').length === 1")
        .await;
}
