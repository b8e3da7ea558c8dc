//! What was imported answers: each example of a project goes to its own intent, whatever it was
//! imported from.

use super::{ImportBench, MadeFolder};
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Stdio};
use wenlu_core::knowledge::unwritten::is_unwritten;

impl ImportBench {
    /// Where the messages go in an imported folder.
    fn routed(&self, folder: &str, messages: &[String]) -> Vec<Value> {
        let mut process = Command::new(env!("CARGO_BIN_EXE_wenlu"))
            .args(["route", "--root", folder])
            .current_dir(self.path(""))
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = process.stdin.take().unwrap();
        input.write_all(messages.join("\n").as_bytes()).unwrap();
        drop(input);
        let output = process.wait_with_output().unwrap();
        let lines = String::from_utf8(output.stdout).unwrap();
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Imports `path`, and asks every example of what was made; returns how many were asked.
    #[track_caller]
    pub(super) fn answers_its_own(&self, path: &str) -> usize {
        let made = self.import(path, &[]);
        let folder = format!("made-{}", path.replace(['/', '.'], "-"));
        let mut asked = Vec::new();
        for id in made.ids() {
            if !["lexicon", "out-of-scope"].contains(&id) {
                let examples = made.examples(id);
                asked.extend(examples.into_iter().map(|text| (id.to_owned(), text)));
            }
        }
        let texts: Vec<String> = asked.iter().map(|(_, text)| text.clone()).collect();
        for ((id, text), routing) in asked.iter().zip(self.routed(&folder, &texts)) {
            let place = if is_answered(&made, id) {
                "intent"
            } else {
                "gap"
            };
            assert_eq!(routing[place], id.as_str(), "{path}: {text}: {routing}");
        }
        asked.len()
    }
}

/// Whether the intent has a reply, or is a menu; without, it is a gap or ranked as an answer.
fn is_answered(made: &MadeFolder, id: &str) -> bool {
    let reply = made.files.get(&format!("content/zh/{id}.md"));
    reply.is_some_and(|text| !is_unwritten(text))
        || made
            .text(&format!("intents/{id}.toml"))
            .contains("menu = true")
}

#[test]
fn the_examples_of_a_project_are_answered_by_their_own_intents() {
    let faq = "问题,答案\n退款多久到账,一般 1-3 个工作日\n发票怎么开,在订单详情里点「申请发票」\n怎么开发票,在订单详情里点「申请发票」\n";
    let wechat = "技能名称,标准问题,标准问题的相似度阈值,补充用户问法（多个用##分隔）,机器人回答（多个用##分隔）,意图优先级,是否禁用\n\
        售后,退款多久到账,0.91,什么时候退钱##钱几天退,原路退回LINE_BREAK一般 1-3 天##请联系客服,,否\n售后,发票怎么开,0.91,,在订单里申请,,是\n";
    let skill = r#"{"mode":0,"data":[{"skill":"售前","intent":"查询营业时间","disable":false,"questions":["你们几点开门","什么时候上班"],"answers":["周一至周五 9:00-18:00","工作日"]}]}"#;
    let maker = "Question\tAnswer\tSource\tMetadata\tSuggestedQuestions\tIsContextOnly\tPrompts\tQnaId\n\
        How long do refunds take?\t**3 days**\tfaq.tsv\ttopic:refund\t[]\tFalse\t[]\t1\nWhen do I get my money back?\t**3 days**\tfaq.tsv\ttopic:refund\t[]\tFalse\t[]\t1\n";
    let custom = r#"{"metadata":{},"assets":{"synonyms":[],"qnas":[{"id":1,"answer":"三天","questions":["退款多久到账"],"metadata":{}}]}}"#;
    let qnabot = r#"{"qna":[{"qid":"s","q":"单个字符串","a":"x"},{"qid":"t","q":["怎么开发票"],"a":"在订单里"}]}"#;
    let rasa_nlu = "version: \"3.1\"\nnlu:\n- intent: thankyou\n  examples: |\n    - 谢谢\n    - 多谢\n- intent: 问营业时间\n  examples: |\n    - 几点开门\n    - 几点关门\n";
    let rules = "version: \"3.1\"\nrules:\n- rule: thanks\n  steps:\n  - intent: thankyou\n  - action: utter_noworries\n- rule: hours\n  steps:\n  - intent: 问营业时间\n  - action: utter_hours\n";
    let domain = "version: \"3.1\"\nintents: [thankyou, 问营业时间]\nresponses:\n  utter_noworries:\n  - text: 不客气\n  utter_hours:\n  - text: 九点到六点\n";
    let templates = "nlu:\n- intent: greet\n  examples: |\n    - 你好\ntemplates:\n  utter_greet:\n  - text: 你好呀\n";
    let botpress = r#"{"id":"a","data":{"enabled":true,"questions":{"zh":["怎么退款","我要退款"]},"answers":{"zh":["点退款"]}}}"#;
    let bench = ImportBench::new(&[
        ("faq.csv", faq.as_bytes()),
        ("skill.csv", wechat.as_bytes()),
        ("skill.json", skill.as_bytes()),
        ("maker.tsv", maker.as_bytes()),
        ("custom.json", custom.as_bytes()),
        ("qnabot.json", qnabot.as_bytes()),
        ("rasa/data/nlu.yml", rasa_nlu.as_bytes()),
        ("rasa/data/rules.yml", rules.as_bytes()),
        ("rasa/domain.yml", domain.as_bytes()),
        ("templates.yml", templates.as_bytes()),
        ("botpress/qna/a.json", botpress.as_bytes()),
        (
            "semi.csv",
            "text;intent\n退款多久到账;refund\n什么时候退钱;refund\n".as_bytes(),
        ),
        (
            "zhhead.csv",
            "句子,意图\n退款多久到账,refund\n什么时候退钱,refund\n发票怎么开,invoice\n".as_bytes(),
        ),
    ]);
    for (path, examples) in [
        ("faq.csv", 3),
        ("skill.csv", 3),
        ("skill.json", 2),
        ("maker.tsv", 2),
        ("custom.json", 1),
        ("qnabot.json", 2),
        ("rasa", 4),
        ("templates.yml", 1),
        ("botpress", 2),
        ("semi.csv", 2),
        ("zhhead.csv", 3),
    ] {
        assert!(bench.answers_its_own(path) >= examples, "{path}");
    }
}

#[test]
fn what_rasa_writes_into_its_examples_is_no_part_of_the_message() {
    let gst = "nlu:\n- intent: gstbasicinfo\n  examples: |\n    - What is [GST](t:gst)\n    - tell me about [GST](t:gst)\n- intent: taxrate\n  examples: |\n    \
        - what is tax rate\n    - how much tax do I pay\n- synonym: GST\n  examples: |\n    - Goods Service Tax\n    - Tax\n";
    let listed = "nlu:\n- intent: 退款\n  examples: |\n    - 钱[什么](q)时候[退](act:退款)\n    - 😀😀\n- intent: 地址\n  examples:\n    - text: |\n        改地址\n      \
        metadata:\n        sentiment: neutral\n    - 换地址\n- lookup: 城市\n  examples: |\n    - 北京\nresponses:\n  utter_地址:\n  - condition:\n    - type: slot\n      \
        name: vip\n      value: true\n    text: VIP 改地址\n  - text: 普通改地址 #1\n    channel: slack\n";
    let bench = ImportBench::new(&[
        ("gst.yml", gst.as_bytes()),
        ("listed.yml", listed.as_bytes()),
    ]);
    let made = bench.import("gst.yml", &[]);
    assert_eq!(
        made.examples("gstbasicinfo"),
        ["What is GST", "tell me about GST"]
    );
    assert!(
        made.text("intents/lexicon.toml")
            .contains("Goods Service Tax")
    );
    let made = bench.import("listed.yml", &[]);
    assert_eq!(made.examples("di-zhi"), ["改地址", "换地址"]);
    assert!(
        made.examples("tui-kuan")
            .contains(&"钱什么时候退".to_owned())
    );
    assert!(
        made.reply("di-zhi").contains("改地址"),
        "{}",
        made.reply("di-zhi")
    );
}
