//! `answerCallbackQuery`, `answerInlineQuery`. In: parameters. Out: what the user sees for a pressed button or typed
//! query, or the refusal. A query is answered once, and in time.

use super::failure::{Failure, Outcome};
use super::params::Params;
use super::record::Notice;
use super::state::{CALLBACK, INLINE, State};
use super::text;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const NO_JSON: &str = "can't parse JSON encoded inline query results";
/// Results of one inline query.
const MOST_RESULTS: usize = 50;
/// Characters of a notice.
const LONGEST_NOTICE: usize = 200;
/// Bytes of a result's identifier.
const LONGEST_ID: usize = 64;

pub(crate) fn callback(state: &mut State, params: &Params) -> Outcome {
    let now = state.now();
    let found = params
        .get("callback_query_id")
        .and_then(|id| state.record.callbacks.get_mut(id));
    let callback =
        found.filter(|callback| callback.answer.is_none() && now <= callback.at + CALLBACK);
    let callback = callback.ok_or_else(too_old)?;
    let text = params.get("text").unwrap_or_default();
    if text.chars().count() > LONGEST_NOTICE {
        return Err(Failure::bad("MESSAGE_TOO_LONG"));
    }
    callback.answer = Some(Notice {
        text: text.to_owned(),
        alert: params.flag("show_alert"),
    });
    Ok(json!(true).into())
}

pub(crate) fn inline(state: &mut State, params: &Params) -> Outcome {
    let results = params
        .json("results", NO_JSON)?
        .unwrap_or_else(|| json!([]));
    let list = results
        .as_array()
        .ok_or_else(|| Failure::bad("expected an Array of inline query results"))?;
    if list.len() > MOST_RESULTS {
        return Err(Failure::bad("too many inline query results specified"));
    }
    for result in list {
        check_result(result)
            .map_err(|reason| Failure::bad(format!("can't parse inline query result: {reason}")))?;
    }
    let ids: Vec<&str> = list
        .iter()
        .filter_map(|result| result["id"].as_str())
        .collect();
    if ids.iter().any(|id| !(1..=LONGEST_ID).contains(&id.len())) {
        return Err(Failure::bad("RESULT_ID_INVALID"));
    }
    if ids.iter().collect::<BTreeSet<_>>().len() < ids.len() {
        return Err(Failure::bad("RESULT_ID_DUPLICATE"));
    }
    let now = state.now();
    let found = params
        .get("inline_query_id")
        .and_then(|id| state.record.inline.get_mut(id));
    let query = found
        .filter(|query| query.results.is_none() && now <= query.at + INLINE)
        .ok_or_else(too_old)?;
    query.results = Some(results);
    Ok(json!(true).into())
}

/// What each result needs; the texts of articles are read as any other text.
fn check_result(result: &Value) -> Result<(), String> {
    if !result.is_object() {
        return Err("Inline query result must be an object".into());
    }
    let required = |value: &Value, name: &str| match value.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(format!("Field \"{name}\" must be of type String")),
        None => Err(format!("Can't find field \"{name}\"")),
    };
    let kind = required(result, "type")?;
    required(result, "id")?;
    if kind != "article" {
        return Ok(());
    }
    required(result, "title")?;
    let content = result.get("input_message_content").unwrap_or(result);
    let optional = |name: &str| content.get(name).and_then(Value::as_str);
    let entities = content.get("entities").map(Value::to_string);
    let formatted = text::format(
        &required(content, "message_text")?,
        optional("parse_mode"),
        entities.as_deref(),
    );
    formatted.map(|_| ()).map_err(|failure| {
        let reason = failure.description.trim_start_matches("Bad Request: ");
        let (first, rest) = reason.split_at(1);
        first.to_uppercase() + rest
    })
}

fn too_old() -> Failure {
    Failure::bad("query is too old and response timeout expired or query ID is invalid")
}
