//! All examples in comparable form. In: knowledge and the texts of its files. Out: every example
//! with its class, its place and its vector. Must not know: what is wrong with any of them.

use crate::knowledge::diagnostic::FileTexts;
use crate::knowledge::files::OUT_OF_SCOPE_FILE;
use crate::knowledge::raw::RawIntent;
use crate::knowledge::{Intent, IntentKind, Knowledge, parse, schema};
use crate::router::lexicon::CompiledLexicon;
use crate::router::training_examples;
use crate::router::vocabulary::{FeatureVector, MinOccurrences, Vocabulary};
use crate::router::{ExampleOrigin, TrainingExample, TrainingTarget};
use std::ops::Range;

/// All examples of a knowledge. A class is an intent's index; the class after the last intent is
/// out of scope.
pub(super) struct ExampleCorpus<'a> {
    pub knowledge: &'a Knowledge,
    pub lexical: CompiledLexicon,
    /// The intents as they were written, for the spans of their texts.
    pub raw: Vec<RawIntent>,
    /// All training examples without the background, in the router's order.
    pub training: Vec<TrainingExample>,
    pub lines: Vec<CorpusLine<'a>>,
    pub near_misses: Vec<CorpusLine<'a>>,
    /// Number of classes, out of scope included.
    pub classes: usize,
    /// Number of features in the vectors.
    pub features: usize,
    out_of_scope: Vec<Range<usize>>,
}

/// An example, or a near miss.
pub(super) struct CorpusLine<'a> {
    pub class: usize,
    pub text: &'a str,
    pub span: Range<usize>,
    /// Its index in `training`.
    pub at: usize,
    pub vector: FeatureVector,
}

impl<'a> ExampleCorpus<'a> {
    pub(super) fn new(knowledge: &'a Knowledge, texts: &FileTexts) -> Self {
        let lexical = CompiledLexicon::build(knowledge);
        let classes = knowledge.intents.len() + 1;
        let mut training = training_examples(knowledge, &lexical, classes);
        // examples are compared with each other, not with the background
        training.retain(|example| example.origin != ExampleOrigin::Background);
        let mut corpus = Self {
            knowledge,
            lexical,
            raw: knowledge
                .intents
                .iter()
                .map(|intent| raw(&intent.id, texts))
                .collect(),
            training,
            lines: Vec::new(),
            near_misses: Vec::new(),
            classes,
            features: 0,
            out_of_scope: out_of_scope(texts),
        };
        corpus.index_examples();
        corpus
    }

    pub(super) fn file(&self, class: usize) -> &str {
        self.raw
            .get(class)
            .map_or(OUT_OF_SCOPE_FILE, |raw| raw.file.as_str())
    }

    pub(super) fn name(&self, class: usize) -> String {
        self.knowledge
            .intents
            .get(class)
            .map_or_else(|| "范围外的句子".to_owned(), name)
    }

    pub(super) fn kind(&self, class: usize) -> Option<IntentKind> {
        self.knowledge.intents.get(class).map(|intent| intent.kind)
    }

    /// Whether one is a menu and the other a question in it: these share their words by design.
    pub(super) fn are_menu_and_child(&self, a: usize, b: usize) -> bool {
        let leads = |menu: usize, to: usize| match (
            self.knowledge.intents.get(menu),
            self.knowledge.intents.get(to),
        ) {
            (Some(menu), Some(to)) => to.parent.as_ref() == Some(&menu.id),
            _ => false,
        };
        leads(a, b) || leads(b, a)
    }

    /// Fills `lines` and `near_misses`. The router's training examples are, intent by intent, its
    /// examples, its near misses, then titles and keywords.
    fn index_examples(&mut self) {
        let classes = self.classes;
        let known = self.training.iter().filter_map(|e| match e.target {
            TrainingTarget::Is(class) => Some((e.grams.as_slice(), class)),
            TrainingTarget::IsNot(_) => None,
        });
        let vocabulary = Vocabulary::build(known, classes, MinOccurrences::default());
        self.features = vocabulary.places();
        let mut read = vec![(0, 0); classes];
        for (at, example) in self
            .training
            .iter()
            .enumerate()
            .filter(|(_, example)| example.origin == ExampleOrigin::Message)
        {
            let (class, near_miss) = match example.target {
                TrainingTarget::Is(class) => (class, false),
                TrainingTarget::IsNot(class) => (class, true),
            };
            let Some((examples, misses)) = read.get_mut(class) else {
                continue;
            };
            let count = if near_miss { misses } else { examples };
            let number = *count;
            *count += 1;
            let Some((text, span)) = self.written(class, number, near_miss) else {
                continue;
            };
            let line = CorpusLine {
                class,
                text,
                span,
                at,
                vector: vocabulary.similarity_vector(&example.grams),
            };
            if near_miss {
                self.near_misses.push(line)
            } else {
                self.lines.push(line)
            }
        }
    }

    fn written(
        &self,
        class: usize,
        number: usize,
        near_miss: bool,
    ) -> Option<(&'a str, Range<usize>)> {
        let Some(intent) = self.knowledge.intents.get(class) else {
            let span = self.out_of_scope.get(number).cloned().unwrap_or_default();
            return Some((self.knowledge.out_of_scope.get(number)?, span));
        };
        let raw = self.raw.get(class)?;
        let (values, places) = if near_miss {
            (&intent.not, &raw.not)
        } else {
            (&intent.examples, &raw.examples)
        };
        Some((
            values.get(number)?,
            places.get(number).map_or(0..0, |text| text.span.clone()),
        ))
    }
}

/// 「标题」（id）
pub(super) fn name(intent: &Intent) -> String {
    format!("「{}」（{}）", intent.title, intent.id)
}

fn raw(id: &str, texts: &FileTexts) -> RawIntent {
    let file = format!("intents/{id}.toml");
    let text = texts.get(&file).map_or("", String::as_str);
    RawIntent::read(
        id,
        &file,
        &parse::parse(&file, text, &schema::INTENT, &mut Vec::new()),
    )
}

fn out_of_scope(texts: &FileTexts) -> Vec<Range<usize>> {
    let text = texts.get(OUT_OF_SCOPE_FILE).map_or("", String::as_str);
    let table = parse::parse(
        OUT_OF_SCOPE_FILE,
        text,
        &schema::OUT_OF_SCOPE,
        &mut Vec::new(),
    )
    .table;
    parse::texts(&table, "examples")
        .into_iter()
        .map(|text| text.span)
        .collect()
}
