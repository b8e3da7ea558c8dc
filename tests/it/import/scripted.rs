//! Bots that are trained by a script of their own, and corpora: found by themselves, answered where they
//! belong; what cannot be imported is named.

use super::ImportBench;

#[test]
fn a_list_of_tag_patterns_and_responses_is_a_bot() {
    let tagged = r#"{"intents":[{"tag":"opening_hours","patterns":["什么时候开门","周末开吗"," "],"responses":["每天 9 点到 18 点","看门口的牌子"],"context_set":""},
        {"tag":"parking","patterns":["在哪里停车"],"responses":["见<a href=\"https://example.com/p\">停车图</a>"],"context":["came_by_car"]},
        {"tag":"noanswer","patterns":[],"responses":["没听懂"]}]}"#;
    let extended = r#"{"intents":[{"intent":"Lost","text":["我的卡丢了","门禁卡不见了"],"responses":["请到前台补办"],"extension":{"function":"","entities":false,"responses":[]},
        "context":{"in":"","out":"","clear":false},"entityType":"NA","entities":[]}]}"#;
    let bench = ImportBench::new(&[
        ("bot/intents.json", tagged.as_bytes()),
        ("bot/README.md", b"# A bot\n".as_slice()),
        ("lost.json", extended.as_bytes()),
    ]);
    let made = bench.import("bot", &[]);
    assert_eq!(made.ids(), ["opening-hours", "parking"]);
    assert_eq!(made.examples("opening-hours"), ["什么时候开门", "周末开吗"]);
    assert_eq!(made.reply("opening-hours"), "每天 9 点到 18 点");
    assert_eq!(made.reply("parking"), "见[停车图](<https://example.com/p>)");
    for said in [
        "tag、patterns 和 responses",
        "看门口的牌子",
        "`context` 没有带过来",
        "意图 noanswer 没有例句",
    ] {
        assert!(made.said.contains(said), "{said}: {}", made.said);
    }
    assert!(!made.said.contains("context_set"), "{}", made.said);
    let made = bench.import("lost.json", &[]);
    assert_eq!(made.examples("lost"), ["我的卡丢了", "门禁卡不见了"]);
    assert_eq!(made.reply("lost"), "请到前台补办");
    assert!(made.said.contains("全部带了过来"), "{}", made.said);
    let again = ImportBench::new(&[("bot/intents.json", tagged.as_bytes())]);
    assert_eq!(again.answers_its_own("bot"), 3);
    let said = bench.refused("bot/README.md", &["--from", "intents"]);
    assert!(said.contains("JSON 写错了"), "{said}");
}

#[test]
fn a_corpus_of_conversations_answers_with_their_second_turns() {
    let talk = "categories:\n- 门卫\nconversations:\n- - 访客怎么登记\n  - 在门岗扫码\n- - 来客人要登记吗\n  - 在门岗扫码\n- - 快递放哪\n  - 放在一楼柜子里\n  - 柜子满了呢\n  - 放在门岗\n- - 快递放哪\n  - 门岗也行\n- - 只有一句\n";
    let bench = ImportBench::new(&[
        ("corpus/guard.yml", talk.as_bytes()),
        ("corpus/notes.yml", b"authors:\n- somebody\n".as_slice()),
    ]);
    let made = bench.import("corpus", &[]);
    assert_eq!(made.ids(), ["fang-ke-zen-me-deng-ji", "kuai-di-fang-na"]);
    assert_eq!(
        made.examples("fang-ke-zen-me-deng-ji"),
        ["访客怎么登记", "来客人要登记吗"]
    );
    assert_eq!(made.reply("kuai-di-fang-na"), "放在一楼柜子里");
    for said in [
        "识别为 ChatterBot",
        "门岗也行",
        "第二句以后的对话没有带过来",
        "guard.yml:14: 对话要是文字的列表",
        "`categories`",
        "notes.yml",
    ] {
        assert!(made.said.contains(said), "{said}: {}", made.said);
    }
    let again = ImportBench::new(&[("corpus/guard.yml", talk.as_bytes())]);
    assert_eq!(again.answers_its_own("corpus"), 3);
}

#[test]
fn aiml_is_refused_by_its_name() {
    let aiml = b"<aiml version=\"1.0\"><category><pattern>HELLO *</pattern><template>Hi, you.</template></category></aiml>\n";
    let bench = ImportBench::new(&[
        ("bot/hello.aiml", aiml),
        ("more/hello.aiml", aiml),
        ("more/README.md", b"# A bot\n".as_slice()),
    ]);
    for path in ["bot", "more", "bot/hello.aiml"] {
        let said = bench.refused(path, &[]);
        assert!(said.contains("AIML"), "{path}: {said}");
    }
}

