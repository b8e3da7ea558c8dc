//! Changes of data files as a reviewer makes them: what is written, what stays as its author wrote it, what gets in the way.

use crate::files::write;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;
use wenlu::review::apply::{ApplyError, apply};
use wenlu::review::change::{ChangeSet, FileChange};
use wenlu::review::edit::{EditError, ReviewEdit, plan_edit};
use wenlu::review::git::{GitError, commit};
use wenlu::review::merge::{has_conflict, merge};
use wenlu::source::KnowledgeSource;
use wenlu_core::knowledge::files::DataFiles;

const PAY: &str = r##"#:schema ../schema/intent.schema.json
title    = "怎么收款"   # 按钮上的字
examples = [
    "小程序怎么收款", # 最常见
    # 下面这句是客服给的
    '收款码"在哪里"',
]
not = ["怎么退款", "退款多久到"]

keywords = [ "收款" ]
[follow_up]
"要多久" = "#how-long"   # 小节

[[test]]
say = "怎样收钱"
"##;

fn folder() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "intents/pay.toml", PAY);
    write(
        root.path(),
        "content/zh/pay.md",
        "# 怎么收款\n\n开通支付。\n\n## 多久 {#how-long}\n\n三天。\n",
    );
    root
}

fn files(root: &Path) -> DataFiles {
    KnowledgeSource::Folder(root.to_owned()).files()
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn examples(all: &[&str]) -> ReviewEdit {
    ReviewEdit::AddExamples {
        intent: "pay".to_owned(),
        texts: texts(all),
    }
}

fn near_misses(all: &[&str]) -> ReviewEdit {
    ReviewEdit::AddNearMisses {
        intent: "pay".to_owned(),
        texts: texts(all),
    }
}

/// What `edit` makes of an intent whose file reads so.
fn edited(before: &str, edit: &ReviewEdit) -> String {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "intents/pay.toml", before);
    let change = plan_edit(&files(root.path()), edit).unwrap();
    change.files[0].after.clone().unwrap()
}

#[test]
fn an_example_stands_as_the_others_do() {
    let root = folder();
    let change = plan_edit(
        &files(root.path()),
        &examples(&[
            "怎么  收\n钱",
            "他说\"收款\"",
            "小程序怎么收款？",
            "怎么收钱",
        ]),
    )
    .unwrap();
    insta::assert_snapshot!(change.diff(), @r#"
    --- a/intents/pay.toml
    +++ b/intents/pay.toml
    @@ -4,6 +4,8 @@
         "小程序怎么收款", # 最常见
         # 下面这句是客服给的
         '收款码"在哪里"',
    +    "怎么 收 钱",
    +    '他说"收款"',
     ]
     not = ["怎么退款", "退款多久到"]
     
    "#);
    assert_eq!(change.summary, "把 4 句话加为 pay 的例句");
}

#[test]
fn each_style_stays_as_it_is() {
    for (before, after) in [
        // one line
        (
            "title = \"a\"\nnot = [\"甲\"]\n",
            "title = \"a\"\nnot = [\"甲\", \"新\"]\n",
        ),
        (
            "title = \"a\"\nnot = [ \"甲\", ]\n",
            "title = \"a\"\nnot = [ \"甲\", \"新\", ]\n",
        ),
        (
            "title = \"a\"\nnot = [ \"甲\" ]\n",
            "title = \"a\"\nnot = [ \"甲\", \"新\" ]\n",
        ),
        (
            "title = \"a\"\nnot = []\n",
            "title = \"a\"\nnot = [\"新\"]\n",
        ),
        // one a line
        (
            "not = [\n\t\"甲\"\n]\n",
            "not = [\n\t\"甲\",\n\t\"新\"\n]\n",
        ),
        (
            "not = [\n \"甲\" # 一\n]\n",
            "not = [\n \"甲\", # 一\n \"新\"\n]\n",
        ),
        (
            "not = [\n \"甲\", # 一\n # 二\n]\n",
            "not = [\n \"甲\", # 一\n # 二\n \"新\",\n]\n",
        ),
        (
            "not = [\n  \"甲\", \"乙\",\n]\n",
            "not = [\n  \"甲\", \"乙\", \"新\",\n]\n",
        ),
        (
            "not = [\r\n  \"甲\",\r\n]\r\n",
            "not = [\r\n  \"甲\",\r\n  \"新\",\r\n]\r\n",
        ),
        ("not = [\n]\n", "not = [\n  \"新\",\n]\n"),
        (
            "not = [\n  # 还没有\n]\n",
            "not = [\n  # 还没有\n  \"新\",\n]\n",
        ),
        // where there was none
        ("title = \"a\"\n", "title = \"a\"\nnot = [\n  \"新\",\n]\n"),
        (
            "examples = [\"甲\"]\n",
            "examples = [\"甲\"]\nnot = [\"新\"]\n",
        ),
        (
            "examples = [\n    \"甲\",\n]\n\n# 追问\n[follow_up]\n",
            "examples = [\n    \"甲\",\n]\nnot = [\n    \"新\",\n]\n\n# 追问\n[follow_up]\n",
        ),
        (
            "\u{feff}not = [\"甲\"]\n",
            "\u{feff}not = [\"甲\", \"新\"]\n",
        ),
    ] {
        assert_eq!(edited(before, &near_misses(&["新"])), after, "{before}");
    }
}

