//! The JSON API, as far as all who offer it share it. In: requests. Out: turns of the bot, and
//! their answers as JSON, or an [`ApiError`]. Must not know: who may ask, and for which
//! conversations.

mod reply_view;
mod request;
mod upload;

pub(in crate::channel) use reply_view::{FILES_PATH, FileView, MessageResponse, ReplyView};
pub(in crate::channel) use request::{
    MessageBody, ReadMessage, check_length, conversation, message_id, read_message, read_object,
};
pub(in crate::channel) use upload::UploadQuery;

use crate::clock;
use crate::http::HttpServer;
use crate::http::error::ApiError;
use crate::http::metrics::ServerMetrics;
use crate::log_throttle::LogThrottle;
use crate::store::files::FileSender;
use crate::turn::{Bot, BotError};
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use std::sync::Arc;
use std::time::Instant;
use wenlu_core::model::{ConversationId, Incoming, MessageFile, MessageId};

/// What the handlers of the API work with.
pub(in crate::channel) struct JsonApi {
    pub bot: Bot,
    pub metrics: Arc<ServerMetrics>,
    /// Throttles log messages about a failing store.
    pub store_failures: Arc<LogThrottle>,
    body_limit: usize,
}

impl JsonApi {
    /// Counts its turns in the metrics of `server`. `body_limit`: the largest request body, in
    /// bytes; the server enforces it.
    pub(in crate::channel) fn new(bot: Bot, server: &HttpServer, body_limit: usize) -> Self {
        JsonApi {
            bot,
            metrics: server.metrics(),
            store_failures: server.store_failures(),
            body_limit,
        }
    }

    pub(in crate::channel) fn read_body(
        &self,
        body: Result<Bytes, BytesRejection>,
    ) -> Result<Bytes, ApiError> {
        body.map_err(|rejection| match rejection.status().as_u16() {
            413 => ApiError::BodyTooLarge {
                limit: self.body_limit,
            },
            _ => ApiError::BadRequest("the body ended early".into()),
        })
    }

    /// Answers a message. The same message again gets the same answer and changes nothing.
    pub(in crate::channel) async fn answer(
        &self,
        message: ReadMessage,
    ) -> Result<Json<MessageResponse>, ApiError> {
        let ReadMessage {
            conversation,
            id,
            body,
            page,
        } = message;
        let (begun, now) = (Instant::now(), clock::now());
        let answered = match body {
            MessageBody::Said(body) => {
                let incoming = Incoming { body, at: now };
                let page = page.as_ref();
                let bot = &self.bot;
                bot.handle_on_page(&conversation, Some(&id), incoming, page)
                    .await
            }
            MessageBody::File(file) => {
                let file = self.unsent_file(&conversation, &id, &file).await?;
                self.bot.handle_file(&conversation, &id, &file, now).await
            }
        };
        let answered = answered.map_err(|error| match error {
            BotError::OtherMessage => ApiError::IdReused,
            error => self.store_failed(&error),
        })?;
        self.metrics.turn(answered.decision, begun.elapsed());
        Ok(Json(answered.into()))
    }

    /// The file that the asker sent before, and that no other message has brought.
    async fn unsent_file(
        &self,
        conversation: &ConversationId,
        message: &MessageId,
        id: &str,
    ) -> Result<MessageFile, ApiError> {
        let found = self.bot.store().files().find(id).await;
        let found = found.map_err(|error| self.store_failed(&error))?;
        let own = found.filter(|kept| {
            kept.conversation == conversation.as_str()
                && kept.sender == FileSender::Asker
                && kept
                    .message
                    .as_ref()
                    .is_none_or(|by| by == message.as_str())
        });
        let unknown = || ApiError::BadRequest("`file` is none that this conversation sent".into());
        own.map(|kept| kept.file).ok_or_else(unknown)
    }

    /// Counts and logs that the store does not answer.
    pub(in crate::channel) fn store_failed(&self, error: &dyn std::error::Error) -> ApiError {
        self.metrics.store_error();
        let causes = std::iter::successors(error.source(), |cause| cause.source());
        let chain = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
        if let Some(times) = self.store_failures.count(&chain) {
            tracing::error!(error = chain, times, "messages could not be answered");
        }
        ApiError::Unavailable
    }
}
