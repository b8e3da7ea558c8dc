//! Single questions: the list, and one question with its context.

use super::args::{List, Show};
use super::print;
use crate::channel::terminal::harmless;
use crate::cli::when::{When, local};
use crate::review::board::queue;
use crate::review::{self, Question};
use crate::router::Candidate;
use crate::store::records::Row;
use crate::store::{Since, Store};
use crate::wording::{outcome_name, reason_name};
use std::process::ExitCode;

/// Turns shown before the one with the given number.
const CONTEXT: i64 = 20;

/// Prints questions, most frequent first.
pub async fn list(store: &Store, asked: List) -> anyhow::Result<ExitCode> {
    let since = asked.since.map(When::start).transpose()?;
    let rows = queue(store, Since(since)).await?;
    let questions = review::group(&rows);
    let shown = questions.iter().take(asked.limit);
    let lines: Vec<String> = if asked.json {
        shown.map(serde_json::to_string).collect::<Result<_, _>>()?
    } else if questions.is_empty() {
        vec![nothing(store.journal_len().await?, asked.since.is_some()).to_owned()]
    } else {
        let more = questions.len().saturating_sub(asked.limit);
        let rest = if more == 0 { String::new() } else { format!("，其余 {more} 个用 --limit 查看") };
        let total = format!("未答 {} 次，{} 个不同的问题{rest}", rows.len(), questions.len());
        shown.map(described).chain([format!("{total}。看前后文：wenlu review show 编号")]).collect()
    };
    print(&lines)
}

/// Prints one turn, with those before it.
pub async fn show(store: &Store, Show { id, json }: Show) -> anyhow::Result<ExitCode> {
    let Some(row) = store.entry(id).await? else {
        anyhow::bail!("没有编号为 {id} 的记录；编号见 `wenlu review list`");
    };
    let turns = store.turns_until(&row.conversation, row.id, CONTEXT).await?;
    if json {
        return print(&turns.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?);
    }
    let mut lines: Vec<String> = turns.iter().map(turn_line).collect();
    lines.push(format!("\n接近的意图：{}", candidates(&row.entry.candidates)));
    lines.push(format!("知识版本：{}　会话：{}", harmless(&row.entry.knowledge), harmless(&row.conversation)));
    print(&lines)
}

fn nothing(turns: i64, limited: bool) -> &'static str {
    match (turns, limited) {
        (0, _) => "还没有人问过问题。用 `wenlu` 打开网页或用 `wenlu chat` 问上几句，答不上来的会出现在这里。",
        (_, true) => "这段时间里没有答不上来的问题。去掉 --since 可以看全部。",
        (_, false) => "没有答不上来的问题，很好。",
    }
}

/// Three lines: count and text, reasons, nearest intents.
fn described(question: &Question) -> String {
    let reasons: Vec<&str> = question.reasons.iter().map(|reason| reason_name(*reason)).collect();
    let gap = question.gap.as_ref().map_or_else(String::new, |gap| format!("（{}）", harmless(gap)));
    format!(
        "{:>4} 次  {}  #{}\n         {}{gap}，来自 {} 段对话，最近 {}\n         接近：{}\n",
        question.count,
        harmless(&question.text),
        question.id,
        reasons.join("、"),
        question.conversations,
        local(question.last),
        candidates(&question.candidates),
    )
}

/// The three nearest intents as text.
pub fn candidates(candidates: &[Candidate]) -> String {
    let shown: Vec<String> =
        candidates.iter().take(3).map(|c| format!("{} {:.2}", harmless(&c.intent), c.confidence)).collect();
    if shown.is_empty() { "无".to_owned() } else { shown.join("　") }
}

fn turn_line(row: &Row) -> String {
    let entry = &row.entry;
    let intent = entry.gap.as_ref().or(entry.intent.as_ref());
    let intent = intent.map_or_else(String::new, |id| format!(" {}", harmless(id)));
    let text = if entry.text.is_empty() { "（打开对话）".to_owned() } else { harmless(&entry.text) };
    let person = if entry.handed_over { "（已转人工）" } else { "" };
    format!("{}  #{}  {text}\n    → {}{intent}{person}", local(entry.at), row.id, outcome_name(entry.outcome))
}
