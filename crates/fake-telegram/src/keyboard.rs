//! Keyboards. In: `reply_markup` as the bot sent it. Out: the buttons that the user sees, or the refusal.

use super::failure::Failure;
use super::params::Params;
use serde_json::{Map, Value, json};

/// Buttons of one inline keyboard that the server takes.
const MOST_BUTTONS: usize = 100;
/// Bytes of `callback_data`.
const LONGEST_DATA: usize = 64;

#[derive(Clone, Debug, PartialEq)]
pub enum Keyboard {
    /// Below its message.
    Inline(Vec<Vec<Button>>),
    /// In place of the user's own keyboard: what a button says is what the user then sends.
    Reply(Vec<Vec<String>>),
    Remove,
    ForceReply,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Button {
    pub text: String,
    pub action: Action,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// `callback_data`: the bot hears of it.
    Callback(String),
    /// An address that the user's app opens.
    Url(String),
    /// Any other kind: the field and its value.
    Other(String, Value),
}

impl Keyboard {
    /// `None` when the call has none.
    pub fn read(params: &Params) -> Result<Option<Keyboard>, Failure> {
        let Some(markup) = params.json(
            "reply_markup",
            "can't parse reply keyboard markup JSON object",
        )?
        else {
            return Ok(None);
        };
        let Value::Object(fields) = markup else {
            return Err(Failure::bad("object expected as reply markup"));
        };
        if let Some(rows) = fields.get("keyboard") {
            let rows = rows_of(
                rows,
                "keyboard",
                "keyboard",
                "ReplyKeyboardMarkup",
                |button| match button {
                    Value::String(text) => Ok(text.clone()),
                    Value::Object(fields) => text_of(fields),
                    _ => Err("KeyboardButton must be a String or an Object".to_owned()),
                },
            )?;
            if rows.iter().flatten().any(String::is_empty) {
                return Err(Failure::bad("keyboard button text must be non-empty"));
            }
            return Ok(Some(Keyboard::Reply(rows)));
        }
        if let Some(rows) = fields.get("inline_keyboard") {
            let rows = rows_of(
                rows,
                "inline_keyboard",
                "inline keyboard",
                "InlineKeyboardMarkup",
                Button::read,
            )?;
            check_inline(&rows)?;
            return Ok((!rows.is_empty()).then_some(Keyboard::Inline(rows)));
        }
        let set = |name| {
            fields
                .get(name)
                .and_then(Value::as_bool)
                .unwrap_or_default()
        };
        Ok(match (set("remove_keyboard"), set("force_reply")) {
            (true, _) => Some(Keyboard::Remove),
            (_, true) => Some(Keyboard::ForceReply),
            _ => None,
        })
    }

    /// The `reply_markup` of a message: inline keyboards alone are part of it.
    pub fn json(&self) -> Option<Value> {
        let Keyboard::Inline(rows) = self else {
            return None;
        };
        Some(
            json!({"inline_keyboard": rows.iter().map(|row| row.iter().map(Button::json).collect()).collect::<Vec<Value>>()}),
        )
    }
}

impl Button {
    fn read(value: &Value) -> Result<Button, String> {
        let Value::Object(fields) = value else {
            return Err("InlineKeyboardButton must be an Object".into());
        };
        let text = text_of(fields)?;
        let string = |name| match fields.get(name) {
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(format!("Field \"{name}\" must be of type String")),
            None => Ok(None),
        };
        let action = if let Some(url) = string("url")? {
            Action::Url(url)
        } else if let Some(data) = string("callback_data")? {
            Action::Callback(data)
        } else if let Some((name, value)) = fields.iter().find(|(name, _)| *name != "text") {
            Action::Other(name.clone(), value.clone())
        } else {
            return Err("Text buttons are unallowed in the inline keyboard".into());
        };
        Ok(Button { text, action })
    }

    fn json(&self) -> Value {
        let (name, value) = match &self.action {
            Action::Callback(data) => ("callback_data", data.as_str().into()),
            Action::Url(url) => ("url", url.as_str().into()),
            Action::Other(name, value) => (name.as_str(), value.clone()),
        };
        json!({"text": self.text, name: value})
    }
}

fn text_of(fields: &Map<String, Value>) -> Result<String, String> {
    match fields.get("text") {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err("Field \"text\" must be of type String".into()),
        None => Err("Can't find field \"text\"".into()),
    }
}

fn rows_of<T>(
    rows: &Value,
    field: &str,
    name: &str,
    object: &str,
    button: impl Fn(&Value) -> Result<T, String>,
) -> Result<Vec<Vec<T>>, Failure> {
    let no_array = |what: &str| {
        Failure::bad(format!(
            "field \"{field}\" of the {object} must be an {what}"
        ))
    };
    let read_row = |row: &Value| {
        let row = row.as_array().ok_or_else(|| no_array("Array of Arrays"))?;
        let cannot = |reason| Failure::bad(format!("can't parse {name} button: {reason}"));
        row.iter()
            .map(|value| button(value).map_err(cannot))
            .collect::<Result<Vec<T>, _>>()
    };
    let rows = rows.as_array().ok_or_else(|| no_array("Array"))?;
    let rows: Vec<Vec<T>> = rows.iter().map(read_row).collect::<Result<_, _>>()?;
    Ok(rows.into_iter().filter(|row| !row.is_empty()).collect())
}

fn check_inline(rows: &[Vec<Button>]) -> Result<(), Failure> {
    if rows.iter().map(Vec::len).sum::<usize>() > MOST_BUTTONS {
        return Err(Failure::bad("reply markup is too long"));
    }
    for button in rows.iter().flatten() {
        if button.text.is_empty() {
            return Err(Failure::bad(
                "inline keyboard button text must be non-empty",
            ));
        }
        match &button.action {
            Action::Callback(data) if !(1..=LONGEST_DATA).contains(&data.len()) => {
                return Err(Failure::bad("BUTTON_DATA_INVALID"));
            }
            Action::Url(url) if reqwest::Url::parse(url).is_err() => {
                let reason =
                    format!("inline keyboard button URL '{url}' is invalid: Wrong HTTP URL");
                return Err(Failure::bad(reason));
            }
            _ => {}
        }
    }
    Ok(())
}
