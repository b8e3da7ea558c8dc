//! What is done with questions: a draft, what it would change, and the question whether it is to be. `--yes` answers it;
//! where nobody can be asked, the draft is kept for the pages or for `wenlu review publish`.

use super::args::{How, Which};
use super::{Work, print};
use crate::app;
use crate::channel::terminal::harmless;
use crate::cli::meter::Meter;
use crate::cli::output::{say_text, tell, tell_text};
use crate::cli::paint::{BAD, FAINT, GOOD, HEADING, paint};
use crate::cli::replay;
use crate::knowledge::Knowledge;
use crate::knowledge::diagnostic::{self, Diagnostic};
use crate::knowledge::files::{Files, validate_files};
use crate::review::change::Change;
use crate::review::edit::Edit;
use crate::review::preview::{Preview, preview};
use crate::review::question;
use crate::review::replay::{Asked, Version};
use crate::review::workshop::{Published, WorkError, change_of, unwritten};
use crate::store::Window;
use crate::store::reviews::StoredChange;
use anyhow::{Context, bail};
use std::io::{BufRead, IsTerminal};
use std::num::NonZeroUsize;
use std::process::ExitCode;

/// Messages shown of each kind.
const SHOWN: usize = 10;

/// The texts of the questions, and their numbers.
pub async fn chosen(work: &Work, which: &Which) -> anyhow::Result<(Vec<String>, Vec<i64>)> {
    let (mut texts, mut numbers) = (Vec::new(), Vec::new());
    let board = if which.cluster { Some(work.board().await?) } else { None };
    for id in &which.ids {
        match &board {
            Some(board) => {
                let (case, _) = board.find(*id).with_context(|| super::no_cluster(*id))?;
                texts.extend(case.proposed().iter().map(|wording| wording.text.clone()));
                numbers.extend(&case.cluster.questions);
            }
            None => {
                let row = work.store.entry(*id).await?;
                let row = row.with_context(|| format!("没有编号为 {id} 的记录；编号见 `wenlu review list`"))?;
                texts.push(question(&row).to_owned());
                numbers.push(row.id);
            }
        }
    }
    Ok((texts, numbers))
}

/// Drafts `edit`, shows what it would do, and publishes it where that is wanted.
pub async fn act(work: &Work, edit: &Edit, questions: Vec<i64>, how: How) -> anyhow::Result<ExitCode> {
    let id = work.shop.draft(work.by(), edit, questions).await.map_err(said)?;
    decide(work, id, how).await
}

/// The same for a change that takes another one back.
pub async fn undo(work: &Work, id: i64, how: How) -> anyhow::Result<ExitCode> {
    let id = work.shop.draft_undo(work.by(), id).await.map_err(said)?;
    decide(work, id, how).await
}

