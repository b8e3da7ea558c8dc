//! Open questions near an intent. In: unanswered and asked-back questions of the journal, masked as
//! they are stored, and the router. Out: those that were most likely meant for the intent, the most
//! frequent first. Must not know: the store.

use super::{ProposedWording, WordingSource};
use crate::review::UnansweredQuestion;
use wenlu_core::model::Routing;
use wenlu_core::privacy::redact;
use wenlu_core::router::Router;

/// Questions that are routed; they come the most frequent first.
const MAX_ROUTED: usize = 2_000;
/// A candidate with this share of the best one's confidence is near.
const NEAR_SHARE: f64 = 0.5;
/// Below this confidence the best candidate says nothing.
const LEAST_CONFIDENCE: f64 = 0.1;

/// The open questions, each with its routing, so that many intents can be compared with them.
pub struct OpenQuestions<'a>(Vec<(&'a UnansweredQuestion, Routing)>);

impl<'a> OpenQuestions<'a> {
    pub fn new(questions: &'a [UnansweredQuestion], router: &Router) -> Self {
        let routed = questions.iter().take(MAX_ROUTED);
        Self(
            routed
                .map(|question| (question, router.route(&question.text)))
                .collect(),
        )
    }

    /// Those that are near the intent.
    pub fn near(&self, intent: &str) -> Vec<ProposedWording> {
        let near = self
            .0
            .iter()
            .filter(|(_, routing)| is_near(routing, intent));
        near.map(|(question, _)| ProposedWording {
            text: redact(&question.text).text,
            source: WordingSource::Journal {
                question: question.id,
                count: question.count,
            },
        })
        .collect()
    }
}

fn is_near(routing: &Routing, intent: &str) -> bool {
    if routing.gap.as_deref() == Some(intent) {
        return true;
    }
    let Some(best) = routing.candidates.first() else {
        return false;
    };
    let least = (best.confidence * NEAR_SHARE).max(LEAST_CONFIDENCE);
    let mut near = routing.candidates.iter();
    near.any(|candidate| candidate.intent == intent && candidate.confidence >= least)
}
