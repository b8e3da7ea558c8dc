//! Dialogflow ES agents. In: the JSON files of an agent's folder or zip: `intents/<name>.json`, and
//! training phrases in `intents/<name>_usersays_<lang>.json`. Out: a filled builder. Where no message is
//! for every platform, what Google Assistant says is the reply. Phrases of fallback intents become
//! out of scope. Parameters, contexts, events, entities, cards and the
//! agent's settings are not imported and noted.

use super::builder::ImportBuilder;
use super::input::ImportFile;
use super::nlpjs::language;
use super::node::{DataNode, DataValue};
use super::reply::ReplySyntax;
use super::{ImportError, ImportLocation, LossKind, json};
use std::collections::BTreeMap;
use wenlu_core::eval::NONE_LABEL;
use wenlu_core::model::Lang;

pub(crate) fn read(files: &[ImportFile], draft: &mut ImportBuilder) -> Result<(), ImportError> {
    let mut labels = BTreeMap::new();
    let (intents, others): (Vec<&ImportFile>, Vec<&ImportFile>) = files
        .iter()
        .partition(|file| folder(&file.name) == "intents");
    let (said, intents): (Vec<&ImportFile>, Vec<&ImportFile>) = intents
        .into_iter()
        .partition(|file| spoken(&file.name).is_some());
    if intents.is_empty() {
        let file = files
            .first()
            .map(|file| file.name.as_str())
            .unwrap_or_default();
        return Err(
            ImportLocation::file(file).problem("不是 Dialogflow ES 的机器人：没有 intents/ 文件夹")
        );
    }
    for file in intents {
        let read = json::of_file(file).and_then(|root| intent(&root, &file.name, draft));
        let Some(label) = draft.unless_broken(read) else {
            continue;
        };
        labels.insert(file.name.trim_end_matches(".json"), label);
    }
    for file in said {
        let Some(root) = draft.unless_broken(json::of_file(file)) else {
            continue;
        };
        match spoken(&file.name).and_then(|intent| labels.get(intent)) {
            Some(label) => {
                let read = phrases(&root, label, &file.name, draft);
                draft.unless_broken(read);
            }
            None => draft.note(
                LossKind::ForeignFile,
                ImportLocation::file(&file.name),
                "没有对应的意图文件，没有带过来",
            ),
        }
    }
    for file in others {
        match folder(&file.name) {
            "entities" => draft.note(
                LossKind::Entity,
                ImportLocation::file(&file.name),
                "实体没有带过来",
            ),
            _ if file.name.ends_with("package.json") => {}
            _ => draft.note(
                LossKind::Field,
                ImportLocation::file(&file.name),
                "机器人的设置没有带过来",
            ),
        }
    }
    Ok(())
}

/// Name of the folder that contains the file.
fn folder(name: &str) -> &str {
    name.rsplit(['/', '\\']).nth(1).unwrap_or_default()
}

