//! The store's data types. In: what a turn decided. Out: rows. No SQL and no database here: the
//! desk creates these values.

use serde::{Deserialize, Serialize};
use std::fmt;
use wenlu_core::dialogue::CommentAbout;
use wenlu_core::model::{JournalEntry, MessageFile, Timestamp};

/// A journal entry with its id and conversation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JournalRow {
    pub id: i64,
    pub conversation: String,
    pub message: Option<String>,
    #[serde(flatten)]
    pub entry: JournalEntry,
    /// What the asker wrote after 没解决, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A conversation as it is before a turn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OpenedConversation {
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
    pub entry: JournalEntry,
    /// The id of the inbox message that this turn answers.
    pub inbox: Option<i64>,
    pub effects: TurnEffects,
}

/// An update that a channel delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveredUpdate {
    /// The bot of a service: `telegram:<id of the bot>`.
    pub channel: String,
    /// The service's id of the update; a repeated delivery has the same.
    pub update: String,
    pub conversation: String,
    /// The channel's own JSON.
    pub payload: String,
    pub at: Timestamp,
}

/// A message in the inbox that is not answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxEntry {
    pub id: i64,
    pub channel: String,
    pub update: String,
    pub payload: String,
    pub at: Timestamp,
    /// How many attempts to answer it have failed.
    pub attempts: i64,
    /// Entries that are answered together with this one, such as the other pictures of an album.
    pub with: Vec<i64>,
}

/// What a turn writes beside its journal entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TurnEffects {
    /// Calls to be made, in this order.
    pub calls: Vec<OutboxCall>,
    /// Replies as JSON, pushed to the conversation's web page.
    pub pushes: Vec<String>,
    pub handover: Option<HandoverChange>,
    /// What operators read of the conversation, in this order.
    pub messages: Vec<NewHandoverMessage>,
    /// Each with its channel.
    pub chats: Vec<(String, ChatChange)>,
    /// Channels and ids that count as seen from now on, such as an album's.
    pub once: Vec<(String, String)>,
    /// Inbox entries that are answered with this turn, beside its own.
    pub inbox: Vec<i64>,
    /// The file that came with the message, and the message.
    pub file: Option<(String, String)>,
    /// How the asker can be reached, as they wrote it.
    pub contact: Option<String>,
    /// What the asker says of the hand-over that was ended.
    pub rating: Option<HandoverRating>,
    /// What the asker adds to what they said last of an answer or of a hand-over, masked.
    pub comment: Option<(CommentAbout, String)>,
}

/// What an asker says of a hand-over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandoverRating {
    pub solved: bool,
    /// The message that says it, if it has an id.
    pub message: Option<String>,
}

impl TurnEffects {
    /// Appends the effects of `later`.
    pub fn extend(&mut self, later: TurnEffects) {
        self.calls.extend(later.calls);
        self.pushes.extend(later.pushes);
        self.handover = later.handover.or(self.handover.take());
        self.messages.extend(later.messages);
        self.chats.extend(later.chats);
        self.once.extend(later.once);
        self.inbox.extend(later.inbox);
        self.file = later.file.or(self.file.take());
        self.contact = later.contact.or(self.contact.take());
        self.rating = later.rating.or(self.rating.take());
        self.comment = later.comment.or(self.comment.take());
    }
}

/// A call to insert into the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxCall {
    pub channel: String,
    /// The calls of one chat are made in order; empty for a call without a chat. Where a service does
    /// not name chats, the conversation does.
    pub chat: String,
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
pub struct OutboxHead {
    pub id: i64,
    pub chat: String,
    pub conversation: String,
    pub method: String,
    pub payload: String,
    pub after: String,
    /// When it was put into the outbox.
    pub at: Timestamp,
    pub expires: Option<Timestamp>,
    pub attempts: i64,
    /// Why the chat cannot be written to, if it cannot.
    pub gone: Option<UndeliveredReason>,
}

/// What to store after a successful call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallReceipt {
    /// The operators' chat.
    pub chat: String,
    pub at: Timestamp,
    /// The conversation that the call told the operators about, or brought a message of theirs to;
    /// `None`: nothing is stored.
    pub handover: Option<String>,
    /// The resulting messages, which operators may reply to.
    pub messages: Vec<String>,
    /// Messages of operators, each with the message that the asker got of it.
    pub brought: Vec<(String, String)>,
    /// The topic that was created for the conversation.
    pub thread: Option<String>,
}

/// Why a call is not made, or why a chat cannot be written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UndeliveredReason {
    /// The asker blocked the bot, or the group removed it.
    Blocked,
    /// The call's time is over.
    Expired,
    /// The last attempt failed too.
    GivenUp { attempts: i64, failure: String },
    /// What the service said.
    Refused(String),
}

impl UndeliveredReason {
    /// How [`UndeliveredReason::GivenUp`] begins in the database.
    pub(super) const GIVEN_UP: &str = "set aside after ";
    const BLOCKED: &str = "blocked";
    const EXPIRED: &str = "too late";

