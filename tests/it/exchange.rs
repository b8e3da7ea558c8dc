//! Other people's formats: what comes of each fixture, word for word; that it loads and answers; what is said to broken
//! ones; that rows go through and come back.

use crate::files::{files_under, stderr, write};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::router::Router;
use wenlu_formats::export::{ExportFormat, export};
use wenlu_formats::{ImportFormat, ImportedKnowledge, LossKind, import};

/// Imports a fixture; its place in the notes is shortened.
fn imported(format: ImportFormat, fixture: &str) -> ImportedKnowledge {
    // tests run in the package's folder
    let path = Path::new("tests/fixtures").join(fixture);
    let imported = import(format, &path).unwrap_or_else(|problem| panic!("{problem}"));
    imported.check().unwrap_or_else(|error| panic!("{error}"));
    imported
}

/// Every file and every note.
fn whole(imported: &ImportedKnowledge) -> String {
    let files: String = imported
        .files
        .iter()
        .map(|(path, text)| format!("=== {path}\n{text}"))
        .collect();
    let notes: String = imported
        .notes
        .iter()
        .map(|note| format!("{note}\n"))
        .collect();
    let ImportedKnowledge {
        intents,
        examples,
        out_of_scope,
        ..
    } = imported;
    format!(
        "{files}=== {intents} intents, {examples} examples, {out_of_scope} out of scope\n{notes}"
    )
    .replace("tests/fixtures/", "")
}

fn knowledge(imported: &ImportedKnowledge) -> Knowledge {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in &imported.files {
        write(root.path(), path, text);
    }
    load(&KnowledgeSource::Folder(root.path().into()))
        .unwrap_or_else(|error| panic!("{error}"))
        .knowledge
}

/// The intent that `text` comes to when all replies are written.
fn routed(knowledge: &Knowledge, text: &str) -> Option<String> {
    Router::build(&knowledge.clone().as_if_written())
        .route(text)
        .intent
}

fn folder<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        write(root.path(), path, bytes);
    }
    root
}

/// Why a file, or a folder of files, cannot be imported; without the folder it stands in.
fn problem(format: ImportFormat, files: &[(&str, &[u8])]) -> String {
    let root = folder(files.iter().copied());
    let path = if let [(name, _)] = files {
        root.path().join(name)
    } else {
        root.path().to_owned()
    };
    match import(format, &path) {
        Ok(imported) => panic!("{imported:#?}"),
        Err(problem) => problem
            .to_string()
            .replace(&format!("{}/", root.path().display()), "")
            .replace(&root.path().display().to_string(), "."),
    }
}

#[test]
fn rasa() {
    let imported = imported(ImportFormat::Rasa, "import-rasa");
    insta::assert_snapshot!("import-rasa", whole(&imported));
    let knowledge = knowledge(&imported);
    assert_eq!(
        routed(&knowledge, "发票在哪里开呢").as_deref(),
        Some("faq-ask-invoice")
    );
    assert_eq!(
        knowledge.intent("ask-refund").unwrap().label.as_deref(),
        Some("ask_refund")
    );
}

#[test]
fn nlpjs() {
    let imported = imported(ImportFormat::Nlpjs, "import-nlpjs");
    insta::assert_snapshot!("import-nlpjs", whole(&imported));
    assert_eq!(
        routed(&knowledge(&imported), "怎么重设密码呀").as_deref(),
        Some("user-password")
    );
}

#[test]
fn dialogflow_folder_and_zip() {
    let from_folder = imported(ImportFormat::Dialogflow, "import-dialogflow");
    insta::assert_snapshot!("import-dialogflow", whole(&from_folder));
    assert_eq!(
        routed(&knowledge(&from_folder), "你们几点开门呀").as_deref(),
        Some("opening-hours")
    );

    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("agent.zip");
    std::fs::write(
        &path,
        zipped(
            &files_under(Path::new("tests/fixtures/import-dialogflow"))
                .into_iter()
                .collect::<Vec<_>>(),
        ),
    )
    .unwrap();
    let from_zip = import(ImportFormat::Dialogflow, &path).unwrap();
    assert_eq!(from_zip.files, from_folder.files);
    assert_eq!(from_zip.notes.len(), from_folder.notes.len());
    let first = from_zip.notes[0].to_string();
    assert!(
        first.starts_with(&format!(
            "{}/intents/Default Fallback Intent.json:1: ",
            path.display()
        )),
        "{first}"
    );
}

