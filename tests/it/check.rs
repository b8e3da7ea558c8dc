//! `wenlu check`: each rule where it fires and where it only nearly would, the whole of what is printed, exit codes.

use crate::files::stdout;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::check::{CheckStage, conflicts};
use wenlu_core::knowledge::files::LoadedKnowledge;

const REFUND: &str = r##"
title = "退款"
examples = ["怎么申请退款", "退款多久到账", "我要退款", "退款失败怎么办", "订单退款在哪里操作", "买错了可以退款吗"]
not = ["运费险怎么理赔"]
"##;
const INVOICE: &str = r##"
title = "发票"
examples = ["怎么开发票", "发票抬头写错了怎么改", "电子发票发到哪里", "发票可以补开吗", "我要开专票", "发票什么时候寄出"]
not = ["收据可以报销吗"]
keywords = ["发票 + 抬头"]
[follow_up]
"要什么资料" = "#papers"
"##;
const PASSWORD: &str = r##"
title = "密码"
examples = ["忘记密码怎么办", "怎么重置密码", "密码改不了", "登录密码在哪里修改", "密码输错次数太多", "找回密码收不到短信"]
not = ["怎么注销帐号"]
keywords = ["重置密码"]
"##;
const SHIPPING: &str = r##"
title = "物流"
examples = ["快递什么时候到", "物流信息不更新", "可以改送货地址吗", "包裹丢了怎么办", "怎么查物流", "发货要几天"]
not = ["怎么寄快递给朋友"]
"##;
const PAPERS: &str = "# 发票\n\n在订单里申请。\n\n## 需要的资料 {#papers}\n\n抬头和税号。\n";

const GOOD: &[(&str, &str)] = &[
    ("intents/invoice.toml", INVOICE),
    ("intents/password.toml", PASSWORD),
    ("intents/refund.toml", REFUND),
    ("intents/shipping.toml", SHIPPING),
    ("content/zh/invoice.md", PAPERS),
    ("content/zh/password.md", "# 密码\n\n点“忘记密码”。\n"),
    ("content/zh/refund.md", "# 退款\n\n在订单里申请。\n"),
    ("content/zh/shipping.md", "# 物流\n\n在订单里查看。\n"),
];

/// The good files, with others in place of some of them.
fn folder(changes: &[(&str, String)]) -> TempDir {
    let root = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    GOOD.iter().for_each(|(path, text)| write(path, text));
    changes.iter().for_each(|(path, text)| write(path, text));
    root
}

/// What is in the way of what: code, file and line.
fn found(changes: &[(&str, String)]) -> Vec<String> {
    let root = folder(changes);
    let LoadedKnowledge {
        knowledge, texts, ..
    } = load(&KnowledgeSource::Folder(root.path().into())).unwrap_or_else(|e| panic!("{e}"));
    let mut all = conflicts(&knowledge, &texts, &|_, _, _| {});
    wenlu_core::knowledge::diagnostic::locate_and_sort(&mut all, &texts);
    all.iter()
        .map(|d| format!("{} {}:{}", d.code.id(), d.place.file, d.place.line))
        .collect()
}

fn more(intent: &str, field: &str, text: &str) -> String {
    intent.replacen(
        &format!("{field} = ["),
        &format!("{field} = [\n\"{text}\",\n"),
        1,
    )
}

#[test]
fn nothing_is_wrong_with_good_files() {
    assert_eq!(found(&[]), [""; 0]);
}

#[test]
fn examples_that_stand_with_the_wrong_intent() {
    // its neighbour and a router that has not seen it agree that it belongs to `password`
    let stray = more(REFUND, "examples", "忘记登录密码怎么办");
    assert_eq!(
        found(&[("intents/refund.toml", stray)]),
        ["W602 intents/refund.toml:4"]
    );
    // it speaks of a password, and is about a refund all the same
    let near = more(REFUND, "examples", "退款失败提示密码错误怎么办");
    assert_eq!(found(&[("intents/refund.toml", near)]), [""; 0]);
    // unlike everything is no mistake
    let unlike = more(REFUND, "examples", "钱什么时候还我");
    assert_eq!(found(&[("intents/refund.toml", unlike)]), [""; 0]);
    // what is out of scope lies beside what is in scope on purpose
    let outside = "examples = [\"银行卡忘记密码怎么办\", \"今天天气怎么样\"]\n".to_owned();
    assert_eq!(found(&[("intents/out-of-scope.toml", outside)]), [""; 0]);
}

