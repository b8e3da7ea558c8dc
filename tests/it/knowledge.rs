//! Data files: what is wrong with the bad ones, word for word; what comes of the good ones; that nothing makes the
//! loader panic.

use crate::files::{stdout, write};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::knowledge::diagnostic::{Code, Severity};
use wenlu_core::knowledge::files::{
    DataFiles, FileContent, LoadError, LoadedKnowledge, validate_files,
};
use wenlu_core::knowledge::{BotSentences, IntentKind, Keyword, schema};
use wenlu_core::model::Decision;
use wenlu_core::model::Lang;
use wenlu_core::reply::plain_text::blocks_text;

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn files(list: &[(&str, &[u8])]) -> DataFiles {
    let entry = |(path, bytes): &(&str, &[u8])| {
        (
            (*path).to_owned(),
            FileContent::Bytes(Cow::Owned(bytes.to_vec())),
        )
    };
    DataFiles {
        has_intents_folder: true,
        entries: list.iter().map(entry).collect(),
    }
}

fn read(list: &[(&str, &str)]) -> Result<LoadedKnowledge, LoadError> {
    let bytes: Vec<_> = list
        .iter()
        .map(|(path, text)| (*path, text.as_bytes()))
        .collect();
    validate_files(&files(&bytes))
}

fn mistakes(loaded: Result<LoadedKnowledge, LoadError>) -> String {
    loaded
        .err()
        .map(|error| error.render(false))
        .unwrap_or_default()
}

