//! Dialogflow ES agents. In: the JSON files of an agent's folder or zip: `intents/<name>.json`, and
//! training phrases in `intents/<name>_usersays_<lang>.json`. Out: a filled builder. Phrases of
//! fallback intents become out of scope. Parameters, contexts, events, entities, cards and the
//! agent's settings are not imported and noted.

use super::draft::Draft;
use super::input::File;
use super::nlpjs::language;
use super::node::{Node, Value};
use super::reply::Source;
use super::{Place, Problem, json};
use crate::eval::NONE;
use crate::message::Lang;
use std::collections::BTreeMap;

pub fn read(files: &[File], draft: &mut Draft) -> Result<(), Problem> {
    let mut labels = BTreeMap::new();
    let (intents, others): (Vec<&File>, Vec<&File>) = files.iter().partition(|file| folder(&file.name) == "intents");
    let (said, intents): (Vec<&File>, Vec<&File>) = intents.into_iter().partition(|file| spoken(&file.name).is_some());
    if intents.is_empty() {
        let file = files.first().map(|file| file.name.as_str()).unwrap_or_default();
        return Err(Place::file(file).problem("不是 Dialogflow ES 的机器人：没有 intents/ 文件夹"));
    }
    for file in intents {
        let root = json::parse(&file.text).map_err(|fault| fault.of(&file.name))?;
        let label = intent(&root, &file.name, draft)?;
        labels.insert(file.name.trim_end_matches(".json"), label);
    }
    for file in said {
        let root = json::parse(&file.text).map_err(|fault| fault.of(&file.name))?;
        match spoken(&file.name).and_then(|intent| labels.get(intent)) {
            Some(label) => phrases(&root, label, &file.name, draft)?,
            None => draft.note(Place::file(&file.name), "没有对应的意图文件，没有带过来"),
        }
    }
    for file in others {
        match folder(&file.name) {
            "entities" => draft.note(Place::file(&file.name), "实体没有带过来"),
            _ if file.name.ends_with("package.json") => {}
            _ => draft.note(Place::file(&file.name), "机器人的设置没有带过来"),
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
    (!lang.is_empty() && lang.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')).then_some(intent)
}

/// Reads an intent without its training phrases; returns its label.
fn intent(root: &Node, file: &str, draft: &mut Draft) -> Result<String, Problem> {
    let Some(name) = root.text_of("name") else { return Err(root.lacks(file, "意图要有文字 `name`")) };
    let fallback = root.get("fallbackIntent").is_some_and(Node::is_true);
    let label = if fallback { NONE } else { name };
    let place = Place::line(file, root.line);
    if fallback {
        draft.note(place.clone(), &format!("{name} 是兜底意图：没有建立，它的例句算作范围外"));
    }
    draft.mention(label, &place);
    for response in root.list_of("responses", file)? {
        messages(response, label, file, draft)?;
        lost(response, &["parameters", "affectedContexts", "action", "speech"], name, file, draft);
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
    lost(root, &parts, name, file, draft);
    // older agents keep the training phrases here
    if let Some(said) = root.get("userSays") {
        phrases(said, label, file, draft)?;
    }
    Ok(label.to_owned())
}

/// Notes which of `fields` have content that is not imported.
fn lost(node: &Node, fields: &[&str], name: &str, file: &str, draft: &mut Draft) {
    for (key, node) in node.pairs().iter().filter(|(key, node)| fields.contains(&key.as_str()) && !node.is_blank()) {
        let names: Vec<&str> = node.items().iter().filter_map(|item| item.text().or(item.text_of("name"))).collect();
        let names = if names.is_empty() { " ".to_owned() } else { format!("（{}）", names.join("、")) };
        draft.note(Place::line(file, node.line), &format!("{name} 的 `{key}`{names}没有带过来"));
    }
}

fn messages(response: &Node, label: &str, file: &str, draft: &mut Draft) -> Result<(), Problem> {
    let mut texts: BTreeMap<Lang, (Vec<&str>, Place)> = BTreeMap::new();
    for message in response.list_of("messages", file)? {
        let place = Place::line(file, message.line);
        let kind = match message.get("type").map(|kind| &kind.value) {
            Some(Value::Text(kind) | Value::Other(kind)) => kind.as_str(),
            _ => "0",
        };
        let platform = message.text_of("platform");
        if kind != "0" && kind != "text" || platform.is_some() {
            let platform = platform.map(|platform| format!("，{platform}")).unwrap_or_default();
            draft.note(place, &format!("{label} 的消息（类型 {kind}{platform}）没有带过来"));
            continue;
        }
        let variants = message.get("speech").or(message.get("text")).map(Node::each).unwrap_or_default();
        let lang = language(message.text_of("lang").unwrap_or("zh"), place.clone(), draft);
        for (at, variant) in variants.iter().filter(|variant| !variant.is_blank()).enumerate() {
            let Some(text) = variant.text() else { return Err(variant.wrong(file, "`speech` 要是文字")) };
            let place = Place::line(file, variant.line);
            match at {
                // several text messages are sent one after the other: joined they are the reply
                _ if label == NONE => draft.reply(label, lang, text, Source::Plain, place),
                0 => texts.entry(lang).or_insert((Vec::new(), place)).0.push(text),
                _ => draft.note(place, &format!("{label} 已有回复，这一条没有带过来：{}", super::brief(text))),
            }
        }
    }
    for (lang, (texts, place)) in texts {
        draft.reply(label, lang, &texts.join("\n\n"), Source::Plain, place);
    }
    Ok(())
}

/// `[{data: [{text, meta, alias}], isTemplate}]`
fn phrases(root: &Node, label: &str, file: &str, draft: &mut Draft) -> Result<(), Problem> {
    if !matches!(root.value, Value::List(_)) {
        return Err(root.wrong(file, "例句要是一个列表"));
    }
    for phrase in root.items() {
        let place = Place::line(file, phrase.line);
        let mut text = String::new();
        for part in phrase.list_of("data", file)? {
            let Some(words) = part.get("text").and_then(Node::text) else {
                return Err(part.wrong(file, "例句的每一段要有文字 `text`"));
            };
            text += words;
            if let Some(entity) = part.text_of("meta").filter(|meta| *meta != "@sys.ignore") {
                draft.tally(place.clone(), &format!("实体 {entity} 的标注没有带过来，只留下文字"));
            }
        }
        match phrase.get("isTemplate").is_some_and(Node::is_true) {
            true => draft.note(place, &format!("{label} 的模板例句没有带过来：{}", super::brief(&text))),
            false => draft.example(label, &text, place),
        }
    }
    Ok(())
}
