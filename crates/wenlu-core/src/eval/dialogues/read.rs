//! Dialogues from TOML. In: the texts of the files. Out: [`LabelledDialogue`]s, or all mistakes with
//! their places. Must not know: where the files lie, which intents there are.

use super::form::DIALOGUES;
use super::kinds::{DialogueHalf, DialogueKind, LabelledDialogue, LabelledTurn, TurnWants};
use crate::knowledge::diagnostic::{self, Code, Diagnostic, FileTexts};
use crate::knowledge::parse::{self, SpannedText, list, number, text, texts};
use crate::model::Lang;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// All mistakes in files of dialogues, and the texts that they quote.
#[derive(Debug, thiserror::Error)]
pub struct DialogueFilesError {
    /// Sorted by place.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts of the files.
    pub texts: FileTexts,
}

impl DialogueFilesError {
    /// Each mistake with its line and caret.
    pub fn render(&self, color: bool) -> String {
        diagnostic::render(&self.diagnostics, &self.texts, color)
    }
}

impl fmt::Display for DialogueFilesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "对话文件里有 {} 处错误\n\n{}",
            self.diagnostics.len(),
            self.render(false).trim_end()
        )
    }
}

/// Reads files of dialogues: pairs of a name, for diagnostics, and a text.
///
/// # Errors
///
/// All mistakes in all files.
pub fn read_dialogues<N: Into<String>, T: Into<String>>(
    files: impl IntoIterator<Item = (N, T)>,
) -> Result<Vec<LabelledDialogue>, DialogueFilesError> {
    let files = files
        .into_iter()
        .map(|(name, text)| (name.into(), text.into()));
    let texts: FileTexts = files.collect();
    let mut reader = DialogueReader::default();
    for (file, text) in &texts {
        let table = parse::parse(file, text, &DIALOGUES, &mut reader.mistakes).table;
        for dialogue in list(&table, "dialogue") {
            reader.dialogue(file, dialogue);
        }
    }
    let DialogueReader {
        dialogues,
        mut mistakes,
        ..
    } = reader;
    if mistakes.is_empty() {
        return Ok(dialogues);
    }
    diagnostic::locate_and_sort(&mut mistakes, &texts);
    Err(DialogueFilesError {
        diagnostics: mistakes,
        texts,
    })
}

#[derive(Default)]
struct DialogueReader {
    dialogues: Vec<LabelledDialogue>,
    mistakes: Vec<Diagnostic>,
    /// Where each id was written first.
    ids: BTreeMap<String, (String, Range<usize>)>,
}

impl DialogueReader {
    /// What is missing or has the wrong type was reported with the form.
    fn dialogue(&mut self, file: &str, value: &Spanned<DeValue>) {
        let Some(table) = value.get_ref().as_table() else {
            return;
        };
        let kind = text(table, "kind").and_then(|kind| DialogueKind::named(&kind.value));
        let (Some(id), Some(kind)) = (text(table, "id"), kind) else {
            return;
        };
        self.check_unique(file, &id);
        let turns: Vec<LabelledTurn> = list(table, "turns")
            .filter_map(|turn| self.turn(file, turn))
            .collect();
        if turns.is_empty() {
            let span = table.get("turns").map_or(id.span, Spanned::span);
            let none = Diagnostic::new(Code::EmptyText, file, span, "`turns` 里没有一句话")
                .help("例如：turns = [{ say = \"…\", intent = \"…\" }]");
            self.mistakes.push(none);
        }
        self.dialogues.push(LabelledDialogue {
            id: id.value,
            half: match text(table, "half") {
                Some(half) if half.value == "b" => DialogueHalf::B,
                _ => DialogueHalf::A,
            },
            kind,
            voice: text(table, "voice").map(|voice| voice.value),
            turns,
        });
    }

    fn check_unique(&mut self, file: &str, id: &SpannedText) {
        let place = (file.to_owned(), id.span.clone());
        let Some((other, span)) = self.ids.insert(id.value.clone(), place) else {
            return;
        };
        let twice = format!("`{}` 这个名称用了两次", id.value);
        self.mistakes.push(
            Diagnostic::new(Code::DuplicateId, file, id.span.clone(), twice)
                .also(&other, span, "先用在这里")
                .help("换一个名称"),
        );
    }

    fn turn(&mut self, file: &str, value: &Spanned<DeValue>) -> Option<LabelledTurn> {
        let table = value.get_ref().as_table()?;
        let wants = TurnWants {
            intent: one_or_more(table, "intent"),
            fact: list(table, "fact")
                .map(|fact| alternatives(fact.get_ref()))
                .collect(),
            early: flag(table, "early"),
            not_said: flag(table, "not_said"),
            aspect: text(table, "aspect").map(|aspect| aspect.value),
            apart: one_or_more(table, "apart"),
            not_intent: text(table, "not_intent").map(|id| id.value),
            ack: flag(table, "ack"),
            person: flag(table, "person"),
            lang: text(table, "lang").map(|lang| match lang.value.as_str() {
                "en" => Lang::En,
                _ => Lang::Zh,
            }),
            step: self.step(file, table),
            absent: texts(table, "absent")
                .into_iter()
                .map(|t| t.value)
                .collect(),
        };
        Some(LabelledTurn {
            say: text(table, "say")?.value,
            wants,
        })
    }

    fn step(&mut self, file: &str, table: &DeTable) -> Option<usize> {
        let value = table.get("step")?;
        let n = number(value.get_ref())?;
        if n >= 1.0 && n.fract() == 0.0 && n <= 1000.0 {
            return Some(n as usize);
        }
        let wrong = Diagnostic::new(
            Code::BadValue,
            file,
            value.span(),
            "`step` 要是从 1 起的整数",
        );
        self.mistakes.push(wrong.help("例如：step = 2"));
        None
    }
}

fn flag(table: &DeTable, name: &str) -> bool {
    let value = table.get(name).and_then(|value| value.get_ref().as_bool());
    value.unwrap_or(false)
}

fn one_or_more(table: &DeTable, name: &str) -> Vec<String> {
    let value = table.get(name);
    value.map_or_else(Vec::new, |value| alternatives(value.get_ref()))
}

/// A text, or the texts of a list.
fn alternatives(value: &DeValue) -> Vec<String> {
    match value {
        DeValue::String(text) => vec![text.to_string()],
        DeValue::Array(items) => {
            let texts = items.iter().filter_map(|item| item.get_ref().as_str());
            texts.map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}
