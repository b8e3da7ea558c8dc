//! How many customer-service messages an account may send to an asker.

use crate::{Body, Message};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// What an asker does, and what it allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditRule {
    pub name: &'static str,
    pub count: u32,
    /// In the platform's seconds.
    pub lasts: u32,
}

/// As the platform documents them: a message; a menu click, a scan or a subscription; entering the service
/// of a mini-program.
pub const CREDITS: [CreditRule; 3] = [
    CreditRule {
        name: "message",
        count: 5,
        lasts: 48 * 3_600,
    },
    CreditRule {
        name: "event",
        count: 3,
        lasts: 60,
    },
    CreditRule {
        name: "enter",
        count: 2,
        lasts: 60,
    },
];

/// What a message or an event is to the credit of its asker.
pub(crate) enum Deed {
    Allows(&'static CreditRule),
    Leaves,
    Nothing,
}

pub(crate) fn deed(message: &Message) -> Deed {
    let rule = |name| CREDITS.iter().find(|rule| rule.name == name);
    let allows = |name| rule(name).map_or(Deed::Nothing, Deed::Allows);
    let field = |name: &str| {
        let found = message.fields.iter().find(|(known, _)| known == name);
        match found {
            Some((_, Body::Text(text))) => text.as_str(),
            _ => "",
        }
    };
    match (field("MsgType"), field("Event")) {
        ("event", "subscribe" | "SCAN" | "CLICK") => allows("event"),
        ("event", "user_enter_tempsession") => allows("enter"),
        ("event", "unsubscribe") => Deed::Leaves,
        ("event", _) => Deed::Nothing,
        _ => allows("message"),
    }
}

/// Of one asker.
#[derive(Debug, Default)]
pub(crate) struct Credit {
    left: HashMap<&'static str, (u32, Instant)>,
    pub has_left: bool,
}

/// Why a message may not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoCredit {
    /// 45015: the asker did nothing for too long.
    TimeOver,
    /// 45047: too many were sent since.
    UsedUp,
}

impl Credit {
    pub(crate) fn grant(&mut self, rule: &'static CreditRule, second: Duration) {
        let until = Instant::now() + second * rule.lasts;
        self.left.insert(rule.name, (rule.count, until));
        self.has_left = false;
    }

    pub(crate) fn lapse(&mut self) {
        self.left.clear();
    }

    /// Uses up one, of what ends first.
    pub(crate) fn spend(&mut self) -> Result<(), NoCredit> {
        let now = Instant::now();
        self.left.retain(|_, (_, until)| *until > now);
        if self.left.is_empty() {
            return Err(NoCredit::TimeOver);
        }
        let usable = self.left.values_mut().filter(|(count, _)| *count > 0);
        let (count, _) = usable
            .min_by_key(|(_, until)| *until)
            .ok_or(NoCredit::UsedUp)?;
        *count -= 1;
        Ok(())
    }
}
