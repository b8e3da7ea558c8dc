//! Calls with which a kept file goes. In: a file of a conversation, and where it goes. Out: a call for
//! the outbox, which holds the file's id; and back, when it is made. Must not know: what is in it.

use super::calls::{BotApiCall, ChatThread};
use serde_json::{Value, json};
use wenlu_core::model::MessageFile;

/// The field in which a stored call holds its file; Telegram does not get it.
const MARK: &str = "wenlu_file";
/// What a photo may measure: both sides together, and one beside the other. Others go as documents.
const MOST_SIDES: u32 = 10_000;
const MOST_RATIO: u32 = 20;
/// Above what a colleague sends.
const CAPTION: &str = "同事：";

/// Sends a colleague's file.
pub(super) fn send_file(to: ChatThread, file: &MessageFile) -> BotApiCall {
    let method = match is_photo(file) {
        true => "sendPhoto",
        false => "sendDocument",
    };
    let mut payload = json!({ "chat_id": to.chat, "caption": CAPTION, MARK: file });
    if let Some(thread) = to.thread {
        payload["message_thread_id"] = json!(thread);
    }
    BotApiCall { method, payload }
}

fn is_photo(file: &MessageFile) -> bool {
    let (long, short) = (file.width.max(file.height), file.width.min(file.height));
    short > 0 && long.saturating_add(short) <= MOST_SIDES && long / short < MOST_RATIO
}

/// A stored call, taken apart.
pub(super) struct FileCall {
    /// The field of the file.
    pub field: &'static str,
    pub file: MessageFile,
    /// The others.
    pub payload: Value,
}

impl FileCall {
    /// `None` for a call without a file.
    pub(super) fn of(method: &str, payload: &Value) -> Option<Self> {
        let file = serde_json::from_value(payload.get(MARK)?.clone()).ok()?;
        let mut payload = payload.clone();
        payload.as_object_mut()?.remove(MARK);
        let field = if method == "sendPhoto" {
            "photo"
        } else {
            "document"
        };
        Some(FileCall {
            field,
            file,
            payload,
        })
    }
}
