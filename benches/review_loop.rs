//! Does the review loop work? A bot that starts with five examples an intent meets the rest of a labelled data set, and a
//! reviewer, whom the labels play, has ten actions a round: on the ten largest clusters of what went unanswered, or on the
//! ten questions that came last. How right the bot is, and how much it answers, against the actions taken.
//! `cargo bench --bench review_loop -- [TRAIN.tsv [TEST.tsv]] [--plot FILE.svg]`. Without files: the shipped examples, of
//! which every fifth is kept for the test.

#[path = "review/labelled.rs"]
mod labelled;
#[path = "review/plot.rs"]
mod plot;

use labelled::{Labelled, Random, read_tsv, shipped};
use plot::{Curve, Panel, svg};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;
use wenlu::review::cluster::{ClusterMarks, ClusterQuestion, clusters};
use wenlu_core::knowledge::{Intent, Knowledge};
use wenlu_core::model::Decision;
use wenlu_core::model::Timestamp;
use wenlu_core::router::Router;

const START: usize = 5;
const ROUNDS: usize = 20;
const ACTIONS: usize = 10;
const SEEDS: u64 = 3;

/// What the reviewer takes up, and what becomes an example.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    /// The largest clusters, and of each the wording that stands for it. What asks the same is dealt with, too.
    Clusters,
    /// The same, and all of a cluster that asks the same becomes an example.
    All,
    /// Single questions, the latest first.
    Latest,
}

impl Order {
    const EACH: [(Order, &'static str); 3] = [
        (Order::Clusters, "largest clusters, a wording each"),
        (Order::All, "largest clusters, all wordings"),
        (Order::Latest, "most recent first"),
    ];
}

/// After so many actions.
#[derive(Clone, Copy, Debug, Default)]
struct Point {
    examples: f64,
    /// Of the test: where the best candidate is right, what is answered, and what is answered rightly.
    accuracy: f64,
    answered: f64,
    right: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| arg != "--bench")
        .collect();
    let plot = args
        .iter()
        .position(|arg| arg == "--plot")
        .and_then(|at| args.get(at + 1))
        .map(PathBuf::from);
    let mut files = args.iter().filter(|arg| arg.ends_with(".tsv"));
    let (name, all, test) = match (files.next(), files.next()) {
        (Some(train), Some(test)) => (train.clone(), read_tsv(train)?, read_tsv(test)?),
        (Some(train), None) => with_test(train.clone(), read_tsv(train)?),
        (None, _) => with_test("the shipped examples".to_owned(), shipped()?),
    };
    let mut curves = Vec::new();
    for (order, title) in Order::EACH {
        let runs: Vec<Vec<Point>> = (0..SEEDS)
            .map(|seed| run(&all, &test, order, seed))
            .collect();
        curves.push((title, mean(&runs)));
    }
    println!(
        "{name}: {} messages, {} to test with, mean of {SEEDS} draws",
        all.len(),
        test.len()
    );
    table(&curves);
    let plot =
        plot.unwrap_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("review-loop.svg"));
    std::fs::write(&plot, drawing(&curves))?;
    println!("plot: {}", plot.display());
    Ok(())
}

fn with_test(name: String, all: Vec<Labelled>) -> (String, Vec<Labelled>, Vec<Labelled>) {
    let (test, train): (Vec<_>, Vec<_>) =
        all.into_iter().enumerate().partition(|(at, _)| at % 5 == 4);
    let rows = |part: Vec<(usize, Labelled)>| part.into_iter().map(|(_, row)| row).collect();
    (name, rows(train), rows(test))
}

/// One bot's life: the state of things after each round, the first before any action.
fn run(all: &[Labelled], test: &[Labelled], order: Order, seed: u64) -> Vec<Point> {
    let mut rows = all.to_vec();
    Random(seed).shuffle(&mut rows);
    let mut examples: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut stream = Vec::new();
    for row in rows {
        let known = examples.entry(row.label.clone()).or_default();
        if known.len() < START {
            known.push(row.text)
        } else {
            stream.push(row)
        }
    }
    let mut bot = Router::build(&knowledge(&examples));
    let mut points = vec![judge(&bot, &examples, test)];
    let mut open: Vec<(usize, &Labelled)> = Vec::new();
    for (round, arrived) in stream.chunks(stream.len().div_ceil(ROUNDS)).enumerate() {
        let first = round * stream.len().div_ceil(ROUNDS);
        open.extend(
            arrived
                .iter()
                .enumerate()
                .map(|(at, row)| (first + at, row)),
        );
        // what the bot answers by now is not in the queue
        let decided = in_parts(&open, |(_, row)| bot.route(&row.text).decision);
        let mut answered = decided
            .into_iter()
            .map(|decision| decision == Decision::Answer);
        open.retain(|_| !answered.next().unwrap_or_default());
        let done = act(&mut examples, &open, order);
        open.retain(|(id, _)| !done.contains(id));
        bot = Router::build(&knowledge(&examples));
        points.push(judge(&bot, &examples, test));
    }
    points
}