/// Whoever can add a file to the knowledge must not have the bot read out others.
#[test]
fn a_link_out_of_the_folder_is_not_read() {
    let (root, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    crate::server::write_knowledge(root.path());
    let secret = elsewhere.path().join("token.toml");
    std::fs::write(&secret, "token = \"123456:hunter2\"\n").unwrap();
    let source = KnowledgeSource::Folder(root.path().to_owned());
    assert!(load(&source).is_ok());
    let link = root.path().join("intents/token.toml");
    std::os::unix::fs::symlink(&secret, &link).unwrap();
    let said = mistakes(load(&source));
    assert!(
        said.contains("指到知识文件夹之外") && !said.contains("hunter2"),
        "{said}"
    );
    // one within it is, as Kubernetes lays files out
    std::fs::remove_file(&link).unwrap();
    let (real, moved) = ("intents/close.toml", "intents/..1/close.toml");
    std::fs::create_dir(root.path().join("intents/..1")).unwrap();
    std::fs::rename(root.path().join(real), root.path().join(moved)).unwrap();
    std::os::unix::fs::symlink("..1/close.toml", root.path().join(real)).unwrap();
    assert!(load(&source).is_ok(), "{}", mistakes(load(&source)));
}

fn codes(loaded: Result<LoadedKnowledge, LoadError>) -> Vec<Code> {
    match loaded {
        Ok(loaded) => loaded.warnings.iter().map(|d| d.code).collect(),
        Err(error) => error.diagnostics.iter().map(|d| d.code).collect(),
    }
}

#[test]
fn bad_folders_give_every_mistake_at_once() {
    for group in [
        "bad-form",
        "bad-wording",
        "bad-links",
        "bad-replies",
        "bad-templates",
        "bad-names",
    ] {
        let found = load(&KnowledgeSource::Folder(
            project("tests/fixtures").join(group),
        ));
        insta::assert_snapshot!(group, mistakes(found));
    }
}

#[test]
fn files_that_cannot_be_read() {
    let mut found = files(&[
        ("intents/Refund.toml", "title = \"大写\"\n".as_bytes()),
        ("intents/refund.toml", "title = \"小写\"\n".as_bytes()),
        ("intents/退款.toml", "title = \"中文名\"\n".as_bytes()),
        (
            "intents/gbk.toml",
            b"title = \"ok\"\nexamples = [\n  \"\xb2\xbb\xca\xc7 UTF-8\",\n]\n",
        ),
        (
            "intents/bom.toml",
            b"\xef\xbb\xbftitle = \"\xe7\x94\xb2\"\nmenu = 1\n",
        ),
        ("intents/notes.txt", b"?"),
        ("intents/.draft.toml", b"?"),
        ("intents/old.toml.bak", b"?"),
        ("intents/README.md", b"?"),
        (
            "content/zh/refund.md",
            "# 退款\r\n\r\n第一行\r\n### 小标题\r\n".as_bytes(),
        ),
    ]);
    found
        .entries
        .insert("intents/huge.toml".into(), FileContent::TooLarge);
    found.entries.insert(
        "intents/locked.toml".into(),
        FileContent::Unreadable("permission denied".into()),
    );
    insta::assert_snapshot!("bad-files", mistakes(validate_files(&found)));
}

#[test]
fn folders_without_intents() {
    let root = tempfile::tempdir().expect("a folder");
    insta::assert_snapshot!(mistakes(load(&KnowledgeSource::Folder(root.path().into()))), @r"
    错误[E001 no-intents-folder]: 没有 intents/ 文件夹
    --> intents/:1:1
     = 帮助: 用 --root 指向有 intents/ 和 content/ 的文件夹；`wenlu init --empty 文件夹` 建好空的文件夹
    ");
    std::fs::create_dir(root.path().join("intents")).expect("a folder");
    let empty = load(&KnowledgeSource::Folder(root.path().into())).expect("it serves");
    let found: Vec<Code> = empty.warnings.iter().map(|found| found.code).collect();
    assert_eq!(found, [Code::NoIntents]);
    std::fs::create_dir(root.path().join("intents/folder.toml")).expect("a folder");
    std::fs::write(
        root.path().join("intents/large.toml"),
        vec![b'#'; (1 << 20) + 1],
    )
    .expect("a file");
    std::fs::write(root.path().join("intents/full.toml"), vec![b'#'; 1 << 20]).expect("a file");
    let found = codes(load(&KnowledgeSource::Folder(root.path().into())));
    assert!(
        found.contains(&Code::Unreadable) && found.contains(&Code::TooLarge),
        "{found:?}"
    );
}

#[test]
fn codes_are_unique_and_say_how_bad_they_are() {
    let mut ids: Vec<_> = Code::ALL.iter().map(|c| c.id()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), Code::ALL.len());
    for code in Code::ALL {
        assert_eq!(
            code.id().starts_with('W'),
            code.severity() == Severity::Warning,
            "{}",
            code.id()
        );
    }
}

/// No code is there without a bad file that shows it.
#[test]
fn every_code_has_a_bad_file() {
    let snapshots: String = std::fs::read_dir(project("tests/it/snapshots"))
        .expect("snapshots")
        .flatten()
        .map(|file| std::fs::read_to_string(file.path()).unwrap_or_default())
        .collect();
    // shown beside their tests
    let elsewhere = [
        Code::NoIntentsFolder,
        Code::NoIntents,
        Code::Emptied,
        Code::FailedTest,
        Code::CloseElsewhere,
        Code::FragileTest,
        Code::CalibrationOff,
    ];
    let missing: Vec<_> = Code::ALL
        .iter()
        .filter(|c| !elsewhere.contains(c) && !snapshots.contains(c.id()))
        .map(|c| c.slug())
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn shipped_knowledge_has_no_mistakes() {
    let loaded =
        load(&KnowledgeSource::Folder(project(""))).unwrap_or_else(|error| panic!("{error}"));
    let shown: Vec<_> = loaded.warnings.iter().map(ToString::to_string).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
    let built_in = load(&KnowledgeSource::Embedded).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        loaded.knowledge.version, built_in.knowledge.version,
        "build again: the embedded files are old"
    );
    for lang in Lang::ALL {
        for (key, _) in BotSentences::KEYS {
            let sentences = built_in.knowledge.sentences.get(&lang);
            assert!(
                sentences.is_some_and(|s| s.0.contains_key(*key)),
                "content/{}/_bot.toml: {key}",
                lang.tag()
            );
        }
    }
}

const SMALL: &[(&str, &str)] = &[
    (
        "intents/refund.toml",
        r##"
title = "怎么退款"
title_en = "Refunds"
label = "REFUND"
parent = "money"
related = ["pay"]
examples = ["怎么退款", "退款多久到账", "想退钱", "把钱还我", "申请退款"]
not = ["怎么付款呀"]
keywords = ["退款", "退款 + 到账", { any = ["钱", "款"], with = ["退", "回"], weight = 2 }]
[follow_up]
"要多久" = "#how-long"
"怎么付" = "pay.md#methods"
[[test]]
say = "我要退款"

[[test]]
say = "我要付款"
here = false
wants = "clarify"
"##,
    ),
    (
        "intents/pay.toml",
        "title = \"付款\"\nparent = \"money\"\nexamples = [\"怎么付款\"]\n",
    ),
    (
        "intents/money.toml",
        "title = \"钱\"\nmenu = true\nexamples = [\"钱\"]\n",
    ),
    (
        "intents/tax.toml",
        "title = \"税\"\ngap = true\nexamples = [\"税\"]\n",
    ),
    (
        "intents/smalltalk-human.toml",
        "title = \"转人工\"\naction = \"human\"\nexamples = [\"转人工\"]\n",
    ),
    (
        "intents/lexicon.toml",
        "words = [\"小程序\"]\nfiller = [\"请问\"]\nsynonyms = [[\"注销\", \"销户\"]]\n",
    ),
    ("intents/out-of-scope.toml", "examples = [\"天气\"]\n"),
    ("content/variables.toml", "url = \"https://x.example\"\n"),
    (
        "content/zh/_bot.toml",
        "hot = [\"pay\"]\nwelcome = \"您好，见 {{url}}\"\nmenu = \"关于{{title}}\"\n",
    ),
    (
        "content/zh/refund.md",
        "# 退款\n\n看[这里](<{{ url }}/a>)。\n\n## 多久 {#how-long}\n\n三天。\n",
    ),
    (
        "content/zh/pay.md",
        "# 付款\n\n扫码。\n\n## 方式 {#methods}\n\n现金。\n",
    ),
    ("content/zh/smalltalk-human.md", "# 转人工\n\n好的。\n"),
];

#[test]
fn good_files_become_knowledge() {
    let loaded = read(SMALL).unwrap_or_else(|error| panic!("{error}"));
    let knowledge = &loaded.knowledge;
    let ids: Vec<_> = knowledge
        .intents
        .iter()
        .map(|i| (i.id.as_str(), i.kind))
        .collect();
    let wanted = [
        ("money", IntentKind::Menu),
        ("pay", IntentKind::Answer),
        ("refund", IntentKind::Answer),
        ("smalltalk-human", IntentKind::Answer),
        ("tax", IntentKind::Gap),
    ];
    assert_eq!(ids, wanted);
    let refund = knowledge.intent("refund").expect("refund");
    assert_eq!(refund.label.as_deref(), Some("REFUND"));
    let keyword = |text: &str, any: &[&str], with: &[&str], weight| Keyword {
        text: text.into(),
        any: any.iter().map(|s| s.to_string()).collect(),
        with: with.iter().map(|s| s.to_string()).collect(),
        weight,
    };
    let keywords = [
        keyword("退款", &["退款"], &[], 1.0),
        keyword("退款 + 到账", &["退款"], &["到账"], 1.0),
        keyword("钱/款 + 退 + 回", &["钱", "款"], &["退", "回"], 2.0),
    ];
    assert_eq!(refund.keywords, keywords);
    let follow_ups: Vec<_> = refund
        .follow_ups
        .iter()
        .map(|f| (f.phrase.as_str(), f.intent.as_str(), f.section.as_str()))
        .collect();
    assert_eq!(
        follow_ups,
        [
            ("要多久", "refund", "how-long"),
            ("怎么付", "pay", "methods")
        ]
    );
    let tests: Vec<_> = refund
        .tests
        .iter()
        .map(|t| (t.say.as_str(), t.here, t.wants, t.line))
        .collect();
    assert_eq!(
        tests,
        [
            ("我要退款", true, None, 14),
            ("我要付款", false, Some(Decision::Clarify), 17)
        ]
    );
    assert_eq!(knowledge.hot, ["pay"]);
    assert_eq!(knowledge.out_of_scope, ["天气"]);
    assert_eq!(knowledge.lexicon.synonyms, [["注销", "销户"]]);
    assert_eq!(
        knowledge
            .children("money")
            .map(|i| i.id.as_str())
            .collect::<Vec<_>>(),
        ["pay", "refund"]
    );
    let reply = knowledge
        .reply("refund", Lang::En)
        .expect("the Chinese reply");
    assert_eq!(
        wenlu_core::reply::plain_text::blocks_text(&reply.head.blocks),
        "看这里（https://x.example/a）。"
    );
}

#[test]
fn sentences_that_are_left_out_are_said_as_shipped() {
    let knowledge = read(SMALL)
        .unwrap_or_else(|error| panic!("{error}"))
        .knowledge;
    let zh = knowledge.sentences.get(&Lang::Zh).expect("Chinese");
    assert_eq!(zh.get("welcome", &[]), "您好，见 https://x.example");
    assert_eq!(zh.get("menu", &[("title", "钱")]), "关于钱");
    let built_in = load(&KnowledgeSource::Embedded)
        .unwrap_or_else(|error| panic!("{error}"))
        .knowledge;
    for lang in Lang::ALL {
        let (own, shipped) = (&knowledge.sentences[&lang].0, &built_in.sentences[&lang].0);
        let left_out = BotSentences::KEYS.iter().map(|(key, _)| *key);
        for key in left_out.filter(|key| lang != Lang::Zh || !["welcome", "menu"].contains(key)) {
            // those that name the field of the shipped knowledge are said without it
            let is_neutral = ["welcome", "gap", "gap_related"].contains(&key);
            assert_eq!(own.get(key) == shipped.get(key), !is_neutral, "{key}");
            let said = own[key].as_str();
            let foreign = ["小程序", "公众号", "WeChat", "kf.qq.com", "mp.weixin"];
            assert!(!foreign.iter().any(|word| said.contains(word)), "{said}");
        }
    }
}

/// They are said from folders, too, that were written before there was any of this.
#[test]
fn shipped_sentences_about_people_fit_any_knowledge() {
    let sentences = load(&KnowledgeSource::Embedded)
        .unwrap_or_else(|error| panic!("{error}"))
        .knowledge
        .sentences;
    for key in [
        "help",
        "unsolved_human",
        "human_now",
        "human_again_now",
        "human_later",
        "human_again_later",
        "human_waiting",
        "human_again_waiting",
        "human_taken",
        "human_released",
        "human_contact",
        "contact_taken",
        "human_unreachable",
        "human_nobody",
        "given_back",
        "given_back_silence",
        "given_back_asker",
        "unreadable",
        "unreadable_kept",
        "sticker",
    ] {
        let said = Lang::ALL.map(|lang| sentences[&lang].0[key].as_str());
        assert!(
            said.iter()
                .all(|s| !["小程序", "公众号", "WeChat", "AppSecret"]
                    .iter()
                    .any(|w| s.contains(w))),
            "{said:?}"
        );
    }
}

#[test]
fn version_names_the_bytes() {
    let version = |list: &[(&str, &str)]| {
        read(list)
            .unwrap_or_else(|error| panic!("{error}"))
            .knowledge
            .version
    };
    assert_eq!(version(SMALL), "287d3373e380b177");
    assert_eq!(
        version(SMALL),
        version(&SMALL.iter().rev().copied().collect::<Vec<_>>())
    );
    let ignored = [
        SMALL,
        &[("intents/.hidden", "x"), ("content/zh/notes.txt", "x")],
    ]
    .concat();
    assert_eq!(version(SMALL), version(&ignored));
    let changed = [
        SMALL,
        &[("intents/out-of-scope.toml", "examples = [\"天气 \"]\n")],
    ]
    .concat();
    assert_ne!(version(SMALL), version(&changed));
}

#[test]
fn no_bytes_make_the_loader_panic() {
    let pieces: &[&[u8]] = &[
        b"title = ",
        b"\"",
        b"[",
        b"]",
        b"[[test]]\n",
        b"=",
        b"\n",
        b"\r\n",
        "中文".as_bytes(),
        b"{{",
        b"}}",
        b"{",
        b"}",
        b"# ",
        b"## x {#a}\n",
        b"1. ",
        b"- ",
        b"> ",
        b"**",
        b"[a](",
        b")",
        b"<",
        b"|--|",
        b"```",
        b"\xff",
        b"\xe4\xb8",
        b"\x00",
        "\u{feff}".as_bytes(),
        "👍🏽".as_bytes(),
        b"    ",
        b"\t",
        b"examples = [\"a\",",
        b"any",
        b"+",
        b"'''",
        b"\\u",
    ];
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    };
    let names = [
        "intents/a.toml",
        "intents/lexicon.toml",
        "content/variables.toml",
        "content/zh/a.md",
        "content/en/_bot.toml",
    ];
    for _ in 0..2000 {
        let mut soup = || {
            (0..random(40))
                .flat_map(|_| pieces[random(pieces.len())].to_vec())
                .collect::<Vec<u8>>()
        };
        let texts: Vec<_> = names.iter().map(|name| (*name, soup())).collect();
        let list: Vec<_> = texts
            .iter()
            .map(|(name, bytes)| (*name, bytes.as_slice()))
            .collect();
        if let Err(error) = validate_files(&files(&list)) {
            error.render(true);
        }
    }
    let many = format!("examples = [{}]", "\"\", ".repeat(200_000));
    assert_eq!(
        codes(read(&[("intents/a.toml", &many)]))
            .iter()
            .filter(|c| **c == Code::EmptyText)
            .count(),
        200_000
    );
    for deep in ["[", "{a=", "[[a.", "> ", "- ", "**", "a.", "[x]("] {
        let text = deep.repeat(100_000);
        for name in names {
            let _ = mistakes(read(&[(name, &text)]));
        }
    }
}

