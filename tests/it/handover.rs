//! Handing over to a person and back: transcripts as in `desk`; in brackets, what a turn means for the hand-over.

use crate::desk::{endings_where, people_who_are, talk_where};

fn talk(people: &str, script: &[&str]) -> String {
    talk_where(people_who_are(people), script)
}

#[test]
fn a_person_is_called_and_the_bot_falls_silent_once_they_write() {
    let script = [
        "转人工",
        "openid 会变吗",
        "@photo",
        "同事：您好，我看到了。\n\n请看 https://mp.weixin.qq.com 。",
        "好的",
    ];
    insta::assert_snapshot!(talk("open", &script), @"
    > 转人工
    (human, handed over) [Opened]
    已经在为您联系同事，会在这里直接回复您，请稍等。
    等待的时候，您可以把问题和已经试过的办法写在这里，同事看到会更快明白；也可以继续问我。请不要发送密码、密钥或证件照片。
    如果问题已经解决，说一声“取消人工”就好。

    > openid 会变吗
    (answered, ids, handed over) [Relayed “openid 会变吗”]
    都不会变。
      [1] unionID 呢
      [2] 有用
      [3] 没解决

    > @photo
    (relayed, handed over) [Relayed “［图片］”]
    图片我还处理不了，已经为您留给同事了。能用文字说一说的话，我也可以先试着回答。

    > 同事：您好，我看到了。

    请看 https://mp.weixin.qq.com 。
    (person, handed over) [Answered]
    同事：您好，我看到了。
          请看 https://mp.weixin.qq.com 。

    > 好的
    (relayed, handed over) [Relayed “好的”]
    ");
}

#[test]
fn steps_are_walked_beside_a_person() {
    let script = [
        "小程序怎么迁移",
        "human",
        "同事：在的",
        "!p:2:moving",
        "下一步",
    ];
    insta::assert_snapshot!(talk("open", &script), @"
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

    > human
    (human, handed over) [Opened]
    已经在为您联系同事，会在这里直接回复您，请稍等。
    等待的时候，您可以把问题和已经试过的办法写在这里，同事看到会更快明白；也可以继续问我。请不要发送密码、密钥或证件照片。
    如果问题已经解决，说一声“取消人工”就好。

    > 同事：在的
    (person, handed over) [Answered]
    同事：在的

    > !p:2:moving
    (step, moving, handed over)
    第 2 步，共 4 步
    打开“设置”。
      [1] 上一步
      [2] 下一步
      [3] 全部步骤

    > 下一步
    (relayed, handed over) [Relayed “下一步”]
    ");
}

#[test]
fn the_ways_out() {
    let script = [
        "转人工",
        "人工",
        "同事：在的",
        "人工",
        "/start",
        "/help",
        "返回机器人",
        "openid 会变吗",
        "转人工",
        "/done",
        "转人工",
        "/silence",
        "同事：来了",
        "/left",
        "同事：回来了",
        "/silence",
    ];
    insta::assert_snapshot!(talk("open", &script), @"
    > 转人工
    (human, handed over) [Opened]
    已经在为您联系同事，会在这里直接回复您，请稍等。
    等待的时候，您可以把问题和已经试过的办法写在这里，同事看到会更快明白；也可以继续问我。请不要发送密码、密钥或证件照片。
    如果问题已经解决，说一声“取消人工”就好。

    > 人工
    (human, handed over) [Relayed “人工”]
    您的请求已经在同事那里了，不用重复提交。同事看到后会在这里直接回复您，这期间您可以继续问我。

    > 同事：在的
    (person, handed over) [Answered]
    同事：在的

    > 人工
    (human, handed over) [Relayed “人工”]
    这段对话已经转给同事了，您写的每一句同事都能看到，请稍等回复。这期间我先不插话；想让我回来，随时说“返回机器人”。
      [1] 返回机器人

    > /start
    (start, handed over)
    这段对话已经转给同事了，您写的每一句同事都能看到，请稍等回复。这期间我先不插话；想让我回来，随时说“返回机器人”。
      [1] 返回机器人

    > /help
    (help, handed over)
    这段对话已经转给同事了，您写的每一句同事都能看到，请稍等回复。这期间我先不插话；想让我回来，随时说“返回机器人”。
      [1] 返回机器人

    > 返回机器人
    (given_back) [Closed(Asker)]
    好的，那就不麻烦同事了，由我继续为您解答。请直接告诉我您的问题，或者从这些开始：
      [1] 怎么迁移小程序
      [2] 注销
      [3] 转人工

    > openid 会变吗
    (answered, ids)
    都不会变。
      [1] unionID 呢
      [2] 有用
      [3] 没解决

    > 转人工
    (human, handed over) [Opened]
    已经在为您联系同事，会在这里直接回复您，请稍等。
    等待的时候，您可以把问题和已经试过的办法写在这里，同事看到会更快明白；也可以继续问我。请不要发送密码、密钥或证件照片。
    如果问题已经解决，说一声“取消人工”就好。

    > /done
    (given_back) [Closed(Done)]
    同事已经结束了这次人工服务，现在由我继续为您解答。还有别的问题，直接告诉我；需要的话，也可以再转人工。
      [1] 转人工

    > 转人工
    (human, handed over) [Opened]
    已经在为您联系同事，会在这里直接回复您，请稍等。
    等待的时候，您可以把问题和已经试过的办法写在这里，同事看到会更快明白；也可以继续问我。请不要发送密码、密钥或证件照片。
    如果问题已经解决，说一声“取消人工”就好。

    > /silence
    (expired, handed over)

    > 同事：来了
    (person, handed over) [Answered]
    同事：来了

    > /left
    (released, handed over) [Released]
    刚才接待您的同事暂时走开了，您的请求已经重新排上队，其他同事看到后会在这里直接回复您，这期间您可以继续问我。

    > 同事：回来了
    (person, handed over) [Answered]
    同事：回来了

    > /silence
    (given_back) [Closed(Silence)]
    有一会儿没有新消息了，现在由我接着为您解答。如果同事还没有帮到您，抱歉让您久等了，您可以再转一次人工，也可以先看看这些：
      [1] 怎么迁移小程序
      [2] 注销
      [3] 转人工
    ");
}

#[test]
fn out_of_hours_the_bot_goes_on_until_a_person_writes() {
    let script = [
        "让你们的人来",
        "小程序怎么迁移",
        "@photo",
        "转人工",
        "同事：早上好！",
        "小程序怎么迁移",
        "/done",
    ];
    insta::assert_snapshot!(talk("closed", &script), @"
    > 让你们的人来
    (human, smalltalk-human, handed over) [Opened]
    您的请求已经排上队了。现在同事不在线，会在明天（周四）09:00 上线，到时在这里直接回复您。
    这期间您可以把问题和已经试过的办法写下来，同事会看到；也可以继续问我。请不要发送密码、密钥或证件照片。
    如果问题已经解决，说一声“取消人工”就好。
    您也可以留下联系方式（手机号、微信号或邮箱），直接发在这里就行，同事看到后会联系您。联系方式只给同事看。

    > 小程序怎么迁移
    (answered, moving, handed over) [Relayed “小程序怎么迁移”]
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

    > @photo
    (relayed, handed over) [Relayed “［图片］”]
    图片我还处理不了，已经为您留给同事了。能用文字说一说的话，我也可以先试着回答。

    > 转人工
    (human, handed over) [Relayed “转人工”]
    您的请求已经在排队了，不用重复提交。同事会在明天（周四）09:00 上线，到时在这里直接回复您。您写的内容同事都会看到，这期间也可以继续问我。

    > 同事：早上好！
    (person, handed over) [Answered]
    同事：早上好！

    > 小程序怎么迁移
    (relayed, handed over) [Relayed “小程序怎么迁移”]

    > /done
    (given_back) [Closed(Done)]
    同事已经结束了这次人工服务，现在由我继续为您解答。还有别的问题，直接告诉我；需要的话，也可以再转人工。
      [1] 转人工
    ");
}

#[test]
fn unsolved_twice() {
    insta::assert_snapshot!(talk("open", &["小程序怎么迁移", "没解决", "没解决", "还是不行"]), @"
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

    > 没解决
    (unsolved, moving, unanswered: unsolved “小程序怎么迁移”, handed over) [Opened]
    抱歉，连着两次都没能解决您的问题，这就请同事来看。
    已经在为您联系同事，会在这里直接回复您，请稍等。
    等待的时候，您可以把问题和已经试过的办法写在这里，同事看到会更快明白；也可以继续问我。请不要发送密码、密钥或证件照片。
    如果问题已经解决，说一声“取消人工”就好。

    > 还是不行
    (unsolved, moving, unanswered: unsolved “小程序怎么迁移”, handed over) [Relayed “还是不行”]
    抱歉，没能解决您的问题。您可以补充一点细节，比如做到哪一步、看到什么提示，我再试一次；也可以转人工，请同事来看。
      [1] 转人工
    ");
    insta::assert_snapshot!(talk("closed", &["openid 会变吗", "!no:ids", "小店怎么注销", "!no:closing-shop"]), @"
    > openid 会变吗
    (answered, ids)
    都不会变。
      [1] unionID 呢
      [2] 有用
      [3] 没解决

    > !no:ids
    (unsolved, ids, unanswered: unsolved “openid 会变吗”)
    抱歉，刚才的回答没有帮上忙。您是不是想问：
      [1] 怎么迁移小程序
      [2] 都不是
      [3] 转人工

    > 小店怎么注销
    (answered, closing-shop)
    在小店后台注销：
    1. 打开后台。
    2. 点“注销”。
      [1] 有用
      [2] 没解决

    > !no:closing-shop
    (unsolved, closing-shop, unanswered: unsolved “小店怎么注销”, handed over) [Opened]
    抱歉，连着两次都没能解决您的问题，这就请同事来看。
    您的请求已经排上队了。现在同事不在线，会在明天（周四）09:00 上线，到时在这里直接回复您。
    这期间您可以把问题和已经试过的办法写下来，同事会看到；也可以继续问我。请不要发送密码、密钥或证件照片。
    如果问题已经解决，说一声“取消人工”就好。
    您也可以留下联系方式（手机号、微信号或邮箱），直接发在这里就行，同事看到后会联系您。联系方式只给同事看。
    ");
}

#[test]
fn in_english() {
    insta::assert_snapshot!(
        talk("closed", &["how to move a mini program", "human", "@voice", "human", "@sticker", "no person needed"]),
        @"
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

    > human
    (human, handed over) [Opened]
    Your request is in the queue. My colleagues are away right now. Service starts again tomorrow, Thursday 09:00 (UTC+8), and one of them will answer you right here.
    Meanwhile you can write down your question and what you have tried, which my colleague will see, or go on asking me. Please don't send passwords, secret keys or photos of identity documents.
    If it solves itself, just say “no person needed”.
    You can also leave a phone number, an e-mail address or your id in a messenger: just send it here, and a colleague will get in touch. Only my colleagues see it.

    > @voice
    (relayed, handed over) [Relayed “［语音］”]
    I can't read voice messages yet, but I've kept this one for my colleagues. If you can put it in words, I'll try to answer meanwhile.

    > human
    (human, handed over) [Relayed “human”]
    Your request is in the queue already; no need to send it again. Service starts again tomorrow, Thursday 09:00 (UTC+8), and one of my colleagues will answer you right here. They will see what you write, and you can go on asking me meanwhile.

    > @sticker
    (refused, handed over) [Relayed “［表情］”]
    Got your sticker! If there's anything you'd like to ask, just tell me in a sentence.

    > no person needed
    (given_back) [Closed(Asker)]
    All right, no colleague needed any more; I'm here for you. Just tell me your question, or start with one of these:
      [1] How do I move a mini program?
      [2] 注销
      [3] Talk to a person
    "
    );
    insta::assert_snapshot!(
        talk("open", &["how to move a mini program", "human", "agent", "back to the bot", "help", "@photo", "@other"]),
        @"
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

    > human
    (human, handed over) [Opened]
    I'm getting a colleague for you, one moment please; you will be answered right here.
    While you wait, you can write down your question and what you have tried, so that my colleague can understand it faster, or go on asking me. Please don't send passwords, secret keys or photos of identity documents.
    If it solves itself, just say “no person needed”.

    > agent
    (human, handed over) [Relayed “agent”]
    Your request is with my colleagues already; no need to send it again. One of them will answer you right here, and you can go on asking me meanwhile.

    > back to the bot
    (given_back) [Closed(Asker)]
    All right, no colleague needed any more; I'm here for you. Just tell me your question, or start with one of these:
      [1] How do I move a mini program?
      [2] 注销
      [3] Talk to a person

    > help
    (help)
    Just ask me in your own words: say in a sentence what you are doing and what went wrong, and I'll tell you what to do, step by step where there are many.
    If an answer didn't help, say “not solved”; for a colleague, say “talk to a person”. Or start with one of these:
      [1] How do I move a mini program?
      [2] 注销
      [3] Talk to a person

    > @photo
    (refused)
    I'm sorry, I can't read pictures yet, only text. Please put your question in a sentence: what are you doing, and what does the screen say? Or ask for a person, and a colleague will look at it.
      [1] Talk to a person

    > @other
    (refused)
    I'm sorry, I can't read messages of this kind yet, only text. Please put your question in a sentence: what are you doing, and what does the screen say? Or ask for a person, and a colleague will look at it.
      [1] Talk to a person
    "
    );
}

#[test]
fn who_finds_nobody_is_asked_how_they_can_be_reached() {
    let script = [
        "转人工",
        "openid 会变吗",
        "我微信号是 xiaoming_88，下午联系我",
        "13812345678",
        "转人工",
    ];
    insta::assert_snapshot!(talk("closed", &script), @"
    > 转人工
    (human, handed over) [Opened]
    您的请求已经排上队了。现在同事不在线，会在明天（周四）09:00 上线，到时在这里直接回复您。
    这期间您可以把问题和已经试过的办法写下来，同事会看到；也可以继续问我。请不要发送密码、密钥或证件照片。
    如果问题已经解决，说一声“取消人工”就好。
    您也可以留下联系方式（手机号、微信号或邮箱），直接发在这里就行，同事看到后会联系您。联系方式只给同事看。

    > openid 会变吗
    (answered, ids, handed over) [Relayed “openid 会变吗”]
    都不会变。
      [1] unionID 呢
      [2] 有用
      [3] 没解决

    > 我微信号是 xiaoming_88，下午联系我
    (relayed, handed over) [Relayed “［联系方式］”]
    联系方式已经记下，只给同事看，同事看到后会联系您。这期间您可以继续问我。

    > 13812345678
    (unknown, unanswered: unknown “13812345678”, handed over) [Relayed “13812345678”]
    抱歉，这个问题我不太确定，不想随便给您一个答案。您可以换个说法再试一次，或者看看下面有没有您要找的；需要的话，也可以转人工。
      [1] 怎么迁移小程序
      [2] 注销
      [3] 转人工

    > 转人工
    (human, handed over) [Relayed “转人工”]
    您的请求已经在排队了，不用重复提交。同事会在明天（周四）09:00 上线，到时在这里直接回复您。您写的内容同事都会看到，这期间也可以继续问我。
    ");
    let script = [
        "转人工",
        "电话是13812345678，小程序怎么迁移，openid 会变吗，材料要哪些",
    ];
    insta::assert_snapshot!(talk("closed", &script), @"
    > 转人工
    (human, handed over) [Opened]
    您的请求已经排上队了。现在同事不在线，会在明天（周四）09:00 上线，到时在这里直接回复您。
    这期间您可以把问题和已经试过的办法写下来，同事会看到；也可以继续问我。请不要发送密码、密钥或证件照片。
    如果问题已经解决，说一声“取消人工”就好。
    您也可以留下联系方式（手机号、微信号或邮箱），直接发在这里就行，同事看到后会联系您。联系方式只给同事看。

    > 电话是13812345678，小程序怎么迁移，openid 会变吗，材料要哪些
    (unknown, unanswered: unknown “电话是 ，小程序怎么迁移，openid 会变吗，材料要哪些”, handed over) [Relayed “电话是 ，小程序怎么迁移，openid 会变吗，材料要哪些”]
    联系方式已经记下，只给同事看，同事看到后会联系您。这期间您可以继续问我。

    抱歉，这个问题我不太确定，不想随便给您一个答案。您可以换个说法再试一次，或者看看下面有没有您要找的；需要的话，也可以转人工。
      [1] 怎么迁移小程序
      [2] 注销
      [3] 转人工
    ");
}

/// Each turn's outcome and what it means for the hand-over.
#[test]
fn what_each_turn_means() {
    let talking: &[&str] = &["小程序怎么迁移", "转人工", "同事：在的"];
    let waiting: &[&str] = &["=closed", "小程序怎么迁移", "转人工"];
    let met: &[&str] = &["=closed", "转人工", "同事：在的"];
    let closed: &[&str] = &["转人工", "/done"];
    for (before, said, wanted) in [
        // the ways in
        (&[][..], "转人工", "(human, handed over) [Opened]"),
        (&[], "!human", "(human, handed over) [Opened]"),
        (
            &[],
            "让你们的人来",
            "(human, smalltalk-human, handed over) [Opened]",
        ),
        (&["=closed"], "转人工", "(human, handed over) [Opened]"),
        (&[], "同事：在吗", "(person, handed over) [Answered]"),
        (closed, "同事：还有一点", "(person, handed over) [Answered]"),
        (closed, "转人工", "(human, handed over) [Opened]"),
        (
            &["=nobody", "转人工", "=open"],
            "转人工",
            "(human, handed over) [Opened]",
        ),
        // a person talks: all is said to them
        (
            talking,
            "openid 会变吗",
            "(relayed, handed over) [Relayed “openid 会变吗”]",
        ),
        (talking, "1", "(relayed, handed over) [Relayed “1”]"),
        (
            talking,
            "没解决",
            "(relayed, handed over) [Relayed “没解决”]",
        ),
        (
            talking,
            "机器人？",
            "(relayed, handed over) [Relayed “机器人？”]",
        ),
        (
            talking,
            " \n",
            "(relayed, handed over) [Relayed “［没有文字］”]",
        ),
        (
            talking,
            "@voice",
            "(relayed, handed over) [Relayed “［语音］”]",
        ),
        (
            talking,
            "@other",
            "(relayed, handed over) [Relayed “［其他消息］”]",
        ),
        (
            talking,
            "!i:ids",
            "(relayed, handed over) [Relayed “迁移后 ID 变不变”]",
        ),
        (
            talking,
            "!i:moving#how-long",
            "(relayed, handed over) [Relayed “要多久”]",
        ),
        (
            talking,
            "!no:moving",
            "(relayed, handed over) [Relayed “没解决”]",
        ),
        (
            talking,
            "!yes:ids",
            "(relayed, handed over) [Relayed “有用”]",
        ),
        (
            talking,
            "!none",
            "(relayed, handed over) [Relayed “都不是”]",
        ),
        (
            talking,
            "!i:gone",
            "(relayed, handed over) [Relayed “［没有文字］”]",
        ),
        (
            &["=closed", "转人工", "同事：在的"],
            "好的",
            "(relayed, handed over) [Relayed “好的”]",
        ),
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
        (
            waiting,
            "openid 会变吗",
            "(answered, ids, handed over) [Relayed “openid 会变吗”]",
        ),
        (
            waiting,
            "做饭要多久",
            "(unknown, unanswered: unknown “做饭要多久”, handed over) [Relayed “做饭要多久”]",
        ),
        (
            waiting,
            "下一步",
            "(step, moving, handed over) [Relayed “下一步”]",
        ),
        (waiting, "!p:2:moving", "(step, moving, handed over)"),
        (
            waiting,
            "!yes:moving",
            "(solved, moving, handed over) [Relayed “有用”]",
        ),
        (
            waiting,
            "@photo",
            "(relayed, handed over) [Relayed “［图片］”]",
        ),
        (
            waiting,
            "@sticker",
            "(refused, handed over) [Relayed “［表情］”]",
        ),
        (waiting, "转人工", "(human, handed over) [Relayed “转人工”]"),
        (waiting, "/start", "(start, handed over)"),
        (waiting, "/help", "(help, handed over)"),
        (waiting, "!topics", "(topics, handed over)"),
        (
            &["=closed", "转人工", "没解决", "小程序怎么迁移", "没解决"],
            "没解决",
            "(unsolved, moving, unanswered: unsolved “小程序怎么迁移”, handed over) [Relayed “没解决”]",
        ),
        // service begins meanwhile: it waits until a person takes it
        (
            &["=closed", "转人工", "=open"],
            "转人工",
            "(human, handed over) [Relayed “转人工”]",
        ),
        (
            &["=closed", "转人工", "=open", "转人工"],
            "openid 会变吗",
            "(answered, ids, handed over) [Relayed “openid 会变吗”]",
        ),
        (
            &["=closed", "转人工", "=open"],
            "openid 会变吗",
            "(answered, ids, handed over) [Relayed “openid 会变吗”]",
        ),
        // the ways out
        (talking, "/done", "(given_back) [Closed(Done)]"),
        (talking, "/silence", "(given_back) [Closed(Silence)]"),
        (talking, "返回机器人", "(given_back) [Closed(Asker)]"),
        (talking, "Back to the bot!", "(given_back) [Closed(Asker)]"),
        (talking, "!bot", "(given_back) [Closed(Asker)]"),
        (waiting, "取消人工", "(given_back) [Closed(Asker)]"),
        (waiting, "/done", "(given_back) [Closed(Done)]"),
        // who waits does so until somebody comes, service or not
        (waiting, "/silence", "(expired, handed over)"),
        (
            &["转人工"],
            "openid 会变吗",
            "(answered, ids, handed over) [Relayed “openid 会变吗”]",
        ),
        (&["转人工"], "/silence", "(expired, handed over)"),
        // whose colleague is gone waits again
        (talking, "/left", "(released, handed over) [Released]"),
        (waiting, "/left", "(expired, handed over)"),
        (
            &["转人工", "同事：在的", "/left"],
            "openid 会变吗",
            "(answered, ids, handed over) [Relayed “openid 会变吗”]",
        ),
        (
            &["转人工", "同事：在的", "/left"],
            "/silence",
            "(expired, handed over)",
        ),
        (
            &["转人工", "同事：在的", "/left", "同事：我来了"],
            "好的",
            "(relayed, handed over) [Relayed “好的”]",
        ),
        (met, "/silence", "(given_back) [Closed(Silence)]"),
        // nothing is open
        (&[], "/done", "(expired)"),
        (closed, "/done", "(expired)"),
        (closed, "/silence", "(expired)"),
        (closed, "/left", "(expired)"),
        (closed, "!bot", "(help)"),
        (closed, "openid 会变吗", "(answered, ids)"),
        // time alone closes nothing, and service that ends does not end a talk
        (
            &["转人工", "同事：在的", "+6000"],
            "在吗",
            "(relayed, handed over) [Relayed “在吗”]",
        ),
        (
            &["转人工", "同事：在的", "=closed"],
            "在吗",
            "(relayed, handed over) [Relayed “在吗”]",
        ),
        // nobody is left who could answer
        (
            &["转人工", "同事：在的", "=nobody"],
            "openid 会变吗",
            "(answered, ids, handed over)",
        ),
        (
            &["转人工", "同事：在的", "=nobody"],
            "/done",
            "(given_back) [Closed(Done)]",
        ),
        (
            &["转人工", "同事：在的", "=nobody"],
            "返回机器人",
            "(help, handed over)",
        ),
    ] {
        assert_eq!(
            endings_where(people_who_are("open"), before, said),
            wanted,
            "{before:?} then {said:?}"
        );
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
        (
            &["小程序怎么迁移", "没解决", "openid 会变吗"],
            "!no:ids",
            true,
        ),
        (
            &[
                "小程序怎么迁移",
                "没解决",
                "做饭要多久",
                "openid 会变吗",
                "多谢啦",
                "unionid",
            ],
            "没解决",
            true,
        ),
        (
            &["小程序怎么迁移", "没解决", "小店怎么注销", "openid 会变吗"],
            "没解决",
            false,
        ),
        (
            &[
                "小程序怎么迁移",
                "没解决",
                "小店怎么注销",
                "openid 会变吗",
                "没解决",
            ],
            "没解决",
            true,
        ),
        (
            &["小程序怎么迁移", "没解决", "openid 会变吗", "有用"],
            "没解决",
            false,
        ),
        (
            &["小程序怎么迁移", "没解决", "/start", "小程序怎么迁移"],
            "没解决",
            false,
        ),
        (
            &[
                "小程序怎么迁移",
                "没解决",
                "转人工",
                "/done",
                "小程序怎么迁移",
            ],
            "没解决",
            false,
        ),
    ] {
        assert_eq!(called(before, said), wanted, "{before:?} then {said:?}");
    }
}

#[test]
fn a_quiet_night_does_not_end_a_request_that_waits_for_the_morning() {
    let said = talk("closed", &["转人工", "/silence", "转人工"]);
    let turns: Vec<&str> = said.lines().filter(|line| line.starts_with('(')).collect();
    assert_eq!(
        turns,
        [
            "(human, handed over) [Opened]",
            "(expired, handed over)",
            "(human, handed over) [Relayed “转人工”]"
        ]
    );
}
