//! Accounts, sessions and their limits.

use super::{Browser, House, PASSWORD, now};
use crate::database::{Database, Engine, on_both};
use crate::erase::texts;
use totp_rs::{Builder, Secret};
use wenlu::store::accounts::{AccountChangeOutcome, AccountRole};
use wenlu::store::audit::{AuditAction, AuditActor};

#[tokio::test]
async fn the_first_account_by_a_link_that_is_good_once() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let settings = crate::server::settings(
            house.server.folder.path(),
            house.server.folder.path(),
            &[("DATABASE_URL", &database.url)],
        );
        let path = wenlu::app::build(settings)
            .await
            .unwrap()
            .first_link()
            .await
            .unwrap()
            .unwrap();
        let token = path.split_once("token=").unwrap().1.to_owned();
        let mut browser = house.browser();
        assert!(browser.get(&path).await.body.contains("创建管理员"));
        // Looking at it uses nothing up, and what is refused neither.
        for (name, password, again, said) in [
            ("Ann", PASSWORD, PASSWORD, "帐号名须是"),
            ("ann", "short", "short", "至少要有"),
            ("ann", PASSWORD, "客服中心的老地方见面啊", "不一样"),
            (
                "ann",
                "I am ann, let me in",
                "I am ann, let me in",
                "不要带帐号名",
            ),
        ] {
            let fields = [
                ("token", token.as_str()),
                ("name", name),
                ("password", password),
                ("again", again),
            ];
            let shown = browser.post("/admin/link", &fields).await;
            assert!(
                shown.status == 422 && shown.body.contains(said),
                "{name}: {}",
                shown.body
            );
        }
        let fields = [
            ("token", token.as_str()),
            ("name", "ann"),
            ("password", PASSWORD),
            ("again", PASSWORD),
        ];
        assert_eq!(
            browser
                .post("/admin/link", &fields)
                .await
                .location
                .as_deref(),
            Some("/admin/login")
        );
        let account = house.store.accounts().find("ann").await.unwrap().unwrap();
        assert_eq!(account.role, AccountRole::Admin);
        assert!(account.password.unwrap().0.starts_with("$argon2id$"));
        assert_eq!(browser.get(&path).await.status, 410);
        assert_eq!(browser.post("/admin/link", &fields).await.status, 410);
        assert_eq!(browser.sign_in("ann", PASSWORD, "").await.status, 303);
        assert!(browser.get("/admin").await.body.contains("ann"));
    })
    .await;
}

#[tokio::test]
async fn only_the_newest_link_makes_the_first_account() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let folder = house.server.folder.path();
        let mut links = Vec::new();
        for _ in 0..3 {
            let settings =
                crate::server::settings(folder, folder, &[("DATABASE_URL", &database.url)]);
            let app = wenlu::app::build(settings).await.unwrap();
            links.push(app.first_link().await.unwrap().unwrap());
        }
        let mut shown = Vec::new();
        for link in &links {
            shown.push(house.browser().get(link).await.status);
        }
        assert_eq!(shown, [410, 410, 200]);
    })
    .await;
}

#[tokio::test]
async fn what_the_store_holds_opens_nothing() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let browser = house.signed_in(AccountRole::Viewer).await;
        let held = &browser.cookies["wenlu-session"];
        let account = house
            .store
            .accounts()
            .find("viewer")
            .await
            .unwrap()
            .unwrap();
        let limits = wenlu::admin::auth::sign_in::SESSION_LIMITS;
        let session = house
            .store
            .sessions()
            .of(account.id, now(), limits)
            .await
            .unwrap()
            .remove(0);
        assert_eq!((held.len(), session.token.len()), (64, 64));
        assert_ne!(*held, session.token);
        let mut thief = house.browser();
        thief.cookies.insert("wenlu-session".into(), session.token);
        assert_eq!(
            thief.get("/admin").await.location.as_deref(),
            Some("/admin/login")
        );
    })
    .await;
}

