//! Whether small knowledge behaves: random draws of one to six shipped intents with one to ten examples each, and nothing
//! else of the shipped files but, in half of them, the lexicon. `cargo bench --bench small [-- DRAWS]` prints one JSON object:
//! the share of everyday messages (tests/fixtures/everyday) that is answered, of the draw's own examples that is, and of
//! near paraphrases (other examples of the same intent, by how like one of the draw they are), beside the share that the
//! whole knowledge answers when it has not seen them.

use fastrand::Rng;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::knowledge::{Intent, IntentKind, Knowledge, Lexicon};
use wenlu_core::model::Decision;
use wenlu_core::router::Router;
use wenlu_core::text::similarity::dice_similarity;

const SEED: u64 = 7;
const DRAWS: usize = 200;
const FOLDS: usize = 5;
/// Sentences that every knowledge is asked beside the everyday ones.
const ALWAYS: [&str; 5] = [
    "怎么开车",
    "how do I drive a car",
    "怎么做饭",
    "多少钱一斤",
    "",
];

/// How often something was answered as it should be.
#[derive(Default, Serialize)]
struct Share {
    of: usize,
    answered: usize,
    share: f64,
}

impl Share {
    fn count(&mut self, answered: bool) {
        self.of += 1;
        self.answered += usize::from(answered);
        self.share = (10_000.0 * self.answered as f64 / self.of as f64).round() / 10_000.0;
    }
}

/// By likeness to the nearest example of the draw.
#[derive(Default, Serialize)]
struct Paraphrases {
    answered_rightly: Share,
    answered_wrongly: Share,
    /// By the whole knowledge, without this wording.
    whole_knowledge: Share,
}

#[derive(Default, Serialize)]
struct Result {
    everyday: Share,
    everyday_by_intents: BTreeMap<usize, Share>,
    own_examples: Share,
    paraphrases: BTreeMap<&'static str, Paraphrases>,
}

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let draws = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .next()
        .unwrap_or(DRAWS);
    let whole = load(&KnowledgeSource::Embedded)?.knowledge;
    let answers: Vec<&Intent> = whole
        .intents
        .iter()
        .filter(|i| i.kind == IntentKind::Answer && !i.is_small_talk())
        .collect();
    let reference = unseen(&whole, &answers);
    let mut random = Rng::with_seed(SEED);
    let mut result = Result::default();
    for draw in 0..draws {
        let small = drawn(&whole, &answers, draw % 2 == 0, &mut random);
        let router = Router::build(&small);
        for text in everyday() {
            let answered = router.route(text).decision == Decision::Answer;
            result.everyday.count(answered);
            result
                .everyday_by_intents
                .entry(small.intents.len())
                .or_default()
                .count(answered);
        }
        for intent in &small.intents {
            intent.examples.iter().for_each(|text| {
                result
                    .own_examples
                    .count(answers_with(&router, text, &intent.id))
            });
            let rest = whole
                .intent(&intent.id)
                .into_iter()
                .flat_map(|i| &i.examples);
            for text in rest.filter(|text| !intent.examples.contains(text)) {
                let nearest = intent
                    .examples
                    .iter()
                    .map(|example| dice_similarity(example, text))
                    .fold(0.0, f32::max);
                let Some(band) = band(nearest) else { continue };
                let row = result.paraphrases.entry(band).or_default();
                let (right, decision) = (
                    answers_with(&router, text, &intent.id),
                    router.route(text).decision,
                );
                row.answered_rightly.count(right);
                row.answered_wrongly
                    .count(!right && decision == Decision::Answer);
                row.whole_knowledge
                    .count(reference.get(text.as_str()).copied().unwrap_or(false));
            }
        }
    }
    println!("{}", serde_json::to_string_pretty(&result)?);
    Ok(())
}

/// One to six intents with one to ten examples each.
fn drawn(
    whole: &Knowledge,
    answers: &[&Intent],
    with_lexicon: bool,
    random: &mut Rng,
) -> Knowledge {
    let mut picked = answers.to_vec();
    random.shuffle(&mut picked);
    picked.truncate(random.usize(1..=6));
    let most = random.usize(1..=10);
    let intent = |intent: &&Intent| {
        let mut examples = intent.examples.clone();
        random.shuffle(&mut examples);
        examples.truncate(most);
        Intent {
            id: intent.id.clone(),
            title: intent.title.clone(),
            examples,
            ..Intent::default()
        }
    };
    let mut intents: Vec<Intent> = picked.iter().map(intent).collect();
    intents.sort_by(|a, b| a.id.cmp(&b.id));
    let lexicon = if with_lexicon {
        whole.lexicon.clone()
    } else {
        Lexicon::default()
    };
    Knowledge {
        intents,
        lexicon,
        ..Knowledge::default()
    }
}

/// Whether the whole knowledge answers each example rightly, by routers that had not seen it.
fn unseen(whole: &Knowledge, answers: &[&Intent]) -> HashMap<String, bool> {
    let mut found = HashMap::new();
    for fold in 0..FOLDS {
        let mut rest = whole.clone();
        for intent in &mut rest.intents {
            let mut number = 0;
            intent.examples.retain(|_| {
                number += 1;
                number % FOLDS != fold
            });
        }
        let router = Router::build(&rest);
        for intent in answers {
            let held = intent
                .examples
                .iter()
                .enumerate()
                .filter(|(at, _)| (at + 1) % FOLDS == fold);
            found.extend(
                held.map(|(_, text)| (text.clone(), answers_with(&router, text, &intent.id))),
            );
        }
    }
    found
}

fn answers_with(router: &Router, text: &str, id: &str) -> bool {
    let routing = router.route(text);
    routing.decision == Decision::Answer && routing.intent.as_deref() == Some(id)
}

fn band(likeness: f32) -> Option<&'static str> {
    let bands = [
        (0.7, "likeness .7 and more"),
        (0.6, "likeness .6 to .7"),
        (0.5, "likeness .5 to .6"),
    ];
    bands
        .into_iter()
        .find(|(least, _)| likeness >= *least)
        .map(|(_, name)| name)
}

fn everyday() -> impl Iterator<Item = &'static str> {
    let files = [
        include_str!("../tests/fixtures/everyday/zh.txt"),
        include_str!("../tests/fixtures/everyday/en.txt"),
    ];
    let lines = files.into_iter().flat_map(str::lines).map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .chain(ALWAYS)
}
