//! A start on data files that cannot serve: what went live last does, everybody is told, and mending heals.

use crate::admin::House;
use crate::database::{Database, on_both};
use crate::server::{Server, settings, write_knowledge};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use wenlu::app::{self, AppError};
use wenlu::review::change::{ChangeSet, FileChange};
use wenlu::review::note::{ChangeNote, NotePurpose};
use wenlu::source::KnowledgeSource;
use wenlu::store::Store;
use wenlu::store::accounts::AccountRole;
use wenlu_core::knowledge::files::DataFiles;

/// Longer than anything may take on a busy machine; nothing waits for it when all is well.
const PATIENCE: Duration = Duration::from_secs(60);
const MOVE: &str = "intents/move.toml";
const QUESTION: &str = "小程序迁移后 openid 变不变";

fn files(root: &Path) -> DataFiles {
    KnowledgeSource::Folder(root.to_owned()).files()
}

/// Until that version is kept.
async fn until_kept(store: &Store, version: &str) {
    let begun = Instant::now();
    while store
        .knowledge()
        .last_good()
        .await
        .unwrap()
        .is_none_or(|kept| kept.version != version)
    {
        assert!(begun.elapsed() < PATIENCE, "never kept {version}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn knowledge(server: &Server) -> Value {
    reqwest::get(server.url("/readyz"))
        .await
        .unwrap()
        .json::<Value>()
        .await
        .unwrap()["knowledge"]
        .clone()
}

/// Until what serves comes from there.
async fn until_from(server: &Server, source: &str) -> Value {
    let begun = Instant::now();
    loop {
        let knowledge = knowledge(server).await;
        if knowledge["source"] == source {
            return knowledge;
        }
        assert!(begun.elapsed() < PATIENCE, "{knowledge}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn answer(server: &Server) -> String {
    let id = format!("{:x}", fastrand::u128(..));
    let message = json!({"conversation": id, "id": "1", "text": QUESTION});
    let answered = reqwest::Client::new()
        .post(server.url("/api/v1/messages"))
        .json(&message)
        .send()
        .await
        .unwrap();
    answered.json::<Value>().await.unwrap()["replies"][0]["text"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn spoilt(good: &str) -> String {
    good.replace("examples", "exmaples")
}

#[tokio::test]
async fn the_last_good_knowledge_serves_and_mending_heals() {
    on_both(async |database| {
        let House { server, store } = House::on(&database, &[]).await;
        let root = server.folder.path().to_owned();
        let good = fs::read_to_string(root.join(MOVE)).unwrap();
        // what goes live later is kept in the place of what was there at the start
        fs::write(root.join("content/zh/move.md"), "# 迁移\n\n第二版。\n").unwrap();
        let version = files(&root).version();
        until_kept(&store, &version).await;

        let values = [
            ("DATABASE_URL", database.url.as_str()),
            ("WENLU_RATE_PER_MINUTE", "0"),
        ];
        let bad = async || fs::write(root.join(MOVE), spoilt(&good)).unwrap();
        let server = server.restart_with(&values, bad()).await;
        assert!(answer(&server).await.contains("第二版"));
        let said = knowledge(&server).await;
        assert_eq!(
            (&said["source"], &said["last_attempt"]),
            (&json!("kept"), &json!("refused")),
            "{said}"
        );
        assert_eq!(
            (&said["version"], said["problems"].as_u64() > Some(0)),
            (&json!(version), true),
            "{said}"
        );
        let house = House { server, store };
        let mut browser = house.signed_in(AccountRole::Viewer).await;
        let overview = browser.get("/admin").await.body;
        assert!(
            overview.contains("知识：启动时文件有误，正在用上一次正确的"),
            "{overview}"
        );
        assert!(
            overview.contains("intents/move.toml:3:1") && overview.contains("exmaples"),
            "{overview}"
        );
        assert!(
            browser
                .get("/admin/intents")
                .await
                .body
                .contains("迁移后 openid 会变吗")
        );

        // a start on bad files keeps nothing
        let kept = house.store.knowledge().last_good().await.unwrap().unwrap();
        assert_eq!(
            (&kept.version, kept.files.get(MOVE)),
            (&version, Some(&good))
        );
        assert_eq!(DataFiles::of_texts(kept.files).version(), version);

        // mended in another way than it was
        fs::write(root.join(MOVE), &good).unwrap();
        fs::write(root.join("content/zh/move.md"), "# 迁移\n\n第三版。\n").unwrap();
        until_from(&house.server, "files").await;
        assert!(answer(&house.server).await.contains("第三版"));
        assert!(browser.get("/admin").await.body.contains("知识：正常"));
        until_kept(&house.store, &files(&root).version()).await;
    })
    .await;
}

/// What a running server refuses does not serve after a restart either; what it takes does.
#[tokio::test]
async fn a_test_of_what_was_edited_refuses_and_one_of_others_does_not() {
    let database = Database::new(crate::database::Engine::Sqlite).await;
    let House { server, store } = House::on(&database, &[]).await;
    let root = server.folder.path().to_owned();
    let good = fs::read_to_string(root.join(MOVE)).unwrap();
    let version = files(&root).version();
    until_kept(&store, &version).await;
    let values = [
        ("DATABASE_URL", database.url.as_str()),
        ("WENLU_RATE_PER_MINUTE", "0"),
    ];
    let edit = async |text: &str| fs::write(root.join(MOVE), text).unwrap();
    let failing = format!("{good}[[test]]\nsay = \"讲个笑话吧\"\n");
    let server = server.restart_with(&values, edit(&failing)).await;
    let said = knowledge(&server).await;
    assert_eq!(
        (&said["source"], &said["version"], &said["problems"]),
        (&json!("kept"), &json!(version), &json!(1))
    );
    // taken back, word for word: what is kept is what stands there
    fs::write(root.join(MOVE), &good).unwrap();
    until_from(&server, "files").await;
    // a good edit while nothing ran
    let server = server
        .restart_with(&values, edit(&format!("# 看过\n{good}")))
        .await;
    let said = knowledge(&server).await;
    assert_eq!(
        (&said["source"], &said["last_attempt"]),
        (&json!("files"), &json!("ok"))
    );
    until_kept(&store, &files(&root).version()).await;
}

#[tokio::test]
async fn mistakes_stop_a_start_with_nothing_to_serve() {
    on_both(async |database| {
        let folder = tempfile::tempdir().unwrap();
        write_knowledge(folder.path());
        let file = folder.path().join(MOVE);
        fs::write(&file, spoilt(&fs::read_to_string(&file).unwrap())).unwrap();
        let settings = settings(
            folder.path(),
            folder.path(),
            &[("DATABASE_URL", &database.url)],
        );
        let Err(AppError::Knowledge(mistakes)) = app::build(settings).await else {
            panic!("it started")
        };
        assert!(mistakes.render(false).contains("intents/move.toml:3:1"));
        // nor is a database made of which nothing is known
        assert_eq!(fs::read_dir(database.folder.path()).unwrap().count(), 0);
        // what is kept and cannot be understood is nothing to serve
        let store = Store::open(&database.url).await.unwrap();
        let nonsense = BTreeMap::from([("intents/a.toml".to_owned(), "title = 1".to_owned())]);
        store.knowledge().keep("v1", &nonsense).await.unwrap();
        let settings = crate::server::settings(
            folder.path(),
            folder.path(),
            &[("DATABASE_URL", &database.url)],
        );
        assert!(matches!(
            app::build(settings).await,
            Err(AppError::Knowledge(_))
        ));
    })
    .await;
}

/// Each has its own folder; the one whose files are bad serves what the other's are.
#[tokio::test]
async fn two_replicas_of_which_one_starts_on_bad_files() {
    let database = Database::new(crate::database::Engine::Postgres).await;
    let first = House::on(&database, &[]).await;
    let root = first.server.folder.path().to_owned();
    fs::write(root.join("content/zh/move.md"), "# 迁移\n\n两边一样。\n").unwrap();
    let version = files(&root).version();
    until_kept(&first.store, &version).await;
    let values = [
        ("DATABASE_URL", database.url.as_str()),
        ("WENLU_RATE_PER_MINUTE", "0"),
    ];
    let other = Server::start_on(&values, |root| {
        fs::write(
            root.join("content/zh/close.md"),
            "# 别处\n\n{{ nothing }}\n",
        )
        .unwrap();
    })
    .await;
    let said = knowledge(&other).await;
    assert_eq!(
        (&said["source"], &said["version"]),
        (&json!("kept"), &json!(version)),
        "{said}"
    );
    assert!(answer(&other).await.contains("两边一样"));
    assert_eq!(
        first
            .store
            .knowledge()
            .last_good()
            .await
            .unwrap()
            .unwrap()
            .version,
        version
    );
}

#[tokio::test]
async fn one_is_kept_and_it_keeps_its_time() {
    on_both(async |database| {
        let store = Store::open(&database.url).await.unwrap();
        assert_eq!(store.knowledge().last_good().await.unwrap(), None);
        let texts = |text: &str| BTreeMap::from([("intents/a.toml".to_owned(), text.to_owned())]);
        store
            .knowledge()
            .keep("v1", &texts("问\0路\n"))
            .await
            .unwrap();
        let first = store.knowledge().last_good().await.unwrap().unwrap();
        assert_eq!(
            (first.version.as_str(), &first.files),
            ("v1", &texts("问\0路\n"))
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
        store
            .knowledge()
            .keep("v1", &texts("问\0路\n"))
            .await
            .unwrap();
        assert_eq!(store.knowledge().last_good().await.unwrap().unwrap(), first);
        store.knowledge().keep("v2", &texts("二")).await.unwrap();
        let second = store.knowledge().last_good().await.unwrap().unwrap();
        assert_eq!(
            (second.version.as_str(), second.files, second.at > first.at),
            ("v2", texts("二"), true)
        );
        // and it goes along with the rest
        let to = Database::new(crate::database::Engine::Sqlite).await;
        store.close().await;
        wenlu::store::transfer::copy(&database.url, &to.url, std::sync::Arc::new(|_, _| {}))
            .await
            .unwrap();
        let moved = Store::open(&to.url)
            .await
            .unwrap()
            .knowledge()
            .last_good()
            .await
            .unwrap()
            .unwrap();
        assert_eq!((moved.version, moved.files), ("v2".to_owned(), texts("二")));
    })
    .await;
}

/// The terminal of whoever starts it.
#[tokio::test]
async fn the_terminal_says_first_what_is_wrong_where() {
    let folder = tempfile::tempdir().unwrap();
    write_knowledge(folder.path());
    let url = format!("sqlite://{}", folder.path().join("wenlu.db").display());
    let start = || Serving::start(folder.path(), &url);
    let first = start();
    first.until_it_says("问路已启动").await;
    let store = Store::open(&url).await.unwrap();
    until_kept(&store, &files(folder.path()).version()).await;
    drop(first);
    let good = fs::read_to_string(folder.path().join(MOVE)).unwrap();
    fs::write(folder.path().join(MOVE), spoilt(&good)).unwrap();
    let second = start();
    let said = second.until_it_says("问路已启动").await;
    let told = said
        .find("先用数据库里上一次正确的知识")
        .unwrap_or_else(|| panic!("{said}"));
    let place = said
        .find("intents/move.toml:3:1")
        .unwrap_or_else(|| panic!("{said}"));
    assert!(
        told < said.find("问路已启动").unwrap() && said[told..].contains("exmaples = ["),
        "{said}"
    );
    assert!(place < said.len() && said.contains("ERROR"), "{said}");
}

/// A publication that was killed is whole before the files are read, at a start and while the server runs.
#[tokio::test]
async fn a_publication_that_was_cut_short_is_whole_before_the_files_are_read() {
    let database = Database::new(crate::database::Engine::Sqlite).await;
    let House { server, store } = House::on(&database, &[]).await;
    let root = server.folder.path().to_owned();
    let half = |number: usize| {
        let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
        let file = |path: &str, after: String| FileChange {
            path: path.to_owned(),
            before: Some(read(path)),
            after: Some(after),
        };
        let reply = format!("# 迁移\n\n第 {number} 次发布。\n\n## 多久 {{#soon}}\n\n三天。\n");
        let intent = read(MOVE).replace("[follow_up]\n\"多久\" = \"#soon\"\n", "")
            + "[follow_up]\n\"多久\" = \"#soon\"\n";
        let files = vec![file("content/zh/move.md", reply), file(MOVE, intent)];
        let change = ChangeSet {
            files,
            summary: String::new(),
        };
        // the file without the other would be a mistake
        ChangeNote::of(&change, None).write(&root).unwrap();
        fs::write(root.join(MOVE), change.files[1].after.as_deref().unwrap()).unwrap();
    };
    half(1);
    let begun = Instant::now();
    while !answer(&server).await.contains("第 1 次发布") {
        assert!(begun.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let values = [
        ("DATABASE_URL", database.url.as_str()),
        ("WENLU_RATE_PER_MINUTE", "0"),
    ];
    let server = server.restart_with(&values, async { half(2) }).await;
    assert!(answer(&server).await.contains("第 2 次发布"));
    assert_eq!(knowledge(&server).await["source"], "files");
    assert!(!NotePurpose::Apply.path(&root).exists());

    // where somebody edited one of the files since, it is said on the overview, as long as the file is there
    half(3);
    fs::write(
        root.join(MOVE),
        fs::read_to_string(root.join(MOVE)).unwrap() + "# 手工\n",
    )
    .unwrap();
    let house = House { server, store };
    let mut browser = house.signed_in(AccountRole::Viewer).await;
    let begun = Instant::now();
    let overview = loop {
        let overview = browser.get("/admin").await.body;
        if overview.contains("有一次发布中途停了") {
            break overview;
        }
        assert!(begun.elapsed() < PATIENCE, "{overview}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    let (_, file) = overview.split_once("intents/.wenlu-conflict-").unwrap();
    let file = format!(
        "intents/.wenlu-conflict-{}",
        file.split('<').next().unwrap()
    );
    assert!(
        fs::read_to_string(root.join(&file))
            .unwrap()
            .contains("第 3 次发布")
    );
    assert!(
        fs::read_to_string(root.join(MOVE))
            .unwrap()
            .ends_with("# 手工\n")
    );
    fs::remove_file(root.join(file)).unwrap();
    assert!(
        !browser
            .get("/admin")
            .await
            .body
            .contains("有一次发布中途停了")
    );
}

/// `wenlu serve` as a process.
struct Serving {
    child: Child,
    log: std::path::PathBuf,
}

impl Serving {
    fn start(root: &Path, database: &str) -> Self {
        let log = root.join("said.log");
        let out = fs::File::create(&log).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_wenlu"))
            .args(["serve", "--listen", "127.0.0.1:0", "--root", "."])
            .current_dir(root)
            .env_clear()
            .env("DATABASE_URL", database)
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .unwrap();
        Serving { child, log }
    }

    async fn until_it_says(&self, text: &str) -> String {
        let begun = Instant::now();
        loop {
            let said = fs::read_to_string(&self.log).unwrap_or_default();
            if said.contains(text) {
                return said;
            }
            assert!(begun.elapsed() < PATIENCE, "{said}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