#[tokio::test]
async fn sessions_run_out_and_end() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        for (sql, how) in [
            ("UPDATE sessions SET seen_at = seen_at - 7201000", "idle"),
            (
                "UPDATE sessions SET created_at = created_at - 43201000",
                "absolute",
            ),
            ("UPDATE accounts SET disabled = 1", "disabled"),
        ] {
            let mut browser = house.signed_in(AccountRole::Viewer).await;
            assert_eq!(browser.get("/admin").await.status, 200);
            database.sql(sql).await;
            assert_eq!(
                browser.get("/admin").await.location.as_deref(),
                Some("/admin/login"),
                "{how}"
            );
        }
        database.sql("UPDATE accounts SET disabled = 0").await;
        // One that is used stays, until it is signed out of; a copy of its cookie is worth nothing then.
        let mut browser = house.signed_in(AccountRole::Viewer).await;
        for _ in 0..3 {
            database
                .sql("UPDATE sessions SET seen_at = seen_at - 7100000")
                .await;
            assert_eq!(browser.get("/admin").await.status, 200);
        }
        let copy = browser.cookies.clone();
        assert_eq!(browser.post("/admin/logout", &[]).await.status, 303);
        browser.cookies = copy;
        assert_eq!(
            browser.get("/admin").await.location.as_deref(),
            Some("/admin/login")
        );
    })
    .await;
}

#[tokio::test]
async fn a_new_password_ends_other_sessions() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let (mut here, mut elsewhere) = (
            house.signed_in(AccountRole::Viewer).await,
            house.signed_in(AccountRole::Viewer).await,
        );
        let new = "另一句很长的话 2026";
        let fields = |now: &'static str| [("now", now), ("password", new), ("again", new)];
        assert!(
            here.post("/admin/me/password", &fields("not my password"))
                .await
                .body
                .contains("不对")
        );
        assert_eq!(elsewhere.get("/admin").await.status, 200);
        assert_eq!(
            here.post("/admin/me/password", &fields(PASSWORD))
                .await
                .location
                .as_deref(),
            Some("/admin/me?done=password")
        );
        assert_eq!(
            [
                here.get("/admin").await.status,
                elsewhere.get("/admin").await.status
            ],
            [200, 303]
        );
        assert_eq!(
            house.browser().sign_in("viewer", PASSWORD, "").await.status,
            401
        );
        assert_eq!(house.browser().sign_in("viewer", new, "").await.status, 303);
    })
    .await;
}

#[tokio::test]
async fn the_limit_of_tries_holds_over_replicas() {
    on_both(async |database| {
        let (house, other) = (
            House::on(&database, &[]).await,
            House::on(&database, &[]).await,
        );
        house.account("ann", AccountRole::Viewer).await;
        let mut tries = tokio::task::JoinSet::new();
        for number in 0..12 {
            let mut browser = if number % 2 == 0 {
                house.browser()
            } else {
                other.browser()
            };
            tries.spawn(async move { browser.sign_in("ann", "wrong password", "").await.status });
        }
        let all = tries.join_all().await;
        // Whoever tries many at once gets fewer than one after the other, never more.
        let mut failed = all.iter().filter(|status| **status == 401).count();
        assert!(
            failed <= 5 && all.iter().all(|status| [401, 429].contains(status)),
            "{all:?}"
        );
        while house
            .browser()
            .sign_in("ann", "wrong password", "")
            .await
            .status
            == 401
        {
            failed += 1;
        }
        assert_eq!(failed, 5);
        // Not even with the right password, here or there; later, yes.
        assert_eq!(
            house.browser().sign_in("ann", PASSWORD, "").await.status,
            429
        );
        assert_eq!(
            other.browser().sign_in("ann", PASSWORD, "").await.status,
            429
        );
        database.sql("UPDATE attempts SET at = at - 900001").await;
        assert_eq!(
            other.browser().sign_in("ann", PASSWORD, "").await.status,
            303
        );
    })
    .await;
}

