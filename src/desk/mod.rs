//! The desk: answers one turn. In: the conversation so far and what the asker just did. Out: the conversation as it
//! stands now, the replies, and the journal's entry. Pure: no I/O, no clock; time comes with the message.
//! Must not know: channels, SQL, how routing works.

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

/// Decides where a text goes.
pub trait Route: Send + Sync {
    fn route(&self, text: &str) -> Routing;

    /// Why; `None` from what cannot say. `knowledge` is what it was built from.
    fn explain(&self, _knowledge: &Knowledge, _text: &str) -> Option<Explanation> {
        None
    }

    /// What decided; `None` from what cannot say.
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

/// What a turn is answered from.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    pub knowledge: &'a Knowledge,
    pub router: &'a dyn Route,
    /// Those of `knowledge`.
    pub follow_ups: &'a FollowUps,
    /// For how long a conversation is fresh: choices, steps and follow-ups refer to what was said before.
    pub ttl: Duration,
    /// Who can be asked for; `None`: nobody can be reached from here, so that a request is noted and no more.
    pub people: Option<People>,
    /// There are people and none can be told: `people` is `None` meanwhile.
    pub lost: bool,
}

/// One turn, answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    pub conversation: Conversation,
    pub replies: Vec<Reply>,
    pub entry: Entry,
    /// What this turn means for the hand-over to a person; `None`: nothing.
    pub handover: Option<Handover>,
}

/// What a turn means for the hand-over that is open, or is opened by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handover {
    /// A person is to be called, now or when service begins.
    Opened,
    /// What the asker said, [`Entry::text`], is to be passed on to the person, whether or not the bot answered it.
    Relayed,
    /// A person's message was passed to the asker. Opens a hand-over where none was open.
    Answered,
    /// No person is needed any more.
    Closed(GiveBack),
}

impl Desk<'_> {
    /// The story of a turn: what did the asker mean, given what was said before, and what is said to that?
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
