//! Bounds of what a tool returns. In: any JSON. Out: the same with long lists and texts cut, and a
//! word about what was left out; never more than [`MAX_BYTES`]. Must not know: which tool it is
//! from.

use serde_json::Value;

/// Of one answer as JSON: about what an assistant can read without losing what came before.
pub(super) const MAX_BYTES: usize = 60_000;
/// Items of a list and characters of a text, tried from the first on until the answer fits.
const LIMITS: [(usize, usize); 4] = [(100, 20_000), (50, 6_000), (20, 1_500), (8, 300)];

/// `value`, cut as far as it takes.
pub(super) fn bounded(value: Value) -> Value {
    let mut cut = value;
    for (items, chars) in LIMITS {
        shorten(&mut cut, items, chars);
        if cut.to_string().len() <= MAX_BYTES {
            return cut;
        }
    }
    serde_json::json!({"left_out": "the answer is too long; ask for less at a time"})
}

fn shorten(value: &mut Value, items: usize, chars: usize) {
    match value {
        Value::String(text) => *text = cut_text(text, chars),
        Value::Array(list) => {
            let rest = list.len().saturating_sub(items);
            list.truncate(items);
            list.iter_mut().for_each(|item| shorten(item, items, chars));
            if rest > 0 {
                list.push(Value::String(format!("… and {rest} more, left out")));
            }
        }
        Value::Object(fields) => fields
            .iter_mut()
            .for_each(|(_, field)| shorten(field, items, chars)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The text with at most `chars` characters, and a word where it was cut.
pub(super) fn cut_text(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        None => text.to_owned(),
        Some((end, _)) => format!("{} … (cut)", text.get(..end).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_short_stays_as_it_is() {
        let value = json!({"a": [1, 2], "b": {"c": "退款"}});
        assert_eq!(bounded(value.clone()), value);
    }

    #[test]
    fn nothing_is_longer_than_the_bound() {
        let lines: Vec<String> = (0..5_000).map(|n| format!("第{n}句")).collect();
        let long = bounded(json!({"lines": lines}));
        assert_eq!(long["lines"].as_array().unwrap().len(), 101);
        assert_eq!(long["lines"][100], "… and 4900 more, left out");
        let wide: Vec<String> = (0..100).map(|_| "长".repeat(30_000)).collect();
        assert!(bounded(json!({"wide": wide})).to_string().len() <= MAX_BYTES);
        let deep: Vec<Vec<Vec<String>>> = vec![vec![vec!["深".repeat(500); 90]; 90]; 90];
        assert!(bounded(json!(deep)).to_string().len() <= MAX_BYTES);
    }
}
