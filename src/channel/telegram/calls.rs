//! Requests to the Bot API. In: what is to be done. Out: a [`BotApiCall`] that can be stored and
//! sent later. Must not know: when it is sent, or how.

use super::html::{self, HtmlMessage};
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;
use teloxide::payloads::{
    AnswerCallbackQuery, AnswerInlineQuery, CloseForumTopic, CopyMessage, CopyMessages,
    CreateForumTopic, EditMessageCaption, EditMessageReplyMarkup, EditMessageText, GetMe,
    ReopenForumTopic, SendChatAction, SendMessage, SetMyCommands,
};
use teloxide::requests::Payload;
use teloxide::types::{
    BotCommand, CallbackQueryId, ChatAction, ChatId, InlineKeyboardButton, InlineKeyboardMarkup,
    InlineQueryId, InlineQueryResult, InlineQueryResultArticle, InputMessageContent,
    InputMessageContentText, LinkPreviewOptions, MessageId, ParseMode, Recipient, ReplyMarkup,
    ReplyParameters, ThreadId,
};
use wenlu_core::model::{Button, Lang, Reply};

/// The kinds of update that [`super::parse::parse_update`] understands, for getUpdates and
/// setWebhook.
pub const ALLOWED_UPDATES: &[&str] = &[
    "message",
    "edited_message",
    "callback_query",
    "inline_query",
    "my_chat_member",
];

/// Maximum number of results of an inline query.
const MAX_ARTICLES: usize = 50;
/// Maximum characters of the notice that answers a pressed button.
const MAX_NOTICE_CHARS: usize = 200;
/// Maximum characters of a forum topic's name.
const MAX_TOPIC_CHARS: usize = 128;
/// Characters of the title and of the description of an inline result that a phone shows.
const MAX_TITLE_CHARS: usize = 100;
const MAX_DESCRIPTION_CHARS: usize = 200;

/// The commands that Telegram offers in its menu: name, Chinese and English description.
const COMMANDS: &[(&str, &str, &str)] = &[
    ("start", "从头开始", "Start over"),
    ("help", "看看能问什么", "What you can ask"),
    ("menu", "常见问题", "Common questions"),
    ("human", "转人工", "Talk to a person"),
];

/// A request, ready to be sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BotApiCall {
    pub method: &'static str,
    pub payload: Value,
}

/// A chat and, in a forum, a topic of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChatThread {
    pub chat: i64,
    pub thread: Option<i32>,
}

/// A result of an inline query: its title and description, and the reply that is sent when it is
/// chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct InlineArticle {
    pub title: String,
    pub description: String,
    pub reply: Reply,
}

/// Sends a message; `reply_to` is quoted if it still exists.
pub fn send_message(to: ChatThread, reply_to: Option<i32>, part: &HtmlMessage) -> BotApiCall {
    let mut payload = SendMessage::new(chat(to.chat), part.html.as_str());
    payload.message_thread_id = to.thread.map(thread);
    payload.parse_mode = Some(ParseMode::Html);
    payload.link_preview_options = Some(preview(part.preview));
    payload.reply_parameters = reply_to.map(answering);
    payload.reply_markup = keyboard(&part.keyboard).map(ReplyMarkup::InlineKeyboard);
    BotApiCall::new(&payload)
}

/// Replaces the text and the buttons of a message of the bot.
pub fn edit_message_text(chat_id: i64, message: i32, part: &HtmlMessage) -> BotApiCall {
    let mut payload = EditMessageText::new(chat(chat_id), MessageId(message), part.html.as_str());
    payload.parse_mode = Some(ParseMode::Html);
    payload.link_preview_options = Some(preview(part.preview));
    payload.reply_markup = keyboard(&part.keyboard);
    BotApiCall::new(&payload)
}

/// Replaces the buttons of a message; an empty list removes them.
pub fn edit_reply_markup(chat_id: i64, message: i32, rows: &[Vec<Button>]) -> BotApiCall {
    let mut payload = EditMessageReplyMarkup::new(chat(chat_id), MessageId(message));
    payload.reply_markup = keyboard(rows);
    BotApiCall::new(&payload)
}

/// Ends the loading state of a pressed button, optionally with a short notice.
pub fn answer_callback(id: &str, notice: Option<&str>) -> BotApiCall {
    let mut payload = AnswerCallbackQuery::new(CallbackQueryId(id.to_owned()));
    payload.text = notice.map(|text| html::ellipsize(&html::clean(text), MAX_NOTICE_CHARS));
    BotApiCall::new(&payload)
}

/// Answers an inline query. `personal` results are not shown to other people with the same query.
/// Articles without text are left out.
pub fn answer_inline(
    id: &str,
    articles: &[InlineArticle],
    cache: Duration,
    personal: bool,
) -> BotApiCall {
    let results = articles
        .iter()
        .take(MAX_ARTICLES)
        .enumerate()
        .filter_map(|(at, article)| result(at, article));
    let mut payload = AnswerInlineQuery::new(InlineQueryId(id.to_owned()), results);
    payload.cache_time = Some(cache.as_secs().try_into().unwrap_or(u32::MAX));
    payload.is_personal = Some(personal);
    BotApiCall::new(&payload)
}

