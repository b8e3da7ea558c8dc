//! Notifies the operators' group. In: a turn that the operators are to be told of. Out: the calls
//! that tell them, and the change of the hand-over. Must not know: how a call is made, or how the
//! dialogue decides.
//!
//! In a forum each conversation has a topic; in other groups a card, to which operators reply.

use super::calls::{self, Call, Place};
use super::group::OperatorsGroup;
use super::html::{self, Part};
use super::outgoing::{After, outgoing};
use crate::bot::{Colleagues, News};
use crate::desk::{Handover, People, ServiceHours};
use crate::message::{ConversationId, GiveBack, Timestamp};
use crate::store::records::{Effects, Entry, HandoverChange, NewCall, Outcome, Row};
use std::sync::Arc;

/// Maximum characters of a line of the card: it only summarises earlier turns.
const LINE: usize = 200;
/// Characters of the question in the name of a topic.
const TOPIC: usize = 40;

/// Notifies the operators in their group, and knows the service hours.
#[derive(Clone)]
pub struct Switchboard {
    channel: String,
    group: Arc<OperatorsGroup>,
    hours: Option<ServiceHours>,
}

impl Switchboard {
    /// `channel` names the bot in the outbox; `hours`: `None` for always open.
    pub fn new(channel: String, group: Arc<OperatorsGroup>, hours: Option<ServiceHours>) -> Self {
        Switchboard { channel, group, hours }
    }

    fn tell(&self, conversation: &ConversationId, html: String) -> NewCall {
        let part = Part { html, keyboard: vec![], preview: false };
        self.call(conversation, &calls::send_message(self.place(), None, &part), &After::Tell)
    }

    fn call(&self, conversation: &ConversationId, call: &Call, after: &After) -> NewCall {
        outgoing(&self.channel, Some(self.group.set()), conversation.as_str(), call, after)
    }

    fn place(&self) -> Place {
        Place { chat: self.group.set(), thread: None }
    }

    /// Creates a topic if there is none yet, and posts the card.
    fn open(&self, news: &News) -> Vec<NewCall> {
        let mut calls = vec![];
        if news.before.as_ref().is_none_or(|before| before.thread.is_none()) {
            let topic = calls::create_forum_topic(self.group.set(), &topic(news));
            calls.push(self.call(news.conversation, &topic, &After::Topic));
        }
        calls.push(self.tell(news.conversation, card(news)));
        calls
    }

    /// Passes on the asker's text or, if it is media, a copy of the message.
    fn relay(&self, news: &News) -> Vec<NewCall> {
        let mut calls = vec![];
        let said = match news.source.media {
            Some(_) => html::escape(&news.entry.text),
            None => html::escape(&html::ellipsize(&html::clean(&news.entry.text), html::LIMIT / 2)),
        };
        let bot = bot_did(news.entry, news).map(|did| format!("\n<i>{did}</i>")).unwrap_or_default();
        calls.push(self.tell(news.conversation, format!("<b>客人</b>：{said}{bot}")));
        if let Some((chat, message)) = news.source.media {
            let copy = calls::copy_message(self.place(), chat, message, None);
            calls.push(self.call(news.conversation, &copy, &After::Tell));
        }
        calls
    }
}

impl Colleagues for Switchboard {
    fn people(&self, now: Timestamp) -> People {
        self.hours.as_ref().map_or(People::ALWAYS, |hours| hours.at(now))
    }

    fn are_lost(&self) -> bool {
        self.group.is_lost()
    }

    fn tell(&self, news: &News) -> Effects {
        let (calls, change) = match news.handover {
            Handover::Opened => (self.open(news), HandoverChange::Open { chat: self.group.set() }),
            Handover::Relayed => (self.relay(news), HandoverChange::Touch),
            Handover::Answered => (vec![], HandoverChange::Reopen),
            // not posted: the hand-over ends because the group is unreachable
            Handover::Closed(GiveBack::Unreachable) => (vec![], HandoverChange::Close),
            Handover::Closed(by) => {
                let told = match by {
                    GiveBack::Done => "✅ 已交还给机器人。再发消息，客人仍能收到，对话也会重新转到人工。",
                    GiveBack::Silence => "🕒 好一阵没有人说话，已自动交还给机器人。再发消息，客人仍能收到。",
                    GiveBack::Asker | GiveBack::Unreachable => "↩️ 客人回到了机器人那里。再发消息，客人仍能收到。",
                };
                (vec![self.tell(news.conversation, told.to_owned())], HandoverChange::Close)
            }
        };
        Effects { calls, handover: Some(change), ..Effects::default() }
    }
}

fn topic(news: &News) -> String {
    let question = news.entry.question.as_deref().or_else(|| news.history.iter().rev().find_map(asked));
    let question = html::ellipsize(&html::clean(question.unwrap_or("转人工")), TOPIC);
    match news.source.name {
        Some(name) => format!("{name}：{question}"),
        None => question,
    }
}

fn asked(row: &Row) -> Option<&str> {
    row.entry.question.as_deref()
}

/// The card: who asks, the turns so far, and how to answer.
fn card(news: &News) -> String {
    let who = news.source.name.map_or_else(|| "网页访客".to_owned(), |name| html::escape(&html::clean(name)));
    let mut lines = vec![format!("🙋 <b>{who}</b> 需要人工")];
    lines.extend(news.history.iter().flat_map(|row| lines_of(&row.entry, news)));
    lines.extend(lines_of(news.entry, news));
    // only Telegram users have a name here; on the web page only text can be shown
    let what =
        if news.source.name.is_some() { "文字、图片都可以" } else { "客人在网页上，只收得到文字" };
    lines.push(format!(
        "在本话题里说话（没有话题的群：回复这条消息），客人就会收到；{what}。办完请发 /done 交还给机器人。"
    ));
    lines.join("\n")
}

fn lines_of(entry: &Entry, news: &News) -> Vec<String> {
    let text = html::ellipsize(&html::clean(&entry.text), LINE);
    let who = if entry.outcome == Outcome::Person { "同事" } else { "客人" };
    let said = (!text.trim().is_empty()).then(|| format!("<b>{who}</b>：{}", html::escape(&text)));
    said.into_iter().chain(bot_did(entry, news).map(|did| format!("　└ {did}"))).collect()
}

/// What the bot answered, in one line.
fn bot_did(entry: &Entry, news: &News) -> Option<String> {
    let title = |id: &Option<String>| {
        let intent = id.as_deref().and_then(|id| news.knowledge.intent(id));
        html::escape(intent.map_or("", |intent| intent.title.as_str()))
    };
    Some(match entry.outcome {
        Outcome::Answered | Outcome::Choice | Outcome::FollowUp | Outcome::Step => {
            format!("机器人答了“{}”", title(&entry.intent))
        }
        Outcome::Clarified | Outcome::Menu => "机器人请客人选择".to_owned(),
        Outcome::Gap => format!("机器人没有“{}”的资料", title(&entry.gap)),
        Outcome::Unknown => "机器人没有答上来".to_owned(),
        Outcome::Unsolved => "客人说没解决".to_owned(),
        _ => return None,
    })
}
