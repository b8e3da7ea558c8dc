//! Export. In: knowledge. Out: one text in another system's format, and notes on what that cannot
//! hold. Must not know: files.
//!
//! Rows come in the order of the data files: intents by id, each with its examples in order, out of
//! scope last. A label is the intent's `label`, else its id.

use super::{brief, shown};
use crate::eval::NONE;
use crate::knowledge::{Intent, Kind, Knowledge};
use crate::message::Lang;
use crate::reply::{Document, Part, plain};
use serde_json::json;

/// What can be written. The comments are shown as help.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// utterance<TAB>intent with a header line; `none` is out of scope
    Tsv,
    /// The same with commas and quotes
    Csv,
    /// One YAML file: nlu, responses, synonyms, a look-up table of the lexicon's words
    Rasa,
    /// One JSON corpus; `None` is out of scope
    Nlpjs,
}

/// The result of an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    pub text: String,
    /// What the format cannot hold, for the operator.
    pub notes: Vec<String>,
    pub intents: usize,
    pub examples: usize,
    pub out_of_scope: usize,
}

pub fn export(knowledge: &Knowledge, target: Target) -> Exported {
    let mut exported = Exported {
        intents: knowledge.intents.iter().filter(|intent| !intent.examples.is_empty()).count(),
        examples: knowledge.intents.iter().map(|intent| intent.examples.len()).sum(),
        out_of_scope: knowledge.out_of_scope.len(),
        ..Exported::default()
    };
    exported.text = match target {
        Target::Tsv => tsv(knowledge, &mut exported.notes),
        Target::Csv => csv(knowledge),
        Target::Rasa => rasa(knowledge, &mut exported.notes),
        Target::Nlpjs => nlpjs(knowledge),
    };
    exported.notes.extend(left_out(knowledge, target));
    exported
}

fn label(intent: &Intent) -> &str {
    intent.label.as_deref().unwrap_or(&intent.id)
}

/// All sentences with their labels.
fn rows(knowledge: &Knowledge) -> impl Iterator<Item = (&str, &str)> {
    let inside = knowledge.intents.iter().flat_map(|i| i.examples.iter().map(|text| (text.as_str(), label(i))));
    inside.chain(knowledge.out_of_scope.iter().map(|text| (text.as_str(), NONE)))
}

fn tsv(knowledge: &Knowledge, notes: &mut Vec<String>) -> String {
    let mut out = "utterance\tintent\n".to_owned();
    for (text, label) in rows(knowledge) {
        let cell = |text: &str| text.replace(['\t', '\n', '\r'], " ");
        if text.contains(['\t', '\n', '\r']) {
            notes.push(format!("{}里的换行或制表符换成了空格", brief(text)));
        }
        out += &format!("{}\t{}\n", cell(text), cell(label));
    }
    out
}

fn csv(knowledge: &Knowledge) -> String {
    let mut out = "utterance,intent\n".to_owned();
    let cell = |text: &str| match text.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    };
    for (text, label) in rows(knowledge) {
        out += &format!("{},{}\n", cell(text), cell(label));
    }
    out
}

fn nlpjs(knowledge: &Knowledge) -> String {
    let answers = |id: &str| reply(knowledge, id).into_iter().collect::<Vec<_>>();
    let intents = knowledge.intents.iter().filter(|intent| !intent.examples.is_empty());
    let mut data: Vec<_> =
        intents.map(|i| json!({ "intent": label(i), "utterances": i.examples, "answers": answers(&i.id) })).collect();
    if !knowledge.out_of_scope.is_empty() {
        data.push(json!({ "intent": "None", "utterances": knowledge.out_of_scope, "answers": [] }));
    }
    format!("{:#}\n", json!({ "name": "wenlu", "locale": "zh-CN", "data": data }))
}

