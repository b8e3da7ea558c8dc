//! Words for shapes of values. In: a [`ValueShape`] or a value. Out: what it is called, and an example of
//! it, as mistakes are worded.

use super::schema::ValueShape;
use toml::de::DeValue;

pub(super) fn quoted(name: &str) -> String {
    if name.is_empty() {
        "这里".to_owned()
    } else {
        format!("`{name}` ")
    }
}

pub(super) fn wanted(shape: &ValueShape) -> String {
    match shape {
        ValueShape::Text | ValueShape::MaybeEmpty | ValueShape::Choice(_) => "加引号的文字".into(),
        ValueShape::Flag => " true 或 false".into(),
        ValueShape::Weight | ValueShape::Number | ValueShape::Positive | ValueShape::Share => {
            "数字".into()
        }
        ValueShape::List(item) => format!("列表 […]，每一项是{}", wanted(item)),
        ValueShape::Map(_) | ValueShape::Table(_) => "表".into(),
        ValueShape::Either(shapes) => shapes.iter().map(wanted).collect::<Vec<_>>().join("或"),
    }
}

pub(super) fn found(value: &DeValue) -> &'static str {
    match value {
        DeValue::String(_) => "文字",
        DeValue::Integer(_) | DeValue::Float(_) => "数字",
        DeValue::Boolean(_) => " true 或 false",
        DeValue::Datetime(_) => "日期",
        DeValue::Array(_) => "列表",
        DeValue::Table(_) => "表",
    }
}

pub(super) fn sample(name: &str, shape: &ValueShape) -> String {
    match (name, shape) {
        ("test", _) => "[[test]]，下一行 say = \"…\"".into(),
        (_, ValueShape::Map(_)) => format!("[{name}]，下一行 \"…\" = \"…\""),
        (_, ValueShape::Flag) => format!("{name} = true"),
        (_, ValueShape::Weight | ValueShape::Number | ValueShape::Positive) => {
            format!("{name} = 2.0")
        }
        (_, ValueShape::Share) => format!("{name} = 0.5"),
        (_, ValueShape::Table(_)) => format!("{name} = {{ … }}，`wenlu calibrate --write` 会写"),
        (_, ValueShape::Choice(words)) => format!("{name} = \"{}\"", words.first().unwrap_or(&"…")),
        (_, ValueShape::List(ValueShape::Either(_))) => {
            format!("{name} = [\"甲 + 乙\", {{ any = [\"甲\"], with = [\"乙\"] }}]")
        }
        (_, ValueShape::List(_)) => format!("{name} = [\"…\"]"),
        _ => format!("{name} = \"…\""),
    }
}
