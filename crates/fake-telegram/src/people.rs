//! The people of a test. In: what they say, press and do. Out: messages in their chats and updates for the bot, shaped
//! as the Bot API shapes them.

use super::groups::Group;
use super::keyboard::Action;
use super::message::Message;
use super::queue::Lane;
use super::record::{Callback, Inline};
use super::state::{CALLBACK, DAY, INLINE, Shared, State};
use super::text::find;
use super::world::{Chat, Kind, Profile, Standing};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A person in a chat: at first the private one, with [`Person::at`] a group, with [`Person::within`] a topic.
#[derive(Clone)]
pub struct Person {
    shared: Arc<Shared>,
    pub id: i64,
    pub chat: i64,
    pub thread: Option<i32>,
}

impl Person {
    pub fn new(shared: &Arc<Shared>, id: i64) -> Person {
        shared.change(|state| {
            let name = format!("用户{id}");
            state.world.people.entry(id).or_insert_with(|| Profile {
                id,
                name: name.clone(),
                username: None,
                language: "zh-hans".to_owned(),
                bot: false,
                seen: false,
            });
            let private = || Chat::new(id, Kind::Private, name.clone(), Standing::Stranger);
            state.world.chats.entry(id).or_insert_with(private);
        });
        Person {
            shared: shared.clone(),
            id,
            chat: id,
            thread: None,
        }
    }

    pub fn named(self, name: &str) -> Person {
        self.profile(|profile| profile.name = name.to_owned())
    }

    /// The name that others mention them by, without its `@`.
    pub fn with_username(self, username: &str) -> Person {
        self.profile(|profile| profile.username = Some(username.to_owned()))
    }

    /// The language of the app, such as `en`.
    pub fn speaking(self, language: &str) -> Person {
        self.profile(|profile| profile.language = language.to_owned())
    }

    /// The same person in a group, which they join without a word.
    pub fn at(&self, group: &Group) -> Person {
        self.shared.change(|state| {
            state
                .world
                .chats
                .get_mut(&group.id)
                .unwrap()
                .members
                .insert(self.id)
        });
        Person {
            chat: group.id,
            thread: None,
            ..self.clone()
        }
    }

    /// The same person in a topic of this group.
    pub fn within(&self, thread: i32) -> Person {
        Person {
            thread: Some(thread),
            ..self.clone()
        }
    }

    /// Says something; commands, mentions and addresses in it are marked as Telegram marks them.
    pub fn say(&self, text: &str) -> i32 {
        self.post(|message| message.text = text.to_owned())
    }

    pub fn reply(&self, to: i32, text: &str) -> i32 {
        self.post(|message| {
            message.text = text.to_owned();
            message.reply_to = Some(to);
        })
    }

    pub fn photo(&self, caption: &str) -> i32 {
        self.post(|message| {
            message.text = caption.to_owned();
            message.attachment = Some(photo(1));
        })
    }

    /// A picture with something in it, which `getFile` leads to.
    pub fn picture(&self, bytes: Vec<u8>, caption: &str) -> i32 {
        let kept = self.kept_photo(bytes);
        self.post(|message| {
            message.text = caption.to_owned();
            message.attachment = Some(kept.clone());
        })
    }

    /// An album of pictures with something in them, each with its caption.
    pub fn pictures(&self, all: Vec<(Vec<u8>, &str)>) -> Vec<i32> {
        let group = self.album_name();
        let one = |(bytes, caption): (Vec<u8>, &str)| {
            let kept = self.kept_photo(bytes);
            self.post(|message| {
                message.text = caption.to_owned();
                message.attachment = Some(kept.clone());
                message
                    .head
                    .insert("media_group_id".to_owned(), group.as_str().into());
            })
        };
        all.into_iter().map(one).collect()
    }

    fn album_name(&self) -> String {
        self.shared
            .quietly(|state| state.rng.u64(1 << 53..1 << 54).to_string())
    }

    fn kept_photo(&self, bytes: Vec<u8>) -> (String, Value) {
        let (id, size) = self.kept_file("photos", bytes);
        let large = json!({
            "file_id": id, "file_unique_id": format!("u{id}"), "file_size": size, "width": 800, "height": 600,
        });
        ("photo".to_owned(), json!([large]))
    }

    /// A document, which `getFile` leads to.
    pub fn document(&self, name: &str, mime: &str, bytes: Vec<u8>) -> i32 {
        let (id, size) = self.kept_file("documents", bytes);
        self.post(|message| {
            let document = json!({
                "file_id": id, "file_unique_id": format!("u{id}"), "file_size": size, "file_name": name, "mime_type": mime,
            });
            message.attachment = Some(("document".to_owned(), document));
        })
    }

