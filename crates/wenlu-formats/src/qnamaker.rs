//! Microsoft's QnA Maker and its successor, custom question answering. In: their JSON: a list of
//! `{id, questions, answer}` under `qnas`, `qnaDocuments`, `qnaList` or, with synonyms, `assets`;
//! their table is read as a table. Out: a filled builder.

use super::builder::ImportBuilder;
use super::input::ImportFile;
use super::node::{DataNode, DataValue};
use super::reply::ReplySyntax;
use super::{ImportError, ImportLocation, LossKind, json};
use wenlu_core::model::Lang;

/// The list of questions and answers, if the JSON is one of these exports.
pub(crate) fn pairs(root: &DataNode) -> Option<&[DataNode]> {
    let within = root.get("assets").unwrap_or(root);
    let lists = ["qnas", "qnaDocuments", "qnaList"];
    let list = lists.iter().find_map(|key| within.get(key))?;
    let is_pair = |item: &DataNode| item.get("answer").is_some() && item.get("questions").is_some();
    list.items().iter().any(is_pair).then(|| list.items())
}

pub(crate) fn read(files: &[ImportFile], draft: &mut ImportBuilder) {
    for file in files {
        let name = &file.name;
        let Some(root) = draft.unless_broken(json::of_file(file)) else {
            continue;
        };
        if pairs(&root).is_none() {
            let fault = root.lacks(name, "没有 questions 和 answer 的列表");
            draft.skip(fault);
        }
        for item in pairs(&root).unwrap_or_default() {
            let read = pair(item, name, draft);
            draft.unless_broken(read);
        }
        synonyms(&root, name, draft);
    }
}

fn pair(item: &DataNode, file: &str, draft: &mut ImportBuilder) -> Result<(), ImportError> {
    let place = ImportLocation::line(file, item.line);
    let questions = item.get("questions").map_or(&[][..], DataNode::each);
    let mut texts = questions
        .iter()
        .filter_map(|node| Some((node.text()?.trim(), node.line)))
        .filter(|(text, _)| !text.is_empty())
        .peekable();
    let Some((title, _)) = texts.peek().copied() else {
        return Err(item.lacks(file, "每一项要有 questions"));
    };
    draft.declare_question(title, &place);
    for (text, line) in texts {
        draft.example(title, text, ImportLocation::line(file, line));
    }
    if let Some(answer) = item.get("answer").filter(|node| !node.is_blank()) {
        let place = ImportLocation::line(file, answer.line);
        match answer.text() {
            Some(text) => draft.reply(title, Lang::Zh, text, ReplySyntax::Cell, place),
            None => return Err(answer.wrong_kind(file, "`answer` 要是文字")),
        }
    }
    note_lost(item, file, draft);
    Ok(())
}

fn note_lost(item: &DataNode, file: &str, draft: &mut ImportBuilder) {
    for (key, node) in item.pairs() {
        let known = ["id", "qnaId", "questions", "answer", "source"];
        let is_number = matches!(node.value, DataValue::Other(_));
        if known.contains(&key.as_str()) || node.is_blank() || is_number {
            continue;
        }
        let prompts = node.get("prompts").map_or(&[][..], DataNode::items);
        if key == "dialog" || key == "context" {
            for prompt in prompts {
                let text = prompt.text_of("displayText").unwrap_or("?");
                let place = ImportLocation::line(file, prompt.line);
                let note = format!("后续提示“{text}”没有带过来");
                draft.note_counted(LossKind::Field, place, &note);
            }
            continue;
        }
        let place = ImportLocation::line(file, node.line);
        draft.note_counted(LossKind::Field, place, &format!("`{key}` 没有带过来"));
    }
}

/// `assets.synonyms`: `[{alterations: […]}]`
fn synonyms(root: &DataNode, file: &str, draft: &mut ImportBuilder) {
    let within = root.get("assets").unwrap_or(root);
    for group in within.get("synonyms").map_or(&[][..], DataNode::items) {
        let words = group.get("alterations").map_or(&[][..], DataNode::items);
        let mut words = words
            .iter()
            .filter_map(|node| Some((node.text()?, node.line)));
        if let Some((first, _)) = words.next() {
            for (word, line) in words {
                draft.synonym(first, word, ImportLocation::line(file, line));
            }
        }
    }
}
