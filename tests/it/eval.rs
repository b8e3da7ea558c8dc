//! `wenlu eval`: labelled messages, cross-validation, the page and the threshold advisor.

use crate::small::{folder, printed, wenlu};
use serde_json::Value;
use std::path::Path;

const DATA: &str = "utterance\tintent\n\
    小程序怎么迁移\tmoving\n\
    过户给别的公司怎么办理\tmoving\n\
    迁移以后 openid 变化吗\tids\n\
    unionid 会变吗\tids|moving\n\
    小店怎么注销\tmoving\n\
    注销\tclosing\n\
    商户号申请要多久\tpayment\n\
    今天天气怎么样\tnone\n\
    讲个 <script>alert('&\"')</script> 笑话\tnone\n\
    量子力学\tphysics\n";

/// Out of scope, and near enough that a threshold is needed to hold them back.
const OUTSIDERS: &str = "房子过户在哪里办手续\tnone\n候鸟迁移的路线\tnone\n注销银行卡\tnone\n";

pub(crate) fn json(folder: &Path, args: &[&str]) -> Value {
    serde_json::from_str(&printed(wenlu(
        folder,
        &[&["eval", "--json"], args].concat(),
    )))
    .unwrap()
}

/// The smallest share of wrong answers that some threshold keeps to.
fn least_share(folder: &Path) -> String {
    let report = json(folder, &["--data", "data.tsv"]);
    let shares = report["curve"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|point| point["wrong_share"].as_f64());
    let least = shares.min_by(f64::total_cmp).unwrap();
    format!("{}", (least * 1000.0).ceil() / 1000.0)
}

fn with_data() -> tempfile::TempDir {
    let folder = folder();
    std::fs::write(folder.path().join("data.tsv"), DATA).unwrap();
    folder
}

