//! Checking: what the loader cannot see, because it takes a router or a look across intents. In: loaded knowledge and the
//! texts of its files. Out: a [`Report`] of diagnostics. Knows knowledge, router and the desk's steering words; none of
//! them knows of it. Prints nothing.
//!
//! [`failing`] asks every `[[test]]`, [`fragile`] how nearly each passes; [`examples`] compares examples across intents, by [`neighbours`] over a [`corpus`];
//! [`keywords`] and [`sections`] look at what operators wrote beside them.

pub mod close;
mod corpus;
mod examples;
mod failing;
mod fragile;
mod keywords;
mod neighbours;
mod sections;

pub use failing::{passes, reason};
pub use fragile::FRAGILE;

use crate::knowledge::diagnostic::{self, Diagnostic, Place, Severity, Texts};
use crate::knowledge::files::{Loaded, Source, load};
use crate::knowledge::{Intent, Knowledge};
use crate::router::{Router, Routing};
use corpus::Corpus;
use std::ops::Range;

/// What was found, and in how much.
pub struct Report {
    pub diagnostics: Vec<Diagnostic>,
    /// What they quote.
    pub texts: Texts,
    /// `None` where the files cannot be used: nothing beyond the loader's mistakes was looked for.
    pub counted: Option<Counted>,
}

/// What was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    pub intents: usize,
    pub examples: usize,
    pub tests: usize,
    /// Intents that are to answer, and whose reply is still to be written.
    pub unwritten: usize,
}

/// What takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Loading,
    Building,
    Testing,
    Comparing,
    Learning,
}

/// Told how far it is: of which stage how much is done, of how much. Called from several threads.
pub type Progress<'a> = &'a (dyn Fn(Stage, usize, usize) + Sync);

/// Checks everything there is in `source`; `build` makes the router that would serve it.
pub fn check(source: &Source, build: impl Fn(&Knowledge) -> Router, progress: Progress) -> Report {
    progress(Stage::Loading, 0, 1);
    match load(source) {
        Err(error) => Report { diagnostics: error.diagnostics, texts: error.texts, counted: None },
        Ok(Loaded { knowledge, mut warnings, texts, .. }) => {
            progress(Stage::Building, 0, 1);
            let router = build(&knowledge);
            let why = |text: &str| Some(router.gate(text));
            warnings.extend(failing::tests(&knowledge, &texts, |text| router.route(text), why, progress));
            warnings.extend(fragile::tests(&knowledge, &texts, &router));
            // it is large, and so are those to come
            drop(router);
            warnings.extend(conflicts(&knowledge, &texts, progress));
            diagnostic::settle(&mut warnings, &texts);
            Report { diagnostics: warnings, texts, counted: Some(Counted::of(&knowledge)) }
        }
    }
}

/// The tests that fail where `route` answers.
pub fn failed_tests(knowledge: &Knowledge, route: impl Fn(&str) -> Routing, texts: &Texts) -> Vec<Diagnostic> {
    failing::tests(knowledge, texts, route, |_| None, &|_, _, _| {})
}

/// What is written in a way that gets in the way of something else.
pub fn conflicts(knowledge: &Knowledge, texts: &Texts, progress: Progress) -> Vec<Diagnostic> {
    conflicts_of(knowledge, texts, &|_, _| true, progress)
}

/// Whether what stands at that place of that file is of interest. Asked from several threads.
pub type Concern<'a> = &'a (dyn Fn(&str, &Range<usize>) -> bool + Sync);

/// As [`conflicts`], but only those that something of `concern` is part of: a changed line is checked in a fraction of the
/// time that all take.
pub fn conflicts_of(knowledge: &Knowledge, texts: &Texts, concern: Concern, progress: Progress) -> Vec<Diagnostic> {
    let corpus = Corpus::new(knowledge, texts);
    let mut out = Vec::new();
    examples::check(&corpus, concern, progress, &mut out);
    keywords::check(&corpus, &mut out);
    sections::check(&corpus, texts, &mut out);
    let of_concern = |place: &Place| concern(&place.file, &place.span);
    out.retain(|found| of_concern(&found.place) || found.others.iter().any(|(place, _)| of_concern(place)));
    out
}

impl Report {
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|d| d.severity() == severity).count()
    }
}

impl Counted {
    fn of(knowledge: &Knowledge) -> Self {
        let count = |of: fn(&Intent) -> usize| knowledge.intents.iter().map(of).sum();
        Self {
            intents: knowledge.intents.len(),
            examples: count(|i| i.examples.len()),
            tests: count(|i| i.tests.len()),
            unwritten: count(|i| usize::from(i.unwritten)),
        }
    }
}
