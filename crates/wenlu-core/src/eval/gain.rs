//! What one more example would be worth. In: knowledge with its router, an intent, a wording. Out:
//! how much surer messages of the intent get that the model was not trained on, and which messages
//! of others would come to it. Must not know: where the wording is from, what is done with it.
//!
//! The examples are withheld in folds, as in a cross-validation; the tests, which no model is
//! trained on, are asked of every fold. Each fold is trained with the wording and without it, both
//! with the calibration that serves, so that the two differ by the wording alone.

use super::folds::{WithheldText, withheld_texts, without_fold};
use crate::knowledge::Knowledge;
use crate::model::{Decision, Routing};
use crate::router::Router;
use serde::Serialize;

/// With more folds each model is nearer to the one that serves, and everything takes longer.
const FOLDS: usize = 3;
/// Foreign messages that are named.
const NAMED: usize = 3;

/// The folds of a knowledge, trained without the wordings in question.
pub struct GainBench {
    folds: Vec<GainFold>,
    threshold: f64,
}

/// One fold: what is left of the knowledge, and the messages that its model was not trained on.
struct GainFold {
    rest: Knowledge,
    messages: Vec<GainMessage>,
}

/// A message that no model of a fold is trained on.
struct GainMessage {
    text: String,
    /// Where it belongs; `None`: to no intent, or elsewhere than its test says.
    intent: Option<String>,
    /// What the fold's model does with it without any wording.
    before: Routing,
}

/// What a wording would be worth as an example of an intent.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct WordingGain {
    /// The mean change of the intent's confidence over its withheld examples and its tests, −1 to
    /// 1; `None`: it has neither.
    pub confidence: Option<f64>,
    /// How many messages that is the mean of.
    pub messages: usize,
    /// Messages of other intents, or out of scope, that would come here and do not without it.
    pub drawn: usize,
    /// The first few of them.
    pub drawn_messages: Vec<String>,
}

impl GainBench {
    /// Trains the folds, without an encoder. `router` is the one that serves `knowledge`.
    pub fn new(knowledge: &Knowledge, router: &Router) -> Self {
        let mut whole = knowledge.clone().as_if_written();
        whole.calibration = Some(router.calibration());
        let threshold = router.lexical_threshold();
        let fold = |fold: usize| {
            let rest = without_fold(&whole, FOLDS, fold);
            let router = trained(&rest, threshold);
            let withheld = withheld_texts(&whole, FOLDS, fold);
            let message = |WithheldText { text, intent }| GainMessage {
                before: router.route(&text),
                text,
                intent,
            };
            let messages = withheld.into_iter().chain(tested(&rest)).map(message);
            GainFold {
                messages: messages.collect(),
                rest,
            }
        };
        let folds = std::thread::scope(|scope| {
            let fold = &fold;
            let jobs: Vec<_> = (0..FOLDS).map(|at| scope.spawn(move || fold(at))).collect();
            let join = |job: std::thread::ScopedJoinHandle<'_, GainFold>| {
                job.join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            jobs.into_iter().map(join).collect()
        });
        Self { folds, threshold }
    }

    /// How many examples are trained on to measure one wording.
    pub fn work(&self) -> usize {
        let examples = |fold: &GainFold| -> usize {
            fold.rest
                .intents
                .iter()
                .map(|i| i.examples.len())
                .sum::<usize>()
                + fold.rest.out_of_scope.len()
        };
        self.folds.iter().map(examples).sum()
    }

    /// What `wording` would be worth as an example of `intent`.
    pub fn measure(&self, intent: &str, wording: &str) -> WordingGain {
        let mut total = GainTotal::default();
        for fold in &self.folds {
            let mut rest = fold.rest.clone();
            let Some(own) = rest.intents.iter_mut().find(|i| i.id == intent) else {
                continue;
            };
            own.examples.push(wording.to_owned());
            let router = trained(&rest, self.threshold);
            total.add(fold, &router, intent);
        }
        total.gain()
    }
}

