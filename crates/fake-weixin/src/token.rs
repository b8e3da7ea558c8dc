//! Tokens: granted for two hours, the same to whoever asks, and another one in the last five minutes, in
//! which both are valid.

use std::time::{Duration, Instant};

/// In the platform's seconds.
const LASTS: u32 = 7_200;
const OVERLAP: u32 = 300;

#[derive(Debug)]
pub(crate) struct Tokens {
    second: Duration,
    granted: Vec<Token>,
    /// The one that was granted last in the old way, which knows nothing of the others.
    old_way: Option<Token>,
    /// How many times somebody asked.
    pub asked: usize,
}

#[derive(Debug)]
struct Token {
    text: String,
    until: Instant,
    is_dead: bool,
}

/// Why a token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadToken {
    /// 41001
    Missing,
    /// 40014
    Malformed,
    /// 40001
    Unknown,
    /// 42001
    Expired,
}

impl Tokens {
    pub(crate) fn new(second: Duration) -> Self {
        Tokens {
            second,
            granted: vec![],
            old_way: None,
            asked: 0,
        }
    }

    /// How many different ones were granted.
    pub(crate) fn count(&self) -> usize {
        self.granted.len()
    }

    /// The valid one and for how many of the platform's seconds, or a new one. `force`: a new one in any
    /// case, and the old one dies.
    pub(crate) fn stable(&mut self, force: bool) -> (String, u64) {
        self.asked += 1;
        let now = Instant::now();
        let fresh = now + self.second * OVERLAP;
        if let Some(last) = self.granted.last_mut() {
            if !force && !last.is_dead && last.until > fresh {
                let left = (last.until - now).as_secs_f64() / self.second.as_secs_f64();
                return (last.text.clone(), left as u64);
            }
            last.is_dead |= force;
            last.until = last.until.min(fresh);
        }
        self.grant(now)
    }

    /// Another one each time, and the one before it dies.
    pub(crate) fn in_old_way(&mut self) -> (String, u64) {
        let number = self.old_way.as_ref().map_or(1, |last| {
            last.text[..4].parse::<u32>().unwrap_or_default() + 1
        });
        let text = format!("{number:0>4}_{}", "o".repeat(130));
        self.old_way = Some(Token {
            text: text.clone(),
            until: Instant::now() + self.second * LASTS,
            is_dead: false,
        });
        (text, LASTS.into())
    }

    fn grant(&mut self, now: Instant) -> (String, u64) {
        // as long as a real one
        let text = format!("{:0>4}_{}", self.granted.len() + 1, "k".repeat(130));
        self.granted.push(Token {
            text: text.clone(),
            until: now + self.second * LASTS,
            is_dead: false,
        });
        (text, LASTS.into())
    }

    pub(crate) fn check(&self, text: &str) -> Result<(), BadToken> {
        if text.is_empty() {
            return Err(BadToken::Missing);
        }
        if text.len() < 64 {
            return Err(BadToken::Malformed);
        }
        let mut all = self.granted.iter().chain(&self.old_way);
        let known = all.find(|token| token.text == text);
        match known {
            Some(token) if token.is_dead => Err(BadToken::Unknown),
            Some(token) if token.until <= Instant::now() => Err(BadToken::Expired),
            Some(_) => Ok(()),
            None => Err(BadToken::Unknown),
        }
    }

    /// As if somebody had forced another one.
    pub(crate) fn kill_all(&mut self) {
        self.granted
            .iter_mut()
            .for_each(|token| token.is_dead = true);
    }

    /// So many of the platform's seconds pass for them.
    pub(crate) fn age(&mut self, seconds: u32) {
        let now = Instant::now();
        for token in &mut self.granted {
            token.until = token
                .until
                .checked_sub(self.second * seconds)
                .unwrap_or(now);
        }
    }
}
