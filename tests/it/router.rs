//! Routing on the shipped knowledge, and its promises on any.

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::eval::{evaluate, read_tsv};
use wenlu_core::knowledge::{IntentKind, Knowledge};
use wenlu_core::model::{Decision, Routing};
use wenlu_core::router::Router;

struct Shipped {
    knowledge: Knowledge,
    router: Router,
}

static SHIPPED: LazyLock<Shipped> = LazyLock::new(|| {
    let knowledge = load(&KnowledgeSource::Embedded)
        .map_err(|e| e.render(false))
        .expect("the shipped knowledge loads")
        .knowledge;
    Shipped {
        router: Router::build(&knowledge),
        knowledge,
    }
});

fn route(text: &str) -> Routing {
    SHIPPED.router.route(text)
}

/// What was done, in a word: the intent that answers, `?` before a menu or a question back, `gap:` before a gap.
fn outcome(text: &str) -> String {
    let r = route(text);
    let intent = r.intent.unwrap_or_default();
    match (r.decision, r.gap, r.also) {
        (Decision::Answer, _, Some(also)) => format!("{intent} + {}", also.intent),
        (Decision::Answer, _, None) => intent,
        (Decision::Unknown, Some(gap), _) => format!("gap:{gap}"),
        (Decision::Unknown, None, _) => "unknown".to_owned(),
        (_, _, _) if intent.is_empty() => format!("?{}", r.choices.join(",")),
        _ => format!("?{intent}"),
    }
}

