//! Cross-fitting. In: the training examples by class. Out: for each example the evidence of a model that had not seen it,
//! which is what the confidence is calibrated on. Must not know: words, files, decisions, what the evidence comes to.

use super::calibrate::{Evidence, Example, ExampleOrigin, Model, PLENTY, Role, Target, best, evidence, rarest};
use super::features::draw;

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
/// With fewer answer classes none is withheld whole.
const FEWEST_ANSWERS: usize = 4;

/// A message scored by a model that had not seen it.
pub struct Seen {
    pub evidence: Evidence,
    pub in_scope: bool,
    /// The best candidate is the right one.
    pub right: bool,
    pub is_background: bool,
}

/// What a model does not see.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Withheld {
    /// A share of the answer classes, and of the examples of the others.
    Classes,
    /// A share of the examples.
    Examples,
}

/// Messages scored by models that had not seen them, in folds of two kinds. Some withhold their share of the answer classes
/// whole, which stand for what is out of scope, and their share of the examples of all other classes: they tell in scope
/// from out of scope. The others withhold examples alone: with classes gone a candidate has too few rivals, and would seem
/// right more often than it is.
#[derive(Default)]
pub struct HeldOut {
    /// From the folds that withhold classes; empty where there are too few classes.
    pub without_classes: Vec<Seen>,
    pub without_examples: Vec<Seen>,
}

/// Runs `whole` beside the folds, on the cores there are, and gives its result with theirs. `rounds`: how often the classes
/// are put into folds; more of them make less of how they fell.
pub fn cross_fit<T: Send>(
    examples: &[Example],
    roles: &[Role],
    rounds: u64,
    whole: impl Fn() -> T + Sync,
) -> (Option<T>, HeldOut) {
    enum Done<T> {
        Whole(T),
        Fold(Vec<Seen>, Withheld),
    }
    let jobs = folds(examples, roles, rounds);
    let done = share_out(1 + jobs.len(), |job| match job.checked_sub(1).and_then(|at| jobs.get(at)) {
        None => Done::Whole(whole()),
        Some(&fold) => Done::Fold(judge_fold(examples, roles, fold), fold.withheld),
    });
    let (mut result, mut held_out) = (None, HeldOut::default());
    for part in done {
        match part {
            Done::Whole(whole) => result = Some(whole),
            Done::Fold(more, Withheld::Classes) => held_out.without_classes.extend(more),
            Done::Fold(more, Withheld::Examples) => held_out.without_examples.extend(more),
        }
    }
    (result, held_out)
}

/// One fold: its number, of how many, and what it withholds.
#[derive(Clone, Copy)]
struct Fold {
    fold: usize,
    folds: usize,
    /// Each round puts the classes into folds anew.
    round: u64,
    withheld: Withheld,
}

fn folds(examples: &[Example], roles: &[Role], rounds: u64) -> Vec<Fold> {
    let folds = if examples.len() >= PLENTY { FOLDS_OF_MANY } else { FOLDS };
    // withholding one class of two leaves nothing to tell apart
    let answers = roles.iter().filter(|role| **role == Role::Answer).count();
    let shares = (ENOUGH * SHARES).div_ceil(examples.len().max(1)).min(SHARES);
    let mut jobs = Vec::new();
    if answers >= FEWEST_ANSWERS {
        let round = |round| (0..folds).map(move |fold| Fold { fold, folds, round, withheld: Withheld::Classes });
        jobs.extend((0..rounds).flat_map(round));
    }
    jobs.extend((0..shares).map(|fold| Fold { fold, folds: SHARES, round: 0, withheld: Withheld::Examples }));
    jobs
}

/// What tells the draws of folds from those of the passes.
const FOLD_ROUND: u64 = u64::MAX;
const CLASS_ROUND: u64 = u64::MAX - 1;

fn judge_fold(examples: &[Example], roles: &[Role], job: Fold) -> Vec<Seen> {
    let Fold { fold, folds, round, withheld } = job;
    let of_class = match withheld {
        Withheld::Classes => class_folds(examples, roles, folds, round),
        Withheld::Examples => vec![None; roles.len()],
    };
    let withheld = |class: usize| of_class[class] == Some(fold);
    let (mut train, mut held) = (Vec::new(), Vec::new());
    for example in examples {
        // by its text alone: an example more or less elsewhere moves no other into another fold
        let mine = draw(example.key, FOLD_ROUND) % folds as u64 == fold as u64;
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
        Some(Seen {
            evidence: evidence(&scores, &vector, likeness, k, roles),
            in_scope,
            right,
            is_background: example.origin == ExampleOrigin::Background,
        })
    };
    held.iter().filter(|e| e.origin != ExampleOrigin::Label).filter_map(seen).collect()
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

/// The fold that withholds each answer class. In the first round by its place among the classes, so that neighbours, whose
/// names begin alike and which are often of one field, are in different folds: a class that is withheld beside its like is
/// too easily told from what is left (drawn at random, the out-of-scope AUROC near is up to .008 lower). In further rounds
/// the examples of a class draw its fold, but never its predecessor's.
fn class_folds(examples: &[Example], roles: &[Role], folds: usize, round: u64) -> Vec<Option<usize>> {
    let is_answer = |class: usize| roles[class] == Role::Answer;
    if round == 0 {
        return (0..roles.len()).map(|class| is_answer(class).then_some(class % folds)).collect();
    }
    let mut keys = vec![u64::MAX; roles.len()];
    for example in examples.iter().filter(|example| example.origin == ExampleOrigin::Message) {
        if let Target::Is(class) = example.target {
            // the least of them: it mostly stays when others come and go
            keys[class] = keys[class].min(draw(example.key, CLASS_ROUND));
        }
    }
    let mut last = None;
    let mut fold_of = |class: usize| {
        let others = (0..folds).filter(|fold| Some(*fold) != last);
        last = others.max_by_key(|fold| draw(keys[class], round << 8 | *fold as u64));
        last
    };
    (0..roles.len()).map(|class| if is_answer(class) { fold_of(class) } else { None }).collect()
}
