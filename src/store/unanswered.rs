//! Finds the turns that left a question unanswered. In: the journal's turns, in order. Out: those
//! turns, with the reason. Some turns record it themselves; for others it follows from the next
//! turn of the same conversation.

use super::error::StoreError;
use super::journal::JournalSince;
use super::journal::{JournalStore, row};
use super::records::JournalRow;
use super::values::from_serde_name;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};
use std::collections::{BTreeMap, HashMap};
use wenlu_core::knowledge::is_small_talk;
use wenlu_core::model::{TurnOutcome, UnansweredReason};
use wenlu_core::text::normalize::normalize;
use wenlu_core::text::similarity::dice_similarity;

/// A repeated question counts if it comes within this time, in milliseconds: while the answer is
/// still on the screen.
const AGAIN_WITHIN: i64 = 10 * 60_000;
/// A request for a person counts against the answer if it comes within this time, in milliseconds:
/// somebody who followed the answer in vain comes back a while later.
const PERSON_WITHIN: i64 = 30 * 60_000;
/// From this similarity on, two questions with different answers count as the same question.
const AGAIN_SIMILARITY: f32 = 0.5;
/// Rows per query.
const FETCHED: usize = 500;

/// The columns of a turn that the search needs; journal rows are much wider.
struct ScannedTurn {
    id: i64,
    conversation: String,
    at: i64,
    outcome: TurnOutcome,
    unanswered: Option<UnansweredReason>,
    /// Whether it was typed and routed.
    typed: bool,
    intent: Option<String>,
    question: String,
}

impl JournalStore<'_> {
    /// The turns that left a question unanswered, oldest first, each once, with the reason in
    /// [`JournalRow::entry`].
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] for a row that this version cannot read; else if the database cannot be
    /// read.
    pub async fn unanswered(self, since: JournalSince) -> Result<Vec<JournalRow>, StoreError> {
        let rows = sqlx::query(AssertSqlSafe(format!("{SCANNED_TURNS} WHERE at >= $1")))
            .bind(since.0.map_or(i64::MIN, |t| t.0))
            .fetch_all(self.engine.read())
            .await?;
        self.rows_of(&find_in_rows(&rows).await?).await
    }

    async fn rows_of(
        self,
        found: &BTreeMap<i64, UnansweredReason>,
    ) -> Result<Vec<JournalRow>, StoreError> {
        let ids: Vec<String> = found.keys().map(i64::to_string).collect();
        let mut rows = Vec::with_capacity(ids.len());
        for some in ids.chunks(FETCHED) {
            let sql = format!(
                "SELECT * FROM journal WHERE id IN ({}) ORDER BY id",
                some.join(", ")
            );
            let query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
            for read in query.fetch_all(self.engine.read()).await? {
                let mut row = row(&read)?;
                row.entry.unanswered = found.get(&row.id).copied();
                rows.push(row);
            }
        }
        Ok(rows)
    }
}

/// The ids of those of these rows of the journal that left a question unanswered. They have the
/// columns of [`ScannedTurn`].
pub(super) async fn unanswered_among(rows: &[AnyRow]) -> Result<Vec<i64>, StoreError> {
    Ok(find_in_rows(rows).await?.into_keys().collect())
}

async fn find_in_rows(rows: &[AnyRow]) -> Result<BTreeMap<i64, UnansweredReason>, StoreError> {
    let glances = rows.iter().map(glance).collect::<Result<Vec<_>, _>>()?;
    // Comparing many texts is slow.
    tokio::task::spawn_blocking(move || find_unanswered(glances))
        .await
        .map_err(|_| StoreError::Closed)
}

/// What [`glance`] reads.
pub(super) const SCANNED_TURNS: &str = "\
    SELECT id, conversation, at, outcome, unanswered, decision, intent,
           COALESCE(NULLIF(question, ''), text) AS question
    FROM journal";

