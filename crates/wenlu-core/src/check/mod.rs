//! Checks that loading cannot make, since they need a router or compare intents. In: loaded
//! knowledge and the texts of its files. Out: a [`CheckReport`] of diagnostics. Uses knowledge,
//! router and the dialogue's commands; none of them uses this module. Prints nothing.
//!
//! `failing` routes every `[[test]]`, `fragile` says how narrowly each passes, and [`edit`]
//! which failures an edit causes; `examples` compares examples across intents, by `neighbours`
//! over a `corpus`; `calibrated` checks the saved calibration; `keywords` and `sections`
//! check what operators wrote besides examples.

mod calibrated;
pub mod close;
mod corpus;
pub mod edit;
mod examples;
mod failing;
mod fragile;
mod keywords;
mod neighbours;
mod progress;
mod sections;

pub use calibrated::stale_calibration;
pub use failing::{FailedTest, TestAnswer, passes};
pub use progress::CheckStage;

use crate::dialogue::TextRouter;
use crate::knowledge::diagnostic::{self, Code, Diagnostic, FileTexts, Severity, SourceLocation};
use crate::knowledge::files::{DataFiles, FileRole, LoadedKnowledge, validate_files};
use crate::knowledge::{Intent, Knowledge};
use crate::router::Router;
use corpus::ExampleCorpus;
pub(crate) use progress::{CheckProgress, ConcernFilter};
use serde::Serialize;
use std::collections::BTreeSet;

/// What was found, and in how much.
pub struct CheckReport {
    /// Sorted by severity, and within it those that concern changed files first.
    pub findings: Vec<Finding>,
    /// The texts that they quote.
    pub texts: FileTexts,
    /// `None` if the files cannot be loaded: then only the loader's mistakes are reported.
    pub counted: Option<CheckedCounts>,
}

/// A diagnostic, and whom it concerns.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What was found.
    pub diagnostic: Diagnostic,
    /// `None` if there are no files to compare with.
    pub group: Option<FindingGroup>,
}

/// Whom a finding concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingGroup {
    /// Whoever changed files since the last good knowledge: it is in one of these files, or is a
    /// test of an intent that they belong to.
    Yours,
    /// Whoever edited other files.
    Others,
}

/// How much was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckedCounts {
    /// Intents, menus and gaps among them.
    pub intents: usize,
    /// Examples of all intents.
    pub examples: usize,
    /// `[[test]]` entries of all intents.
    pub tests: usize,
    /// Intents that are meant to answer and whose reply is not written.
    pub unwritten: usize,
    /// Messages that no intent should answer.
    pub out_of_scope: usize,
}

/// Checks all files that `read` returns. `base`: the last good files; `build`: makes the router as
/// it would serve.
pub fn check(
    read: impl FnOnce() -> DataFiles,
    base: Option<&DataFiles>,
    build: impl Fn(&Knowledge) -> Router,
    progress: CheckProgress,
) -> CheckReport {
    progress(CheckStage::Loading, 0, 1);
    let files = read();
    let changed = base.map(|base| ChangedSince::new(base, &files));
    match validate_files(&files) {
        Err(error) => CheckReport::new(error.diagnostics, changed.as_ref(), error.texts, None),
        Ok(LoadedKnowledge {
            knowledge,
            mut warnings,
            texts,
            ..
        }) => {
            progress(CheckStage::Building, 0, 1);
            let router = build(&knowledge);
            let failed = failing::failing_tests(&knowledge, &texts, &router, progress);
            warnings.extend(failed.into_iter().map(|failed| failed.diagnostic));
            warnings.extend(fragile::fragile_tests(&knowledge, &texts, &router));
            // frees memory: the router is large, and further ones are trained below
            drop(router);
            warnings.extend(conflicts(&knowledge, &texts, progress));
            warnings.extend(stale_calibration(&knowledge));
            diagnostic::locate_and_sort(&mut warnings, &texts);
            CheckReport::new(
                warnings,
                changed.as_ref(),
                texts,
                Some(CheckedCounts::of(&knowledge)),
            )
        }
    }
}

/// What differs from the last good knowledge.
struct ChangedSince<'a> {
    paths: BTreeSet<&'a str>,
    intents: BTreeSet<String>,
}

