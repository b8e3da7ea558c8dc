//! `wenlu chat` and `wenlu review` as their users start them, in a pipe.

use crate::tiny;
use std::io::{BufRead, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn wenlu(folder: &Path, args: &[&str], input: &[u8]) -> Output {
    let mut child = start(folder, args);
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn start(folder: &Path, args: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_wenlu"))
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("TZ", "UTC")
        .env("HOME", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn text(output: Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).unwrap()
}

fn tiny_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    tiny::write_files(folder.path());
    folder
}

#[test]
fn a_line_is_a_message_and_an_answer_is_a_block() {
    let folder = tiny_folder();
    let said = text(wenlu(
        folder.path(),
        &["chat"],
        "\n迁移后 openid 会变吗\n1\n/help\n/quit\n不再读".as_bytes(),
    ));
    insta::assert_snapshot!(said, @"
    都不会变。
      [1] unionID 呢
      [2] 有用
      [3] 没解决

    unionID 呢
    要看 open 帐号有没有变。
      [1] 看完整说明
      [2] 有用
      [3] 没解决

    直接输入您的问题；输入数字选择按钮。
      /menu  热门问题    /human  转人工    /quit  退出（或 Ctrl-D）
    ");
    assert!(folder.path().join("wenlu.db").exists());
}

/// As an imported table is: no small talk, no sentences of its own.
#[test]
fn who_says_hello_to_a_folder_without_small_talk_is_welcomed() {
    let folder = tempfile::tempdir().unwrap();
    let intents = folder.path().join("intents");
    let content = folder.path().join("content/zh");
    for (path, text) in [
        (
            intents.join("fee.toml"),
            "title = \"物业费多少\"\nexamples = [\"物业费多少\", \"物业费怎么算\", \"一平米收多少\", \"一个月交多少物业费\", \"物业费什么标准\"]\n",
        ),
        (
            intents.join("cat.toml"),
            "gap = true\ntitle = \"流浪猫\"\nexamples = [\"楼下流浪猫谁管\", \"流浪猫太多了\", \"小区里的流浪猫\", \"有人管管流浪猫吗\", \"流浪猫抓伤人\"]\n",
        ),
        (
            content.join("fee.md"),
            "# 物业费多少\n\n每平方米每月 2 元。\n",
        ),
    ] {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let said = text(wenlu(
        folder.path(),
        &["chat"],
        "您好，在吗\n楼下流浪猫谁管\n你好今天天气怎么样\n".as_bytes(),
    ));
    insta::assert_snapshot!(said);
}

/// What was answered is on the disk, whatever happens to the process afterwards.
#[tokio::test]
async fn killed_after_an_answer() {
    let folder = tiny_folder();
    for turn in 1..=5 {
        let mut child = start(folder.path(), &["chat"]);
        child
            .stdin
            .as_mut()
            .unwrap()
            .write_all("小店怎么注销\n".as_bytes())
            .unwrap();
        let answer = std::io::BufReader::new(child.stdout.take().unwrap());
        assert!(
            answer
                .lines()
                .map_while(Result::ok)
                .any(|line| line.ends_with("没解决"))
        );
        child.kill().unwrap();
        child.wait().unwrap();
        let url = format!("sqlite://{}", folder.path().join("wenlu.db").display());
        let store = wenlu::store::Store::open(&url).await.unwrap();
        assert_eq!(store.journal().count().await.unwrap(), turn);
        store.close().await;
    }
}

#[test]
fn json_and_no_journal() {
    let folder = tiny_folder();
    let said = text(wenlu(
        folder.path(),
        &["chat", "--json", "--no-journal"],
        "小店怎么注销\n多谢啦".as_bytes(),
    ));
    let lines: Vec<serde_json::Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["decision"], "answer");
    assert_eq!(lines[0]["intent"], "closing-shop");
    assert_eq!(lines[0]["replies"][0]["steps"].as_array().unwrap().len(), 2);
    assert!(!folder.path().join("wenlu.db").exists());
}

#[test]
fn hostile_bytes_never_reach_the_terminal() {
    let folder = tiny_folder();
    let input = b"\x1b[2J\x07\xff\xfe \xe2\x80\xae<script>\n\x1b]0;title\x07\n";
    let said = text(wenlu(folder.path(), &["chat"], input));
    let listed = text(wenlu(folder.path(), &["review", "list"], b""));
    for out in [said, listed] {
        assert!(
            !out.is_empty()
                && !out
                    .chars()
                    .any(|c| c.is_control() && c != '\n' || c == '\u{202e}'),
            "{out:?}"
        );
    }
}

#[test]
fn review_lists_what_went_unanswered_most_frequent_first() {
    let folder = tiny_folder();
    let review = |args: &[&str]| text(wenlu(folder.path(), &[&["review"], args].concat(), b""));
    insta::assert_snapshot!(review(&["list"]), @"
    还没有对话记录；有人提问之后，它会在 wenlu.db。用 `wenlu` 打开网页，或用 `wenlu chat` 问上几句。
    There is no journal yet; it would be in wenlu.db.
    ");
    assert!(!folder.path().join("wenlu.db").exists());
    text(wenlu(
        folder.path(),
        &["chat"],
        "今天天气怎么样\n迁移后 openid 会变吗\n没解决\n".as_bytes(),
    ));
    text(wenlu(
        folder.path(),
        &["chat"],
        "小程序怎么迁移\n下一步\n今天天气怎么样？\n怎么开通支付".as_bytes(),
    ));

    let listed: Vec<serde_json::Value> = review(&["list", "--json"])
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |field: &str| listed.iter().map(|q| q[field].clone()).collect::<Vec<_>>();
    assert_eq!(
        of("text"),
        ["今天天气怎么样？", "怎么开通支付", "迁移后 openid 会变吗"]
    );
    assert_eq!(of("count"), [2, 1, 1]);
    assert_eq!(of("conversations"), [2, 1, 1]);
    assert_eq!(
        serde_json::json!(of("reasons")),
        serde_json::json!([["unknown"], ["gap"], ["unsolved"]])
    );
    assert_eq!(listed[1]["gap"], "payment");

    insta::assert_snapshot!(without_numbers(&review(&["list"])), @"
       N 次  今天天气怎么样？  #N
             没听懂，来自 N 段对话，最近 N-N-N N:N

       N 次  怎么开通支付  #N
             没有资料（payment），来自 N 段对话，最近 N-N-N N:N

       N 次  迁移后 openid 会变吗  #N
             没解决，来自 N 段对话，最近 N-N-N N:N

    未答 N 次，N 个不同的问题。看前后文：wenlu review show 编号
    ");
    let id = listed[1]["id"].to_string();
    insta::assert_snapshot!(without_numbers(&review(&["show", &id])), @"
    N-N-N N:N  #N  小程序怎么迁移
        → 回答 moving
    N-N-N N:N  #N  下一步
        → 步骤 moving
    N-N-N N:N  #N  今天天气怎么样？
        → 没听懂
    N-N-N N:N  #N  怎么开通支付
        → 没有资料 payment
    ");
    insta::assert_snapshot!(review(&["list", "--since", "2100-01-01"]), @"这段时间里没有答不上来的问题。去掉 --since 可以看全部。");
    assert!(
        !wenlu(folder.path(), &["review", "show", "999"], b"")
            .status
            .success()
    );
    assert!(
        !wenlu(folder.path(), &["review", "list", "--since", "昨天"], b"")
            .status
            .success()
    );
}

/// Dates, ids and confidences change from run to run: each number becomes `N`. What the router came near to, and the
/// hash of the data files, are left out.
fn without_numbers(text: &str) -> String {
    let mut out = String::new();
    for line in text
        .lines()
        .filter(|line| !line.starts_with("知识版本") && !line.contains("接近"))
    {
        for c in line
            .chars()
            .map(|c| if c.is_ascii_digit() { 'N' } else { c })
        {
            if c != 'N' || !out.ends_with('N') {
                out.push(c);
            }
        }
        out.push('\n');
    }
    out
}