/// Through a proxy of ours, from ten addresses, as often as it takes.
async fn lock_out(house: &House, name: &str) {
    for address in 0..11 {
        for _ in 0..5 {
            let mut stranger = house.browser();
            stranger
                .headers
                .push(("x-forwarded-for", format!("10.0.0.{address}")));
            stranger.sign_in(name, "wrong password", "").await;
        }
    }
}

#[tokio::test]
async fn strangers_lock_nobody_out_of_the_browser_that_they_use() {
    on_both(async |database| {
        let proxied = [("WENLU_ADMIN", "public"), ("WENLU_TRUSTED_PROXIES", "1")];
        let house = House::on(&database, &proxied).await;
        let at = |address: &str, browser: &mut Browser| {
            browser.headers = vec![("x-forwarded-for", address.to_owned())];
        };
        house.account("ann", AccountRole::Admin).await;
        house.account("bob", AccountRole::Admin).await;
        let mut own = house.browser();
        at("10.1.1.1", &mut own);
        assert_eq!(own.sign_in("ann", PASSWORD, "").await.status, 303);
        lock_out(&house, "ann").await;

        let mut elsewhere = house.browser();
        at("10.2.2.2", &mut elsewhere);
        let refused = elsewhere.sign_in("ann", PASSWORD, "").await;
        assert_eq!(refused.status, 429);
        assert!(refused.body.contains("admin unlock"), "{}", refused.body);
        // in her own browser she signs in, wherever she is
        at("10.3.3.3", &mut own);
        own.cookies.remove("wenlu-session");
        assert_eq!(own.sign_in("ann", PASSWORD, "").await.status, 303);
        // which helps with no other account, and not for ever
        let mut other = house.browser();
        at("10.4.4.4", &mut other);
        other.cookies.clone_from(&own.cookies);
        lock_out(&house, "bob").await;
        assert_eq!(other.sign_in("bob", PASSWORD, "").await.status, 429);
        let mut tried = Vec::new();
        for _ in 0..11 {
            tried.push(own.sign_in("ann", "wrong password", "").await.status);
        }
        assert_eq!(tried, [vec![401; 10], vec![429]].concat());
        // a forged cookie is a stranger's
        let forged = "0".repeat(128);
        elsewhere.cookies.insert("wenlu-device".into(), forged);
        assert_eq!(elsewhere.sign_in("ann", PASSWORD, "").await.status, 429);

        let unlocked = unlock(&house, "ann").await;
        assert_eq!(unlocked, AccountChangeOutcome::Done);
        assert_eq!(elsewhere.sign_in("ann", PASSWORD, "").await.status, 303);
        let log = house.store.audit().entries(i64::MAX, 100).await.unwrap();
        assert!(
            log.iter()
                .any(|entry| entry.action == AuditAction::Unlock && entry.subject == "ann")
        );
    })
    .await;
}

#[tokio::test]
async fn a_new_password_makes_every_browser_a_stranger() {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    let mut own = house.signed_in(AccountRole::Viewer).await;
    let new = "另一句很长的话 2026";
    let fields = [("now", PASSWORD), ("password", new), ("again", new)];
    assert_eq!(own.post("/admin/me/password", &fields).await.status, 303);
    let known = own.cookies["wenlu-device"].clone();
    for _ in 0..6 {
        house
            .browser()
            .sign_in("viewer", "wrong password", "")
            .await;
    }
    own.cookies.remove("wenlu-session");
    assert_eq!(own.sign_in("viewer", new, "").await.status, 429);
    assert_eq!(own.cookies["wenlu-device"], known);
}

#[tokio::test]
async fn many_names_from_one_address_are_limited_too() {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    let mut found = Vec::new();
    for number in 0..22 {
        found.push(
            house
                .browser()
                .sign_in(&format!("nobody{number}"), "wrong password", "")
                .await
                .status,
        );
    }
    assert_eq!(found, [vec![401; 20], vec![429; 2]].concat());
}

