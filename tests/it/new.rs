//! `wenlu new`: where it writes, what it finds there already, and a gap that becomes an intent.

use crate::files::write;
use crate::small;
use serde_json::Value;
use std::path::Path;
use std::process::Output;
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::knowledge::IntentKind;

fn new(folder: &Path, args: &[&str]) -> Output {
    small::wenlu(folder, &[&["new"], args].concat())
}

/// Exit code, and all that was printed, with the folder's own name left out.
fn all(folder: &Path, output: &Output) -> (Option<i32>, String) {
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    let here = folder.canonicalize().unwrap();
    (
        output.status.code(),
        text.replace(&*here.to_string_lossy(), "/home"),
    )
}

/// Every file of the folder, with its bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for part in ["intents", "content/zh", "content/en"] {
        for entry in std::fs::read_dir(folder.join(part))
            .into_iter()
            .flatten()
            .flatten()
        {
            found.push((
                format!("{part}/{}", entry.file_name().display()),
                std::fs::read(entry.path()).unwrap(),
            ));
        }
    }
    found.sort();
    found
}

/// A knowledge folder whose `payment` is [`GAP`].
fn folder_with_gap() -> tempfile::TempDir {
    let folder = small::folder();
    write(folder.path(), "intents/payment.toml", GAP);
    folder
}

/// Does `new`, and what it said where it ended with `code`.
#[track_caller]
fn said(folder: &Path, args: &[&str], code: i32) -> String {
    let (ended, said) = all(folder, &new(folder, args));
    assert_eq!(ended, Some(code), "{said}");
    said
}

/// Nothing was made, and nothing was changed.
#[track_caller]
fn refused(folder: &Path, before: &[(String, Vec<u8>)], args: &[&str]) -> String {
    let said = said(folder, args, 1);
    assert!(files(folder) == before, "{args:?}: {said}");
    said
}

