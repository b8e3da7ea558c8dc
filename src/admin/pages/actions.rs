//! Actions on unanswered questions: the form that cluster and turn pages show, and the draft that
//! it creates.

use super::intents::{option, without_menus};
use super::regroup::move_form;
use crate::admin::error::ChoiceError;
use crate::admin::html::{field, form, text};
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::admin::{AdminError, AdminState};
use crate::review::edit::ReviewEdit;
use crate::review::question;
use crate::review::review_queue::ReviewQueue;
use crate::store::accounts::AccountRight;
use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use std::sync::Arc;
use wenlu_core::knowledge::IntentKind;
use wenlu_core::model::Candidate;

/// Up to this many wordings are shown without a fold.
const SHOWN: usize = 8;

/// Nearest intents shown.
pub(super) const NEAREST: usize = 3;
/// Keyboard shortcuts of a page with the form of [`actions_form`].
pub(super) const KEYS: [(&str, &str); 8] = [
    ("e", "加为例句"),
    ("n", "记为不属于"),
    ("o", "记为范围外"),
    ("s", "到意图的选择"),
    ("f", "按标题或例句找意图"),
    ("i", "忽略"),
    ("m", "交给我"),
    ("?", "打开或关闭这个说明"),
];

/// What the form offers to act on.
pub(super) struct ActionFormView {
    pub about: ActionFormSubject,
    pub said: Vec<WordingChoice>,
    /// Whether there are more wordings than are ticked.
    pub has_more: bool,
    /// Most confident first.
    pub nearest: Vec<Candidate>,
    /// Other clusters that wordings may be moved to: id and representative wording.
    pub others: Vec<(i64, String)>,
    pub gap: Option<String>,
}

/// A wording, and a turn in which it was said.
pub(super) struct WordingChoice {
    pub text: String,
    pub count: u64,
    pub chosen: bool,
    pub turn: i64,
}

#[derive(Clone, Copy)]
pub(super) enum ActionFormSubject {
    Cluster(i64),
    Turn(i64),
}

/// The form; for users without the reviewer role only the wordings.
pub(super) fn actions_form(
    admin: &AdminState,
    user: &SignedInUser,
    subject: &ActionFormView,
) -> Markup {
    let (name, id) = match subject.about {
        ActionFormSubject::Cluster(id) => ("cluster", id),
        ActionFormSubject::Turn(id) => ("turn", id),
    };
    html! {
        @if user.has(AccountRight::Review) {
            (form(user, "/admin/changes", html! {
                input type="hidden" name=(name) value=(id);
                section.card {
                    h2 { "哪些说法" }
                    @if subject.has_more { p.soft { "说法很多，先勾了最能代表的几种：够路由学会，又不会牵动别的。" } }
                    (wordings(subject))
                    @if subject.said.len() > 1 {
                        p.pick { label { input type="checkbox" name="whole" value="yes"; "没勾的也算处理了，不再列出" } }
                    }
                }
                section.card {
                    h2 { "怎么处理" }
                    p.soft { "先看改动和影响，再决定发不发布；这一步什么都不会改。" }
                    (to_intent(admin, subject))
                    p.acts { button type="submit" name="action" value="out-of-scope" data-key="o" { "记为范围外" } small { "谁都不该回答它" } }
                    (new_intent(admin))
                }
                @if let ActionFormSubject::Cluster(id) = subject.about { (move_form(id, &subject.others)) }
            }))
            script src="/admin/picker.js" type="module" {}
        } @else {
            section.card { h2 { "说法" } ul.rows { @for said in &subject.said { li { span.said { (text(&said.text)) } span.soft { (said.count) " 次" } } } } }
        }
    }
}

/// The fields of a form of which some may be sent more than once.
pub(super) type SentFields = Vec<(String, String)>;

/// The first field of that name; empty if there is none.
pub(super) fn sent_field<'f>(sent: &'f SentFields, name: &str) -> &'f str {
    let found = sent.iter().find(|(key, _)| key == name);
    found.map_or("", |(_, value)| value.trim())
}

/// The numbers in all fields of that name.
pub(super) fn numbers(sent: &SentFields, name: &str) -> Vec<i64> {
    let named = sent.iter().filter(|(key, _)| key == name);
    named.filter_map(|(_, value)| value.parse().ok()).collect()
}

/// The queue, for what is done with clusters.
pub(super) async fn queue(
    admin: &AdminState,
    user: &SignedInUser,
) -> Result<Arc<ReviewQueue>, AdminError> {
    admin.queue_cache.get_to_act(user.caller.now).await
}

/// Creates a draft from the form.
pub(super) async fn create_draft(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(sent): FormInput<SentFields>,
) -> Result<Redirect, AdminError> {
    let get = |name: &str| sent_field(&sent, name);
    let turns = numbers(&sent, "said");
    let whole = get("whole") == "yes";
    let (texts, questions) = match get("cluster").parse::<i64>() {
        Ok(cluster) => of_cluster(&admin, &user, cluster, &turns, whole).await?,
        Err(_) => of_turn(&admin, &turns).await?,
    };
    if texts.is_empty() {
        return Err(ChoiceError::NoWording.into());
    }
    let optional = |name: &str| Some(get(name).to_owned()).filter(|value| !value.is_empty());
    let intent = get("intent").to_owned();
    if intent.is_empty() && matches!(get("action"), "example" | "near-miss") {
        return Err(ChoiceError::NoIntent.into());
    }
    let edit = match get("action") {
        "example" => ReviewEdit::AddExamples { intent, texts },
        "near-miss" => ReviewEdit::AddNearMisses { intent, texts },
        "out-of-scope" => ReviewEdit::OutOfScope { texts },
        "new" => ReviewEdit::NewIntent {
            id: get("id").to_owned(),
            title: optional("title"),
            parent: optional("parent"),
            gap: get("kind") == "gap",
            texts,
        },
        _ => return Err(AdminError::BadForm),
    };
    let id = admin
        .change_service
        .draft(user.by(), &edit, questions)
        .await?;
    Ok(Redirect::to(&format!("/admin/changes/{id}")))
}