    /// The id of a file, which is its path, and its size.
    fn kept_file(&self, folder: &str, bytes: Vec<u8>) -> (String, usize) {
        self.shared.change(|state| {
            let (id, size) = (format!("{folder}/file_{}", state.files.len()), bytes.len());
            state.files.insert(id.clone(), bytes);
            (id, size)
        })
    }

    /// Photos that belong together: messages that share a `media_group_id`, of which the first has the caption.
    pub fn album(&self, count: usize, caption: &str) -> Vec<i32> {
        let group = self.album_name();
        let one = |index: usize| {
            self.post(|message| {
                message.text = if index == 0 {
                    caption.to_owned()
                } else {
                    String::new()
                };
                message.attachment = Some(photo(index));
                message
                    .head
                    .insert("media_group_id".to_owned(), group.as_str().into());
            })
        };
        (0..count).map(one).collect()
    }

    pub fn sticker(&self) -> i32 {
        let sticker = json!({
            "width": 512, "height": 512, "emoji": "👍", "set_name": "Thumbs", "is_animated": false, "is_video": false,
            "type": "regular", "file_id": "CAACAgIAAxkBAAM", "file_unique_id": "AgADVwADr8ZRGg", "file_size": 9_216,
        });
        self.post(|message| message.attachment = Some(("sticker".to_owned(), sticker)))
    }

    pub fn voice(&self) -> i32 {
        let voice = json!({
            "duration": 3, "mime_type": "audio/ogg", "file_id": "AwACAgIAAxkBAAN", "file_unique_id": "AgADGQADU5gRSA",
            "file_size": 12_345,
        });
        self.post(|message| message.attachment = Some(("voice".to_owned(), voice)))
    }

    /// Forwards what somebody who hides their account wrote elsewhere.
    pub fn forward(&self, text: &str) -> i32 {
        self.post(|message| {
            message.text = text.to_owned();
            let origin =
                json!({"type": "hidden_user", "sender_user_name": "某人", "date": 1_700_000_000});
            message.head.insert("forward_origin".to_owned(), origin);
        })
    }

    /// Edits a message of theirs.
    pub fn edit(&self, message: i32, text: &str) {
        self.shared.change(|state| {
            let (chat, now) = (self.chat, state.clock.unix());
            let own = state
                .message_mut(chat, message)
                .filter(|message| !message.ours)
                .unwrap();
            own.earlier
                .push(std::mem::replace(&mut own.text, text.to_owned()));
            own.entities = find(text, &[]);
            own.edited = Some(now);
            let shown = state.message_json(chat, message);
            state.update("edited_message", shown, DAY, Some(Lane::Messages(chat)));
        });
    }

    /// Presses the newest button in the chat that says this, or whose data this is. Gives the query's identifier.
    pub fn press(&self, button: &str) -> String {
        let has_it = |message: &&Message| message.buttons().iter().any(|it| it.is(button));
        let newest = self.shared.quietly(|state| {
            state
                .record
                .replies(self.chat)
                .rev()
                .find(has_it)
                .map(|it| it.id)
        });
        let newest =
            newest.unwrap_or_else(|| panic!("no button {button:?} in\n{}", self.transcript()));
        self.press_on(newest, button)
    }

    /// Presses a button of this message.
    pub fn press_on(&self, message: i32, button: &str) -> String {
        let pressed = self.shared.change(|state| {
            let found = state
                .record
                .message(self.chat, message)?
                .buttons()
                .into_iter()
                .find(|it| it.is(button))?;
            let Action::Callback(data) = &found.action else {
                return None;
            };
            let data = data.clone();
            Some(state.callback(self.id, self.chat, message, &data))
        });
        pressed.unwrap_or_else(|| {
            panic!(
                "no button {button:?} to press on #{message} in\n{}",
                self.transcript()
            )
        })
    }

    /// Types `@wenlu_bot text` in any chat. Gives the query's identifier.
    pub fn inline(&self, text: &str) -> String {
        self.shared.change(|state| {
            let id = state.query_id();
            let asked = Inline {
                user: self.id,
                query: text.to_owned(),
                at: state.now(),
                results: None,
            };
            state.record.inline.insert(id.clone(), asked);
            let from = state.world.show(self.id);
            let query =
                json!({"id": id, "from": from, "chat_type": "sender", "query": text, "offset": ""});
            state.update("inline_query", query, INLINE, Some(Lane::Inline(self.id)));
            id
        })
    }

