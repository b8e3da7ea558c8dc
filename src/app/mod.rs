//! The wiring. In: settings, then a listener and a shutdown signal; both are arguments, so that
//! tests can pass their own. Out: a running server. Must not know: what any of the parts does.

mod config;
mod drawn;
mod engine_builder;
mod logging;

pub(crate) use config::encoder as encoder_config;
pub use engine_builder::{CHINESE_TABLE, CommandRouters, is_mostly_chinese};
pub(crate) use logging::start_logging;

use crate::admin::{AdminError, AdminState};
use crate::channel::bridge::BridgeChannel;
use crate::channel::event_hook::EventHookError;
use crate::channel::notices::{NoticeChannel, NoticeError};
use crate::channel::telegram::rate_limit::BotApiLimits;
use crate::channel::telegram::{TelegramChannel, TelegramError};
use crate::channel::web::WebChannel;
use crate::channel::wecom::{WecomChannel, WecomConfig};
use crate::channel::weixin::{TencentApiError, WeixinChannel, WeixinConfig};
use crate::encoder::VectorsError;
use crate::http::{HttpServer, HttpServerError, HttpSite};
use crate::maintenance::{self, JournalLimits};
use crate::people::{ListWatch, OperatorTeam};
use crate::reload::saver::{KnowledgeSaver, SaveTask};
use crate::reload::start::{self, StartKnowledge};
use crate::reload::{KnowledgeReloader, KnowledgeStatus};
use crate::review::apply;
use crate::review::standing::forget_mended;
use crate::settings::{AccessSetting, Settings};
use crate::source::KnowledgeSource;
use crate::store::{Store, StoreError};
use crate::turn::{AnswerEngine, Bot, HandoverPatience, watch_handovers};
use engine_builder::EngineBuilder;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::knowledge::files::{self, LoadError};

/// All parts of the server, built and not yet listening.
pub struct App {
    server: HttpServer,
    web: WebChannel,
    weixin: WeixinChannel,
    wecom: Option<WecomChannel>,
    bridge: Option<BridgeChannel>,
    notices: Option<NoticeChannel>,
    admin: AdminState,
    store: Store,
    telegram: Option<TelegramChannel>,
    bot: Bot,
    reloader: Option<KnowledgeReloader>,
    keeping: SaveTask,
    knowledge: watch::Receiver<KnowledgeStatus>,
    grace: Duration,
    journal: JournalLimits,
    patience: HandoverPatience,
}

/// What the server listens on.
pub struct AppListeners {
    pub chat: TcpListener,
    /// For the operators' pages alone; `None`: they are served beside the chat page.
    pub admin: Option<TcpListener>,
}

