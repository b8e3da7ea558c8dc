//! Whether an edit changes what it is about, and nothing else: some 250 seeded edits of the shipped knowledge, each
//! measured on tests/held-out.tsv and all `[[test]]`s, for the messages that are not about the edited intent.
//! `cargo bench --bench locality`; `-- --refit` calibrates anew after each edit, as knowledge without a calibration file
//! does. Prints one JSON object, and the decisions and tests of other intents that changed, on standard error.

#[path = "locality/edits.rs"]
mod edits;

use edits::{SeededEdit, Topic, TopicFile};
use fastrand::Rng;
use std::collections::BTreeMap;
use std::error::Error;
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::eval::read_tsv;
use wenlu_core::knowledge::Knowledge;
use wenlu_core::model::Routing;
use wenlu_core::router::Router;

const SEED: u64 = 20_261_127;
/// Foreign topics of each public set, edits of shipped intents, and orders.
const FOREIGN: usize = 30;
const OF_SHIPPED: usize = 80;
const ORDERS: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let refit = std::env::args().any(|argument| argument == "--refit");
    let mut base = load(&KnowledgeSource::Embedded)?.knowledge;
    if refit {
        base.calibration = None;
    }
    let held_out = read_tsv(include_str!("../tests/held-out.tsv"))?;
    let messages = edits::messages(&base, held_out.into_iter().map(|row| row.text));
    let before = edits::observe(&Router::build(&base), &messages);
    let mut kinds: BTreeMap<&str, Totals> = BTreeMap::new();
    for edit in all_edits(&base)? {
        let found = edits::disturbance(
            &base,
            &edit,
            &Router::build(&edit.after),
            &before,
            &messages,
        );
        for changed in &found.changed {
            let outcome = |r: &Routing| {
                format!(
                    "{:?} {:?} {:?} {}",
                    r.decision, r.intent, r.gap, r.confidence
                )
            };
            let (was, is) = (outcome(&changed.before), outcome(&changed.after));
            eprintln!(
                "{} ({}): {}: {was} -> {is}",
                edit.kind, edit.name, changed.text
            );
        }
        for far in &found.far {
            let best = |r: &Routing| {
                r.candidates
                    .first()
                    .map(|c| format!("{} {}", c.intent, c.confidence))
                    .unwrap_or_default()
            };
            let (was, is) = (best(&far.before), best(&far.after));
            eprintln!(
                "{} ({}): moved far: {}: {was} -> {is}",
                edit.kind, edit.name, far.text
            );
        }
        for (intent, say) in &found.broken {
            eprintln!(
                "{} ({}): broke a test of {intent}: {say}",
                edit.kind, edit.name
            );
        }
        kinds.entry(edit.kind).or_default().add(&found);
        kinds.entry("all").or_default().add(&found);
    }
    let table: BTreeMap<&str, serde_json::Value> = kinds
        .into_iter()
        .map(|(kind, totals)| (kind, totals.into_json()))
        .collect();
    println!("{}", serde_json::to_string_pretty(&table)?);
    Ok(())
}

/// What the edits of one kind did.
#[derive(Default)]
struct Totals {
    edits: usize,
    decisions: usize,
    changed: usize,
    broken: usize,
    taken_over: usize,
    far: usize,
    moved: Vec<f64>,
}

impl Totals {
    fn add(&mut self, found: &edits::Disturbance) {
        self.edits += 1;
        self.decisions += found.compared;
        self.changed += found.changed.len();
        self.broken += found.broken.len();
        self.taken_over += found.taken_over;
        self.far += found.far.len();
        self.moved.extend(&found.moved);
    }

