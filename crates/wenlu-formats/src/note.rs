//! What an import says besides its files. In: places and sentences. Out: notes with the kind of
//! loss, a summary of them by kind, and errors with their place. Must not know: formats.

use serde::Serialize;
use std::fmt;

/// A location in the input; line 0 means the whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportLocation {
    /// The path of the file, as it was given or found under the folder; of a workbook with its
    /// sheet.
    pub file: String,
    /// From 1; 0: the whole file. In a workbook the row.
    pub line: usize,
}

/// The kind of a note, by which the summary of an import counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossKind {
    /// A file or an item that could not be read.
    Broken,
    /// A file that is not of this format.
    ForeignFile,
    /// A sentence that another intent has already.
    Ambiguous,
    /// A sentence that the same intent has already, or one without a letter.
    Repeated,
    /// An intent without a reply.
    NoReply,
    /// A reply with variables of the other system, which cannot be shown.
    Unfilled,
    /// A further reply of an intent that has one.
    FurtherReply,
    /// A reply that belongs to no intent.
    LooseReply,
    /// What was changed in the form of a reply.
    ReplyForm,
    /// An intent without an example.
    NoExample,
    /// An intent that is switched off in the other system.
    Disabled,
    /// The mark of an entity in an example.
    Entity,
    /// A field, a column or a part that data files have no place for.
    Field,
    /// An id that is reserved here.
    Renamed,
    /// A small change of a text, such as white space at its ends.
    Wording,
}

impl LossKind {
    /// What it is called in a summary.
    pub fn label(self) -> &'static str {
        match self {
            LossKind::Broken => "读不懂，跳过",
            LossKind::ForeignFile => "不是这种格式的文件，没有读取",
            LossKind::Ambiguous => "同一句话属于两个意图，只归入第一个",
            LossKind::Repeated => "重复的或没有文字的句子，略去",
            LossKind::NoReply => "没有回复，写好之前按没有资料处理",
            LossKind::Unfilled => "回复里有变量或待写的记号，改好之前按没有资料处理",
            LossKind::FurtherReply => "多出来的回复，只用了第一条",
            LossKind::LooseReply => "不属于任何意图的回复，没有带过来",
            LossKind::ReplyForm => "回复的排版有改动",
            LossKind::NoExample => "没有例句的意图，没有建立",
            LossKind::Disabled => "停用的，没有带过来",
            LossKind::Entity => "实体和词表",
            LossKind::Field => "没有对应的字段，没有带过来",
            LossKind::Renamed => "名字是保留的，改了名",
            LossKind::Wording => "文字的小改动",
        }
    }
}

/// What was left out or changed, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportNote {
    /// What kind of loss it is.
    pub kind: LossKind,
    /// The first place.
    #[serde(flatten)]
    pub place: ImportLocation,
    /// What was left out or changed, in one sentence.
    pub note: String,
    /// How often it happened; `place` is the first time.
    pub times: usize,
}

/// The notes of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LossCount {
    /// What kind of loss it is.
    pub kind: LossKind,
    /// What it is called.
    pub label: &'static str,
    /// How often it happened.
    pub count: usize,
    /// The first notes of this kind.
    pub first: Vec<ImportNote>,
}

/// How many notes of each kind a summary shows.
const PLACES: usize = 3;

/// The notes by kind, the gravest kind first.
pub fn losses(notes: &[ImportNote]) -> Vec<LossCount> {
    let mut kinds: Vec<LossKind> = notes.iter().map(|note| note.kind).collect();
    kinds.sort();
    kinds.dedup();
    let count = |kind: LossKind| {
        let of_kind = || notes.iter().filter(move |note| note.kind == kind);
        LossCount {
            kind,
            label: kind.label(),
            count: of_kind().map(|note| note.times).sum(),
            first: of_kind().take(PLACES).cloned().collect(),
        }
    };
    kinds.into_iter().map(count).collect()
}

/// Why the import failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {}", one_line(.what))]
pub struct ImportError {
    /// Where it failed.
    pub place: ImportLocation,
    /// What is wrong, in one sentence.
    pub what: String,
    /// The columns of a table whose names say nothing, so that somebody can be asked.
    pub columns: Option<Box<UnnamedColumns>>,
}

/// The columns of a table whose names say nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnnamedColumns {
    /// The first row.
    pub first: Vec<String>,
    /// The second row.
    pub second: Vec<String>,
}

impl ImportLocation {
    /// The file as a whole.
    pub fn file(file: &str) -> Self {
        Self::line(file, 0)
    }

    /// A line of the file, from 1.
    pub fn line(file: &str, line: usize) -> Self {
        Self {
            file: file.to_owned(),
            line,
        }
    }

    pub(crate) fn problem(self, what: impl Into<String>) -> ImportError {
        ImportError {
            place: self,
            what: what.into(),
            columns: None,
        }
    }
}

impl fmt::Display for ImportLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&one_line(&self.file))?;
        if self.line > 0 {
            write!(f, ":{}", self.line)
        } else {
            Ok(())
        }
    }
}

impl fmt::Display for ImportNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, one_line(&self.note))?;
        if self.times > 1 {
            write!(f, "（共 {} 处）", self.times)
        } else {
            Ok(())
        }
    }
}

/// On one line, with control, zero-width and direction-changing characters as spaces.
pub(crate) fn one_line(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|c| if hidden(c) { ' ' } else { c })
        .collect()
}

/// The first 40 characters of a text in quotes, for a note.
pub(crate) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 40;
    let line = one_line(text.trim());
    let cut: String = line.chars().take(LONGEST).collect();
    if cut.len() < line.len() {
        format!("“{cut}…”")
    } else {
        format!("“{cut}”")
    }
}
