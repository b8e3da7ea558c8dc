//! What people do: the updates it makes, and what they see.

use super::{Bot, frozen};
use crate::Standing;
use serde_json::json;
use teloxide::types::{Update, UpdateKind};

#[tokio::test]
async fn every_update_has_the_shape_of_a_real_one() {
    let fake = frozen(false);
    let user = fake
        .user(7)
        .named("小明")
        .with_username("xiaoming")
        .speaking("en");
    let group = fake.group(1, "小群");
    let forum = fake.forum(2, "客服");
    let channel = fake.channel(3, "公告");
    let bot = Bot::of(&fake);
    let said = user.say("/start@wenlu_bot 见 https://a.cn");
    user.edit(said, "改了");
    user.reply(said, "回复");
    user.photo("看图");
    user.album(2, "两张");
    user.sticker();
    user.voice();
    user.forward("转发");
    bot.ok("sendMessage", json!({"chat_id": 7, "text": "?", "reply_markup": {"inline_keyboard": [[{"text": "是", "callback_data": "y"}]]}}))
        .await;
    user.press("是");
    user.inline("注销");
    user.block();
    user.unblock();
    let member = group.join(&user);
    member.say("@wenlu_bot 好");
    group.anonymous("匿名");
    group.channel_says(&channel, "频道");
    group.bot_says("机器人");
    let thread = forum.open_topic(&user, "话题");
    user.at(&forum).within(thread).say("在话题里");
    forum.close_topic(&user, thread);
    forum.make_bot(&user, Standing::Member);
    let post = channel.post("公告");
    channel.edit(post, "新公告");
    group.migrate(&user);
    let mut kinds = String::new();
    fake.look(|record| {
        for update in record.updates.log.values() {
            let read: Update = serde_json::from_str(&update.body.to_string()).unwrap();
            let kind = match &read.kind {
                UpdateKind::Message(message) | UpdateKind::ChannelPost(message) => {
                    let debug = format!("{:?}", message.kind);
                    let media = debug.split("media_kind: ").nth(1).unwrap_or(&debug);
                    media.split(['(', ' ']).next().unwrap().to_owned()
                }
                UpdateKind::Error(_) => panic!("{}", update.body),
                other => format!("{other:?}").split('(').next().unwrap().to_owned(),
            };
            kinds += &format!("{:?} {kind}\n", update.lane);
        }
    });
    insta::assert_snapshot!(kinds, @r"
    Messages(7) Text
    Messages(7) EditedMessage
    Messages(7) Text
    Messages(7) Photo
    Messages(7) Photo
    Messages(7) Photo
    Messages(7) Sticker
    Messages(7) Voice
    Messages(7) Text
    Callbacks(7) CallbackQuery
    Inline(7) InlineQuery
    Membership(7) MyChatMember
    Membership(7) MyChatMember
    Messages(-1) NewChatMembers
    Messages(-1) Text
    Messages(-1) Text
    Messages(-1) Text
    Messages(-1) Text
    Messages(-1000000000002) ForumTopicCreated
    Messages(-1000000000002) Text
    Messages(-1000000000002) ForumTopicClosed
    Membership(-1000000000002) MyChatMember
    Messages(-1000000000003) Text
    Messages(-1000000000003) EditedChannelPost
    Messages(-1) Migration
    Messages(-1000000000001) Migration
    ");
}

#[tokio::test]
async fn unknown_and_garbage() {
    let fake = frozen(false);
    fake.unknown_update().unwrap();
    fake.garbage_update().unwrap();
    let updates = Bot::of(&fake).updates(0).await;
    for update in &updates {
        let read: Update = serde_json::from_str(&update.to_string()).unwrap();
        assert!(matches!(read.kind, UpdateKind::Error(_)), "{update}");
    }
    insta::assert_json_snapshot!(updates.iter().map(|update| update.as_object().unwrap().keys().nth(1)).collect::<Vec<_>>(), @r#"
    [
      "quantum_message",
      "message"
    ]
    "#);
}

#[tokio::test]
async fn a_transcript_shows_what_its_readers_see() {
    let fake = frozen(false);
    let (user, bot) = (fake.user(7).named("小明"), Bot::of(&fake));
    let asked = user.say("小程序怎么注销");
    let menu = json!({"inline_keyboard": [[{"text": "企业", "callback_data": "i:company"}, {"text": "帮助", "url": "https://a.cn/"}]]});
    let answer = json!({
        "chat_id": 7, "text": "您想问的是…\n<b>哪一种</b>？", "parse_mode": "HTML", "reply_markup": menu,
        "reply_parameters": {"message_id": asked},
    });
    let sent = bot.ok("sendMessage", answer).await["message_id"].clone();
    user.press("企业");
    bot.ok(
        "editMessageText",
        json!({"chat_id": 7, "message_id": sent, "text": "企业：需要对公账户。"}),
    )
    .await;
    bot.ok("pinChatMessage", json!({"chat_id": 7, "message_id": sent}))
        .await;
    bot.ok(
        "sendMessage",
        json!({"chat_id": 7, "text": "还有吗", "reply_markup": {"keyboard": [["有", "没有"]]}}),
    )
    .await;
    let gone = user.photo("截图");
    bot.ok("deleteMessage", json!({"chat_id": 7, "message_id": gone}))
        .await;
    bot.ok(
        "sendMessage",
        json!({"chat_id": 7, "text": "再见", "reply_markup": {"remove_keyboard": true}}),
    )
    .await;
    bot.ok(
        "sendMessage",
        json!({"chat_id": 7, "text": "您贵姓", "reply_markup": {"force_reply": true}}),
    )
    .await;
    let menu = json!({"inline_keyboard": [[{"text": "有用", "callback_data": "u"}, {"text": "帮助", "url": "https://a.cn/"}], [{"text": "分享", "switch_inline_query": ""}]]});
    bot.ok("sendMessage", json!({"chat_id": 7, "text": "见 <a href=\"https://b.cn\">这里</a>", "parse_mode": "HTML", "reply_markup": menu}))
        .await;
    insta::assert_snapshot!(user.transcript(), @r"
    小明 #1: 小程序怎么注销
    问路 #2 to #1 (edited) (pinned): 企业：需要对公账户。
    * #3 <pinned_message #2>
    问路 #4: 还有吗
      keys: 有 | 没有
    小明 #5 (deleted) <photo>: 截图
    问路 #6: 再见
      keys removed
    问路 #7: 您贵姓
      asks for a reply
    问路 #8: 见 <a https://b.cn/>这里</a>
      [有用](u) [帮助](https://a.cn/)
      [分享](switch_inline_query)
    ");
    fake.look(|record| {
        assert_eq!(
            record.message(7, 2).unwrap().earlier,
            ["您想问的是…\n哪一种？"]
        )
    });
}

#[tokio::test]
async fn what_the_bot_does_in_a_forum() {
    let fake = frozen(false);
    let forum = fake.forum(2, "客服");
    let (agent, user, bot) = (
        fake.user(1).named("客服小李").at(&forum),
        fake.user(7).named("小明"),
        Bot::of(&fake),
    );
    let asked = user.say("转人工");
    let topic = bot
        .ok(
            "createForumTopic",
            json!({"chat_id": forum.id, "name": "小明"}),
        )
        .await;
    let thread = topic["message_thread_id"].as_i64().unwrap() as i32;
    let copy = json!({"chat_id": forum.id, "message_thread_id": thread, "from_chat_id": 7, "message_id": asked});
    bot.ok("copyMessage", copy.clone()).await;
    bot.ok("forwardMessage", copy).await;
    let heard = agent.within(thread).say("您好，我是小李");
    let reply = json!({"chat_id": forum.id, "text": "已转告", "reply_to_message_id": heard});
    assert_eq!(
        bot.ok("sendMessage", reply).await["message_thread_id"],
        thread
    );
    bot.ok(
        "editForumTopic",
        json!({"chat_id": forum.id, "message_thread_id": thread, "name": "小明（已结束）"}),
    )
    .await;
    bot.ok(
        "closeForumTopic",
        json!({"chat_id": forum.id, "message_thread_id": thread}),
    )
    .await;
    insta::assert_snapshot!(agent.transcript(), @r"
    * #2 in 2 <forum_topic_created 小明>
    问路 #3 in 2: 转人工
    问路 #4 in 2 (forwarded): 转人工
    客服小李 #5 in 2: 您好，我是小李
    问路 #6 in 2 to #5: 已转告
    * #7 in 2 <forum_topic_edited 小明（已结束）>
    * #8 in 2 <forum_topic_closed>
    ");
    // A person's message in a topic answers the topic's first message, as Telegram has it.
    let update = fake.look(|record| {
        let mut updates = record
            .updates
            .log
            .values()
            .map(|update| &update.body["message"]);
        updates
            .find(|message| message["text"] == "您好，我是小李")
            .unwrap()
            .clone()
    });
    assert_eq!(
        update["reply_to_message"]["forum_topic_created"]["name"],
        "小明"
    );
}

#[tokio::test]
#[should_panic(expected = "this did not come true")]
async fn what_never_comes_true_says_so() {
    let options = crate::Options {
        patience: std::time::Duration::from_millis(1),
        ..Default::default()
    };
    let fake = crate::Fake::with(options);
    fake.user(7).say("好");
    fake.until(|record| record.replies(7).count() > 0).await;
}
