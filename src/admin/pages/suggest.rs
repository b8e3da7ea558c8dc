//! Wordings that an intent lacks: what people asked near it, and what a language model writes whose
//! reply is pasted. In: an intent. Out: a page with the ranked wordings, and a draft of those that
//! were ticked; nothing goes live here, and nothing leaves the machine.

use super::conversation::playground_path;
use crate::admin::error::ChoiceError;
use crate::admin::html::{PageResult, button, field, form, note, page, text};
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::admin::suggest_jobs::{FoundWordings, OFFERED, SuggestJobState};
use crate::admin::{AdminError, AdminState};
use crate::review::edit::ReviewEdit;
use crate::review::suggest::MAX_WORDING;
use crate::review::suggest::rank::{self, SuggestedWording};
use axum::extract::{Path, State};
use axum::response::Redirect;
use maud::{Markup, html};
use serde::Deserialize;
use wenlu_core::knowledge::{Intent, IntentKind};
use wenlu_core::privacy::redact;

/// Characters of a pasted reply that are read.
const MAX_REPLY: usize = 200_000;
/// Refused wordings, and passed-over lines, that are shown.
const NAMED: usize = 20;

/// Where wordings for the intent are suggested; `None` for those that no wording is added to.
pub(super) fn suggest_path(intent: &Intent) -> Option<String> {
    (intent.kind != IntentKind::Menu).then(|| format!("/admin/intents/{}/suggest", intent.id))
}

/// `job`: the number of a search; without one, the last of the journal is shown.
#[derive(Deserialize)]
pub(super) struct SuggestPageQuery {
    job: Option<u64>,
}

pub(super) async fn show(
    State(admin): State<AdminState>,
    user: SignedInUser,
    Path(id): Path<String>,
    FormInput(SuggestPageQuery { job }): FormInput<SuggestPageQuery>,
) -> PageResult {
    let SuggestSubject {
        title,
        path,
        version,
    } = subject(&admin, &id)?;
    let job = job.unwrap_or_else(|| admin.suggest_jobs.latest(&id, &version));
    let body = match admin.suggest_jobs.find(job, &id) {
        None => html! {
            (note("bad", "这次的结果已经不在了：服务重启过，或者后来又找了很多次。"))
            (again(&user, &path))
        },
        Some(SuggestJobState::Working) => html! {
            section.card data-reload="1" {
                h2 { "正在找" }
                p role="status" { "在看没答上来的话里哪些和它相近，逐句算加上之后会怎样；意图多的时候要半分钟左右……" }
                progress aria-label="正在找" {}
            }
        },
        Some(SuggestJobState::Failed) => html! {
            (note("bad", "没能找出来，请再试一次；一直这样的话，请看服务的日志。"))
            (again(&user, &path))
        },
        Some(SuggestJobState::Known(found)) => html! {
            (offered(&user, &path, &found))
            (refused(&found))
            (again(&user, &path))
            (ask_a_model(&user, &path, &found))
        },
    };
    let title = format!("还会怎么问：{title}");
    Ok(page(&user, "/admin/intents", &title, body))
}

/// The journal goes on: the button that searches it anew.
fn again(user: &SignedInUser, path: &str) -> Markup {
    button(user, path, "重新看一遍对话", html! {})
}

/// A language model's reply that was pasted.
#[derive(Deserialize)]
pub(super) struct PastedReplyForm {
    #[serde(default)]
    reply: String,
}

pub(super) async fn paste(
    State(admin): State<AdminState>,
    Path(id): Path<String>,
    FormInput(PastedReplyForm { reply }): FormInput<PastedReplyForm>,
) -> Result<Redirect, AdminError> {
    let SuggestSubject { path, version, .. } = subject(&admin, &id)?;
    let reply: String = reply.chars().take(MAX_REPLY).collect();
    let job = admin.suggest_jobs.start(&id, &version, reply);
    Ok(Redirect::to(&format!("{path}?job={job}")))
}

/// Makes a draft of the wordings that were ticked.
pub(super) async fn draft(
    State(admin): State<AdminState>,
    user: SignedInUser,
    Path(id): Path<String>,
    FormInput(sent): FormInput<Vec<(String, String)>>,
) -> Result<Redirect, AdminError> {
    subject(&admin, &id)?;
    let said = sent.iter().filter(|(name, _)| name == "said");
    let ticked: Vec<(i64, String)> = said
        .filter_map(|(_, value)| value.split_once(' '))
        .filter_map(|(question, text)| Some((question.parse().ok()?, redact(text.trim()).text)))
        .filter(|(_, text)| !text.is_empty() && text.chars().count() <= MAX_WORDING)
        .take(OFFERED)
        .collect();
    if ticked.is_empty() {
        return Err(ChoiceError::NoWording.into());
    }
    let questions = ticked.iter().map(|(question, _)| *question);
    let questions = questions.filter(|question| *question > 0).collect();
    let edit = ReviewEdit::AddExamples {
        intent: id,
        texts: ticked.into_iter().map(|(_, text)| text).collect(),
    };
    let id = admin.change_service.draft(user.by(), &edit, questions);
    Ok(Redirect::to(&format!("/admin/changes/{}", id.await?)))
}

