//! What was learnt from a hand-over: a question and a colleague's answer become a draft. In: a closed
//! hand-over, whose messages are masked by then; a form. Out: the form; a draft in the review. Must
//! not know: how data files are written, how a draft is published.

use super::acts::{ActRefusal, refused};
use super::talk::{MOST_MESSAGES, handover};
use super::{HandoverPath, PATH};
use crate::admin::error::ChoiceError;
use crate::admin::html::{field, form, text};
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::admin::pages::actions::NEAREST;
use crate::admin::{AdminError, AdminState};
use crate::review::edit::ReviewEdit;
use crate::review::question as question_of;
use crate::store::accounts::AccountRight;
use crate::store::records::{HandoverMessage, HandoverRecord, TranscriptAuthor};
use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use serde::Deserialize;
use wenlu_core::knowledge::IntentKind;
use wenlu_core::privacy::redact;

/// Characters of a message in the list of choices, and of a title that is proposed.
const MOST_LABEL: usize = 60;
/// Turns that are searched for the one in which the question was asked.
const TURNS: i64 = 100;
/// Stands for the question that the hand-over is about, in place of a message's number.
const OWN_QUESTION: i64 = 0;

#[derive(Deserialize)]
pub(in crate::admin::pages) struct LearnForm {
    /// The number of the asker's message.
    question: i64,
    /// The number of the colleague's message.
    answer: Option<i64>,
    action: String,
    #[serde(default)]
    intent: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    title: String,
}

/// What can be made of a conversation.
struct LearntTalk {
    questions: Vec<(i64, String)>,
    /// In the order in which they were written.
    answers: Vec<(i64, String)>,
}

impl LearntTalk {
    fn of(handover: &HandoverRecord, messages: &[HandoverMessage]) -> Self {
        let said = |author: TranscriptAuthor| {
            let own = messages
                .iter()
                .filter(move |message| message.author == author);
            own.map(|message| (message.seq, redact(message.body.trim()).text))
        };
        let about = handover.question.as_deref().unwrap_or_default().trim();
        let mut questions: Vec<(i64, String)> = (!about.is_empty())
            .then(|| (OWN_QUESTION, redact(about).text))
            .into_iter()
            .collect();
        for (seq, text) in said(TranscriptAuthor::Asker) {
            if questions.iter().all(|(_, known)| *known != text) {
                questions.push((seq, text));
            }
        }
        LearntTalk {
            questions,
            answers: said(TranscriptAuthor::Colleague).collect(),
        }
    }

    async fn read(admin: &AdminState, handover: &HandoverRecord) -> Result<Self, AdminError> {
        let list = admin.store().handover_list();
        let messages = list
            .messages(&handover.conversation, 0, MOST_MESSAGES)
            .await?;
        Ok(LearntTalk::of(handover, &messages))
    }

    fn question(&self, seq: i64) -> Option<&str> {
        find(&self.questions, seq)
    }

    fn answer(&self, seq: i64) -> Option<&str> {
        find(&self.answers, seq)
    }

    /// The answer that most likely says something: the longest.
    fn best_answer(&self) -> Option<i64> {
        let longest = self
            .answers
            .iter()
            .max_by_key(|(_, said)| said.chars().count());
        longest.map(|(seq, _)| *seq)
    }
}

fn find(all: &[(i64, String)], seq: i64) -> Option<&str> {
    let found = all.iter().find(|(number, _)| *number == seq);
    found.map(|(_, said)| said.as_str())
}

/// The form of a closed hand-over; empty for others, and for whoever may not review. `messages`:
/// all that are shown of it, if they were read already.
pub(super) async fn learn_form(
    admin: &AdminState,
    user: &SignedInUser,
    handover: &HandoverRecord,
    messages: Option<&[HandoverMessage]>,
) -> Result<Markup, AdminError> {
    if handover.open || !user.has(AccountRight::Review) {
        return Ok(html! {});
    }
    let talk = match messages {
        Some(messages) => LearntTalk::of(handover, messages),
        None => LearntTalk::read(admin, handover).await?,
    };
    let Some((_, first)) = talk.questions.first() else {
        return Ok(html! {});
    };
    let path = format!("{PATH}/{}/draft-intent", handover.number);
    Ok(html! {
        details #learn {
            summary { "整理成知识" }
            p.soft { "这一步只起草，什么都不会改：草稿里看得到影响，可以接着改，再发布。文字已经打码，发布前请再看一眼。" }
            (form(user, &path, html! {
                (field("客人问的", choices("question", &talk.questions, None), ""))
                @if !talk.answers.is_empty() {
                    (field("同事答的", choices("answer", &talk.answers, talk.best_answer()), ""))
                }
                (known_intent(admin, first))
                @if !talk.answers.is_empty() { (new_intent(handover, first)) }
            }))
        }
    })
}

