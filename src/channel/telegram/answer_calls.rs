//! The calls that answer an asker. In: where the message came from, and its answer. Out: calls.
//! Must not know: how the answer was decided, or when a call is made.

use super::calls::{self, BotApiCall, ChatThread};
use super::html::{self, HtmlMessage};
use super::media::MediaMessage;
use super::new_call::{OnSent, expiring_call, new_call};
use super::parse::{ChatContext, ChatKind, UpdateKind};
use crate::store::records::{OutboxCall, TurnEffects};
use crate::turn::TurnAnswer;
use std::time::Duration;
use wenlu_core::dialogue::{StepButton, person_reply};
use wenlu_core::model::{Lang, Reply, Timestamp};
use wenlu_core::reply::{ReplyBlock, TextSpan};

/// How long the answer to a button press is worth sending: Telegram accepts it for a short time
/// only.
const PRESS_WAITS: Duration = Duration::from_secs(60);

/// The calls that answer a message or a button press.
pub(super) fn answer(
    channel: &str,
    scene: &ChatContext,
    what: &UpdateKind,
    answered: &TurnAnswer,
    now: Timestamp,
) -> TurnEffects {
    let mut calls = vec![];
    if let UpdateKind::Press { callback, .. } = what {
        calls.push(press_seen(channel, scene, callback, now));
    }
    let stepped = match what {
        UpdateKind::Press { data, .. } => step(channel, scene, data, &answered.replies),
        _ => None,
    };
    match stepped {
        Some(call) => calls.push(call),
        None => {
            let (conversation, quoted) = (scene.conversation.as_str(), quoted(scene, what));
            let replies = &answered.replies;
            calls.extend(say(channel, place(scene), conversation, quoted, replies));
        }
    }
    TurnEffects {
        calls,
        ..TurnEffects::default()
    }
}

/// Ends the loading state of a button.
pub(super) fn press_seen(
    channel: &str,
    scene: &ChatContext,
    callback: &str,
    now: Timestamp,
) -> OutboxCall {
    let expires = Timestamp(now.0.saturating_add(PRESS_WAITS.as_millis() as i64));
    expiring_call(
        channel,
        scene.conversation.as_str(),
        &calls::answer_callback(callback, None),
        expires,
    )
}

/// An operator's message in the group.
pub(super) struct PersonMessage {
    pub group: i64,
    pub message: Option<i32>,
    /// If it is not text.
    pub media: Option<MediaMessage>,
}

impl PersonMessage {
    fn brought(&self) -> OnSent {
        let messages = match &self.media {
            Some(media) => media.messages.clone(),
            None => self.message.into_iter().collect(),
        };
        OnSent::Brought {
            group: self.group,
            messages,
        }
    }
}

/// An operator's edit of a message in the group.
pub(super) struct PersonEdit<'a> {
    pub group: i64,
    pub message: i32,
    /// What it says now.
    pub text: &'a str,
    /// Whether that is the caption of a picture or the like.
    pub is_caption: bool,
}

impl PersonEdit<'_> {
    /// The edit as a message of its own.
    pub(super) fn correction(&self) -> Reply {
        person_reply(Lang::default(), &format!("（更正）{}", self.text))
    }
}

/// An operator's message to the chat of an asker: as text, or as a copy if it is media.
pub(super) fn from_person(
    channel: &str,
    place: ChatThread,
    conversation: &str,
    answered: &TurnAnswer,
    own: &PersonMessage,
) -> Vec<OutboxCall> {
    let calls: Vec<BotApiCall> = match &own.media {
        Some(media) => vec![calls::copy_messages(place, media.chat, &media.messages)],
        None => {
            let parts = answered
                .replies
                .iter()
                .map(marked)
                .flat_map(|reply| html::html_messages(&reply))
                .collect::<Vec<_>>();
            parts
                .iter()
                .map(|part| calls::send_message(place, None, part))
                .collect()
        }
    };
    // of a message in parts the first stands for all
    let mut after = std::iter::once(own.brought()).chain(std::iter::repeat(OnSent::Nothing));
    calls
        .iter()
        .zip(after.by_ref())
        .map(|(call, after)| new_call(channel, Some(place.chat), conversation, call, &after))
        .collect()
}

