//! `wenlu eval --dialogues`: a small shop's FAQ, and dialogues that show each right judgement and each class of miss.

use crate::eval;
use crate::files::write;
use crate::small::{printed, wenlu};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

const SHOP: &[(&str, &str)] = &[
    (
        "intents/order.toml",
        "title = \"订单\"\nmenu = true\nexamples = [\"订单\", \"我的订单\", \"订单的问题\"]\n",
    ),
    (
        "intents/refund.toml",
        "title = \"怎么退款\"\ntitle_en = \"How do I get a refund?\"\nparent = \"order\"\nexamples = [\"怎么退款\", \"我要退钱\", \
         \"东西不想要了想退掉\", \"申请退款在哪里\", \"How do I get a refund?\"]\n[follow_up]\n\"多久到账\" = \"#how-long\"\n",
    ),
    (
        "content/zh/refund.md",
        "# 怎么退款\n\n签收后七天内可以退，按下面的步骤申请：\n\n1. 打开“我的订单”。\n2. 点“申请退款”。\n3. 选一个原因。\n4. 点“提交”。\n\n\
         ## 多久到账 {#how-long}\n\n审核通过后三天到账。\n",
    ),
    (
        "content/en/refund.md",
        "# How do I get a refund?\n\nWithin seven days:\n\n1. Open My orders.\n2. Tap Refund.\n3. Choose a reason.\n4. Submit.\n\n\
         ## How long does it take? {#how-long}\n\nThree days.\n",
    ),
    (
        "intents/delivery.toml",
        "title = \"什么时候发货\"\nparent = \"order\"\nexamples = [\"什么时候发货\", \"怎么还没发货\", \"几天能寄出\", \"下单以后多久寄\"]\n",
    ),
    (
        "content/zh/delivery.md",
        "# 什么时候发货\n\n感谢您的耐心等待，我们知道您很想早一点收到自己挑好的东西，仓库的同事每天都在按照下单的先后顺序拣货、检查和打包，\
         遇到大促的时候会比平常忙一些，不过请您放心，每一单都会认真对待，不会漏掉任何一位顾客，平常是付款后 48 小时内发货。\n",
    ),
    (
        "intents/points.toml",
        "title = \"积分\"\ngap = true\nexamples = [\"积分怎么兑换\", \"积分会过期吗\", \"怎么查积分\"]\n",
    ),
    (
        "intents/smalltalk-thanks.toml",
        "title = \"道谢\"\nexamples = [\"谢谢\", \"多谢啦\"]\n",
    ),
    ("content/zh/smalltalk-thanks.md", "# 道谢\n\n不客气！\n"),
];

const RIGHT: &str = r#"
[[dialogue]]
id = "right-point"
kind = "point"
voice = "polite"
turns = [{ say = "怎么退款", intent = "refund", fact = ["「七天」", ["微信", "申 请"]], early = true }]

[[dialogue]]
id = "right-follow"
kind = "follow"
turns = [
  { say = "怎么退款", intent = "refund" },
  { say = "多久到账", intent = ["refund", "delivery"], fact = ["三天"], early = true },
]

[[dialogue]]
id = "right-apart"
kind = "apart"
turns = [
  { say = "怎么退款" },
  { say = "什么时候发货", apart = "delivery", not_intent = "refund", fact = ["48小时"] },
  { say = "量子力学", apart = ["unknown"], not_intent = "delivery" },
]

[[dialogue]]
id = "right-honest"
kind = "honest"
turns = [{ say = "积分怎么兑换", intent = "points", not_said = true, aspect = "兑换" }]

[[dialogue]]
id = "right-step"
kind = "step"
turns = [{ say = "怎么退款", intent = "refund" }, { say = "下一步", step = 2, fact = ["申请退款"], absent = ["提交"] }]

[[dialogue]]
id = "right-menu"
kind = "menu"
turns = [{ say = "订单", intent = "order" }, { say = "怎么退款", intent = "refund" }]

