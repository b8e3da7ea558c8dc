//! Previews a change. In: the current files and what serves, the change, and questions that were
//! asked. Out: what the change is to blame for ([`EditVerdict`]), new warnings, and which questions
//! would be answered differently; from these, whether it may go live. Must not know: the disk, SQL.

use super::base::{LastGood, PreviewBase};
use super::change::Change;
use super::replay::{Asked, Report, Version, replay};
use crate::check::edit::{EditSide, EditVerdict, judge_edit, touched_intents};
use crate::check::{FailedTest, calibration_off, conflicts_of};
use crate::knowledge::Knowledge;
use crate::knowledge::diagnostic::{self, Diagnostic, Texts};
use crate::knowledge::files::{Files, validate_files};
use crate::router::Router;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::ops::Range;

/// The result of a preview.
#[derive(Debug)]
pub struct Preview {
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
    pub replay: Option<Report>,
}

/// Whether a change may go live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fitness {
    Fit,
    /// Tests of other intents would fail: publishing needs a reason.
    NeedsReason,
    /// The files have mistakes, or tests of the intents that the change touches fail.
    Unfit,
}

/// The steps of a preview that take time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Building,
    Testing,
    Comparing,
    Replaying,
}

/// Called with the stage, the work done and its total; from several threads.
pub type Progress<'a> = &'a (dyn Fn(Stage, usize, usize) + Sync);

impl Preview {
    /// `is_undo`: the change undoes another one. Failing tests and mistakes that exist without it
    /// do not block an undo.
    pub fn fitness(&self, is_undo: bool) -> Fitness {
        let EditVerdict { mistakes, own_failures, flipped_elsewhere, .. } = &self.verdict;
        let is_refused = match is_undo {
            true => !mistakes.is_empty(),
            false => !mistakes.is_empty() || !self.mistakes_before.is_empty() || !own_failures.is_empty(),
        };
        match (is_refused, is_undo || flipped_elsewhere.is_empty()) {
            (true, _) => Fitness::Unfit,
            (false, true) => Fitness::Fit,
            (false, false) => Fitness::NeedsReason,
        }
    }

    /// The preview of a change that leaves the files with mistakes.
    fn unusable(verdict: EditVerdict, files: &Files) -> Self {
        let before = validate_files(files).err().map_or_else(Vec::new, |error| error.diagnostics);
        let is_same =
            |a: &Diagnostic, b: &Diagnostic| (a.code, &a.place.file, &a.message) == (b.code, &b.place.file, &b.message);
        let was_there = |mistake: &Diagnostic| before.iter().any(|other| is_same(mistake, other));
        let (mistakes_before, mistakes) = verdict.mistakes.into_iter().partition(was_there);
        let verdict = EditVerdict { mistakes, ..verdict };
        Preview { verdict, mistakes_before, warnings: Vec::new(), replay: None }
    }
}

/// Previews `change` on the files of `base`. `build` makes the router that would serve it.
pub fn preview(
    base: &PreviewBase,
    change: &Change,
    asked: &[Asked],
    build: impl Fn(&Knowledge) -> Router,
    threads: NonZeroUsize,
    progress: Progress,
) -> Preview {
    let PreviewBase { files, good, refused } = base;
    let draft = files.with(change.files.iter().map(|file| (file.path.as_str(), file.after.as_deref())));
    let loaded = match validate_files(&draft) {
        Ok(loaded) => loaded,
        Err(error) => return Preview::unusable(EditVerdict::unusable(error), files),
    };
    progress(Stage::Building, 0, 1);
    let (knowledge, texts) = (loaded.knowledge, loaded.texts);
    let router = build(&knowledge);
    progress(Stage::Testing, 0, 1);
    let edited = EditSide { files: &draft, knowledge: &knowledge, router: &router };
    let tell = |_, done, all| progress(Stage::Testing, done, all);
    let mut verdict = judge_edit(good.as_ref().map(LastGood::side), edited, texts, &tell);
    let mistakes_before = refused_before(&mut verdict, refused, &touched_intents(files, &draft));
    let (changed, texts) = (Changed::new(change), &verdict.texts);
    let concern = |file: &str, span: &Range<usize>| changed.is_new(file, span, texts);
    let mut warnings: Vec<Diagnostic> = loaded.warnings;
    warnings.retain(|warning| concern(&warning.place.file, &warning.place.span));
    warnings.extend(conflicts_of(&knowledge, texts, &concern, &|_, done, all| progress(Stage::Comparing, done, all)));
    warnings.extend(calibration_off(&knowledge));
    diagnostic::settle(&mut warnings, texts);
    let version = Version { knowledge: &knowledge, router: &router };
    let tell = |done| progress(Stage::Replaying, done, asked.len());
    let live = good.as_ref().map(|good| Version { knowledge: &good.brain.knowledge, router: &*good.brain.router });
    let replay = live.map(|live| replay(asked, live, version, threads, &tell));
    Preview { verdict, mistakes_before, warnings, replay }
}

/// Removes from the draft's own failures those that already refuse the files without it: failing
/// tests of intents that it does not touch. Returns their diagnostics.
fn refused_before(verdict: &mut EditVerdict, refused: &[FailedTest], touched: &BTreeSet<String>) -> Vec<Diagnostic> {
    let was_there = |failed: &FailedTest| {
        !touched.contains(&failed.intent) && refused.iter().any(|before| before.is_same_test(failed))
    };
    let (before, own): (Vec<_>, Vec<_>) = std::mem::take(&mut verdict.own_failures).into_iter().partition(was_there);
    verdict.own_failures = own;
    before.into_iter().map(|failed| failed.diagnostic).collect()
}

/// The lines of each file before the change; `None` for a new file.
struct Changed<'a>(BTreeMap<&'a str, Option<BTreeSet<&'a str>>>);

impl<'a> Changed<'a> {
    fn new(change: &'a Change) -> Self {
        let lines = |text: &'a str| text.lines().map(str::trim).collect();
        Self(change.files.iter().map(|file| (file.path.as_str(), file.before.as_deref().map(lines))).collect())
    }

    /// Whether the change wrote the line at `span`.
    fn is_new(&self, file: &str, span: &Range<usize>, texts: &Texts) -> bool {
        let (Some(before), Some(text)) = (self.0.get(file), texts.get(file)) else { return false };
        let Some(before) = before else { return true };
        let at = text.floor_char_boundary(span.start);
        let (head, tail) = text.split_at(at);
        let start = head.rfind('\n').map_or(0, |line| line + 1);
        let end = tail.find('\n').map_or(text.len(), |line| at + line);
        text.get(start..end).is_some_and(|line| !before.contains(line.trim()))
    }
}
