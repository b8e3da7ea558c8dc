//! The overview: the knowledge in use, the result of the last edit, and the figures of the last
//! thirty days.

use super::draft::reason_field;
use super::effect::turned_tests;
use crate::admin::html::{self, Page, form, page, text, time};
use crate::admin::plot::{Bar, stacked};
use crate::admin::visitor::{Sent, Visitor};
use crate::admin::{Admin, AdminError};
use crate::check::FailedTest;
use crate::message::Timestamp;
use crate::reload::{Refusal, Status};
use crate::review::standing::{acceptance, open_failures, reason_of};
use crate::store::accounts::Role;
use crate::store::figures::{Counted, Tally, Traffic};
use crate::store::records::Outcome;
use crate::store::reviews::State as ChangeState;
use axum::extract::State;
use axum::response::Redirect;
use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;
use std::time::{SystemTime, UNIX_EPOCH};

const DAYS: i32 = 30;
const TOP: i64 = 10;
/// Intents in the table of solved rates.
const INTENTS: usize = 12;
/// Outcomes of a question, in the order in which the chart stacks them.
const SERIES: [&str; 4] = ["回答", "反问", "没答上来", "转人工"];

pub async fn show(State(admin): State<Admin>, visitor: Visitor) -> Page {
    let status = admin.knowledge.borrow().clone();
    let days = days(&admin, visitor.caller.now);
    let since = days.first().map_or(Timestamp(0), |(_, from)| *from);
    let store = admin.store();
    let (outcomes, traffic, top, waits) = tokio::try_join!(
        store.outcomes(since),
        store.traffic(since),
        store.top_questions(since, TOP),
        store.waits(since)
    )?;
    let bars = bars(&days, &outcomes);
    let asked: u64 = bars.iter().flat_map(|bar| &bar.counts).sum();
    let failing = open_failures(store, &status.failing).await?;
    let body = html! {
        (operators(&admin))
        (knowledge(&admin, &status))
        (cut_short(&admin).await?)
        (failing_tests(&visitor, &status, &failing))
        @if asked == 0 {
            section.card.empty {
                h2 { "还没有人提问" }
                p { "到" a href="/" { "聊天页面" } "问上几句，或接上 Telegram；每一问都会记在这里。" }
            }
        } @else {
            (tiles(&bars, &traffic, &waits))
            section.card { (stacked("最近 30 天的提问", &SERIES, &bars)) }
            div.columns {
                section.card { h2 { "问得最多的" } (questions(&top)) }
                section.card { h2 { "各个意图的解决率" } (solved(&admin, &traffic)) }
            }
        }
    };
    Ok(page(&visitor, "/admin", "概览", body))
}

/// A warning if the operators' group is unreachable, and what to do about it.
fn operators(admin: &Admin) -> Markup {
    html! {
        @if admin.bot.are_people_lost() == Some(true) {
            section.card.bad {
                h2 { "联系不上客服群" }
                p { "机器人不在 WENLU_TELEGRAM_GROUP 指的群里，或不能在那里发言。现在转人工的客人会听到联系不上同事，由机器人继续回答。" }
                p { "请把机器人加进群（有话题的群请设为管理员），并检查群号；加好之后会自动恢复，不用重启。" }
            }
        }
    }
}

/// The version that the user saw, and why its failing tests are acceptable.
#[derive(Deserialize)]
pub struct ToAccept {
    #[serde(default)]
    version: String,
    #[serde(default)]
    reason: String,
}

/// Accepts the failing tests of the knowledge in use.
pub async fn accept(
    State(admin): State<Admin>,
    visitor: Visitor,
    Sent(ToAccept { version, reason }): Sent<ToAccept>,
) -> Result<Redirect, AdminError> {
    let status = admin.knowledge.borrow().clone();
    let reason = reason_of(&reason)?;
    let failing = open_failures(admin.store(), &status.failing).await?;
    if status.version != version || failing.is_empty() {
        return Err(AdminError::Moved);
    }
    admin.store().accept_tests(visitor.by(), acceptance(&reason, &failing)).await?;
    Ok(Redirect::to("/admin"))
}

/// Failing tests of the knowledge in use that nobody has accepted.
fn failing_tests(visitor: &Visitor, status: &Status, failing: &[FailedTest]) -> Markup {
    html! {
        @if !failing.is_empty() {
            section.card.bad {
                h2 { "有 " (failing.len()) " 条测试不过" }
                p { "知识照常使用。请改好这些意图（例句、not 或测试本身）；如果本来就该这样，可以认可，就不再提醒。" }
                (turned_tests(failing))
                @if visitor.may(Role::Operator) {
                    details {
                        summary { "认可这些变化" }
                        (form(visitor, "/admin/tests/accept", html! {
                            input type="hidden" name="version" value=(status.version);
                            (reason_field())
                            p.acts { button type="submit" { "认可" } small { "以后回答再变，会重新提醒" } }
                        }))
                    }
                }
            }
        }
    }
}

