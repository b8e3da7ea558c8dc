//! How well like questions are put together, and how fast: purity and normalised mutual information with labels, beside
//! exact deduplication and k-means on TF-IDF; into how many clusters 300 questions on 40 topics come, and what a reviewer does for
//! them, one by one and cluster by cluster; and the time that 3,000 and 100,000 messages take.
//! `cargo bench --bench cluster -- [FILE.tsv…]` (`utterance<TAB>intent`, a header line; `none` is left out). Without a file:
//! the shipped examples, as different people begin and end them.

#[path = "review/effort.rs"]
mod effort;
#[path = "review/labelled.rs"]
mod labelled;
#[path = "review/quality.rs"]
mod quality;

use effort::{Effort, by_cluster, one_by_one};
use labelled::{Labelled, Random, read_tsv, shipped};
use quality::{kmeans, measure, variants};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::time::{Duration, Instant};
use wenlu::review::cluster::{Cluster, ClusterMarks, ClusterQuestion, clusters};
use wenlu_core::knowledge::{Intent, Knowledge};
use wenlu_core::model::{Decision, Timestamp};
use wenlu_core::router::Router;
use wenlu_core::text::normalize::normalize;

const FEW: usize = 3_000;
const MESSAGES: usize = 100_000;
/// On two cores.
const PROMISED: Duration = Duration::from_secs(30);

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with("--"))
        .collect();
    println!(
        "{:<28} {:>7} {:>7} {:>7} {:>8}  clusters",
        "", "purity", "NMI", "ARI", "time"
    );
    if files.is_empty() {
        println!("no TSV file given: the shipped examples");
        judge("shipped examples", shipped()?);
    }
    for file in &files {
        match read_tsv(file) {
            Ok(rows) => judge(file, rows),
            Err(error) => println!("{file}: skipped, {error}"),
        }
    }
    for file in &files {
        if let Ok(rows) = read_tsv(file) {
            afternoon(file, &rows);
        }
    }
    afternoon("shipped examples", &shipped()?);
    let rows = match files.first().map(|file| read_tsv(file)) {
        Some(Ok(rows)) => rows,
        _ => shipped()?,
    };
    if timed(&rows, FEW) < PROMISED && timed(&rows, MESSAGES) < PROMISED {
        Ok(())
    } else {
        Err("too slow".into())
    }
}

/// How long so many messages take.
fn timed(rows: &[Labelled], count: usize) -> Duration {
    let said = variants(rows, count).into_iter().enumerate();
    let many: Vec<ClusterQuestion> = said.map(question).collect();
    let begun = Instant::now();
    let found = clusters(&many, &ClusterMarks::default(), Timestamp(0));
    let took = begun.elapsed();
    println!("{count} messages in {took:.1?}: {} clusters", found.len());
    took
}

/// What a reviewer has before them: 300 questions on 40 topics that the bot did not answer, as different people begin and end
/// them. It has five examples of half of the topics, and of all others in the data; the other half is new to it. The mean of
/// several draws.
fn afternoon(name: &str, rows: &[Labelled]) {
    let mut sums = [0.0; 3];
    let mut efforts = [Effort::default(); 2];
    for seed in 0..DRAWS {
        let Some((questions, labels)) = drawn(rows, seed) else {
            return println!("{name}: too few for {QUESTIONS} questions on {TOPICS} topics");
        };
        let found = clusters(&questions, &ClusterMarks::default(), Timestamp(0));
        let of = placed(&found, questions.len());
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let measured = measure(&of, &labels);
        let made = [
            one_by_one(&questions, &labels),
            by_cluster(&found, &questions, &labels),
        ];
        for (effort, made) in efforts.iter_mut().zip(made) {
            effort.actions += made.actions / DRAWS as f64;
            effort.seconds += made.seconds / DRAWS as f64;
        }
        let figures = [measured.clusters as f64, measured.purity, measured.nmi];
        sums.iter_mut()
            .zip(figures)
            .for_each(|(sum, figure)| *sum += figure);
    }
    let [clusters, purity, nmi] = sums.map(|sum| sum / DRAWS as f64);
    println!(
        "{name}: {QUESTIONS} questions on {TOPICS} topics: {clusters:.1} clusters, purity {purity:.3}, NMI {nmi:.3}"
    );
    for (how, effort) in ["one by one", "by cluster"].iter().zip(efforts) {
        println!(
            "  a reviewer, {how}: {:.0} actions, {:.0} minutes",
            effort.actions,
            effort.seconds / 60.0
        );
    }
}

const QUESTIONS: usize = 300;
const TOPICS: usize = 40;
/// Of each topic that is asked about.
const WORDINGS: usize = 3;
/// Of each intent that the bot knows.
const EXAMPLES: usize = 5;
const DRAWS: u64 = 5;