/// An intent that wordings are suggested for.
struct SuggestSubject {
    title: String,
    path: String,
    /// Of the knowledge.
    version: String,
}

fn subject(admin: &AdminState, id: &str) -> Result<SuggestSubject, AdminError> {
    let engine = admin.bot.engine();
    let intent = engine.knowledge.intent(id).ok_or(AdminError::NotFound)?;
    Ok(SuggestSubject {
        title: intent.title.clone(),
        path: suggest_path(intent).ok_or(AdminError::NotFound)?,
        version: engine.knowledge.version.clone(),
    })
}

/// The wordings that can be drafted.
fn offered(user: &SignedInUser, path: &str, found: &FoundWordings) -> Markup {
    let fit = || rank::offered(&found.wordings, OFFERED);
    html! {
        @if fit().next().is_none() {
            section.card.empty {
                h2 { @if found.wordings.is_empty() { "还没有找到" } @else { "没有合适的" } }
                p { "没答上来的话里没有和它相近、又能加进来的。可以照下面的办法，让语言模型再写几句。" }
            }
        } @else {
            (form(user, &format!("{path}/draft"), html! {
                section.card {
                    h2 { "可以加的说法" }
                    p.soft { "加分：加上它之后，这个意图别的话平均多了多少把握；算的时候都没让它们先看过。先起草，看过影响再决定发不发布。" }
                    div.scroll tabindex="0" role="region" aria-label="可以加的说法" {
                        table {
                            thead { tr { th scope="col" { "说法" } th.number scope="col" { "加分" } th scope="col" { "现在" } th scope="col" { "来自" } } }
                            tbody { @for wording in fit() { (offered_row(wording)) } }
                        }
                    }
                    p.acts { button.strong type="submit" { "把勾选的起草为例句" } }
                }
            }))
        }
    }
}

fn offered_row(wording: &SuggestedWording) -> Markup {
    let question = wording.source.question().unwrap_or_default();
    let gain = wording.gain.as_ref().and_then(|gain| gain.confidence);
    html! {
        tr data-row {
            td.pick { label {
                input type="checkbox" name="said" value=(format!("{question} {}", wording.text)) checked;
                a href=(playground_path(&wording.text)) { (text(&wording.text)) }
            } }
            td.number { (gain.map_or("—".to_owned(), |gain| format!("{gain:+.3}"))) }
            td { (text(&wording.now.label())) }
            td { (wording.source.label()) }
        }
    }
}

/// The wordings that something speaks against, and the lines of a reply that are none.
fn refused(found: &FoundWordings) -> Markup {
    let against = found
        .wordings
        .iter()
        .filter_map(|wording| Some((wording, wording.objection.as_ref()?)));
    let against: Vec<_> = against.collect();
    html! {
        @if !against.is_empty() {
            details.card {
                summary { "不建议的 " (against.len()) " 句" }
                ul.rows { @for (wording, why) in against.iter().take(NAMED) { li { span.said { (text(&wording.text)) } span.soft { (text(&why.label())) } } } }
                @if against.len() > NAMED { p.soft { "还有 " (against.len() - NAMED) " 句。" } }
            }
        }
        @if !found.skipped.is_empty() {
            details.card {
                summary { "回复里有 " (found.skipped.len()) " 行没有采用" }
                ul.rows { @for line in found.skipped.iter().take(NAMED) { li { span.said { (text(&line.text)) } span.soft { "第 " (line.line) " 行：" (line.why.label()) } } } }
            }
        }
    }
}

/// The prompt to copy, and where the reply is pasted.
fn ask_a_model(user: &SignedInUser, path: &str, found: &FoundWordings) -> Markup {
    let reply =
        html! { textarea name="reply" rows="8" required spellcheck="false" placeholder="1. …" {} };
    html! {
        section.card {
            h2 { "请语言模型写几句" }
            p.soft { "把这段话复制给您信得过的语言模型。里面的个人信息已经去掉；这里什么都不会自己发出去。" }
            textarea #prompt readonly rows="12" spellcheck="false" aria-label="给语言模型的话" { "\n" (text(&found.prompt)) }
            p.acts { button type="button" data-copy="prompt" { "复制" } }
            (form(user, path, html! {
                (field("再把它的回复贴在这里", reply, "编号、列表、JSON 都行；解释的话会跳过"))
                p.acts { button.strong type="submit" { "看哪些能用" } }
            }))
        }
    }
}