impl From<TcpListener> for AppListeners {
    fn from(chat: TcpListener) -> Self {
        AppListeners { chat, admin: None }
    }
}

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error("the data files have mistakes")]
    Knowledge(#[from] LoadError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Http(#[from] HttpServerError),
    #[error(transparent)]
    Telegram(#[from] TelegramError),
    #[error(transparent)]
    Bridge(#[from] EventHookError),
    #[error(transparent)]
    Notices(#[from] NoticeError),
    #[error(transparent)]
    Vectors(#[from] VectorsError),
    #[error(transparent)]
    Weixin(#[from] TencentApiError),
}

/// Loads the knowledge, opens the store and connects the channels to the bot.
pub async fn build(settings: Settings) -> Result<App, AppError> {
    let limits = BotApiLimits {
        speed: settings.telegram.speed,
        ..BotApiLimits::default()
    };
    build_with(settings, limits).await
}

/// Like [`build`], with other rate limits for the Bot API.
pub async fn build_with(settings: Settings, limits: BotApiLimits) -> Result<App, AppError> {
    let source = KnowledgeSource::find(settings.knowledge.root.as_deref());
    recover(&source);
    let engines = EngineBuilder::serving(&settings)?;
    let (store, start) = start(&source, &settings, &engines).await?;
    log_loaded(&start, &settings);
    let StartKnowledge { good, status } = start;
    let (keeper, keeping) = KnowledgeSaver::start(store.clone());
    if matches!(source, KnowledgeSource::Folder(_)) && status.refused.is_none() {
        keeper.save(good.files.clone());
        forget_tests_that_pass(&store, &source, &status).await;
    }
    let (status, shown) = watch::channel(status);
    let telegram = config::telegram(&settings, limits)
        .map(|config| TelegramChannel::new(config, store.clone()))
        .transpose()?;
    let bot = build_bot(&settings, telegram.as_ref(), &good.engine, &store, &engines);
    let mut server = HttpServer::new(bot.clone(), shown.clone(), config::http(&settings))?;
    if let Some(telegram) = &telegram {
        server.report_on("telegram", telegram.health());
    }
    let web = WebChannel::new(bot.clone(), &server, config::web(&settings));
    if WeixinChannel::sends(&weixin_config(&settings)) {
        server.report_on_weixin();
    }
    let weixin = WeixinChannel::new(&bot, &server, config::weixin(&settings, limits.second))?;
    let wecom = config::wecom(&settings, limits.second)
        .map(|config| WecomChannel::new(&bot, &server, config))
        .transpose()?;
    if wecom.is_some() {
        server.report_on_wecom();
    }
    let bridge = BridgeChannel::new(&bot, &server, config::bridge(&settings))?;
    if let Some(health) = bridge.as_ref().and_then(BridgeChannel::health) {
        server.report_on("bridge", health);
    }
    let notices = build_notices(&settings, &store, &shown)?;
    let admin = build_admin(&settings, &bot, &source, &shown, &server, engines.clone());
    let grace = settings.server.shutdown_grace;
    let journal = config::journal(&settings);
    let patience = config::patience(&settings);
    let served = bot.clone();
    let reloader = settings.knowledge.reload.then(|| {
        let build = Box::new(move |knowledge| engines.engine(knowledge));
        let publish = Box::new(move |engine| served.replace_engine(engine));
        let store = store.clone();
        KnowledgeReloader::new(source, good, keeper, store, status, build, publish)
    });
    Ok(App {
        server,
        web,
        weixin,
        wecom,
        bridge,
        notices,
        admin,
        store,
        telegram,
        bot,
        reloader,
        keeping,
        knowledge: shown,
        grace,
        journal,
        patience,
    })
}

fn log_loaded(start: &StartKnowledge, settings: &Settings) {
    tracing::info!(
        intents = start.good.engine.knowledge.intents.len(),
        knowledge = start.status.version,
        database = %settings.store.database,
        "loaded"
    );
}

/// Notices to colleagues; they look whether the last edit was refused.
fn build_notices(
    settings: &Settings,
    store: &Store,
    shown: &watch::Receiver<KnowledgeStatus>,
) -> Result<Option<NoticeChannel>, NoticeError> {
    let shown = shown.clone();
    let refused = move || {
        let refused = shown.borrow().refused.clone();
        refused.map(|refusal| refusal.version.clone())
    };
    NoticeChannel::new(store.clone(), Box::new(refused), config::notices(settings))
}

/// The operators' pages.
fn build_admin(
    settings: &Settings,
    bot: &Bot,
    source: &KnowledgeSource,
    shown: &watch::Receiver<KnowledgeStatus>,
    server: &HttpServer,
    engines: EngineBuilder,
) -> AdminState {
    let build = Arc::new(move |knowledge: &Knowledge| engines.draft_router(knowledge));
    AdminState::new(
        bot.clone(),
        source.clone(),
        config::admin(settings),
        build,
        shown.clone(),
        server.stopping(),
        Arc::new(drawn::drawn_reply),
    )
}

/// The bot, and the operators whom it notifies: in their group, and in the list on their pages.
fn build_bot(
    settings: &Settings,
    telegram: Option<&TelegramChannel>,
    engine: &Arc<AnswerEngine>,
    store: &Store,
    engines: &EngineBuilder,
) -> Bot {
    let couriers = [
        telegram.map(TelegramChannel::courier),
        BridgeChannel::courier(&config::bridge(settings)),
        Some(WeixinChannel::courier(&weixin_config(settings))),
        wecom_config(settings).map(|config| WecomChannel::courier(&config)),
    ]
    .into_iter();
    let has_pages = settings.admin.access != AccessSetting::Off;
    let operators = OperatorTeam::new(settings.handover.service_hours.clone())
        .with_group(telegram.and_then(TelegramChannel::operators))
        .with_list(has_pages.then(|| ListWatch::new(store.clone())))
        .with_notices(settings.notices.mail.is_some() || settings.notices.hook.is_some())
        .with_couriers(couriers.flatten().collect());
    let expiry = settings.store.conversation_expiry;
    Bot::with_operators(engine.clone(), store.clone(), expiry, Some(operators))
        .with_encoder(engines.encoder())
}

/// Opens the store and decides what to serve: the data files or, where they cannot serve, the
/// knowledge that served last and was saved in the store. If the files have mistakes and there is
/// no store yet, there is nothing to serve: the store is not created.
async fn start(
    source: &KnowledgeSource,
    settings: &Settings,
    engines: &EngineBuilder,
) -> Result<(Store, StartKnowledge), AppError> {
    let files = source.files();
    let (url, build) = (settings.store.database.reveal(), |knowledge| {
        engines.engine(knowledge)
    });
    match files::validate_files(&files) {
        Ok(loaded) => {
            let store = Store::open(url).await?;
            let start = match source {
                KnowledgeSource::Embedded => start::serve(files, loaded, build),
                KnowledgeSource::Folder(_) => {
                    start::choose(files, Ok(loaded), &store, build).await?
                }
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

/// Failing tests that an operator accepted are no longer accepted once they pass.
async fn forget_tests_that_pass(store: &Store, source: &KnowledgeSource, status: &KnowledgeStatus) {
    let still_stands = || source.files().version() == status.version;
    if let Err(error) = forget_mended(store, &status.failing, still_stands).await {
        tracing::warn!(%error, "the store could not forget failing tests that were accepted and pass now");
    }
}

/// Completes or rolls back a publication that was interrupted when a process was killed. If this
/// fails, the files are judged as they stand, and the reloader tries again.
fn recover(source: &KnowledgeSource) {
    if let KnowledgeSource::Folder(root) = source
        && let Err(error) = apply::recover(root)
    {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        tracing::error!(%error, cause, "a publication that was cut short cannot be brought to an end");
    }
}

/// The accounts of WeChat that are set, and the platform's API.
pub(crate) fn weixin_config(settings: &Settings) -> WeixinConfig {
    config::weixin(settings, Duration::from_secs(1))
}

/// The company of WeCom that is set.
pub(crate) fn wecom_config(settings: &Settings) -> Option<WecomConfig> {
    config::wecom(settings, Duration::from_secs(1))
}

impl App {
    /// Which knowledge serves and, if the data files were refused, why.
    pub fn status(&self) -> KnowledgeStatus {
        self.knowledge.borrow().clone()
    }

    /// The path of the link with which the first account of the operators' pages is created; `None`
    /// if an account exists already.
    pub async fn first_link(&self) -> Result<Option<String>, AdminError> {
        self.admin.first_link().await
    }

    /// Serves until `shutdown` resolves; then finishes the requests and calls that have begun, for
    /// at most the grace period.
    pub async fn run_until(
        self,
        listeners: impl Into<AppListeners>,
        shutdown: impl Future<Output = ()>,
    ) -> std::io::Result<()> {
        let AppListeners { chat, admin } = listeners.into();
        let reloading = self.reloader.map(|reloader| tokio::spawn(reloader.run()));
        let mut background = vec![
            tokio::spawn(maintenance::run(self.store.clone(), self.journal)).abort_handle(),
            tokio::spawn(watch_handovers(self.bot.clone(), self.patience)).abort_handle(),
        ];
        let encoding = self.bot.encoder();
        background.extend(encoding.map(|encoder| tokio::spawn(encoder.run()).abort_handle()));
        let hook = self.telegram.as_ref().and_then(TelegramChannel::routes);
        let (stop, stopped) = watch::channel(None);
        let bridge_routes = self.bridge.as_ref().map(BridgeChannel::routes);
        let bridge = self
            .bridge
            .map(|bridge| tokio::spawn(bridge.run(stopped.clone())));
        let notices = self
            .notices
            .map(|notices| tokio::spawn(notices.run(stopped.clone())));
        let (weixin_routes, weixin) = self.weixin.split();
        let weixin = Some(tokio::spawn(weixin.run(stopped.clone())));
        let wecom_routes = self.wecom.as_ref().map(WecomChannel::routes);
        let wecom = self
            .wecom
            .map(|wecom| tokio::spawn(wecom.run(stopped.clone())));
        let telegram = self
            .telegram
            .map(|telegram| tokio::spawn(telegram.run(self.bot, stopped)));
        let grace = self.grace;
        let shutdown = async {
            shutdown.await;
            // all parts stop at the same time, and calls that were sent are recorded before the
            // store closes
            stop.send_replace(Some(Instant::now() + grace));
        };
        let chat_routes = self
            .web
            .routes()
            .merge(weixin_routes)
            .merge(wecom_routes.unwrap_or_default())
            .merge(bridge_routes.unwrap_or_default());
        let (server, routes) = match admin {
            Some(listener) => {
                let routes = self.admin.own_routes();
                let pages = HttpSite { listener, routes };
                (self.server.with_site(pages), chat_routes)
            }
            None => (self.server, chat_routes.merge(self.admin.routes())),
        };
        let ended = server
            .serve(chat, hook.unwrap_or_default(), routes, shutdown)
            .await;
        end_of([
            ("telegram", telegram),
            ("bridge", bridge),
            ("weixin", weixin),
            ("wecom", wecom),
            ("notices", notices),
        ])
        .await;
        background.iter().for_each(AbortHandle::abort);
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

/// Waits until the channels have sent what they still may, and logs those that failed.
async fn end_of<const N: usize>(channels: [(&'static str, Option<JoinHandle<()>>); N]) {
    for (channel, sending) in channels {
        if let Some(sending) = sending
            && let Err(error) = sending.await
        {
            tracing::error!(%error, channel, "a channel failed");
        }
    }
}
