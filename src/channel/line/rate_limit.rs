//! Rate limiting of calls. In: when something was sent. Out: when the next call may be sent. Pure:
//! time comes in as a value. Must not know: what is sent, or what the service answered.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Number of chats from which on those that have not been written to for a while are forgotten.
const MAX_CHATS: usize = 10_000;

/// One token every `every`, at most `burst` tokens.
#[derive(Clone, Copy, Debug)]
pub(in crate::channel) struct TokenRate {
    pub every: Duration,
    pub burst: u32,
}

/// How much a service takes.
pub(in crate::channel) trait SendRates: Copy + Send + Sync + 'static {
    fn over_all(self) -> TokenRate;

    fn chat(self, chat: &str) -> TokenRate;
}

/// The rate limiter of one channel.
#[derive(Debug)]
pub(in crate::channel) struct SendRateLimiter<R> {
    rates: R,
    over_all: TokenBucket,
    chats: HashMap<String, TokenBucket>,
}

/// A token bucket, stored as the time at which it will be full.
#[derive(Clone, Copy, Debug)]
struct TokenBucket {
    full_at: Instant,
}

impl<R: SendRates> SendRateLimiter<R> {
    /// The bucket for all chats begins empty: another process may have used it up.
    pub(in crate::channel) fn new(rates: R, now: Instant) -> Self {
        let rate = rates.over_all();
        Self::full_at(rates, now + rate.every * rate.burst)
    }

    fn full_at(rates: R, full_at: Instant) -> Self {
        SendRateLimiter {
            rates,
            over_all: TokenBucket { full_at },
            chats: HashMap::new(),
        }
    }

    /// As nobody has sent for long.
    #[cfg(test)]
    pub(in crate::channel) fn rested(rates: R, now: Instant) -> Self {
        Self::full_at(rates, now)
    }

    /// When a message may go to `chat`; `None`: a call that belongs to no chat.
    pub(in crate::channel) fn ready_at(&self, chat: Option<&str>) -> Instant {
        let over_all = self.over_all.ready_at(self.rates.over_all());
        let own = chat.and_then(|chat| Some(self.chats.get(chat)?.ready_at(self.rates.chat(chat))));
        own.map_or(over_all, |own| own.max(over_all))
    }

    /// Counts a message that is sent at `now`.
    pub(in crate::channel) fn spend(&mut self, chat: Option<&str>, now: Instant) {
        self.over_all.spend(self.rates.over_all(), now);
        let Some(chat) = chat else { return };
        if self.chats.len() >= MAX_CHATS {
            self.chats.retain(|_, bucket| bucket.full_at > now);
        }
        let rate = self.rates.chat(chat);
        self.chats
            .entry(chat.to_owned())
            .or_insert(TokenBucket { full_at: now })
            .spend(rate, now);
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
