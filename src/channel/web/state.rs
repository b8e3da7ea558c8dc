//! What the handlers of the web channel share. In: its config, and requests that are let in or not.
//! Out: [`WebChannel`]. Must not know: routes, what is asked for.

use super::embed::EmbedConfig;
use super::embed::ticket::TicketOffice;
use super::guessable::is_guessable;
use super::push_watch::PushWatch;
use crate::attachment::{AttachmentConfig, Attachments};
use crate::channel::json::{self, JsonApi};
use crate::clock;
use crate::http::HttpServer;
use crate::http::client::client_address;
use crate::http::error::ApiError;
use crate::http::limit::{ClientLimiter, RequestRate};
use crate::http::occupancy::{Occupancy, OccupancyCaps};
use crate::store::records::AskerPage;
use crate::turn::Bot;
use axum::http::HeaderMap;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use url::Url;
use wenlu_core::model::ConversationId;

/// What the ids of its conversations begin with.
pub(super) const CHANNEL: &str = "web";
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
    pub(super) api: JsonApi,
    pub(super) messages: ClientLimiter,
    pub(super) reads: ClientLimiter,
    pub(super) streams: Arc<Occupancy>,
    pub(super) pushes: PushWatch,
    /// Ends event streams.
    pub(super) stopping: watch::Receiver<bool>,
    trusted_proxies: usize,
    pub(super) embed: EmbedConfig,
    pub(super) tickets: TicketOffice,
    sites: ClientLimiter,
    pub(super) attachments: Attachments,
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

    /// Counts a request of the client in `limiter`, and refuses it if the client is too fast. Returns
    /// the client's address.
    pub(super) fn admit(
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
    pub(super) fn admit_message(
        &self,
        peer: SocketAddr,
        headers: &HeaderMap,
    ) -> Result<(), ApiError> {
        self.admit(&self.messages, peer, headers)?;
        match self.tickets.site(headers, clock::now()) {
            Some(site) => self.within(self.sites.check(site)),
            None => Ok(()),
        }
    }

    /// Whether operators may see that the asker is on this page.
    pub(super) fn may_tell(&self, page: &AskerPage) -> bool {
        let url = Url::parse(&page.address).ok();
        self.embed.tells_page
            && url.is_some_and(|url| {
                let origin = url.origin().ascii_serialization();
                self.embed.origins.allows(&origin)
            })
    }

    /// Refuses a name that could be guessed, unless its conversation has begun: those from before
    /// this rule go on.
    pub(super) async fn check_unguessable(
        &self,
        conversation: &ConversationId,
    ) -> Result<(), ApiError> {
        if !is_guessable(conversation.name()) {
            return Ok(());
        }
        let turns = self.api.bot.store().turns();
        let opened = turns.open(conversation.as_str(), None).await;
        match opened.map_err(|error| self.api.store_failed(&error))?.state {
            Some(_) => Ok(()),
            None => Err(ApiError::GuessableConversation),
        }
    }
}

/// The id of a conversation of this channel.
pub(super) fn conversation(named: &str) -> Result<ConversationId, ApiError> {
    json::conversation(CHANNEL, named)
}
