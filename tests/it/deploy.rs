//! Each way of deploy/, with the very settings of its file: the link that the start prints opens /admin, which publishes a
//! change; a backup by the file's own command is restored into an empty database, and serves.

use crate::admin::review::{act, largest, publish, until};
use crate::admin::{Browser, PASSWORD};
use crate::database::{Database, Engine};
use crate::files::free_port;
use crate::server::write_knowledge;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A limit for what never comes, not a measure.
const PATIENCE: Duration = Duration::from_secs(60);
const ASKED: &str = "给我讲个相声听听";
const DOMAIN: &str = "bot.example.org";

/// A machine on which one of the files is deployed.
struct Machine {
    folder: TempDir,
    /// The settings of the file, with this machine's folders and free ports.
    settings: Vec<(String, String)>,
    chat: u16,
    admin: u16,
}

/// The program as it runs there; ended when it is dropped.
struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn deploy_file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("deploy")
        .join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The part of a file between two texts; to its end, if the second is not there.
fn part(path: &str, from: &str, to: &str) -> String {
    let text = deploy_file(path);
    let (_, rest) = text.split_once(from).unwrap();
    rest.split_once(to)
        .map_or(rest, |(part, _)| part)
        .to_owned()
}

/// The settings that a text names, as `NAME: value` or `NAME=value`; not those of Telegram, which is not here.
fn settings_in(text: &str) -> Vec<(String, String)> {
    let setting = |line: &str| {
        let line = line.trim().trim_start_matches("- ");
        let (name, value) = line.split_once([':', '='])?;
        let is_ours = name.starts_with("WENLU_") || name == "DATABASE_URL";
        let is_name = name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
        let value = value.trim().replace("${DOMAIN:?see .env.example}", DOMAIN);
        (is_ours && is_name && !name.starts_with("WENLU_TELEGRAM"))
            .then(|| (name.to_owned(), value))
    };
    text.lines().filter_map(setting).collect()
}

