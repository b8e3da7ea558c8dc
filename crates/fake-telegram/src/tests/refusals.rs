//! The envelope, and what is refused of messages and edits.

use super::{Bot, check, frozen};
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
        let response = Client::new()
            .post(format!("{}{path}", fake.url()))
            .send()
            .await
            .unwrap();
        let (status, body) = (
            response.status().as_u16(),
            response.json::<Value>().await.unwrap(),
        );
        seen += &format!(
            "{name}: {status} {} {}\n",
            body["error_code"], body["description"]
        );
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
        (
            b"{\"chat_id\":7,\"text\":\"\xff\"}".to_vec(),
            "Bad Request: strings must be encoded in UTF-8",
        ),
        (b"[7]".to_vec(), "Bad Request: can't parse JSON object"),
        (b"".to_vec(), "Bad Request: message text is empty"),
    ] {
        let answer: Value = post()
            .body(body)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert_eq!(answer["description"], reason);
    }
}

pub(super) fn send(chat: i64, more: Value) -> Value {
    let mut params = json!({"chat_id": chat, "text": "好"});
    params
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    params
}

#[tokio::test]
async fn messages() {
    let fake = frozen(false);
    let user = fake.user(7);
    let asked = user.say("怎么注销");
    let inline = |buttons: Value| json!({"reply_markup": {"inline_keyboard": [buttons]}});
    let data = |data: &str| inline(json!([{"text": "好", "callback_data": data}]));
    let many: Vec<Value> = (0..101)
        .map(|n| json!({"text": "好", "callback_data": n.to_string()}))
        .collect();
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
    let ours = bot
        .ok("sendMessage", send(7, json!({"reply_markup": keyboard})))
        .await["message_id"]
        .clone();
    let old = bot.send(7, "旧").await["message_id"].clone();
    let edit = |text: &str, more: Value| {
        send(
            7,
            json!({"message_id": ours, "text": text, "reply_markup": more}),
        )
    };
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
            (
                "editMessageText",
                edit("", keyboard.clone()),
                "Bad Request: message text is empty",
            ),
            (
                "editMessageText",
                send(7, json!({"message_id": 999})),
                "Bad Request: message to edit not found",
            ),
            (
                "editMessageText",
                send(7, json!({"message_id": theirs})),
                "Bad Request: message can't be edited",
            ),
            (
                "editMessageText",
                send(7, json!({})),
                "Bad Request: message identifier is not specified",
            ),
            (
                "editMessageText",
                json!({"inline_message_id": "a", "text": "好"}),
                "Bad Request: MESSAGE_ID_INVALID",
            ),
            ("pinChatMessage", by_id(ours.clone()), "ok"),
            (
                "pinChatMessage",
                by_id(json!(999)),
                "Bad Request: message to pin not found",
            ),
            ("deleteMessage", by_id(ours.clone()), "ok"),
            (
                "deleteMessage",
                by_id(ours.clone()),
                "Bad Request: message to delete not found",
            ),
            (
                "editMessageText",
                edit("好", Value::Null),
                "Bad Request: message to edit not found",
            ),
        ],
    )
    .await;
    fake.advance(2.0 * 86_400.0 + 1.0);
    let too_old = "Bad Request: message can't be deleted for everyone";
    check(&bot, &[("deleteMessage", by_id(old), too_old)]).await;
}
