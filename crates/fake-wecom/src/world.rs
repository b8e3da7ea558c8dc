//! What the platform knows: the company, its tokens, its customers' sessions, and all messages.

use crate::people::ShownMessage;
use crate::session::{KfSession, SessionState};
use crate::token::CorpTokens;
use crate::{Company, CompanyOptions};
use serde_json::Value;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long [`Company::until`] waits.
const PATIENCE: Duration = Duration::from_secs(60);

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompanyFault {
    /// It is refused with this code.
    Code(i64),
    /// It is not taken, and a server in between says so.
    Status(u16),
    /// It is done, and nobody hears of it.
    Lost,
    /// Nothing is done, and there is never an answer.
    Hangs,
    /// It is done as always: what is said next is about a later call.
    Passes,
}

pub(crate) struct CompanyWorld {
    pub options: CompanyOptions,
    state: Mutex<CompanyState>,
}

pub(crate) struct CompanyState {
    pub tokens: CorpTokens,
    pub sessions: HashMap<String, KfSession>,
    /// All messages and events, in their order; a cursor says how many were read.
    pub messages: Vec<Value>,
    /// What each customer sees of what was sent.
    pub seen: Vec<(String, ShownMessage)>,
    pub taken_ids: HashSet<String>,
    /// How often a message was refused because of its id.
    pub repeated: usize,
    pub servicers: HashSet<String>,
    /// Whether the caller's address is on the company's list.
    pub is_listed: bool,
    /// What happens to the next calls of a path.
    pub faults: VecDeque<(&'static str, CompanyFault)>,
    /// The tokens of notices.
    pub notices: HashSet<String>,
    /// Where notices go.
    pub addresses: Vec<String>,
    /// Whether notices are sent.
    pub notifies: bool,
    /// What no well-behaved caller does.
    pub mistakes: Vec<String>,
    /// Who asks an account for messages at this moment.
    pub pulling: HashSet<String>,
    pub pulls: usize,
    number: u64,
}

impl CompanyWorld {
    pub(crate) fn new(options: &CompanyOptions) -> Self {
        CompanyWorld {
            options: options.clone(),
            state: Mutex::new(CompanyState {
                tokens: CorpTokens::new(options.second),
                sessions: HashMap::new(),
                messages: vec![],
                seen: vec![],
                taken_ids: HashSet::new(),
                repeated: 0,
                servicers: HashSet::new(),
                is_listed: true,
                faults: VecDeque::new(),
                notices: HashSet::new(),
                addresses: vec![],
                notifies: true,
                mistakes: vec![],
                pulling: HashSet::new(),
                pulls: 0,
                number: 0,
            }),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, CompanyState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CompanyState {
    pub(crate) fn next_number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }
}

/// What a test may do and see.
impl Company {
    /// Where notices go from now on, in turn, as a load balancer does.
    pub fn notify_at(&self, addresses: &[&str]) {
        let addresses = addresses.iter().map(|one| (*one).to_owned());
        self.world.state().addresses = addresses.collect();
    }

    /// Whether notices are sent; those that are not are lost.
    pub fn notifies(&self, notifies: bool) {
        self.world.state().notifies = notifies;
    }

    /// Somebody who may be asked to serve.
    pub fn employ(&self, servicer: &str) {
        self.world.state().servicers.insert(servicer.to_owned());
    }

    pub fn session(&self, customer: &str) -> SessionState {
        let state = self.world.state();
        state
            .sessions
            .get(customer)
            .map(|session| session.state)
            .unwrap_or_default()
    }

    /// Who serves a customer.
    pub fn servicer(&self, customer: &str) -> Option<String> {
        let state = self.world.state();
        state.sessions.get(customer)?.servicer.clone()
    }

    /// The customer said nothing for so long that nothing may be sent any more.
    pub fn run_out(&self, customer: &str) {
        if let Some(session) = self.world.state().sessions.get_mut(customer) {
            session.run_out();
        }
    }

    /// The session ends, and nobody hears of it.
    pub fn end_silently(&self, customer: &str) {
        if let Some(session) = self.world.state().sessions.get_mut(customer) {
            session.lapse();
        }
    }

    /// The platform takes the tokens back before their time.
    pub fn kill_tokens(&self) {
        self.world.state().tokens.kill_all();
    }

    /// So many of the platform's seconds pass for all tokens.
    pub fn age_tokens(&self, seconds: u32) {
        self.world.state().tokens.age(seconds);
    }

    /// Whether the address of the server is on the company's list.
    pub fn list_address(&self, is_listed: bool) {
        self.world.state().is_listed = is_listed;
    }

    /// What happens to the next call of a path, such as `kf/send_msg`.
    pub fn fail_next(&self, path: &'static str, fault: CompanyFault) {
        self.world.state().faults.push_back((path, fault));
    }

    /// What a customer sees of what was sent, in this order.
    pub fn seen_by(&self, customer: &str) -> Vec<ShownMessage> {
        let state = self.world.state();
        let own = state.seen.iter().filter(|(to, _)| to == customer);
        own.map(|(_, seen)| seen.clone()).collect()
    }

    /// The texts of it.
    pub fn texts_of(&self, customer: &str) -> Vec<String> {
        let seen = self.seen_by(customer).into_iter();
        seen.map(|seen| seen.text).collect()
    }

    /// How many different tokens were granted, and how often somebody asked for one.
    pub fn tokens(&self) -> (usize, usize) {
        let state = self.world.state();
        (state.tokens.count(), state.tokens.asked)
    }

    /// How often a message was refused because one with its id was taken before.
    pub fn repeated(&self) -> usize {
        self.world.state().repeated
    }

    /// How often messages were asked for.
    pub fn pulls(&self) -> usize {
        self.world.state().pulls
    }

    /// What no well-behaved caller does, and somebody did.
    pub fn mistakes(&self) -> Vec<String> {
        self.world.state().mistakes.clone()
    }

    /// Waits until something is so.
    pub async fn until(&self, what: &str, is_so: impl Fn(&Company) -> bool) {
        let begun = Instant::now();
        while !is_so(self) {
            assert!(begun.elapsed() < PATIENCE, "never: {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until the customer sees `count` messages, and returns them.
    pub async fn until_seen(&self, customer: &str, count: usize) -> Vec<ShownMessage> {
        let what = format!("{customer} sees {count} messages");
        self.until(&what, |company| company.seen_by(customer).len() >= count)
            .await;
        self.seen_by(customer)
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
