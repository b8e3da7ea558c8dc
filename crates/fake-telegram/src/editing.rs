//! `editMessageText`, `editMessageCaption`, `editMessageReplyMarkup`, `deleteMessage`, `pinChatMessage`. In: parameters. Out: a changed
//! message, or the refusal.

use super::failure::{Failure, Outcome};
use super::keyboard::Keyboard;
use super::message::Message;
use super::params::Params;
use super::state::{DAY, State};
use super::text;
use super::world::Kind;
use serde_json::{Map, json};

/// How many code points a caption may have.
const LONGEST_CAPTION: usize = 1_024;
/// A message that is older cannot be deleted, in seconds.
const DELETABLE: f64 = 2.0 * DAY;

pub(crate) fn text(state: &mut State, params: &Params) -> Outcome {
    let said = text::format(
        params.get("text").unwrap_or_default(),
        params.get("parse_mode"),
        params.get("entities"),
    )?;
    let keyboard = Keyboard::read(params)?;
    edit(state, params, |message| {
        if message.attachment.is_some() {
            return Err(Failure::bad("there is no text in the message to edit"));
        }
        if message.text == said.text
            && message.entities == said.entities
            && message.keyboard == keyboard
        {
            return Err(not_modified());
        }
        message
            .earlier
            .push(std::mem::replace(&mut message.text, said.text));
        message.entities = said.entities;
        message.keyboard = keyboard;
        Ok(())
    })
}

pub(crate) fn caption(state: &mut State, params: &Params) -> Outcome {
    let said = match params.get("caption") {
        None | Some("") => text::Formatted::default(),
        Some(caption) => text::format(caption, params.get("parse_mode"), None)?,
    };
    if said.text.chars().count() > LONGEST_CAPTION {
        return Err(Failure::bad("message caption is too long"));
    }
    let keyboard = Keyboard::read(params)?;
    edit(state, params, |message| {
        if message.attachment.is_none() {
            return Err(Failure::bad("there is no caption in the message to edit"));
        }
        if message.text == said.text && message.keyboard == keyboard {
            return Err(not_modified());
        }
        let before = std::mem::replace(&mut message.text, said.text);
        message.earlier.push(before);
        message.entities = said.entities;
        message.keyboard = keyboard;
        Ok(())
    })
}

pub(crate) fn keyboard(state: &mut State, params: &Params) -> Outcome {
    let keyboard = Keyboard::read(params)?;
    edit(state, params, |message| {
        if message.keyboard == keyboard {
            return Err(not_modified());
        }
        message.keyboard = keyboard;
        Ok(())
    })
}

pub(crate) fn delete(state: &mut State, params: &Params) -> Outcome {
    let chat = state.world.writable(params.get("chat_id"))?;
    let (id, private) = (chat.id, chat.kind == Kind::Private);
    let rights = chat.check_rights("delete").is_ok();
    let oldest = state.clock.unix() - DELETABLE as i64;
    let found = params
        .message("message_id")
        .and_then(|message| state.message_mut(id, message));
    let message = found.ok_or_else(|| Failure::bad("message to delete not found"))?;
    if message.date < oldest {
        let everyone = if private { " for everyone" } else { "" };
        return Err(Failure::bad(format!("message can't be deleted{everyone}")));
    }
    if !message.ours && !rights {
        return Err(Failure::bad("message can't be deleted"));
    }
    message.deleted = true;
    Ok(json!(true).into())
}

pub(crate) fn pin(state: &mut State, params: &Params) -> Outcome {
    let chat = state.world.writable(params.get("chat_id"))?;
    chat.check_rights("manage pinned messages in the chat")?;
    let id = chat.id;
    let found = params
        .message("message_id")
        .and_then(|message| state.message_mut(id, message));
    let message = found.ok_or_else(|| Failure::bad("message to pin not found"))?;
    message.pinned = true;
    let (pinned, thread) = (message.id, message.thread);
    let shown = state.message_json(id, pinned);
    state.service(
        id,
        thread,
        "pinned_message",
        shown,
        Map::from_iter([("from".to_owned(), state.bot.json())]),
    );
    Ok(json!(true).into())
}

/// Changes a message of the bot.
fn edit(
    state: &mut State,
    params: &Params,
    change: impl FnOnce(&mut Message) -> Result<(), Failure>,
) -> Outcome {
    if params.get("chat_id").is_none() && params.get("inline_message_id").is_some() {
        return Err(Failure::bad("MESSAGE_ID_INVALID"));
    }
    let chat = state.world.writable(params.get("chat_id"))?.id;
    let id = params
        .message("message_id")
        .ok_or_else(|| Failure::bad("message identifier is not specified"))?;
    let now = state.clock.unix();
    let message = state
        .message_mut(chat, id)
        .ok_or_else(|| Failure::bad("message to edit not found"))?;
    if !message.ours
        || message.head.contains_key("forward_origin")
        || matches!(message.keyboard, Some(Keyboard::Reply(_)))
    {
        return Err(Failure::bad("message can't be edited"));
    }
    let mut edited = message.clone();
    change(&mut edited)?;
    edited.edited = Some(now);
    state.pace(chat)?;
    if let Some(message) = state.message_mut(chat, id) {
        *message = edited;
    }
    Ok(state.message_json(chat, id).into())
}

fn not_modified() -> Failure {
    Failure::bad(
        "message is not modified: specified new message content and reply markup are exactly the same as a current \
         content and reply markup of the message",
    )
}