/// Shows what a draft would do, and publishes it where that is wanted.
pub async fn decide(work: &Work, id: i64, how: How) -> anyhow::Result<ExitCode> {
    let stored = work.store.change(id).await?.ok_or_else(|| said(WorkError::Missing))?;
    let change = change_of(&stored).map_err(said)?;
    if let Some(conflict) = work.shop.conflicts(&change).map_err(said)?.first() {
        tell(&conflict.diff.lines().map(harmless).collect::<Vec<_>>().join("\n"));
        bail!(
            "{} 在起草之后又有人改过（如上），没有发布。在运营页面上重做，或放弃：wenlu review discard {id}",
            conflict.path
        );
    }
    let files = work.shop.files();
    let live = validate_files(&files).map_err(|mistakes| {
        tell_text(&mistakes.render(true));
        anyhow::anyhow!("数据文件现在就有误，请先改好 / the data files have mistakes")
    })?;
    let seen = tried(work, &files, &live.knowledge, &change).await?;
    let fit = seen.is_fit() && unwritten(&change, stored.undoes).is_none();
    if !how.json {
        print(&described(&stored, &change, &seen, &live.knowledge))?;
    }
    let publish = fit && (how.yes || (!how.json && agreed(work, id).await?));
    let published = match publish {
        true => Some(work.shop.publish(work.by(), stored.clone()).await.map_err(said)?),
        false => None,
    };
    print(&match how.json {
        true => vec![object(&stored, &change, &seen, fit, published.as_ref())?],
        false => vec![outcome(id, fit, published, unwritten(&change, stored.undoes))],
    })?;
    Ok(if fit { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Why something was not done, for the terminal.
pub fn said(error: WorkError) -> anyhow::Error {
    match error {
        WorkError::ReadOnly => anyhow::anyhow!(
            "内置的知识不能改：先 wenlu init 文件夹，再用 --root 指给它 / the built-in knowledge cannot be changed: wenlu init"
        ),
        WorkError::Stale => {
            anyhow::anyhow!("这个修改已经发布、撤销、放弃或改过了；见 `wenlu review changes` / not in that state")
        }
        WorkError::Missing => anyhow::anyhow!("没有这个修改；编号见 `wenlu review changes` / no such change"),
        WorkError::NoWayBack(path) => {
            anyhow::anyhow!("{path} 里同一个地方后来又改过，不能自动合并，请手工改 / changed in the same place since")
        }
        other => other.into(),
    }
}

/// One line; `None` where nobody can be asked.
pub fn ask(prompt: &str) -> anyhow::Result<Option<String>> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Ok(None);
    }
    say_text(prompt)?;
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}

async fn tried(work: &Work, files: &Files, knowledge: &Knowledge, change: &Change) -> anyhow::Result<Preview> {
    let asked = work.store.asked(Window::default()).await?;
    let asked: Vec<Asked> = asked.into_iter().map(Asked::from).collect();
    let router = app::router(&work.settings, knowledge);
    let live = Version { knowledge, router: &router };
    let meter = Meter::new("检查");
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let build = |knowledge: &Knowledge| app::router(&work.settings, knowledge);
    let tell = |_, done: usize, all: usize| meter.show(done as u64, all as u64);
    let seen = preview(files, change, live, &asked, build, threads, &tell);
    meter.clear();
    Ok(seen)
}

fn described(stored: &StoredChange, change: &Change, seen: &Preview, live: &Knowledge) -> Vec<String> {
    let mut lines = vec![paint(HEADING, format!("#{} {}", stored.id, harmless(&stored.summary)))];
    let diff = change.diff();
    lines.extend(diff.lines().map(|line| match line.as_bytes().first() {
        Some(b'+') => paint(GOOD, harmless(line)),
        Some(b'-') => paint(BAD, harmless(line)),
        Some(b'@') => paint(FAINT, harmless(line)),
        _ => harmless(line),
    }));
    if let Some(report) = &seen.replay {
        lines.push(String::new());
        lines.extend(replay::lines(report, live, live, SHOWN));
    }
    let found = [
        ("这样写不能用：", &seen.mistakes),
        ("这些测试会不过，所以不能发布：", &seen.failing),
        ("提醒：", &seen.warnings),
    ];
    for (title, all) in found.into_iter().filter(|(_, all)| !all.is_empty()) {
        lines.push(format!("\n{}", paint(HEADING, title)));
        lines.push(diagnostic::render(all, &seen.texts, true));
    }
    lines
}

fn object(
    stored: &StoredChange,
    change: &Change,
    seen: &Preview,
    fit: bool,
    published: Option<&Published>,
) -> anyhow::Result<String> {
    let published = published.map(|published| {
        let commit = published.commit.as_ref();
        serde_json::json!({
            "version": published.version,
            "commit": commit.and_then(|commit| commit.as_ref().ok()),
            "commit_error": commit.and_then(|commit| commit.as_ref().err()),
        })
    });
    let list = |all: &[Diagnostic]| all.iter().map(Diagnostic::to_json).collect::<Vec<_>>();
    Ok(serde_json::to_string(&serde_json::json!({
        "change": stored.id, "summary": stored.summary, "diff": change.diff(), "fit": fit,
        "unwritten": unwritten(change, stored.undoes), "mistakes": list(&seen.mistakes), "failing": list(&seen.failing),
        "warnings": list(&seen.warnings), "replay": seen.replay, "published": published,
    }))?)
}

/// Whether the one at the terminal says yes. A draft that is not wanted is given up.
async fn agreed(work: &Work, id: i64) -> anyhow::Result<bool> {
    match ask("\n发布吗？[y 发布 / d 放弃 / 回车 先留着] ")?.as_deref() {
        Some("y" | "Y" | "yes" | "是") => Ok(true),
        Some("d" | "D") => {
            work.store.discard_draft(work.by(), id).await?;
            Ok(false)
        }
        _ => Ok(false),
    }
}

fn outcome(id: i64, fit: bool, published: Option<Published>, missing: Option<&str>) -> String {
    match published.map(|published| published.commit) {
        Some(None) => format!("已发布。撤销：wenlu review undo {id}"),
        Some(Some(Ok(commit))) => format!("已发布，提交 {commit}。撤销：wenlu review undo {id}"),
        Some(Some(Err(error))) => format!("已发布，但没有提交到 git：{}", harmless(&error)),
        None if fit => {
            format!("没有改动。要发布这份草稿：wenlu review publish {id}；不要了：wenlu review discard {id}")
        }
        None => match missing {
            Some(path) => format!("没有改动：{path} 里还是占位的文字。在运营页面的“修改”里写好草稿 #{id} 再发布。"),
            None => format!("没有改动：草稿 #{id} 还不能发布。不要了：wenlu review discard {id}"),
        },
    }
}
