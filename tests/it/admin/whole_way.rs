//! One question on its whole way: asked on a page of another site, answered by a colleague on a phone,
//! read two days later, and from then on answered by the bot. Two servers share a PostgreSQL; one of
//! them ends on the way.

use super::House;
use super::attachments::{choose, picture, telling_photo};
use super::inbox::{Asker, act, ann_signs_in, page_of};
use super::learn::{draft, option};
use super::review::{publish, until};
use crate::browser::{DESKTOP, PHONE, Page, on_page};
use crate::database::{Database, Engine};
use crate::embed::{into_frame, open_widget, site};
use fantoccini::key::Key;
use image::ImageFormat;
use serde_json::json;
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpListener;
use wenlu::store::accounts::AccountRole;
use wenlu_core::model::Timestamp;

const QUESTION: &str = "能不能给我讲个相声听听";
const ANSWER: &str = "相声暂时没有，周五晚上八点有直播。";
const CANNED: &str = "[[reply]]\ntitle = \"问好\"\ntext = \"您好，我是 {{ colleague }}。\"\n";
const DAY: i64 = 24 * 3_600_000;

/// The two servers: the one whose chat the site shows, and the one that the colleague works on.
async fn houses(database: &Database, origin: &str) -> [House; 2] {
    let values = [("WENLU_EMBED_ORIGINS", origin), ("WENLU_UPLOADS", "people")];
    let canned =
        |root: &Path| std::fs::write(root.join("content/zh/_replies.toml"), CANNED).unwrap();
    [
        House::with(database, &values, canned).await,
        House::with(database, &values, canned).await,
    ]
}

/// In the chat on the site: the question, a person, a picture; then time passes.
async fn ask_on_the_site(page: &Page, photo: &Path) {
    open_widget(page).await;
    into_frame(page).await;
    page.ask(QUESTION).await;
    page.ask("转人工").await;
    page.until("!document.getElementById('attach').hidden")
        .await;
    choose(page, "#file", photo).await;
    page.until("document.querySelector('.asker.sent img.sent')?.naturalWidth === 40")
        .await;
    assert_eq!(page.barriers().await, json!([]));
    page.shot("2-asked").await;
    page.run(
        "const chat = JSON.parse(localStorage.getItem('wenlu.chat')); chat.at -= 2 * 86400000; \
         localStorage.setItem('wenlu.chat', JSON.stringify(chat))",
    )
    .await;
}

/// On the colleague's page: a reply at hand, a sentence, a picture.
async fn answer_in_the_inbox(page: &Page, answer: &Path) {
    let enter = char::from(Key::Enter);
    page.click("#handovers a").await;
    page.until("document.querySelector('#said .asker img.sent')?.naturalWidth === 40")
        .await;
    page.run("document.activeElement.blur()").await;
    page.keys("t").await;
    page.until("document.querySelector('#state').innerText.includes('我在接待')")
        .await;
    page.run("document.activeElement.blur()").await;
    page.keys("r/wh").await;
    page.until(
        "document.querySelector('#canned li[aria-selected=true]')?.innerText.includes('问好')",
    )
    .await;
    page.keys(&enter.to_string()).await;
    page.until("document.querySelector('#reply textarea').value === '您好，我是 ann。'")
        .await;
    let control = char::from(Key::Control);
    page.keys(&format!("{ANSWER}{control}{enter}{control}"))
        .await;
    page.until("document.querySelector('#said .own')?.innerText.includes('周五晚上八点')")
        .await;
    choose(page, "#file", answer).await;
    page.until("document.querySelector('#said .own img.sent')?.naturalWidth === 120")
        .await;
    assert_eq!(page.barriers().await, json!([]));
    page.shot("4-answered").await;
}

