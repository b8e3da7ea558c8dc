//! What a change would do, before anybody makes it. In: the files as they are and what serves, the change, and questions that
//! were asked. Out: what the change answers for ([`EditVerdict`]), what gets in the way of what, and what would be
//! answered differently; and by all that whether it may go live. Must not know: the disk, SQL.

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

/// What is known of a change.
#[derive(Debug)]
pub struct Preview {
    /// Mistakes, failing tests and what they quote. Where there are mistakes, nothing else was looked for.
    pub verdict: EditVerdict,
    /// What refuses the files without the change, too: mistakes, and failing tests of intents that the change leaves alone.
    pub mistakes_before: Vec<Diagnostic>,
    /// Warnings and notes in which a changed line takes part.
    pub warnings: Vec<Diagnostic>,
    /// What becomes of the questions; `None` where there are mistakes, or nothing serves to compare with.
    pub replay: Option<Report>,
}

/// Whether a change may go live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fitness {
    Fit,
    /// It turns tests of other intents: somebody has to say why that is right.
    NeedsReason,
    /// It has mistakes, or tests of the intents that it touches fail.
    Unfit,
}

/// What takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Building,
    Testing,
    Comparing,
    Replaying,
}

/// Told of which stage how much is done, of how much. Called from several threads.
pub type Progress<'a> = &'a (dyn Fn(Stage, usize, usize) + Sync);

impl Preview {
    /// `is_undo`: the change takes another one back, which failing tests never keep anybody from, nor mistakes that are
    /// there without it.
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

    /// The change keeps the files from being used.
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

/// Tries `change` on the files of `base`. `build` makes the router that would serve it.
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

/// Takes from the own failures of a draft those that refuse the files without it, too: of intents that it does not touch.
fn refused_before(verdict: &mut EditVerdict, refused: &[FailedTest], touched: &BTreeSet<String>) -> Vec<Diagnostic> {
    let was_there = |failed: &FailedTest| {
        !touched.contains(&failed.intent) && refused.iter().any(|before| before.is_same_test(failed))
    };
    let (before, own): (Vec<_>, Vec<_>) = std::mem::take(&mut verdict.own_failures).into_iter().partition(was_there);
    verdict.own_failures = own;
    before.into_iter().map(|failed| failed.diagnostic).collect()
}

/// The lines that were there before, by file; `None` for a file that is new.
struct Changed<'a>(BTreeMap<&'a str, Option<BTreeSet<&'a str>>>);

impl<'a> Changed<'a> {
    fn new(change: &'a Change) -> Self {
        let lines = |text: &'a str| text.lines().map(str::trim).collect();
        Self(change.files.iter().map(|file| (file.path.as_str(), file.before.as_deref().map(lines))).collect())
    }

    /// Whether the line at `span` is one that the change wrote.
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
