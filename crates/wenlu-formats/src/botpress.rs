//! Botpress, up to version 12. In: its questions and answers, `{qnas: [{id, data: {questions,
//! answers}}]}` or one such object a file, and its intents, `{name, utterances}`; texts stand by
//! language, in older versions without. Out: a filled builder; of the answers in several languages the
//! Chinese and the English one. Answers that name a content element are looked up among the content
//! elements of the same folder.

use super::builder::ImportBuilder;
use super::input::ImportFile;
use super::nlpjs::language;
use super::node::{DataNode, DataValue};
use super::reply::ReplySyntax;
use super::{ImportLocation, LossKind, excerpt, json};
use std::collections::BTreeMap;

/// Questions and answers are intents of this name in its own training data.
const QNA_INTENT: &str = "__qna__";

/// Whether the JSON holds questions and answers or an intent of it.
pub(crate) fn is_export(root: &DataNode) -> bool {
    let by_language = |node: &DataNode| {
        !node.pairs().is_empty()
            && node
                .pairs()
                .iter()
                .all(|(_, texts)| matches!(texts.value, DataValue::List(_)))
    };
    // older versions: a list, beside fields that no corpus of others has
    let in_a_list = |node: &DataNode| {
        matches!(node.value, DataValue::List(_))
            && ["contexts", "slots", "entities"]
                .iter()
                .any(|key| root.get(key).is_some())
    };
    let said = root
        .get("utterances")
        .filter(|_| root.text_of("name").is_some());
    let is_intent = said.is_some_and(|node| by_language(node) || in_a_list(node));
    is_intent || !questions(root).is_empty()
}

/// The items with questions and answers.
fn questions(root: &DataNode) -> Vec<&DataNode> {
    let is_question = |item: &&DataNode| is_question(item);
    items(root).iter().filter(is_question).collect()
}

fn items(root: &DataNode) -> &[DataNode] {
    match root.get("qnas") {
        Some(list) => list.items(),
        None => root.each(),
    }
}

fn is_question(item: &DataNode) -> bool {
    let questions = item.get("data").and_then(|data| data.get("questions"));
    questions.is_some_and(|node| matches!(node.value, DataValue::Map(_)))
}

/// Whether the JSON holds texts that answers may name.
pub(crate) fn is_content(root: &DataNode) -> bool {
    elements(root).any(|(id, data)| id.contains('-') && !data.pairs().is_empty())
}

/// The content elements with their ids.
fn elements(root: &DataNode) -> impl Iterator<Item = (&str, &DataNode)> {
    let items = match root.get("contentElements") {
        Some(list) => list.items(),
        None => root.each(),
    };
    items
        .iter()
        .filter_map(|item| Some((item.text_of("id")?, item.get("formData")?)))
}

pub(crate) fn read(files: &[ImportFile], draft: &mut ImportBuilder) {
    let mut roots = Vec::new();
    for file in files {
        let root = draft.unless_broken(json::of_file(file));
        roots.extend(root.map(|root| (file.name.as_str(), root)));
    }
    let contents: BTreeMap<&str, &DataNode> =
        roots.iter().flat_map(|(_, root)| elements(root)).collect();
    for (file, root) in &roots {
        let is_list = root.get("qnas").is_some() || !questions(root).is_empty();
        for item in items(root).iter().filter(|_| is_list) {
            match is_question(item) {
                true => question(item, file, &contents, draft),
                false => {
                    draft.skip(item.lacks(file, "问答的每一项要有 data，里面按语言写 questions"))
                }
            }
        }
    }
    for (file, root) in &roots {
        let own = root
            .text_of("name")
            .filter(|name| !name.starts_with(QNA_INTENT));
        if let (Some(name), Some(said)) = (own, root.get("utterances")) {
            intent(name, said, root, file, draft);
        }
    }
}

