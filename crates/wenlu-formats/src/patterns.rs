//! `intents.json`, which bots learn from that are trained by a script of their own. In: a list of
//! `{tag, patterns, responses}`, or of `{intent, text, responses}`. Out: a filled builder. Contexts,
//! entities and what else an item has are not imported and noted.

use super::builder::ImportBuilder;
use super::input::ImportFile;
use super::node::DataNode;
use super::reply::ReplySyntax;
use super::{ImportError, ImportLocation, LossKind, json};
use wenlu_core::model::Lang;

const NAMES: [&str; 3] = ["tag", "intent", "name"];
const SENTENCES: [&str; 3] = ["patterns", "text", "examples"];
const REPLIES: &str = "responses";

/// The items, if the JSON has intents of this form.
pub(crate) fn items(root: &DataNode) -> Option<&[DataNode]> {
    let list = root.get("intents").unwrap_or(root).items();
    let is_intent = |item: &DataNode| {
        field(item, &NAMES).is_some()
            && field(item, &SENTENCES).is_some()
            && item.get(REPLIES).is_some()
    };
    list.iter().any(is_intent).then_some(list)
}

pub(crate) fn read(files: &[ImportFile], draft: &mut ImportBuilder) -> Result<(), ImportError> {
    let alone = files.len() == 1;
    for file in files {
        let name = &file.name;
        let Some(root) = draft.unless_broken(json::of_file(file)) else {
            continue;
        };
        match items(&root) {
            Some(list) => {
                note_around(&root, name, draft);
                for item in list {
                    let read = intent(item, name, draft);
                    draft.unless_broken(read);
                }
            }
            None if alone => {
                let wanted = "最外层要有 `intents` 列表，每一项有 tag、patterns 和 responses";
                return Err(root.lacks(name, wanted));
            }
            None => draft.note(
                LossKind::ForeignFile,
                ImportLocation::file(name),
                "没有 `intents` 列表，没有读取",
            ),
        }
    }
    Ok(())
}

fn intent(item: &DataNode, file: &str, draft: &mut ImportBuilder) -> Result<(), ImportError> {
    let Some(label) = NAMES.iter().find_map(|name| item.text_of(name)) else {
        return Err(item.lacks(file, "每一项要有文字 `tag`"));
    };
    draft.declare_intent(label, &ImportLocation::line(file, item.line));
    for sentence in field(item, &SENTENCES).map_or(&[][..], DataNode::each) {
        match sentence.text() {
            Some(text) => draft.example(label, text, ImportLocation::line(file, sentence.line)),
            None => draft.skip(sentence.wrong_kind(file, "`patterns` 的每一项要是文字")),
        }
    }
    for reply in item.get(REPLIES).map_or(&[][..], DataNode::each) {
        let place = ImportLocation::line(file, reply.line);
        match reply.text() {
            Some(text) if text.trim().is_empty() => {}
            Some(text) => draft.reply(label, Lang::Zh, text, ReplySyntax::Cell, place),
            None => draft.skip(reply.wrong_kind(file, "`responses` 的每一项要是文字")),
        }
    }
    for (key, node) in item.pairs() {
        let key = key.as_str();
        let is_read = key == REPLIES || NAMES.contains(&key) || SENTENCES.contains(&key);
        if !is_read && !says_nothing(node) {
            let place = ImportLocation::line(file, node.line);
            draft.note_counted(LossKind::Field, place, &format!("`{key}` 没有带过来"));
        }
    }
    Ok(())
}

/// Notes what stands beside the list.
fn note_around(root: &DataNode, file: &str, draft: &mut ImportBuilder) {
    for (key, node) in root.pairs() {
        if key != "intents" && !node.is_blank() {
            let place = ImportLocation::line(file, node.line);
            let note = format!("`{key}`{}没有带过来", node.size());
            draft.note(LossKind::Field, place, &note);
        }
    }
}

fn field<'n>(item: &'n DataNode, names: &[&str]) -> Option<&'n DataNode> {
    names.iter().find_map(|name| item.get(name))
}

/// Whether the field is empty, or filled with what stands for nothing.
fn says_nothing(node: &DataNode) -> bool {
    let is_nothing = |node: &DataNode| {
        let text = node.text().map(str::trim);
        node.is_blank() || text.is_some_and(|text| text.eq_ignore_ascii_case("na"))
    };
    match node.pairs() {
        [] => node.each().iter().all(is_nothing),
        pairs => pairs.iter().all(|(_, node)| says_nothing(node)),
    }
}
