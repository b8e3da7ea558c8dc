//! The calls that answer an asker. In: where the message came from, and its answer. Out: calls.
//! Must not know: how the answer was decided, or when a call is made.

use super::calls::{self, BotApiCall, ChatThread};
use super::conversation::WEIXIN;
use super::html::{self, HtmlMessage};
use super::media::MediaMessage;
use super::new_call::{OnSent, expiring_call, new_call};
use super::parse::{ChatContext, ChatKind, UpdateKind};
use crate::store::records::{OutboxCall, TurnEffects};
use crate::turn::TurnAnswer;
use std::time::Duration;
use wenlu_core::dialogue::StepButton;
use wenlu_core::model::{ConversationId, Reply, Timestamp};
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
            let parts = answered
                .replies
                .iter()
                .flat_map(html::html_messages)
                .collect::<Vec<_>>();
            calls.extend(say(channel, scene, quoted(scene, what), &parts));
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

/// An operator's message to the chat of an asker: as text, or as a copy if it is media.
pub(super) fn from_person(
    channel: &str,
    place: ChatThread,
    conversation: &str,
    answered: &TurnAnswer,
    media: Option<MediaMessage>,
) -> Vec<OutboxCall> {
    let calls: Vec<BotApiCall> = match media {
        Some(media) => vec![calls::copy_message(place, media.chat, media.message, None)],
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
    calls
        .iter()
        .map(|call| {
            new_call(
                channel,
                Some(place.chat),
                conversation,
                call,
                &OnSent::Nothing,
            )
        })
        .collect()
}

/// Tells an operator that an asker elsewhere received only the text of a message.
pub(super) fn words_only(
    channel: &str,
    scene: &ChatContext,
    conversation: &ConversationId,
) -> OutboxCall {
    let place = if conversation.channel() == WEIXIN {
        "微信里"
    } else {
        "网页上"
    };
    let html = format!(
        "⚠️ 客人在{place}，只收得到文字：收到的是说明文字（没有写时是“［图片］”这样一句），图片、文件本身没有送到。请用文字写出来，或发一个链接。"
    );
    tell_operator(channel, scene, conversation.as_str(), &html)
}

/// Tells an operator that an asker in WeChat gets the words with the next message only.
pub(super) fn words_wait(channel: &str, scene: &ChatContext, conversation: &str) -> OutboxCall {
    let html = "⏳ 已存好。公众号不能主动给客人发消息：客人发来下一条消息时，您的话会一起送到。";
    tell_operator(channel, scene, conversation, html)
}

/// Answers an operator's message in the group.
fn tell_operator(channel: &str, scene: &ChatContext, conversation: &str, html: &str) -> OutboxCall {
    let part = HtmlMessage {
        html: html.to_owned(),
        keyboard: vec![],
        preview: false,
    };
    let place = ChatThread {
        chat: scene.chat,
        thread: scene.thread,
    };
    let call = calls::send_message(place, scene.message, &part);
    new_call(
        channel,
        Some(scene.chat),
        conversation,
        &call,
        &OnSent::Nothing,
    )
}

/// Sends all replies of a turn to a chat.
pub(super) fn say_all(
    channel: &str,
    place: ChatThread,
    conversation: &str,
    replies: &[Reply],
) -> Vec<OutboxCall> {
    let parts = replies
        .iter()
        .flat_map(html::html_messages)
        .collect::<Vec<_>>();
    let call = |part| {
        new_call(
            channel,
            Some(place.chat),
            conversation,
            &calls::send_message(place, None, part),
            &OnSent::Nothing,
        )
    };
    parts.iter().map(call).collect()
}

fn say(
    channel: &str,
    scene: &ChatContext,
    reply_to: Option<i32>,
    parts: &[HtmlMessage],
) -> Vec<OutboxCall> {
    let place = ChatThread {
        chat: scene.chat,
        thread: scene.thread,
    };
    let first = reply_to
        .into_iter()
        .map(Some)
        .chain(std::iter::repeat(None));
    let calls = parts
        .iter()
        .zip(first)
        .map(|(part, reply_to)| calls::send_message(place, reply_to, part));
    calls
        .map(|call| {
            new_call(
                channel,
                Some(scene.chat),
                scene.conversation.as_str(),
                &call,
                &OnSent::Nothing,
            )
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
    let place = ChatThread {
        chat: scene.chat,
        thread: scene.thread,
    };
    let anew = OnSent::instead(&calls::send_message(place, None, part));
    Some(new_call(
        channel,
        Some(scene.chat),
        scene.conversation.as_str(),
        &edit,
        &anew,
    ))
}

/// The message to quote: in a group, and after an edit, it must be clear what is answered.
fn quoted(scene: &ChatContext, what: &UpdateKind) -> Option<i32> {
    let is_written = !matches!(what, UpdateKind::Press { .. });
    let is_unclear = scene.kind != ChatKind::Private || matches!(what, UpdateKind::Edited(_));
    scene.message.filter(|_| is_written && is_unclear)
}

/// The reply with a prefix that shows that an operator writes.
fn marked(reply: &Reply) -> Reply {
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
