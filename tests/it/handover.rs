//! Handing over to a person and back: transcripts, as in `desk`; in brackets what the turn means for the hand-over.

use crate::desk::{people_who_are, talk_where};

fn talk(people: &str, script: &[&str]) -> String {
    talk_where(people_who_are(people), script)
}

#[test]
fn while_a_person_talks_the_bot_is_silent() {
    insta::assert_snapshot!(talk("open", &[
        "小程序怎么迁移", "转人工", "我的迁移被驳回了", "@photo", "1", "!p:2:moving", "!i:ids", "!yes:moving", "!gone",
        "同事：您好，我看到了。\n\n请看 https://mp.weixin.qq.com 。", "怎么开通支付", "+600", "人工", "/start", "/help",
        "/done", "openid 会变吗",
    ]), @"");
}

#[test]
fn out_of_hours_the_bot_goes_on_until_a_person_writes() {
    insta::assert_snapshot!(talk("closed", &[
        "让你们的人来", "小程序怎么迁移", "下一步", "!p:3:moving", "@photo", "@sticker", "今天天气怎么样", "转人工", "/help",
        "同事：早上好！", "小程序怎么迁移", "/silence",
    ]), @"");
}
