//! Several clusters at once, and questions that stand in the wrong one. In: what is ticked on the list
//! or on a cluster's page. Out: the forms for it; the list or the cluster again, or a draft. Must not
//! know: how questions are clustered.

use super::actions::{SentFields, numbers, queue, sent_field};
use super::intents::{option, without_menus};
use crate::admin::error::ChoiceError;
use crate::admin::html::{field, text};
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::admin::{AdminError, AdminState};
use crate::review::cluster::ClusterWording;
use crate::review::edit::ReviewEdit;
use crate::review::regroup::{RegroupError, merge_clusters, move_questions};
use crate::review::review_queue::ReviewItem;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Redirect;
use maud::{Markup, html};

/// What is done with all clusters that are ticked.
pub(super) async fn act_on_many(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(sent): FormInput<SentFields>,
) -> Result<Redirect, AdminError> {
    let queue = queue(&admin, &user).await?;
    // a cluster that became part of another is found under that one
    let chosen: Vec<&ReviewItem> = numbers(&sent, "cluster")
        .into_iter()
        .filter_map(|id| queue.find(id))
        .filter(|(_, ignored)| ignored.is_none())
        .map(|(item, _)| item)
        .collect();
    if chosen.is_empty() {
        return Err(ChoiceError::NoWording.into());
    }
    let service = &admin.change_service;
    let next = match sent_field(&sent, "action") {
        "merge" => {
            let ids: Vec<i64> = chosen.iter().map(|item| item.cluster.id.0).collect();
            let into = merge_clusters(admin.store(), user.by(), &queue, &ids).await;
            format!("/admin/clusters/{}", into.map_err(refusal)?)
        }
        "ignore" => {
            for item in chosen {
                service.ignore(user.by(), item, None, true).await?;
            }
            "/admin/clusters".to_owned()
        }
        "mine" => {
            for item in chosen {
                let account = Some(user.account.name.clone());
                service.assign(user.by(), item, account).await?;
            }
            "/admin/clusters?show=mine".to_owned()
        }
        action => draft_of_many(&admin, &user, &sent, (action, &chosen)).await?,
    };
    admin.queue_cache.invalidate();
    Ok(Redirect::to(&next))
}

/// One draft for the wordings that each of the clusters proposes.
async fn draft_of_many(
    admin: &AdminState,
    user: &SignedInUser,
    sent: &SentFields,
    (action, chosen): (&str, &[&ReviewItem]),
) -> Result<String, AdminError> {
    let proposed: Vec<&ClusterWording> = chosen.iter().flat_map(|item| item.proposed()).collect();
    let texts = proposed
        .iter()
        .map(|wording| wording.text.clone())
        .collect();
    let intent = sent_field(sent, "intent").to_owned();
    let edit = match action {
        "out-of-scope" => ReviewEdit::OutOfScope { texts },
        "example" if intent.is_empty() => return Err(ChoiceError::NoIntent.into()),
        "example" => ReviewEdit::AddExamples { intent, texts },
        _ => return Err(AdminError::BadForm),
    };
    let questions = match sent_field(sent, "whole") {
        "yes" => chosen
            .iter()
            .flat_map(|item| item.cluster.questions.iter().copied())
            .collect(),
        _ => proposed
            .iter()
            .flat_map(|wording| wording.questions.iter().copied())
            .collect(),
    };
    let id = admin
        .change_service
        .draft(user.by(), &edit, questions)
        .await?;
    Ok(format!("/admin/changes/{id}"))
}

/// The ticked wordings leave the cluster, for another one or one of their own.
pub(super) async fn split(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: Result<Path<i64>, PathRejection>,
    FormInput(sent): FormInput<SentFields>,
) -> Result<Redirect, AdminError> {
    let Path(id) = id.map_err(|_| AdminError::NotFound)?;
    let queue = queue(&admin, &user).await?;
    let (item, _) = queue.find(id).ok_or(AdminError::NotFound)?;
    let turns = numbers(&sent, "said");
    let questions: Vec<i64> = item
        .wordings_of(&turns)
        .flat_map(|wording| wording.questions.iter().copied())
        .collect();
    let into = sent_field(&sent, "into").parse::<i64>().ok();
    let moved = move_questions(admin.store(), user.by(), &queue, &questions, into).await;
    let moved = moved.map_err(refusal)?;
    admin.queue_cache.invalidate();
    Ok(Redirect::to(&format!("/admin/clusters/{moved}")))
}

fn refusal(error: RegroupError) -> AdminError {
    match error {
        RegroupError::Store(error) => error.into(),
        RegroupError::Nothing => ChoiceError::NothingToMove.into(),
        RegroupError::Gone => AdminError::NotFound,
    }
}

/// What is done with all that are ticked.
pub(super) fn acts_on_many(admin: &AdminState) -> Markup {
    let engine = admin.bot.engine();
    html! {
        details.card {
            summary { "勾的几类一起处理" }
            p.acts {
                button type="submit" name="action" value="merge" { "合并成一类" } " "
                button type="submit" name="action" value="mine" { "交给我" } " "
                button type="submit" name="action" value="ignore" { "忽略" } " "
                button type="submit" name="action" value="out-of-scope" { "记为范围外" }
            }
            div.line {
                div.field.wide { (field("意图", html! {
                    select name="intent" {
                        option value="" selected { "请选一个意图" }
                        @for intent in without_menus(&engine.knowledge) { (option(intent)) }
                    }
                }, "每一类取它自己会勾的说法")) }
                button type="submit" name="action" value="example" { "加为它的例句" }
            }
            p.pick { label { input type="checkbox" name="whole" value="yes"; "其余说法也算处理了，不再列出" } }
        }
    }
}

/// The ticked wordings do not belong here.
pub(super) fn move_form(id: i64, others: &[(i64, String)]) -> Markup {
    html! {
        section.card {
            details {
                summary { "勾的说法不该在这一类" }
                div.line {
                    div.field.wide {
                        (field("移到", html! {
                            select name="into" {
                                option value="" { "单独成为新的一类" }
                                @for (other, wording) in others { option value=(other) { (text(wording)) } }
                            }
                        }, "单独成类的以后不会自动合并回来"))
                    }
                    button type="submit" formaction=(format!("/admin/clusters/{id}/split")) { "移走勾的说法" }
                }
            }
        }
    }
}
