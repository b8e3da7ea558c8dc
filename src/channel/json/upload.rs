//! Takes files over the JSON API. In: the bytes of a file as they are, and whose it is. Out: the file,
//! as the API describes it, or why it is not taken. Must not know: who may send for whom.

use super::{FileView, JsonApi, conversation, message_id};
use crate::attachment::{AttachmentError, Attachments, MOST_BYTES, SentFile};
use crate::clock;
use crate::http::error::ApiError;
use crate::store::files::FileSender;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest as _, Request};
use axum::http::StatusCode;
use serde::Deserialize;
use wenlu_core::model::ConversationId;

/// The query of `POST …/files`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::channel) struct UploadQuery {
    conversation: String,
    /// The client's name for this upload.
    id: String,
    /// What the file is called.
    #[serde(default)]
    name: String,
}

impl UploadQuery {
    pub(in crate::channel) fn conversation(
        &self,
        channel: &str,
    ) -> Result<ConversationId, ApiError> {
        conversation(channel, &self.conversation)
    }
}

impl JsonApi {
    /// Keeps an asker's file. A repeated request with the same conversation and id keeps it once. The
    /// body is read after all else was checked: nobody makes the server hold what it does not take.
    pub(in crate::channel) async fn keep_file(
        &self,
        attachments: &Attachments,
        conversation: &ConversationId,
        sent: UploadQuery,
        request: Request,
    ) -> Result<(StatusCode, Json<serde_json::Value>), ApiError> {
        let upload = message_id(&sent.id)?.as_str().to_owned();
        let sender = FileSender::Asker;
        let may = attachments.check(conversation, sender).await;
        may.map_err(|error| self.refused_file(&error))?;
        let body = Bytes::from_request(request, &()).await;
        let body = body.map_err(|rejection| match rejection.status().as_u16() {
            413 => ApiError::FileTooLarge { limit: MOST_BYTES },
            _ => ApiError::BadRequest("the body ended early".into()),
        })?;
        let file = SentFile {
            sender,
            upload,
            name: sent.name,
            bytes: body.into(),
        };
        let kept = attachments.keep(conversation, file, clock::now()).await;
        let kept = kept.map_err(|error| self.refused_file(&error))?;
        let told = serde_json::json!({ "file": FileView::from(kept.file) });
        Ok((StatusCode::CREATED, Json(told)))
    }

    fn refused_file(&self, error: &AttachmentError) -> ApiError {
        match error {
            AttachmentError::NotNow => ApiError::FilesNotTaken,
            AttachmentError::Unfit => ApiError::UnfitFile,
            AttachmentError::TooLarge => ApiError::FileTooLarge { limit: MOST_BYTES },
            AttachmentError::TooMany => ApiError::TooManyFiles,
            AttachmentError::NoRoom => ApiError::NoRoomForFiles,
            AttachmentError::NoEntropy => ApiError::Internal,
            AttachmentError::Store(error) => self.store_failed(error),
        }
    }
}
