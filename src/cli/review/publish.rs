//! Drafts and their publication: makes a draft, shows its preview, asks whether to publish it.
//! `--yes` publishes without asking; where nobody can be asked (no terminal, or `--json`), the draft
//! is kept for the operators' pages or `wenlu review publish`.

use super::args::{PublishArgs, QuestionSelectionArgs};
use super::context::{ReviewContext, print};
use super::draft_text::{described, draft_json, outcome};
use crate::channel::terminal::strip_control_chars;
use crate::cli::output::{err_line, err_text, out_text};
use crate::cli::progress::ProgressMeter;
use crate::cli::replay::texts_of;
use crate::review::base::{PreviewBase, ServedKnowledge};
use crate::review::change::ChangeSet;
use crate::review::change_service::{ChangeError, change_of, to_be_written};
use crate::review::edit::ReviewEdit;
use crate::review::parallel::cores;
use crate::review::preview::{ChangeFitness, ChangePreview, preview};
use crate::review::question;
use crate::review::replay::texts_to_replay;
use crate::review::standing::{ReasonError, acceptance, reason_of};
use crate::settings::Settings;
use crate::store::reviews::StoredChange;
use crate::store::{JournalWindow, Store};
use anyhow::{Context, bail};
use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;
use std::sync::Arc;
use wenlu_core::knowledge::Knowledge;
use wenlu_core::knowledge::files::{DataFiles, validate_files};

/// The texts of the chosen questions, and their numbers.
pub(super) async fn selected_questions(
    work: &ReviewContext,
    which: &QuestionSelectionArgs,
) -> anyhow::Result<(Vec<String>, Vec<i64>)> {
    let (mut texts, mut numbers) = (Vec::new(), Vec::new());
    let board = if which.cluster {
        Some(work.board().await?)
    } else {
        None
    };
    for id in &which.ids {
        match &board {
            Some(board) => {
                let (case, _) = board
                    .find(*id)
                    .with_context(|| super::context::no_cluster(*id))?;
                texts.extend(case.proposed().iter().map(|wording| wording.text.clone()));
                numbers.extend(&case.cluster.questions);
            }
            None => {
                let row = work.store.journal().entry(*id).await?;
                let row = row.with_context(|| {
                    format!("没有编号为 {id} 的记录；编号见 `wenlu review list`")
                })?;
                texts.push(question(&row).to_owned());
                numbers.push(row.id);
            }
        }
    }
    Ok((texts, numbers))
}

/// Drafts `edit`, shows its preview, and publishes it if that is confirmed.
pub(super) async fn draft_and_decide(
    work: &ReviewContext,
    edit: &ReviewEdit,
    questions: Vec<i64>,
    how: PublishArgs,
) -> anyhow::Result<ExitCode> {
    let id = work
        .change_service
        .draft(work.by(), edit, questions)
        .await
        .map_err(explain_error)?;
    decide(work, id, how).await
}

/// The same for a draft that undoes a published change.
pub(super) async fn undo(
    work: &ReviewContext,
    id: i64,
    how: PublishArgs,
) -> anyhow::Result<ExitCode> {
    let id = work
        .change_service
        .draft_undo(work.by(), id)
        .await
        .map_err(explain_error)?;
    decide(work, id, how).await
}

