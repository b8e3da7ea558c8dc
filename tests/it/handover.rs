//! Handing over to a person and back: transcripts as in `desk`; in brackets, what a turn means for the hand-over.

use crate::desk::{endings_where, people_who_are, talk_where};

fn talk(people: &str, script: &[&str]) -> String {
    talk_where(people_who_are(people), script)
}

#[test]
fn a_person_is_called_and_the_bot_falls_silent() {
    let script =
        ["转人工", "我的迁移被驳回了", "@photo", "同事：您好，我看到了。\n\n请看 https://mp.weixin.qq.com 。", "好的"];
    insta::assert_snapshot!(talk("open", &script), @"");
}

#[test]
fn steps_are_walked_beside_a_person() {
    let script = ["小程序怎么迁移", "human", "!p:2:moving", "下一步"];
    insta::assert_snapshot!(talk("open", &script), @"");
}

#[test]
fn the_ways_out() {
    let script =
        ["转人工", "人工", "/start", "/help", "返回机器人", "openid 会变吗", "转人工", "/done", "转人工", "/silence"];
    insta::assert_snapshot!(talk("open", &script), @"");
}

#[test]
fn out_of_hours_the_bot_goes_on_until_a_person_writes() {
    let script = ["让你们的人来", "小程序怎么迁移", "@photo", "转人工", "同事：早上好！", "小程序怎么迁移", "/done"];
    insta::assert_snapshot!(talk("closed", &script), @"");
}

#[test]
fn unsolved_twice() {
    insta::assert_snapshot!(talk("open", &["小程序怎么迁移", "没解决", "没解决", "还是不行"]), @"");
    insta::assert_snapshot!(talk("closed", &["openid 会变吗", "!no:ids", "小店怎么注销", "!no:closing-shop"]), @"");
}

#[test]
fn in_english() {
    insta::assert_snapshot!(
        talk("closed", &["how to move a mini program", "human", "@voice", "human", "@sticker", "no person needed"]),
        @""
    );
    insta::assert_snapshot!(
        talk("open", &["how to move a mini program", "human", "agent", "back to the bot", "help", "@photo", "@other"]),
        @""
    );
}