impl<'a> ChangedSince<'a> {
    fn new(base: &'a DataFiles, files: &'a DataFiles) -> Self {
        Self {
            paths: base.differing(files),
            intents: edit::touched_intents(base, files),
        }
    }

    fn group(&self, diagnostic: &Diagnostic) -> FindingGroup {
        let is_changed = |place: &SourceLocation| self.paths.contains(place.file.as_str());
        let is_yours = match (diagnostic.code, FileRole::of(&diagnostic.place.file)) {
            (Code::FailedTest, FileRole::Intent(id)) => self.intents.contains(&id),
            _ => {
                is_changed(&diagnostic.place)
                    || diagnostic.others.iter().any(|(place, _)| is_changed(place))
            }
        };
        if is_yours {
            FindingGroup::Yours
        } else {
            FindingGroup::Others
        }
    }
}

/// The tests that fail if `router` routes their messages.
pub fn failed_tests(
    knowledge: &Knowledge,
    router: &dyn TextRouter,
    texts: &FileTexts,
) -> Vec<Diagnostic> {
    let failed = failing::failing_tests(knowledge, texts, router, &|_, _, _| {});
    failed.into_iter().map(|failed| failed.diagnostic).collect()
}

/// Examples, keywords and follow-ups that conflict with others.
pub fn conflicts(
    knowledge: &Knowledge,
    texts: &FileTexts,
    progress: CheckProgress,
) -> Vec<Diagnostic> {
    conflicts_of(knowledge, texts, &|_, _| true, progress)
}

/// As [`conflicts`], but only conflicts that involve something `concern` selects: checking one
/// changed line takes a fraction of the time.
pub fn conflicts_of(
    knowledge: &Knowledge,
    texts: &FileTexts,
    concern: ConcernFilter,
    progress: CheckProgress,
) -> Vec<Diagnostic> {
    let corpus = ExampleCorpus::new(knowledge, texts);
    let mut out = Vec::new();
    examples::check(&corpus, concern, progress, &mut out);
    keywords::check(&corpus, &mut out);
    sections::check(&corpus, texts, &mut out);
    let of_concern = |place: &SourceLocation| concern(&place.file, &place.span);
    out.retain(|found| {
        of_concern(&found.place) || found.others.iter().any(|(place, _)| of_concern(place))
    });
    out
}

impl CheckReport {
    /// Sorts the diagnostics, which come in the order of the files.
    fn new(
        found: Vec<Diagnostic>,
        changed: Option<&ChangedSince>,
        texts: FileTexts,
        counted: Option<CheckedCounts>,
    ) -> Self {
        let finding = |diagnostic: Diagnostic| {
            let group = changed.map(|changed| changed.group(&diagnostic));
            Finding { diagnostic, group }
        };
        let mut findings: Vec<Finding> = found.into_iter().map(finding).collect();
        findings.sort_by_key(|finding| (finding.diagnostic.severity(), finding.group));
        CheckReport {
            findings,
            texts,
            counted,
        }
    }

    /// The diagnostics of one severity and group; `None`: of both groups.
    pub fn of(&self, severity: Severity, group: Option<FindingGroup>) -> Vec<&Diagnostic> {
        let is_it = |finding: &&Finding| {
            finding.diagnostic.severity() == severity && (group.is_none() || finding.group == group)
        };
        self.findings
            .iter()
            .filter(is_it)
            .map(|finding| &finding.diagnostic)
            .collect()
    }

    /// The number of diagnostics of one severity, in both groups.
    pub fn count(&self, severity: Severity) -> usize {
        self.of(severity, None).len()
    }

    /// Whether the files were compared with others.
    pub fn is_grouped(&self) -> bool {
        self.findings.iter().any(|finding| finding.group.is_some())
    }
}

impl Finding {
    /// The diagnostic's JSON with the group.
    pub fn to_json(&self) -> serde_json::Value {
        let mut object = self.diagnostic.to_json();
        object["group"] = serde_json::json!(self.group);
        object
    }
}

impl CheckedCounts {
    fn of(knowledge: &Knowledge) -> Self {
        let count = |of: fn(&Intent) -> usize| knowledge.intents.iter().map(of).sum();
        Self {
            intents: knowledge.intents.len(),
            examples: count(|i| i.examples.len()),
            tests: count(|i| i.tests.len()),
            unwritten: count(|i| usize::from(i.unwritten)),
            out_of_scope: knowledge.out_of_scope.len(),
        }
    }
}
