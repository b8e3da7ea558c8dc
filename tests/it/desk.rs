//! Conversations as transcripts: what is said, how the turn ended, and the whole reply as a pipe would show it.

use crate::tiny;
use std::time::Duration;
use wenlu::channel::terminal::TerminalStyle;
use wenlu_core::dialogue::{
    Conversation, DialogueManager, HandoverDesk, HandoverEvent, OperatorAvailability, ServiceHours,
    Turn,
};
use wenlu_core::model::{AttachmentKind, HandbackReason, Incoming, IncomingBody, Lang, Timestamp};
use wenlu_core::passage::PassageIndex;
use wenlu_core::text::normalize::normalize;

const MINUTE: i64 = 60_000;

/// Plays what an asker does: a text, `!data` for a button, `@photo` and the like, `+31` to let minutes pass, `/start`,
/// `/help`; what a colleague does: `同事：…`, `/done`; and `/silence`, when nobody did anything.
fn talk(script: &[&str]) -> String {
    talk_where(None, script)
}

/// The same, where people can be reached: `=open`, `=closed`, `=nobody` say when that changes.
pub(crate) fn talk_where(mut people: Option<OperatorAvailability>, script: &[&str]) -> String {
    let knowledge = tiny::knowledge();
    let passages = PassageIndex::of(&knowledge);
    let mut conversation = Conversation::default();
    let mut now = Timestamp(1_000_000_000_000);
    let mut transcript = String::new();
    for line in script {
        if let Some(minutes) = line.strip_prefix('+') {
            now.0 += minutes.parse::<i64>().unwrap() * MINUTE;
            continue;
        }
        if let Some(state) = line.strip_prefix('=') {
            people = people_who_are(state);
            continue;
        }
        let ttl = Duration::from_secs(30 * 60);
        let desk = DialogueManager {
            knowledge: &knowledge,
            router: &tiny::Table,
            passages: &passages,
            ttl,
            operators: people,
            operators_unreachable: false,
            desk: HandoverDesk::default(),
        };
        let turn = desk.answer(
            conversation,
            &Incoming {
                body: body(line),
                at: now,
            },
        );
        for button in turn.replies.iter().flat_map(|r| &r.buttons) {
            assert!(
                button.data.len() <= 64 && !button.label.is_empty(),
                "{button:?}"
            );
        }
        transcript += &format!("> {line}\n{}\n", ending(&turn));
        transcript += &TerminalStyle::PLAIN.draw(&turn.replies);
        transcript += "\n";
        conversation = turn.conversation;
    }
    transcript
}

/// `open`: at any time; `closed`: until nine o'clock tomorrow, a Thursday; `nobody`.
pub(crate) fn people_who_are(state: &str) -> Option<OperatorAvailability> {
    let hours = ServiceHours::parse("Mon-Fri 09:00-18:00", "Asia/Shanghai").unwrap();
    let wednesday_evening = "2026-07-01T19:00+08:00".parse::<jiff::Timestamp>().unwrap();
    match state {
        "open" => Some(OperatorAvailability::ALWAYS),
        "closed" => Some(hours.availability_at(Timestamp(wednesday_evening.as_millisecond()))),
        _ => None,
    }
}

fn body(line: &str) -> IncomingBody {
    match line {
        "/start" => return IncomingBody::Start { lang: Lang::Zh },
        "/help" => return IncomingBody::Help,
        "/done" => return IncomingBody::Handback(HandbackReason::Done),
        "/left" => return IncomingBody::Released,
        "/silence" => return IncomingBody::Handback(HandbackReason::Silence),
        "@photo" => return IncomingBody::Attachment(AttachmentKind::Photo),
        "@voice" => return IncomingBody::Attachment(AttachmentKind::Voice),
        "@sticker" => return IncomingBody::Attachment(AttachmentKind::Sticker),
        "@other" => return IncomingBody::Attachment(AttachmentKind::Other),
        _ => {}
    }
    match (line.strip_prefix('!'), line.strip_prefix("同事：")) {
        (Some(data), _) => IncomingBody::Button(data.into()),
        (_, Some(text)) => IncomingBody::FromPerson(text.into()),
        _ => IncomingBody::Text(line.into()),
    }
}