    /// Blocks the bot.
    pub fn block(&self) {
        self.shared
            .change(|state| state.standing(self.id, self.id, Standing::Blocked));
    }

    pub fn unblock(&self) {
        self.shared
            .change(|state| state.standing(self.id, self.id, Standing::Member));
    }

    /// Deletes the account. The bot is told nothing.
    pub fn deactivate(&self) {
        self.shared.change(|state| {
            state.world.chats.get_mut(&self.id).unwrap().standing = Standing::Deactivated
        });
    }

    /// The chat as this person sees it.
    pub fn transcript(&self) -> String {
        self.shared
            .quietly(|state| state.record.transcript(self.chat))
    }

    fn post(&self, write: impl FnOnce(&mut Message)) -> i32 {
        self.shared.change(|state| {
            let from = state.world.show(self.id);
            let mut message = Message {
                thread: self.thread,
                head: Map::from_iter([("from".to_owned(), from)]),
                ..Message::blank(self.chat, &state.world.people[&self.id].name)
            };
            write(&mut message);
            state.receive("message", message)
        })
    }

    fn profile(self, change: impl FnOnce(&mut Profile)) -> Person {
        self.shared
            .change(|state| change(state.world.people.get_mut(&self.id).unwrap()));
        self
    }
}

impl State {
    /// A message of somebody else than the bot, of which the bot hears where it belongs to the chat.
    pub fn receive(&mut self, kind: &str, mut message: Message) -> i32 {
        let chat = self.world.chats.get_mut(&message.chat).unwrap();
        if chat.kind == Kind::Private && chat.standing == Standing::Stranger {
            chat.standing = Standing::Member;
        }
        let listens = matches!(chat.standing, Standing::Member | Standing::Administrator);
        message.entities = find(&message.text, &[]);
        let chat = message.chat;
        let id = self.add(message);
        if listens {
            let shown = self.message_json(chat, id);
            self.update(kind, shown, DAY, Some(Lane::Messages(chat)));
        }
        id
    }

    /// A service message: `field` says what happened.
    pub fn service(
        &mut self,
        chat: i64,
        thread: Option<i32>,
        field: &str,
        content: Value,
        head: Map<String, Value>,
    ) -> i32 {
        let attachment = Some((field.to_owned(), content));
        self.receive(
            "message",
            Message {
                thread,
                attachment,
                head,
                ..Message::blank(chat, "*")
            },
        )
    }

    /// Something else becomes of the bot in a chat, and it is told so.
    pub fn standing(&mut self, chat: i64, by: i64, standing: Standing) {
        let before = std::mem::replace(
            &mut self.world.chats.get_mut(&chat).unwrap().standing,
            standing,
        );
        let update = json!({
            "chat": self.world.chat_json(chat),
            "from": self.world.show(by),
            "date": self.clock.unix(),
            "old_chat_member": self.bot_as_member(before),
            "new_chat_member": self.bot_as_member(standing),
        });
        self.update("my_chat_member", update, DAY, Some(Lane::Membership(chat)));
    }

    fn callback(&mut self, user: i64, chat: i64, message: i32, data: &str) -> String {
        let id = self.query_id();
        let pressed = Callback {
            user,
            data: data.to_owned(),
            at: self.now(),
            answer: None,
        };
        self.record.callbacks.insert(id.clone(), pressed);
        let query = json!({
            "id": id,
            "from": self.world.show(user),
            "message": self.message_json(chat, message),
            "chat_instance": (chat.wrapping_mul(0x5851_F42D_4C95_7F2D)).to_string(),
            "data": data,
        });
        self.update(
            "callback_query",
            query,
            CALLBACK,
            Some(Lane::Callbacks(user)),
        );
        id
    }

    fn query_id(&mut self) -> String {
        self.rng.u64(1 << 60..1 << 63).to_string()
    }
}

impl super::keyboard::Button {
    pub fn is(&self, wanted: &str) -> bool {
        self.text == wanted || matches!(&self.action, Action::Callback(data) if data == wanted)
    }
}

fn photo(index: usize) -> (String, Value) {
    let size = |name: &str, width: u32| {
        json!({
            "file_id": format!("AgACAgIAAxkBAAM{index}{name}"), "file_unique_id": format!("AQADx{index}{name}"),
            "file_size": width * 100, "width": width, "height": width / 4 * 3,
        })
    };
    (
        "photo".to_owned(),
        json!([size("s", 88), size("m", 320), size("x", 800)]),
    )
}
