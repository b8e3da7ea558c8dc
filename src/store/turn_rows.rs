//! The rows that a batch of turns reads or writes, as JSON objects, with the SQL types of their
//! members. Must not know: the statements that take them.

use super::journal::SAME_AS_TEXT;
use super::records::TurnRecord;
use crate::hash::hex;
use serde::Serialize;
use sha2::{Digest, Sha256};
use wenlu_core::model::{
    Candidate, Decision, Lang, ScoreSource, Timestamp, TurnOutcome, UnansweredReason,
};

/// A conversation to read, and the message that may have been answered before.
pub(super) struct TurnLookup {
    pub conversation: String,
    pub message: Option<String>,
}

/// A `TurnLookup` as a row of the statement, numbered by its position.
#[derive(Serialize)]
pub(super) struct TurnLookupRow<'a> {
    place: usize,
    conversation: &'a str,
    message: Option<&'a str>,
}

/// A conversation's next state.
#[derive(Serialize)]
pub(super) struct ConversationRow<'a> {
    conversation: &'a str,
    state: &'a str,
    version: i64,
    at: Timestamp,
}

/// A row of the journal.
#[derive(Serialize)]
pub(super) struct NewJournalRow<'a> {
    conversation: &'a str,
    message: Option<&'a str>,
    at: Timestamp,
    text: &'a str,
    question: Option<&'a str>,
    lang: Lang,
    decision: Option<Decision>,
    intent: Option<&'a str>,
    gap: Option<&'a str>,
    confidence: f64,
    /// Stored as JSON text.
    candidates: &'a [Candidate],
    knowledge: &'a str,
    outcome: TurnOutcome,
    unanswered: Option<UnansweredReason>,
    handed_over: i64,
    scored_by: Option<ScoreSource>,
}

/// What a retry of a message is answered with. The response itself is a [`ResponseRow`].
#[derive(Serialize)]
pub(super) struct AnsweredRow<'a> {
    conversation: &'a str,
    message: &'a str,
    response: &'static str,
    digest: String,
    at: Timestamp,
}

/// A response that any number of turns have given.
#[derive(Serialize)]
pub(super) struct ResponseRow<'a> {
    pub digest: String,
    response: &'a str,
    used_at: Timestamp,
}

/// Half of SHA-256 still keeps apart more responses than can ever be given.
fn digest_of(response: &str) -> String {
    hex(&Sha256::digest(response)[..16])
}

/// The members of the JSON objects of a statement, with their SQL types.
pub(super) type ColumnTypes = &'static [(&'static str, &'static str)];

pub(super) const LOOKUP_COLUMNS: ColumnTypes = &[
    ("place", "bigint"),
    ("conversation", "text"),
    ("message", "text"),
];
pub(super) const CONVERSATION_COLUMNS: ColumnTypes = &[
    ("conversation", "text"),
    ("state", "text"),
    ("version", "bigint"),
    ("at", "bigint"),
];
pub(super) const ANSWERED_COLUMNS: ColumnTypes = &[
    ("conversation", "text"),
    ("message", "text"),
    ("response", "text"),
    ("digest", "text"),
    ("at", "bigint"),
];
pub(super) const RESPONSE_COLUMNS: ColumnTypes = &[
    ("digest", "text"),
    ("response", "text"),
    ("used_at", "bigint"),
];
pub(super) const JOURNAL_COLUMNS: ColumnTypes = &[
    ("conversation", "text"),
    ("message", "text"),
    ("at", "bigint"),
    ("text", "text"),
    ("question", "text"),
    ("lang", "text"),
    ("decision", "text"),
    ("intent", "text"),
    ("gap", "text"),
    ("confidence", "double precision"),
    ("candidates", "text"),
    ("knowledge", "text"),
    ("outcome", "text"),
    ("unanswered", "text"),
    ("handed_over", "bigint"),
    ("scored_by", "text"),
];

impl<'a> TurnLookupRow<'a> {
    pub(super) fn of(place: usize, asked: &'a TurnLookup) -> Self {
        TurnLookupRow {
            place,
            conversation: &asked.conversation,
            message: asked.message.as_deref(),
        }
    }
}

impl<'a> ConversationRow<'a> {
    pub(super) fn of(turn: &'a TurnRecord) -> Self {
        ConversationRow {
            conversation: &turn.conversation,
            state: &turn.state,
            version: turn.version,
            at: turn.entry.at,
        }
    }
}

impl<'a> NewJournalRow<'a> {
    pub(super) fn of(turn: &'a TurnRecord) -> Self {
        let entry = &turn.entry;
        NewJournalRow {
            conversation: &turn.conversation,
            message: turn.message.as_deref(),
            at: entry.at,
            text: &entry.text,
            question: entry.question.as_deref().map(|question| {
                if question == entry.text {
                    SAME_AS_TEXT
                } else {
                    question
                }
            }),
            lang: entry.lang,
            decision: entry.decision,
            intent: entry.intent.as_deref(),
            gap: entry.gap.as_deref(),
            confidence: entry.confidence,
            candidates: &entry.candidates,
            knowledge: &entry.knowledge,
            outcome: entry.outcome,
            unanswered: entry.unanswered,
            handed_over: i64::from(entry.handed_over),
            scored_by: entry.scored_by,
        }
    }
}

impl<'a> AnsweredRow<'a> {
    /// The kept answer, and the response that it refers to.
    pub(super) fn of(turn: &'a TurnRecord) -> Option<(Self, ResponseRow<'a>)> {
        let (message, response) = turn.message.as_deref().zip(turn.response.as_deref())?;
        let response = ResponseRow {
            digest: digest_of(response),
            response,
            used_at: turn.entry.at,
        };
        let answered = AnsweredRow {
            conversation: &turn.conversation,
            message,
            response: "",
            digest: response.digest.clone(),
            at: turn.entry.at,
        };
        Some((answered, response))
    }
}