#[test]
fn it_writes_where_the_settings_say_and_says_so() {
    let folder = small::folder();
    let elsewhere = tempfile::tempdir().unwrap();
    let root = folder.path().to_string_lossy().into_owned();
    write(elsewhere.path(), ".env", format!("WENLU_ROOT='{root}'\n"));
    let (code, said) = all(
        folder.path(),
        &new(elsewhere.path(), &["parking", "--title", "停车场几点开门"]),
    );
    assert_eq!(code, Some(0), "{said}");
    insta::assert_snapshot!(said, @"
    知识文件夹 /home
    已建立 intents/parking.toml
    已建立 content/zh/parking.md
    已建立 content/en/parking.md
    接下来：补充例句，写好回复，然后运行 wenlu check；写好之前它不会上线
    ");
    assert!(folder.path().join("intents/parking.toml").is_file());
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 1);
    // a folder without knowledge is none of its business
    let empty = tempfile::tempdir().unwrap();
    let (code, said) = all(empty.path(), &new(empty.path(), &["parking"]));
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(said, @"
    wenlu: /home: 这里不是知识文件夹：没有 intents/ / no knowledge folder: it has no intents/（当前文件夹 / the current folder）
    帮助 / help: `wenlu init 文件夹` 把内置的知识写成文件（加 --empty 就从空的开始）；已有的用 --root 或 WENLU_ROOT 指定 / `wenlu init DIR` makes files of the built-in knowledge, with --empty only the folders; name one that you have with --root or WENLU_ROOT
    ");
    assert_eq!(std::fs::read_dir(empty.path()).unwrap().count(), 0);
    // unless it is made one
    small::printed(small::wenlu(empty.path(), &["init", "--empty", "."]));
    let (code, said) = all(empty.path(), &new(empty.path(), &["parking"]));
    assert!(
        code == Some(0) && said.starts_with("知识文件夹 /home\n已建立 intents/parking.toml\n"),
        "{said}"
    );
}

#[test]
fn what_is_there_already_is_not_made_again() {
    let folder = small::folder();
    let before = files(folder.path());
    let refused = |args: &[&str]| refused(folder.path(), &before, args);
    insta::assert_snapshot!(refused(&["pay", "--title", "微信支付"]), @"
    知识文件夹 /home
    已经有「微信支付」（没有资料的话题，intents/payment.toml）：标题是一样的
      要回答它：wenlu new pay --from-gap payment（例句和测试都带过来）
    没有建立任何文件；确实是另一回事，就加上 --anyway
    ");
    insta::assert_snapshot!(refused(&["gap-ids"]), @"
    知识文件夹 /home
    已经有「迁移后 ID 变不变」（intents/ids.toml）：名字只差 gap-
      问的是同一件事，就把新的说法加到 intents/ids.toml 的 examples 里
    没有建立任何文件；确实是另一回事，就加上 --anyway
    ");
    insta::assert_snapshot!(refused(&["move", "--from-example", "小程序，怎么迁移？"]), @"
    知识文件夹 /home
    已经有「怎么迁移小程序」（intents/moving.toml）：它的例句“小程序怎么迁移”和这句话是一回事
      问的是同一件事，就把新的说法加到 intents/moving.toml 的 examples 里
    没有建立任何文件；确实是另一回事，就加上 --anyway
    ");
    insta::assert_snapshot!(refused(&["payment"]), @"wenlu: intents/payment.toml 已经存在，没有改动任何文件；它是没有资料的话题，要回答它：wenlu new payment --from-gap");
    assert!(refused(&["ids"]).contains("intents/ids.toml 已经存在"));
    assert!(refused(&["No"]).contains("不能作意图的 id"));
    let output = new(folder.path(), &["pay", "--title", "微信支付", "--json"]);
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (output.status.code(), &object["files"]),
        (Some(1), &serde_json::json!([]))
    );
    assert_eq!(
        (&object["close"][0]["intent"], &object["close"][0]["why"]),
        (&"payment".into(), &"same_title".into())
    );
    // who means it all the same
    assert_eq!(
        new(
            folder.path(),
            &["pay", "--title", "微信支付退款", "--anyway"]
        )
        .status
        .code(),
        Some(0)
    );
}

#[test]
fn what_comes_to_a_neighbour_today_is_said() {
    let folder = small::folder();
    insta::assert_snapshot!(said(folder.path(), &["fees", "--from-example", "微信支付接口的手续费怎么收"], 0), @"
    知识文件夹 /home
    已建立 intents/fees.toml
    已建立 content/zh/fees.md
    已建立 content/en/fees.md
    提示：已经有「微信支付」（没有资料的话题，intents/payment.toml）：“微信支付接口的手续费怎么收”现在就到那里
      如果整个话题就是它：rm intents/fees.toml content/zh/fees.md content/en/fees.md，再 wenlu new fees --from-gap payment；如果只是其中一部分：把那里相关的例句移过来
    接下来：补充例句，写好回复，然后运行 wenlu check；写好之前它不会上线
    ");
    let (_, said) = all(
        folder.path(),
        &new(
            folder.path(),
            &["shop", "--from-example", "微信小店小程序的注销怎么办"],
        ),
    );
    assert!(
        said.contains("已经有「小店小程序的注销」（intents/closing-shop.toml）"),
        "{said}"
    );
    // a neighbour that cannot be read is no reason to make nothing
    write(folder.path(), "intents/bad.toml", "title = \n");
    let (code, said) = all(folder.path(), &new(folder.path(), &["parking"]));
    assert!(
        code == Some(0) && said.contains("没有和已有的意图比较"),
        "{said}"
    );
}

const GAP: &str = "title = \"微信支付\" # 财务在问\ngap = true # 等合同\nexamples = [\n  \"怎么开通支付\", # 最多\n  \"支付接口报错\",\n  \
                   \"微信支付手续费多少\",\n]\nnot = [\"怎么退款\"]\nkeywords = [\"支付\"]\n\n[[test]]\nsay = \"支付要手续费吗\"\n[[test]]\nsay = \
                   \"支付通道\"\nwants = \"unknown\"\n[[test]]\nsay = \"退款\"\nhere = false\n";

#[test]
fn a_gap_becomes_an_intent_of_another_name() {
    let folder = folder_with_gap();
    let ids = std::fs::read_to_string(folder.path().join("intents/ids.toml")).unwrap();
    write(
        folder.path(),
        "intents/ids.toml",
        &(ids + "related = [\"payment\"]\n"),
    );
    insta::assert_snapshot!(said(folder.path(), &["pay", "--from-gap", "payment"], 0), @"
    知识文件夹 /home
    已建立 intents/pay.toml
    已建立 content/zh/pay.md
    已建立 content/en/pay.md
    已修改 intents/ids.toml
    已删除 intents/payment.toml
    从没有资料的话题 payment 带来 3 条例句，连同它的 not、关键词和注释
    payment 现在叫 pay；提到它的地方都改了
    2 条测试从“没有资料”改成“由它回答”：答复写好之后，`wenlu check` 会这样检查
    接下来：写好 content/zh/pay.md，然后运行 wenlu check；写好之前它不会上线
    ");
    let text = std::fs::read_to_string(folder.path().join("intents/pay.toml")).unwrap();
    assert_eq!(
        text,
        GAP.replace("gap = true # 等合同", "# 等合同")
            .replace("\"unknown\"", "\"answer\"")
    );
    assert!(!folder.path().join("intents/payment.toml").exists());
    assert!(
        std::fs::read_to_string(folder.path().join("intents/ids.toml"))
            .unwrap()
            .contains("related = [\"pay\"]")
    );
    // written, it answers
    write(
        folder.path(),
        "content/zh/pay.md",
        "# 微信支付\n\n在商户平台申请。\n",
    );
    let loaded = load(&KnowledgeSource::Folder(folder.path().into()))
        .unwrap_or_else(|error| panic!("{error}"));
    let intent = loaded.knowledge.intent("pay").unwrap();
    assert_eq!(
        (intent.kind, intent.examples.len(), intent.tests.len()),
        (IntentKind::Answer, 3, 3)
    );
}

#[test]
fn a_gap_that_keeps_its_name() {
    let folder = folder_with_gap();
    let output = new(
        folder.path(),
        &[
            "payment",
            "--from-gap",
            "--title",
            "怎么收款",
            "--parent",
            "closing",
            "--json",
        ],
    );
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    let files = object["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file.to_string())
        .collect::<Vec<_>>();
    assert_eq!(
        files[0],
        r#"{"path":"intents/payment.toml","state":"changed"}"#
    );
    assert_eq!(
        object["gap"],
        serde_json::json!({"id": "payment", "examples": 3, "tests": 2, "kept": []})
    );
    let text = std::fs::read_to_string(folder.path().join("intents/payment.toml")).unwrap();
    assert!(
        text.starts_with("title = \"怎么收款\" # 财务在问\nparent = \"closing\"\n# 等合同\n"),
        "{text}"
    );
}

#[test]
fn no_gap_to_make_it_of() {
    let folder = small::folder();
    let before = files(folder.path());
    let refused = |args: &[&str]| refused(folder.path(), &before, args);
    assert!(refused(&["x", "--from-gap", "paymnt"]).contains("您是不是要写 payment？"));
    assert!(refused(&["x", "--from-gap", "moving"]).contains("它已经有答案了"));
    assert!(refused(&["ids", "--from-gap", "payment"]).contains("intents/ids.toml 已经存在"));
    assert!(refused(&["--from-gap", "none"]).contains("没有资料的话题有：payment"));
    for usage in [
        &["--from-gap"][..],
        &["--from-gap="],
        &["--from-gap", "--title", "收款"],
    ] {
        let said = said(folder.path(), usage, 2);
        assert!(
            said.contains("<ID>") && files(folder.path()) == before,
            "{usage:?}: {said}"
        );
    }
}
