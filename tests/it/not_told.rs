//! What the shipped replies do not tell, asked in ways that look like something else: a reason beside the rule that
//! has none, a phone number that sounds like a request for a person, a number of copies. And what is read as it was
//! meant: a choice with its explanation, a sentence with a slip of letters, a good sentence that sounds like another.

use wenlu_core::Assistant;
use wenlu_core::dialogue::{Conversation, Turn};
use wenlu_core::knowledge::files::DataFiles;
use wenlu_core::model::{Incoming, IncomingBody, Timestamp};
use wenlu_core::reply::plain_text::blocks_text;

/// The last turn of a conversation with the shipped knowledge.
fn last_turn(assistant: &Assistant, said: &[&str]) -> Turn {
    let mut conversation = Conversation::default();
    let mut last = None;
    for (at, text) in said.iter().enumerate() {
        let incoming = Incoming {
            body: IncomingBody::Text((*text).to_owned()),
            at: Timestamp(1_000 * (at as i64 + 1)),
        };
        let turn = assistant.take_turn(conversation, &incoming);
        conversation = turn.conversation.clone();
        last = Some(turn);
    }
    last.expect("something was said")
}

fn shown(turn: &Turn) -> String {
    let replies = turn.replies.iter();
    replies.map(|reply| blocks_text(&reply.blocks)).collect()
}

fn shipped() -> Assistant {
    Assistant::from_files(&DataFiles::shipped()).expect("the shipped files")
}

#[test]
fn what_the_shipped_replies_do_not_tell_is_said_first() {
    let bot = shipped();
    for (said, aspect) in [
        // the rule is told and no reason for it, which the rule is not
        (
            &["为什么一定要有对公账户才能注销小程序"][..],
            "这样规定的原因",
        ),
        (
            &["注销小店为什么必须交法人手持身份证的照片"],
            "这样规定的原因",
        ),
        (
            &["小游戏被侵权了怎么投诉", "凭什么要审这么久"],
            "这样规定的原因",
        ),
        // a number to call, about a topic that is named
        (&["申诉有电话可以打吗，给我一个号码"], "联系电话"),
        (&["微信小店怎么注销", "申请书要写几份"], "要交几份"),
        (&["怎么举报违规链接", "举报错了可以撤吗"], "撤回"),
    ] {
        let turn = last_turn(&bot, said);
        let text = shown(&turn);
        let says = format!("关于{aspect}，我这里的资料没有写到");
        assert!(text.starts_with(&says), "{said:?}: {text}");
        assert!(!turn.conversation.handed_over, "{said:?}");
    }
    // the reason that the source gives is told
    for (said, holds) in [
        ("为什么我的小程序不能注销，公司已经注销了", "对公账户"),
        ("为什么小程序收到将被冻结的通知", "长时间没有使用"),
    ] {
        let turn = last_turn(&bot, &[said]);
        assert!(shown(&turn).contains(holds), "{said}: {}", shown(&turn));
        assert_eq!(turn.entry.unanswered, None, "{said}");
    }
}

#[test]
fn a_person_is_still_asked_for_by_phone_alone() {
    let turn = last_turn(&shipped(), &["给我个客服电话"]);
    assert!(turn.conversation.handed_over, "{}", shown(&turn));
}

#[test]
fn a_sentence_is_read_as_it_was_meant() {
    let bot = shipped();
    for (said, intent) in [
        (&["申诉", "第一种，名称那个"][..], "appeal-name"),
        (&["申诉", "第三个，文章被删了"], "appeal-content"),
        (&["how to reprot a bad lnik"], "report-link"),
        // 写些 sounds like thanks, and is none
        (
            &["怎么举报违规链接", "能发邮件吗", "邮件里要写些什么"],
            "report-link",
        ),
    ] {
        let turn = last_turn(&bot, said);
        let found = turn.entry.intent.as_deref();
        assert_eq!(found, Some(intent), "{said:?}: {}", shown(&turn));
    }
}

#[test]
fn an_item_far_down_a_list_comes_first_with_what_introduces_it() {
    let turn = last_turn(&shipped(), &["注销小店为什么必须交法人手持身份证的照片"]);
    let text = shown(&turn);
    assert!(
        text.contains("一共 8 项：法人手持身份证的清晰照片"),
        "{text}"
    );
}
