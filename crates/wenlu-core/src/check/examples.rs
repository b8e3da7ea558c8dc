//! Examples that conflict with each other. In: a corpus. Out: examples that are, or seem to be, in
//! the wrong intent; nearly the same wording in two intents; near misses that are nearly an example
//! of the same intent.
//!
//! An example is reported as nearer to another intent only if two independent tests agree: its
//! nearest neighbour, and a router trained without either of the two. (That router sends a
//! mislabelled example and its neighbour to the same intent, so that only the mislabelled one is
//! reported.) Either test alone has many false positives, since people write examples to differ
//! from each other: among 2,700 good examples the neighbour alone points elsewhere for 880, and
//! both tests for 230, most of which nobody would move. The limits below are set so that, on the
//! shipped knowledge, CLINC150 and MASSIVE, the reports are what a person would look at.
//!
//! Exact nearest neighbours of all examples are cheap; routers are trained only for the suspects.
//! Two routers suffice, each trained without half of the suspects and their neighbours.

use super::corpus::{CorpusLine, ExampleCorpus};
use super::neighbours::{Neighbour, Neighbourhood, neighbourhoods};
use super::progress::{CheckProgress, CheckStage, ConcernFilter};
use crate::knowledge::IntentKind;
use crate::knowledge::diagnostic::{Code, Diagnostic};
use crate::router::vocabulary::cosine;
use crate::router::{Classifier, TrainingExample, min_occurrences};
use crate::text::normalize::{is_han, normalize};
use crate::text::similarity::dice_similarity;
use crate::text::units::units;
use std::collections::{BTreeMap, BTreeSet};

/// Another intent's example makes an example suspect from this cosine on, if it is nearer than the
/// nearest of its own intent by the second number.
const SUSPECT_COSINE: f32 = 0.6;
const SUSPECT_LEAD: f32 = 0.05;
/// A suspect becomes a warning from this cosine, this lead, and this probability of the router on.
const WARNING_COSINE: f32 = 0.65;
const WARNING_LEAD: f32 = 0.1;
const WARNING_PROBABILITY: f32 = 0.7;
/// With a lower probability of the other intent, the router disagrees and nothing is reported.
const MIN_RIVAL_PROBABILITY: f32 = 0.6;
/// Minimum Dice similarity of a suspect and its neighbour: the vectors leave out filler, so that
/// 你好啊 and 啊啊啊啊啊 are the same.
const MIN_SUSPECT_DICE: f32 = 0.4;
/// From this Dice similarity on two wordings are nearly the same.
const SAME_DICE: f32 = 0.9;

/// Checks the examples and near misses that `concern` selects.
pub(super) fn check(
    corpus: &ExampleCorpus,
    concern: ConcernFilter,
    progress: CheckProgress,
    out: &mut Vec<Diagnostic>,
) {
    let of_concern = |line: &CorpusLine| concern(corpus.file(line.class), &line.span);
    let looked_at: Vec<usize> = (0..corpus.lines.len())
        .filter(|at| of_concern(&corpus.lines[*at]))
        .collect();
    let total = looked_at.len();
    let around = neighbourhoods(
        &corpus.lines,
        &looked_at,
        corpus.features,
        SUSPECT_COSINE,
        |a, b| !corpus.are_menu_and_child(a, b),
        |done| progress(CheckStage::Comparing, done, total),
    );
    let around: Vec<(usize, Neighbourhood)> = looked_at.into_iter().zip(around).collect();
    let twins = near_duplicates(corpus, &around, out);
    let alone = around.iter().filter(|(at, _)| !twins[*at]);
    let suspects: Vec<SuspectExample> = alone
        .filter_map(|(at, around)| suspect(corpus, *at, around))
        .collect();
    judge_in_halves(corpus, &suspects, progress, out);
    near_misses(corpus, concern, out);
}

/// An example whose nearest neighbour belongs to another intent.
#[derive(Clone, Copy)]
struct SuspectExample {
    line: usize,
    other: Neighbour,
    nearer_by: f32,
}

