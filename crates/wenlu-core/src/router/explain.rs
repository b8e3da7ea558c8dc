//! Explanation. In: a message, the router and the knowledge it was built from. Out: an
//! [`Explanation`] of the numbers that the decision used. Must not know: how it is shown.

use super::background::background_sentences;
use super::classifier::Classifier;
use super::clauses::split_clauses;
use super::decide::{judge_message, reason_of};
use super::explanation::{
    ClassKind, ConfidenceBreakdown, DecisionLimits, EvidenceTerm, ExplainedClass, ExplainedKeyword,
    ExplainedWord, Explanation, FeatureContribution, NearestExample, RivalClass, ThresholdDecision,
    WithoutEncoder, WordOmission,
};
use super::features::{FeatureKind, Gram};
use super::keyword_index::KeywordMatch;
use super::logistic::sigmoid;
use super::routing_builder::content_words;
use super::trained::Router;
use super::training_example::ClassRole;
use super::verdict::{
    CLARIFY_ODDS_RATIO, ClauseVerdict, JudgeRule, RIVAL_RATIO, ScoredClause, odds, probability,
};
use super::vocabulary::{FeatureVector, cosine};
use crate::knowledge::schema::EVIDENCE_NAMES;
use crate::knowledge::{IntentKind, Knowledge};
use crate::model::{Routing, ScoreSource};
use crate::text::changes::normalization_changes;
use crate::text::normalize::{clean, normalize};
use crate::text::similarity::shared_spans;

const SHOWN: usize = 5;

impl Router {
    /// Explains what [`Router::route`] does with `text`. `knowledge` is what the router was built
    /// from.
    pub fn explain(&self, knowledge: &Knowledge, text: &str) -> Explanation {
        let cut = split_clauses(text);
        let rule = self.rule_of(&cut);
        let (verdict, _) = judge_message(self, &cut, rule);
        let rule = verdict.scored.as_ref().map_or(rule, |scored| scored.rule);
        let routing = self.route(text);
        let scored = self.lexical.strip(verdict.text);
        let found = self.lexical.find(scored);
        let content = content_words(self, scored);
        let grams = self.grams(verdict.text);
        Explanation {
            changes: normalization_changes(text),
            clauses: match cut.clauses.is_empty() {
                true => Some(cut.normal.clone())
                    .into_iter()
                    .filter(|normal| !normal.is_empty())
                    .collect(),
                false => cut.clauses.iter().map(|part| part.text.clone()).collect(),
            },
            normalised: cut.normal.clone(),
            negated: cut.negated.clone(),
            words: self
                .words(scored)
                .into_iter()
                .map(|w| ExplainedWord {
                    word: w.into(),
                    content: content.contains(&w),
                })
                .collect(),
            concepts: found
                .concepts
                .iter()
                .map(|&g| self.lexical.concept_name(g).to_owned())
                .collect(),
            keywords: found
                .keywords
                .iter()
                .filter_map(|m| keyword(knowledge, m))
                .collect(),
            gate: reason_of(&verdict, &routing),
            limits: limits(rule),
            confidence: self.confidence_breakdown(&verdict, rule),
            classes: verdict.scored.as_ref().map_or_else(Vec::new, |s| {
                self.class_scores(s, verdict.text, &grams, rule)
            }),
            runner_up: self.rival(&verdict, ClassRole::Answer),
            strongest_other: self.rival(&verdict, ClassRole::Other),
            nearest: self.nearest(knowledge, scored, &grams, SHOWN),
            at_thresholds: self.threshold_decisions(text),
            without: self.word_omissions(text, &content, &routing),
            without_encoder: (rule.source == ScoreSource::Encoder)
                .then(|| self.route_without_encoder(text))
                .map(WithoutEncoder::from),
            scored: scored.to_owned(),
            routing,
        }
    }

