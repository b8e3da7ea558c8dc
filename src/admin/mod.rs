//! The operators' pages. In: requests under `/admin` from people with an account. Out: HTML made on
//! the server, which loads nothing from other hosts. Permissions are checked here, before a page's
//! handler runs. Must not know: SQL, how a message is routed.
//!
//! A request passes [`auth::access`] (are the pages reachable, did a page of ours send this), then
//! the check of the session's role in [`middleware`], then its handler in [`pages`]; [`html`] is
//! the shared layout, [`plot`] draws the charts.

mod assets;
pub mod auth;
mod error;
mod export;
mod health;
mod html;
mod pages;
mod plot;
mod visitor;
mod work;

pub use error::AdminError;

use crate::bot::Bot;
use crate::channel::clock;
use crate::knowledge::Knowledge;
use crate::knowledge::files::Source;
use crate::message::Timestamp;
use crate::reload::Status;
use crate::review::workshop::Workshop;
use crate::router::Router;
use crate::settings::{AdminAccess, Settings};
use crate::store::Store;
use auth::secret::Secret;
use axum::middleware::from_fn_with_state;
use health::Health;
use jiff::tz::TimeZone;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use work::{Boards, Trials};

/// How long a link that sets a password is valid.
pub const LINK_LASTS: Duration = Duration::from_secs(24 * 3_600);
/// Password hashes and other blocking jobs at the same time: a hash takes a core and 19 MiB.
const AT_ONCE: usize = 2;

/// Builds a router for some knowledge as the server does.
pub type BuildRouter = Arc<dyn Fn(&Knowledge) -> Router + Send + Sync>;

/// State of the pages; clones share it.
#[derive(Clone)]
pub struct Admin(Arc<Shared>);

/// What the handlers use.
pub struct Shared {
    bot: Bot,
    knowledge: watch::Receiver<Status>,
    health: Health,
    workshop: Workshop,
    boards: Boards,
    trials: Trials,
    build: BuildRouter,
    reloads: bool,
    access: AdminAccess,
    trusted_proxies: usize,
    body_limit: usize,
    timezone: TimeZone,
    costly: Semaphore,
}

impl Deref for Admin {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Admin {
    /// `source` is where the knowledge comes from, `build` makes its router, `knowledge` reports
    /// the version in use and the last edit.
    pub fn new(
        bot: Bot,
        source: Source,
        settings: &Settings,
        build: BuildRouter,
        knowledge: watch::Receiver<Status>,
    ) -> Self {
        if settings.admin == AdminAccess::Public && settings.trusted_proxies == 0 {
            tracing::warn!(
                "the operators' pages are public without a proxy that speaks HTTPS: passwords can be read on the way"
            );
        }
        Admin(Arc::new(Shared {
            workshop: Workshop::new(bot.store().clone(), source.clone(), settings.git),
            boards: Boards::default(),
            trials: Trials::default(),
            build,
            reloads: settings.reload,
            bot,
            knowledge,
            health: Health::new(source),
            access: settings.admin,
            trusted_proxies: settings.trusted_proxies,
            body_limit: settings.body_limit,
            timezone: settings.timezone.clone(),
            costly: Semaphore::new(AT_ONCE),
        }))
    }

    /// The path of a one-time link that creates the first account; `None` if there is an account
    /// already, or the pages are off.
    pub async fn first_link(&self) -> Result<Option<String>, AdminError> {
        if self.access == AdminAccess::Off || self.store().has_accounts().await? {
            return Ok(None);
        }
        let secret = Secret::new()?;
        self.store().add_first_link(secret.hash(), link_expires(clock::now())).await?;
        Ok(Some(link_path(&secret)))
    }

    /// Everything under `/admin`.
    pub fn routes(&self) -> axum::Router {
        pages::routes(self)
            .merge(assets::routes())
            .layer(from_fn_with_state(self.clone(), visitor::enter))
            .with_state(self.clone())
    }

    fn store(&self) -> &Store {
        self.bot.store()
    }

    /// Runs blocking work on the blocking pool, at most `MAX_BLOCKING_JOBS` at a time.
    async fn aside<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AdminError> {
        let _turn = self.costly.acquire().await.map_err(|_| AdminError::Failed)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| AdminError::Failed)
    }
}

/// The secret is in the query only, since paths are logged.
pub fn link_path(secret: &Secret) -> String {
    format!("/admin/link?token={}", secret.reveal())
}

pub fn link_expires(now: Timestamp) -> Timestamp {
    Timestamp(now.0.saturating_add(i64::try_from(LINK_LASTS.as_millis()).unwrap_or(i64::MAX)))
}
