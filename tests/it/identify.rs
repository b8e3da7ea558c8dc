//! Who asks, as the site's own server signs it; the page that they are on; and `wenlu embed`, which helps
//! with both.

use crate::admin::House;
use crate::admin::inbox::Asker;
use crate::browser::{DESKTOP, Page, on_page};
use crate::database::on_both;
use crate::erase::texts;
use crate::server::{Server, chat_name};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::process::{Command, Stdio};
use wenlu::store::accounts::AccountRole;
use wenlu::store::audit::AuditActor;

const SITE: &str = "https://www.shop.example";
const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn signed(claims: &Value, secret: &str) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&json!({"alg": "HS256"})), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    let signature = BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    format!("{signed}.{signature}")
}

fn token(site: &str, subject: &str, name: &str) -> String {
    let expires = crate::admin::now().0 / 1_000 + 600;
    let claims = json!({"sub": subject, "exp": expires, "aud": site, "name": name});
    signed(&claims, SECRET)
}

async fn identify(server: &Server, conversation: &str, token: &str) -> (u16, Value) {
    let body = json!({"conversation": conversation, "token": token});
    let request = reqwest::Client::new().post(server.url("/api/v1/identify"));
    let response = request.json(&body).send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap())
}

async fn history(server: &Server, conversation: &str) -> Value {
    let path = format!("/api/v1/history?conversation={conversation}");
    let response = reqwest::get(server.url(&path)).await.unwrap();
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

#[tokio::test]
async fn a_visitor_is_named_and_has_one_conversation_on_every_device() {
    on_both(async |database| {
        let values = [
            ("WENLU_EMBED_ORIGINS", SITE),
            ("WENLU_EMBED_SECRETS", SECRET),
        ];
        let house = House::on(&database, &values).await;
        let server = &house.server;
        let mut agent = house.signed_in(AccountRole::Agent).await;
        let phone = Asker::on(&house, "phone");
        let ann = token(SITE, "u42", "王芳");
        phone.say("小程序怎么注销，我的手机是 13912345678").await;
        let (status, told) = identify(server, phone.conversation(), &ann).await;
        assert_eq!(
            (status, &told["conversation"]),
            (200, &json!(phone.conversation()))
        );
        assert_eq!(told["name"], "王芳");

        let body = json!({
            "conversation": phone.conversation(), "id": "m2", "text": "转人工",
            "page": {"address": format!("{SITE}/orders/7?token=secret#x"), "title": "我的订单"},
        });
        let request = reqwest::Client::new().post(server.url("/api/v1/messages"));
        assert_eq!(request.json(&body).send().await.unwrap().status(), 200);
        let handover = phone.handover(&house).await;
        assert_eq!(handover.asker.as_deref(), Some("王芳"));
        let page = handover.page.clone().unwrap();
        assert_eq!(page.address, format!("{SITE}/orders/7"));
        let number = handover.number;
        let shown = agent.get(&format!("/admin/inbox/{number}")).await.body;
        for told in ["王芳", "u42", "我的订单", "/orders/7"] {
            assert!(shown.contains(told), "{told}: {shown}");
        }
        assert!(!shown.contains("token=secret"));

        // another device of the same visitor goes on in it, without what is personal
        let (_, told) = identify(server, &chat_name("desk"), &ann).await;
        assert_eq!(told["conversation"], phone.conversation());
        let past = history(server, phone.conversation()).await;
        assert_eq!(past["person"], true);
        let said = past["turns"].to_string();
        assert!(
            said.contains("小程序怎么注销") && said.contains("公众平台"),
            "{said}"
        );
        assert!(!said.contains("13912345678"), "{said}");
        // a new name shows at once
        identify(server, phone.conversation(), &token(SITE, "u42", "王小芳")).await;
        assert_eq!(
            phone.handover(&house).await.asker.as_deref(),
            Some("王小芳")
        );
        // another visitor on the same device begins anew, and stays with that
        let other = token(SITE, "u43", "李雷");
        let (_, told) = identify(server, phone.conversation(), &other).await;
        let fresh = told["conversation"].as_str().unwrap().to_owned();
        assert_ne!(fresh, phone.conversation());
        let (_, again) = identify(server, phone.conversation(), &other).await;
        assert_eq!(again["conversation"], fresh.as_str());

        let by = AuditActor::terminal(crate::admin::now());
        let name = format!("web:{}", phone.conversation());
        house.store.erasure().erase(by, &name).await.unwrap();
        let left = texts(&database.url, "SELECT subject FROM identities").await;
        assert_eq!(left, ["u43"]);
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_not_taken_says_why_and_changes_nothing() {
    on_both(async |database| {
        let values = [
            ("WENLU_EMBED_ORIGINS", SITE),
            ("WENLU_EMBED_SECRETS", SECRET),
            ("WENLU_EMBED_PAGE", "off"),
        ];
        let house = House::on(&database, &values).await;
        let asker = Asker::on(&house, "a");
        let claims = json!({"sub": "u1", "exp": 4_000_000_000_i64, "aud": SITE});
        for (bad, why) in [
            (token(SITE, "u1", "")[..40].to_owned(), "no JSON Web Token"),
            (signed(&claims, "another-secret-another-secret-another"), "another secret"),
            (signed(&claims, SECRET), "24 hours"),
            (token("https://evil.example", "u1", ""), "`aud`"),
        ] {
            let (status, told) = identify(&house.server, asker.conversation(), &bad).await;
            assert_eq!((status, &told["error"]["code"]), (403, &json!("wrong_visitor")), "{why}");
            let detail = told["error"]["detail"].as_str().unwrap();
            assert!(detail.contains(why), "{why}: {detail}");
        }
        let names = "SELECT subject FROM identities";
        assert!(texts(&database.url, names).await.is_empty());
        // the chat goes on; and no page is told where that is off, or of a site that is not listed
        let page = json!({"address": format!("{SITE}/a"), "title": "甲"});
        let body = json!({"conversation": asker.conversation(), "id": "m1", "text": "转人工", "page": page});
        house.account("agent", AccountRole::Agent).await;
        let request = reqwest::Client::new().post(house.server.url("/api/v1/messages"));
        assert_eq!(request.json(&body).send().await.unwrap().status(), 200);
        let name = format!("web:{}", asker.conversation());
        let found = house.store.handovers().of(&name);
        if let Some(handover) = found.await.unwrap() {
            assert_eq!((handover.page, handover.asker), (None, None));
        }
    })
    .await;
}

#[tokio::test]
async fn one_site_cannot_use_up_what_others_may_send() {
    let server = Server::start(&[
        ("WENLU_EMBED_ORIGINS", "https://a.example,https://b.example"),
        ("WENLU_EMBED_RATE_PER_MINUTE", "6"),
        ("WENLU_RATE_PER_MINUTE", "0"),
    ])
    .await;
    let frame = |site: &str| server.url(&format!("/embed?site={site}"));
    let page = reqwest::get(frame("https://a.example")).await.unwrap();
    let page = page.text().await.unwrap();
    let ticket = page.split("data-ticket=\"").nth(1).unwrap();
    let ticket = ticket.split('"').next().unwrap();
    let say = async |id: u32, headers: &[(&str, &str)]| {
        let body = json!({"conversation": chat_name("c"), "id": id.to_string(), "text": "你好"});
        let mut request = reqwest::Client::new().post(server.url("/api/v1/messages"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.json(&body).send().await.unwrap().status().as_u16()
    };
    assert_eq!(say(1, &[("x-wenlu-ticket", ticket)]).await, 200);
    assert_eq!(say(2, &[("x-wenlu-ticket", ticket)]).await, 429);
    assert_eq!(say(3, &[("origin", "https://a.example")]).await, 429);
    assert_eq!(say(4, &[("origin", "https://b.example")]).await, 200);
    // nobody else is held up, whatever they make up
    assert_eq!(say(5, &[("x-wenlu-ticket", "made.up")]).await, 200);
    assert_eq!(say(6, &[]).await, 200);
}

// ── in a browser ──

const ROOT: &str = "document.getElementById('wenlu-widget').shadowRoot";

/// A page of a site that says who its visitor is.
async fn site(bot: &Server, listener: tokio::net::TcpListener) -> String {
    let bot = bot.url("");
    let page = format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>我的订单</title><link rel=\"icon\" href=\"data:,\">\
         <script>window.wenlu ??= function () {{ (wenlu.q ||= []).push(arguments); }}; window.heard = [];\
         wenlu('on', 'identify', (is) => heard.push(is));</script>\
         <script src=\"{bot}/widget.js\" async></script><h1>小店</h1></html>"
    );
    let html = (
        [(axum::http::header::CONTENT_TYPE, "text/html; charset=utf-8")],
        page,
    );
    let respond = move || async move { html };
    let routes = axum::Router::new().route("/orders", axum::routing::get(respond));
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{address}")
}

async fn visit(page: Page) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let values = [
        ("WENLU_EMBED_ORIGINS", origin.as_str()),
        ("WENLU_EMBED_SECRETS", SECRET),
    ];
    let bot = Server::start_shipped(&values).await;
    let address = site(&bot, listener).await;
    page.client
        .goto(&format!("{address}/orders?user=7"))
        .await
        .unwrap();
    page.until("document.getElementById('wenlu-widget')").await;
    let wrong = signed(
        &json!({"sub": "u1", "exp": 1, "aud": origin}),
        "x".repeat(32).as_str(),
    );
    page.run(&format!("wenlu('identify', '{wrong}')")).await;
    // nothing is loaded before it is opened
    assert_eq!(
        page.run(&format!("return {ROOT}.querySelector('iframe')"))
            .await,
        json!(null)
    );
    page.run("wenlu('open')").await;
    page.until("window.heard.includes(false)").await;
    let log = page
        .driver("se/log", json!({"type": "browser"}))
        .await
        .to_string();
    assert!(
        log.contains("not identified") && log.contains("another secret"),
        "{log}"
    );
    let good = token(&origin, "u1", "王芳");
    page.run(&format!("wenlu('identify', async () => '{good}')"))
        .await;
    page.until("window.heard.includes(true)").await;
    page.run("wenlu('ask', '投诉进度在哪看')").await;
    let store = wenlu::store::Store::open(&bot.database()).await.unwrap();
    let names = "SELECT name FROM identities";
    assert_eq!(texts(&bot.database(), names).await, ["王芳"]);
    drop(store);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_says_who_its_visitor_is() {
    on_page("identify", DESKTOP, false, visit).await;
}

// ── wenlu embed ──

fn embed(values: &[(&str, &str)], args: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_wenlu"))
        .arg("embed")
        .args(args)
        .current_dir(folder.path())
        .env_clear()
        .envs(values.iter().copied())
        .output()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_prints_the_line_and_looks_whether_it_would_work() {
    let values = [
        ("WENLU_EMBED_ORIGINS", SITE),
        ("WENLU_EMBED_SECRETS", SECRET),
    ];
    let server = Server::start(&values).await;
    let address = server.url("");
    let (code, text) = embed(&values, &["--address", &address]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains(&format!(
            "<script src=\"{address}/widget.js\" async></script>"
        )),
        "{text}"
    );
    assert!(
        !text.contains('✗') && text.matches('✓').count() == 5,
        "{text}"
    );
    let json = |values: &[(&str, &str)], args: &[&str]| {
        let (code, text) = embed(values, &[args, &["--json"]].concat());
        let report: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(report["ok"] == json!(true), code == Some(0), "{report}");
        report
    };
    // a site that neither the settings nor the server list
    let report = json(&values, &["https://b.example/shop", "--address", &address]);
    assert_eq!(report["site"], "https://b.example");
    let problems: Vec<&Value> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["problem"])
        .collect();
    assert_eq!(
        problems,
        [
            &json!("not listed"),
            &json!(null),
            &json!("status 404"),
            &json!("header Access-Control-Allow-Origin")
        ]
    );
    let nowhere = json(&values, &["--address", "http://127.0.0.1:9"]);
    assert_eq!(nowhere["checks"][1]["problem"], "unreachable");
    let (code, _) = embed(&[], &[]);
    assert_eq!(code, Some(1));
}

/// What runs a language's code: a file of this name, with this after it, by these commands, of which the last prints the token.
struct Runtime {
    language: &'static str,
    file: &'static str,
    after: &'static str,
    commands: &'static [&'static [&'static str]],
}

const RUNTIMES: [Runtime; 4] = [
    Runtime {
        language: "python",
        file: "sign.py",
        after: "print(wenlu_token(42, '王\"芳'), end='')",
        commands: &[&["python3", "sign.py"]],
    },
    Runtime {
        language: "node",
        file: "sign.cjs",
        after: "process.stdout.write(wenluToken(42, '王\"芳'));",
        commands: &[&["node", "sign.cjs"]],
    },
    Runtime {
        language: "php",
        file: "sign.php",
        after: "echo wenlu_token(42, '王\"芳');",
        commands: &[&["php", "sign.php"]],
    },
    Runtime {
        language: "java",
        file: "WenluToken.java",
        after: "class Sign { public static void main(String[] a) throws Exception { \
                System.out.print(WenluToken.of(\"42\", \"王\\\"芳\")); } }",
        commands: &[
            &["javac", "-encoding", "UTF-8", "WenluToken.java"],
            &["java", "-cp", ".", "Sign"],
        ],
    },
];

impl Runtime {
    fn is_there(&self) -> bool {
        let found = |program: &str| {
            let mut asked = Command::new(program);
            asked.arg("--version").stdout(Stdio::null());
            let asked = asked.stderr(Stdio::null()).status();
            asked.is_ok_and(|status| status.success())
        };
        self.commands.iter().all(|command| found(command[0]))
    }

    /// The token that the code prints.
    fn run(&self, code: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let program = format!("{code}\n{}\n", self.after);
        std::fs::write(folder.path().join(self.file), program).unwrap();
        let mut printed = Vec::new();
        for command in self.commands {
            let output = Command::new(command[0])
                .args(&command[1..])
                .current_dir(folder.path())
                .env("WENLU_EMBED_SECRET", SECRET)
                .output()
                .unwrap();
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{command:?}: {told}");
            printed = output.stdout;
        }
        String::from_utf8(printed).unwrap()
    }
}

/// Python and Node.js are wherever all tests run; the others where they are at hand, and what was left out is said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_printed_code_signs_is_taken() {
    let values = [
        ("WENLU_EMBED_ORIGINS", SITE),
        ("WENLU_EMBED_SECRETS", SECRET),
    ];
    let server = Server::start(&values).await;
    let address = server.url("");
    let mut left_out = Vec::new();
    for runtime in &RUNTIMES {
        let language = runtime.language;
        if !runtime.is_there() {
            left_out.push(language);
            continue;
        }
        let args = [SITE, "--address", &address, "--json", "--sign", language];
        let report: Value = serde_json::from_str(&embed(&values, &args).1).unwrap();
        let token = runtime.run(report["code"].as_str().unwrap());
        let (status, told) = identify(&server, &chat_name(language), &token).await;
        assert_eq!(
            (status, &told["name"]),
            (200, &json!("王\"芳")),
            "{language}: {told}"
        );
    }
    eprintln!("signing code that was not run, for want of a runtime: {left_out:?}");
    assert!(!left_out.contains(&"python"), "python3");
    if std::env::var_os("WENLU_TEST_ALL_RUNTIMES").is_some() {
        assert!(left_out.is_empty(), "{left_out:?}");
    }
}
