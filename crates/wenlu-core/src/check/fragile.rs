//! Tests that pass narrowly. In: knowledge and the router built from it. Out: every `[[test]]` that
//! passes now and would fail if one number were slightly different, with that number. Must not
//! know: which tests fail already.

use super::failing::{answer, passes, place};
use crate::knowledge::diagnostic::{Code, Diagnostic, FileTexts};
use crate::knowledge::{Intent, IntentTest, Knowledge};
use crate::router::Router;
use crate::router::margin::{AlternativeDecision, DecisionBound};

/// With a smaller margin, the next edit or the next calibration may break the test.
const FRAGILE_MARGIN: f64 = 0.05;

pub(super) fn fragile_tests(
    knowledge: &Knowledge,
    texts: &FileTexts,
    router: &Router,
) -> Vec<Diagnostic> {
    let written = knowledge.intents.iter().filter(|intent| !intent.unwritten);
    let tests = written.flat_map(|intent| intent.tests.iter().map(move |test| (intent, test)));
    let fragile = |(intent, test): (&Intent, &IntentTest)| {
        if !passes(intent, test, &router.route(&test.say)) {
            return None;
        }
        let others = router
            .alternatives(&test.say)
            .into_iter()
            .take_while(|other| other.distance < FRAGILE_MARGIN);
        let turn = others
            .into_iter()
            .find(|other| !passes(intent, test, &other.routing))?;
        Some(noted(knowledge, intent, test, &turn, texts))
    };
    tests.filter_map(fragile).collect()
}

fn noted(
    knowledge: &Knowledge,
    intent: &Intent,
    test: &IntentTest,
    turn: &AlternativeDecision,
    texts: &FileTexts,
) -> Diagnostic {
    let file = format!("intents/{}.toml", intent.id);
    let span = texts.get(&file).map_or(0..0, |text| place(text, test));
    let near = match turn.bound {
        DecisionBound::Threshold => "把握离阈值（或值得反问的程度）太近",
        DecisionBound::Rival => "第二名的可能性离“太近，要反问”的界线太近",
        DecisionBound::Other => "菜单、缺口或范围外和首选差不多可能",
        DecisionBound::OtherAlone => "菜单或缺口的可能性刚好在界线上",
    };
    let message = format!("这条测试只是勉强通过，余量 {:.3}：{near}", turn.distance);
    let help = match test.here {
        true => "给它该去的意图补几句意思相近、说法不同的例句",
        false => "在这个意图的 not 里补几句相近的话，或者给它该去的意图补例句",
    };
    Diagnostic::new(Code::FragileTest, &file, span, message).help(format!(
        "再差这么一点就变成：{}。{help}",
        answer(knowledge, &turn.routing)
    ))
}