#[test]
fn what_is_out_of_scope_may_have_no_file_yet() {
    let root = folder();
    let edit = ReviewEdit::OutOfScope {
        texts: texts(&["今天天气怎么样", "讲个笑话"]),
    };
    let first = plan_edit(&files(root.path()), &edit).unwrap();
    assert_eq!(first.files[0].before, None);
    apply(root.path(), &first).unwrap();
    let file = fs::read_to_string(root.path().join("intents/out-of-scope.toml")).unwrap();
    assert_eq!(
        file,
        "examples = [\n  \"今天天气怎么样\",\n  \"讲个笑话\",\n]\n"
    );
}

#[test]
fn what_cannot_be_edited_says_why() {
    let root = folder();
    write(root.path(), "intents/bad.toml", "title = \n");
    write(
        root.path(),
        "intents/odd.toml",
        "title = \"a\"\nexamples = \"甲\"\nnot = [1]\n",
    );
    let refused = |edit: ReviewEdit| plan_edit(&files(root.path()), &edit).unwrap_err();
    let to = |intent: &str| ReviewEdit::AddExamples {
        intent: intent.to_owned(),
        texts: texts(&["新"]),
    };
    assert_eq!(
        refused(to("nobody")),
        EditError::NoIntent("nobody".to_owned())
    );
    assert_eq!(
        refused(to("../pay")),
        EditError::NoIntent("../pay".to_owned())
    );
    assert_eq!(
        refused(to("bad")),
        EditError::NotToml("intents/bad.toml".to_owned())
    );
    assert_eq!(
        refused(to("odd")),
        EditError::NotAList {
            path: "intents/odd.toml".to_owned(),
            field: "examples"
        }
    );
    assert_eq!(
        refused(examples(&[
            "小程序怎么收款呀？？".trim_end_matches(['呀', '？']),
            "……"
        ])),
        EditError::NothingToAdd
    );
    let new = |id: &str| ReviewEdit::NewIntent {
        id: id.to_owned(),
        title: None,
        parent: None,
        gap: false,
        texts: texts(&["新"]),
    };
    assert_eq!(
        refused(new("pay")),
        EditError::Exists("intents/pay.toml".to_owned())
    );
    assert_eq!(refused(new("Pay")), EditError::BadId("Pay".to_owned()));
}

#[test]
fn a_new_intent_has_all_its_files() {
    let root = folder();
    let new = |gap: bool| ReviewEdit::NewIntent {
        id: "refund".to_owned(),
        title: Some("退款多久到".to_owned()),
        parent: None,
        gap,
        texts: texts(&["退款什么时候到", "钱没退给我", "退款什么时候到？"]),
    };
    let change = plan_edit(&files(root.path()), &new(false)).unwrap();
    let paths: Vec<&str> = change.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["intents/refund.toml", "content/zh/refund.md"]);
    let intent = change.files[0].after.as_deref().unwrap();
    assert!(
        intent.starts_with("#:schema ../schema/intent.schema.json\n"),
        "{intent}"
    );
    assert!(
        intent.contains("examples = [\n  \"退款什么时候到\",\n  \"钱没退给我\",\n]\n"),
        "{intent}"
    );
    apply(root.path(), &change).unwrap();
    let loaded = wenlu::source::load(&KnowledgeSource::Folder(root.path().to_owned())).unwrap();
    assert_eq!(loaded.knowledge.intent("refund").unwrap().examples.len(), 2);
    apply(
        root.path(),
        &change.reversed(|path| files(root.path()).text(path).map(str::to_owned)),
    )
    .unwrap();
    assert!(!root.path().join("content/zh/refund.md").exists());
    let gap = wenlu::review::edit::plan_edit(&files(root.path()), &new(true)).unwrap();
    assert_eq!(gap.files.len(), 1);
}