#[test]
fn labelled_messages_are_counted() {
    let folder = with_data();
    let report = json(folder.path(), &["--data", "data.tsv"]);
    assert_eq!(
        [
            &report["messages"],
            &report["in_scope"],
            &report["out_of_scope"]
        ],
        [10, 7, 3]
    );
    assert_eq!(report["unknown_labels"], serde_json::json!(["physics"]));
    assert_eq!(report["source"], "data.tsv");
    let wrong = &report["wrong_answers"][0];
    assert_eq!(
        (&wrong["text"], &wrong["got"], &wrong["wanted"][0]),
        (
            &"小店怎么注销".into(),
            &"closing-shop".into(),
            &"moving".into()
        )
    );
    let total = |o: &Value| {
        ["right", "wrong", "offered", "offered_wrong", "refused"]
            .iter()
            .map(|k| o[k].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!(
        (total(&report["inside"]), total(&report["outside"])),
        (7, 3)
    );
    assert_eq!(report["curve"].as_array().unwrap().len(), 101);
    for point in report["curve"].as_array().unwrap() {
        assert_eq!((total(&point["inside"]), total(&point["outside"])), (7, 3));
    }
}

#[test]
fn the_curve_is_what_happens_at_each_threshold() {
    let folder = with_data();
    let args = ["--data", "data.tsv"];
    let report = json(folder.path(), &args);
    for at in [0, 15, 50, 85, 100] {
        let point = &report["curve"][at];
        std::fs::write(
            folder.path().join(".env"),
            format!("WENLU_THRESHOLD={}", point["threshold"]),
        )
        .unwrap();
        let there = json(folder.path(), &args);
        assert_eq!(there["threshold"], point["threshold"]);
        assert_eq!(
            (&there["inside"], &there["outside"]),
            (&point["inside"], &point["outside"]),
            "{at}"
        );
        assert_eq!(
            there["curve"], report["curve"],
            "the curve does not depend on the threshold in force"
        );
    }
}

#[test]
fn cross_validation_withholds_what_it_asks() {
    let folder = folder();
    let args = ["--cross-validate", "--folds", "4"];
    let report = json(folder.path(), &args);
    // examples of intents and menus; those of the gap and out of scope
    assert_eq!(
        [
            &report["messages"],
            &report["in_scope"],
            &report["out_of_scope"]
        ],
        [56, 45, 11]
    );
    assert_eq!(
        report,
        json(folder.path(), &args),
        "the same knowledge, the same report"
    );
    let accuracy = report["accuracy"].as_f64().unwrap();
    assert!(
        (0.4..1.0).contains(&accuracy),
        "an example that was seen is always right: {accuracy}"
    );
    let perfect = printed(wenlu(folder.path(), &["eval", "--cross-validate"]));
    assert!(
        perfect.contains("5 折交叉验证") && perfect.contains("换一个阈值会怎样"),
        "{perfect}"
    );
}

#[test]
fn exactly_one_source() {
    let folder = with_data();
    for (args, complaint) in [
        (&["eval"] as &[&str], "--data"),
        (
            &["eval", "--data", "data.tsv", "--cross-validate"],
            "cannot be used with",
        ),
        (
            &["eval", "--data", "data.tsv", "--folds", "3"],
            "cannot be used with",
        ),
        (&["eval", "--cross-validate", "--folds", "1"], "2..=20"),
        (&["eval", "--cross-validate", "--write"], "--accept-wrong"),
        (
            &["eval", "--cross-validate", "--accept-wrong", "lots"],
            "5%、5 或 0.05",
        ),
        (&["eval", "--data", "missing.tsv"], "missing.tsv"),
    ] {
        let output = wenlu(folder.path(), args);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && said.contains(complaint),
            "{args:?}: {said}"
        );
    }
}

#[test]
fn advice_keeps_to_the_share_and_is_written_when_asked() {
    let folder = with_data();
    std::fs::write(folder.path().join("data.tsv"), format!("{DATA}{OUTSIDERS}")).unwrap();
    let env = folder.path().join(".env");
    std::fs::write(
        &env,
        "# 我的设置\nWENLU_LISTEN=127.0.0.1:9\nWENLU_THRESHOLD=0.1 \n# 完",
    )
    .unwrap();
    let share = least_share(folder.path());
    let args = ["--data", "data.tsv", "--accept-wrong", &share];
    let advice = &json(folder.path(), &args)["advice"];
    assert_eq!(advice["reachable"], true);
    assert!(advice["at"]["wrong_share"].as_f64().unwrap() <= share.parse().unwrap());
    assert!(
        std::fs::read_to_string(&env).unwrap().contains("=0.1 "),
        "nothing is written unasked"
    );

    let output = wenlu(folder.path(), &[&["eval", "--write"], &args[..]].concat());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.success() && said.contains("已写入 .env"),
        "{said}"
    );
    let threshold = advice["at"]["threshold"].to_string();
    let written = std::fs::read_to_string(&env).unwrap();
    assert_eq!(
        written,
        format!(
            "# 我的设置\nWENLU_LISTEN=127.0.0.1:9\nWENLU_THRESHOLD={}\n# 完",
            threshold.trim_end_matches(".0")
        )
    );
    let there = json(folder.path(), &args);
    assert_eq!(
        there["inside"], advice["at"]["inside"],
        "what was promised is what happens"
    );
    assert_eq!(there["wrong_share"], advice["at"]["wrong_share"]);
}

#[test]
fn a_share_that_no_threshold_keeps_is_said_to_be_so() {
    let folder = with_data();
    // an example under a wrong label is answered wrong at every threshold
    let output = wenlu(
        folder.path(),
        &[
            "eval",
            "--data",
            "data.tsv",
            "--accept-wrong",
            "1",
            "--write",
        ],
    );
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("任何阈值都做不到错误不超过 1.0%；最低是"),
        "{said}"
    );
    assert!(!output.status.success() && !folder.path().join(".env").exists());
}

