//! QnABot on AWS. In: its JSON export, `{"qna": [{qid, q: […], a, alt: {markdown}, …}]}`. Out: a
//! filled builder; the first question is the title, `alt.markdown` the reply, or `a` without one.
//! All other fields are not imported and noted.

use super::draft::Draft;
use super::input::File;
use super::node::{Node, Value};
use super::reply::Source;
use super::{Place, Problem, json};
use crate::message::Lang;

pub fn read(files: &[File], draft: &mut Draft) -> Result<(), Problem> {
    let alone = files.len() == 1;
    for File { name, text } in files {
        let root = json::parse(text).map_err(|fault| fault.of(name))?;
        if root.get("qna").is_none() {
            match alone {
                true => return Err(root.lacks(name, "最外层要是有 `qna` 列表的导出文件")),
                false => draft.note(Place::file(name), "没有 `qna` 列表，没有读取"),
            }
        }
        for item in root.list_of("qna", name)? {
            entry(item, name, draft)?;
        }
    }
    Ok(())
}

fn entry(item: &Node, file: &str, draft: &mut Draft) -> Result<(), Problem> {
    let Some(label) = item.text_of("qid") else { return Err(item.lacks(file, "qna 的每一项要有文字 `qid`")) };
    let place = Place::line(file, item.line);
    draft.mention(label, &place);
    for question in item.list_of("q", file)? {
        let Some(text) = question.text() else { return Err(question.wrong(file, "`q` 的每一项要是文字")) };
        draft.title(label, text);
        draft.example(label, text, Place::line(file, question.line));
    }
    let markdown = item.get("alt").and_then(|alt| alt.get("markdown")).filter(|text| !text.is_blank());
    let plain = item.get("a").filter(|text| !text.is_blank());
    for (node, source) in [(markdown, Source::Markdown), (plain.filter(|_| markdown.is_none()), Source::Plain)] {
        let Some(node) = node else { continue };
        let Some(text) = node.text() else { return Err(node.wrong(file, "回复要是文字")) };
        draft.reply(label, Lang::Zh, text, source, Place::line(file, node.line));
    }
    if let Some(plain) = plain.filter(|plain| markdown.is_some_and(|markdown| markdown.text() != plain.text())) {
        draft.tally(Place::line(file, plain.line), "`a` 和 `alt.markdown` 都有，用了 `alt.markdown`，`a` 没有带过来");
    }
    let mut lost = Vec::new();
    for (key, node) in item.pairs() {
        fields(key, node, &mut lost);
    }
    lost.retain(|field| !["qid", "q", "a", "alt.markdown", "type", "_score"].contains(&field.as_str()));
    if !lost.is_empty() {
        draft.note(place, &format!("{label} 的 {} 没有带过来", lost.join("、")));
    }
    if item.text_of("type").is_some_and(|kind| kind != "qna") {
        let kind = item.text_of("type").unwrap_or_default();
        draft.note(Place::line(file, item.line), &format!("{label} 不是问答，而是 {kind}"));
    }
    Ok(())
}

/// Collects the paths of fields with content, such as `r.imageUrl`.
fn fields(name: &str, node: &Node, out: &mut Vec<String>) {
    match &node.value {
        _ if node.is_blank() => {}
        Value::Map(pairs) => pairs.iter().for_each(|(key, node)| fields(&format!("{name}.{key}"), node, out)),
        _ => out.push(name.to_owned()),
    }
}
