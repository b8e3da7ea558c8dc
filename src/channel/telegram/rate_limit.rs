//! Rate limiting of calls. In: when something was sent. Out: when the next call may be sent. Pure:
//! time comes in as a value. Must not know: what is sent, or what Telegram answered.
//!
//! Telegram's documented limits (core.telegram.org/bots/faq, "My bot is hitting limits"): about one
//! message a second in a chat, 20 a minute in a group, about 30 a second overall. These limits stay
//! a little below; Telegram answers 429 to what is still too much.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Number of chats from which on those that have not been written to for a while are forgotten.
const MAX_CHATS: usize = 10_000;

/// The limits of one bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BotApiLimits {
    /// The time that the limits call a second; shorter for a local Bot API server, as in tests.
    pub second: Duration,
    /// Factor on the documented rates.
    pub speed: u32,
}

impl Default for BotApiLimits {
    fn default() -> Self {
        BotApiLimits {
            second: Duration::from_secs(1),
            speed: 1,
        }
    }
}

/// One token every `every`, at most `burst` tokens.
#[derive(Clone, Copy, Debug)]
struct TokenRate {
    every: Duration,
    burst: u32,
}

/// The rate limiter of one bot.
#[derive(Debug)]
pub struct SendRateLimiter {
    limits: BotApiLimits,
    over_all: TokenBucket,
    chats: HashMap<i64, TokenBucket>,
}

/// A token bucket, stored as the time at which it will be full.
#[derive(Clone, Copy, Debug)]
struct TokenBucket {
    full_at: Instant,
}

impl SendRateLimiter {
    /// The bucket for all chats begins empty: another process may have used it up.
    pub fn new(limits: BotApiLimits, now: Instant) -> Self {
        let rate = limits.over_all();
        SendRateLimiter {
            limits,
            over_all: TokenBucket {
                full_at: now + rate.every * rate.burst,
            },
            chats: HashMap::new(),
        }
    }

    /// When a message may go to `chat`; `None`: a call that belongs to no chat.
    pub fn ready_at(&self, chat: Option<i64>) -> Instant {
        let over_all = self.over_all.ready_at(self.limits.over_all());
        let own =
            chat.and_then(|chat| Some(self.chats.get(&chat)?.ready_at(self.limits.chat(chat))));
        own.map_or(over_all, |own| own.max(over_all))
    }

    /// Counts a message that is sent at `now`.
    pub fn spend(&mut self, chat: Option<i64>, now: Instant) {
        self.over_all.spend(self.limits.over_all(), now);
        let Some(chat) = chat else { return };
        if self.chats.len() >= MAX_CHATS {
            self.chats.retain(|_, bucket| bucket.full_at > now);
        }
        let rate = self.limits.chat(chat);
        self.chats
            .entry(chat)
            .or_insert(TokenBucket { full_at: now })
            .spend(rate, now);
    }
}

impl BotApiLimits {
    fn over_all(self) -> TokenRate {
        TokenRate {
            every: self.second / (20 * self.speed),
            burst: 5 * self.speed,
        }
    }

    /// Groups have negative ids.
    fn chat(self, chat: i64) -> TokenRate {
        let second = self.second / self.speed;
        if chat < 0 {
            TokenRate {
                every: second * 3,
                burst: 5 * self.speed,
            }
        } else {
            TokenRate {
                every: second,
                burst: 3 * self.speed,
            }
        }
    }
}

impl TokenBucket {
    /// When the bucket will have one token.
    fn ready_at(self, rate: TokenRate) -> Instant {
        let missing = rate.every * (rate.burst - 1);
        self.full_at.checked_sub(missing).unwrap_or(self.full_at)
    }

    fn spend(&mut self, rate: TokenRate, now: Instant) {
        self.full_at = self.full_at.max(now) + rate.every;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The earliest times for each of `count` messages to `chat`, in milliseconds.
    fn times(chat: i64, count: usize) -> Vec<u128> {
        let begin = Instant::now();
        let mut pace = SendRateLimiter {
            over_all: TokenBucket { full_at: begin },
            ..SendRateLimiter::new(BotApiLimits::default(), begin)
        };
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
        let mut pace = SendRateLimiter::new(BotApiLimits::default(), begin);
        let mut now = begin;
        for chat in 0..100 {
            now = now.max(pace.ready_at(Some(chat)));
            pace.spend(Some(chat), now);
        }
        assert_eq!((now - begin).as_millis(), 5_000);
        assert_eq!(pace.ready_at(None), pace.ready_at(Some(1_000)));
    }
}
