//! A reviewer's edits. In: the data files and a [`ReviewEdit`]. Out: the [`ChangeSet`] that does
//! it, in the style of the file. Must not know: the disk, whether the edit is a good idea
//! (`preview` says so).

mod align;
mod edit_error;
mod gap;
mod list;
mod spans;

pub use edit_error::EditError;
pub use gap::{AnsweredGap, GapAnswer, answer_gap};

use super::change::{ChangeSet, FileChange};
pub(crate) use align::{LineForm, align_list};
pub(crate) use list::{add_to_list, edited, set_list, set_text};
use serde::{Deserialize, Serialize};
use wenlu_core::knowledge::IntentKind;
use wenlu_core::knowledge::files::{DataFiles, FileRole, OUT_OF_SCOPE_FILE, is_intent_id};
use wenlu_core::knowledge::intent_template::IntentTemplate;
use wenlu_core::model::Lang;
use wenlu_core::text::normalize::{is_han, normalize};
use wenlu_core::text::safe::is_display_unsafe;
use wenlu_formats::reply_of_plain_text;

/// An action on a question, or on all questions of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum ReviewEdit {
    /// Adds the texts to the intent's examples.
    AddExamples { intent: String, texts: Vec<String> },
    /// Adds the texts to the intent's counter-examples (`not`): close to it, but not it.
    AddNearMisses { intent: String, texts: Vec<String> },
    /// Marks the texts as out of scope.
    OutOfScope { texts: Vec<String> },
    /// Creates an intent with the texts as examples.
    NewIntent {
        id: String,
        title: Option<String>,
        parent: Option<String>,
        /// Whether it is a gap: an intent without an answer.
        gap: bool,
        texts: Vec<String>,
    },
    /// Creates an intent of what an operator was asked and answered, in plain words.
    LearnIntent {
        id: String,
        title: String,
        question: String,
        answer: String,
    },
}

/// The change that makes `edit` in `files`.
pub fn plan_edit(files: &DataFiles, edit: &ReviewEdit) -> Result<ChangeSet, EditError> {
    match edit {
        ReviewEdit::AddExamples { intent, texts } => {
            let summary = format!("把 {} 句话加为 {intent} 的例句", texts.len());
            add(
                files,
                &intent_file(files, intent)?,
                "examples",
                texts,
                summary,
            )
        }
        ReviewEdit::AddNearMisses { intent, texts } => {
            let summary = format!("把 {} 句话记为不属于 {intent}（not）", texts.len());
            add(files, &intent_file(files, intent)?, "not", texts, summary)
        }
        ReviewEdit::OutOfScope { texts } => {
            let summary = format!("把 {} 句话记为范围外", texts.len());
            add(files, OUT_OF_SCOPE_FILE, "examples", texts, summary)
        }
        ReviewEdit::NewIntent {
            id,
            title,
            parent,
            gap,
            texts,
        } => {
            let kind = if *gap {
                IntentKind::Gap
            } else {
                IntentKind::Answer
            };
            let has = |folder: &str| files.entries.keys().any(|path| path.starts_with(folder));
            let starter = IntentTemplate {
                id: id.clone(),
                title: title.clone(),
                title_en: None,
                kind,
                parent: parent.clone(),
                examples: different(texts, &[]),
                with_schema: has_schema(files),
                in_english: has("content/en/"),
            };
            new_intent(files, &starter)
        }
        ReviewEdit::LearnIntent {
            id,
            title,
            question,
            answer,
        } => learn_intent(files, (id, title), question, answer),
    }
}

/// A new intent with a reply in the language of the answer. One that is not Chinese leaves the
/// Chinese reply to be written, which every intent needs.
fn learn_intent(
    files: &DataFiles,
    (id, title): (&str, &str),
    question: &str,
    answer: &str,
) -> Result<ChangeSet, EditError> {
    let is_chinese = answer.chars().any(is_han);
    let examples = different(&[question.to_owned()], &[]);
    let reply = reply_of_plain_text(answer);
    if examples.is_empty() || reply.is_empty() {
        return Err(EditError::NothingToAdd);
    }
    let starter = IntentTemplate {
        id: id.to_owned(),
        title: Some(title.to_owned()).filter(|title| !title.trim().is_empty()),
        examples,
        with_schema: has_schema(files),
        in_english: !is_chinese,
        ..IntentTemplate::default()
    };
    let lang = if is_chinese { Lang::Zh } else { Lang::En };
    let mut change = new_intent(files, &starter)?;
    for file in &mut change.files {
        if matches!(FileRole::of(&file.path), FileRole::Reply(of, _) if of == lang) {
            file.after = Some(starter.reply_with(&reply));
        }
    }
    change.summary = format!("把同事的一次回答整理成意图 {id}");
    Ok(change)
}

/// The path of an existing intent's file.
fn intent_file(files: &DataFiles, intent: &str) -> Result<String, EditError> {
    let path = format!("intents/{intent}.toml");
    if is_intent_id(intent) && files.entries.contains_key(&path) {
        Ok(path)
    } else {
        Err(EditError::NoIntent(intent.to_owned()))
    }
}

fn add(
    files: &DataFiles,
    path: &str,
    field: &'static str,
    texts: &[String],
    summary: String,
) -> Result<ChangeSet, EditError> {
    let before = match files.entries.get(path) {
        None => None,
        Some(_) => Some(
            files
                .text(path)
                .ok_or_else(|| EditError::NotToml(path.to_owned()))?,
        ),
    };
    let after = add_to_list(path, before.unwrap_or_default(), field, |present| {
        different(texts, present)
    })?;
    let file = FileChange {
        path: path.to_owned(),
        before: before.map(str::to_owned),
        after: Some(after),
    };
    Ok(ChangeSet {
        files: vec![file],
        summary,
    })
}

/// The texts on one line each, without duplicates, texts in `present` and texts that are empty
/// after normalising.
fn different(texts: &[String], present: &[String]) -> Vec<String> {
    let mut seen: Vec<String> = present.iter().map(|text| normalize(text)).collect();
    let mut out = Vec::new();
    for text in texts {
        let normal = normalize(text);
        if !normal.is_empty() && !seen.contains(&normal) {
            seen.push(normal);
            let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
            // invisible characters do not belong into a data file
            out.push(line.chars().filter(|c| !is_display_unsafe(*c)).collect());
        }
    }
    out
}

/// The change that creates the files of a new intent; none of them may exist.
pub fn new_intent(files: &DataFiles, starter: &IntentTemplate) -> Result<ChangeSet, EditError> {
    if !is_intent_id(&starter.id) {
        return Err(EditError::BadId(starter.id.clone()));
    }
    let mut new = Vec::new();
    for (path, text) in starter.files() {
        if files.entries.contains_key(&path) {
            return Err(EditError::Exists(path));
        }
        new.push(FileChange {
            path,
            before: None,
            after: Some(text),
        });
    }
    Ok(ChangeSet {
        files: new,
        summary: format!("新建意图 {}", starter.id),
    })
}

/// Whether any intent file names the JSON schema for editors.
pub(crate) fn has_schema(files: &DataFiles) -> bool {
    let names_it = |path: &String| {
        files
            .text(path)
            .is_some_and(|text| text.starts_with("#:schema ../schema/intent"))
    };
    files
        .entries
        .keys()
        .any(|path| path.starts_with("intents/") && names_it(path))
}
