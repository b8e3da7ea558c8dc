//! Drafts and their publication: makes a draft, shows its preview, asks whether to publish it.
//! `--yes` publishes without asking; where nobody can be asked (no terminal, or `--json`), the draft
//! is kept for the operators' pages or `wenlu review publish`.

use super::args::{How, Which};
use super::told::{described, object, outcome};
use super::{Work, print};
use crate::app;
use crate::channel::terminal::harmless;
use crate::cli::meter::Meter;
use crate::cli::output::{say_text, tell, tell_text};
use crate::knowledge::Knowledge;
use crate::knowledge::files::{Files, validate_files};
use crate::review::base::{LastGood, PreviewBase};
use crate::review::change::Change;
use crate::review::edit::Edit;
use crate::review::preview::{Fitness, Preview, preview};
use crate::review::question;
use crate::review::replay::Asked;
use crate::review::standing::{ReasonError, acceptance, reason_of};
use crate::review::workshop::{WorkError, change_of, to_be_written};
use crate::settings::Settings;
use crate::store::Window;
use crate::store::reviews::StoredChange;
use anyhow::{Context, bail};
use std::io::{BufRead, IsTerminal};
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::Arc;

/// The texts of the chosen questions, and their numbers.
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

/// Drafts `edit`, shows its preview, and publishes it if that is confirmed.
pub async fn act(work: &Work, edit: &Edit, questions: Vec<i64>, how: How) -> anyhow::Result<ExitCode> {
    let id = work.shop.draft(work.by(), edit, questions).await.map_err(said)?;
    decide(work, id, how).await
}

/// The same for a draft that undoes a published change.
pub async fn undo(work: &Work, id: i64, how: How) -> anyhow::Result<ExitCode> {
    let id = work.shop.draft_undo(work.by(), id).await.map_err(said)?;
    decide(work, id, how).await
}

/// Shows a draft's preview, and publishes it if that is confirmed.
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
    // an undo is allowed even if the files have mistakes
    if let Err(mistakes) = validate_files(&files)
        && stored.undoes.is_none()
    {
        tell_text(&mistakes.render(true));
        bail!("数据文件现在就有误，请先改好 / the data files have mistakes");
    }
    let base = base_of(work, files).await?;
    let live = base.good.as_ref().map(|good| &good.brain.knowledge);
    let seen = tried(work, &base, &change).await?;
    let mut fate = Fate::of(&stored, &change, &seen);
    if !how.json {
        print(&described(&stored, &change, &seen, live, fate))?;
    }
    let wanted = fate != Fate::Stays && (how.yes || (!how.json && agreed(work, id).await?));
    let reason = match fate {
        Fate::NeedsReason if how.reason.is_some() || (wanted && !how.yes) => reason(how.reason.as_deref())?,
        _ => None,
    };
    if reason.is_some() {
        fate = Fate::MayGoLive;
    }
    let accepted = reason.map(|reason| acceptance(&reason, &seen.verdict.flipped_elsewhere));
    let published = match wanted && fate == Fate::MayGoLive {
        true => Some(work.shop.publish(work.by(), stored.clone(), accepted).await.map_err(said)?),
        false => None,
    };
    print(&match how.json {
        true => vec![object(&stored, &change, &seen, fate, published.as_ref())?],
        false => vec![outcome(&stored, fate, published, &change)],
    })?;
    Ok(if fate == Fate::MayGoLive { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether a draft can be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    MayGoLive,
    /// Tests of other intents change, and no reason was given yet.
    NeedsReason,
    Stays,
}

impl Fate {
    fn of(stored: &StoredChange, change: &Change, seen: &Preview) -> Self {
        let is_unfinished = to_be_written(stored, change).is_some() || change.conflicting().is_some();
        match seen.fitness(stored.undoes.is_some()) {
            _ if is_unfinished => Fate::Stays,
            Fitness::Unfit => Fate::Stays,
            Fitness::Fit => Fate::MayGoLive,
            Fitness::NeedsReason => Fate::NeedsReason,
        }
    }
}

/// The reason why changed tests of other intents are right: from `--reason`, else asked for.
fn reason(given: Option<&str>) -> anyhow::Result<Option<String>> {
    let said = match given {
        Some(given) => Some(given.to_owned()),
        None => ask("别的意图的测试会变。为什么这样是对的？（会记进操作记录；回车 先留着）")?,
    };
    match said.as_deref().map(reason_of) {
        None | Some(Err(ReasonError::Empty)) => Ok(None),
        Some(reason) => Ok(Some(reason?)),
    }
}

/// The error with advice for the terminal.
pub fn said(error: WorkError) -> anyhow::Error {
    match error {
        WorkError::ReadOnly => anyhow::anyhow!(
            "内置的知识不能改：先 wenlu init 文件夹，再用 --root 指给它 / the built-in knowledge cannot be changed: wenlu init"
        ),
        WorkError::Stale => {
            anyhow::anyhow!("这个修改已经发布、撤销、放弃或改过了；见 `wenlu review changes` / not in that state")
        }
        WorkError::Missing => anyhow::anyhow!("没有这个修改；编号见 `wenlu review changes` / no such change"),
        WorkError::Unresolved(path) => {
            anyhow::anyhow!("{path} 里还有两个版本没有选，请在运营页面上选好 / two versions stand in it, choose one")
        }
        other => other.into(),
    }
}

/// Asks for one line; `None` if stdin or stdout is no terminal, or at end of input.
pub fn ask(prompt: &str) -> anyhow::Result<Option<String>> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Ok(None);
    }
    say_text(prompt)?;
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}

/// The base that drafts are compared with: the last good knowledge, else the files as they are.
async fn base_of(work: &Work, files: Files) -> anyhow::Result<PreviewBase> {
    let brain = |settings: &Settings, files: Files| {
        let knowledge = validate_files(&files).ok()?.knowledge;
        Some(LastGood { files: Arc::new(files), brain: Arc::new(app::brain(settings, knowledge)) })
    };
    // what an older version kept may not be valid for this one: then it is ignored
    let kept = work.store.good_knowledge().await?;
    let good = kept.and_then(|kept| brain(&work.settings, Files::of_texts(kept.files)));
    let settings = work.settings.clone();
    let build = move |knowledge| app::brain(&settings, knowledge);
    PreviewBase::of(&work.store, good, files, build).await.map_err(said)
}

async fn tried(work: &Work, base: &PreviewBase, change: &Change) -> anyhow::Result<Preview> {
    let asked = work.store.asked(Window::default()).await?;
    let asked: Vec<Asked> = asked.into_iter().map(Asked::from).collect();
    let meter = Meter::new("检查");
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let build = |knowledge: &Knowledge| app::router(&work.settings, knowledge);
    let tell = |_, done: usize, all: usize| meter.show(done as u64, all as u64);
    let seen = preview(base, change, &asked, build, threads, &tell);
    meter.clear();
    Ok(seen)
}

/// Asks whether to publish. `d` discards the draft.
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