#[test]
fn qnabot() {
    let imported = imported(ImportFormat::Qnabot, "import-qnabot/qna.json");
    insta::assert_snapshot!("import-qnabot", whole(&imported));
    assert_eq!(
        routed(&knowledge(&imported), "手机号换了怎么办呢").as_deref(),
        Some("account-001")
    );
}

#[test]
fn tsv_and_csv() {
    let tsv = imported(ImportFormat::Tsv, "import-rows/rows.tsv");
    insta::assert_snapshot!("import-tsv", whole(&tsv));
    assert_eq!(
        routed(&knowledge(&tsv), "注销帐号").as_deref(),
        Some("close-account")
    );
    let csv = imported(ImportFormat::Csv, "import-rows/rows.csv");
    insta::assert_snapshot!("import-csv", whole(&csv));
    assert_eq!(
        routed(&knowledge(&csv), "开发票吧").as_deref(),
        Some("fa-piao")
    );
}

/// A format, and the files given to it.
type Case<'a> = (ImportFormat, &'a [(&'a str, &'a [u8])]);

#[test]
fn broken_inputs_are_named_by_line() {
    let cases: &[Case] = &[
        (ImportFormat::Tsv, &[("a.tsv", b"utterance\tintent\nhi\n")]),
        (ImportFormat::Tsv, &[("a.tsv", b"hi\tgreet\nyo\t \n")]),
        (
            ImportFormat::Tsv,
            &[("a.tsv", b"hi\tgreet\n\xff\x00\x01\xc3\tgreet\n")],
        ),
        (ImportFormat::Tsv, &[("a.tsv", b"")]),
        (
            ImportFormat::Tsv,
            &[("a.tsv", "今天天气\tnone\n".as_bytes())],
        ),
        (
            ImportFormat::Csv,
            &[("a.csv", b"hi,greet\n\"yo,greet\nhey,greet\n")],
        ),
        (ImportFormat::Csv, &[("a.csv", b"hi,greet\n\nhey\n")]),
        (
            ImportFormat::Rasa,
            &[("a.yml", b"nlu:\n- intent: a\n  examples: |\n  - x\n")],
        ),
        (
            ImportFormat::Rasa,
            &[(
                "a.yml",
                "nlu:\n- intent: a\n  examples:\n  - @客服\n".as_bytes(),
            )],
        ),
        (ImportFormat::Rasa, &[("a.yml", b"nlu:\n  intent: a\n")]),
        (ImportFormat::Rasa, &[("a.yml", b"nlu:\n- intnet: a\n")]),
        (
            ImportFormat::Rasa,
            &[("a.yml", b"nlu:\n- intent: a\n  examples: {a: b}\n")],
        ),
        (
            ImportFormat::Rasa,
            &[("a.yml", b"responses:\n  utter_a: hi\n")],
        ),
        (
            ImportFormat::Rasa,
            &[("a.yml", b"responses:\n  utter_a: []\n  utter_a: []\n")],
        ),
        (ImportFormat::Rasa, &[("a.yml", b"- just\n- a list\n")]),
        (ImportFormat::Rasa, &[("a.yml", b"\xff\x00\x01\xc3")]),
        (
            ImportFormat::Rasa,
            &[("a.yml", b"nlu: []\n"), ("b.yml", b"x: [\n")],
        ),
        (ImportFormat::Rasa, &[("a.md", b"# a"), ("b.json", b"{}")]),
        (
            ImportFormat::Nlpjs,
            &[("a.json", b"{\"data\": [\n{\"intent\": \"a\",}\n]}")],
        ),
        (ImportFormat::Nlpjs, &[("a.json", b"[1]")]),
        (ImportFormat::Nlpjs, &[("a.json", b"{\"data\": {}}")]),
        (
            ImportFormat::Nlpjs,
            &[("a.json", b"{\"data\": [\n  {\"utterances\": []}]}")],
        ),
        (
            ImportFormat::Nlpjs,
            &[(
                "a.json",
                b"{\"data\": [{\"intent\": \"a\",\n\"utterances\": [\n1]}]}",
            )],
        ),
        (
            ImportFormat::Nlpjs,
            &[(
                "a.json",
                b"{\"data\": [{\"intent\": \"a\",\n\"intent\": \"b\"}]}",
            )],
        ),
        (ImportFormat::Dialogflow, &[("a.json", b"{}")]),
        (
            ImportFormat::Dialogflow,
            &[("intents/a.json", b"{}"), ("agent.json", b"{}")],
        ),
        (
            ImportFormat::Dialogflow,
            &[("agent.zip", b"PK\x03\x04 and then nothing")],
        ),
        (
            ImportFormat::Qnabot,
            &[("a.json", b"{\"qna\": [{\"q\": [\"x\"]}]}")],
        ),
        (ImportFormat::Qnabot, &[("a.json", b"{\"questions\": []}")]),
        (
            ImportFormat::Qnabot,
            &[("a.json", b"{\"qna\": [\n\n{\"qid\": \"a\", \"q\": [1]}]}")],
        ),
    ];
    let said: Vec<String> = cases
        .iter()
        .map(|(format, files)| problem(*format, files))
        .collect();
    insta::assert_snapshot!("import-broken", said.join("\n"));
}

