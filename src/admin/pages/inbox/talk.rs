//! One conversation with a hand-over: all that was said, and what can be done.

use super::fragments::{
    can_send, channel_label, form_id, live_state, note_presence, stage_tag, who,
};
use super::learn::learn_form;
use super::presence_view::presence_line;
use super::snooze_view::{snooze_form, snooze_tag};
use super::{HandoverPath, PATH};
use crate::admin::html::{PageResult, form, keys, page, text, time};
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::admin::{AdminError, AdminState};
use crate::store::identities::KnownVisitor;
use crate::store::records::{HandoverMessage, HandoverRecord, HandoverStage, TranscriptAuthor};
use axum::extract::{Path, State};
use maud::{Markup, html};
use serde::Deserialize;
use wenlu_core::model::MessageFile;

/// Messages that are shown; of more, the last.
pub(super) const MOST_MESSAGES: i64 = 500;
/// Characters of what an operator writes.
pub(super) const MOST_CHARS: usize = 2_000;

const KEYS: [(&str, &str); 5] = [
    ("r", "写回复"),
    ("n", "写内部备注"),
    ("t", "接手"),
    ("Ctrl + Enter", "发出正在写的"),
    ("/", "在回复里：找常用回复；↑ ↓ 选，Enter 插入，Esc 收起"),
];

/// Why an operator ends a hand-over. After the first one the asker is asked whether it is solved.
pub(super) const REASONS: [&str; 4] = ["已解决", "客人没有回应", "转到别处处理", "无需处理"];

#[derive(Deserialize)]
pub(in crate::admin::pages) struct PartQuery {
    #[serde(default)]
    after: i64,
}

/// The hand-over with the number in the address.
pub(super) async fn handover(
    admin: &AdminState,
    id: HandoverPath,
) -> Result<HandoverRecord, AdminError> {
    let Path(id) = id.map_err(|_| AdminError::NotFound)?;
    let found = admin.store().handover_list().find(id).await?;
    found.ok_or(AdminError::NotFound)
}

pub(in crate::admin::pages) async fn show(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: HandoverPath,
) -> PageResult {
    let handover = handover(&admin, id).await?;
    note_presence(&admin, &user, user.caller.now).await;
    let list = admin.store().handover_list();
    let messages = list
        .messages(&handover.conversation, 0, MOST_MESSAGES)
        .await?;
    let extras = TalkExtras::of(&admin, &user, &handover, Some(&messages)).await?;
    let (path, form_id) = (format!("{PATH}/{}", handover.number), form_id()?);
    let subject = (handover.number, handover.conversation.as_str());
    let doing = presence_line(&admin, &user, subject).await?;
    let body = html! {
        p { a href=(PATH) { "← 全部人工会话" } }
        (live_state())
        div #conversation data-live=(PATH) data-path=(path) data-number=(handover.number)
            data-account=(user.account.name) {
            (state(&admin, &user, &handover, (&form_id, &extras)))
            section.card {
                @if messages.len() as i64 >= MOST_MESSAGES { p.soft { "只显示最后 500 条。" } }
                div role="log" aria-label="对话" {
                    ol.talk #said data-seq=(handover.seq) {
                        @for message in &messages { (said(&admin, &user, message)) }
                    }
                }
            }
            (doing)
            (reply_form(&admin, &user, &handover, &form_id, ""))
            @if can_send(&admin, &handover) { (file_form(&handover)) }
            (canned(&admin, &user, &handover))
            (note_form(&user, &handover, &form_id))
        }
        (keys(&KEYS))
        script src="/admin/inbox.js" type="module" {}
    };
    Ok(page(&user, PATH, &who(&handover), body))
}

/// What is new since a message, and where the hand-over stands, for a page that is open.
pub(in crate::admin::pages) async fn part(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: HandoverPath,
    FormInput(query): FormInput<PartQuery>,
) -> PageResult {
    let handover = handover(&admin, id).await?;
    let list = admin.store().handover_list();
    let messages = list
        .messages(&handover.conversation, query.after, MOST_MESSAGES)
        .await?;
    let last = messages.last().map_or(query.after, |message| message.seq);
    let extras = TalkExtras::of(&admin, &user, &handover, None).await?;
    let form_id = form_id()?;
    Ok(html! {
        (state(&admin, &user, &handover, (&form_id, &extras)))
        ol #said data-seq=(last) { @for message in &messages { (said(&admin, &user, message)) } }
    })
}

