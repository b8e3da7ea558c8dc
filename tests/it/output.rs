//! What becomes of a command whose output cannot be written: a full disk is said in one line, a reader that has gone is
//! no failure.

use crate::small::folder;
use std::fs::{File, OpenOptions};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Every command that prints, in a folder of the small knowledge.
const COMMANDS: &[&[&str]] = &[
    &["--help"],
    &["--version"],
    &["help", "check"],
    &["check", "--help"],
    &["check"],
    &["check", "--json"],
    &["route", "小程序怎么迁移"],
    &["route"],
    &["explain", "小程序怎么迁移"],
    &["explain", "--json", "小程序怎么迁移"],
    &["eval", "--data", "rows.tsv", "--accept-wrong", "30%"],
    &["eval", "--data", "rows.tsv", "--json"],
    &["export", "--to", "tsv", "-"],
    &["import", "--from", "tsv", "rows.tsv", "--out", "imported"],
    &[
        "import", "--from", "tsv", "rows.tsv", "--out", "imported", "--json",
    ],
    &["init", "own"],
    &["new", "coupon"],
    &["schema"],
    &["chat", "--no-journal"],
    &["chat", "--no-journal", "--json"],
    &["review"],
    &["review", "list"],
    &["review", "list", "--json"],
    &["review", "stats"],
    &["review", "changes"],
    &["review", "export", "--format", "csv"],
    &["admin", "list"],
    &["store", "info"],
    &["store", "info", "--json"],
];

fn with_rows() -> tempfile::TempDir {
    let folder = folder();
    std::fs::write(
        folder.path().join("rows.tsv"),
        "utterance\tintent\n小程序怎么迁移\tmoving\n今天天气怎么样\tnone\n",
    )
    .unwrap();
    std::fs::write(
        folder.path().join("said.txt"),
        "小程序怎么迁移\n注销\n量子力学是什么\n",
    )
    .unwrap();
    folder
}

fn run(folder: &Path, args: &[&str], stdout: Stdio) -> Output {
    let said = File::open(folder.join("said.txt")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_wenlu"));
    command
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .stdin(said)
        .stdout(stdout);
    command.stderr(Stdio::piped()).output().unwrap()
}

/// Something was asked and not answered, so that the review has something to print.
fn with_journal(folder: &Path) {
    let chatted = run(folder, &["chat", "--plain"], Stdio::null());
    assert!(
        chatted.status.success(),
        "{}",
        String::from_utf8_lossy(&chatted.stderr)
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_said_in_one_line() {
    for args in COMMANDS {
        let folder = with_rows();
        with_journal(folder.path());
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = run(folder.path(), args, full.into());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let why: Vec<&str> = said
            .lines()
            .filter(|line| line.starts_with("wenlu: "))
            .collect();
        assert_eq!(
            (output.status.code(), why.len()),
            (Some(1), 1),
            "{args:?}: {said}"
        );
        assert!(
            why[0].contains("cannot write to standard output") && !said.contains("panicked"),
            "{args:?}: {said}"
        );
    }
}

#[test]
fn a_reader_that_has_gone_is_no_failure() {
    for args in COMMANDS {
        let folder = with_rows();
        with_journal(folder.path());
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = run(folder.path(), args, writer.into());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {said}");
        assert!(
            !said.contains("panicked") && !said.contains("wenlu: "),
            "{args:?}: {said}"
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn what_cannot_be_told_is_not_told() {
    let folder = with_rows();
    let said = File::open(folder.path().join("said.txt")).unwrap();
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_wenlu"));
    command
        .args(["check", "nowhere"])
        .current_dir(folder.path())
        .env_clear()
        .stdin(said)
        .stderr(full);
    assert_eq!(command.output().unwrap().status.code(), Some(1));
}

/// They panic where nothing can be written.
#[test]
fn no_command_prints_by_a_macro_of_the_standard_library() {
    fn look(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                look(&path, found);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let macros = ["println!(", "print!(", "eprintln!(", "eprint!("];
            let lines = text
                .lines()
                .enumerate()
                .filter(|(_, line)| macros.iter().any(|m| line.contains(m)));
            found.extend(lines.map(|(at, _)| format!("{}:{}", path.display(), at + 1)));
        }
    }
    let mut found = Vec::new();
    look(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli"),
        &mut found,
    );
    assert_eq!(found, [""; 0], "use cli::output");
}