/// Path, without its extension, of the intent whose training phrases this file holds.
fn spoken(name: &str) -> Option<&str> {
    let (intent, lang) = name.strip_suffix(".json")?.rsplit_once("_usersays_")?;
    (!lang.is_empty() && lang.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
        .then_some(intent)
}

/// Reads an intent without its training phrases; returns its label.
fn intent(root: &DataNode, file: &str, draft: &mut ImportBuilder) -> Result<String, ImportError> {
    let Some(name) = root.text_of("name") else {
        return Err(root.lacks(file, "意图要有文字 `name`"));
    };
    let fallback = root.get("fallbackIntent").is_some_and(DataNode::is_true);
    let label = if fallback { NONE_LABEL } else { name };
    let place = ImportLocation::line(file, root.line);
    if fallback {
        draft.note(
            LossKind::Field,
            place.clone(),
            &format!("{name} 是兜底意图：没有建立，它的例句算作范围外"),
        );
    }
    draft.declare_intent(label, &place);
    for response in root.list_of("responses", file)? {
        messages(response, label, file, draft)?;
        note_lost_fields(
            response,
            &["parameters", "affectedContexts", "action", "speech"],
            name,
            file,
            draft,
        );
    }
    let parts = [
        "contexts",
        "events",
        "parentId",
        "webhookUsed",
        "condition",
        "conditionalResponses",
        "conditionalFollowupEvents",
        "templates",
        "followUpIntents",
    ];
    note_lost_fields(root, &parts, name, file, draft);
    // older agents keep the training phrases here
    if let Some(said) = root.get("userSays") {
        phrases(said, label, file, draft)?;
    }
    Ok(label.to_owned())
}

/// Notes which of `fields` have content that is not imported.
fn note_lost_fields(
    node: &DataNode,
    fields: &[&str],
    name: &str,
    file: &str,
    draft: &mut ImportBuilder,
) {
    for (key, node) in node
        .pairs()
        .iter()
        .filter(|(key, node)| fields.contains(&key.as_str()) && !node.is_blank())
    {
        let names: Vec<&str> = node
            .items()
            .iter()
            .filter_map(|item| item.text().or(item.text_of("name")))
            .collect();
        let names = if names.is_empty() {
            " ".to_owned()
        } else {
            format!("（{}）", names.join("、"))
        };
        draft.note(
            LossKind::Field,
            ImportLocation::line(file, node.line),
            &format!("{name} 的 `{key}`{names}没有带过来"),
        );
    }
}

/// Reads the messages of a response. Its text messages are sent one after the other: joined they are
/// the reply.
fn messages(
    response: &DataNode,
    label: &str,
    file: &str,
    draft: &mut ImportBuilder,
) -> Result<(), ImportError> {
    let mut texts: BTreeMap<Lang, (Vec<&str>, ImportLocation)> = BTreeMap::new();
    let all = response.list_of("messages", file)?;
    let has_own_text = all.iter().any(|message| {
        let said = message.get("speech").or(message.get("text"));
        lost_kind(message).is_none() && said.is_some_and(|said| !said.is_blank())
    });
    for message in all {
        if let Some(text) = spoken_text(message).filter(|_| !has_own_text) {
            let place = ImportLocation::line(file, message.line);
            let lang = message.text_of("lang").unwrap_or("zh");
            let lang = language(lang, place.clone(), draft);
            let (texts, _) = texts.entry(lang).or_insert((Vec::new(), place));
            texts.push(text);
        } else if let Some(kind) = lost_kind(message) {
            draft.note(
                LossKind::Field,
                ImportLocation::line(file, message.line),
                &format!("{label} 的消息（类型 {kind}）没有带过来"),
            );
        } else if let Some((lang, text, place)) = text_message(message, label, file, draft)? {
            let (texts, _) = texts.entry(lang).or_insert((Vec::new(), place));
            texts.push(text);
        }
    }
    for (lang, (texts, place)) in texts {
        draft.reply(label, lang, &texts.join("\n\n"), ReplySyntax::Plain, place);
    }
    Ok(())
}

/// What Google Assistant says: the text where an intent has no message for every platform.
fn spoken_text(message: &DataNode) -> Option<&str> {
    let is_said = message.text_of("platform") == Some("google")
        && message.text_of("type") == Some("simple_response");
    let text = message.text_of("displayText");
    text.or(message.text_of("textToSpeech")).filter(|_| is_said)
}

/// The kind of a message that is not imported: no text, or for one platform only.
fn lost_kind(message: &DataNode) -> Option<String> {
    let kind = match message.get("type").map(|kind| &kind.value) {
        Some(DataValue::Text(kind) | DataValue::Other(kind)) => kind.as_str(),
        _ => "0",
    };
    match message.text_of("platform") {
        Some(platform) => Some(format!("{kind}，{platform}")),
        None => (kind != "0" && kind != "text").then(|| kind.to_owned()),
    }
}

/// The first variant of a text message, with its language; notes the others, which are not imported.
fn text_message<'a>(
    message: &'a DataNode,
    label: &str,
    file: &str,
    draft: &mut ImportBuilder,
) -> Result<Option<(Lang, &'a str, ImportLocation)>, ImportError> {
    let variants = message
        .get("speech")
        .or(message.get("text"))
        .map(DataNode::each)
        .unwrap_or_default();
    let lang = language(
        message.text_of("lang").unwrap_or("zh"),
        ImportLocation::line(file, message.line),
        draft,
    );
    let mut first = None;
    for variant in variants.iter().filter(|variant| !variant.is_blank()) {
        let Some(text) = variant.text() else {
            return Err(variant.wrong_kind(file, "`speech` 要是文字"));
        };
        let place = ImportLocation::line(file, variant.line);
        if label == NONE_LABEL {
            // has no reply; the builder notes each variant
            draft.reply(label, lang, text, ReplySyntax::Plain, place);
        } else if first.is_none() {
            first = Some((lang, text, place));
        } else {
            draft.note(
                LossKind::FurtherReply,
                place,
                &format!(
                    "{label} 已有回复，这一条没有带过来：{}",
                    super::excerpt(text)
                ),
            );
        }
    }
    Ok(first)
}

/// `[{data: [{text, meta, alias}], isTemplate}]`
fn phrases(
    root: &DataNode,
    label: &str,
    file: &str,
    draft: &mut ImportBuilder,
) -> Result<(), ImportError> {
    if !matches!(root.value, DataValue::List(_)) {
        return Err(root.wrong_kind(file, "例句要是一个列表"));
    }
    for phrase in root.items() {
        let place = ImportLocation::line(file, phrase.line);
        let mut text = String::new();
        for part in phrase.list_of("data", file)? {
            let Some(words) = part.get("text").and_then(DataNode::text) else {
                return Err(part.wrong_kind(file, "例句的每一段要有文字 `text`"));
            };
            text += words;
            if let Some(entity) = part.text_of("meta").filter(|meta| *meta != "@sys.ignore") {
                draft.unmarked(entity, place.clone());
            }
        }
        match phrase.get("isTemplate").is_some_and(DataNode::is_true) {
            true => draft.note(
                LossKind::Field,
                place,
                &format!("{label} 的模板例句没有带过来：{}", super::excerpt(&text)),
            ),
            false => draft.example(label, &text, place),
        }
    }
    Ok(())
}
