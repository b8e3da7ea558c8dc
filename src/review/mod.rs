//! Review: from an unanswered question to a better bot. In: the journal's rows, and what a reviewer makes of them. Out:
//! questions, most frequent first, and changes of the data files. Must not know: SQL, channels, how it is printed.
//!
//! What is stored passes [`redact`] first. [`cluster`] puts like questions together, [`ignore`] leaves some out: that is
//! the [`board`]. A reviewer's action is an [`edit`], which makes a [`change`]; [`preview`] says what it would do (by way
//! of [`replay`], and compared with a [`base`]), [`apply`] does it, alone in writing files, and [`git`] commits it: all by way of the [`workshop`].
//! [`recover`] comes to an end with what a killed process was writing. [`standing`] says which failing tests were answered
//! for by a publication.

pub mod apply;
pub mod base;
pub mod board;
pub mod change;
pub mod cluster;
mod disk;
pub mod edit;
pub mod git;
pub mod ignore;
pub mod merge;
pub mod note;
pub mod preview;
pub mod recover;
pub mod redact;
pub mod replay;
pub mod standing;
pub mod workshop;

use crate::message::Timestamp;
use crate::router::Candidate;
use crate::store::records::{Row, Unanswered};
use crate::text::normalize::normalize;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A question that was put once or more and left unanswered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Question {
    /// The journal's id of the latest turn: what `review show` takes.
    pub id: i64,
    /// As it was worded last.
    pub text: String,
    pub count: usize,
    /// How many conversations it came from.
    pub conversations: usize,
    pub last: Timestamp,
    /// Why, the most frequent reason first.
    pub reasons: Vec<Unanswered>,
    /// The gap that it fell into last.
    pub gap: Option<String>,
    /// What it came nearest to, the last time it was routed.
    pub candidates: Vec<Candidate>,
}

/// Why a row stands in the list of the unanswered.
pub fn reason(row: &Row) -> Unanswered {
    row.entry.unanswered.unwrap_or(Unanswered::Clarified)
}

/// What the asker wanted to know.
pub fn question(row: &Row) -> &str {
    row.entry.question.as_deref().unwrap_or(&row.entry.text)
}

/// Puts rows with the same question together: the same after normalising. `rows` are oldest first.
pub fn group(rows: &[Row]) -> Vec<Question> {
    let mut alike: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        alike.entry(normalize(question(row))).or_default().push(row);
    }
    let mut questions: Vec<Question> = alike.values().filter_map(|rows| sum_up(rows)).collect();
    questions.sort_by(|a, b| b.count.cmp(&a.count).then(b.last.cmp(&a.last)).then(b.id.cmp(&a.id)));
    questions
}

/// Why rows stand in the list, the most frequent reason first.
fn reasons(rows: &[&Row]) -> Vec<Unanswered> {
    let mut counts: BTreeMap<Unanswered, usize> = BTreeMap::new();
    for row in rows {
        *counts.entry(reason(row)).or_default() += 1;
    }
    let mut reasons: Vec<(Unanswered, usize)> = counts.into_iter().collect();
    reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
    reasons.into_iter().map(|(reason, _)| reason).collect()
}

fn sum_up(rows: &[&Row]) -> Option<Question> {
    let latest = rows.last()?;
    let routed = rows.iter().rev().find(|row| !row.entry.candidates.is_empty());
    Some(Question {
        id: latest.id,
        text: question(latest).to_owned(),
        count: rows.len(),
        conversations: rows.iter().map(|row| &row.conversation).collect::<BTreeSet<_>>().len(),
        last: latest.entry.at,
        reasons: reasons(rows),
        gap: rows.iter().rev().find_map(|row| row.entry.gap.clone()),
        candidates: routed.map_or_else(Vec::new, |row| row.entry.candidates.clone()),
    })
}