#[tokio::test]
async fn one_time_codes() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let mut browser = house.signed_in(AccountRole::Viewer).await;
        let page = browser.get("/admin/me/second").await.body;
        assert!(page.contains("<svg class=\"qr\""));
        let secret = page
            .split("name=\"secret\" value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .to_owned();
        let totp = Builder::new()
            .with_secret(Secret::try_from_base32(&secret).unwrap())
            .build()
            .unwrap();
        let seconds = || u64::try_from(now().0 / 1_000).unwrap();
        let code = |from_now: i64| {
            totp.generate(seconds().saturating_add_signed(from_now))
                .to_string()
        };
        assert!(
            browser
                .post(
                    "/admin/me/second",
                    &[("secret", &secret), ("code", "000000")]
                )
                .await
                .body
                .contains("不对")
        );
        let fields = [("secret", secret.clone()), ("code", code(-30))];
        let fields = fields
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let enabled = browser.post("/admin/me/second", &fields).await;
        assert_eq!(enabled.status, 200);
        assert!(enabled.body.contains("两步验证已经开启"));
        assert_eq!(recovery_codes(&enabled.body).len(), 10);

        let mut again = house.browser();
        assert_eq!(again.sign_in("viewer", PASSWORD, "").await.status, 401);
        assert_eq!(
            again
                .sign_in("viewer", PASSWORD, &code(-3_000))
                .await
                .status,
            401
        );
        let right = code(30);
        assert_eq!(again.sign_in("viewer", PASSWORD, &right).await.status, 303);
        assert_eq!(
            house
                .browser()
                .sign_in("viewer", PASSWORD, &right)
                .await
                .status,
            401,
            "a code is good once"
        );

        database.sql("UPDATE accounts SET second_step = 0").await;
        assert!(
            browser
                .post("/admin/me/second/off", &[("now", PASSWORD), ("code", "")])
                .await
                .body
                .contains("不对")
        );
        let off =
            [("now", PASSWORD), ("code", &code(0))].map(|(name, value)| (name, value.to_owned()));
        let off = off.each_ref().map(|(name, value)| (*name, value.as_str()));
        browser.get("/admin/me").await;
        assert_eq!(
            browser
                .post("/admin/me/second/off", &off)
                .await
                .location
                .as_deref(),
            Some("/admin/me?done=off")
        );
        assert_eq!(
            house.browser().sign_in("viewer", PASSWORD, "").await.status,
            303
        );
    })
    .await;
}

/// The codes on the page that shows them.
fn recovery_codes(page: &str) -> Vec<String> {
    let (_, list) = page.split_once("<ol class=\"codes\">").expect("codes");
    let list = list.split("</ol>").next().unwrap();
    let codes = list.split("<code>").skip(1);
    codes
        .map(|code| code.split('<').next().unwrap().to_owned())
        .collect()
}

/// Turns on the second factor of the browser's account.
async fn with_second_factor(browser: &mut Browser) -> Vec<String> {
    let page = browser.get("/admin/me/second").await.body;
    let (_, secret) = page.split_once("name=\"secret\" value=\"").unwrap();
    let secret = secret.split('"').next().unwrap();
    let totp = Builder::new()
        .with_secret(Secret::try_from_base32(secret).unwrap())
        .build()
        .unwrap();
    let code = totp
        .generate(u64::try_from(now().0 / 1_000).unwrap())
        .to_string();
    let fields = [("secret", secret), ("code", code.as_str())];
    recovery_codes(&browser.post("/admin/me/second", &fields).await.body)
}