/// What can be read beside it is not lost.
#[test]
fn one_broken_item_of_a_list_is_left_out() {
    let text = b"{\"data\": [{\"intent\": \"a\",\n\"utterances\": [\"x\",\n1]}]}";
    let root = folder([("a.json", &text[..])]);
    let made = import(ImportFormat::Nlpjs, &root.path().join("a.json")).unwrap();
    assert_eq!((made.intents, made.examples), (1, 1));
    let broken = made.notes.iter().find(|note| note.kind == LossKind::Broken);
    let broken = broken.unwrap().to_string();
    let wanted = "a.json:3: `utterances` 的每一项要是文字，这里是数字或布尔值";
    assert!(broken.ends_with(wanted), "{broken}");
}

/// A table that is refused leaves nothing behind.
#[test]
fn of_several_tables_a_broken_one_is_left_out_whole() {
    let files = [
        ("good.csv", "怎么退款,refund\n钱怎么退,refund\n"),
        ("half.csv", "开发票,invoice\n发票在哪,invoice\n没有意图,\n"),
    ];
    let root = folder(files.map(|(name, text)| (name, text.as_bytes())));
    let made = import(ImportFormat::Csv, root.path()).unwrap();
    assert_eq!((made.intents, made.examples), (1, 2), "{:#?}", made.notes);
    let said: Vec<String> = made.notes.iter().map(ToString::to_string).collect();
    let is_told = |line: &String| line.contains("half.csv:3: 第 2 列没有写意图");
    assert!(said.iter().any(is_told), "{said:?}");
}

#[test]
fn what_is_too_large_or_too_deep_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let huge = root.path().join("huge.tsv");
    std::fs::File::create(&huge)
        .unwrap()
        .set_len((32 << 20) + 1)
        .unwrap();
    let said = import(ImportFormat::Tsv, &huge).unwrap_err().to_string();
    assert!(said.ends_with("huge.tsv: 文件超过 32 MiB"), "{said}");

    // a bomb: few bytes that become many
    let bomb = root.path().join("bomb.zip");
    std::fs::write(
        &bomb,
        zipped(&[("intents/a.json".to_owned(), vec![b' '; (32 << 20) + 1])]),
    )
    .unwrap();
    assert!(std::fs::metadata(&bomb).unwrap().len() < 100_000);
    let said = import(ImportFormat::Dialogflow, &bomb)
        .unwrap_err()
        .to_string();
    assert!(
        said.ends_with("bomb.zip/intents/a.json: 文件超过 32 MiB"),
        "{said}"
    );

    for (format, name, text) in [
        (ImportFormat::Rasa, "deep.yml", "- ".repeat(10_000)),
        (ImportFormat::Rasa, "flow.yml", "[".repeat(100_000)),
        (ImportFormat::Nlpjs, "deep.json", "[".repeat(100_000)),
        (
            ImportFormat::Nlpjs,
            "closed.json",
            "[".repeat(10_000) + &"]".repeat(10_000),
        ),
    ] {
        let said = problem(format, &[(name, text.as_bytes())]);
        assert!(said.starts_with(&format!("{name}:1: ")), "{said}");
    }
}

