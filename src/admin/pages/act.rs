//! Actions on unanswered questions: the form that cluster and turn pages show, and the draft that
//! it creates.

use super::clusters;
use crate::admin::html::{self, field, form, text};
use crate::admin::visitor::{Sent, Visitor};
use crate::admin::work::Boards;
use crate::admin::{Admin, AdminError};
use crate::knowledge::Kind;
use crate::review::edit::Edit;
use crate::review::question;
use crate::router::Candidate;
use crate::store::accounts::Role;
use crate::text::normalize::normalize;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Redirect;
use maud::{Markup, html};

/// Up to this many wordings are shown without a fold.
const SHOWN: usize = 8;

/// What the form offers to act on.
pub struct Subject {
    pub about: About,
    pub said: Vec<Said>,
    /// Whether the wordings that are not ticked are marked as handled too; the box's default.
    pub whole: bool,
    /// Most confident first.
    pub nearest: Vec<Candidate>,
    pub gap: Option<String>,
}

/// A wording, and a turn in which it was said.
pub struct Said {
    pub text: String,
    pub count: u64,
    pub chosen: bool,
    pub turn: i64,
}

#[derive(Clone, Copy)]
pub enum About {
    Cluster(i64),
    Turn(i64),
}

/// The form; for users without the reviewer role only the wordings.
pub fn actions(admin: &Admin, visitor: &Visitor, subject: &Subject) -> Markup {
    let (name, id) = match subject.about {
        About::Cluster(id) => ("cluster", id),
        About::Turn(id) => ("turn", id),
    };
    html! {
        @if visitor.may(Role::Reviewer) {
            (form(visitor, "/admin/changes", html! {
                input type="hidden" name=(name) value=(id);
                section.card {
                    h2 { "哪些说法" }
                    @if subject.whole { p.soft { "说法很多，先勾了最能代表的几种：够路由学会，又不会牵动别的。" } }
                    (wordings(subject))
                    @if subject.said.len() > 1 {
                        p.pick { label { input type="checkbox" name="whole" value="yes" checked[subject.whole]; "没勾的也算处理了，不再列出" } }
                    }
                }
                section.card {
                    h2 { "怎么处理" }
                    p.soft { "先看改动和影响，再决定发不发布；这一步什么都不会改。" }
                    (to_intent(admin, subject))
                    p.acts { button type="submit" name="action" value="out-of-scope" data-key="o" { "记为范围外" } small { "谁都不该回答它" } }
                    (new_intent(admin))
                }
            }))
        } @else {
            section.card { h2 { "说法" } ul.rows { @for said in &subject.said { li { span.said { (text(&said.text)) } span.soft { (said.count) " 次" } } } } }
        }
    }
}

/// Creates a draft from the form.
pub async fn make(
    State(admin): State<Admin>,
    visitor: Visitor,
    Sent(sent): Sent<Vec<(String, String)>>,
) -> Result<Redirect, AdminError> {
    let get = |name: &str| sent.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim()).unwrap_or_default();
    let turns: Vec<i64> =
        sent.iter().filter(|(key, _)| key == "said").filter_map(|(_, value)| value.parse().ok()).collect();
    let whole = get("whole") == "yes";
    let (texts, questions) = match get("cluster").parse::<i64>() {
        Ok(cluster) => of_cluster(&admin, &visitor, cluster, &turns, whole).await?,
        Err(_) => of_turn(&admin, &turns).await?,
    };
    if texts.is_empty() {
        return Err(AdminError::NothingChosen);
    }
    let optional = |name: &str| Some(get(name).to_owned()).filter(|value| !value.is_empty());
    let intent = get("intent").to_owned();
    let edit = match get("action") {
        "example" => Edit::AddExamples { intent, texts },
        "near-miss" => Edit::AddNearMisses { intent, texts },
        "out-of-scope" => Edit::OutOfScope { texts },
        "new" => Edit::NewIntent {
            id: get("id").to_owned(),
            title: optional("title"),
            parent: optional("parent"),
            gap: get("kind") == "gap",
            texts,
        },
        _ => return Err(AdminError::BadForm),
    };
    let id = admin.workshop.draft(visitor.by(), &edit, questions).await?;
    Ok(Redirect::to(&format!("/admin/changes/{id}")))
}

