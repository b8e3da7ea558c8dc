//! One cluster of unanswered questions, and how to ignore and to assign it.

use super::actions::{ActionFormSubject, ActionFormView, KEYS, WordingChoice, actions_form, queue};
use super::clusters::{near_all, trend, working};
use crate::admin::html::{self, PageResult, button, field, form, keys, page, text, time};
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::admin::{AdminError, AdminState};
use crate::review::cluster::ClusterWording;
use crate::review::review_queue::{ReviewItem, ReviewQueue};
use crate::store::accounts::AccountRight;
use crate::store::clusters::ClusterNote;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Redirect;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;
use wenlu_core::labels::unanswered_label;

/// Comments that are shown.
const MOST_COMMENTS: usize = 20;
/// Other clusters that are offered to move wordings to.
const MOST_OTHERS: usize = 100;

/// `question`: tick the wording of this question only.
#[derive(Deserialize)]
pub(super) struct ClusterPageQuery {
    question: Option<i64>,
}

pub(super) async fn show(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: Result<Path<i64>, PathRejection>,
    FormInput(ClusterPageQuery { question }): FormInput<ClusterPageQuery>,
) -> PageResult {
    let Path(id) = id.map_err(|_| AdminError::NotFound)?;
    let Some(board) = admin.queue_cache.get(user.caller.now).await? else {
        return Ok(working(&user));
    };
    let Some((case, ignored)) = board.find(id) else {
        return gone(&admin, &user, id).await;
    };
    let near = near_all(&admin, std::slice::from_ref(case))
        .await?
        .pop()
        .unwrap_or_default();
    let proposed: Vec<&str> = case
        .proposed()
        .iter()
        .map(|wording| wording.text.as_str())
        .collect();
    let chosen = |wording: &ClusterWording| match question {
        Some(question) => wording.questions.contains(&question),
        None => proposed.contains(&wording.text.as_str()),
    };
    let said = case.cluster.wordings.iter().map(|wording| WordingChoice {
        text: wording.text.clone(),
        count: wording.count,
        chosen: chosen(wording),
        turn: wording
            .questions
            .last()
            .copied()
            .unwrap_or(case.cluster.id.0),
    });
    let subject = ActionFormView {
        about: ActionFormSubject::Cluster(case.cluster.id.0),
        said: said.collect(),
        has_more: question.is_none() && case.cluster.wordings.len() > proposed.len(),
        nearest: near,
        others: others(&board, case.cluster.id.0),
        gap: case.gap.clone(),
    };
    let journal = admin.store().journal();
    let comments = journal.comments(&case.cluster.questions, MOST_COMMENTS);
    let comments = comments.await?;
    let body = html! {
        (facts(&admin, case))
        @if !comments.is_empty() {
            section.card {
                h2 { "大家说哪里没说清楚" }
                ul.rows { @for (turn, comment) in &comments {
                    li { span.said { (text(comment)) } " " a href=(format!("/admin/conversations/{turn}")) { "前后文" } }
                } }
            }
        }
        @if let Some(remark) = ignored {
            p.note.bad { "这一类被 " (text(&remark.actor)) " 于 " (time(&admin, remark.at)) " 忽略，以后相似的提问也不再列出。" }
        }
        @if user.has(AccountRight::Review) { (assignment(&admin, &user, case, ignored.is_some()).await?) }
        (actions_form(&admin, &user, &subject))
        (keys(&KEYS))
    };
    Ok(page(
        &user,
        "/admin/clusters",
        &case.cluster.representative,
        body,
    ))
}

/// The largest open clusters but this one.
fn others(board: &ReviewQueue, own: i64) -> Vec<(i64, String)> {
    let open = board.open.iter().map(|item| &item.cluster);
    open.filter(|cluster| cluster.id.0 != own)
        .take(MOST_OTHERS)
        .map(|cluster| (cluster.id.0, cluster.representative.clone()))
        .collect()
}

#[derive(Deserialize)]
pub(super) struct IgnoreClusterForm {
    ignored: bool,
}

pub(super) async fn ignore(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: Result<Path<i64>, PathRejection>,
    FormInput(IgnoreClusterForm { ignored }): FormInput<IgnoreClusterForm>,
) -> Result<Redirect, AdminError> {
    let (id, board) = found(&admin, &user, id).await?;
    let (case, remark) = board.find(id).ok_or(AdminError::NotFound)?;
    admin
        .change_service
        .ignore(user.by(), case, remark, ignored)
        .await?;
    admin.queue_cache.invalidate();
    Ok(Redirect::to(if ignored {
        "/admin/clusters"
    } else {
        "/admin/clusters?show=ignored"
    }))
}

