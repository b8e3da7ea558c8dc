//! The chat on other sites: which may show it, and a real browser on a page of another origin, whose
//! policy allows no more than the README says is needed.

use crate::browser::{DESKTOP, PHONE, Page, on_page};
use crate::server::{Server, chat_name};
use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use fantoccini::elements::Element;
use fantoccini::key::Key;
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::json;
use tokio::net::TcpListener;

const SITE: &str = "https://www.shop.example";

fn named<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response
        .headers()
        .get(name)
        .map(|value| value.to_str().unwrap())
}

async fn get_page(server: &Server, path: &str) -> Response {
    Client::new().get(server.url(path)).send().await.unwrap()
}

#[tokio::test]
async fn without_a_setting_no_site_may_show_the_chat() {
    let server = Server::start(&[]).await;
    for path in ["/widget.js", "/embed?site=https://www.shop.example"] {
        assert_eq!(
            get_page(&server, path).await.status(),
            StatusCode::NOT_FOUND
        );
    }
    let told = preflight(&server, SITE).await;
    assert_eq!(named(&told, "access-control-allow-origin"), None);
}

#[tokio::test]
async fn the_frame_names_the_one_site_that_may_show_it() {
    let server = Server::start(&[("WENLU_EMBED_ORIGINS", "https://*.shop.example")]).await;
    let frame = get_page(&server, &format!("/embed?site={SITE}")).await;
    assert_eq!(frame.status(), StatusCode::OK);
    let policy = named(&frame, "content-security-policy").unwrap();
    assert!(
        policy.ends_with("; frame-ancestors https://www.shop.example"),
        "{policy}"
    );
    assert_eq!(named(&frame, "x-frame-options"), None);
    assert_eq!(
        named(&frame, "cross-origin-resource-policy"),
        Some("cross-origin")
    );
    assert_eq!(
        named(&frame, "cross-origin-embedder-policy"),
        Some("require-corp")
    );
    assert_eq!(named(&frame, "cache-control"), Some("no-store"));
    let page = frame.text().await.unwrap();
    assert!(page.contains("<html data-site=\"https://www.shop.example\" "));
    assert!(page.contains("/frame.js") && !page.contains("src=\"/chat.js\""));

    for site in [
        "https://shop.example.evil.example",
        "https://a\"><b.shop.example",
        "",
        "*",
    ] {
        let refused = Client::new()
            .get(server.url("/embed"))
            .query(&[("site", site)]);
        let refused = refused.send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::NOT_FOUND, "{site}");
        let policy = named(&refused, "content-security-policy").unwrap();
        assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
        assert_eq!(named(&refused, "x-frame-options"), Some("DENY"));
    }
    let whole = get_page(&server, "/").await;
    assert_eq!(named(&whole, "x-frame-options"), Some("DENY"));
}

#[tokio::test]
async fn the_script_is_small_and_may_be_loaded_from_anywhere() {
    let server = Server::start(&[("WENLU_EMBED_ORIGINS", SITE)]).await;
    let request = Client::new().get(server.url("/widget.js"));
    let script = request
        .header("accept-encoding", "gzip")
        .send()
        .await
        .unwrap();
    assert_eq!(named(&script, "content-encoding"), Some("gzip"));
    assert_eq!(
        named(&script, "cross-origin-resource-policy"),
        Some("cross-origin")
    );
    assert_eq!(named(&script, "access-control-allow-origin"), Some("*"));
    assert_eq!(named(&script, "cache-control"), Some("public, max-age=300"));
    let tag = named(&script, "etag").unwrap().to_owned();
    assert!(script.bytes().await.unwrap().len() < 6_144);
    let known = Client::new()
        .get(server.url("/widget.js"))
        .header("if-none-match", tag);
    assert_eq!(
        known.send().await.unwrap().status(),
        StatusCode::NOT_MODIFIED
    );
}

