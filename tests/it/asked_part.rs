//! The asked point, on knowledge of another field: a small shop's questions and answers, with sections in its
//! replies. What is answered, what the next sentence means, what is said not to be known.

use crate::small::{printed, wenlu};
use tempfile::TempDir;
use wenlu_core::Assistant;
use wenlu_core::dialogue::{Conversation, Turn, is_feedback_button};
use wenlu_core::knowledge::files::DataFiles;
use wenlu_core::model::{Incoming, IncomingBody, Timestamp, TurnOutcome, UnansweredReason};
use wenlu_core::reply::plain_text::blocks_text;

const FILES: &[(&str, &str)] = &[
    (
        "intents/delivery.toml",
        r##"
title = "送货"
examples = ["怎么送货", "你们送货吗", "买了东西可以送到家吗", "想问一下送货", "东西太大能不能送上门", "你们店送不送货"]
not = ["快递员电话打不通"]
[section.area]
examples = ["哪些地方能送", "郊区送不送", "送到哪里"]
[section.time]
examples = ["多久能送到", "当天能到吗"]
[[test]]
say = "下单以后送货要多久"
shows = "#time"
"##,
    ),
    (
        "content/zh/delivery.md",
        "# 送货\n\n店里的东西都可以送。\n\n## 送到哪些地方 {#area}\n\n城区都送，郊区只送周六。\n\n\
         ## 多久送到 {#time}\n\n下单后 2 天内送到。\n\n## 怎么预约 {#book}\n\n1. 在柜台登记地址。\n2. 选一个时间。\n3. 等电话确认。\n4. 在家等。\n",
    ),
    (
        "intents/exchange.toml",
        r##"
title = "退换货"
examples = ["怎么退货", "买错了想换一个", "尺码不合适可以换吗", "想退掉昨天买的东西", "退换货怎么办", "衣服有问题要退"]
not = ["换零钱"]
"##,
    ),
    (
        "content/zh/exchange.md",
        "# 退换货\n\n带小票到店里办理。\n\n## 要带什么 {#papers}\n\n带上小票和原来的包装。\n\n## 几天之内 {#days}\n\n15 天之内可以退换。\n\n\
         ## 不能退的东西 {#not}\n\n这三种不退：\n\n- 拆了封的食品\n- 贴身的衣服\n- 特价清仓的东西\n",
    ),
    (
        "intents/points.toml",
        r##"
title = "会员积分"
gap = true
examples = ["积分怎么换东西", "会员积分在哪里看", "积分会不会过期", "积分能抵现金吗", "怎么积分", "会员卡的积分"]
"##,
    ),
    (
        "intents/opening.toml",
        r##"
title = "营业时间"
examples = ["几点开门", "周末开不开", "你们什么时候关门", "中午休息吗", "国庆节营业吗", "晚上几点关"]
not = ["地铁几点停运"]
"##,
    ),
    (
        "content/zh/opening.md",
        "# 营业时间\n\n每天 9 点到 21 点。\n",
    ),
];

fn shop() -> Assistant {
    Assistant::from_files(&DataFiles::of_texts(FILES.iter().copied())).expect("the shop's files")
}

/// The turns of a conversation.
fn talk(said: &[&str]) -> Vec<Turn> {
    let shop = shop();
    let mut conversation = Conversation::default();
    let mut turns = Vec::new();
    for (at, text) in said.iter().enumerate() {
        let incoming = Incoming {
            body: IncomingBody::Text((*text).to_owned()),
            at: Timestamp(1_000 * (at as i64 + 1)),
        };
        let turn = shop.take_turn(conversation, &incoming);
        conversation = turn.conversation.clone();
        turns.push(turn);
    }
    turns
}

fn shown(turn: &Turn) -> String {
    let reply = turn.replies.first().expect("a reply");
    let steps = reply.steps.iter().map(|step| blocks_text(&step.blocks));
    let mut lines = vec![blocks_text(&reply.blocks)];
    lines.extend(steps);
    lines.push(blocks_text(&reply.after));
    lines.join("\n")
}