[[dialogue]]
id = "right-talk"
kind = "talk"
turns = [
  { say = "怎么退款", intent = "refund" },
  { say = "谢谢", ack = true, intent = "refund" },
  { say = "转人工", person = true },
]

[[dialogue]]
id = "right-language"
kind = "language"
turns = [{ say = "How do I get a refund?", lang = "en", fact = ["seven days"], early = true }, { say = "怎么退款", lang = "zh" }]

[[dialogue]]
id = "put-aside"
half = "b"
kind = "point"
turns = [{ say = "怎么退款", fact = ["不在这里"] }]
"#;

/// Each with the class that its name says.
const MISSED: &str = r#"
[[dialogue]]
id = "unknown"
kind = "point"
turns = [{ say = "量子力学", intent = "refund", fact = ["七天"] }]

[[dialogue]]
id = "gap"
kind = "point"
turns = [{ say = "积分怎么兑换", intent = "refund" }]

[[dialogue]]
id = "menu_instead"
kind = "point"
turns = [{ say = "订单", intent = "refund" }]

[[dialogue]]
id = "other_act"
kind = "point"
turns = [{ say = "转人工", intent = "refund" }]

[[dialogue]]
id = "wrong_topic"
kind = "point"
turns = [{ say = "什么时候发货", intent = "refund" }]

[[dialogue]]
id = "not_apart"
kind = "apart"
turns = [{ say = "怎么退款" }, { say = "多久到账", apart = "delivery", not_intent = "refund" }]

[[dialogue]]
id = "language"
kind = "language"
turns = [{ say = "怎么退款", lang = "en" }]

[[dialogue]]
id = "person"
kind = "talk"
turns = [{ say = "怎么退款", person = true }]

[[dialogue]]
id = "counted_unanswered"
kind = "talk"
turns = [{ say = "量子力学", ack = true }]

[[dialogue]]
id = "step"
kind = "step"
turns = [{ say = "怎么退款", intent = "refund" }, { say = "下一步", step = 3 }]

[[dialogue]]
id = "not_said"
kind = "honest"
turns = [{ say = "怎么退款", intent = "refund", not_said = true, aspect = "手续费" }]

[[dialogue]]
id = "fact_missing"
kind = "point"
turns = [{ say = "怎么退款", intent = "refund", fact = ["七天", ["支付宝", "银行卡"]], early = true }]

[[dialogue]]
id = "fact_late"
kind = "point"
turns = [{ say = "什么时候发货", intent = "delivery", fact = ["48 小时内"], early = true }]

[[dialogue]]
id = "not_absent"
kind = "point"
turns = [{ say = "怎么退款", absent = ["七天"] }]
"#;

fn shop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in SHOP {
        write(folder.path(), path, text);
    }
    write(folder.path(), "tests/dialogues/right.toml", RIGHT);
    write(folder.path(), "tests/dialogues/README.md", "not read");
    folder
}

fn json(folder: &Path, args: &[&str]) -> Value {
    eval::json(folder, &[&["--dialogues"], args].concat())
}

#[test]
fn turns_that_show_what_they_must_are_right() {
    let folder = shop();
    let report = json(folder.path(), &["--half", "a", "--misses"]);
    assert_eq!(report["misses"], serde_json::json!([]));
    let counts = ["dialogues", "judged", "right"].map(|key| report[key].as_u64().unwrap());
    assert_eq!(counts, [8, 15, 15]);
    // what only opens a dialogue is not a follow-up, a step or small talk
    assert_eq!(
        report["openings"],
        serde_json::json!({ "judged": 4, "right": 4 })
    );
    let kinds: BTreeMap<&str, u64> = report["kinds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|kind| {
            (
                kind["kind"].as_str().unwrap(),
                kind["all"]["right"].as_u64().unwrap(),
            )
        })
        .collect();
    let wanted = [
        ("apart", 2),
        ("follow", 1),
        ("honest", 1),
        ("language", 2),
        ("menu", 1),
        ("point", 1),
        ("step", 1),
        ("talk", 2),
    ];
    assert_eq!(kinds, BTreeMap::from(wanted));
}

