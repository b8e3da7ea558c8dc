//! How fast may be sent. In: when what was sent. Out: when the next may be. Pure: time comes in as a value. Must not know:
//! what is sent, or what Telegram said to it.
//!
//! Telegram's documented limits (core.telegram.org/bots/faq, "My bot is hitting limits"): about one message a second in one
//! chat, 20 a minute in a group, about 30 a second over all. We stay a little below; what it still refuses, it says.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Chats that are remembered before those that have long been quiet are forgotten.
const REMEMBERED: usize = 10_000;

/// The limits of one bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long Telegram's second is: that of a server of one's own may be shorter.
    pub second: Duration,
    /// How many times what is documented may be sent.
    pub speed: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { second: Duration::from_secs(1), speed: 1 }
    }
}

/// A steady rate with a few at once: one token every `every`, at most `burst` of them.
#[derive(Clone, Copy, Debug)]
struct Rate {
    every: Duration,
    burst: u32,
}

/// The pace of one bot.
#[derive(Debug)]
pub struct Pace {
    limits: Limits,
    over_all: Bucket,
    chats: HashMap<i64, Bucket>,
}

/// Kept as the time at which it would be full again.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    full_at: Instant,
}

impl Pace {
    /// Begins without a burst over all: whoever sent before may have used it up.
    pub fn new(limits: Limits, now: Instant) -> Self {
        let rate = limits.over_all();
        Pace { limits, over_all: Bucket { full_at: now + rate.every * rate.burst }, chats: HashMap::new() }
    }

    /// From when on a message may go to `chat`; `None` as a chat: a call that belongs to none.
    pub fn ready_at(&self, chat: Option<i64>) -> Instant {
        let over_all = self.over_all.ready_at(self.limits.over_all());
        let own = chat.and_then(|chat| Some(self.chats.get(&chat)?.ready_at(self.limits.chat(chat))));
        own.map_or(over_all, |own| own.max(over_all))
    }

    /// A message went out at `now`.
    pub fn spend(&mut self, chat: Option<i64>, now: Instant) {
        self.over_all.spend(self.limits.over_all(), now);
        let Some(chat) = chat else { return };
        if self.chats.len() >= REMEMBERED {
            self.chats.retain(|_, bucket| bucket.full_at > now);
        }
        let rate = self.limits.chat(chat);
        self.chats.entry(chat).or_insert(Bucket { full_at: now }).spend(rate, now);
    }
}

impl Limits {
    fn over_all(self) -> Rate {
        Rate { every: self.second / (20 * self.speed), burst: 5 * self.speed }
    }

    /// Groups have negative ids.
    fn chat(self, chat: i64) -> Rate {
        let second = self.second / self.speed;
        if chat < 0 {
            Rate { every: second * 3, burst: 5 * self.speed }
        } else {
            Rate { every: second, burst: 3 * self.speed }
        }
    }
}

impl Bucket {
    /// With one token in it, so much is still missing.
    fn ready_at(self, rate: Rate) -> Instant {
        let missing = rate.every * (rate.burst - 1);
        self.full_at.checked_sub(missing).unwrap_or(self.full_at)
    }

    fn spend(&mut self, rate: Rate, now: Instant) {
        self.full_at = self.full_at.max(now) + rate.every;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When each of `count` messages to `chat` may go, in milliseconds, sent as early as may be.
    fn times(chat: i64, count: usize) -> Vec<u128> {
        let begin = Instant::now();
        let mut pace = Pace { over_all: Bucket { full_at: begin }, ..Pace::new(Limits::default(), begin) };
        let mut now = begin;
        let mut send = || {
            now = now.max(pace.ready_at(Some(chat)));
            pace.spend(Some(chat), now);
            (now - begin).as_millis()
        };
        (0..count).map(|_| send()).collect()
    }

    #[test]
    fn a_few_at_once_then_one_a_second_and_twenty_a_minute_in_a_group() {
        assert_eq!(times(1, 6), [0, 0, 0, 1_000, 2_000, 3_000]);
        assert_eq!(times(-1, 7), [0, 0, 0, 0, 0, 3_000, 6_000]);
    }

    #[test]
    fn all_chats_share_one_limit() {
        let begin = Instant::now();
        let mut pace = Pace::new(Limits::default(), begin);
        let mut now = begin;
        for chat in 0..100 {
            now = now.max(pace.ready_at(Some(chat)));
            pace.spend(Some(chat), now);
        }
        assert_eq!((now - begin).as_millis(), 5_000);
        assert_eq!(pace.ready_at(None), pace.ready_at(Some(1_000)));
    }
}
