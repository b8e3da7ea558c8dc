//! Mistakes of a whole file or of two files at once: an unfinished merge, a name that means something else, one name for
//! two things. Each is one message, at its place.

use crate::files::write;
use crate::small::wenlu;
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::knowledge::files::{LoadError, LoadedKnowledge};
use wenlu_formats::{ImportFormat, import};

const GOOD: &[(&str, &str)] = &[
    (
        "intents/refund.toml",
        "title = \"退款\"\nexamples = [\"怎么申请退款\"]\n",
    ),
    (
        "content/zh/refund.md",
        "# 退款\n\n见 {{ url }}。\n\n## 多久 {#how-long}\n\n三天。\n",
    ),
    ("content/variables.toml", "url = \"https://example.com\"\n"),
    (
        "intents/invoice.toml",
        "title = \"发票\"\nexamples = [\"怎么开发票\"]\n[follow_up]\n\"多久\" = \"refund.md#how-long\"\n",
    ),
    ("content/zh/invoice.md", "# 发票\n\n在订单里开。\n"),
];

/// The good files with others in place of some of them, loaded.
fn read(changes: &[(&str, &str)]) -> Result<LoadedKnowledge, LoadError> {
    let root = tempfile::tempdir().unwrap();
    GOOD.iter()
        .chain(changes)
        .for_each(|(path, text)| write(root.path(), path, text));
    load(&KnowledgeSource::Folder(root.path().into()))
}

/// Code, file, line and column of each error.
fn errors(changes: &[(&str, &str)]) -> Vec<String> {
    let error = read(changes)
        .err()
        .map_or_else(Vec::new, |error| error.diagnostics);
    let errors = error.iter().filter(|d| d.is_error());
    errors
        .map(|d| {
            format!(
                "{} {}:{}:{}",
                d.code.id(),
                d.place.file,
                d.place.line,
                d.place.column
            )
        })
        .collect()
}

/// The same of each warning with one of these codes.
fn warnings(changes: &[(&str, &str)], codes: &[&str]) -> Vec<String> {
    let all = read(changes)
        .unwrap_or_else(|error| panic!("{error}"))
        .warnings;
    let all = all.iter().filter(|d| codes.contains(&d.code.id()));
    all.map(|d| {
        format!(
            "{} {}:{}:{}",
            d.code.id(),
            d.place.file,
            d.place.line,
            d.place.column
        )
    })
    .collect()
}

#[test]
fn an_unfinished_merge_is_one_error_a_file() {
    assert_eq!(errors(&[]), [""; 0]);
    let toml = "title = \"退款到账\"\nexamples = [\n  \"退款多久到账\",\n<<<<<<< HEAD\n  \"退款几天到\",\n=======\n  \"退款要几天\",\n>>>>>>> feature\n]\n";
    let markdown = "# 退款到账\n\n<<<<<<< HEAD\n\n答案一\n\n=======\n\n答案二\n\n>>>>>>> main\n";
    assert_eq!(
        errors(&[("intents/refund.toml", toml)]),
        ["E009 intents/refund.toml:4:1"]
    );
    // neither a section that a follow-up leads to nor a title is missed
    assert_eq!(
        errors(&[("content/zh/refund.md", markdown)]),
        ["E009 content/zh/refund.md:3:1"]
    );
    let both = errors(&[
        ("intents/refund.toml", toml),
        ("content/zh/refund.md", &markdown.replace('\n', "\r\n")),
    ]);
    assert_eq!(
        both,
        [
            "E009 content/zh/refund.md:3:1",
            "E009 intents/refund.toml:4:1"
        ]
    );

    let conflict = "<<<<<<< ours\n||||||| base\n=======\n>>>>>>> theirs\n";
    for path in [
        "content/variables.toml",
        "content/zh/_bot.toml",
        "content/en/refund.md",
        "intents/lexicon.toml",
        "intents/out-of-scope.toml",
    ] {
        assert_eq!(errors(&[(path, conflict)]), [format!("E009 {path}:1:1")]);
    }
    let shown = read(&[("intents/refund.toml", toml)])
        .unwrap_err()
        .render(false);
    assert!(
        shown.contains("错误[E009 merge-conflict]: 合并留下的冲突还没有解决"),
        "{shown}"
    );
    for label in ["一边从这里开始", "另一边从这里开始", "到这里结束"] {
        assert!(shown.contains(label), "{shown}");
    }
    // a heading that is underlined is none
    let underlined = "退款\n=======\n\n三天。\n\n## 多久 {#how-long}\n\n三天。\n";
    assert_eq!(errors(&[("content/zh/refund.md", underlined)]), [""; 0]);
    // nor is a line within a text, and a byte order mark hides none
    let quoted = "examples = [\"\"\"今天天气\n=======\n怎么样\"\"\"]\n";
    assert_eq!(errors(&[("intents/out-of-scope.toml", quoted)]), [""; 0]);
    let marked = format!("\u{feff}\u{feff}{conflict}");
    assert_eq!(
        errors(&[("intents/out-of-scope.toml", &marked)]),
        ["E009 intents/out-of-scope.toml:1:2"]
    );
}

