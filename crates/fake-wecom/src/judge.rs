//! What of a message the platform takes.

use crate::people::ShownMessage;
use serde_json::Value;

/// The platform's limits, in bytes and items.
const TEXT: usize = 2_048;
const ITEMS: usize = 10;
const HEAD: usize = 1_024;
const ITEM: usize = 128;
const ITEM_ID: usize = 64;
const MSGID: usize = 32;

/// What the customer sees of a message; the real one's code if it is not taken.
pub(crate) fn judged(message: &Value) -> Result<ShownMessage, (i64, &'static str)> {
    match message["msgtype"].as_str() {
        Some("text") => text(message["text"]["content"].as_str().unwrap_or_default()),
        Some("msgmenu") => menu(&message["msgmenu"]),
        _ => Err((40_008, "invalid message type")),
    }
}

/// The id that the caller gives a message, if it does.
pub(crate) fn own_id(message: &Value) -> Result<Option<String>, (i64, &'static str)> {
    let Some(id) = message.get("msgid") else {
        return Ok(None);
    };
    let id = id.as_str().ok_or((40_058, "invalid msgid"))?;
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    if id.len() > MSGID || !id.bytes().all(is_known) {
        return Err((40_058, "invalid msgid"));
    }
    Ok((!id.is_empty()).then(|| id.to_owned()))
}

fn text(text: &str) -> Result<ShownMessage, (i64, &'static str)> {
    if text.trim().is_empty() {
        return Err((44_004, "empty content"));
    }
    // the real one cuts it off
    if text.len() > TEXT {
        return Err((45_002, "content size out of limit"));
    }
    Ok(ShownMessage {
        text: text.to_owned(),
        items: vec![],
    })
}

fn menu(menu: &Value) -> Result<ShownMessage, (i64, &'static str)> {
    let head = menu["head_content"].as_str().unwrap_or_default();
    let tail = menu["tail_content"].as_str().unwrap_or_default();
    let list = menu["list"].as_array().cloned().unwrap_or_default();
    if list.is_empty() || list.len() > ITEMS {
        return Err((95_008, "menu item count out of limit"));
    }
    if head.len() > HEAD || tail.len() > HEAD {
        return Err((45_002, "content size out of limit"));
    }
    let mut items = vec![];
    for item in &list {
        if item["type"] != "click" {
            return Err((95_009, "invalid menu item type"));
        }
        let part = |name: &str| item["click"][name].as_str().unwrap_or_default().to_owned();
        let (id, content) = (part("id"), part("content"));
        if content.is_empty() || content.len() > ITEM || id.len() > ITEM_ID {
            return Err((45_002, "content size out of limit"));
        }
        items.push((id, content));
    }
    Ok(ShownMessage {
        text: head.to_owned(),
        items,
    })
}
