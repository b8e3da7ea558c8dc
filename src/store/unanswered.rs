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
/// Turns that are looked at in one step: the journal may be larger than the memory.
const SCANNED: i64 = 5_000;
/// How many unanswered turns are returned at most, the newest: more than a team can review, and what
/// can be clustered in seconds.
const MOST_UNANSWERED: usize = 20_000;
/// After this time, in milliseconds, no further turn of a conversation is waited for.
const WAITED_FOR: i64 = 24 * 60 * 60_000;

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
    /// [`JournalRow::entry`]; the newest 20,000 of them.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] for a row that this version cannot read; else if the database cannot be
    /// read.
    pub async fn unanswered(self, since: JournalSince) -> Result<Vec<JournalRow>, StoreError> {
        let sql = format!("{SCANNED_TURNS} WHERE id > $1 AND at >= $2 ORDER BY id LIMIT $3");
        let (mut scan, mut last) = (UnansweredScan::default(), i64::MIN);
        loop {
            let rows = sqlx::query(AssertSqlSafe(sql.clone()))
                .bind(last)
                .bind(since.0.map_or(i64::MIN, |t| t.0))
                .bind(SCANNED)
                .fetch_all(self.engine.read())
                .await?;
            let Some(newest) = rows.last() else {
                break;
            };
            last = newest.try_get("id")?;
            scan = scan.with(&rows).await?;
            scan.forget_old();
        }
        self.rows_of(&scan.finish()).await
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
    let scan = UnansweredScan::default().with(rows).await?;
    Ok(scan.finish().into_keys().collect())
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

/// Walks each conversation turn by turn, in the order of the journal. At most one turn per
/// conversation is pending, to be judged by the next: the last one that was asked back
/// ([`TurnOutcome::Clarified`]) or answered. Operators' messages in between are skipped.
#[derive(Default)]
struct UnansweredScan {
    found: BTreeMap<i64, UnansweredReason>,
    pending: HashMap<String, ScannedTurn>,
    /// When the latest turn was.
    newest: i64,
}

impl UnansweredScan {
    /// After these rows. Comparing many texts is slow, so it runs on the blocking pool.
    async fn with(mut self, rows: &[AnyRow]) -> Result<Self, StoreError> {
        let mut turns = rows.iter().map(glance).collect::<Result<Vec<_>, _>>()?;
        let walk = move || {
            turns.sort_unstable_by_key(|turn| turn.id);
            turns.into_iter().for_each(|turn| self.add(turn));
            self
        };
        tokio::task::spawn_blocking(walk)
            .await
            .map_err(|_| StoreError::Closed)
    }

    fn add(&mut self, turn: ScannedTurn) {
        self.newest = self.newest.max(turn.at);
        if turn.outcome == TurnOutcome::Person {
            return;
        }
        let before = self.pending.remove(&turn.conversation);
        if let Some((id, why)) = before
            .as_ref()
            .and_then(|before| Some((before.id, judge(before, &turn)?)))
        {
            self.found.insert(id, why);
        }
        self.found.extend(turn.unanswered.map(|why| (turn.id, why)));
        if let Some(waits) = wait(before, turn) {
            self.pending.insert(waits.conversation.clone(), waits);
        }
    }

    /// Settles what has been pending for long, and keeps the newest of what was found.
    fn forget_old(&mut self) {
        let oldest = self.newest.saturating_sub(WAITED_FOR);
        let old = self.pending.extract_if(|_, turn| turn.at < oldest);
        self.found
            .extend(old.filter_map(|(_, turn)| left_asking(turn)));
        self.keep_newest();
    }

    fn keep_newest(&mut self) {
        while self.found.len() > MOST_UNANSWERED {
            self.found.pop_first();
        }
    }

    fn finish(mut self) -> BTreeMap<i64, UnansweredReason> {
        let left = std::mem::take(&mut self.pending);
        self.found
            .extend(left.into_values().filter_map(left_asking));
        self.keep_newest();
        self.found
    }
}

/// Asked back, and no turn followed.
fn left_asking(turn: ScannedTurn) -> Option<(i64, UnansweredReason)> {
    (turn.outcome == TurnOutcome::Clarified).then_some((turn.id, UnansweredReason::Clarified))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(id: i64, conversation: &str, at: i64, outcome: TurnOutcome) -> ScannedTurn {
        ScannedTurn {
            id,
            conversation: conversation.to_owned(),
            at,
            outcome,
            unanswered: None,
            typed: true,
            intent: None,
            question: "问".to_owned(),
        }
    }

    #[test]
    fn what_was_asked_back_is_judged_by_the_next_turn_or_by_the_time_that_passes() {
        let mut scan = UnansweredScan::default();
        scan.add(turn(1, "a", 0, TurnOutcome::Clarified));
        scan.add(turn(2, "b", 0, TurnOutcome::Clarified));
        scan.forget_old();
        assert!(scan.found.is_empty());
        scan.add(turn(3, "a", 1, TurnOutcome::Choice));
        scan.add(turn(4, "c", WAITED_FOR + 2, TurnOutcome::Answered));
        scan.forget_old();
        assert_eq!(scan.pending.keys().collect::<Vec<_>>(), ["c"]);
        let found = scan.finish();
        assert_eq!(found, BTreeMap::from([(2, UnansweredReason::Clarified)]));
    }

    #[test]
    fn the_newest_are_kept() {
        let mut scan = UnansweredScan::default();
        let all = MOST_UNANSWERED as i64 + 10;
        for id in 0..all {
            let mut unknown = turn(id, "a", id, TurnOutcome::Unknown);
            unknown.unanswered = Some(UnansweredReason::Unknown);
            scan.add(unknown);
        }
        scan.forget_old();
        let kept = scan.finish();
        assert_eq!(
            (kept.len(), kept.first_key_value().map(|(id, _)| *id)),
            (MOST_UNANSWERED, Some(10))
        );
    }
}