    /// The two fitted models behind the confidence, multiplied out into one sum.
    fn confidence_breakdown(
        &self,
        verdict: &ClauseVerdict,
        rule: JudgeRule,
    ) -> ConfidenceBreakdown {
        let calibration = self.scorer(rule.source).1;
        let (scope, right) = (&calibration.scope, &calibration.right);
        let slope = right.weights[0] / right.deviation[0];
        let bias = right.bias + slope * (scope.bias - right.mean[0]);
        let part = |(i, name): (usize, &&'static str), value: f64| {
            let weight = slope * scope.weights[i] / scope.deviation[i];
            EvidenceTerm {
                name,
                value,
                usual: scope.mean[i],
                weight,
                adds: weight * (value - scope.mean[i]),
            }
        };
        let spoken = verdict.scored.as_ref().filter(|scored| !scored.is_blank);
        let parts: Vec<EvidenceTerm> = spoken.map_or_else(Vec::new, |scored| {
            EVIDENCE_NAMES
                .iter()
                .enumerate()
                .map(|named| part(named, scored.evidence[named.0]))
                .collect()
        });
        let logit = bias + parts.iter().map(|part| part.adds).sum::<f64>();
        ConfidenceBreakdown {
            candidate: verdict
                .scored
                .as_ref()
                .map(|scored| self.classes[scored.top].id.clone()),
            scored: if parts.is_empty() {
                0.0
            } else {
                sigmoid(logit)
            },
            value: verdict.confidence,
            to_spare: logit - libm::log(odds(rule.threshold).max(1e-9)),
            bias,
            parts,
            logit,
        }
    }

    fn class_scores(
        &self,
        scored: &ScoredClause,
        normal: &str,
        grams: &[Gram],
        rule: JudgeRule,
    ) -> Vec<ExplainedClass> {
        let model = self.scorer(rule.source).0;
        let meaning = self.fused.as_ref().and_then(|fused| fused.vector(normal));
        let families = model.vocabulary.feature_kinds(grams);
        let (vector, _) = model.score_encoded(grams, meaning.as_deref());
        let scores = &scored.scores;
        let mut order: Vec<usize> = (0..self.classes.len()).collect();
        order.sort_by(|&a, &b| {
            scores.logits[b]
                .total_cmp(&scores.logits[a])
                .then(a.cmp(&b))
        });
        let mut shown: Vec<usize> = order.iter().copied().take(SHOWN).collect();
        // the best candidate is shown even if menus and gaps rank above it
        if !shown.contains(&scored.top) {
            shown.pop();
            shown.push(scored.top);
        }
        let one = |class: usize| ExplainedClass {
            intent: self.classes[class].id.clone(),
            kind: self.class_kind(class),
            logit: f64::from(scores.logits[class]),
            probability: f64::from(scores.probabilities[class]),
            bias: f64::from(model.linear.bias(class)),
            families: family_parts(model, &families, &vector, class),
        };
        shown.into_iter().map(one).collect()
    }

    fn class_kind(&self, class: usize) -> ClassKind {
        match self.classes[class].kind {
            Some(IntentKind::Answer) => ClassKind::Answer,
            Some(IntentKind::Menu) => ClassKind::Menu,
            Some(IntentKind::Gap) => ClassKind::Gap,
            None => ClassKind::OutOfScope,
        }
    }

    /// The best class with `role`, the best candidate itself left out.
    fn rival(&self, verdict: &ClauseVerdict, role: ClassRole) -> Option<RivalClass> {
        let ScoredClause { scores, top, .. } = verdict.scored.as_ref()?;
        let others = (0..self.classes.len()).filter(|&k| self.roles[k] == role && k != *top);
        let best = others.max_by(|&a, &b| {
            scores.logits[a]
                .total_cmp(&scores.logits[b])
                .then(b.cmp(&a))
        })?;
        Some(RivalClass {
            intent: self.classes[best].id.clone(),
            kind: self.class_kind(best),
            behind: f64::from(scores.logits[*top]) - f64::from(scores.logits[best]),
            share: f64::from(scores.probabilities[best])
                / f64::from(scores.probabilities[*top]).max(1e-12),
        })
    }

    /// The examples that are most alike to `text`, best first, at most `most`; those of what is out
    /// of scope have an empty id.
    pub fn nearest_examples(
        &self,
        knowledge: &Knowledge,
        text: &str,
        most: usize,
    ) -> Vec<NearestExample> {
        let normal = normalize(text);
        let grams = self.grams(&normal);
        self.nearest(knowledge, self.lexical.strip(&normal), &grams, most)
    }

