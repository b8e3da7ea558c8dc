//! What the bot may not do where: queries, chats, topics, commands.

use super::refusals::send;
use super::{Bot, check, frozen};
use crate::Standing;
use serde_json::{Value, json};

#[tokio::test]
async fn queries_are_answered_once_and_in_time() {
    let fake = frozen(false);
    let (user, bot) = (fake.user(7), Bot::of(&fake));
    user.say("好");
    bot.ok(
        "sendMessage",
        send(
            7,
            json!({"reply_markup": {"inline_keyboard": [[{"text": "是", "callback_data": "y"}]]}}),
        ),
    )
    .await;
    let too_old =
        "Bad Request: query is too old and response timeout expired or query ID is invalid";
    let callback =
        |id: &str, text: &str| json!({"callback_query_id": id, "text": text, "show_alert": true});
    let (first, second) = (user.press("是"), user.press("y"));
    let article = |id: &str, text: &str| {
        let content = json!({"message_text": text, "parse_mode": "HTML"});
        json!({"type": "article", "id": id, "title": "好", "input_message_content": content})
    };
    let inline = |id: &str, results: Value| json!({"inline_query_id": id, "results": results});
    let many: Vec<Value> = (0..51).map(|id| article(&id.to_string(), "好")).collect();
    let (one, two) = (user.inline("注"), user.inline("注销"));
    check(
        &bot,
        &[
            ("answerCallbackQuery", callback("1", ""), too_old),
            ("answerCallbackQuery", callback(&first, &"字".repeat(201)), "Bad Request: MESSAGE_TOO_LONG"),
            ("answerCallbackQuery", callback(&first, "收到"), "ok"),
            ("answerCallbackQuery", callback(&first, "收到"), too_old),
            ("answerInlineQuery", inline(&one, json!({})), "Bad Request: expected an Array of inline query results"),
            ("answerInlineQuery", inline(&one, json!(many)), "Bad Request: too many inline query results specified"),
            ("answerInlineQuery", inline(&one, json!([{"type": "article"}])), "Bad Request: can't parse inline query result: Can't find field \"id\""),
            ("answerInlineQuery", inline(&one, json!([article("1", "<b>")])), "Bad Request: can't parse inline query result: Can't parse entities: Can't find end tag corresponding to start tag \"b\""),
            ("answerInlineQuery", inline(&one, json!([article("", "好")])), "Bad Request: RESULT_ID_INVALID"),
            ("answerInlineQuery", inline(&one, json!([article("1", "好"), article("1", "好")])), "Bad Request: RESULT_ID_DUPLICATE"),
            ("answerInlineQuery", inline(&one, json!([article("1", "好")])), "ok"),
            ("answerInlineQuery", inline(&one, json!([])), too_old),
        ],
    )
    .await;
    fake.look(|record| {
        let notice = record.callbacks[&first].answer.clone().unwrap();
        assert_eq!((notice.text.as_str(), notice.alert), ("收到", true));
        assert_eq!(
            record.inline[&one].results.as_ref().unwrap()[0]["title"],
            "好"
        );
    });
    fake.advance(30.5);
    check(
        &bot,
        &[("answerInlineQuery", inline(&two, json!([])), too_old)],
    )
    .await;
    fake.advance(120.0);
    check(
        &bot,
        &[("answerCallbackQuery", callback(&second, ""), too_old)],
    )
    .await;
}

