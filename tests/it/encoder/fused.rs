//! The router with vectors, without a network.

use super::{PARAPHRASE, VectorTable, table};
use crate::small;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::model::{Decision, ScoreSource};
use wenlu_core::router::explanation::ExplainedClass;
use wenlu_core::router::{FeatureKind, Router, TextVectors};

fn knowledge() -> Knowledge {
    let folder = small::folder();
    match load(&KnowledgeSource::Folder(folder.path().to_owned())) {
        Ok(loaded) => loaded.knowledge,
        Err(error) => panic!("{}", error.render(false)),
    }
}

#[test]
fn a_paraphrase_without_a_known_word_is_answered_by_its_meaning() {
    let knowledge = knowledge();
    let router = Router::build_with(&knowledge, Arc::new(table(&knowledge, &[PARAPHRASE])));
    assert!(router.has_encoder());
    assert!(router.texts_to_encode(PARAPHRASE).is_empty());
    let routing = router.route(PARAPHRASE);
    assert_eq!(routing.decision, Decision::Answer, "{routing:?}");
    assert_eq!(routing.intent.as_deref(), Some("moving"));
    assert_eq!(routing.scored_by, Some(ScoreSource::Encoder));
    let line = serde_json::to_value(&routing).unwrap();
    assert_eq!(line["scored_by"], "encoder");

    let explained = router.explain(&knowledge, PARAPHRASE);
    assert_eq!(explained.routing, routing);
    let is_it = |class: &&ExplainedClass| class.intent == "moving";
    let best = explained.classes.iter().find(is_it).unwrap();
    let share = |kind: FeatureKind| {
        let of_kind = best.families.iter().filter(|part| part.family == kind);
        of_kind.map(|part| part.adds).sum::<f64>()
    };
    assert!(share(FeatureKind::Encoder) > 1.0, "{best:?}");
    for class in &explained.classes {
        let sum = class.bias + class.families.iter().map(|part| part.adds).sum::<f64>();
        assert!((sum - class.logit).abs() < 1e-4, "{class:?}");
    }
    let confidence = &explained.confidence;
    assert!((confidence.scored - confidence.value).abs() < 1e-9);
    assert!(confidence.value >= explained.limits.answer);
    let without = explained.without_encoder.unwrap();
    let lexical = Router::build(&knowledge).route(PARAPHRASE);
    assert_eq!(
        (without.decision, without.confidence),
        (lexical.decision, lexical.confidence)
    );
    assert_ne!(without.decision, Decision::Answer);
}

/// With or without an encoder: decision and numbers.
#[test]
fn what_has_no_vector_is_routed_as_if_there_were_no_encoder() {
    let knowledge = knowledge();
    let lexical = Router::build(&knowledge);
    let mut vectors = table(&knowledge, &[]);
    // of another model
    vectors.0.insert("怎么搬家".to_owned(), vec![1.0; 3].into());
    let fused = Router::build_with(&knowledge, Arc::new(vectors));
    for text in [
        PARAPHRASE,
        "怎么搬家",
        "迁移怎么弄？另外小店怎么注销？",
        "月亮离我们多远呢",
        "？",
        "",
    ] {
        let (with, without) = (fused.route(text), lexical.route(text));
        assert_eq!(with.scored_by, Some(ScoreSource::Lexical), "{text}");
        assert_eq!(without.scored_by, None);
        let unmarked = wenlu_core::model::Routing {
            scored_by: None,
            ..with
        };
        assert_eq!(unmarked, without, "{text}");
        assert_eq!(fused.decision_reason(text), lexical.decision_reason(text));
        assert_eq!(
            fused.alternatives(text).len(),
            lexical.alternatives(text).len()
        );
    }
    assert_eq!(
        fused.texts_to_encode("迁移怎么弄？另外小店在哪儿关张？"),
        [
            "迁移怎么弄另外小店在哪儿关张",
            "迁移怎么弄",
            "另外小店在哪儿关张"
        ]
    );
    // an example is not decided by scores
    assert!(fused.texts_to_encode("小程序怎么迁移").is_empty());
    assert_eq!(fused.lexical_threshold(), lexical.threshold());
}

#[test]
fn one_missing_vector_and_there_is_no_encoder() {
    let knowledge = knowledge();
    let whole = table(&knowledge, &[]);
    let spoilt = |spoil: &dyn Fn(&mut VectorTable)| {
        let mut vectors = VectorTable(whole.0.clone());
        spoil(&mut vectors);
        Router::build_with(&knowledge, Arc::new(vectors))
    };
    for router in [
        spoilt(&|vectors| drop(vectors.0.remove("小程序怎么迁移"))),
        spoilt(&|vectors| {
            let longer = vec![1.0; 17].into();
            vectors.0.insert("小程序怎么迁移".to_owned(), longer);
        }),
        spoilt(&|vectors| vectors.0.clear()),
    ] {
        assert!(!router.has_encoder());
        assert_eq!(
            router.route(PARAPHRASE),
            Router::build(&knowledge).route(PARAPHRASE)
        );
        assert!(router.texts_to_encode(PARAPHRASE).is_empty());
    }
}

#[test]
fn the_same_vectors_give_the_same_numbers() {
    let knowledge = knowledge();
    let build = || Router::build_with(&knowledge, Arc::new(table(&knowledge, &[PARAPHRASE])));
    let (one, other) = (build(), build());
    assert_eq!(one.threshold(), other.threshold());
    assert_eq!(one.route(PARAPHRASE), other.route(PARAPHRASE));
    let mut set = build();
    set.set_threshold(0.999);
    assert_ne!(set.route(PARAPHRASE).decision, Decision::Answer);
}

/// Has the vector of [`PARAPHRASE`] so many times.
struct ForgetfulTable(VectorTable, AtomicUsize);

impl TextVectors for ForgetfulTable {
    fn vector(&self, text: &str) -> Option<Arc<[f32]>> {
        let is_there = || {
            let less = |left: usize| left.checked_sub(1);
            self.1
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less)
                .is_ok()
        };
        self.0
            .vector(text)
            .filter(|_| text != PARAPHRASE || is_there())
    }
}

/// What is scored by its words is compared with the threshold of words.
#[test]
fn a_vector_that_vanishes_leaves_the_numbers_of_the_words() {
    let knowledge = knowledge();
    let lexical = Router::build(&knowledge);
    for (times, source) in [
        (0, ScoreSource::Lexical),
        (1, ScoreSource::Lexical),
        (2, ScoreSource::Encoder),
    ] {
        let table = table(&knowledge, &[PARAPHRASE]);
        let vectors = Arc::new(ForgetfulTable(table, AtomicUsize::new(times)));
        let router = Router::build_with(&knowledge, vectors.clone());
        assert_ne!(router.threshold(), router.lexical_threshold());
        vectors.1.store(times, Ordering::Relaxed);
        let routed = router.route(PARAPHRASE);
        assert_eq!(routed.scored_by, Some(source));
        let wanted = lexical.route(PARAPHRASE);
        let is_same = (routed.decision, routed.confidence) == (wanted.decision, wanted.confidence);
        assert_eq!(is_same, source == ScoreSource::Lexical);
        // between the two thresholds nothing is answered that words alone would not answer
        vectors.1.store(1, Ordering::Relaxed);
        let explained = router.explain(&knowledge, PARAPHRASE);
        assert_eq!(explained.limits.answer, router.lexical_threshold());
    }
}