/// The version in use, since when, and why the last edit was refused.
fn knowledge(admin: &Admin, status: &Status) -> Markup {
    let (since, kept) = (timestamp(status.loaded_at), status.kept_since.map(timestamp));
    let brain = admin.bot.brain();
    let unwritten = brain.knowledge.intents.iter().filter(|intent| intent.unwritten).count();
    html! {
        section.card.(if status.refused.is_some() { "bad" } else { "good" }) {
            h2 {
                @if kept.is_some() { "知识：启动时文件有误，正在用上一次正确的" }
                @else if status.refused.is_some() { "知识：最近一次修改没有生效" }
                @else { "知识：正常" }
            }
            @if let Some(at) = kept {
                p { "现在回答用的是数据库里留着的、" (time(admin, at)) " 生效的那一版。磁盘上的文件" @if admin.reloads { "改好保存后会自动生效。" } @else { "改好之后，重启生效。" } }
            }
            p {
                "正在使用版本 " code { (status.version) } "，" (time(admin, since)) " 起，共 "
                a href="/admin/intents" { (brain.knowledge.intents.len()) " 个意图" } "。"
            }
            @if unwritten > 0 {
                p { b { (unwritten) } " 个意图还没有写回复，写好之前按没有资料处理：" a href="/admin/intents" { "看是哪些" } "。" }
            }
            @if let Some(refused) = &status.refused { (refusal(refused)) }
        }
    }
}

fn timestamp(time: SystemTime) -> Timestamp {
    let millis = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    Timestamp(i64::try_from(millis).unwrap_or(i64::MAX))
}

/// Interrupted publications that conflict with edits by hand, until their drafts are published or
/// discarded; and files saved by hand that could not be put back.
async fn cut_short(admin: &Admin) -> Result<Markup, AdminError> {
    let mut open = Vec::new();
    for aside in admin.workshop.all_aside() {
        let draft = match aside.draft {
            Some(id) => admin.store().change(id).await?,
            None => None,
        };
        let is_open = draft.as_ref().is_none_or(|draft| draft.state == ChangeState::Draft);
        if is_open {
            open.push((aside, draft));
        }
    }
    let kept = admin.workshop.all_kept();
    Ok(html! {
        @if !kept.is_empty() {
            section.card.bad {
                h2 { "有手工保存的内容没能放回原处" }
                p { "发布的时候，正好有人也在改同一个文件。下面这些是当时存下的，请看过，把要的抄回去，再删掉；之后这里就不再提醒。" }
                ul.places { @for path in &kept { li { code { (text(&path.to_string_lossy())) } } } }
            }
        }
        @for (aside, draft) in &open {
            section.card.bad {
                h2 { "有一次发布中途停了，又与手工修改冲突" }
                p {
                    "涉及 " @for path in &aside.paths { code { (text(path)) } " " }
                    "。手工改的都留着，其余恢复原样，没有发布。"
                    @match draft {
                        Some(draft) => {
                            "请打开" a href=(format!("/admin/changes/{}", draft.id)) { "草稿 #" (draft.id) " " (text(&draft.summary)) }
                            "，在现在的文件上重做，或者放弃；之后这里就不再提醒。"
                        }
                        None => { "看过之后，删掉下面的文件，这里就不再提醒。" }
                    }
                }
                p.soft { "原来要写的内容在 " code { (aside.file) } "。" }
            }
        }
    })
}

fn refusal(refused: &Refusal) -> Markup {
    html! {
        p {
            "磁盘上的文件（版本 " code { (refused.version) } "）有 " b { (refused.errors.len()) }
            " 处错误，所以没有采用；上面的版本继续回答，不受影响。改好保存后会自动生效。"
        }
        ul.places {
            @for error in &refused.errors {
                li { code { (error.place.file) ":" (error.place.line) ":" (error.place.column) } " " (text(&error.message)) }
            }
        }
        pre tabindex="0" aria-label="错误所在的行" { (text(&refused.quote())) }
    }
}

