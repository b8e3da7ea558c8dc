//! The calls that tell the operators' group of a hand-over. In: a [`HandoverNotice`]. Out: calls.
//! Must not know: why the operators are told, or when a call is made.
//!
//! In a forum each conversation has a topic; in other groups a card, to which operators reply.

use super::calls::{self, BotApiCall, ChatThread};
use super::conversation;
use super::html::{self, HtmlMessage};
use super::media::MediaMessage;
use super::new_call::{OnSent, new_call};
use crate::people::{
    BotDeed, DeliveryTrouble, HandoverNotice, MediaRef, NoticeDrawer, NoticeEvent, NoticeLine,
};
use crate::store::records::OutboxCall;
use wenlu_core::model::{ConversationId, HandbackReason};

/// Maximum characters of a line of the card: it only summarises earlier turns.
const CARD_LINE_CHARS: usize = 200;
/// Characters of the question in the name of a topic.
const TOPIC_QUESTION_CHARS: usize = 40;

/// Draws notices for the operators' group.
pub(super) struct GroupNotices {
    /// The bot, as the outbox names it.
    pub channel: String,
    /// The group's chat id in the settings.
    pub group: i64,
    /// Whether askers elsewhere are shown pictures that stand in the group.
    pub takes_files: bool,
}

impl NoticeDrawer for GroupNotices {
    fn draw(&self, notice: &HandoverNotice) -> Vec<OutboxCall> {
        let conversation = &notice.conversation;
        match &notice.event {
            NoticeEvent::Opened { question, lines } => {
                self.open(notice, question.as_deref(), lines)
            }
            NoticeEvent::Relayed {
                line,
                media,
                is_edit,
            } => self.relay(conversation, line, media.as_ref(), *is_edit),
            NoticeEvent::Answered { by, text } => {
                let said = escaped_line(text, html::MESSAGE_LIMIT / 2);
                vec![self.tell(
                    conversation,
                    format!("<b>{}</b>（后台）：{said}", html::escape(by)),
                )]
            }
            NoticeEvent::Taken { by } => {
                let html = format!("🙋 {} 在后台接手了这段对话。", html::escape(by));
                vec![self.tell(conversation, html)]
            }
            NoticeEvent::Released { by } => {
                let html = format!(
                    "⏳ {} 离开了，客人还在等：在这里说话就接过来。",
                    html::escape(by)
                );
                vec![self.tell(conversation, html)]
            }
            NoticeEvent::Closed(by) => vec![self.tell(conversation, closed(*by).to_owned())],
            NoticeEvent::NotDelivered(trouble) => {
                vec![self.tell(conversation, not_delivered(*trouble).to_owned())]
            }
        }
    }
}

impl GroupNotices {
    /// Creates a topic if there is none yet, and posts the card.
    fn open(
        &self,
        notice: &HandoverNotice,
        question: Option<&str>,
        lines: &[NoticeLine],
    ) -> Vec<OutboxCall> {
        let asker = notice.asker.as_deref();
        let mut calls = vec![];
        if !notice.has_thread {
            let topic = calls::create_forum_topic(self.group, &topic(asker, question));
            calls.push(self.call(&notice.conversation, &topic, &OnSent::Topic));
        }
        let card = card(notice, lines, self.takes_files);
        calls.push(self.tell(&notice.conversation, card));
        calls
    }

    /// Passes on the asker's text and, if the message is media, a copy of it.
    fn relay(
        &self,
        conversation: &ConversationId,
        line: &NoticeLine,
        media: Option<&MediaRef>,
        is_edit: bool,
    ) -> Vec<OutboxCall> {
        let who = if is_edit {
            "客人改了前面的话"
        } else {
            "客人"
        };
        let said = match media {
            Some(_) => html::escape(&line.text),
            None => escaped_line(&line.text, html::MESSAGE_LIMIT / 2),
        };
        let bot = match &line.bot {
            Some(deed) => format!("\n<i>{}</i>", did(deed)),
            None => String::new(),
        };
        let mut calls = vec![self.tell(conversation, format!("<b>{who}</b>：{said}{bot}"))];
        if let Some(media) = media.and_then(MediaMessage::read) {
            let copy = calls::copy_messages(self.place(), media.chat, &media.messages);
            calls.push(self.call(conversation, &copy, &OnSent::Tell));
        }
        calls
    }

    fn tell(&self, conversation: &ConversationId, html: String) -> OutboxCall {
        let part = HtmlMessage {
            html,
            keyboard: vec![],
            preview: false,
        };
        let call = calls::send_message(self.place(), None, &part);
        self.call(conversation, &call, &OnSent::Tell)
    }

    fn call(&self, conversation: &ConversationId, call: &BotApiCall, after: &OnSent) -> OutboxCall {
        let group = Some(self.group);
        new_call(&self.channel, group, conversation.as_str(), call, after)
    }

    fn place(&self) -> ChatThread {
        ChatThread {
            chat: self.group,
            thread: None,
        }
    }
}

