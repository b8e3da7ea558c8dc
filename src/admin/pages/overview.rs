//! The overview: the knowledge in use, the result of the last edit, and the figures of the last
//! thirty days.

use super::draft_form::reason_field;
use super::draft_preview::flipped_tests;
use super::figures::{SERIES, bars, days, questions, solved, tiles};
use super::recovery;
use super::system::system;
use crate::admin::html::{PageResult, chat_link, form, page, text, time};
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::admin::plot::stacked;
use crate::admin::{AdminError, AdminState};
use crate::reload::{EditRefusal, KnowledgeStatus};
use crate::review::standing::{acceptance, open_failures, reason_of};
use crate::store::accounts::AccountRight;
use crate::store::reviews::ChangeState;
use crate::store::service_access::{SendingFault, SendingFaultKind};
use crate::store::{ClockDoubt, JournalWindow, UpkeepReport};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use wenlu_core::check::FailedTest;
use wenlu_core::model::Timestamp;

const TOP: i64 = 10;
/// Who may see hand-overs only is led to them.
pub(super) async fn show(
    State(admin): State<AdminState>,
    user: SignedInUser,
) -> Result<Response, AdminError> {
    if !user.has(AccountRight::Read) {
        return Ok(Redirect::to("/admin/inbox").into_response());
    }
    Ok(overview(admin, user).await?.into_response())
}

async fn overview(admin: AdminState, user: SignedInUser) -> PageResult {
    let status = admin.knowledge.borrow().clone();
    let days = days(&admin, user.caller.now);
    let since = days.first().map_or(Timestamp(0), |(_, from)| *from);
    let window = JournalWindow {
        since: Some(since),
        until: None,
    };
    let store = admin.store();
    let (outcomes, traffic, top, waits, ratings) = tokio::try_join!(
        store.stats().outcomes(since),
        store.stats().traffic(since),
        store.stats().top_questions(since, TOP),
        store.stats().handover_waits(window),
        store.ratings().counts(window)
    )?;
    let bars = bars(&days, &outcomes);
    let asked: u64 = bars.iter().flat_map(|bar| &bar.counts).sum();
    let failing = open_failures(store, &status.failing).await?;
    let codes = recovery::left(&admin, &user).await?;
    let body = html! {
        (recovery::warning(codes))
        (operators(&admin))
        (stopped_sending(&admin).await?)
        (upkeep(&admin))
        (knowledge(&admin, &status))
        (interrupted_publications(&admin).await?)
        (system(&admin, user.caller.now).await?)
        (failing_tests(&user, &status, &failing))
        @if asked == 0 {
            section.card.empty {
                h2 { "还没有人提问" }
                p { "到" (chat_link(&admin, "聊天页面")) "问上几句，或接上 Telegram；每一问都会记在这里。" }
            }
        } @else {
            (tiles(&bars, &traffic, &waits, ratings))
            section.card { (stacked("最近 30 天的提问", &SERIES, &bars)) }
            div.columns {
                section.card { h2 { "问得最多的" } (questions(&top)) }
                section.card { h2 { "各个意图的解决率" } (solved(&admin, &traffic)) }
            }
        }
    };
    Ok(page(&user, "/admin", "概览", body))
}

/// A warning if the operators' group is unreachable, and what to do about it.
fn operators(admin: &AdminState) -> Markup {
    html! {
        @if admin.bot.are_operators_unreachable() == Some(true) {
            section.card.bad {
                h2 { "联系不上客服群" }
                p { "机器人不在 WENLU_TELEGRAM_GROUP 指的群里，或不能在那里发言。现在转人工的客人会听到联系不上同事，由机器人继续回答。" }
                p { "请把机器人加进群（有话题的群请设为管理员），并检查群号；加好之后会自动恢复，不用重启。" }
            }
        }
    }
}

/// A warning for each account of WeChat that sends and cannot, and what to do about it.
async fn stopped_sending(admin: &AdminState) -> Result<Markup, AdminError> {
    let faults = admin.store().service_access().faults(TOP).await?;
    let own = faults
        .iter()
        .filter(|fault| admin.bot.sends_on(&fault.channel));
    Ok(html! {
        @for fault in own {
            @if fault.channel.starts_with("wecom:") {
                (wecom_cut_off(admin, fault))
            } @else { section.card.bad {
                h2 { "微信帐号 " (text(fault.channel.trim_start_matches("weixin:"))) " 现在不能主动发消息" }
                p { (time(admin, fault.since)) " 起：" (why_stopped(fault)) }
                p { "这期间照常在客人发来消息时回答；没发出去的话不会丢，客人发来下一条消息时一起送到，或恢复之后补发。" }
            } }
        }
    })
}