#[test]
fn the_part_that_was_asked_for_comes_first_and_whole() {
    for (said, begins, holds) in [
        ("你们送货要多久", "多久送到", "2 天内"),
        ("郊区送货吗", "送到哪些地方", "郊区只送周六"),
        ("退货要带什么", "要带什么", "小票"),
        ("怎么预约送货", "怎么预约", "等电话确认"),
        ("怎么送货", "店里的东西都可以送", ""),
    ] {
        let turns = talk(&[said]);
        let text = shown(&turns[0]);
        assert!(text.starts_with(begins), "{said}: {text}");
        assert!(text.contains(holds), "{said}: {text}");
    }
}

#[test]
fn two_points_in_one_message_are_both_shown() {
    let text = shown(&talk(&["退货要带什么，几天之内可以退"])[0]);
    assert!(text.contains("小票") && text.contains("15 天"), "{text}");
}

#[test]
fn a_step_can_be_asked_for_with_the_first_question() {
    let turns = talk(&["怎么预约送货，第三步是什么"]);
    assert_eq!(turns[0].replies[0].cursor, Some(2));
    let turns = talk(&["怎么预约送货", "选时间和等电话，第二步跟第三步都说说"]);
    assert!(shown(&turns[1]).contains("选一个时间") && shown(&turns[1]).contains("等电话确认"));
}

#[test]
fn the_next_sentence_is_about_the_open_topic() {
    for (first, then, holds) in [
        ("怎么退货", "几天内", "15 天"),
        ("怎么退货", "那要带什么", "小票"),
        ("你们送货吗", "多久", "2 天内"),
        ("你们送货吗", "郊区呢", "周六"),
    ] {
        let turns = talk(&[first, then]);
        let text = shown(&turns[1]);
        assert!(text.contains(holds), "{first} {then}: {text}");
        assert_eq!(turns[1].entry.unanswered, None);
    }
}

#[test]
fn a_full_question_about_something_else_is_never_swallowed() {
    for then in ["你们周末几点开门", "国庆节营业吗"] {
        let turns = talk(&["怎么退货", then]);
        assert_eq!(turns[1].entry.intent.as_deref(), Some("opening"), "{then}");
    }
    let turns = talk(&["怎么退货", "明天深圳会不会下雨"]);
    assert_eq!(turns[1].entry.intent, None);
    assert_eq!(turns[1].entry.outcome, TurnOutcome::Unknown);
}

#[test]
fn what_the_reply_does_not_tell_is_said_first() {
    let turns = talk(&["你们送货吗", "要收费吗"]);
    let text = shown(&turns[1]);
    assert!(text.starts_with("关于费用，我这里的资料没有写到"), "{text}");
    assert!(text.contains("店里的东西都可以送"), "{text}");
    let entry = &turns[1].entry;
    assert_eq!(entry.unanswered, Some(UnansweredReason::NotCovered));
    assert_eq!(entry.intent.as_deref(), Some("delivery"));
}

#[test]
fn what_any_topic_may_have_is_missed_by_its_name() {
    for (first, then, aspect) in [
        ("怎么退货", "可以开发票吗", "发票"),
        ("你们送货吗", "能撤回吗", "撤回"),
        ("怎么退货", "有没有电话", "联系电话"),
        ("你们送货吗", "赔不赔", "赔偿"),
        ("怎么退货", "会知道是我吗", "匿名"),
    ] {
        let turns = talk(&[first, then]);
        let text = shown(&turns[1]);
        let says = format!("关于{aspect}，我这里的资料没有写到");
        assert!(text.starts_with(&says), "{first} {then}: {text}");
    }
    // the reply tells it
    let turns = talk(&["怎么退货", "要等几天"]);
    assert_eq!(turns[1].entry.unanswered, None);
}

#[test]
fn what_is_asked_after_a_gap_is_about_the_gap() {
    let turns = talk(&["积分怎么换东西", "那要多少钱", "明天会下雨吗"]);
    assert_eq!(turns[0].entry.outcome, TurnOutcome::Gap);
    assert_eq!(turns[1].entry.gap.as_deref(), Some("points"));
    assert_eq!(turns[2].entry.gap, None);
}

