//! The chat page in two tabs, and a page that stays open after a colleague took part.

use crate::browser::{DESKTOP, Page, on_page};
use crate::server::Server;
use fantoccini::key::Key;
use wenlu::clock::now;
use wenlu::store::Store;
use wenlu::store::records::TurnEffects;
use wenlu_core::model::Reply;
use wenlu_core::reply::{ReplyBlock, TextSpan};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tabs_lose_nothing() {
    on_page("tabs", DESKTOP, false, tabs).await;
}

async fn tabs(page: Page) {
    let server = Server::start_shipped(&[]).await;
    page.client.goto(&server.url("/")).await.unwrap();
    page.find(".questions button").await;
    let first = page.client.window().await.unwrap();
    let second = page.client.new_window(true).await.unwrap().handle;
    // the answer to what the first tab asks is on its way while the second one talks
    page.run("const real = fetch; window.fetch = (...all) => new Promise((go) => setTimeout(go, 2000)).then(() => real(...all));")
        .await;
    let ask = format!("小程序怎么注销{}", char::from(Key::Enter));
    page.find("#text").await.send_keys(&ask).await.unwrap();
    page.client.switch_to_window(second.clone()).await.unwrap();
    page.client.goto(&server.url("/")).await.unwrap();
    page.find(".asker").await;
    page.ask("怎么投诉小程序").await;
    let both = "['小程序怎么注销', '怎么投诉小程序'].every((said) => \
        [...document.querySelectorAll('.asker.sent')].some((it) => it.innerText.includes(said)))";
    let answers = "JSON.parse(localStorage.getItem('wenlu.chat')).entries.filter((it) => it.reply).length \
        === document.querySelectorAll('.log .bot').length";
    page.until(both).await;
    page.client.switch_to_window(first).await.unwrap();
    page.until(both).await;
    page.until(answers).await;
    let count = page.replies().await;
    page.client.switch_to_window(second).await.unwrap();
    page.until(answers).await;
    assert_eq!(page.replies().await, count);
    assert_eq!(
        page.run("return document.querySelectorAll('.asker.failed').length")
            .await,
        0
    );
}

/// What a colleague writes reaches a page that is open, after the bot has taken over again too, and once, in two tabs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_colleague_is_heard_after_the_end() {
    on_page("after-the-end", DESKTOP, false, after_the_end).await;
}

async fn after_the_end(page: Page) {
    let server = Server::start(&[]).await;
    page.client.goto(&server.url("/")).await.unwrap();
    page.find(".questions button").await;
    // as after 转人工
    let script = "const chat = JSON.parse(localStorage.getItem('wenlu.chat')); chat.person = true; \
        localStorage.setItem('wenlu.chat', JSON.stringify(chat)); return chat.conversation";
    let conversation = format!("web:{}", page.run(script).await.as_str().unwrap());
    page.client.refresh().await.unwrap();
    let first = page.client.window().await.unwrap();
    let second = page.client.new_window(true).await.unwrap().handle;
    page.client.switch_to_window(second.clone()).await.unwrap();
    page.client.goto(&server.url("/")).await.unwrap();
    let store = Store::open(&server.database()).await.unwrap();
    for (text, from_person) in [
        ("我是小王", true),
        ("人工服务结束了", false),
        ("忘了说一件事", true),
    ] {
        tell(&store, &conversation, text, from_person).await;
        for tab in [&first, &second] {
            page.client.switch_to_window(tab.clone()).await.unwrap();
            page.until(&format!(
                "document.getElementById('log').innerText.split('{text}').length === 2"
            ))
            .await;
        }
    }
}

/// Tells an open page something, as a colleague or the bot does.
async fn tell(store: &Store, conversation: &str, text: &str, from_person: bool) {
    let spans = vec![TextSpan {
        text: text.to_owned(),
        ..TextSpan::default()
    }];
    let reply = Reply {
        blocks: vec![ReplyBlock::Paragraph { spans }],
        from_person,
        ..Reply::default()
    };
    let effects = TurnEffects {
        pushes: vec![serde_json::to_string(&reply).unwrap()],
        ..TurnEffects::default()
    };
    let outbox = store.outbox();
    outbox.add(conversation, effects, now()).await.unwrap();
}
