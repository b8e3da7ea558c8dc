//! The updates that wait for the bot. In: updates with the time at which each expires. Out: those that `getUpdates` or
//! the webhook may have. Knows no clock and nobody who asks.

use fastrand::Rng;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Updates that wait at most; newer ones are dropped.
pub(crate) const MOST: usize = 100_000;
/// Bytes that wait at most.
const MOST_BYTES: usize = 128 << 20;
/// After so many seconds without an update the numbers start afresh.
const IDLE: f64 = 7.0 * 86_400.0;
/// An offset further ahead than this of the next number is ignored.
const AHEAD: i64 = 10;
/// What is delivered unless `allowed_updates` says otherwise: all but these.
const NOT_BY_DEFAULT: [&str; 3] = ["chat_member", "message_reaction", "message_reaction_count"];

pub(crate) const KINDS: [&str; 12] = [
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "my_chat_member",
    "chat_member",
    "message_reaction",
    "message_reaction_count",
    "chat_join_request",
];

/// Updates of one lane are delivered to a webhook one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Messages and edits, by chat.
    Messages(i64),
    /// Callback queries, by user.
    Callbacks(i64),
    /// Inline queries, by user.
    Inline(i64),
    /// The bot's own membership, by chat.
    Membership(i64),
    /// Beside all others.
    Alone(u32),
}

#[derive(Clone, Debug)]
pub struct Update {
    pub id: u32,
    pub lane: Lane,
    pub expires: f64,
    /// As the bot gets it, with its `update_id`.
    pub body: Value,
    size: usize,
    pub fate: Fate,
}

/// What became of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Waiting,
    /// The bot asked for later ones, or its webhook answered 2xx.
    Acknowledged,
    Expired,
    /// `drop_pending_updates`, or a negative offset.
    Dropped,
}

#[derive(Default)]
pub struct Queue {
    /// All that ever were queued, by number.
    pub log: BTreeMap<u32, Update>,
    waiting: BTreeSet<u32>,
    bytes: usize,
    next: Option<u32>,
    last: f64,
    /// `None`: the default.
    pub allowed: Option<BTreeSet<String>>,
}

impl Queue {
    /// Queues an update; `None` when the bot did not ask for this kind or too much waits.
    pub fn push(
        &mut self,
        kind: &str,
        content: Value,
        expires: f64,
        lane: Option<Lane>,
        now: f64,
        rng: &mut Rng,
    ) -> Option<u32> {
        if !self.allows(kind) {
            return None;
        }
        if self.next.is_none() || now > self.last + IDLE {
            self.next = Some(rng.u32(2_000_001..=1_000_000_000));
        }
        let id = self.next?;
        let body = json!({"update_id": id, kind: content});
        let size = body.to_string().len();
        if self.waiting.len() >= MOST || self.bytes + size > MOST_BYTES {
            return None;
        }
        let lane = lane.unwrap_or(Lane::Alone(id));
        self.log.insert(
            id,
            Update {
                id,
                lane,
                expires,
                body,
                size,
                fate: Fate::Waiting,
            },
        );
        self.waiting.insert(id);
        self.bytes += size;
        self.next = Some(id + 1);
        self.last = now;
        Some(id)
    }

    /// What `getUpdates` finds: forgets what is below `offset`, then gives up to `limit`.
    pub fn get(&mut self, offset: i64, limit: usize, now: f64) -> Vec<Value> {
        if offset < 0 {
            let keep = usize::try_from(-offset).unwrap_or(usize::MAX);
            self.drop_but(keep);
        }
        self.forget_expired(now);
        let known = self
            .next
            .is_some_and(|next| offset <= i64::from(next) + AHEAD);
        if offset > 0 && known {
            let below = |id: &u32| i64::from(*id) < offset;
            for id in self
                .waiting
                .iter()
                .copied()
                .take_while(below)
                .collect::<Vec<_>>()
            {
                self.forget(id, Fate::Acknowledged);
            }
        }
        self.waiting
            .iter()
            .take(limit)
            .map(|id| self.log[id].body.clone())
            .collect()
    }

    /// The waiting updates from `from` on.
    pub fn after(&self, from: u32) -> impl Iterator<Item = &Update> {
        self.waiting.range(from..).map(|id| &self.log[id])
    }

    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many updates came to this.
    pub fn count(&self, fate: Fate) -> usize {
        self.log
            .values()
            .filter(|update| update.fate == fate)
            .count()
    }

    pub fn forget(&mut self, id: u32, fate: Fate) {
        if self.waiting.remove(&id)
            && let Some(update) = self.log.get_mut(&id)
        {
            update.fate = fate;
            self.bytes -= update.size;
        }
    }

    /// Drops all but the newest `keep`.
    pub fn drop_but(&mut self, keep: usize) {
        let surplus = self.waiting.len().saturating_sub(keep);
        for id in self
            .waiting
            .iter()
            .copied()
            .take(surplus)
            .collect::<Vec<_>>()
        {
            self.forget(id, Fate::Dropped);
        }
    }

    pub fn forget_expired(&mut self, now: f64) {
        self.forget_expired_unless(now, |_| false);
    }

    /// Forgets what is too old, but for what somebody holds.
    pub fn forget_expired_unless(&mut self, now: f64, held: impl Fn(u32) -> bool) {
        let expired = |id: &u32| self.log[id].expires < now && !held(*id);
        for id in self
            .waiting
            .iter()
            .copied()
            .filter(expired)
            .collect::<Vec<_>>()
        {
            self.forget(id, Fate::Expired);
        }
    }

    /// Kinds that nobody knows are not filtered: nobody could ask for them.
    fn allows(&self, kind: &str) -> bool {
        match &self.allowed {
            Some(allowed) => allowed.contains(kind) || !KINDS.contains(&kind),
            None => !NOT_BY_DEFAULT.contains(&kind),
        }
    }

    /// `allowed_updates` of a call: what cannot be read changes nothing, and a list that names nothing is the default.
    pub fn allow(&mut self, list: Option<&str>) {
        let Some(names) = list.and_then(|list| serde_json::from_str::<Vec<String>>(list).ok())
        else {
            return;
        };
        let known: BTreeSet<String> = names
            .into_iter()
            .map(|name| name.to_lowercase())
            .filter(|name| KINDS.contains(&name.as_str()))
            .collect();
        self.allowed = (!known.is_empty()).then_some(known);
    }
}
