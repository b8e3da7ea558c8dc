//! A knowledge of labelled messages.

use std::collections::BTreeMap;
use wenlu_core::eval::LabelledMessage;
use wenlu_core::knowledge::{Intent, Knowledge};

/// The first `shots` rows of each intent, and all of `more`.
pub(crate) fn knowledge(
    rows: &[LabelledMessage],
    shots: usize,
    more: &[LabelledMessage],
) -> Knowledge {
    let mut intents: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in rows {
        let examples = intents.entry(label(row)).or_default();
        if examples.len() < shots {
            examples.push(row.text.clone());
        }
    }
    for row in more {
        intents
            .entry(label(row))
            .or_default()
            .push(row.text.clone());
    }
    let intent = |(id, examples): (&str, Vec<String>)| Intent {
        id: id.replace('_', "-"),
        label: Some(id.to_owned()),
        title: id.replace('_', " "),
        examples,
        ..Intent::default()
    };
    let mut intents: Vec<Intent> = intents.into_iter().map(intent).collect();
    intents.sort_by(|a, b| a.id.cmp(&b.id));
    Knowledge {
        intents,
        ..Knowledge::default()
    }
}

fn label(row: &LabelledMessage) -> &str {
    row.labels.first().map_or("", String::as_str)
}