async fn preflight(server: &Server, origin: &str) -> Response {
    Client::new()
        .request(Method::OPTIONS, server.url("/api/v1/messages"))
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type")
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_listed_site_may_call_the_api_and_no_other() {
    let server = Server::start(&[("WENLU_EMBED_ORIGINS", SITE)]).await;
    let told = preflight(&server, SITE).await;
    assert!(told.status().is_success());
    assert_eq!(named(&told, "access-control-allow-origin"), Some(SITE));
    assert_eq!(named(&told, "access-control-allow-credentials"), None);
    assert_eq!(named(&told, "access-control-max-age"), Some("600"));
    for other in ["https://shop.example", "null", "http://www.shop.example"] {
        let told = preflight(&server, other).await;
        assert_eq!(named(&told, "access-control-allow-origin"), None, "{other}");
        assert!(named(&told, "vary").unwrap().contains("origin"));
    }
    let message = json!({"conversation": chat_name("c"), "id": "1", "text": "你好"});
    let request = Client::new().post(server.url("/api/v1/messages"));
    let answer = request
        .header("origin", SITE)
        .json(&message)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(named(&answer, "access-control-allow-origin"), Some(SITE));
    assert!(named(&answer, "vary").unwrap().contains("origin"));
}

// ── in a browser ──

const HOST_SCRIPT: &str = "window.wenlu ??= function () { (wenlu.q ||= []).push(arguments); };\n\
    window.heard = [];\n\
    for (const name of ['ready', 'open', 'close', 'unread', 'message'])\n\
      wenlu('on', name, (value) => window.heard.push(`${name} ${value ?? ''}`.trim()));";

/// A page of another origin that shows the chat of `bot`; ends with the runtime. Returns its address.
pub(crate) async fn site(bot: &Server, listener: TcpListener) -> String {
    let bot = bot.url("");
    let policy = format!(
        "default-src 'none'; script-src 'self' {bot}; frame-src {bot}; img-src data:; require-trusted-types-for 'script'"
    );
    let page = format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>小店</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"icon\" href=\"data:,\">\
         <script src=\"/host.js\"></script><script src=\"{bot}/widget.js\" async></script>\
         <script src=\"{bot}/widget.js\" async></script><h1>小店</h1><p>欢迎光临</p></html>"
    );
    let respond = move || async move {
        let html = (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned());
        ([html, (header::CONTENT_SECURITY_POLICY, policy)], page).into_response()
    };
    let script = ([(header::CONTENT_TYPE, "text/javascript")], HOST_SCRIPT);
    let routes = Router::new()
        .route("/", get(respond))
        .route("/host.js", get(async move || script));
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{address}/")
}

const ROOT: &str = "document.getElementById('wenlu-widget').shadowRoot";

pub(crate) async fn into_frame(page: &Page) {
    let found = page
        .run(&format!("return {ROOT}.querySelector('iframe')"))
        .await;
    let reference = found
        .as_object()
        .unwrap()
        .values()
        .next()
        .unwrap()
        .as_str()
        .unwrap();
    let frame = Element::from_element_id(page.client.clone(), reference.to_owned().into());
    frame.enter_frame().await.unwrap();
}

/// Presses the button of the chat on a [`site`].
pub(crate) async fn open_widget(page: &Page) {
    page.until("document.getElementById('wenlu-widget')").await;
    page.run(&format!("{ROOT}.querySelector('button').click()"))
        .await;
    heard(page, "ready").await;
}

async fn heard(page: &Page, what: &str) {
    page.until(&format!("window.heard.includes('{what}')"))
        .await;
}