/// Ticked wordings first; a long list folds the others.
fn wordings(subject: &Subject) -> Markup {
    let list = |chosen: Option<bool>| {
        let shown = subject.said.iter().filter(move |said| chosen.is_none_or(|chosen| said.chosen == chosen));
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

fn wording(said: &Said) -> Markup {
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

fn to_intent(admin: &Admin, subject: &Subject) -> Markup {
    let brain = admin.bot.brain();
    let near: Vec<&str> =
        subject.nearest.iter().map(|near| near.intent.as_str()).chain(subject.gap.as_deref()).collect();
    let label = |id: &str| brain.knowledge.intent(id).map_or(id.to_owned(), |intent| intent.title.clone());
    let others = brain.knowledge.intents.iter().filter(|intent| intent.kind != Kind::Menu);
    let others = others.filter(|intent| !near.contains(&intent.id.as_str()));
    html! {
        div.line {
            div.field.wide {
                (field("意图", html! {
                    select name="intent" data-key="s" {
                        @if !near.is_empty() { optgroup label="最接近的" { @for id in &near { option value=(id) { (label(id)) " · " (id) } } } }
                        optgroup label="其他" { @for intent in others { option value=(intent.id) { (intent.title) " · " (intent.id) } } }
                    }
                }, ""))
            }
            button.strong type="submit" name="action" value="example" data-key="e" { "加为它的例句" }
            button type="submit" name="action" value="near-miss" data-key="n" { "记为不属于它" }
        }
    }
}

fn new_intent(admin: &Admin) -> Markup {
    let brain = admin.bot.brain();
    let menus = brain.knowledge.intents.iter().filter(|intent| intent.kind == Kind::Menu);
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
    admin: &Admin,
    visitor: &Visitor,
    id: i64,
    turns: &[i64],
    whole: bool,
) -> Result<(Vec<String>, Vec<i64>), AdminError> {
    let board = Boards::get(admin, visitor.caller.now).await?.ok_or(AdminError::Busy)?;
    let (case, _) = board.find(id).ok_or(AdminError::NotFound)?;
    let chosen: Vec<_> = case.wordings_of(turns).collect();
    let questions = match whole {
        true => case.cluster.questions.clone(),
        false => chosen.iter().flat_map(|wording| wording.questions.iter().copied()).collect(),
    };
    Ok((chosen.iter().map(|wording| wording.text.clone()).collect(), questions))
}

async fn of_turn(admin: &Admin, turns: &[i64]) -> Result<(Vec<String>, Vec<i64>), AdminError> {
    let &[turn] = turns else { return Err(AdminError::NothingChosen) };
    let row = admin.store().entry(turn).await?.ok_or(AdminError::NotFound)?;
    Ok((vec![question(&row).to_owned()], vec![row.id]))
}

/// The page of one turn: its question with the form.
pub async fn turn(State(admin): State<Admin>, visitor: Visitor, id: Result<Path<i64>, PathRejection>) -> html::Page {
    let Path(id) = id.map_err(|_| AdminError::NotFound)?;
    let row = admin.store().entry(id).await?.ok_or(AdminError::NotFound)?;
    let asked = question(&row).to_owned();
    if normalize(&asked).is_empty() {
        return Err(AdminError::NotFound);
    }
    let routed = admin.bot.brain().router.route(&asked);
    let subject = Subject {
        about: About::Turn(id),
        said: vec![Said { text: asked, count: 1, chosen: true, turn: id }],
        whole: false,
        nearest: routed.candidates.into_iter().take(clusters::NEAREST).collect(),
        gap: routed.gap,
    };
    let body = html! {
        p.soft { "原来的结果：" (html::ended(&row.entry)) @if let Some(intent) = &row.entry.intent { "　" (html::intent(&admin, intent)) } }
        (actions(&admin, &visitor, &subject))
        (super::questions::keys(&clusters::KEYS))
    };
    Ok(html::page(&visitor, "/admin/clusters", "处理一问", body))
}