    /// Reads what [`fmt::Display`] wrote into the database.
    pub(super) fn parse(text: String) -> Self {
        match text.as_str() {
            Self::BLOCKED => Self::Blocked,
            Self::EXPIRED => Self::Expired,
            _ => Self::given_up(&text).unwrap_or(Self::Refused(text)),
        }
    }

    fn given_up(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(Self::GIVEN_UP)?;
        let (attempts, failure) = rest.split_once(" attempts: ")?;
        Some(Self::GivenUp {
            attempts: attempts.parse().ok()?,
            failure: failure.to_owned(),
        })
    }
}

/// The form in the database and in the log.
impl fmt::Display for UndeliveredReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blocked => f.write_str(Self::BLOCKED),
            Self::Expired => f.write_str(Self::EXPIRED),
            Self::GivenUp { attempts, failure } => {
                write!(f, "{}{attempts} attempts: {failure}", Self::GIVEN_UP)
            }
            Self::Refused(said) => f.write_str(said),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChatChange {
    /// The bot was blocked or removed, or the chat deleted: its waiting calls are given up.
    Gone {
        chat: String,
        reason: UndeliveredReason,
    },
    /// The chat wrote to the bot: it can be written to again.
    Back {
        chat: String,
    },
    Moved {
        from: String,
        to: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandoverChange {
    /// Operators are called, in this chat; empty: they find it in their list.
    Open {
        chat: String,
        asker: Option<String>,
        question: Option<String>,
        page: Option<AskerPage>,
    },
    /// Somebody wrote.
    Touch,
    /// An operator wrote: takes the hand-over if nobody has, and reopens it if it is closed.
    Answered {
        by: String,
        /// Whether it is refused where another operator has taken it.
        only_if_free: bool,
    },
    /// An operator takes it, from nobody or from the one that they saw holding it.
    Taken { by: String, seen: Option<String> },
    /// It waits again: the operator who held it is gone.
    Released { by: String },
    Close {
        reason: String,
        /// Whether the asker is asked whether it is solved.
        asks_rating: bool,
    },
}

/// The page of a site on which an asker is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskerPage {
    /// Origin and path, without a query.
    pub address: String,
    pub title: String,
}

/// Who wrote a message that operators read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TranscriptAuthor {
    Asker,
    Bot,
    /// An operator, to the asker.
    Colleague,
    /// An operator, to operators only.
    Note,
    /// What happened to the hand-over.
    System,
}

/// A message to record for operators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewHandoverMessage {
    /// The same message again is not recorded again.
    pub id: String,
    pub at: Timestamp,
    pub author: TranscriptAuthor,
    /// The operator's account; empty for others.
    pub account: String,
    pub body: String,
    /// Without personal data; what stays when the hand-over is closed.
    pub masked: String,
    /// The id of the file that it brought.
    pub file: Option<String>,
}

/// A message as operators read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandoverMessage {
    pub seq: i64,
    pub at: Timestamp,
    pub author: TranscriptAuthor,
    pub account: String,
    pub body: String,
    /// The file that it brought, while that is kept.
    pub file: Option<MessageFile>,
}

/// Where a hand-over stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandoverStage {
    /// No operator has taken part yet.
    Waiting,
    /// An operator talks with the asker.
    Taken,
    Closed,
}

/// A conversation that operators take part in, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandoverRecord {
    pub conversation: String,
    /// Names it in addresses.
    pub number: i64,
    /// The operators' group; empty if they had none.
    pub chat: String,
    /// The topic in the group, if it has topics.
    pub thread: Option<String>,
    /// The first message about the conversation there.
    pub card: Option<String>,
    pub open: bool,
    pub stage: HandoverStage,
    /// Who has taken it.
    pub assignee: Option<String>,
    /// The asker's name, where it is known.
    pub asker: Option<String>,
    /// What it is about.
    pub question: Option<String>,
    /// On which page the asker asked for them.
    pub page: Option<AskerPage>,
    pub opened_at: Timestamp,
    /// Since when the asker waits for an operator's words.
    pub waiting_since: Option<Timestamp>,
    /// Until when an operator has put it aside.
    pub snoozed_until: Option<Timestamp>,
    /// When that time came, until somebody writes.
    pub woken_at: Option<Timestamp>,
    /// Why it was closed.
    pub reason: String,
    /// The number of its last message.
    pub seq: i64,
    /// Grows with each change of any hand-over.
    pub rev: i64,
}

/// A reply pushed to a web page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushedReply {
    pub id: i64,
    /// JSON.
    pub reply: String,
}

#[cfg(test)]
mod tests {
    use super::UndeliveredReason as Reason;

    #[test]
    fn a_reason_is_read_as_it_was_written() {
        let given_up = Reason::GivenUp {
            attempts: 20,
            failure: "Bad Gateway".to_owned(),
        };
        for (reason, text) in [
            (Reason::Blocked, "blocked"),
            (Reason::Expired, "too late"),
            (given_up, "set aside after 20 attempts: Bad Gateway"),
            (Reason::Refused("set aside".to_owned()), "set aside"),
        ] {
            assert_eq!(reason.to_string(), text);
            assert_eq!(Reason::parse(text.to_owned()), reason);
        }
    }
}
