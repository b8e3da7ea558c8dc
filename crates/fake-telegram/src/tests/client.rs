//! A real client reads what the fake answers: teloxide's, whose types are strict.

use super::frozen;
use crate::Fake;
use teloxide::payloads::{SendMessageSetters, SetWebhookSetters};
use teloxide::requests::Requester;
use teloxide::types::{
    BotCommand, ChatId, InlineKeyboardButton, InlineKeyboardMarkup, MessageId, ParseMode,
    Recipient, ThreadId, UserId,
};
use teloxide::{ApiError, Bot, RequestError};

fn client(fake: &Fake) -> Bot {
    Bot::new(fake.token()).set_api_url(fake.url().parse().unwrap())
}

#[tokio::test]
async fn answers_can_be_read() {
    let fake = frozen(false);
    let (user, bot) = (fake.user(7), client(&fake));
    let forum = fake.forum(2, "客服");
    let asked = user.say("好");
    assert_eq!(bot.get_me().await.unwrap().username(), "wenlu_bot");
    assert_eq!(bot.get_updates().await.unwrap().len(), 1);
    let keyboard = InlineKeyboardMarkup::new([[InlineKeyboardButton::callback("是", "y")]]);
    let sent = bot
        .send_message(ChatId(7), "<b>好</b>")
        .parse_mode(ParseMode::Html)
        .reply_markup(keyboard)
        .await
        .unwrap();
    assert_eq!(
        (sent.text(), sent.parse_entities().unwrap().len()),
        (Some("好"), 1)
    );
    let edited = bot
        .edit_message_text(ChatId(7), sent.id, "很好")
        .await
        .unwrap();
    assert_eq!(
        (edited.text(), edited.edit_date().is_some()),
        (Some("很好"), true)
    );
    let copy = bot
        .copy_message(ChatId(forum.id), Recipient::Id(ChatId(7)), MessageId(asked))
        .await
        .unwrap();
    assert_eq!(copy, MessageId(2));
    let forwarded = bot
        .forward_message(ChatId(7), Recipient::Id(ChatId(7)), MessageId(asked))
        .await
        .unwrap();
    assert!(forwarded.forward_origin().is_some());
    let topic = bot
        .create_forum_topic(ChatId(forum.id), "话题")
        .await
        .unwrap();
    assert_eq!(topic.thread_id, ThreadId(MessageId(3)));
    let chat = bot.get_chat(ChatId(7)).await.unwrap();
    assert!(chat.is_private());
    assert!(
        bot.get_chat(ChatId(forum.id))
            .await
            .unwrap()
            .is_supergroup()
    );
    let member = bot
        .get_chat_member(ChatId(forum.id), UserId(fake.bot_id() as u64))
        .await
        .unwrap();
    assert!(member.can_manage_chat());
    let commands = [BotCommand::new("help", "帮助")];
    bot.set_my_commands(commands.clone()).await.unwrap();
    assert_eq!(bot.get_my_commands().await.unwrap(), commands);
    // Its parameters come as a multipart form.
    bot.set_webhook("https://bot.example.com/hook".parse().unwrap())
        .secret_token("abc")
        .await
        .unwrap();
    let info = bot.get_webhook_info().await.unwrap();
    assert_eq!(
        (info.url.map(String::from), info.max_connections),
        (Some("https://bot.example.com/hook".into()), Some(40))
    );
}

#[tokio::test]
async fn refusals_can_be_read() {
    let fake = frozen(false);
    let (user, bot) = (fake.user(7), client(&fake));
    let refusal = bot.send_message(ChatId(7), "好").await.unwrap_err();
    assert!(
        matches!(refusal, RequestError::Api(ApiError::ChatNotFound)),
        "{refusal:?}"
    );
    user.say("好");
    user.block();
    let refusal = bot.send_message(ChatId(7), "好").await.unwrap_err();
    assert!(
        matches!(refusal, RequestError::Api(ApiError::BotBlocked)),
        "{refusal:?}"
    );
    let group = fake.group(1, "小群");
    let upgraded = group.migrate(&user);
    let refusal = bot.send_message(ChatId(group.id), "好").await.unwrap_err();
    assert!(
        matches!(refusal, RequestError::MigrateToChatId(ChatId(id)) if id == upgraded.id),
        "{refusal:?}"
    );
}
