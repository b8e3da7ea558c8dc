//! The operators' pages. In: requests under `/admin` from people with an account. Out: HTML made on the server, without a
//! request to anybody else. What may be seen and done is decided here, before a page is asked for. Must not know: SQL, how
//! a message is routed. With `channel::web` the only modules with axum.
//!
//! A request passes [`auth::gate`] (are the pages there at all, did a page of ours ask), then the session's role, then its
//! page in [`pages`]; [`html`] puts what pages share around it, [`plot`] draws.

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

/// How long a link that sets a password is good for.
pub const LINK_LASTS: Duration = Duration::from_secs(24 * 3_600);
/// Passwords that are looked at at the same time: each takes a core and 19 MiB.
const AT_ONCE: usize = 2;

/// Builds the router of some knowledge as the server does.
pub type BuildRouter = Arc<dyn Fn(&Knowledge) -> Router + Send + Sync>;

/// The pages, ready to be served. Clones share everything.
#[derive(Clone)]
pub struct Admin(Arc<Shared>);

/// What every page may use.
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
    /// `source` is where the knowledge comes from, `build` makes the router that serves it, `knowledge` says what became of
    /// its last edit.
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

    /// The path of a link that makes the first account, good once; `None` where there is one, or there are no pages.
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

    /// Costly work on a thread where nobody waits for it, a little of it at a time.
    async fn aside<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AdminError> {
        let _turn = self.costly.acquire().await.map_err(|_| AdminError::Failed)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| AdminError::Failed)
    }
}

/// The path that a link is; only the query holds its secret, since paths are logged.
pub fn link_path(secret: &Secret) -> String {
    format!("/admin/link?token={}", secret.reveal())
}

pub fn link_expires(now: Timestamp) -> Timestamp {
    Timestamp(now.0.saturating_add(i64::try_from(LINK_LASTS.as_millis()).unwrap_or(i64::MAX)))
}
