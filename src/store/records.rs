//! What the store keeps. In: what a turn decided. Out: rows. No SQL and no engine here: the desk writes these values.

use crate::message::{Lang, Timestamp};
use crate::router::{Candidate, Decision};
use serde::{Deserialize, Serialize};

/// One turn as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub at: Timestamp,
    /// What the asker typed, or the label of the button that was pressed; for [`Outcome::Person`] what a colleague wrote.
    pub text: String,
    /// What the asker wanted to know, where this turn is about a question: the text that was typed then.
    pub question: Option<String>,
    pub lang: Lang,
    /// How the text was routed; `None` for a step, a button, a hand-over.
    pub decision: Option<Decision>,
    /// What was answered, or the menu that was shown.
    pub intent: Option<String>,
    pub gap: Option<String>,
    pub confidence: f64,
    pub candidates: Vec<Candidate>,
    /// The state of the data files that decided.
    pub knowledge: String,
    pub outcome: Outcome,
    pub unanswered: Option<Unanswered>,
    /// Whether a person had been asked for by the end of this turn, and had not given the conversation back.
    pub handed_over: bool,
}

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Start,
    /// The hot topics were asked for.
    Topics,
    Answered,
    Clarified,
    Menu,
    Unknown,
    Gap,
    Step,
    FollowUp,
    Choice,
    NoneOfThese,
    Solved,
    Unsolved,
    Human,
    /// A choice or a command that no longer belongs to anything.
    Expired,
    /// Nothing to read in it, or too long.
    Refused,
    /// It was asked what the bot can do.
    Help,
    /// Passed on to a person.
    Relayed,
    /// A person wrote to the asker.
    Person,
    /// The bot took over again.
    GivenBack,
}

/// Why a question counts as unanswered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unanswered {
    Unknown,
    Gap,
    /// Asked back, and no choice was made. Found when the journal is read: it is the next turn that says so.
    Clarified,
    NoneOfThese,
    Unsolved,
    /// Answered, and soon asked again in other words. Found when the journal is read.
    Repeated,
    /// Answered, and a person was asked for next. Found when the journal is read.
    HandedOver,
}

/// An entry with its place in the journal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    pub id: i64,
    pub conversation: String,
    pub message: Option<String>,
    #[serde(flatten)]
    pub entry: Entry,
}

/// What is known of a conversation before a turn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opened {
    /// The desk's state as JSON; `None`: a new conversation.
    pub state: Option<String>,
    /// Counts the turns; a commit names the one it was computed from.
    pub version: i64,
    /// The response that this very message was given before, as JSON.
    pub answered: Option<String>,
}

/// All that a turn leaves behind, committed together or not at all.
#[derive(Clone, Debug, PartialEq)]
pub struct TurnRecord {
    pub conversation: String,
    pub message: Option<String>,
    /// [`Opened::version`] of the state that the turn started from.
    pub version: i64,
    pub state: String,
    /// What a retry of `message` is answered; `None` where the inbox keeps retries away.
    pub response: Option<String>,
    pub entry: Entry,
    /// The message of the inbox that this turn answers.
    pub inbox: Option<i64>,
    pub effects: Effects,
}

/// What a channel delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// Which bot of which service: `telegram:<id of the bot>`.
    pub channel: String,
    /// The service's number of it: the same one again is the same update.
    pub update: i64,
    pub conversation: String,
    /// The channel's own JSON.
    pub payload: String,
    pub at: Timestamp,
}

/// A message that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub id: i64,
    pub channel: String,
    pub update: i64,
    pub payload: String,
    pub at: Timestamp,
    /// How often it could not be answered.
    pub attempts: i64,
}

/// What a turn leads to beside its journal entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Calls to be made, in this order.
    pub calls: Vec<NewCall>,
    /// Replies as JSON, for a page that has not asked.
    pub pushes: Vec<String>,
    pub handover: Option<HandoverChange>,
    /// With the channel that each is about.
    pub chats: Vec<(String, ChatChange)>,
    /// Channels with a number that counts as seen from now on, such as an album's.
    pub once: Vec<(String, i64)>,
}

impl Effects {
    /// What `later` leads to comes after this.
    pub fn extend(&mut self, later: Effects) {
        self.calls.extend(later.calls);
        self.pushes.extend(later.pushes);
        self.handover = later.handover.or(self.handover.take());
        self.chats.extend(later.chats);
        self.once.extend(later.once);
    }
}

/// A call for the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCall {
    pub channel: String,
    /// Calls of one chat are made in order; 0 for those that belong to none.
    pub chat: i64,
    pub conversation: String,
    pub method: String,
    /// JSON, without the chat.
    pub payload: String,
    /// The channel's own JSON: what a success means, and what stands in for a failure.
    pub after: String,
    /// Not worth making after this.
    pub expires: Option<Timestamp>,
}

/// The first call of a chat, as the sender finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallHead {
    pub id: i64,
    pub chat: i64,
    pub conversation: String,
    pub method: String,
    pub payload: String,
    pub after: String,
    /// When it was put into the outbox.
    pub at: Timestamp,
    pub expires: Option<Timestamp>,
    pub attempts: i64,
    /// Why the chat is not to be written to any more.
    pub gone: Option<String>,
}

/// What a call that was made means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SentAs {
    pub chat: i64,
    pub at: Timestamp,
    /// The conversation that the call told the operators about; `None`: nothing is to be remembered.
    pub handover: Option<String>,
    /// The message that came of it, to which they may reply.
    pub message: Option<i64>,
    /// The topic that was made for it.
    pub thread: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChatChange {
    /// Blocked, deleted, thrown out: what waits for it is given up.
    Gone {
        chat: i64,
        reason: String,
    },
    /// It wrote to us: it may be written to again.
    Back {
        chat: i64,
    },
    Moved {
        from: i64,
        to: i64,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandoverChange {
    /// People are called to it, in this chat.
    Open {
        chat: i64,
    },
    /// Somebody said something.
    Touch,
    /// A person said something, whether it was open or not.
    Reopen,
    Close,
}

/// A conversation that people take part in, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    pub conversation: String,
    /// The operators' group,
    pub chat: i64,
    /// the topic there, where it has topics,
    pub thread: Option<i64>,
    /// and the first message about it.
    pub card: Option<i64>,
    pub open: bool,
}

/// A reply that a page did not ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    pub id: i64,
    /// JSON.
    pub reply: String,
}
