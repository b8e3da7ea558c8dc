//! What must not be told, under the loudest log there is: the token appears nowhere but in requests to Telegram, whatever
//! goes wrong with them, and what people write is nowhere but in the store and in their chats.

use super::Way;
use super::process::{PATIENCE, Process, Setup};
use crate::database::{Database, Engine};
use fake_telegram::{Answer, Fake, Fault, Options, Rule};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// What people write; in no log.
const SAID: &str = "海底捞针八八四八";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_is_wrong() {
    let fake = Fake::with(Options {
        patience: PATIENCE,
        ..Options::default()
    });
    let closed = TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    // no resolver is asked for this name: a label has at most 63 bytes
    let unresolvable = format!("{}.test", "a".repeat(64));
    let [named, secret, plain, closed, elsewhere] = [
        format!("http://{unresolvable}"),
        format!("https://{unresolvable}/path"),
        fake.url().replace("http:", "https:"),
        format!("http://{closed}"),
        format!("{}/elsewhere", fake.url()),
    ];
    tokio::join!(
        fails(&fake, &named, "the name was not resolved"),
        fails(&fake, &secret, "the name was not resolved"),
        fails(&fake, &plain, "no TLS connection"),
        fails(&fake, &closed, "no connection"),
        fails(&fake, &elsewhere, "does not accept the token"),
    );
}

/// The bot cannot even begin.
async fn fails(fake: &Fake, api: &str, reason: &str) {
    let database = Database::new(Engine::Sqlite).await;
    let setup = loud(fake, &database, Way::Polling).with("TELEGRAM_API_URL", api);
    let process = setup.start();
    says(&process, reason).await;
    look(fake, &database, process).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_go_wrong() {
    tokio::join!(
        go_wrong(Way::Polling, Engine::Sqlite),
        go_wrong(Way::Webhook, Engine::Postgres)
    );
}

async fn go_wrong(way: Way, engine: Engine) {
    let fake = Fake::with(Options {
        patience: PATIENCE,
        flood: false,
        ..Options::default()
    });
    let database = Database::new(engine).await;
    for (method, answers) in [
        ("getMe", &[Answer::Cut, Answer::BadGateway][..]),
        (
            "getUpdates",
            &[Answer::Truncated, Answer::TooManyRequests(1)],
        ),
        ("setWebhook", &[Answer::Garbage]),
        (
            "sendMessage",
            &[
                Answer::Restart,
                Answer::Garbage,
                Answer::Cut,
                Answer::BadGateway,
                Answer::Hang,
            ],
        ),
    ] {
        for (skip, answer) in answers.iter().enumerate() {
            fake.inject(Rule::new(Fault::before(*answer)).on(method).skip(skip));
        }
    }
    let setup = loud(&fake, &database, way);
    let process = setup.start();
    if let (Way::Webhook, Some(address)) = (way, process.listening().await) {
        fake.deliver_to(&format!("http://{address}"));
    }
    talk(&fake).await;
    look_at_pages(&fake, &process).await;
    // the token is revoked
    let before = fake.token();
    fake.new_token();
    fake.user(1).say("还在吗");
    if way == Way::Polling {
        says(&process, "does not accept the token").await;
    }
    tell_nothing(&before, &process.kill_and_read(), engine, &database);
}

/// Text wherever text can stand.
async fn talk(fake: &Fake) {
    let (user, group) = (fake.user(1).named(SAID), fake.group(9, SAID));
    let said = [
        user.say(SAID),
        user.say("小程序怎么迁移"),
        user.say("/start canary"),
        user.at(&group).say(&format!("@wenlu_bot {SAID}")),
        user.photo(SAID),
        user.forward(SAID),
    ];
    user.edit(said[0], &format!("{SAID}？"));
    user.inline(SAID);
    fake.update(
        "message",
        serde_json::json!({"message_id": SAID, "text": SAID}),
    );
    fake.until(|record| record.replies(1).count() >= 6 && record.replies(group.id).count() >= 1)
        .await;
    user.press("i:ids");
    fake.until(|record| record.replies(1).count() >= 7).await;
}

fn loud(fake: &Fake, database: &Database, way: Way) -> Setup {
    Setup::new(fake, &database.url, way).with("WENLU_LOG", "trace")
}

async fn says(process: &Process, what: &str) {
    let begun = Instant::now();
    while !process.whole_log().contains(what) {
        assert!(
            begun.elapsed() < PATIENCE,
            "it never said {what}\n{}",
            process.log()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What operators watch, over HTTP.
async fn look_at_pages(fake: &Fake, process: &Process) {
    let address = process.listening().await.unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for page in ["metrics", "readyz", "healthz"] {
        let text = client
            .get(format!("http://{address}/{page}"))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        assert!(
            !text.contains(secret(&fake.token())) && !text.contains(SAID),
            "{page} tells: {text}"
        );
    }
}

async fn look(fake: &Fake, database: &Database, process: Process) {
    look_at_pages(fake, &process).await;
    tell_nothing(
        &fake.token(),
        &process.kill_and_read(),
        Engine::Sqlite,
        database,
    );
}

fn tell_nothing(token: &str, log: &str, engine: Engine, database: &Database) {
    assert!(
        log.lines().count() > 20 && log.contains("TRACE"),
        "the log is not loud: {log}"
    );
    for told in [secret(token), SAID] {
        let line = log.lines().find(|line| line.contains(told));
        assert_eq!(line, None, "the log tells {told}");
    }
    if engine == Engine::Sqlite {
        let bytes = bytes_below(database.folder.path());
        assert!(bytes.windows(6).any(|part| part == b"SQLite"));
        let secret = secret(token).as_bytes();
        assert!(
            !bytes.windows(secret.len()).any(|part| part == secret),
            "the database holds the token"
        );
    }
}

/// All files of a folder, one after the other.
fn bytes_below(folder: &Path) -> Vec<u8> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => bytes_below(&path),
            false => std::fs::read(path).unwrap(),
        })
        .collect()
}

/// The part of a token that is one.
fn secret(token: &str) -> &str {
    token.split_once(':').unwrap().1
}
