//! The web channel. In: requests of the chat page and of programs. Out: the page, and the bot's
//! answers as JSON or events. A request becomes a message for the bot. Must not know: intents, scores,
//! SQL, the settings.

mod api;
mod brand;
mod embed;
mod events;
mod guessable;
mod history;
mod identify;
mod page;
mod push_watch;
mod state;
mod typing;

pub use embed::{EmbedConfig, EmbedOrigins, SiteCheck, SiteFinding, probe_site};
pub use state::{WebChannel, WebConfig};

use crate::attachment::MOST_BYTES;
use crate::channel::json::FILES_PATH;
use crate::http::assets;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum::{Extension, Router};
use std::sync::Arc;
use tower_http::compression::CompressionLayer;

impl WebChannel {
    /// The chat page and the API. Starts the task that looks for pushed replies: call it within a
    /// runtime.
    pub fn routes(self) -> Router {
        tokio::spawn(self.pushes.clone().run(self.stopping.clone()));
        let api = Router::new()
            .route("/api/v1/messages", post(api::messages))
            .route("/api/v1/conversations", post(api::new_conversation))
            .route("/api/v1/comments", post(api::comment))
            .route("/api/v1/typing", post(typing::typing))
            .route("/api/v1/suggest", get(api::suggest))
            .route("/api/v1/events", get(events::events))
            .route("/api/v1/history", get(history::history))
            .route("/api/v1/identify", post(identify::identify))
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
}