#[tokio::test]
async fn recovery_codes_stand_in_for_the_telephone() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let mut browser = house.signed_in(AccountRole::Viewer).await;
        let codes = with_second_factor(&mut browser).await;
        // shown once, and kept as hashes
        let page = browser.get("/admin/me").await.body;
        assert!(page.contains("还有 10 个恢复码"), "{page}");
        assert!(codes.iter().all(|code| !page.contains(code)));
        let kept = texts(&database.url, "SELECT hash FROM recovery_codes").await;
        assert!(
            kept.len() == 10 && kept.iter().all(|hash| hash.len() == 64),
            "{kept:?}"
        );

        // each is good once, however it is typed
        let typed = codes[0].to_uppercase().replace('-', " ");
        assert_eq!(
            house
                .browser()
                .sign_in("viewer", PASSWORD, &typed)
                .await
                .status,
            303
        );
        for wrong in [typed.as_str(), "2345-6789-abcd-efgh"] {
            assert_eq!(
                house
                    .browser()
                    .sign_in("viewer", PASSWORD, wrong)
                    .await
                    .status,
                401
            );
        }
        // nobody else's
        house.account("other", AccountRole::Viewer).await;
        let mut other = house.browser();
        other.sign_in("other", PASSWORD, "").await;
        let theirs = with_second_factor(&mut other).await;
        assert_eq!(
            house
                .browser()
                .sign_in("viewer", PASSWORD, &theirs[0])
                .await
                .status,
            401
        );

        // of two at the same time one gets in
        let (mut one, mut two) = (house.browser(), house.browser());
        let both = tokio::join!(
            one.sign_in("viewer", PASSWORD, &codes[1]),
            two.sign_in("viewer", PASSWORD, &codes[1])
        );
        let mut both = [both.0.status, both.1.status];
        both.sort_unstable();
        assert_eq!(both, [303, 401]);

        // few are left: it is said where the account's owner sees it
        assert!(!browser.get("/admin").await.body.contains("个恢复码"));
        for code in &codes[2..7] {
            unlock(&house, "viewer").await;
            assert_eq!(
                house
                    .browser()
                    .sign_in("viewer", PASSWORD, code)
                    .await
                    .status,
                303
            );
        }
        assert!(browser.get("/admin").await.body.contains("只剩 3 个恢复码"));

        // new ones, for whoever proves to be the owner; those from before are void
        browser.get("/admin/me").await;
        let refused = [("now", "wrong"), ("code", codes[7].as_str())];
        let refused = browser.post("/admin/me/second/codes", &refused).await.body;
        assert!(refused.contains("不对"), "{refused}");
        let proof = [("now", PASSWORD), ("code", codes[7].as_str())];
        let renewed = recovery_codes(&browser.post("/admin/me/second/codes", &proof).await.body);
        assert_eq!(renewed.len(), 10);
        assert_eq!(
            house
                .browser()
                .sign_in("viewer", PASSWORD, &codes[8])
                .await
                .status,
            401
        );
        unlock(&house, "viewer").await;
        assert_eq!(
            house
                .browser()
                .sign_in("viewer", PASSWORD, &renewed[0])
                .await
                .status,
            303
        );

        // and they go with the second factor
        browser.get("/admin/me").await;
        let off = [("now", PASSWORD), ("code", renewed[1].as_str())];
        browser.post("/admin/me/second/off", &off).await;
        let sql = "SELECT CAST(account AS TEXT) FROM recovery_codes WHERE account = 1";
        assert!(texts(&database.url, sql).await.is_empty());
        assert_eq!(
            browser.post("/admin/me/second/codes", &off).await.status,
            404
        );
        let log = house.store.audit().entries(i64::MAX, 100).await.unwrap();
        let count = |action| log.iter().filter(|entry| entry.action == action).count();
        assert_eq!(count(AuditAction::RecoveryCodesMade), 3);
        assert_eq!(count(AuditAction::RecoveryCodeUsed), 10);
        assert!(
            codes
                .iter()
                .chain(&renewed)
                .all(|code| !format!("{log:?}").contains(code))
        );
    })
    .await;
}