#[test]
fn examples_that_are_only_close_to_another_intent() {
    let close = more(REFUND, "examples", "怎么申请补开发票");
    assert_eq!(
        found(&[("intents/refund.toml", close)]),
        ["N603 intents/refund.toml:4"]
    );
}

#[test]
fn nearly_the_same_wording_in_two_intents() {
    let filler = ("intents/lexicon.toml", "filler = [\"请问\"]\n".to_owned());
    for twin in ["请问物流怎么查", "怎么查物流呢", "怎么茶物流"] {
        let twins = found(&[
            ("intents/refund.toml", more(REFUND, "examples", twin)),
            filler.clone(),
        ]);
        assert_eq!(twins, ["W604 intents/shipping.toml:3"], "{twin}");
    }
    // a name makes another thing of it
    let named = found(&[(
        "intents/refund.toml",
        more(REFUND, "examples", "QQ怎么查物流"),
    )]);
    assert!(
        !named.iter().any(|line| line.starts_with("W604")),
        "{named:?}"
    );
    // within an intent it is only superfluous
    assert_eq!(
        found(&[(
            "intents/shipping.toml",
            more(SHIPPING, "examples", "物流怎么查")
        )]),
        [""; 0]
    );
}

#[test]
fn near_misses_that_are_all_but_an_example() {
    let own = more(SHIPPING, "not", "物流怎么查");
    assert_eq!(
        found(&[("intents/shipping.toml", own)]),
        ["W605 intents/shipping.toml:5"]
    );
    // another intent's example is what a near miss is for
    let others = more(REFUND, "not", "物流怎么查");
    assert_eq!(found(&[("intents/refund.toml", others)]), [""; 0]);
}

#[test]
fn keywords_of_two_intents() {
    let with = |intent: &str, keywords: &str| format!("{intent}keywords = [{keywords}]\n");
    let synonyms = "synonyms = [[\"发票\", \"专票\"]]\n".to_owned();
    let same = with(REFUND, "\"抬头 + 发票\"");
    assert_eq!(
        found(&[("intents/refund.toml", same)]),
        ["W606 intents/refund.toml:5"]
    );
    let same = with(REFUND, "\"专票 + 抬头\"");
    assert_eq!(found(&[("intents/refund.toml", same.clone())]), [""; 0]);
    let lexicon = ("intents/lexicon.toml", synonyms);
    assert_eq!(
        found(&[("intents/refund.toml", same), lexicon]),
        ["W606 intents/refund.toml:5"]
    );

    let wide = with(SHIPPING, "\"密码\"");
    assert_eq!(
        found(&[("intents/shipping.toml", wide.clone())]),
        ["N607 intents/shipping.toml:5"]
    );
    let heavy = PASSWORD.replace("[\"重置密码\"]", "[{ any = [\"重置密码\"], weight = 2.0 }]");
    assert_eq!(
        found(&[
            ("intents/shipping.toml", wide),
            ("intents/password.toml", heavy)
        ]),
        [""; 0]
    );
}

/// Shops that all take goods back.
fn shops() -> Vec<(&'static str, String)> {
    let shop = |name: &str| {
        format!("title = \"{name}\"\nexamples = [\"{name}退货\"]\nnot = [\"{name}地址\"]\n")
    };
    let reply = |name: &str| format!("# {name}\n\n好。\n");
    vec![
        ("intents/shop-a.toml", shop("鞋店")),
        ("content/zh/shop-a.md", reply("鞋店")),
        ("intents/shop-b.toml", shop("书城")),
        ("content/zh/shop-b.md", reply("书城")),
        ("intents/shop-c.toml", shop("花房")),
        ("content/zh/shop-c.md", reply("花房")),
        ("intents/shop-d.toml", shop("粮站")),
        ("content/zh/shop-d.md", reply("粮站")),
        ("intents/shop-e.toml", shop("药铺")),
        ("content/zh/shop-e.md", reply("药铺")),
    ]
}

