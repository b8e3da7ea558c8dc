//! How much the Bot API takes. In: the settings of its pace. Out: rates. Pure.
//!
//! Telegram's documented limits (core.telegram.org/bots/faq, "My bot is hitting limits"): about one
//! message a second in a chat, 20 a minute in a group, about 30 a second overall. These limits stay
//! a little below; Telegram answers 429 to what is still too much.

use crate::channel::line::{SendRates, TokenRate};
use std::time::Duration;

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

impl SendRates for BotApiLimits {
    fn over_all(self) -> TokenRate {
        TokenRate {
            every: self.second / (20 * self.speed),
            burst: 5 * self.speed,
        }
    }

    /// Groups have negative ids.
    fn chat(self, chat: &str) -> TokenRate {
        let second = self.second / self.speed;
        if chat.starts_with('-') {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::line::SendRateLimiter;
    use std::time::Instant;

    /// The earliest times for each of `count` messages to `chat`, in milliseconds.
    fn times(chat: &str, count: usize) -> Vec<u128> {
        let begin = Instant::now();
        let mut pace = SendRateLimiter::rested(BotApiLimits::default(), begin);
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
        assert_eq!(times("1", 6), [0, 0, 0, 1_000, 2_000, 3_000]);
        assert_eq!(times("-1", 7), [0, 0, 0, 0, 0, 3_000, 6_000]);
    }

    #[test]
    fn all_chats_share_one_limit() {
        let begin = Instant::now();
        let mut pace = SendRateLimiter::new(BotApiLimits::default(), begin);
        let mut now = begin;
        for chat in 0..100 {
            let chat = chat.to_string();
            now = now.max(pace.ready_at(Some(&chat)));
            pace.spend(Some(&chat), now);
        }
        assert_eq!((now - begin).as_millis(), 5_000);
        assert_eq!(pace.ready_at(None), pace.ready_at(Some("1000")));
    }
}
