//! `wenlu import --into` and the table of `wenlu export`: an operator who likes spreadsheets lives there.

use super::{ImportBench, stderr, stdout, texts_under};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

/// A folder as a person wrote it: comments, an order of its own, sections, a menu, a gap, English.
const WRITTEN: [(&str, &str); 9] = [
    (
        "bot/intents/refund.toml",
        "# 财务部维护\ntitle    = \"怎么退款\"   # 按钮\ntitle_en = \"Refunds\"\nparent   = \"after-sales\"\nexamples = [\n  # 常见\n  \"怎么退款\",\n  \"我要退款\",  # 旧表里的\n  \"退款怎么弄\",\n  \"钱怎么退\",\n  \"申请退款\",\n]\nnot = [\"怎么换货\"]\nkeywords = [\"退款\"]\n\n[section.how-long]\nexamples = [\"要多久\", \"几天到账\"]\n",
    ),
    (
        "bot/content/zh/refund.md",
        "# 怎么退款\n\n- 打开订单\n- 点**退款**\n\n## 多久到账 {#how-long}\n\n三天。\n",
    ),
    (
        "bot/content/en/refund.md",
        "# Refunds\n\n=1+1 is no formula.\n\n## How long {#how-long}\n\nThree days.\n",
    ),
    (
        "bot/intents/invoice.toml",
        "title = \"开发票\"\nlabel = \"ask_invoice\"\nexamples = [\"开发票\", \"怎么开发票\", \"发票在哪开\", \"要发票\", \"发票抬头\"]\n",
    ),
    (
        "bot/content/zh/invoice.md",
        "# 发票的标题不一样\n\n抬头写\"个人\", 或公司：\n\n在订单里申请。\n",
    ),
    (
        "bot/intents/after-sales.toml",
        "title = \"售后\"\nmenu = true\nexamples = [\"售后\"]\n",
    ),
    (
        "bot/intents/shipping.toml",
        "title = \"物流\"\ngap = true\nexamples = [\"物流到哪了\", \"快递没到\"]\n",
    ),
    (
        "bot/intents/out-of-scope.toml",
        "examples = [\n  \"今天天气\",\n]\n",
    ),
    ("bot/intents/lexicon.toml", "words = [\"退款单\"]\n"),
];

fn bench() -> ImportBench {
    let files = WRITTEN.map(|(path, text)| (path, text.as_bytes()));
    ImportBench::new(&files)
}

impl ImportBench {
    fn texts(&self) -> BTreeMap<String, String> {
        texts_under(&self.path("bot"))
    }

    #[track_caller]
    fn export(&self, format: &str, name: &str) {
        let output = self.run(&["--root", "bot", "export", "--to", format, name]);
        assert!(output.status.success(), "{}", stderr(&output));
    }