#[test]
fn printed_schemas_are_the_ones_checked_in() {
    for (name, shape) in schema::PRINTED_SCHEMAS {
        let path = project(&format!("schema/{name}.schema.json"));
        let printed =
            serde_json::to_string_pretty(&schema::json_schema(name, shape)).expect("JSON") + "\n";
        let saved = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            printed == saved,
            "run: wenlu schema {name} > schema/{name}.schema.json"
        );
    }
}

fn wenlu(root: &Path, arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_wenlu");
    Command::new(program)
        .args(arguments)
        .current_dir(root)
        .output()
        .expect("wenlu runs")
}

fn write_all(root: &Path, list: &[(&str, &str)]) {
    for (path, text) in list {
        write(root, path, text);
    }
}

#[test]
fn check_prints_mistakes_and_fails() {
    let bad = project("tests/fixtures/bad-wording");
    let output = wenlu(&project(""), &["check", &bad.to_string_lossy()]);
    assert!(!output.status.success());
    let text = stdout(&output);
    assert!(
        text.starts_with("数据文件不能使用：15 处错误，3 处警告"),
        "{text}"
    );
    assert!(text.contains(" --> intents/pay.toml:4:7\n"), "{text}");

    let output = wenlu(&project(""), &["check", "--json", &bad.to_string_lossy()]);
    let all: Vec<serde_json::Value> =
        serde_json::from_slice(&output.stdout).expect("one JSON array");
    assert_eq!(all.len(), 18);
    let found = all
        .iter()
        .find(|found| found["code"] == "E203")
        .expect("it is there");
    insta::assert_json_snapshot!(found, @r#"
    {
      "code": "E203",
      "severity": "error",
      "file": "intents/pay.toml",
      "line": 4,
      "column": 7,
      "message": "这条测试和一句例句相同，测不出什么",
      "help": "换一种例句里没有的说法",
      "group": null
    }
    "#);
}

#[test]
fn check_asks_every_test() {
    let root = tempfile::tempdir().expect("a folder");
    write_all(root.path(), SMALL);
    let test =
        "title = \"税\"\ngap = true\nexamples = [\"税\"]\n\n[[test]]\nsay = \"怎么样退款呢\"\n";
    write_all(root.path(), &[("intents/tax.toml", test)]);
    let output = wenlu(root.path(), &["check"]);
    let text = stdout(&output);
    assert!(!output.status.success());
    assert!(
        text.contains("错误[E601 failed-test]: 应该落到缺口「税」\n --> intents/tax.toml:6:8\n"),
        "{text}"
    );
    assert!(text.contains("实际："), "{text}");
}

#[test]
fn check_denies_warnings_when_asked() {
    let root = tempfile::tempdir().expect("a folder");
    let intent = "title = \"甲\"\nexamples = [\"怎么注销小程序\"]\n";
    write_all(
        root.path(),
        &[
            ("intents/a.toml", intent),
            ("content/zh/a.md", "# 甲\n\n好。\n"),
        ],
    );
    let output = wenlu(root.path(), &["check"]);
    assert!(output.status.success(), "{}", stdout(&output));
    assert!(
        stdout(&output).starts_with("1 个意图、1 条例句、0 条测试：2 处警告\n"),
        "{}",
        stdout(&output)
    );
    assert!(
        !wenlu(root.path(), &["check", "--deny", "warnings"])
            .status
            .success()
    );
}

#[test]
fn new_makes_files_that_load_and_never_overwrites() {
    let root = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(root.path().join("content/en")).expect("a folder");
    std::fs::create_dir_all(root.path().join("intents")).expect("a folder");
    let made = |arguments: &[&str]| {
        let output = wenlu(root.path(), &[&["new"], arguments].concat());
        (
            output.status.success(),
            stdout(&output) + &String::from_utf8_lossy(&output.stderr),
        )
    };
    assert!(made(&["money", "--menu", "--title", "钱的问题"]).0);
    let example = "怎么\"退款\"？\\ 急";
    let (good, text) = made(&["refund", "--parent", "money", "--from-example", example]);
    assert!(good, "{text}");
    assert!(made(&["tax", "--gap"]).0);
    let loaded = load(&KnowledgeSource::Folder(root.path().into()))
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        loaded.knowledge.intent("refund").expect("refund").examples,
        [example]
    );
    assert!(
        loaded.knowledge.intent("refund").expect("refund").unwritten,
        "a template answers nothing"
    );
    assert!(loaded.knowledge.replies.is_empty());

    let before = std::fs::read(root.path().join("intents/refund.toml")).expect("a file");
    assert!(!made(&["refund"]).0);
    assert_eq!(
        std::fs::read(root.path().join("intents/refund.toml")).expect("a file"),
        before
    );
    for bad in [
        &["Refund"][..],
        &["lexicon"],
        &["../x"],
        &["x", "--parent", "mony"],
        &["y", "--from-example", example],
    ] {
        let (good, text) = made(bad);
        let refused = ["没有改动任何文件", "没有建立任何文件", "不能作意图的 id"];
        assert!(
            !good && refused.iter().any(|words| text.contains(words)),
            "{bad:?}: {text}"
        );
    }
    assert_eq!(
        std::fs::read_dir(root.path().join("intents"))
            .expect("a folder")
            .count(),
        3
    );
}

