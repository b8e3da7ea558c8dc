//! `wenlu doctor` as an operator starts it: a healthy folder, and each fault by itself.

use crate::files::is_root;
use crate::server::{Server, write_knowledge};
use crate::small::wenlu;
use fake_telegram::{Fake, Standing};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use wenlu::clock;
use wenlu::store::Store;
use wenlu::store::last_done::{LastDone, RecurringWork};
use wenlu_core::model::Timestamp;

/// A folder with the small knowledge, and a database that a server has used and that was backed up.
async fn healthy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    write_knowledge(folder.path());
    let url = format!("sqlite://{}", folder.path().join("wenlu.db").display());
    // the knowledge is kept when a server stops
    let mut server = Server::start_on(&[("DATABASE_URL", url.as_str())], |_| {}).await;
    server.begin_to_stop();
    server.stopped().await;
    let store = Store::open(&url).await.unwrap();
    let detail = "backup".to_owned();
    let done = LastDone {
        at: clock::now(),
        detail,
    };
    store
        .last_done()
        .record(RecurringWork::Backup, done)
        .await
        .unwrap();
    store.close().await;
    folder
}

fn doctor(folder: &Path, environment: &[(&str, &str)]) -> Output {
    let lines: Vec<String> = environment
        .iter()
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect();
    fs::write(folder.join(".env"), lines.concat()).unwrap();
    wenlu(folder, &["doctor", "--json"])
}

/// The exit code, and the verdict and what was said of each check.
fn findings(output: &Output) -> (Option<i32>, Vec<(String, String, String)>) {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let found: Value = serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!(
            "{error}: {text} {}",
            String::from_utf8_lossy(&output.stderr)
        )
    });
    let all = found["findings"].as_array().unwrap();
    let part = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let all = all.iter().map(|one| {
        let verdict = part(one, "verdict");
        // whoever is told of something is told what to do
        assert_eq!(verdict == "good", one["todo"].is_null(), "{one}");
        (part(one, "check"), verdict, part(one, "said"))
    });
    let all: Vec<_> = all.collect();
    let is_well = all.iter().all(|(_, verdict, _)| verdict != "bad");
    assert_eq!(found["ok"], is_well);
    assert_eq!(output.status.code(), Some(i32::from(!is_well)));
    (output.status.code(), all)
}