#[derive(Deserialize)]
pub(super) struct AssignClusterForm {
    /// Empty: unassign.
    #[serde(default)]
    account: String,
}

pub(super) async fn assign(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: Result<Path<i64>, PathRejection>,
    FormInput(AssignClusterForm { account }): FormInput<AssignClusterForm>,
) -> Result<Redirect, AdminError> {
    let (id, board) = found(&admin, &user, id).await?;
    let (case, _) = board.find(id).ok_or(AdminError::NotFound)?;
    let account = Some(account).filter(|name| !name.is_empty());
    if let Some(name) = &account
        && admin.store().accounts().find(name).await?.is_none()
    {
        return Err(AdminError::BadForm);
    }
    admin
        .change_service
        .assign(user.by(), case, account)
        .await?;
    admin.queue_cache.invalidate();
    Ok(Redirect::to(&format!("/admin/clusters/{id}")))
}

async fn found(
    admin: &AdminState,
    user: &SignedInUser,
    id: Result<Path<i64>, PathRejection>,
) -> Result<(i64, Arc<ReviewQueue>), AdminError> {
    let Path(id) = id.map_err(|_| AdminError::NotFound)?;
    Ok((id, queue(admin, user).await?))
}

/// The page for a cluster that was handled meanwhile: links to the change.
async fn gone(admin: &AdminState, user: &SignedInUser, id: i64) -> PageResult {
    let placed = admin.store().reviews().cluster_memberships().await?;
    let done = placed
        .iter()
        .find(|placed| placed.question == id || placed.cluster == id);
    let change = done
        .and_then(|placed| placed.change)
        .ok_or(AdminError::NotFound)?;
    let body = html! {
        section.card.empty {
            h2 { "这一类已经处理了" }
            p { a.button href=(format!("/admin/changes/{change}")) { "看修改 #" (change) } " " a.button href="/admin/clusters" { "下一类" } }
        }
    };
    Ok(page(user, "/admin/clusters", "没答上来的问题", body))
}

fn facts(admin: &AdminState, case: &ReviewItem) -> Markup {
    html! {
        p.soft {
            (case.cluster.count) " 次提问，" (case.cluster.wordings.len()) " 种说法，来自 " (case.conversations) " 段对话；"
            (trend(case)) "，最近 " (time(admin, case.last)) "。"
            @for reason in &case.reasons { " " span.tag { (unanswered_label(*reason)) } }
            @if let Some(gap) = &case.gap { "　没有资料的话题：" (html::intent_link(admin, gap)) }
            " " button.quiet #keys-open type="button" { "快捷键 " kbd { "?" } }
        }
    }
}

/// Forms that assign the cluster, and ignore it or not.
async fn assignment(
    admin: &AdminState,
    user: &SignedInUser,
    case: &ReviewItem,
    ignored: bool,
) -> Result<Markup, AdminError> {
    let accounts = admin.store().accounts().all().await?;
    let path = format!("/admin/clusters/{}", case.cluster.id.0);
    let holder: Option<&ClusterNote> = case.assigned.as_ref();
    let hidden = |name: &str, value: &str| html! { input type="hidden" name=(name) value=(value); };
    Ok(html! {
        div.acts.big {
            (form(user, &format!("{path}/assign"), html! {
                (field("谁来处理", html! {
                    select name="account" {
                        option value="" { "还没有人" }
                        @for account in accounts.iter().filter(|account| !account.disabled && account.has(AccountRight::Review)) {
                            option value=(account.name) selected[holder.is_some_and(|remark| remark.what == account.name)] { (account.name) }
                        }
                    }
                }, ""))
                button.quiet type="submit" { "指派" }
            }))
            @if holder.is_none_or(|remark| remark.what != user.account.name) {
                (form(user, &format!("{path}/assign"), html! { (hidden("account", &user.account.name)) button.quiet type="submit" data-key="m" { "交给我" } }))
            }
            @if ignored {
                (button(user, &format!("{path}/ignore"), "不再忽略", hidden("ignored", "false")))
            } @else {
                (form(user, &format!("{path}/ignore"), html! { (hidden("ignored", "true")) button.quiet type="submit" data-key="i" { "忽略这一类" } }))
            }
        }
    })
}