#[test]
fn the_built_in_knowledge_as_files_of_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    let init = |dir: &str| crate::small::wenlu(folder.path(), &["init", dir]);
    let said = crate::small::printed(init("mine"));
    assert!(said.contains("wenlu --root mine"), "{said}");
    let mine = folder.path().join("mine");
    let version = |source: &KnowledgeSource| {
        load(source)
            .unwrap_or_else(|error| panic!("{error}"))
            .knowledge
            .version
    };
    assert_eq!(
        version(&KnowledgeSource::Folder(mine.clone())),
        version(&KnowledgeSource::Embedded)
    );
    for (name, _) in schema::PRINTED_SCHEMAS {
        let path = format!("schema/{name}.schema.json");
        let shipped =
            std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&path)).unwrap();
        assert_eq!(std::fs::read_to_string(mine.join(&path)).unwrap(), shipped);
    }
    std::fs::write(mine.join("intents/appeal.toml"), "mine").unwrap();
    let again = init("mine");
    assert!(!again.status.success() && String::from_utf8_lossy(&again.stderr).contains("已经存在"));
    assert_eq!(
        std::fs::read_to_string(mine.join("intents/appeal.toml")).unwrap(),
        "mine"
    );
}

#[test]
fn what_is_not_decided_is_not_said() {
    let with = |hours: &str| {
        let variables = format!("hours = \"{hours}\"\n");
        let texts = [
            (
                "intents/service.toml",
                "title = \"客服\"\nexamples = [\"找客服\", \"客服在哪\"]\n",
            ),
            (
                "content/zh/service.md",
                "# 客服\n\n请稍等。\n\n我们{{ hours }}在，{{hours}}。\n\n> 提示：别急。\n",
            ),
            ("content/variables.toml", &variables),
            (
                "content/zh/_bot.toml",
                "human = \"\"\"\n记下了。\n我们{{ hours }}在。\"\"\"\ntopics = \"我们{{ hours }}在。\"\n",
            ),
        ];
        let loaded = validate_files(&DataFiles::of_texts(texts));
        let knowledge = loaded.unwrap_or_else(|error| panic!("{error}")).knowledge;
        let reply = blocks_text(&knowledge.reply("service", Lang::Zh).unwrap().head.blocks);
        let said = |key| {
            knowledge.sentences[&Lang::Zh]
                .get(key, &[])
                .trim()
                .to_owned()
        };
        (reply, said("human"), said("topics"))
    };
    let (reply, human, topics) = with("九点到六点");
    assert_eq!(
        reply,
        "请稍等。\n我们九点到六点在，九点到六点。\n提示：别急。"
    );
    assert_eq!(
        (human.as_str(), topics.as_str()),
        ("记下了。\n我们九点到六点在。", "我们九点到六点在。")
    );
    let (reply, human, topics) = with("");
    assert_eq!(
        (reply.as_str(), human.as_str()),
        ("请稍等。\n提示：别急。", "记下了。")
    );
    // nothing of this one is left: the built-in sentence
    assert!(topics.starts_with("这些是大家常问的问题"), "{topics}");
}

#[test]
fn the_shipped_knowledge_promises_no_time_of_service() {
    let shipped = load(&KnowledgeSource::Embedded).unwrap_or_else(|error| panic!("{error}"));
    let sentences = shipped
        .knowledge
        .sentences
        .values()
        .flat_map(|sentences| sentences.0.values());
    let replies = shipped
        .knowledge
        .replies
        .values()
        .map(|reply| format!("{reply:?}"));
    for text in sentences.cloned().chain(replies) {
        for promised in [
            "人工服务时间",
            "回复您。",
            "People answer",
            "You will hear from us",
        ] {
            let is_later = text.contains("{{ when }}");
            assert!(is_later || !text.contains(promised), "{text}");
        }
    }
}