#[test]
fn each_class_of_miss_is_named() {
    let folder = shop();
    write(folder.path(), "missed.toml", MISSED);
    let report = json(folder.path(), &["missed.toml", "--misses"]);
    let misses = report["misses"].as_array().unwrap();
    let classes: Vec<(&str, &str)> = misses
        .iter()
        .map(|miss| {
            (
                miss["dialogue"].as_str().unwrap(),
                miss["class"].as_str().unwrap(),
            )
        })
        .collect();
    let ids = MISSED
        .lines()
        .filter_map(|line| line.strip_prefix("id = \"")?.strip_suffix('"'));
    assert_eq!(classes, ids.map(|id| (id, id)).collect::<Vec<_>>());
    assert_eq!(misses[0]["also"], serde_json::json!(["fact_missing"]));
    assert_eq!(misses[0]["open"], "unknown");
    assert_eq!(
        (&misses[5]["turn"], &misses[5]["open"]),
        (&2.into(), &"refund".into())
    );
    let point = report["kinds"]
        .as_array()
        .unwrap()
        .iter()
        .find(|kind| kind["kind"] == "point");
    let point = point.unwrap();
    // the figures of a point stand for themselves: the late fact is shown, the missing one is not early
    assert_eq!(
        point["topic"],
        serde_json::json!({ "judged": 7, "right": 2 })
    );
    assert_eq!(
        point["fact"],
        serde_json::json!({ "judged": 3, "right": 1 })
    );
    assert_eq!(
        point["early"],
        serde_json::json!({ "judged": 2, "right": 0 })
    );
    assert_eq!(report["classes"].as_array().unwrap().len(), 14);
}

#[test]
fn the_half_that_is_put_aside_is_only_counted() {
    let folder = shop();
    let run = |args: &[&str]| {
        printed(wenlu(
            folder.path(),
            &[&["eval", "--dialogues"], args].concat(),
        ))
    };
    let all = run(&["--misses"]);
    assert!(all.contains("9 段对话，16 轮有期望，15 轮如愿"), "{all}");
    assert!(
        all.contains("话题对，事实没有给出") && !all.contains("put-aside"),
        "{all}"
    );
    let asked = run(&["--half", "b", "--misses"]);
    for shown in [
        "put-aside #1",
        "说：怎么退款",
        "要：fact: 不在这里",
        "在谈：refund；给出：签收后七天",
    ] {
        assert!(asked.contains(shown), "{asked}");
    }
    let points = run(&["--kind", "point", "--half", "b"]);
    assert!(
        !points.contains("put-aside #1") && points.contains("0/1"),
        "{points}"
    );
}

#[test]
fn mistakes_in_a_file_come_all_at_once_with_their_places() {
    let folder = shop();
    let text = "[[dialogue]]\nid = \"a\"\nkind = \"pint\"\nturns = [{ say = \"x\" }]\n\
                [[dialogue]]\nid = \"right-point\"\nkind = \"step\"\nturns = [{ say = \"x\", step = 1.5, facts = [\"y\"] }]\n\
                [[dialogue]]\nid = \"c\"\nkind = \"step\"\nturns = []\n";
    write(folder.path(), "tests/dialogues/wrong.toml", text);
    write(
        folder.path(),
        "tests/dialogues/zero.toml",
        "[[dialogue]]\nid = \"z\"\nkind = \"menu\"\nturns = [{ say = \"订单\", intent = \"orders\" }]\n",
    );
    let output = wenlu(folder.path(), &["eval", "--dialogues"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    for place in [
        "wrong.toml:3:8",
        "wrong.toml:6:6",
        "right.toml:3:6",
        "wrong.toml:8:30",
        "wrong.toml:8:35",
        "wrong.toml:12:9",
        "是不是 `point`？",
        "是不是 `fact`？",
    ] {
        assert!(said.contains(place), "{place}: {said}");
    }
    let zero = printed(wenlu(
        folder.path(),
        &["eval", "--dialogues", "tests/dialogues/zero.toml"],
    ));
    assert!(zero.contains("知识库没有的意图：orders"), "{zero}");
}
