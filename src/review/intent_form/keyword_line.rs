//! A keyword as a line of a form: `甲 + 乙`, `甲/乙 + 丙 ×1.5`. In: a value of an intent's file. Out: the
//! line, and back. Must not know: what keywords are for.

use super::form::one_line;
use crate::review::edit::LineForm;
use toml_edit::{Array, InlineTable, Value};

/// Between alternatives, before what must occur as well, and before the weight.
const OR: char = '/';
const AND: char = '+';
const TIMES: [char; 2] = ['×', '*'];

pub(super) const KEYWORDS: LineForm = LineForm {
    shown: keyword_line,
    made: keyword_value,
};

pub(super) const TEXTS: LineForm = LineForm {
    shown: |value| one_line(value.as_str().unwrap_or_default()),
    made: |line| Value::from(line),
};

pub(super) fn keyword_line(value: &Value) -> String {
    let Some(table) = value.as_inline_table() else {
        return one_line(value.as_str().unwrap_or_default());
    };
    let texts = |name: &str| -> Vec<String> {
        let list = table.get(name).and_then(Value::as_array);
        let texts = list.into_iter().flatten().filter_map(Value::as_str);
        texts.map(one_line).collect()
    };
    let mut line = texts("any").join(&OR.to_string());
    for word in texts("with") {
        line.push_str(&format!(" {AND} {word}"));
    }
    let weight = table.get("weight").and_then(number);
    if let Some(weight) = weight.filter(|weight| *weight != 1.0) {
        line.push_str(&format!(" {}{weight}", TIMES[0]));
    }
    line
}

fn number(value: &Value) -> Option<f64> {
    value
        .as_float()
        .or_else(|| value.as_integer().map(|whole| whole as f64))
}

/// As a text where that says it all.
fn keyword_value(line: &str) -> Value {
    let (words, weight) = weighted(line);
    let mut parts = words.split(AND).map(str::trim);
    let any: Vec<&str> = parts.next().unwrap_or_default().split(OR).collect();
    if any.len() < 2 && weight.is_none() {
        return Value::from(line);
    }
    let list = |words: Vec<&str>| -> Array {
        let words = words.into_iter().map(str::trim);
        words.filter(|word| !word.is_empty()).collect()
    };
    let mut table = InlineTable::new();
    table.insert("any", Value::Array(list(any)));
    let with = list(parts.collect());
    if !with.is_empty() {
        table.insert("with", Value::Array(with));
    }
    if let Some(weight) = weight {
        table.insert("weight", Value::from(weight));
    }
    Value::InlineTable(table)
}

/// The words before `×1.5`, and that number.
fn weighted(line: &str) -> (&str, Option<f64>) {
    let split = line.rsplit_once(TIMES);
    let found = split.and_then(|(words, weight)| Some((words, weight.trim().parse().ok()?)));
    match found {
        Some((words, weight)) => (words.trim(), Some(weight)),
        None => (line, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_the_value_says() {
        for (line, value) in [
            ("甲", "\"甲\""),
            ("甲 + 乙", "\"甲 + 乙\""),
            ("甲/乙", "{ any = [\"甲\", \"乙\"] }"),
            (
                "甲/乙 + 丙 + 丁 ×1.5",
                "{ any = [\"甲\", \"乙\"], with = [\"丙\", \"丁\"], weight = 1.5 }",
            ),
            ("甲 ×2", "{ any = [\"甲\"], weight = 2.0 }"),
        ] {
            let made = keyword_value(line);
            assert_eq!(made.to_string().trim(), value);
            assert_eq!(keyword_line(&made), line);
        }
        // what is no number is part of the word
        assert_eq!(keyword_value("5 * x").as_str(), Some("5 * x"));
    }
}
