//! Failing tests. In: knowledge and the router built from it. Out: every `[[test]]` that does not
//! give the expected result, with the actual result and the reason.

use super::corpus::name;
use super::progress::{CheckProgress, CheckStage};
use crate::dialogue::{DialogueManager, HandoverDesk, TextRouter};
use crate::knowledge::diagnostic::{Code, Diagnostic, FileTexts};
use crate::knowledge::{Intent, IntentKind, IntentTest, Knowledge};
use crate::labels::brief_reason_label;
use crate::model::{Decision, Routing};
use crate::passage::PassageIndex;
use crate::router::DecisionReason;
use std::fmt;
use std::ops::Range;
use std::time::Duration;

/// A `[[test]]` that does not give the expected result.
#[derive(Clone, Debug, PartialEq)]
pub struct FailedTest {
    /// The intent whose file it is in.
    pub intent: String,
    /// The test. Its message does not identify it: two tests may have the same message and expect
    /// different results.
    pub test: IntentTest,
    /// Its answer before an edit, if that was right.
    pub before: Option<TestAnswer>,
    /// What the message gets now.
    pub now: TestAnswer,
    /// The mistake as it is reported.
    pub diagnostic: Diagnostic,
}

impl FailedTest {
    /// The test's message.
    pub fn say(&self) -> &str {
        &self.test.say
    }

    /// Whether both are the same test, wherever in the file they stand.
    pub fn is_same_test(&self, other: &FailedTest) -> bool {
        self.intent == other.intent && self.test.is_same_as(&other.test)
    }

    /// The diagnostic's JSON with the message and the answers.
    pub fn to_json(&self) -> serde_json::Value {
        let mut object = self.diagnostic.to_json();
        object["intent"] = self.intent.as_str().into();
        object["say"] = self.say().into();
        object["before"] = self.before.as_ref().map(ToString::to_string).into();
        object["now"] = self.now.to_string().into();
        object
    }
}

/// What a test's message is answered with, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct TestAnswer {
    /// The decision and the intent, as operators read it.
    pub what: String,
    /// The confidence of the decision, 0 to 1.
    pub confidence: f64,
}

impl fmt::Display for TestAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}，把握 {:.2}", self.what, self.confidence)
    }
}

/// Asks every test's message.
pub(super) fn failing_tests(
    knowledge: &Knowledge,
    texts: &FileTexts,
    router: &dyn TextRouter,
    progress: CheckProgress,
) -> Vec<FailedTest> {
    let passages = PassageIndex::of(knowledge);
    let manager = DialogueManager {
        knowledge,
        router,
        passages: &passages,
        ttl: Duration::ZERO,
        operators: None,
        operators_unreachable: false,
        desk: HandoverDesk::default(),
    };
    let tests: Vec<_> = knowledge
        .intents
        .iter()
        .flat_map(|i| i.tests.iter().map(move |test| (i, test)))
        .collect();
    let mut failed = Vec::new();
    for (at, (intent, test)) in tests.iter().enumerate() {
        progress(CheckStage::Testing, at, tests.len());
        let routing = router.route(&test.say);
        if !passes(intent, test, &routing) {
            let why = router.decision_reason(&test.say);
            failed.push(failure(knowledge, intent, test, &routing, why, texts));
        } else if let Some(wanted) = &test.shows {
            let shown = manager.shown_section(intent, routing.lang, &test.say);
            if shown.as_ref() != Some(wanted) {
                let answer = answer(knowledge, &routing);
                failed.push(wrong_section(intent, test, wanted, shown, answer, texts));
            }
        }
    }
    failed
}

/// Whether `routing` is what `test` expects.
pub fn passes(intent: &Intent, test: &IntentTest, routing: &Routing) -> bool {
    let is = |id: &Option<String>| id.as_deref() == Some(&intent.id);
    let here = is(&routing.intent)
        || routing
            .also
            .as_ref()
            .is_some_and(|also| also.intent == intent.id);
    let in_gap = is(&routing.gap);
    // until the reply is written, the message only must not be answered by another intent
    if intent.unwritten {
        return if test.here {
            in_gap || routing.decision != Decision::Answer
        } else {
            !in_gap
        };
    }
    if test.wants.is_some_and(|wants| wants != routing.decision) {
        return false;
    }
    match (test.here, test.wants, intent.kind) {
        (false, ..) => !here && !in_gap,
        (true, Some(Decision::Unknown), IntentKind::Answer | IntentKind::Menu) => true,
        (true, Some(_), _) => here || in_gap || routing.choices.contains(&intent.id),
        (true, None, IntentKind::Answer) => here && routing.decision == Decision::Answer,
        (true, None, IntentKind::Menu) => {
            here && matches!(routing.decision, Decision::Menu | Decision::Clarify)
        }
        (true, None, IntentKind::Gap) => in_gap && routing.decision == Decision::Unknown,
    }
}

