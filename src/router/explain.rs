//! Explanation. In: a message, the router and the knowledge it was built from. Out: an
//! [`Explanation`] of the numbers that the decision used. Must not know: how it is shown.

use super::calibrate::Role;
use super::clauses::clauses;
use super::decide::{CLARIFY, CLOSE, Gate, Scored, Verdict, content_words, odds, probability, verdicts};
use super::features::{Family, Gram};
use super::lexical::KeywordMatch;
use super::logistic::sigmoid;
use super::vocabulary::{Vector, cosine};
use super::{Decision, Router, Routing};
use crate::knowledge::schema::EVIDENCE_NAMES;
use crate::knowledge::{Kind, Knowledge};
use crate::text::changes::{Change, changes};
use crate::text::normalize::{clean, normalize};
use crate::text::similarity::shared_spans;
use serde::Serialize;

/// Why a message was routed as it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    pub routing: Routing,
    pub normalised: String,
    /// What normalisation changed, rule by rule.
    pub changes: Vec<Change>,
    pub clauses: Vec<String>,
    pub negated: Vec<String>,
    /// The text that was scored: the message, or the clause of it that decided, without filler.
    pub scored: String,
    pub words: Vec<Word>,
    /// Standard words of the synonym groups that occur in it.
    pub concepts: Vec<String>,
    pub keywords: Vec<Keyword>,
    pub gate: Gate,
    pub limits: Limits,
    pub confidence: Confidence,
    /// The likeliest classes, menus, gaps and out of scope (empty id) among them.
    pub classes: Vec<ClassScore>,
    /// The second best candidate.
    pub runner_up: Option<Rival>,
    /// The likeliest menu, gap or out of scope.
    pub strongest_other: Option<Rival>,
    pub nearest: Vec<Nearest>,
    /// What the decision would be at other thresholds.
    pub at_thresholds: Vec<AtThreshold>,
    /// What the decision would be without each content word.
    pub without: Vec<Without>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Word {
    pub word: String,
    /// Whether it carries content.
    pub content: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Keyword {
    pub intent: String,
    pub keyword: String,
    pub weight: f32,
}

/// The limits that the decision compares with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Limits {
    /// The threshold: the message is answered from this confidence on.
    pub answer: f64,
    /// The bot asks back from this confidence on.
    pub clarify: f64,
    /// A runner-up with this share of the best candidate's probability causes a question back.
    pub close: f64,
}

/// How the confidence is computed: `bias + Σ adds = logit`, `1 / (1 + e^−logit) = scored`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Confidence {
    /// The candidate that the parts are about; `None`: there is none.
    pub candidate: Option<String>,
    pub bias: f64,
    pub parts: Vec<Part>,
    pub logit: f64,
    pub scored: f64,
    /// What the decision used: `scored`, unless the message is an example.
    pub value: f64,
    /// Log-odds above the threshold; negative: below it.
    pub to_spare: f64,
}

/// One piece of evidence; it adds `weight × (value − usual)`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    pub name: &'static str,
    pub value: f64,
    /// Its mean over the messages that the calibration was fitted to.
    pub usual: f64,
    pub weight: f64,
    pub adds: f64,
}

/// The score of a class; `bias + Σ adds = logit`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassScore {
    pub intent: String,
    pub kind: ClassKind,
    pub logit: f64,
    pub probability: f64,
    pub bias: f64,
    pub families: Vec<FamilyPart>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassKind {
    Answer,
    Menu,
    Gap,
    OutOfScope,
}

/// What the grams of one kind add to the logit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FamilyPart {
    pub family: Family,
    pub adds: f64,
}