async fn whole_way(page: Page) {
    let database = Database::new(Engine::Postgres).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let [shown, worked_on] = houses(&database, &origin).await;
    let folder = tempfile::tempdir().unwrap();
    let (photo, answer) = (folder.path().join("照片.jpg"), folder.path().join("b.png"));
    std::fs::write(&photo, telling_photo()).unwrap();
    std::fs::write(&answer, picture(120, 60, ImageFormat::Png)).unwrap();

    let colleague = page.client.window().await.unwrap();
    ann_signs_in(&page, &worked_on).await;
    page.shot("1-nobody").await;
    let asker = page.client.new_window(true).await.unwrap().handle;
    page.client.switch_to_window(asker).await.unwrap();
    let address = site(&shown.server, listener).await;
    page.client.goto(&address).await.unwrap();
    ask_on_the_site(&page, &photo).await;
    page.client.enter_parent_frame().await.unwrap();
    page.client.close_window().await.unwrap();

    // she is told, takes it, and nobody else does
    page.client
        .switch_to_window(colleague.clone())
        .await
        .unwrap();
    page.until("document.title.startsWith('(1) ')").await;
    page.shot("3-told").await;
    answer_in_the_inbox(&page, &answer).await;
    let mut other = shown.signed_in(AccountRole::Operator).await;
    let path = page.client.current_url().await.unwrap();
    let number = path.path().rsplit('/').next().unwrap().parse().unwrap();
    page_of(&mut other, number).await;
    let second = act(&mut other, number, "take", &[("seen", "")]).await;
    assert_eq!(second.status, 409, "{}", second.body);

    // her server ends, and two days pass
    let mut ended = worked_on.server;
    ended.begin_to_stop();
    ended.stopped().await;
    let later = Timestamp(super::now().0 + 2 * DAY);
    let kept = Some(Duration::from_secs(90 * 24 * 3_600));
    let swept = shown.store.retention().sweep(later, kept, true).await;
    swept.unwrap();
    let again = page.client.new_window(true).await.unwrap().handle;
    page.client.switch_to_window(again).await.unwrap();
    page.client.goto(&address).await.unwrap();
    open_widget(&page).await;
    into_frame(&page).await;
    page.until("document.getElementById('log').innerText.includes('周五晚上八点')")
        .await;
    page.until("document.querySelector('.person img.sent')?.naturalWidth === 120")
        .await;
    assert_eq!(page.barriers().await, json!([]));
    page.shot("5-found").await;

    // she goes on at the other server, without signing in again
    page.client.switch_to_window(colleague).await.unwrap();
    let address = shown.server.url(&format!("/admin/inbox/{number}"));
    page.client.goto(&address).await.unwrap();
    page.until("document.querySelector('#state').innerText.includes('我在接待')")
        .await;
    assert_eq!(page.barriers().await, json!([]));

    let over = act(&mut other, number, "take", &[("seen", "ann")]).await;
    assert_eq!(over.status, 303, "{}", over.body);
    act(&mut other, number, "close", &[("reason", "已解决")]).await;
    becomes_the_bots_own(&shown, &mut other, number).await;
    page.client.refresh().await.unwrap();
    page.until("document.querySelector('#state').innerText.includes('已解决')")
        .await;
    page.shot("6-learnt").await;
}

/// The colleague's answer, as a draft, previewed, published, and given to the next asker.
async fn becomes_the_bots_own(house: &House, browser: &mut super::Browser, number: i64) {
    let page = page_of(browser, number).await;
    let form = page.split("id=\"learn\"").nth(1).unwrap();
    let (question, answer) = (option(form, QUESTION), option(form, ANSWER));
    let new = [
        ("question", question.as_str()),
        ("answer", &answer),
        ("action", "new"),
        ("id", "shows"),
        ("title", "讲相声"),
    ];
    let drafted = draft(browser, number, &new).await;
    assert_eq!(drafted.status, 303, "{}", drafted.body);
    let path = drafted.location.unwrap();
    let published = publish(browser, &path).await;
    assert_eq!(published.status, 303, "{}", published.body);
    until(browser, &path, "已经生效").await;
    let next = Asker::on(house, "next").say(QUESTION).await;
    assert_eq!(next["intent"], "shows", "{next}");
    let text = next["replies"][0]["text"].as_str().unwrap();
    assert!(text.contains("周五晚上八点"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_site_to_an_answer_at_a_desk() {
    on_page("whole-way-desk", DESKTOP, true, whole_way).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_site_to_an_answer_on_a_phone() {
    on_page("whole-way-phone", PHONE, false, whole_way).await;
}