#[test]
fn the_second_of_two_reviewers_sees_what_the_first_did() {
    let root = folder();
    let seen = files(root.path());
    let [first, second] =
        ["怎么收钱", "如何收款"].map(|text| plan_edit(&seen, &examples(&[text])).unwrap());
    apply(root.path(), &first).unwrap();
    let Err(ApplyError::Conflict(conflicts)) = apply(root.path(), &second) else {
        panic!("no conflict")
    };
    assert_eq!(conflicts.len(), 1);
    insta::assert_snapshot!(conflicts[0].diff, @r#"
    --- a/intents/pay.toml
    +++ b/intents/pay.toml
    @@ -4,6 +4,7 @@
         "小程序怎么收款", # 最常见
         # 下面这句是客服给的
         '收款码"在哪里"',
    +    "怎么收钱",
     ]
     not = ["怎么退款", "退款多久到"]
     
    "#);
    assert_eq!(
        files(root.path()).text("intents/pay.toml"),
        first.files[0].after.as_deref()
    );
}

#[test]
fn all_or_nothing() {
    let root = folder();
    let new = ReviewEdit::NewIntent {
        id: "refund".to_owned(),
        title: None,
        parent: None,
        gap: false,
        texts: texts(&["退款"]),
    };
    let change = plan_edit(&files(root.path()), &new).unwrap();
    // the second file cannot be written: its folder is a file
    fs::remove_dir_all(root.path().join("content")).unwrap();
    fs::write(root.path().join("content"), "").unwrap();
    assert!(matches!(
        apply(root.path(), &change),
        Err(ApplyError::Io { .. })
    ));
    let left: Vec<String> = fs::read_dir(root.path().join("intents"))
        .unwrap()
        .map(|f| f.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(left, ["pay.toml"]);
}

#[test]
fn only_data_files_are_touched() {
    let root = folder();
    for path in [
        "../evil.toml",
        "intents/../../evil.toml",
        "/etc/evil",
        "content/zh/notes.txt",
        "Cargo.toml",
        "intents/.git",
    ] {
        let file = FileChange {
            path: path.to_owned(),
            before: None,
            after: Some(String::new()),
        };
        let change = ChangeSet {
            files: vec![file],
            summary: String::new(),
        };
        assert!(
            matches!(apply(root.path(), &change), Err(ApplyError::Path(_))),
            "{path}"
        );
    }
}

#[test]
fn undo_leaves_what_came_after() {
    let root = folder();
    let now = |path: &str| files(root.path()).text(path).map(str::to_owned);
    let add = |text: &str| {
        let change = plan_edit(&files(root.path()), &examples(&[text])).unwrap();
        apply(root.path(), &change).unwrap();
        change
    };
    let (first, second) = (add("怎么收钱"), add("如何收款"));
    apply(root.path(), &first.reversed(now)).unwrap();
    let text = now("intents/pay.toml").unwrap();
    assert!(
        !text.contains("怎么收钱") && text.contains("    \"如何收款\",\n]"),
        "{text}"
    );
    apply(root.path(), &second.reversed(now)).unwrap();
    assert_eq!(now("intents/pay.toml").unwrap(), PAY);
    // what is no longer there need not be taken away
    let nothing = first.reversed(now);
    assert!(
        nothing.is_empty() && nothing.without_unchanged_files().files.is_empty(),
        "{nothing:?}"
    );
    // undone twice it is there again
    let undone = second.reversed(|_| second.files[0].after.clone());
    assert_eq!(undone.summary, "撤销：把 1 句话加为 pay 的例句");
    assert_eq!(
        undone.reversed(|_| undone.files[0].after.clone()).files,
        second.files
    );
}

#[test]
fn undo_where_the_same_lines_were_changed_since_leaves_the_choice() {
    let change = |before: Option<&str>, after: Option<&str>| {
        let [before, after] = [before, after].map(|text| text.map(str::to_owned));
        ChangeSet {
            files: vec![FileChange {
                path: "intents/a.toml".into(),
                before,
                after,
            }],
            summary: "改".into(),
        }
    };
    let back = |change: &ChangeSet, now: Option<&str>| change.reversed(|_| now.map(str::to_owned));
    let worded = change(Some("a\nb\nc\n"), Some("a\nx\nc\n"));
    let undo = back(&worded, Some("a\ny\nc\nd\n"));
    assert_eq!(undo.conflicting(), Some("intents/a.toml"));
    insta::assert_snapshot!(undo.files[0].after.as_deref().unwrap(), @r"
    a
    <<<<<<< 现在的文件
    y
    =======
    b
    >>>>>>> 这份草稿
    c
    d
    ");
    // a file that the change made and that was written on since is not thrown away
    let made = change(None, Some("a\n"));
    let undo = back(&made, Some("a\nmine\n"));
    assert_eq!(
        undo.files[0].after.as_deref(),
        Some("<<<<<<< 现在的文件\na\nmine\n=======\n>>>>>>> 这份草稿\n")
    );
    // one that is gone already needs nothing
    for gone in [&made, &worded] {
        let undo = back(gone, None);
        assert!(undo.is_empty() && undo.conflicting().is_none(), "{undo:?}");
    }
    // one that was taken away comes back, unless somebody wrote another one
    let taken = change(Some("a\n"), None);
    assert_eq!(back(&taken, None).files[0].after.as_deref(), Some("a\n"));
    assert!(back(&taken, Some("other\n")).conflicting().is_some());
    // what a draft would change in a file that is gone is not lost
    let draft = worded.rebased(|_| None);
    assert_eq!(
        draft.files[0].after.as_deref(),
        Some("<<<<<<< 现在的文件\n=======\na\nx\nc\n>>>>>>> 这份草稿\n")
    );
}

#[test]
fn merging() {
    for (base, now, draft, wanted) in [
        ("a\nb\nc\n", "a\nb\nc\nd\n", "b\nc\n", Some("b\nc\nd\n")),
        ("a\nb\n", "a\nx\nb\n", "a\n", Some("a\nx\n")),
        ("a\nb\n", "a\nx\n", "a\ny\n", None),
        ("a\nb\n", "a\nx\nb\n", "a\ny\nb\n", None),
        ("a\nb\n", "a\nx\nb\n", "a\nx\nb\n", Some("a\nx\nb\n")),
        ("a\nb\nc\nd\n", "a\nc\nd\n", "a\nd\n", None),
        ("", "", "", Some("")),
    ] {
        let merged = merge(Some(base), Some(now), Some(draft)).unwrap();
        assert_eq!(
            (!has_conflict(&merged)).then_some(merged.as_str()),
            wanted,
            "{base:?} {now:?} {draft:?}: {merged}"
        );
    }
}

#[test]
fn a_change_can_be_a_commit() {
    let root = folder();
    let git = |args: &[&str]| {
        let out = Command::new("git")
            .args(args)
            .current_dir(root.path())
            .output()
            .unwrap();
        String::from_utf8(out.stdout).unwrap()
    };
    let add = |text: &str| {
        let change = plan_edit(&files(root.path()), &examples(&[text])).unwrap();
        apply(root.path(), &change).unwrap();
        change
    };
    assert!(matches!(
        commit(root.path(), &add("怎么收钱"), "李雷"),
        Err(GitError::Refused(_))
    ));
    git(&["init", "--quiet"]);
    write(
        root.path(),
        "unfinished.txt",
        "staged, and not the reviewer's",
    );
    git(&["add", "unfinished.txt"]);
    let name = commit(root.path(), &add("如何收款"), "李雷 <evil@example.com>\n").unwrap();
    assert_eq!(name, git(&["rev-parse", "HEAD"]).trim());
    let shown = git(&[
        "-c",
        "core.quotePath=false",
        "log",
        "-1",
        "--format=%an|%ae|%cn|%s",
    ]);
    assert_eq!(
        shown,
        "李雷 evil@example.com|wenlu@localhost|李雷 evil@example.com|把 1 句话加为 pay 的例句\n"
    );
    let changed = git(&["show", "--name-only", "--format="]);
    assert_eq!(changed, "intents/pay.toml\n");
    assert!(git(&["status", "--short"]).contains("A  unfinished.txt"));
}
