//! Calibrating. In: the training examples by class. Out: a confidence, the probability that the best candidate is the
//! right answer, and the thresholds for acting on it, both from cross-fitting: every number they rest on was scored by a
//! model that had not seen the message. Must not know: words, files, decisions.

use super::features::Gram;
use super::logistic::{Logistic, Observation, sigmoid};
use super::score::{Likeness, Linear, Scores};
use super::vocabulary::{Rarest, Vector, Vocabulary};

/// What a class is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Has a reply of its own: can be a candidate.
    Answer,
    /// A menu, a gap, or out of scope: draws messages away from the candidates.
    Other,
}

/// One training message.
#[derive(Clone, Debug)]
pub struct Example {
    pub grams: Vec<Gram>,
    pub target: Target,
    /// Stands for people's messages: takes part in cross-fitting. Titles and keywords do not.
    pub real: bool,
}

/// What a training message says of the classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Is(usize),
    /// A near miss: anything but this class.
    IsNot(usize),
}

/// Parts that the classes are cut into for telling what is in scope; of thousands of examples three say as much as five, in
/// half the time.
const FOLDS: usize = 5;
const FOLDS_OF_MANY: usize = 3;
/// Parts that the examples are cut into for telling what is right. A model that sees fewer examples scores lower than the
/// one that serves, and the confidence comes out too high: with three parts by .04 to .06 on massive_zh and near it
/// (expected calibration error .077, with ten .028).
const SHARES: usize = 10;
/// So many examples, judged by models that had not seen them, say how often a candidate is right; then no more shares are
/// held back.
const ENOUGH: usize = 600;
/// Evidence that the confidence is made of, see [`evidence`].
pub const EVIDENCE: usize = 8;
pub const EVIDENCE_NAMES: [&str; EVIDENCE] = [
    "logit",
    "log_probability",
    "centroid_cosine",
    "coverage",
    "other_mass",
    "class_coverage",
    "class_usual",
    "length",
];
const COVERAGE: usize = 3;
/// Standard deviations of coverage on top of its fitted weight: real out-of-scope messages know fewer of the vocabulary's
/// words than withheld intents of the same field do. On public data a quarter is up to .007 better (AUROC) where they are
/// near the field, and .01 to .02 worse where they are far from it; .5 and .6 differ by noise.
const COVERAGE_BONUS: f64 = 0.6;
/// What the weights of the evidence come to on public data, rounded: logit 1.1 to 3.9, cosine −.1 to −2.1, and so on. A
/// handful of messages would be told apart by anything, such as their length: the fewer there are, the more this weighs.
const USUAL: [f64; EVIDENCE] = [1.5, 0.0, -0.5, 0.0, 0.0, 0.8, -0.2, 0.1];
/// The penalty on being unusual is this over the number of messages, on top of a thousandth.
const FEW: f64 = 0.5;
/// Share of rightly routed in-scope messages that the threshold keeps ("keep 85").
pub const KEEP: f64 = 0.85;

/// No threshold is higher: where the intents are clear-cut nearly every confidence is close to 1, and a fixed share of them
/// would be asked back for nothing.
const SURE: f64 = 0.9;

/// The confidence model and its thresholds.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// Log-odds that the message belongs to the best candidate rather than nowhere.
    pub scope: Logistic<EVIDENCE>,
    /// From those log-odds to the probability of being right.
    pub right: Logistic<1>,
    /// At or above: answer.
    pub threshold: f64,
}

/// The evidence for candidate `k`, of a message with this likeness to its examples.
pub fn evidence(scores: &Scores, message: &Vector, likeness: Likeness, k: usize, roles: &[Role]) -> [f64; EVIDENCE] {
    let p = f64::from(scores.probabilities[k]);
    let mass = |role: Role| -> f64 {
        scores.probabilities.iter().zip(roles).filter(|(_, r)| **r == role).map(|(p, _)| f64::from(*p)).sum()
    };
    let other = mass(Role::Other);
    [
        f64::from(scores.logits[k]),
        libm::log(p.max(1e-9)),
        f64::from(likeness.cosine),
        f64::from(message.coverage),
        libm::log((other + 1e-4) / (1.0 - other + 1e-4)),
        // of all it says, what the candidate's own examples say too: steadies the confidence where the classes share words
        f64::from(message.coverage * likeness.shared),
        // and what most of them say: .003 (AUROC) on smp2020, .001 to .004 elsewhere
        f64::from(likeness.usual),
        // of a short message little must be known: .008 on massive_zh, .005 where what is out of scope is near
        libm::log(f64::from(message.weight).max(1.0)),
    ]
}

