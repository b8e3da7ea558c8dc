//! The wiring. In: settings, then a listener and a shutdown signal, both as arguments, so that tests choose their own.
//! Out: a running server. Must not know: what any of the parts does.

use crate::admin::{Admin, AdminError};
use crate::bot::{Bot, Brain, Colleagues};
use crate::channel::telegram::pace::Limits;
use crate::channel::telegram::{Telegram, TelegramError, Timing};
use crate::channel::web::{Web, WebError};
use crate::check;
use crate::knowledge::Knowledge;
use crate::knowledge::files::{self, LoadError, Source};
use crate::reload::{Reloader, Status};
use crate::review::apply;
use crate::router::Router;
use crate::settings::{LogFormat, Settings};
use crate::store::{Store, StoreError};
use crate::upkeep;
use std::future::Future;
use std::io::IsTerminal;
use std::panic::PanicHookInfo;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

/// Everything, ready to serve.
pub struct App {
    web: Web,
    admin: Admin,
    store: Store,
    telegram: Option<Telegram>,
    bot: Bot,
    timing: Timing,
    reloader: Option<Reloader>,
    grace: Duration,
    retention: Option<Duration>,
}

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("the data files have mistakes")]
    Knowledge(#[from] LoadError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Web(#[from] WebError),
    #[error(transparent)]
    Telegram(#[from] TelegramError),
}

/// Loads the knowledge, opens the store, and puts the channels in front of the bot.
pub async fn build(settings: Settings) -> Result<App, BuildError> {
    let limits = Limits { speed: settings.telegram.speed, ..Limits::default() };
    build_with(settings, limits).await
}

/// The same for a Bot API whose limits are others.
pub async fn build_with(settings: Settings, limits: Limits) -> Result<App, BuildError> {
    let source = Source::find(settings.root.as_deref());
    recover(&source);
    let loaded = files::load(&source)?;
    for warning in &loaded.warnings {
        tracing::warn!(%warning, "data files");
    }
    tracing::info!(
        intents = loaded.knowledge.intents.len(),
        knowledge = loaded.knowledge.version,
        database = %settings.database,
        "loaded"
    );
    let store = Store::open(settings.database.reveal()).await?;
    let (status, shown) = watch::channel(Status::serving(&loaded.knowledge.version));
    let brain = Arc::new(self::brain(&settings, loaded.knowledge));
    let failing = check::failed_tests(&brain.knowledge, |text| brain.router.route(text), &loaded.texts).len();
    if failing > 0 {
        tracing::warn!(failing, "tests of the data files fail: no edit goes live before they pass; see `wenlu check`");
    }
    let telegram = Telegram::new(&settings.telegram, store.clone(), limits)?;
    let people = telegram.as_ref().and_then(|telegram| telegram.switchboard(settings.service_hours.clone()));
    let people = people.map(|switchboard| Arc::new(switchboard) as Arc<dyn Colleagues>);
    let bot = Bot::with_colleagues(brain, store.clone(), settings.conversation_expiry, people);
    let web = Web::new(bot.clone(), &settings, shown.clone())?;
    let threshold = settings.threshold;
    let build = Arc::new(move |knowledge: &Knowledge| router_with(threshold, knowledge));
    let admin = Admin::new(bot.clone(), source.clone(), &settings, build, shown);
    let timing = Timing { lease: settings.lease, silence: settings.handover_silence };
    let (grace, retention, served) = (settings.shutdown_grace, settings.retention, web.clone());
    let reloader = settings.reload.then(|| {
        let build = Box::new(move |knowledge| self::brain(&settings, knowledge));
        Reloader::new(source, status, build, Box::new(move |brain| served.replace_brain(brain)))
    });
    Ok(App { web, admin, store, telegram, bot, timing, reloader, grace, retention })
}

/// Comes to an end with a publication that a killed process was making. Where that fails, the files serve as they are: they
/// are judged like any others, and it is tried again.
fn recover(source: &Source) {
    if let Source::Folder(root) = source
        && let Err(error) = apply::recover(root)
    {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        tracing::error!(%error, cause, "a publication that was cut short cannot be brought to an end");
    }
}

/// The router that every command and the server use: built from `knowledge`, with the operator's threshold if one is set.
pub fn router(settings: &Settings, knowledge: &Knowledge) -> Router {
    router_with(settings.threshold, knowledge)
}

fn router_with(threshold: Option<f64>, knowledge: &Knowledge) -> Router {
    let mut router = Router::build(knowledge);
    if let Some(threshold) = threshold {
        router.set_threshold(threshold);
    }
    router
}

/// `knowledge` with [`router`].
pub fn brain(settings: &Settings, knowledge: Knowledge) -> Brain {
    let router = router(settings, &knowledge);
    Brain::new(knowledge, router)
}

impl App {
    /// The path of a link that makes the first account of the operators' pages; `None` where there is no need for one.
    pub async fn first_link(&self) -> Result<Option<String>, AdminError> {
        self.admin.first_link().await
    }

    /// Serves until `shutdown` resolves and what had begun then is finished, or the grace is over.
    pub async fn run_until(self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> std::io::Result<()> {
        let reloading = self.reloader.map(|reloader| tokio::spawn(reloader.run()));
        let upkeep = tokio::spawn(upkeep::run(self.store.clone(), self.retention));
        let hook = self.telegram.as_ref().and_then(Telegram::routes);
        let (stop, stopped) = watch::channel(None);
        let telegram = self.telegram.map(|telegram| tokio::spawn(telegram.run(self.bot, self.timing, stopped)));
        let grace = self.grace;
        let shutdown = async {
            shutdown.await;
            // all stop at the same time, and what is sent is recorded before the store closes
            stop.send_replace(Some(Instant::now() + grace));
        };
        let ended = self.web.serve(listener, hook, self.admin.routes(), shutdown, self.grace).await;
        if let Some(telegram) = telegram
            && let Err(error) = telegram.await
        {
            tracing::error!(%error, "the Telegram channel failed");
        }
        upkeep.abort();
        if let Some(reloading) = reloading {
            reloading.abort();
        }
        self.store.close().await;
        ended
    }
}

/// Logs to standard error. A panic is logged with its place only: its message may quote what somebody typed.
pub fn start_logging(settings: &Settings) {
    // The filter was checked when the settings were read.
    let filter = EnvFilter::builder().parse_lossy(&settings.log);
    let logging = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match settings.log_format {
        LogFormat::Text => logging.try_init(),
        LogFormat::Json => logging.json().try_init(),
    };
    if started.is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, "panic");
}