fn said(admin: &AdminState, user: &SignedInUser, message: &HandoverMessage) -> Markup {
    let account = message.account.as_str();
    let (class, by) = match message.author {
        TranscriptAuthor::Asker => ("asker", "客人".to_owned()),
        TranscriptAuthor::Bot => ("bot", "机器人".to_owned()),
        TranscriptAuthor::Colleague if account == user.account.name => ("own", "我".to_owned()),
        TranscriptAuthor::Colleague if account.is_empty() => ("own", "同事".to_owned()),
        TranscriptAuthor::Colleague => ("own", text(account)),
        TranscriptAuthor::Note => ("inward", format!("内部备注 · {}", text(account))),
        TranscriptAuthor::System => ("system", String::new()),
    };
    html! {
        li class=(class) data-seq=(message.seq) {
            div.soft { (by) @if !by.is_empty() { "　" } (time(admin, message.at)) }
            @match &message.file {
                Some(file) => div.said {
                    (attached(file))
                    // what stands below a picture; without it the kind stands for the file
                    @if message.body != file.kind().bracketed() { p { (text(&message.body)) } }
                },
                None => div.said { (text(&message.body)) },
            }
        }
    }
}

/// A picture in the talk, or a file to be saved.
fn attached(file: &MessageFile) -> Markup {
    let path = format!("{PATH}/files/{}", file.id);
    html! {
        @if file.width > 0 {
            a href=(path) target="_blank" rel="noopener" {
                img.sent src=(path) alt="图片" width=(file.width) height=(file.height) loading="lazy";
            }
        } @else {
            a href=(path) download=(file.name) { (text(&file.name)) } " "
            span.soft { (file.size.div_euclid(1_024) + 1) " KB" }
        }
    }
}

/// What stands beside a conversation.
struct TalkExtras {
    /// How the asker can be reached.
    contact: Option<String>,
    /// Who they are, as their site has signed it.
    visitor: Option<KnownVisitor>,
    /// What can be made of it.
    learnt: Markup,
}

impl TalkExtras {
    /// `messages`: all that are shown, if they were read already.
    async fn of(
        admin: &AdminState,
        user: &SignedInUser,
        handover: &HandoverRecord,
        messages: Option<&[HandoverMessage]>,
    ) -> Result<Self, AdminError> {
        let (contacts, identities) = (admin.store().contacts(), admin.store().identities());
        let (left, visitor) = tokio::try_join!(
            contacts.of(&handover.conversation),
            identities.of(&handover.conversation)
        )?;
        Ok(TalkExtras {
            contact: left.map(|left| left.contact),
            visitor,
            learnt: learn_form(admin, user, handover, messages).await?,
        })
    }
}

/// Where it stands, and what can be done beside writing.
fn state(
    admin: &AdminState,
    user: &SignedInUser,
    handover: &HandoverRecord,
    (form_id, extras): (&str, &TalkExtras),
) -> Markup {
    let me = user.account.name.as_str();
    let path = |act: &str| format!("{PATH}/{}/{act}", handover.number);
    let id = || html! { input type="hidden" name="id" value=(form_id); };
    let seen = handover.assignee.as_deref().unwrap_or_default();
    let take = || html! { (id()) input type="hidden" name="seen" value=(seen); };
    let is_free = handover.is_free_for(me);
    html! {
        section.card #state data-seq=(handover.seq) data-free[is_free] {
            p {
                (stage_tag(handover, me)) " " (snooze_tag(admin, handover))
                (channel_label(&handover.conversation)) "　" (time(admin, handover.opened_at)) " 开始"
                @if !handover.reason.is_empty() { "　" (text(&handover.reason)) }
            }
            @if let Some(question) = &handover.question { p { "问的是：" b { (text(question)) } } }
            @if let Some(visitor) = &extras.visitor { (visitor_line(visitor)) }
            @if let Some(page) = &handover.page {
                p { "在这个网页上要的人工：" a href=(page.address) target="_blank" rel="noopener noreferrer" {
                    @if page.title.is_empty() { (text(&page.address)) } @else { (text(&page.title)) }
                } " " span.soft { (text(&page.address)) } }
            }
            @if let Some(contact) = &extras.contact {
                p { "留下的联系方式：" b.said { (text(contact)) } }
            }
            div.acts.big {
                @match handover.stage {
                    HandoverStage::Waiting => (form(user, &path("take"), html! { (take()) button data-key="t" { "接手" } })),
                    HandoverStage::Taken if !is_free => details {
                        summary { "由我接管" }
                        p { b { (text(seen)) } " 正在接待这位客人。接管之后由您回复，会记入操作记录。" }
                        (form(user, &path("take"), html! { (take()) button { "确认接管" } }))
                    },
                    HandoverStage::Taken => (form(user, &path("back"), html! { (id()) button.quiet { "交还给机器人" } })),
                    HandoverStage::Closed => (form(user, &path("reopen"), html! { (take()) button { "重新打开并接手" } })),
                }
                @if handover.open && is_free {
                    (form(user, &path("close"), html! {
                        (id())
                        label { span.hush { "为什么结束" }
                            select name="reason" { @for reason in REASONS { option { (reason) } } } }
                        button.quiet { "结束" }
                    }))
                    (snooze_form(user, handover, form_id))
                }
            }
            (extras.learnt)
        }
    }
}

