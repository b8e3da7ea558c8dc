//! The envelope, and what each method refuses.

use super::{Bot, check, frozen};
use crate::fake::{Fake, Standing};
use reqwest::Client;
use reqwest::multipart::Form;
use serde_json::{Value, json};

#[tokio::test]
async fn tokens_and_methods() {
    let fake = frozen(false);
    let before = fake.token();
    let after = fake.new_token();
    let long = format!("1:{}", "A".repeat(80));
    let mut seen = String::new();
    for (name, path) in [
        ("no colon", "/botnonsense/getMe".to_owned()),
        ("zero", "/bot0123:abc/getMe".into()),
        ("no number", "/botx:abc/getMe".into()),
        ("long", format!("/bot{long}/getMe")),
        ("unknown", "/bot123:abc/getMe".into()),
        ("old", format!("/bot{before}/getMe")),
        ("no method", format!("/bot{after}/getMee")),
        ("no bot", "/getMe".into()),
        ("another case", format!("/bot{after}/GETmE")),
    ] {
        let response = Client::new().post(format!("{}{path}", fake.url())).send().await.unwrap();
        let (status, body) = (response.status().as_u16(), response.json::<Value>().await.unwrap());
        seen += &format!("{name}: {status} {} {}\n", body["error_code"], body["description"]);
    }
    insta::assert_snapshot!(seen, @r#"
    no colon: 401 401 "Unauthorized: invalid token specified"
    zero: 401 401 "Unauthorized: invalid token specified"
    no number: 401 401 "Unauthorized: invalid token specified"
    long: 401 401 "Unauthorized: invalid token specified"
    unknown: 401 401 "Unauthorized"
    old: 401 401 "Unauthorized"
    no method: 404 404 "Not Found: method not found"
    no bot: 404 404 "Not Found"
    another case: 200 null null
    "#);
    // Only calls with a valid token count.
    fake.look(|record| assert_eq!((record.count("getme"), record.calls.len()), (1, 2)));
}

#[tokio::test]
async fn parameters_come_in_every_shape() {
    let fake = frozen(false);
    let user = fake.user(7);
    user.say("你好");
    let url = format!("{}/bot{}/sendMessage", fake.url(), fake.token());
    let post = || Client::new().post(&url);
    let pairs = [("chat_id", "7"), ("text", "一 & 二")];
    let form = Form::new().text("chat_id", "7").text("text", "一 & 二");
    for request in [
        post().json(&json!({"chat_id": 7, "text": "一 & 二", "parse_mode": null})),
        post().json(&json!({"chat_id": "7", "text": "一 & 二"})),
        post().form(&pairs),
        post().query(&pairs),
        post().multipart(form),
    ] {
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
    fake.look(|record| assert!(record.replies(7).all(|message| message.text == "一 & 二")));
    fake.look(|record| assert_eq!(record.replies(7).count(), 5));
    for (body, reason) in [
        (b"{\"chat_id\":7,\"text\":\"\xff\"}".to_vec(), "Bad Request: strings must be encoded in UTF-8"),
        (b"[7]".to_vec(), "Bad Request: can't parse JSON object"),
        (b"".to_vec(), "Bad Request: message text is empty"),
    ] {
        let answer: Value = post().body(body).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["description"], reason);
    }
}

fn send(chat: i64, more: Value) -> Value {
    let mut params = json!({"chat_id": chat, "text": "好"});
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    params
}

#[tokio::test]
async fn messages() {
    let fake = frozen(false);
    let user = fake.user(7);
    let asked = user.say("怎么注销");
    let inline = |buttons: Value| json!({"reply_markup": {"inline_keyboard": [buttons]}});
    let data = |data: &str| inline(json!([{"text": "好", "callback_data": data}]));
    let many: Vec<Value> = (0..101).map(|n| json!({"text": "好", "callback_data": n.to_string()})).collect();
    check(
        &Bot::of(&fake),
        &[
            ("sendMessage", json!({"chat_id": 7}), "Bad Request: message text is empty"),
            ("sendMessage", send(7, json!({"text": " \n "})), "Bad Request: text must be non-empty"),
            ("sendMessage", send(7, json!({"text": "字".repeat(4_096)})), "ok"),
            ("sendMessage", send(7, json!({"text": "字".repeat(4_097)})), "Bad Request: message is too long"),
            // Code points count, and only those that stay once the entities are parsed.
            ("sendMessage", send(7, json!({"text": "😀".repeat(4_096)})), "ok"),
            (
                "sendMessage",
                send(7, json!({"text": format!("<b>{}</b>", "字".repeat(4_096)), "parse_mode": "HTML"})),
                "ok",
            ),
            ("sendMessage", send(7, json!({"parse_mode": "BBCode"})), "Bad Request: unsupported parse_mode"),
            ("sendMessage", json!({"text": "好"}), "Bad Request: chat_id is empty"),
            ("sendMessage", send(8, json!({})), "Bad Request: chat not found"),
            ("sendMessage", send(7, data("")), "Bad Request: BUTTON_DATA_INVALID"),
            ("sendMessage", send(7, data(&"a".repeat(64))), "ok"),
            ("sendMessage", send(7, data(&"字".repeat(22))), "Bad Request: BUTTON_DATA_INVALID"),
            ("sendMessage", send(7, inline(json!(many))), "Bad Request: reply markup is too long"),
            (
                "sendMessage",
                send(7, inline(json!([{"text": "", "callback_data": "a"}]))),
                "Bad Request: inline keyboard button text must be non-empty",
            ),
            (
                "sendMessage",
                send(7, inline(json!([{"text": "好"}]))),
                "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
            ),
            (
                "sendMessage",
                send(7, inline(json!([{"callback_data": "a"}]))),
                "Bad Request: can't parse inline keyboard button: Can't find field \"text\"",
            ),
            (
                "sendMessage",
                send(7, inline(json!([{"text": 1, "callback_data": "a"}]))),
                "Bad Request: can't parse inline keyboard button: Field \"text\" must be of type String",
            ),
            (
                "sendMessage",
                send(7, inline(json!([{"text": "好", "url": "a b"}]))),
                "Bad Request: inline keyboard button URL 'a b' is invalid: Wrong HTTP URL",
            ),
            ("sendMessage", send(7, inline(json!([{"text": "好", "switch_inline_query": ""}]))), "ok"),
            (
                "sendMessage",
                send(7, inline(json!("好"))),
                "Bad Request: field \"inline_keyboard\" of the InlineKeyboardMarkup must be an Array of Arrays",
            ),
            (
                "sendMessage",
                send(7, json!({"reply_markup": {"keyboard": [["好"], [{"text": ""}]]}})),
                "Bad Request: keyboard button text must be non-empty",
            ),
            ("sendMessage", send(7, json!({"reply_markup": {"keyboard": [["好"]]}})), "ok"),
            (
                "sendMessage",
                send(7, json!({"reply_markup": "{"})),
                "Bad Request: can't parse reply keyboard markup JSON object",
            ),
            ("sendMessage", send(7, json!({"reply_markup": "[]"})), "Bad Request: object expected as reply markup"),
            ("sendMessage", send(7, json!({"reply_parameters": {"message_id": asked}})), "ok"),
            (
                "sendMessage",
                send(7, json!({"reply_parameters": {"message_id": 999}})),
                "Bad Request: message to be replied not found",
            ),
            (
                "sendMessage",
                send(7, json!({"reply_parameters": {"message_id": 999, "allow_sending_without_reply": true}})),
                "ok",
            ),
            (
                "sendMessage",
                send(7, json!({"reply_to_message_id": 999})),
                "Bad Request: message to be replied not found",
            ),
            ("sendMessage", send(7, json!({"message_thread_id": 5})), "Bad Request: message thread not found"),
            ("copyMessage", json!({"chat_id": 7, "from_chat_id": 7, "message_id": asked}), "ok"),
            (
                "copyMessage",
                json!({"chat_id": 7, "from_chat_id": 7, "message_id": 999}),
                "Bad Request: message to copy not found",
            ),
            ("forwardMessage", json!({"chat_id": 7, "from_chat_id": 7, "message_id": asked}), "ok"),
            (
                "forwardMessage",
                json!({"chat_id": 7, "from_chat_id": 7, "message_id": 999}),
                "Bad Request: message to forward not found",
            ),
            ("sendChatAction", json!({"chat_id": 7, "action": "typing"}), "ok"),
            (
                "sendChatAction",
                json!({"chat_id": 7, "action": "dancing"}),
                "Bad Request: wrong parameter action in request",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn edits() {
    let fake = frozen(false);
    let user = fake.user(7);
    let theirs = user.say("怎么注销");
    let bot = Bot::of(&fake);
    let keyboard = json!({"inline_keyboard": [[{"text": "好", "callback_data": "a"}]]});
    let ours = bot.ok("sendMessage", send(7, json!({"reply_markup": keyboard}))).await["message_id"].clone();
    let old = bot.send(7, "旧").await["message_id"].clone();
    let edit = |text: &str, more: Value| send(7, json!({"message_id": ours, "text": text, "reply_markup": more}));
    let same = "Bad Request: message is not modified: specified new message content and reply markup are exactly the \
                same as a current content and reply markup of the message";
    let by_id = |id: Value| json!({"chat_id": 7, "message_id": id});
    check(
        &bot,
        &[
            ("editMessageText", edit("好", keyboard.clone()), same),
            ("editMessageText", edit("<b>好</b>", keyboard.clone()), "ok"),
            ("editMessageText", edit("很好", keyboard.clone()), "ok"),
            // Without a keyboard an edit takes the keyboard away.
            ("editMessageText", edit("很好", Value::Null), "ok"),
            ("editMessageReplyMarkup", by_id(ours.clone()), same),
            ("editMessageReplyMarkup", edit("", keyboard.clone()), "ok"),
            ("editMessageText", edit("", keyboard.clone()), "Bad Request: message text is empty"),
            ("editMessageText", send(7, json!({"message_id": 999})), "Bad Request: message to edit not found"),
            ("editMessageText", send(7, json!({"message_id": theirs})), "Bad Request: message can't be edited"),
            ("editMessageText", send(7, json!({})), "Bad Request: message identifier is not specified"),
            ("editMessageText", json!({"inline_message_id": "a", "text": "好"}), "Bad Request: MESSAGE_ID_INVALID"),
            ("pinChatMessage", by_id(ours.clone()), "ok"),
            ("pinChatMessage", by_id(json!(999)), "Bad Request: message to pin not found"),
            ("deleteMessage", by_id(ours.clone()), "ok"),
            ("deleteMessage", by_id(ours.clone()), "Bad Request: message to delete not found"),
            ("editMessageText", edit("好", Value::Null), "Bad Request: message to edit not found"),
        ],
    )
    .await;
    fake.advance(2.0 * 86_400.0 + 1.0);
    let too_old = "Bad Request: message can't be deleted for everyone";
    check(&bot, &[("deleteMessage", by_id(old), too_old)]).await;
}

#[tokio::test]
async fn queries_are_answered_once_and_in_time() {
    let fake = frozen(false);
    let (user, bot) = (fake.user(7), Bot::of(&fake));
    user.say("好");
    bot.ok(
        "sendMessage",
        send(7, json!({"reply_markup": {"inline_keyboard": [[{"text": "是", "callback_data": "y"}]]}})),
    )
    .await;
    let too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid";
    let callback = |id: &str, text: &str| json!({"callback_query_id": id, "text": text, "show_alert": true});
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
        assert_eq!(record.inline[&one].results.as_ref().unwrap()[0]["title"], "好");
    });
    fake.advance(30.5);
    check(&bot, &[("answerInlineQuery", inline(&two, json!([])), too_old)]).await;
    fake.advance(120.0);
    check(&bot, &[("answerCallbackQuery", callback(&second, ""), too_old)]).await;
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
    let topic = |thread: i32| json!({"chat_id": forum.id, "message_thread_id": thread, "name": "新"});
    let bot = Bot::of(&fake);
    check(
        &bot,
        &[
            ("sendMessage", send(stranger.id, json!({})), "Bad Request: chat not found"),
            ("sendMessage", send(seen.id, json!({})), "Forbidden: bot can't initiate conversation with a user"),
            ("sendMessage", send(blocked.id, json!({})), "Forbidden: bot was blocked by the user"),
            ("sendMessage", send(gone.id, json!({})), "Forbidden: user is deactivated"),
            ("sendMessage", send(forum.id, json!({"message_thread_id": open})), "ok"),
            // An administrator may write to what is closed.
            ("sendMessage", send(forum.id, json!({"message_thread_id": closed})), "ok"),
            (
                "sendMessage",
                send(forum.id, json!({"message_thread_id": deleted})),
                "Bad Request: message thread not found",
            ),
            ("sendMessage", send(forum.id, json!({"message_thread_id": 1})), "Bad Request: message thread not found"),
            ("createForumTopic", create(supergroup.id, "好"), "Bad Request: the chat is not a forum"),
            ("createForumTopic", create(seen.chat, "好"), "Forbidden: bot can't initiate conversation with a user"),
            ("createForumTopic", create(forum.id, "  "), "Bad Request: title must be non-empty"),
            ("createForumTopic", create(forum.id, "好"), "ok"),
            ("closeForumTopic", topic(open), "ok"),
            ("closeForumTopic", topic(open), "Bad Request: TOPIC_NOT_MODIFIED"),
            ("reopenForumTopic", topic(open), "ok"),
            ("editForumTopic", topic(open), "ok"),
            ("editForumTopic", topic(open), "Bad Request: TOPIC_NOT_MODIFIED"),
            ("editForumTopic", topic(deleted), "Bad Request: TOPIC_ID_INVALID"),
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
            ("sendMessage", send(forum.id, json!({"message_thread_id": closed})), "Bad Request: TOPIC_CLOSED"),
            ("createForumTopic", create(forum.id, "好"), "Bad Request: not enough rights to create a topic"),
            ("sendMessage", send(supergroup.id, json!({})), "Forbidden: bot was kicked from the supergroup chat"),
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
    let fake = Fake::start();
    let group = fake.group(1, "小群");
    let (member, other) = (fake.user(7).at(&group), fake.user(8));
    let bot = Bot::of(&fake);
    let commands =
        |command: &str, description: &str| json!({"commands": [{"command": command, "description": description}]});
    let many: Vec<Value> = (0..101).map(|n| json!({"command": format!("c{n}"), "description": "好"})).collect();
    check(
        &bot,
        &[
            ("setMyCommands", commands("help", "帮助"), "ok"),
            ("setMyCommands", commands("", "帮助"), "Bad Request: command must be non-empty"),
            ("setMyCommands", commands("帮助", "帮助"), "Bad Request: BOT_COMMAND_INVALID"),
            ("setMyCommands", commands(&"a".repeat(33), "帮助"), "Bad Request: command length must not exceed 32"),
            ("setMyCommands", commands("help", ""), "Bad Request: command description must be non-empty"),
            ("setMyCommands", json!({"commands": many}), "Bad Request: BOT_COMMANDS_TOO_MUCH"),
            ("getChatMember", json!({"chat_id": group.id}), "Bad Request: invalid user_id specified"),
            ("getChatMember", json!({"chat_id": group.id, "user_id": 99}), "Bad Request: user not found"),
            ("getChat", json!({"chat_id": 99}), "Bad Request: chat not found"),
        ],
    )
    .await;
    assert_eq!(bot.ok("getMyCommands", json!({})).await, commands("help", "帮助")["commands"]);
    assert_eq!(bot.ok("getMyCommands", json!({"language_code": "en"})).await, json!([]));
    for (id, status) in [(member.id, "member"), (other.id, "left"), (fake.bot_id(), "member")] {
        let shown = bot.ok("getChatMember", json!({"chat_id": group.id, "user_id": id})).await;
        assert_eq!(shown["status"], status, "{shown}");
    }
}
