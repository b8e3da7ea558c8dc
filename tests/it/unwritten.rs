//! What nobody has written yet is never shown: sentences of templates, notes to oneself and code of other systems, from the
//! loader to the asker.

use crate::files::write;
use crate::server::{Server, chat_name};
use crate::small::{folder, printed, wenlu};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::knowledge::IntentKind;
use wenlu_core::knowledge::diagnostic::Code;
use wenlu_core::knowledge::files::LoadedKnowledge;
use wenlu_core::model::Decision;
use wenlu_core::model::Lang;
use wenlu_core::router::Router;

/// What an import leaves where it finds no reply.
const IMPORTED: &str = "# 优惠券怎么用\n\n（请在这里写「优惠券怎么用」的回复。）\n";
const COUPON: &str = "title = \"优惠券怎么用\"\nexamples = [\"优惠券怎么用\", \"券怎么用不了\", \"优惠券在哪里\", \"怎么领优惠券\", \"优惠券过期了\"]\n";
/// Longer than anything may take on a busy machine; nothing waits for it when all is well.
const PATIENCE: Duration = Duration::from_secs(60);

/// The small knowledge with a coupon whose reply is `reply`.
fn with_coupon(reply: &str) -> tempfile::TempDir {
    let folder = folder();
    write(folder.path(), "intents/coupon.toml", COUPON);
    write(folder.path(), "content/zh/coupon.md", reply);
    folder
}

fn loaded(root: &Path) -> LoadedKnowledge {
    load(&KnowledgeSource::Folder(root.to_owned())).unwrap_or_else(|error| panic!("{error}"))
}

/// Where replies are said to be unwritten.
fn places(loaded: &LoadedKnowledge) -> Vec<String> {
    let unwritten = loaded
        .warnings
        .iter()
        .filter(|d| d.code == Code::UnwrittenReply);
    unwritten
        .map(|d| format!("{}:{}:{}", d.place.file, d.place.line, d.place.column))
        .collect()
}

