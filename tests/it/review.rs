//! `wenlu review`: the loop from a terminal, by a program and by hand.

use crate::database::{Database, on_both};
use crate::small;
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn wenlu(database: &Database, root: &Path, args: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wenlu"));
    command.args(args).current_dir(root).env_clear();
    command
        .env("DATABASE_URL", &database.url)
        .env("USER", "xiaowang")
        .env("PATH", std::env::var_os("PATH").unwrap());
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    process
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    process.wait_with_output().unwrap()
}

/// What it printed, and how it ended.
fn said(output: Output) -> (i32, String) {
    let text =
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), text)
}

fn reviewed(database: &Database, root: &Path, args: &[&str]) -> (i32, String) {
    said(wenlu(database, root, &[&["review"], args].concat(), ""))
}

/// A folder in which some questions went unanswered.
fn asked(database: &Database) -> tempfile::TempDir {
    let root = small::folder();
    for talk in [
        "讲个相声听听\n附近有没有牛肉面\n",
        "给我讲个相声听听\n",
        "请给我讲个相声听听吧\n",
    ] {
        assert!(
            wenlu(database, root.path(), &["chat"], talk)
                .status
                .success()
        );
    }
    root
}

/// Numbers and times differ from run to run.
fn steady(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' if out.ends_with('N') => {}
            '0'..='9' => out.push('N'),
            c => out.push(c),
        }
    }
    out
}