fn choices(name: &str, all: &[(i64, String)], chosen: Option<i64>) -> Markup {
    html! {
        select name=(name) {
            @for (seq, said) in all {
                option value=(seq) selected[chosen == Some(*seq)] { (text(&shortened(said))) }
            }
        }
    }
}

fn known_intent(admin: &AdminState, question: &str) -> Markup {
    let engine = admin.bot.engine();
    let candidates = engine.router.route(question).candidates;
    let near: Vec<&str> = candidates
        .iter()
        .take(NEAREST)
        .map(|near| near.intent.as_str())
        .collect();
    let all = &engine.knowledge.intents;
    let fit = || all.iter().filter(|intent| intent.kind != IntentKind::Menu);
    let is_near = |id: &str| near.contains(&id);
    html! {
        div.line {
            div.field.wide {
                (field("已有的意图", html! {
                    select name="intent" {
                        @for intent in near.iter().filter_map(|id| fit().find(|it| it.id == *id)) {
                            option value=(intent.id) { (intent.title) " · " (intent.id) }
                        }
                        @for intent in fit().filter(|it| !is_near(&it.id)) {
                            option value=(intent.id) { (intent.title) " · " (intent.id) }
                        }
                    }
                }, "最接近的在最上面"))
            }
            button type="submit" name="action" value="example" { "把问题加为它的例句" }
        }
    }
}

fn new_intent(handover: &HandoverRecord, question: &str) -> Markup {
    let id = format!("learnt-{}", handover.number);
    html! {
        div.line {
            div.field { (field("新意图的名字", html! {
                input name="id" value=(id) maxlength="48" autocomplete="off" autocapitalize="none" spellcheck="false";
            }, "小写英文字母、数字和 -，就是文件名")) }
            div.field.wide { (field("标题", html! {
                input name="title" value=(shortened(question)) maxlength=(MOST_LABEL) autocomplete="off";
            }, "按钮上的文字")) }
            button.strong type="submit" name="action" value="new" { "起草新意图：问题作例句，回答作回复" }
        }
    }
}

/// On one line.
fn shortened(said: &str) -> String {
    let line = said.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST_LABEL) {
        Some(_) => line.chars().take(MOST_LABEL - 1).chain(['…']).collect(),
        None => line,
    }
}

/// Drafts what the form says, and shows the draft.
pub(in crate::admin::pages) async fn draft_intent(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: HandoverPath,
    FormInput(sent): FormInput<LearnForm>,
) -> Result<Redirect, ActRefusal> {
    let handover = handover(&admin, id).await?;
    if handover.open {
        let why = html! { p { "这次人工还没有结束，里面还是客人的原话。请结束之后再整理。" } };
        return Err(refused(&user, &handover, why));
    }
    let talk = LearntTalk::read(&admin, &handover).await?;
    let question = talk.question(sent.question).ok_or(ChoiceError::NoWording)?;
    let answer = sent.answer.and_then(|seq| talk.answer(seq));
    let edit = match sent.action.as_str() {
        "example" => ReviewEdit::AddExamples {
            intent: sent.intent.trim().to_owned(),
            texts: vec![question.to_owned()],
        },
        "new" => ReviewEdit::LearnIntent {
            id: sent.id.trim().to_owned(),
            title: match sent.title.trim() {
                "" => shortened(question),
                title => shortened(title),
            },
            question: question.to_owned(),
            answer: answer.ok_or(ChoiceError::NoWording)?.to_owned(),
        },
        _ => return Err(AdminError::BadForm.into()),
    };
    let turns = asked_in(&admin, &handover, question).await?;
    let by = user.by();
    let id = admin.change_service.draft(by, &edit, turns).await?;
    Ok(Redirect::to(&format!("/admin/changes/{id}")))
}

/// The turns in which the question was asked, which count as dealt with once the draft is published.
async fn asked_in(
    admin: &AdminState,
    handover: &HandoverRecord,
    question: &str,
) -> Result<Vec<i64>, AdminError> {
    let journal = admin.store().journal();
    let rows = journal
        .until(&handover.conversation, i64::MAX, TURNS)
        .await?;
    let own = rows.iter().filter(|row| question_of(row) == question);
    Ok(own.map(|row| row.id).collect())
}
