//! What changes no message: `getMe`, `getChat`, `getChatMember`, `sendChatAction`, `setMyCommands`, `getMyCommands`.

use super::failure::{Failure, Outcome};
use super::params::Params;
use super::state::State;
use super::world::{Kind, Standing};
use serde_json::{Value, json};

const ACTIONS: [&str; 11] = [
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
];

const MOST_COMMANDS: usize = 100;
const LONGEST_COMMAND: usize = 32;
const LONGEST_DESCRIPTION: usize = 256;

pub(crate) fn me(state: &State) -> Outcome {
    let mut me = state.bot.json();
    for (ability, able) in [
        ("can_join_groups", true),
        ("can_read_all_group_messages", true),
        ("supports_inline_queries", true),
        ("can_connect_to_business", false),
        ("has_main_web_app", false),
    ] {
        me[ability] = able.into();
    }
    Ok(me.into())
}

pub(crate) fn chat(state: &State, params: &Params) -> Outcome {
    let chat = state.world.known(params.get("chat_id"))?;
    let mut shown = state.world.chat_json(chat.id);
    let gifts = [
        "unlimited_gifts",
        "limited_gifts",
        "unique_gifts",
        "premium_subscription",
    ];
    shown["accepted_gift_types"] = gifts
        .iter()
        .map(|gift| ((*gift).to_owned(), Value::from(false)))
        .collect();
    shown["accent_color_id"] = 0.into();
    shown["max_reaction_count"] = 11.into();
    Ok(shown.into())
}

/// Where a file is given that somebody sent.
pub(crate) fn file(state: &State, params: &Params) -> Outcome {
    let id = params.get("file_id").unwrap_or_default();
    let bytes = state.files.get(id).ok_or(Failure::bad("invalid file_id"))?;
    let found = json!({
        "file_id": id, "file_unique_id": format!("u{id}"), "file_size": bytes.len(), "file_path": id,
    });
    Ok(found.into())
}

pub(crate) fn member(state: &State, params: &Params) -> Outcome {
    let chat = state.world.known(params.get("chat_id"))?;
    let id = params.integer("user_id", 0, 0, i64::MAX);
    if id == 0 {
        return Err(Failure::bad("invalid user_id specified"));
    }
    if id == state.bot.id {
        return Ok(state.bot_as_member(chat.standing).into());
    }
    let person = state
        .world
        .people
        .get(&id)
        .ok_or_else(|| Failure::bad("user not found"))?;
    let belongs = chat.members.contains(&id) || (chat.kind == Kind::Private && chat.id == id);
    Ok(json!({"user": person.json(), "status": if belongs { "member" } else { "left" }}).into())
}

pub(crate) fn action(state: &State, params: &Params) -> Outcome {
    let chat = state.world.writable(params.get("chat_id"))?;
    if let Some(thread) = params.message("message_thread_id") {
        chat.check_thread(thread)?;
    }
    let known = params
        .get("action")
        .is_some_and(|action| ACTIONS.contains(&action));
    if known {
        Ok(json!(true).into())
    } else {
        Err(Failure::bad("wrong parameter action in request"))
    }
}

pub(crate) fn set_commands(state: &mut State, params: &Params) -> Outcome {
    let commands = params
        .json("commands", "can't parse commands JSON object")?
        .unwrap_or_else(|| json!([]));
    let list = commands
        .as_array()
        .ok_or_else(|| Failure::bad("expected an Array of BotCommand"))?;
    if list.len() > MOST_COMMANDS {
        return Err(Failure::bad("BOT_COMMANDS_TOO_MUCH"));
    }
    for command in list {
        check_command(&command["command"], &command["description"]).map_err(Failure::bad)?;
    }
    state.commands.insert(scope(params), commands);
    Ok(json!(true).into())
}

pub(crate) fn commands(state: &State, params: &Params) -> Outcome {
    Ok(state
        .commands
        .get(&scope(params))
        .cloned()
        .unwrap_or_else(|| json!([]))
        .into())
}

fn scope(params: &Params) -> (String, String) {
    let text = |name| params.get(name).unwrap_or_default().to_owned();
    (text("scope"), text("language_code"))
}

fn check_command(command: &Value, description: &Value) -> Result<(), String> {
    let (Some(command), Some(description)) = (command.as_str(), description.as_str()) else {
        return Err("can't parse BotCommand: Can't find field \"command\"".into());
    };
    let command = command.trim_start_matches('/');
    let allowed = |next: char| matches!(next, 'a'..='z' | '0'..='9' | '_');
    if command.is_empty() {
        return Err("command must be non-empty".into());
    }
    if command.len() > LONGEST_COMMAND {
        return Err(format!("command length must not exceed {LONGEST_COMMAND}"));
    }
    if !command.chars().all(allowed) {
        return Err("BOT_COMMAND_INVALID".into());
    }
    if description.is_empty() {
        return Err("command description must be non-empty".into());
    }
    if description.chars().count() > LONGEST_DESCRIPTION {
        return Err(format!(
            "command description length must not exceed {LONGEST_DESCRIPTION}"
        ));
    }
    Ok(())
}

impl State {
    /// The bot as a member of a chat.
    pub fn bot_as_member(&self, standing: Standing) -> Value {
        let user = self.bot.json();
        match standing {
            Standing::Member => json!({"user": user, "status": "member"}),
            Standing::Administrator => administrator(&user),
            Standing::Blocked | Standing::Kicked => {
                json!({"user": user, "status": "kicked", "until_date": 0})
            }
            Standing::Stranger | Standing::Deactivated | Standing::Left | Standing::Upgraded(_) => {
                json!({"user": user, "status": "left"})
            }
        }
    }
}

fn administrator(user: &Value) -> Value {
    let mut member = json!({"user": user, "status": "administrator", "can_be_edited": false, "is_anonymous": false});
    for right in [
        "can_manage_chat",
        "can_change_info",
        "can_delete_messages",
        "can_invite_users",
        "can_restrict_members",
        "can_pin_messages",
        "can_manage_topics",
        "can_manage_video_chats",
        "can_post_stories",
        "can_edit_stories",
        "can_delete_stories",
    ] {
        member[right] = true.into();
    }
    member["can_promote_members"] = false.into();
    member
}