/// What the terminal prints for these lines.
fn chat(root: &Path, lines: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wenlu"))
        .args(["chat", "--no-journal", "--plain"])
        .current_dir(root)
        .env_clear()
        .env("HOME", root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), lines.as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn an_imported_placeholder_is_a_gap_until_it_is_written() {
    let folder = with_coupon(IMPORTED);
    let before = loaded(folder.path());
    let coupon = before.knowledge.intent("coupon").unwrap();
    assert_eq!((coupon.kind, coupon.unwritten), (IntentKind::Gap, true));
    assert_eq!(places(&before), ["content/zh/coupon.md:3:1"]);
    assert!(before.knowledge.reply("coupon", Lang::Zh).is_none());
    assert!(!before.knowledge.hot.contains(&"coupon".to_owned()));

    let router = Router::build(&before.knowledge);
    for said in ["优惠券怎么用", "我的优惠券怎么用呀"] {
        let routing = router.route(said);
        assert_eq!(
            (routing.decision, routing.gap.as_deref()),
            (Decision::Unknown, Some("coupon")),
            "{said}"
        );
        assert!(
            routing
                .candidates
                .iter()
                .all(|candidate| candidate.intent != "coupon"),
            "{routing:?}"
        );
    }
    let said = chat(folder.path(), "优惠券怎么用\n");
    assert!(
        said.contains("优惠券怎么用") && !said.contains("请在这里写"),
        "{said}"
    );

    let checked = printed(wenlu(folder.path(), &["check"]));
    assert!(
        checked.contains("1 个意图还没有写回复") && checked.contains("警告[W311 unwritten-reply]"),
        "{checked}"
    );

    write(
        folder.path(),
        "content/zh/coupon.md",
        "# 优惠券怎么用\n\n结算时选“优惠券”。\n",
    );
    let after = loaded(folder.path());
    assert_eq!(
        after
            .knowledge
            .intent("coupon")
            .map(|i| (i.kind, i.unwritten)),
        Some((IntentKind::Answer, false))
    );
    assert_eq!(places(&after), [""; 0]);
    assert!(chat(folder.path(), "优惠券怎么用\n").contains("结算时选"));
    assert!(!printed(wenlu(folder.path(), &["check"])).contains("还没有写回复"));
}

#[test]
fn every_sign_of_something_unwritten_makes_a_gap() {
    for line in [
        "（在这里写回答：先用一两句话直接回答问题，再写步骤。）",
        "(Write the answer here: first answer the question in a sentence or two, then give the steps.)",
        "TODO",
        "FIXME: 问财务",
        "待补充",
        "费用（待写）",
        "{{#if vip}}您好{{/if}}，在结算页选。",
        "{{> coupon}}",
        "在结算页选，{{else}}",
        "您好 $name，在结算页选。",
        "您好 ${name}，在结算页选。",
        "您好 { hero }，在结算页选。",
        "您好 {hero}，在结算页选。",
        "您好 [user_name]，在结算页选。",
        "您好 <% name %>，在结算页选。",
        "您好 #{name}，在结算页选。",
        "您有 %s 张券。",
        "您好 %(name)s，在结算页选。",
        "{#1711.text#}",
        "您好 {0}，在结算页选。",
        "您好 { name \\| upper }，在结算页选。",
        "您好 %name%，在结算页选。",
        "您好 $$name，在结算页选。",
        "<#if vip>您好</#if>，在结算页选。",
        "您好 @sys.person，在结算页选。",
        "您好 \\_\\_NAME\\_\\_，在结算页选。",
        "（此处填写答案）",
        "请填写答案",
        "[用户名]",
    ] {
        let folder = with_coupon(&format!("# 优惠券怎么用\n\n{line}\n"));
        let loaded = loaded(folder.path());
        assert!(
            loaded.knowledge.intent("coupon").unwrap().unwritten,
            "{line}"
        );
        assert_eq!(places(&loaded).len(), 1, "{line}");
    }
    for line in [
        "满 $100 减 US$20，合 ￥700。",
        "在 `$HOME/{name}` 里写 `{\"a\": 1}`。",
        "看 <https://example.com/{id}?x=%s&y=$name>。",
        "看[说明](https://example.com/{id})，客服{{ service_reply }}回复。",
        "结算页的“待补充”要先补好，省 50%。",
        "点 [确定]，收到 [微笑] 就好了。",
        "省 50%～80%，每张 5$，找 @管理员 或写信到 a@b.c。",
        "第二步：请填写手机号。",
    ] {
        let folder = with_coupon(&format!("# 优惠券怎么用\n\n{line}\n"));
        let loaded = loaded(folder.path());
        assert_eq!(
            (
                loaded.knowledge.intent("coupon").unwrap().unwritten,
                places(&loaded)
            ),
            (false, vec![]),
            "{line}"
        );
    }
}

#[test]
fn an_unwritten_translation_is_as_good_as_none() {
    let folder =
        with_coupon("# 优惠券怎么用\n\n结算时选“优惠券”。\n\n## 多久过期 {#expiry}\n\n30 天。\n");
    write(
        folder.path(),
        "content/en/coupon.md",
        "# Coupons\n\n(Write the answer here: …)\n",
    );
    let loaded = loaded(folder.path());
    assert_eq!(places(&loaded), ["content/en/coupon.md:3:1"]);
    let coupon = loaded.knowledge.intent("coupon").unwrap();
    assert_eq!((coupon.kind, coupon.unwritten), (IntentKind::Answer, false));
    assert_eq!(
        loaded
            .knowledge
            .reply("coupon", Lang::En)
            .map(|document| document.title.as_str()),
        Some("优惠券怎么用"),
        "the Chinese reply stands in"
    );
}

#[test]
fn what_leads_to_an_unwritten_reply_goes_on_working() {
    let folder = with_coupon(IMPORTED);
    // its sections are not written yet either
    write(
        folder.path(),
        "intents/coupon.toml",
        format!(
            "parent = \"closing\"\nrelated = [\"ids\"]\n{COUPON}[follow_up]\n\"过期了吗\" = \"#expiry\"\n"
        ),
    );
    let moving = std::fs::read_to_string(folder.path().join("intents/moving.toml")).unwrap();
    let moving =
        format!("related = [\"coupon\"]\n{moving}[follow_up]\n\"券过期\" = \"coupon.md#expiry\"\n");
    write(folder.path(), "intents/moving.toml", &moving);
    assert!(
        loaded(folder.path())
            .knowledge
            .intent("coupon")
            .unwrap()
            .unwritten
    );
    let said = chat(
        folder.path(),
        "小程序怎么迁移\n券过期\n优惠券怎么用\n注销\n优惠券怎么用\n",
    );
    assert!(
        said.contains("优惠券怎么用") && !said.contains("请在这里写"),
        "{said}"
    );
}

#[test]
fn tests_of_an_unwritten_intent_wait_for_the_reply() {
    let folder = with_coupon(IMPORTED);
    let tests = "[[test]]\nsay = \"优惠券怎么用才好\"\nwants = \"answer\"\n[[test]]\nsay = \"券在哪里领\"\n";
    write(
        folder.path(),
        "intents/coupon.toml",
        format!("{COUPON}{tests}"),
    );
    let checked = printed(wenlu(folder.path(), &["check"]));
    assert!(
        checked.contains("2 条测试") && !checked.contains("没有通过"),
        "{checked}"
    );
    // what another intent answers is wrong whether the reply is written or not
    let taken = "[[test]]\nsay = \"迁移流程是什么呀\"\n";
    write(
        folder.path(),
        "intents/coupon.toml",
        format!("{COUPON}{tests}{taken}"),
    );
    let output = wenlu(folder.path(), &["check"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 条测试没有通过"));
}

#[test]
fn labelled_messages_without_replies_can_be_measured_and_are_not_answered() {
    let root = tempfile::tempdir().unwrap();
    let rows = [
        ("怎么申请退款", "refund"),
        ("退款多久到账", "refund"),
        ("我要退款", "refund"),
        ("怎么开发票", "invoice"),
        ("发票抬头写错了", "invoice"),
        ("电子发票在哪里", "invoice"),
        ("今天天气怎么样", "none"),
        ("讲个笑话", "none"),
    ];
    let tsv = rows
        .iter()
        .fold("utterance\tintent\n".to_owned(), |tsv, (text, label)| {
            tsv + &format!("{text}\t{label}\n")
        });
    write(root.path(), "rows.tsv", &tsv);
    let imported = wenlu(
        root.path(),
        &["import", "--from", "tsv", "rows.tsv", "--out", "bot"],
    );
    assert!(
        imported.status.success()
            && String::from_utf8_lossy(&imported.stderr).contains("按没有资料处理")
    );

    let said = chat(&root.path().join("bot"), "怎么申请退款\n退款要多久到账呢\n");
    assert!(
        said.contains("refund") && !said.contains("请在这里写"),
        "{said}"
    );
    let routed = printed(wenlu(
        root.path(),
        &["--root", "bot", "route", "退款要多久到账呢", "怎么开发票"],
    ));
    for (line, intent) in routed.lines().zip(["refund", "invoice"]) {
        let routing: Value = serde_json::from_str(line).unwrap();
        assert_eq!(
            (&routing["decision"], &routing["gap"]),
            (&json!("unknown"), &json!(intent)),
            "{line}"
        );
        assert_eq!(
            routing["candidates"][0]["intent"], intent,
            "they are ranked as they will be"
        );
    }
    let measured = wenlu(
        root.path(),
        &["--root", "bot", "eval", "--data", "rows.tsv", "--json"],
    );
    let report: Value = serde_json::from_slice(&measured.stdout).unwrap();
    assert_eq!(
        (&report["in_scope"], &report["accuracy"]),
        (&json!(6), &json!(1.0))
    );
    assert_eq!(report["inside"]["right"], 6);
    assert!(String::from_utf8_lossy(&measured.stderr).contains("按写好之后来评估"));
}

async fn asked(server: &Server, id: usize, text: &str) -> Value {
    let message =
        json!({"conversation": chat_name(&format!("unwritten-{id}")), "id": "1", "text": text});
    let client = reqwest::Client::new();
    client
        .post(server.url("/api/v1/messages"))
        .json(&message)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap()
}

/// Asks until `is` holds of the answer; no answer on the way shows a sentence of a template.
async fn until(server: &Server, text: &str, is: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    for id in 0.. {
        let answer = asked(server, id, text).await;
        assert!(!answer.to_string().contains("在这里写"), "{answer}");
        if is(&answer) {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "{answer}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    unreachable!()
}

#[tokio::test]
async fn a_new_intent_in_a_served_folder_goes_live_as_a_gap() {
    let server = Server::start(&[("WENLU_RATE_PER_MINUTE", "0")]).await;
    let root = server.folder.path().to_owned();
    let question = "优惠券怎么用";
    let made = wenlu(
        &root,
        &["--root", ".", "new", "coupon", "--from-example", question],
    );
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let answer = until(&server, question, |answer| answer["gap"] == "coupon").await;
    assert_eq!(answer["decision"], "unknown");
    write(
        &root,
        "content/zh/coupon.md",
        "# 优惠券怎么用\n\n结算时选“优惠券”。\n",
    );
    until(&server, question, |answer| {
        answer["decision"] == "answer" && answer["intent"] == "coupon"
    })
    .await;
}
