//! Who may do what: every route with every role, and whatever asks for a change without being one of our pages.

use super::{Browser, House, now};
use crate::database::{Database, Engine, on_both};
use wenlu::store::accounts::{AccountRight, AccountRole};

/// Who may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Everybody,
    SignedIn,
    With(AccountRight),
    WithBoth(AccountRight, AccountRight),
}

use Access::{Everybody, SignedIn, With, WithBoth};

/// Method, path, a form that it takes, and who may.
type Case = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    Access,
);

const ROUTES: &[Case] = &[
    ("GET", "/admin/login", &[], Everybody),
    ("GET", "/admin/link", &[], Everybody),
    ("GET", "/admin", &[], SignedIn),
    ("GET", "/admin/clusters", &[], With(AccountRight::Read)),
    ("GET", "/admin/clusters/2", &[], With(AccountRight::Read)),
    ("GET", "/admin/questions", &[], With(AccountRight::Read)),
    (
        "GET",
        "/admin/find-intent?text=close",
        &[],
        With(AccountRight::Read),
    ),
    (
        "POST",
        "/admin/clusters/act",
        &[("cluster", "2"), ("action", "mine")],
        With(AccountRight::Review),
    ),
    (
        "POST",
        "/admin/clusters/2/split",
        &[("said", "2"), ("into", "")],
        With(AccountRight::Review),
    ),
    ("GET", "/admin/changes", &[], With(AccountRight::Read)),
    ("GET", "/admin/changes/1", &[], With(AccountRight::Read)),
    ("GET", "/admin/turns/2", &[], With(AccountRight::Review)),
    (
        "POST",
        "/admin/clusters/2/assign",
        &[("account", "")],
        With(AccountRight::Review),
    ),
    (
        "POST",
        "/admin/clusters/2/ignore",
        &[("ignored", "false")],
        With(AccountRight::Review),
    ),
    (
        "POST",
        "/admin/changes",
        &[
            ("cluster", "2"),
            ("said", "2"),
            ("action", "example"),
            ("intent", "close"),
        ],
        With(AccountRight::Review),
    ),
    (
        "POST",
        "/admin/changes/1/file",
        &[("revision", "0"), ("path", "x"), ("content", "")],
        With(AccountRight::Review),
    ),
    (
        "POST",
        "/admin/changes/1/rework",
        &[("revision", "0")],
        With(AccountRight::Review),
    ),
    (
        "POST",
        "/admin/changes/1/publish",
        &[("revision", "0")],
        With(AccountRight::Review),
    ),
    (
        "POST",
        "/admin/changes/1/undo",
        &[],
        With(AccountRight::Review),
    ),
    (
        "POST",
        "/admin/changes/1/discard",
        &[],
        With(AccountRight::Review),
    ),
    (
        "GET",
        "/admin/files?path=intents/close.toml",
        &[],
        With(AccountRight::Change),
    ),
    ("GET", "/admin/import", &[], With(AccountRight::Change)),
    (
        "POST",
        "/admin/files",
        &[("path", "intents/close.toml"), ("content", "title = 1")],
        With(AccountRight::Change),
    ),
    (
        "POST",
        "/admin/tests/accept",
        &[("version", "x"), ("reason", "x")],
        With(AccountRight::Change),
    ),
    (
        "GET",
        "/admin/conversations/1",
        &[],
        With(AccountRight::Read),
    ),
    ("GET", "/admin/intents", &[], With(AccountRight::Read)),
    ("GET", "/admin/intents/close", &[], With(AccountRight::Read)),
    ("GET", "/admin/write", &[], With(AccountRight::Review)),
    (
        "POST",
        "/admin/write",
        &[("title", "x")],
        With(AccountRight::Review),
    ),
    (
        "POST",
        "/admin/write/preview",
        &[("reply_zh", "x")],
        With(AccountRight::Review),
    ),
    (
        "GET",
        "/admin/intents/close/suggest?job=1",
        &[],
        With(AccountRight::Review),
    ),
    (
        "POST",
        "/admin/intents/close/suggest",
        &[("reply", "1. x")],
        With(AccountRight::Review),
    ),
    (
        "POST",
        "/admin/intents/close/suggest/draft",
        &[("said", "0 怎么注销")],
        With(AccountRight::Review),
    ),
    (
        "GET",
        "/admin/try?text=%E6%B3%A8%E9%94%80",
        &[],
        With(AccountRight::Read),
    ),
    ("GET", "/admin/journal", &[], With(AccountRight::Read)),
    ("GET", "/admin/me", &[], SignedIn),
    ("GET", "/admin/me/second", &[], SignedIn),
    (
        "POST",
        "/admin/me/password",
        &[
            ("now", "wrong"),
            ("password", "a long enough one"),
            ("again", "a long enough one"),
        ],
        SignedIn,
    ),
    (
        "POST",
        "/admin/me/second",
        &[("secret", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), ("code", "")],
        SignedIn,
    ),
    (
        "POST",
        "/admin/me/second/off",
        &[("now", "wrong")],
        SignedIn,
    ),
    (
        "POST",
        "/admin/me/second/codes",
        &[("now", "wrong")],
        SignedIn,
    ),
    ("POST", "/admin/me/end", &[("session", "none")], SignedIn),
    (
        "POST",
        "/admin/journal/export",
        &[("format", "csv")],
        With(AccountRight::Review),
    ),
    ("GET", "/admin/audit", &[], With(AccountRight::Change)),
    ("GET", "/admin/accounts", &[], With(AccountRight::Accounts)),
    (
        "POST",
        "/admin/accounts",
        &[("name", "viewer"), ("role", "viewer")],
        With(AccountRight::Accounts),
    ),
    (
        "POST",
        "/admin/accounts/role",
        &[("name", "viewer"), ("role", "viewer")],
        With(AccountRight::Accounts),
    ),
    (
        "POST",
        "/admin/accounts/disabled",
        &[("name", "nobody"), ("disabled", "false")],
        With(AccountRight::Accounts),
    ),
    (
        "POST",
        "/admin/accounts/second/off",
        &[("name", "nobody")],
        With(AccountRight::Accounts),
    ),
    (
        "POST",
        "/admin/accounts/link",
        &[("name", "nobody")],
        With(AccountRight::Accounts),
    ),
    (
        "GET",
        "/admin/erase?conversation=web:nobody",
        &[],
        With(AccountRight::Accounts),
    ),
    (
        "POST",
        "/admin/erase",
        &[("conversation", "web:nobody")],
        With(AccountRight::Accounts),
    ),
    ("GET", "/admin/inbox", &[], With(AccountRight::Inbox)),
    ("GET", "/admin/inbox/part", &[], With(AccountRight::Inbox)),
    ("GET", "/admin/inbox/1", &[], With(AccountRight::Inbox)),
    (
        "GET",
        "/admin/inbox/1/part?after=0",
        &[],
        With(AccountRight::Inbox),
    ),
    (
        "POST",
        "/admin/inbox/1/take",
        &[
            ("id", "0123456789abcdef0123"),
            ("seen", ""),
            ("text", "您好"),
            ("reason", "已解决"),
        ],
        With(AccountRight::Inbox),
    ),
    (
        "POST",
        "/admin/inbox/1/say",
        &[
            ("id", "0123456789abcdef0123"),
            ("seen", ""),
            ("text", "您好"),
            ("reason", "已解决"),
        ],
        With(AccountRight::Inbox),
    ),
    (
        "POST",
        "/admin/inbox/1/note",
        &[
            ("id", "0123456789abcdef0123"),
            ("seen", ""),
            ("text", "您好"),
            ("reason", "已解决"),
        ],
        With(AccountRight::Inbox),
    ),
    (
        "POST",
        "/admin/inbox/1/back",
        &[
            ("id", "0123456789abcdef0123"),
            ("seen", ""),
            ("text", "您好"),
            ("reason", "已解决"),
        ],
        With(AccountRight::Inbox),
    ),
    (
        "POST",
        "/admin/inbox/1/close",
        &[
            ("id", "0123456789abcdef0123"),
            ("seen", ""),
            ("text", "您好"),
            ("reason", "已解决"),
        ],
        With(AccountRight::Inbox),
    ),
    (
        "POST",
        "/admin/inbox/1/reopen",
        &[
            ("id", "0123456789abcdef0123"),
            ("seen", ""),
            ("text", "您好"),
            ("reason", "已解决"),
        ],
        With(AccountRight::Inbox),
    ),
    (
        "POST",
        "/admin/inbox/1/presence",
        &[("doing", "reads")],
        With(AccountRight::Inbox),
    ),
    (
        "POST",
        "/admin/inbox/1/snooze",
        &[("id", "0123456789abcdef0123"), ("until", "30m")],
        With(AccountRight::Inbox),
    ),
    (
        "GET",
        "/admin/inbox/files/none",
        &[],
        With(AccountRight::Inbox),
    ),
    (
        "GET",
        "/admin/inbox/search?words=a&stage=closed",
        &[],
        With(AccountRight::Inbox),
    ),
    (
        "POST",
        "/admin/inbox/1/files?id=0123456789abcdef0123",
        &[],
        With(AccountRight::Inbox),
    ),
    (
        "POST",
        "/admin/inbox/contacts/reached",
        &[("contact", "1")],
        With(AccountRight::Inbox),
    ),
    (
        "POST",
        "/admin/inbox/1/draft-intent",
        &[
            ("question", "0"),
            ("action", "example"),
            ("intent", "close"),
        ],
        WithBoth(AccountRight::Inbox, AccountRight::Review),
    ),
    (
        "POST",
        "/admin/accounts/inbox",
        &[("name", "nobody"), ("inbox", "true")],
        With(AccountRight::Accounts),
    ),
    ("POST", "/admin/logout", &[], SignedIn),
];

