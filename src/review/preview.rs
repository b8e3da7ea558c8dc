//! Previews a change. In: the current files and what serves, the change, and questions that were
//! asked. Out: what the change is to blame for ([`EditVerdict`]), new warnings, and which questions
//! would be answered differently; from these, whether it may go live. Must not know: the disk, SQL.

use super::base::{PreviewBase, ServedKnowledge};
use super::change::ChangeSet;
use super::replay::{ReplayReport, ReplayText, ReplayVersion, replay};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::ops::Range;
use wenlu_core::check::edit::{EditSide, EditVerdict, judge_edit, touched_intents};
use wenlu_core::check::{FailedTest, conflicts_of, stale_calibration};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::knowledge::diagnostic::{self, Diagnostic, FileTexts};
use wenlu_core::knowledge::files::{DataFiles, validate_files};
use wenlu_core::router::Router;

/// The result of a preview.
#[derive(Debug)]
pub struct ChangePreview {
    /// Mistakes, failing tests and the texts that they quote. With mistakes, nothing else is
    /// checked.
    pub verdict: EditVerdict,
    /// What refuses the files even without the change: mistakes, and failing tests of intents that
    /// the change does not touch.
    pub mistakes_before: Vec<Diagnostic>,
    /// Warnings and notes that involve a changed line.
    pub warnings: Vec<Diagnostic>,
    /// How the questions would be answered; `None` if there are mistakes, or nothing serves to
    /// compare with.
    pub replay: Option<ReplayReport>,
}

/// Whether a change may go live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeFitness {
    Fit,
    /// Tests of other intents would fail: publishing needs a reason.
    NeedsReason,
    /// The files have mistakes, or tests of the intents that the change touches fail.
    Unfit,
}

/// The steps of a preview that take time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreviewStage {
    Building,
    Testing,
    Comparing,
    Replaying,
}

/// Called with the stage, the work done and its total; from several threads.
pub type OnPreviewProgress<'a> = &'a (dyn Fn(PreviewStage, usize, usize) + Sync);

impl ChangePreview {
    /// `is_undo`: the change undoes another one. Failing tests and mistakes that exist without it
    /// do not block an undo.
    pub fn fitness(&self, is_undo: bool) -> ChangeFitness {
        let EditVerdict {
            mistakes,
            own_failures,
            flipped_elsewhere,
            ..
        } = &self.verdict;
        let is_refused = match is_undo {
            true => !mistakes.is_empty(),
            false => {
                !mistakes.is_empty() || !self.mistakes_before.is_empty() || !own_failures.is_empty()
            }
        };
        match (is_refused, is_undo || flipped_elsewhere.is_empty()) {
            (true, _) => ChangeFitness::Unfit,
            (false, true) => ChangeFitness::Fit,
            (false, false) => ChangeFitness::NeedsReason,
        }
    }

    /// The preview of a change that leaves the files with mistakes.
    fn unusable(verdict: EditVerdict, files: &DataFiles) -> Self {
        let before = validate_files(files)
            .err()
            .map_or_else(Vec::new, |error| error.diagnostics);
        let is_same = |a: &Diagnostic, b: &Diagnostic| {
            (a.code, &a.place.file, &a.message) == (b.code, &b.place.file, &b.message)
        };
        let was_there = |mistake: &Diagnostic| before.iter().any(|other| is_same(mistake, other));
        let (mistakes_before, mistakes) = verdict.mistakes.into_iter().partition(was_there);
        let verdict = EditVerdict {
            mistakes,
            ..verdict
        };
        ChangePreview {
            verdict,
            mistakes_before,
            warnings: Vec::new(),
            replay: None,
        }
    }
}

