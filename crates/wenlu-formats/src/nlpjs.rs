//! nlp.js corpora. In: JSON files `{locale, data: [{intent, utterances, answers}]}`, one a
//! language. Out: a filled builder; the locale is the language of the answers, `None` is out of
//! scope. Entities, slots and conditions are not imported and noted.

use super::builder::ImportBuilder;
use super::input::ImportFile;
use super::node::{DataNode, DataValue};
use super::reply::ReplySyntax;
use super::{ImportError, ImportLocation, LossKind, excerpt, json};
use wenlu_core::eval::NONE_LABEL;
use wenlu_core::model::Lang;

pub(crate) fn read(files: &[ImportFile], draft: &mut ImportBuilder) -> Result<(), ImportError> {
    let alone = files.len() == 1;
    for file in files {
        let name = &file.name;
        let Some(root) = draft.unless_broken(json::of_file(file)) else {
            continue;
        };
        match root.get("data") {
            Some(_) => corpus(&root, name, draft)?,
            None if alone => return Err(root.lacks(name, "最外层要是有 `data` 列表的语料")),
            None => draft.note(
                LossKind::ForeignFile,
                ImportLocation::file(name),
                "没有 `data` 列表，不是语料，没有读取",
            ),
        }
    }
    Ok(())
}

fn corpus(root: &DataNode, file: &str, draft: &mut ImportBuilder) -> Result<(), ImportError> {
    let locale = root.text_of("locale").unwrap_or("zh");
    for (key, node) in root.pairs() {
        match key.as_str() {
            "name" | "locale" | "data" => {}
            "entities" => {
                for (entity, node) in node.pairs() {
                    draft.note(
                        LossKind::Entity,
                        ImportLocation::line(file, node.line),
                        &format!("实体 {entity} 没有带过来"),
                    );
                }
            }
            _ if node.is_blank() => {}
            _ => draft.note(
                LossKind::Field,
                ImportLocation::line(file, node.line),
                &format!("`{key}` 没有带过来"),
            ),
        }
    }
    let lang = language(locale, ImportLocation::file(file), draft);
    for item in root.list_of("data", file)? {
        let read = intent(item, lang, file, draft);
        draft.unless_broken(read);
    }
    Ok(())
}

/// The language for `locale`; Chinese, with a note, if we have no such language.
pub(crate) fn language(locale: &str, place: ImportLocation, draft: &mut ImportBuilder) -> Lang {
    match locale.to_lowercase().split(['-', '_']).next() {
        Some("zh") => Lang::Zh,
        Some("en") => Lang::En,
        _ => {
            draft.note_counted(
                LossKind::Wording,
                place,
                &format!("语言 {locale} 没有自己的文件夹，回复放进了 content/zh/"),
            );
            Lang::Zh
        }
    }
}

fn intent(
    item: &DataNode,
    lang: Lang,
    file: &str,
    draft: &mut ImportBuilder,
) -> Result<(), ImportError> {
    let Some(name) = item.text_of("intent") else {
        return Err(item.lacks(file, "data 的每一项要有文字 `intent`"));
    };
    let label = if name == "None" { NONE_LABEL } else { name };
    draft.declare_intent(label, &ImportLocation::line(file, item.line));
    for utterance in item.list_of("utterances", file)? {
        let Some(text) = utterance.text() else {
            draft.skip(utterance.wrong_kind(file, "`utterances` 的每一项要是文字"));
            continue;
        };
        let place = ImportLocation::line(file, utterance.line);
        if let Some(entity) = placeholder(text) {
            draft.note_counted(
                LossKind::Entity,
                place.clone(),
                &format!("例句里的实体 {entity} 没有带过来，原样留在文字里"),
            );
        }
        draft.example(label, text, place);
    }
    for answer in item.list_of("answers", file)? {
        let place = ImportLocation::line(file, answer.line);
        let text = if matches!(answer.value, DataValue::Text(_)) {
            Some(answer)
        } else {
            answer.get("answer")
        };
        let Some(text) = text.and_then(DataNode::text) else {
            let wanted = "`answers` 的每一项要是文字，或者有文字 `answer`";
            draft.skip(answer.wrong_kind(file, wanted));
            continue;
        };
        for (key, node) in answer
            .pairs()
            .iter()
            .filter(|(key, node)| key != "answer" && !node.is_blank())
        {
            draft.note(
                LossKind::Field,
                ImportLocation::line(file, node.line),
                &format!("{label} 的回复 {} 的 `{key}` 没有带过来", excerpt(text)),
            );
        }
        draft.reply(label, lang, text, ReplySyntax::Plain, place);
    }
    for (key, node) in item.pairs() {
        if !["intent", "utterances", "answers"].contains(&key.as_str()) && !node.is_blank() {
            draft.note(
                LossKind::Field,
                ImportLocation::line(file, node.line),
                &format!("{label} 的 `{key}` 没有带过来"),
            );
        }
    }
    Ok(())
}

/// `@hero` or `%hero%`: a placeholder for any value of an entity.
fn placeholder(text: &str) -> Option<String> {
    text.split(|c: char| c.is_whitespace() || "?.,!？。，！".contains(c))
        .find_map(|word| {
            let name = word.strip_prefix('@').or(word
                .strip_prefix('%')
                .and_then(|word| word.strip_suffix('%')))?;
            let good = name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            good.then(|| word.to_owned())
        })
}