/// Ten actions on what is open; which questions they dealt with.
fn act(
    examples: &mut BTreeMap<String, Vec<String>>,
    open: &[(usize, &Labelled)],
    order: Order,
) -> BTreeSet<usize> {
    let mut done = BTreeSet::new();
    if order == Order::Latest {
        for (id, row) in open.iter().rev().take(ACTIONS) {
            add(examples, &row.label, &row.text);
            done.insert(*id);
        }
        return done;
    }
    let question = |(id, row): &(usize, &Labelled)| ClusterQuestion {
        id: *id as i64,
        text: row.text.clone(),
        at: Timestamp(0),
        count: 1,
        cluster: None,
        candidates: Vec::new(),
    };
    let questions: Vec<ClusterQuestion> = open.iter().map(question).collect();
    let rows: BTreeMap<i64, &Labelled> = open.iter().map(|(id, row)| (*id as i64, *row)).collect();
    for cluster in clusters(&questions, &ClusterMarks::default(), Timestamp(0))
        .iter()
        .take(ACTIONS)
    {
        let asks = cluster
            .questions
            .iter()
            .map(|id| rows[id])
            .find(|row| row.text == cluster.representative);
        let Some(label) = asks.map(|row| row.label.clone()) else {
            continue;
        };
        for id in cluster
            .questions
            .iter()
            .filter(|id| rows[id].label == label)
        {
            if order == Order::All || rows[id].text == cluster.representative {
                add(examples, &label, &rows[id].text);
            }
            done.insert(*id as usize);
        }
    }
    done
}

fn add(examples: &mut BTreeMap<String, Vec<String>>, label: &str, text: &str) {
    let known = examples.entry(label.to_owned()).or_default();
    if !known.iter().any(|example| example == text) {
        known.push(text.to_owned());
    }
}

fn knowledge(examples: &BTreeMap<String, Vec<String>>) -> Knowledge {
    let intent = |(id, examples): (&String, &Vec<String>)| Intent {
        id: id.clone(),
        title: examples.first().cloned().unwrap_or_default(),
        examples: examples.clone(),
        ..Intent::default()
    };
    Knowledge {
        intents: examples.iter().map(intent).collect(),
        ..Knowledge::default()
    }
}

fn judge(bot: &Router, examples: &BTreeMap<String, Vec<String>>, test: &[Labelled]) -> Point {
    let outcomes = in_parts(test, |row| {
        let routing = bot.route(&row.text);
        let best = routing
            .candidates
            .first()
            .is_some_and(|candidate| candidate.intent == row.label);
        let answered = routing.decision == Decision::Answer;
        (
            best,
            answered,
            answered && routing.intent.as_ref() == Some(&row.label),
        )
    });
    let share = |of: fn(&(bool, bool, bool)) -> bool| {
        outcomes.iter().filter(|outcome| of(outcome)).count() as f64 / outcomes.len().max(1) as f64
    };
    Point {
        examples: examples.values().map(Vec::len).sum::<usize>() as f64,
        accuracy: share(|o| o.0),
        answered: share(|o| o.1),
        right: share(|o| o.2),
    }
}

fn in_parts<T: Sync, R: Send>(all: &[T], f: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let work = |part: &[T]| part.iter().map(&f).collect::<Vec<R>>();
    thread::scope(|scope| {
        let work = &work;
        let parts: Vec<_> = all
            .chunks(all.len().div_ceil(cores).max(1))
            .map(|part| scope.spawn(move || work(part)))
            .collect();
        parts
            .into_iter()
            .flat_map(|part| part.join().expect("a worker"))
            .collect()
    })
}

fn mean(runs: &[Vec<Point>]) -> Vec<Point> {
    let rounds = runs.iter().map(Vec::len).min().unwrap_or(0);
    let of = |round: usize, value: fn(&Point) -> f64| {
        runs.iter().map(|run| value(&run[round])).sum::<f64>() / runs.len() as f64
    };
    let point = |round: usize| Point {
        examples: of(round, |p| p.examples),
        accuracy: of(round, |p| p.accuracy),
        answered: of(round, |p| p.answered),
        right: of(round, |p| p.right),
    };
    (0..rounds).map(point).collect()
}

fn table(curves: &[(&str, Vec<Point>)]) {
    println!(
        "{:>8}  {}",
        "actions",
        curves
            .iter()
            .map(|(title, _)| format!("{title:<42}"))
            .collect::<String>()
    );
    println!(
        "{:>8}  {}",
        "",
        "right  answered  answered rightly  examples ".repeat(curves.len())
    );
    let rounds = curves
        .iter()
        .map(|(_, points)| points.len())
        .min()
        .unwrap_or(0);
    for round in (0..rounds).filter(|round| round % 2 == 0 || *round == 1) {
        let row = |(_, points): &(&str, Vec<Point>)| {
            let Point {
                examples,
                accuracy,
                answered,
                right,
            } = points[round];
            format!("{accuracy:>5.3}  {answered:>8.3}  {right:>16.3}  {examples:>8.0} ")
        };
        println!(
            "{:>8}  {}",
            round * ACTIONS,
            curves.iter().map(row).collect::<String>()
        );
    }
}

fn drawing(curves: &[(&str, Vec<Point>)]) -> String {
    let panel = |title: &'static str, value: fn(&Point) -> f64| Panel {
        title,
        curves: curves
            .iter()
            .map(|(name, points)| Curve {
                name: (*name).to_owned(),
                points: points
                    .iter()
                    .enumerate()
                    .map(|(at, point)| ((at * ACTIONS) as f64, value(point)))
                    .collect(),
            })
            .collect(),
    };
    svg(
        "actions of the reviewer",
        &[
            panel("the best candidate is right", |p| p.accuracy),
            panel("answered rightly", |p| p.right),
            panel("answered", |p| p.answered),
        ],
    )
}
