//! Tokens: granted for two hours, the same to whoever asks while it is valid.

use std::time::{Duration, Instant};

/// In the platform's seconds.
const LASTS: u32 = 7_200;

#[derive(Debug)]
pub(crate) struct CorpTokens {
    second: Duration,
    granted: Vec<CorpToken>,
    /// How many times somebody asked.
    pub asked: usize,
}

#[derive(Debug)]
struct CorpToken {
    text: String,
    until: Instant,
    is_dead: bool,
}

impl CorpTokens {
    pub(crate) fn new(second: Duration) -> Self {
        CorpTokens {
            second,
            granted: vec![],
            asked: 0,
        }
    }

    /// How many different ones were granted.
    pub(crate) fn count(&self) -> usize {
        self.granted.len()
    }

    /// The valid one, or a new one, and for how many of the platform's seconds.
    pub(crate) fn grant(&mut self) -> (String, u64) {
        self.asked += 1;
        let now = Instant::now();
        let valid = |token: &&CorpToken| !token.is_dead && token.until > now;
        if let Some(last) = self.granted.last().filter(valid) {
            let left = (last.until - now).as_secs_f64() / self.second.as_secs_f64();
            return (last.text.clone(), left as u64);
        }
        // as long as a real one
        let text = format!("{:0>4}_{}", self.granted.len() + 1, "k".repeat(200));
        self.granted.push(CorpToken {
            text: text.clone(),
            until: now + self.second * LASTS,
            is_dead: false,
        });
        (text, LASTS.into())
    }

    /// The real one's code if the token is not taken.
    pub(crate) fn check(&self, text: &str) -> Result<(), (i64, &'static str)> {
        if text.is_empty() {
            return Err((41_001, "access_token missing"));
        }
        let known = self.granted.iter().find(|token| token.text == text);
        match known {
            Some(token) if token.until <= Instant::now() => Err((42_001, "access_token expired")),
            Some(token) if !token.is_dead => Ok(()),
            _ => Err((40_014, "invalid access_token")),
        }
    }

    /// The platform takes the tokens back before their time.
    pub(crate) fn kill_all(&mut self) {
        self.granted
            .iter_mut()
            .for_each(|token| token.is_dead = true);
    }

    /// So many of the platform's seconds pass for them.
    pub(crate) fn age(&mut self, seconds: u32) {
        let now = Instant::now();
        for token in &mut self.granted {
            let until = token.until.checked_sub(self.second * seconds);
            token.until = until.unwrap_or(now);
        }
    }
}