fn glance(row: &AnyRow) -> Result<ScannedTurn, StoreError> {
    let unanswered: Option<String> = row.try_get("unanswered")?;
    Ok(ScannedTurn {
        id: row.try_get("id")?,
        conversation: row.try_get("conversation")?,
        at: row.try_get("at")?,
        outcome: from_serde_name(&row.try_get::<String, _>("outcome")?)?,
        unanswered: unanswered.as_deref().map(from_serde_name).transpose()?,
        typed: row.try_get::<Option<String>, _>("decision")?.is_some(),
        intent: row.try_get("intent")?,
        question: row.try_get("question")?,
    })
}

/// Walks each conversation turn by turn. At most one turn per conversation is pending, to be judged
/// by the next: the last one that was asked back ([`TurnOutcome::Clarified`]) or answered.
/// Operators' messages in between are skipped.
fn find_unanswered(mut turns: Vec<ScannedTurn>) -> BTreeMap<i64, UnansweredReason> {
    turns.sort_unstable_by_key(|turn| turn.id);
    let mut found = BTreeMap::new();
    let mut waiting: HashMap<String, ScannedTurn> = HashMap::new();
    for turn in turns {
        if turn.outcome == TurnOutcome::Person {
            continue;
        }
        let before = waiting.remove(&turn.conversation);
        if let Some((id, why)) = before
            .as_ref()
            .and_then(|before| Some((before.id, judge(before, &turn)?)))
        {
            found.insert(id, why);
        }
        found.extend(turn.unanswered.map(|why| (turn.id, why)));
        if let Some(waits) = wait(before, turn) {
            waiting.insert(waits.conversation.clone(), waits);
        }
    }
    // Asked back, and no turn followed.
    let left = waiting
        .into_values()
        .filter(|left| left.outcome == TurnOutcome::Clarified);
    found.extend(left.map(|left| (left.id, UnansweredReason::Clarified)));
    found
}

/// The reason why `before` counts as unanswered, given the turn `next`; `None` if it does not.
fn judge(before: &ScannedTurn, next: &ScannedTurn) -> Option<UnansweredReason> {
    use TurnOutcome::{Answered, Choice, Clarified, Human, Menu, NoneOfThese, Unsolved};
    let after = next.at.saturating_sub(before.at);
    match before.outcome {
        // Asked back and no choice was made, so nobody got an answer. NoneOfThese (都不是) and
        // Unsolved (没解决) record their own reason.
        Clarified if matches!(next.outcome, Choice | Menu | NoneOfThese | Unsolved) => None,
        Clarified => Some(UnansweredReason::Clarified),
        _ if next.outcome == Human => {
            (after <= PERSON_WITHIN).then_some(UnansweredReason::HandedOver)
        }
        // After a menu, another question is expected.
        Answered | Choice if next.typed && after <= AGAIN_WITHIN => {
            is_again(before, next).then_some(UnansweredReason::Repeated)
        }
        _ => None,
    }
}

/// Whether `next` asks the same question in other words: it was routed to the same intent, or is
/// similar. Exactly the same words are a second press or a repeated message. The second answer does
/// not matter: the first one evidently did not help.
fn is_again(before: &ScannedTurn, next: &ScannedTurn) -> bool {
    let is_same_intent = before.intent.is_some() && before.intent == next.intent;
    normalize(&before.question) != normalize(&next.question)
        && (is_same_intent || dice_similarity(&before.question, &next.question) >= AGAIN_SIMILARITY)
}

/// Which turn of a conversation, `before` or the one after it, is pending now.
fn wait(before: Option<ScannedTurn>, turn: ScannedTurn) -> Option<ScannedTurn> {
    use TurnOutcome::{Answered, Choice, Clarified, Expired, FollowUp, Help, Menu, Refused, Step};
    match turn.outcome {
        Answered if turn.intent.as_deref().is_some_and(is_small_talk) => {
            before.filter(|b| b.outcome != Clarified)
        }
        Answered | Choice | Menu | Clarified if turn.unanswered.is_none() => Some(turn),
        // The asker is following an answer.
        Step | FollowUp | Help | Refused | Expired => before.filter(|b| b.outcome != Clarified),
        // It helped, an operator took over, or a new conversation began.
        _ => None,
    }
}