/// The class with the highest logit among those with `role`.
pub fn best(scores: &Scores, roles: &[Role], role: Role) -> Option<usize> {
    (0..scores.logits.len())
        .filter(|&c| roles[c] == role)
        .max_by(|&a, &b| scores.logits[a].total_cmp(&scores.logits[b]).then(b.cmp(&a)))
}

/// The model of all examples, and its calibration from cross-fitting, in folds of two kinds. Some withhold their share of the
/// answer classes whole, which stand for what is out of scope, and their share of the examples of all other classes: they
/// tell in scope from out of scope. The others withhold examples alone: with classes gone a candidate has too few rivals,
/// and would seem right more often than it is.
pub fn train(examples: &[Example], roles: &[Role]) -> (Model, Calibration) {
    enum Done {
        Whole(Box<Model>),
        Fold(Vec<Seen>, Withheld),
    }
    let is_many = examples.len() >= PLENTY;
    let folds = if is_many { FOLDS_OF_MANY } else { FOLDS };
    // withholding one class of two leaves nothing to tell apart
    let answers = roles.iter().filter(|role| **role == Role::Answer).count();
    let shares = (ENOUGH * SHARES).div_ceil(examples.len().max(1)).min(SHARES);
    let mut jobs = Vec::new();
    if answers >= 4 {
        jobs.extend((0..folds).map(|fold| (fold, folds, Withheld::Classes)));
    }
    jobs.extend((0..shares).map(|fold| (fold, SHARES, Withheld::Examples)));
    let done = share_out(1 + jobs.len(), |job| match job.checked_sub(1).and_then(|at| jobs.get(at)) {
        None => {
            Done::Whole(Box::new(Model::train(&examples.iter().collect::<Vec<_>>(), roles.len(), rarest(examples))))
        }
        Some(&(fold, folds, withheld)) => Done::Fold(cross_fit(examples, roles, fold, folds, withheld), withheld),
    });
    let (mut model, mut apart, mut together) = (None, Vec::new(), Vec::new());
    for result in done {
        match result {
            Done::Whole(whole) => model = Some(*whole),
            Done::Fold(more, Withheld::Classes) => apart.extend(more),
            Done::Fold(more, Withheld::Examples) => together.extend(more),
        }
    }
    let scope = if apart.is_empty() { &together } else { &apart };
    // job 0 is always among them; an empty model serves no purpose but saves a panic
    (
        model.unwrap_or_else(|| Model::train(&[], roles.len(), Rarest::default())),
        Calibration::from_seen(scope, &together),
    )
}

impl Calibration {
    /// The probability that candidate `k` is the right answer.
    pub fn confidence(&self, evidence: &[f64; EVIDENCE]) -> f64 {
        sigmoid(self.right.logit(&[self.scope_logit(evidence)]))
    }

    pub fn scope_logit(&self, evidence: &[f64; EVIDENCE]) -> f64 {
        self.scope.logit(evidence)
    }

    /// `apart` tells what is in scope, and how much of it passes; `together` how often a candidate is right.
    fn from_seen(apart: &[Seen], together: &[Seen]) -> Self {
        let (inside, outside) = (count(apart, true), count(apart, false));
        let observations: Vec<_> = apart
            .iter()
            .map(|s| Observation {
                features: s.evidence,
                yes: s.in_scope,
                weight: 1.0 / if s.in_scope { inside } else { outside },
            })
            .collect();
        let mut scope = Logistic::fit(&observations, USUAL, 1e-3 + FEW / apart.len().max(1) as f64);
        scope.weights[COVERAGE] += COVERAGE_BONUS;
        let right: Vec<_> = together
            .iter()
            .map(|s| Observation { features: [scope.logit(&s.evidence)], yes: s.right, weight: 1.0 })
            .collect();
        let mut calibration = Self { scope, right: Logistic::fit(&right, [0.0], 1e-4), threshold: 0.5 };
        let kept = apart.iter().filter(|s| s.right).map(|s| calibration.confidence(&s.evidence)).collect();
        calibration.threshold = quantile(kept, 1.0 - KEEP).unwrap_or(0.5).min(SURE);
        calibration
    }
}