#[test]
fn a_reserved_id_is_refused_as_such() {
    for id in ["none", "calibration"] {
        let (intent, reply) = (format!("intents/{id}.toml"), format!("content/zh/{id}.md"));
        let files = [
            (
                intent.as_str(),
                "title = \"都不要\"\nexamples = [\"什么都不要\"]\n",
            ),
            (reply.as_str(), "# 都不要\n\n好的。\n"),
        ];
        if id == "none" {
            assert_eq!(errors(&files), [format!("E010 {intent}:1:1")]);
            let shown = read(&files).unwrap_err().render(false);
            assert!(
                shown.contains("`none` 是保留的名字") && shown.contains("不属于任何意图"),
                "{shown}"
            );
        } else {
            assert!(!errors(&files).is_empty(), "{id} is no intent");
        }
        let root = tempfile::tempdir().unwrap();
        GOOD.iter()
            .for_each(|(path, text)| write(root.path(), path, text));
        let refused = wenlu(root.path(), &["new", id]);
        assert!(!refused.status.success());
        assert!(String::from_utf8_lossy(&refused.stderr).contains("是保留的名字"));
        assert!(!root.path().join(&intent).exists());
    }
    let labelled = "title = \"退款\"\nlabel = \"none\"\nexamples = [\"怎么申请退款\"]\n";
    assert_eq!(
        errors(&[("intents/refund.toml", labelled)]),
        ["E010 intents/refund.toml:2:9"]
    );
}

#[test]
fn an_import_renames_what_is_reserved_and_says_so() {
    let root = tempfile::tempdir().unwrap();
    write(
        root.path(),
        "a.tsv",
        "utterance\tintent\n什么都不要\tNone\n怎么退款\trefund\n今天天气\tnone\n词表在哪里\tlexicon\n",
    );
    let imported = import(ImportFormat::Tsv, &root.path().join("a.tsv"))
        .unwrap_or_else(|problem| panic!("{problem}"));
    imported.check().unwrap_or_else(|error| panic!("{error}"));
    assert!(imported.files["intents/none-2.toml"].contains("label = \"None\""));
    assert!(imported.files.contains_key("intents/lexicon-2.toml"));
    let renamed: Vec<String> = imported
        .notes
        .iter()
        .filter(|n| n.note.contains("改名为"))
        .map(|n| n.note.clone())
        .collect();
    assert_eq!(renamed.len(), 2, "{:?}", imported.notes);
    assert!(
        renamed[0].contains("意图 None 改名为 none-2"),
        "{renamed:?}"
    );
}

#[test]
fn one_name_for_two_intents_is_noticed() {
    let twin = |head: &str| format!("{head}examples = [\"开票\"]\n");
    let title = |head: &str| warnings(&[("intents/invoice.toml", &twin(head))], &["W211"]);
    assert_eq!(
        title("title = \"退 款！\"\n"),
        ["W211 intents/refund.toml:1:9"],
        "the second by id is pointed at"
    );
    assert_eq!(
        title("title = \"发票\"\ntitle_en = \"退款\"\n"),
        ["W211 intents/refund.toml:1:9"]
    );
    assert_eq!(
        title("title = \"发票\"\ntitle_en = \"发票\"\n"),
        [""; 0],
        "of itself it may be both"
    );
    let english = (
        "intents/refund.toml",
        "title = \"退款\"\ntitle_en = \"Money\"\nexamples = [\"怎么申请退款\"]\n",
    );
    let other = twin("title = \"发票\"\ntitle_en = \"money\"\n");
    assert_eq!(
        warnings(&[english, ("intents/invoice.toml", &other)], &["W211"]),
        ["W211 intents/refund.toml:2:12"]
    );

    let label = |label: &str| twin(&format!("title = \"发票\"\nlabel = \"{label}\"\n"));
    assert_eq!(
        warnings(&[("intents/invoice.toml", &label("refund"))], &["W213"]),
        ["W213 intents/invoice.toml:2:9"]
    );
    assert_eq!(
        warnings(&[("intents/invoice.toml", &label("bill"))], &["W213"]),
        [""; 0]
    );
}

