//! Export. In: knowledge. Out: one file in another system's format, and notes on what that cannot
//! hold. Must not know: where the file goes.
//!
//! Tables of questions and answers have everything that an operator edits; see
//! [`crate::own_table`]. In the other formats rows come in the order of the data files: intents by
//! id, each with its examples in order, out of scope last. A label is the intent's `label`, else
//! its id.

use super::own_table::{OwnColumn, own_rows};
use super::{excerpt, export_table, one_line};
use serde_json::json;
use std::collections::BTreeMap;
use wenlu_core::eval::NONE_LABEL;
use wenlu_core::knowledge::{Intent, IntentKind, Knowledge};
use wenlu_core::model::Lang;
use wenlu_core::reply::{ReplyDocument, ReplyPart, plain_text};

/// What can be written. The comments are shown as help.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// utterance<TAB>intent with a header line; `none` is out of scope
    Tsv,
    /// A table of intents for spreadsheets: titles, questions, replies, menus; `wenlu import --into` takes it back
    Csv,
    /// The same as a workbook
    Xlsx,
    /// One YAML file: nlu, responses, synonyms, a look-up table of the lexicon's words
    Rasa,
    /// One JSON corpus; `None` is out of scope
    Nlpjs,
}

/// The result of an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportedKnowledge {
    /// The file in the other format.
    pub bytes: Vec<u8>,
    /// What the format cannot hold, for the operator.
    pub notes: Vec<String>,
    /// Number of intents in it.
    pub intents: usize,
    /// Number of examples of all intents in it.
    pub examples: usize,
    /// Number of replies in it.
    pub replies: usize,
    /// Number of messages in it that no intent should answer.
    pub out_of_scope: usize,
}

/// Why a table could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The table of a text could not be written.
    #[error("表格写不出来：{0}")]
    Csv(#[from] csv::Error),
    /// The workbook could not be written.
    #[error("电子表格写不出来：{0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
}

/// Converts `knowledge` to one file in the format of another system. `texts`: the data files that it
/// was made of; tables hold what stands in them.
///
/// # Errors
///
/// The table is larger than its format allows.
pub fn export(
    knowledge: &Knowledge,
    texts: &BTreeMap<String, String>,
    target: ExportFormat,
) -> Result<ExportedKnowledge, ExportError> {
    let mut exported = ExportedKnowledge {
        intents: knowledge
            .intents
            .iter()
            .filter(|intent| !intent.examples.is_empty())
            .count(),
        examples: knowledge
            .intents
            .iter()
            .map(|intent| intent.examples.len())
            .sum(),
        out_of_scope: knowledge.out_of_scope.len(),
        ..ExportedKnowledge::default()
    };
    let notes = &mut exported.notes;
    exported.bytes = match target {
        ExportFormat::Tsv => tsv(knowledge, notes).into_bytes(),
        ExportFormat::Csv => export_table::csv(&own_rows(texts))?,
        ExportFormat::Xlsx => export_table::xlsx(&own_rows(texts), notes)?,
        ExportFormat::Rasa => rasa(knowledge, notes).into_bytes(),
        ExportFormat::Nlpjs => nlpjs(knowledge).into_bytes(),
    };
    if target != ExportFormat::Tsv {
        exported.replies = knowledge.replies.len() + knowledge.unwritten_replies.len();
    }
    let sections: usize = own_rows(texts)
        .iter()
        .map(|row| row.lines(OwnColumn::Sections).len())
        .sum();
    exported.notes.extend(left_out(knowledge, target, sections));
    Ok(exported)
}

fn label(intent: &Intent) -> &str {
    intent.label.as_deref().unwrap_or(&intent.id)
}

/// All sentences with their labels.
fn rows(knowledge: &Knowledge) -> impl Iterator<Item = (&str, &str)> {
    let inside = knowledge
        .intents
        .iter()
        .flat_map(|i| i.examples.iter().map(|text| (text.as_str(), label(i))));
    inside.chain(
        knowledge
            .out_of_scope
            .iter()
            .map(|text| (text.as_str(), NONE_LABEL)),
    )
}

fn tsv(knowledge: &Knowledge, notes: &mut Vec<String>) -> String {
    let mut out = "utterance\tintent\n".to_owned();
    for (text, label) in rows(knowledge) {
        let cell = |text: &str| text.replace(['\t', '\n', '\r'], " ");
        if text.contains(['\t', '\n', '\r']) {
            notes.push(format!("{}里的换行或制表符换成了空格", excerpt(text)));
        }
        out += &format!("{}\t{}\n", cell(text), cell(label));
    }
    out
}

fn nlpjs(knowledge: &Knowledge) -> String {
    let answers = |id: &str| reply(knowledge, id).into_iter().collect::<Vec<_>>();
    let intents = knowledge
        .intents
        .iter()
        .filter(|intent| !intent.examples.is_empty());
    let mut data: Vec<_> = intents
        .map(|i| json!({ "intent": label(i), "utterances": i.examples, "answers": answers(&i.id) }))
        .collect();
    if !knowledge.out_of_scope.is_empty() {
        data.push(json!({ "intent": "None", "utterances": knowledge.out_of_scope, "answers": [] }));
    }
    format!(
        "{:#}\n",
        json!({ "name": "wenlu", "locale": "zh-CN", "data": data })
    )
}