/// Who the asker is: the site vouches for it, not we.
fn visitor_line(visitor: &KnownVisitor) -> Markup {
    html! {
        p { "网站认得这位客人："
            @if let Some(name) = &visitor.name { b { (text(name)) } "，" }
            "编号 " b.said { (text(&visitor.subject)) } " " span.soft { (text(&visitor.site)) } }
    }
}

/// The replies at hand, the variables of this conversation filled in.
fn canned(admin: &AdminState, user: &SignedInUser, handover: &HandoverRecord) -> Markup {
    let engine = admin.bot.engine();
    let fill = |text: &str| {
        let named = text.replace("{{ colleague }}", &user.account.name);
        match &handover.asker {
            Some(asker) => named.replace("{{ asker }}", asker),
            None => named,
        }
    };
    let replies: Vec<_> = engine.knowledge.canned.values().flatten().collect();
    html! {
        @if !replies.is_empty() {
            details.card #canned {
                summary { "常用回复" span.soft { "（在回复里输入 / 查找）" } }
                ul.rows role="listbox" aria-label="常用回复" {
                    @for (number, reply) in replies.iter().enumerate() {
                        li role="option" id=(format!("canned-{number}")) data-search=(reply.search_text()) {
                            div { b { (reply.title) } " " @if !reply.tag.is_empty() { span.tag { (reply.tag) } }
                                div.said { (fill(&reply.text)) } }
                        }
                    }
                }
            }
        }
    }
}

/// The form in which an operator answers; `draft`: what they had written.
pub(super) fn reply_form(
    admin: &AdminState,
    user: &SignedInUser,
    handover: &HandoverRecord,
    form_id: &str,
    draft: &str,
) -> Markup {
    let path = format!("{PATH}/{}/say", handover.number);
    let is_free = handover.is_free_for(&user.account.name);
    html! {
        section.card.write #reply {
            (form(user, &path, html! {
                input type="hidden" name="id" value=(form_id);
                input type="hidden" name="seq" value=(handover.seq);
                fieldset disabled[!is_free] {
                    label.field { span { "回复客人" }
                        textarea name="text" rows="3" maxlength=(MOST_CHARS) required data-key="r" { (draft) } }
                    div.acts {
                        button.strong { "发给客人" }
                        @if handover.stage == HandoverStage::Waiting { small.soft { "发出就是接手，机器人不再插话。" } }
                        @if handover.stage == HandoverStage::Closed { small.soft { "发出会重新打开这次人工。" } }
                        @if handover.conversation.starts_with("wecom:") {
                            small.soft { "客人在微信客服里。客人超过 48 小时没说话或已经发满 5 条时，等他发来下一条消息时一起送到，那时这里会写明。" }
                        } @else if handover.conversation.starts_with("weixin:") {
                            small.soft {
                                @if admin.bot.sends_at_once(&handover.conversation) { "客人在微信里。微信现在不让发的，等他发来下一条消息时一起送到，那时这里会写明。" }
                                @else { "客人在微信里，发来下一条消息时才收到。" }
                            }
                        }
                    }
                }
            }))
            p.note.bad role="alert" hidden {}
        }
    }
}

/// What sends the asker a picture or a file: the page's script does, and takes what is pasted into
/// the reply or dropped on it.
fn file_form(handover: &HandoverRecord) -> Markup {
    html! {
        section.card #file-box data-path=(format!("{PATH}/{}/files", handover.number)) {
            label.field { span { "给客人发图片或 PDF" }
                input #file type="file" accept="image/jpeg,image/png,image/webp,image/gif,application/pdf"; }
            small.soft { "选好就发出；也可以粘贴到回复里，或拖进来。最大 8 MB。" }
            p #file-state.soft role="status" {}
        }
    }
}

/// The form in which an operator writes to the others.
fn note_form(user: &SignedInUser, handover: &HandoverRecord, form_id: &str) -> Markup {
    let path = format!("{PATH}/{}/note", handover.number);
    html! {
        section.card.write.inward #note {
            (form(user, &path, html! {
                input type="hidden" name="id" value=(form_id);
                label.field { span { "内部备注（客人看不到）" }
                    textarea name="text" rows="2" maxlength=(MOST_CHARS) required data-key="n" {} }
                div.acts { button.quiet { "记下内部备注" } }
            }))
            p.note.bad role="alert" hidden {}
        }
    }
}