/// A warning that WeCom's customer service is cut off, and what to do about it.
fn wecom_cut_off(admin: &AdminState, fault: &SendingFault) -> Markup {
    let detail = text(&fault.detail);
    html! {
        section.card.bad {
            h2 { "微信客服（企业微信）断开了" }
            p { (time(admin, fault.since)) " 起："
                @match fault.kind {
                    SendingFaultKind::Unreachable => { "连不上企业微信的接口（" (detail) "）。请检查服务器的网络，恢复后会自动继续。" }
                    SendingFaultKind::AddressNotListed => { "服务器的 IP 不在企业可信 IP 里：请在管理后台里加上 " code { (detail) } "，几分钟内自动恢复。" }
                    SendingFaultKind::Account => { "企业微信不认这个企业 ID（" (detail) "）。请核对 WENLU_WECOM_CORP_ID。" }
                    SendingFaultKind::Secret | SendingFaultKind::Token => { "Secret 不对，或重置过（" (detail) "）。请在“微信客服 → API”里核对 WENLU_WECOM_SECRET，改好重启。" }
                    SendingFaultKind::NoRight => { "没有接口权限（" (detail) "）：请在“微信客服 → API”里把客服帐号交给 API 管理。" }
                    SendingFaultKind::DayQuota => { "接口次数用完了（" (detail) "）。" }
                }
            }
            p { "这期间收不到客人的消息，也发不出去；都不会丢，恢复之后接着收、接着发。" }
        }
    }
}

fn why_stopped(fault: &SendingFault) -> Markup {
    let detail = text(&fault.detail);
    match fault.kind {
        SendingFaultKind::Unreachable => {
            html! { "连不上微信的接口（" (detail) "）。请检查服务器的网络，恢复后会自动继续。" }
        }
        SendingFaultKind::Token => {
            html! { "微信不认刚发的令牌（" (detail) "）。多半有别的程序在强制刷新 stable_token（force_refresh）：让它别再强制，或停掉它。" }
        }
        SendingFaultKind::AddressNotListed => {
            html! { "服务器的 IP 不在白名单里：请在公众号后台“设置与开发 → 基本配置 → IP 白名单”里加上 " code { (detail) } "，几分钟内自动恢复。" }
        }
        SendingFaultKind::Account => {
            html! { "微信不认这个 AppID，或帐号被冻结（" (detail) "）。请核对 WENLU_WEIXIN_APPID。" }
        }
        SendingFaultKind::Secret => {
            html! { "AppSecret 不对，或被冻结、重置过（" (detail) "）。请在公众号后台核对 WENLU_WEIXIN_SECRET，改好重启。" }
        }
        SendingFaultKind::NoRight => {
            html! { "这个帐号没有客服消息的权限（" (detail) "）：没有认证的号请把 WENLU_WEIXIN_SEND 改回 passive。" }
        }
        SendingFaultKind::DayQuota => {
            html! { "今天的接口次数用完了（" (detail) "）。北京时间零点后自动恢复。" }
        }
    }
}

/// A warning if a sweep waits for a person, or the clock is in doubt, and what to do about it.
fn upkeep(admin: &AdminState) -> Markup {
    let UpkeepReport {
        asking,
        clock,
        journal,
        journal_asks,
    } = admin.store().retention().report();
    html! {
        @if let Some(plan) = asking {
            section.card.bad {
                h2 { "有一次清理等人确认" }
                p {
                    "按现在的时间（" (time(admin, plan.now)) "），对话记录里到期要删的有 " b { (plan.asking_rows()) }
                    " 行，比平时多得多，所以一行都没有删。可能是服务器的时钟不对、停机太久，或 WENLU_RETENTION 改短了。"
                }
                p { "请先核对时钟，再在服务器上运行 " code { "wenlu store sweep" } " 看会删什么；确实要删，加上 " code { "--yes" } "。" }
            }
        }
        @if let Some((size, max)) = journal.filter(|size| size.is_near()).and_then(|size| Some((size, size.max?))) {
            section.card.bad {
                h2 { @if journal_asks { "对话记录远超上限，等人确认" } @else { "对话记录快到上限了" } }
                p {
                    "已用 " b { (megabytes(size.bytes)) " MB" } "，上限 " (megabytes(max)) " MB（WENLU_JOURNAL_MAX）。"
                    @if journal_asks {
                        "一次要删的太多，所以先没有删：请调大上限，或在服务器上运行 " code { "wenlu store sweep" } " 看过后加 " code { "--yes" } "。"
                    } @else {
                        "到了上限，会从最早的已答对话删起，没答上、等着处理的放在最后。想多留些，请调大上限。"
                    }
                }
            }
        }
        @if let Some(doubt) = clock {
            section.card.bad {
                h2 { "服务器的时钟可能不对" }
                p {
                    @match doubt {
                        ClockDoubt::Jumped { seconds } => { "运行中时间被拨动了 " (seconds) " 秒。" }
                        ClockDoubt::Behind { seconds } => { "现在的时间比数据库里最新的记录还早 " (seconds) " 秒。" }
                        ClockDoubt::Ahead { seconds } => { "最新的记录是 " (seconds / 86_400) " 天前的：要么服务停了这么久，要么时钟走快了。" }
                    }
                    "请核对服务器的时间（例如 " code { "timedatectl" } "）。"
                }
            }
        }
    }
}