fn tiles(bars: &[Bar], traffic: &[Traffic], waits: &[i64]) -> Markup {
    let sum = |series: usize| bars.iter().filter_map(|bar| bar.counts.get(series)).sum::<u64>();
    let [answered, clarified, silent, people] = [0, 1, 2, 3].map(sum);
    let asked = (answered + clarified + silent).max(1) as f64;
    let part = |count: u64| crate::wording::percent(count as f64 / asked);
    let all = traffic.iter().fold(Traffic::default(), |sum, one| Traffic {
        solved: sum.solved + one.solved,
        unsolved: sum.unsolved + one.unsolved,
        ..sum
    });
    let tile = |label: &str, value: String, more: String| {
        html! { div { dt { (label) } dd { b { (value) } small { (more) } } } }
    };
    html! {
        dl.tiles {
            (tile("提问", (answered + clarified + silent).to_string(), format!("最近 {DAYS} 天")))
            (tile("回答", part(answered), format!("{answered} 次")))
            (tile("反问", part(clarified), format!("{clarified} 次")))
            (tile("没答上来", part(silent), format!("{silent} 次")))
            (tile("转人工", people.to_string(), format!("次，最近 {DAYS} 天")))
            (tile("解决率", all.solved_rate().map_or_else(|| "—".to_owned(), crate::wording::percent), format!("{} 人说过有没有用", all.solved + all.unsolved)))
            (tile("等人的时间", median(waits).map_or_else(|| "—".to_owned(), span), "中位数".to_owned()))
        }
    }
}

fn questions(top: &[Tally]) -> Markup {
    html! {
        ol.tally {
            @for Tally { what, count } in top {
                li { a href=(link(what)) { (text(what)) } span.number { (count) " 次" } }
            }
        }
    }
}

fn solved(admin: &Admin, traffic: &[Traffic]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="各个意图的解决率" {
            table {
                thead { tr { th scope="col" { "意图" } th.number scope="col" { "出现" } th scope="col" { "解决率" } } }
                tbody {
                    @for one in traffic.iter().take(INTENTS) {
                        tr { td { (html::intent(admin, &one.intent)) } td.number { (one.shown) } td { (html::share(one.solved_rate())) } }
                    }
                }
            }
        }
        @if traffic.is_empty() { p.soft { "还没有哪个意图被问到。" } }
    }
}

/// The journal's search for a text.
fn link(what: &str) -> String {
    format!("/admin/journal?{}", form_urlencoded::Serializer::new(String::new()).append_pair("text", what).finish())
}

/// The last `DAYS` days up to today, each with the time at which it begins.
fn days(admin: &Admin, now: Timestamp) -> Vec<(Date, Timestamp)> {
    let zone = &admin.timezone;
    let today = jiff::Timestamp::from_millisecond(now.0).unwrap_or_default().to_zoned_datetime(zone.clone()).date();
    let begins = |date: Date| {
        date.to_zoned_datetime(zone.clone()).ok().map(|at| (date, Timestamp(at.timestamp().as_millisecond())))
    };
    (0..DAYS).rev().filter_map(|ago| today.checked_sub(ago.days()).ok().and_then(begins)).collect()
}

fn bars(days: &[(Date, Timestamp)], outcomes: &[Counted]) -> Vec<Bar> {
    let mut bars: Vec<Bar> = days
        .iter()
        .map(|(date, _)| Bar { label: date.strftime("%m-%d").to_string(), counts: vec![0; SERIES.len()] })
        .collect();
    for counted in outcomes {
        let day = days.partition_point(|(_, from)| *from <= counted.at).checked_sub(1);
        if let Some((bar, series)) = day.and_then(|day| bars.get_mut(day)).zip(series(counted.outcome))
            && let Some(count) = bar.counts.get_mut(series)
        {
            *count += counted.count;
        }
    }
    bars
}

/// Index of an outcome in [`SERIES`]; `None` if it is not the answer to a question.
fn series(outcome: Outcome) -> Option<usize> {
    match outcome {
        Outcome::Answered | Outcome::FollowUp => Some(0),
        Outcome::Clarified | Outcome::Menu => Some(1),
        Outcome::Unknown | Outcome::Gap => Some(2),
        Outcome::Human => Some(3),
        _ => None,
    }
}

fn median(sorted: &[i64]) -> Option<i64> {
    let middle = sorted.len() / 2;
    let above = sorted.get(middle)?;
    let below = if sorted.len().is_multiple_of(2) { sorted.get(middle - 1)? } else { above };
    Some(below + (above - below) / 2)
}

fn span(millis: i64) -> String {
    match millis / 1_000 {
        seconds @ ..60 => format!("{seconds} 秒"),
        seconds @ 60..3_600 => format!("{} 分钟", seconds / 60),
        seconds => format!("{:.1} 小时", seconds as f64 / 3_600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_their_words() {
        assert_eq!([median(&[]), median(&[7]), median(&[1, 3]), median(&[1, 2, 9])], [None, Some(7), Some(2), Some(2)]);
        assert_eq!([span(59_999), span(60_000), span(5_400_000)], ["59 秒", "1 分钟", "1.5 小时"]);
    }
}