/// Runs the jobs `0..jobs` on the machine's cores and gives their results in order, whichever came first.
fn share_out<T: Send>(jobs: usize, run: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get()).min(jobs);
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let job = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if job >= jobs {
                return done;
            }
            done.push((job, run(job)));
        }
    };
    let mut all: Vec<(usize, T)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    all.sort_by_key(|(job, _)| *job);
    all.into_iter().map(|(_, result)| result).collect()
}

/// A message scored by a model that had not seen it.
struct Seen {
    evidence: [f64; EVIDENCE],
    in_scope: bool,
    right: bool,
}

/// What a model does not see.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Withheld {
    /// A share of the answer classes, and of the examples of the others.
    Classes,
    /// A share of the examples.
    Examples,
}

fn count(seen: &[Seen], in_scope: bool) -> f64 {
    seen.iter().filter(|s| s.in_scope == in_scope).count().max(1) as f64
}

/// The value below which a share `q` lies.
fn quantile(mut values: Vec<f64>, q: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(((values.len() as f64 - 1.0).max(0.0) * q) as usize).copied()
}

fn cross_fit(examples: &[Example], roles: &[Role], fold: usize, folds: usize, withheld: Withheld) -> Vec<Seen> {
    let withheld =
        |class: usize| withheld == Withheld::Classes && roles[class] == Role::Answer && class % folds == fold;
    let mut nth = vec![0usize; roles.len()];
    let (mut train, mut held) = (Vec::new(), Vec::new());
    for example in examples {
        let (Target::Is(class) | Target::IsNot(class)) = example.target;
        nth[class] += 1;
        let mine = (nth[class] + class) % folds == fold;
        match example.target {
            Target::Is(class) if withheld(class) => held.push(example),
            Target::IsNot(class) if withheld(class) => {}
            _ if mine => held.push(example),
            _ => train.push(example),
        }
    }
    let model = Model::train(&train, roles.len(), rarest(examples));
    let seen = |example: &&Example| -> Option<Seen> {
        let (vector, scores) = model.score(&example.grams);
        let k = best(&scores, roles, Role::Answer)?;
        let (in_scope, right) = match example.target {
            Target::Is(class) => (roles[class] == Role::Answer && !withheld(class), class == k),
            Target::IsNot(class) if class == k => (false, false),
            Target::IsNot(_) => return None,
        };
        let likeness = model.linear.likeness(&vector, k);
        Some(Seen { evidence: evidence(&scores, &vector, likeness, k, roles), in_scope, right })
    };
    held.iter().filter(|e| e.real).filter_map(seen).collect()
}

/// From so many training examples on, work is saved where it changes nothing.
pub const PLENTY: usize = 3_000;

/// In how many examples a gram must occur to be learnt from. With thousands of examples the grams that occur once are most
/// of the memory and half of the time and teach nothing, and so do pairs of units in fewer than five; with few examples
/// they are worth a point or two.
pub fn rarest(examples: &[Example]) -> Rarest {
    if examples.len() < PLENTY { Rarest::default() } else { Rarest { gram: 2, unit_pair: 5 } }
}

/// Vocabulary and weights together.
pub struct Model {
    pub vocabulary: Vocabulary,
    pub linear: Linear,
}

impl Model {
    /// Learns from the grams that are not rarer than `rarest`.
    pub fn train(examples: &[&Example], classes: usize, rarest: Rarest) -> Self {
        let known = examples.iter().filter_map(|e| match e.target {
            Target::Is(class) => Some((e.grams.as_slice(), class)),
            Target::IsNot(_) => None,
        });
        let vocabulary = Vocabulary::build(known, classes, rarest);
        let rows: Vec<(Vector, Target)> = examples.iter().map(|e| (vocabulary.vector(&e.grams), e.target)).collect();
        let linear = Linear::train(&rows, vocabulary.places(), classes);
        Self { vocabulary, linear }
    }

    pub fn score(&self, grams: &[Gram]) -> (Vector, Scores) {
        let vector = self.vocabulary.vector(grams);
        let scores = self.linear.score(&vector);
        (vector, scores)
    }
}
