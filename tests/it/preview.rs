//! What a change would do, said before it is made: mistakes, tests that it breaks, conflicts of changed lines alone, and
//! questions that would go elsewhere.

use crate::server::write_knowledge;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use wenlu::review::base::{PreviewBase, ServedKnowledge};
use wenlu::review::edit::{ReviewEdit, plan_edit};
use wenlu::review::preview::{ChangeFitness, ChangePreview, preview};
use wenlu::review::replay::{ReplayChangeKind, ReplayText};
use wenlu::source::KnowledgeSource;
use wenlu::store::Store;
use wenlu::turn::AnswerEngine;
use wenlu_core::knowledge::Knowledge;
use wenlu_core::knowledge::files::{DataFiles, validate_files};
use wenlu_core::router::Router;

fn files(root: &Path) -> DataFiles {
    KnowledgeSource::Folder(root.to_owned()).files()
}

/// The server's knowledge, with an intent whose test passes for as long as 打不开 belongs to nobody.
fn folder() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    write_knowledge(root.path());
    let open = "title = \"小程序打不开\"\nexamples = [\n  \"小程序打不开\",\n  \"页面打不开\",\n]\n\
        [[test]]\nsay = \"打不开小程序的页面\"\n[[test]]\nsay = \"完全不相干的话\"\n";
    fs::write(root.path().join("intents/open.toml"), open).unwrap();
    fs::write(
        root.path().join("content/zh/open.md"),
        "# 打不开\n\n重启。\n",
    )
    .unwrap();
    root
}

fn good(files: &DataFiles) -> Option<ServedKnowledge> {
    let knowledge = validate_files(files).ok()?.knowledge;
    let router = Router::build(&knowledge);
    Some(ServedKnowledge {
        files: Arc::new(files.clone()),
        engine: Arc::new(AnswerEngine::new(knowledge, router)),
    })
}

fn tried(root: &Path, edit: &ReviewEdit, asked: &[(&str, u64)]) -> ChangePreview {
    let good = good(&files(root));
    tried_on(root, edit, asked, good)
}

fn tried_on(
    root: &Path,
    edit: &ReviewEdit,
    asked: &[(&str, u64)],
    good: Option<ServedKnowledge>,
) -> ChangePreview {
    let base = PreviewBase {
        files: Arc::new(files(root)),
        good,
        refused: Vec::new(),
    };
    tried_from(&base, edit, asked)
}

fn tried_from(base: &PreviewBase, edit: &ReviewEdit, asked: &[(&str, u64)]) -> ChangePreview {
    let asked: Vec<ReplayText> = asked
        .iter()
        .map(|(text, count)| ReplayText {
            text: (*text).to_owned(),
            count: *count,
        })
        .collect();
    let change = plan_edit(&base.files, edit).unwrap();
    preview(
        base,
        &change,
        &asked,
        Router::build,
        NonZeroUsize::MIN,
        &|_, _, _| {},
    )
}

fn to(intent: &str, texts: &[&str]) -> ReviewEdit {
    ReviewEdit::AddExamples {
        intent: intent.to_owned(),
        texts: texts.iter().map(|text| (*text).to_owned()).collect(),
    }
}

fn tests(failed: &[wenlu_core::check::FailedTest]) -> Vec<&str> {
    failed.iter().map(|failed| failed.say()).collect()
}

fn said(found: &[wenlu_core::knowledge::diagnostic::Diagnostic]) -> Vec<String> {
    found
        .iter()
        .map(|d| format!("{} {}:{}", d.code.id(), d.place.file, d.place.line))
        .collect()
}

#[test]
fn what_would_be_answered() {
    let root = folder();
    // an example more, so that the draft turns no test of the intent
    let path = root.path().join("intents/open.toml");
    let more = fs::read_to_string(&path).unwrap().replacen(
        "examples = [\n",
        "examples = [\n  \"小程序的页面打不开\",\n",
        1,
    );
    fs::write(&path, more).unwrap();
    let asked = [("讲个相声", 37), ("小程序打不开", 5), ("今天天气怎么样", 2)];
    let seen = tried(root.path(), &to("open", &["讲个相声"]), &asked);
    assert_eq!(seen.fitness(false), ChangeFitness::Fit);
    let replay = seen.replay.unwrap();
    assert_eq!(
        (
            replay.messages,
            replay.answered,
            replay.changed,
            replay.silent
        ),
        (44, 37, 0, 0)
    );
    let first = &replay.changes[0];
    assert_eq!(
        (
            first.kind,
            first.text.as_str(),
            first.after.place.intent.as_deref()
        ),
        (ReplayChangeKind::Answered, "讲个相声", Some("open"))
    );
    assert_eq!(
        fs::read_to_string(root.path().join("intents/open.toml"))
            .unwrap()
            .matches("相声")
            .count(),
        0
    );
}

