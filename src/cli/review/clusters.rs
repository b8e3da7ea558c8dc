//! Clusters in the terminal: the list, and an interactive walk through it.

use super::args::PublishArgs;
use super::context::{ReviewContext, print};
use super::publish::{self, ask};
use super::queue::candidates;
use crate::channel::terminal::strip_control_chars;
use crate::cli::time_arg::local;
use crate::review::cluster::nearest;
use crate::review::edit::ReviewEdit;
use crate::review::review_queue::ReviewItem;
use std::process::ExitCode;
use wenlu_core::knowledge::files::validate_files;
use wenlu_core::labels::unanswered_label;
use wenlu_core::model::Candidate;

/// Wordings shown of each cluster.
const WORDINGS: usize = 5;
const PROMPT: &str = "  数字或 e 意图：加为例句　n 意图：记为不属于它　o：范围外　i：忽略　回车：下一类　q：结束\n> ";

pub(super) async fn list(
    work: &ReviewContext,
    limit: usize,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let board = work.board().await?;
    let shown = board.open.iter().take(limit);
    let lines: Vec<String> = if json {
        shown.map(serde_json::to_string).collect::<Result<_, _>>()?
    } else if board.open.is_empty() {
        vec!["没有等着处理的问题，很好。".to_owned()]
    } else {
        let more = board.open.len().saturating_sub(limit);
        let rest = if more == 0 {
            String::new()
        } else {
            format!("，其余 {more} 类用 --limit 查看")
        };
        let total: u64 = board.open.iter().map(|case| case.cluster.count).sum();
        let end = format!(
            "{} 类，共 {total} 次提问{rest}。在终端里逐类处理：wenlu review",
            board.open.len()
        );
        shown.map(described).chain([end]).collect()
    };
    print(&lines)
}

/// Shows the open clusters one after another, the largest first, and asks what to do with each.
pub(super) async fn walk(work: &ReviewContext) -> anyhow::Result<ExitCode> {
    let mut seen = Vec::new();
    loop {
        let board = work.board().await?;
        let Some(case) = board
            .open
            .iter()
            .find(|case| !seen.contains(&case.cluster.id))
        else {
            return print(&["都看过了。".to_owned()]);
        };
        let near = near(work, case)?;
        let choices = near.iter().enumerate();
        let choices = choices.map(|(at, near)| {
            format!(
                "  {}  {} {:.2}",
                at + 1,
                strip_control_chars(&near.intent),
                near.confidence
            )
        });
        print(&[vec![described(case)], choices.collect()].concat())?;
        let Some(said) = ask(PROMPT)?.filter(|said| said != "q") else {
            return Ok(ExitCode::SUCCESS);
        };
        match (said.as_str(), meant(&said, &near, case)) {
            ("", _) => seen.push(case.cluster.id),
            ("i", _) => {
                work.change_service
                    .ignore(work.by(), case, None, true)
                    .await?;
            }
            (_, Some(edit)) => {
                seen.push(case.cluster.id);
                let how = PublishArgs {
                    yes: false,
                    reason: None,
                    json: false,
                    git: false,
                };
                if let Err(error) =
                    publish::draft_and_decide(work, &edit, case.cluster.questions.clone(), how)
                        .await
                {
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
pub(super) async fn which_intent(work: &ReviewContext, id: i64) -> anyhow::Result<String> {
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
fn meant(said: &str, near: &[Candidate], case: &ReviewItem) -> Option<ReviewEdit> {
    let texts: Vec<String> = case
        .proposed()
        .iter()
        .map(|wording| wording.text.clone())
        .collect();
    let (word, rest) = said.split_once(' ').unwrap_or((said, ""));
    let intent = rest.trim().to_owned();
    match word {
        "o" => Some(ReviewEdit::OutOfScope { texts }),
        "e" if !intent.is_empty() => Some(ReviewEdit::AddExamples { intent, texts }),
        "n" if !intent.is_empty() => Some(ReviewEdit::AddNearMisses { intent, texts }),
        number => {
            let at = number.parse::<usize>().ok()?.checked_sub(1)?;
            Some(ReviewEdit::AddExamples {
                intent: near.get(at)?.intent.clone(),
                texts,
            })
        }
    }
}

/// The intents nearest to the cluster, by the data files as they are now.
fn near(work: &ReviewContext, case: &ReviewItem) -> anyhow::Result<Vec<Candidate>> {
    let knowledge = validate_files(&work.change_service.files()).map(|loaded| loaded.knowledge);
    let knowledge = knowledge.map_err(|_| anyhow::anyhow!("数据文件有误，请先看 `wenlu check`"))?;
    let router = crate::cli::context::build_router(&work.settings, &knowledge);
    let wordings = case.cluster.wordings.iter();
    let asked: Vec<String> = wordings.map(|wording| wording.text.clone()).collect();
    crate::cli::context::prepare(&asked);
    Ok(nearest(&case.cluster, |text| router.route(text)))
}

/// A cluster as text: its count, reasons and wordings.
fn described(case: &ReviewItem) -> String {
    let cluster = &case.cluster;
    let reasons: Vec<&str> = case
        .reasons
        .iter()
        .map(|reason| unanswered_label(*reason))
        .collect();
    let gap = case.gap.as_ref().map_or_else(String::new, |gap| {
        format!("（{}）", strip_control_chars(gap))
    });
    let whose = case.assigned.as_ref().map_or_else(String::new, |to| {
        format!("，{} 在处理", strip_control_chars(&to.what))
    });
    let mut lines = vec![
        format!(
            "{:>4} 次  {}  #{}",
            cluster.count,
            strip_control_chars(&cluster.representative),
            cluster.id.0
        ),
        format!(
            "         {}{gap}，来自 {} 段对话，近 7 天 {} 次（前 7 天 {} 次），最近 {}{whose}",
            reasons.join("、"),
            case.conversations,
            cluster.trend.last_week,
            cluster.trend.week_before,
            local(case.last),
        ),
    ];
    let others: Vec<_> = cluster
        .wordings
        .iter()
        .filter(|wording| wording.text != cluster.representative)
        .collect();
    let shown = others.iter().take(WORDINGS);
    lines.extend(shown.map(|other| {
        format!(
            "         {:>4} 次  {}",
            other.count,
            strip_control_chars(&other.text)
        )
    }));
    if others.len() > WORDINGS {
        lines.push(format!(
            "              还有 {} 种说法",
            others.len() - WORDINGS
        ));
    }
    lines.join("\n") + "\n"
}
