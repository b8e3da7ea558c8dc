//! A fake platform, a database, and one or several servers on it.

use crate::database::{Database, Engine};
use crate::{server, tiny};
use fake_weixin::{Message, Mode, Options, Platform, SECRET, Verdict};
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use wenlu::app;
use wenlu::channel::telegram::rate_limit::BotApiLimits;
use wenlu::store::Store;

const PATIENCE: Duration = Duration::from_secs(60);
/// What the line takes for a second.
const PACE: Duration = Duration::from_millis(20);

pub(super) struct Stage {
    pub platform: Platform,
    pub database: Database,
    pub store: Store,
    replicas: Vec<Replica>,
}

struct Replica {
    address: String,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<std::io::Result<()>>,
    _folder: TempDir,
}

impl Stage {
    /// With the knowledge of [`tiny`] and a long answer, `count` servers and `more` settings.
    pub(super) async fn start(
        engine: Engine,
        options: Options,
        count: usize,
        more: &[(&str, &str)],
    ) -> Stage {
        Stage::with(engine, Platform::new(options), count, more).await
    }

    /// Of an account that sends: with its API, and soon missed.
    pub(super) async fn sending(
        engine: Engine,
        options: Options,
        count: usize,
        more: &[(&str, &str)],
    ) -> Stage {
        let platform = Platform::new(options);
        let api = platform.serve_api().await;
        let mut all = more.to_vec();
        all.extend([
            ("WENLU_WEIXIN_SECRET", SECRET),
            ("WENLU_WEIXIN_SEND", "active"),
            ("WENLU_WEIXIN_API_URL", &api),
            ("WENLU_LEASE", "300ms"),
        ]);
        Stage::with(engine, platform, count, &all).await
    }

    async fn with(
        engine: Engine,
        platform: Platform,
        count: usize,
        more: &[(&str, &str)],
    ) -> Stage {
        let database = Database::new(engine).await;
        let mut replicas = vec![];
        for _ in 0..count {
            replicas.push(Replica::start(platform.options(), &database.url, more).await);
        }
        Stage {
            store: Store::open(&database.url).await.unwrap(),
            platform,
            database,
            replicas,
        }
    }

    /// One server on a SQLite file.
    pub(super) async fn simple(mode: Mode) -> Stage {
        Stage::start(Engine::Sqlite, options(mode), 1, &[]).await
    }

    /// Where the server numbered `at` waits for deliveries.
    pub(super) fn url(&self, at: usize) -> String {
        self.address(at, "/weixin")
    }

    pub(super) fn address(&self, at: usize, path: &str) -> String {
        format!("http://{}{path}", self.replicas[at].address)
    }

    /// What a message is answered with; the same from each server, and each time.
    pub(super) async fn send(&self, message: &Message) -> Verdict {
        let first = self.platform.post(&self.url(0), message).await;
        for at in 0..3 {
            let url = self.url((at + 1) % self.replicas.len());
            let again = self.platform.post(&url, message).await;
            assert_eq!(again, first, "try {} of {message:?}", at + 2);
        }
        first
    }

    /// The text that a message is answered with.
    pub(super) async fn text(&self, message: &Message) -> String {
        match self.send(message).await {
            Verdict::Text(text) => text,
            other => panic!("{message:?}: {other:?}"),
        }
    }

    /// What the asker sees after saying something.
    pub(super) async fn say(&self, openid: &str, text: &str) -> String {
        self.text(&self.platform.asker(openid).says(text)).await
    }

    pub(super) async fn metrics(&self) -> String {
        self.page("/metrics").await
    }

    pub(super) async fn page(&self, path: &str) -> String {
        let url = self.address(0, path);
        reqwest::get(url).await.unwrap().text().await.unwrap()
    }

    /// Waits until nothing is left to be sent.
    pub(super) async fn rests(&self) {
        let begun = Instant::now();
        while self.store.outbox().count().await.unwrap() > 0 {
            assert!(begun.elapsed() < PATIENCE, "something waits");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until `/readyz` says this of sending.
    pub(super) async fn until_sending_is(&self, state: &str) {
        let (begun, wanted) = (Instant::now(), format!("\"weixin_sending\":\"{state}\""));
        while !self.page("/readyz").await.contains(&wanted) {
            assert!(begun.elapsed() < PATIENCE, "never {wanted}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(super) async fn stop(mut self) {
        for replica in self.replicas.drain(..) {
            replica.stop().await;
        }
        self.store.close().await;
    }
}

impl Replica {
    async fn start(options: &Options, database: &str, more: &[(&str, &str)]) -> Replica {
        let folder = tempfile::tempdir().unwrap();
        write_files(folder.path());
        let mut values = more.to_vec();
        values.extend([
            ("DATABASE_URL", database),
            ("WENLU_WEIXIN_APPID", &options.appid),
            ("WENLU_WEIXIN_TOKEN", &options.token),
            ("WENLU_RATE_PER_MINUTE", "0"),
            ("WENLU_RELOAD", "off"),
        ]);
        if options.mode != Mode::Plain {
            values.push(("WENLU_WEIXIN_AES_KEY", &options.aes_key));
        }
        let settings = server::settings(folder.path(), folder.path(), &values);
        // pauses of an account that sends are shorter
        let limits = BotApiLimits {
            second: PACE,
            ..BotApiLimits::default()
        };
        let app = app::build_with(settings, limits).await.unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(app.run_until(listener, async move { drop(stopped.await) }));
        Replica {
            address,
            stop: Some(stop),
            running,
            _folder: folder,
        }
    }

    async fn stop(mut self) {
        drop(self.stop.take());
        self.running.await.unwrap().unwrap();
    }
}

pub(super) fn options(mode: Mode) -> Options {
    Options {
        mode,
        // nothing here takes as long as five of them, when all is well
        second: Duration::from_secs(4),
        ..Options::default()
    }
}

/// The files of [`tiny`], and an answer of some 6 KB with a link that must not be cut.
pub(crate) fn write_files(folder: &Path) {
    tiny::write_files(folder);
    let sentence = "这是一句用来占地方的话，它说的是第几条规则应该怎样理解👨‍👩‍👧。";
    let paragraphs: Vec<String> = (1..=12)
        .map(|at| {
            let words = sentence.repeat(4 + at % 3);
            format!("第 {at} 条：{words}见[平台规则第 {at} 条](https://mp.weixin.qq.com/rules?id={at}&lang=zh)。")
        })
        .collect();
    let write = |path: &str, text: &str| std::fs::write(folder.join(path), text).unwrap();
    write(
        "intents/rules.toml",
        "title = \"全部规则\"\nexamples = [\"把全部规则都发给我看看\"]\n",
    );
    write(
        "content/zh/rules.md",
        &format!("# 全部规则\n\n{}\n", paragraphs.join("\n\n")),
    );
}