#[test]
fn names_in_a_zip_are_never_paths() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("agent.zip");
    let intent = br#"{"name": "../../x", "responses": [], "userSays": [{"data": [{"text": "hello there"}]}]}"#;
    std::fs::write(
        &path,
        zipped(&[("../../intents/x.json".to_owned(), intent.to_vec())]),
    )
    .unwrap();
    let imported = import(ImportFormat::Dialogflow, &path).unwrap();
    assert_eq!(
        imported.files.keys().collect::<Vec<_>>(),
        ["content/zh/x.md", "intents/x.toml"]
    );
    imported.check().unwrap();
}

#[test]
fn replies_always_fit() {
    let pieces = [
        "**",
        "*",
        "_",
        "`",
        "```\n",
        "[a](",
        ")",
        "<b>",
        "</b>",
        "<",
        ">",
        "# ",
        "## ",
        "- ",
        "1. ",
        "2. ",
        "\n",
        "\n\n",
        "    ",
        "|a|b|\n|-|-|\n",
        "![x](y)",
        "https://a.b/c?d=*e*",
        "{{ x }}",
        "{{",
        "}}",
        "{y}",
        "$z",
        "&amp;",
        "\\",
        "中文",
        "：",
        "word",
        "---\n",
        "===\n",
        "~~~\n",
        "\u{0}",
        "\r\n",
        "<br>",
        "<https://x.y>",
        "😀",
    ];
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    };
    for round in 0..600 {
        let soup: String = (0..random(25))
            .map(|_| pieces[random(pieces.len())])
            .collect();
        let qna = match round % 2 {
            0 => serde_json::json!({ "qid": "a", "q": ["hello"], "a": soup }),
            _ => serde_json::json!({ "qid": "a", "q": ["hello"], "alt": { "markdown": soup } }),
        };
        let root = folder([(
            "a.json",
            serde_json::json!({ "qna": [qna] }).to_string().as_bytes(),
        )]);
        let imported = import(ImportFormat::Qnabot, &root.path().join("a.json")).unwrap();
        imported
            .check()
            .unwrap_or_else(|error| panic!("{soup:?}\n{error}"));
    }
}

#[test]
fn rows_go_through_and_come_back() {
    let tsv = "utterance\tintent\n你好\tgreet me\n再见\tbye\nsay \"x\", y\tgreet me\n'''\\n\" z\tgreet-me\n天气\tnone\n\u{1b}[31m红\tbye\n";
    let root = folder([("a.tsv", tsv.as_bytes())]);
    let path = root.path().join("a.tsv");
    let imported = import(ImportFormat::Tsv, &path).unwrap();
    let lost = imported
        .notes
        .iter()
        .filter(|note| !note.note.contains("占位"));
    assert_eq!(lost.count(), 0);
    let out = exported(&knowledge(&imported), ExportFormat::Tsv);
    assert_eq!(sorted(&out), sorted(tsv));
    // once more, from what was written: nothing moves
    std::fs::write(&path, &out).unwrap();
    let again = import(ImportFormat::Tsv, &path).unwrap();
    assert_eq!(exported(&knowledge(&again), ExportFormat::Tsv), out);
}

/// An export in a format that needs no data files.
fn exported(knowledge: &Knowledge, target: ExportFormat) -> String {
    let made = export(knowledge, &BTreeMap::new(), target).unwrap();
    String::from_utf8(made.bytes).unwrap()
}

fn sorted(rows: &str) -> Vec<&str> {
    let mut rows: Vec<_> = rows.split('\n').collect();
    rows.sort();
    rows
}