/// Shows “正在输入…” for five seconds or until the next message.
pub fn chat_action_typing(to: ChatThread) -> BotApiCall {
    let mut payload = SendChatAction::new(chat(to.chat), ChatAction::Typing);
    payload.message_thread_id = to.thread.map(thread);
    BotApiCall::new(&payload)
}

/// Copies messages from another chat without naming that chat. `messages` rise; several are an
/// album, and stay one.
pub fn copy_messages(to: ChatThread, from_chat: i64, messages: &[i32]) -> BotApiCall {
    if let [message] = *messages {
        let mut payload = CopyMessage::new(chat(to.chat), chat(from_chat), MessageId(message));
        payload.message_thread_id = to.thread.map(thread);
        return BotApiCall::new(&payload);
    }
    let messages = messages.iter().copied().map(MessageId);
    let mut payload = CopyMessages::new(chat(to.chat), chat(from_chat), messages);
    payload.message_thread_id = to.thread.map(thread);
    BotApiCall::new(&payload)
}

/// Replaces the caption of a message of the bot; the new one is plain text.
pub fn edit_message_caption(chat_id: i64, message: i32, caption: &str) -> BotApiCall {
    let mut payload = EditMessageCaption::new(chat(chat_id), MessageId(message));
    payload.caption = Some(html::clean(caption));
    BotApiCall::new(&payload)
}

/// Creates a forum topic; the result has its `message_thread_id`.
pub fn create_forum_topic(chat_id: i64, name: &str) -> BotApiCall {
    let name = html::ellipsize(html::clean(name).replace('\n', " ").trim(), MAX_TOPIC_CHARS);
    BotApiCall::new(&CreateForumTopic::new(chat(chat_id), name))
}

pub fn close_forum_topic(chat_id: i64, topic: i32) -> BotApiCall {
    BotApiCall::new(&CloseForumTopic::new(chat(chat_id), thread(topic)))
}

pub fn reopen_forum_topic(chat_id: i64, topic: i32) -> BotApiCall {
    BotApiCall::new(&ReopenForumTopic::new(chat(chat_id), thread(topic)))
}

/// One call each for Chinese and English clients, and one in both languages for all others.
pub fn set_my_commands() -> [BotApiCall; 3] {
    [None, Some(Lang::Zh), Some(Lang::En)].map(|lang| {
        let commands = COMMANDS.iter().map(|&(name, zh, en)| match lang {
            None => BotCommand::new(name, format!("{zh} / {en}")),
            Some(Lang::Zh) => BotCommand::new(name, zh),
            Some(Lang::En) => BotCommand::new(name, en),
        });
        let mut payload = SetMyCommands::new(commands);
        payload.language_code = lang.map(|lang| lang.tag().to_owned());
        BotApiCall::new(&payload)
    })
}

pub fn get_me() -> BotApiCall {
    BotApiCall::new(&GetMe::new())
}

impl BotApiCall {
    fn new<P: Payload + Serialize>(payload: &P) -> Self {
        // a struct with string keys cannot fail to serialise
        BotApiCall {
            method: P::NAME,
            payload: serde_json::to_value(payload).expect("a payload is JSON"),
        }
    }
}

fn chat(id: i64) -> Recipient {
    Recipient::Id(ChatId(id))
}

fn thread(id: i32) -> ThreadId {
    ThreadId(MessageId(id))
}

fn answering(message: i32) -> ReplyParameters {
    ReplyParameters::new(MessageId(message)).allow_sending_without_reply()
}

fn preview(shown: bool) -> LinkPreviewOptions {
    LinkPreviewOptions {
        is_disabled: !shown,
        url: None,
        prefer_small_media: false,
        prefer_large_media: false,
        show_above_text: false,
    }
}

fn keyboard(rows: &[Vec<Button>]) -> Option<InlineKeyboardMarkup> {
    let row = |row: &Vec<Button>| {
        let buttons = row
            .iter()
            .map(|b| InlineKeyboardButton::callback(b.label.as_str(), b.data.as_str()));
        buttons.collect::<Vec<_>>()
    };
    (!rows.is_empty()).then(|| InlineKeyboardMarkup::new(rows.iter().map(row)))
}

fn result(at: usize, article: &InlineArticle) -> Option<InlineQueryResult> {
    let more = match article.reply.lang {
        Lang::Zh => "……内容较长，完整的请直接问我。",
        Lang::En => "… There is more: ask me directly for all of it.",
    };
    let text = html::article(&article.reply, more)?;
    let content = InputMessageContentText::new(text)
        .parse_mode(ParseMode::Html)
        .link_preview_options(preview(false));
    let one_line =
        |text: &str, most| html::ellipsize(html::clean(text).replace('\n', " ").trim(), most);
    let content = InputMessageContent::Text(content);
    let shown = InlineQueryResultArticle::new(
        at.to_string(),
        one_line(&article.title, MAX_TITLE_CHARS),
        content,
    )
    .description(one_line(&article.description, MAX_DESCRIPTION_CHARS));
    Some(InlineQueryResult::Article(shown))
}
