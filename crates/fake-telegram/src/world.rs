//! Who there is. In: people, groups and channels as a test sets them up. Out: how the Bot API shows each, and whether
//! the bot may write there.

use super::failure::Failure;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
pub struct Profile {
    pub id: i64,
    pub name: String,
    pub username: Option<String>,
    pub language: String,
    pub bot: bool,
    /// Whether the bot has ever been shown this person.
    pub seen: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Private,
    Group,
    Supergroup,
    Forum,
    Channel,
}

/// What the bot is to a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A person who has not written to it yet.
    Stranger,
    Member,
    Administrator,
    /// Blocked by the person.
    Blocked,
    /// The person deleted the account.
    Deactivated,
    Kicked,
    Left,
    /// The group became this supergroup.
    Upgraded(i64),
}

#[derive(Clone, Debug)]
pub struct Chat {
    pub id: i64,
    pub kind: Kind,
    pub title: String,
    pub standing: Standing,
    pub members: BTreeSet<i64>,
    /// By the number of its first message. `#General` is none of them: 1 cannot be sent to.
    pub topics: BTreeMap<i32, Topic>,
    /// The number of the newest message, where a chat counts its own.
    newest: i32,
}

#[derive(Clone, Debug)]
pub struct Topic {
    pub name: String,
    pub closed: bool,
}

#[derive(Default)]
pub struct World {
    pub people: BTreeMap<i64, Profile>,
    pub chats: BTreeMap<i64, Chat>,
    /// Private chats and small groups count messages together, supergroups and channels each on their own.
    newest: i32,
}

impl Profile {
    pub fn json(&self) -> Value {
        let mut user = json!({"id": self.id, "is_bot": self.bot, "first_name": self.name});
        if let Some(username) = &self.username {
            user["username"] = username.as_str().into();
        }
        if !self.bot {
            user["language_code"] = self.language.as_str().into();
        }
        user
    }
}

impl Chat {
    pub fn new(id: i64, kind: Kind, title: String, standing: Standing) -> Chat {
        // What counts alone begins with the message that says it was made.
        Chat {
            id,
            kind,
            title,
            standing,
            members: BTreeSet::new(),
            topics: BTreeMap::new(),
            newest: 1,
        }
    }

    pub fn is_group(&self) -> bool {
        matches!(self.kind, Kind::Group | Kind::Supergroup | Kind::Forum)
    }

    fn counts_alone(&self) -> bool {
        matches!(self.kind, Kind::Supergroup | Kind::Forum | Kind::Channel)
    }

    /// Whether the bot may write here.
    pub fn check(&self, person: Option<&Profile>) -> Result<(), Failure> {
        let kind = match self.kind {
            Kind::Group => "group",
            Kind::Channel => "channel",
            _ => "supergroup",
        };
        Err(match self.standing {
            Standing::Member | Standing::Administrator => return Ok(()),
            Standing::Stranger if person.is_some_and(|person| person.seen) => {
                Failure::forbidden("bot can't initiate conversation with a user")
            }
            Standing::Stranger => Failure::bad("chat not found"),
            Standing::Blocked => Failure::forbidden("bot was blocked by the user"),
            Standing::Deactivated => Failure::forbidden("user is deactivated"),
            Standing::Kicked => Failure::forbidden(&format!("bot was kicked from the {kind} chat")),
            Standing::Left => {
                Failure::forbidden(&format!("bot is not a member of the {kind} chat"))
            }
            Standing::Upgraded(to) => Failure {
                migrate_to_chat_id: Some(to),
                ..Failure::bad("group chat was upgraded to a supergroup chat")
            },
        })
    }

    /// Whether a message may go to this topic.
    pub fn check_thread(&self, thread: i32) -> Result<(), Failure> {
        match self.topics.get(&thread) {
            None => Err(Failure::bad("message thread not found")),
            Some(topic) if topic.closed && self.standing != Standing::Administrator => {
                Err(Failure::bad("TOPIC_CLOSED"))
            }
            Some(_) => Ok(()),
        }
    }

    /// Whether the bot may manage what administrators manage; `what` they may else not.
    pub fn check_rights(&self, what: &str) -> Result<(), Failure> {
        if self.kind == Kind::Private || self.standing == Standing::Administrator {
            return Ok(());
        }
        Err(Failure::bad(format!("not enough rights to {what}")))
    }
}

impl World {
    /// A chat as updates and messages name it.
    pub fn chat_json(&self, id: i64) -> Value {
        let chat = &self.chats[&id];
        match chat.kind {
            Kind::Private => {
                let person = &self.people[&id];
                let mut shown = json!({"id": id, "first_name": person.name});
                if let Some(username) = &person.username {
                    shown["username"] = username.as_str().into();
                }
                shown["type"] = "private".into();
                shown
            }
            Kind::Group => {
                json!({"id": id, "title": chat.title, "type": "group", "all_members_are_administrators": true})
            }
            Kind::Supergroup => json!({"id": id, "title": chat.title, "type": "supergroup"}),
            Kind::Forum => {
                json!({"id": id, "title": chat.title, "is_forum": true, "type": "supergroup"})
            }
            Kind::Channel => json!({"id": id, "title": chat.title, "type": "channel"}),
        }
    }

    /// A person as updates name them; from now on the bot has seen them.
    pub fn show(&mut self, id: i64) -> Value {
        let person = self.people.get_mut(&id).unwrap();
        person.seen = true;
        person.json()
    }

    /// The chat of `chat_id`, written to.
    pub fn writable(&self, id: Option<&str>) -> Result<&Chat, Failure> {
        let chat = self.known(id)?;
        chat.check(self.people.get(&chat.id))?;
        Ok(chat)
    }

    /// The chat of `chat_id`, looked at.
    pub fn known(&self, id: Option<&str>) -> Result<&Chat, Failure> {
        let id = id.ok_or_else(|| Failure::bad("chat_id is empty"))?;
        let chat = id.parse().ok().and_then(|id: i64| self.chats.get(&id));
        chat.ok_or_else(|| Failure::bad("chat not found"))
    }

    /// Takes the number of the next message in a chat.
    pub fn next_message(&mut self, chat: i64) -> i32 {
        let next = self.peek_message(chat);
        let chat = self.chats.get_mut(&chat).unwrap();
        *(if chat.counts_alone() {
            &mut chat.newest
        } else {
            &mut self.newest
        }) = next;
        next
    }

    pub fn peek_message(&self, chat: i64) -> i32 {
        let chat = &self.chats[&chat];
        1 + if chat.counts_alone() {
            chat.newest
        } else {
            self.newest
        }
    }
}