#[test]
fn a_test_that_stands_twice_is_noticed() {
    let tests = |tests: &str| format!("title = \"发票\"\nexamples = [\"开票\"]\n{tests}");
    let twice = tests("[[test]]\nsay = \"发票呢\"\n[[test]]\nsay = \"发票呢？\"\n");
    assert_eq!(
        warnings(&[("intents/invoice.toml", &twice)], &["W212"]),
        ["W212 intents/invoice.toml:6:7"]
    );
    let refund = "title = \"退款\"\nexamples = [\"怎么申请退款\"]\n[[test]]\nsay = \"票和钱\"\n";
    let both = |more: &str| {
        let invoice = tests(&format!("[[test]]\nsay = \"票和钱\"\n{more}"));
        warnings(
            &[
                ("intents/refund.toml", refund),
                ("intents/invoice.toml", &invoice),
            ],
            &["W212"],
        )
    };
    assert_eq!(both(""), ["W212 intents/refund.toml:4:7"]);
    assert_eq!(both("here = false\n"), [""; 0]);
    assert_eq!(both("wants = \"clarify\"\n"), [""; 0]);
}

/// Replies that colleagues have at hand: what is wrong with them is named with its line, as everywhere.
#[test]
fn replies_at_hand_are_checked_by_line() {
    let path = "content/zh/_replies.toml";
    let good = "[[reply]]\ntitle = \"问好\"\ntext = \"您好 {{ asker }}，我是 {{colleague}}\"\n";
    assert_eq!(errors(&[(path, good)]), [""; 0]);
    let bad = "[[reply]]\ntitle = \"问好\"\ntext = \"您好 {{ nobody }}\"\n\n[[reply]]\ntitel = \"再见\"\ntext = \"\"\n";
    assert_eq!(
        errors(&[(path, bad)]),
        [
            format!("E501 {path}:3:12"),
            format!("E103 {path}:5:1"),
            format!("E101 {path}:6:1"),
            format!("E106 {path}:7:8"),
        ]
    );
    let twice = format!("{good}\n{good}");
    assert_eq!(
        warnings(&[(path, &twice)], &["W211"]),
        [format!("W211 {path}:6:9")]
    );
    let loaded = read(&[(path, good)]).unwrap_or_else(|error| panic!("{error}"));
    let reply = &loaded.knowledge.canned[&wenlu_core::model::Lang::Zh][0];
    assert_eq!(reply.text, "您好 {{ asker }}，我是 {{ colleague }}");
    assert!(reply.search_text().contains("wenhao") && reply.search_text().contains("wh"));
}

/// The brand: what is wrong with it is named with its line; a colour on which nobody can read is said.
#[test]
fn the_brand_is_checked_by_line() {
    let (path, logo) = ("content/_brand.toml", "content/_logo.svg");
    let good =
        "accent = \"#1A56DB\"\n[zh]\nname = \"小店{{ url }}\"\n[en]\nfooter = \"Just a shop\"\n";
    let loaded = read(&[(path, &good.replace("{{ url }}", ""))]);
    let brand = loaded
        .unwrap_or_else(|error| panic!("{error}"))
        .knowledge
        .brand;
    assert_eq!(
        brand.accent.map(|colour| colour.to_string()).as_deref(),
        Some("#1a56db")
    );
    let english = brand.words_in(wenlu_core::model::Lang::En);
    assert_eq!(
        (english.name.as_str(), english.footer.as_str()),
        ("小店", "Just a shop")
    );
    // the address that the variable stands for is longer than a name may be
    assert_eq!(errors(&[(path, good)]), [format!("E107 {path}:3:8")]);
    let bad = "accent = \"blue\"\n[zh]\nprivacy = \"privacy.html\"\nname = \"{{ nobody }}\"\n[fr]\nname = \"x\"\n";
    assert_eq!(
        errors(&[(path, bad)]),
        [
            format!("E107 {path}:1:10"),
            format!("E107 {path}:3:11"),
            format!("E501 {path}:4:9"),
            format!("E101 {path}:5:2"),
        ]
    );
    let faint = "accent = \"#8fd3ab\"\naccent_dark = \"#067d40\"\n";
    assert_eq!(
        warnings(&[(path, faint)], &["W109"]),
        [format!("W109 {path}:1:10"), format!("W109 {path}:2:15")]
    );
    assert_eq!(
        errors(&[(logo, "<html></html>")]),
        [format!("E107 {logo}:1:1")]
    );
    let picture = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"><path d=\"M0 0h1v1z\"/></svg>";
    let loaded = read(&[(logo, picture)]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(loaded.knowledge.brand.logo.as_deref(), Some(picture));
}
