//! The chat page as people meet it: headless Chromium, a phone's size and a desktop's. `WENLU_SHOTS=FOLDER` keeps what it saw.

use crate::server::Server;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator, elements::Element};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use wenlu::store::Store;

pub(crate) const PHONE: (u32, u32) = (390, 844);
const SMALL: (u32, u32) = (320, 568);
pub(crate) const DESKTOP: (u32, u32) = (1280, 800);
/// Text whose colour is too close to that of the ground it stands on.
const FAINT: &str = r#"
    // a mixed colour is told in shares
    const channels = (colour) => colour.match(/[\d.]+/g).map((c, at) => Number(c) * (colour.startsWith('color(') && at < 3 ? 255 : 1));
    const light = (colour) => {
        const [r, g, b] = channels(colour).map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (node) => {
        for (let at = node; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if ((channels(colour)[3] ?? 1) > 0) return colour;
        }
        return 'rgb(255, 255, 255)';
    };
    const faint = [];
    const texts = document.createTreeWalker(document.querySelector('.app') ?? document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const node = texts.currentNode.parentElement;
        if (!texts.currentNode.data.trim() || !node.offsetParent || node.closest('.hush')) continue;
        const [one, other] = [light(getComputedStyle(node).color), light(ground(node))];
        const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
        if (contrast < 4.5) faint.push(`${texts.currentNode.data} ${contrast.toFixed(2)}`);
    }
    return faint;
"#;
/// A limit for what never comes, not a measure: a draft is trained and replayed while other tests
/// keep both cores busy.
const PATIENCE: Duration = Duration::from_secs(90);

/// chromedriver on a port of its own, and one browser with a fresh profile.
struct Driver {
    process: Child,
    port: u16,
    _profile: TempDir,
}

/// A browser's only window.
#[derive(Clone)]
pub(crate) struct Page {
    pub client: Client,
    /// The session's address at chromedriver, for what WebDriver does not know.
    session: String,
    name: String,
}

impl Driver {
    fn start() -> Driver {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is missing: apt-get install chromium chromium-driver");
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines
            .map_while(Result::ok)
            .find_map(|line| {
                line.split_once("successfully on port ")?
                    .1
                    .trim_end_matches('.')
                    .parse()
                    .ok()
            })
            .expect("chromedriver did not say its port");
        Driver {
            process,
            port,
            _profile: tempfile::tempdir().unwrap(),
        }
    }

    async fn open(&self, name: &str, (width, height): (u32, u32), dark: bool) -> Page {
        let profile = self._profile.path().display();
        let mut arguments = vec![
            format!("--user-data-dir={profile}"),
            // 0 is dark, 1 is light.
            format!("--blink-settings=preferredColorScheme={}", u8::from(!dark)),
            "--lang=zh-CN".into(),
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1".into(),
        ];
        let flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
                     --disable-component-update --disable-sync --disable-dev-shm-usage --force-prefers-reduced-motion";
        arguments.extend(flags.split_whitespace().map(str::to_owned));
        let mut options =
            json!({"args": arguments, "prefs": {"intl.accept_languages": "zh-CN,zh"}});
        if width < 800 {
            let metrics = json!({"width": width, "height": height, "pixelRatio": 2, "mobile": true, "touch": true});
            options["mobileEmulation"] = json!({"deviceMetrics": metrics});
        }
        let capabilities =
            json!({"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}});
        let at = format!("http://127.0.0.1:{}", self.port);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&at)
            .await
            .expect("Chromium does not start: apt-get install chromium chromium-driver");
        let id = client.session_id().await.unwrap().unwrap();
        let page = Page {
            client,
            session: format!("{at}/session/{id}"),
            name: name.into(),
        };
        if width >= 800 {
            let metrics =
                json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
            page.devtools("Emulation.setDeviceMetricsOverride", metrics)
                .await;
        }
        page
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Page {
    /// The first element that `css` finds, as soon as it is there.
    pub(crate) async fn find(&self, css: &str) -> Element {
        self.client
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::Css(css))
            .await
            .unwrap_or_else(|e| panic!("{css}: {e}"))
    }

    /// Clicks what `css` finds.
    pub(crate) async fn click(&self, css: &str) {
        self.click_at(Locator::Css(css)).await;
    }

    /// Clicks the last button that says `label`.
    pub(crate) async fn press(&self, label: &str) {
        let xpath = format!("(//button[contains(normalize-space(.), '{label}')])[last()]");
        self.click_at(Locator::XPath(&xpath)).await;
    }

    /// Clicks as soon as it can be clicked: what has just been drawn may still be moving, or be
    /// drawn anew.
    async fn click_at(&self, wanted: Locator<'_>) {
        let begun = std::time::Instant::now();
        loop {
            let clicked = match self.client.find(wanted).await {
                Ok(element) => element.click().await,
                Err(error) => Err(error),
            };
            match clicked {
                Ok(()) => return,
                Err(error) if begun.elapsed() > PATIENCE => panic!("{wanted:?}: {error}"),
                Err(_) => {}
            }
        }
    }

    /// Waits until `script` is true. While the page is exchanged for another it may find nothing to
    /// look at, and fails: it is asked again.
    pub(crate) async fn until(&self, script: &str) {
        let begun = std::time::Instant::now();
        let asked = format!("return !!({script})");
        loop {
            let found = self.client.execute(&asked, vec![]).await;
            if found.as_ref().is_ok_and(|found| *found == json!(true)) {
                return;
            }
            if begun.elapsed() > PATIENCE {
                panic!(
                    "never: {script} {found:?}\n{}",
                    self.run("return (document.getElementById('log') ?? document.body).innerText")
                        .await
                );
            }
        }
    }

    pub(crate) async fn run(&self, script: &str) -> Value {
        self.client
            .execute(script, vec![])
            .await
            .unwrap_or_else(|e| panic!("{script}: {e}"))
    }

    /// Types a message into the chat page and waits for an answer.
    pub(crate) async fn ask(&self, text: &str) {
        let before = self.replies().await;
        self.find("#text")
            .await
            .send_keys(&format!("{text}{}", char::from(Key::Enter)))
            .await
            .unwrap();
        self.until(&format!(
            "document.querySelectorAll('.log .bot').length > {before}"
        ))
        .await;
    }

    /// Keys for whatever has the focus.
    pub(crate) async fn keys(&self, keys: &str) {
        self.client
            .active_element()
            .await
            .unwrap()
            .send_keys(keys)
            .await
            .unwrap();
    }

    pub(crate) async fn replies(&self) -> u64 {
        self.run("return document.querySelectorAll('.log .bot').length")
            .await
            .as_u64()
            .unwrap()
    }

    async fn last_reply(&self) -> String {
        let script = "return [...document.querySelectorAll('.log .bot')].at(-1).innerText";
        self.run(script).await.as_str().unwrap().to_owned()
    }

    /// The browser's own tools.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.driver(
            "goog/cdp/execute",
            json!({"cmd": command, "params": parameters}),
        )
        .await
    }

    pub(crate) async fn driver(&self, path: &str, body: Value) -> Value {
        let request = reqwest::Client::new()
            .post(format!("{}/{path}", self.session))
            .json(&body);
        request.send().await.unwrap().json::<Value>().await.unwrap()["value"].take()
    }

    pub(crate) async fn shot(&self, what: &str) {
        let Ok(folder) = std::env::var("WENLU_SHOTS") else {
            return;
        };
        // What moves has arrived.
        self.until("document.getAnimations().every((a) => a.playState === 'finished' || a.effect.getTiming().iterations === Infinity)").await;
        std::fs::create_dir_all(&folder).unwrap();
        let file = format!("{folder}/{}-{what}.png", self.name);
        std::fs::write(file, self.client.screenshot().await.unwrap()).unwrap();
    }

    /// What axe-core finds serious or critical, where `WENLU_AXE` names its file.
    pub(crate) async fn barriers(&self) -> Value {
        let Ok(file) = std::env::var("WENLU_AXE") else {
            return json!([]);
        };
        self.run(&std::fs::read_to_string(file).unwrap()).await;
        let script = "const [done] = arguments; axe.run().then((found) => done(found.violations.filter((one) => \
                      ['serious', 'critical'].includes(one.impact)).map((one) => [one.id, one.nodes.map((node) => node.html)])))";
        self.client.execute_async(script, vec![]).await.unwrap()
    }

    /// Nothing was asked of anybody else, nothing went wrong unseen, nothing sticks out at the side, all of it can be read.
    pub(crate) async fn is_sound(&self, server: &Server) {
        let asked = self
            .run("return performance.getEntriesByType('resource').map((entry) => entry.name)")
            .await;
        let asked: Vec<String> = serde_json::from_value(asked).unwrap();
        assert!(!asked.is_empty());
        assert!(
            asked.iter().all(|url| url.starts_with(&server.url("/"))),
            "{asked:?}"
        );
        let log = self.driver("se/log", json!({"type": "browser"})).await;
        assert_eq!(log, json!([]));
        let script = "const talk = document.getElementById('talk') ?? document.body; \
                      return [document.documentElement.scrollWidth - document.documentElement.clientWidth, talk.scrollWidth - talk.clientWidth]";
        assert_eq!(
            self.run(script).await,
            json!([0, 0]),
            "something is wider than the page"
        );
        assert_eq!(
            self.run(FAINT).await,
            json!([]),
            "text with a contrast below 4.5"
        );
    }
}

/// Runs `body` on a page of that size; the browser is closed whatever happens.
pub(crate) async fn on_page<F>(
    name: &str,
    size: (u32, u32),
    dark: bool,
    body: impl FnOnce(Page) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let driver = Driver::start();
    let page = driver.open(name, size, dark).await;
    let result = tokio::spawn(body(page.clone())).await;
    drop(page.client.close().await);
    drop(driver);
    if let Err(error) = result {
        std::panic::resume_unwind(error.into_panic());
    }
}

/// What an asker does with the shipped knowledge: look, ask, walk through steps, say whether it helped.
async fn visit(page: Page) {
    let server = Server::start_shipped(&[]).await;
    page.client.goto(&server.url("/")).await.unwrap();
    page.find(".questions button").await;
    page.shot("1-open").await;

    page.find("#text").await.send_keys("注销").await.unwrap();
    page.find("#options li").await;
    page.shot("2-suggestions").await;
    page.find("#text")
        .await
        .send_keys(&char::from(Key::Escape).to_string())
        .await
        .unwrap();
    page.run("document.getElementById('text').value = ''").await;

    page.ask("小游戏被侵权了，应该怎么投诉").await;
    page.shot("3-answer").await;
    page.press("没有微信公众号").await;
    page.until("document.querySelector('.walk .count')?.textContent === '1/5'")
        .await;
    page.shot("4-step").await;
    walk(&page).await;

    page.press("没解决").await;
    page.until("document.querySelector('.feedback [aria-pressed=true]')")
        .await;
    page.shot("6-feedback").await;
    let before = page.replies().await;
    page.click("#human").await;
    page.until(&format!(
        "document.querySelectorAll('.log .bot').length > {before}"
    ))
    .await;
    page.ask("今天晚上吃什么好呢").await;
    page.shot("7-unknown").await;

    let said = page
        .run("return document.getElementById('log').innerText")
        .await;
    page.client.refresh().await.unwrap();
    page.until(&format!(
        "document.getElementById('log').innerText === {said}"
    ))
    .await;
    page.is_sound(&server).await;
}

/// 下一步, 上一步, 全部步骤: one message, changed in place.
async fn walk(page: &Page) {
    let before = page.replies().await;
    for (label, count) in [("下一步", "2/5"), ("下一步", "3/5"), ("上一步", "2/5")] {
        page.press(label).await;
        page.until(&format!(
            "document.querySelector('.walk .count')?.textContent === '{count}'"
        ))
        .await;
    }
    page.shot("5-second-step").await;
    page.press("全部步骤").await;
    page.until("[...document.querySelectorAll('.log .bot')].at(-1).querySelectorAll('.steps ol > li').length === 5")
        .await;
    page.shot("5-all-steps").await;
    assert_eq!(page.replies().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_phone() {
    on_page("phone-light", PHONE, false, visit).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_phone_in_the_dark() {
    on_page("phone-dark", PHONE, true, visit).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_small_phone() {
    on_page("small-light", SMALL, false, visit).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_desktop() {
    on_page("desktop-light", DESKTOP, false, visit).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_desktop_in_the_dark() {
    on_page("desktop-dark", DESKTOP, true, visit).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_twelve_topics() {
    on_page("topics", (390, 844), false, topics).await;
}

/// A question to each topic, and something that only its answer says.
async fn topics(page: Page) {
    let server = Server::start_shipped(&[]).await;
    page.client.goto(&server.url("/")).await.unwrap();
    page.find(".questions button").await;
    for (at, (question, fact)) in [
        ("小程序迁移，appid和openid会变吗", "unionID"),
        ("公司注销了小程序还能注销吗", "对公账户"),
        ("微信小店小程序怎么注销释放名称", "加盖公章"),
        ("提示名称含通用词怎么办", "辨识度"),
        ("收到长时间不使用将被冻结的通知", "规定时间前登录"),
        ("小游戏侵权怎么投诉", "7 个工作日"),
        ("低质内容有哪些", "封面不当"),
        ("怎么举报违规链接", "轻触“投诉”"),
        ("名称被投诉占用，怎么申诉", "被投诉单号"),
        ("被投诉冒充他人怎么申诉", "入口看帐号"),
        ("文章内容未经授权被删怎么申诉", "被删除文章链接"),
        ("公众号冒充侵权有哪些情形", "整体仿冒"),
    ]
    .into_iter()
    .enumerate()
    {
        page.ask(question).await;
        page.shot(&format!("{:02}", at + 1)).await;
        page.until(&format!(
            "[...document.querySelectorAll('.log .bot')].at(-1).innerText.includes('{fact}')"
        ))
        .await;
    }
    page.is_sound(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_keyboard_alone() {
    on_page("keyboard", DESKTOP, false, by_keyboard).await;
}

async fn by_keyboard(page: Page) {
    let server = Server::start(&[]).await;
    page.client.goto(&server.url("/")).await.unwrap();
    page.find(".questions button").await;
    assert_eq!(focused(&page).await, "text", "one can type at once");

    // Composing with an input method: Enter belongs to it.
    page.keys("zhuxiao").await;
    page.run("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))").await;
    page.run("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, bubbles: true}))").await;
    assert_eq!(
        page.run("return document.getElementById('text').value")
            .await,
        "zhuxiao"
    );
    page.run("document.getElementById('text').value = ''").await;

    // A line break does not send; neither does Enter with nothing typed.
    page.keys("\u{E007}").await;
    page.keys("第一行\u{E008}\u{E007}\u{E008}").await;
    assert_eq!(
        page.run("return document.getElementById('text').value")
            .await,
        "第一行\n"
    );
    page.run("document.getElementById('text').value = ''").await;
    assert_eq!(
        page.run("return document.querySelectorAll('.asker').length")
            .await,
        0
    );

    // Suggestions: Escape closes them, the arrows choose, Enter sends.
    page.keys("注销").await;
    page.find("#options li").await;
    page.keys(&char::from(Key::Escape).to_string()).await;
    page.until("document.getElementById('options').hidden")
        .await;
    page.keys("小").await;
    page.keys(&char::from(Key::Backspace).to_string()).await;
    page.find("#options li").await;
    page.keys(&char::from(Key::Down).to_string()).await;
    page.until(
        "document.getElementById('text').getAttribute('aria-activedescendant') === 'option-0'",
    )
    .await;
    let chosen = page
        .run("return document.querySelector('#options [aria-selected=true]').innerText")
        .await;
    page.keys(&char::from(Key::Enter).to_string()).await;
    page.find(".log .asker.sent").await;
    assert_eq!(
        page.run("return document.querySelector('.asker .bubble').lastChild.textContent")
            .await,
        chosen
    );

    // Steps: Shift+Tab reaches the buttons; the focus stays where it was while the step changes.
    page.find(".walk .next").await;
    page.run("document.querySelector('.walk .next').focus()")
        .await;
    page.keys(&char::from(Key::Enter).to_string()).await;
    page.until("document.querySelector('.walk .count')?.textContent === '2/4'")
        .await;
    page.until("document.activeElement.dataset.way === 'next'")
        .await;
    page.keys(" ").await;
    page.until("document.querySelector('.walk .count')?.textContent === '3/4'")
        .await;

    // Everything can be reached, and has a name.
    let script = "return [...document.querySelectorAll('button, textarea, a')].filter((node) => node.offsetParent && !node.disabled \
                  && !(node.innerText || node.getAttribute('aria-label'))).map((node) => node.outerHTML)";
    assert_eq!(page.run(script).await, json!([]));
    page.is_sound(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_sent_is_sent_again_once() {
    on_page("offline", PHONE, false, offline).await;
}

async fn offline(page: Page) {
    let server = Server::start(&[]).await;
    page.client.goto(&server.url("/")).await.unwrap();
    page.find(".questions button").await;
    let server = server
        .restart(async {
            page.find("#text")
                .await
                .send_keys("小程序怎么注销\u{E007}")
                .await
                .unwrap();
            page.find(".asker.failed .retry").await;
            page.shot("1-failed").await;
        })
        .await;
    let sent = page
        .run("return JSON.parse(localStorage.getItem('wenlu.chat')).entries.at(-1).id")
        .await;
    page.press("重试").await;
    page.find(".asker.sent").await;
    let again =
        page.run("return JSON.parse(localStorage.getItem('wenlu.chat')).entries.find((entry) => entry.body).id").await;
    assert_eq!(sent, again);
    page.find(".walk .next").await;
    assert!(
        page.last_reply().await.contains("第 1 步，共 4 步"),
        "{}",
        page.last_reply().await
    );
    assert_eq!(
        Store::open(&server.database())
            .await
            .unwrap()
            .journal()
            .count()
            .await
            .unwrap(),
        2,
        "the greeting and one question"
    );
    // Text is text, whatever it looks like.
    page.ask("<img src=x onerror=alert(1)> <b>注销</b>").await;
    assert_eq!(
        page.run("return document.querySelectorAll('.log img, .log b').length")
            .await,
        0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_english_dark_and_afresh() {
    on_page("settings", PHONE, false, choices).await;
}

async fn choices(page: Page) {
    let server = Server::start_shipped(&[]).await;
    page.client.goto(&server.url("/")).await.unwrap();
    page.find(".questions button").await;
    page.click("#language").await;
    page.find(".log .bot[lang=en]").await;
    page.click("#theme").await;
    page.shot("1-english-dark").await;
    page.client.refresh().await.unwrap();
    page.find(".log .bot[lang=en]").await;
    assert_eq!(
        page.run("return [document.documentElement.lang, document.documentElement.dataset.theme]")
            .await,
        json!(["en", "dark"])
    );
    page.ask("how do I complain about an infringing mini game")
        .await;
    page.shot("2-english-answer").await;

    let first = page
        .run("return JSON.parse(localStorage.getItem('wenlu.chat')).conversation")
        .await;
    page.click("#new").await;
    page.shot("3-afresh").await;
    page.click("#sure .strong").await;
    page.until("!document.querySelector('.asker') && document.querySelector('.log .bot')")
        .await;
    assert_ne!(
        page.run("return JSON.parse(localStorage.getItem('wenlu.chat')).conversation")
            .await,
        first
    );
    page.is_sound(&server).await;
}

async fn focused(page: &Page) -> String {
    page.run("return document.activeElement.id")
        .await
        .as_str()
        .unwrap()
        .to_owned()
}
