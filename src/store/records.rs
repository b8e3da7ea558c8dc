//! The store's data types. In: what a turn decided. Out: rows. No SQL and no database here: the
//! desk creates these values.

use crate::message::{Lang, Timestamp};
use crate::router::{Candidate, Decision};
use serde::{Deserialize, Serialize};

/// One turn, as the journal stores it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub at: Timestamp,
    /// What the asker typed, or the label of the button pressed; for [`TurnOutcome::Person`], what
    /// an operator wrote.
    pub text: String,
    /// The question that this turn is about, as it was typed; `None` if it is about none.
    pub question: Option<String>,
    pub lang: Lang,
    /// How the text was routed; `None` for a step, a button or a hand-over.
    pub decision: Option<Decision>,
    /// The intent that was answered, or whose menu was shown.
    pub intent: Option<String>,
    pub gap: Option<String>,
    pub confidence: f64,
    pub candidates: Vec<Candidate>,
    /// The version of the data files that decided.
    pub knowledge: String,
    pub outcome: Outcome,
    pub unanswered: Option<Unanswered>,
    /// Whether a hand-over was open at the end of this turn.
    pub handed_over: bool,
}

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Start,
    /// The hot topics were requested.
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
    /// A button or command that no longer applies.
    Expired,
    /// The message had no readable text, or was too long.
    Refused,
    /// Help was requested.
    Help,
    /// Relayed to the operators.
    Relayed,
    /// An operator wrote to the asker.
    Person,
    /// The operators gave the conversation back to the bot.
    GivenBack,
}

/// Why a question counts as unanswered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unanswered {
    Unknown,
    Gap,
    /// The bot asked back and no choice was made. Detected when the journal is read, from the next
    /// turn.
    Clarified,
    NoneOfThese,
    Unsolved,
    /// Answered, and soon asked again in other words. Detected when the journal is read.
    Repeated,
    /// Answered, and a person was requested next. Detected when the journal is read.
    HandedOver,
}

/// A journal entry with its id and conversation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    pub id: i64,
    pub conversation: String,
    pub message: Option<String>,
    #[serde(flatten)]
    pub entry: Entry,
}

/// A conversation as it is before a turn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opened {
    /// The desk's state as JSON; `None` for a new conversation.
    pub state: Option<String>,
    /// The number of turns so far. A commit names the version that it was computed from.
    pub version: i64,
    /// The response that this message was given before, as JSON.
    pub answered: Option<String>,
}

/// All that a turn writes; it is committed atomically.
#[derive(Clone, Debug, PartialEq)]
pub struct TurnRecord {
    pub conversation: String,
    pub message: Option<String>,
    /// [`OpenedConversation::version`] of the state that the turn started from.
    pub version: i64,
    pub state: String,
    /// The response for a retry of `message`; `None` if the inbox filters retries.
    pub response: Option<String>,
    pub entry: Entry,
    /// The id of the inbox message that this turn answers.
    pub inbox: Option<i64>,
    pub effects: Effects,
}

/// An update that a channel delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// The bot of a service: `telegram:<id of the bot>`.
    pub channel: String,
    /// The service's number of the update; a repeated delivery has the same number.
    pub update: i64,
    pub conversation: String,
    /// The channel's own JSON.
    pub payload: String,
    pub at: Timestamp,
}

/// A message in the inbox that is not answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub id: i64,
    pub channel: String,
    pub update: i64,
    pub payload: String,
    pub at: Timestamp,
    /// How many attempts to answer it have failed.
    pub attempts: i64,
}

/// What a turn writes beside its journal entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Calls to be made, in this order.
    pub calls: Vec<NewCall>,
    /// Replies as JSON, pushed to the conversation's web page.
    pub pushes: Vec<String>,
    pub handover: Option<HandoverChange>,
    /// Each with its channel.
    pub chats: Vec<(String, ChatChange)>,
    /// Channels and numbers that count as seen from now on, such as an album's.
    pub once: Vec<(String, i64)>,
}

impl Effects {
    /// Appends the effects of `later`.
    pub fn extend(&mut self, later: Effects) {
        self.calls.extend(later.calls);
        self.pushes.extend(later.pushes);
        self.handover = later.handover.or(self.handover.take());
        self.chats.extend(later.chats);
        self.once.extend(later.once);
    }
}

/// A call to insert into the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCall {
    pub channel: String,
    /// The calls of one chat are made in order; 0 for a call without a chat.
    pub chat: i64,
    pub conversation: String,
    pub method: String,
    /// JSON, without the chat id.
    pub payload: String,
    /// The channel's own JSON: what to do on success, and what to send instead on failure.
    pub after: String,
    /// After this time the call is dropped.
    pub expires: Option<Timestamp>,
}

/// The first call of a chat, as the sender reads it.
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
    /// Why the chat cannot be written to, if it cannot.
    pub gone: Option<String>,
}

/// What to store after a successful call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SentAs {
    pub chat: i64,
    pub at: Timestamp,
    /// The conversation that the call told the operators about; `None`: nothing is stored.
    pub handover: Option<String>,
    /// The resulting message, which operators may reply to.
    pub message: Option<i64>,
    /// The topic that was created for the conversation.
    pub thread: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChatChange {
    /// The bot was blocked or removed, or the chat deleted: its waiting calls are given up.
    Gone {
        chat: i64,
        reason: String,
    },
    /// The chat wrote to the bot: it can be written to again.
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
    /// Operators are called, in this chat.
    Open {
        chat: i64,
    },
    /// Somebody wrote.
    Touch,
    /// An operator wrote; a closed hand-over is reopened.
    Reopen,
    Close,
}

/// A conversation that operators take part in, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    pub conversation: String,
    /// The operators' group.
    pub chat: i64,
    /// The topic in the group, if it has topics.
    pub thread: Option<i64>,
    /// The first message about the conversation there.
    pub card: Option<i64>,
    pub open: bool,
}

/// A reply pushed to a web page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    pub id: i64,
    /// JSON.
    pub reply: String,
}
