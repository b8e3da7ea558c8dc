//! What the pages work with. In: the bot, the knowledge and the settings of the pages. Out: an
//! [`AdminState`] for their handlers. Must not know: pages, HTTP.

use super::auth::access::AdminAccess;
use super::auth::password_link::{password_link_expiry, password_link_path};
use super::auth::secret::AuthSecret;
use super::drawn_reply::DrawReply;
use super::error::AdminError;
use super::handover_watch::HandoverWatch;
use super::health::KnowledgeHealth;
use super::preview_jobs::{BuildRouter, PreviewJobs};
use super::queue_cache::ReviewQueueCache;
use super::suggest_jobs::SuggestJobs;
use crate::attachment::{AttachmentConfig, Attachments};
use crate::clock;
use crate::http::limit::{ClientLimiter, RequestRate};
use crate::reload::KnowledgeStatus;
use crate::review::change_service::ChangeService;
use crate::source::KnowledgeSource;
use crate::store::Store;
use crate::turn::Bot;
use jiff::tz::TimeZone;
use std::num::NonZeroU32;
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};
use wenlu_core::dialogue::ReplyClock;
use wenlu_core::model::Lang;

/// Password hashes and other blocking jobs at the same time: a hash takes a core and 19 MiB.
const MAX_BLOCKING_JOBS: usize = 2;

/// Previews of a reply that somebody is typing: more than hands can ask for, and no burden.
const PREVIEW_RATE: Option<RequestRate> = Some(RequestRate {
    per_minute: NonZeroU32::new(120).unwrap(),
    burst: NonZeroU32::new(30).unwrap(),
});

/// Settings of the pages.
#[derive(Clone, Debug)]
pub struct AdminConfig {
    /// Where the pages can be reached from.
    pub access: AdminAccess,
    /// How many of our own proxies are in front.
    pub trusted_proxies: usize,
    /// The address of the chat page, as a link on the pages; `None` if it is not known.
    pub chat: Option<String>,
    /// The largest form of somebody who is not signed in, in bytes.
    pub body_limit: usize,
    /// The operators' time zone.
    pub timezone: TimeZone,
    /// How long an asker may wait for an operator's words; `None`: it is not watched.
    pub reply_clock: Option<ReplyClock>,
    /// Whether edited data files go live while the server runs.
    pub hot_reload: bool,
    /// Whether every published change is committed with git.
    pub git: bool,
    /// Whether colleagues may send files to askers.
    pub files: AttachmentConfig,
}

/// State of the pages; clones share it.
#[derive(Clone)]
pub struct AdminState {
    pub(super) config: Arc<AdminConfig>,
    pub(super) bot: Bot,
    pub(super) knowledge: watch::Receiver<KnowledgeStatus>,
    pub(super) health: Arc<KnowledgeHealth>,
    pub(super) change_service: ChangeService,
    pub(super) queue_cache: ReviewQueueCache,
    pub(super) preview_jobs: PreviewJobs,
    pub(super) suggest_jobs: SuggestJobs,
    pub(super) handover_watch: HandoverWatch,
    pub(super) attachments: Attachments,
    /// How channels show a reply.
    pub(super) draw_reply: DrawReply,
    /// Previews, by account.
    pub(super) preview_limiter: Arc<ClientLimiter>,
    blocking_permits: Arc<Semaphore>,
}

impl AdminState {
    /// What the service calls itself.
    pub(super) fn service_name(&self) -> String {
        let engine = self.bot.engine();
        engine.knowledge.brand.words_in(Lang::Zh).name
    }

    /// `source` is where the knowledge comes from, `build` makes its router, `knowledge` reports
    /// the version in use and the last edit; `stopping` ends event streams; `draw` shows a reply as
    /// the channels do.
    pub fn new(
        bot: Bot,
        source: KnowledgeSource,
        config: AdminConfig,
        build: BuildRouter,
        knowledge: watch::Receiver<KnowledgeStatus>,
        stopping: watch::Receiver<bool>,
        draw: DrawReply,
    ) -> Self {
        if config.access == AdminAccess::Public && config.trusted_proxies == 0 {
            tracing::warn!(
                "the operators' pages are public without a proxy that speaks HTTPS: passwords can be read on the way"
            );
        }
        let store = bot.store().clone();
        let change_service = ChangeService::new(store.clone(), source.clone(), config.git);
        let (changes, serving) = (change_service.clone(), knowledge.clone());
        let preview_jobs = PreviewJobs::new(bot.clone(), changes, build.clone(), serving);
        AdminState {
            attachments: Attachments::new(store.clone(), config.files),
            config: Arc::new(config),
            suggest_jobs: SuggestJobs::new(store.clone(), build, preview_jobs.clone()),
            preview_jobs,
            bot,
            knowledge,
            health: Arc::new(KnowledgeHealth::new(source)),
            change_service,
            handover_watch: HandoverWatch::new(store.clone(), stopping),
            queue_cache: ReviewQueueCache::new(store),
            draw_reply: draw,
            preview_limiter: Arc::new(ClientLimiter::new(PREVIEW_RATE, NonZeroU32::MIN)),
            blocking_permits: Arc::new(Semaphore::new(MAX_BLOCKING_JOBS)),
        }
    }

    /// The path of a one-time link that creates the first account; `None` if there is an account
    /// already, or the pages are off.
    pub async fn first_link(&self) -> Result<Option<String>, AdminError> {
        if self.config.access == AdminAccess::Off || self.store().accounts().any().await? {
            return Ok(None);
        }
        let secret = AuthSecret::new()?;
        self.store()
            .accounts()
            .add_first_link(secret.hash(), password_link_expiry(clock::now()))
            .await?;
        Ok(Some(password_link_path(&secret)))
    }

    pub(super) fn store(&self) -> &Store {
        self.bot.store()
    }

    /// Runs blocking work on the blocking pool, at most `MAX_BLOCKING_JOBS` at a time.
    pub(super) async fn run_limited<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AdminError> {
        let permit = self.blocking_permits.acquire().await;
        let _permit = permit.map_err(|_| AdminError::Failed)?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| AdminError::Failed)
    }
}
