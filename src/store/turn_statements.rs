//! The statements behind a batch of turns: one reads many conversations, one or two write what many
//! turns leave behind. A round trip to the database takes longer than the work done there, so there
//! is one statement per batch, not per turn. In: records. Out: conversations, and which turns were
//! written. Must not know: how turns are batched, and who waits for them.
//!
//! Each statement gets its rows as a JSON array, which both databases can read as a table.

use super::error::StoreError;
use super::records::{OpenedConversation, TurnRecord};
use super::turn_rows::{
    ANSWERED_COLUMNS, AnsweredRow, CONVERSATION_COLUMNS, ColumnTypes, ConversationRow,
    JOURNAL_COLUMNS, LOOKUP_COLUMNS, NewJournalRow, RESPONSE_COLUMNS, ResponseRow, TurnLookup,
    TurnLookupRow,
};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AnyPool, Row as _};
use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

/// SQL for the JSON array of objects in `parameter` as a table named `given`.
fn given(is_file: bool, parameter: &str, columns: ColumnTypes) -> String {
    let list = |write: &dyn Fn(&str, &str) -> String| {
        columns
            .iter()
            .map(|(name, kind)| write(name, kind))
            .collect::<Vec<_>>()
            .join(", ")
    };
    if is_file {
        let members = list(&|name, _| format!("value ->> '{name}' AS {name}"));
        format!("(SELECT {members} FROM jsonb_each({parameter})) AS given")
    } else {
        let members = list(&|name, kind| format!("{name} {kind}"));
        format!("json_to_recordset(CAST({parameter} AS json)) AS given({members})")
    }
}

fn names(columns: ColumnTypes) -> String {
    columns
        .iter()
        .map(|(name, _)| *name)
        .collect::<Vec<_>>()
        .join(", ")
}

/// The statements in one database's dialect.
struct TurnStatements {
    open: String,
    /// Returns the ids of the conversations that were written. On PostgreSQL it also inserts the
    /// journal rows, the answers and the responses.
    advance: String,
    /// SQLite only: inserts the journal rows, the answers and the responses of those conversations.
    rest: Option<String>,
}

impl TurnStatements {
    fn of(is_file: bool) -> &'static Self {
        static SQLITE: LazyLock<TurnStatements> = LazyLock::new(|| TurnStatements::write(true));
        static POSTGRES: LazyLock<TurnStatements> = LazyLock::new(|| TurnStatements::write(false));
        if is_file { &SQLITE } else { &POSTGRES }
    }

    fn write(is_file: bool) -> Self {
        let given = |parameter, columns| given(is_file, parameter, columns);
        let insert = |table, parameter, columns, which| {
            let names = names(columns);
            format!(
                "INSERT INTO {table} ({names}) SELECT {names} FROM {} {which}",
                given(parameter, columns)
            )
        };
        // A conflict can be ignored: the turn that answered the message before has already advanced
        // the conversation's version, so this one is not written at all.
        const ONCE: &str = "ON CONFLICT DO NOTHING";
        const MOVED: &str = "WHERE conversation IN (SELECT id FROM moved)";
        let open = OPEN.replace("GIVEN", &given("$1", LOOKUP_COLUMNS));
        let advance = ADVANCE.replace("GIVEN", &given("$1", CONVERSATION_COLUMNS));
        if is_file {
            let lines = insert("journal", "$1", JOURNAL_COLUMNS, "");
            let kept = insert("answered", "$2", ANSWERED_COLUMNS, "WHERE true");
            let new = insert("responses", "$3", RESPONSE_COLUMNS, "WHERE true");
            let used = format!(
                "ON CONFLICT (digest) DO UPDATE SET used_at = excluded.used_at
                 WHERE responses.used_at < excluded.used_at - {USED_TO_THE}"
            );
            return TurnStatements {
                open,
                advance: advance.replace("LOCK", ""),
                rest: Some(format!("{lines}; {kept} {ONCE}; {new} {used}")),
            };
        }
        let advance = advance.replace("LOCK", "FOR KEY SHARE");
        let lines = insert("journal", "$2", JOURNAL_COLUMNS, MOVED);
        let kept = insert("answered", "$3", ANSWERED_COLUMNS, MOVED);
        let new = insert("responses", "$4", RESPONSE_COLUMNS, "");
        // A response that is there stays untouched, unless it was given last a day ago: an update
        // would lock it for all turns that give it.
        let used = format!(
            "UPDATE responses SET used_at = given.used_at FROM {}
             WHERE responses.digest = given.digest AND responses.used_at < given.used_at - {USED_TO_THE}",
            given("$4", RESPONSE_COLUMNS)
        );
        let whole = format!(
            "WITH moved AS ({advance}), said AS ({lines}), kept AS ({kept} {ONCE}), new AS ({new} {ONCE}),
                 used AS ({used}) SELECT id FROM moved"
        );
        TurnStatements {
            open,
            advance: whole,
            rest: None,
        }
    }
}

