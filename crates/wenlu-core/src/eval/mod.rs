//! Evaluation. In: a router and labelled messages, or knowledge alone. Out: an [`EvalReport`], and
//! the threshold that it suggests. Must not know: files, printing.
//!
//! `labelled` messages are judged against their labels (`judged`) and counted (`measures`) into a
//! `report`; `folds` makes messages of the knowledge's own examples; `gain` says what one more
//! would be worth; [`advice`] finds a threshold; [`page`] shows everything.

pub mod advice;
mod charts;
pub mod dialogues;
mod folds;
mod gain;
mod html;
mod judged;
mod labelled;
mod measures;
pub mod page;
mod report;
mod types;

pub use crate::knowledge::NONE_LABEL;
pub use folds::{FoldProgress, cross_validate};
pub use gain::{GainBench, WordingGain};
pub use labelled::{LabelledMessage, TsvRowError, read_tsv};
pub use report::EvalReport;
pub use types::{ConfidenceBin, Confusion, CurvePoint, IntentReport, OutcomeCounts, WrongAnswer};

use crate::knowledge::Knowledge;
use crate::router::Router;
use judged::{JudgedMessage, LabelIndex};

/// Routes every message and counts the outcomes. A menu's id is a label like any other, and right
/// if the menu opens. A message with a gap's label is out of scope: no reply is right.
///
/// `progress` is called with the index of each message before it is routed.
///
/// ```
/// # use wenlu_core::eval::{evaluate, read_tsv};
/// # use wenlu_core::knowledge::{Intent, Knowledge};
/// # use wenlu_core::router::Router;
/// # let intent = |id: &str, examples: [&str; 3]| Intent {
/// #     id: id.to_owned(),
/// #     examples: examples.map(str::to_owned).to_vec(),
/// #     ..Intent::default()
/// # };
/// # let knowledge = Knowledge {
/// #     intents: vec![
/// #         intent("opening-hours", ["几点开门", "周末营业吗", "什么时候关门"]),
/// #         intent("refund", ["怎么退款", "我要退钱", "钱能退回来吗"]),
/// #     ],
/// #     ..Knowledge::default()
/// # };
/// let rows = read_tsv("utterance\tintent\n周末营业吗\topening-hours\n我要退钱\trefund\n")?;
/// let report = evaluate(&knowledge, &Router::build(&knowledge), &rows, |_| ());
/// assert_eq!((report.messages, report.accuracy), (2, Some(1.0)));
/// # Ok::<(), wenlu_core::eval::TsvRowError>(())
/// ```
pub fn evaluate(
    knowledge: &Knowledge,
    router: &Router,
    rows: &[LabelledMessage],
    mut progress: impl FnMut(usize),
) -> EvalReport {
    let labels = LabelIndex::of(knowledge);
    let judge = |(at, row)| {
        progress(at);
        JudgedMessage::new(&labels, router, row)
    };
    let judged: Vec<JudgedMessage> = rows.iter().enumerate().map(judge).collect();
    EvalReport::new(&judged, router.threshold())
}
