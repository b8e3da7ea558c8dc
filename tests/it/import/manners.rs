//! What holds for every import: it says what it found and lost, and what it makes is whole or not there.

use super::{ImportBench, stderr, stdout, texts_under};
use std::fs::File;

const FAQ: &str = "问题,答案\n退款多久到账,一般三天\n怎么开发票,在订单里申请\n";

#[test]
fn a_dry_run_says_what_would_come_and_writes_nothing() {
    let bench = ImportBench::new(&[("faq.csv", FAQ.as_bytes())]);
    let output = bench.run(&["import", "faq.csv", "--dry-run"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let said = stdout(&output);
    for part in [
        "问答表",
        "怎么开发票（zen-me-kai-fa-piao）：在订单里申请",
        "2 个意图",
        "什么都没有写",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let output = bench.run(&["import", "faq.csv", "--dry-run", "--out", "made", "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["dry_run"], &report["replies"]),
        (&true.into(), &2.into())
    );
    assert_eq!(report["found"]["format"], "csv");
    assert_eq!(std::fs::read_dir(bench.root.path()).unwrap().count(), 1);
}

#[test]
fn losses_are_counted_by_kind_and_all_of_them_go_to_a_file() {
    let rows: String = (0..40)
        .map(|n| format!("第{n}个问题,第{n}个答案\n第{n}个问题,不一样的{n}\n"))
        .collect();
    let bench = ImportBench::new(&[("faq.csv", format!("问题,答案\n{rows}").as_bytes())]);
    let output = bench.run(&["import", "faq.csv", "--out", "made", "--notes", "notes.txt"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let said = stdout(&output) + &stderr(&output);
    assert!(said.contains("多出来的回复，只用了第一条：40 处"), "{said}");
    assert!(said.lines().count() < 25, "{said}");
    let notes = std::fs::read_to_string(bench.path("notes.txt")).unwrap();
    assert_eq!(
        notes
            .lines()
            .filter(|line| line.contains("已有回复"))
            .count(),
        40
    );
    // a file of notes is never overwritten either
    let again = bench.run(&["import", "faq.csv", "--out", "more", "--notes", "notes.txt"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(!bench.path("more").exists());
}

#[test]
fn a_second_import_into_a_folder_is_refused_while_the_first_runs() {
    let bench = ImportBench::new(&[("faq.csv", FAQ.as_bytes())]);
    std::fs::create_dir(bench.path(".made.importing")).unwrap();
    let first = File::open(bench.path(".made.importing")).unwrap();
    first.lock().unwrap();
    let second = bench.run(&["import", "faq.csv", "--out", "made"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(
        stderr(&second).contains("另一个导入正在写"),
        "{}",
        stderr(&second)
    );
    assert!(!bench.path("made").exists());
    // a killed import leaves its folder, which is no obstacle
    std::fs::create_dir(bench.path(".made.importing/intents")).unwrap();
    std::fs::write(bench.path(".made.importing/intents/old.toml"), "x").unwrap();
    drop(first);
    let third = bench.run(&["import", "faq.csv", "--out", "made"]);
    assert!(third.status.success(), "{}", stderr(&third));
    assert_eq!(texts_under(&bench.path("made")).len(), 4);
    assert!(!bench.path(".made.importing").exists());
    let fourth = bench.run(&["import", "faq.csv", "--out", "made"]);
    assert!(
        stderr(&fourth).contains("里已有文件，没有改动"),
        "{}",
        stderr(&fourth)
    );
}
