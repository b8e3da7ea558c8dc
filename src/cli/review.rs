//! `wenlu review`: what went unanswered, most frequent first, and what was said around it.

mod erase;

use super::when::{self, When, local};
use super::{Global, no_journal, print_line};
use crate::channel::terminal::harmless;
use crate::review::{self, Question};
use crate::settings::Settings;
use crate::store::records::Row;
use crate::store::{Since, Store, StoreError};
use crate::wording::{outcome_name, reason_name};
use std::process::ExitCode;

/// Turns shown before the one that `review show` names.
const CONTEXT: i64 = 20;

#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// Questions that went unanswered, most frequent first
    List(List),
    /// One of them, with what was said before it in that conversation
    Show(Show),
    /// All traces of one asker, out of the database and out of backups
    Erase(erase::Erase),
}

#[derive(clap::Args, Debug)]
struct List {
    /// Print a JSON object a line
    #[arg(long)]
    json: bool,
    /// How many questions at most
    #[arg(long, default_value_t = 20, value_name = "N")]
    limit: usize,
    /// Only what came since: 30m, 24h, 7d, 2w, or a day such as 2026-11-01
    #[arg(long, value_name = "WHEN", value_parser = when::parse)]
    since: Option<When>,
}

#[derive(clap::Args, Debug)]
struct Show {
    /// The number behind # in `wenlu review list`
    id: i64,
    /// Print a JSON object a line, one for each turn
    #[arg(long)]
    json: bool,
}

pub fn run(global: &Global, args: Args) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(global)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = match Store::open_existing(settings.database.reveal()).await {
            Err(StoreError::Missing(file)) => return no_journal(&file, args.command.is_for_programs()),
            opened => opened?,
        };
        let code = match args.command {
            Command::List(list) => list.run(&store).await,
            Command::Show(show) => show.run(&store).await,
            Command::Erase(erase) => erase.run(&store, &settings.database).await,
        };
        store.close().await;
        code
    })
}

impl Command {
    fn is_for_programs(&self) -> bool {
        match self {
            Command::List(List { json, .. }) | Command::Show(Show { json, .. }) => *json,
            Command::Erase(erase) => erase.json,
        }
    }
}

impl List {
    async fn run(&self, store: &Store) -> anyhow::Result<ExitCode> {
        let since = self.since.map(When::start).transpose()?;
        let rows = store.unanswered(Since(since)).await?;
        let questions = review::group(&rows);
        let shown = questions.iter().take(self.limit);
        let lines: Vec<String> = if self.json {
            shown.map(serde_json::to_string).collect::<Result<_, _>>()?
        } else if questions.is_empty() {
            vec![nothing(store.journal_len().await?, self.since.is_some()).to_owned()]
        } else {
            let more = questions.len().saturating_sub(self.limit);
            let rest = if more == 0 { String::new() } else { format!("，其余 {more} 个用 --limit 查看") };
            let total = format!("未答 {} 次，{} 个不同的问题{rest}", rows.len(), questions.len());
            shown.map(described).chain([format!("{total}。看前后文：wenlu review show 编号")]).collect()
        };
        print(&lines)
    }
}

impl Show {
    async fn run(&self, store: &Store) -> anyhow::Result<ExitCode> {
        let Some(row) = store.entry(self.id).await? else {
            anyhow::bail!("没有编号为 {} 的记录；编号见 `wenlu review list`", self.id);
        };
        let turns = store.turns_until(&row.conversation, row.id, CONTEXT).await?;
        if self.json {
            return print(&turns.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?);
        }
        let mut lines: Vec<String> = turns.iter().map(turn_line).collect();
        lines.push(format!("\n接近的意图：{}", candidates(&row.entry.candidates)));
        lines.push(format!("知识版本：{}　会话：{}", harmless(&row.entry.knowledge), harmless(&row.conversation)));
        print(&lines)
    }
}

fn print(lines: &[String]) -> anyhow::Result<ExitCode> {
    let mut out = anstream::stdout().lock();
    for line in lines {
        if !print_line(&mut out, line)? {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn nothing(turns: i64, limited: bool) -> &'static str {
    match (turns, limited) {
        (0, _) => "还没有人问过问题。用 `wenlu` 打开网页或用 `wenlu chat` 问上几句，答不上来的会出现在这里。",
        (_, true) => "这段时间里没有答不上来的问题。去掉 --since 可以看全部。",
        (_, false) => "没有答不上来的问题，很好。",
    }
}

/// Three lines: how often and what, why, and what it came nearest to.
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

fn candidates(candidates: &[crate::router::Candidate]) -> String {
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
