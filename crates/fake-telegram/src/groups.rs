//! Groups, forums and channels of a test. In: what happens in them besides what a person says. Out: messages there and
//! updates for the bot.

use super::message::Message;
use super::people::Person;
use super::queue::Lane;
use super::state::{DAY, Shared, State};
use super::topics;
use super::world::{Chat, Kind, Standing};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Supergroups, forums and channels have identifiers below this.
const SUPERGROUPS: i64 = -1_000_000_000_000;
/// Telegram's own accounts: the one that speaks for anonymous administrators, and the one that speaks for channels.
const ANONYMOUS: i64 = 1_087_968_824;
const CHANNELS: i64 = 136_817_688;

#[derive(Clone)]
pub struct Group {
    shared: Arc<Shared>,
    pub id: i64,
}

#[derive(Clone)]
pub struct Channel {
    shared: Arc<Shared>,
    pub id: i64,
}

/// Makes a chat unless it is there. Forums have the bot as an administrator, other groups as a member.
fn make(shared: &Arc<Shared>, number: i64, kind: Kind, title: &str) -> i64 {
    let id = if kind == Kind::Group {
        -number
    } else {
        SUPERGROUPS - number
    };
    let standing = if matches!(kind, Kind::Forum | Kind::Channel) {
        Standing::Administrator
    } else {
        Standing::Member
    };
    shared.change(|state| {
        state
            .world
            .chats
            .entry(id)
            .or_insert_with(|| Chat::new(id, kind, title.to_owned(), standing));
    });
    id
}

impl Group {
    pub fn new(shared: &Arc<Shared>, number: i64, kind: Kind, title: &str) -> Group {
        Group {
            shared: shared.clone(),
            id: make(shared, number, kind, title),
        }
    }

    /// Somebody joins, and the group is told so.
    pub fn join(&self, person: &Person) -> Person {
        let person = person.at(self);
        self.shared.change(|state| {
            let user = state.world.show(person.id);
            let mut head = from(&user);
            head.insert("new_chat_participant".to_owned(), user.clone());
            head.insert("new_chat_member".to_owned(), user.clone());
            state.service(self.id, None, "new_chat_members", json!([user]), head);
        });
        person
    }

    /// An administrator who does not show who they are.
    pub fn anonymous(&self, text: &str) -> i32 {
        self.shared.change(|state| {
            let head = anonymous(state, self.id);
            state.receive(
                "message",
                Message {
                    text: text.to_owned(),
                    head,
                    ..Message::blank(self.id, "Group")
                },
            )
        })
    }

    /// A channel that writes here under its own name.
    pub fn channel_says(&self, channel: &Channel, text: &str) -> i32 {
        self.shared.change(|state| {
            let mut head = from(&account(CHANNELS, "Channel", "Channel_Bot"));
            head.insert("sender_chat".to_owned(), state.world.chat_json(channel.id));
            let author = state.world.chats[&channel.id].title.clone();
            state.receive(
                "message",
                Message {
                    text: text.to_owned(),
                    head,
                    ..Message::blank(self.id, &author)
                },
            )
        })
    }

    /// Another bot.
    pub fn bot_says(&self, text: &str) -> i32 {
        self.shared.change(|state| {
            let head = from(&account(7_777_777, "别的机器人", "another_bot"));
            state.receive(
                "message",
                Message {
                    text: text.to_owned(),
                    head,
                    ..Message::blank(self.id, "别的机器人")
                },
            )
        })
    }

    /// Somebody opens a topic.
    pub fn open_topic(&self, by: &Person, name: &str) -> i32 {
        self.shared.change(|state| {
            let head = from(&state.world.show(by.id));
            topics::open(state, self.id, name, head)
        })
    }

    /// Somebody closes a topic.
    pub fn close_topic(&self, by: &Person, thread: i32) {
        self.shared.change(|state| {
            let head = from(&state.world.show(by.id));
            self.topics(state).get_mut(&thread).unwrap().closed = true;
            state.service(self.id, Some(thread), "forum_topic_closed", json!({}), head);
        });
    }

    /// A topic goes with all its messages. The bot is told nothing.
    pub fn delete_topic(&self, thread: i32) {
        self.shared.change(|state| {
            self.topics(state).remove(&thread);
            let messages = state.record.chats.entry(self.id).or_default().iter_mut();
            messages
                .filter(|message| message.thread == Some(thread))
                .for_each(|message| message.deleted = true);
        });
    }

    /// The bot becomes something else here: an administrator, kicked …
    pub fn make_bot(&self, by: &Person, standing: Standing) {
        self.shared
            .change(|state| state.standing(self.id, by.id, standing));
    }

    /// The group becomes a supergroup with an identifier of its own.
    pub fn migrate(&self, by: &Person) -> Group {
        let new = make(&self.shared, -self.id, Kind::Supergroup, "");
        self.shared.change(|state| {
            let old = state.world.chats[&self.id].clone();
            let chat = state.world.chats.get_mut(&new).unwrap();
            (chat.title, chat.members, chat.standing) = (old.title, old.members, old.standing);
            let head = from(&state.world.show(by.id));
            state.service(self.id, None, "migrate_to_chat_id", new.into(), head);
            state.world.chats.get_mut(&self.id).unwrap().standing = Standing::Upgraded(new);
            let head = anonymous(state, new);
            state.service(new, None, "migrate_from_chat_id", self.id.into(), head);
        });
        Group {
            shared: self.shared.clone(),
            id: new,
        }
    }

    fn topics<'a>(
        &self,
        state: &'a mut State,
    ) -> &'a mut std::collections::BTreeMap<i32, super::world::Topic> {
        &mut state.world.chats.get_mut(&self.id).unwrap().topics
    }
}

impl Channel {
    pub fn new(shared: &Arc<Shared>, number: i64, title: &str) -> Channel {
        Channel {
            shared: shared.clone(),
            id: make(shared, number, Kind::Channel, title),
        }
    }

    pub fn post(&self, text: &str) -> i32 {
        self.shared.change(|state| {
            let head = Map::from_iter([("sender_chat".to_owned(), state.world.chat_json(self.id))]);
            let author = state.world.chats[&self.id].title.clone();
            state.receive(
                "channel_post",
                Message {
                    text: text.to_owned(),
                    head,
                    ..Message::blank(self.id, &author)
                },
            )
        })
    }

    pub fn edit(&self, post: i32, text: &str) {
        self.shared.change(|state| {
            let now = state.clock.unix();
            let own = state.message_mut(self.id, post).unwrap();
            own.earlier
                .push(std::mem::replace(&mut own.text, text.to_owned()));
            own.edited = Some(now);
            let shown = state.message_json(self.id, post);
            state.update(
                "edited_channel_post",
                shown,
                DAY,
                Some(Lane::Messages(self.id)),
            );
        });
    }
}

fn from(user: &Value) -> Map<String, Value> {
    Map::from_iter([("from".to_owned(), user.clone())])
}

fn anonymous(state: &State, group: i64) -> Map<String, Value> {
    let mut head = from(&account(ANONYMOUS, "Group", "GroupAnonymousBot"));
    head.insert("sender_chat".to_owned(), state.world.chat_json(group));
    head
}

fn account(id: i64, name: &str, username: &str) -> Value {
    json!({"id": id, "is_bot": true, "first_name": name, "username": username})
}
