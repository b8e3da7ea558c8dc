//! The dialogue: answers one turn. In: the state of the conversation and the incoming message. Out:
//! the new state, the replies and the journal entry. Pure: no I/O, no clock; time comes with the
//! message. Must not know: channels, SQL, how routing works.

mod button;
pub(crate) mod command;
mod draft;
mod follow_up;
mod handover;
pub mod hours;
mod language;
mod speaker;
mod state;
mod understand;

pub use button::{Target, Walk};
pub use follow_up::FollowUps;
pub use hours::{Opens, People, ServiceHours};
pub use state::{Conversation, Person, Question, Topic};

use crate::knowledge::Knowledge;
use crate::message::{GiveBack, Incoming, Reply};
use crate::router::decide::Gate;
use crate::router::explain::Explanation;
use crate::router::{Router, Routing};
use crate::store::records::Entry;
use draft::Draft;
use std::time::Duration;
use understand::Meant;

/// Routes a text to an intent.
pub trait Route: Send + Sync {
    fn route(&self, text: &str) -> Routing;

    /// Explains the decision; `None` if the router cannot. `knowledge` is what it was built from.
    fn explain(&self, _knowledge: &Knowledge, _text: &str) -> Option<Explanation> {
        None
    }

    /// What decided; `None` if the router cannot say.
    fn gate(&self, _text: &str) -> Option<Gate> {
        None
    }
}

impl Route for Router {
    fn route(&self, text: &str) -> Routing {
        Router::route(self, text)
    }

    fn explain(&self, knowledge: &Knowledge, text: &str) -> Option<Explanation> {
        Some(Router::explain(self, knowledge, text))
    }

    fn gate(&self, text: &str) -> Option<Gate> {
        Some(Router::gate(self, text))
    }
}

/// What is needed to answer a turn.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    pub knowledge: &'a Knowledge,
    pub router: &'a dyn Route,
    /// The follow-ups of `knowledge`.
    pub follow_ups: &'a FollowUps,
    /// How long a conversation is fresh. While it is, choices, steps and follow-ups refer to the
    /// turns before.
    pub ttl: Duration,
    /// Whether operators are on duty; `None` if none can be reached, so that a request for one is
    /// only noted.
    pub people: Option<People>,
    /// Operators are configured, but none can be notified; `operators` is `None` then.
    pub lost: bool,
}

/// An answered turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    pub conversation: Conversation,
    pub replies: Vec<Reply>,
    pub entry: Entry,
    /// What the turn changes about a hand-over; `None` if nothing.
    pub handover: Option<Handover>,
}

/// What a turn changes about the open hand-over, or that it opens one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handover {
    /// An operator is to be called, now or when service begins.
    Opened,
    /// The asker's message, [`JournalEntry::text`], is to be passed on to the operator, whether or
    /// not the bot answered it.
    Relayed,
    /// An operator's message was passed to the asker. Opens a hand-over if none is open.
    Answered,
    /// The hand-over has ended.
    Closed(GiveBack),
}

impl Desk<'_> {
    /// Answers one turn: interprets the message in the state of the conversation, then takes the
    /// action for it.
    pub fn answer(&self, conversation: Conversation, incoming: &Incoming) -> Turn {
        let meant = understand::understand(self, &conversation, incoming);
        let mut turn = Draft::new(self, conversation, incoming);
        match meant {
            Meant::Start(lang) => turn.greet(lang),
            Meant::Topics => turn.show_topics(),
            Meant::Question(routing) => turn.answer_question(routing),
            Meant::Choice(intent) => turn.show_choice(&intent),
            Meant::FollowUp(target) => turn.show_section(&target),
            Meant::Step(target, step) => turn.show_step(&target, step),
            Meant::StepFailed(target, step) => turn.help_with_step(&target, step),
            Meant::NoSuchStep(count) => turn.say_no_such_step(count),
            Meant::NoSuchChoice(count) => turn.say_no_such_choice(count),
            Meant::NoneOfThese => turn.ask_for_other_words(),
            Meant::Solved => turn.be_glad(),
            Meant::Unsolved(intent) => turn.offer_next_best(intent.as_deref()),
            Meant::Human => turn.hand_over(),
            Meant::Expired => turn.say_expired(),
            Meant::Unreadable => turn.ask_for_words(),
            Meant::TooLong => turn.ask_for_fewer_words(),
            Meant::Help => turn.say_help(),
            Meant::Attachment(kind) => turn.admit_unread(kind),
            Meant::Relay => turn.relay(),
            Meant::FromPerson(text) => turn.pass_to_asker(&text),
            Meant::GiveBack(by) => turn.give_back(by),
        }
        turn.finish()
    }
}