    /// The everyday sentence that is most alike to `text`, where `knowledge` is trained with them.
    pub fn nearest_background(&self, knowledge: &Knowledge, text: &str) -> Option<NearestExample> {
        let normal = normalize(text);
        let vocabulary = &self.model.vocabulary;
        let message = vocabulary.similarity_vector(&self.grams(&normal));
        let likeness = |sentence: &str| {
            let sentence = vocabulary.similarity_vector(&self.grams(&normalize(sentence)));
            cosine(&message, &sentence)
        };
        let (similarity, sentence) = background_sentences(knowledge)
            .map(|sentence| (likeness(sentence), sentence))
            .max_by(|a, b| a.0.total_cmp(&b.0))?;
        Some(NearestExample {
            intent: String::new(),
            example: sentence.to_owned(),
            similarity: f64::from(similarity),
            shared: shared_spans(sentence, self.lexical.strip(&normal)),
        })
    }

    fn nearest(
        &self,
        knowledge: &Knowledge,
        scored: &str,
        grams: &[Gram],
        most: usize,
    ) -> Vec<NearestExample> {
        let inside = knowledge
            .intents
            .iter()
            .flat_map(|i| i.examples.iter().map(|e| (i.id.as_str(), e)));
        let all = inside.chain(knowledge.out_of_scope.iter().map(|e| ("", e)));
        let vocabulary = &self.model.vocabulary;
        let message = &vocabulary.similarity_vector(grams);
        let likeness = |example: &str| {
            cosine(
                message,
                &vocabulary.similarity_vector(&self.grams(&normalize(example))),
            )
        };
        let mut all: Vec<(f32, &str, &String)> = all
            .map(|(intent, example)| (likeness(example), intent, example))
            .collect();
        all.sort_by(|a, b| b.0.total_cmp(&a.0));
        let near = |(similarity, intent, example): (f32, &str, &String)| NearestExample {
            intent: intent.to_owned(),
            example: example.clone(),
            similarity: f64::from(similarity),
            shared: shared_spans(example, scored),
        };
        all.into_iter()
            .filter(|found| found.0 > 0.0)
            .take(most)
            .map(near)
            .collect()
    }

    fn threshold_decisions(&self, text: &str) -> Vec<ThresholdDecision> {
        let rungs = self.threshold_sweep(text).into_iter();
        rungs
            .map(|r| ThresholdDecision {
                upto: r.upto,
                decision: r.routing.decision,
                intent: r.routing.intent,
            })
            .collect()
    }

    fn word_omissions(&self, text: &str, content: &[&str], routing: &Routing) -> Vec<WordOmission> {
        let text = clean(text);
        let mut words = content.to_vec();
        words.dedup();
        let one = |word: &str| {
            let other = self.route(&text.replacen(word, "", 1));
            // without a vector of its own it says nothing about a decision with one
            if other.scored_by != routing.scored_by {
                return None;
            }
            let flips = (other.decision, &other.intent) != (routing.decision, &routing.intent);
            let Routing {
                decision,
                intent,
                confidence,
                ..
            } = other;
            Some(WordOmission {
                word: word.to_owned(),
                decision,
                intent,
                confidence,
                flips,
            })
        };
        words
            .into_iter()
            .filter(|word| text.contains(word))
            .filter_map(one)
            .collect()
    }
}

fn limits(rule: JudgeRule) -> DecisionLimits {
    DecisionLimits {
        answer: rule.threshold,
        clarify: probability(CLARIFY_ODDS_RATIO * odds(rule.threshold)),
        close: f64::from(RIVAL_RATIO),
    }
}

/// What the grams of each kind, and an encoder's vector, add to the score of `class`.
fn family_parts(
    model: &Classifier,
    families: &[FeatureKind],
    vector: &FeatureVector,
    class: usize,
) -> Vec<FeatureContribution> {
    let mut parts: Vec<FeatureContribution> = Vec::new();
    for (&family, &(feature, value)) in families.iter().zip(&vector.values) {
        let adds = f64::from(model.linear.contribution(feature, value, class));
        match parts.last_mut() {
            Some(last) if last.family == family => last.adds += adds,
            _ => parts.push(FeatureContribution { family, adds }),
        }
    }
    if !vector.meaning.is_empty() {
        parts.push(FeatureContribution {
            family: FeatureKind::Encoder,
            adds: f64::from(model.linear.meaning_contribution(vector, class)),
        });
    }
    parts
}

fn keyword(knowledge: &Knowledge, found: &KeywordMatch) -> Option<ExplainedKeyword> {
    let intent = knowledge.intents.get(found.intent)?;
    let keyword = intent.keywords.get(found.number)?.text.clone();
    Some(ExplainedKeyword {
        intent: intent.id.clone(),
        keyword,
        weight: found.weight,
    })
}