/// Previews `change` on the files of `base`. `build` makes the router that would serve it.
pub fn preview(
    base: &PreviewBase,
    change: &ChangeSet,
    asked: &[ReplayText],
    build: impl Fn(&Knowledge) -> Router,
    threads: NonZeroUsize,
    progress: OnPreviewProgress,
) -> ChangePreview {
    let (files, good) = (&base.files, base.good.as_ref());
    let draft = change.applied_to(files);
    let loaded = match validate_files(&draft) {
        Ok(loaded) => loaded,
        Err(error) => return ChangePreview::unusable(EditVerdict::unusable(error), files),
    };
    progress(PreviewStage::Building, 0, 1);
    let knowledge = loaded.knowledge;
    let router = build(&knowledge);
    progress(PreviewStage::Testing, 0, 1);
    let edited = EditSide {
        files: &draft,
        knowledge: &knowledge,
        router: &router,
    };
    let tell = |_, done, all| progress(PreviewStage::Testing, done, all);
    let mut verdict = judge_edit(good.map(ServedKnowledge::side), edited, loaded.texts, &tell);
    let touched = touched_intents(files, &draft);
    let mistakes_before = refused_before(&mut verdict, &base.refused, &touched);
    let texts = &verdict.texts;
    let warnings = new_warnings(loaded.warnings, change, &knowledge, texts, progress);
    let version = ReplayVersion {
        knowledge: &knowledge,
        router: &router,
    };
    let replay = good.map(|good| replay_against(good, asked, version, threads, progress));
    ChangePreview {
        verdict,
        mistakes_before,
        warnings,
        replay,
    }
}

/// Those of `warnings` that are about a changed line, the conflicts that involve one, and a stale
/// calibration.
fn new_warnings(
    mut warnings: Vec<Diagnostic>,
    change: &ChangeSet,
    knowledge: &Knowledge,
    texts: &FileTexts,
    progress: OnPreviewProgress,
) -> Vec<Diagnostic> {
    let changed = ChangedLines::new(change);
    let concern = |file: &str, span: &Range<usize>| changed.is_new(file, span, texts);
    warnings.retain(|warning| concern(&warning.place.file, &warning.place.span));
    let tell = |_, done, all| progress(PreviewStage::Comparing, done, all);
    warnings.extend(conflicts_of(knowledge, texts, &concern, &tell));
    warnings.extend(stale_calibration(knowledge));
    diagnostic::locate_and_sort(&mut warnings, texts);
    warnings
}

/// How `draft` would answer the questions, compared with what serves.
fn replay_against(
    good: &ServedKnowledge,
    asked: &[ReplayText],
    draft: ReplayVersion,
    threads: NonZeroUsize,
    progress: OnPreviewProgress,
) -> ReplayReport {
    let live = ReplayVersion {
        knowledge: &good.engine.knowledge,
        router: &*good.engine.router,
    };
    let tell = |done| progress(PreviewStage::Replaying, done, asked.len());
    replay(asked, live, draft, threads, &tell)
}

/// Removes from the draft's own failures those that already refuse the files without it: failing
/// tests of intents that it does not touch. Returns their diagnostics.
fn refused_before(
    verdict: &mut EditVerdict,
    refused: &[FailedTest],
    touched: &BTreeSet<String>,
) -> Vec<Diagnostic> {
    let was_there = |failed: &FailedTest| {
        !touched.contains(&failed.intent)
            && refused.iter().any(|before| before.is_same_test(failed))
    };
    let (before, own): (Vec<_>, Vec<_>) = std::mem::take(&mut verdict.own_failures)
        .into_iter()
        .partition(was_there);
    verdict.own_failures = own;
    before.into_iter().map(|failed| failed.diagnostic).collect()
}

/// The lines of each file before the change; `None` for a new file.
struct ChangedLines<'a>(BTreeMap<&'a str, Option<BTreeSet<&'a str>>>);

impl<'a> ChangedLines<'a> {
    fn new(change: &'a ChangeSet) -> Self {
        let lines = |text: &'a str| text.lines().map(str::trim).collect();
        Self(
            change
                .files
                .iter()
                .map(|file| (file.path.as_str(), file.before.as_deref().map(lines)))
                .collect(),
        )
    }

    /// Whether the change wrote the line at `span`.
    fn is_new(&self, file: &str, span: &Range<usize>, texts: &FileTexts) -> bool {
        let (Some(before), Some(text)) = (self.0.get(file), texts.get(file)) else {
            return false;
        };
        let Some(before) = before else { return true };
        let at = text.floor_char_boundary(span.start);
        let (head, tail) = text.split_at(at);
        let start = head.rfind('\n').map_or(0, |line| line + 1);
        let end = tail.find('\n').map_or(text.len(), |line| at + line);
        text.get(start..end)
            .is_some_and(|line| !before.contains(line.trim()))
    }
}
