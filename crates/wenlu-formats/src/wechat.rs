//! WeChat's 微信对话开放平台. In: its JSON, `{data: [{skill, intent, disable, questions, answers}]}`;
//! its table of skills is read as a table. Out: a filled builder: the skill is the category, the
//! first answer the reply. What is switched off is left out.

use super::builder::ImportBuilder;
use super::input::ImportFile;
use super::node::DataNode;
use super::reply::ReplySyntax;
use super::{ImportError, ImportLocation, LossKind, excerpt, json};
use wenlu_core::model::Lang;

/// What its exports write for a line break in a cell.
pub(crate) const LINE_BREAK: &str = "LINE_BREAK";

/// Whether the JSON is one of its exports.
pub(crate) fn is_export(root: &DataNode) -> bool {
    root.get("data").is_some_and(|data| {
        let is_skill =
            |item: &DataNode| item.get("questions").is_some() && item.get("answers").is_some();
        data.items().iter().any(is_skill)
    })
}

pub(crate) fn read(files: &[ImportFile], draft: &mut ImportBuilder) {
    for file in files {
        let name = &file.name;
        let Some(root) = draft.unless_broken(json::of_file(file)) else {
            continue;
        };
        for item in root.get("data").map_or(&[][..], DataNode::items) {
            let read = intent(item, name, draft);
            draft.unless_broken(read);
        }
    }
}

fn intent(item: &DataNode, file: &str, draft: &mut ImportBuilder) -> Result<(), ImportError> {
    let place = ImportLocation::line(file, item.line);
    let questions = item.get("questions").map_or(&[][..], DataNode::each);
    let first = questions.iter().find_map(DataNode::text);
    let Some(title) = item.text_of("intent").or(first) else {
        return Err(item.lacks(file, "data 的每一项要有 intent 或 questions"));
    };
    if item.get("disable").is_some_and(DataNode::is_true) {
        let note = format!("{} 是停用的，没有带过来", excerpt(title));
        draft.note(LossKind::Disabled, place, &note);
        return Ok(());
    }
    let title = title.trim();
    draft.declare_question(title, &place);
    for question in questions {
        if let Some(text) = question.text() {
            let place = ImportLocation::line(file, question.line);
            draft.example(title, text, place);
        }
    }
    if let Some(skill) = item.text_of("skill") {
        draft.category(title, skill, place);
    }
    for answer in item.get("answers").map_or(&[][..], DataNode::each) {
        let place = ImportLocation::line(file, answer.line);
        match answer.text().or(answer.text_of("answer")) {
            Some(text) => {
                let text = text.replace(LINE_BREAK, "\n");
                draft.reply(title, Lang::Zh, &text, ReplySyntax::Cell, place);
            }
            None => draft.note(
                LossKind::Field,
                place,
                &format!("{title} 的一条回复不是文字"),
            ),
        }
    }
    for (key, node) in item.pairs() {
        let known = ["skill", "intent", "disable", "questions", "answers"];
        if !known.contains(&key.as_str()) && !node.is_blank() {
            let place = ImportLocation::line(file, node.line);
            let note = format!("`{key}` 没有带过来");
            draft.note_counted(LossKind::Field, place, &note);
        }
    }
    Ok(())
}
