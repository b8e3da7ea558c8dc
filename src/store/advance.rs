//! The statements behind a batch of turns: one reads many conversations, one or two write what many
//! turns leave behind. A round trip to the database takes longer than the work done there, so there
//! is one statement per batch, not per turn. In: records. Out: conversations, and which turns were
//! written. Must not know: how turns are batched, and who waits for them.
//!
//! Each statement gets its rows as a JSON array, which both databases can read as a table.

use super::StoreError;
use super::records::{Opened, Outcome, TurnRecord, Unanswered};
use crate::message::{Lang, Timestamp};
use crate::router::{Candidate, Decision};
use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AnyPool, Row as _};
use std::collections::HashSet;
use std::sync::LazyLock;

/// A conversation to read, and the message that may have been answered before.
pub(super) struct Asked {
    pub conversation: String,
    pub message: Option<String>,
}

/// A `TurnLookup` as a row of the statement, numbered by its position.
#[derive(Serialize)]
struct Place<'a> {
    place: usize,
    conversation: &'a str,
    message: Option<&'a str>,
}

/// A conversation's next state.
#[derive(Serialize)]
struct Next<'a> {
    conversation: &'a str,
    state: &'a str,
    version: i64,
    at: Timestamp,
}

/// A row of the journal.
#[derive(Serialize)]
struct Line<'a> {
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
    outcome: Outcome,
    unanswered: Option<Unanswered>,
    handed_over: i64,
}

/// What a retry of a message is answered with.
#[derive(Serialize)]
struct Kept<'a> {
    conversation: &'a str,
    message: &'a str,
    response: &'a str,
    at: Timestamp,
}

/// The members of the JSON objects of a statement, with their SQL types.
type Columns = &'static [(&'static str, &'static str)];

const ASKED: Columns = &[("place", "bigint"), ("conversation", "text"), ("message", "text")];
const NEXT: Columns = &[("conversation", "text"), ("state", "text"), ("version", "bigint"), ("at", "bigint")];
const KEPT: Columns = &[("conversation", "text"), ("message", "text"), ("response", "text"), ("at", "bigint")];
const LINE: Columns = &[
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
];

/// SQL for the JSON array of objects in `parameter` as a table named `given`.
fn given(is_file: bool, parameter: &str, columns: Columns) -> String {
    let list = |write: &dyn Fn(&str, &str) -> String| {
        columns.iter().map(|(name, kind)| write(name, kind)).collect::<Vec<_>>().join(", ")
    };
    if is_file {
        let members = list(&|name, _| format!("value ->> '{name}' AS {name}"));
        format!("(SELECT {members} FROM jsonb_each({parameter})) AS given")
    } else {
        let members = list(&|name, kind| format!("{name} {kind}"));
        format!("json_to_recordset(CAST({parameter} AS json)) AS given({members})")
    }
}

fn names(columns: Columns) -> String {
    columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// The statements in one database's dialect.
struct Statements {
    open: String,
    /// Returns the ids of the conversations that were written. On PostgreSQL it also inserts the
    /// journal rows and the answers.
    advance: String,
    /// SQLite only: inserts the journal rows and the answers of those conversations.
    rest: Option<String>,
}

impl Statements {
    fn of(is_file: bool) -> &'static Self {
        static SQLITE: LazyLock<Statements> = LazyLock::new(|| Statements::write(true));
        static POSTGRES: LazyLock<Statements> = LazyLock::new(|| Statements::write(false));
        if is_file { &SQLITE } else { &POSTGRES }
    }

    fn write(is_file: bool) -> Self {
        let given = |parameter, columns| given(is_file, parameter, columns);
        let insert = |table, parameter, columns, which| {
            let names = names(columns);
            format!("INSERT INTO {table} ({names}) SELECT {names} FROM {} {which}", given(parameter, columns))
        };
        // A conflict can be ignored: the turn that answered the message before has already advanced
        // the conversation's version, so this one is not written at all.
        const ONCE: &str = "ON CONFLICT DO NOTHING";
        const MOVED: &str = "WHERE conversation IN (SELECT id FROM moved)";
        let open = OPEN.replace("GIVEN", &given("$1", ASKED));
        let advance = ADVANCE.replace("GIVEN", &given("$1", NEXT));
        if is_file {
            let lines = insert("journal", "$1", LINE, "");
            let kept = insert("answered", "$2", KEPT, "WHERE true");
            return Statements {
                open,
                advance: advance.replace("LOCK", ""),
                rest: Some(format!("{lines}; {kept} {ONCE}")),
            };
        }
        let advance = advance.replace("LOCK", "FOR KEY SHARE");
        let lines = insert("journal", "$2", LINE, MOVED);
        let kept = insert("answered", "$3", KEPT, MOVED);
        let whole =
            format!("WITH moved AS ({advance}), said AS ({lines}), kept AS ({kept} {ONCE}) SELECT id FROM moved");
        Statements { open, advance: whole, rest: None }
    }
}