/// Shows the asker the edit of an operator's message: in what they got of it or, where that cannot
/// be edited, as another message.
pub(super) fn amended(
    channel: &str,
    place: ChatThread,
    conversation: &str,
    edit: &PersonEdit<'_>,
) -> Vec<OutboxCall> {
    let correction = marked(&edit.correction());
    // the message to edit is known when the call is made
    let edited = if edit.is_caption {
        Some(calls::edit_message_caption(place.chat, 0, edit.text))
    } else {
        let shown = html::html_messages(&marked(&person_reply(Lang::default(), edit.text)));
        match shown.as_slice() {
            [part] => Some(calls::edit_message_text(place.chat, 0, part)),
            _ => None,
        }
    };
    let parts = html::html_messages(&correction);
    let (Some(edited), [part]) = (edited, parts.as_slice()) else {
        return say(channel, place, conversation, None, &[correction]);
    };
    let anew = calls::send_message(place, None, part);
    let after = OnSent::amend(edit.group, edit.message, &anew);
    vec![new_call(
        channel,
        Some(place.chat),
        conversation,
        &edited,
        &after,
    )]
}

/// Sends replies to a chat; the first message quotes `reply_to`.
pub(super) fn say(
    channel: &str,
    place: ChatThread,
    conversation: &str,
    reply_to: Option<i32>,
    replies: &[Reply],
) -> Vec<OutboxCall> {
    let chat = Some(place.chat);
    let quoted = std::iter::once(reply_to).chain(std::iter::repeat(None));
    let parts = replies.iter().flat_map(html::html_messages).zip(quoted);
    parts
        .map(|(part, reply_to)| {
            let call = calls::send_message(place, reply_to, &part);
            new_call(channel, chat, conversation, &call, &OnSent::Nothing)
        })
        .collect()
}

/// Shows a step by editing the message with the current step; if that is gone, a new message is
/// sent.
fn step(channel: &str, scene: &ChatContext, data: &str, replies: &[Reply]) -> Option<OutboxCall> {
    StepButton::parse(data)?;
    let ([reply], Some(message)) = (replies, scene.message) else {
        return None;
    };
    let parts = html::html_messages(reply);
    let [part] = parts.as_slice() else {
        return None;
    };
    let edit = calls::edit_message_text(scene.chat, message, part);
    let anew = OnSent::instead(&calls::send_message(place(scene), None, part));
    Some(new_call(
        channel,
        Some(scene.chat),
        scene.conversation.as_str(),
        &edit,
        &anew,
    ))
}

/// Tells an asker something about the message of `scene`.
pub(super) fn in_words(channel: &str, scene: &ChatContext, words: &str) -> OutboxCall {
    let part = HtmlMessage {
        html: html::escape(words),
        keyboard: vec![],
        preview: false,
    };
    let call = calls::send_message(place(scene), scene.message, &part);
    let (chat, conversation) = (Some(scene.chat), scene.conversation.as_str());
    new_call(channel, chat, conversation, &call, &OnSent::Nothing)
}

/// The chat and the topic in which somebody wrote.
fn place(scene: &ChatContext) -> ChatThread {
    ChatThread {
        chat: scene.chat,
        thread: scene.thread,
    }
}

/// The message to quote: in a group, and after an edit, it must be clear what is answered.
fn quoted(scene: &ChatContext, what: &UpdateKind) -> Option<i32> {
    let is_written = !matches!(what, UpdateKind::Press { .. });
    let is_unclear = scene.kind != ChatKind::Private || matches!(what, UpdateKind::Edited { .. });
    scene.message.filter(|_| is_written && is_unclear)
}

/// The reply with a prefix that shows that an operator writes.
pub(super) fn marked(reply: &Reply) -> Reply {
    let mark = TextSpan {
        text: "同事：".to_owned(),
        strong: true,
        ..TextSpan::default()
    };
    let mut reply = reply.clone();
    match reply.blocks.first_mut() {
        Some(ReplyBlock::Paragraph { spans }) => spans.insert(0, mark),
        _ => reply
            .blocks
            .insert(0, ReplyBlock::Paragraph { spans: vec![mark] }),
    }
    reply
}