/// Shows a draft's preview, and publishes it if that is confirmed.
pub(super) async fn decide(
    work: &ReviewContext,
    id: i64,
    how: PublishArgs,
) -> anyhow::Result<ExitCode> {
    let stored = work
        .store
        .reviews()
        .change(id)
        .await?
        .ok_or_else(|| explain_error(ChangeError::Missing))?;
    let change = change_of(&stored).map_err(explain_error)?;
    refuse_conflicts(work, id, &change)?;
    let files = work.change_service.files();
    // an undo is allowed even if the files have mistakes
    if stored.undoes.is_none() {
        refuse_mistakes(&files)?;
    }
    let base = base_of(&work.store, &work.settings, files).await?;
    let live = base.good.as_ref().map(|good| &good.engine.knowledge);
    let seen = preview_draft(work, &base, &change).await?;
    let mut fate = DraftReadiness::of(&stored, &change, &seen);
    if !how.json {
        print(&described(&stored, &change, &seen, live, fate))?;
    }
    let (wanted, reason) = confirmed(work, id, &how, fate).await?;
    if reason.is_some() {
        fate = DraftReadiness::Publishable;
    }
    let accepted = reason.map(|reason| acceptance(&reason, &seen.verdict.flipped_elsewhere));
    let published = match wanted && fate == DraftReadiness::Publishable {
        true => Some(
            work.change_service
                .publish(work.by(), stored.clone(), accepted)
                .await
                .map_err(explain_error)?,
        ),
        false => None,
    };
    print(&match how.json {
        true => vec![draft_json(
            &stored,
            &change,
            &seen,
            fate,
            published.as_ref(),
        )?],
        false => vec![outcome(&stored, fate, published, &change)],
    })?;
    Ok(if fate == DraftReadiness::Publishable {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Fails if a file of the draft was changed after the draft was made; prints the difference.
fn refuse_conflicts(work: &ReviewContext, id: i64, change: &ChangeSet) -> anyhow::Result<()> {
    let conflicts = work
        .change_service
        .conflicts(change)
        .map_err(explain_error)?;
    let Some(conflict) = conflicts.first() else {
        return Ok(());
    };
    let diff: Vec<String> = conflict.diff.lines().map(strip_control_chars).collect();
    err_line(&diff.join("\n"));
    bail!(
        "{} 在起草之后又有人改过（如上），没有发布。在运营页面上重做，或放弃：wenlu review discard {id}",
        conflict.path
    )
}

/// Fails if the data files have mistakes; prints these.
fn refuse_mistakes(files: &DataFiles) -> anyhow::Result<()> {
    if let Err(mistakes) = validate_files(files) {
        err_text(&mistakes.render(true));
        bail!("数据文件现在就有误，请先改好 / the data files have mistakes");
    }
    Ok(())
}

/// Whether the draft is to be published, and why changed tests of other intents are right: from the
/// arguments, else asked for.
async fn confirmed(
    work: &ReviewContext,
    id: i64,
    how: &PublishArgs,
    fate: DraftReadiness,
) -> anyhow::Result<(bool, Option<String>)> {
    let wanted = fate != DraftReadiness::NotPublishable
        && (how.yes || (!how.json && confirm_publication(work, id).await?));
    let reason = match fate {
        DraftReadiness::NeedsReason if how.reason.is_some() || (wanted && !how.yes) => {
            reason(how.reason.as_deref())?
        }
        _ => None,
    };
    Ok((wanted, reason))
}

/// Whether a draft can be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DraftReadiness {
    Publishable,
    /// Tests of other intents change, and no reason was given yet.
    NeedsReason,
    NotPublishable,
}

impl DraftReadiness {
    fn of(stored: &StoredChange, change: &ChangeSet, seen: &ChangePreview) -> Self {
        let is_unfinished =
            to_be_written(stored, change).is_some() || change.conflicting().is_some();
        match seen.fitness(stored.undoes.is_some()) {
            _ if is_unfinished => DraftReadiness::NotPublishable,
            ChangeFitness::Unfit => DraftReadiness::NotPublishable,
            ChangeFitness::Fit => DraftReadiness::Publishable,
            ChangeFitness::NeedsReason => DraftReadiness::NeedsReason,
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
pub(in crate::cli) fn explain_error(error: ChangeError) -> anyhow::Error {
    match error {
        ChangeError::ReadOnly => anyhow::anyhow!(
            "内置的知识不能改：先 wenlu init 文件夹，再用 --root 指给它 / the built-in knowledge cannot be changed: wenlu init"
        ),
        ChangeError::Stale => {
            anyhow::anyhow!(
                "这个修改已经发布、撤销、放弃或改过了；见 `wenlu review changes` / not in that state"
            )
        }
        ChangeError::Missing => {
            anyhow::anyhow!("没有这个修改；编号见 `wenlu review changes` / no such change")
        }
        ChangeError::Unresolved(path) => {
            anyhow::anyhow!(
                "{path} 里还有两个版本没有选，请在运营页面上选好 / two versions stand in it, choose one"
            )
        }
        other => other.into(),
    }
}

/// Asks for one line; `None` if stdin or stdout is no terminal, or at end of input.
pub(super) fn ask(prompt: &str) -> anyhow::Result<Option<String>> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Ok(None);
    }
    out_text(prompt)?;
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}

/// The base that drafts are compared with: the last good knowledge, else the files as they are.
pub(in crate::cli) async fn base_of(
    store: &Store,
    settings: &Settings,
    files: DataFiles,
) -> anyhow::Result<PreviewBase> {
    let engine = |settings: &Settings, files: DataFiles| {
        let knowledge = validate_files(&files).ok()?.knowledge;
        Some(ServedKnowledge {
            files: Arc::new(files),
            engine: Arc::new(crate::cli::context::build_engine(settings, knowledge)),
        })
    };
    // what an older version kept may not be valid for this one: then it is ignored
    let kept = store.knowledge().last_good().await?;
    let good = kept.and_then(|kept| engine(settings, DataFiles::of_texts(kept.files)));
    let settings = settings.clone();
    let build = move |knowledge| crate::cli::context::build_engine(&settings, knowledge);
    PreviewBase::of(store, good, files, build)
        .await
        .map_err(explain_error)
}

async fn preview_draft(
    work: &ReviewContext,
    base: &PreviewBase,
    change: &ChangeSet,
) -> anyhow::Result<ChangePreview> {
    let asked = texts_to_replay(&work.store, JournalWindow::default()).await?;
    crate::cli::context::prepare(&texts_of(&asked));
    let meter = ProgressMeter::new("检查");
    let threads = cores();
    let build =
        |knowledge: &Knowledge| crate::cli::context::build_router(&work.settings, knowledge);
    let tell = |_, done: usize, all: usize| meter.show(done as u64, all as u64);
    let seen = preview(base, change, &asked, build, threads, &tell);
    meter.clear();
    Ok(seen)
}

/// Asks whether to publish. `d` discards the draft.
async fn confirm_publication(work: &ReviewContext, id: i64) -> anyhow::Result<bool> {
    match ask("\n发布吗？[y 发布 / d 放弃 / 回车 先留着] ")?.as_deref() {
        Some("y" | "Y" | "yes" | "是") => Ok(true),
        Some("d" | "D") => {
            work.store.reviews().discard_draft(work.by(), id).await?;
            Ok(false)
        }
        _ => Ok(false),
    }
}
