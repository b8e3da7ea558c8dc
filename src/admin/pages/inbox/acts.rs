//! What is done with a hand-over. In: a form. Out: the conversation's page again; or, where another
//! operator was faster, a page that names them. Must not know: how an asker is reached.

use super::fragments::form_id;
use super::talk::{MOST_CHARS, REASONS, handover, reply_form};
use super::{HandoverPath, PATH};
use crate::admin::html::page;
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::admin::{AdminError, AdminState};
use crate::store::audit::AuditAction;
use crate::store::records::{HandoverRecord, HandoverStage, NewHandoverMessage, TranscriptAuthor};
use crate::turn::{BotError, OperatorAct};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use wenlu_core::model::{ConversationId, MessageId};
use wenlu_core::privacy::redact;
use wenlu_core::text::safe::without_control_chars;

/// Newer messages that are looked through for those of other operators.
const NEWER: i64 = 100;

#[derive(Deserialize)]
pub(in crate::admin::pages) struct TakeForm {
    id: String,
    /// Who held it, as far as the operator saw; empty: nobody.
    seen: String,
}

#[derive(Deserialize)]
pub(in crate::admin::pages) struct WriteForm {
    id: String,
    text: String,
    /// The last message that the operator saw.
    #[serde(default)]
    seq: i64,
}

#[derive(Deserialize)]
pub(in crate::admin::pages) struct EndForm {
    id: String,
    #[serde(default)]
    reason: String,
}

/// Why nothing was done.
#[derive(Debug)]
pub(in crate::admin::pages) enum ActRefusal {
    /// Another operator was faster, or it cannot be sent like this: the page that says so.
    Page(Box<Response>),
    Failed(AdminError),
}

impl<E: Into<AdminError>> From<E> for ActRefusal {
    fn from(error: E) -> Self {
        ActRefusal::Failed(error.into())
    }
}

impl IntoResponse for ActRefusal {
    fn into_response(self) -> Response {
        match self {
            ActRefusal::Page(page) => *page,
            ActRefusal::Failed(error) => error.into_response(),
        }
    }
}

pub(super) type Acted = Result<Redirect, ActRefusal>;

pub(in crate::admin::pages) async fn take(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: HandoverPath,
    FormInput(sent): FormInput<TakeForm>,
) -> Acted {
    let handover = handover(&admin, id).await?;
    if handover.stage == HandoverStage::Closed {
        let why = html! { p { "它已经结束了。要接着谈，请先重新打开。" } };
        return Err(refused(&user, &handover, why));
    }
    take_as(&admin, &user, &handover, &sent).await
}

pub(in crate::admin::pages) async fn reopen(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: HandoverPath,
    FormInput(sent): FormInput<TakeForm>,
) -> Acted {
    let handover = handover(&admin, id).await?;
    take_as(&admin, &user, &handover, &sent).await
}

async fn take_as(
    admin: &AdminState,
    user: &SignedInUser,
    handover: &HandoverRecord,
    sent: &TakeForm,
) -> Acted {
    let seen = Some(sent.seen.as_str()).filter(|seen| !seen.is_empty());
    act(admin, user, handover, &sent.id, OperatorAct::Take { seen }).await?;
    if let Some(holder) = seen.filter(|seen| *seen != user.account.name) {
        record(admin, user, AuditAction::TakeOver, handover, holder).await?;
    }
    Ok(back_to(handover))
}

pub(in crate::admin::pages) async fn say(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: HandoverPath,
    FormInput(sent): FormInput<WriteForm>,
) -> Acted {
    let handover = handover(&admin, id).await?;
    let text = written(&sent.text)?;
    let why = if has_open_variable(&text) {
        Some(html! { "里面还有没填上的 {{ … }}，没有发出。请改好再发：" })
    } else {
        let other = answered_meanwhile(&admin, &user, &handover, sent.seq).await?;
        other.map(|other| html! { b { (other) } " 刚刚也回复了客人。您写的还没有发出，看过之后可以再发：" })
    };
    if let Some(why) = why {
        let again =
            html! { p { (why) } (reply_form(&admin, &user, &handover, &form_id()?, &text)) };
        return Err(refused(&user, &handover, again));
    }
    act(&admin, &user, &handover, &sent.id, OperatorAct::Say(&text)).await?;
    let activities = admin.store().activities();
    let ended = activities.end(&handover.conversation, Some(&user.account.name));
    // the words are sent: the hint ends by itself
    if let Err(error) = ended.await {
        tracing::debug!(%error, "a hint that somebody writes was not ended");
    }
    Ok(back_to(&handover))
}

/// The other operator who wrote to the asker after the message numbered `seq`.
async fn answered_meanwhile(
    admin: &AdminState,
    user: &SignedInUser,
    handover: &HandoverRecord,
    seq: i64,
) -> Result<Option<String>, AdminError> {
    let list = admin.store().handover_list();
    let newer = list.messages(&handover.conversation, seq, NEWER).await?;
    let other = newer.into_iter().find(|message| {
        message.author == TranscriptAuthor::Colleague && message.account != user.account.name
    });
    Ok(other.map(|message| message.account))
}