#[test]
fn keywords_that_occur_everywhere() {
    let common = |word: &str, shops_left: usize| {
        let mut changes: Vec<_> = shops().into_iter().take(2 * shops_left).collect();
        changes.push((
            "intents/refund.toml",
            format!("{REFUND}keywords = [\"{word}\"]\n"),
        ));
        found(&changes)
            .into_iter()
            .filter(|line| line.starts_with("W608"))
            .collect::<Vec<_>>()
    };
    assert_eq!(common("退货", 5), ["W608 intents/refund.toml:5"]);
    assert_eq!(common("退货", 4), [""; 0]);
    assert_eq!(common("退款", 5), [""; 0]);
}

#[test]
fn ways_into_sections() {
    let silent = INVOICE.replace("[follow_up]\n\"要什么资料\" = \"#papers\"\n", "");
    assert_eq!(
        found(&[("intents/invoice.toml", silent)]),
        ["N609 content/zh/invoice.md:5"]
    );
    // a phrase of another intent leads there too
    let silent = INVOICE.replace("[follow_up]\n\"要什么资料\" = \"#papers\"\n", "");
    let other = format!("{REFUND}[follow_up]\n\"发票呢\" = \"invoice.md#papers\"\n");
    assert_eq!(
        found(&[
            ("intents/invoice.toml", silent),
            ("intents/refund.toml", other)
        ]),
        [""; 0]
    );

    let phrases = |phrase: &str| INVOICE.replace("\"要什么资料\" =", &format!("\"{phrase}\" ="));
    for deaf in ["第二个", "下一步？", "转人工"] {
        assert_eq!(
            found(&[("intents/invoice.toml", phrases(deaf))]),
            ["W610 intents/invoice.toml:7"],
            "{deaf}"
        );
    }
    // the button of the same name leads to the same place
    assert_eq!(
        found(&[("intents/invoice.toml", phrases("需要的资料"))]),
        [""; 0]
    );
    let reply = format!("{PAPERS}\n## 多久开好 {{#how-long}}\n\n三天。\n");
    let two = phrases("多久开好") + "\"几天\" = \"#how-long\"\n";
    let two = found(&[
        ("intents/invoice.toml", two),
        ("content/zh/invoice.md", reply),
    ]);
    assert_eq!(two, ["W610 intents/invoice.toml:7"]);
}

/// A folder with something of everything.
fn bad() -> TempDir {
    let refund = ["忘记登录密码怎么办", "物流怎么查", "怎么申请补开发票"]
        .iter()
        .fold(REFUND.to_owned(), |text, stray| {
            more(&text, "examples", stray)
        });
    let refund = refund
        + "keywords = [\"抬头 + 发票\", \"密码\", \"退货\"]\n[[test]]\nsay = \"密码忘记了可怎么办呀\"\n";
    let invoice = INVOICE.replace("\"要什么资料\" =", "\"下一步\" =");
    let mut changes = shops();
    changes.push(("intents/refund.toml", refund));
    changes.push(("intents/invoice.toml", more(&invoice, "not", "发票怎么开")));
    changes.push((
        "content/zh/invoice.md",
        format!("{PAPERS}\n## 多久开好 {{#how-long}}\n\n三天。\n"),
    ));
    folder(&changes)
}

fn wenlu(root: &Path, arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_wenlu");
    Command::new(program)
        .arg("check")
        .args(arguments)
        .current_dir(root)
        .output()
        .expect("wenlu runs")
}