fn trained(knowledge: &Knowledge, threshold: f64) -> Router {
    let mut router = Router::build(knowledge);
    router.set_threshold(threshold);
    router
}

/// The messages of all tests.
fn tested(knowledge: &Knowledge) -> impl Iterator<Item = WithheldText> {
    let all = knowledge.intents.iter();
    let tests = all.flat_map(|intent| intent.tests.iter().map(move |test| (intent, test)));
    tests.map(|(intent, test)| WithheldText {
        intent: test.here.then(|| intent.id.clone()),
        text: test.say.clone(),
    })
}

#[derive(Default)]
struct GainTotal {
    sum: f64,
    own: usize,
    drawn: Vec<String>,
}

impl GainTotal {
    /// Compares what the fold's model did with what one does that knows the wording.
    fn add(&mut self, fold: &GainFold, with: &Router, intent: &str) {
        for message in &fold.messages {
            let (before, came) = reach(&message.before, intent);
            let (after, comes) = reach(&with.route(&message.text), intent);
            if message.intent.as_deref() == Some(intent) {
                self.sum += after - before;
                self.own += 1;
            } else if comes && !came && !self.drawn.contains(&message.text) {
                self.drawn.push(message.text.clone());
            }
        }
    }

    fn gain(self) -> WordingGain {
        WordingGain {
            confidence: (self.own > 0).then(|| self.sum / self.own as f64),
            messages: self.own,
            drawn: self.drawn.len(),
            drawn_messages: self.drawn.into_iter().take(NAMED).collect(),
        }
    }
}

/// How sure the routing is of the intent, and whether the message comes to it. What is no candidate,
/// a menu or a gap, is reached or not.
fn reach(routing: &Routing, intent: &str) -> (f64, bool) {
    let is = |id: &Option<String>| id.as_deref() == Some(intent);
    let comes = match routing.decision {
        Decision::Answer | Decision::Menu => is(&routing.intent),
        Decision::Unknown => is(&routing.gap),
        Decision::Clarify => false,
    };
    let candidate = routing.candidates.iter().find(|c| c.intent == intent);
    let confidence = candidate.map_or(f64::from(u8::from(comes)), |c| c.confidence);
    (confidence, comes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::Intent;

    fn intent(id: &str, examples: &[&str]) -> Intent {
        Intent {
            id: id.to_owned(),
            title: id.to_owned(),
            examples: examples.iter().map(|text| (*text).to_owned()).collect(),
            ..Intent::default()
        }
    }

    fn knowledge() -> Knowledge {
        Knowledge {
            intents: vec![
                intent(
                    "hours",
                    &["几点开门", "周末营业吗", "什么时候关门", "营业到几点"],
                ),
                intent("invoice", &["怎么开发票", "发票抬头怎么改", "补开一张发票"]),
                intent(
                    "refund",
                    &["怎么退款", "我要退钱", "退款多久到账", "钱能退回来吗"],
                ),
                intent("shipping", &["什么时候发货", "快递到哪了", "多久能送到"]),
            ],
            ..Knowledge::default()
        }
    }

    #[test]
    fn a_fitting_wording_is_worth_more_than_one_of_another_intent() {
        let knowledge = knowledge();
        let bench = GainBench::new(&knowledge, &Router::build(&knowledge));
        let good = bench.measure("refund", "退款的钱什么时候能退回来");
        let foreign = bench.measure("refund", "周末几点开门营业");
        assert_eq!((good.messages, good.drawn), (4, 0), "{good:?}");
        assert!(good.confidence > Some(0.0), "{good:?}");
        assert!(good.confidence > foreign.confidence, "{good:?} {foreign:?}");
        assert!(foreign.drawn > 0, "{foreign:?}");
    }

    #[test]
    fn an_intent_without_messages_has_no_mean() {
        let mut knowledge = knowledge();
        knowledge.intents[1].examples.clear();
        let bench = GainBench::new(&knowledge, &Router::build(&knowledge));
        assert_eq!(bench.measure("invoice", "开发票").confidence, None);
        assert_eq!(bench.measure("nothing", "开发票"), WordingGain::default());
    }
}
