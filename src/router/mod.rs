//! The router. In: a message's text. Out: a [`Routing`]. Pure: no clock, no I/O, no randomness; the
//! same text and the same knowledge give the same numbers on every machine.
//!
//! A message passes: [`clauses`] (negated ones are removed) → [`lexicon`] (filler, words, concepts,
//! keywords) → [`features`] → [`vocabulary`] → [`score`] → [`calibrate`] → [`decide`].

pub mod background;
pub mod calibrate;
pub mod clauses;
mod crossfit;
pub mod decide;
pub mod explain;
pub mod features;
pub mod ladder;
pub mod lexical;
pub mod logistic;
pub mod margin;
mod precedence;
pub mod refit;
mod rows;
pub mod score;
pub mod vocabulary;
mod voices;
mod weights;

use crate::knowledge::{Kind, Knowledge, SavedCalibration};
use crate::message::Lang;
use crate::text::normalize::normalize;
use crate::text::segment::Segmenter;
use background::{background, needs_background};
use calibrate::{Calibration, Example, ExampleOrigin, Model, Role, Target};
use features::{Gram, grams_with, text_key};
use lexical::{Lexical, whole_words};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use voices::Voices;

/// What is done with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Confident, and no rival is close.
    Answer,
    /// Two or three close candidates: the bot asks back.
    Clarify,
    /// The message names a topic and asks no question yet.
    Menu,
    /// Out of scope, or a gap.
    Unknown,
}

/// An intent that has a reply of its own, with its calibrated probability of being the right
/// answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    pub intent: String,
    pub confidence: f64,
}

/// The result of routing a message. Serialises as one line of `wenlu route`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Routing {
    pub text: String,
    pub decision: Decision,
    /// The intent that is answered, or the menu that opens; for `Clarify`, the menu that all
    /// choices belong to, if there is one.
    pub intent: Option<String>,
    /// The probability that this is right; for `Unknown`, the best candidate's.
    pub confidence: f64,
    /// The gap that the message falls into, for `Unknown`.
    pub gap: Option<String>,
    /// A second question in the same message, answered after the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub also: Option<Candidate>,
    /// The five best, whatever the decision.
    pub candidates: Vec<Candidate>,
    /// For `Clarify` and `Menu`: the ids to choose from, best first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// The language to answer in.
    pub lang: Lang,
}

/// Built once from knowledge, then shared; routing takes `&self`.
pub struct Router {
    classes: Vec<Class>,
    roles: Vec<Role>,
    /// The ids of each menu's questions.
    children: FxHashMap<String, Vec<String>>,
    /// Normalised examples, titles and out-of-scope messages, with their classes.
    exact: FxHashMap<String, usize>,
    /// The pinyin of the keywords of menus, with the menu's class.
    topics: FxHashMap<String, usize>,
    lexical: Lexical,
    segmenter: Segmenter,
    voices: Voices,
    model: Model,
    calibration: Calibration,
    /// Whether it was trained with the background.
    has_background: bool,
}

/// A class of the classifier: an intent, or everything that is out of scope.
#[derive(Clone, Debug)]
struct Class {
    id: String,
    /// `None`: out of scope.
    kind: Option<Kind>,
    parent: Option<String>,
    /// The intent is ranked like an answer while its reply is unwritten: answering it names a gap
    /// instead.
    withheld: bool,
}

impl Router {
    /// Trains on the examples. Deterministic; a second for a thousand intents is usual.
    pub fn build(knowledge: &Knowledge) -> Router {
        // training needs no segmentation, and loading the dictionary takes as long
        std::thread::scope(|scope| {
            let segmenter = scope.spawn(|| Segmenter::new(whole_words(knowledge)));
            let TrainingSet { classes, roles, lexical, examples } = TrainingSet::of(knowledge);
            let saved = knowledge.calibration.as_ref().map(Calibration::from_saved);
            let (model, calibration) = calibrate::train(&examples, &roles, saved);
            Router {
                classes,
                roles,
                children: children(knowledge),
                exact: exact(knowledge, &lexical),
                topics: topics(knowledge),
                voices: Voices::new(knowledge),
                lexical,
                segmenter: segmenter.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                model,
                calibration,
                has_background: needs_background(knowledge),
            }
        })
    }

    /// Routes `text`.
    pub fn route(&self, text: &str) -> Routing {
        decide::route(self, text, self.calibration.threshold)
    }

    /// Routes `text` at another threshold.
    pub fn route_at(&self, text: &str, threshold: f64) -> Routing {
        decide::route(self, text, threshold)
    }

    /// The rule that decides `text`.
    pub fn gate(&self, text: &str) -> decide::Gate {
        decide::verdicts(self, &clauses::clauses(text), self.calibration.threshold).0.gate
    }

    /// The confidence from which a candidate is answered.
    pub fn threshold(&self) -> f64 {
        self.calibration.threshold
    }

    /// The calibration in the form that a data file keeps.
    pub fn calibration(&self) -> SavedCalibration {
        self.calibration.to_saved(self.has_background)
    }

    /// Replaces the calibrated threshold.
    pub fn set_threshold(&mut self, threshold: f64) {
        self.calibration.threshold = threshold;
    }

