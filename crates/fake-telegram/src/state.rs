//! All that the fake knows, behind one lock. In: changes by the bot's calls and by the test. Out: a signal after each
//! change, so that nobody has to look again and again.

use super::clock::Clock;
use super::failure::Failure;
use super::faults::Faults;
use super::flood::{Flood, Limits};
use super::message::Message;
use super::params::Params;
use super::polling::Polling;
use super::queue::Lane;
use super::record::{EarlySend, Record};
use super::webhook::Webhooks;
use super::world::{Profile, World};
use fastrand::Rng;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// An update about a message lives a day, one about a pressed button 150 seconds, one about an inline query 30.
pub(crate) const DAY: f64 = 86_400.0;
pub(crate) const CALLBACK: f64 = 150.0;
pub(crate) const INLINE: f64 = 30.0;
/// A send that was on its way when a `retry_after` was announced is not early: so much of the test's time it may take.
const ON_ITS_WAY: Duration = Duration::from_millis(5);

pub struct Shared {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
    pub clock: Clock,
}

pub struct State {
    pub clock: Clock,
    pub rng: Rng,
    pub token: String,
    pub bot: Profile,
    pub world: World,
    pub record: Record,
    pub polling: Polling,
    pub webhooks: Webhooks,
    pub flood: Flood,
    pub faults: Faults,
    /// What is in the files that people sent, by the path under which each is given.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The menu of commands, by scope and language.
    pub commands: BTreeMap<(String, String), Value>,
}

impl Shared {
    pub fn new(seed: u64, second: Duration, flood: bool) -> Shared {
        let clock = Clock::new(second);
        let mut rng = Rng::with_seed(seed);
        let id = rng.i64(6_000_000_000..8_000_000_000);
        let bot = Profile {
            id,
            name: "问路".to_owned(),
            username: Some("wenlu_bot".to_owned()),
            language: String::new(),
            bot: true,
            seen: true,
        };
        let limits = flood.then(|| Limits::draw(&mut rng));
        let mut state = State {
            clock: clock.clone(),
            rng,
            token: String::new(),
            bot,
            world: World::default(),
            record: Record::default(),
            polling: Polling::default(),
            webhooks: Webhooks::default(),
            flood: Flood::new(limits),
            faults: Faults::default(),
            files: BTreeMap::new(),
            commands: BTreeMap::new(),
        };
        state.new_token();
        Shared {
            state: Mutex::new(state),
            changes: watch::Sender::new(0),
            clock,
        }
    }

    /// Changes something, and tells whoever waits.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let done = change(&mut self.lock());
        self.changes.send_modify(|version| *version += 1);
        done
    }

    /// Looks, or changes what nobody waits for.
    pub fn quietly<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.lock())
    }

    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    // A condition of a test may panic while it holds the lock; what it looked at is whole all the same.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub fn now(&self) -> f64 {
        self.clock.now()
    }

    /// Gives the bot another token; the one before is rejected from now on.
    pub fn new_token(&mut self) {
        let secret: String = std::iter::repeat_with(|| self.rng.alphanumeric())
            .take(33)
            .collect();
        self.token = format!("{}:AA{secret}", self.bot.id);
    }

    /// Queues an update for the bot.
    pub fn update(
        &mut self,
        kind: &str,
        content: Value,
        life: f64,
        lane: Option<Lane>,
    ) -> Option<u32> {
        let now = self.now();
        self.record
            .updates
            .push(kind, content, now + life, lane, now, &mut self.rng)
    }

    /// Adds a message to its chat; its number and date are set here.
    pub fn add(&mut self, mut message: Message) -> i32 {
        message.id = self.world.next_message(message.chat);
        message.date = self.clock.unix();
        let id = message.id;
        self.record
            .chats
            .entry(message.chat)
            .or_default()
            .push(message);
        id
    }

    pub fn message_mut(&mut self, chat: i64, id: i32) -> Option<&mut Message> {
        let messages = self.record.chats.get_mut(&chat)?;
        messages
            .iter_mut()
            .find(|message| message.id == id && !message.deleted)
    }

    /// A message as the bot reads it. In a topic it answers the topic's first message unless it answers another.
    pub fn message_json(&self, chat: i64, id: i32) -> Value {
        let whole = |id| self.record.message(chat, id);
        let Some(message) = whole(id) else {
            return Value::Null;
        };
        let shown = self.world.chat_json(chat);
        let first = message.thread.filter(|thread| *thread != id);
        let reply = message
            .reply_to
            .or(first)
            .and_then(whole)
            .map(|reply| reply.json(shown.clone(), None));
        message.json(shown, reply)
    }

    /// Refuses what comes before an announced `retry_after` is over, and takes it down unless it was on its way.
    pub fn heed_silence(&mut self, method: &str, params: &Params) -> Result<(), Failure> {
        let Some(chat) = params.get("chat_id").and_then(|id| id.parse().ok()) else {
            return Ok(());
        };
        let Some(early) = self.flood.early(chat, self.now()) else {
            return Ok(());
        };
        if early.announced > self.clock.scaled(ON_ITS_WAY) {
            self.record.early.push(EarlySend {
                method: method.to_owned(),
                chat,
                left: early.left,
            });
        }
        Err(Failure::too_many(early.left.ceil() as u32))
    }

    /// Takes one more message to a chat, or refuses it.
    pub fn pace(&mut self, chat: i64) -> Result<(), Failure> {
        let group = self.world.chats[&chat].is_group();
        self.flood
            .take(chat, group, self.now())
            .map_err(Failure::too_many)
    }
}