fn question(
    item: &DataNode,
    file: &str,
    contents: &BTreeMap<&str, &DataNode>,
    draft: &mut ImportBuilder,
) {
    let place = ImportLocation::line(file, item.line);
    let Some(data) = item.get("data") else { return };
    let said: Vec<(&str, usize)> = data
        .get("questions")
        .map_or(&[][..], DataNode::pairs)
        .iter()
        .flat_map(|(_, texts)| texts.each())
        .filter_map(|node| Some((node.text()?.trim(), node.line)))
        .filter(|(text, _)| !text.is_empty())
        .collect();
    let Some((title, _)) = said.first().copied() else {
        let note = "没有问题，没有带过来";
        return draft.note(LossKind::NoExample, place, note);
    };
    let is_off = matches!(data.get("enabled").map(|node| &node.value), Some(DataValue::Other(word)) if word == "false");
    if is_off {
        let note = format!("{}是停用的，没有带过来", excerpt(title));
        return draft.note(LossKind::Disabled, place, &note);
    }
    draft.declare_question(title, &place);
    for (text, line) in &said {
        draft.example(title, text, ImportLocation::line(file, *line));
    }
    answers(data, title, file, contents, draft);
    for key in ["redirectFlow", "redirectNode"] {
        if let Some(target) = data.text_of(key) {
            let note = format!("{} 的 `{key}` {target} 没有带过来", excerpt(title));
            draft.note(LossKind::Field, place.clone(), &note);
        }
    }
}

fn answers(
    data: &DataNode,
    title: &str,
    file: &str,
    contents: &BTreeMap<&str, &DataNode>,
    draft: &mut ImportBuilder,
) {
    let all = data.get("answers").map_or(&[][..], DataNode::pairs);
    let is_ours = |tag: &str| ["zh", "en"].iter().any(|lang| tag.starts_with(lang));
    let has_ours = all
        .iter()
        .any(|(tag, texts)| is_ours(tag) && texts.each().iter().any(|text| !text.is_blank()));
    for (tag, texts) in all {
        let place = ImportLocation::line(file, texts.line);
        if has_ours && !is_ours(tag) {
            let note = format!("{title} 的 {tag} 回复没有带过来：有中文或英文的");
            draft.note(LossKind::FurtherReply, place, &note);
            continue;
        }
        let lang = language(tag, place, draft);
        for answer in texts.each() {
            let place = ImportLocation::line(file, answer.line);
            let Some(written) = answer.text().filter(|text| !text.trim().is_empty()) else {
                continue;
            };
            match written.strip_prefix("#!") {
                None => draft.reply(title, lang, written, ReplySyntax::Cell, place),
                Some(id) => match contents.get(id).and_then(|form| element_text(form, tag)) {
                    Some(text) => draft.reply(title, lang, text, ReplySyntax::Cell, place),
                    None => {
                        let note = format!("{title} 的回复是内容元素 {id}，没有找到它的文字");
                        draft.note(LossKind::LooseReply, place, &note);
                    }
                },
            }
        }
    }
}

/// `text$en`, or `text`.
fn element_text<'e>(form: &'e DataNode, tag: &str) -> Option<&'e str> {
    form.text_of(&format!("text${tag}"))
        .or(form.text_of("text"))
}

fn intent(name: &str, said: &DataNode, root: &DataNode, file: &str, draft: &mut ImportBuilder) {
    draft.declare_intent(name, &ImportLocation::line(file, root.line));
    let by_language = said.pairs().iter().flat_map(|(_, texts)| texts.each());
    for text in by_language.chain(said.items()) {
        let place = ImportLocation::line(file, text.line);
        let read = super::rasa::annotation::read(text.text().unwrap_or_default());
        for slot in &read.entities {
            let note = format!("槽位 {} 的标注没有带过来，只留下文字", slot.name);
            draft.note_counted(LossKind::Entity, place.clone(), &note);
        }
        draft.example(name, &read.text, place);
    }
}

#[cfg(test)]
mod tests {
    use crate::{ImportOptions, import_bytes};

    #[test]
    fn an_item_that_is_no_question_is_named() {
        let text = r#"{"qnas":[{"id":"a","data":{"questions":{"zh":["怎么退款"]},"answers":{"zh":["点退款"]}}},
{"id":"b","data":{"answers":{"zh":["没有问题"]}}},
{"id":"c","data":{"questions":"不分语言","answers":{}}},
"d"]}"#;
        let read = import_bytes("qna.json", text.into(), ImportOptions::default()).unwrap();
        assert_eq!(read.intents, 1);
        let lines: Vec<usize> = read.notes.iter().map(|note| note.place.line).collect();
        assert_eq!(lines, [2, 3, 4], "{:?}", read.notes);
    }
}