#[test]
fn an_ordinal_is_of_the_list_that_the_topic_has() {
    for (said, holds) in [
        ("第二种是啥", "贴身的衣服"),
        ("最后一样是什么", "特价清仓"),
        ("第三个展开说说", "特价清仓"),
    ] {
        let turns = talk(&["怎么退货", said]);
        let text = shown(&turns[1]);
        assert!(text.starts_with(holds), "{said}: {text}");
    }
    // the only steps are in a section
    let turns = talk(&["怎么送货", "第三步"]);
    assert_eq!(turns[1].replies[0].cursor, Some(2));
    let turns = talk(&["怎么送货", "全部步骤"]);
    assert!(shown(&turns[1]).contains("在柜台登记地址"));
}

#[test]
fn an_acknowledgement_keeps_the_topic_and_asks_nothing() {
    let turns = talk(&["你们送货吗", "好的收到", "多久"]);
    assert_eq!(turns[1].entry.outcome, TurnOutcome::Acknowledged);
    assert_eq!(turns[1].entry.unanswered, None);
    assert!(shown(&turns[2]).contains("2 天内"));
}

#[test]
fn steps_are_gone_through_by_what_was_done() {
    let turns = talk(&["怎么预约送货", "登记好地址了", "选好了"]);
    let step = |turn: &Turn| turn.replies[0].cursor;
    assert_eq!(step(&turns[0]), None, "all at once");
    assert_eq!((step(&turns[1]), step(&turns[2])), (Some(1), Some(2)));
}

#[test]
fn steps_are_asked_for_in_many_words() {
    let step = |said: &str, after: &[&str]| {
        let all: Vec<&str> = ["怎么预约送货"]
            .into_iter()
            .chain(after.iter().copied())
            .collect();
        let turns = talk(&[&all[..], &[said]].concat());
        let turn = turns.last().expect("a turn");
        assert_eq!(turn.entry.outcome, TurnOutcome::Step, "{said}");
        turn.replies.first().and_then(|reply| reply.cursor)
    };
    for (said, at) in [
        ("一步步教我", Some(0)),
        ("请告诉我第三步", Some(2)),
        ("两步都弄完了，第三步呢", Some(2)),
        ("第二步选好了，然后呢", Some(2)),
        ("卡在第四步了", Some(3)),
        ("最后一步是什么", Some(3)),
        ("从头到尾发一遍", None),
        ("登记完地址了，接下来呢", Some(1)),
    ] {
        assert_eq!(step(said, &[]), at, "{said}");
    }
    for (said, at) in [
        ("搞定", 1),
        ("往下", 1),
        ("这步再说一遍", 0),
        ("没反应啊", 0),
    ] {
        assert_eq!(step(said, &["一步一步来"]), Some(at), "{said}");
    }
}

#[test]
fn what_no_likely_topic_tells_is_said_before_a_question_is_asked_back() {
    let turns = talk(&["怎么退货", "你们那个东西收老子多少钱啊到底"]);
    let text = shown(&turns[1]);
    assert!(text.contains("费用") && text.contains("没有写到"), "{text}");
}

#[test]
fn a_reply_has_six_buttons_beside_the_feedback() {
    for said in [
        &["你们送货要多久"][..],
        &["怎么预约送货"],
        &["怎么退货", "要手续费吗"],
    ] {
        for turn in talk(said) {
            let buttons = turn.replies.iter().flat_map(|reply| &reply.buttons);
            let others = buttons.filter(|button| !is_feedback_button(&button.data));
            assert!(others.count() <= 6, "{said:?}");
        }
    }
}

#[test]
fn a_question_about_another_platform_is_not_answered() {
    let lexicon = ("intents/lexicon.toml", "elsewhere = [\"京东\"]\n");
    let files = FILES.iter().copied().chain([lexicon]);
    let shop = Assistant::from_files(&DataFiles::of_texts(files)).expect("the shop's files");
    let outcome = |text: &str| {
        let incoming = Incoming {
            body: IncomingBody::Text(text.to_owned()),
            at: Timestamp(1_000),
        };
        shop.take_turn(Conversation::default(), &incoming)
            .entry
            .outcome
    };
    assert_eq!(outcome("京东怎么退货"), TurnOutcome::Unknown);
    assert_eq!(outcome("怎么退货"), TurnOutcome::Answered);
    assert_eq!(
        outcome("不是京东，是你们店里，怎么退货"),
        TurnOutcome::Answered
    );
}

