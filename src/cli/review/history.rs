//! The list of changes, the export of the review queue, and statistics.

use super::context::{ReviewContext, print};
use crate::channel::terminal::strip_control_chars;
use crate::cli::time_arg::local;
use crate::clock;
use crate::labels::change_state_label;
use crate::review::review_queue::open_rows;
use crate::review::{question, reason};
use crate::store::JournalSince;
use crate::store::records::JournalRow;
use crate::store::reviews::{CommitState, StoredChange};
use std::collections::BTreeMap;
use std::process::ExitCode;
use wenlu_core::labels::{percent, unanswered_label};
use wenlu_core::model::Timestamp;
use wenlu_core::model::TurnOutcome;
use wenlu_formats::cell;

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
pub(crate) enum QueueExportFormat {
    Csv,
    Jsonl,
}

/// Number of recent changes counted for the statistics.
const CHANGES: i64 = 1_000;
const DAY: i64 = 86_400_000;
const COLUMNS: [&str; 8] = [
    "id",
    "time",
    "conversation",
    "question",
    "why",
    "cluster",
    "gap",
    "nearest",
];

pub(super) async fn changes(
    work: &ReviewContext,
    limit: usize,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let all = work
        .store
        .reviews()
        .changes(i64::MAX, i64::try_from(limit).unwrap_or(i64::MAX))
        .await?;
    print(&if json {
        all.iter()
            .map(serde_json::to_string)
            .collect::<Result<Vec<_>, _>>()?
    } else if all.is_empty() {
        vec!["还没有修改。用 `wenlu review` 逐类处理没答上来的问题。".to_owned()]
    } else {
        all.iter().map(line).collect()
    })
}

/// Prints the review queue to standard output, for spreadsheets or other programs.
pub(super) async fn export(
    work: &ReviewContext,
    format: QueueExportFormat,
) -> anyhow::Result<ExitCode> {
    let board = work.board().await?;
    let rows = open_rows(&work.store, JournalSince(None)).await?;
    let mut clusters: BTreeMap<i64, i64> = BTreeMap::new();
    for case in &board.open {
        clusters.extend(
            case.cluster
                .questions
                .iter()
                .map(|question| (*question, case.cluster.id.0)),
        );
    }
    let lines = rows
        .iter()
        .filter_map(|row| Some((row, *clusters.get(&row.id)?)));
    match format {
        QueueExportFormat::Jsonl => print(
            &lines
                .map(|(row, cluster)| object(row, cluster))
                .collect::<anyhow::Result<Vec<_>>>()?,
        ),
        QueueExportFormat::Csv => {
            let mut writer = csv::WriterBuilder::new()
                .terminator(csv::Terminator::CRLF)
                .from_writer(Vec::new());
            writer.write_record(COLUMNS)?;
            for (row, cluster) in lines {
                writer.write_record(cells(row, cluster).map(cell::safe_csv_cell))?;
            }
            // `print` adds the last line break
            let table = String::from_utf8(writer.into_inner()?)?;
            print(&[table
                .trim_end_matches('\n')
                .trim_end_matches('\r')
                .to_owned()])
        }
    }
}

/// Prints figures of the last `days` days.
pub(super) async fn stats(work: &ReviewContext, days: u32, json: bool) -> anyhow::Result<ExitCode> {
    let since = Timestamp(clock::now().0.saturating_sub(i64::from(days) * DAY));
    let outcomes = work.store.stats().outcomes(since).await?;
    let count = |wanted: &[TurnOutcome]| -> u64 {
        outcomes
            .iter()
            .filter(|counted| wanted.contains(&counted.outcome))
            .map(|counted| counted.count)
            .sum()
    };
    let answered = count(&[TurnOutcome::Answered, TurnOutcome::Menu]);
    let (clarified, silent) = (
        count(&[TurnOutcome::Clarified]),
        count(&[TurnOutcome::Unknown, TurnOutcome::Gap]),
    );
    let (solved, unsolved) = (
        count(&[TurnOutcome::Solved]),
        count(&[TurnOutcome::Unsolved]),
    );
    let people = count(&[TurnOutcome::Human]);
    let board = work.board().await?;
    let open: u64 = board.open.iter().map(|case| case.cluster.count).sum();
    let changes = work.store.reviews().changes(i64::MAX, CHANGES).await?;
    let recent = changes
        .iter()
        .filter(|change| change.published_at.is_some_and(|at| at >= since));
    let published = recent
        .clone()
        .filter(|change| change.undoes.is_none())
        .count();
    let undone = recent.filter(|change| change.undoes.is_some()).count();
    if json {
        let object = serde_json::json!({
            "days": days, "answered": answered, "clarified": clarified, "unanswered": silent, "solved": solved,
            "unsolved": unsolved, "handed_over": people, "open_clusters": board.open.len(), "open_questions": open,
            "ignored_clusters": board.ignored.len(), "published": published, "undone": undone,
        });
        return print(&[object.to_string()]);
    }
    let asked = answered + clarified + silent;
    let share = |count: u64| percent(count as f64 / asked.max(1) as f64);
    print(&[
        format!("最近 {days} 天：提问 {asked} 次"),
        format!(
            "  回答 {answered}（{}），反问 {clarified}（{}），没答上来 {silent}（{}）",
            share(answered),
            share(clarified),
            share(silent)
        ),
        format!("  有用 {solved}，没解决 {unsolved}，转人工 {people}"),
        format!("  发布修改 {published} 次，撤销 {undone} 次"),
        format!(
            "等着处理：{} 类，{open} 次提问；已忽略 {} 类",
            board.open.len(),
            board.ignored.len()
        ),
    ])
}

fn object(row: &JournalRow, cluster: i64) -> anyhow::Result<String> {
    let mut object = serde_json::to_value(row)?;
    object["unanswered"] = serde_json::to_value(reason(row))?;
    object["cluster"] = cluster.into();
    Ok(cell::escape_unseen_json(&object.to_string()))
}

fn cells(row: &JournalRow, cluster: i64) -> [String; 8] {
    let near = row
        .entry
        .candidates
        .first()
        .filter(|near| near.confidence > 0.0);
    [
        row.id.to_string(),
        jiff::Timestamp::from_millisecond(row.entry.at.0)
            .unwrap_or_default()
            .to_string(),
        row.conversation.clone(),
        question(row).to_owned(),
        unanswered_label(reason(row)).to_owned(),
        cluster.to_string(),
        row.entry.gap.clone().unwrap_or_default(),
        near.map_or(String::new(), |near| near.intent.clone()),
    ]
}

fn line(change: &StoredChange) -> String {
    let who = change.published_by.as_ref().unwrap_or(&change.actor);
    let at = change.published_at.unwrap_or(change.at);
    let commit = match &change.commit {
        CommitState::Committed(id) => format!("　{}", id.get(..10).unwrap_or(id)),
        CommitState::Failed(_) | CommitState::None => String::new(),
    };
    let (state, summary) = (
        change_state_label(change.state),
        strip_control_chars(&change.summary),
    );
    format!(
        "#{}  {}  {state}　{}　{summary}{commit}",
        change.id,
        local(at),
        strip_control_chars(who)
    )
}