#[track_caller]
fn check(table: &[(&str, &str)]) {
    let wrong: Vec<String> = table
        .iter()
        .map(|(text, wanted)| (text, wanted, outcome(text)))
        .filter(|(_, wanted, got)| *wanted != got)
        .map(|(text, wanted, got)| format!("{text}: wanted {wanted}, got {got}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_exact_example_is_answered_by_its_intent() {
    for intent in &SHIPPED.knowledge.intents {
        for example in &intent.examples {
            let r = route(example);
            let here = match intent.kind {
                IntentKind::Answer => {
                    r.decision == Decision::Answer
                        && r.intent.as_ref() == Some(&intent.id)
                        && r.confidence == 1.0
                }
                IntentKind::Menu => r.intent.as_ref() == Some(&intent.id),
                IntentKind::Gap => {
                    r.decision == Decision::Unknown && r.gap.as_ref() == Some(&intent.id)
                }
            };
            assert!(here, "{}: {example}: {r:?}", intent.id);
        }
    }
}

#[test]
fn candidates_have_replies_and_five_places() {
    let r = route("小程序迁移之后 openid 会不会变");
    assert_eq!(r.candidates.len(), 5);
    assert!(
        r.candidates
            .windows(2)
            .all(|pair| pair[0].confidence >= pair[1].confidence),
        "{:?}",
        r.candidates
    );
    for candidate in &r.candidates {
        assert_eq!(
            SHIPPED.knowledge.intent(&candidate.intent).map(|i| i.kind),
            Some(IntentKind::Answer),
            "{candidate:?}"
        );
    }
}

#[test]
fn topics_open_menus() {
    check(&[
        ("注销", "?deregistration"),
        ("申诉", "?appeal"),
        ("投诉！！", "?complaint"),
        ("迁移", "?migration"),
        ("小程序 注销", "?deregistration"),
        ("祝销", "?deregistration"),
        ("註銷", "?deregistration"),
    ]);
}

#[test]
fn generic_words_and_noise_never_answer() {
    check(&[
        ("小程序", "unknown"),
        ("怎么办", "unknown"),
        ("帐号怎么弄", "unknown"),
        ("公众号小程序", "unknown"),
        ("", "unknown"),
        ("？？？", "unknown"),
        ("😀😀", "unknown"),
        ("asdkjhqwe", "unknown"),
    ]);
}

#[test]
fn spelling_does_not_matter_much() {
    check(&[
        ("小城序迁疑后openid会变吗", "migration-ids"),
        ("小程序遷移後，ＯｐｅｎＩＤ 會變嗎", "migration-ids"),
        ("小程序迁移后opneid会不会变", "migration-ids"),
        ("收到通知说小程序将被动结", "freeze-notice"),
        ("名称含通用词通不过认政", "name-rejection"),
        ("小游戏侵权投拆流程", "complaint-infringement"),
        ("微信小店小程序怎么注注销并释放名称", "deregistration-shop"),
        ("公司注消了，小程序还能注消吗", "deregistration-company"),
    ]);
}

#[test]
fn negated_questions_do_not_count_and_two_get_two_answers() {
    check(&[
        (
            "我不是问怎么迁移，我只想知道迁移后openid变没变",
            "migration-ids",
        ),
        (
            "不是要投诉别人，是我被投诉冒充他人了，怎么申诉",
            "appeal-impersonation",
        ),
        (
            "小程序迁移后openid会变吗？另外怎么举报诈骗链接？",
            "migration-ids + report-link",
        ),
        (
            "名称含通用词怎么办，顺便问下低质内容会怎么处罚",
            "name-rejection + low-quality-content",
        ),
    ]);
}

#[test]
fn near_misses_fall_into_gaps() {
    for (text, gap) in [
        ("公众号迁移后openid会变吗", "gap-oa-migration"),
        ("公众号怎么注销", "gap-oa-deregistration"),
        ("我的域名被微信拦截了怎么解封", "gap-domain-unblock"),
        ("微信认证费用是多少", "gap-certification"),
        ("小程序备案要多久", "gap-icp-filing"),
    ] {
        assert_eq!(outcome(text), format!("gap:{gap}"), "{text}");
    }
}

/// However sure of a candidate: where its own menu is twice as likely, the message does not say yet which of its questions.
#[test]
fn a_menu_that_is_clearly_likelier_goes_before_its_question() {
    let text = "站内信说投诉成立，我不服要申诉";
    let routing = route(text);
    assert!(
        routing.candidates[0].confidence >= SHIPPED.router.threshold(),
        "{routing:?}"
    );
    assert_eq!(outcome(text), "?appeal");
    check(&[("小程序销户", "?deregistration")]);
}

#[test]
fn script_and_width_change_nothing() {
    for example in SHIPPED.knowledge.intents.iter().flat_map(|i| &i.examples) {
        let traditional = hanconv::s2t(example);
        let (a, b) = (route(example), route(&traditional));
        assert_eq!(
            (a.decision, &a.intent, &a.candidates),
            (b.decision, &b.intent, &b.candidates),
            "{example} {traditional}"
        );
    }
}

/// Wording written without a look at the data files, and not taken into them. The bounds are what was reached when they were set, less what a few messages weigh.
#[test]
fn held_out_questions() {
    let rows = read_tsv(include_str!("../held-out.tsv")).expect("the file reads");
    let report = evaluate(&SHIPPED.knowledge, &SHIPPED.router, &rows, |_| {});
    let (inside, outside) = (&report.inside, &report.outside);
    assert!(
        report.unknown_labels.is_empty(),
        "{:?}",
        report.unknown_labels
    );
    assert!(report.accuracy >= Some(0.97), "{:?}", report.accuracy);
    assert!(report.auroc >= Some(0.98), "{:?}", report.auroc);
    assert!(inside.wrong * 100 <= 2 * report.in_scope, "{inside:?}");
    assert!(
        (inside.right + inside.offered) * 100 >= 93 * report.in_scope,
        "{inside:?}"
    );
    assert!(
        outside.wrong * 100 <= 4 * report.out_of_scope,
        "{outside:?}"
    );
    assert!(
        outside.right * 100 >= 93 * report.out_of_scope,
        "{outside:?}"
    );
}

fn wenlu_route(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wenlu"))
        .arg("route")
        .args(args)
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("wenlu starts");
    child
        .stdin
        .take()
        .expect("piped")
        .write_all(input)
        .expect("it reads");
    child.wait_with_output().expect("it ends")
}

#[test]
fn two_runs_print_the_same_bytes() {
    let input: Vec<u8> = include_str!("../held-out.tsv")
        .lines()
        .flat_map(|l| [l.as_bytes(), b"\n"].concat())
        .collect();
    let (first, second) = (wenlu_route(&[], &input), wenlu_route(&[], &input));
    assert!(
        first.status.success(),
        "{}",
        String::from_utf8_lossy(&first.stderr)
    );
    assert_eq!(first.stdout, second.stdout);
}

#[test]
fn every_line_gets_its_answer() {
    let out = wenlu_route(&[], b"\xe6\xb3\xa8\xe9\x94\x80\r\n\n\xff\xfe\n");
    let lines: Vec<serde_json::Value> = String::from_utf8(out.stdout)
        .expect("UTF-8")
        .lines()
        .map(|l| serde_json::from_str(l).expect("JSON"))
        .collect();
    let brief: Vec<_> = lines
        .iter()
        .map(|l| {
            (
                l["text"].clone(),
                l["decision"].clone(),
                l["intent"].clone(),
            )
        })
        .collect();
    insta::assert_compact_json_snapshot!(
        brief,
        @r#"[["注销", "menu", "deregistration"], ["", "unknown", null], ["��", "unknown", null]]"#
    );
}