#[test]
fn everything_is_shown_with_its_line() {
    let root = bad();
    let output = wenlu(root.path(), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    insta::assert_snapshot!("everything", stdout(&output));
}

#[test]
fn programs_get_severities() {
    let root = bad();
    let output = wenlu(root.path(), &["--json"]);
    let all: Vec<serde_json::Value> =
        serde_json::from_slice(&output.stdout).expect("one JSON array");
    let text =
        |value: &serde_json::Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    for one in &all {
        let severity = match text(one, "code").chars().next() {
            Some('E') => "error",
            Some('W') => "warning",
            _ => "note",
        };
        assert_eq!(text(one, "severity"), severity);
        assert!(
            one["line"].as_u64() > Some(0)
                && one["column"].as_u64() > Some(0)
                && one["help"].is_string(),
            "{one}"
        );
    }
}

#[test]
fn exit_codes() {
    let code = |changes: &[(&str, String)], arguments: &[&str]| {
        wenlu(folder(changes).path(), arguments)
            .status
            .code()
            .expect("an exit code")
    };
    let note = [(
        "content/zh/invoice.md",
        format!("{PAPERS}\n## 多久开好 {{#how-long}}\n\n三天。\n"),
    )];
    let warning = [("intents/shipping.toml", more(SHIPPING, "not", "物流怎么查"))];
    let error = [("intents/shipping.toml", "title = 1\n".to_owned())];
    for (changes, plain, warnings, notes) in [
        (&[][..], 0, 0, 0),
        (&note[..], 0, 0, 1),
        (&warning[..], 0, 1, 1),
        (&error[..], 1, 1, 1),
    ] {
        assert_eq!(code(changes, &[]), plain, "{changes:?}");
        assert_eq!(
            code(changes, &["--deny", "warnings"]),
            warnings,
            "{changes:?}"
        );
        assert_eq!(code(changes, &["--deny", "notes"]), notes, "{changes:?}");
    }
    assert_eq!(code(&[], &["--deny", "everything"]), 2);
    let help = wenlu(folder(&[]).path(), &["--help"]);
    assert!(
        stdout(&help).contains("Exit codes:\n  0  "),
        "{}",
        stdout(&help)
    );
}

#[test]
fn a_link_to_another_reply_is_refused() {
    let root = folder(&[(
        "content/zh/refund.md",
        "# 退款\n\n见[发票](invoice.md)。\n".to_owned(),
    )]);
    let output = wenlu(root.path(), &[]);
    assert!(
        stdout(&output).contains("错误[E408 bad-link]"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn progress_comes_to_its_end() {
    let root = folder(&[]);
    let last = std::sync::Mutex::new((0, 0));
    let report = wenlu_core::check::check(
        || KnowledgeSource::Folder(root.path().into()).files(),
        None,
        wenlu_core::router::Router::build,
        &|stage, done, of| {
            if stage == CheckStage::Comparing {
                let mut last = last.lock().expect("no panic");
                *last = (done.max(last.0), of);
            }
        },
    );
    assert_eq!(*last.lock().expect("no panic"), (24, 24));
    assert_eq!(
        report.counted.map(|c| (c.intents, c.examples, c.tests)),
        Some((4, 24, 0))
    );
}

/// What is printed of a report, and of which group each finding is.
fn compared(base: &[(&str, String)], changes: &[(&str, String)]) -> Vec<String> {
    let (before, now) = (folder(base), folder(changes));
    let base = KnowledgeSource::Folder(before.path().into()).files();
    let source = KnowledgeSource::Folder(now.path().into());
    let report = wenlu_core::check::check(
        || source.files(),
        Some(&base),
        wenlu_core::router::Router::build,
        &|_, _, _| {},
    );
    let line = |finding: &wenlu_core::check::Finding| {
        let json = finding.to_json();
        format!(
            "{} {} {}:{}",
            json["group"].as_str().unwrap_or("-"),
            json["code"].as_str().unwrap_or("-"),
            json["file"].as_str().unwrap_or("-"),
            json["line"]
        )
    };
    report.findings.iter().map(line).collect()
}

#[test]
fn errors_first_and_of_equals_first_what_was_changed() {
    let failing = |intent: &str, say: &str| format!("{intent}[[test]]\nsay = \"{say}\"\n");
    let note = (
        "content/zh/invoice.md",
        format!("{PAPERS}\n## 多久开好 {{#how-long}}\n\n三天。\n"),
    );
    let warning = ("intents/shipping.toml", more(SHIPPING, "not", "物流怎么查"));
    let others = (
        "intents/password.toml",
        failing(PASSWORD, "附近有什么好吃的"),
    );
    let base = [note.clone(), warning.clone(), others.clone()];
    let refund = more(&failing(REFUND, "讲个笑话吧"), "not", "怎么申请退款呢");
    let changes = [note, warning, others, ("intents/refund.toml", refund)];
    insta::assert_snapshot!(compared(&base, &changes).join("\n"), @r"
    yours E601 intents/refund.toml:8
    others E601 intents/password.toml:7
    yours W605 intents/refund.toml:5
    others W605 intents/shipping.toml:5
    others N609 content/zh/invoice.md:9
    ");
    // a reply belongs to its intent
    let reply = [("intents/refund.toml", failing(REFUND, "讲个笑话吧"))];
    let worded = [
        reply[0].clone(),
        ("content/zh/refund.md", "# 退款\n\n换个说法。\n".to_owned()),
    ];
    assert_eq!(
        compared(&reply, &worded),
        ["yours E601 intents/refund.toml:6"]
    );
    assert_eq!(
        compared(&reply, &reply),
        ["others E601 intents/refund.toml:6"]
    );
}

#[test]
fn a_mistake_among_many_warnings_stands_first() {
    let intent =
        |n: usize| format!("title = \"业务{n}\"\ngap = true\nexamples = [\"第{n}种业务怎么办\"]\n");
    let names: Vec<String> = (0..90).map(|n| format!("intents/many-{n}.toml")).collect();
    let mut changes: Vec<(&str, String)> = names
        .iter()
        .enumerate()
        .map(|(n, path)| (path.as_str(), intent(n)))
        .collect();
    changes.push(("intents/shipping.toml", SHIPPING.replace("title", "titel")));
    let shown = stdout(&wenlu(folder(&changes).path(), &[]));
    let lines: Vec<&str> = shown.lines().collect();
    assert!(
        lines.get(2).is_some_and(|line| line.contains("错误[E")),
        "{:?}",
        lines.get(..6)
    );
    assert!(
        lines
            .iter()
            .take(6)
            .any(|line| line.contains("intents/shipping.toml")),
        "{:?}",
        lines.get(..6)
    );
}

#[test]
fn a_warning_that_comes_often_has_one_line_after_the_first() {
    let thin: Vec<(String, String)> = (0..21)
        .flat_map(|at| {
            let intent =
                format!("title = \"{at}号柜的钥匙\"\nexamples = [\"{at}号柜的钥匙丢了\"]\n");
            let reply = format!("# {at}号柜的钥匙\n\n请到{at}号柜台。\n");
            [
                (format!("intents/key-{at}.toml"), intent),
                (format!("content/zh/key-{at}.md"), reply),
            ]
        })
        .collect();
    let files: Vec<(&str, String)> = thin
        .iter()
        .map(|(path, text)| (path.as_str(), text.clone()))
        .collect();
    let root = folder(&files);
    let said = stdout(&wenlu(root.path(), &[]));
    assert_eq!(said.matches("警告[W207 few-examples]").count(), 3, "{said}");
    assert!(
        said.contains("同样的警告很多") && said.contains("W207 few-examples：18 处"),
        "{said}"
    );
    let whole = stdout(&wenlu(root.path(), &["--notes"]));
    assert_eq!(whole.matches("警告[W207 few-examples]").count(), 21);
}

#[test]
fn notes_have_one_line_a_code_unless_they_are_asked_for() {
    let note = (
        "content/zh/invoice.md",
        format!("{PAPERS}\n## 多久开好 {{#how-long}}\n\n三天。\n\n## 谁来开 {{#who}}\n\n客服。\n"),
    );
    let root = folder(&[note]);
    insta::assert_snapshot!(stdout(&wenlu(root.path(), &[])), @r"
    4 个意图、24 条例句、0 条测试：2 处提示
    范围外的句子只有 0 条：真实收到过、但谁都不该回答的话，到 100 条为好

    提示（`wenlu check --notes` 逐条列出）
      N609 section-without-phrase：2 处，第一处在 content/zh/invoice.md:9
    ");
    let whole = stdout(&wenlu(root.path(), &["--notes"]));
    assert_eq!(
        whole.matches("提示[N609 section-without-phrase]").count(),
        2,
        "{whole}"
    );
}

/// What went live last stands in the database; `check` compares the files with it, and leaves it as it is.
#[tokio::test]
async fn compared_with_what_went_live_last() {
    let failing = |intent: &str, say: &str| format!("{intent}[[test]]\nsay = \"{say}\"\n");
    let root = folder(&[(
        "intents/password.toml",
        failing(PASSWORD, "附近有什么好吃的"),
    )]);
    assert_eq!(
        stdout(&wenlu(root.path(), &[])).matches("其他测试").count(),
        0,
        "nothing to compare with"
    );
    assert!(
        !root.path().join("wenlu.db").exists(),
        "nor is a database made for that"
    );

    let store = wenlu::store::Store::open(&format!(
        "sqlite://{}",
        root.path().join("wenlu.db").display()
    ))
    .await;
    let store = store.expect("a store");
    let files = KnowledgeSource::Folder(root.path().into()).files();
    store
        .knowledge()
        .keep(&files.version(), &files.texts())
        .await
        .expect("kept");
    store.close().await;
    std::fs::write(
        root.path().join("intents/refund.toml"),
        failing(REFUND, "讲个笑话吧"),
    )
    .expect("a file");
    let output = wenlu(root.path(), &[]);
    assert_eq!(
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).as_ref()
        ),
        (Some(1), "")
    );
    let shown = stdout(&output);
    let place = |part: &str| {
        shown
            .find(part)
            .unwrap_or_else(|| panic!("{part}: {shown}"))
    };
    let order = [
        "2 条测试没有通过",
        "与您的改动有关的测试没有通过（1 处）",
        "intents/refund.toml:6:8",
        "其他测试没有通过（1 处）",
        "intents/password.toml:7:8",
    ];
    assert!(order.map(place).is_sorted(), "{shown}");
    let json: Vec<serde_json::Value> =
        serde_json::from_slice(&wenlu(root.path(), &["--json"]).stdout).expect("JSON");
    let groups: Vec<_> = json
        .iter()
        .map(|one| (one["file"].as_str(), one["group"].as_str()))
        .collect();
    let expected = [
        ("intents/refund.toml", "yours"),
        ("intents/password.toml", "others"),
    ];
    assert_eq!(
        groups,
        expected.map(|(file, group)| (Some(file), Some(group)))
    );
}

/// What is kept of the last good knowledge are data files: a note beside them is not a change each time.
#[test]
fn a_file_that_is_none_is_no_change_of_yours() {
    let root = folder(&[("content/zh/notes.txt", "备忘\n".to_owned())]);
    let source = KnowledgeSource::Folder(root.path().into());
    let kept = wenlu_core::knowledge::files::DataFiles::of_texts(source.files().texts());
    assert_eq!(kept.differing(&source.files()).len(), 0);
    let groups = || {
        let report = wenlu_core::check::check(
            || source.files(),
            Some(&kept),
            wenlu_core::router::Router::build,
            &|_, _, _| {},
        );
        let group = |finding: &wenlu_core::check::Finding| {
            (finding.diagnostic.place.file.clone(), finding.group)
        };
        report.findings.iter().map(group).collect::<Vec<_>>()
    };
    let others = (
        "content/zh/notes.txt".to_owned(),
        Some(wenlu_core::check::FindingGroup::Others),
    );
    assert!(groups().contains(&others), "{:?}", groups());
    // one that is too large is no knowledge that was ever kept: somebody made it so
    std::fs::write(
        root.path().join("content/zh/refund.md"),
        " ".repeat((1 << 20) + 1),
    )
    .expect("a file");
    let yours = (
        "content/zh/refund.md".to_owned(),
        Some(wenlu_core::check::FindingGroup::Yours),
    );
    assert!(groups().contains(&yours), "{:?}", groups());
}
