//! Single questions: the list, and one question with its context.

use super::args::{ReviewListArgs, ReviewShowArgs};
use super::context::print;
use crate::channel::terminal::strip_control_chars;
use crate::cli::time_arg::{TimeArg, local};
use crate::review::review_queue::open_rows;
use crate::review::{self, UnansweredQuestion};
use crate::store::records::JournalRow;
use crate::store::{JournalSince, Store};
use std::process::ExitCode;
use wenlu_core::labels::{score_source_label, turn_outcome_label, unanswered_label};
use wenlu_core::model::Candidate;

/// Turns shown before the one with the given number.
const CONTEXT: i64 = 20;

/// Prints questions, most frequent first.
pub(super) async fn list(store: &Store, asked: ReviewListArgs) -> anyhow::Result<ExitCode> {
    let since = asked.since.map(TimeArg::start).transpose()?;
    let rows = open_rows(store, JournalSince(since)).await?;
    let questions = review::group_questions(&rows);
    let shown = questions.iter().take(asked.limit);
    let lines: Vec<String> = if asked.json {
        shown.map(serde_json::to_string).collect::<Result<_, _>>()?
    } else if questions.is_empty() {
        vec![nothing(store.journal().count().await?, asked.since.is_some()).to_owned()]
    } else {
        let more = questions.len().saturating_sub(asked.limit);
        let rest = if more == 0 {
            String::new()
        } else {
            format!("，其余 {more} 个用 --limit 查看")
        };
        let total = format!(
            "未答 {} 次，{} 个不同的问题{rest}",
            rows.len(),
            questions.len()
        );
        shown
            .map(described)
            .chain([format!("{total}。看前后文：wenlu review show 编号")])
            .collect()
    };
    print(&lines)
}

/// Prints one turn, with those before it.
pub(super) async fn show(
    store: &Store,
    ReviewShowArgs { id, json }: ReviewShowArgs,
) -> anyhow::Result<ExitCode> {
    let Some(row) = store.journal().entry(id).await? else {
        anyhow::bail!("没有编号为 {id} 的记录；编号见 `wenlu review list`");
    };
    let turns = store
        .journal()
        .until(&row.conversation, row.id, CONTEXT)
        .await?;
    if json {
        return print(
            &turns
                .iter()
                .map(serde_json::to_string)
                .collect::<Result<Vec<_>, _>>()?,
        );
    }
    let mut lines: Vec<String> = turns.iter().map(turn_line).collect();
    lines.push(format!(
        "\n接近的意图：{}",
        candidates(&row.entry.candidates)
    ));
    lines.push(format!(
        "知识版本：{}　会话：{}",
        strip_control_chars(&row.entry.knowledge),
        strip_control_chars(&row.conversation)
    ));
    print(&lines)
}

fn nothing(turns: i64, limited: bool) -> &'static str {
    match (turns, limited) {
        (0, _) => {
            "还没有人问过问题。用 `wenlu` 打开网页或用 `wenlu chat` 问上几句，答不上来的会出现在这里。"
        }
        (_, true) => "这段时间里没有答不上来的问题。去掉 --since 可以看全部。",
        (_, false) => "没有答不上来的问题，很好。",
    }
}

/// Three lines: count and text, reasons, nearest intents.
fn described(question: &UnansweredQuestion) -> String {
    let reasons: Vec<&str> = question
        .reasons
        .iter()
        .map(|reason| unanswered_label(*reason))
        .collect();
    let gap = question.gap.as_ref().map_or_else(String::new, |gap| {
        format!("（{}）", strip_control_chars(gap))
    });
    format!(
        "{:>4} 次  {}  #{}\n         {}{gap}，来自 {} 段对话，最近 {}\n         接近：{}\n",
        question.count,
        strip_control_chars(&question.text),
        question.id,
        reasons.join("、"),
        question.conversations,
        local(question.last),
        candidates(&question.candidates),
    )
}

/// The three nearest intents as text.
pub(super) fn candidates(candidates: &[Candidate]) -> String {
    let shown: Vec<String> = candidates
        .iter()
        .take(3)
        .map(|c| format!("{} {:.2}", strip_control_chars(&c.intent), c.confidence))
        .collect();
    if shown.is_empty() {
        "无".to_owned()
    } else {
        shown.join("　")
    }
}

fn turn_line(row: &JournalRow) -> String {
    let entry = &row.entry;
    let intent = entry.gap.as_ref().or(entry.intent.as_ref());
    let intent = intent.map_or_else(String::new, |id| format!(" {}", strip_control_chars(id)));
    let text = if entry.text.is_empty() {
        "（打开对话）".to_owned()
    } else {
        strip_control_chars(&entry.text)
    };
    let person = if entry.handed_over {
        "（已转人工）"
    } else {
        ""
    };
    let scored_by = entry.scored_by.map_or_else(String::new, |scored_by| {
        format!("（{}）", score_source_label(scored_by))
    });
    format!(
        "{}  #{}  {text}\n    → {}{intent}{scored_by}{person}",
        local(entry.at),
        row.id,
        turn_outcome_label(entry.outcome)
    )
}
