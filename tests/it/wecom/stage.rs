//! A fake company, a database, and one or several servers on it.

use crate::database::{Database, Engine};
use crate::server;
use fake_wecom::{CORP_SECRET, Company, CompanyOptions, ShownMessage};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use wenlu::app;
use wenlu::channel::telegram::rate_limit::BotApiLimits;
use wenlu::store::Store;
use wenlu_core::model::Timestamp;

const PATIENCE: Duration = Duration::from_secs(60);
/// What the line takes for a second.
const PACE: Duration = Duration::from_millis(20);

pub(super) struct Stage {
    pub company: Arc<Company>,
    pub database: Database,
    pub store: Store,
    replicas: Vec<Replica>,
    /// Files of the servers.
    folder: TempDir,
    values: Vec<(String, String)>,
}

struct Replica {
    address: String,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<std::io::Result<()>>,
}

/// The settings of a company whose API is at `api`.
pub(super) fn settings(options: &CompanyOptions, api: &str) -> Vec<(String, String)> {
    [
        ("WENLU_WECOM_CORP_ID", options.corp.as_str()),
        ("WENLU_WECOM_SECRET", CORP_SECRET),
        ("WENLU_WECOM_TOKEN", &options.token),
        ("WENLU_WECOM_AES_KEY", &options.aes_key),
        ("WENLU_WECOM_API_URL", api),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

impl Stage {
    /// One server on a SQLite file.
    pub(super) async fn simple() -> Stage {
        Stage::start(Engine::Sqlite, 1, &[]).await
    }

    /// With the knowledge of [`crate::tiny`] and a long answer, `count` servers and `more` settings.
    pub(super) async fn start(engine: Engine, count: usize, more: &[(&str, &str)]) -> Stage {
        let company = Company::new(CompanyOptions {
            page: 3,
            ..CompanyOptions::default()
        });
        Stage::of(company, engine, count, more).await
    }

    pub(super) async fn of(
        company: Company,
        engine: Engine,
        count: usize,
        more: &[(&str, &str)],
    ) -> Stage {
        let database = Database::new(engine).await;
        let api = company.serve().await;
        let mut values = settings(company.options(), &api);
        let own = [
            ("DATABASE_URL", database.url.as_str()),
            ("WENLU_LEASE", "300ms"),
            ("WENLU_RATE_PER_MINUTE", "0"),
            ("WENLU_RELOAD", "off"),
        ];
        let all = more.iter().chain(&own);
        values.extend(all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let folder = tempfile::tempdir().unwrap();
        write_files(folder.path());
        let mut stage = Stage {
            company: Arc::new(company),
            store: Store::open(&database.url).await.unwrap(),
            database,
            replicas: vec![],
            folder,
            values,
        };
        for _ in 0..count {
            stage.add_replica().await;
        }
        stage
    }

    /// One more server; notices go to all.
    pub(super) async fn add_replica(&mut self) {
        let values: Vec<(&str, &str)> = self
            .values
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let replica = Replica::start(self.folder.path(), &values).await;
        self.replicas.push(replica);
        self.notify_all();
    }

    /// Stops the first server.
    pub(super) async fn stop_first(&mut self) {
        self.replicas.remove(0).stop().await;
        self.notify_all();
    }

    fn notify_all(&self) {
        let addresses: Vec<String> = (0..self.replicas.len()).map(|at| self.url(at)).collect();
        let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
        self.company.notify_at(&addresses);
    }

    /// Where the server numbered `at` takes callbacks.
    pub(super) fn url(&self, at: usize) -> String {
        self.address(at, "/wecom")
    }

    pub(super) fn address(&self, at: usize, path: &str) -> String {
        format!("http://{}{path}", self.replicas[at].address)
    }

    pub(super) async fn page(&self, path: &str) -> String {
        let url = self.address(0, path);
        reqwest::get(url).await.unwrap().text().await.unwrap()
    }

    /// What the customer sees after something was done.
    pub(super) async fn after(
        &self,
        customer: &str,
        done: impl Future<Output = ()>,
    ) -> Vec<ShownMessage> {
        let before = self.company.seen_by(customer).len();
        done.await;
        self.rests().await;
        self.company.seen_by(customer).split_off(before)
    }

    /// What the customer sees after saying something, as one text.
    pub(super) async fn say(&self, customer: &str, text: &str) -> String {
        let asker = self.company.customer(customer);
        shown(&self.after(customer, asker.says(text)).await)
    }

    /// Waits until all is pulled, answered and sent.
    pub(super) async fn rests(&self) {
        let begun = Instant::now();
        let channel = format!("wecom:{}", self.company.options().corp);
        loop {
            let due = self.store.pulls().due(&channel, Timestamp(0), 9).await;
            let inbox = self.store.inbox().count().await.unwrap();
            let outbox = self.store.outbox().count().await.unwrap();
            if due.unwrap().is_empty() && inbox == 0 && outbox == 0 {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{inbox} and {outbox} wait");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until `/readyz` says this of the company.
    pub(super) async fn until_it_is(&self, state: &str) {
        let (begun, wanted) = (Instant::now(), format!("\"wecom\":\"{state}\""));
        while !self.page("/readyz").await.contains(&wanted) {
            assert!(begun.elapsed() < PATIENCE, "never {wanted}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// How many turns a customer's conversation has.
    pub(super) async fn turns(&self, customer: &str) -> usize {
        let name = self.conversation(customer);
        let rows = self.store.journal().until(&name, i64::MAX, 10_000).await;
        rows.unwrap().len()
    }

    pub(super) fn conversation(&self, customer: &str) -> String {
        format!("wecom:{}:{customer}", self.company.options().account)
    }

    pub(super) async fn stop(mut self) {
        for replica in self.replicas.drain(..) {
            replica.stop().await;
        }
        self.store.close().await;
    }
}

impl Replica {
    async fn start(folder: &Path, values: &[(&str, &str)]) -> Replica {
        let settings = server::settings(folder, folder, values);
        // pauses are shorter
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
        }
    }

    async fn stop(mut self) {
        drop(self.stop.take());
        self.running.await.unwrap().unwrap();
    }
}

/// Messages as one text; the items of a menu in brackets.
pub(super) fn shown(seen: &[ShownMessage]) -> String {
    let message = |seen: &ShownMessage| {
        let items: String = seen
            .items
            .iter()
            .map(|(_, label)| format!("\n［{label}］"))
            .collect();
        format!("{}{items}", seen.text)
    };
    seen.iter().map(message).collect::<Vec<_>>().join("\n---\n")
}

/// The files of [`crate::tiny`], and an answer of some 6 KB with links.
pub(super) fn write_files(folder: &Path) {
    crate::weixin::stage::write_files(folder);
}
