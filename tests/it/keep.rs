//! The conversation as a file: what the page saves, as text and as a page that prints whole.

use crate::browser::{DESKTOP, Page, on_page};
use crate::server::Server;
use serde_json::{Value, json};

/// Catches what the page saves.
const CATCH: &str = "window.saved = []; const make = URL.createObjectURL; \
    URL.createObjectURL = (blob) => { window.saved.push(blob); return make.call(URL, blob); };";

const HOSTILE: &str =
    "<img src=x onerror=alert(1)> </style></head><script>alert(2)</script> & \u{201c}x\u{201d}";

async fn saved(page: &Page, form: &str) -> String {
    page.click("#save").await;
    page.find("#keep[open]").await;
    page.shot(&format!("keep-{form}")).await;
    page.click(&format!("#keep button[value={form}]")).await;
    page.until("window.saved.length && !document.querySelector('#keep[open]')")
        .await;
    let script = "const [done] = arguments; window.saved.pop().text().then(done)";
    let text: Value = page.client.execute_async(script, vec![]).await.unwrap();
    text.as_str().unwrap().to_owned()
}

async fn keep(page: Page) {
    let server = Server::start_shipped(&[]).await;
    page.devtools("Browser.setDownloadBehavior", json!({"behavior": "deny"}))
        .await;
    page.client.goto(&server.url("/")).await.unwrap();
    page.find(".questions button").await;
    page.ask("小游戏被侵权了，应该怎么投诉").await;
    page.press("没有微信公众号").await;
    page.until("document.querySelector('.walk .count')?.textContent === '1/5'")
        .await;
    page.ask(HOSTILE).await;
    page.run(CATCH).await;

    let text = saved(&page, "text").await;
    for said in [
        "您  ",
        "小游戏被侵权了，应该怎么投诉",
        HOSTILE,
        "\r\n1. ",
        "\r\n5. ",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains("下一步"), "{text}");

    // all steps, though the page shows one; nothing that somebody wrote is markup
    let html = saved(&page, "page").await;
    assert!(
        html.starts_with("<!doctype html>") && html.contains("<style>"),
        "{html}"
    );
    // its style would be refused by the policy of the page that reads it here
    let read = "const bare = arguments[0].replace(/<style>[^]*?<\\/style>/, ''); \
                const page = new DOMParser().parseFromString(bare, 'text/html'); \
                return [page.querySelectorAll('script, img, button').length, page.querySelectorAll('ol > li').length, \
                [...page.querySelectorAll('article .said')].at(-1).textContent, page.documentElement.lang, page.querySelectorAll('style').length]";
    let found = page.client.execute(read, vec![json!(html)]).await.unwrap();
    assert_eq!(found[0], 0);
    assert!(found[1].as_u64().unwrap() >= 5, "{html}");
    assert_eq!(found[2], HOSTILE);
    assert_eq!((&found[3], &found[4]), (&json!("zh-CN"), &json!(0)));
    page.is_sound(&server).await;
    assert_eq!(page.barriers().await, json!([]));

    // in English, and by closing the dialog nothing is saved
    page.click("#language").await;
    page.until("document.documentElement.lang === 'en'").await;
    assert!(saved(&page, "text").await.contains("You  "));
    page.click("#save").await;
    page.shot("keep-english").await;
    page.click("#keep button[value=no]").await;
    page.until("!document.querySelector('#keep[open]') && document.activeElement.id === 'save'")
        .await;
    assert_eq!(page.run("return window.saved.length").await, 0);
    page.is_sound(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_desktop() {
    on_page("keep-desk", DESKTOP, false, keep).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_small_phone() {
    on_page("keep-phone", (320, 568), true, keep).await;
}
