//! The trained router. In: knowledge. Out: [`Router`], all that deciding reads. Must not know: how it is
//! decided.

use super::background::needs_background;
use super::calibrate::{Calibration, train};
use super::classifier::Classifier;
use super::clauses::{MessageClauses, split_clauses};
use super::elsewhere::ElsewhereNames;
use super::features::Gram;
use super::fusion::FusedScorer;
use super::intent_words::IntentWords;
use super::lexicon::{CompiledLexicon, text_pinyin, whole_words};
use super::model_cache::{ModelCache, ModelKey};
use super::saved_model::{model_bytes, read_model};
use super::text_vectors::{TextVectors, scored_texts};
use super::training_example::ClassRole;
use super::training_set::{RouterClass, TrainingSet, message_grams};
use super::verdict::JudgeRule;
use crate::knowledge::{IntentKind, Knowledge, SavedCalibration};
use crate::model::ScoreSource;
use crate::text::normalize::normalize;
use crate::text::segment::{MessageWords, Segmenter};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Built once from knowledge, then shared; routing takes `&self`.
pub struct Router {
    pub(super) classes: Vec<RouterClass>,
    pub(super) roles: Vec<ClassRole>,
    /// The ids of each menu's questions.
    pub(super) children: FxHashMap<String, Vec<String>>,
    /// Normalised examples, titles and out-of-scope messages, with their classes.
    pub(super) exact: FxHashMap<String, usize>,
    /// The pinyin of the keywords of menus, with the menu's class.
    pub(super) topics: FxHashMap<String, usize>,
    pub(super) lexical: CompiledLexicon,
    pub(super) segmenter: Segmenter,
    pub(super) intent_words: IntentWords,
    pub(super) model: Classifier,
    pub(super) calibration: Calibration,
    /// Names of other platforms and products.
    pub(super) elsewhere: ElsewhereNames,
    /// Scores with vectors; `None` without an encoder.
    pub(super) fused: Option<FusedScorer>,
    /// Whether it was trained with the background.
    pub(super) has_background: bool,
}

impl Router {
    /// Trains on the examples. Deterministic; a second for a thousand intents is usual.
    pub fn build(knowledge: &Knowledge) -> Router {
        Self::build_from(knowledge, None, None)
    }

    /// As [`Router::build`], with a model of `cache` if it has the one that training would give.
    pub fn build_cached(knowledge: &Knowledge, cache: &dyn ModelCache) -> Router {
        Self::build_from(knowledge, None, Some(cache))
    }

    /// As [`Router::build`], and once more with the vectors of an encoder: a message whose vectors
    /// are there is scored by both, any other one as without them. [`Router::has_encoder`] is false
    /// if a training text of [`texts_to_learn`](super::texts_to_learn) has no
    /// vector.
    pub fn build_with(knowledge: &Knowledge, vectors: Arc<dyn TextVectors>) -> Router {
        Self::build_from(knowledge, Some(vectors), None)
    }

    fn build_from(
        knowledge: &Knowledge,
        vectors: Option<Arc<dyn TextVectors>>,
        cache: Option<&dyn ModelCache>,
    ) -> Router {
        let mut set = TrainingSet::of(knowledge);
        let (model, calibration) = trained_model(&set, knowledge, cache);
        let fused = vectors.and_then(|vectors| FusedScorer::train(&mut set, knowledge, vectors));
        let TrainingSet {
            classes,
            roles,
            lexical,
            ..
        } = set;
        Router {
            classes,
            roles,
            children: children(knowledge),
            exact: exact(knowledge, &lexical),
            topics: topics(knowledge),
            elsewhere: ElsewhereNames::of(knowledge),
            intent_words: IntentWords::new(knowledge),
            lexical,
            segmenter: Segmenter::new(whole_words(knowledge)),
            model,
            calibration,
            fused,
            has_background: needs_background(knowledge),
        }
    }

    /// The confidence from which a candidate is answered; with an encoder, of messages whose
    /// vectors are there.
    pub fn threshold(&self) -> f64 {
        let fused = self.fused.as_ref().map(|fused| &fused.calibration);
        fused.unwrap_or(&self.calibration).threshold
    }

    /// The confidence from which a candidate is answered without an encoder.
    pub fn lexical_threshold(&self) -> f64 {
        self.calibration.threshold
    }

    /// Whether it was trained with vectors of an encoder.
    pub fn has_encoder(&self) -> bool {
        self.fused.is_some()
    }

    /// The normalised texts whose vectors [`Router::route`] lacks to score `text` with the encoder.
    /// None for a message that is an example: it is not decided by scores.
    pub fn texts_to_encode(&self, text: &str) -> Vec<String> {
        let Some(fused) = &self.fused else {
            return Vec::new();
        };
        let cut = split_clauses(text);
        let bare = self.lexical.strip(&cut.normal);
        if self.exact.contains_key(&cut.normal) || self.exact.contains_key(bare) {
            return Vec::new();
        }
        let texts = scored_texts(&cut).filter(|text| !text.is_empty());
        texts
            .filter(|text| fused.vector(text).is_none())
            .map(str::to_owned)
            .collect()
    }

