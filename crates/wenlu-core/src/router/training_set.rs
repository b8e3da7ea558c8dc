//! The training set. In: knowledge. Out: the classes with their roles, the compiled lexicon, and a
//! training message for every example, title and keyword. Must not know: how a model is trained.

use super::background::background_sentences;
use super::features::{Gram, extract_grams, text_key};
use super::lexicon::CompiledLexicon;
use super::text_vectors::TextVectors;
use super::training_example::{ClassRole, ExampleOrigin, TrainingExample, TrainingTarget};
use crate::knowledge::{Intent, IntentKind, Knowledge};
use crate::text::normalize::normalize;
use std::sync::Arc;

/// A class of the classifier: an intent, or everything that is out of scope.
#[derive(Clone, Debug)]
pub(super) struct RouterClass {
    pub(super) id: String,
    /// `None`: out of scope.
    pub(super) kind: Option<IntentKind>,
    pub(super) parent: Option<String>,
    /// The intent is ranked like an answer while its reply is unwritten: answering it names a gap
    /// instead.
    pub(super) withheld: bool,
}

/// What a router is trained on.
pub(super) struct TrainingSet {
    pub(super) classes: Vec<RouterClass>,
    pub(super) roles: Vec<ClassRole>,
    pub(super) lexical: CompiledLexicon,
    pub(super) examples: Vec<TrainingExample>,
}

impl TrainingSet {
    pub(super) fn of(knowledge: &Knowledge) -> Self {
        let lexical = CompiledLexicon::build(knowledge);
        let classes = classes(knowledge);
        let role = |c: &RouterClass| {
            if c.kind == Some(IntentKind::Answer) {
                ClassRole::Answer
            } else {
                ClassRole::Other
            }
        };
        let roles: Vec<ClassRole> = classes.iter().map(role).collect();
        let examples = training_examples(knowledge, &lexical, classes.len());
        Self {
            classes,
            roles,
            lexical,
            examples,
        }
    }

    /// Gives every example its vector. Whether there is one for each, all of the same length.
    pub(super) fn encode(&mut self, knowledge: &Knowledge, vectors: &dyn TextVectors) -> bool {
        let texts = training_texts(knowledge, self.classes.len());
        let with_words = texts.iter().find(|text| !text.normal.is_empty());
        let first = with_words.and_then(|text| vectors.vector(&text.normal));
        let length = first.map_or(0, |vector| vector.len());
        let nothing: Arc<[f32]> = vec![0.0; length].into();
        let vector = |text: &TrainingText| match text.normal.as_str() {
            "" => Some(nothing.clone()),
            normal => vectors
                .vector(normal)
                .filter(|vector| vector.len() == length),
        };
        let found: Option<Vec<Arc<[f32]>>> = texts.iter().map(vector).collect();
        let Some(found) = found.filter(|_| length > 0) else {
            return false;
        };
        for (example, vector) in self.examples.iter_mut().zip(found) {
            example.vector = Some(vector);
        }
        true
    }
}

pub(super) fn message_grams(lexical: &CompiledLexicon, normal: &str) -> Vec<Gram> {
    let normal = lexical.strip(normal);
    extract_grams(normal, &lexical.find(normal))
}

fn classes(knowledge: &Knowledge) -> Vec<RouterClass> {
    // In a knowledge with answers, an unwritten intent is a gap like any other. In one without any,
    // it is ranked as an answer: the likeliest one is named as a gap, and the ranking of a bare
    // import can be measured.
    let withholds = knowledge.lacks_every_reply();
    let intents = knowledge.intents.iter().map(|i| {
        let withheld = withholds && i.unwritten;
        let kind = if withheld { IntentKind::Answer } else { i.kind };
        RouterClass {
            id: i.id.clone(),
            kind: Some(kind),
            parent: i.parent.clone(),
            withheld,
        }
    });
    let nowhere = RouterClass {
        id: String::new(),
        kind: None,
        parent: None,
        withheld: false,
    };
    intents.chain([nowhere]).collect()
}

/// All training examples: intent by intent its examples, near misses, title and keywords; then what
/// is out of scope.
pub fn training_examples(
    knowledge: &Knowledge,
    lexical: &CompiledLexicon,
    classes: usize,
) -> Vec<TrainingExample> {
    let example = |TrainingText {
                       normal,
                       target,
                       origin,
                   }: TrainingText| {
        let mut grams = message_grams(lexical, &normal);
        // they stay as long as training takes: a hundred thousand examples are a gigabyte otherwise
        grams.shrink_to_fit();
        TrainingExample {
            grams,
            target,
            origin,
            key: text_key(&normal),
            vector: None,
        }
    };
    training_texts(knowledge, classes)
        .into_iter()
        .map(example)
        .collect()
}

/// A training message before its grams are taken.
pub(super) struct TrainingText {
    pub(super) normal: String,
    target: TrainingTarget,
    origin: ExampleOrigin,
}

/// The texts of all training examples, in their order.
pub(super) fn training_texts(knowledge: &Knowledge, classes: usize) -> Vec<TrainingText> {
    let example = |text: &str, target, origin| TrainingText {
        normal: normalize(text),
        target,
        origin,
    };
    let mut out = Vec::new();
    for (class, intent) in knowledge.intents.iter().enumerate() {
        let is = TrainingTarget::Is(class);
        let message = |text: &String| example(text, is, ExampleOrigin::Message);
        out.extend(intent.examples.iter().map(message));
        let is_not = TrainingTarget::IsNot(class);
        let near_miss = |text: &String| example(text, is_not, ExampleOrigin::Message);
        out.extend(intent.not.iter().map(near_miss));
        let label = |text: String| example(&text, is, ExampleOrigin::Label);
        out.extend(labels(intent).map(label));
    }
    let nowhere = TrainingTarget::Is(classes - 1);
    let outside = |text: &String| example(text, nowhere, ExampleOrigin::Message);
    out.extend(knowledge.out_of_scope.iter().map(outside));
    let everyday = |text| example(text, nowhere, ExampleOrigin::Background);
    out.extend(background_sentences(knowledge).map(everyday));
    out
}

/// The titles and keywords of an intent, which count as examples: +2.3 points with five examples an
/// intent, +1.1 with ten.
fn labels(intent: &Intent) -> impl Iterator<Item = String> {
    let titles = [&intent.title].into_iter().chain(&intent.title_en).cloned();
    let keywords = intent.keywords.iter().map(|keyword| {
        let words: Vec<&str> = keyword
            .with
            .iter()
            .chain(keyword.any.first())
            .map(String::as_str)
            .collect();
        words.join(" ")
    });
    titles.chain(keywords)
}
