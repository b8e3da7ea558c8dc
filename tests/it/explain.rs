//! `wenlu explain`: its numbers are the decision's.

use crate::small::{self, printed, wenlu};
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::model::Decision;
use wenlu_core::router::DecisionReason;
use wenlu_core::router::Router;
use wenlu_core::router::explanation::Explanation;

fn knowledge() -> Knowledge {
    let folder = small::folder();
    match load(&KnowledgeSource::Folder(folder.path().to_owned())) {
        Ok(loaded) => loaded.knowledge,
        Err(error) => panic!("{}", error.render(false)),
    }
}

/// Examples, examples bent in every way that comes to mind, and messages that nobody foresaw.
fn messages() -> Vec<String> {
    let mut all: Vec<String> = small::examples().map(str::to_owned).collect();
    let bent: Vec<String> = all
        .iter()
        .flat_map(|text| {
            [
                format!("请问{text}，谢谢"),
                format!("{text}，openid 会变吗"),
                text.chars().rev().collect(),
                text.chars().skip(2).collect(),
            ]
        })
        .collect();
    all.extend(bent);
    let others = [
        "",
        "？",
        "小程序",
        "注销",
        "怎么",
        "祝销",
        "ＯＰＥＮＩＤ會變嗎😭",
        "不想注销，只想迁移",
        "openid",
        "hello",
        "𠮷𠮷𠮷",
        "how do I move",
        "迁移怎么弄？另外小店怎么注销？",
    ];
    all.extend(others.map(str::to_owned));
    all
}

/// The confidence, from the parts that are shown and nothing else.
fn added_up(e: &Explanation) -> f64 {
    let c = &e.confidence;
    let logit = c.bias
        + c.parts
            .iter()
            .map(|part| part.weight * (part.value - part.usual))
            .sum::<f64>();
    1.0 / (1.0 + (-logit).exp())
}

#[test]
fn the_parts_add_up_to_what_the_decision_used() {
    let knowledge = knowledge();
    let router = Router::build(&knowledge);
    let mut gates = std::collections::BTreeSet::new();
    for text in messages() {
        let routing = router.route(&text);
        let e = router.explain(&knowledge, &text);
        assert_eq!(e.routing, routing, "{text}");
        gates.insert(format!("{:?}", e.gate));
        for class in &e.classes {
            let sum = class.bias + class.families.iter().map(|part| part.adds).sum::<f64>();
            assert!(
                (sum - class.logit).abs() < 1e-4,
                "{text}: {} {sum} {}",
                class.intent,
                class.logit
            );
        }
        if e.gate != DecisionReason::Exact {
            assert!(
                // a message that says nothing has no parts
                e.confidence.parts.is_empty() && routing.confidence == 0.0
                    || (added_up(&e) - routing.confidence).abs() < 1e-4,
                "{text}: {} {}",
                added_up(&e),
                routing.confidence
            );
            assert!(
                (e.confidence.scored - e.confidence.value).abs() < 1e-9,
                "{text}"
            );
            assert_eq!(
                e.confidence.candidate.as_ref(),
                routing.candidates.first().map(|c| &c.intent),
                "{text}"
            );
        }
        match e.gate {
            DecisionReason::Confident => {
                assert!(
                    e.confidence.value >= e.limits.answer
                        && e.runner_up.is_none_or(|r| r.share < e.limits.close)
                )
            }
            DecisionReason::CloseRival => {
                assert!(
                    e.confidence.value >= e.limits.answer
                        && e.runner_up.is_some_and(|r| r.share >= e.limits.close)
                )
            }
            DecisionReason::NearlySure => assert!(
                (e.limits.clarify..e.limits.answer).contains(&e.confidence.value),
                "{text}"
            ),
            DecisionReason::GapLikelier
            | DecisionReason::MenuLikelier
            | DecisionReason::OutOfScopeLikelier => {
                // below the threshold, or twice as likely as the candidate
                let least = if e.confidence.value < e.limits.answer {
                    1.0
                } else {
                    2.0
                };
                assert!(
                    e.strongest_other
                        .is_some_and(|r| r.share >= least && r.behind < 0.0)
                );
            }
            _ => {}
        }
    }
    assert!(gates.len() >= 5, "too few gates are tried: {gates:?}");
}

