//! The real binary as a process of its own, that can be killed and started again.

use super::Way;
use crate::tiny;
use fake_telegram::Fake;
use fastrand::Rng;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::watch;

/// Longer than anything may take on a busy machine; nothing waits for it when all is well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How often a test kills in each of the `ways` in which it runs: `WENLU_KILLS` in all together, by
/// default `default`.
pub(crate) fn kills(default: usize, ways: usize) -> usize {
    number("WENLU_KILLS").unwrap_or(default).div_ceil(ways)
}

/// Chance: `WENLU_SEED`, by default always the same.
pub(crate) fn seeded() -> Rng {
    Rng::with_seed(number("WENLU_SEED").map_or(1, |seed| seed as u64))
}

fn number(name: &str) -> Option<usize> {
    let value = std::env::var(name).ok()?;
    Some(
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name} is a number")),
    )
}

/// How a bot is started, time and again.
pub(crate) struct Setup {
    values: Vec<(String, String)>,
    folder: TempDir,
}

pub(crate) struct Process {
    child: Child,
    /// Where it listens, once it does.
    address: watch::Receiver<Option<SocketAddr>>,
    /// All that its processes said so far.
    log: PathBuf,
}

impl Setup {
    /// With the knowledge of [`tiny`]. It sends as fast as Telegram takes it, and is soon missed.
    pub(crate) fn new(fake: &Fake, database: &str, way: Way) -> Setup {
        let folder = tempfile::tempdir().unwrap();
        tiny::write_files(folder.path());
        let setup = Setup {
            values: vec![],
            folder,
        }
        .with("DATABASE_URL", database)
        .with("TELOXIDE_TOKEN", &fake.token())
        .with("TELEGRAM_API_URL", &fake.url())
        .with("WENLU_TELEGRAM_SPEED", "100")
        .with("WENLU_LEASE", "200ms")
        .with("WENLU_RELOAD", "off");
        match way {
            Way::Polling => setup,
            Way::Webhook => setup.with(
                "WENLU_TELEGRAM_WEBHOOK",
                "https://bot.example.com/telegram/webhook",
            ),
        }
    }

    /// With the same knowledge, and no Telegram.
    pub(crate) fn web(database: &str) -> Setup {
        let folder = tempfile::tempdir().unwrap();
        tiny::write_files(folder.path());
        Setup {
            values: vec![],
            folder,
        }
        .with("DATABASE_URL", database)
        .with("WENLU_RATE_PER_MINUTE", "0")
    }

    /// The last value of a name counts.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Setup {
        self.values.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Where the data files are.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wenlu"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--root", "."])
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.values.iter().map(|(name, value)| (name, value)));
        command
    }

    /// What a command of the program prints, with the same settings.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let ended = Command::new(env!("CARGO_BIN_EXE_wenlu"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.values.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{error}");
        String::from_utf8(ended.stdout).unwrap()
    }

    pub(crate) fn start(&self) -> Process {
        let log = self.folder.path().join("log");
        let mut child = self
            .command()
            .stdout(Stdio::piped())
            .stderr(
                OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(&log)
                    .unwrap(),
            )
            .spawn()
            .unwrap();
        let (found, address) = watch::channel(None);
        let (said, log_too) = (child.stdout.take().unwrap(), log.clone());
        std::thread::spawn(move || listen(said, &log_too, &found));
        Process {
            child,
            address,
            log,
        }
    }
}

/// The first line of the standard output ends with the address; all of it goes into the log.
fn listen(said: ChildStdout, log: &Path, found: &watch::Sender<Option<SocketAddr>>) {
    let mut log = OpenOptions::new().append(true).open(log).unwrap();
    for line in BufReader::new(said).lines().map_while(Result::ok) {
        let address = line
            .rsplit_once("http://")
            .and_then(|(_, address)| address.trim().parse().ok());
        if address.is_some() {
            found.send_replace(address);
        }
        std::io::Write::write_all(&mut log, format!("{line}\n").as_bytes()).unwrap();
    }
}

impl Process {
    /// Where it listens. It waits for that; `None` if the process ended before.
    pub(crate) async fn listening(&self) -> Option<SocketAddr> {
        let mut address = self.address.clone();
        address
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|address| *address)
    }

    /// Has Telegram deliver here, once the process listens; then waits for ever.
    pub(crate) async fn receive(&self, fake: &Fake) -> ! {
        if let Some(address) = self.listening().await {
            fake.deliver_to(&format!("http://{address}"));
        }
        std::future::pending().await
    }

    /// SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGKILL; all that it said.
    pub(crate) fn kill_and_read(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.whole_log()
    }

    /// SIGTERM; how it ended, and after how long.
    pub(crate) async fn terminate(mut self) -> (ExitStatus, Duration) {
        let begun = Instant::now();
        let sent = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, begun.elapsed());
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "it does not end\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// What it and those before it said, on both of its outputs.
    pub(crate) fn whole_log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// The end of it.
    pub(crate) fn log(&self) -> String {
        let log = self.whole_log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // gone already when all went well
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