const NLU: &[u8] = "nlu:\n- intent: lost_card\n  examples: |\n    - 门禁卡丢了\n    - 卡找不到了\n- intent: complain\n  examples: |\n    - 我要投诉\n    - 邻居太吵\n- intent: affirm\n  examples: |\n    - 好的\n    - 可以\n- intent: rate\n  examples: |\n    - 打五分\n".as_bytes();
const DOMAIN: &[u8] = "responses:\n  utter_lost:\n  - text: 补一张卡要带身份证\n  utter_shall_i:\n  - text: 要帮您挂失吗\n  utter_done:\n  - text: 已经挂失\n  utter_sorry:\n  - text: 抱歉给您添麻烦了\n  utter_where:\n  - text: 是哪一栋\n".as_bytes();

#[test]
fn the_first_turn_of_a_longer_story_replies_where_nothing_surer_does() {
    let stories = "stories:\n- story: lost, yes\n  steps:\n  - intent: lost_card\n  - action: utter_lost\n  - action: utter_shall_i\n  - intent: affirm\n  - action: utter_done\n\
        - story: lost, and rate\n  steps:\n  - intent: lost_card\n  - action: utter_lost\n  - action: utter_shall_i\n  - checkpoint: asked\n\
        - story: a noise\n  steps:\n  - intent: complain\n  - action: utter_sorry\n  - intent: rate\n  - action: utter_done\n\
        - story: a leak\n  steps:\n  - intent: complain\n  - action: utter_where\n  - intent: rate\n  - action: utter_done\n\
        - story: later\n  steps:\n  - checkpoint: asked\n  - intent: affirm\n  - action: utter_done\n\
        - story: by what is known\n  steps:\n  - intent: rate\n  - slot_was_set:\n    - known: true\n  - action: utter_done\n";
    let markdown = "## lost\n* lost_card\n  - utter_lost\n  - utter_shall_i\n* affirm\n  - utter_done\n\n## later\n> asked\n* affirm\n  - utter_done\n";
    let legacy =
        "## intent:lost_card\n- 门禁卡丢了\n- 卡找不到了\n\n## intent:affirm\n- 好的\n- 可以\n";
    let bench = ImportBench::new(&[
        ("bot/data/nlu.yml", NLU),
        ("bot/data/stories.yml", stories.as_bytes()),
        ("bot/domain.yml", DOMAIN),
        ("old/nlu.md", legacy.as_bytes()),
        ("old/stories.md", markdown.as_bytes()),
        ("old/domain.yml", DOMAIN),
    ]);
    for path in ["bot", "old"] {
        let made = bench.import(path, &[]);
        let lost = "补一张卡要带身份证\n\n要帮您挂失吗";
        assert_eq!(made.reply("lost-card"), lost, "{path}");
        // what is said to a yes depends on what was asked
        assert!(made.reply("affirm").contains("请在这里写"), "{path}");
        assert!(made.said.contains("已经挂失"), "{path}: {}", made.said);
    }
    let bench = ImportBench::new(&[
        ("bot/data/nlu.yml", NLU),
        ("bot/data/stories.yml", stories.as_bytes()),
        ("bot/domain.yml", DOMAIN),
    ]);
    let made = bench.import("bot", &[]);
    for unsure in ["complain", "rate"] {
        assert!(made.reply(unsure).contains("请在这里写"), "{unsure}");
    }
    assert!(
        made.said
            .contains("一问一答的 0 项用来找回复，多轮的 4 项只看了开头，其余 2 项"),
        "{}",
        made.said
    );
}

#[test]
fn what_google_assistant_says_is_the_reply_where_nothing_else_is() {
    let intent = |name: &str, messages: &str| {
        format!(
            r#"{{"name":"{name}","responses":[{{"messages":[{messages}]}}],"userSays":[{{"data":[{{"text":"{name} 怎么走"}}]}}]}}"#
        )
    };
    let google = r#"{"type":"simple_response","platform":"google","lang":"zh-CN","textToSpeech":"念出来的","displayText":"看得见的"}"#;
    let usual = r#"{"type":0,"lang":"zh-CN","speech":"给所有平台的"}"#;
    let bench = ImportBench::new(&[
        ("agent/intents/gate.json", intent("gate", google).as_bytes()),
        (
            "agent/intents/lift.json",
            intent("lift", &format!("{google},{usual}")).as_bytes(),
        ),
    ]);
    let made = bench.import("agent", &[]);
    assert_eq!(made.reply("gate"), "看得见的");
    assert_eq!(made.reply("lift"), "给所有平台的");
    assert!(
        made.said
            .contains("lift 的消息（类型 simple_response，google）没有带过来"),
        "{}",
        made.said
    );
    assert!(!made.said.contains("gate 的消息"), "{}", made.said);
}

#[test]
fn numbers_beside_texts_are_no_intents_unless_they_come_again() {
    let bench = ImportBench::new(&[
        (
            "sold.csv",
            "红色地毯,1370\n蓝色地毯,1504\n绿色地毯,1536\n".as_bytes(),
        ),
        (
            "rated.csv",
            "灯很亮,1\n灯不亮,0\n门很轻,1\n门打不开,0\n".as_bytes(),
        ),
    ]);
    let said = bench.refused("sold.csv", &[]);
    assert!(said.contains("--columns"), "{said}");
    assert_eq!(bench.import("rated.csv", &[]).ids(), ["0", "1"]);
}
