//! ChatterBot corpora. In: YAML files `{categories, conversations: [[question, answer, …], …]}`.
//! Out: a filled builder. The first two turns of a conversation are a question and its answer;
//! questions with the same answer are one intent, named by the first. Later turns are noted.

use super::builder::ImportBuilder;
use super::input::{ImportFile, ends};
use super::node::DataNode;
use super::reply::ReplySyntax;
use super::{ImportLocation, LossKind, yaml};
use std::collections::HashMap;
use wenlu_core::model::Lang;

/// Whether the text looks like a corpus: it may still be broken.
pub(crate) fn is_corpus(file: &ImportFile) -> bool {
    let has = |wanted: fn(&str) -> bool| file.text.lines().any(wanted);
    ends(&file.name, &["yml", "yaml"])
        && has(|line| line.trim_end() == "conversations:")
        && has(|line| line.trim_start().starts_with("- - "))
}

pub(crate) fn read(files: &[ImportFile], draft: &mut ImportBuilder) {
    let mut by_answer = HashMap::new();
    for file in files {
        let read = yaml::parse(&file.text).map_err(|fault| fault.of(&file.name));
        let Some(root) = draft.unless_broken(read) else {
            continue;
        };
        for (key, node) in root.pairs() {
            if key != "conversations" && !node.is_blank() {
                let place = ImportLocation::line(&file.name, node.line);
                let note = format!("`{key}`{}没有带过来", node.size());
                draft.note_counted(LossKind::Field, place, &note);
            }
        }
        let talks = root.get("conversations").map_or(&[][..], DataNode::items);
        for talk in talks {
            conversation(talk, &file.name, &mut by_answer, draft);
        }
    }
}

/// `by_answer`: the label of each answer that was read.
fn conversation(
    talk: &DataNode,
    file: &str,
    by_answer: &mut HashMap<String, String>,
    draft: &mut ImportBuilder,
) {
    let place = ImportLocation::line(file, talk.line);
    let turn = |at: usize| {
        let text = talk.items().get(at).and_then(DataNode::text);
        text.map(str::trim).filter(|text| !text.is_empty())
    };
    let (Some(question), Some(answer)) = (turn(0), turn(1)) else {
        let wanted = "对话要是文字的列表，第一句是问题，第二句是回答";
        return draft.skip(place.problem(wanted));
    };
    let known = by_answer.get(answer).cloned();
    let is_same_answer = known.is_some();
    let label = known
        .or_else(|| draft.label_of(question).map(str::to_owned))
        .unwrap_or_else(|| question.to_owned());
    draft.declare_question(&label, &place);
    if !is_same_answer {
        by_answer.insert(answer.to_owned(), label.clone());
        draft.reply(&label, Lang::Zh, answer, ReplySyntax::Plain, place.clone());
    }
    draft.example(&label, question, place.clone());
    if talk.items().len() > 2 {
        let note = "第二句以后的对话没有带过来";
        draft.note_counted(LossKind::Field, place, note);
    }
}