fn failure(
    knowledge: &Knowledge,
    intent: &Intent,
    test: &IntentTest,
    routing: &Routing,
    gate: Option<DecisionReason>,
    texts: &FileTexts,
) -> FailedTest {
    let file = format!("intents/{}.toml", intent.id);
    let span = texts.get(&file).map_or(0..0, |text| place(text, test));
    let message = match (test.here, intent.kind) {
        (false, _) => format!("不该到「{}」", intent.title),
        (true, IntentKind::Answer) => format!("应该由「{}」回答", intent.title),
        (true, IntentKind::Menu) => format!("应该打开菜单「{}」", intent.title),
        (true, IntentKind::Gap) => format!("应该落到缺口「{}」", intent.title),
    };
    let wanted = test
        .wants
        .map_or_else(String::new, |wants| format!("，结果应该是{}", word(wants)));
    let why = gate.map_or_else(String::new, |gate| {
        format!("；原因：{}", brief_reason_label(gate))
    });
    let now = answer(knowledge, routing);
    let diagnostic = Diagnostic::new(Code::FailedTest, &file, span, message + &wanted)
        .help(format!("实际：{now}{why}。`wenlu explain` 有全部细节"));
    FailedTest {
        intent: intent.id.clone(),
        test: test.clone(),
        before: None,
        now,
        diagnostic,
    }
}

/// The intent is right, and another part of its reply comes first.
fn wrong_section(
    intent: &Intent,
    test: &IntentTest,
    wanted: &str,
    shown: Option<String>,
    answer: TestAnswer,
    texts: &FileTexts,
) -> FailedTest {
    let name = |section: &str| match section {
        "" => "开头的总说明（#）".to_owned(),
        id => format!("小节 #{id}"),
    };
    let file = format!("intents/{}.toml", intent.id);
    let span = texts.get(&file).map_or(0..0, |text| place(text, test));
    let now = shown
        .as_deref()
        .map_or_else(|| "资料里没有写到".to_owned(), name);
    let message = format!("应该先给出{}", name(wanted));
    let help =
        format!("实际先给出：{now}。在 [section.…] 的 examples 里补几句问法，或者改小节的标题");
    FailedTest {
        intent: intent.id.clone(),
        test: test.clone(),
        before: None,
        now: TestAnswer {
            what: format!("{}，{now}", answer.what),
            ..answer
        },
        diagnostic: Diagnostic::new(Code::FailedTest, &file, span, message).help(help),
    }
}

/// What a message was answered with.
pub(super) fn answer(knowledge: &Knowledge, routing: &Routing) -> TestAnswer {
    let name = |id: &str| knowledge.intent(id).map_or_else(|| id.to_owned(), name);
    let mut parts = vec![word(routing.decision).to_owned()];
    parts.extend(routing.intent.as_deref().map(name));
    parts.extend(
        routing
            .also
            .as_ref()
            .map(|also| format!("和{}", name(&also.intent))),
    );
    parts.extend(
        routing
            .gap
            .as_deref()
            .map(|gap| format!("缺口{}", name(gap))),
    );
    if !routing.choices.is_empty() {
        parts.push(format!("可选：{}", routing.choices.join("、")));
    }
    if let Some(best) = routing
        .candidates
        .first()
        .filter(|_| routing.intent.is_none() && routing.choices.is_empty())
    {
        parts.push(format!("最接近{}", name(&best.intent)));
    }
    TestAnswer {
        what: parts.join("，"),
        confidence: routing.confidence,
    }
}

fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Answer => "回答（answer）",
        Decision::Clarify => "反问（clarify）",
        Decision::Menu => "菜单（menu）",
        Decision::Unknown => "不知道（unknown）",
    }
}

/// The span of the test's message; the whole line if it is written with escapes.
pub(super) fn place(text: &str, test: &IntentTest) -> Range<usize> {
    let start = text
        .split_inclusive('\n')
        .take(test.line.saturating_sub(1))
        .map(str::len)
        .sum::<usize>();
    let line = text
        .get(start..)
        .and_then(|rest| rest.lines().next())
        .unwrap_or_default();
    match line.find(&test.say) {
        Some(at) => start + at..start + at + test.say.len(),
        None => start..start + line.len(),
    }
}
