//! Rasa's entity annotations. In: an annotated example. Out: its plain text and its entities. Must
//! not know: files.

/// An example as plain text, and its entities.
pub(crate) struct AnnotatedExample {
    pub text: String,
    pub entities: Vec<EntityAnnotation>,
}

pub(crate) struct EntityAnnotation {
    pub text: String,
    pub name: String,
    /// The value that the annotation gives for it.
    pub value: Option<String>,
}

/// `[text](entity)`, `[text](entity:value)`, `[text]{"entity": …, "value": …}`, `[text][{…}, {…}]`.
pub(crate) fn read(written: &str) -> AnnotatedExample {
    let mut found = AnnotatedExample {
        text: String::new(),
        entities: Vec::new(),
    };
    let mut rest = written;
    while let Some((before, after)) = rest.split_once('[') {
        found.text += before;
        let read = after
            .split_once(']')
            .filter(|(text, _)| !text.is_empty())
            .and_then(|(text, tail)| {
                let (entities, tail) = annotation(text, tail)?;
                Some((text, entities, tail))
            });
        rest = match read {
            Some((text, entities, tail)) => {
                found.text += text;
                found.entities.extend(entities);
                tail
            }
            None => {
                found.text.push('[');
                after
            }
        };
    }
    found.text += rest;
    found
}

/// Parses what follows `[text]`: the entities, and the rest of the text.
fn annotation<'t>(text: &str, tail: &'t str) -> Option<(Vec<EntityAnnotation>, &'t str)> {
    let entity = |name: &str, value: Option<&str>| EntityAnnotation {
        text: text.to_owned(),
        name: name.trim().to_owned(),
        value: value
            .map(str::trim)
            .filter(|value| !value.is_empty() && *value != text)
            .map(str::to_owned),
    };
    if let Some((name, tail)) = tail.strip_prefix('(').and_then(|tail| tail.split_once(')')) {
        let (name, value) = name
            .split_once(':')
            .map_or((name, None), |(name, value)| (name, Some(value)));
        return (!name.trim().is_empty()).then(|| (vec![entity(name, value)], tail));
    }
    let close = match tail.chars().next()? {
        '{' => "}",
        '[' => "]",
        _ => return None,
    };
    let end = tail.find(close)? + close.len();
    let (written, tail) = tail.split_at_checked(end)?;
    let read = crate::json::parse(written).ok()?;
    let all: Vec<EntityAnnotation> = read
        .each()
        .iter()
        .filter_map(|e| Some(entity(e.text_of("entity")?, e.text_of("value"))))
        .collect();
    (!all.is_empty()).then_some((all, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_become_text() {
        for (written, text, entities) in [
            ("去[北京](city)的票", "去北京的票", "city"),
            (
                "我的[储蓄](account:savings)和[x]{\"entity\":\"y\",\"value\":\"z\"}",
                "我的储蓄和x",
                "account=savings y=z",
            ),
            (
                "[两张][{\"entity\":\"n\"},{\"entity\":\"m\",\"role\":\"r\"}]票",
                "两张票",
                "n m",
            ),
            ("数组 a[0] 和 [未完", "数组 a[0] 和 [未完", ""),
            ("[]() [a] (b) [c]{坏}", "[]() [a] (b) [c]{坏}", ""),
        ] {
            let found = read(written);
            let named = |e: &EntityAnnotation| {
                e.value
                    .as_ref()
                    .map_or(e.name.clone(), |value| format!("{}={value}", e.name))
            };
            let all = found
                .entities
                .iter()
                .map(named)
                .collect::<Vec<_>>()
                .join(" ");
            assert_eq!((found.text.as_str(), all.as_str()), (text, entities));
        }
    }
}
