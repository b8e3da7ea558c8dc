//! One mistake. In: what is wrong and where, as byte ranges. Out: [`Diagnostic`], with labels and advice.
//! Must not know: how it is shown.

use super::code::Code;
use super::code::Severity;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// The text of each file by its path, for quoting in diagnostics.
pub type FileTexts = BTreeMap<String, String>;

/// A byte range in a file; line and column (from 1, in characters) are filled in once the text is
/// known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceLocation {
    /// The path under the knowledge folder.
    pub file: String,
    /// Bytes of the file's text; `0..0`: the file as a whole.
    pub span: Range<usize>,
    /// Line of the beginning, from 1; 0 until it is located.
    pub line: usize,
    /// Column of the beginning in characters, from 1; 0 until it is located.
    pub column: usize,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of mistake it is.
    pub code: Code,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Where it is.
    pub place: SourceLocation,
    /// The label at the caret.
    pub label: String,
    /// Further places that belong to it, each with its label.
    pub others: Vec<(SourceLocation, String)>,
    /// What can be done about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A mistake at `span` of `file`; an empty span at 0 means the file as a whole.
    pub(crate) fn new(
        code: Code,
        file: &str,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        let place = SourceLocation {
            file: file.to_owned(),
            span,
            line: 1,
            column: 1,
        };
        Self {
            code,
            message: message.into(),
            place,
            label: String::new(),
            others: Vec::new(),
            help: None,
        }
    }

    /// With a label at the place.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// With another place that has to do with it.
    pub fn also(mut self, file: &str, span: Range<usize>, label: impl Into<String>) -> Self {
        self.others.push((
            SourceLocation {
                file: file.to_owned(),
                span,
                line: 1,
                column: 1,
            },
            label.into(),
        ));
        self
    }

    /// With advice on what can be done.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Replaces the help if `help` is `Some`.
    pub(crate) fn help_if(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// That of its code.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// Whether it makes the files unusable.
    pub fn is_error(&self) -> bool {
        self.severity() == Severity::Error
    }

    /// As JSON.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "code": self.code.id(), "severity": self.code.severity(), "file": self.place.file, "line": self.place.line,
            "column": self.place.column, "message": self.message, "help": self.help,
        })
    }
}

/// One line, for logs.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SourceLocation {
            file, line, column, ..
        } = &self.place;
        write!(
            f,
            "{file}:{line}:{column}: {}[{}]: {}",
            level_name(self.code),
            self.code.id(),
            self.message
        )
    }
}

pub(super) fn level_name(code: Code) -> &'static str {
    match code.severity() {
        Severity::Error => "错误",
        Severity::Warning => "警告",
        Severity::Note => "提示",
    }
}