#[tokio::test]
async fn chats_that_the_bot_may_not_write_to() {
    let fake = frozen(false);
    let group = fake.group(1, "小群");
    let supergroup = fake.supergroup(2, "大群");
    let forum = fake.forum(3, "客服");
    let [stranger, seen, blocked, gone] = [10, 11, 12, 13].map(|id| fake.user(id));
    seen.at(&group).say("大家好");
    for person in [&blocked, &gone] {
        person.say("你好");
    }
    blocked.block();
    gone.deactivate();
    let by = &blocked;
    let closed = forum.open_topic(by, "旧事");
    forum.close_topic(by, closed);
    let deleted = forum.open_topic(by, "没了");
    forum.delete_topic(deleted);
    let open = forum.open_topic(by, "新事");
    let pinned = by.at(&supergroup).say("好");
    let create = |chat: i64, name: &str| json!({"chat_id": chat, "name": name});
    let topic =
        |thread: i32| json!({"chat_id": forum.id, "message_thread_id": thread, "name": "新"});
    let bot = Bot::of(&fake);
    check(
        &bot,
        &[
            (
                "sendMessage",
                send(stranger.id, json!({})),
                "Bad Request: chat not found",
            ),
            (
                "sendMessage",
                send(seen.id, json!({})),
                "Forbidden: bot can't initiate conversation with a user",
            ),
            (
                "sendMessage",
                send(blocked.id, json!({})),
                "Forbidden: bot was blocked by the user",
            ),
            (
                "sendMessage",
                send(gone.id, json!({})),
                "Forbidden: user is deactivated",
            ),
            (
                "sendMessage",
                send(forum.id, json!({"message_thread_id": open})),
                "ok",
            ),
            // An administrator may write to what is closed.
            (
                "sendMessage",
                send(forum.id, json!({"message_thread_id": closed})),
                "ok",
            ),
            (
                "sendMessage",
                send(forum.id, json!({"message_thread_id": deleted})),
                "Bad Request: message thread not found",
            ),
            (
                "sendMessage",
                send(forum.id, json!({"message_thread_id": 1})),
                "Bad Request: message thread not found",
            ),
            (
                "createForumTopic",
                create(supergroup.id, "好"),
                "Bad Request: the chat is not a forum",
            ),
            (
                "createForumTopic",
                create(seen.chat, "好"),
                "Forbidden: bot can't initiate conversation with a user",
            ),
            (
                "createForumTopic",
                create(forum.id, "  "),
                "Bad Request: title must be non-empty",
            ),
            ("createForumTopic", create(forum.id, "好"), "ok"),
            ("closeForumTopic", topic(open), "ok"),
            (
                "closeForumTopic",
                topic(open),
                "Bad Request: TOPIC_NOT_MODIFIED",
            ),
            ("reopenForumTopic", topic(open), "ok"),
            ("editForumTopic", topic(open), "ok"),
            (
                "editForumTopic",
                topic(open),
                "Bad Request: TOPIC_NOT_MODIFIED",
            ),
            (
                "editForumTopic",
                topic(deleted),
                "Bad Request: TOPIC_ID_INVALID",
            ),
            (
                "pinChatMessage",
                json!({"chat_id": supergroup.id, "message_id": pinned}),
                "Bad Request: not enough rights to manage pinned messages in the chat",
            ),
            (
                "deleteMessage",
                json!({"chat_id": supergroup.id, "message_id": pinned}),
                "Bad Request: message can't be deleted",
            ),
        ],
    )
    .await;
    forum.make_bot(by, Standing::Member);
    supergroup.make_bot(by, Standing::Kicked);
    check(
        &bot,
        &[
            (
                "sendMessage",
                send(forum.id, json!({"message_thread_id": closed})),
                "Bad Request: TOPIC_CLOSED",
            ),
            (
                "createForumTopic",
                create(forum.id, "好"),
                "Bad Request: not enough rights to create a topic",
            ),
            (
                "sendMessage",
                send(supergroup.id, json!({})),
                "Forbidden: bot was kicked from the supergroup chat",
            ),
        ],
    )
    .await;
    supergroup.make_bot(by, Standing::Left);
    let upgraded = group.migrate(by);
    let not_member = "Forbidden: bot is not a member of the supergroup chat";
    check(
        &bot,
        &[
            ("sendMessage", send(supergroup.id, json!({})), not_member),
            ("sendMessage", send(upgraded.id, json!({})), "ok"),
        ],
    )
    .await;
    let moved = bot.call("sendMessage", send(group.id, json!({}))).await;
    assert_eq!(
        moved,
        json!({
            "ok": false, "error_code": 400, "description": "Bad Request: group chat was upgraded to a supergroup chat",
            "parameters": {"migrate_to_chat_id": upgraded.id},
        })
    );
    // Who unblocks the bot can be written to again.
    blocked.unblock();
    check(&bot, &[("sendMessage", send(blocked.id, json!({})), "ok")]).await;
}

#[tokio::test]
async fn commands_and_members() {
    let fake = frozen(true);
    let group = fake.group(1, "小群");
    let (member, other) = (fake.user(7).at(&group), fake.user(8));
    let bot = Bot::of(&fake);
    let commands = |command: &str, description: &str| json!({"commands": [{"command": command, "description": description}]});
    let many: Vec<Value> = (0..101)
        .map(|n| json!({"command": format!("c{n}"), "description": "好"}))
        .collect();
    check(
        &bot,
        &[
            ("setMyCommands", commands("help", "帮助"), "ok"),
            (
                "setMyCommands",
                commands("", "帮助"),
                "Bad Request: command must be non-empty",
            ),
            (
                "setMyCommands",
                commands("帮助", "帮助"),
                "Bad Request: BOT_COMMAND_INVALID",
            ),
            (
                "setMyCommands",
                commands(&"a".repeat(33), "帮助"),
                "Bad Request: command length must not exceed 32",
            ),
            (
                "setMyCommands",
                commands("help", ""),
                "Bad Request: command description must be non-empty",
            ),
            (
                "setMyCommands",
                json!({"commands": many}),
                "Bad Request: BOT_COMMANDS_TOO_MUCH",
            ),
            (
                "getChatMember",
                json!({"chat_id": group.id}),
                "Bad Request: invalid user_id specified",
            ),
            (
                "getChatMember",
                json!({"chat_id": group.id, "user_id": 99}),
                "Bad Request: user not found",
            ),
            (
                "getChat",
                json!({"chat_id": 99}),
                "Bad Request: chat not found",
            ),
        ],
    )
    .await;
    assert_eq!(
        bot.ok("getMyCommands", json!({})).await,
        commands("help", "帮助")["commands"]
    );
    assert_eq!(
        bot.ok("getMyCommands", json!({"language_code": "en"}))
            .await,
        json!([])
    );
    for (id, status) in [
        (member.id, "member"),
        (other.id, "left"),
        (fake.bot_id(), "member"),
    ] {
        let shown = bot
            .ok("getChatMember", json!({"chat_id": group.id, "user_id": id}))
            .await;
        assert_eq!(shown["status"], status, "{shown}");
    }
}
