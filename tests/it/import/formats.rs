//! Formats of other systems by their names: each is found by itself, and its answers arrive.

use super::ImportBench;

#[test]
fn wechat_skills_as_table_and_json() {
    let csv = "技能名称,标准问题,标准问题的相似度阈值,补充用户问法（多个用##分隔）,机器人回答（多个用##分隔）,意图优先级,是否禁用\n\
        售后,退款多久到账,0.91,什么时候退钱##钱几天退,原路退回LINE_BREAK一般 1-3 天##请联系客服,,否\n\
        售后,发票怎么开,0.91,,在订单里申请,,是\n";
    let json = r#"{"mode":0,"data":[{"skill":"售前","intent":"查询营业时间","disable":false,"questions":["你们几点开门","什么时候上班"],"answers":["周一至周五 9:00-18:00","工作日"]},{"skill":"售前","intent":"停用的","disable":true,"questions":["旧问题"],"answers":["旧答案"]}]}"#;
    let bench = ImportBench::new(&[
        ("skill.csv", csv.as_bytes()),
        ("skill.json", json.as_bytes()),
    ]);
    let made = bench.import("skill.csv", &[]);
    assert_eq!(made.ids(), ["shou-hou", "tui-kuan-duo-jiu-dao-zhang"]);
    assert_eq!(
        made.examples("tui-kuan-duo-jiu-dao-zhang"),
        ["退款多久到账", "什么时候退钱", "钱几天退"]
    );
    assert_eq!(
        made.reply("tui-kuan-duo-jiu-dao-zhang"),
        "原路退回\\\n一般 1-3 天"
    );
    assert!(
        made.said.contains("微信对话开放平台的技能表"),
        "{}",
        made.said
    );
    assert!(
        made.said.contains("请联系客服") && made.said.contains("是停用的"),
        "{}",
        made.said
    );
    let made = bench.import("skill.json", &[]);
    assert_eq!(made.ids(), ["cha-xun-ying-ye-shi-jian", "shou-qian"]);
    assert_eq!(
        made.reply("cha-xun-ying-ye-shi-jian"),
        "周一至周五 9:00-18:00"
    );
    assert!(
        made.said.contains("停用的是停用的") || made.said.contains("“停用的” 是停用的"),
        "{}",
        made.said
    );
}

#[test]
fn qna_maker_as_table_and_json() {
    let tsv = "Question\tAnswer\tSource\tMetadata\tSuggestedQuestions\tIsContextOnly\tPrompts\tQnaId\n\
        How long do refunds take?\t**3 days**\\n\\nSee [help](https://example.com)\tfaq.tsv\ttopic:refund\t[]\tFalse\t[]\t1\n\
        When do I get my money back?\t**3 days**\\n\\nSee [help](https://example.com)\tfaq.tsv\ttopic:refund\t[]\tFalse\t[]\t1\n";
    let json = r#"{"metadata":{},"assets":{"synonyms":[{"alterations":["退款","退钱"]}],"qnas":[{"id":1,"answer":"三天","questions":["退款多久到账"],"metadata":{},"dialog":{"prompts":[{"displayText":"还有呢"}]}}]}}"#;
    let bench = ImportBench::new(&[("kb.tsv", tsv.as_bytes()), ("cqa.json", json.as_bytes())]);
    let made = bench.import("kb.tsv", &[]);
    assert_eq!(
        made.examples("how-long-do-refunds-take"),
        ["How long do refunds take?", "When do I get my money back?"]
    );
    assert_eq!(
        made.reply("how-long-do-refunds-take"),
        "**3 days**\n\nSee [help](<https://example.com>)"
    );
    assert!(made.said.contains("QnA Maker 的问答表"), "{}", made.said);
    let made = bench.import("cqa.json", &[]);
    assert_eq!(made.reply("tui-kuan-duo-jiu-dao-zhang"), "三天");
    assert!(made.text("intents/lexicon.toml").contains("退钱"));
    assert!(
        made.said.contains("后续提示“还有呢”没有带过来"),
        "{}",
        made.said
    );
}