/// Ticked wordings first; a long list folds the others.
fn wordings(subject: &ActionFormView) -> Markup {
    let list = |chosen: Option<bool>| {
        let shown = subject
            .said
            .iter()
            .filter(move |said| chosen.is_none_or(|chosen| said.chosen == chosen));
        html! { ul.rows.pick { @for said in shown { (wording(said)) } } }
    };
    html! {
        @if subject.said.len() <= SHOWN { (list(None)) } @else {
            (list(Some(true)))
            details {
                summary { "其余 " (subject.said.iter().filter(|said| !said.chosen).count()) " 种说法" }
                (list(Some(false)))
            }
        }
    }
}

fn wording(said: &WordingChoice) -> Markup {
    html! {
        li {
            label {
                input type="checkbox" name="said" value=(said.turn) checked[said.chosen];
                span.said { (text(&said.text)) }
            }
            span.soft { (said.count) " 次　" a href=(format!("/admin/conversations/{}", said.turn)) { "前后文" } }
        }
    }
}

fn to_intent(admin: &AdminState, subject: &ActionFormView) -> Markup {
    let engine = admin.bot.engine();
    let gap = subject.gap.as_deref().map(|gap| (gap, None));
    let near: Vec<(&str, Option<f64>)> = subject
        .nearest
        .iter()
        .map(|near| (near.intent.as_str(), Some(near.confidence)))
        .chain(gap)
        .collect();
    let is_near = |id: &str| near.iter().any(|(near, _)| *near == id);
    let label = |id: &str| {
        engine
            .knowledge
            .intent(id)
            .map_or(id.to_owned(), |intent| intent.title.clone())
    };
    let others = without_menus(&engine.knowledge).filter(|intent| !is_near(&intent.id));
    html! {
        div.line {
            div.field.wide hidden {
                (field("按标题或例句找", html! { input #find-intent type="search" autocomplete="off" maxlength="100" data-key="f"; }, "点一个就选中"))
                ul.rows #found-intents role="status" {}
            }
            div.field.wide {
                (field("意图", html! {
                    select name="intent" data-key="s" {
                        @if near.is_empty() { option value="" selected { "请选一个意图" } }
                        @else { optgroup label="最接近的" { @for (id, confidence) in &near {
                            option value=(id) { (label(id)) " · " (id) @if let Some(sure) = confidence { " · 把握 " (format!("{sure:.2}")) } }
                        } } }
                        optgroup label="其他" { @for intent in others { (option(intent)) } }
                    }
                }, ""))
            }
            button.strong type="submit" name="action" value="example" data-key="e" { "加为它的例句" }
            button type="submit" name="action" value="near-miss" data-key="n" { "记为不属于它" }
        }
    }
}

fn new_intent(admin: &AdminState) -> Markup {
    let engine = admin.bot.engine();
    let menus = engine
        .knowledge
        .intents
        .iter()
        .filter(|intent| intent.kind == IntentKind::Menu);
    html! {
        details {
            summary { "新建一个意图" }
            div.line {
                div.field { (field("名字", html! { input name="id" maxlength="48" autocomplete="off" autocapitalize="none" spellcheck="false"; }, "小写英文字母、数字和 -，就是文件名")) }
                div.field.wide { (field("标题", html! { input name="title" maxlength="60" autocomplete="off"; }, "按钮上的文字；空着就用第一种说法")) }
            }
            div.line {
                div.field { (field("上级菜单", html! { select name="parent" { option value="" { "无" } @for menu in menus { option value=(menu.id) { (menu.title) } } } }, "")) }
                div.field { (field("有答案吗", html! { select name="kind" { option value="answer" { "有，接着写回复" } option value="gap" { "还没有资料" } } }, "")) }
                button type="submit" name="action" value="new" { "起草两个文件" }
            }
        }
    }
}

/// The chosen wordings of a cluster, with all questions that were worded so; with `whole`, all
/// questions of the cluster.
async fn of_cluster(
    admin: &AdminState,
    user: &SignedInUser,
    id: i64,
    turns: &[i64],
    whole: bool,
) -> Result<(Vec<String>, Vec<i64>), AdminError> {
    let board = queue(admin, user).await?;
    let (case, _) = board.find(id).ok_or(AdminError::NotFound)?;
    let chosen: Vec<_> = case.wordings_of(turns).collect();
    let questions = match whole {
        true => case.cluster.questions.clone(),
        false => chosen
            .iter()
            .flat_map(|wording| wording.questions.iter().copied())
            .collect(),
    };
    Ok((
        chosen.iter().map(|wording| wording.text.clone()).collect(),
        questions,
    ))
}

async fn of_turn(admin: &AdminState, turns: &[i64]) -> Result<(Vec<String>, Vec<i64>), AdminError> {
    let &[turn] = turns else {
        return Err(ChoiceError::NoWording.into());
    };
    let row = admin
        .store()
        .journal()
        .entry(turn)
        .await?
        .ok_or(AdminError::NotFound)?;
    Ok((vec![question(&row).to_owned()], vec![row.id]))
}