/// Subqueries, no joins: PostgreSQL keeps the plan that it made while the tables were empty, and
/// with joins it would scan them.
const OPEN: &str = "\
    SELECT place, (SELECT state FROM conversations WHERE id = given.conversation),
        (SELECT version FROM conversations WHERE id = given.conversation),
        (SELECT response FROM answered a WHERE a.conversation = given.conversation AND a.message = given.message)
    FROM GIVEN";

/// A conversation with a version above 0 that is not in the table was erased, and must not be
/// recreated from this state. Its row cannot disappear before the transaction ends: SQLite has a
/// single writer, PostgreSQL takes a row lock.
const ADVANCE: &str = "\
    INSERT INTO conversations (id, state, version, updated_at)
    SELECT conversation, state, version + 1, at FROM GIVEN
    WHERE version = 0 OR EXISTS (SELECT 1 FROM conversations c WHERE c.id = given.conversation LOCK)
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, version = excluded.version, updated_at = excluded.updated_at
        WHERE conversations.version = excluded.version - 1
    RETURNING id";

/// Reads the conversations, and the answers that the messages were given before; in the order of
/// `asked`.
pub(super) async fn open(pool: &AnyPool, is_file: bool, asked: &[Asked]) -> Result<Vec<Opened>, StoreError> {
    let places: Vec<Place> = asked.iter().enumerate().map(|(place, asked)| Place::of(place, asked)).collect();
    let sql = &Statements::of(is_file).open;
    let rows = sqlx::query(sql.as_str()).bind(serde_json::to_string(&places)?).fetch_all(pool).await?;
    let mut opened = vec![Opened::default(); asked.len()];
    for row in rows {
        let place = usize::try_from(row.try_get::<i64, _>(0)?).ok();
        if let Some(opened) = place.and_then(|place| opened.get_mut(place)) {
            let version = row.try_get::<Option<i64>, _>(2)?.unwrap_or_default();
            *opened = Opened { state: row.try_get(1)?, version, answered: row.try_get(3)? };
        }
    }
    Ok(opened)
}

/// Writes each conversation's next state, its journal row and the answer for a retry; nothing for a
/// conversation whose version has moved on. Returns the conversations that were written. `turns`
/// must not hold two turns of one conversation.
pub(super) async fn advance(
    connection: &mut AnyConnection,
    is_file: bool,
    turns: &[&TurnRecord],
) -> Result<HashSet<String>, StoreError> {
    let statements = Statements::of(is_file);
    let next = turns.iter().map(|turn| Next::of(turn)).collect::<Vec<_>>();
    let advance = sqlx::query(statements.advance.as_str()).bind(serde_json::to_string(&next)?);
    let Some(rest) = &statements.rest else {
        let (lines, kept) = said(turns.iter().copied())?;
        return ids(advance.bind(lines).bind(kept).fetch_all(connection).await?);
    };
    let moved = ids(advance.fetch_all(&mut *connection).await?)?;
    if !moved.is_empty() {
        let (lines, kept) = said(turns.iter().copied().filter(|turn| moved.contains(&turn.conversation)))?;
        sqlx::query(rest.as_str()).bind(lines).bind(kept).execute(connection).await?;
    }
    Ok(moved)
}

fn ids(rows: Vec<AnyRow>) -> Result<HashSet<String>, StoreError> {
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// The journal rows and the kept answers, as two JSON arrays.
fn said<'a>(turns: impl Iterator<Item = &'a TurnRecord> + Clone) -> Result<(String, String), serde_json::Error> {
    let lines = turns.clone().map(Line::of).collect::<Vec<_>>();
    let kept = turns.filter_map(Kept::of).collect::<Vec<_>>();
    Ok((serde_json::to_string(&lines)?, serde_json::to_string(&kept)?))
}

impl<'a> Place<'a> {
    fn of(place: usize, asked: &'a Asked) -> Self {
        Place { place, conversation: &asked.conversation, message: asked.message.as_deref() }
    }
}

impl<'a> Next<'a> {
    fn of(turn: &'a TurnRecord) -> Self {
        Next { conversation: &turn.conversation, state: &turn.state, version: turn.version, at: turn.entry.at }
    }
}

impl<'a> Line<'a> {
    fn of(turn: &'a TurnRecord) -> Self {
        let entry = &turn.entry;
        Line {
            conversation: &turn.conversation,
            message: turn.message.as_deref(),
            at: entry.at,
            text: &entry.text,
            question: entry.question.as_deref(),
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
        }
    }
}

impl<'a> Kept<'a> {
    fn of(turn: &'a TurnRecord) -> Option<Self> {
        let (message, response) = turn.message.as_deref().zip(turn.response.as_deref())?;
        Some(Kept { conversation: &turn.conversation, message, response, at: turn.entry.at })
    }
}
