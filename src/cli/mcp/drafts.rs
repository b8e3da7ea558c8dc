//! Drafts. In: wordings, or a new intent. Out: a draft in the review, under its author's name, and
//! what it would change in the files. Must not know: how it is published: nothing here does that.

use super::desk::AssistantDesk;
use super::failure::ToolFailure;
use super::inputs::{
    DraftIntentInput, DraftWordingsInput, MAX_REPLY, MAX_WORDING, MAX_WORDINGS, WordingUse, sized,
    sized_list,
};
use super::queue::questions_of;
use crate::review::change_service::{ChangeService, change_of};
use crate::review::edit::ReviewEdit;
use crate::store::Store;
use crate::store::reviews::{ChangeState, StoredChange};
use serde_json::{Value, json};
use wenlu_core::privacy::redact;

/// Changes that are looked through for drafts.
const LOOKED_THROUGH: i64 = 500;

/// Drafts wordings of an intent, or messages that no intent should answer.
pub(super) async fn draft_wordings(
    desk: &AssistantDesk,
    asked: DraftWordingsInput,
) -> Result<Value, ToolFailure> {
    let texts = masked(sized_list(
        "texts",
        &asked.texts,
        MAX_WORDINGS,
        MAX_WORDING,
    )?);
    let (store, service, by) = desk.drafting().await?;
    let intent = || match asked.intent.as_deref() {
        Some(id) => sized("intent", id, MAX_WORDING).map(str::to_owned),
        None => Err(ToolFailure::BadInput {
            field: "intent",
            why: "is needed for examples and near misses".to_owned(),
        }),
    };
    let edit = match asked.r#use {
        WordingUse::OutOfScope => ReviewEdit::OutOfScope { texts },
        WordingUse::Example => ReviewEdit::AddExamples {
            intent: intent()?,
            texts,
        },
        WordingUse::NearMiss => ReviewEdit::AddNearMisses {
            intent: intent()?,
            texts,
        },
    };
    let questions = questions_of(store, asked.cluster).await?;
    let id = service.draft(by, &edit, questions).await?;
    described(store, id).await
}

/// Drafts a new intent, with its reply if that is given.
pub(super) async fn draft_intent(
    desk: &AssistantDesk,
    asked: DraftIntentInput,
) -> Result<Value, ToolFailure> {
    let examples = sized_list("examples", &asked.examples, MAX_WORDINGS, MAX_WORDING)?;
    let edit = ReviewEdit::NewIntent {
        id: sized("id", &asked.id, MAX_WORDING)?.to_owned(),
        title: Some(sized("title", &asked.title, MAX_WORDING)?.to_owned()),
        parent: asked.parent.clone(),
        gap: asked.gap,
        texts: masked(examples),
    };
    for reply in [&asked.reply, &asked.reply_en] {
        reply
            .as_ref()
            .map(|text| sized("reply", text, MAX_REPLY))
            .transpose()?;
    }
    let (store, service, by) = desk.drafting().await?;
    let questions = questions_of(store, asked.cluster).await?;
    let id = service.draft(by, &edit, questions).await?;
    if !asked.gap {
        // who gives one reply leaves the other language to it: no template to be written stays
        let english = asked.reply_en.as_deref().unwrap_or_default();
        if let Some(reply) = asked.reply.as_deref() {
            write_reply(store, &service, id, "zh", &asked, reply).await?;
            write_reply(store, &service, id, "en", &asked, english).await?;
        } else if !english.is_empty() {
            write_reply(store, &service, id, "en", &asked, english).await?;
        }
    }
    described(store, id).await
}

/// Puts a reply in the place of the draft's template; an empty one takes the template away.
async fn write_reply(
    store: &Store,
    service: &ChangeService,
    id: i64,
    lang: &str,
    asked: &DraftIntentInput,
    reply: &str,
) -> Result<(), ToolFailure> {
    let stored = draft(store, id).await?;
    let path = format!("content/{lang}/{}.md", asked.id.trim());
    let title = asked.title.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = match reply.trim() {
        "" => String::new(),
        reply => format!("# {title}\n\n{reply}\n"),
    };
    let is_there = change_of(&stored)?
        .files
        .iter()
        .any(|file| file.path == path);
    if !is_there && text.is_empty() {
        return Ok(());
    }
    if !is_there {
        return Err(ToolFailure::Other(format!(
            "draft {id} was made, and has no {path}: the knowledge has no replies in that language"
        )));
    }
    Ok(service
        .rewrite_file(id, stored.revision, &path, &text, false)
        .await?)
}

/// The drafts that nobody has published or discarded, newest first.
pub(super) async fn listed(store: &Store, most: usize) -> Result<Value, ToolFailure> {
    let all = store.reviews().changes(i64::MAX, LOOKED_THROUGH).await?;
    let drafts: Vec<Value> = all
        .iter()
        .filter(|change| change.state == ChangeState::Draft)
        .take(most)
        .map(|change| {
            json!({
                "draft": change.id,
                "summary": change.summary,
                "author": change.actor,
                "at": change.at,
                "questions": change.questions.len(),
            })
        })
        .collect();
    Ok(json!({ "drafts": drafts }))
}

/// The stored draft `id`.
pub(super) async fn draft(store: &Store, id: i64) -> Result<StoredChange, ToolFailure> {
    let stored = store.reviews().change(id).await?;
    stored
        .filter(|stored| stored.state == ChangeState::Draft)
        .ok_or(ToolFailure::NoDraft(id))
}

async fn described(store: &Store, id: i64) -> Result<Value, ToolFailure> {
    let stored = draft(store, id).await?;
    Ok(json!({
        "draft": id,
        "summary": stored.summary,
        "author": stored.actor,
        "diff": change_of(&stored)?.diff(),
        "next": format!(
            "Nothing is live. preview_draft says what it would change; a person publishes it with `wenlu review publish {id}` \
             or on the operators' pages."
        ),
    }))
}

/// What is drafted may come from what askers wrote.
fn masked(texts: Vec<String>) -> Vec<String> {
    texts.iter().map(|text| redact(text).text).collect()
}
