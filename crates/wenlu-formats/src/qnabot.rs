//! QnABot on AWS. In: its JSON export, `{"qna": [{qid, q: […], a, alt: {markdown}, …}]}`. Out: a
//! filled builder; the first question is the title, `alt.markdown` the reply, or `a` without one.
//! All other fields are not imported and noted.

use super::builder::ImportBuilder;
use super::input::ImportFile;
use super::node::{DataNode, DataValue};
use super::reply::ReplySyntax;
use super::{ImportError, ImportLocation, LossKind, json};
use wenlu_core::model::Lang;

pub(crate) fn read(files: &[ImportFile], draft: &mut ImportBuilder) -> Result<(), ImportError> {
    let alone = files.len() == 1;
    for file in files {
        let name = &file.name;
        let Some(root) = draft.unless_broken(json::of_file(file)) else {
            continue;
        };
        if root.get("qna").is_none() {
            match alone {
                true => return Err(root.lacks(name, "最外层要是有 `qna` 列表的导出文件")),
                false => draft.note(
                    LossKind::ForeignFile,
                    ImportLocation::file(name),
                    "没有 `qna` 列表，没有读取",
                ),
            }
        }
        for item in root.list_of("qna", name)? {
            let read = entry(item, name, draft);
            draft.unless_broken(read);
        }
    }
    Ok(())
}

fn entry(item: &DataNode, file: &str, draft: &mut ImportBuilder) -> Result<(), ImportError> {
    let Some(label) = item.text_of("qid") else {
        return Err(item.lacks(file, "qna 的每一项要有文字 `qid`"));
    };
    let place = ImportLocation::line(file, item.line);
    draft.declare_intent(label, &place);
    for question in item.get("q").map_or(&[][..], DataNode::each) {
        let Some(text) = question.text() else {
            draft.skip(question.wrong_kind(file, "`q` 的每一项要是文字"));
            continue;
        };
        draft.title(label, text);
        draft.example(label, text, ImportLocation::line(file, question.line));
    }
    reply(item, label, file, draft)?;
    note_lost(item, label, &place, draft);
    Ok(())
}

/// Reads the reply: `alt.markdown`, or `a` without one.
fn reply(
    item: &DataNode,
    label: &str,
    file: &str,
    draft: &mut ImportBuilder,
) -> Result<(), ImportError> {
    let markdown = item
        .get("alt")
        .and_then(|alt| alt.get("markdown"))
        .filter(|text| !text.is_blank());
    let plain = item.get("a").filter(|text| !text.is_blank());
    let (node, source) = match (markdown, plain) {
        (Some(markdown), _) => (markdown, ReplySyntax::Markdown),
        (None, Some(plain)) => (plain, ReplySyntax::Plain),
        (None, None) => return Ok(()),
    };
    let Some(text) = node.text() else {
        return Err(node.wrong_kind(file, "回复要是文字"));
    };
    draft.reply(
        label,
        Lang::Zh,
        text,
        source,
        ImportLocation::line(file, node.line),
    );
    // without `alt.markdown`, `node` is `a` itself
    if let Some(plain) = plain.filter(|plain| plain.text() != Some(text)) {
        draft.note_counted(
            LossKind::FurtherReply,
            ImportLocation::line(file, plain.line),
            "`a` 和 `alt.markdown` 都有，用了 `alt.markdown`，`a` 没有带过来",
        );
    }
    Ok(())
}

/// Notes the fields with content that are not imported, and an item whose type is not `qna`.
fn note_lost(item: &DataNode, label: &str, place: &ImportLocation, draft: &mut ImportBuilder) {
    let mut lost = Vec::new();
    for (key, node) in item.pairs() {
        fields(key, node, &mut lost);
    }
    lost.retain(|field| {
        !["qid", "q", "a", "alt.markdown", "type", "_score"].contains(&field.as_str())
    });
    if !lost.is_empty() {
        draft.note(
            LossKind::Field,
            place.clone(),
            &format!("{label} 的 {} 没有带过来", lost.join("、")),
        );
    }
    if let Some(kind) = item.text_of("type").filter(|kind| *kind != "qna") {
        let note = format!("{label} 不是问答，而是 {kind}");
        draft.note(LossKind::Field, place.clone(), &note);
    }
}

/// Collects the paths of fields with content, such as `r.imageUrl`.
fn fields(name: &str, node: &DataNode, out: &mut Vec<String>) {
    match &node.value {
        _ if node.is_blank() => {}
        DataValue::Map(pairs) => pairs
            .iter()
            .for_each(|(key, node)| fields(&format!("{name}.{key}"), node, out)),
        _ => out.push(name.to_owned()),
    }
}
