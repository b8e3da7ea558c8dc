//! Reads the messages of the JSON API. In: headers and a body. Out: whose message it is, and what
//! it says, or an [`ApiError`]. Must not know: who sent it.

use crate::http::error::ApiError;
use crate::store::records::AskerPage;
use axum::http::{HeaderMap, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;
use wenlu_core::model::{ConversationId, IdError, IncomingBody, Lang, MessageId};
use wenlu_core::text::safe;

/// Maximum characters of a message.
pub(in crate::channel) const TEXT_LIMIT: usize = 2_000;

/// The body of `POST /api/v1/messages`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MessageRequest {
    conversation: String,
    id: String,
    text: Option<String>,
    button: Option<String>,
    start: Option<bool>,
    lang: Option<Lang>,
    /// The id of a file that was sent before.
    file: Option<String>,
    page: Option<PageRequest>,
}

/// The page of a site on which the asker is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PageRequest {
    address: String,
    #[serde(default)]
    title: String,
}

/// Characters of the address of a page, and of its title.
const MOST_ADDRESS: usize = 300;
const MOST_TITLE: usize = 120;

/// A message, as the bot takes it.
pub(in crate::channel) struct ReadMessage {
    pub conversation: ConversationId,
    pub id: MessageId,
    pub body: MessageBody,
    /// On which page of a site the asker is.
    pub page: Option<AskerPage>,
}

/// What it says.
pub(in crate::channel) enum MessageBody {
    Said(IncomingBody),
    /// The id of a file.
    File(String),
}

/// Reads a message in a conversation of `channel`.
pub(in crate::channel) fn read_message(
    channel: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<ReadMessage, ApiError> {
    let mut message: MessageRequest = read_object(headers, body)?;
    let page = message.page.take().map(read_page).transpose()?;
    Ok(ReadMessage {
        page,
        conversation: conversation(channel, &message.conversation)?,
        id: message_id(&message.id)?,
        body: parse_body(message)?,
    })
}

/// The page without its query, which may say who the asker is.
fn read_page(page: PageRequest) -> Result<AskerPage, ApiError> {
    let url = Url::parse(&page.address).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let bad = || ApiError::BadRequest("`page.address` must be an http or https address".into());
    let url = url.ok_or_else(bad)?;
    let address = format!("{}{}", url.origin().ascii_serialization(), url.path());
    let title = safe::without_control_chars(&page.title);
    Ok(AskerPage {
        address: address.chars().take(MOST_ADDRESS).collect(),
        title: title.trim().chars().take(MOST_TITLE).collect(),
    })
}

/// Reads a JSON object.
pub(in crate::channel) fn read_object<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: &[u8],
) -> Result<T, ApiError> {
    if !is_json(headers) {
        return Err(ApiError::WrongContentType);
    }
    // serde would accept an array as a struct
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(ApiError::BadRequest(
            "the body must be a JSON object".into(),
        ));
    }
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => ApiError::BadRequest(error.to_string()),
        _ => ApiError::BadJson(error.to_string()),
    })
}

/// The id of a conversation of `channel`: the prefix keeps it apart from those of other channels.
pub(in crate::channel) fn conversation(
    channel: &str,
    named: &str,
) -> Result<ConversationId, ApiError> {
    ConversationId::in_channel(channel, named).map_err(|error| bad("conversation", error))
}

pub(in crate::channel) fn message_id(named: &str) -> Result<MessageId, ApiError> {
    MessageId::parse(named).map_err(|error| bad("id", error))
}

fn bad(field: &str, error: IdError) -> ApiError {
    ApiError::BadRequest(format!("`{field}`: {error}"))
}

/// The message for the bot: exactly one of `text`, `button`, `start` and `file`.
fn parse_body(message: MessageRequest) -> Result<MessageBody, ApiError> {
    match message.file {
        None => parse_said(message).map(MessageBody::Said),
        Some(file) => {
            let alone = message.text.is_none() && message.button.is_none();
            match alone && message.start.is_none() && message.lang.is_none() {
                true => Ok(MessageBody::File(file)),
                false => Err(ApiError::BadRequest(ONE_OF.into())),
            }
        }
    }
}

const ONE_OF: &str = "give exactly one of `text`, `button`, `file` and `\"start\": true`";

fn parse_said(message: MessageRequest) -> Result<IncomingBody, ApiError> {
    let start = message.start.unwrap_or(false);
    if message.lang.is_some() && !start {
        return Err(ApiError::BadRequest("`lang` goes with `start` only".into()));
    }
    match (message.text, message.button, start) {
        (Some(text), None, false) => {
            check_length(&text)?;
            Ok(IncomingBody::Text(safe::without_control_chars(&text)))
        }
        (None, Some(data), false) if (1..=64).contains(&data.len()) => {
            Ok(IncomingBody::Button(data))
        }
        (None, Some(_), false) => Err(ApiError::BadRequest(
            "`button` has from 1 to 64 bytes".into(),
        )),
        (None, None, true) => Ok(IncomingBody::Start {
            lang: message.lang.unwrap_or_default(),
        }),
        _ => Err(ApiError::BadRequest(ONE_OF.into())),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value
        .and_then(|value| value.split(';').next())
        .unwrap_or("");
    essence.trim().eq_ignore_ascii_case("application/json")
}

pub(in crate::channel) fn check_length(text: &str) -> Result<(), ApiError> {
    match text.chars().count() {
        length if length > TEXT_LIMIT => Err(ApiError::TextTooLong {
            length,
            limit: TEXT_LIMIT,
        }),
        _ => Ok(()),
    }
}