/// Another class compared with the best candidate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rival {
    pub intent: String,
    pub kind: ClassKind,
    /// The best candidate's logit minus this one's.
    pub behind: f64,
    /// Its probability divided by the best candidate's.
    pub share: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Nearest {
    /// Empty: an out-of-scope example.
    pub intent: String,
    pub example: String,
    /// Cosine of the similarity vectors.
    pub similarity: f64,
    /// Byte spans of `example` that the message has too, by spelling or by pinyin.
    pub shared: Vec<[usize; 2]>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AtThreshold {
    /// Applies above the threshold of the entry before, up to and including this one.
    pub upto: f64,
    pub decision: Decision,
    pub intent: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Without {
    pub word: String,
    pub decision: Decision,
    pub intent: Option<String>,
    pub confidence: f64,
    /// Whether the decision or the intent changes.
    pub flips: bool,
}

const SHOWN: usize = 5;

impl Router {
    /// Explains what [`Router::route`] does with `text`. `knowledge` is what the router was built
    /// from.
    pub fn explain(&self, knowledge: &Knowledge, text: &str) -> Explanation {
        let cut = clauses(text);
        let (verdict, _) = verdicts(self, &cut, self.threshold());
        let routing = self.route(text);
        let scored = self.lexical.strip(&verdict.text).to_owned();
        let found = self.lexical.find(&scored);
        let content = content_words(self, &scored);
        let grams = self.grams(&verdict.text);
        Explanation {
            changes: changes(text),
            clauses: match cut.parts.is_empty() {
                true => Some(cut.normal.clone()).into_iter().filter(|normal| !normal.is_empty()).collect(),
                false => cut.parts.into_iter().map(|part| part.text).collect(),
            },
            normalised: cut.normal,
            negated: cut.negated,
            words: self
                .words(&scored)
                .into_iter()
                .map(|w| Word { word: w.into(), content: content.contains(&w) })
                .collect(),
            concepts: found.concepts.iter().map(|&g| self.lexical.concept_name(g).to_owned()).collect(),
            keywords: found.keywords.iter().filter_map(|m| keyword(knowledge, m)).collect(),
            gate: verdict.gate,
            limits: self.limits(),
            confidence: self.confidence(&verdict),
            classes: verdict.scored.as_ref().map_or_else(Vec::new, |s| self.class_scores(s, &grams)),
            runner_up: self.rival(&verdict, Role::Answer),
            strongest_other: self.rival(&verdict, Role::Other),
            nearest: self.nearest(knowledge, &scored, &grams),
            at_thresholds: self.at_thresholds(text),
            without: self.without(text, &content, &routing),
            scored,
            routing,
        }
    }

    fn limits(&self) -> Limits {
        let answer = self.threshold();
        Limits { answer, clarify: probability(CLARIFY * odds(answer)), close: f64::from(CLOSE) }
    }

    /// The two fitted models behind the confidence, multiplied out into one sum.
    fn confidence(&self, verdict: &Verdict) -> Confidence {
        let (scope, right) = (&self.calibration.scope, &self.calibration.right);
        let slope = right.weights[0] / right.deviation[0];
        let bias = right.bias + slope * (scope.bias - right.mean[0]);
        let part = |(i, name): (usize, &&'static str), value: f64| {
            let weight = slope * scope.weights[i] / scope.deviation[i];
            Part { name, value, usual: scope.mean[i], weight, adds: weight * (value - scope.mean[i]) }
        };
        let spoken = verdict.scored.as_ref().filter(|scored| !scored.is_blank);
        let parts: Vec<Part> = spoken.map_or_else(Vec::new, |scored| {
            EVIDENCE_NAMES.iter().enumerate().map(|named| part(named, scored.evidence[named.0])).collect()
        });
        let logit = bias + parts.iter().map(|part| part.adds).sum::<f64>();
        Confidence {
            candidate: verdict.scored.as_ref().map(|scored| self.classes[scored.top].id.clone()),
            scored: if parts.is_empty() { 0.0 } else { sigmoid(logit) },
            value: verdict.confidence,
            to_spare: logit - libm::log(odds(self.threshold()).max(1e-9)),
            bias,
            parts,
            logit,
        }
    }

    fn class_scores(&self, scored: &Scored, grams: &[Gram]) -> Vec<ClassScore> {
        let (families, vector) = (self.model.vocabulary.families(grams), self.model.vocabulary.vector(grams));
        let scores = &scored.scores;
        let mut order: Vec<usize> = (0..self.classes.len()).collect();
        order.sort_by(|&a, &b| scores.logits[b].total_cmp(&scores.logits[a]).then(a.cmp(&b)));
        let mut shown: Vec<usize> = order.iter().copied().take(SHOWN).collect();
        // the best candidate is shown even if menus and gaps rank above it
        if !shown.contains(&scored.top) {
            shown.pop();
            shown.push(scored.top);
        }
        let one = |class: usize| ClassScore {
            intent: self.classes[class].id.clone(),
            kind: self.class_kind(class),
            logit: f64::from(scores.logits[class]),
            probability: f64::from(scores.probabilities[class]),
            bias: f64::from(self.model.linear.bias(class)),
            families: self.family_parts(&families, &vector, class),
        };
        shown.into_iter().map(one).collect()
    }

    fn family_parts(&self, families: &[Family], vector: &Vector, class: usize) -> Vec<FamilyPart> {
        let mut parts: Vec<FamilyPart> = Vec::new();
        for (&family, &(feature, value)) in families.iter().zip(&vector.values) {
            let adds = f64::from(self.model.linear.contribution(feature, value, class));
            match parts.last_mut() {
                Some(last) if last.family == family => last.adds += adds,
                _ => parts.push(FamilyPart { family, adds }),
            }
        }
        parts
    }

    fn class_kind(&self, class: usize) -> ClassKind {
        match self.classes[class].kind {
            Some(Kind::Answer) => ClassKind::Answer,
            Some(Kind::Menu) => ClassKind::Menu,
            Some(Kind::Gap) => ClassKind::Gap,
            None => ClassKind::OutOfScope,
        }
    }

    /// The best class with `role`, the best candidate itself left out.
    fn rival(&self, verdict: &Verdict, role: Role) -> Option<Rival> {
        let Scored { scores, top, .. } = verdict.scored.as_ref()?;
        let others = (0..self.classes.len()).filter(|&k| self.roles[k] == role && k != *top);
        let best = others.max_by(|&a, &b| scores.logits[a].total_cmp(&scores.logits[b]).then(b.cmp(&a)))?;
        Some(Rival {
            intent: self.classes[best].id.clone(),
            kind: self.class_kind(best),
            behind: f64::from(scores.logits[*top]) - f64::from(scores.logits[best]),
            share: f64::from(scores.probabilities[best]) / f64::from(scores.probabilities[*top]).max(1e-12),
        })
    }

    fn nearest(&self, knowledge: &Knowledge, scored: &str, grams: &[Gram]) -> Vec<Nearest> {
        let inside = knowledge.intents.iter().flat_map(|i| i.examples.iter().map(|e| (i.id.as_str(), e)));
        let all = inside.chain(knowledge.out_of_scope.iter().map(|e| ("", e)));
        let vocabulary = &self.model.vocabulary;
        let message = &vocabulary.wording(grams);
        let likeness = |example: &str| cosine(message, &vocabulary.wording(&self.grams(&normalize(example))));
        let mut all: Vec<(f32, &str, &String)> =
            all.map(|(intent, example)| (likeness(example), intent, example)).collect();
        all.sort_by(|a, b| b.0.total_cmp(&a.0));
        let near = |(similarity, intent, example): (f32, &str, &String)| Nearest {
            intent: intent.to_owned(),
            example: example.clone(),
            similarity: f64::from(similarity),
            shared: shared_spans(example, scored),
        };
        all.into_iter().filter(|found| found.0 > 0.0).take(SHOWN).map(near).collect()
    }

    fn at_thresholds(&self, text: &str) -> Vec<AtThreshold> {
        let rungs = self.ladder(text).into_iter();
        rungs.map(|r| AtThreshold { upto: r.upto, decision: r.routing.decision, intent: r.routing.intent }).collect()
    }

    fn without(&self, text: &str, content: &[&str], routing: &Routing) -> Vec<Without> {
        let text = clean(text);
        let mut words = content.to_vec();
        words.dedup();
        let one = |word: &str| {
            let other = self.route(&text.replacen(word, "", 1));
            let flips = (other.decision, &other.intent) != (routing.decision, &routing.intent);
            let Routing { decision, intent, confidence, .. } = other;
            Without { word: word.to_owned(), decision, intent, confidence, flips }
        };
        words.into_iter().filter(|word| text.contains(word)).map(one).collect()
    }
}

fn keyword(knowledge: &Knowledge, found: &KeywordMatch) -> Option<Keyword> {
    let intent = knowledge.intents.get(found.intent)?;
    let keyword = intent.keywords.get(found.number)?.text.clone();
    Some(Keyword { intent: intent.id.clone(), keyword, weight: found.weight })
}
