//! Small knowledge: a few intents with a few examples answer what they are about, and leave everyday talk alone.

use std::process::{Command, Stdio};
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::eval::read_tsv;
use wenlu_core::knowledge::{Intent, IntentKind, Knowledge, Lexicon};
use wenlu_core::model::Decision;
use wenlu_core::router::Router;

/// Everyday messages that take no part in training.
fn everyday() -> Vec<&'static str> {
    let files = [
        include_str!("../fixtures/everyday/zh.txt"),
        include_str!("../fixtures/everyday/en.txt"),
    ];
    let lines = files
        .into_iter()
        .flat_map(str::lines)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .chain([
            "怎么开车",
            "how do I drive a car",
            "今天吃什么",
            "",
            "？？？",
            "😀",
        ])
        .collect()
}

/// Knowledge of these labelled rows alone.
fn knowledge(tsv: &str) -> Knowledge {
    let mut knowledge = Knowledge::default();
    for row in read_tsv(tsv).expect("rows") {
        let id = row.labels.concat();
        match knowledge.intents.iter_mut().find(|intent| intent.id == id) {
            Some(intent) => intent.examples.push(row.text),
            None => knowledge.intents.push(Intent {
                title: id.clone(),
                id,
                examples: vec![row.text],
                ..Intent::default()
            }),
        }
    }
    knowledge.intents.sort_by(|a, b| a.id.cmp(&b.id));
    knowledge
}

#[track_caller]
fn assert_honest(knowledge: &Knowledge, name: &str) {
    let router = Router::build(knowledge);
    let everyday = everyday();
    let answered: Vec<_> = everyday
        .iter()
        .filter(|text| router.route(text).decision == Decision::Answer)
        .collect();
    assert!(
        answered.len() * 50 <= everyday.len(),
        "{name}: {answered:?}"
    );
    for intent in &knowledge.intents {
        for example in &intent.examples {
            let routing = router.route(example);
            assert_eq!(
                (routing.decision, routing.intent.as_ref()),
                (Decision::Answer, Some(&intent.id)),
                "{name}: {example}"
            );
        }
    }
    for text in &everyday {
        let routing = router.route(text);
        assert!(
            routing.decision != Decision::Answer || routing.confidence >= 0.2,
            "{name}: {routing:?}"
        );
    }
    assert_eq!(router.route("").confidence, 0.0, "{name}");
}

#[test]
fn a_handful_of_labelled_rows() {
    assert_honest(
        &knowledge(include_str!("../fixtures/tiny/two-intents.tsv")),
        "two intents",
    );
    assert_honest(
        &knowledge(include_str!("../fixtures/tiny/three-intents.tsv")),
        "three intents",
    );
    assert_honest(
        &knowledge("utterance\tintent\n怎么开发票\tinvoice\n"),
        "one intent, one example",
    );
}

#[test]
fn draws_of_the_shipped_knowledge() {
    let whole = load(&KnowledgeSource::Embedded)
        .map_err(|e| e.render(false))
        .expect("it loads")
        .knowledge;
    let answers: Vec<&Intent> = whole
        .intents
        .iter()
        .filter(|i| i.kind == IntentKind::Answer && !i.is_small_talk())
        .collect();
    for (first, intents, examples) in [(0, 1, 1), (3, 2, 5), (5, 4, 3), (6, 6, 10)] {
        let intents = answers
            .iter()
            .skip(first)
            .take(intents)
            .map(|intent| Intent {
                id: intent.id.clone(),
                title: intent.title.clone(),
                examples: intent.examples.iter().take(examples).cloned().collect(),
                ..Intent::default()
            });
        for lexicon in [whole.lexicon.clone(), Lexicon::default()] {
            let draw = Knowledge {
                intents: intents.clone().collect(),
                lexicon,
                ..Knowledge::default()
            };
            assert_honest(
                &draw,
                &format!("{} intents from {first}", draw.intents.len()),
            );
        }
    }
}

#[test]
fn paraphrases_of_a_few_examples_are_answered() {
    let router = Router::build(&knowledge(include_str!(
        "../fixtures/tiny/three-intents.tsv"
    )));
    for (text, intent) in [
        ("我想改收货地址", "address"),
        ("收货地址填错了怎么办", "address"),
        ("请问怎么开电子发票", "invoice"),
        ("发票抬头怎么修改", "invoice"),
        ("退款要多久到账", "refund"),
        ("退款几天能到", "refund"),
    ] {
        let routing = router.route(text);
        assert_eq!(
            (routing.decision, routing.intent.as_deref()),
            (Decision::Answer, Some(intent)),
            "{text}: {routing:?}"
        );
    }
}

/// The whole way: rows that are imported, written out, and asked in the terminal.
#[test]
fn imported_rows_do_not_answer_everyday_talk() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wenlu"));
        command
            .args(args)
            .current_dir(folder.path())
            .env_clear()
            .env("HOME", folder.path())
            .stdin(Stdio::null());
        let output = command.output().expect("wenlu runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    std::fs::write(
        folder.path().join("rows.tsv"),
        include_str!("../fixtures/tiny/three-intents.tsv"),
    )
    .expect("a file");
    run(&["import", "--from", "tsv", "rows.tsv", "--out", "bot"]);
    for line in run(&["--root", "bot", "route", "怎么开车", ""]).lines() {
        let routing: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(routing["decision"], "unknown", "{line}");
    }
}