#[tokio::test]
async fn every_route_for_every_role() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        crate::admin::pages::ask(&house, "c", "小程序怎么注销").await;
        crate::admin::pages::ask(&house, "c", "附近哪里有好吃的面").await;
        for role in AccountRole::ALL {
            let mut browser = house.signed_in(role).await;
            for (method, path, form, least) in ROUTES {
                let status = ask(&mut browser, method, path, form).await;
                let refused = match least {
                    With(right) => !role.has(*right),
                    WithBoth(one, other) => !role.has(*one) || !role.has(*other),
                    Everybody | SignedIn => false,
                };
                assert_eq!(status == 403, refused, "{role:?} {method} {path}: {status}");
                assert!(
                    refused || [200, 303, 404, 409, 410].contains(&status),
                    "{role:?} {method} {path}: {status}"
                );
            }
        }
        // Without a session nothing but the entrance is there; a form's token is of no use then.
        let mut stranger = house.browser();
        for (method, path, form, least) in ROUTES {
            stranger.get("/admin/login").await;
            let status = ask(&mut stranger, method, path, form).await;
            match (least, *method) {
                (Everybody, _) => assert!([200, 410].contains(&status), "{path}: {status}"),
                (_, "GET") => assert_eq!(status, 303, "{path}"),
                (_, _) => assert_eq!(status, 403, "{path}"),
            }
        }
    })
    .await;
}

