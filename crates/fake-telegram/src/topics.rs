//! `createForumTopic`, `editForumTopic`, `closeForumTopic`, `reopenForumTopic`. In: parameters. Out: a topic and the
//! service message about it, or the refusal.

use super::failure::{Failure, Outcome};
use super::params::Params;
use super::state::State;
use super::world::{Chat, Kind, Topic};
use serde_json::{Map, Value, json};

/// Characters of a topic's name; the rest is cut off.
const LONGEST_NAME: usize = 128;
/// A colour that topics may have.
const ICON: u32 = 0x006F_B9F0;

pub(crate) fn create(state: &mut State, params: &Params) -> Outcome {
    let chat = forum(state, params, "create a topic")?.id;
    let name = name(params).ok_or_else(|| Failure::bad("title must be non-empty"))?;
    let thread = open(
        state,
        chat,
        &name,
        Map::from_iter([("from".to_owned(), state.bot.json())]),
    );
    Ok(json!({"message_thread_id": thread, "name": name, "icon_color": ICON}).into())
}

pub(crate) fn edit(state: &mut State, params: &Params) -> Outcome {
    let name = name(params);
    change(state, params, |topic| {
        let Some(name) = name.filter(|name| *name != topic.name) else {
            return Err(not_modified());
        };
        topic.name.clone_from(&name);
        Ok(("forum_topic_edited", json!({"name": name})))
    })
}

pub(crate) fn close(state: &mut State, params: &Params, closed: bool) -> Outcome {
    change(state, params, |topic| {
        if std::mem::replace(&mut topic.closed, closed) == closed {
            return Err(not_modified());
        }
        Ok((
            if closed {
                "forum_topic_closed"
            } else {
                "forum_topic_reopened"
            },
            json!({}),
        ))
    })
}

/// A new topic and its first message, which gives the topic its number.
pub(crate) fn open(state: &mut State, chat: i64, name: &str, head: Map<String, Value>) -> i32 {
    let content = json!({"name": name, "icon_color": ICON});
    let thread = state.world.peek_message(chat);
    let topic = Topic {
        name: name.to_owned(),
        closed: false,
    };
    if let Some(chat) = state.world.chats.get_mut(&chat) {
        chat.topics.insert(thread, topic);
    }
    state.service(chat, Some(thread), "forum_topic_created", content, head)
}

fn change(
    state: &mut State,
    params: &Params,
    change: impl FnOnce(&mut Topic) -> Result<(&'static str, Value), Failure>,
) -> Outcome {
    let chat = forum(state, params, "edit the topic")?.id;
    let thread = params.message("message_thread_id");
    let topics = state
        .world
        .chats
        .get_mut(&chat)
        .map(|chat| &mut chat.topics);
    let topic = thread.and_then(|thread| topics?.get_mut(&thread));
    let (field, content) = change(topic.ok_or_else(|| Failure::bad("TOPIC_ID_INVALID"))?)?;
    state.service(
        chat,
        thread,
        field,
        content,
        Map::from_iter([("from".to_owned(), state.bot.json())]),
    );
    Ok(json!(true).into())
}

fn forum<'a>(state: &'a State, params: &Params, what: &str) -> Result<&'a Chat, Failure> {
    let chat = state.world.writable(params.get("chat_id"))?;
    if chat.kind != Kind::Forum {
        return Err(Failure::bad("the chat is not a forum"));
    }
    chat.check_rights(what)?;
    Ok(chat)
}

fn name(params: &Params) -> Option<String> {
    let name: String = params
        .get("name")?
        .trim()
        .chars()
        .take(LONGEST_NAME)
        .collect();
    (!name.is_empty()).then_some(name)
}

fn not_modified() -> Failure {
    Failure::bad("TOPIC_NOT_MODIFIED")
}
