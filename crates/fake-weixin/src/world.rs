//! What the API knows: the account, its tokens, its askers' credit, what was sent.

use crate::api::ApiFault;
use crate::credit::{Credit, Deed, deed};
use crate::token::Tokens;
use crate::{Message, Options, Platform};
use serde_json::Value;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The account's AppSecret.
pub const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// How long [`Platform::until`] waits.
const PATIENCE: Duration = Duration::from_secs(60);

/// A customer-service message that reached its asker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentText {
    pub asker: String,
    pub text: String,
}

pub(crate) struct ApiWorld {
    pub second: Duration,
    pub appid: String,
    state: Mutex<ApiState>,
}

pub(crate) struct ApiState {
    pub tokens: Tokens,
    pub credits: HashMap<String, Credit>,
    pub sent: Vec<SentText>,
    pub menu: Option<Value>,
    /// Whether the caller's address is on the account's list.
    pub is_listed: bool,
    /// Whether the account is verified, and may send.
    pub is_verified: bool,
    /// Calls that are left today; `None`: enough.
    pub calls_left: Option<usize>,
    /// What happens to the next calls.
    pub faults: VecDeque<ApiFault>,
    /// What no well-behaved caller does.
    pub mistakes: Vec<String>,
    noticed: HashSet<String>,
    /// The askers whom people of the service tool have.
    pub served: HashSet<String>,
}

impl ApiWorld {
    pub(crate) fn new(options: &Options) -> Self {
        ApiWorld {
            second: options.second,
            appid: options.appid.clone(),
            state: Mutex::new(ApiState {
                tokens: Tokens::new(options.second),
                credits: HashMap::new(),
                sent: vec![],
                menu: None,
                is_listed: true,
                is_verified: true,
                calls_left: None,
                faults: VecDeque::new(),
                mistakes: vec![],
                noticed: HashSet::new(),
                served: HashSet::new(),
            }),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, ApiState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What an asker does counts once, however often it is delivered.
    pub(crate) fn notice(&self, message: &Message) {
        let mut state = self.state();
        if !state.noticed.insert(format!("{message:?}")) {
            return;
        }
        let credit = state.credits.entry(message.asker.clone()).or_default();
        match deed(message) {
            Deed::Allows(rule) => credit.grant(rule, self.second),
            Deed::Leaves => {
                credit.lapse();
                credit.has_left = true;
            }
            Deed::Nothing => {}
        }
    }
}

/// What a test may do and see.
impl Platform {
    /// The asker did nothing for so long that nothing may be sent any more.
    pub fn lapse(&self, openid: &str) {
        if let Some(credit) = self.world.state().credits.get_mut(openid) {
            credit.lapse();
        }
    }

    /// What an asker did, where another client delivers it.
    pub fn sees(&self, message: &Message) {
        self.world.notice(message);
    }

    /// The tokens that were granted become invalid, as after another call for one that forces it.
    pub fn kill_tokens(&self) {
        self.world.state().tokens.kill_all();
    }

    /// So many of the platform's seconds pass for all tokens.
    pub fn age_tokens(&self, seconds: u32) {
        self.world.state().tokens.age(seconds);
    }

    /// Whether the address of the server is on the account's list.
    pub fn list_address(&self, is_listed: bool) {
        self.world.state().is_listed = is_listed;
    }

    /// Whether the account is verified.
    pub fn verify(&self, is_verified: bool) {
        self.world.state().is_verified = is_verified;
    }

    /// Calls that are left today; `None`: enough.
    pub fn limit_calls(&self, left: Option<usize>) {
        self.world.state().calls_left = left;
    }

    /// What happens to the next message that is sent.
    pub fn fail_next(&self, fault: ApiFault) {
        self.world.state().faults.push_back(fault);
    }

    /// What reached the askers, in this order.
    pub fn sent(&self) -> Vec<SentText> {
        self.world.state().sent.clone()
    }

    /// What reached one asker, in this order.
    pub fn sent_to(&self, openid: &str) -> Vec<String> {
        let state = self.world.state();
        let own = state.sent.iter().filter(|sent| sent.asker == openid);
        own.map(|sent| sent.text.clone()).collect()
    }

    /// How many different tokens were granted, and how often somebody asked for one.
    pub fn tokens(&self) -> (usize, usize) {
        let state = self.world.state();
        (state.tokens.count(), state.tokens.asked)
    }

    /// The menu of the account.
    pub fn menu(&self) -> Option<Value> {
        self.world.state().menu.clone()
    }

    /// What no well-behaved caller does, and somebody did.
    pub fn mistakes(&self) -> Vec<String> {
        self.world.state().mistakes.clone()
    }

    /// Waits until the asker got `count` customer-service messages, and returns them.
    pub async fn until_sent(&self, openid: &str, count: usize) -> Vec<String> {
        let begun = Instant::now();
        loop {
            let sent = self.sent_to(openid);
            if sent.len() >= count {
                return sent;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{openid} got {} of {count} messages",
                sent.len()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