/// The questions with what the bot took them for, and the topic of each.
fn drawn(rows: &[Labelled], seed: u64) -> Option<(Vec<ClusterQuestion>, Vec<String>)> {
    let mut by_label: BTreeMap<&str, Vec<&Labelled>> = BTreeMap::new();
    for row in rows {
        by_label.entry(&row.label).or_default().push(row);
    }
    let mut random = Random(seed);
    let mut topics: Vec<Vec<&Labelled>> = by_label.into_values().collect();
    topics.iter_mut().for_each(|of| random.shuffle(of));
    random.shuffle(&mut topics);
    topics.sort_by_key(|of| of.len() < EXAMPLES + 2 * WORDINGS);
    let intents = topics
        .iter()
        .skip(TOPICS / 2)
        .map(|of| intent(of))
        .collect();
    let bot = Router::build(&Knowledge {
        intents,
        ..Knowledge::default()
    });
    let mut asked: Vec<Labelled> = Vec::new();
    for topic in topics.iter().take(TOPICS) {
        let open = topic.iter().skip(EXAMPLES);
        let open = open.filter(|row| bot.route(&row.text).decision != Decision::Answer);
        asked.extend(open.take(WORDINGS).map(|row| (*row).clone()));
    }
    random.shuffle(&mut asked);
    let mut said = variants(&asked, QUESTIONS);
    random.shuffle(&mut said);
    let labels = said.iter().map(|row| row.label.clone()).collect();
    let question = |(at, row): (usize, Labelled)| ClusterQuestion {
        candidates: bot.route(&row.text).candidates,
        ..question((at, row))
    };
    let questions = said.into_iter().enumerate().map(question).collect();
    (asked.len() >= TOPICS).then_some((questions, labels))
}

fn intent(rows: &[&Labelled]) -> Intent {
    let examples = rows.iter().take(EXAMPLES);
    Intent {
        id: rows.first().map_or(String::new(), |row| row.label.clone()),
        title: rows.first().map_or(String::new(), |row| row.text.clone()),
        examples: examples.map(|row| row.text.clone()).collect(),
        ..Intent::default()
    }
}

fn question((at, row): (usize, Labelled)) -> ClusterQuestion {
    ClusterQuestion {
        id: at as i64,
        text: row.text,
        at: Timestamp(0),
        count: 1,
        cluster: None,
        candidates: Vec::new(),
    }
}

/// The number of the cluster that each of `count` questions is in.
fn placed(found: &[Cluster], count: usize) -> Vec<usize> {
    let mut of = vec![0; count];
    for (number, cluster) in found.iter().enumerate() {
        for id in &cluster.questions {
            of[*id as usize] = number;
        }
    }
    of
}

fn judge(name: &str, mut rows: Vec<Labelled>) {
    Random(0x5eed).shuffle(&mut rows);
    let labels: Vec<&str> = rows.iter().map(|row| row.label.as_str()).collect();
    let intents = labels.iter().collect::<BTreeSet<_>>().len();
    println!("{name}: {} messages, {intents} intents", rows.len());
    let show = |method: &str, of: &[usize], took: Duration| {
        let measured = measure(of, &labels);
        println!(
            "  {method:<26} {:>7.3} {:>7.3} {:>7.3} {:>8}  {}, of them {} of more than one question, with {:.0} % of all",
            measured.purity,
            measured.nmi,
            measured.ari,
            format!("{:.2} s", took.as_secs_f64()),
            measured.clusters,
            measured.plural,
            100.0 * measured.share,
        );
    };
    let begun = Instant::now();
    let questions: Vec<ClusterQuestion> = rows.iter().cloned().enumerate().map(question).collect();
    let found = clusters(&questions, &ClusterMarks::default(), Timestamp(0));
    let of = placed(&found, rows.len());
    show("wenlu", &of, begun.elapsed());

    let begun = Instant::now();
    let normals: Vec<String> = rows.iter().map(|row| normalize(&row.text)).collect();
    let distinct: Vec<&String> = normals
        .iter()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let same: Vec<usize> = normals
        .iter()
        .map(|text| distinct.binary_search(&text).unwrap_or_default())
        .collect();
    show("exact deduplication", &same, begun.elapsed());
    // told how many there are, and as many as ours
    for (of, count) in [("as the intents", intents), ("as ours", found.len())] {
        let begun = Instant::now();
        match kmeans(&normals, count) {
            Some(means) => show(&format!("k-means, k {of}"), &means, begun.elapsed()),
            None => println!(
                "  k-means, k {of}: {count} means of {} are too many to wait for",
                rows.len()
            ),
        }
    }
    let half: Vec<ClusterQuestion> = questions
        .iter()
        .take(questions.len() / 2)
        .cloned()
        .collect();
    let before = clusters(&half, &ClusterMarks::default(), Timestamp(0));
    let ids: BTreeSet<_> = found.iter().map(|cluster| cluster.id).collect();
    let kept = before
        .iter()
        .filter(|cluster| ids.contains(&cluster.id))
        .count();
    println!(
        "  of {} clusters of the first half, {kept} kept their id",
        before.len()
    );
}
