//! The web channel. In: requests of the chat page and of programs. Out: the page, and the bot's
//! answers as JSON or events. A request becomes a message for the bot. Must not know: intents, scores,
//! SQL, the settings.

mod api;
mod brand;
mod embed;
mod events;
mod guessable;
mod history;
mod page;
mod push_watch;

use crate::attachment::{AttachmentConfig, Attachments, MOST_BYTES};
use crate::channel::json::{FILES_PATH, JsonApi};
use crate::clock;
use crate::http::client::client_address;
use crate::http::error::ApiError;
use crate::http::limit::{ClientLimiter, RequestRate};
use crate::http::occupancy::{Occupancy, OccupancyCaps};
use crate::http::{HttpServer, assets};
use crate::store::records::AskerPage;
use crate::turn::Bot;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Extension, Router};
use embed::ticket::TicketOffice;
use push_watch::PushWatch;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tower_http::compression::CompressionLayer;
use url::Url;

pub use embed::{EmbedConfig, EmbedOrigins, SiteCheck, SiteFinding, probe_site};

/// What the ids of its conversations begin with.
const CHANNEL: &str = "web";
/// Reads that are allowed per allowed message: suggestions are requested at every pause while
/// typing.
const READS_PER_MESSAGE: NonZeroU32 = NonZeroU32::new(8).unwrap();

/// Who may send how much.
#[derive(Clone, Debug)]
pub struct WebConfig {
    /// How much one client may send; `None`: no limit.
    pub rate: Option<RequestRate>,
    /// How many of our own proxies are in front.
    pub trusted_proxies: usize,
    /// The largest request body, in bytes; the server enforces it.
    pub body_limit: usize,
    /// How many event streams may be open.
    pub streams: OccupancyCaps,
    /// What other sites may do.
    pub embed: EmbedConfig,
    /// Whether askers may send files.
    pub files: AttachmentConfig,
}

/// The channel: what its request handlers share.
pub struct WebChannel {
    api: JsonApi,
    messages: ClientLimiter,
    reads: ClientLimiter,
    streams: Arc<Occupancy>,
    pushes: PushWatch,
    /// Ends event streams.
    stopping: watch::Receiver<bool>,
    trusted_proxies: usize,
    embed: EmbedConfig,
    tickets: TicketOffice,
    sites: ClientLimiter,
    attachments: Attachments,
}

impl WebChannel {
    /// Counts its turns in the metrics of `server`, and stops with it.
    pub fn new(bot: Bot, server: &HttpServer, config: WebConfig) -> Self {
        Self {
            pushes: PushWatch::new(bot.store().clone()),
            attachments: Attachments::new(bot.store().clone(), config.files),
            streams: Occupancy::new(config.streams),
            api: JsonApi::new(bot, server, config.body_limit),
            messages: ClientLimiter::new(config.rate, NonZeroU32::MIN),
            reads: ClientLimiter::new(config.rate, READS_PER_MESSAGE),
            stopping: server.stopping(),
            trusted_proxies: config.trusted_proxies,
            tickets: TicketOffice::new(config.embed.origins.clone(), &config.embed.secrets),
            sites: ClientLimiter::new(config.embed.rate, NonZeroU32::MIN),
            embed: config.embed,
        }
    }

    /// The chat page and the API. Starts the task that looks for pushed replies: call it within a
    /// runtime.
    pub fn routes(self) -> Router {
        tokio::spawn(self.pushes.clone().run(self.stopping.clone()));
        let api = Router::new()
            .route("/api/v1/messages", post(api::messages))
            .route("/api/v1/conversations", post(api::new_conversation))
            .route("/api/v1/comments", post(api::comment))
            .route("/api/v1/suggest", get(api::suggest))
            .route("/api/v1/events", get(events::events))
            .route(history::PATH, get(history::history))
            .route(embed::identify::PATH, post(embed::identify::identify))
            .route(
                FILES_PATH,
                post(api::upload).layer(DefaultBodyLimit::max(MOST_BYTES)),
            )
            .route(&format!("{FILES_PATH}/{{id}}"), get(api::download));
        let pages = assets::routes(&page::ASSETS)
            .route("/", get(page::page))
            .route("/icon.svg", get(page::icon))
            .merge(embed::routes(&self.embed, self.tickets.clone()))
            .layer(Extension(self.attachments.policy()))
            .layer(CompressionLayer::new())
            .with_state(self.api.bot.clone());
        embed::open_to_sites(api, self.embed.origins.clone())
            .with_state(Arc::new(self))
            .merge(pages)
    }

    /// Counts a request of the client in `limiter`, and refuses it if the client is too fast. Returns
    /// the client's address.
    fn admit(
        &self,
        limiter: &ClientLimiter,
        peer: SocketAddr,
        headers: &HeaderMap,
    ) -> Result<IpAddr, ApiError> {
        let client = client_address(peer.ip(), headers, self.trusted_proxies);
        self.within(limiter.check(client)).map(|()| client)
    }

    fn within(&self, checked: Result<(), Duration>) -> Result<(), ApiError> {
        checked.map_err(|retry_after| {
            self.api.metrics.rate_limited();
            ApiError::RateLimited { retry_after }
        })
    }

    /// As [`WebChannel::admit`], for a message: it counts for the site that shows the chat as well.
    fn admit_message(&self, peer: SocketAddr, headers: &HeaderMap) -> Result<(), ApiError> {
        self.admit(&self.messages, peer, headers)?;
        match self.tickets.site(headers, clock::now()) {
            Some(site) => self.within(self.sites.check(site)),
            None => Ok(()),
        }
    }

    /// Whether operators may see that the asker is on this page.
    fn may_tell(&self, page: &AskerPage) -> bool {
        let url = Url::parse(&page.address).ok();
        self.embed.tells_page
            && url.is_some_and(|url| {
                let origin = url.origin().ascii_serialization();
                self.embed.origins.allows(&origin)
            })
    }
}
