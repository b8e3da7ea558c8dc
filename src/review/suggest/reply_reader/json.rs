//! A reply that is JSON, or has JSON in it. In: the text. Out: its wordings, each with its intent
//! if it is named; nothing if there is no JSON. Must not know: lines, lists.

use serde_json::Value;

/// The fields of an object that hold a wording, tried in this order.
const TEXT_FIELDS: [&str; 8] = [
    "text",
    "utterance",
    "wording",
    "question",
    "query",
    "example",
    "问法",
    "问题",
];
const INTENT_FIELDS: [&str; 4] = ["intent", "id", "topic", "话题"];
/// Levels of a reply that are looked into.
const MAX_DEPTH: usize = 6;

/// A wording, with its intent where that is named.
pub(super) type NamedWording = (Option<String>, String);

/// The wordings of the JSON in `reply`; `None` if there is none, or none in it.
pub(super) fn wordings(reply: &str, ids: &[&str]) -> Option<Vec<NamedWording>> {
    let value = parsed(reply)?;
    let mut found = Vec::new();
    collect(&value, None, ids, MAX_DEPTH, &mut found);
    Some(found).filter(|found| !found.is_empty())
}

/// The whole, or what lies between the first opening and the last closing bracket.
fn parsed(reply: &str) -> Option<Value> {
    let whole = reply.trim();
    let between = |open: char, close: char| {
        let (start, end) = (whole.find(open)?, whole.rfind(close)?);
        let text = whole.get(start..=end)?;
        serde_json::from_str::<Value>(text).ok()
    };
    let is_holder = |value: &Value| value.is_array() || value.is_object();
    let read = serde_json::from_str::<Value>(whole).ok().filter(is_holder);
    let lists_first = whole.find('[') < whole.find('{') || !whole.contains('{');
    read.or_else(|| match lists_first {
        true => between('[', ']').or_else(|| between('{', '}')),
        false => between('{', '}').or_else(|| between('[', ']')),
    })
}

fn collect(
    value: &Value,
    intent: Option<&str>,
    ids: &[&str],
    depth: usize,
    found: &mut Vec<NamedWording>,
) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    match value {
        Value::String(text) => found.push((intent.map(str::to_owned), text.clone())),
        Value::Array(items) => items
            .iter()
            .for_each(|item| collect(item, intent, ids, depth, found)),
        Value::Object(fields) => {
            let known = |name: &str| ids.iter().copied().find(|id| id.eq_ignore_ascii_case(name));
            let named = INTENT_FIELDS
                .iter()
                .find_map(|field| known(fields.get(*field)?.as_str()?));
            let intent = named.or(intent);
            let text = TEXT_FIELDS
                .iter()
                .find_map(|field| fields.get(*field).filter(|text| text.is_string()));
            if let Some(text) = text {
                return collect(text, intent, ids, depth, found);
            }
            for (name, field) in fields {
                let is_list = field.is_array() || field.is_object();
                if is_list || known(name).is_some() {
                    collect(field, known(name).or(intent), ids, depth, found);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