fn objects(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn the_loop_by_a_program() {
    on_both(async |database| {
        let root = asked(&database);
        let review = |args: &[&str]| reviewed(&database, root.path(), args);
        let file = root.path().join("intents/smalltalk-thanks.toml");
        let before = fs::read_to_string(&file).unwrap();

        let (code, listed) = review(&["list", "--clusters", "--json"]);
        let clusters = objects(&listed);
        assert_eq!((code, clusters.len()), (0, 2), "{listed}");
        assert_eq!(
            (&clusters[0]["count"], &clusters[0]["trend"]["last_week"]),
            (&3.into(), &3.into())
        );
        let id = clusters[0]["id"].to_string();

        // a draft: shown, kept, and nothing has changed
        let promote = [
            "promote",
            &id,
            "--cluster",
            "--to",
            "smalltalk-thanks",
            "--json",
        ];
        let (code, drafted) = review(&promote);
        let drafted: Value = serde_json::from_str(&drafted).unwrap();
        assert_eq!(
            (code, &drafted["fit"], &drafted["published"]),
            (0, &true.into(), &Value::Null),
            "{drafted}"
        );
        assert_eq!(drafted["replay"]["answered"], 3);
        assert!(
            drafted["diff"].as_str().unwrap().contains("讲个相声听听"),
            "{drafted}"
        );
        assert_eq!(fs::read_to_string(&file).unwrap(), before);

        let number = drafted["change"].to_string();
        let (code, published) = review(&["publish", &number, "--yes", "--json"]);
        let published: Value = serde_json::from_str(&published).unwrap();
        assert_eq!(code, 0, "{published}");
        assert!(published["published"]["version"].is_string());
        assert!(
            fs::read_to_string(&file)
                .unwrap()
                .contains("请给我讲个相声听听吧")
        );
        assert_eq!(
            objects(&review(&["list", "--clusters", "--json"]).1).len(),
            1
        );
        assert_eq!(objects(&review(&["list", "--json"]).1).len(), 1);
        assert_eq!(
            review(&["publish", &number, "--yes"]).0,
            1,
            "it is no draft any more"
        );

        let (code, undone) = review(&["undo", &number, "--yes", "--json"]);
        assert_eq!(code, 0, "{undone}");
        assert_eq!(fs::read_to_string(&file).unwrap(), before);
        assert_eq!(
            objects(&review(&["list", "--clusters", "--json"]).1)[0]["id"].to_string(),
            id
        );
        let history = objects(&review(&["changes", "--json"]).1);
        let states: Vec<(&Value, &Value)> = history
            .iter()
            .map(|c| (&c["state"], &c["published_by"]))
            .collect();
        assert_eq!(
            states,
            [
                (&"published".into(), &"(xiaowang)".into()),
                (&"undone".into(), &"(xiaowang)".into())
            ]
        );
        let stats: Value = serde_json::from_str(&review(&["stats", "--json"]).1).unwrap();
        assert_eq!(
            (&stats["unanswered"], &stats["published"], &stats["undone"]),
            (&4.into(), &1.into(), &1.into())
        );
        assert_eq!(
            (&stats["open_clusters"], &stats["open_questions"]),
            (&2.into(), &4.into())
        );
    })
    .await;
}

#[tokio::test]
async fn what_people_read() {
    on_both(async |database| {
        let root = asked(&database);
        let review = |args: &[&str]| reviewed(&database, root.path(), args);
        insta::assert_snapshot!(
            "review-clusters",
            steady(&review(&["list", "--clusters"]).1)
        );
        let id = objects(&review(&["list", "--clusters", "--json"]).1)[0]["id"].to_string();
        let (code, text) = review(&["promote", &id, "--cluster", "--to", "smalltalk-thanks"]);
        assert_eq!(code, 0);
        insta::assert_snapshot!("review-promote", steady(&text));
        let (code, text) = review(&["new", &id, "--id", "cross-talk", "--title", "相声"]);
        assert_eq!(code, 1, "its reply is not written");
        assert!(
            text.contains("没有改动：content/zh/cross-talk.md 里还是占位的文字"),
            "{text}"
        );
        let (code, text) = review(&["out-of-scope", &id, "--yes"]);
        assert!(
            code == 0 && text.contains("已发布。撤销：wenlu review undo"),
            "{text}"
        );
        assert!(
            fs::read_to_string(root.path().join("intents/out-of-scope.toml"))
                .unwrap()
                .contains("相声")
        );
        insta::assert_snapshot!("review-changes", steady(&review(&["changes"]).1));
        insta::assert_snapshot!("review-stats", steady(&review(&["stats"]).1));
        for (args, part) in [
            (&["promote", &id][..], "name the intent with --to"),
            (
                &["promote", "9999", "--to", "ids"],
                "没有编号为 9999 的记录",
            ),
            (
                &["promote", "9999", "--cluster", "--to", "ids"],
                "没有编号 9999 的未答问题",
            ),
            (
                &["promote", &id, "--to", "nothing"],
                "there is no intent `nothing`",
            ),
            (&["undo", "999"], "no such change"),
            (&["discard", "999"], "not in that state"),
            (&["assign", "9999", "nobody"], "没有帐号 nobody"),
            (
                &["new", &id, "--id", "Bad Name"],
                "cannot be an intent's id",
            ),
        ] {
            let (code, text) = review(args);
            assert!(code == 1 && text.contains(part), "{args:?}: {text}");
        }
    })
    .await;
}

#[tokio::test]
async fn ignored_and_shown_again() {
    on_both(async |database| {
        let root = asked(&database);
        let review = |args: &[&str]| reviewed(&database, root.path(), args);
        let count = || objects(&review(&["list", "--clusters", "--json"]).1).len();
        let id = objects(&review(&["list", "--clusters", "--json"]).1)[0]["id"].to_string();
        assert!(review(&["ignore", &id]).1.contains("已忽略"));
        wenlu(&database, root.path(), &["chat"], "麻烦讲个相声听听\n");
        assert_eq!(count(), 1, "what is like it is ignored too");
        let again: Value = serde_json::from_str(&review(&["unignore", &id, "--json"]).1).unwrap();
        assert_eq!(
            (&again["ignored"], &again["questions"]),
            (&false.into(), &4.into())
        );
        assert_eq!(count(), 2);
    })
    .await;
}

/// What askers wrote moves no cursor, whatever the command.
#[tokio::test]
async fn hostile_texts_are_safe_in_tables_and_terminals() {
    on_both(async |database| {
        let root = small::folder();
        let hostile = "=HYPERLINK(\"http://evil\")\n@SUM(1) 相声\n\u{1b}[31m红\u{202e}字\n";
        wenlu(&database, root.path(), &["chat"], hostile);
        let (code, table) = said(wenlu(&database, root.path(), &["review", "export"], ""));
        assert_eq!(code, 0, "{table}");
        assert!(
            !table
                .chars()
                .any(|c| c.is_control() && !"\r\n".contains(c) || c == '\u{202e}'),
            "{table:?}"
        );
        let mut reader = csv::Reader::from_reader(table.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 3);
        for cell in rows.iter().flatten() {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{cell:?}"
            );
        }
        let lines = said(wenlu(
            &database,
            root.path(),
            &["review", "export", "--format", "jsonl"],
            "",
        ))
        .1;
        assert!(
            !lines
                .chars()
                .any(|c| c.is_control() && c != '\n' || c == '\u{202e}'),
            "{lines:?}"
        );
        assert_eq!(objects(&lines)[0]["text"], "=HYPERLINK(\"http://evil\")");
        let id = objects(&lines)[2]["id"].to_string();
        for args in [
            &["list"][..],
            &["list", "--clusters"],
            &["show", &id],
            &["promote", &id, "--to", "ids"],
            &["out-of-scope", &id, "--yes"],
            &["changes"],
        ] {
            let (code, text) = said(wenlu(
                &database,
                root.path(),
                &[&["review"], args].concat(),
                "",
            ));
            let hidden = text
                .chars()
                .find(|c| c.is_control() && *c != '\n' || *c == '\u{202e}');
            assert_eq!((code, hidden), (0, None), "{args:?}: {text:?}");
        }
    })
    .await;
}

/// At a terminal, made by `script`: the largest cluster is shown, and a key says what becomes of it.
#[tokio::test]
async fn by_hand_at_a_terminal() {
    on_both(async |database| {
        let root = asked(&database);
        let file = root.path().join("intents/smalltalk-thanks.toml");
        let mut command = Command::new("script");
        command.args(["--quiet", "--return", "--command"]);
        command
            .arg(format!("{} review", env!("CARGO_BIN_EXE_wenlu")))
            .arg("/dev/null");
        command
            .current_dir(root.path())
            .env_clear()
            .env("DATABASE_URL", &database.url);
        command
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("TERM", "xterm")
            .env("USER", "xiaowang");
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        process
            .stdin
            .take()
            .unwrap()
            .write_all("e smalltalk-thanks\ny\nwhat\ni\n".as_bytes())
            .unwrap();
        let output = process.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}");
        for part in [
            "3 次",
            "以前答不上、现在能答",
            "发布吗？",
            "已发布。撤销：wenlu review undo",
            "没看懂",
            "都看过了。",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(fs::read_to_string(&file).unwrap().contains("讲个相声听听"));
    })
    .await;
}