    #[track_caller]
    fn merge_into_bot(&self, path: &str) -> serde_json::Value {
        let output = self.run(&["import", path, "--into", "bot", "--json"]);
        assert!(output.status.success(), "{}", stderr(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

#[test]
fn a_round_trip_through_a_spreadsheet_changes_nothing_by_itself() {
    let bench = bench();
    let before = bench.texts();
    for (format, name) in [("csv", "bot.csv"), ("xlsx", "bot.xlsx")] {
        bench.export(format, name);
        let report = bench.merge_into_bot(name);
        assert_eq!(report["files"], serde_json::json!([]), "{report:#}");
        assert_eq!(report["collisions"], serde_json::json!([]));
        assert_eq!(report["unchanged"], 5);
        assert_eq!(bench.texts(), before);
    }
    let table = std::fs::read_to_string(bench.path("bot.csv")).unwrap();
    assert!(table.starts_with("\u{feff}编号,种类,标题,"), "{table}");
    // commas, line breaks and quotes stay within their cell
    assert!(
        table.contains("\n\n抬头写\"\"个人\"\", 或公司：\n\n在订单里申请。\""),
        "{table}"
    );
    // no spreadsheet takes a reply for a formula
    assert!(
        table.contains("'- 打开订单") && table.contains("'=1+1"),
        "{table}"
    );
    // a new folder made of the table has the same intents with the same replies
    let made = bench.import("bot.csv", &[]);
    assert_eq!(
        made.ids(),
        [
            "after-sales",
            "invoice",
            "out-of-scope",
            "refund",
            "shipping"
        ]
    );
    for path in [
        "content/zh/refund.md",
        "content/en/refund.md",
        "content/zh/invoice.md",
    ] {
        assert_eq!(made.text(path), before[path]);
    }
    assert!(
        made.text("intents/refund.toml")
            .contains("[section.how-long]")
    );
}

#[test]
fn the_shipped_knowledge_goes_through_a_spreadsheet_unchanged() {
    let bench = ImportBench::new(&[]);
    for folder in ["intents", "content/zh", "content/en"] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let to = bench.path("bot").join(folder);
        std::fs::create_dir_all(&to).unwrap();
        for file in std::fs::read_dir(from).unwrap().flatten() {
            std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
    let variables = Path::new(env!("CARGO_MANIFEST_DIR")).join("content/variables.toml");
    std::fs::copy(variables, bench.path("bot/content/variables.toml")).unwrap();
    let before = bench.texts();
    bench.export("csv", "bot.csv");
    let report = bench.merge_into_bot("bot.csv");
    assert_eq!(report["collisions"], serde_json::json!([]), "{report:#}");
    assert_eq!(bench.texts(), before);
}

#[test]
fn one_changed_cell_changes_exactly_that() {
    let bench = bench();
    bench.export("csv", "bot.csv");
    let table = std::fs::read_to_string(bench.path("bot.csv")).unwrap();
    let before = bench.texts();
    let changed = |from: &str, to: &str| {
        assert_eq!(table.matches(from).count(), 1, "{from}: {table}");
        std::fs::write(bench.path("edited.csv"), table.replace(from, to)).unwrap();
        let report = bench.merge_into_bot("edited.csv");
        assert_eq!(report["edited"].as_array().unwrap().len(), 1, "{report:#}");
        let after = bench.texts();
        let different: Vec<String> = after
            .iter()
            .filter(|(path, text)| before.get(*path) != Some(*text))
            .map(|(path, _)| path.clone())
            .collect();
        for (path, text) in &before {
            std::fs::write(bench.path("bot").join(path), text).unwrap();
        }
        let [path] = different.as_slice() else {
            panic!("{different:?}")
        };
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let (old, new) = (lines(&before[path]), lines(&after[path]));
        let gone: Vec<String> = old
            .iter()
            .filter(|line| !new.contains(line))
            .cloned()
            .collect();
        let come: Vec<String> = new
            .iter()
            .filter(|line| !old.contains(line))
            .cloned()
            .collect();
        (path.clone(), gone.join("\n"), come.join("\n"))
    };
    assert_eq!(
        changed("三天。", "五天。"),
        (
            "content/zh/refund.md".into(),
            "三天。".into(),
            "五天。".into()
        )
    );
    assert_eq!(
        changed("申请退款", "申请退款\n我想退钱"),
        (
            "intents/refund.toml".into(),
            "".into(),
            "  \"我想退钱\",".into()
        )
    );
    assert_eq!(
        changed("#how-long: 几天到账", "#how-long: 多久到"),
        (
            "intents/refund.toml".into(),
            "examples = [\"要多久\", \"几天到账\"]".into(),
            "examples = [\"要多久\", \"多久到\"]".into()
        )
    );
    assert_eq!(
        changed("Refunds", "Refund"),
        (
            "intents/refund.toml".into(),
            "title_en = \"Refunds\"".into(),
            "title_en = \"Refund\"".into()
        )
    );
}

#[test]
fn a_row_that_is_out_of_date_is_left_alone() {
    let bench = bench();
    bench.export("csv", "bot.csv");
    let table = std::fs::read_to_string(bench.path("bot.csv")).unwrap();
    let path = bench.path("bot/content/zh/refund.md");
    let newer = std::fs::read_to_string(&path)
        .unwrap()
        .replace("三天", "两天");
    std::fs::write(&path, &newer).unwrap();
    std::fs::write(bench.path("edited.csv"), table.replace("三天", "五天")).unwrap();
    let report = bench.merge_into_bot("edited.csv");
    assert_eq!(report["files"], serde_json::json!([]));
    assert!(
        report["collisions"][0]
            .as_str()
            .unwrap()
            .contains("refund 在导出以后又改过"),
        "{report:#}"
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), newer);
}

#[test]
fn another_table_adds_what_is_new_and_overwrites_nothing() {
    let bench = bench();
    let table = "问题,相似问,答案,分类\n\
        怎么换货,换个大小,联系客服换货,售后\n\
        怎么退款,,完全不同的退款说明,售后\n\
        开发票,开个票,,\n\
        修改地址,我要退款,在订单里改地址,订单\n";
    std::fs::write(bench.path("more.csv"), table).unwrap();
    let before = bench.texts();
    let output = bench.run(&["import", "more.csv", "--into", "bot", "--dry-run"]);
    assert!(
        stdout(&output).contains("什么都没有写"),
        "{}",
        stderr(&output)
    );
    assert_eq!(bench.texts(), before);
    let report = bench.merge_into_bot("more.csv");
    let texts = bench.texts();
    assert_eq!(report["new"].as_array().unwrap().len(), 3, "{report:#}");
    assert!(texts["intents/zen-me-huan-huo.toml"].contains("parent = \"after-sales\""));
    assert!(texts["intents/xiu-gai-di-zhi.toml"].contains("parent = \"ding-dan\""));
    assert!(!texts["intents/xiu-gai-di-zhi.toml"].contains("我要退款"));
    assert!(texts["intents/invoice.toml"].contains("\"发票抬头\", \"开个票\"]"));
    assert_eq!(
        texts["content/zh/refund.md"],
        before["content/zh/refund.md"]
    );
    let said = report["collisions"].to_string();
    assert!(
        said.contains("已有别的回复") && said.contains("“我要退款”已经是 refund 的例句"),
        "{said}"
    );
    let check = bench.run(&["check", "bot"]);
    assert!(check.status.success(), "{}", stdout(&check));
    // once more: nothing is new
    let again = bench.merge_into_bot("more.csv");
    assert_eq!(again["new"], serde_json::json!([]));
    assert_eq!(bench.texts(), texts);
}

#[test]
fn a_new_category_becomes_a_menu_with_the_rows_that_name_it() {
    let bench = bench();
    bench.export("csv", "bot.csv");
    let table = std::fs::read_to_string(bench.path("bot.csv")).unwrap();
    let invoice = "invoice,,开发票,,ask_invoice,";
    assert_eq!(table.matches(invoice).count(), 1, "{table}");
    let moved = table.replace(&format!("{invoice},"), &format!("{invoice}财务,"));
    assert_ne!(moved, table, "{table}");
    std::fs::write(bench.path("moved.csv"), moved).unwrap();
    let report = bench.merge_into_bot("moved.csv");
    assert_eq!(report["collisions"], serde_json::json!([]), "{report:#}");
    let texts = bench.texts();
    assert!(texts["intents/invoice.toml"].contains("parent = \"cai-wu\""));
    assert!(texts["intents/cai-wu.toml"].contains("menu = true"));
    let check = bench.run(&["check", "bot"]);
    assert!(check.status.success(), "{}", stdout(&check));
    // a menu whose questions all stand elsewhere is not made
    let other = "问题,答案,分类\n开发票,,票据\n";
    std::fs::write(bench.path("other.csv"), other).unwrap();
    let report = bench.merge_into_bot("other.csv");
    assert_eq!(report["files"], serde_json::json!([]), "{report:#}");
    let said = report["collisions"].to_string();
    assert!(said.contains("分类“票据”没有建立菜单"), "{said}");
}

#[test]
fn of_two_rows_of_one_intent_the_second_is_named_and_not_used() {
    let bench = bench();
    bench.export("csv", "bot.csv");
    let before = bench.texts();
    let table = std::fs::read_to_string(bench.path("bot.csv")).unwrap();
    let row = table.lines().find(|line| line.starts_with("after-sales,"));
    let copy = row.unwrap().replace("售后,,,,售后", "售后,,,,售后服务");
    assert_ne!(Some(copy.as_str()), row, "{table}");
    std::fs::write(bench.path("doubled.csv"), format!("{table}{copy}\r\n")).unwrap();
    let report = bench.merge_into_bot("doubled.csv");
    assert_eq!(report["files"], serde_json::json!([]), "{report:#}");
    let said = report["collisions"].to_string();
    assert!(said.contains("编号 after-sales 在表里不止一行"), "{said}");
    assert_eq!(bench.texts(), before);
}

#[test]
fn two_imports_into_one_folder_do_not_meet() {
    let bench = bench();
    std::fs::write(bench.path("more.csv"), "问题,答案\n怎么换货,联系客服\n").unwrap();
    let first = File::open(bench.path("bot")).unwrap();
    first.lock().unwrap();
    let second = bench.run(&["import", "more.csv", "--into", "bot"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(
        stderr(&second).contains("另一个导入正在写"),
        "{}",
        stderr(&second)
    );
    let nowhere = bench.run(&["import", "more.csv", "--into", "nowhere"]);
    assert!(
        stderr(&nowhere).contains("不是知识文件夹"),
        "{}",
        stderr(&nowhere)
    );
}
