//! Faults. In: rules of a test, or a rate at which the seed strikes. Out: for each call, whether it goes wrong and how.

use fastrand::Rng;

/// How one call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fault {
    /// Whether the call takes effect all the same.
    pub effect: bool,
    pub answer: Answer,
}

/// What the bot gets instead of a proper answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    /// 500 `Internal Server Error: restart`.
    Restart,
    /// 429 with so many seconds, for all chats when the call names none.
    TooManyRequests(u32),
    /// 500 `Internal Server Error`.
    InternalError,
    /// 429 with a fraction of a second, as no Bot API server says it but something in between may.
    TooManyRequestsFor(f64),
    /// Success, and `result` is this JSON, whatever the call came to.
    Result(&'static str),
    /// 403 and a page of HTML, as a proxy gives it.
    ForbiddenPage,
    /// 502 and a page of HTML, as a proxy gives it.
    BadGateway,
    /// Nothing, ever.
    Hang,
    /// The connection ends without a byte of an answer.
    Cut,
    /// The first half of the answer.
    Truncated,
    /// 200 and something that is no JSON.
    Garbage,
    /// The proper answer, so many seconds late.
    Slow(f64),
}

/// Strikes calls of one method, or of all.
#[derive(Clone, Debug)]
pub struct Rule {
    fault: Fault,
    method: Option<String>,
    chat: Option<i64>,
    skip: usize,
    times: usize,
}

/// Strikes at random, as the seed has it.
#[derive(Clone, Debug)]
pub struct Chaos {
    /// From 0 to 1.
    pub rate: f64,
    pub faults: Vec<Fault>,
}

#[derive(Default)]
pub struct Faults {
    pub rules: Vec<Rule>,
    pub chaos: Option<Chaos>,
}

impl Fault {
    /// The call does not take effect.
    pub fn before(answer: Answer) -> Fault {
        Fault {
            effect: false,
            answer,
        }
    }

    /// The call takes effect, but the bot does not hear of it.
    pub fn after(answer: Answer) -> Fault {
        Fault {
            effect: true,
            answer,
        }
    }

    /// Whether the call reaches the methods.
    pub fn performs(self) -> bool {
        self.effect || matches!(self.answer, Answer::Slow(_))
    }
}

impl Rule {
    /// Strikes the next call, whatever its method.
    pub fn new(fault: Fault) -> Rule {
        Rule {
            fault,
            method: None,
            chat: None,
            skip: 0,
            times: 1,
        }
    }

    /// Of this method only.
    pub fn on(self, method: &str) -> Rule {
        Rule {
            method: Some(method.to_owned()),
            ..self
        }
    }

    /// To this chat only.
    pub fn to(self, chat: i64) -> Rule {
        Rule {
            chat: Some(chat),
            ..self
        }
    }

    /// Lets so many calls pass first.
    pub fn skip(self, skip: usize) -> Rule {
        Rule { skip, ..self }
    }

    /// Strikes so many calls.
    pub fn times(self, times: usize) -> Rule {
        Rule { times, ..self }
    }

    fn strikes(&mut self, method: &str, chat: Option<i64>) -> bool {
        let is_other = self
            .method
            .as_ref()
            .is_some_and(|own| !own.eq_ignore_ascii_case(method));
        if self.times == 0 || is_other || self.chat.is_some() && self.chat != chat {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        self.times -= 1;
        true
    }
}

impl Faults {
    /// What happens to a call that arrives.
    pub fn draw(&mut self, method: &str, chat: Option<i64>, rng: &mut Rng) -> Option<Fault> {
        if let Some(rule) = self
            .rules
            .iter_mut()
            .find_map(|rule| rule.strikes(method, chat).then_some(rule.fault))
        {
            return Some(rule);
        }
        let chaos = self.chaos.as_ref()?;
        (rng.f64() < chaos.rate)
            .then(|| rng.choice(&chaos.faults).copied())
            .flatten()
    }
}