fn rasa(knowledge: &Knowledge, notes: &mut Vec<String>) -> String {
    let mut out = "version: \"3.1\"\n\nnlu:\n".to_owned();
    let mut item = |kind: &str, name: &str, texts: &mut dyn Iterator<Item = &String>| {
        out += &format!("- {kind}: {}\n  examples: |\n", json!(one_line(name)));
        for text in texts {
            if one_line(text) != *text {
                notes.push(format!("{}里的换行或控制字符换成了空格", excerpt(text)));
            }
            if text.contains('[') && text.contains(']') {
                notes.push(format!(
                    "{}里有方括号，Rasa 可能把它当作实体标注",
                    excerpt(text)
                ));
            }
            out += &format!("    - {}\n", one_line(text).trim());
        }
    };
    for intent in knowledge
        .intents
        .iter()
        .filter(|intent| !intent.examples.is_empty())
    {
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
    let replies: Vec<_> = knowledge
        .intents
        .iter()
        .filter_map(|i| Some((label(i), reply(knowledge, &i.id)?)))
        .collect();
    if !replies.is_empty() {
        out += "\nresponses:\n";
    }
    for (label, text) in replies {
        // JSON strings are valid YAML strings
        out += &format!(
            "  {}:\n  - text: {}\n",
            json!(format!("utter_{}", one_line(label))),
            json!(text)
        );
    }
    out
}

/// The Chinese reply (without one: that of another language) as plain text, with its sections.
fn reply(knowledge: &Knowledge, id: &str) -> Option<String> {
    let key = (id.to_owned(), Lang::Zh);
    let ReplyDocument { head, sections, .. } = knowledge
        .reply(id, Lang::Zh)
        .or(knowledge.unwritten_replies.get(&key))?;
    let mut parts = vec![part(head)];
    parts.extend(
        sections
            .iter()
            .map(|section| format!("{}\n{}", section.title, part(&section.part))),
    );
    Some(parts.join("\n\n"))
}

fn part(part: &ReplyPart) -> String {
    let steps = part
        .steps
        .iter()
        .enumerate()
        .map(|(at, step)| format!("{}. {}", at + 1, plain_text::blocks_text(&step.blocks)));
    let blocks = [plain_text::blocks_text(&part.blocks)]
        .into_iter()
        .chain(steps)
        .chain([plain_text::blocks_text(&part.after)]);
    blocks
        .filter(|block| !block.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

/// A note that counts what the format has no place for. `sections`: how many of the follow-ups are
/// wordings of sections, which tables have.
fn left_out(knowledge: &Knowledge, target: ExportFormat, sections: usize) -> Option<String> {
    let sum = |count: fn(&Intent) -> usize| knowledge.intents.iter().map(count).sum::<usize>();
    let replies = |lang: Lang| {
        let all = knowledge
            .replies
            .keys()
            .chain(knowledge.unwritten_replies.keys());
        all.filter(|(_, l)| *l == lang).count()
    };
    let (lexicon, is_table) = (
        &knowledge.lexicon,
        matches!(target, ExportFormat::Csv | ExportFormat::Xlsx),
    );
    let words = lexicon.generic.len() + lexicon.filler.len();
    let more = match target {
        ExportFormat::Rasa => 0,
        _ => lexicon.words.len() + lexicon.synonyms.len(),
    };
    let follow_ups = sum(|i| i.follow_ups.len());
    let follow_ups = match is_table {
        true => follow_ups.saturating_sub(sections),
        false => follow_ups,
    };
    let unless_table = |count: usize| if is_table { 0 } else { count };
    let counts = [
        (unless_table(sum(|i| i.not.len())), "条 not"),
        (sum(|i| i.keywords.len()), "个关键词"),
        (follow_ups, "句追问"),
        (sum(|i| i.tests.len()), "条测试"),
        (sum(|i| i.related.len()), "个 related"),
        (sum(|i| usize::from(i.action.is_some())), "个动作"),
        (
            unless_table(sum(|i| usize::from(i.parent.is_some()))),
            "个 parent",
        ),
        (
            unless_table(sum(|i| {
                usize::from(i.kind != IntentKind::Answer && !i.unwritten)
            })),
            "个 menu 和 gap 标记",
        ),
        (
            if target == ExportFormat::Tsv {
                replies(Lang::Zh)
            } else {
                0
            },
            "条中文回复",
        ),
        (unless_table(replies(Lang::En)), "条英文回复"),
        (words + more, "项词表"),
    ];
    let listed: Vec<_> = counts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| format!("{n} {what}"))
        .collect();
    (!listed.is_empty()).then(|| format!("这种格式放不下，没有写出：{}", listed.join("、")))
}
