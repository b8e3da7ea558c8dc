//! The calls that answer an asker. In: where the message came from, and its answer. Out: calls.
//! Must not know: how the answer was decided, or when a call is made.

use super::calls::{self, Call, Place};
use super::hear::{ChatKind, Scene, What};
use super::html::{self, Part};
use super::outgoing::{After, fleeting, outgoing};
use crate::bot::Answered;
use crate::desk::Walk;
use crate::message::{Reply, Timestamp};
use crate::reply::{Block, Span};
use crate::store::records::{Effects, NewCall};
use std::time::Duration;

/// How long the answer to a button press is worth sending: Telegram accepts it for a short time
/// only.
const PRESS_WAITS: Duration = Duration::from_secs(60);

/// The calls that answer a message or a button press.
pub fn answer(channel: &str, scene: &Scene, what: &What, answered: &Answered, now: Timestamp) -> Effects {
    let mut calls = vec![];
    if let What::Press { callback, .. } = what {
        calls.push(press_seen(channel, scene, callback, now));
    }
    let stepped = match what {
        What::Press { data, .. } => step(channel, scene, data, &answered.replies),
        _ => None,
    };
    match stepped {
        Some(call) => calls.push(call),
        None => {
            let parts = answered.replies.iter().flat_map(html::parts).collect::<Vec<_>>();
            calls.extend(say(channel, scene, quoted(scene, what), &parts));
        }
    }
    Effects { calls, ..Effects::default() }
}

/// Ends the loading state of a button.
pub fn press_seen(channel: &str, scene: &Scene, callback: &str, now: Timestamp) -> NewCall {
    let expires = Timestamp(now.0.saturating_add(PRESS_WAITS.as_millis() as i64));
    fleeting(channel, scene.conversation.as_str(), &calls::answer_callback(callback, None), expires)
}

/// An operator's message to the chat of an asker: as text, or as a copy if it is media.
pub fn from_person(
    channel: &str,
    place: Place,
    conversation: &str,
    answered: &Answered,
    media: Option<(i64, i32)>,
) -> Vec<NewCall> {
    let calls: Vec<Call> = match media {
        Some((chat, message)) => vec![calls::copy_message(place, chat, message, None)],
        None => {
            let parts = answered.replies.iter().map(marked).flat_map(|reply| html::parts(&reply)).collect::<Vec<_>>();
            parts.iter().map(|part| calls::send_message(place, None, part)).collect()
        }
    };
    calls.iter().map(|call| outgoing(channel, Some(place.chat), conversation, call, &After::Nothing)).collect()
}

/// Tells an operator that an asker on the web page received only the text of a message.
pub fn words_only(channel: &str, scene: &Scene, conversation: &str) -> NewCall {
    let html = "⚠️ 客人在网页上，只收得到文字：收到的是说明文字（没有写时是“［图片］”这样一句），图片、文件本身没有送到。请用文字写出来，或发一个链接。";
    let part = Part { html: html.to_owned(), keyboard: vec![], preview: false };
    let place = Place { chat: scene.chat, thread: scene.thread };
    let call = calls::send_message(place, scene.message, &part);
    outgoing(channel, Some(scene.chat), conversation, &call, &After::Nothing)
}

/// Sends all replies of a turn to a chat.
pub fn say_all(channel: &str, place: Place, conversation: &str, replies: &[Reply]) -> Vec<NewCall> {
    let parts = replies.iter().flat_map(html::parts).collect::<Vec<_>>();
    let call = |part| {
        outgoing(channel, Some(place.chat), conversation, &calls::send_message(place, None, part), &After::Nothing)
    };
    parts.iter().map(call).collect()
}

fn say(channel: &str, scene: &Scene, reply_to: Option<i32>, parts: &[Part]) -> Vec<NewCall> {
    let place = Place { chat: scene.chat, thread: scene.thread };
    let first = reply_to.into_iter().map(Some).chain(std::iter::repeat(None));
    let calls = parts.iter().zip(first).map(|(part, reply_to)| calls::send_message(place, reply_to, part));
    calls.map(|call| outgoing(channel, Some(scene.chat), scene.conversation.as_str(), &call, &After::Nothing)).collect()
}

/// Shows a step by editing the message with the current step; if that is gone, a new message is
/// sent.
fn step(channel: &str, scene: &Scene, data: &str, replies: &[Reply]) -> Option<NewCall> {
    Walk::parse(data)?;
    let ([reply], Some(message)) = (replies, scene.message) else { return None };
    let parts = html::parts(reply);
    let [part] = parts.as_slice() else { return None };
    let edit = calls::edit_message_text(scene.chat, message, part);
    let place = Place { chat: scene.chat, thread: scene.thread };
    let anew = After::instead(&calls::send_message(place, None, part));
    Some(outgoing(channel, Some(scene.chat), scene.conversation.as_str(), &edit, &anew))
}

/// The message to quote: in a group, and after an edit, it must be clear what is answered.
fn quoted(scene: &Scene, what: &What) -> Option<i32> {
    let is_written = !matches!(what, What::Press { .. });
    let is_unclear = scene.kind != ChatKind::Private || matches!(what, What::Edited(_));
    scene.message.filter(|_| is_written && is_unclear)
}

/// The reply with a prefix that shows that an operator writes.
fn marked(reply: &Reply) -> Reply {
    let mark = Span { text: "同事：".to_owned(), strong: true, ..Span::default() };
    let mut reply = reply.clone();
    match reply.blocks.first_mut() {
        Some(Block::Paragraph { spans }) => spans.insert(0, mark),
        _ => reply.blocks.insert(0, Block::Paragraph { spans: vec![mark] }),
    }
    reply
}
