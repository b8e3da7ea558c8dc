//! Which wordings are worth having. In: proposed wordings of an intent, the knowledge with its
//! router. Out: each with what it would add and what speaks against it; the best first, those with
//! an objection last. Must not know: where wordings come from, how they are shown.
//!
//! Conflicts that the examples show are found first, without training; of what is left, the newest
//! wordings are measured ([`GainBench`]), as many as a bound on the work allows.

use super::{ProposedWording, WordingSource};
use crate::review::parallel::in_parts;
use serde::Serialize;
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use wenlu_core::eval::{GainBench, WordingGain};
use wenlu_core::knowledge::{Intent, Knowledge};
use wenlu_core::model::{Decision, Routing};
use wenlu_core::router::Router;
use wenlu_core::text::normalize::normalize;

/// Wordings of one intent that are measured at most.
const MAX_MEASURED: usize = 24;
/// Examples that may be trained on for one intent; a wording costs two thirds of the examples,
/// three times.
const MAX_WORK: usize = 400_000;
/// With a similarity from here on two wordings are nearly the same.
const SAME: f64 = 0.9;
/// With a novelty from here on a wording has next to nothing in common with the intent's examples.
const FAR: f64 = 0.9;
/// Below this confidence the router sees nothing of the intent in a wording.
const UNSEEN: f64 = 0.05;
/// From this gain on a wording adds something; less is shown as +0.000.
const ADDS: f64 = 0.0005;
/// Nearest examples that are looked at, of all intents.
const COMPARED: usize = 40;

/// A wording with what is known of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SuggestedWording {
    pub text: String,
    pub source: WordingSource,
    /// How far it is from the nearest example of the intent: 0, the same, to 1, nothing in common.
    pub novelty: f64,
    /// What the bot does with it today.
    pub now: WordingNow,
    /// What it would add; `None`: not measured.
    pub gain: Option<WordingGain>,
    /// Why it should not become an example; `None`: nothing speaks against it.
    pub objection: Option<WordingObjection>,
}

/// What is done with a wording today.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WordingNow {
    pub decision: Decision,
    /// The intent, menu or gap that it goes to.
    pub intent: Option<String>,
    pub confidence: f64,
}

/// What speaks against a wording as an example of the intent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum WordingObjection {
    /// It is an example already.
    Present,
    /// It is the message of a test: as an example, it would test nothing.
    OfTest,
    /// It is a near miss (`not`) of the intent, or nearly.
    NearMiss { example: String },
    /// It is an example of another intent, or nearly.
    OfOther { intent: String, example: String },
    /// It is out of scope, or nearly.
    OutOfScope { example: String },
    /// It has nothing in common with the intent, and would add nothing: with few examples, even
    /// everyday talk weakens and draws nothing.
    FarFromIntent,
    /// Another intent answers it today, or another menu opens.
    AnsweredElsewhere { intent: String },
    /// With it, messages that are not the intent's would come to it.
    Draws { messages: Vec<String> },
    /// With it, the intent's own messages would be recognised with less confidence.
    Weakens,
    /// With it, these tests would fail.
    BreaksTests { tests: Vec<String> },
    /// With it, the files could not be used.
    Unusable { mistake: String },
}

impl SuggestedWording {
    /// Whether it can go into a draft as it is.
    pub fn is_fit(&self) -> bool {
        self.objection.is_none()
    }

    fn worth(&self) -> f64 {
        let gain = self.gain.as_ref().and_then(|gain| gain.confidence);
        gain.unwrap_or(0.0)
    }
}

/// The first `count` that nothing speaks against.
pub fn offered(
    wordings: &[SuggestedWording],
    count: usize,
) -> impl Iterator<Item = &SuggestedWording> {
    let fit = wordings.iter().filter(|wording| wording.is_fit());
    fit.take(count)
}

/// Ranks wordings of one intent after another.
pub struct WordingRanker<'a> {
    knowledge: &'a Knowledge,
    router: &'a Router,
    bench: GainBench,
    threads: NonZeroUsize,
}

impl<'a> WordingRanker<'a> {
    /// Trains what measuring needs. `threads`: how many wordings are measured at once.
    pub fn new(knowledge: &'a Knowledge, router: &'a Router, threads: NonZeroUsize) -> Self {
        Self {
            knowledge,
            router,
            bench: GainBench::new(knowledge, router),
            threads,
        }
    }

    /// `proposed` for `intent`, each wording once.
    pub fn rank(&self, intent: &Intent, proposed: Vec<ProposedWording>) -> Vec<SuggestedWording> {
        let mut seen = BTreeSet::new();
        let different = proposed
            .into_iter()
            .filter(|wording| seen.insert(normalize(&wording.text)));
        let (mut fit, mut refused): (Vec<_>, Vec<_>) = different
            .map(|wording| self.compared(intent, wording))
            .partition(SuggestedWording::is_fit);
        fit.sort_by(|a, b| b.novelty.total_cmp(&a.novelty));
        let measured = fit.len().min(self.most_measured());
        let texts: Vec<&str> = fit.iter().take(measured).map(|w| w.text.as_str()).collect();
        let measure = |text: &&str| self.bench.measure(&intent.id, text);
        let gains = in_parts(&texts, self.threads, measure);
        for (wording, gain) in fit.iter_mut().zip(gains) {
            wording.objection = draws(&gain).or_else(|| weakens(&gain));
            wording.gain = Some(gain);
        }
        for wording in fit.iter_mut().filter(|wording| wording.is_fit()) {
            let is_far = self.is_far(intent, wording);
            wording.objection = is_far.then_some(WordingObjection::FarFromIntent);
        }
        let (mut fit, harmful): (Vec<_>, Vec<_>) =
            fit.into_iter().partition(SuggestedWording::is_fit);
        fit.sort_by(|a, b| {
            let worth = b.worth().total_cmp(&a.worth());
            worth.then(b.novelty.total_cmp(&a.novelty))
        });
        refused.sort_by(|a, b| a.objection.cmp(&b.objection));
        fit.into_iter().chain(harmful).chain(refused).collect()
    }