/// A test of another intent that a change turns takes a reason, also at a terminal.
#[tokio::test]
async fn a_reason_at_a_terminal() {
    on_both(async |database| {
        let root = asked(&database);
        let ids = root.path().join("intents/ids.toml");
        let test = "[[test]]\nsay = \"麻烦给我讲个相声听听\"\nwants = \"unknown\"\n";
        fs::write(&ids, fs::read_to_string(&ids).unwrap() + test).unwrap();
        let thanks = root.path().join("intents/smalltalk-thanks.toml");
        let before = fs::read_to_string(&thanks).unwrap();
        let review = |args: &[&str]| reviewed(&database, root.path(), args);
        let id = objects(&review(&["list", "--clusters", "--json"]).1)[0]["id"].to_string();

        let (code, text) = review(&[
            "promote",
            &id,
            "--cluster",
            "--to",
            "smalltalk-thanks",
            "--yes",
        ]);
        assert_eq!(code, 1, "{text}");
        for part in [
            "这份草稿没有动这些意图，但它们的测试会变",
            "麻烦给我讲个相声听听",
            "原来：",
            "--reason",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let (code, kept) = review(&["publish", "1", "--yes", "--json"]);
        let kept: Value = serde_json::from_str(&kept).unwrap();
        assert_eq!(
            (code, &kept["fit"], &kept["needs_reason"]),
            (1, &false.into(), &true.into()),
            "{kept}"
        );
        assert_eq!(kept["flipped_elsewhere"][0]["intent"], "ids");
        assert_eq!(fs::read_to_string(&thanks).unwrap(), before);

        let (code, refused) = review(&["publish", "1", "--yes", "--reason", &"长".repeat(301)]);
        assert!(
            code == 2 && refused.contains("理由最长 300 个字，这里有 301 个"),
            "{code} {refused}"
        );
        // a hand edit of the other intent was refused by its own test: that is said, before anything is published
        let store = wenlu::store::Store::open(&database.url).await.unwrap();
        let files = wenlu::source::KnowledgeSource::Folder(root.path().to_owned()).files();
        store
            .knowledge()
            .keep(&files.version(), &files.texts())
            .await
            .unwrap();
        let edited = fs::read_to_string(&ids).unwrap();
        fs::write(
            &ids,
            format!("{edited}[[test]]\nsay = \"麻烦讲一个完全不相干的故事\"\n"),
        )
        .unwrap();
        let (code, text) = review(&["publish", "1", "--yes"]);
        assert_eq!(code, 1, "{text}");
        for part in ["磁盘上的文件因此没有采用", "麻烦讲一个完全不相干的故事"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        fs::write(&ids, edited).unwrap();

        let (code, done) = review(&[
            "publish",
            "1",
            "--yes",
            "--json",
            "--reason",
            "相声也算寒暄",
        ]);
        let done: Value = serde_json::from_str(&done).unwrap();
        assert_eq!(
            (code, &done["fit"], &done["needs_reason"]),
            (0, &true.into(), &false.into()),
            "{done}"
        );
        assert!(
            fs::read_to_string(&thanks)
                .unwrap()
                .contains("讲个相声听听")
        );
        let log = store.audit().entries(i64::MAX, 1).await.unwrap().remove(0);
        assert!(
            log.detail
                .contains("理由：相声也算寒暄；改变的测试：ids「麻烦给我讲个相声听听」"),
            "{}",
            log.detail
        );
        store.close().await;
    })
    .await;
}

/// An undo asks for nothing, whatever is wrong elsewhere.
#[tokio::test]
async fn an_undo_while_other_files_are_broken() {
    on_both(async |database| {
        let root = asked(&database);
        let thanks = root.path().join("intents/smalltalk-thanks.toml");
        let before = fs::read_to_string(&thanks).unwrap();
        let review = |args: &[&str]| reviewed(&database, root.path(), args);
        let id = objects(&review(&["list", "--clusters", "--json"]).1)[0]["id"].to_string();
        let (code, text) = review(&[
            "promote",
            &id,
            "--cluster",
            "--to",
            "smalltalk-thanks",
            "--yes",
        ]);
        assert_eq!(code, 0, "{text}");
        fs::write(root.path().join("intents/ids.toml"), "title = 1\n").unwrap();
        let (code, text) = review(&["undo", "1", "--yes"]);
        assert!(
            code == 0
                && text.contains("文件里本来就有的错误，磁盘上的文件因此没有采用")
                && text.contains("已发布"),
            "{code} {text}"
        );
        assert_eq!(fs::read_to_string(&thanks).unwrap(), before);
    })
    .await;
}
