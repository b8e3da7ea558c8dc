//! Evaluation. In: a router and labelled messages, or knowledge alone. Out: an [`EvalReport`], and
//! the threshold that it suggests. Must not know: files, printing.
//!
//! [`labelled`] messages are judged against their labels ([`judged`]) and counted ([`measures`])
//! into a [`report`]; [`folds`] makes messages of the knowledge's own examples; [`advice`] finds a
//! threshold; [`page`] shows everything.

pub mod advice;
mod charts;
mod folds;
mod judged;
mod measures;
pub mod page;
mod report;
mod rows;

pub use folds::{Progress, cross_validate};
pub use measures::auroc;
pub use report::{Bin, Confusion, CurvePoint, IntentReport, Outcomes, Report, WrongAnswer};
pub use rows::{BadRow, Labelled, NONE, read_tsv};

use crate::knowledge::Knowledge;
use crate::router::Router;
use judged::{Judged, Labels};

/// Routes every message and counts the outcomes. A menu's id is a label like any other, and right
/// if the menu opens. A message with a gap's label is out of scope: no reply is right.
pub fn evaluate(knowledge: &Knowledge, router: &Router, rows: &[Labelled], mut progress: impl FnMut(usize)) -> Report {
    let labels = Labels::of(knowledge);
    let judge = |(at, row)| {
        progress(at);
        Judged::new(&labels, router, row)
    };
    let judged: Vec<Judged> = rows.iter().enumerate().map(judge).collect();
    Report::new(&judged, router.threshold())
}
