//! Cross-validation. In: knowledge. Out: a report on its own examples, each routed by a router that
//! was not trained on it. Must not know: printing.

use super::judged::{JudgedMessage, LabelIndex};
use super::labelled::LabelledMessage;
use super::report::EvalReport;
use crate::knowledge::NONE_LABEL;
use crate::knowledge::{Intent, IntentKind, Knowledge};
use crate::router::Router;

/// Progress of a cross-validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoldProgress {
    /// The current fold, from 1.
    pub fold: usize,
    /// Number of folds in all.
    pub folds: usize,
    /// Rows routed so far, in all folds.
    pub done: usize,
    /// Number of messages that the folds judge in all.
    pub rows: usize,
}

/// An example, and the fold that withholds it.
struct HeldOutRow {
    row: LabelledMessage,
    fold: usize,
}

/// Examples of intents and menus are rows in scope; those of gaps and of out of scope are rows out
/// of scope. Each of `folds` routers is built without its share of each intent's examples and
/// routes those; all use the same `threshold`. `build` makes a router of a part of the knowledge.
/// The same knowledge gives the same report.
pub fn cross_validate(
    knowledge: &Knowledge,
    folds: usize,
    threshold: f64,
    build: impl Fn(&Knowledge) -> Router,
    mut progress: impl FnMut(FoldProgress),
) -> EvalReport {
    let labels = LabelIndex::of(knowledge);
    let held = held(knowledge, folds);
    let mut judged: Vec<JudgedMessage> = Vec::with_capacity(held.len());
    for fold in 0..folds {
        let told = |done| FoldProgress {
            fold: fold + 1,
            folds,
            done,
            rows: held.len(),
        };
        progress(told(judged.len()));
        let mut router = build(&without_fold(knowledge, folds, fold));
        router.set_threshold(threshold);
        for HeldOutRow { row, .. } in held.iter().filter(|held| held.fold == fold) {
            progress(told(judged.len()));
            judged.push(JudgedMessage::new(&labels, &router, row));
        }
    }
    EvalReport::new(&judged, threshold)
}

/// The fold of an intent's `number`th example. Starting at another fold for each intent keeps the
/// folds equal in size where intents have few examples.
fn fold_of(intent: usize, number: usize, folds: usize) -> usize {
    (intent + number) % folds
}

/// A message that a fold withholds, with the intent that it is an example of; `None`: out of scope.
pub(super) struct WithheldText {
    pub intent: Option<String>,
    pub text: String,
}

/// Every example with the fold that withholds it, and its intent; `None`: out of scope.
fn examples_by_fold(
    knowledge: &Knowledge,
    folds: usize,
) -> impl Iterator<Item = (usize, Option<&Intent>, &String)> {
    let intents = knowledge.intents.iter();
    let lists = intents.map(|intent| (Some(intent), &intent.examples));
    let lists = lists.chain([(None, &knowledge.out_of_scope)]);
    lists.enumerate().flat_map(move |(at, (intent, texts))| {
        let numbered = texts.iter().enumerate();
        numbered.map(move |(number, text)| (fold_of(at, number, folds), intent, text))
    })
}

/// What the fold withholds.
pub(super) fn withheld_texts(
    knowledge: &Knowledge,
    folds: usize,
    fold: usize,
) -> Vec<WithheldText> {
    examples_by_fold(knowledge, folds)
        .filter(|(of, ..)| *of == fold)
        .map(|(_, intent, text)| WithheldText {
            intent: intent.map(|intent| intent.id.clone()),
            text: text.clone(),
        })
        .collect()
}

fn held(knowledge: &Knowledge, folds: usize) -> Vec<HeldOutRow> {
    let row = |(fold, intent, text): (usize, Option<&Intent>, &String)| {
        let in_scope = intent.filter(|intent| intent.kind != IntentKind::Gap);
        let label = in_scope.map_or(NONE_LABEL, |intent| &intent.id);
        HeldOutRow {
            row: LabelledMessage {
                text: text.clone(),
                labels: vec![label.to_owned()],
            },
            fold,
        }
    };
    examples_by_fold(knowledge, folds).map(row).collect()
}

/// The knowledge without what the fold withholds.
pub(super) fn without_fold(knowledge: &Knowledge, folds: usize, fold: usize) -> Knowledge {
    // A saved calibration is kept: it is the one that serves, and its dozen numbers come from
    // models that were not trained on the messages.
    let mut rest = knowledge.clone();
    let thin = |at: usize, texts: &mut Vec<String>| {
        let mut number = 0;
        texts.retain(|_| {
            number += 1;
            fold_of(at, number - 1, folds) != fold
        });
    };
    for (at, intent) in rest.intents.iter_mut().enumerate() {
        thin(at, &mut intent.examples);
    }
    thin(knowledge.intents.len(), &mut rest.out_of_scope);
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::Intent;

    #[test]
    fn every_example_is_withheld_once_and_by_the_fold_that_routes_it() {
        let texts = |name: &str, n: usize| (0..n).map(|i| format!("{name}{i}")).collect::<Vec<_>>();
        let intent = |id: &str, n, kind| Intent {
            id: id.into(),
            examples: texts(id, n),
            kind,
            ..Intent::default()
        };
        let knowledge = Knowledge {
            intents: vec![
                intent("a", 7, IntentKind::Answer),
                intent("b", 1, IntentKind::Menu),
                intent("c", 3, IntentKind::Gap),
            ],
            out_of_scope: texts("o", 4),
            ..Knowledge::default()
        };
        let all = held(&knowledge, 3);
        assert_eq!(all.len(), 15);
        assert_eq!(
            all.iter().filter(|h| h.row.labels == [NONE_LABEL]).count(),
            7
        );
        for fold in 0..3 {
            let rest = without_fold(&knowledge, 3, fold);
            let kept: Vec<&String> = rest
                .intents
                .iter()
                .flat_map(|i| &i.examples)
                .chain(&rest.out_of_scope)
                .collect();
            for held in &all {
                assert_eq!(
                    kept.contains(&&held.row.text),
                    held.fold != fold,
                    "{}",
                    held.row.text
                );
            }
        }
    }
}
