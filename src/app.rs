//! The wiring. In: settings, then a listener and a shutdown signal; both are arguments, so that
//! tests can pass their own. Out: a running server. Must not know: what any of the parts does.

use crate::admin::{Admin, AdminError};
use crate::bot::{Bot, Brain, Colleagues};
use crate::channel::telegram::pace::Limits;
use crate::channel::telegram::{Telegram, TelegramError, Timing};
use crate::channel::web::{Web, WebError};
use crate::knowledge::Knowledge;
use crate::knowledge::files::{self, LoadError, Source};
use crate::reload::keeper::{Keeping, KnowledgeKeeper};
use crate::reload::start::{self, Start};
use crate::reload::{Reloader, Status};
use crate::review::apply;
use crate::review::standing::forget_mended;
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

/// All parts of the server, built and not yet listening.
pub struct App {
    web: Web,
    admin: Admin,
    store: Store,
    telegram: Option<Telegram>,
    bot: Bot,
    timing: Timing,
    reloader: Option<Reloader>,
    keeping: Keeping,
    knowledge: watch::Receiver<Status>,
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

/// Loads the knowledge, opens the store and connects the channels to the bot.
pub async fn build(settings: Settings) -> Result<App, BuildError> {
    let limits = Limits { speed: settings.telegram.speed, ..Limits::default() };
    build_with(settings, limits).await
}

/// Like [`build`], with other rate limits for the Bot API.
pub async fn build_with(settings: Settings, limits: Limits) -> Result<App, BuildError> {
    let source = Source::find(settings.root.as_deref());
    recover(&source);
    let (store, start) = start(&source, &settings).await?;
    let Start { good, status } = start;
    tracing::info!(
        intents = good.brain.knowledge.intents.len(),
        knowledge = status.version,
        database = %settings.database,
        "loaded"
    );
    let (keeper, keeping) = KnowledgeKeeper::start(store.clone());
    if matches!(source, Source::Folder(_)) && status.refused.is_none() {
        keeper.keep(good.files.clone());
        let still_stands = || source.files().version() == status.version;
        if let Err(error) = forget_mended(&store, &status.failing, still_stands).await {
            tracing::warn!(%error, "the store could not forget failing tests that were accepted and pass now");
        }
    }
    let brain = good.brain.clone();
    let (status, shown) = watch::channel(status);
    let telegram = Telegram::new(&settings.telegram, store.clone(), limits)?;
    let people = telegram.as_ref().and_then(|telegram| telegram.switchboard(settings.service_hours.clone()));
    let people = people.map(|switchboard| Arc::new(switchboard) as Arc<dyn Colleagues>);
    let bot = Bot::with_colleagues(brain, store.clone(), settings.conversation_expiry, people);
    let web = Web::new(bot.clone(), &settings, shown.clone())?;
    let threshold = settings.threshold;
    let build = Arc::new(move |knowledge: &Knowledge| router_with(threshold, knowledge));
    let admin = Admin::new(bot.clone(), source.clone(), &settings, build, shown.clone());
    let timing = Timing { lease: settings.lease, silence: settings.handover_silence };
    let (grace, retention, served) = (settings.shutdown_grace, settings.retention, web.clone());
    let reloader = settings.reload.then(|| {
        let build = Box::new(move |knowledge| self::brain(&settings, knowledge));
        let publish = Box::new(move |brain| served.replace_brain(brain));
        Reloader::new(source, good, keeper, bot.store().clone(), status, build, publish)
    });
    Ok(App { web, admin, store, telegram, bot, timing, reloader, keeping, knowledge: shown, grace, retention })
}

/// Opens the store and decides what to serve: the data files or, where they cannot serve, the
/// knowledge that served last and was saved in the store. If the files have mistakes and there is
/// no store yet, there is nothing to serve: the store is not created.
async fn start(source: &Source, settings: &Settings) -> Result<(Store, Start), BuildError> {
    let files = source.files();
    let (url, build) = (settings.database.reveal(), |knowledge| brain(settings, knowledge));
    match files::validate_files(&files) {
        Ok(loaded) => {
            let store = Store::open(url).await?;
            let start = match source {
                Source::Embedded => start::serve(files, loaded, build),
                Source::Folder(_) => start::choose(files, Ok(loaded), &store, build).await?,
            };
            Ok((store, start))
        }
        Err(mistakes) => {
            let store = match Store::open_existing(url).await {
                Ok(store) => store,
                Err(error) => {
                    tracing::error!(%error, "no knowledge that went live before can be read from the store");
                    return Err(mistakes.into());
                }
            };
            let start = start::choose(files, Err(mistakes), &store, build).await?;
            Ok((store, start))
        }
    }
}

/// Completes or rolls back a publication that was interrupted when a process was killed. If this
/// fails, the files are judged as they stand, and the reloader tries again.
fn recover(source: &Source) {
    if let Source::Folder(root) = source
        && let Err(error) = apply::recover(root)
    {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        tracing::error!(%error, cause, "a publication that was cut short cannot be brought to an end");
    }
}

/// The router that all commands and the server use: built from `knowledge`, with the operator's
/// threshold if one is set.
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

/// An [`AnswerEngine`] of `knowledge` with the router of [`build_router`].
pub fn brain(settings: &Settings, knowledge: Knowledge) -> Brain {
    let router = router(settings, &knowledge);
    Brain::new(knowledge, router)
}

impl App {
    /// Which knowledge serves and, if the data files were refused, why.
    pub fn status(&self) -> Status {
        self.knowledge.borrow().clone()
    }

    /// The path of the link with which the first account of the operators' pages is created; `None`
    /// if an account exists already.
    pub async fn first_link(&self) -> Result<Option<String>, AdminError> {
        self.admin.first_link().await
    }

    /// Serves until `shutdown` resolves; then finishes the requests and calls that have begun, for
    /// at most the grace period.
    pub async fn run_until(self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> std::io::Result<()> {
        let reloading = self.reloader.map(|reloader| tokio::spawn(reloader.run()));
        let upkeep = tokio::spawn(upkeep::run(self.store.clone(), self.retention));
        let hook = self.telegram.as_ref().and_then(Telegram::routes);
        let (stop, stopped) = watch::channel(None);
        let telegram = self.telegram.map(|telegram| tokio::spawn(telegram.run(self.bot, self.timing, stopped)));
        let grace = self.grace;
        let shutdown = async {
            shutdown.await;
            // all parts stop at the same time, and calls that were sent are recorded before the
            // store closes
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
            // what the task handed over for saving is complete once it has ended
            let _ = reloading.await;
        }
        self.keeping.finish().await;
        self.store.close().await;
        ended
    }
}

/// Logs to standard error. Of a panic only the location is logged: its message may quote what
/// somebody typed.
pub fn start_logging(settings: &Settings) {
    // the filter was validated when the settings were read
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
