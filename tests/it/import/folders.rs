//! Small knowledge folders with one oddity each, as an import or a person leaves them: `wenlu check`
//! names it, and nobody is shown it.

use super::{ImportBench, stdout};

#[test]
fn a_placeholder_is_named_and_its_topic_is_a_gap() {
    let bench = ImportBench::new(&[
        (
            "bot/intents/coupon.toml",
            "title = \"优惠券怎么用\"\nexamples = [\"优惠券怎么用\", \"券怎么用不了\"]\n"
                .as_bytes(),
        ),
        (
            "bot/content/zh/coupon.md",
            "# 优惠券怎么用\n\n（请在这里写「优惠券怎么用」的回复。）\n".as_bytes(),
        ),
    ]);
    let check = bench.run(&["check", "bot"]);
    assert!(check.status.success(), "{}", stdout(&check));
    let said = stdout(&check);
    assert!(said.contains("1 个意图还没有写回复"), "{said}");
    assert!(said.contains("content/zh/coupon.md:3:1"), "{said}");
    let routed = stdout(&bench.run(&["route", "--root", "bot", "优惠券怎么用"]));
    let routing: serde_json::Value = serde_json::from_str(&routed).unwrap();
    assert_eq!(
        (&routing["decision"], &routing["gap"]),
        (&"unknown".into(), &"coupon".into())
    );
}

#[test]
fn two_intents_of_one_title_are_named() {
    let intent =
        |said: &str| format!("title = \"退款到账\"\nexamples = [\"{said}\"]\n").into_bytes();
    let (one, other) = (intent("退款几天到"), intent("钱什么时候到账"));
    let reply = "# 退款到账\n\n好。\n".as_bytes();
    let bench = ImportBench::new(&[
        ("bot/intents/a.toml", &one),
        ("bot/intents/b.toml", &other),
        ("bot/content/zh/a.md", reply),
        ("bot/content/zh/b.md", reply),
    ]);
    let check = bench.run(&["check", "bot"]);
    assert!(check.status.success(), "{}", stdout(&check));
    let said = stdout(&check);
    assert!(
        said.contains("W211") && said.contains("intents/b.toml:1:9"),
        "{said}"
    );
    assert!(said.contains("intents/a.toml"), "{said}");
}