/// Subqueries, no joins: PostgreSQL keeps the plan that it made while the tables were empty, and
/// with joins it would scan them.
const OPEN: &str = "\
    SELECT place, (SELECT state FROM conversations WHERE id = given.conversation),
        (SELECT version FROM conversations WHERE id = given.conversation),
        (SELECT COALESCE((SELECT r.response FROM responses r WHERE r.digest = a.digest), NULLIF(a.response, ''))
             FROM answered a WHERE a.conversation = given.conversation AND a.message = given.message)
    FROM GIVEN";

/// How exactly the last use of a response is known, in milliseconds.
const USED_TO_THE: i64 = 24 * 3_600_000;

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
pub(super) async fn open(
    pool: &AnyPool,
    is_file: bool,
    asked: &[TurnLookup],
) -> Result<Vec<OpenedConversation>, StoreError> {
    let places: Vec<TurnLookupRow> = asked
        .iter()
        .enumerate()
        .map(|(place, asked)| TurnLookupRow::of(place, asked))
        .collect();
    let sql = &TurnStatements::of(is_file).open;
    let rows = sqlx::query(sql.as_str())
        .bind(serde_json::to_string(&places)?)
        .fetch_all(pool)
        .await?;
    let mut opened = vec![OpenedConversation::default(); asked.len()];
    for row in rows {
        let place = usize::try_from(row.try_get::<i64, _>(0)?).ok();
        if let Some(opened) = place.and_then(|place| opened.get_mut(place)) {
            let version = row.try_get::<Option<i64>, _>(2)?.unwrap_or_default();
            *opened = OpenedConversation {
                state: row.try_get(1)?,
                version,
                answered: row.try_get(3)?,
            };
        }
    }
    Ok(opened)
}

/// The messages of a conversation that were answered last, with what they were answered.
pub(super) async fn responses(
    pool: &AnyPool,
    conversation: &str,
    limit: i64,
) -> Result<Vec<(String, String)>, StoreError> {
    let rows = sqlx::query(
        "SELECT a.message, COALESCE((SELECT r.response FROM responses r WHERE r.digest = a.digest), a.response)
         FROM answered a WHERE a.conversation = $1 ORDER BY a.at DESC LIMIT $2",
    )
    .bind(conversation)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

/// Writes each conversation's next state, its journal row and the answer for a retry; nothing for a
/// conversation whose version has moved on. Returns the conversations that were written. `turns`
/// must not hold two turns of one conversation.
pub(super) async fn advance_conversations(
    connection: &mut AnyConnection,
    is_file: bool,
    turns: &[&TurnRecord],
) -> Result<HashSet<String>, StoreError> {
    let statements = TurnStatements::of(is_file);
    let next = turns
        .iter()
        .map(|turn| ConversationRow::of(turn))
        .collect::<Vec<_>>();
    let advance = sqlx::query(statements.advance.as_str()).bind(serde_json::to_string(&next)?);
    let Some(rest) = &statements.rest else {
        let Said {
            lines,
            kept,
            responses,
        } = Said::of(turns.iter().copied())?;
        let advance = advance.bind(lines).bind(kept).bind(responses);
        return ids(advance.fetch_all(connection).await?);
    };
    let moved = ids(advance.fetch_all(&mut *connection).await?)?;
    if !moved.is_empty() {
        let wrote = |turn: &&TurnRecord| moved.contains(&turn.conversation);
        let said = Said::of(turns.iter().copied().filter(wrote))?;
        sqlx::query(rest.as_str())
            .bind(said.lines)
            .bind(said.kept)
            .bind(said.responses)
            .execute(connection)
            .await?;
    }
    Ok(moved)
}

fn ids(rows: Vec<AnyRow>) -> Result<HashSet<String>, StoreError> {
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// What turns insert, as JSON arrays: the journal rows, the kept answers, and each response once.
struct Said {
    lines: String,
    kept: String,
    responses: String,
}

impl Said {
    fn of<'a>(
        turns: impl Iterator<Item = &'a TurnRecord> + Clone,
    ) -> Result<Self, serde_json::Error> {
        let lines = turns.clone().map(NewJournalRow::of).collect::<Vec<_>>();
        // in a fixed order, so that concurrent batches on PostgreSQL do not deadlock
        let mut responses = BTreeMap::<String, ResponseRow<'_>>::new();
        let mut kept = Vec::new();
        for (answered, response) in turns.filter_map(AnsweredRow::of) {
            responses.insert(response.digest.clone(), response);
            kept.push(answered);
        }
        Ok(Said {
            lines: serde_json::to_string(&lines)?,
            kept: serde_json::to_string(&kept)?,
            responses: serde_json::to_string(&responses.values().collect::<Vec<_>>())?,
        })
    }
}