    fn most_measured(&self) -> usize {
        (MAX_WORK / self.bench.work().max(1)).clamp(2, MAX_MEASURED)
    }

    fn compared(&self, intent: &Intent, wording: ProposedWording) -> SuggestedWording {
        let ProposedWording { text, source } = wording;
        let routing = self.router.route(&text);
        let near = self
            .router
            .nearest_examples(self.knowledge, &text, COMPARED);
        let own = near.iter().find(|near| near.intent == intent.id);
        let likeness = own.map_or(0.0, |own| own.similarity);
        let objection = self.objection(intent, &text, &routing).or_else(|| {
            let other = near.iter().find(|near| near.intent != intent.id);
            let everyday = self.router.nearest_background(self.knowledge, &text);
            let other = other
                .into_iter()
                .chain(&everyday)
                .max_by(|a, b| a.similarity.total_cmp(&b.similarity))?;
            let is_nearer = likeness < other.similarity;
            let example = other.example.clone();
            (other.similarity >= SAME && is_nearer).then(|| match other.intent.as_str() {
                "" => WordingObjection::OutOfScope { example },
                id => WordingObjection::OfOther {
                    intent: id.to_owned(),
                    example,
                },
            })
        });
        SuggestedWording {
            novelty: 1.0 - likeness.clamp(0.0, 1.0),
            objection: objection.or_else(|| answered_elsewhere(intent, &routing)),
            now: now(routing),
            gain: None,
            text,
            source,
        }
    }

    /// Whether it shares next to nothing with the intent's examples, the router sees nothing of the
    /// intent in it, and nothing shows that it would add something.
    fn is_far(&self, intent: &Intent, wording: &SuggestedWording) -> bool {
        if wording.novelty < FAR || wording.worth() >= ADDS {
            return false;
        }
        let routing = self.router.route(&wording.text);
        let own = routing.candidates.iter().find(|c| c.intent == intent.id);
        let names = [&intent.id].into_iter().chain(&intent.parent);
        let comes = names
            .map(Some)
            .any(|id| routing.intent.as_ref() == id || routing.gap.as_ref() == id);
        !comes && own.is_none_or(|own| own.confidence < UNSEEN)
    }

    /// What speaks against it by its very words.
    fn objection(
        &self,
        intent: &Intent,
        text: &str,
        routing: &Routing,
    ) -> Option<WordingObjection> {
        let normal = normalize(text);
        let is_it = |other: &&String| normalize(other) == normal;
        if intent.examples.iter().any(|example| is_it(&example)) {
            return Some(WordingObjection::Present);
        }
        let mut tests = self.knowledge.intents.iter().flat_map(|i| &i.tests);
        if tests.any(|test| is_it(&&test.say)) {
            return Some(WordingObjection::OfTest);
        }
        if let Some(example) = intent.not.iter().find(is_it) {
            return Some(WordingObjection::NearMiss {
                example: example.clone(),
            });
        }
        // an example of another intent is routed there for certain
        let is_certain = routing.decision == Decision::Answer && routing.confidence >= 1.0;
        let other = routing.intent.as_ref().filter(|id| **id != intent.id)?;
        is_certain.then(|| WordingObjection::OfOther {
            intent: other.clone(),
            example: text.to_owned(),
        })
    }
}

/// A menu that the intent belongs to may open for it.
fn answered_elsewhere(intent: &Intent, routing: &Routing) -> Option<WordingObjection> {
    let other = routing.intent.as_ref().filter(|id| **id != intent.id)?;
    let is_elsewhere = match routing.decision {
        Decision::Answer => true,
        Decision::Menu => intent.parent.as_ref() != Some(other),
        Decision::Clarify | Decision::Unknown => false,
    };
    is_elsewhere.then(|| WordingObjection::AnsweredElsewhere {
        intent: other.clone(),
    })
}

fn now(routing: Routing) -> WordingNow {
    WordingNow {
        decision: routing.decision,
        intent: routing.intent.or(routing.gap),
        confidence: routing.confidence,
    }
}

fn weakens(gain: &WordingGain) -> Option<WordingObjection> {
    let is_worse = gain.confidence.is_some_and(|gain| gain < 0.0);
    is_worse.then_some(WordingObjection::Weakens)
}

fn draws(gain: &WordingGain) -> Option<WordingObjection> {
    (gain.drawn > 0).then(|| WordingObjection::Draws {
        messages: gain.drawn_messages.clone(),
    })
}