async fn ask(browser: &mut Browser, method: &str, path: &str, form: &[(&str, &str)]) -> u16 {
    match method {
        "GET" => browser.get(path).await.status,
        _ => browser.post(path, form).await.status,
    }
}

#[tokio::test]
async fn a_change_is_refused_unless_a_page_of_ours_asks() {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    let mut browser = house.signed_in(AccountRole::Admin).await;
    let own = house.server.url("");
    let entrance: [Case; 2] = [
        (
            "POST",
            "/admin/login",
            &[("name", "admin"), ("password", super::PASSWORD)],
            Everybody,
        ),
        (
            "POST",
            "/admin/link",
            &[("token", "x"), ("password", "x"), ("again", "x")],
            Everybody,
        ),
    ];
    let before = house
        .store
        .audit()
        .entries(i64::MAX, 1_000)
        .await
        .unwrap()
        .len();
    for (_, path, form, least) in ROUTES
        .iter()
        .chain(&entrance)
        .filter(|route| route.0 == "POST")
    {
        browser
            .get(if *least != Everybody {
                "/admin/me"
            } else {
                "/admin/login"
            })
            .await;
        let token = browser.form_token.clone();
        let with = |token: &'static str| [&[("form_token", token)], *form].concat();
        let right = with(token.leak());
        for (headers, fields, why) in [
            (
                vec![("origin", "http://evil.example")],
                right.clone(),
                "a forged origin",
            ),
            (vec![("origin", "null")], right.clone(), "no origin"),
            (vec![], right.clone(), "nothing said of where it comes from"),
            (
                vec![("origin", &own), ("sec-fetch-site", "cross-site")],
                right.clone(),
                "another site",
            ),
            (vec![("origin", &own)], form.to_vec(), "no token"),
            (vec![("origin", &own)], with("0"), "a wrong token"),
        ] {
            assert_eq!(
                browser.post_as(path, &fields, &headers).await.status,
                403,
                "{path}: {why}"
            );
        }
        let got = browser.get(path).await;
        // Some of these paths are pages too: what GET shows, it changes nothing.
        assert!(
            [200, 404, 405, 410].contains(&got.status),
            "GET {path}: {}",
            got.status
        );
        let mut other = house.signed_in(AccountRole::Admin).await;
        other.get("/admin/me").await;
        let stolen = other.form_token.clone();
        let stolen = [&[("form_token", stolen.as_str())], *form].concat();
        assert_eq!(
            browser
                .post_as(path, &stolen, &[("origin", &own)])
                .await
                .status,
            403,
            "{path}: another's token"
        );
    }
    let after = house.store.audit().entries(i64::MAX, 1_000).await.unwrap();
    let changes = after.len()
        - before
        - ROUTES
            .iter()
            .chain(&entrance)
            .filter(|route| route.0 == "POST")
            .count();
    assert_eq!(
        changes, 0,
        "only the sign-ins of the others are new: {after:#?}"
    );
    assert_eq!(browser.get("/admin").await.status, 200, "still signed in");
}