/// Tells that a conversation goes on in the supergroup that the group became. `last`: what was said
/// there last.
pub(super) fn moved((channel, group): (&str, i64), conversation: &str, last: &str) -> OutboxCall {
    let last = escaped_line(last, CARD_LINE_CHARS);
    let part = HtmlMessage {
        html: format!(
            "🙋 群升级了，这段对话接着在这里：回复这条消息，客人就会收到。最近一句：{last}"
        ),
        keyboard: vec![],
        preview: false,
    };
    let place = ChatThread {
        chat: group,
        thread: None,
    };
    let call = calls::send_message(place, None, &part);
    new_call(channel, Some(group), conversation, &call, &OnSent::Tell)
}

fn topic(asker: Option<&str>, question: Option<&str>) -> String {
    let question = html::ellipsize(
        &html::clean(question.unwrap_or("转人工")),
        TOPIC_QUESTION_CHARS,
    );
    match asker {
        Some(name) => format!("{name}：{question}"),
        None => question,
    }
}

/// The card: who asks, the turns so far, and how to answer.
fn card(notice: &HandoverNotice, said: &[NoticeLine], takes_files: bool) -> String {
    let channel = notice.conversation.channel();
    let (who, receives) = match notice.asker.as_deref() {
        Some(name) => (html::escape(&html::clean(name)), "文字、图片都可以"),
        None if channel == conversation::WECOM => (
            "微信客服的客人".to_owned(),
            "客人在微信客服里，只收得到文字；不让主动发的时候（他超过 48 小时没说话，或已经发满 5 条），要等他发来下一条消息才收到",
        ),
        None if channel == conversation::WEIXIN && notice.is_sent_at_once => (
            "微信客人".to_owned(),
            "客人在微信里，只收得到文字；微信不让主动发的时候（比如他超过 48 小时没说话），要等他发来下一条消息才收到",
        ),
        None if channel == conversation::WEIXIN => (
            "微信客人".to_owned(),
            "客人在微信里，只收得到文字，而且要等他发来下一条消息时才收到",
        ),
        None if channel == conversation::BRIDGE && takes_files => (
            "接口来的客人".to_owned(),
            "客人在接口接入的渠道里，文字、图片和 PDF 都可以",
        ),
        None if channel == conversation::BRIDGE => (
            "接口来的客人".to_owned(),
            "客人在接口接入的渠道里，只收得到文字",
        ),
        None if takes_files => (
            "网页访客".to_owned(),
            "客人在网页上，文字、图片和 PDF 都可以（相册要分开发）",
        ),
        None => ("网页访客".to_owned(), "客人在网页上，只收得到文字"),
    };
    let mut lines = vec![format!("🙋 <b>{who}</b> 需要人工")];
    lines.extend(said.iter().flat_map(card_lines));
    lines.push(format!(
        "在本话题里说话（没有话题的群：回复这条消息），客人就会收到；{receives}。改过的话，客人那里也会跟着改；删掉的不会，要收回请另说一句。办完请发 /done 交还给机器人。"
    ));
    lines.join("\n")
}

fn card_lines(line: &NoticeLine) -> impl Iterator<Item = String> {
    let who = if line.is_from_operator {
        "同事"
    } else {
        "客人"
    };
    let text = escaped_line(&line.text, CARD_LINE_CHARS);
    let said = (!text.trim().is_empty()).then(|| format!("<b>{who}</b>：{text}"));
    let bot = line.bot.as_ref().map(|deed| format!("　└ {}", did(deed)));
    said.into_iter().chain(bot)
}

fn did(deed: &BotDeed) -> String {
    html::escape(&deed.in_words())
}

fn not_delivered(trouble: DeliveryTrouble) -> &'static str {
    match trouble {
        DeliveryTrouble::Waits => {
            "⏳ 刚才的话已存好。现在不能主动给客人发消息：客人发来下一条消息时，您的话会一起送到。"
        }
        DeliveryTrouble::AskerGone => {
            "⚠️ 刚才的话没有送到：客人已经不再关注，消息送不到了，要等客人自己回来。"
        }
        DeliveryTrouble::Refused => "⚠️ 刚才的话没有送到：微信不接受这条内容。请换个说法再发一次。",
    }
}

fn closed(by: HandbackReason) -> &'static str {
    match by {
        HandbackReason::Done | HandbackReason::Solved => {
            "✅ 已交还给机器人。再发消息，客人仍能收到，对话也会重新转到人工。"
        }
        HandbackReason::Silence => {
            "🕒 好一阵没有人说话，已自动交还给机器人。再发消息，客人仍能收到。"
        }
        HandbackReason::Asker | HandbackReason::Unreachable => {
            "↩️ 客人回到了机器人那里。再发消息，客人仍能收到。"
        }
    }
}

fn escaped_line(text: &str, most: usize) -> String {
    html::escape(&html::ellipsize(&html::clean(text), most))
}
