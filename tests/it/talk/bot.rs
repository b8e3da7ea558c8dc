//! One bot process, as far as a test can have one inside its own.

use crate::{server, tiny};
use fake_telegram::Fake;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use wenlu::app;
use wenlu::channel::telegram::rate_limit::BotApiLimits;
use wenlu::store::Store;

/// How updates come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Polling,
    Webhook,
}

pub(crate) struct Bot {
    pub address: SocketAddr,
    store: Store,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<std::io::Result<()>>,
    _folder: TempDir,
}

impl Bot {
    /// With the knowledge of [`tiny`], and `more` settings.
    pub(crate) async fn start(fake: &Fake, database: &str, way: Way, more: &[(&str, &str)]) -> Bot {
        let limits = BotApiLimits {
            second: Duration::from_millis(10),
            speed: 1,
        };
        Bot::start_with(fake, database, way, limits, more).await
    }

    /// At another pace.
    pub(crate) async fn start_with(
        fake: &Fake,
        database: &str,
        way: Way,
        limits: BotApiLimits,
        more: &[(&str, &str)],
    ) -> Bot {
        let folder = tempfile::tempdir().unwrap();
        tiny::write_files(folder.path());
        let (token, api) = (fake.token(), fake.url());
        let mut values = vec![
            ("DATABASE_URL", database),
            ("TELOXIDE_TOKEN", &token),
            ("TELEGRAM_API_URL", &api),
            ("WENLU_LEASE", "300ms"),
            ("WENLU_RELOAD", "off"),
        ];
        if way == Way::Webhook {
            values.push((
                "WENLU_TELEGRAM_WEBHOOK",
                "https://bot.example.com/telegram/webhook",
            ));
        }
        values.extend_from_slice(more);
        let settings = server::settings(folder.path(), folder.path(), &values);
        let app = app::build_with(settings, limits).await.unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        if way == Way::Webhook {
            fake.deliver_to(&format!("http://{address}"));
        }
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(app.run_until(listener, async move { drop(stopped.await) }));
        let store = Store::open(database).await.unwrap();
        Bot {
            address,
            store,
            stop: Some(stop),
            running,
            _folder: folder,
        }
    }

    /// The database, beside the bot.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Waits until everything that arrived is answered and sent.
    pub(crate) async fn rests(&self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.store.inbox().count().await.unwrap() + self.store.outbox().count().await.unwrap()
            > 0
        {
            assert!(Instant::now() < deadline, "something waits");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// What SIGTERM does.
    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        self.running.await.unwrap().unwrap();
        self.store.close().await;
    }
}