#[test]
fn botpress_of_older_versions_and_of_other_languages() {
    let bench = ImportBench::new(&[
        ("bot/qna/a.json", r#"{"id":"a","data":{"enabled":true,"questions":{"en":["tell me a joke","joke"],"fr":["une blague"]},"answers":{"fr":["Deux glaçons."],"en":["Two ice cubes."]}}}"#.as_bytes()),
        ("bot/qna/b.json", r#"{"id":"b","data":{"enabled":true,"questions":{"en":["help me"]},"answers":{"en":["See <strong>our</strong> [guide](https://a.b/c)"]}}}"#.as_bytes()),
        ("bot/intents/forget.json", r#"{"name":"forget","contexts":["global"],"entities":[],"utterances":["forget me","erase my name"]}"#.as_bytes()),
        ("bot/intents/__qna__a.json", r#"{"name":"__qna__a","contexts":[],"utterances":["joke"]}"#.as_bytes()),
    ]);
    let made = bench.import("bot", &[]);
    assert_eq!(made.ids(), ["forget", "help-me", "tell-me-a-joke"]);
    assert_eq!(made.examples("forget"), ["forget me", "erase my name"]);
    assert_eq!(made.reply("tell-me-a-joke"), "Two ice cubes.");
    assert!(made.said.contains("fr 回复没有带过来"), "{}", made.said);
    assert_eq!(
        made.reply("help-me"),
        "See **our** [guide](<https://a.b/c>)"
    );
}

#[test]
fn botpress_questions_answers_and_intents() {
    let bench = ImportBench::new(&[
        ("bot/qna/a.json", r##"{"id":"a","data":{"enabled":true,"questions":{"zh":["怎么退款","我要退款"]},"answers":{"zh":["#!builtin_text-1"]}}}"##.as_bytes()),
        ("bot/qna/b.json", r#"{"id":"b","data":{"enabled":false,"questions":{"zh":["旧的"]},"answers":{"zh":["旧"]}}}"#.as_bytes()),
        ("bot/intents/greet.json", r#"{"name":"greet","utterances":{"zh":["你好","[北京](city)你好"]},"slots":[]}"#.as_bytes()),
        ("bot/intents/__qna__a.json", r#"{"name":"__qna__a","utterances":{"zh":["怎么退款"]}}"#.as_bytes()),
        ("bot/content-elements/builtin_text.json", r#"[{"id":"builtin_text-1","formData":{"text$zh":"点退款"}}]"#.as_bytes()),
        ("bot/bot.config.json", r#"{"id":"bot"}"#.as_bytes()),
    ]);
    let made = bench.import("bot", &[]);
    assert_eq!(made.ids(), ["greet", "zen-me-tui-kuan"]);
    assert_eq!(made.reply("zen-me-tui-kuan"), "点退款");
    assert_eq!(made.examples("greet"), ["你好", "北京你好"]);
    assert!(made.said.contains("“旧的”是停用的"), "{}", made.said);
}

const NLU: &[u8] = "version: \"3.1\"\nnlu:\n- intent: thankyou\n  examples: |\n    - 谢谢\n    - 多谢\n- intent: 问营业时间\n  examples: |\n    - 几点开门\n    - 几点关门\n".as_bytes();

#[test]
fn rasa_rules_find_their_replies_and_tests_are_not_learnt() {
    let bench = ImportBench::new(&[
        ("bot/data/nlu.yml", NLU),
        ("bot/data/rules.yml", b"rules:\n- rule: thanks\n  steps:\n  - intent: thankyou\n  - action: utter_noworries\n".as_slice()),
        ("bot/data/stories.yml", "stories:\n- story: hours\n  steps:\n  - intent: 问营业时间\n  - action: utter_hours\n  - action: utter_more\n- story: two turns\n  steps:\n  - intent: thankyou\n  - action: utter_hours\n  - intent: thankyou\n  - action: utter_more\n".as_bytes()),
        ("bot/domain.yml", "responses:\n  utter_noworries:\n  - text: 不客气\n  utter_hours:\n  - text: 九点到六点\n  utter_more:\n  - text: 周末休息\n  utter_unused:\n  - text: 没有人用\n".as_bytes()),
        ("bot/tests/test_nlu.yml", "nlu:\n- intent: thankyou\n  examples: |\n    - 测试集里的谢谢\n".as_bytes()),
        ("bot/chart/templates/d.yaml", b"metadata:\n  name: {{ .Values.name }}\n".as_slice()),
        ("bot/docker-compose.yml", b"services: {a: {image: b}}\n".as_slice()),
    ]);
    let made = bench.import("bot", &[]);
    assert_eq!(made.examples("thankyou"), ["谢谢", "多谢"]);
    assert_eq!(made.reply("thankyou"), "不客气");
    assert_eq!(made.reply("wen-ying-ye-shi-jian"), "九点到六点\n\n周末休息");
    for said in [
        "chart/templates/d.yaml",
        "测试用的文件",
        "`utter_unused` 没有意图用它",
        "docker-compose.yml: 不是 Rasa",
    ] {
        assert!(made.said.contains(said), "{said}: {}", made.said);
    }
}

#[test]
fn rasa_one_in_markdown_json_and_templates() {
    let bench = ImportBench::new(&[
        ("md/nlu.md", "## intent:退款\n- 退款多久到账\n- 什么时候[退钱](act)\n\n## synonym:退款\n- 退钱\n".as_bytes()),
        ("md/stories.md", "## refund\n* 退款\n  - utter_days\n".as_bytes()),
        ("md/domain.yml", "intents:\n- 退款\ntemplates:\n  utter_days:\n  - 三天到账\n".as_bytes()),
        ("md/README.md", b"# A bot\n\n- with a list\n".as_slice()),
        ("nlu.json", r#"{"rasa_nlu_data":{"regex_features":[],"entity_synonyms":[{"value":"退款","synonyms":["退钱"]}],"common_examples":[{"text":"退款多久到账","intent":"退款","entities":[]},{"text":"怎么开发票","intent":"发票","entities":[]}]}}"#.as_bytes()),
        ("templates.yml", "nlu:\n- intent: greet\n  examples: |\n    - 你好\ntemplates:\n  utter_greet:\n  - text: 你好呀\n".as_bytes()),
    ]);
    let made = bench.import("md", &[]);
    assert_eq!(made.examples("tui-kuan"), ["退款多久到账", "什么时候退钱"]);
    assert_eq!(made.reply("tui-kuan"), "三天到账");
    let made = bench.import("nlu.json", &[]);
    assert_eq!(made.ids(), ["fa-piao", "lexicon", "tui-kuan"]);
    assert_eq!(bench.import("templates.yml", &[]).reply("greet"), "你好呀");
}

#[test]
fn yaml_is_read_as_the_programs_read_it_that_it_is_written_for() {
    let bench = ImportBench::new(&[
        ("quoted.yml", "nlu:\n- intent: greet\n  examples: |\n    - 你好\nresponses:\n  utter_greet:\n  - text: \"你好，\n    我是机器人\"\n".as_bytes()),
        ("alias.yml", "x-common: &c\n  - text: 共用的回复\nnlu:\n- intent: 退款\n  examples: |\n    - 退款多久到账 # 常问\n    # 这是注释\n    - 什么时候[退钱]{\"entity\": \"act\", \"value\": \"退款\", \"role\": \"what\"}\n    -退款没到\n    * 星号\n- intent: 发票\n  examples: >\n    - 开发票\n    - 怎么开发票\n- intent: 发票\n  examples: |-\n    - 发票抬头\n- odd: 1\nresponses:\n  utter_退款: *c\n  utter_发票:\n  - text: 第一行 {name}\n".as_bytes()),
        ("none.yml", "nlu:\n- intent: None\n  examples: |\n    - 今天下雨吗\n- intent: \"null\"\n  examples: |\n    - 空\n- intent: 1\n  examples: |\n    - 一\n- intent: yes\n  examples: |\n    - 是的\n- intent: nlu_fallback\n  examples: |\n    - 兜底\n".as_bytes()),
    ]);
    let made = bench.import("quoted.yml", &[]);
    assert_eq!(made.reply("greet"), "你好， 我是机器人");
    let made = bench.import("alias.yml", &[]);
    assert_eq!(made.reply("tui-kuan"), "共用的回复");
    assert_eq!(
        made.examples("tui-kuan"),
        ["退款多久到账 # 常问", "什么时候退钱", "退款没到"]
    );
    assert!(made.examples("fa-piao").contains(&"发票抬头".to_owned()));
    assert!(made.said.contains("变量 “{name}” 没有值"), "{}", made.said);
    let made = bench.import("none.yml", &[]);
    assert_eq!(made.ids(), ["1", "nlu-fallback", "none-2", "null", "yes"]);
}

#[test]
fn dialogflow_cx_is_refused_by_its_name() {
    let bench = ImportBench::new(&[
        ("cx/agent.json", br#"{"displayName":"x"}"#),
        ("cx/intents/refund/refund.json", br#"{"name":"1","displayName":"refund","priority":500000}"#),
        ("cx/intents/refund/trainingPhrases/zh-cn.json", r#"{"trainingPhrases":[{"parts":[{"text":"退款多久","auto":true}],"repeatCount":1,"languageCode":"zh-cn"}]}"#.as_bytes()),
    ]);
    let said = bench.refused("cx", &[]);
    assert!(said.contains("Dialogflow CX"), "{said}");
}

#[test]
fn qnabot_takes_one_question_as_text_and_never_shows_template_code() {
    let json = r#"{"qna":[{"qid":"s","q":"单个字符串","a":"x"},{"qid":"t","q":["好的"],"a":"{{#ifLang \"zh\"}}好{{/ifLang}}"}]}"#;
    let bench = ImportBench::new(&[("qna.json", json.as_bytes())]);
    let made = bench.import("qna.json", &[]);
    assert_eq!(made.examples("s"), ["单个字符串"]);
    assert_eq!(made.reply("s"), "x");
    assert!(
        made.said.contains("改好之前按没有资料处理"),
        "{}",
        made.said
    );
}

#[test]
fn a_folder_ends_an_import_only_when_nothing_is_left() {
    let bench = ImportBench::new(&[
        ("bot/data/nlu.yml", NLU),
        (
            "bot/data/broken.yml",
            b"nlu:\n- intent: a\n  examples: |\n  - x\n".as_slice(),
        ),
        (
            "bot/data/image.json",
            b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01".as_slice(),
        ),
        (
            "bad/data/broken.yml",
            b"nlu:\n- intent: a\n  examples: |\n  - x\n".as_slice(),
        ),
    ]);
    let made = bench.import("bot", &[]);
    assert_eq!(made.ids(), ["thankyou", "wen-ying-ye-shi-jian"]);
    assert!(
        made.said.contains("broken.yml:4: YAML 写错了"),
        "{}",
        made.said
    );
    assert!(
        bench
            .refused("bad", &[])
            .contains("broken.yml:4: YAML 写错了")
    );
}