#[test]
fn a_test_that_it_breaks_and_none_that_was_broken() {
    let root = folder();
    // the second test of `open` fails as it is
    let harmless = tried(root.path(), &to("open", &["页面一直白屏"]), &[]);
    assert!(
        harmless.verdict.own_failures.is_empty() && harmless.fitness(false) == ChangeFitness::Fit
    );
    assert_eq!(tests(&harmless.verdict.known_failures), ["完全不相干的话"]);
    let new = ReviewEdit::NewIntent {
        id: "page".to_owned(),
        title: Some("页面打不开".to_owned() + "了"),
        parent: None,
        gap: true,
        texts: [
            "打不开小程序页面",
            "打不开小程序的那个页面",
            "小程序的页面打不开",
        ]
        .map(str::to_owned)
        .to_vec(),
    };
    let breaks = tried(root.path(), &new, &[("小程序的页面打不开", 3)]);
    // of an intent that it does not touch: somebody may say why that is right
    assert_eq!(
        tests(&breaks.verdict.flipped_elsewhere),
        ["打不开小程序的页面"]
    );
    let before = breaks.verdict.flipped_elsewhere[0].before.as_ref().unwrap();
    assert!(before.what.contains("「小程序打不开」（open）"), "{before}");
    assert_eq!(
        (breaks.fitness(false), breaks.fitness(true)),
        (ChangeFitness::NeedsReason, ChangeFitness::Fit)
    );
    assert_eq!(breaks.replay.unwrap().silent, 3);
}

#[test]
fn a_mistake_is_all_that_is_said() {
    let root = folder();
    let twice = tried(
        root.path(),
        &to("open", &["今天天气怎么样"]),
        &[("小程序打不开", 1)],
    );
    assert_eq!(
        said(&twice.verdict.mistakes),
        ["E201 intents/out-of-scope.toml:1"]
    );
    assert_eq!(
        (twice.fitness(false), twice.fitness(true)),
        (ChangeFitness::Unfit, ChangeFitness::Unfit)
    );
    assert!(twice.replay.is_none() && twice.verdict.own_failures.is_empty());
    // what was wrong before keeps nobody from an undo
    fs::write(root.path().join("intents/other.toml"), "title = 1\n").unwrap();
    let beside = tried_on(root.path(), &to("open", &["页面一直白屏"]), &[], None);
    assert!(beside.verdict.mistakes.is_empty() && !beside.mistakes_before.is_empty());
    assert_eq!(
        (beside.fitness(false), beside.fitness(true)),
        (ChangeFitness::Unfit, ChangeFitness::Fit)
    );
}

#[test]
fn warnings_are_of_what_changed() {
    let root = folder();
    // as it is, there is plenty to warn of: few examples, no near misses
    let plain = tried(root.path(), &to("open", &["页面一直白屏"]), &[]);
    assert_eq!(said(&plain.warnings), [""; 0]);
    let twin = tried(root.path(), &to("open", &["小程序怎么注消"]), &[]);
    assert_eq!(said(&twin.warnings), ["W604 intents/open.toml:5"]);
}

/// A hand edit of one intent was refused by its own test: a draft on another one is not asked why that test turns, and is
/// not published either before the hand edit is mended.
#[tokio::test]
async fn a_hand_edit_that_was_refused_is_no_fault_of_a_draft_on_another_intent() {
    let root = folder();
    let (open, served) = (
        root.path().join("intents/open.toml"),
        good(&files(root.path())),
    );
    let edited = fs::read_to_string(&open).unwrap() + "[[test]]\nsay = \"讲个笑话吧\"\n";
    fs::write(&open, &edited).unwrap();
    let store = Store::open(&format!(
        "sqlite://{}",
        root.path().join("bot.db").display()
    ))
    .await
    .unwrap();
    let build = |knowledge: Knowledge| {
        let router = Router::build(&knowledge);
        AnswerEngine::new(knowledge, router)
    };
    let base = async |good| {
        PreviewBase::of(&store, good, files(root.path()), build)
            .await
            .unwrap()
    };
    let refused = base(served.clone()).await;
    assert_eq!(tests(&refused.refused), ["讲个笑话吧"]);
    let seen = tried_from(
        &refused,
        &to("close", &["把小程序关掉"]),
        &[("小程序怎么注销", 2)],
    );
    assert_eq!(said(&seen.mistakes_before), ["E601 intents/open.toml:11"]);
    assert!(seen.verdict.own_failures.is_empty() && seen.verdict.flipped_elsewhere.is_empty());
    assert_eq!(
        (seen.fitness(false), seen.fitness(true)),
        (ChangeFitness::Unfit, ChangeFitness::Fit)
    );
    assert_eq!(
        seen.replay.unwrap().messages,
        2,
        "compared with what serves"
    );
    // who drafts on the intent itself answers for it
    let own = tried_from(&refused, &to("open", &["页面一直白屏"]), &[]);
    assert_eq!(
        (tests(&own.verdict.own_failures), own.mistakes_before.len()),
        (vec!["讲个笑话吧"], 0)
    );
    // a hand edit that is only on its way is what a draft is compared with
    fs::write(&open, edited.replace("讲个笑话吧", "小程序打不开了")).unwrap();
    let on_its_way = base(served).await;
    assert!(on_its_way.refused.is_empty());
    assert_eq!(
        on_its_way.good.as_ref().unwrap().files.version(),
        files(root.path()).version()
    );
    let seen = tried_from(&on_its_way, &to("close", &["把小程序关掉"]), &[]);
    assert_eq!(seen.fitness(false), ChangeFitness::Fit);
}
