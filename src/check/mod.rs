//! Checking: what the loader cannot see, because it takes a router or a look across intents. In: loaded knowledge and the
//! texts of its files. Out: a [`Report`] of diagnostics. Knows knowledge, router and the desk's steering words; none of
//! them knows of it. Prints nothing.
//!
//! [`failing`] asks every `[[test]]`; [`examples`] compares examples across intents, by [`neighbours`] over a [`corpus`];
//! [`keywords`] and [`sections`] look at what operators wrote beside them.

mod corpus;
mod examples;
mod failing;
mod keywords;
mod neighbours;
mod sections;

pub use failing::reason;

use crate::knowledge::diagnostic::{self, Diagnostic, Severity, Texts};
use crate::knowledge::files::{Loaded, Source, load};
use crate::knowledge::{Intent, Knowledge};
use crate::router::{Router, Routing};
use corpus::Corpus;

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
    let corpus = Corpus::new(knowledge, texts);
    let mut out = Vec::new();
    examples::check(&corpus, progress, &mut out);
    keywords::check(&corpus, &mut out);
    sections::check(&corpus, texts, &mut out);
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
        }
    }
}
