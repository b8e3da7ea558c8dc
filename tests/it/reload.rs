//! Edited data files under a server that runs, as its operator would start it.

use crate::server::{chat_name, said_address, write_knowledge};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longer than anything may take on a busy machine; nothing waits for it when all is well.
const PATIENCE: Duration = Duration::from_secs(30);
const MOVE: &str = "content/zh/move.md";
const QUESTION: &str = "小程序迁移后 openid 变不变";

/// `wenlu serve` on a port of its own.
struct Served {
    child: Child,
    url: String,
    folder: tempfile::TempDir,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    /// `root` within a folder that `prepare` fills.
    fn start(root: &str, environment: &[(&str, &str)], prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path());
        let mut child = Command::new(env!("CARGO_BIN_EXE_wenlu"))
            .args(["serve", "--listen", "127.0.0.1:0", "--root", root])
            .current_dir(folder.path())
            .env_clear()
            .envs(environment.iter().copied())
            .env("WENLU_RATE_PER_MINUTE", "0")
            .stdout(Stdio::piped())
            .stderr(fs::File::create(folder.path().join("server.log")).unwrap())
            .spawn()
            .unwrap();
        let url = said_address(&mut child);
        Served { child, url, folder }
    }

    /// With the small knowledge of the tests.
    fn small() -> Self {
        Served::start("data", &[], |folder| write_knowledge(&folder.join("data")))
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join("data").join(file)
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.path(file), text).unwrap();
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("server.log")).unwrap()
    }

    async fn answer(&self) -> String {
        let id = Instant::now().elapsed().as_nanos().to_string() + &uuid();
        let message = json!({"conversation": chat_name(&id), "id": "1", "text": QUESTION});
        let client = reqwest::Client::new();
        let answered = client
            .post(format!("{}/api/v1/messages", self.url))
            .json(&message)
            .send()
            .await
            .unwrap();
        answered.json::<Value>().await.unwrap()["replies"][0]["text"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    async fn knowledge(&self) -> Value {
        reqwest::get(format!("{}/readyz", self.url))
            .await
            .unwrap()
            .json::<Value>()
            .await
            .unwrap()["knowledge"]
            .clone()
    }

    /// Asks until the answer has `text` in it; how long that took.
    async fn until_answered_with(&self, text: &str) -> Duration {
        let begun = Instant::now();
        while !self.answer().await.contains(text) {
            assert!(
                begun.elapsed() < PATIENCE,
                "never answered {text}\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        begun.elapsed()
    }

    async fn until_refused(&self) -> Value {
        let begun = Instant::now();
        loop {
            let knowledge = self.knowledge().await;
            if knowledge["last_attempt"] == "refused" {
                return knowledge;
            }
            assert!(begun.elapsed() < PATIENCE, "never refused\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Until so many tests fail in what serves.
    async fn until_failing(&self, count: u64) -> Value {
        let begun = Instant::now();
        loop {
            let knowledge = self.knowledge().await;
            if knowledge["failing"] == count {
                return knowledge;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "never {count}: {knowledge}\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn until_ok(&self) {
        let begun = Instant::now();
        while self.knowledge().await["last_attempt"] != "ok" {
            assert!(begun.elapsed() < PATIENCE, "never restored\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// A number that no other call gets.
fn uuid() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed).to_string()
}

#[tokio::test]
async fn a_good_edit_goes_live_with_its_suggestions() {
    let server = Served::small();
    let before = server.knowledge().await;
    server.until_answered_with("不会变").await;
    server.write(MOVE, "# 迁移\n\n一定**不变**。\n");
    server.until_answered_with("一定不变").await;
    // As an editor saves: a new file takes the old one's place.
    server.write(
        "intents/.move.toml.tmp",
        &fs::read_to_string(server.path("intents/move.toml"))
            .unwrap()
            .replace("examples = [", "examples = [\"搬家之后编号还一样吗\", "),
    );
    fs::rename(
        server.path("intents/.move.toml.tmp"),
        server.path("intents/move.toml"),
    )
    .unwrap();
    let begun = Instant::now();
    loop {
        let url = format!("{}/api/v1/suggest?q=搬家", server.url);
        let found = reqwest::get(url)
            .await
            .unwrap()
            .json::<Value>()
            .await
            .unwrap();
        if found["suggestions"][0]["intent"] == "move" {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{found}\n{}", server.log());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let after = server.knowledge().await;
    assert_ne!(after["version"], before["version"]);
    assert_eq!(
        (&after["last_attempt"], &after["problems"]),
        (&json!("ok"), &json!(0))
    );
    let metrics = reqwest::get(format!("{}/metrics", server.url))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    // one series, however many versions have served
    let info: Vec<&str> = metrics
        .lines()
        .filter(|line| line.starts_with("wenlu_build_info"))
        .collect();
    let version = after["version"].as_str().unwrap();
    assert!(
        info.len() == 1 && info[0].contains(version) && info[0].ends_with(" 1"),
        "{info:?}"
    );
    assert!(
        server.log().contains("the new knowledge serves"),
        "{}",
        server.log()
    );
}

#[tokio::test]
async fn a_bad_edit_keeps_the_last_good_one_and_is_named_by_line() {
    let server = Served::small();
    let good = fs::read_to_string(server.path("intents/move.toml")).unwrap();
    let before = server.knowledge().await;
    server.write("intents/move.toml", &good.replace("examples", "exmaples"));
    let refused = server.until_refused().await;
    assert_eq!(
        (&refused["version"], &refused["loaded_at"]),
        (&before["version"], &before["loaded_at"])
    );
    assert!(refused["problems"].as_u64().unwrap() >= 1);
    server.until_answered_with("不会变").await;
    let log = server.log();
    assert!(
        log.contains("intents/move.toml:3:1") && log.contains("exmaples = ["),
        "{log}"
    );
    // Taken back: nothing is built again.
    server.write("intents/move.toml", &good);
    server.until_ok().await;
    assert_eq!(server.knowledge().await["loaded_at"], before["loaded_at"]);
}

#[tokio::test]
async fn a_failing_test_refuses() {
    let server = Served::small();
    let good = fs::read_to_string(server.path("intents/move.toml")).unwrap();
    server.write(MOVE, "# 迁移\n\n新的说法。\n");
    server.until_answered_with("新的说法").await;
    server.write(
        "intents/move.toml",
        &format!("{good}[[test]]\nsay = \"讲个笑话吧\"\n"),
    );
    assert_eq!(server.until_refused().await["problems"], 1);
    let log = server.log();
    assert!(
        log.contains("E601") && log.contains("intents/move.toml:5:8"),
        "{log}"
    );
    server.until_answered_with("新的说法").await;
}

/// `close` has a test that an example of `move` can take over.
const TURNS: &str = "[[test]]\nsay = \"怎么把小程序注销掉\"\n";

/// A server whose `close` has [`TURNS`].
fn with_a_test() -> Served {
    Served::start("data", &[], |folder| {
        let root = folder.join("data");
        write_knowledge(&root);
        let close = root.join("intents/close.toml");
        fs::write(&close, fs::read_to_string(&close).unwrap() + TURNS).unwrap();
    })
}

#[tokio::test]
async fn a_test_of_another_intent_that_turns_is_named_and_refuses_nothing() {
    let server = with_a_test();
    assert_eq!(server.knowledge().await["failing"], 0);
    let good = fs::read_to_string(server.path("intents/move.toml")).unwrap();
    let taking = good.replace("examples = [", "examples = [\"怎么把小程序注销掉呢\", ");
    server.write(MOVE, "# 迁移\n\n新的说法。\n");
    server.write("intents/move.toml", &taking);
    server.until_answered_with("新的说法").await;
    let knowledge = server.until_failing(1).await;
    assert_eq!(knowledge["last_attempt"], "ok");
    let test = &knowledge["failing_tests"][0];
    assert_eq!(
        (&test["intent"], &test["say"]),
        (&json!("close"), &json!("怎么把小程序注销掉"))
    );
    assert!(
        test["before"].as_str().unwrap().contains("（close）"),
        "{test}"
    );
    assert!(test["now"].as_str().unwrap().contains("（move）"), "{test}");
    let log = server.log();
    assert!(
        log.contains("flipped=1") && log.contains("intents/close.toml:5 “怎么把小程序注销掉”"),
        "{log}"
    );
    // an edit of something else changes nothing about it
    server.write(MOVE, "# 迁移\n\n又一种说法。\n");
    server.until_answered_with("又一种说法").await;
    let later = server.until_failing(1).await;
    assert_eq!(later["failing_tests"][0]["before"], test["before"]);
    // one that resolves it does
    server.write("intents/move.toml", &good);
    server.until_failing(0).await;
}

#[tokio::test]
async fn a_test_of_the_intent_that_is_edited_refuses() {
    let server = with_a_test();
    let good = fs::read_to_string(server.path("intents/move.toml")).unwrap();
    server.write("content/zh/close.md", "# 注销\n\n好。\n");
    server.write(
        "intents/move.toml",
        &good.replace("examples = [", "examples = [\"怎么把小程序注销掉呢\", "),
    );
    assert_eq!(server.until_refused().await["problems"], 1);
    assert!(
        server.log().contains("intents/close.toml:5:8"),
        "{}",
        server.log()
    );
}

#[tokio::test]
async fn warnings_are_one_line() {
    let server = Served::small();
    server.write(MOVE, "# 迁移\n\n新的说法。\n");
    server.until_answered_with("新的说法").await;
    let log = server.log();
    assert_eq!(
        log.matches("few-examples").count(),
        2,
        "once at the start, once for the edit: {log}"
    );
    assert!(
        log.contains("W207 few-examples ×4, W208 no-near-misses ×2"),
        "{log}"
    );
}

#[tokio::test]
async fn half_a_file_is_refused_and_its_rest_goes_live() {
    let server = Served::small();
    let reply = "# 迁移\n\n写完了。\n\n## 要多久 {#how-long}\n\n三天。\n";
    let intent = fs::read_to_string(server.path("intents/move.toml")).unwrap()
        + "[follow_up]\n\"多久\" = \"#how-long\"\n";
    let (half, _) = intent.split_at(intent.find("how-long").unwrap());
    server.write("intents/move.toml", half);
    server.until_refused().await;
    server.write("intents/move.toml", &intent);
    server.write(MOVE, reply);
    server.until_answered_with("写完了").await;
    server.until_ok().await;
}

/// Kubernetes: `..data` points to a folder, the files point through it, and an update swaps that one link.
#[tokio::test]
async fn a_folder_swapped_by_a_link() {
    let server = Served::start("data", &[], |folder| {
        let data = folder.join("data");
        write_knowledge(&data.join("..1"));
        symlink("..1", data.join("..data")).unwrap();
        for name in ["intents", "content"] {
            symlink(format!("..data/{name}"), data.join(name)).unwrap();
        }
    });
    server.until_answered_with("不会变").await;
    for (name, answer) in [("..2", "第二版"), ("..3", "第三版")] {
        write_knowledge(&server.path(name));
        fs::write(
            server.path(name).join(MOVE),
            format!("# 迁移\n\n{answer}。\n"),
        )
        .unwrap();
        symlink(name, server.path("..data_tmp")).unwrap();
        fs::rename(server.path("..data_tmp"), server.path("..data")).unwrap();
        server.until_answered_with(answer).await;
    }
    // What the link points to now is watched too.
    server.write(MOVE, "# 迁移\n\n第四版。\n");
    server.until_answered_with("第四版").await;
}

/// The root itself is the link.
#[tokio::test]
async fn a_root_that_points_elsewhere() {
    let server = Served::start("data", &[], |folder| {
        write_knowledge(&folder.join("one"));
        symlink("one", folder.join("data")).unwrap();
    });
    write_knowledge(&server.folder.path().join("two"));
    fs::write(
        server.folder.path().join("two").join(MOVE),
        "# 迁移\n\n另一处。\n",
    )
    .unwrap();
    symlink("two", server.folder.path().join("next")).unwrap();
    fs::rename(
        server.folder.path().join("next"),
        server.folder.path().join("data"),
    )
    .unwrap();
    server.until_answered_with("另一处").await;
}

#[tokio::test]
async fn requests_are_answered_while_the_new_knowledge_is_built() {
    let server = Served::small();
    server.until_answered_with("不会变").await;
    // Enough to keep a thread busy for a while.
    for number in 0..40 {
        let examples: Vec<String> = (0..12)
            .map(|n| format!("第{number}种业务的第{n}个问题怎么办理{}", number * n))
            .collect();
        server.write(
            &format!("intents/many-{number}.toml"),
            &format!("title = \"业务{number}\"\ngap = true\nexamples = {examples:?}\n"),
        );
    }
    server.write(MOVE, "# 迁移\n\n新的。\n");
    let (begun, mut slowest, mut by_old) = (Instant::now(), Duration::ZERO, 0);
    loop {
        let asked = Instant::now();
        let answer = server.answer().await;
        slowest = slowest.max(asked.elapsed());
        if answer.contains("新的") {
            break;
        }
        assert!(answer.contains("不会变"), "{answer}");
        by_old += 1;
        assert!(begun.elapsed() < PATIENCE, "{}", server.log());
    }
    assert!(
        by_old > 0 && slowest < begun.elapsed(),
        "{by_old} {slowest:?} of {:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn not_when_it_is_switched_off() {
    let server = Served::start("data", &[("WENLU_RELOAD", "off")], |folder| {
        write_knowledge(&folder.join("data"))
    });
    server.write(MOVE, "# 迁移\n\n别的。\n");
    // As long as a change takes to be noticed otherwise.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(server.answer().await.contains("不会变"));
}

#[tokio::test]
async fn stops_while_it_watches() {
    let mut server = Served::small();
    server.until_answered_with("不会变").await;
    let pid = i32::try_from(server.child.id()).unwrap();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid.to_string()])
            .status()
            .unwrap()
            .success()
    );
    let begun = Instant::now();
    while server.child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The promise for the shipped files, on a machine that does nothing else: `cargo test --release -- --ignored live_within`.
#[tokio::test]
#[ignore = "measures time, which a busy machine spoils; benches/reload.rs times the reload itself"]
async fn the_shipped_files_are_live_within_two_seconds() {
    let server = Served::start("data", &[], |folder| {
        for name in ["intents", "content"] {
            copy(
                &Path::new(env!("CARGO_MANIFEST_DIR")).join(name),
                &folder.join("data").join(name),
            );
        }
    });
    let before = server.knowledge().await["version"].clone();
    let file = server.path("content/variables.toml");
    fs::write(
        &file,
        fs::read_to_string(&file).unwrap() + "another = \"1\"\n",
    )
    .unwrap();
    let begun = Instant::now();
    while server.knowledge().await["version"] == before {
        assert!(begun.elapsed() < PATIENCE, "{}", server.log());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    println!("live after {:?}", begun.elapsed());
    assert!(begun.elapsed() < Duration::from_secs(2));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)
        } else {
            fs::copy(entry.path(), target).map(drop).unwrap()
        }
    }
}