    /// How a message is judged: with the encoder if all its vectors are there, at the threshold
    /// that belongs to it.
    pub(super) fn rule_of(&self, cut: &MessageClauses) -> JudgeRule {
        let fused = self.fused.as_ref();
        let fused =
            fused.filter(|fused| scored_texts(cut).all(|text| fused.vector(text).is_some()));
        match fused {
            Some(fused) => JudgeRule {
                threshold: fused.calibration.threshold,
                lexical_threshold: self.calibration.threshold,
                source: ScoreSource::Encoder,
            },
            None => self.lexical_rule(),
        }
    }

    pub(super) fn lexical_rule(&self) -> JudgeRule {
        JudgeRule {
            threshold: self.calibration.threshold,
            lexical_threshold: self.calibration.threshold,
            source: ScoreSource::Lexical,
        }
    }

    /// The classifier and the calibration that scores of `source` come from.
    pub(super) fn scorer(&self, source: ScoreSource) -> (&Classifier, &Calibration) {
        match (&self.fused, source) {
            (Some(fused), ScoreSource::Encoder) => (&fused.model, &fused.calibration),
            _ => (&self.model, &self.calibration),
        }
    }

    /// The calibration in the form that a data file keeps.
    pub fn calibration(&self) -> SavedCalibration {
        self.calibration.to_saved(self.has_background)
    }

    /// Replaces the calibrated threshold, with and without an encoder.
    pub fn set_threshold(&mut self, threshold: f64) {
        self.calibration.threshold = threshold;
        if let Some(fused) = &mut self.fused {
            fused.calibration.threshold = threshold;
        }
    }

    /// With the operator's `threshold` in place of the calibrated one, if one is set.
    #[must_use]
    pub fn with_threshold(mut self, threshold: Option<f64>) -> Self {
        if let Some(threshold) = threshold {
            self.set_threshold(threshold);
        }
        self
    }

    /// The words of `normal`, as jieba with the lexicon's words cuts them.
    pub(super) fn words<'a>(&self, normal: &'a str) -> MessageWords<'a> {
        let mut words = self.segmenter.words(normal);
        words.retain(|word| !word.trim().is_empty());
        words
    }

    /// The words of `normal` that carry content by themselves.
    pub fn content_words(&self, normal: &str) -> Vec<String> {
        let words = self.words(normal).into_iter();
        words
            .filter(|word| self.lexical.is_content(word))
            .map(str::to_owned)
            .collect()
    }

    /// The words of `normal` that are in the dictionary, and single characters.
    pub fn known_words(&self, normal: &str) -> Vec<String> {
        self.segmenter.known_words(normal)
    }

    /// The grams of a message as the model sees it.
    pub(super) fn grams(&self, normal: &str) -> Vec<Gram> {
        message_grams(&self.lexical, normal)
    }
}

/// From `cache` if it has the model of this training set; else trained, and given to the cache.
fn trained_model(
    set: &TrainingSet,
    knowledge: &Knowledge,
    cache: Option<&dyn ModelCache>,
) -> (Classifier, Calibration) {
    let saved = knowledge.calibration.as_ref();
    let train = || {
        train(
            &set.examples,
            &set.roles,
            saved.map(Calibration::from_saved),
        )
    };
    let Some(cache) = cache else {
        return train();
    };
    let key = ModelKey::of(&set.examples, &set.roles, saved);
    let kept = cache.load(&key);
    kept.and_then(|bytes| read_model(&bytes, set.roles.len()))
        .unwrap_or_else(|| {
            let (model, calibration) = train();
            cache.save(&key, &model_bytes(&model, &calibration));
            (model, calibration)
        })
}

fn children(knowledge: &Knowledge) -> FxHashMap<String, Vec<String>> {
    let menus = knowledge
        .intents
        .iter()
        .filter(|i| i.kind == IntentKind::Menu);
    menus
        .map(|menu| {
            (
                menu.id.clone(),
                knowledge.children(&menu.id).map(|c| c.id.clone()).collect(),
            )
        })
        .collect()
}

fn topics(knowledge: &Knowledge) -> FxHashMap<String, usize> {
    let menus = knowledge
        .intents
        .iter()
        .enumerate()
        .filter(|(_, intent)| intent.kind == IntentKind::Menu);
    let words = menus.flat_map(|(at, menu)| {
        let alone = menu.keywords.iter().filter(|k| k.with.is_empty());
        alone
            .flat_map(|k| &k.any)
            .map(move |word| (text_pinyin(&normalize(word)), at))
    });
    words.collect()
}

fn exact(knowledge: &Knowledge, lexical: &CompiledLexicon) -> FxHashMap<String, usize> {
    let mut map = FxHashMap::default();
    let nowhere = knowledge.intents.len();
    let texts = |at: usize, texts: &'_ [String]| {
        texts.iter().map(|t| (normalize(t), at)).collect::<Vec<_>>()
    };
    let mut all: Vec<(String, usize)> = texts(nowhere, &knowledge.out_of_scope);
    knowledge
        .intents
        .iter()
        .enumerate()
        .for_each(|(at, intent)| all.extend(texts(at, &intent.examples)));
    let bare: Vec<_> = all
        .iter()
        .map(|(text, at)| (lexical.strip(text).to_owned(), *at))
        .collect();
    let titles: Vec<_> = knowledge
        .intents
        .iter()
        .enumerate()
        .map(|(at, i)| (normalize(&i.title), at))
        .collect();
    // in this order of precedence: an example as written, one without its filler, a title
    for (text, class) in all.into_iter().chain(bare).chain(titles) {
        if !text.is_empty() {
            map.entry(text).or_insert(class);
        }
    }
    map
}