    fn into_json(mut self) -> serde_json::Value {
        self.moved.sort_by(f64::total_cmp);
        let quantile = |q: f64| {
            self.moved
                .get(((self.moved.len() as f64 - 1.0) * q) as usize)
                .copied()
                .unwrap_or(0.0)
        };
        serde_json::json!({
            "edits": self.edits,
            "decisions": self.decisions,
            "changed": self.changed,
            "changed_of_4000": (4000.0 * self.changed as f64 / self.decisions.max(1) as f64 * 100.0).round() / 100.0,
            "confidence_moved": { "median": quantile(0.5), "p95": quantile(0.95), "p99": quantile(0.99), "max": quantile(1.0) },
            "moved_by_more_than_a_tenth": self.far,
            "tests_of_others_broken": self.broken,
            "taken_over_by_the_edited_intent": self.taken_over,
        })
    }
}

fn all_edits(base: &Knowledge) -> Result<Vec<SeededEdit>, Box<dyn Error>> {
    let mut random = Rng::with_seed(SEED);
    let mut edits = Vec::new();
    let sets = [
        (
            "a foreign topic, Chinese",
            include_str!("data/massive_zh/train.tsv"),
        ),
        (
            "a foreign topic, English",
            include_str!("data/clinc150/train.tsv"),
        ),
    ];
    for (kind, set) in sets {
        let mut topics = labelled_topics(set)?;
        random.shuffle(&mut topics);
        for (number, topic) in topics.into_iter().take(FOREIGN).enumerate() {
            let examples = [5, 10, 15][number % 3];
            let after = edits::with_topic(base, &topic, examples, &topic.id);
            edits.push(SeededEdit {
                kind,
                name: format!("{}, {examples}", topic.id),
                after,
                about: vec![topic.id.clone()],
            });
        }
    }
    let file: TopicFile = toml::from_str(include_str!("locality/topics.toml"))?;
    for (number, topic) in file.topic.iter().enumerate() {
        let examples = [5, 10, 15][number % 3];
        // some sort first: all others move by one
        let (kind, id) = match number % 4 {
            0 => (
                "a topic of this field that sorts first",
                format!("a-{}", topic.id),
            ),
            _ => ("a topic of this field", topic.id.clone()),
        };
        let after = edits::with_topic(base, topic, examples, &id);
        edits.push(SeededEdit {
            kind,
            name: format!("{id}, {examples}"),
            after,
            about: vec![id],
        });
    }
    edits.extend(edits::edits_of_shipped(base, OF_SHIPPED, &mut random));
    for intent in edits::answers(base) {
        let to = format!("{}{}", ["a-", "zz-"][random.usize(..2)], intent.id);
        let after = edits::renamed(base, &intent.id, &to);
        edits.push(SeededEdit {
            kind: "a renamed file",
            name: to.clone(),
            after,
            about: vec![intent.id.clone(), to],
        });
    }
    for order in 0..ORDERS {
        let after = edits::in_another_order(base, &mut random);
        edits.push(SeededEdit {
            kind: "examples in another order",
            name: order.to_string(),
            after,
            about: Vec::new(),
        });
    }
    Ok(edits)
}

/// Each label with up to fifteen of its messages, drawn by their order in the file.
fn labelled_topics(tsv: &str) -> Result<Vec<Topic>, Box<dyn Error>> {
    let mut by_label: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in read_tsv(tsv)? {
        let label = row.labels.join("|");
        by_label.entry(label).or_default().push(row.text);
    }
    by_label.remove("none");
    let topic = |(label, examples): (String, Vec<String>)| {
        let id = label.to_lowercase().replace('_', "-");
        Topic {
            title: label.replace('_', " "),
            id,
            examples: spread(&examples, 15),
            not: Vec::new(),
        }
    };
    Ok(by_label
        .into_iter()
        .filter(|(_, examples)| examples.len() >= 15)
        .map(topic)
        .collect())
}

/// `count` of `texts`, from all over.
fn spread(texts: &[String], count: usize) -> Vec<String> {
    texts
        .iter()
        .step_by((texts.len() / count).max(1))
        .take(count)
        .cloned()
        .collect()
}
