//! `sendMessage`, `sendPhoto`, `sendDocument`, `copyMessage`, `copyMessages`, `forwardMessage`. In:
//! parameters. Out: a new message in the chat, or the refusal.

use super::failure::{Failure, Outcome};
use super::keyboard::Keyboard;
use super::message::Message;
use super::params::Params;
use super::state::State;
use super::text;
use super::world::Kind;
use serde_json::{Map, Value, json};

/// Where a message goes.
struct Place {
    chat: i64,
    thread: Option<i32>,
    reply_to: Option<i32>,
}

pub(crate) fn message(state: &mut State, params: &Params) -> Outcome {
    let said = text::format(
        params.get("text").unwrap_or_default(),
        params.get("parse_mode"),
        params.get("entities"),
    )?;
    let keyboard = Keyboard::read(params)?;
    let place = place(state, params)?;
    state.pace(place.chat)?;
    let message = Message {
        text: said.text,
        entities: said.entities,
        keyboard,
        ..ours(state, &place)
    };
    let id = state.add(message);
    Ok(state.message_json(place.chat, id).into())
}

/// A picture or a document that comes with the call.
pub(crate) fn file(state: &mut State, params: &Params, field: &str) -> Outcome {
    let refusal = format!("there is no {field} in the request");
    let sent = params.get(field).ok_or(Failure::bad(&refusal))?.to_owned();
    let place = place(state, params)?;
    state.pace(place.chat)?;
    let message = Message {
        text: params.get("caption").unwrap_or_default().to_owned(),
        attachment: Some((field.to_owned(), json!({ "sent": sent }))),
        ..ours(state, &place)
    };
    let id = state.add(message);
    Ok(state.message_json(place.chat, id).into())
}

pub(crate) fn copy(state: &mut State, params: &Params) -> Outcome {
    let original = original(state, params, "copy")?;
    let keyboard = Keyboard::read(params)?;
    let place = place(state, params)?;
    state.pace(place.chat)?;
    let Message {
        text,
        entities,
        attachment,
        ..
    } = original;
    let id = state.add(Message {
        text,
        entities,
        attachment,
        keyboard,
        ..ours(state, &place)
    });
    Ok(json!({"message_id": id}).into())
}

/// Several at once: those that are not there are left out, and albums stay together.
pub(crate) fn copies(state: &mut State, params: &Params) -> Outcome {
    let from = state.world.known(params.get("from_chat_id"))?.id;
    let ids = params.json("message_ids", "can't parse message identifiers JSON object")?;
    let ids: Vec<i32> = ids
        .and_then(|ids| serde_json::from_value(ids).ok())
        .unwrap_or_default();
    if ids.is_empty() {
        return Err(Failure::bad("there are no messages to copy"));
    }
    if ids.len() > 100 {
        return Err(Failure::bad("too many messages to copy"));
    }
    if ids.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(Failure::bad(
            "message identifiers must be in a strictly increasing order",
        ));
    }
    let place = place(state, params)?;
    let found = ids.iter().filter_map(|id| state.record.message(from, *id));
    let originals: Vec<Message> = found.filter(|it| !it.is_service()).cloned().collect();
    if originals.is_empty() {
        return Err(Failure::bad("message to copy not found"));
    }
    let mut copies = vec![];
    for original in originals {
        state.pace(place.chat)?;
        let mut copy = Message {
            text: original.text,
            entities: original.entities,
            attachment: original.attachment,
            ..ours(state, &place)
        };
        if let Some(album) = original.head.get("media_group_id") {
            copy.head.insert(
                "media_group_id".to_owned(),
                json!(format!("copy of {album}")),
            );
        }
        copies.push(json!({"message_id": state.add(copy)}));
    }
    Ok(Value::from(copies).into())
}

pub(crate) fn forward(state: &mut State, params: &Params) -> Outcome {
    let original = original(state, params, "forward")?;
    let place = place(state, params)?;
    state.pace(place.chat)?;
    let origin = match (
        original.head.get("forward_origin"),
        original.head.get("from"),
    ) {
        (Some(origin), _) => origin.clone(),
        (None, Some(user)) => json!({"type": "user", "sender_user": user, "date": original.date}),
        (None, None) => {
            let chat = state.world.chat_json(original.chat);
            json!({"type": "channel", "chat": chat, "message_id": original.id, "date": original.date})
        }
    };
    let Message {
        text,
        entities,
        attachment,
        ..
    } = original;
    let mut message = Message {
        text,
        entities,
        attachment,
        ..ours(state, &place)
    };
    message.head.insert("forward_origin".to_owned(), origin);
    let id = state.add(message);
    Ok(state.message_json(place.chat, id).into())
}

/// The message that `from_chat_id` and `message_id` name.
fn original(state: &State, params: &Params, what: &str) -> Result<Message, Failure> {
    let chat = state.world.known(params.get("from_chat_id"))?.id;
    let found = params
        .message("message_id")
        .and_then(|id| state.record.message(chat, id));
    let message = found.ok_or_else(|| Failure::bad(format!("message to {what} not found")))?;
    let participle = if what == "copy" {
        "copied"
    } else {
        "forwarded"
    };
    if message.is_service() {
        return Err(Failure::bad(format!("message can't be {participle}")));
    }
    Ok(message.clone())
}

/// The chat, the topic and the answered message of a call. What answers a message in a topic stands in that topic.
fn place(state: &State, params: &Params) -> Result<Place, Failure> {
    let chat = state.world.writable(params.get("chat_id"))?;
    let reply_to = reply(state, chat.id, params)?;
    let answered = reply_to.and_then(|id| state.record.message(chat.id, id));
    let thread = params.message("message_thread_id");
    if let Some(thread) = thread {
        chat.check_thread(thread)?;
    }
    let thread = thread.or_else(|| {
        answered
            .filter(|_| chat.kind == Kind::Forum)
            .and_then(|message| message.thread)
    });
    Ok(Place {
        chat: chat.id,
        thread,
        reply_to,
    })
}

fn reply(state: &State, chat: i64, params: &Params) -> Result<Option<i32>, Failure> {
    let (id, lenient) = match params.json(
        "reply_parameters",
        "can't parse reply parameters JSON object",
    )? {
        Some(Value::Object(reply)) => {
            let id = reply
                .get("message_id")
                .and_then(Value::as_i64)
                .unwrap_or_default();
            (
                id,
                reply
                    .get("allow_sending_without_reply")
                    .and_then(Value::as_bool)
                    .unwrap_or_default(),
            )
        }
        Some(_) => return Err(Failure::bad("object expected as reply parameters")),
        None => {
            let id = params.integer("reply_to_message_id", 0, 0, i64::from(i32::MAX));
            (id, params.flag("allow_sending_without_reply"))
        }
    };
    let Some(id) = i32::try_from(id).ok().filter(|id| *id > 0) else {
        return Ok(None);
    };
    match state.record.message(chat, id) {
        Some(_) => Ok(Some(id)),
        None if lenient => Ok(None),
        None => Err(Failure::bad("message to be replied not found")),
    }
}

/// A message of the bot that says nothing yet.
fn ours(state: &State, place: &Place) -> Message {
    let chat = &state.world.chats[&place.chat];
    let mut head = Map::new();
    if chat.kind == Kind::Channel {
        head.insert("sender_chat".to_owned(), state.world.chat_json(chat.id));
    } else {
        head.insert("from".to_owned(), state.bot.json());
    }
    Message {
        thread: place.thread,
        reply_to: place.reply_to,
        ours: true,
        head,
        ..Message::blank(chat.id, &state.bot.name)
    }
}