/// `(outcome intent; what it left unanswered) [what it means for the hand-over: “what is passed on”]`.
fn ending(turn: &Turn) -> String {
    let entry = &turn.entry;
    let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut parts = vec![word(serde_json::json!(entry.outcome))];
    parts.extend(entry.intent.clone());
    parts.extend(entry.gap.clone());
    if let Some(reason) = entry.unanswered {
        let question = entry.question.as_deref().unwrap_or("?");
        parts.push(format!(
            "unanswered: {} “{question}”",
            word(serde_json::json!(reason))
        ));
    }
    if entry.handed_over {
        parts.push("handed over".into());
    }
    let handover = match turn.handover {
        None => String::new(),
        Some(HandoverEvent::Relayed) => format!(" [Relayed “{}”]", entry.text),
        Some(handover) => format!(" [{handover:?}]"),
    };
    format!("({}){handover}", parts.join(", "))
}

/// How a turn ended, without the replies: for tables of wordings.
fn endings(before: &[&str], said: &str) -> String {
    endings_where(None, before, said)
}

/// The same, where people can be reached.
pub(crate) fn endings_where(
    people: Option<OperatorAvailability>,
    before: &[&str],
    said: &str,
) -> String {
    let script: Vec<&str> = before.iter().copied().chain([said]).collect();
    let transcript = talk_where(people, &script);
    let marker = format!("> {said}\n");
    let (_, last) = transcript.rsplit_once(&marker).unwrap_or(("", &transcript));
    last.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn wordings() {
    let moving: &[&str] = &["小程序怎么迁移"];
    let second: &[&str] = &["小程序怎么迁移", "下一步"];
    let asked: &[&str] = &["注销怎么弄"];
    let short: &[&str] = &["小店怎么注销"];
    for (before, said, wanted) in [
        // steps
        (moving, "下一步", "(step, moving)"),
        (moving, "然后呢？", "(step, moving)"),
        (moving, "继续", "(step, moving)"),
        (moving, "Next", "(step, moving)"),
        (second, "上一步", "(step, moving)"),
        (second, "全部", "(step, moving)"),
        (moving, "第3步", "(step, moving)"),
        (moving, "第三步怎么做", "(step, moving)"),
        (moving, "第９步", "(step)"),
        (moving, "step 2 fails", "(step, moving)"),
        (short, "下一步", "(step, closing-shop)"),
        (short, "做完了", "(step, closing-shop)"),
        (&["小店怎么注销", "下一步"], "下一步", "(step)"),
        (short, "全部", "(step, closing-shop)"),
        (
            &["小程序怎么迁移", "要多久"],
            "第3步失败了",
            "(step, moving)",
        ),
        (&["迁移小程序要多久"], "下一步", "(step, moving)"),
        (&[], "下一步", "(expired)"),
        // follow-ups
        (moving, "要多久？", "(follow_up, moving)"),
        (moving, "那大概要多久呢", "(follow_up, moving)"),
        (moving, "多长时间啊", "(follow_up, moving)"),
        (moving, "要多酒", "(follow_up, moving)"),
        (moving, "需要哪些材料", "(follow_up, moving)"),
        (moving, "小程序迁移要多久", "(follow_up, moving)"),
        (
            moving,
            "做饭要多久",
            "(unknown, unanswered: unknown “做饭要多久”)",
        ),
        (moving, "openid 会变吗", "(answered, ids)"),
        (&[], "要多久", "(unknown, unanswered: unknown “要多久”)"),
        // choices
        (asked, "1", "(choice, closing-shop)"),
        (asked, "②", "(choice, closing-company)"),
        (asked, "第二个", "(choice, closing-company)"),
        (asked, "选1吧", "(choice, closing-shop)"),
        (asked, "小店小程序的注销", "(choice, closing-shop)"),
        (asked, "小店小程序", "(choice, closing-shop)"),
        (asked, "公司沒了怎麼注銷", "(choice, closing-company)"),
        (asked, "最后一个", "(choice, closing-company)"),
        (asked, "倒数第二个吧", "(choice, closing-shop)"),
        (asked, "换第二个", "(choice, closing-company)"),
        (
            &["注销怎么弄", "1"],
            "我说的是公司没了的",
            "(choice, closing-company)",
        ),
        (&["注销怎么弄", "1"], "菜单再发一遍", "(menu, closing)"),
        (asked, "9", "(expired)"),
        (&["注销怎么弄", "9"], "2", "(choice, closing-company)"),
        (
            &["小程序怎么迁移", "下一步", "要多久"],
            "下一步",
            "(step, moving)",
        ),
        (
            asked,
            "都不是",
            "(none_of_these, unanswered: none_of_these “注销怎么弄”)",
        ),
        (
            asked,
            "none of these",
            "(none_of_these, unanswered: none_of_these “注销怎么弄”)",
        ),
        (asked, "openid 会变吗", "(answered, ids)"),
        (&[], "1", "(unknown, unanswered: unknown “1”)"),
        // feedback
        (moving, "解决了，", "(solved, moving)"),
        (
            moving,
            "还是不行",
            "(unsolved, moving, unanswered: unsolved “小程序怎么迁移”)",
        ),
        (
            moving,
            "没用",
            "(unsolved, moving, unanswered: unsolved “小程序怎么迁移”)",
        ),
        (&[], "没用", "(unknown, unanswered: unknown “没用”)"),
        // nothing is asked
        (moving, "我先去准备材料", "(acknowledged, moving)"),
        (moving, "👌", "(acknowledged, moving)"),
        (moving, "太长了，说重点", "(follow_up, moving)"),
        // people
        (&[], "转人工", "(human, handed over)"),
        (&[], "让你们的人来", "(human, smalltalk-human, handed over)"),
        // nothing to read
        (&[], "  ", "(refused)"),
        (&[], "😭😭", "(refused)"),
        (&[], "？？？", "(refused)"),
        (&[], "菜单", "(topics)"),
        (&[], "帮助", "(help)"),
        (&[], "/help", "(help)"),
        (&[], "返回机器人", "(help)"),
        // no words
        (&[], "@photo", "(refused)"),
        (&[], "@sticker", "(refused)"),
        // nobody to hand over to, nothing to give back
        (&[], "/done", "(expired)"),
        (&["转人工"], "/silence", "(expired, handed over)"),
        (
            &["小程序怎么迁移", "没解决"],
            "没解决",
            "(unsolved, moving, unanswered: unsolved “小程序怎么迁移”)",
        ),
    ] {
        assert_eq!(endings(before, said), wanted, "{before:?} then {said:?}");
    }
}

#[test]
fn welcome_answer_and_steps() {
    insta::assert_snapshot!(talk(&["/start", "1", "下一步", "全部", "有用"]), @"
    > /start
    (start)
    您好，我是问路，可以帮您解答小程序和公众号的常见问题。
    请直接用您自己的话问我，也可以先看看大家常问的：
      [1] 怎么迁移小程序
      [2] 注销

    > 1
    (choice, moving)
    由原主体的管理员发起，按下面的步骤办理：
    第 1 步，共 4 步
    登录微信公众平台（https://mp.weixin.qq.com）。
      [1] 下一步
      [2] 全部步骤
      [3] 需要什么材料
      [4] 要多久
      [5] 迁移后 ID 变不变
      [6] 有用
      [7] 没解决

    > 下一步
    (step, moving)
    第 2 步，共 4 步
    打开“设置”。
      [1] 上一步
      [2] 下一步
      [3] 全部步骤

    > 全部
    (step, moving)
    1. 登录微信公众平台（https://mp.weixin.qq.com）。
    2. 打开“设置”。
    3. 上传公证书。
    4. 等待审核。
    ▎提示：审核期间请不要改名。
      [1] 有用
      [2] 没解决

    > 有用
    (solved, moving)
    太好了，能帮上忙很高兴！还有别的问题，随时告诉我。
    ");
}

#[test]
fn follow_ups_and_a_step_that_fails() {
    insta::assert_snapshot!(talk(&["小程序怎么迁移", "要多久？", "看完整说明", "第3步失败了", "第4步", "下一步"]), @"
    > 小程序怎么迁移
    (answered, moving)
    由原主体的管理员发起，按下面的步骤办理：
    第 1 步，共 4 步
    登录微信公众平台（https://mp.weixin.qq.com）。
      [1] 下一步
      [2] 全部步骤
      [3] 需要什么材料
      [4] 要多久
      [5] 迁移后 ID 变不变
      [6] 有用
      [7] 没解决

    > 要多久？
    (follow_up, moving)
    要多久
    一般 7 天。
      [1] 看完整说明
      [2] 需要什么材料
      [3] 迁移后 ID 变不变
      [4] 有用
      [5] 没解决

    > 看完整说明
    (choice, moving)
    由原主体的管理员发起，按下面的步骤办理：
    第 1 步，共 4 步
    登录微信公众平台（https://mp.weixin.qq.com）。
      [1] 下一步
      [2] 全部步骤
      [3] 需要什么材料
      [4] 要多久
      [5] 迁移后 ID 变不变
      [6] 有用
      [7] 没解决

    > 第3步失败了
    (step, moving)
    别着急，我们再看一遍第 3 步。如果还是不行，请告诉我您看到的提示，或者转人工。
    第 3 步，共 4 步
    上传公证书。
      [1] 转人工
      [2] 上一步
      [3] 下一步
      [4] 全部步骤

    > 第4步
    (step, moving)
    第 4 步，共 4 步
    等待审核。
    ▎提示：审核期间请不要改名。
      [1] 上一步
      [2] 全部步骤
      [3] 有用
      [4] 没解决

    > 下一步
    (step)
    这个办法一共 4 步，没有更多步骤了。如果做完还是没有解决，请告诉我。
    ");
}

#[test]
fn a_question_for_a_section() {
    insta::assert_snapshot!(talk(&["迁移小程序要多久"]), @"
    > 迁移小程序要多久
    (answered, moving)
    要多久
    一般 7 天。
      [1] 看完整说明
      [2] 需要什么材料
      [3] 迁移后 ID 变不变
      [4] 有用
      [5] 没解决
    ");
}

#[test]
fn asked_back_and_none_of_these() {
    insta::assert_snapshot!(talk(&["注销怎么弄", "都不是", "注销", "2"]), @"
    > 注销怎么弄
    (clarified)
    您想问的是下面哪一个？
      [1] 小店小程序的注销
      [2] 公司没了怎么注销
      [3] 都不是

    > 都不是
    (none_of_these, unanswered: none_of_these “注销怎么弄”)
    好的，是我没有理解对。请换个说法再讲一次，比如您在做什么、卡在了哪里、看到了什么提示。您也可以转人工，请同事来看。
      [1] 转人工

    > 注销
    (menu, closing)
    关于“注销”，您想了解哪一点？
      [1] 公司没了怎么注销
      [2] 小店小程序的注销
      [3] 都不是

    > 2
    (choice, closing-shop)
    在小店后台注销：
    1. 打开后台。
    2. 点“注销”。
      [1] 有用
      [2] 没解决
    ");
}

#[test]
fn unsolved_then_the_next_best_then_a_person() {
    insta::assert_snapshot!(talk(&["小程序怎么迁移", "没解决", "1", "没解决", "转人工", "人工", "openid 会变吗"]), @"
    > 小程序怎么迁移
    (answered, moving)
    由原主体的管理员发起，按下面的步骤办理：
    第 1 步，共 4 步
    登录微信公众平台（https://mp.weixin.qq.com）。
      [1] 下一步
      [2] 全部步骤
      [3] 需要什么材料
      [4] 要多久
      [5] 迁移后 ID 变不变
      [6] 有用
      [7] 没解决

    > 没解决
    (unsolved, moving, unanswered: unsolved “小程序怎么迁移”)
    抱歉，刚才的回答没有帮上忙。您是不是想问：
      [1] 迁移后 ID 变不变
      [2] 都不是
      [3] 转人工

    > 1
    (choice, ids)
    都不会变。
      [1] unionID 呢
      [2] 有用
      [3] 没解决

    > 没解决
    (unsolved, ids, unanswered: unsolved “小程序怎么迁移”)
    抱歉，没能解决您的问题。您可以补充一点细节，比如做到哪一步、看到什么提示，我再试一次；也可以转人工，请同事来看。
      [1] 转人工

    > 转人工
    (human, handed over)
    好的，同事会在一个工作日内回复您。

    > 人工
    (human, handed over)
    您的人工请求已经记下了，请不用重复提交。这期间您可以继续问我。
    人工服务时间是工作日 9:00–18:00。
    同事会在一个工作日内回复您。

    > openid 会变吗
    (answered, ids, handed over)
    都不会变。
      [1] unionID 呢
      [2] 有用
      [3] 没解决
    ");
}

#[test]
fn a_gap_and_the_unknown() {
    insta::assert_snapshot!(talk(&["怎么开通支付", "今天天气怎么样", "明天呢"]), @"
    > 怎么开通支付
    (gap, payment, unanswered: gap “怎么开通支付”)
    “微信支付”方面的问题，我这里还没有可靠的资料，不想随便给您一个答案。您的问题我已经记下，会反馈给同事补充。
    眼下建议您查看官方渠道：腾讯客服（https://kf.qq.com），或登录微信公众平台（https://mp.weixin.qq.com）。
    也许您想问的是：
      [1] 怎么迁移小程序
      [2] 转人工

    > 今天天气怎么样
    (unknown, unanswered: unknown “今天天气怎么样”)
    抱歉，这个问题我不太确定，不想随便给您一个答案。您可以换个说法再试一次，或者看看下面有没有您要找的；需要的话，也可以转人工。
      [1] 怎么迁移小程序
      [2] 注销
      [3] 转人工

    > 明天呢
    (unknown, unanswered: unknown “明天呢”)
    抱歉，我还是没能理解您的问题。要不要转人工，请同事来看？下面这些是我能回答的常见问题。
      [1] 怎么迁移小程序
      [2] 注销
      [3] 转人工
    ");
}

#[test]
fn two_questions_get_two_answers() {
    insta::assert_snapshot!(talk(&["怎么迁移，openid 会变吗"]), @"
    > 怎么迁移，openid 会变吗
    (answered, moving)
    由原主体的管理员发起，按下面的步骤办理：
    第 1 步，共 4 步
    登录微信公众平台（https://mp.weixin.qq.com）。
      [1] 下一步
      [2] 全部步骤
      [3] 需要什么材料
      [4] 要多久
      [5] 迁移后 ID 变不变
      [6] 有用
      [7] 没解决

    都不会变。
      [8] unionID 呢
      [9] 有用
      [10] 没解决
    ");
}

#[test]
fn small_talk_leaves_the_topic_alone() {
    insta::assert_snapshot!(talk(&["小程序怎么迁移", "多谢啦", "下一步"]), @"
    > 小程序怎么迁移
    (answered, moving)
    由原主体的管理员发起，按下面的步骤办理：
    第 1 步，共 4 步
    登录微信公众平台（https://mp.weixin.qq.com）。
      [1] 下一步
      [2] 全部步骤
      [3] 需要什么材料
      [4] 要多久
      [5] 迁移后 ID 变不变
      [6] 有用
      [7] 没解决

    > 多谢啦
    (answered, smalltalk-thanks)
    不客气！

    > 下一步
    (step, moving)
    第 2 步，共 4 步
    打开“设置”。
      [1] 上一步
      [2] 下一步
      [3] 全部步骤
    ");
}

#[test]
fn small_talk_is_nothing_to_choose() {
    insta::assert_snapshot!(talk(&["回见啦您", "回见，先说注销"]), @"
    > 回见啦您
    (answered, smalltalk-thanks)
    不客气！

    > 回见，先说注销
    (clarified)
    您想问的是下面哪一个？
      [1] 小店小程序的注销
      [2] 都不是
    ");
}

#[test]
fn what_is_too_old_is_answered_politely() {
    let script = [
        "注销怎么弄",
        "+31",
        "1",
        "小程序怎么迁移",
        "+31",
        "下一步",
        "!p:2:moving",
        "!none",
        "!i:gone",
        "!什么",
    ];
    insta::assert_snapshot!(talk(&script), @"
    > 注销怎么弄
    (clarified)
    您想问的是下面哪一个？
      [1] 小店小程序的注销
      [2] 公司没了怎么注销
      [3] 都不是

    > 1
    (expired)
    我没有对上您说的是哪一项，可能是隔得有点久了。请把您的问题再说一次，或者从下面选：
      [1] 怎么迁移小程序
      [2] 注销

    > 小程序怎么迁移
    (answered, moving)
    由原主体的管理员发起，按下面的步骤办理：
    第 1 步，共 4 步
    登录微信公众平台（https://mp.weixin.qq.com）。
      [1] 下一步
      [2] 全部步骤
      [3] 需要什么材料
      [4] 要多久
      [5] 迁移后 ID 变不变
      [6] 有用
      [7] 没解决

    > 下一步
    (step, moving)
    第 2 步，共 4 步
    打开“设置”。
      [1] 上一步
      [2] 下一步
      [3] 全部步骤

    > !p:2:moving
    (step, moving)
    第 2 步，共 4 步
    打开“设置”。
      [1] 上一步
      [2] 下一步
      [3] 全部步骤

    > !none
    (none_of_these)
    好的，是我没有理解对。请换个说法再讲一次，比如您在做什么、卡在了哪里、看到了什么提示。您也可以转人工，请同事来看。
      [1] 转人工

    > !i:gone
    (expired)
    我没有对上您说的是哪一项，可能是隔得有点久了。请把您的问题再说一次，或者从下面选：
      [1] 怎么迁移小程序
      [2] 注销

    > !什么
    (expired)
    我没有对上您说的是哪一项，可能是隔得有点久了。请把您的问题再说一次，或者从下面选：
      [1] 怎么迁移小程序
      [2] 注销
    ");
}

#[test]
fn english_is_answered_in_english() {
    insta::assert_snapshot!(talk(&["how to move a mini program", "next", "how long", "小程序怎么迁移"]), @"
    > how to move a mini program
    (answered, moving)
    The administrator starts it:
    Step 1 of 4
    Sign in.
      [1] Next step
      [2] All steps
      [3] What do I need?
      [4] How long does it take?
      [5] 迁移后 ID 变不变
      [6] Helpful
      [7] Not solved

    > next
    (step, moving)
    Step 2 of 4
    Open Settings.
      [1] Previous step
      [2] Next step
      [3] All steps

    > how long
    (follow_up, moving)
    How long does it take?
    7 days.
      [1] Full answer
      [2] What do I need?
      [3] 迁移后 ID 变不变
      [4] Helpful
      [5] Not solved

    > 小程序怎么迁移
    (answered, moving)
    由原主体的管理员发起，按下面的步骤办理：
    第 1 步，共 4 步
    登录微信公众平台（https://mp.weixin.qq.com）。
      [1] 下一步
      [2] 全部步骤
      [3] 需要什么材料
      [4] 要多久
      [5] 迁移后 ID 变不变
      [6] 有用
      [7] 没解决
    ");
}

#[test]
fn a_text_that_is_too_long() {
    let long = "长".repeat(2_001);
    let said = talk(&[&long]);
    assert!(
        said.contains("(refused)") && said.contains("不超过 2000 个字"),
        "{said}"
    );
    assert!(!talk(&[&"长短".repeat(1_000)]).contains("(refused)"));
    // 2,000 characters that stand for 36,000
    let said = talk(&[&"ﷺ".repeat(2_000)]);
    assert!(said.contains("(refused)"), "{said}");
}

/// Whatever comes, a turn ends with something to read, no id on it, and the next one still works.
#[test]
fn hostile_input_is_answered() {
    let nasty = [
        "\u{202e}\u{1b}[2J",
        "<script>alert(1)</script>",
        "'; DROP TABLE journal; --",
        "{{ title }}",
        "第999999999999999999999步",
    ];
    for text in nasty {
        let said = talk(&["小程序怎么迁移", text, &format!("!{text}"), "下一步"]);
        let shown = said
            .lines()
            .filter(|line| !line.starts_with("> ") && !line.starts_with('('));
        assert!(
            !shown.collect::<String>().contains(['\u{1b}', '\u{202e}']),
            "{said}"
        );
        assert!(
            said.contains("第 2 步，共 4 步") || said.contains("Step 2 of 4"),
            "{said}"
        );
    }
}

/// Always this intent.
struct Always(&'static str);

impl wenlu_core::dialogue::TextRouter for Always {
    fn route(&self, text: &str) -> wenlu_core::model::Routing {
        use wenlu_core::model::{Candidate, Decision, Routing};
        Routing {
            text: text.into(),
            decision: Decision::Answer,
            intent: Some(self.0.into()),
            confidence: 0.9,
            gap: None,
            gap_probability: 0.0,
            also: None,
            candidates: vec![Candidate {
                intent: self.0.into(),
                confidence: 0.9,
            }],
            choices: vec![],
            lang: Lang::Zh,
            scored_by: None,
            is_elsewhere: false,
        }
    }
}

/// The shipped 侵权投诉, whose sections are easily mistaken for one another: as a question, and said after the answer.
#[test]
fn the_section_that_is_asked_for() {
    use wenlu::source::{KnowledgeSource, load};
    const TRADITIONAL: &str = "個人怎麼投訴小遊戲侵權";
    let knowledge = load(&KnowledgeSource::Embedded)
        .unwrap_or_else(|error| panic!("{error}"))
        .knowledge;
    let desk = DialogueManager {
        knowledge: &knowledge,
        router: &Always("complaint-infringement"),
        passages: &PassageIndex::of(&knowledge),
        ttl: Duration::from_secs(1800),
        operators: None,
        operators_unreachable: false,
        desk: HandoverDesk::default(),
    };
    let now = Timestamp(1_000_000_000_000);
    let ask = |before: Conversation, text: &str| {
        let turn = desk.answer(
            before,
            &Incoming {
                body: IncomingBody::Text(text.into()),
                at: now,
            },
        );
        let drawn = TerminalStyle::PLAIN.draw(&turn.replies);
        let sections = &knowledge
            .reply("complaint-infringement", Lang::Zh)
            .unwrap()
            .sections;
        // who writes traditional script reads the title in it
        let is_title = |line: &str, title: &str| match text == TRADITIONAL {
            true => normalize(line) == normalize(title),
            false => line == title,
        };
        let shown = sections
            .iter()
            .find(|section| drawn.lines().any(|line| is_title(line, &section.title)));
        (shown.map(|section| section.id.clone()), turn.conversation)
    };
    let (whole, after_the_answer) = ask(Conversation::default(), "小游戏被侵权怎么投诉");
    assert_eq!(whole, None);
    for (section, questions, follow_ups) in [
        (
            "no-account",
            &[
                "小游戏被侵权了，没有公众号怎么投诉",
                "没有公众号怎么投诉小游戏侵权",
                "没公众号可以投诉侵权吗",
                "没有公众帐号怎么办，我的小游戏被抄了",
                TRADITIONAL,
                "能不能用微信号投诉侵权",
            ][..],
            &[
                "没有公众号怎么投诉",
                "没有公众号呢",
                "我没有公众号",
                "个人怎么投诉",
            ][..],
        ),
        (
            "has-account",
            &[
                "我有公众号，小游戏被侵权怎么投诉",
                "小游戏侵权，已有公众号",
                "有公众号怎么投诉侵权",
            ],
            &["有公众号怎么投诉", "我有公众号", "已有公众帐号呢"],
        ),
        (
            "registering",
            &[
                "注册的时候名称被占用，想投诉侵权",
                "注册小程序时名字被占怎么投诉",
            ],
            &["注册的时候名字被占用"],
        ),
        (
            "renaming",
            &["改名的时候重名怎么投诉", "认证改名重名怎么办，商标是我的"],
            &["改名的时候重名"],
        ),
        (
            "in-app",
            &["侵权在小程序里怎么投诉", "侵权手机上怎么投诉"],
            &["手机上怎么投诉"],
        ),
        (
            "materials",
            &["投诉侵权需要什么材料", "侵权投诉需要哪些资料"],
            &["需要什么材料", "要准备什么材料"],
        ),
        (
            "result",
            &["侵权投诉的结果在哪看", "投诉侵权以后怎么查进度"],
            &["怎么查进度", "去哪里查结果"],
        ),
    ] {
        for text in questions {
            assert_eq!(
                ask(Conversation::default(), text).0.as_deref(),
                Some(section),
                "{text}"
            );
        }
        for text in follow_ups {
            assert_eq!(
                ask(after_the_answer.clone(), text).0.as_deref(),
                Some(section),
                "afterwards: {text}"
            );
        }
    }
    // 有没有 asks, and lacks nothing: the whole reply, which says that both can. The words of its part
    // weigh against those of the other intents, which the router of the table does not have
    let router = wenlu_core::router::Router::build(&knowledge);
    let desk = DialogueManager {
        router: &router,
        ..desk
    };
    let text = "有没有公众号都能投诉侵权吗";
    let body = IncomingBody::Text(text.into());
    let turn = desk.answer(Conversation::default(), &Incoming { body, at: now });
    let open = turn.conversation.topic.expect("the reply").target;
    assert_eq!(
        (open.intent.as_str(), open.section),
        ("complaint-infringement", None)
    );
}

#[test]
fn symbols_and_tags_leave_the_language_as_it_was() {
    let knowledge = tiny::knowledge();
    let (passages, ttl) = (PassageIndex::of(&knowledge), Duration::from_secs(1800));
    let desk = DialogueManager {
        knowledge: &knowledge,
        router: &tiny::Table,
        passages: &passages,
        ttl,
        operators: None,
        operators_unreachable: false,
        desk: HandoverDesk::default(),
    };
    let answered_in = |before: Lang, text: &str| {
        let before = Conversation {
            lang: before,
            ..Conversation::default()
        };
        desk.answer(
            before,
            &Incoming {
                body: IncomingBody::Text(text.into()),
                at: Timestamp(1),
            },
        )
        .conversation
        .lang
    };
    for text in [
        "!!!",
        "12345",
        "<b></b>",
        "<script>alert(1)</script>",
        "asdf",
        "😭",
    ] {
        assert_eq!(answered_in(Lang::Zh, text), Lang::Zh, "{text}");
        assert_eq!(answered_in(Lang::En, text), Lang::En, "{text}");
    }
    assert_eq!(
        answered_in(Lang::Zh, "my order <b>never</b> came"),
        Lang::En
    );
    assert_eq!(
        answered_in(Lang::Zh, "how to move a mini program"),
        Lang::En
    );
    assert_eq!(answered_in(Lang::En, "迁移"), Lang::Zh);
}