/// Looks once, and expects that verdict of that check. Returns all that was printed.
fn expect(
    folder: &Path,
    environment: &[(&str, &str)],
    check: &str,
    verdict: &str,
    said: &str,
) -> String {
    let output = doctor(folder, environment);
    let (_, all) = findings(&output);
    let is_so = |(name, found, text): &(String, String, String)| {
        name == check && found == verdict && text.contains(said)
    };
    assert!(all.iter().any(is_so), "{check} {verdict} {said}: {all:#?}");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_folder_has_nothing_to_mend() {
    let folder = healthy().await;
    let (code, all) = findings(&doctor(folder.path(), &[]));
    let noted: Vec<_> = all
        .iter()
        .filter(|(_, verdict, _)| verdict != "good")
        .collect();
    // nobody runs, and nobody has made an account; the machine's limits and disk are its own
    let expected = [
        "admin.reachable",
        "admin.account",
        "system.files",
        "database.disk",
    ];
    assert!(
        code == Some(0)
            && noted
                .iter()
                .all(|(check, _, _)| expected.contains(&check.as_str())),
        "{noted:#?}"
    );
    for check in [
        "settings.name",
        "knowledge.files",
        "knowledge.writable",
        "knowledge.last_good",
        "database.opens",
        "database.schema",
        "database.writes",
        "database.backup",
        "clock.journal",
        "telegram.bot",
    ] {
        assert!(
            all.iter().any(|(name, _, _)| name == check),
            "{check}: {all:#?}"
        );
    }
    let text = String::from_utf8(wenlu(folder.path(), &["doctor"]).stdout).unwrap();
    assert!(
        text.contains("设置 / settings\n  好") && text.contains("要处理 0"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_are_unknown_unusable_or_at_odds() {
    let folder = healthy().await;
    let look = |environment: &[(&str, &str)], check, verdict, said| {
        expect(folder.path(), environment, check, verdict, said);
    };
    look(
        &[("WENLU_TRESHOLD", "0.5")],
        "settings.name",
        "note",
        "WENLU_THRESHOLD",
    );
    look(
        &[("WENLU_LISTEN", "8080")],
        "settings.value",
        "bad",
        "WENLU_LISTEN",
    );
    look(
        &[("WENLU_ADMIN", "public")],
        "settings.together",
        "note",
        "明文",
    );
    look(
        &[("WENLU_TELEGRAM_GROUP", "-1")],
        "settings.together",
        "note",
        "TELOXIDE_TOKEN",
    );
    let key = ("WENLU_BRIDGE_KEY", "0123456789abcdef01234567");
    let url = ("WENLU_BRIDGE_URL", "https://desk.example.org/wenlu");
    let secret = (
        "WENLU_BRIDGE_SECRET",
        "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
    );
    look(&[key], "settings.together", "note", "要用 GET");
    look(&[url, secret], "settings.together", "note", "没有接口");
    look(&[key, url], "settings.value", "bad", "WENLU_BRIDGE_SECRET");
    look(
        &[("WENLU_PUBLIC_URL", "https://a.example")],
        "settings.together",
        "note",
        "WENLU_TRUSTED_PROXIES",
    );
    look(
        &[("WENLU_TRUSTED_PROXIES", "1")],
        "admin.address",
        "bad",
        "打不开",
    );
    look(
        &[("WENLU_ROOT", "nowhere")],
        "knowledge.folder",
        "bad",
        "nowhere",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn knowledge_with_mistakes_or_failing_tests_or_that_serves_no_longer() {
    let folder = healthy().await;
    let file = folder.path().join("intents/close.toml");
    let good = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{good}[[test]]\nsay = \"讲个笑话吧\"\n")).unwrap();
    expect(
        folder.path(),
        &[],
        "knowledge.files",
        "note",
        "1 条测试不过",
    );
    expect(folder.path(), &[], "knowledge.last_good", "note", "不同");
    fs::write(&file, format!("{good}exampels = []\n")).unwrap();
    expect(folder.path(), &[], "knowledge.files", "bad", "1 处错误");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_missing_damaged_ahead_or_never_backed_up() {
    let folder = healthy().await;
    let look = |url: &str, check, verdict, said| {
        expect(
            folder.path(),
            &[("DATABASE_URL", url)],
            check,
            verdict,
            said,
        );
    };
    look("sqlite://new.db", "database.opens", "note", "还没有数据库");
    look(
        "sqlite://no/where/new.db",
        "database.opens",
        "bad",
        "建不了",
    );
    assert!(!folder.path().join("new.db").exists());
    fs::write(folder.path().join("damaged.db"), [7; 10_000]).unwrap();
    look("sqlite://damaged.db", "database.opens", "bad", "damaged.db");
    look(
        "postgres://u:hunter2@127.0.0.1:1/none",
        "database.opens",
        "bad",
        "127.0.0.1",
    );

    let url = format!("sqlite://{}", folder.path().join("wenlu.db").display());
    let store = Store::open(&url).await.unwrap();
    let at = Timestamp(clock::now().0 - 3 * 86_400_000);
    let done = LastDone {
        at,
        detail: String::new(),
    };
    store
        .last_done()
        .record(RecurringWork::Backup, done)
        .await
        .unwrap();
    store.close().await;
    expect(folder.path(), &[], "database.backup", "note", "3 天前");
}

/// The folder may be read, and not written: by another account than the tests', where they are root.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_cannot_be_written() {
    let folder = healthy().await;
    let allow =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    for name in ["intents", "content", ""] {
        allow(&folder.path().join(name), 0o555);
    }
    // the project's own folder may be closed to that account
    let program = folder.path().join("program");
    allow(folder.path(), 0o755);
    fs::copy(env!("CARGO_BIN_EXE_wenlu"), &program).unwrap();
    allow(folder.path(), 0o555);
    let mut command = Command::new(program);
    command
        .args(["doctor", "--json"])
        .current_dir(folder.path())
        .env_clear()
        .stdin(Stdio::null());
    if is_root() {
        command.uid(65_534);
    }
    let (_, all) = findings(&command.output().unwrap());
    // of the database SQLite says that it cannot be opened, or that it cannot be written
    for check in ["knowledge.writable", "database."] {
        let is_bad = |(name, verdict, _): &(String, String, String)| {
            name.starts_with(check) && verdict == "bad"
        };
        assert!(all.iter().any(is_bad), "{check}: {all:#?}");
    }
    for name in ["", "intents", "content"] {
        allow(&folder.path().join(name), 0o755);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bot_api_and_the_operators_group() {
    let folder = healthy().await;
    let fake = Fake::start();
    let (token, url) = (fake.token(), fake.url());
    let group = fake.forum(9, "客服");
    let small = fake.group(8, "客服");
    let colleague = fake.user(501).at(&group);
    let (forum, plain) = (group.id.to_string(), small.id.to_string());
    let look = |more: &[(&str, &str)], check, verdict, said| {
        let base = [
            ("TELOXIDE_TOKEN", token.as_str()),
            ("TELEGRAM_API_URL", url.as_str()),
        ];
        let all = [&base, more].concat();
        let printed = expect(folder.path(), &all, check, verdict, said);
        assert!(!printed.contains(token.split_once(':').unwrap().1));
    };
    look(&[], "telegram.bot", "good", "@wenlu_bot");
    look(&[], "telegram.webhook", "good", "长轮询");
    let hook = ("WENLU_TELEGRAM_WEBHOOK", "https://bot.example.com/telegram");
    look(&[hook], "telegram.webhook", "note", "不一样");
    look(
        &[("WENLU_TELEGRAM_GROUP", "-77")],
        "telegram.group",
        "bad",
        "查不到",
    );
    look(
        &[("WENLU_TELEGRAM_GROUP", &plain)],
        "telegram.group",
        "note",
        "没有话题",
    );
    look(
        &[("WENLU_TELEGRAM_GROUP", &forum)],
        "telegram.group",
        "good",
        "管理话题",
    );
    group.make_bot(&colleague, Standing::Member);
    look(
        &[("WENLU_TELEGRAM_GROUP", &forum)],
        "telegram.group",
        "bad",
        "不能管理话题",
    );
    group.make_bot(&colleague, Standing::Kicked);
    look(
        &[("WENLU_TELEGRAM_GROUP", &forum)],
        "telegram.group",
        "bad",
        "不在客服群里",
    );
    fake.new_token();
    look(&[], "telegram.bot", "bad", "不认");
    let nobody = [
        ("TELOXIDE_TOKEN", token.as_str()),
        ("TELEGRAM_API_URL", "http://127.0.0.1:1"),
    ];
    expect(folder.path(), &nobody, "telegram.bot", "bad", "连不上");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_way_to_admin_is_tried() {
    let folder = healthy().await;
    let server = Server::start(&[]).await;
    let here = server.address.to_string();
    expect(
        folder.path(),
        &[("WENLU_LISTEN", &here)],
        "admin.reachable",
        "good",
        &here,
    );
    // something else is there
    let other = Server::start(&[("WENLU_ADMIN", "off")]).await;
    let there = other.address.to_string();
    expect(
        folder.path(),
        &[("WENLU_LISTEN", &there)],
        "admin.reachable",
        "bad",
        "404",
    );
    expect(
        folder.path(),
        &[("WENLU_LISTEN", "127.0.0.1:1")],
        "admin.reachable",
        "note",
        "没有程序",
    );
}
