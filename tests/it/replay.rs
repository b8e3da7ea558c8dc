//! `wenlu replay` as an operator starts it: a journal, the live folder, and a draft of it.

use crate::server::write_knowledge;
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn wenlu(folder: &Path, args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wenlu"))
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("TZ", "UTC")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> String {
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A live folder with a journal, and in `draft` the same, but: 收款 is answered, 我要注销 goes to another intent, and
/// nobody knows any more what 迁移 is. All of it in examples, so that nothing here depends on how well anything is routed.
fn folders() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let draft = folder.path().join("draft");
    write_knowledge(folder.path());
    write_knowledge(&draft);
    let write = |file: &str, text: &str| fs::write(draft.join(file), text).unwrap();
    write(
        "intents/pay.toml",
        "title = \"怎么收款\"\nexamples = [\"小程序怎么收款\", \"支付失败怎么办\"]\n",
    );
    write("content/zh/pay.md", "# 怎么收款\n\n开通支付。\n");
    write(
        "intents/close.toml",
        "title = \"怎么注销小程序\"\nparent = \"topics\"\nexamples = [\"小程序怎么注销\"]\n",
    );
    write("content/zh/close.md", "# 注销小程序\n\n现在有新的办法。\n");
    write(
        "intents/leave.toml",
        "title = \"不想用了\"\nexamples = [\"我要注销小程序\"]\n",
    );
    write("content/zh/leave.md", "# 不想用了\n\n保留或注销都可以。\n");
    write(
        "intents/move.toml",
        "title = \"迁移后 openid 会变吗\"\nparent = \"topics\"\nexamples = [\"换主体 openid 变吗\"]\n",
    );
    write(
        "intents/out-of-scope.toml",
        "examples = [\"今天天气怎么样\", \"讲个笑话\", \"小程序迁移后 openid 变不变\"]\n",
    );
    folder
}

const CHAT: &str = "我要注销小程序\n1\n我要注销小程序！\n我要注销小程序\n小程序怎么收款\n讲个笑话\n小程序怎么收款\n\
    小程序怎么收款？\n小程序怎么注销\n小程序迁移后 openid 变不变\n今天天气怎么样\n支付失败怎么办\n";

#[test]
fn what_a_draft_changes() {
    let folder = folders();
    let replay = |args: &[&str]| wenlu(folder.path(), &[&["replay", "draft"], args].concat(), "");
    assert!(wenlu(folder.path(), &["chat"], CHAT).status.success());
    insta::assert_snapshot!(said(&replay(&[])));
    insta::assert_snapshot!("limited", said(&replay(&["--limit", "1"])));

    let report: Value = serde_json::from_str(&said(&replay(&["--json"]))).unwrap();
    let counts =
        ["messages", "texts", "answered", "changed", "silent"].map(|field| report[field].clone());
    assert_eq!(counts, [11, 9, 4, 3, 1].map(|n| json!(n)));
    assert_eq!(report["reworded"], json!({"close": 1}));
    let first = &report["changes"][0];
    assert_eq!(
        (&first["kind"], &first["text"]),
        (&json!("silent"), &json!("小程序迁移后 openid 变不变"))
    );
    assert_eq!(
        (&first["before"]["intent"], &first["before"]["gate"]),
        (&json!("move"), &json!("exact"))
    );
    assert_eq!(
        (&first["after"]["decision"], &first["after"]["intent"]),
        (&json!("unknown"), &Value::Null)
    );

    for (most, fails) in [("3", true), ("4", false)] {
        let code = replay(&["--max-regressions", most]).status.code();
        assert_eq!(code, Some(i32::from(fails)), "--max-regressions {most}");
    }
    let early = ["--until", "2026-01-01"];
    insta::assert_snapshot!(said(&replay(&early)), @"这段时间没有人提问，没有可以重放的消息。");
}

#[test]
fn the_same_files_change_nothing() {
    let folder = folders();
    assert!(wenlu(folder.path(), &["chat"], CHAT).status.success());
    insta::assert_snapshot!(said(&wenlu(folder.path(), &["replay", ".", "--max-regressions", "0"], "")), @"
    以前答不上、现在能答 0 · 回答变了 0 · 以前能答、现在答不上 0
    would now be answered 0 · changed 0 · would fall silent 0
    重放了 11 条消息，9 种说法；每个数都是消息的条数
    ");
}

#[test]
fn without_a_journal_none_is_made() {
    let folder = folders();
    insta::assert_snapshot!(said(&wenlu(folder.path(), &["replay", "draft"], "")), @"
    还没有对话记录；有人提问之后，它会在 wenlu.db。用 `wenlu` 打开网页，或用 `wenlu chat` 问上几句。
    There is no journal yet; it would be in wenlu.db.
    ");
    let silent = wenlu(folder.path(), &["replay", "draft", "--json"], "");
    assert!(silent.status.success() && silent.stdout.is_empty() && !silent.stderr.is_empty());
    assert!(!folder.path().join("wenlu.db").exists());
}

#[test]
fn a_draft_that_does_not_load_is_shown_with_its_mistakes() {
    let folder = folders();
    assert!(wenlu(folder.path(), &["chat"], CHAT).status.success());
    fs::write(
        folder.path().join("draft/intents/pay.toml"),
        "title = \"怎么收款\"\nexmaples = []\n",
    )
    .unwrap();
    let refused = wenlu(folder.path(), &["replay", "draft"], "");
    let error = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        error.contains("intents/pay.toml:2:1") && error.contains("draft"),
        "{error}"
    );
}