fn megabytes(bytes: u64) -> u64 {
    bytes / (1_024 * 1_024)
}

/// The version that the user saw, and why its failing tests are acceptable.
#[derive(Deserialize)]
pub(super) struct AcceptTestsForm {
    #[serde(default)]
    version: String,
    #[serde(default)]
    reason: String,
}

/// Accepts the failing tests of the knowledge in use.
pub(super) async fn accept(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(AcceptTestsForm { version, reason }): FormInput<AcceptTestsForm>,
) -> Result<Redirect, AdminError> {
    let status = admin.knowledge.borrow().clone();
    let reason = reason_of(&reason)?;
    let failing = open_failures(admin.store(), &status.failing).await?;
    if status.version != version || failing.is_empty() {
        return Err(AdminError::KnowledgeChanged);
    }
    admin
        .store()
        .knowledge()
        .accept_tests(user.by(), acceptance(&reason, &failing))
        .await?;
    Ok(Redirect::to("/admin"))
}

/// Failing tests of the knowledge in use that nobody has accepted.
fn failing_tests(user: &SignedInUser, status: &KnowledgeStatus, failing: &[FailedTest]) -> Markup {
    html! {
        @if !failing.is_empty() {
            section.card.bad {
                h2 { "有 " (failing.len()) " 条测试不过" }
                p { "知识照常使用。请改好这些意图（例句、not 或测试本身）；如果本来就该这样，可以认可，就不再提醒。" }
                (flipped_tests(failing))
                @if user.has(AccountRight::Change) {
                    details {
                        summary { "认可这些变化" }
                        (form(user, "/admin/tests/accept", html! {
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
fn knowledge(admin: &AdminState, status: &KnowledgeStatus) -> Markup {
    let (since, kept) = (status.loaded_at, status.kept_since);
    let engine = admin.bot.engine();
    let unwritten = engine
        .knowledge
        .intents
        .iter()
        .filter(|intent| intent.unwritten)
        .count();
    html! {
        section.card.(if status.refused.is_some() { "bad" } else { "good" }) {
            h2 {
                @if kept.is_some() { "知识：启动时文件有误，正在用上一次正确的" }
                @else if status.refused.is_some() { "知识：最近一次修改没有生效" }
                @else { "知识：正常" }
            }
            @if let Some(at) = kept {
                p { "现在回答用的是数据库里留着的、" (time(admin, at)) " 生效的那一版。磁盘上的文件" @if admin.config.hot_reload { "改好保存后会自动生效。" } @else { "改好之后，重启生效。" } }
            }
            p {
                "正在使用版本 " code { (status.version) } "，" (time(admin, since)) " 起，共 "
                a href="/admin/intents" { (engine.knowledge.intents.len()) " 个意图" } "。"
            }
            @if unwritten > 0 {
                p { b { (unwritten) } " 个意图还没有写回复，写好之前按没有资料处理：" a href="/admin/intents" { "看是哪些" } "。" }
            }
            @if let Some(refused) = &status.refused { (refusal(refused)) }
        }
    }
}

/// Interrupted publications that conflict with edits by hand, until their drafts are published or
/// discarded; and files saved by hand that could not be put back.
async fn interrupted_publications(admin: &AdminState) -> Result<Markup, AdminError> {
    let mut open = Vec::new();
    for aside in admin.change_service.all_aside() {
        let draft = match aside.draft {
            Some(id) => admin.store().reviews().change(id).await?,
            None => None,
        };
        let is_open = draft
            .as_ref()
            .is_none_or(|draft| draft.state == ChangeState::Draft);
        if is_open {
            open.push((aside, draft));
        }
    }
    let kept = admin.change_service.all_kept();
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

fn refusal(refused: &EditRefusal) -> Markup {
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
