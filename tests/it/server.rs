//! A real server for the tests: its own knowledge folder, its own SQLite file, a port of its own.

use sha2::{Digest, Sha256};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Child;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use wenlu::app;
use wenlu::settings::{SettingFlags, Settings};
use wenlu_core::knowledge::BotSentences;

/// Stops when it is dropped.
pub(crate) struct Server {
    pub address: SocketAddr,
    pub folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<std::io::Result<()>>,
}

impl Server {
    /// With the small knowledge of the tests.
    pub(crate) async fn start(values: &[(&str, &str)]) -> Server {
        let folder = tempfile::tempdir().unwrap();
        write_knowledge(folder.path());
        let root = folder.path().to_owned();
        Server::start_with(folder, &root, values).await
    }

    /// With the knowledge that the project ships.
    pub(crate) async fn start_shipped(values: &[(&str, &str)]) -> Server {
        Server::start_with(
            tempfile::tempdir().unwrap(),
            Path::new(env!("CARGO_MANIFEST_DIR")),
            values,
        )
        .await
    }

    /// With the small knowledge of the tests, as `prepare` makes it.
    pub(crate) async fn start_on(values: &[(&str, &str)], prepare: impl FnOnce(&Path)) -> Server {
        let folder = tempfile::tempdir().unwrap();
        write_knowledge(folder.path());
        prepare(folder.path());
        let root = folder.path().to_owned();
        Server::start_with(folder, &root, values).await
    }

    /// Stops, then starts again at the same address with the same database, after `meanwhile`.
    pub(crate) async fn restart(self, meanwhile: impl Future<Output = ()>) -> Server {
        self.restart_with(&[], meanwhile).await
    }

    /// As [`Server::restart`], with `values` in the environment.
    pub(crate) async fn restart_with(
        mut self,
        values: &[(&str, &str)],
        meanwhile: impl Future<Output = ()>,
    ) -> Server {
        self.begin_to_stop();
        self.running.await.unwrap().unwrap();
        meanwhile.await;
        let root = self.folder.path().to_owned();
        Server::start_at(self.address, self.folder, &root, values).await
    }

    async fn start_with(folder: TempDir, root: &Path, values: &[(&str, &str)]) -> Server {
        Server::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), folder, root, values).await
    }

    async fn start_at(
        address: SocketAddr,
        folder: TempDir,
        root: &Path,
        values: &[(&str, &str)],
    ) -> Server {
        let settings = settings(root, folder.path(), values);
        let app = app::build(settings).await.unwrap();
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(app.run_until(listener, async move { drop(stopped.await) }));
        Server {
            address,
            folder,
            stop: Some(stop),
            running,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What SIGTERM does.
    pub(crate) fn begin_to_stop(&mut self) {
        drop(self.stop.take());
    }

    pub(crate) async fn stopped(self) {
        self.running.await.unwrap().unwrap();
    }

    pub(crate) fn database(&self) -> String {
        database(self.folder.path())
    }
}

/// `values` as if they were in the environment.
pub(crate) fn settings(root: &Path, data: &Path, values: &[(&str, &str)]) -> Settings {
    let flags = SettingFlags {
        root: Some(root.to_owned()),
        ..SettingFlags::default()
    };
    let database = database(data);
    Settings::from_lookup(&flags, |name| {
        let value = values
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| *value);
        Ok(value
            .or((name == "DATABASE_URL").then_some(&database))
            .map(str::to_owned))
    })
    .unwrap()
}

/// A conversation's name that nobody can guess; the same one for the same label.
pub(crate) fn chat_name(label: &str) -> String {
    let digest = Sha256::digest(label);
    let digits: String = digest[..16].iter().map(|b| format!("{b:02x}")).collect();
    format!("{label}-{digits}")
}

fn database(data: &Path) -> String {
    format!("sqlite://{}", data.join("test.db").display())
}

/// Two answers (one with steps and a section), a menu, a gap, and the way to a person.
pub(crate) fn write_knowledge(root: &Path) {
    let bot: String = BotSentences::KEYS
        .iter()
        .map(|(key, _)| format!("{key} = \"{}\"\n", sentence(key)))
        .collect();
    let files = [
        (
            "content/zh/_bot.toml",
            format!("hot = [\"close\", \"move\"]\n{bot}"),
        ),
        ("content/en/_bot.toml", bot),
        (
            "content/variables.toml",
            "site = \"https://mp.weixin.qq.com\"\n".into(),
        ),
        ("content/zh/close.md", CLOSE.into()),
        (
            "content/zh/move.md",
            "# 迁移\n\nopenid **不会变**。\n".into(),
        ),
        (
            "content/zh/smalltalk-human.md",
            "# 转人工\n\n同事会尽快联系您。\n".into(),
        ),
        ("intents/lexicon.toml", LEXICON.into()),
        (
            "intents/out-of-scope.toml",
            "examples = [\"今天天气怎么样\", \"讲个笑话\"]\n".into(),
        ),
        (
            "intents/close.toml",
            intent(
                "怎么注销小程序",
                "parent = \"topics\"",
                &["小程序怎么注销", "我要注销小程序"],
            ),
        ),
        (
            "intents/move.toml",
            intent(
                "迁移后 openid 会变吗",
                "parent = \"topics\"",
                &["小程序迁移后 openid 变不变"],
            ),
        ),
        (
            "intents/topics.toml",
            intent("小程序的事", "menu = true", &["小程序问题"]),
        ),
        (
            "intents/pay.toml",
            intent("支付", "gap = true", &["小程序怎么收款", "支付失败怎么办"]),
        ),
        (
            "intents/smalltalk-human.toml",
            intent(
                "转人工",
                "action = \"human\"",
                &["转人工", "我要找人工客服"],
            ),
        ),
    ];
    for (path, text) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

fn intent(title: &str, more: &str, examples: &[&str]) -> String {
    format!("title = \"{title}\"\n{more}\nexamples = {examples:?}\n")
}

fn sentence(key: &str) -> &str {
    match key {
        "welcome" => "您好，请问有什么可以帮您？",
        "unknown" => "抱歉，这个我不太确定。",
        "button_next" => "下一步",
        "button_back" => "上一步",
        "button_all" => "全部步骤",
        "button_human" => "转人工",
        other => other,
    }
}

const CLOSE: &str = "\
# 注销小程序

请登录[公众平台](<{{ site }}>)操作。

1. 登录。
2. 打开设置。
3. 点击注销。
4. 扫码确认。

> 提示：注销后不能恢复。

## 需要什么材料 {#materials}

- 营业执照
- 身份证
";

const LEXICON: &str = "\
words = [\"小程序\"]
generic = [\"怎么\"]
filler = [\"请问\"]
synonyms = []
";

/// Where a server that was started as a program says that it is reached.
pub(crate) fn said_address(server: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let (_, url) = line
        .rsplit_once(' ')
        .unwrap_or_else(|| panic!("{line:?}: did not start"));
    url.trim().to_owned()
}