/// What somebody does on a site that shows the chat.
async fn visit(page: Page) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let bot = Server::start_shipped(&[("WENLU_EMBED_ORIGINS", &origin)]).await;
    let address = site(&bot, listener).await;
    page.client.goto(&address).await.unwrap();
    page.until("document.getElementById('wenlu-widget')").await;
    page.shot("1-closed").await;
    // loaded twice, there once; nothing is loaded or stored before it is opened
    let before = "return [document.querySelectorAll('#wenlu-widget').length, localStorage.length, \
                  performance.getEntriesByType('resource').filter((it) => it.name.includes('/embed')).length]";
    assert_eq!(page.run(before).await, json!([1, 0, 0]));

    open_widget(&page).await;
    into_frame(&page).await;
    page.find(".questions button").await;
    page.ask("小程序怎么注销").await;
    assert_eq!(page.barriers().await, json!([]));
    page.find("#text")
        .await
        .send_keys("还没写完")
        .await
        .unwrap();
    page.client.enter_parent_frame().await.unwrap();
    heard(&page, "message bot").await;
    page.shot("2-open").await;

    // a page that exchanges its body keeps the chat, and what is being written in it
    page.run("const body = document.createElement('body'); body.append('另一页'); document.body.replaceWith(body)").await;
    into_frame(&page).await;
    page.until("document.getElementById('text').value === '还没写完'")
        .await;
    let escape = char::from(Key::Escape).to_string();
    page.find("#text").await.send_keys(&escape).await.unwrap();
    page.client.enter_parent_frame().await.unwrap();
    heard(&page, "close").await;
    page.until(&format!(
        "{ROOT}.querySelector('.panel').hidden && {ROOT}.activeElement.ariaExpanded === 'false'"
    ))
    .await;

    page.run("wenlu('ask', '投诉进度在哪看'); wenlu('close')")
        .await;
    heard(&page, "unread 1").await;
    let label = format!("return {ROOT}.querySelector('button').getAttribute('aria-label')");
    assert_eq!(page.run(&label).await, json!("打开客服对话，1 条新消息"));
    page.shot("3-unread").await;
    page.run("wenlu('lang', 'en'); wenlu('open')").await;
    assert_eq!(page.run(&label).await, json!("Close the chat"));
    into_frame(&page).await;
    page.until("document.documentElement.lang === 'en' && document.getElementById('log').innerText.includes('投诉进度在哪看')")
        .await;
    page.client.enter_parent_frame().await.unwrap();
    page.shot("4-english").await;
    // the page remembers which conversation it was, where a browser forgets what the frame kept
    let kept = page.run("return localStorage.getItem('wenlu.conversation')");
    let kept = kept.await;
    assert_eq!(kept.as_str().map(str::len), Some(32), "{kept}");
    into_frame(&page).await;
    page.run("localStorage.clear()").await;
    page.client.enter_parent_frame().await.unwrap();
    page.client.refresh().await.unwrap();
    page.until("document.getElementById('wenlu-widget')").await;
    open_widget(&page).await;
    into_frame(&page).await;
    page.until("document.getElementById('log').innerText.includes('小程序怎么注销')")
        .await;
    page.client.enter_parent_frame().await.unwrap();
    let log = page.driver("se/log", json!({"type": "browser"})).await;
    assert_eq!(log, json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_another_site_at_a_desk() {
    on_page("embed-desktop", DESKTOP, false, visit).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_another_site_on_a_phone() {
    on_page("embed-phone", PHONE, false, visit).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_that_is_not_listed_gets_no_chat() {
    on_page("embed-refused", DESKTOP, true, async |page: Page| {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bot = Server::start_shipped(&[("WENLU_EMBED_ORIGINS", SITE)]).await;
        let address = site(&bot, listener).await;
        page.client.goto(&address).await.unwrap();
        page.until("document.getElementById('wenlu-widget')").await;
        page.run("wenlu('open')").await;
        page.until(&format!("{ROOT}.querySelector('iframe')")).await;
        into_frame(&page).await;
        page.until("document.readyState === 'complete'").await;
        assert_eq!(
            page.run("return document.getElementById('text')").await,
            json!(null)
        );
    })
    .await;
}

// ── in a service's own words and colours ──

const BRAND: &str = "accent = \"#1a56db\"\naccent_dark = \"#9ec1ff\"\n\n[zh]\nname = \"小店\"\nsubtitle = \"售后客服\"\n\
                     privacy = \"https://www.shop.example/privacy\"\n[en]\nname = \"Little Shop\"\n";
const LOGO: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 8 8\"><path fill=\"#1a56db\" d=\"M0 0h8v8H0z\"/></svg>";

async fn branded() -> Server {
    Server::start_on(&[("WENLU_EMBED_ORIGINS", SITE)], |root| {
        std::fs::write(root.join("content/_brand.toml"), BRAND).unwrap();
        std::fs::write(root.join("content/_logo.svg"), LOGO).unwrap();
    })
    .await
}

async fn in_own_colours(page: Page) {
    let bot = branded().await;
    page.client.goto(&bot.url("/")).await.unwrap();
    page.find(".log .bot").await;
    assert_eq!(page.client.title().await.unwrap(), "小店 · 售后客服");
    page.ask("怎么开发票").await;
    page.until("document.querySelector('#mark img')?.complete || getComputedStyle(document.getElementById('mark')).display === 'none'")
        .await;
    let shown = "return [document.querySelector('h1').textContent, document.getElementById('privacy').href]";
    assert_eq!(
        page.run(shown).await,
        json!(["小店", "https://www.shop.example/privacy"])
    );
    page.is_sound(&bot).await;
    page.shot("1-brand").await;
    page.click("#language").await;
    page.until("document.title === 'Little Shop · 售后客服'")
        .await;
    page.is_sound(&bot).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_brand_of_the_files_in_the_light() {
    on_page("brand-desktop", DESKTOP, false, in_own_colours).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_brand_of_the_files_in_the_dark() {
    on_page("brand-phone-dark", PHONE, true, in_own_colours).await;
}

#[tokio::test]
async fn the_widget_and_the_icon_are_the_services_own() {
    let bot = branded().await;
    let script = get_page(&bot, "/widget.js").await.text().await.unwrap();
    assert!(script.contains("#1a56db") && !script.contains("#067d40"));
    let icon = get_page(&bot, "/icon.svg").await;
    let policy = named(&icon, "content-security-policy").unwrap();
    assert_eq!(
        policy,
        "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    );
    assert_eq!(icon.text().await.unwrap(), LOGO);
}
