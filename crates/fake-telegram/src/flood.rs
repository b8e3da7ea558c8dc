//! Flood control. In: who sends where, and when. Out: whether the server takes it, and for how long it wants to hear
//! nothing. The limits that Telegram documents are approximate, so each fake draws its own around them.

use fastrand::Rng;
use std::collections::{BTreeMap, VecDeque};

/// The limits of one fake.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Messages to one chat in a row, and a second from then on.
    pub chat: Bucket,
    /// Messages to one group in a minute.
    pub group_minute: usize,
    /// Messages to all chats together.
    pub total: Bucket,
}

/// So many at once, and so many a second from then on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    pub burst: f64,
    pub rate: f64,
}

#[derive(Default)]
pub struct Flood {
    limits: Option<Limits>,
    chats: BTreeMap<i64, Level>,
    groups: BTreeMap<i64, VecDeque<f64>>,
    total: Level,
    /// What was announced by a 429, by chat; without a chat it holds for all.
    pub silences: BTreeMap<Option<i64>, Silence>,
}

/// What a bucket holds.
#[derive(Clone, Copy, Default)]
struct Level {
    used: f64,
    at: f64,
}

/// A `retry_after` that was announced.
#[derive(Clone, Copy)]
pub struct Silence {
    announced: f64,
    until: f64,
}

/// A send that did not wait for an announced `retry_after` to pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Early {
    /// How many seconds were left.
    pub left: f64,
    /// How long ago it was announced, in seconds.
    pub announced: f64,
}

impl Limits {
    pub fn draw(rng: &mut Rng) -> Limits {
        let mut around = |value: f64| value * (0.8 + 0.4 * rng.f64());
        Limits {
            chat: Bucket {
                burst: around(4.0).round(),
                rate: around(1.0),
            },
            group_minute: around(20.0).round() as usize,
            total: Bucket {
                burst: around(30.0).round(),
                rate: around(30.0),
            },
        }
    }
}

impl Flood {
    /// Without limits it takes everything.
    pub fn new(limits: Option<Limits>) -> Flood {
        Flood {
            limits,
            ..Flood::default()
        }
    }

    pub fn limits(&self) -> Option<Limits> {
        self.limits
    }

    /// Takes a message, or says for how many seconds none will be taken; that is announced by saying it.
    pub fn take(&mut self, chat: i64, group: bool, now: f64) -> Result<(), u32> {
        let Some(limits) = self.limits else {
            return Ok(());
        };
        let own = self.chats.entry(chat).or_default();
        let mut wait = own
            .wait(limits.chat, now)
            .max(self.total.wait(limits.total, now));
        if group {
            let sent = self.groups.entry(chat).or_default();
            sent.retain(|at| *at > now - 60.0);
            if sent.len() >= limits.group_minute {
                wait = wait.max(sent[sent.len() - limits.group_minute] + 60.0 - now);
            }
        }
        if wait > 0.0 {
            let seconds = wait.ceil() as u32;
            self.announce(Some(chat), seconds, now);
            return Err(seconds);
        }
        own.used += 1.0;
        self.total.used += 1.0;
        if group {
            self.groups.entry(chat).or_default().push_back(now);
        }
        Ok(())
    }

    /// A 429 was answered.
    pub fn announce(&mut self, chat: Option<i64>, seconds: u32, now: f64) {
        let until = now + f64::from(seconds);
        let silence = self.silences.entry(chat).or_insert(Silence {
            announced: now,
            until,
        });
        *silence = if silence.until > now {
            Silence {
                until: silence.until.max(until),
                ..*silence
            }
        } else {
            Silence {
                announced: now,
                until,
            }
        };
    }

    /// Whether a send comes before an announced `retry_after` is over.
    pub fn early(&self, chat: i64, now: f64) -> Option<Early> {
        let silences = [None, Some(chat)]
            .into_iter()
            .filter_map(|key| self.silences.get(&key));
        let early = |silence: &Silence| Early {
            left: silence.until - now,
            announced: now - silence.announced,
        };
        silences
            .map(early)
            .filter(|early| early.left > 0.0)
            .max_by(|one, other| one.left.total_cmp(&other.left))
    }
}

impl Level {
    /// Lets time drain the bucket, and says how long until one more fits.
    fn wait(&mut self, bucket: Bucket, now: f64) -> f64 {
        self.used = (self.used - (now - self.at) * bucket.rate).max(0.0);
        self.at = now;
        ((self.used + 1.0 - bucket.burst) / bucket.rate).max(0.0)
    }
}