#[tokio::test]
async fn an_admin_looks_after_accounts_and_one_always_stays() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let mut admin = house.signed_in(AccountRole::Admin).await;
        let shown = admin
            .post("/admin/accounts", &[("name", "bo"), ("role", "reviewer")])
            .await;
        let path = shown
            .body
            .split("/admin/link?token=")
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap();
        let path = format!("/admin/link?token={path}");
        assert!(
            admin
                .post("/admin/accounts", &[("name", "bo"), ("role", "viewer")])
                .await
                .body
                .contains("已经有人")
        );

        let mut bo = house.browser();
        assert!(bo.get(&path).await.body.contains("设置密码"));
        let fields = [
            ("token", path.split_once('=').unwrap().1),
            ("password", PASSWORD),
            ("again", PASSWORD),
        ];
        assert_eq!(bo.post("/admin/link", &fields).await.status, 303);
        assert_eq!(bo.sign_in("bo", PASSWORD, "").await.status, 303);
        assert_eq!(bo.get("/admin/audit").await.status, 403);
        // A role counts from the next request on.
        admin
            .post(
                "/admin/accounts/role",
                &[("name", "bo"), ("role", "operator")],
            )
            .await;
        assert_eq!(bo.get("/admin/audit").await.status, 200);
        admin
            .post(
                "/admin/accounts/disabled",
                &[("name", "bo"), ("disabled", "true")],
            )
            .await;
        assert_eq!(bo.get("/admin").await.status, 303);
        assert_eq!(bo.sign_in("bo", PASSWORD, "").await.status, 401);

        for (path, fields) in [
            (
                "/admin/accounts/role",
                [("name", "admin"), ("role", "viewer")],
            ),
            (
                "/admin/accounts/disabled",
                [("name", "admin"), ("disabled", "true")],
            ),
        ] {
            assert!(
                admin
                    .post(path, &fields)
                    .await
                    .body
                    .contains("最后一个管理员")
            );
        }
        assert_eq!(admin.get("/admin/accounts").await.status, 200);

        let log = house.store.audit().entries(i64::MAX, 100).await.unwrap();
        let told: Vec<_> = log
            .iter()
            .rev()
            .map(|line| {
                (
                    line.actor.as_str(),
                    line.action,
                    line.subject.as_str(),
                    line.detail.as_str(),
                )
            })
            .collect();
        use AuditAction::{
            AddAccount, Disable, MakeLink, SetPassword, SetRole, SignIn, SignInFailed,
        };
        assert_eq!(
            told,
            [
                (AuditActor::TERMINAL, AddAccount, "admin", "admin"),
                (AuditActor::TERMINAL, SetPassword, "admin", ""),
                ("admin", SignIn, "admin", ""),
                ("admin", AddAccount, "bo", "reviewer"),
                ("admin", MakeLink, "bo", ""),
                ("bo", SetPassword, "bo", ""),
                ("bo", SignIn, "bo", ""),
                ("admin", SetRole, "bo", "reviewer → operator"),
                ("admin", Disable, "bo", ""),
            ],
        );
        assert!(
            !told.iter().any(|line| line.1 == SignInFailed),
            "a disabled account says nothing"
        );
        assert!(
            admin
                .get("/admin/audit")
                .await
                .body
                .contains("reviewer → operator")
        );
    })
    .await;
}

#[tokio::test]
async fn two_admins_cannot_lock_each_other_out() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        for name in ["ann", "bo"] {
            house.account(name, AccountRole::Admin).await;
        }
        let mut both = tokio::task::JoinSet::new();
        for name in ["ann", "bo"] {
            let store = house.store.clone();
            let change = wenlu::store::accounts::AccountChange::Role(AccountRole::Viewer);
            both.spawn(async move {
                store
                    .accounts()
                    .change(AuditActor::terminal(now()), name.into(), change)
                    .await
            });
        }
        let done: Vec<_> = both.join_all().await;
        let last = done
            .iter()
            .filter(|one| matches!(one, Ok(AccountChangeOutcome::LastAdmin) | Err(_)))
            .count();
        assert_eq!(last, 1, "{done:?}");
        let left = house.store.accounts().all().await.unwrap();
        assert_eq!(
            left.iter()
                .filter(|account| account.role == AccountRole::Admin)
                .count(),
            1
        );
    })
    .await;
}

/// Wrong codes before count no more.
async fn unlock(house: &House, name: &str) -> AccountChangeOutcome {
    let by = AuditActor::terminal(now());
    let unlocked = house.store.sessions().unlock(by, name.into()).await;
    unlocked.unwrap()
}
