//! A message as a user sees it. In: what was sent, and what was changed since. Out: its JSON for the bot, and its look
//! for a transcript.

use super::keyboard::{Action, Button, Keyboard};
use super::text::{Entity, byte_at};
use serde_json::{Map, Value, json};
use std::fmt::Write;

#[derive(Clone, Debug, Default)]
pub struct Message {
    pub id: i32,
    pub chat: i64,
    /// Unix time.
    pub date: i64,
    /// The name that stands above it.
    pub author: String,
    /// Whether the bot sent it.
    pub ours: bool,
    /// The text or the caption, without markup.
    pub text: String,
    pub entities: Vec<Entity>,
    /// What it carries besides: the field (`photo`, `sticker`, `migrate_to_chat_id` …) and its value.
    pub attachment: Option<(String, Value)>,
    pub keyboard: Option<Keyboard>,
    /// The forum topic it stands in.
    pub thread: Option<i32>,
    pub reply_to: Option<i32>,
    /// Unix time of the last edit.
    pub edited: Option<i64>,
    /// What it said before each edit, oldest first.
    pub earlier: Vec<String>,
    pub deleted: bool,
    pub pinned: bool,
    /// `from`, `sender_chat`, `forward_origin` and the like, as the bot reads them.
    pub head: Map<String, Value>,
}

impl Message {
    /// One that says nothing yet.
    pub fn blank(chat: i64, author: &str) -> Message {
        Message {
            chat,
            author: author.to_owned(),
            ..Message::default()
        }
    }

    /// Whether it is about the chat and not said by anyone: such a message cannot be copied or forwarded.
    pub fn is_service(&self) -> bool {
        let content = ["photo", "document", "sticker", "voice"];
        self.attachment
            .as_ref()
            .is_some_and(|(field, _)| !content.contains(&field.as_str()))
    }

    /// The buttons below it, row by row.
    pub fn buttons(&self) -> Vec<&Button> {
        match &self.keyboard {
            Some(Keyboard::Inline(rows)) => rows.iter().flatten().collect(),
            _ => Vec::new(),
        }
    }

    /// As the Bot API shows it; `reply` is the message it answers.
    pub fn json(&self, chat: Value, reply: Option<Value>) -> Value {
        let mut shown = json!({"message_id": self.id});
        for (field, value) in &self.head {
            shown[field] = value.clone();
        }
        shown["chat"] = chat;
        shown["date"] = self.date.into();
        if let Some(edited) = self.edited {
            shown["edit_date"] = edited.into();
        }
        if let Some(thread) = self.thread {
            shown["message_thread_id"] = thread.into();
            shown["is_topic_message"] = true.into();
        }
        if let Some(reply) = reply {
            shown["reply_to_message"] = reply;
        }
        let (text, entities) = match &self.attachment {
            Some((field, value)) => {
                shown[field] = value.clone();
                ("caption", "caption_entities")
            }
            None => ("text", "entities"),
        };
        if !self.text.is_empty() {
            shown[text] = self.text.as_str().into();
        }
        if !self.entities.is_empty() {
            shown[entities] = json!(self.entities);
        }
        if let Some(markup) = self.keyboard.as_ref().and_then(Keyboard::json) {
            shown["reply_markup"] = markup;
        }
        shown
    }

    /// The text with its formatting as tags; what Telegram marks by itself has none.
    pub fn rendered(&self) -> String {
        let mut marks: Vec<(usize, bool, String)> = Vec::new();
        for entity in &self.entities {
            let Some((tag, argument)) = tag(entity) else {
                continue;
            };
            marks.push((entity.offset, true, format!("<{tag}{argument}>")));
            marks.push((entity.end(), false, format!("</{tag}>")));
        }
        // at one place ends come before beginnings, and what began last ends first
        let mut order: Vec<usize> = (0..marks.len()).collect();
        order.sort_by_key(|index| {
            let (at, begins, _) = &marks[*index];
            let rank = i64::try_from(*index).unwrap();
            (*at, *begins, if *begins { rank } else { -rank })
        });
        let mut rendered = String::new();
        let mut from = 0;
        for index in order {
            let (at, _, mark) = &marks[index];
            let at = byte_at(&self.text, *at).unwrap_or(self.text.len());
            rendered += &self.text[from..at];
            rendered += mark;
            from = at;
        }
        rendered + &self.text[from..]
    }

    /// A few lines of a transcript.
    pub fn line(&self) -> String {
        let mut line = format!("{} #{}", self.author, self.id);
        let mut note = |wanted: bool, note: String| {
            if wanted {
                line += &note;
            }
        };
        note(
            self.thread.is_some(),
            format!(" in {}", self.thread.unwrap_or_default()),
        );
        note(
            self.reply_to.is_some(),
            format!(" to #{}", self.reply_to.unwrap_or_default()),
        );
        note(self.edited.is_some(), " (edited)".to_owned());
        note(self.pinned, " (pinned)".to_owned());
        note(
            self.head.contains_key("forward_origin"),
            " (forwarded)".to_owned(),
        );
        note(self.deleted, " (deleted)".to_owned());
        if let Some((field, value)) = &self.attachment {
            let _ = write!(line, " <{field}{}>", detail(value));
        }
        if !self.text.is_empty() {
            let _ = write!(line, ": {}", self.rendered().replace('\n', "\n  "));
        }
        match &self.keyboard {
            Some(Keyboard::Inline(rows)) => {
                for row in rows {
                    let row: Vec<String> = row.iter().map(Button::shown).collect();
                    let _ = write!(line, "\n  {}", row.join(" "));
                }
            }
            Some(Keyboard::Reply(rows)) => {
                for row in rows {
                    let _ = write!(line, "\n  keys: {}", row.join(" | "));
                }
            }
            Some(Keyboard::Remove) => line += "\n  keys removed",
            Some(Keyboard::ForceReply) => line += "\n  asks for a reply",
            None => {}
        }
        line
    }
}

impl Button {
    fn shown(&self) -> String {
        match &self.action {
            Action::Callback(data) => format!("[{}]({data})", self.text),
            Action::Url(url) => format!("[{}]({url})", self.text),
            Action::Other(name, _) => format!("[{}]({name})", self.text),
        }
    }
}

/// What a transcript shows of an attachment: the name or the number that it is about.
fn detail(value: &Value) -> String {
    match (
        value["name"].as_str(),
        value["message_id"].as_i64(),
        value.as_i64(),
    ) {
        (Some(name), ..) => format!(" {name}"),
        (_, Some(message), _) => format!(" #{message}"),
        (.., Some(number)) => format!(" {number}"),
        _ => String::new(),
    }
}

fn tag(entity: &Entity) -> Option<(&'static str, String)> {
    let tag = match entity.kind.as_str() {
        "bold" => "b",
        "italic" => "i",
        "underline" => "u",
        "strikethrough" => "s",
        "spoiler" => "spoiler",
        "blockquote" => "quote",
        "code" => "code",
        "pre" => "pre",
        "text_link" => "a",
        _ => return None,
    };
    let argument = entity.url.as_ref().or(entity.language.as_ref());
    Some((
        tag,
        argument.map_or(String::new(), |argument| format!(" {argument}")),
    ))
}