#[test]
fn rasa_and_nlpjs_come_back_too() {
    for (format, target, fixture, name) in [
        (
            ImportFormat::Rasa,
            ExportFormat::Rasa,
            "import-rasa",
            "nlu.yml",
        ),
        (
            ImportFormat::Nlpjs,
            ExportFormat::Nlpjs,
            "import-nlpjs",
            "corpus.json",
        ),
    ] {
        let before = knowledge(&imported(format, fixture));
        let made = export(&before, &BTreeMap::new(), target).unwrap();
        let text = String::from_utf8(made.bytes.clone()).unwrap();
        insta::assert_snapshot!(
            format!("export-{fixture}"),
            format!("{text}=== {:#?}", made.notes)
        );
        let root = folder([(name, text.as_bytes())]);
        let after = knowledge(
            &import(format, &root.path().join(name)).unwrap_or_else(|problem| panic!("{problem}")),
        );
        assert_eq!(sentences(&after), sentences(&before));
        assert_eq!(
            after.lexicon.synonyms,
            if target == ExportFormat::Rasa {
                before.lexicon.synonyms.clone()
            } else {
                vec![]
            }
        );
        let ids = |k: &Knowledge| {
            k.replies
                .keys()
                .map(|(id, _)| id.clone())
                .collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(ids(&after), ids(&before));
    }
}

fn sentences(knowledge: &Knowledge) -> BTreeMap<String, Vec<String>> {
    let label = |i: &wenlu_core::knowledge::Intent| i.label.clone().unwrap_or_else(|| i.id.clone());
    let inside = knowledge
        .intents
        .iter()
        .map(|i| (label(i), i.examples.clone()));
    inside
        .chain([("none".to_owned(), knowledge.out_of_scope.clone())])
        .collect()
}

#[test]
fn the_commands_write_and_never_overwrite() {
    let root = tempfile::tempdir().unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/import-rows/rows.tsv");
    let fixture = fixture.to_str().unwrap();
    let output = wenlu(
        root.path(),
        &[
            "import", "--from", "tsv", fixture, "--out", "made", "--json",
        ],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&summary["intents"], &summary["examples"]),
        (&3.into(), &5.into())
    );
    assert_eq!(summary["notes"][0]["line"], 3);

    let again = wenlu(
        root.path(),
        &["import", "--from", "tsv", fixture, "--out", "made"],
    );
    assert!(
        !again.status.success() && stderr(&again).contains("里已有文件，没有改动"),
        "{}",
        stderr(&again)
    );

    let out = wenlu(
        root.path(),
        &["--root", "made", "export", "--to", "tsv", "-"],
    );
    let rows = [
        "utterance\tintent",
        "注销帐号\tclose account",
        "怎么注销\tclose account",
        "say \"hi\", ok\tgreet",
        "你好\tgreet",
        "退款\trefund",
        "今天天气\tnone",
    ];
    assert_eq!(
        String::from_utf8(out.stdout)
            .unwrap()
            .lines()
            .collect::<Vec<_>>(),
        rows
    );
    assert!(
        wenlu(
            root.path(),
            &["--root", "made", "export", "--to", "csv", "made.csv"]
        )
        .status
        .success()
    );
    let kept = std::fs::read(root.path().join("made.csv")).unwrap();
    assert!(
        !wenlu(
            root.path(),
            &["--root", "made", "export", "--to", "tsv", "made.csv"]
        )
        .status
        .success()
    );
    assert_eq!(std::fs::read(root.path().join("made.csv")).unwrap(), kept);
}

#[test]
fn what_would_not_load_is_not_written() {
    let many: String = (0..60_000)
        .map(|n| format!("an example that is number {n}\tx\n"))
        .collect();
    let root = folder([("many.tsv", many.as_bytes())]);
    let output = wenlu(
        root.path(),
        &["import", "--from", "tsv", "many.tsv", "--out", "made"],
    );
    assert!(!output.status.success());
    assert!(
        stderr(&output).contains("文件超过 1 MiB") && stderr(&output).contains("没有写任何文件"),
        "{}",
        stderr(&output)
    );
    assert!(!root.path().join("made").exists());
}

fn wenlu(root: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wenlu"))
        .args(arguments)
        .current_dir(root)
        .env_clear()
        .output()
        .unwrap()
}

fn zipped(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name.as_str(), zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
