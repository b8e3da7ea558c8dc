//! Pictures and files of a hand-over. In: a file as its bytes, for the asker; or the id of one in a
//! conversation. Out: the file is with the asker, or the page says why not; what is in it. Must not
//! know: what is taken, how an asker is reached.

use super::HandoverPath;
use super::acts::{ActRefusal, Acted, act, back_to, refused};
use super::fragments::can_send;
use super::talk::handover;
use crate::admin::middleware::SignedInUser;
use crate::admin::{AdminError, AdminState};
use crate::attachment::{AttachmentError, SentFile};
use crate::http::file_response::file_response;
use crate::store::files::FileSender;
use crate::turn::OperatorAct;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use maud::html;
use serde::Deserialize;
use wenlu_core::model::ConversationId;

/// Beside the bytes.
#[derive(Deserialize)]
pub(in crate::admin::pages) struct FileQuery {
    /// As in the forms: sent twice, it counts once.
    id: String,
    #[serde(default)]
    name: String,
}

pub(in crate::admin::pages) async fn send(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: HandoverPath,
    Query(sent): Query<FileQuery>,
    body: Bytes,
) -> Acted {
    let handover = handover(&admin, id).await?;
    if !can_send(&admin, &handover) {
        return Err(AdminError::NotFound.into());
    }
    if !handover.is_free_for(&user.account.name) {
        let why = html! { p { "这段对话在别的同事手里，文件没有发出。" } };
        return Err(refused(&user, &handover, why));
    }
    let conversation =
        ConversationId::parse(&handover.conversation).map_err(|_| AdminError::NotFound)?;
    let file = SentFile {
        sender: FileSender::Colleague,
        upload: format!("{} {}", user.account.name, sent.id),
        name: sent.name,
        bytes: body.into(),
    };
    let kept = admin
        .attachments
        .keep(&conversation, file, user.caller.now)
        .await;
    let kept = match kept {
        Ok(kept) => kept,
        Err(AttachmentError::Store(error)) => return Err(error.into()),
        Err(error) => {
            let why = html! { p { (in_words(&error)) } };
            return Err(refused(&user, &handover, why));
        }
    };
    let sending = OperatorAct::Send(&kept.file);
    act(&admin, &user, &handover, &sent.id, sending).await?;
    Ok(back_to(&handover))
}

pub(in crate::admin::pages) async fn show(
    State(admin): State<AdminState>,
    Path(id): Path<String>,
) -> Result<Response, ActRefusal> {
    let files = admin.store().files();
    let kept = files.find(&id).await?.ok_or(AdminError::NotFound)?;
    let bytes = files.bytes(&id).await?;
    let shown = file_response(&kept.file, bytes);
    shown.ok_or(ActRefusal::Failed(AdminError::NotFound))
}

fn in_words(error: &AttachmentError) -> &'static str {
    match error {
        AttachmentError::NotNow => "现在不能发文件。",
        AttachmentError::Unfit => "这个文件发不了：请发 JPG、PNG、WebP、GIF 图片或 PDF。",
        AttachmentError::TooLarge => "文件太大了，请控制在 8 MB 以内。",
        AttachmentError::TooMany => "这段对话里的文件已经够多了。",
        AttachmentError::NoRoom => {
            "存文件的地方满了：请管理员调大 WENLU_UPLOADS_TOTAL，或等旧文件到期。"
        }
        AttachmentError::NoEntropy | AttachmentError::Store(_) => "没有发出，请再试一次。",
    }
}
