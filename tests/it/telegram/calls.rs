//! Requests as they are written.

use serde_json::json;
use std::time::Duration;
use wenlu::channel::telegram::calls::{self, BotApiCall, ChatThread, InlineArticle};
use wenlu::channel::telegram::html::HtmlMessage;
use wenlu_core::model::{Button, Lang, Reply};
use wenlu_core::reply::{ReplyBlock, ReplyStep, TextSpan};

const FORUM: ChatThread = ChatThread {
    chat: -1001234567890,
    thread: Some(12),
};

fn part() -> HtmlMessage {
    let button = |label: &str, data: &str| Button {
        label: label.into(),
        data: data.into(),
    };
    HtmlMessage {
        html: "<b>第 1 步</b>".into(),
        keyboard: vec![vec![button("有用", "yes:a"), button("没解决", "no:a")]],
        preview: false,
    }
}

fn check(call: BotApiCall, method: &str, payload: serde_json::Value) {
    // method names know no case
    assert_eq!(call.method.to_lowercase(), method.to_lowercase());
    assert_eq!(call.payload, payload);
}

#[test]
fn sending_and_editing() {
    let keyboard = json!({"inline_keyboard": [[
        {"text": "有用", "callback_data": "yes:a"},
        {"text": "没解决", "callback_data": "no:a"},
    ]]});
    check(
        calls::send_message(FORUM, Some(5), &part()),
        "sendMessage",
        json!({
            "chat_id": -1001234567890_i64,
            "text": "<b>第 1 步</b>",
            "message_thread_id": 12,
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": true},
            "reply_parameters": {"message_id": 5, "allow_sending_without_reply": true},
            "reply_markup": keyboard,
        }),
    );
    let bare = HtmlMessage {
        keyboard: vec![],
        preview: true,
        ..part()
    };
    check(
        calls::send_message(
            ChatThread {
                chat: 77,
                thread: None,
            },
            None,
            &bare,
        ),
        "sendMessage",
        json!({"chat_id": 77, "text": "<b>第 1 步</b>", "parse_mode": "HTML", "link_preview_options": {}}),
    );
    check(
        calls::edit_message_text(77, 6, &part()),
        "editMessageText",
        json!({
            "chat_id": 77,
            "message_id": 6,
            "text": "<b>第 1 步</b>",
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": true},
            "reply_markup": keyboard,
        }),
    );
    check(
        calls::edit_reply_markup(77, 6, &[]),
        "editMessageReplyMarkup",
        json!({"chat_id": 77, "message_id": 6}),
    );
    check(
        calls::copy_messages(FORUM, 77, &[6]),
        "copyMessage",
        json!({"chat_id": -1001234567890_i64, "from_chat_id": 77, "message_id": 6, "message_thread_id": 12}),
    );
}

#[test]
fn small_calls() {
    check(calls::get_me(), "getMe", json!({}));
    check(
        calls::answer_callback("4382", None),
        "answerCallbackQuery",
        json!({"callback_query_id": "4382"}),
    );
    let notice = calls::answer_callback("4382", Some(&"谢".repeat(300))).payload;
    assert_eq!(
        notice["text"].as_str().map(|text| text.chars().count()),
        Some(200)
    );
    check(
        calls::chat_action_typing(FORUM),
        "sendChatAction",
        json!({"chat_id": -1001234567890_i64, "action": "typing", "message_thread_id": 12}),
    );
    let name = calls::create_forum_topic(-5, &format!("小红\n{}", "长".repeat(200))).payload;
    assert_eq!(
        name["name"]
            .as_str()
            .map(|text| (text.chars().count(), text.contains('\n'))),
        Some((128, false))
    );
    let topic = json!({"chat_id": -5, "message_thread_id": 12});
    check(
        calls::close_forum_topic(-5, 12),
        "closeForumTopic",
        topic.clone(),
    );
    check(calls::reopen_forum_topic(-5, 12), "reopenForumTopic", topic);
}

#[test]
fn the_commands_in_each_language() {
    let calls = calls::set_my_commands();
    assert!(
        calls
            .iter()
            .all(|call| call.method.eq_ignore_ascii_case("setMyCommands"))
    );
    let described = calls.iter().map(|call| {
        let commands = call.payload["commands"].as_array().unwrap().iter();
        let lines = commands.map(|c| {
            format!(
                "\n/{} {}",
                c["command"].as_str().unwrap(),
                c["description"].as_str().unwrap()
            )
        });
        format!(
            "{}{}",
            call.payload["language_code"],
            lines.collect::<String>()
        )
    });
    insta::assert_snapshot!(described.collect::<Vec<_>>().join("\n"), @r#"
    null
    /start 从头开始 / Start over
    /help 看看能问什么 / What you can ask
    /menu 常见问题 / Common questions
    /human 转人工 / Talk to a person
    "zh"
    /start 从头开始
    /help 看看能问什么
    /menu 常见问题
    /human 转人工
    "en"
    /start Start over
    /help What you can ask
    /menu Common questions
    /human Talk to a person
    "#);
}

#[test]
fn inline_results() {
    let paragraph = |text: &str| ReplyBlock::Paragraph {
        spans: vec![TextSpan {
            text: text.into(),
            ..TextSpan::default()
        }],
    };
    let reply = |text: &str| Reply {
        steps: vec![ReplyStep {
            blocks: vec![paragraph(text)],
        }],
        cursor: Some(0),
        buttons: vec![Button {
            label: "有用".into(),
            data: "yes:a".into(),
        }],
        ..Reply::default()
    };
    let article = |title: &str, reply| InlineArticle {
        title: title.into(),
        description: "登录\n<注销>".into(),
        reply,
    };
    let long = Reply {
        lang: Lang::En,
        ..reply(&"word. ".repeat(1000))
    };
    let articles = [
        article("注销", reply("登录 <平台>")),
        article("空", Reply::default()),
        article("长", long),
    ];
    let call = calls::answer_inline("981", &articles, Duration::from_secs(300), true);
    let results = call.payload["results"].as_array().unwrap();
    let text = results[1]["input_message_content"]["message_text"]
        .as_str()
        .unwrap();
    assert!(
        text.ends_with("word.\n\n… There is more: ask me directly for all of it."),
        "{text}"
    );
    assert!(text.encode_utf16().count() <= 4096);
    assert_eq!(results.len(), 2, "what says nothing is left out");
    assert_eq!(
        results[0],
        json!({
            "type": "article",
            "id": "0",
            "title": "注销",
            "input_message_content": {
                "message_text": "1. 登录 &lt;平台&gt;",
                "parse_mode": "HTML",
                "link_preview_options": {"is_disabled": true},
            },
            "description": "登录 <注销>",
        })
    );
    let rest = (
        &call.payload["inline_query_id"],
        &call.payload["cache_time"],
        &call.payload["is_personal"],
    );
    assert_eq!(rest, (&json!("981"), &json!(300), &json!(true)));
}
