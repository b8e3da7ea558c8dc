//! Search among hand-overs. In: words and where it stands. Out: a page of what was found. Must not know:
//! what an open one holds unmasked: only masked texts are searched.

use super::PATH;
use super::list::row;
use crate::admin::AdminState;
use crate::admin::html::{PageResult, field, page, text};
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::store::handover_list::ListedHandover;
use crate::store::handover_search::HandoverSearch;
use crate::store::records::HandoverStage;
use axum::extract::State;
use maud::{Markup, html};
use serde::Deserialize;

/// Hand-overs on one page.
const SHOWN: usize = 30;
/// Pages that can be turned.
const MOST_PAGES: usize = 1_000;
const STAGES: [(HandoverStage, &str, &str); 3] = [
    (HandoverStage::Waiting, "waiting", "等待接手"),
    (HandoverStage::Taken, "taken", "有人接待"),
    (HandoverStage::Closed, "closed", "已结束"),
];

#[derive(Deserialize)]
pub(in crate::admin::pages) struct SearchQuery {
    #[serde(default)]
    words: String,
    #[serde(default)]
    stage: String,
    #[serde(default)]
    page: usize,
}

pub(super) fn search_form(words: &str, stage: &str) -> Markup {
    html! {
        form.card method="get" action=(format!("{PATH}/search")) role="search" {
            div.line {
                div.field.wide { (field("找人工会话", html! {
                    input type="search" name="words" value=(text(words)) maxlength="100";
                }, "说过的话（打码之后的）、编号、客人或同事的名字")) }
                (field("状态", html! {
                    select name="stage" {
                        option value="" { "全部" }
                        @for (_, word, label) in STAGES { option value=(word) selected[word == stage] { (label) } }
                    }
                }, ""))
                button type="submit" { "搜索" }
            }
        }
    }
}

pub(in crate::admin::pages) async fn show(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(asked): FormInput<SearchQuery>,
) -> PageResult {
    let at = asked.page.min(MOST_PAGES);
    let search = HandoverSearch {
        words: asked.words.chars().take(100).collect(),
        stage: STAGES
            .into_iter()
            .find(|(_, word, _)| *word == asked.stage)
            .map(|(stage, ..)| stage),
        skip: i64::try_from(at * SHOWN).unwrap_or(i64::MAX),
    };
    let list = admin.store().handover_list();
    // one more says whether there is another page
    let found = list.search(&search, SHOWN as i64 + 1).await?;
    let body = html! {
        p { a href=(PATH) { "← 全部人工会话" } }
        (search_form(&search.words, &asked.stage))
        @match found {
            None => p.note.bad role="alert" { "找了两秒还没有找完，没有再找下去。请换长一点的词，或者选一个状态。" },
            Some(found) if found.is_empty() => p.soft { "没有找到。" },
            Some(found) => (results(&admin, &user, &asked, at, &found)),
        }
    };
    Ok(page(&user, PATH, "找人工会话", body))
}

fn results(
    admin: &AdminState,
    user: &SignedInUser,
    asked: &SearchQuery,
    at: usize,
    found: &[ListedHandover],
) -> Markup {
    let link = |page: usize| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("words", &asked.words)
            .append_pair("stage", &asked.stage)
            .append_pair("page", &page.to_string())
            .finish();
        format!("{PATH}/search?{query}")
    };
    html! {
        section.card { ul.queue { @for listed in found.iter().take(SHOWN) { (row(admin, user, listed)) } } }
        p {
            @if at > 0 { a.button href=(link(at - 1)) rel="prev" { "上一页" } " " }
            @if found.len() > SHOWN && at < MOST_PAGES { a.button href=(link(at + 1)) rel="next" { "下一页" } }
        }
    }
}