impl Machine {
    /// `listen` is where the file's program listens for the chat page.
    fn new(listen: &str, found: Vec<(String, String)>, database: &str) -> Machine {
        let folder = tempfile::tempdir().unwrap();
        for name in ["data", "backup"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        write_knowledge(folder.path());
        let (chat, admin) = (free_port(), free_port());
        let mut settings = vec![("WENLU_LISTEN".to_owned(), format!("{listen}:{chat}"))];
        for (name, value) in found {
            let value = match name.as_str() {
                "WENLU_ADMIN_LISTEN" => format!("{}:{admin}", value.rsplit_once(':').unwrap().0),
                "DATABASE_URL" => continue,
                _ => value,
            };
            settings.push((name, value));
        }
        let database = database.replace("FOLDER", &folder.path().display().to_string());
        settings.push(("DATABASE_URL".to_owned(), database));
        Machine {
            folder,
            settings,
            chat,
            admin,
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wenlu"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// The first line names the public address.
    fn start(&self) -> Running {
        let (running, said) = self.start_saying();
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
        assert!(
            said.ends_with(&format!("https://{DOMAIN}\n")),
            "{said:?} {log}"
        );
        running
    }

    /// With the first line that it printed.
    fn start_saying(&self) -> (Running, String) {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))
            .unwrap();
        let mut child = self
            .command(&[])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        out.read_line(&mut said).unwrap();
        (Running { child, out }, said)
    }

    /// Runs the backup command of a file in which the backup's folder is called `there`.
    fn back_up(&self, command: &str, there: &str) -> PathBuf {
        let here = self.folder.path().join("backup");
        let (_, args) = command.split_once("wenlu ").unwrap();
        let args = args.replace(there, &here.display().to_string());
        let done = self
            .command(&args.split_whitespace().collect::<Vec<_>>())
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        let made = fs::read_dir(here)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let [backup] = made.collect::<Vec<_>>().try_into().unwrap();
        backup
    }

    /// As the guide says before a restore.
    fn move_files_away(&self) {
        let old = self.folder.path().join("old");
        fs::create_dir(&old).unwrap();
        for name in ["wenlu.db", "wenlu.db-wal", "wenlu.db-shm"] {
            let file = self.folder.path().join("data").join(name);
            if file.exists() {
                fs::rename(file, old.join(name)).unwrap();
            }
        }
    }

    async fn ask(&self, text: &str) -> Value {
        let id = format!("{:x}", fastrand::u128(..));
        let response = reqwest::Client::new()
            .post(format!("http://127.0.0.1:{}/api/v1/messages", self.chat))
            // as a proxy in front sends it
            .header("x-forwarded-for", "192.0.2.1")
            .json(&json!({"conversation": id, "id": id, "text": text}))
            .send()
            .await
            .unwrap();
        response.json().await.unwrap()
    }
}

impl Running {
    /// The link that makes the first account: its address and its path.
    fn first_link(&mut self) -> (String, String) {
        let mut said = String::new();
        loop {
            assert!(
                self.out.read_line(&mut said).unwrap() > 0,
                "no link in {said:?}"
            );
            let last = said.lines().next_back().unwrap().trim();
            if let Some((base, _)) = last.split_once("/admin/link?token=") {
                return (base.to_owned(), last[base.len()..].to_owned());
            }
        }
    }
}

/// Makes the first account by the link, and signs in.
async fn first_account(base: &str, path: &str) -> Browser {
    let mut browser = Browser::at(base.to_owned());
    let shown = browser.get(path).await;
    assert!(
        shown.body.contains("创建管理员"),
        "{} {}",
        shown.status,
        shown.body
    );
    let token = path.split_once("token=").unwrap().1;
    let fields = [
        ("token", token),
        ("name", "ann"),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ];
    let shown = browser.post("/admin/link", &fields).await;
    assert_eq!(shown.location.as_deref(), Some("/admin/login"));
    assert_eq!(browser.sign_in("ann", PASSWORD, "").await.status, 303);
    browser.get("/admin/me").await;
    browser
}

/// The whole way. `backup`: the file's command, and how it calls the folder. `another`: an empty database to restore into;
/// without one, the files of SQLite are moved away.
async fn works_as_written(mut machine: Machine, backup: (&str, &str), another: Option<&Database>) {
    let mut running = machine.start();
    let (base, path) = running.first_link();
    assert_eq!(base, format!("http://127.0.0.1:{}", machine.admin));
    let mut browser = first_account(&base, &path).await;
    // the pages stand there alone, and not even a proxy that forgets its header leads to them
    for port in [machine.chat, machine.admin] {
        let url = format!("http://127.0.0.1:{port}/admin/login");
        let through_proxy = reqwest::Client::new()
            .get(&url)
            .header("x-forwarded-for", "192.0.2.1");
        assert_eq!(through_proxy.send().await.unwrap().status(), 404, "{url}");
    }
    let chat = format!("http://127.0.0.1:{}", machine.chat);
    assert_eq!(
        Browser::at(chat.clone()).get("/admin/login").await.status,
        404
    );
    assert_eq!(Browser::at(chat).get("/readyz").await.status, 200);
    assert_eq!(Browser::at(base.clone()).get("/readyz").await.status, 404);
    assert_eq!(
        Browser::at(base.clone()).get("/").await.location.as_deref(),
        Some("/admin")
    );

    assert_eq!(machine.ask(ASKED).await["decision"], "unknown");
    let cluster = largest(&mut browser).await;
    let example = [("action", "example"), ("intent", "close")];
    let draft = act(&mut browser, &cluster, &example)
        .await
        .location
        .unwrap();
    assert_eq!(publish(&mut browser, &draft).await.status, 303);
    until(&mut browser, &draft, "已经生效").await;
    assert_eq!(machine.ask(ASKED).await["intent"], "close");

    let file = machine.back_up(backup.0, backup.1);
    drop(running);
    match another {
        Some(database) => machine
            .settings
            .push(("DATABASE_URL".to_owned(), database.url.clone())),
        None => machine.move_files_away(),
    }
    let file = file.display().to_string();
    let restored = machine
        .command(&["store", "restore", &file])
        .output()
        .unwrap();
    assert!(
        restored.status.success(),
        "{}",
        String::from_utf8_lossy(&restored.stderr)
    );
    let _running = machine.start();
    assert_eq!(machine.ask(ASKED).await["intent"], "close");
    let mut browser = Browser::at(base);
    assert_eq!(browser.sign_in("ann", PASSWORD, "").await.status, 303);
    let journal = browser.get("/admin/journal").await.body;
    assert!(journal.contains(ASKED), "{journal}");
}

const SQLITE: &str = "sqlite://FOLDER/data/wenlu.db";

#[tokio::test]
async fn systemd_behind_caddy_works_as_written() {
    let guide = part(
        "README.md",
        "and set in `/etc/wenlu/wenlu.env`:",
        "apt-get install caddy",
    );
    let machine = Machine::new("127.0.0.1", settings_in(&guide), SQLITE);
    assert_eq!(machine.settings.len(), 5, "{:?}", machine.settings);
    let backup = part("systemd/wenlu-backup.service", "ExecStart=", "\n");
    works_as_written(machine, (&backup, "%S/wenlu/backup"), None).await;
}

#[tokio::test]
async fn one_small_server_of_compose_works_as_written() {
    let found = settings_in(&part("compose.small.yaml", "\n  wenlu:", "\n  backup:"));
    assert_eq!(found.len(), 4, "{found:?}");
    let backup = part("compose.small.yaml", "while :; do ", ";");
    let machine = Machine::new("0.0.0.0", found, SQLITE);
    works_as_written(machine, (&backup, "/backup"), None).await;
}

#[tokio::test]
async fn several_replicas_of_compose_work_as_written() {
    let found = settings_in(&part("compose.yaml", "\n  wenlu:", "\n  postgres:"));
    assert_eq!(found.len(), 5, "{found:?}");
    let [database, another] = [
        Database::new(Engine::Postgres).await,
        Database::new(Engine::Postgres).await,
    ];
    let machine = Machine::new("0.0.0.0", found, &database.url);
    let backup = ("wenlu store backup /backup/now", "/backup");
    works_as_written(machine, backup, Some(&another)).await;
}

#[tokio::test]
async fn kubernetes_works_as_written() {
    let found = settings_in(&part("kubernetes/kustomization.yaml", "literals:", "\0END"));
    assert_eq!(found.len(), 6, "{found:?}");
    let [database, another] = [
        Database::new(Engine::Postgres).await,
        Database::new(Engine::Postgres).await,
    ];
    let machine = Machine::new("0.0.0.0", found, &database.url);
    let backup = ("wenlu store backup /backup/now", "/backup");
    works_as_written(machine, backup, Some(&another)).await;
}

#[tokio::test]
async fn a_start_whose_admin_pages_nobody_can_open_says_so_and_prints_no_link() {
    let settings = vec![
        ("WENLU_TRUSTED_PROXIES".to_owned(), "1".to_owned()),
        ("WENLU_PUBLIC_URL".to_owned(), format!("https://{DOMAIN}")),
    ];
    let mut machine = Machine::new("127.0.0.1", settings, SQLITE);
    // the error output comes after the line that a start is waited for by
    let running = machine.start();
    let begun = Instant::now();
    loop {
        let log = fs::read_to_string(machine.folder.path().join("log")).unwrap();
        if log.contains("WENLU_ADMIN_LISTEN=127.0.0.1:8081") {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{log}");
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(running);
    machine
        .settings
        .push(("WENLU_ADMIN".to_owned(), "public".to_owned()));
    let (base, path) = machine.start().first_link();
    assert_eq!(base, format!("https://{DOMAIN}"));
    assert!(path.starts_with("/admin/link?token="), "{path}");
}

#[test]
fn old_backups_go_and_other_files_stay() {
    let machine = Machine::new("127.0.0.1", Vec::new(), SQLITE);
    drop(machine.start_saying());
    let backup = machine.folder.path().join("backup");
    for name in [
        "wenlu-20250101T000000Z.db",
        "wenlu-20250102T000000Z.db",
        "mine.db",
    ] {
        fs::write(backup.join(name), "").unwrap();
    }
    let run = |args: &[&str]| {
        machine
            .command(&[&["store", "backup"], args].concat())
            .output()
            .unwrap()
    };
    assert!(run(&["--folder", "backup", "--keep", "2"]).status.success());
    let mut left: Vec<String> = fs::read_dir(&backup)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left.len(), 3, "{left:?}");
    assert_eq!(
        (left[0].as_str(), left[1].as_str()),
        ("mine.db", "wenlu-20250102T000000Z.db")
    );
    for wrong in [
        &[][..],
        &["a.db", "--folder", "backup"],
        &["a.db", "--keep", "2"],
    ] {
        assert_eq!(run(wrong).status.code(), Some(2), "{wrong:?}");
    }
    assert_eq!(run(&["--folder", "nowhere"]).status.code(), Some(1));
}
