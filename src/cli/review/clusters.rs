//! Clusters in the terminal: the list, and an interactive walk through it.

use super::act::{self, ask};
use super::args::How;
use super::queue::candidates;
use super::{Work, print};
use crate::app;
use crate::channel::terminal::harmless;
use crate::cli::when::local;
use crate::knowledge::files::validate_files;
use crate::review::board::Case;
use crate::review::cluster::nearest;
use crate::review::edit::Edit;
use crate::router::Candidate;
use crate::wording::reason_name;
use std::process::ExitCode;

/// Wordings shown of each cluster.
const WORDINGS: usize = 5;
const PROMPT: &str = "  数字或 e 意图：加为例句　n 意图：记为不属于它　o：范围外　i：忽略　回车：下一类　q：结束\n> ";

pub async fn list(work: &Work, limit: usize, json: bool) -> anyhow::Result<ExitCode> {
    let board = work.board().await?;
    let shown = board.open.iter().take(limit);
    let lines: Vec<String> = if json {
        shown.map(serde_json::to_string).collect::<Result<_, _>>()?
    } else if board.open.is_empty() {
        vec!["没有等着处理的问题，很好。".to_owned()]
    } else {
        let more = board.open.len().saturating_sub(limit);
        let rest = if more == 0 { String::new() } else { format!("，其余 {more} 类用 --limit 查看") };
        let total: u64 = board.open.iter().map(|case| case.cluster.count).sum();
        let end = format!("{} 类，共 {total} 次提问{rest}。在终端里逐类处理：wenlu review", board.open.len());
        shown.map(described).chain([end]).collect()
    };
    print(&lines)
}

/// Shows the open clusters one after another, the largest first, and asks what to do with each.
pub async fn walk(work: &Work) -> anyhow::Result<ExitCode> {
    let mut seen = Vec::new();
    loop {
        let board = work.board().await?;
        let Some(case) = board.open.iter().find(|case| !seen.contains(&case.cluster.id)) else {
            return print(&["都看过了。".to_owned()]);
        };
        let near = near(work, case)?;
        let choices = near.iter().enumerate();
        let choices =
            choices.map(|(at, near)| format!("  {}  {} {:.2}", at + 1, harmless(&near.intent), near.confidence));
        print(&[vec![described(case)], choices.collect()].concat())?;
        let Some(said) = ask(PROMPT)?.filter(|said| said != "q") else { return Ok(ExitCode::SUCCESS) };
        match (said.as_str(), meant(&said, &near, case)) {
            ("", _) => seen.push(case.cluster.id),
            ("i", _) => {
                work.shop.ignore(work.by(), case, None, true).await?;
            }
            (_, Some(edit)) => {
                seen.push(case.cluster.id);
                let how = How { yes: false, reason: None, json: false, git: false };
                if let Err(error) = act::act(work, &edit, case.cluster.questions.clone(), how).await {
                    print(&[format!("{error:#}")])?;
                }
            }
            (_, None) => {
                print(&["没看懂，请再选一次。".to_owned()])?;
            }
        }
    }
}

/// Asks for an intent, with the nearest ones as suggestions.
pub async fn which_intent(work: &Work, id: i64) -> anyhow::Result<String> {
    let board = work.board().await?;
    let near = match board.find(id) {
        Some((case, _)) => near(work, case)?,
        None => Vec::new(),
    };
    match ask(&format!("哪个意图？接近的：{}\n> ", candidates(&near)))? {
        Some(intent) if !intent.is_empty() => Ok(intent),
        _ => anyhow::bail!("请用 --to 说明是哪个意图 / name the intent with --to"),
    }
}

/// The edit that an input line asks for; `None` if it is not understood.
fn meant(said: &str, near: &[Candidate], case: &Case) -> Option<Edit> {
    let texts: Vec<String> = case.proposed().iter().map(|wording| wording.text.clone()).collect();
    let (word, rest) = said.split_once(' ').unwrap_or((said, ""));
    let intent = rest.trim().to_owned();
    match word {
        "o" => Some(Edit::OutOfScope { texts }),
        "e" if !intent.is_empty() => Some(Edit::AddExamples { intent, texts }),
        "n" if !intent.is_empty() => Some(Edit::AddNearMisses { intent, texts }),
        number => {
            let at = number.parse::<usize>().ok()?.checked_sub(1)?;
            Some(Edit::AddExamples { intent: near.get(at)?.intent.clone(), texts })
        }
    }
}

/// The intents nearest to the cluster, by the data files as they are now.
fn near(work: &Work, case: &Case) -> anyhow::Result<Vec<Candidate>> {
    let knowledge = validate_files(&work.shop.files()).map(|loaded| loaded.knowledge);
    let knowledge = knowledge.map_err(|_| anyhow::anyhow!("数据文件有误，请先看 `wenlu check`"))?;
    let router = app::router(&work.settings, &knowledge);
    Ok(nearest(&case.cluster, |text| router.route(text)))
}

/// A cluster as text: its count, reasons and wordings.
fn described(case: &Case) -> String {
    let cluster = &case.cluster;
    let reasons: Vec<&str> = case.reasons.iter().map(|reason| reason_name(*reason)).collect();
    let gap = case.gap.as_ref().map_or_else(String::new, |gap| format!("（{}）", harmless(gap)));
    let whose = case.assigned.as_ref().map_or_else(String::new, |to| format!("，{} 在处理", harmless(&to.what)));
    let mut lines = vec![
        format!("{:>4} 次  {}  #{}", cluster.count, harmless(&cluster.representative), cluster.id.0),
        format!(
            "         {}{gap}，来自 {} 段对话，近 7 天 {} 次（前 7 天 {} 次），最近 {}{whose}",
            reasons.join("、"),
            case.conversations,
            cluster.trend.last_week,
            cluster.trend.week_before,
            local(case.last),
        ),
    ];
    let others: Vec<_> = cluster.wordings.iter().filter(|wording| wording.text != cluster.representative).collect();
    let shown = others.iter().take(WORDINGS);
    lines.extend(shown.map(|other| format!("         {:>4} 次  {}", other.count, harmless(&other.text))));
    if others.len() > WORDINGS {
        lines.push(format!("              还有 {} 种说法", others.len() - WORDINGS));
    }
    lines.join("\n") + "\n"
}