#[tokio::test]
async fn only_from_this_machine_unless_a_setting_says_otherwise() {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    for (name, value) in [
        ("x-forwarded-for", "1.2.3.4"),
        ("forwarded", "for=1.2.3.4"),
        ("via", "1.1 proxy"),
        ("host", "evil.example"),
    ] {
        let mut browser = house.browser();
        browser.headers.push((name, value.to_owned()));
        for path in ["/admin", "/admin/login", "/admin/admin.css"] {
            let shown = browser.get(path).await;
            assert_eq!(
                (shown.status, shown.body.contains("没有这个页面")),
                (404, true),
                "{name} {path}"
            );
        }
    }
    for (values, there) in [
        (&[("WENLU_ADMIN", "off")][..], false),
        (&[("WENLU_TRUSTED_PROXIES", "1")], false),
        (
            &[("WENLU_ADMIN", "public"), ("WENLU_TRUSTED_PROXIES", "1")],
            true,
        ),
    ] {
        let database = Database::new(Engine::Sqlite).await;
        let house = House::on(&database, values).await;
        let mut browser = house.browser();
        browser
            .headers
            .push(("x-forwarded-for", "1.2.3.4".to_owned()));
        let status = browser.get("/admin/login").await.status;
        assert_eq!(status == 200, there, "{values:?}: {status}");
    }
}

#[tokio::test]
async fn over_https_the_cookie_stays_with_this_host() {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(
        &database,
        &[("WENLU_ADMIN", "public"), ("WENLU_TRUSTED_PROXIES", "1")],
    )
    .await;
    house.account("ann", AccountRole::Viewer).await;
    let request = reqwest::Client::new()
        .get(house.server.url("/admin/login"))
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-for", "1.2.3.4");
    let response = request.send().await.unwrap();
    let cookie = response.headers()["set-cookie"]
        .to_str()
        .unwrap()
        .to_owned();
    let (name, rest) = cookie.split_once('=').unwrap();
    assert_eq!(
        (name, &rest[64..]),
        (
            "__Host-wenlu-form",
            "; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=43200"
        )
    );
    let policy = response.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(
        policy.contains("default-src 'none'")
            && !policy.contains("unsafe")
            && policy.contains("form-action 'self'")
    );
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["x-frame-options"], "DENY");

    let mut browser = house.browser();
    browser.headers = vec![
        ("x-forwarded-proto", "https".into()),
        ("x-forwarded-for", "1.2.3.4".into()),
        ("x-forwarded-host", "bot.cn".into()),
    ];
    browser.get("/admin/login").await;
    let token = browser.form_token.clone();
    let fields = [
        ("form_token", token.as_str()),
        ("name", "ann"),
        ("password", super::PASSWORD),
    ];
    assert_eq!(
        browser
            .post_as("/admin/login", &fields, &[("origin", "https://bot.cn")])
            .await
            .status,
        303
    );
    assert!(browser.cookies.contains_key("__Host-wenlu-session"));
    let log = house.store.audit().entries(i64::MAX, 1).await.unwrap();
    assert_eq!(
        (log[0].client.as_str(), log[0].at <= now()),
        ("1.2.3.4", true)
    );
}
