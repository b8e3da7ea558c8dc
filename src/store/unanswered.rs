//! Which turns left a question unanswered. In: what the journal says of each turn, in order. Out: those turns, and why.
//! Some say so themselves; of the others it is what came next in the same conversation that says so.

use super::records::{Outcome, Row, Unanswered};
use super::turns::row;
use super::{Since, Store, StoreError, from_word};
use crate::knowledge::is_small_talk;
use crate::text::normalize::normalize;
use crate::text::similarity::dice;
use sqlx::Row as _;
use std::collections::{BTreeMap, HashMap};

/// Who asks again does so while the answer is before them.
const AGAIN_WITHIN: i64 = 10 * 60_000;
/// Who tries what the answer says and fails comes back a while later to ask for a person.
const PERSON_WITHIN: i64 = 30 * 60_000;
/// How alike two questions are that went to different answers and yet are one question.
const AGAIN_SIMILARITY: f32 = 0.5;
/// Rows that are fetched at once.
const FETCHED: usize = 500;

/// What is looked at of a turn: the journal's rows are much wider.
struct Glance {
    id: i64,
    conversation: String,
    at: i64,
    outcome: Outcome,
    unanswered: Option<Unanswered>,
    /// It was typed and routed.
    typed: bool,
    intent: Option<String>,
    question: String,
}

impl Store {
    /// The turns that left a question unanswered, oldest first, each once; [`Row::entry`] says why.
    pub async fn unanswered(&self, since: Since) -> Result<Vec<Row>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, conversation, at, outcome, unanswered, decision, intent, COALESCE(question, text) AS question
             FROM journal WHERE at >= $1",
        )
        .bind(since.0.map_or(i64::MIN, |t| t.0))
        .fetch_all(self.engine.read())
        .await?;
        let glances = rows.iter().map(glance).collect::<Result<Vec<_>, _>>()?;
        // Comparing many texts takes its time.
        let found = tokio::task::spawn_blocking(move || find(glances)).await.map_err(|_| StoreError::Closed)?;
        self.rows_of(&found).await
    }

    async fn rows_of(&self, found: &BTreeMap<i64, Unanswered>) -> Result<Vec<Row>, StoreError> {
        let ids: Vec<String> = found.keys().map(i64::to_string).collect();
        let mut rows = Vec::with_capacity(ids.len());
        for some in ids.chunks(FETCHED) {
            let sql = format!("SELECT * FROM journal WHERE id IN ({}) ORDER BY id", some.join(", "));
            let query = sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(false);
            for read in query.fetch_all(self.engine.read()).await? {
                let mut row = row(&read)?;
                row.entry.unanswered = found.get(&row.id).copied();
                rows.push(row);
            }
        }
        Ok(rows)
    }
}

fn glance(row: &sqlx::any::AnyRow) -> Result<Glance, StoreError> {
    let unanswered: Option<String> = row.try_get("unanswered")?;
    Ok(Glance {
        id: row.try_get("id")?,
        conversation: row.try_get("conversation")?,
        at: row.try_get("at")?,
        outcome: from_word(&row.try_get::<String, _>("outcome")?)?,
        unanswered: unanswered.as_deref().map(from_word).transpose()?,
        typed: row.try_get::<Option<String>, _>("decision")?.is_some(),
        intent: row.try_get("intent")?,
        question: row.try_get("question")?,
    })
}

/// Walks each conversation from turn to turn. At most one turn waits for what comes next: the last one that was asked back
/// ([`Outcome::Clarified`]) or answered. What a colleague writes in between is no step of the asker's.
fn find(mut turns: Vec<Glance>) -> BTreeMap<i64, Unanswered> {
    turns.sort_unstable_by_key(|turn| turn.id);
    let mut found = BTreeMap::new();
    let mut waiting: HashMap<String, Glance> = HashMap::new();
    for turn in turns {
        if turn.outcome == Outcome::Person {
            continue;
        }
        let before = waiting.remove(&turn.conversation);
        if let Some((id, why)) = before.as_ref().and_then(|before| Some((before.id, judge(before, &turn)?))) {
            found.insert(id, why);
        }
        found.extend(turn.unanswered.map(|why| (turn.id, why)));
        if let Some(waits) = wait(before, turn) {
            waiting.insert(waits.conversation.clone(), waits);
        }
    }
    // Asked back, and nothing came.
    let left = waiting.into_values().filter(|left| left.outcome == Outcome::Clarified);
    found.extend(left.map(|left| (left.id, Unanswered::Clarified)));
    found
}

/// What `next` says of the turn `before`; `None`: nothing.
fn judge(before: &Glance, next: &Glance) -> Option<Unanswered> {
    use Outcome::{Answered, Choice, Clarified, Human, Menu, NoneOfThese, Unsolved};
    let after = next.at.saturating_sub(before.at);
    match before.outcome {
        // Asked back, and what came next was no choice: nobody got an answer. 都不是 and 没解决 count themselves.
        Clarified if matches!(next.outcome, Choice | Menu | NoneOfThese | Unsolved) => None,
        Clarified => Some(Unanswered::Clarified),
        _ if next.outcome == Human => (after <= PERSON_WITHIN).then_some(Unanswered::HandedOver),
        // Of a menu one expects to be asked more.
        Answered | Choice if next.typed && after <= AGAIN_WITHIN => {
            is_again(before, next).then_some(Unanswered::Repeated)
        }
        _ => None,
    }
}

/// The same question in other words: it led to the same intent, or is alike. In the very same words it is a second press,
/// or a message that was sent twice. How it was answered the second time does not matter: the first answer was not the one.
fn is_again(before: &Glance, next: &Glance) -> bool {
    let is_same_intent = before.intent.is_some() && before.intent == next.intent;
    normalize(&before.question) != normalize(&next.question)
        && (is_same_intent || dice(&before.question, &next.question) >= AGAIN_SIMILARITY)
}

/// Which of a conversation's turns, `before` or the one after it, waits for what comes next.
fn wait(before: Option<Glance>, turn: Glance) -> Option<Glance> {
    use Outcome::{Answered, Choice, Clarified, Expired, FollowUp, Help, Menu, Refused, Step};
    match turn.outcome {
        Answered if turn.intent.as_deref().is_some_and(is_small_talk) => before.filter(|b| b.outcome != Clarified),
        Answered | Choice | Menu | Clarified if turn.unanswered.is_none() => Some(turn),
        // On the way through an answer.
        Step | FollowUp | Help | Refused | Expired => before.filter(|b| b.outcome != Clarified),
        // It helped, somebody else talks, or it begins anew.
        _ => None,
    }
}
