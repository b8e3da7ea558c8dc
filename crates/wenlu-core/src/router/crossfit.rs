//! Cross-fitting. In: the training examples by class. Out: for each example the evidence from a
//! model that was not trained on it; the calibration is fitted to these. Must not know: words,
//! files, decisions, what the evidence means.

use super::classifier::{Classifier, MANY_EXAMPLES, min_occurrences};
use super::evidence::{Evidence, best_class, evidence};
use super::features::draw;
use super::training_example::{ClassRole, ExampleOrigin, TrainingExample, TrainingTarget};

/// Folds of the classes, which tell in scope from out of scope; with thousands of examples three
/// are as good as five, in half the time.
const CLASS_FOLDS: usize = 5;
const CLASS_FOLDS_OF_MANY: usize = 3;
/// Folds of the examples, which tell how often a candidate is right. A model trained on fewer
/// examples scores lower than the one that serves, and the confidence comes out too high: with
/// three folds by .04 to .06 on massive_zh and similar sets (expected calibration error .077, with
/// ten folds .028).
const EXAMPLE_FOLDS: usize = 10;
/// This many held-out messages are enough to tell how often a candidate is right: no more folds of
/// the examples are trained than it takes to score them.
const MIN_HELD_OUT: usize = 600;
/// With fewer answer classes than this, none is withheld whole.
const MIN_ANSWER_CLASSES: usize = 4;

/// A message scored by a model that was not trained on it.
pub(crate) struct HeldOutScore {
    pub evidence: Evidence,
    pub in_scope: bool,
    /// Whether the best candidate is the right one.
    pub right: bool,
    pub is_background: bool,
}

/// What a fold withholds from training.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Withheld {
    /// Its share of the answer classes whole, and its share of the examples of the other classes.
    Classes,
    /// Its share of the examples.
    Examples,
}

/// Held-out messages by kind of fold. Folds that withhold answer classes whole use their messages
/// as out of scope, and the withheld examples of the other classes as in scope: they tell the two
/// apart. Folds that withhold examples alone tell how often the best candidate is right: with
/// classes missing it would have too few rivals, and seem right too often.
#[derive(Default)]
pub(crate) struct HeldOutScores {
    /// From the folds that withhold classes; empty where there are too few classes.
    pub without_classes: Vec<HeldOutScore>,
    pub without_examples: Vec<HeldOutScore>,
}

/// Runs `whole` and the folds in parallel and returns its result with their scores. `rounds`: how
/// often the classes are assigned to folds; the more rounds, the less depends on one assignment.
pub(super) fn cross_fit<T: Send>(
    examples: &[TrainingExample],
    roles: &[ClassRole],
    rounds: u64,
    whole: impl Fn() -> T + Sync,
) -> (Option<T>, HeldOutScores) {
    enum CrossFitOutput<T> {
        Whole(T),
        Fold(Vec<HeldOutScore>, Withheld),
    }
    let jobs = folds(examples, roles, rounds);
    let done = run_parallel(1 + jobs.len(), |job| {
        match job.checked_sub(1).and_then(|at| jobs.get(at)) {
            None => CrossFitOutput::Whole(whole()),
            Some(&fold) => CrossFitOutput::Fold(score_fold(examples, roles, fold), fold.withheld),
        }
    });
    let (mut result, mut held_out) = (None, HeldOutScores::default());
    for part in done {
        match part {
            CrossFitOutput::Whole(whole) => result = Some(whole),
            CrossFitOutput::Fold(more, Withheld::Classes) => held_out.without_classes.extend(more),
            CrossFitOutput::Fold(more, Withheld::Examples) => {
                held_out.without_examples.extend(more)
            }
        }
    }
    (result, held_out)
}

/// One fold, number `fold` of `folds`, and what it withholds.
#[derive(Clone, Copy)]
struct FoldJob {
    fold: usize,
    folds: usize,
    /// Each round assigns the classes to folds anew.
    round: u64,
    withheld: Withheld,
}

fn folds(examples: &[TrainingExample], roles: &[ClassRole], rounds: u64) -> Vec<FoldJob> {
    let folds = if examples.len() >= MANY_EXAMPLES {
        CLASS_FOLDS_OF_MANY
    } else {
        CLASS_FOLDS
    };
    // withholding one class of two would leave nothing to tell apart
    let answers = roles
        .iter()
        .filter(|role| **role == ClassRole::Answer)
        .count();
    let shares = (MIN_HELD_OUT * EXAMPLE_FOLDS)
        .div_ceil(examples.len().max(1))
        .min(EXAMPLE_FOLDS);
    let mut jobs = Vec::new();
    if answers >= MIN_ANSWER_CLASSES {
        let round = |round| {
            (0..folds).map(move |fold| FoldJob {
                fold,
                folds,
                round,
                withheld: Withheld::Classes,
            })
        };
        jobs.extend((0..rounds).flat_map(round));
    }
    jobs.extend((0..shares).map(|fold| FoldJob {
        fold,
        folds: EXAMPLE_FOLDS,
        round: 0,
        withheld: Withheld::Examples,
    }));
    jobs
}

