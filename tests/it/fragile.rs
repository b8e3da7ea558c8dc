//! Tests that pass by a hair are told apart from those that pass.

use crate::small::{folder, wenlu};
use serde_json::Value;
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::model::Decision;
use wenlu_core::router::Router;
use wenlu_core::router::margin::DecisionBound;

/// Questions about moving, not one of them an example.
const SAID: [&str; 6] = [
    "小程序迁移在哪里申请呢",
    "换个公司的步骤麻烦吗",
    "想转给别的主体",
    "我们公司合并了怎么过户",
    "变更要提交什么",
    "过户麻烦吗",
];

/// The notes of `wenlu check` at this threshold: code and line.
fn notes(folder: &std::path::Path, threshold: f64) -> Vec<(String, u64)> {
    std::fs::write(
        folder.join(".env"),
        format!("WENLU_THRESHOLD={threshold}\n"),
    )
    .unwrap();
    let checked = wenlu(folder, &["check", "--json"]);
    let all: Vec<Value> = serde_json::from_slice(&checked.stdout).unwrap();
    let of_tests = all
        .iter()
        .filter(|one| one["file"] == "intents/moving.toml");
    let codes = of_tests.map(|one| {
        (
            one["code"].as_str().unwrap().to_owned(),
            one["line"].as_u64().unwrap(),
        )
    });
    codes
        .filter(|(code, _)| code == "N611" || code == "E601")
        .collect()
}

#[test]
fn a_test_near_the_threshold_is_fragile_and_one_that_fails_is_not() {
    let folder = folder();
    let knowledge = load(&KnowledgeSource::Folder(folder.path().into()))
        .unwrap_or_else(|error| panic!("{error}"))
        .knowledge;
    let mut router = Router::build(&knowledge);
    router.set_threshold(0.01);
    let middling = SAID
        .iter()
        .map(|said| (*said, router.route(said)))
        .find(|(_, routing)| {
            let is_moving =
                routing.decision == Decision::Answer && routing.intent.as_deref() == Some("moving");
            is_moving && (0.3..0.95).contains(&routing.confidence)
        });
    let (said, routing) = middling.expect("one that is answered with some doubt");
    let confidence = routing.confidence;

    let path = folder.path().join("intents/moving.toml");
    let intent = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{intent}[[test]]\nsay = \"{said}\"\n")).unwrap();
    let line = intent.lines().count() as u64 + 2;
    assert_eq!(
        notes(folder.path(), confidence - 0.03),
        [("N611".to_owned(), line)]
    );
    assert_eq!(
        notes(folder.path(), confidence + 0.03),
        [("E601".to_owned(), line)]
    );
    assert_eq!(notes(folder.path(), confidence - 0.2), []);

    router.set_threshold(confidence - 0.03);
    let unanswered = |routing: &wenlu_core::model::Routing| routing.decision != Decision::Answer;
    assert!((router.margin(said, unanswered) - 0.03).abs() < 0.001);
    let nearest = router.alternatives(said);
    assert_eq!(
        nearest.first().map(|other| other.bound),
        Some(DecisionBound::Threshold)
    );
    assert!(nearest.iter().all(|other| other.distance >= 0.0));
    assert!(nearest.is_sorted_by(|a, b| a.distance <= b.distance));
}

#[test]
fn an_example_has_no_margin_to_speak_of() {
    let folder = folder();
    let knowledge = load(&KnowledgeSource::Folder(folder.path().into()))
        .unwrap_or_else(|error| panic!("{error}"))
        .knowledge;
    let router = Router::build(&knowledge);
    assert_eq!(
        router.margin("小程序怎么迁移", |routing| routing.decision
            != Decision::Answer),
        1.0
    );
}

#[test]
fn every_other_decision_is_another_one() {
    let folder = folder();
    let knowledge = load(&KnowledgeSource::Folder(folder.path().into()))
        .unwrap_or_else(|error| panic!("{error}"))
        .knowledge;
    let router = Router::build(&knowledge);
    let mut turns = std::collections::BTreeSet::new();
    let said = [
        "小店注销迁移",
        "支付手续费怎么迁移",
        "注销要多久",
        "openid 过户",
        "天气注销",
        "怎么办理迁移 openid",
        "公司注销支付",
    ];
    for text in said {
        let now = router.route(text);
        for other in router.alternatives(text) {
            turns.insert(format!("{:?}", other.bound));
            let same = (now.decision, &now.intent, &now.gap, &now.choices)
                == (
                    other.routing.decision,
                    &other.routing.intent,
                    &other.routing.gap,
                    &other.routing.choices,
                );
            assert!(!same || now.also != other.routing.also, "{text}: {other:?}");
        }
    }
    assert!(turns.len() >= 3, "{turns:?}");
}