/// Out-of-scope examples are near in-scope ones on purpose, and a menu's example is the topic of
/// longer questions: neither is a suspect.
fn suspect(corpus: &ExampleCorpus, line: usize, around: &Neighbourhood) -> Option<SuspectExample> {
    let takes_part =
        |at: usize| !matches!(corpus.kind(corpus.lines[at].class), Some(IntentKind::Menu));
    let other = around
        .other
        .filter(|other| other.cosine >= SUSPECT_COSINE)?;
    let nearer_by = other.cosine - around.own.map_or(0.0, |own| own.cosine);
    let counts = nearer_by >= SUSPECT_LEAD
        && corpus.kind(corpus.lines[line].class).is_some()
        && takes_part(line)
        && takes_part(other.line)
        && dice_similarity(corpus.lines[line].text, corpus.lines[other.line].text)
            >= MIN_SUSPECT_DICE;
    counts.then_some(SuspectExample {
        line,
        other,
        nearer_by,
    })
}

/// Judges the suspects by routers that were not trained on them.
fn judge_in_halves(
    corpus: &ExampleCorpus,
    suspects: &[SuspectExample],
    progress: CheckProgress,
    out: &mut Vec<Diagnostic>,
) {
    if suspects.is_empty() {
        return;
    }
    progress(CheckStage::Learning, 0, 1);
    let half = |which: usize| -> Vec<SuspectExample> {
        suspects.iter().copied().skip(which).step_by(2).collect()
    };
    let found = std::thread::scope(|scope| {
        let halves =
            [half(0), half(1)].map(|half| scope.spawn(move || judge_suspects(corpus, &half)));
        halves.map(|half| {
            half.join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    });
    out.extend(found.into_iter().flatten());
}

fn judge_suspects(corpus: &ExampleCorpus, suspects: &[SuspectExample]) -> Vec<Diagnostic> {
    if suspects.is_empty() {
        return Vec::new();
    }
    let mut withheld = vec![false; corpus.training.len()];
    for line in suspects
        .iter()
        .flat_map(|suspect| [suspect.line, suspect.other.line])
    {
        withheld[corpus.lines[line].at] = true;
    }
    let seen: Vec<&TrainingExample> = corpus
        .training
        .iter()
        .zip(&withheld)
        .filter(|(_, w)| !**w)
        .map(|(e, _)| e)
        .collect();
    let model = Classifier::train(&seen, corpus.classes, min_occurrences(&corpus.training));
    let judge = |suspect: &SuspectExample| {
        let line = &corpus.lines[suspect.line];
        let rival = corpus.lines[suspect.other.line].class;
        let (_, scores) = model.score(&corpus.training[line.at].grams);
        let p = |class: usize| scores.probabilities.get(class).copied().unwrap_or(0.0);
        (p(rival) >= MIN_RIVAL_PROBABILITY).then(|| suspect_diagnostic(corpus, suspect, p(rival)))
    };
    suspects.iter().filter_map(judge).collect()
}

fn suspect_diagnostic(
    corpus: &ExampleCorpus,
    suspect: &SuspectExample,
    probability: f32,
) -> Diagnostic {
    let (line, near) = (
        &corpus.lines[suspect.line],
        &corpus.lines[suspect.other.line],
    );
    let (own, other) = (corpus.name(line.class), corpus.name(near.class));
    let is_sure = probability >= WARNING_PROBABILITY
        && suspect.other.cosine >= WARNING_COSINE
        && suspect.nearer_by >= WARNING_LEAD;
    let elsewhere = match corpus.kind(near.class) {
        Some(_) => format!("如果它问的就是{other}，把它移过去；否则"),
        None => "如果不该由任何意图回答，把它移过去；否则".to_owned(),
    };
    let diagnostic = match is_sure {
        true => at(
            corpus,
            Code::NearerElsewhere,
            line,
            format!("不看这句例句本身，机器人会把它当作{other}，而不是{own}"),
        )
        .help(format!(
            "{elsewhere}在这里补几句同样的说法，并在对方的 not 里写上它"
        )),
        false => at(
            corpus,
            Code::CloseElsewhere,
            line,
            format!("这句例句离{other}比离自己的意图近"),
        )
        .help(format!("{elsewhere}在这里补几句同样的说法")),
    };
    diagnostic.label(format!("写在{own}里")).also(
        corpus.file(near.class),
        near.span.clone(),
        "和这句最像",
    )
}

/// Reports nearly the same wording in two intents, each pair once, at the later one. Returns for
/// each line whether it is in such a pair.
fn near_duplicates(
    corpus: &ExampleCorpus,
    around: &[(usize, Neighbourhood)],
    out: &mut Vec<Diagnostic>,
) -> Vec<bool> {
    let mut found = vec![false; corpus.lines.len()];
    let mut pairs: BTreeSet<(usize, usize)> = BTreeSet::new();
    for (at, around) in around {
        pairs.extend(
            around
                .close
                .iter()
                .map(|near| (near.line.max(*at), near.line.min(*at))),
        );
    }
    for (later, earlier) in pairs {
        let (line, first) = (&corpus.lines[later], &corpus.lines[earlier]);
        if !are_same(corpus, line, first) {
            continue;
        }
        (found[later], found[earlier]) = (true, true);
        let message = format!("和{}里的一句几乎一样", corpus.name(first.class));
        out.push(
            at(corpus, Code::NearDuplicate, line, message)
                .label(format!("写在{}里", corpus.name(line.class)))
                .also(
                    corpus.file(first.class),
                    first.span.clone(),
                    "几乎一样的一句",
                )
                .help("想清楚它该由哪个意图回答，删掉另一句，或者写明它们的不同"),
        );
    }
    found
}

/// Reports near misses that are nearly an example of their own intent.
fn near_misses(corpus: &ExampleCorpus, concern: ConcernFilter, out: &mut Vec<Diagnostic>) {
    for miss in &corpus.near_misses {
        let file = corpus.file(miss.class);
        let from = corpus.lines.partition_point(|line| line.class < miss.class);
        let own = corpus
            .lines
            .iter()
            .skip(from)
            .take_while(|line| line.class == miss.class);
        let all = concern(file, &miss.span);
        let own = own.filter(|line| all || concern(file, &line.span));
        let mut close = own.filter(|line| cosine(&line.vector, &miss.vector) >= SUSPECT_COSINE);
        if let Some(example) = close.find(|line| are_same(corpus, line, miss)) {
            out.push(
                at(
                    corpus,
                    Code::NotNearExample,
                    miss,
                    "这句 not 和自己的一句例句几乎一样",
                )
                .label("不该到这里来")
                .also(
                    corpus.file(example.class),
                    example.span.clone(),
                    "该到这里来",
                )
                .help("机器人很难分清这两句；删掉一句，或者写明它们的不同"),
            );
        }
    }
}

fn at(
    corpus: &ExampleCorpus,
    code: Code,
    line: &CorpusLine,
    message: impl Into<String>,
) -> Diagnostic {
    Diagnostic::new(code, corpus.file(line.class), line.span.clone(), message)
}

/// Nearly the same wording: similar, with at most one character exchanged, left out or added; or
/// the same characters and words in another order (小程序怎么注销, 怎么注销小程序).
fn are_same(corpus: &ExampleCorpus, a: &CorpusLine, b: &CorpusLine) -> bool {
    let (a, b) = (normalize(a.text), normalize(b.text));
    let (a, b) = (corpus.lexical.strip(&a), corpus.lexical.strip(&b));
    let (left, right) = (bag(a), bag(b));
    if left.is_empty() || right.is_empty() {
        return false;
    }
    left == right
        || (surplus(&left, &right) <= 1
            && surplus(&right, &left) <= 1
            && dice_similarity(a, b) >= SAME_DICE)
}

/// How often each character or word occurs in a text, particles excluded.
fn bag(normal: &str) -> BTreeMap<String, usize> {
    const PARTICLES: &[&str] = &[
        "吗", "呢", "啊", "呀", "吧", "嘛", "的", "了", "请", "啦", "please",
    ];
    let mut bag = BTreeMap::new();
    for unit in units(normal).filter(|unit| !PARTICLES.contains(&unit.text)) {
        *bag.entry(unit.text.to_owned()).or_default() += 1;
    }
    bag
}

/// How much of `a` is not in `b`, in characters. A word of letters counts as two: QQ小程序 is
/// something else than 小程序.
fn surplus(a: &BTreeMap<String, usize>, b: &BTreeMap<String, usize>) -> usize {
    let missing = |(unit, n): (&String, &usize)| {
        let length = if unit.chars().all(is_han) { 1 } else { 2 };
        length * n.saturating_sub(b.get(unit).copied().unwrap_or(0))
    };
    a.iter().map(missing).sum()
}
