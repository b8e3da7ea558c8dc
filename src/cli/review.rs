//! `wenlu review`: what went unanswered, most frequent first, and what was said around it.

use super::Global;
use crate::channel::terminal::harmless;
use crate::message::Timestamp;
use crate::review::{self, Question};
use crate::settings::Settings;
use crate::store::records::{Outcome, Row, Unanswered};
use crate::store::{Since, Store};
use std::io::Write;
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
    #[arg(long, value_name = "WHEN", value_parser = parse_since)]
    since: Option<SinceWhen>,
}

#[derive(clap::Args, Debug)]
struct Show {
    /// The number behind # in `wenlu review list`
    id: i64,
    /// Print a JSON object a line, one for each turn
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SinceWhen {
    Ago(jiff::SignedDuration),
    Day(jiff::civil::Date),
}

pub fn run(global: &Global, args: Args) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(global)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = Store::open(settings.database.reveal()).await?;
        let code = match args.command {
            Command::List(list) => list.run(&store).await,
            Command::Show(show) => show.run(&store).await,
        };
        store.close().await;
        code
    })
}

impl List {
    async fn run(&self, store: &Store) -> anyhow::Result<ExitCode> {
        let since = self.since.map(SinceWhen::start).transpose()?;
        let rows = store.unanswered(Since(since)).await?;
        let questions = review::group(&rows);
        let shown = questions.iter().take(self.limit);
        let mut out = anstream::stdout().lock();
        if self.json {
            for question in shown {
                writeln!(out, "{}", serde_json::to_string(question)?)?;
            }
        } else if questions.is_empty() {
            writeln!(out, "{}", nothing(store.journal_len().await?, self.since.is_some()))?;
        } else {
            for question in shown {
                writeln!(out, "{}\n", described(question))?;
            }
            let more = questions.len().saturating_sub(self.limit);
            let rest = if more == 0 { String::new() } else { format!("，其余 {more} 个用 --limit 查看") };
            writeln!(out, "未答 {} 次，{} 个不同的问题{rest}。看前后文：wenlu review show 编号", rows.len(), questions.len())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Show {
    async fn run(&self, store: &Store) -> anyhow::Result<ExitCode> {
        let mut out = anstream::stdout().lock();
        let Some(row) = store.entry(self.id).await? else {
            anyhow::bail!("没有编号为 {} 的记录；编号见 `wenlu review list`", self.id);
        };
        for turn in store.turns_until(&row.conversation, row.id, CONTEXT).await? {
            if self.json {
                writeln!(out, "{}", serde_json::to_string(&turn)?)?;
            } else {
                writeln!(out, "{}", turn_line(&turn))?;
            }
        }
        if !self.json {
            writeln!(out, "\n接近的意图：{}", candidates(&row.entry.candidates))?;
            writeln!(out, "知识版本：{}　会话：{}", harmless(&row.entry.knowledge), harmless(&row.conversation))?;
        }
        Ok(ExitCode::SUCCESS)
    }
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
        "{:>4} 次  {}  #{}\n         {}{gap}，来自 {} 段对话，最近 {}\n         接近：{}",
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

fn reason_name(reason: Unanswered) -> &'static str {
    match reason {
        Unanswered::Unknown => "没听懂",
        Unanswered::Gap => "没有资料",
        Unanswered::Clarified => "反问后没有选",
        Unanswered::NoneOfThese => "选了都不是",
        Unanswered::Unsolved => "没解决",
    }
}

fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Start => "欢迎",
        Outcome::Topics => "热门问题",
        Outcome::Answered => "回答",
        Outcome::Clarified => "反问",
        Outcome::Menu => "菜单",
        Outcome::Unknown => "没听懂",
        Outcome::Gap => "没有资料",
        Outcome::Step => "步骤",
        Outcome::FollowUp => "追问",
        Outcome::Choice => "所选的回答",
        Outcome::NoneOfThese => "都不是",
        Outcome::Solved => "有用",
        Outcome::Unsolved => "没解决",
        Outcome::Human => "转人工",
        Outcome::Expired => "选项已过期",
        Outcome::Refused => "没有读",
    }
}

/// In the time zone of the machine.
fn local(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(
        |_| "?".to_owned(),
        |at| at.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string(),
    )
}

impl SinceWhen {
    fn start(self) -> Result<Timestamp, jiff::Error> {
        let start = match self {
            SinceWhen::Ago(span) => jiff::Timestamp::now().checked_sub(span)?,
            SinceWhen::Day(day) => day.to_zoned_datetime(jiff::tz::TimeZone::system())?.timestamp(),
        };
        Ok(Timestamp(start.as_millisecond()))
    }
}

fn parse_since(text: &str) -> Result<SinceWhen, String> {
    if let Ok(day) = text.parse() {
        return Ok(SinceWhen::Day(day));
    }
    let help = || "use 30m, 24h, 7d, 2w, or a day such as 2026-11-01".to_owned();
    let unit = text.chars().next_back().ok_or_else(help)?;
    let seconds: i64 = match unit {
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return Err(help()),
    };
    let number: u32 = text.strip_suffix(unit).and_then(|n| n.parse().ok()).filter(|n| *n <= 100_000).ok_or_else(help)?;
    Ok(SinceWhen::Ago(jiff::SignedDuration::from_secs(i64::from(number) * seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since() {
        assert_eq!(parse_since("7d"), Ok(SinceWhen::Ago(jiff::SignedDuration::from_hours(168))));
        assert!(matches!(parse_since("2026-11-01"), Ok(SinceWhen::Day(_))));
        for bad in ["", "7", "d", "七天", "-1d", "7天", "99999999999d"] {
            assert!(parse_since(bad).is_err(), "{bad}");
        }
    }
}