pub(in crate::admin::pages) async fn note(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: HandoverPath,
    FormInput(sent): FormInput<WriteForm>,
) -> Acted {
    let handover = handover(&admin, id).await?;
    let body = written(&sent.text)?;
    let message = NewHandoverMessage {
        id: format!(
            "{}/note {}",
            handover.conversation,
            message_id("note", &sent.id)?.as_str()
        ),
        at: user.caller.now,
        author: TranscriptAuthor::Note,
        account: user.account.name.clone(),
        masked: redact(&body).text,
        body,
        file: None,
    };
    let list = admin.store().handover_list();
    list.note(&handover.conversation, message).await?;
    Ok(back_to(&handover))
}

pub(in crate::admin::pages) async fn give_back(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: HandoverPath,
    FormInput(sent): FormInput<EndForm>,
) -> Acted {
    let handover = handover(&admin, id).await?;
    act(&admin, &user, &handover, &sent.id, OperatorAct::GiveBack).await?;
    Ok(back_to(&handover))
}

pub(in crate::admin::pages) async fn close(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: HandoverPath,
    FormInput(sent): FormInput<EndForm>,
) -> Acted {
    let handover = handover(&admin, id).await?;
    let reason = REASONS.into_iter().find(|reason| *reason == sent.reason);
    let reason = reason.ok_or(AdminError::BadForm)?;
    let closing = match reason == REASONS[0] {
        true => OperatorAct::Solve(reason),
        false => OperatorAct::Close(reason),
    };
    act(&admin, &user, &handover, &sent.id, closing).await?;
    if handover.open {
        record(&admin, &user, AuditAction::CloseHandover, &handover, reason).await?;
    }
    Ok(back_to(&handover))
}

/// Does it, unless another operator holds the conversation, or has given it away.
pub(super) async fn act(
    admin: &AdminState,
    user: &SignedInUser,
    handover: &HandoverRecord,
    id: &str,
    act: OperatorAct<'_>,
) -> Result<(), ActRefusal> {
    let conversation =
        ConversationId::parse(&handover.conversation).map_err(|_| AdminError::NotFound)?;
    let (id, name) = (message_id(act_name(act), id)?, &user.account.name);
    let (bot, now) = (&admin.bot, user.caller.now);
    match bot.act(&conversation, &id, name, act, now).await {
        Ok(_) => Ok(()),
        Err(BotError::Held(holder)) => {
            let why = match holder {
                Some(holder) => html! { p { b { (holder) } " 正在接待这位客人，什么都没有改。" } },
                None => html! { p { "接待这位客人的同事刚刚放手了，什么都没有改。" } },
            };
            Err(refused(user, handover, why))
        }
        Err(BotError::Store(error)) => Err(error.into()),
        Err(BotError::OtherMessage | BotError::Json(_)) => Err(AdminError::Failed.into()),
    }
}

async fn record(
    admin: &AdminState,
    user: &SignedInUser,
    action: AuditAction,
    handover: &HandoverRecord,
    detail: &str,
) -> Result<(), AdminError> {
    let subject = handover.number.to_string();
    let audit = admin.store().audit();
    Ok(audit
        .record(user.by(), action, subject, detail.to_owned())
        .await?)
}

pub(super) fn back_to(handover: &HandoverRecord) -> Redirect {
    Redirect::to(&format!("{PATH}/{}", handover.number))
}

pub(super) fn refused(user: &SignedInUser, handover: &HandoverRecord, why: Markup) -> ActRefusal {
    let body = html! {
        div #why { (why) }
        p { a.button href=(format!("{PATH}/{}", handover.number)) { "回到这段对话" } }
    };
    let shown = page(user, PATH, "还没有做成", body);
    ActRefusal::Page(Box::new((StatusCode::CONFLICT, shown).into_response()))
}

/// Whether a canned reply was not completed.
fn has_open_variable(text: &str) -> bool {
    let mut tags = text.split("{{").skip(1);
    tags.any(|rest| rest.contains("}}"))
}

fn written(sent: &str) -> Result<String, AdminError> {
    let text = without_control_chars(sent.trim());
    match text.chars().count() {
        0 => Err(AdminError::BadForm),
        length if length > MOST_CHARS => Err(AdminError::FormTooLarge),
        _ => Ok(text),
    }
}

fn act_name(act: OperatorAct<'_>) -> &'static str {
    match act {
        OperatorAct::Take { .. } => "take",
        OperatorAct::Say(_) => "say",
        OperatorAct::Send(_) => "send",
        OperatorAct::GiveBack => "back",
        OperatorAct::Close(_) | OperatorAct::Solve(_) => "close",
    }
}

/// What an operator does has ids of its own, apart from those of askers. The forms of a page share
/// one.
pub(super) fn message_id(act: &str, sent: &str) -> Result<MessageId, AdminError> {
    if sent.len() < 16 {
        return Err(AdminError::BadForm);
    }
    MessageId::parse(&format!("operator:{act}:{sent}")).map_err(|_| AdminError::BadForm)
}