#[test]
fn what_is_said_of_other_thresholds_is_what_happens_there() {
    let knowledge = knowledge();
    let router = Router::build(&knowledge);
    for text in messages() {
        let steps = router.explain(&knowledge, &text).at_thresholds;
        assert_eq!(steps.last().map(|step| step.upto), Some(1.0));
        for percent in 0..=100 {
            let threshold = f64::from(percent) / 100.0;
            let told = steps.iter().find(|step| threshold <= step.upto).unwrap();
            let routing = router.route_at(&text, threshold);
            assert_eq!(
                (told.decision, &told.intent),
                (routing.decision, &routing.intent),
                "{text} at {threshold}"
            );
        }
    }
}

#[test]
fn marks_and_changes_point_at_the_text() {
    let knowledge = knowledge();
    let router = Router::build(&knowledge);
    let e = router.explain(&knowledge, "請問ＯｐｅｎＩＤ\u{200b}會變嗎😭");
    assert_eq!(e.normalised, "请问openid会变吗");
    assert_eq!(e.scored, "openid会变吗");
    let rules: Vec<String> = e
        .changes
        .iter()
        .map(|c| {
            serde_json::to_value(c.rule)
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(
        rules,
        ["invisible", "width_and_case", "simplified", "symbols"]
    );
    let nearest = e.nearest.first().unwrap();
    let shared: Vec<&str> = nearest
        .shared
        .iter()
        .map(|s| &nearest.example[s[0]..s[1]])
        .collect();
    assert_eq!(
        (nearest.example.as_str(), shared),
        ("迁移后 openid 会变吗", vec!["openid", "会变吗"])
    );
    assert!(e.nearest.is_sorted_by(|a, b| a.similarity >= b.similarity));
    assert!(e.keywords.iter().any(|k| k.intent == "ids"));
    for text in messages() {
        for near in router.explain(&knowledge, &text).nearest {
            assert!(
                near.shared.iter().all(|s| near
                    .example
                    .get(s[0]..s[1])
                    .is_some_and(|part| !part.is_empty())),
                "{near:?}"
            );
        }
    }
}

#[test]
fn words_that_carry_the_decision_are_named() {
    let knowledge = knowledge();
    let router = Router::build(&knowledge);
    let e = router.explain(&knowledge, "用户的 openid 变化大吗");
    assert_eq!(e.routing.decision, Decision::Answer);
    let openid = e.without.iter().find(|w| w.word == "openid").unwrap();
    assert!(openid.confidence < e.routing.confidence);
    for without in &e.without {
        assert_eq!(
            without.flips,
            (without.decision, &without.intent) != (e.routing.decision, &e.routing.intent)
        );
    }
}

#[test]
fn a_threshold_of_ones_own_is_the_one_explained() {
    let folder = small::folder();
    std::fs::write(folder.path().join(".env"), "WENLU_THRESHOLD=0.999\n").unwrap();
    let told = |args: &[&str]| -> serde_json::Value {
        serde_json::from_str(&printed(wenlu(folder.path(), args))).unwrap()
    };
    let e = told(&["explain", "--json", "openid 会不会变呀"]);
    assert_eq!(e["limits"]["answer"], 0.999);
    assert_ne!(e["routing"]["decision"], "answer");
    std::fs::write(folder.path().join(".env"), "").unwrap();
    assert_eq!(told(&["route", "openid 会不会变呀"])["decision"], "answer");
}

#[test]
fn the_text_reads_from_top_to_bottom() {
    let folder = small::folder();
    let said = printed(wenlu(
        folder.path(),
        &["explain", "請問迁移之后 OpenID 會變嗎？"],
    ));
    let headings = [
        "决定",
        "原因",
        "把握",
        "第二名",
        "读成什么",
        "规范化",
        "繁体转简体  請",
        "词语",
        "各意图的得分",
        "把握的由来：ids",
        "最像的例句",
        "怎样会变",
        "← 现在",
    ];
    let mut rest = said.as_str();
    for heading in headings {
        let (_, after) = rest
            .split_once(heading)
            .unwrap_or_else(|| panic!("{heading} is not in its place:\n{said}"));
        rest = after;
    }
    assert!(!said.contains('\x1b'), "colours in a pipe");
    let hostile = printed(wenlu(
        folder.path(),
        &["explain", "\u{1b}[2J\u{202e}<b>openid</b>"],
    ));
    assert!(
        !hostile
            .chars()
            .any(|c| c.is_control() && c != '\n' || c == '\u{202e}'),
        "{hostile:?}"
    );
}
