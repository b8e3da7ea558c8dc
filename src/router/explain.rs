//! Explaining. In: a message, the router and the knowledge it was built from. Out: an [`Explanation`] made of the very
//! numbers that the decision used. Must not know: how it is shown.

use super::calibrate::EVIDENCE_NAMES;
use super::clauses::clauses;
use super::decide::{Gate, Verdict, content_words, verdicts};
use super::{Router, Routing};
use crate::knowledge::Knowledge;
use crate::text::normalize::normalize;
use crate::text::similarity::dice;
use serde::Serialize;

/// Why a message is answered as it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    pub routing: Routing,
    pub normalised: String,
    /// What was scored: without negated clauses and filler.
    pub scored: String,
    pub clauses: Vec<String>,
    pub negated: Vec<String>,
    pub words: Vec<Word>,
    /// Standard words of the synonym groups in the message.
    pub concepts: Vec<String>,
    pub keywords: Vec<Keyword>,
    pub gate: Gate,
    pub threshold: f64,
    /// Likeliest classes, menus, gaps and out of scope (empty id) among them.
    pub classes: Vec<ClassScore>,
    /// Parts of the confidence of the best candidate; log-odds that add up with `bias` to `scope_logit`.
    pub evidence: Vec<Evidence>,
    pub bias: f64,
    pub scope_logit: f64,
    pub confidence: f64,
    pub nearest: Vec<Nearest>,
    /// What the decision would be without a word.
    pub without: Vec<Without>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Word {
    pub word: String,
    /// Says something by itself.
    pub content: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Keyword {
    pub intent: String,
    pub keyword: String,
    pub weight: f32,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassScore {
    pub intent: String,
    pub logit: f64,
    pub probability: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evidence {
    pub name: &'static str,
    pub value: f64,
    /// What it adds to the log-odds: weight × standardised value.
    pub adds: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Nearest {
    pub intent: String,
    pub example: String,
    pub similarity: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Without {
    pub word: String,
    pub confidence: f64,
    /// Whether the decision or the intent would be another.
    pub flips: bool,
}

const SHOWN: usize = 5;

impl Router {
    /// Explains what [`Router::route`] does with `text`. `knowledge` is what the router was built from.
    pub fn explain(&self, knowledge: &Knowledge, text: &str) -> Explanation {
        let (verdict, _) = verdicts(self, text);
        let routing = self.route(text);
        let cut = clauses(text);
        let scored = self.lexical.strip(&cut.whole).to_owned();
        let found = self.lexical.find(&scored);
        let keyword = |m: &super::lexical::KeywordMatch| {
            let intent = knowledge.intents.get(m.intent)?;
            let text = intent.keywords.get(m.number)?.text.clone();
            Some(Keyword { intent: intent.id.clone(), keyword: text, weight: m.weight })
        };
        let content = content_words(self, &scored);
        let (evidence, bias, scope_logit) = self.evidence_of(&verdict);
        Explanation {
            normalised: normalize(text),
            words: self.lexical.words(&scored).into_iter().map(|w| Word { word: w.into(), content: content.contains(&w) }).collect(),
            concepts: found.concepts.iter().map(|&g| self.lexical.concept_name(g).to_owned()).collect(),
            keywords: found.keywords.iter().filter_map(keyword).collect(),
            clauses: cut.parts.into_iter().map(|part| part.text).collect(),
            negated: cut.negated,
            gate: verdict.gate,
            threshold: self.threshold(),
            classes: self.class_scores(&verdict),
            evidence,
            bias,
            scope_logit,
            confidence: verdict.confidence,
            nearest: nearest(knowledge, &scored),
            without: self.without(&content, &scored, &routing),
            scored,
            routing,
        }
    }

    fn class_scores(&self, verdict: &Verdict) -> Vec<ClassScore> {
        let Some(scored) = &verdict.scored else { return Vec::new() };
        let mut all: Vec<ClassScore> = self
            .classes
            .iter()
            .enumerate()
            .map(|(k, class)| ClassScore {
                intent: class.id.clone(),
                logit: f64::from(scored.scores.logits[k]),
                probability: f64::from(scored.scores.probabilities[k]),
            })
            .collect();
        all.sort_by(|a, b| b.logit.total_cmp(&a.logit));
        all.truncate(SHOWN);
        all
    }

    fn evidence_of(&self, verdict: &Verdict) -> (Vec<Evidence>, f64, f64) {
        let scope = &self.calibration.scope;
        let Some(scored) = &verdict.scored else { return (Vec::new(), scope.bias, scope.bias) };
        let part = |(i, name): (usize, &&'static str)| Evidence {
            name,
            value: scored.evidence[i],
            adds: scope.weights[i] * (scored.evidence[i] - scope.mean[i]) / scope.deviation[i],
        };
        let parts = EVIDENCE_NAMES.iter().enumerate().map(part).collect();
        (parts, scope.bias, scope.logit(&scored.evidence))
    }

    fn without(&self, content: &[&str], scored: &str, routing: &Routing) -> Vec<Without> {
        let one = |word: &&str| {
            let other = self.route(&scored.replacen(word, "", 1));
            let flips = (other.decision, &other.intent) != (routing.decision, &routing.intent);
            Without { word: (*word).to_owned(), confidence: other.confidence, flips }
        };
        content.iter().map(one).collect()
    }
}

fn nearest(knowledge: &Knowledge, scored: &str) -> Vec<Nearest> {
    let all = knowledge.intents.iter().flat_map(|i| i.examples.iter().map(move |e| (i, e)));
    let mut all: Vec<Nearest> = all
        .map(|(intent, example)| Nearest {
            intent: intent.id.clone(),
            example: example.clone(),
            similarity: f64::from(dice(scored, example)),
        })
        .collect();
    all.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));
    all.truncate(SHOWN);
    all
}