    /// The words of `normal`, as jieba with the lexicon's words cuts them.
    fn words<'a>(&self, normal: &'a str) -> Vec<&'a str> {
        self.segmenter.words(normal).into_iter().filter(|w| !w.trim().is_empty()).collect()
    }

    /// The grams of a message as the model sees it.
    fn grams(&self, normal: &str) -> Vec<Gram> {
        message_grams(&self.lexical, normal)
    }
}

/// What a router is trained on.
struct TrainingSet {
    classes: Vec<Class>,
    roles: Vec<Role>,
    lexical: Lexical,
    examples: Vec<Example>,
}

impl TrainingSet {
    fn of(knowledge: &Knowledge) -> Self {
        let lexical = Lexical::build(knowledge);
        let classes = classes(knowledge);
        let role = |c: &Class| if c.kind == Some(Kind::Answer) { Role::Answer } else { Role::Other };
        let roles: Vec<Role> = classes.iter().map(role).collect();
        let examples = training_examples(knowledge, &lexical, classes.len());
        Self { classes, roles, lexical, examples }
    }
}

fn message_grams(lexical: &Lexical, normal: &str) -> Vec<Gram> {
    let normal = lexical.strip(normal);
    grams_with(normal, &lexical.find(normal))
}

fn classes(knowledge: &Knowledge) -> Vec<Class> {
    // In a knowledge with answers, an unwritten intent is a gap like any other. In one without any,
    // it is ranked as an answer: the likeliest one is named as a gap, and the ranking of a bare
    // import can be measured.
    let withholds = knowledge.lacks_every_reply();
    let intents = knowledge.intents.iter().map(|i| {
        let withheld = withholds && i.unwritten;
        let kind = if withheld { Kind::Answer } else { i.kind };
        Class { id: i.id.clone(), kind: Some(kind), parent: i.parent.clone(), withheld }
    });
    let nowhere = Class { id: String::new(), kind: None, parent: None, withheld: false };
    intents.chain([nowhere]).collect()
}

/// All training examples: intent by intent its examples, near misses, title and keywords; then what
/// is out of scope.
pub fn training_examples(knowledge: &Knowledge, lexical: &Lexical, classes: usize) -> Vec<Example> {
    let mut out = Vec::new();
    let mut push = |text: &str, target: Target, origin: ExampleOrigin| {
        let normal = normalize(text);
        out.push(Example { grams: message_grams(lexical, &normal), target, origin, key: text_key(&normal) });
    };
    for (class, intent) in knowledge.intents.iter().enumerate() {
        intent.examples.iter().for_each(|text| push(text, Target::Is(class), ExampleOrigin::Message));
        intent.not.iter().for_each(|text| push(text, Target::IsNot(class), ExampleOrigin::Message));
        // titles and keywords count as examples: +2.3 points with five examples an intent, +1.1
        // with ten
        push(&intent.title, Target::Is(class), ExampleOrigin::Label);
        intent.title_en.iter().for_each(|title| push(title, Target::Is(class), ExampleOrigin::Label));
        for keyword in &intent.keywords {
            let words: Vec<&str> = keyword.with.iter().chain(keyword.any.first()).map(String::as_str).collect();
            push(&words.join(" "), Target::Is(class), ExampleOrigin::Label);
        }
    }
    knowledge.out_of_scope.iter().for_each(|text| push(text, Target::Is(classes - 1), ExampleOrigin::Message));
    background(knowledge).for_each(|text| push(text, Target::Is(classes - 1), ExampleOrigin::Background));
    out
}

fn children(knowledge: &Knowledge) -> FxHashMap<String, Vec<String>> {
    let menus = knowledge.intents.iter().filter(|i| i.kind == Kind::Menu);
    menus.map(|menu| (menu.id.clone(), knowledge.children(&menu.id).map(|c| c.id.clone()).collect())).collect()
}

fn topics(knowledge: &Knowledge) -> FxHashMap<String, usize> {
    let menus = knowledge.intents.iter().enumerate().filter(|(_, intent)| intent.kind == Kind::Menu);
    let words = menus.flat_map(|(at, menu)| {
        let alone = menu.keywords.iter().filter(|k| k.with.is_empty());
        alone.flat_map(|k| &k.any).map(move |word| (lexical::sound(&normalize(word)), at))
    });
    words.collect()
}

fn exact(knowledge: &Knowledge, lexical: &Lexical) -> FxHashMap<String, usize> {
    let mut map = FxHashMap::default();
    let nowhere = knowledge.intents.len();
    let texts = |at: usize, texts: &'_ [String]| texts.iter().map(|t| (normalize(t), at)).collect::<Vec<_>>();
    let mut all: Vec<(String, usize)> = texts(nowhere, &knowledge.out_of_scope);
    knowledge.intents.iter().enumerate().for_each(|(at, intent)| all.extend(texts(at, &intent.examples)));
    let bare: Vec<_> = all.iter().map(|(text, at)| (lexical.strip(text).to_owned(), *at)).collect();
    let titles: Vec<_> = knowledge.intents.iter().enumerate().map(|(at, i)| (normalize(&i.title), at)).collect();
    // in this order of precedence: an example as written, one without its filler, a title
    for (text, class) in all.into_iter().chain(bare).chain(titles) {
        if !text.is_empty() {
            map.entry(text).or_insert(class);
        }
    }
    map
}