/// Each turn's outcome and what it means for the hand-over.
#[test]
fn what_each_turn_means() {
    let talking: &[&str] = &["小程序怎么迁移", "转人工"];
    let waiting: &[&str] = &["=closed", "小程序怎么迁移", "转人工"];
    let met: &[&str] = &["=closed", "转人工", "同事：在的"];
    let closed: &[&str] = &["转人工", "/done"];
    for (before, said, wanted) in [
        // the ways in
        (&[][..], "转人工", "(human, handed over) [Opened]"),
        (&[], "!human", "(human, handed over) [Opened]"),
        (&[], "让你们的人来", "(human, smalltalk-human, handed over) [Opened]"),
        (&["=closed"], "转人工", "(human, handed over) [Opened]"),
        (&[], "同事：在吗", "(person, handed over) [Answered]"),
        (closed, "同事：还有一点", "(person, handed over) [Answered]"),
        (closed, "转人工", "(human, handed over) [Opened]"),
        (&["=nobody", "转人工", "=open"], "转人工", "(human, handed over) [Opened]"),
        // a person talks: all is said to them
        (talking, "openid 会变吗", "(relayed, handed over) [Relayed “openid 会变吗”]"),
        (talking, "1", "(relayed, handed over) [Relayed “1”]"),
        (talking, "没解决", "(relayed, handed over) [Relayed “没解决”]"),
        (talking, "机器人？", "(relayed, handed over) [Relayed “机器人？”]"),
        (talking, " \n", "(relayed, handed over) [Relayed “［没有文字］”]"),
        (talking, "@voice", "(relayed, handed over) [Relayed “［语音］”]"),
        (talking, "@other", "(relayed, handed over) [Relayed “［其他消息］”]"),
        (talking, "!i:ids", "(relayed, handed over) [Relayed “迁移后 ID 变不变”]"),
        (talking, "!i:moving#how-long", "(relayed, handed over) [Relayed “要多久”]"),
        (talking, "!no:moving", "(relayed, handed over) [Relayed “没解决”]"),
        (talking, "!yes:ids", "(relayed, handed over) [Relayed “有用”]"),
        (talking, "!none", "(relayed, handed over) [Relayed “都不是”]"),
        (talking, "!i:gone", "(relayed, handed over) [Relayed “［没有文字］”]"),
        (&["=closed", "转人工", "同事：在的"], "好的", "(relayed, handed over) [Relayed “好的”]"),
        // but for these
        (talking, "!p:2:moving", "(step, moving, handed over)"),
        (talking, "!p:all:moving", "(step, moving, handed over)"),
        (talking, "!p:9:moving", "(step, handed over)"),
        (talking, "转人工", "(human, handed over) [Relayed “转人工”]"),
        (talking, "!human", "(human, handed over) [Relayed “转人工”]"),
        (talking, "!topics", "(help, handed over)"),
        (talking, "/start", "(start, handed over)"),
        (talking, "/help", "(help, handed over)"),
        (talking, "同事：请稍等", "(person, handed over) [Answered]"),
        // waiting: answered by the bot, and kept for the person
        (waiting, "openid 会变吗", "(answered, ids, handed over) [Relayed “openid 会变吗”]"),
        (waiting, "做饭要多久", "(unknown, unanswered: unknown “做饭要多久”, handed over) [Relayed “做饭要多久”]"),
        (waiting, "下一步", "(step, moving, handed over) [Relayed “下一步”]"),
        (waiting, "!p:2:moving", "(step, moving, handed over)"),
        (waiting, "!yes:moving", "(solved, moving, handed over) [Relayed “有用”]"),
        (waiting, "@photo", "(relayed, handed over) [Relayed “［图片］”]"),
        (waiting, "@sticker", "(refused, handed over) [Relayed “［表情］”]"),
        (waiting, "转人工", "(human, handed over) [Relayed “转人工”]"),
        (waiting, "/start", "(start, handed over)"),
        (waiting, "/help", "(help, handed over)"),
        (waiting, "!topics", "(topics, handed over)"),
        (
            &["=closed", "转人工", "没解决", "小程序怎么迁移", "没解决"],
            "没解决",
            "(unsolved, moving, unanswered: unsolved “小程序怎么迁移”, handed over) [Relayed “没解决”]",
        ),
        // service began meanwhile: who asks again is not answered by the bot any more
        (&["=closed", "转人工", "=open"], "转人工", "(human, handed over) [Relayed “转人工”]"),
        (
            &["=closed", "转人工", "=open", "转人工"],
            "openid 会变吗",
            "(relayed, handed over) [Relayed “openid 会变吗”]",
        ),
        (&["=closed", "转人工", "=open"], "openid 会变吗", "(answered, ids, handed over) [Relayed “openid 会变吗”]"),
        // the ways out
        (talking, "/done", "(given_back) [Closed(Done)]"),
        (talking, "/silence", "(given_back) [Closed(Silence)]"),
        (talking, "返回机器人", "(given_back) [Closed(Asker)]"),
        (talking, "Back to the bot!", "(given_back) [Closed(Asker)]"),
        (talking, "!bot", "(given_back) [Closed(Asker)]"),
        (waiting, "取消人工", "(given_back) [Closed(Asker)]"),
        (waiting, "/done", "(given_back) [Closed(Done)]"),
        (met, "/silence", "(given_back) [Closed(Silence)]"),
        // nothing is open
        (&[], "/done", "(expired)"),
        (closed, "/done", "(expired)"),
        (closed, "/silence", "(expired)"),
        (closed, "!bot", "(help)"),
        (closed, "openid 会变吗", "(answered, ids)"),
        // time alone closes nothing, and service that ends does not end a talk
        (&["转人工", "+6000"], "在吗", "(relayed, handed over) [Relayed “在吗”]"),
        (&["转人工", "=closed"], "在吗", "(relayed, handed over) [Relayed “在吗”]"),
        // nobody is left who could answer
        (&["转人工", "=nobody"], "openid 会变吗", "(answered, ids, handed over)"),
        (&["转人工", "=nobody"], "/done", "(given_back) [Closed(Done)]"),
        (&["转人工", "=nobody"], "返回机器人", "(help, handed over)"),
    ] {
        assert_eq!(endings_where(people_who_are("open"), before, said), wanted, "{before:?} then {said:?}");
    }
}

/// A person is called at the second 没解决 in a row, and in a row means: no answer in between that was left as it was.
#[test]
fn how_unsolved_is_counted() {
    let called = |before: &[&str], said: &str| {
        endings_where(people_who_are("open"), before, said).ends_with("handed over) [Opened]")
    };
    for (before, said, wanted) in [
        (&["小程序怎么迁移"][..], "没解决", false),
        (&["小程序怎么迁移", "没解决"], "没解决", true),
        (&["小程序怎么迁移", "没解决", "1"], "没解决", true),
        (&["小程序怎么迁移", "没解决", "openid 会变吗"], "!no:ids", true),
        (&["小程序怎么迁移", "没解决", "做饭要多久", "openid 会变吗", "多谢啦", "unionid"], "没解决", true),
        (&["小程序怎么迁移", "没解决", "小店怎么注销", "openid 会变吗"], "没解决", false),
        (&["小程序怎么迁移", "没解决", "小店怎么注销", "openid 会变吗", "没解决"], "没解决", true),
        (&["小程序怎么迁移", "没解决", "openid 会变吗", "有用"], "没解决", false),
        (&["小程序怎么迁移", "没解决", "/start", "小程序怎么迁移"], "没解决", false),
        (&["小程序怎么迁移", "没解决", "转人工", "/done", "小程序怎么迁移"], "没解决", false),
    ] {
        assert_eq!(called(before, said), wanted, "{before:?} then {said:?}");
    }
}