#[test]
fn routing_and_dialogue_agree_about_other_platforms() {
    let root = folder();
    let lexicon = root.path().join("intents/lexicon.toml");
    std::fs::write(lexicon, "elsewhere = [\"京东\"]\n").expect("a file");
    let routed = printed(wenlu(root.path(), &["route", "京东怎么退货", "怎么退货"]));
    let lines: Vec<serde_json::Value> = routed
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object"))
        .collect();
    assert_eq!(lines[0]["decision"], "unknown", "{routed}");
    assert_eq!(lines[0]["intent"], serde_json::Value::Null);
    assert_eq!(lines[1]["intent"], "exchange");
    let explained = printed(wenlu(root.path(), &["explain", "京东怎么退货"]));
    assert!(explained.contains("别的平台"), "{explained}");
}

#[test]
fn wrong_characters_of_the_right_sound_are_understood() {
    for (first, then, holds) in [
        ("怎么退货", "带那些材料", "小票"),
        ("怎么预约送货", "从头在来一遍", "柜台登记"),
    ] {
        let turns = talk(&[first, then]);
        let text = shown(&turns[1]);
        assert!(text.contains(holds), "{first} {then}: {text}");
        assert_eq!(turns[1].entry.text, then, "kept as it was typed");
    }
    for said in ["转人攻", "叫你们的人来跟我讲", "不想跟机器聊"] {
        let turns = talk(&["怎么退货", said]);
        assert_eq!(turns[1].entry.outcome, TurnOutcome::Human, "{said}");
    }
}

#[test]
fn scolding_beside_a_question_is_passed_over() {
    let turns = talk(&["怎么退货", "烦死了，到底几天之内"]);
    assert!(shown(&turns[1]).contains("15 天"), "{}", shown(&turns[1]));
}

#[test]
fn steps_are_counted_and_found() {
    let turns = talk(&["怎么预约送货", "一共几步", "选时间是在第几步"]);
    assert!(shown(&turns[1]).contains("4 步"), "{}", shown(&turns[1]));
    assert!(shown(&turns[2]).contains("第 2 步"), "{}", shown(&turns[2]));
    assert_eq!(turns[2].replies[0].cursor, Some(1));
}

#[test]
fn the_topic_before_needs_no_name() {
    let turns = talk(&["怎么退货", "几点开门", "回到上一个话题"]);
    assert_eq!(turns[2].entry.intent.as_deref(), Some("exchange"));
}

fn folder() -> TempDir {
    let root = tempfile::tempdir().expect("a folder");
    for (path, text) in FILES {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    root
}

#[test]
fn the_conversation_is_explained() {
    let folder = folder();
    let args = ["explain", "--json", "多久", "--conversation", "你们送货吗"];
    let explained: serde_json::Value =
        serde_json::from_str(&printed(wenlu(folder.path(), &args))).expect("JSON");
    let reply = &explained["reply"];
    assert_eq!(reply["reading"]["topic"], "delivery");
    assert_eq!(reply["parts"][0]["section"], "time");
    let scores = &reply["reading"]["scores"];
    assert!(scores["part"].as_f64() > scores["question"].as_f64());
    let told = printed(wenlu(
        folder.path(),
        &["explain", "多久", "--conversation", "你们送货吗"],
    ));
    assert!(told.contains("接着 delivery 说"), "{told}");
    assert!(told.contains("delivery#time"), "{told}");
}

#[test]
fn a_test_says_which_section_is_shown() {
    let folder = folder();
    printed(wenlu(folder.path(), &["check"]));
    let file = folder.path().join("intents/delivery.toml");
    let text = std::fs::read_to_string(&file).expect("the intent");
    std::fs::write(
        &file,
        text.replace("shows = \"#time\"", "shows = \"#area\""),
    )
    .expect("a file");
    let output = wenlu(folder.path(), &["check"]);
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        told.contains("应该先给出小节 #area") && told.contains("小节 #time"),
        "{told}"
    );
}