/// Rounds of the pseudo-random numbers used here, distinct from those of the training passes.
const FOLD_ROUND: u64 = u64::MAX;
const CLASS_ROUND: u64 = u64::MAX - 1;

fn score_fold(
    examples: &[TrainingExample],
    roles: &[ClassRole],
    job: FoldJob,
) -> Vec<HeldOutScore> {
    let FoldJob {
        fold,
        folds,
        round,
        withheld,
    } = job;
    let of_class = match withheld {
        Withheld::Classes => class_folds(examples, roles, folds, round),
        Withheld::Examples => vec![None; roles.len()],
    };
    let withheld = |class: usize| of_class[class] == Some(fold);
    let (mut train, mut held) = (Vec::new(), Vec::new());
    for example in examples {
        // depends on its own text alone: another example more or less moves it into no other fold
        let mine = draw(example.key, FOLD_ROUND) % folds as u64 == fold as u64;
        match example.target {
            TrainingTarget::Is(class) if withheld(class) => held.push(example),
            TrainingTarget::IsNot(class) if withheld(class) => {}
            _ if mine => held.push(example),
            _ => train.push(example),
        }
    }
    let model = Classifier::train(&train, roles.len(), min_occurrences(examples));
    let seen = |example: &&TrainingExample| -> Option<HeldOutScore> {
        let (vector, scores) = model.score_encoded(&example.grams, example.vector.as_deref());
        let k = best_class(&scores, roles, ClassRole::Answer)?;
        let (in_scope, right) = match example.target {
            TrainingTarget::Is(class) => (
                roles[class] == ClassRole::Answer && !withheld(class),
                class == k,
            ),
            TrainingTarget::IsNot(class) if class == k => (false, false),
            TrainingTarget::IsNot(_) => return None,
        };
        let likeness = model.linear.class_similarity(&vector, k);
        Some(HeldOutScore {
            evidence: evidence(&scores, &vector, likeness, k, roles),
            in_scope,
            right,
            is_background: example.origin == ExampleOrigin::Background,
        })
    };
    held.iter()
        .filter(|e| e.origin != ExampleOrigin::Label)
        .filter_map(seen)
        .collect()
}

/// Runs the jobs `0..jobs` on all cores and returns their results in order.
fn run_parallel<T: Send>(jobs: usize, run: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let cores = std::thread::available_parallelism()
        .map_or(1, |n| n.get())
        .min(jobs);
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
            .flat_map(|worker| {
                worker
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    });
    all.sort_by_key(|(job, _)| *job);
    all.into_iter().map(|(_, result)| result).collect()
}

/// The fold that withholds each answer class. Round 0 goes by the class's index, so that
/// neighbours, whose ids begin alike and which often belong to one field, are in different folds: a
/// class withheld together with similar ones is too easily told from the rest (assigned at random,
/// the AUROC on near out-of-scope messages is up to .008 lower). Further rounds go by a hash of the
/// class's examples, and never repeat the fold of the class before it.
fn class_folds(
    examples: &[TrainingExample],
    roles: &[ClassRole],
    folds: usize,
    round: u64,
) -> Vec<Option<usize>> {
    let is_answer = |class: usize| roles[class] == ClassRole::Answer;
    if round == 0 {
        return (0..roles.len())
            .map(|class| is_answer(class).then_some(class % folds))
            .collect();
    }
    let mut keys = vec![u64::MAX; roles.len()];
    for example in examples
        .iter()
        .filter(|example| example.origin == ExampleOrigin::Message)
    {
        if let TrainingTarget::Is(class) = example.target {
            // the smallest key: it mostly stays when other examples come and go
            keys[class] = keys[class].min(draw(example.key, CLASS_ROUND));
        }
    }
    let mut last = None;
    let mut fold_of = |class: usize| {
        let others = (0..folds).filter(|fold| Some(*fold) != last);
        last = others.max_by_key(|fold| draw(keys[class], round << 8 | *fold as u64));
        last
    };
    (0..roles.len())
        .map(|class| {
            if is_answer(class) {
                fold_of(class)
            } else {
                None
            }
        })
        .collect()
}
