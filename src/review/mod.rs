//! Review: from unanswered questions to better data files. In: the journal's rows, and a reviewer's
//! actions. Out: unanswered questions, most frequent first, and changes of the data files. Must not
//! know: SQL, channels, how it is shown.
//!
//! Every stored text is first masked by [`redact`]. [`cluster`] groups similar questions and
//! [`ignore`] hides some: that is the [`review_queue`]. A reviewer's action is an [`edit`], which
//! makes a [`change`]. [`preview`] says what it would do: it [`replay`]s journal messages, compared
//! with a [`base`]. [`apply`], the only code that writes data files, applies it, and [`git`]
//! commits it. An import into a folder that has knowledge is a change too ([`import_merge`]), and so is what somebody writes in a form ([`intent_form`]). The [`change_service`] runs these steps. [`recover`] finishes what a killed process
//! was writing. [`suggest`] finds wordings that an intent lacks. [`standing`] says which failing tests a publication has accepted.

pub mod apply;
mod apply_error;
pub mod base;
mod beside;
pub mod change;
pub mod change_service;
pub mod cluster;
mod conflicts;
mod disk;
mod disk_rename;
pub mod edit;
pub mod git;
pub mod ignore;
pub mod import_merge;
pub mod intent_form;
pub mod merge;
pub mod note;
pub(crate) mod parallel;
pub mod preview;
pub mod recover;
pub mod regroup;
pub mod replay;
pub mod review_queue;
pub mod standing;
pub mod suggest;

use crate::store::records::JournalRow;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use wenlu_core::model::Candidate;
use wenlu_core::model::Timestamp;
use wenlu_core::model::UnansweredReason;
use wenlu_core::text::normalize::normalize;

/// A question that was left unanswered, once or more.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnansweredQuestion {
    /// The journal id of the latest turn, for `review show`.
    pub id: i64,
    /// The latest wording.
    pub text: String,
    pub count: usize,
    /// The number of different conversations.
    pub conversations: usize,
    pub last: Timestamp,
    /// Why it is unanswered, the most frequent reason first.
    pub reasons: Vec<UnansweredReason>,
    /// The gap that it was routed to last.
    pub gap: Option<String>,
    /// The candidates of its last routing.
    pub candidates: Vec<Candidate>,
    /// What askers wrote after 没解决, the latest last; a few.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<String>,
}

/// Comments of a question that are listed.
const MOST_COMMENTS: usize = 5;

/// Why the row is unanswered.
pub fn reason(row: &JournalRow) -> UnansweredReason {
    row.entry.unanswered.unwrap_or(UnansweredReason::Clarified)
}

/// The question of the row.
pub fn question(row: &JournalRow) -> &str {
    row.entry.question.as_deref().unwrap_or(&row.entry.text)
}

/// Groups rows whose questions are equal after normalising. `rows` must be oldest first.
pub fn group_questions(rows: &[JournalRow]) -> Vec<UnansweredQuestion> {
    let mut alike: BTreeMap<String, Vec<&JournalRow>> = BTreeMap::new();
    for row in rows {
        alike.entry(normalize(question(row))).or_default().push(row);
    }
    let mut questions: Vec<UnansweredQuestion> =
        alike.values().filter_map(|rows| sum_up(rows)).collect();
    questions.sort_by(|a, b| {
        b.count
            .cmp(&a.count)
            .then(b.last.cmp(&a.last))
            .then(b.id.cmp(&a.id))
    });
    questions
}

/// The reasons of the rows, the most frequent first.
fn reasons(rows: &[&JournalRow]) -> Vec<UnansweredReason> {
    let mut counts: BTreeMap<UnansweredReason, usize> = BTreeMap::new();
    for row in rows {
        *counts.entry(reason(row)).or_default() += 1;
    }
    let mut reasons: Vec<(UnansweredReason, usize)> = counts.into_iter().collect();
    reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
    reasons.into_iter().map(|(reason, _)| reason).collect()
}

fn latest_comments(rows: &[&JournalRow]) -> Vec<String> {
    let all = rows.iter().rev().filter_map(|row| row.comment.clone());
    let mut latest: Vec<String> = all.take(MOST_COMMENTS).collect();
    latest.reverse();
    latest
}

fn sum_up(rows: &[&JournalRow]) -> Option<UnansweredQuestion> {
    let latest = rows.last()?;
    let routed = rows
        .iter()
        .rev()
        .find(|row| !row.entry.candidates.is_empty());
    Some(UnansweredQuestion {
        id: latest.id,
        text: question(latest).to_owned(),
        count: rows.len(),
        conversations: rows
            .iter()
            .map(|row| &row.conversation)
            .collect::<BTreeSet<_>>()
            .len(),
        last: latest.entry.at,
        reasons: reasons(rows),
        gap: rows.iter().rev().find_map(|row| row.entry.gap.clone()),
        candidates: routed.map_or_else(Vec::new, |row| row.entry.candidates.clone()),
        comments: latest_comments(rows),
    })
}