#[test]
fn no_threshold_is_written_that_nothing_shows() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "intents/refund.toml",
        "title = \"退款\"\nexamples = [\"怎么申请退款\", \"退款多久到账\", \"我要退款\"]\n",
    );
    write("content/zh/refund.md", "# 退款\n\n三天。\n");
    let refused = |args: &[&str], why: &str| {
        let output = wenlu(
            folder.path(),
            &[&["eval", "--write", "--accept-wrong", "5%"], args].concat(),
        );
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && said.contains("没有写入 .env") && said.contains(why),
            "{args:?}: {said}"
        );
        assert!(!folder.path().join(".env").exists());
    };
    // one intent, and nothing beside it
    refused(&["--cross-validate", "--folds", "2"], "没有范围外的消息");
    write("few.tsv", "怎么申请退款\trefund\n今天天气怎么样\tnone\n");
    refused(&["--data", "few.tsv"], "消息太少");
    let many = (0..30)
        .map(|n| format!("我要退款{n}\trefund\n"))
        .collect::<String>();
    write("inside.tsv", &many);
    refused(&["--data", "inside.tsv"], "没有范围外的消息");
    // all are right at every threshold
    write(
        "right.tsv",
        &("我要退款\trefund\n".repeat(30) + "？？\tnone\n"),
    );
    refused(&["--data", "right.tsv"], "没有要挡住的");
    std::fs::remove_file(folder.path().join("intents/refund.toml")).unwrap();
    std::fs::remove_file(folder.path().join("content/zh/refund.md")).unwrap();
    write(
        "intents/pay.toml",
        "title = \"支付\"\ngap = true\nexamples = [\"怎么支付\"]\n",
    );
    refused(&["--data", "few.tsv"], "没有一条消息会被回答");
}

#[test]
fn the_page_stands_alone_and_everything_is_escaped() {
    let folder = with_data();
    std::fs::write(
        folder.path().join("intents/ids.toml"),
        "title = \"<b>ID</b> & \\\"变\\\"\"\nexamples = [\"迁移后 openid 会变吗\"]\n",
    )
    .unwrap();
    let mut data = format!("{DATA}{OUTSIDERS}");
    data.push_str("<img src=x onerror=alert(1)>小店怎么注销\tids\n小店怎么注销\tids\n");
    std::fs::write(folder.path().join("data.tsv"), data).unwrap();
    let share = least_share(folder.path());
    printed(wenlu(
        folder.path(),
        &[
            "eval",
            "--data",
            "data.tsv",
            "--html",
            "report.html",
            "--accept-wrong",
            &share,
        ],
    ));
    let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();

    assert!(
        page.starts_with("<!doctype html>\n<html lang=\"zh-CN\">") && page.ends_with("</html>\n")
    );
    for outside in [
        "http:", "https:", "//", "url(", "@import", "<script", "<link", "<img", " src=", "<b>ID",
    ] {
        let found = page
            .find(outside)
            .map(|at| page[at..].chars().take(60).collect::<String>());
        assert!(
            found.is_none() || outside == " src=" && page.contains("&lt;img src=x"),
            "{outside}: {found:?}"
        );
    }
    assert!(
        page.contains("&lt;b&gt;ID&lt;/b&gt; &amp; &quot;变&quot;"),
        "the title of an intent"
    );
    assert_eq!(balance(&page), Vec::<String>::new());
    let headings: Vec<&str> = page
        .split("<h2>")
        .skip(1)
        .filter_map(|part| part.split("</h2>").next())
        .collect();
    assert_eq!(
        headings,
        [
            "阈值与把握",
            "答错的消息，把握大的在前",
            "混淆矩阵",
            "最常混淆的意图",
            "各意图，差的在前"
        ]
    );
    assert_eq!(page.matches("<svg ").count(), 2);
    assert_eq!(page.matches("<polyline ").count(), 4);
    assert_eq!(
        page.matches("class=\"mark ").count(),
        2,
        "the threshold in force and the advised one"
    );
    assert!(page.contains("prefers-color-scheme: dark") && page.contains("width=device-width"));
}

/// Elements that are not closed in order.
fn balance(page: &str) -> Vec<String> {
    const VOID: &[&str] = &["!doctype", "meta", "br", "polyline", "line", "circle"];
    let mut open: Vec<String> = Vec::new();
    let mut wrong = Vec::new();
    for part in page.split('<').skip(1) {
        let tag = part.split('>').next().unwrap();
        let name = tag
            .trim_start_matches('/')
            .split([' ', '/', '\n'])
            .next()
            .unwrap();
        if tag.starts_with('/') {
            if open.pop().as_deref() != Some(name) {
                wrong.push(tag.to_owned());
            }
        } else if !VOID.contains(&name) && !tag.ends_with('/') {
            open.push(name.to_owned());
        }
    }
    wrong.extend(open);
    wrong
}