fn rasa(knowledge: &Knowledge, notes: &mut Vec<String>) -> String {
    let mut out = "version: \"3.1\"\n\nnlu:\n".to_owned();
    let mut item = |kind: &str, name: &str, texts: &mut dyn Iterator<Item = &String>| {
        out += &format!("- {kind}: {}\n  examples: |\n", json!(shown(name)));
        for text in texts {
            if shown(text) != *text {
                notes.push(format!("{}里的换行或控制字符换成了空格", brief(text)));
            }
            if text.contains('[') && text.contains(']') {
                notes.push(format!("{}里有方括号，Rasa 可能把它当作实体标注", brief(text)));
            }
            out += &format!("    - {}\n", shown(text).trim());
        }
    };
    for intent in knowledge.intents.iter().filter(|intent| !intent.examples.is_empty()) {
        item("intent", label(intent), &mut intent.examples.iter());
    }
    if !knowledge.out_of_scope.is_empty() {
        item("intent", "out_of_scope", &mut knowledge.out_of_scope.iter());
    }
    for group in &knowledge.lexicon.synonyms {
        if let [first, rest @ ..] = group.as_slice() {
            item("synonym", first, &mut rest.iter());
        }
    }
    if !knowledge.lexicon.words.is_empty() {
        item("lookup", "words", &mut knowledge.lexicon.words.iter());
    }
    let replies: Vec<_> = knowledge.intents.iter().filter_map(|i| Some((label(i), reply(knowledge, &i.id)?))).collect();
    if !replies.is_empty() {
        out += "\nresponses:\n";
    }
    for (label, text) in replies {
        // JSON strings are valid YAML strings
        out += &format!("  {}:\n  - text: {}\n", json!(format!("utter_{}", shown(label))), json!(text));
    }
    out
}

/// The Chinese reply as plain text, with its sections.
fn reply(knowledge: &Knowledge, id: &str) -> Option<String> {
    let key = (id.to_owned(), Lang::Zh);
    let Document { head, sections, .. } = knowledge.replies.get(&key).or(knowledge.unwritten_replies.get(&key))?;
    let mut parts = vec![part(head)];
    parts.extend(sections.iter().map(|section| format!("{}\n{}", section.title, part(&section.part))));
    Some(parts.join("\n\n"))
}

fn part(part: &Part) -> String {
    let steps = part.steps.iter().enumerate().map(|(at, step)| format!("{}. {}", at + 1, plain::text(&step.blocks)));
    let blocks = [plain::text(&part.blocks)].into_iter().chain(steps).chain([plain::text(&part.after)]);
    blocks.filter(|block| !block.is_empty()).collect::<Vec<_>>().join("\n")
}

/// A note that counts what the format has no place for.
fn left_out(knowledge: &Knowledge, target: Target) -> Option<String> {
    let sum = |count: fn(&Intent) -> usize| knowledge.intents.iter().map(count).sum::<usize>();
    let replies = |lang: Lang| {
        knowledge.replies.keys().chain(knowledge.unwritten_replies.keys()).filter(|(_, l)| *l == lang).count()
    };
    let (lexicon, rows) = (&knowledge.lexicon, matches!(target, Target::Tsv | Target::Csv));
    let words = lexicon.generic.len() + lexicon.filler.len();
    let more = if target == Target::Rasa { 0 } else { lexicon.words.len() + lexicon.synonyms.len() };
    let counts = [
        (sum(|i| i.not.len()), "条 not"),
        (sum(|i| i.keywords.len()), "个关键词"),
        (sum(|i| i.follow_ups.len()), "句追问"),
        (sum(|i| i.tests.len()), "条测试"),
        (sum(|i| i.related.len() + usize::from(i.parent.is_some())), "个 related 和 parent"),
        (sum(|i| usize::from(i.kind != Kind::Answer && !i.unwritten)), "个 menu 和 gap 标记"),
        (if rows { replies(Lang::Zh) } else { 0 }, "条中文回复"),
        (replies(Lang::En), "条英文回复"),
        (words + more, "项词表"),
    ];
    let listed: Vec<_> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    (!listed.is_empty()).then(|| format!("这种格式放不下，没有写出：{}", listed.join("、")))
}
