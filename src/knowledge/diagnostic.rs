//! Mistakes in data files. In: what is wrong and where, as byte ranges. Out: `file:line:col`, the
//! source line with a caret, one line of help. Must not know: what the files mean.

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// An error prevents the knowledge from being used; a warning is most likely a mistake; a note is
/// worth a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Error,
    Warning,
    Note,
}

/// All diagnostic codes. A code never changes its meaning, and a retired one is never used again.
macro_rules! codes {
    ($($variant:ident = $severity:ident $id:literal $slug:literal;)*) => {
        /// A stable name for one kind of mistake.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $($variant,)* }
        impl Code {
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];
            pub fn id(self) -> &'static str { match self { $(Code::$variant => $id,)* } }
            pub fn slug(self) -> &'static str { match self { $(Code::$variant => $slug,)* } }
            pub fn severity(self) -> Severity { match self { $(Code::$variant => Severity::$severity,)* } }
        }
    };
}

codes! {
    // files
    NoIntentsFolder = Error "E001" "no-intents-folder";
    NoIntents = Error "E002" "no-intents";
    Unreadable = Error "E003" "unreadable";
    TooLarge = Error "E004" "too-large";
    NotUtf8 = Error "E005" "not-utf8";
    BadId = Error "E006" "bad-id";
    DuplicateId = Error "E007" "duplicate-id";
    UnknownFile = Warning "W008" "unknown-file";
    MergeConflict = Error "E009" "merge-conflict";
    ReservedId = Error "E010" "reserved-id";
    // the form of a TOML file
    UnknownField = Error "E101" "unknown-field";
    WrongType = Error "E102" "wrong-type";
    MissingField = Error "E103" "missing-field";
    TomlSyntax = Error "E104" "toml-syntax";
    DuplicateKey = Error "E105" "duplicate-key";
    EmptyText = Error "E106" "empty-text";
    BadValue = Error "E107" "bad-value";
    LongTitle = Warning "W108" "long-title";
    // wording
    DuplicateExample = Error "E201" "duplicate-example";
    NotIsExample = Error "E202" "not-is-example";
    TestIsExample = Error "E203" "test-is-example";
    DeadKeyword = Error "E204" "dead-keyword";
    DuplicateKeyword = Error "E205" "duplicate-keyword";
    KindConflict = Error "E206" "kind-conflict";
    FewExamples = Warning "W207" "few-examples";
    NoNearMisses = Warning "W208" "no-near-misses";
    DuplicateWord = Warning "W209" "duplicate-word";
    DeadWord = Error "E210" "dead-word";
    SameTitle = Warning "W211" "same-title";
    DuplicateTest = Warning "W212" "duplicate-test";
    DuplicateLabel = Warning "W213" "duplicate-label";
    // links between files
    BrokenLink = Error "E301" "broken-link";
    BrokenSection = Error "E302" "broken-section";
    ParentNotMenu = Error "E303" "parent-not-menu";
    ParentLoop = Error "E304" "parent-loop";
    EmptyMenu = Error "E305" "empty-menu";
    MissingReply = Error "E306" "missing-reply";
    MissingTranslation = Warning "W307" "missing-translation";
    NeedlessReply = Error "E308" "needless-reply";
    StrayReply = Error "E309" "stray-reply";
    DuplicateLink = Error "E310" "duplicate-link";
    UnwrittenReply = Warning "W311" "unwritten-reply";
    // replies
    NoTitle = Error "E401" "no-title";
    TitleNotFirst = Error "E402" "title-not-first";
    SecondTitle = Error "E403" "second-title";
    DuplicateSection = Error "E404" "duplicate-section";
    SectionWithoutId = Warning "W405" "section-without-id";
    SecondSteps = Error "E406" "second-steps";
    Unsupported = Error "E407" "unsupported";
    BadLink = Error "E408" "bad-link";
    EmptyPart = Error "E409" "empty-part";
    SectionMismatch = Error "E410" "section-mismatch";
    BadSectionId = Error "E411" "bad-section-id";
    StrayMarkup = Error "E412" "stray-markup";
    // variables and sentences
    UnknownVariable = Error "E501" "unknown-variable";
    BadTemplate = Error "E502" "bad-template";
    BadVariable = Error "E503" "bad-variable";
    // found by `wenlu check`, which routes messages
    FailedTest = Error "E601" "failed-test";
    NearerElsewhere = Warning "W602" "nearer-elsewhere";
    CloseElsewhere = Note "N603" "close-elsewhere";
    NearDuplicate = Warning "W604" "near-duplicate";
    NotNearExample = Warning "W605" "not-near-example";
    SharedKeyword = Warning "W606" "shared-keyword";
    ShadowedKeyword = Note "N607" "shadowed-keyword";
    CommonKeyword = Warning "W608" "common-keyword";
    SectionWithoutPhrase = Note "N609" "section-without-phrase";
    DeafPhrase = Warning "W610" "deaf-phrase";
    FragileTest = Note "N611" "fragile-test";
    CalibrationOff = Note "N612" "calibration-off";
}

/// The text of each file by its path, for quoting in diagnostics.
pub type Texts = BTreeMap<String, String>;

/// A byte range in a file; line and column (from 1, in characters) are filled in once the text is
/// known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    pub span: Range<usize>,
    pub line: usize,
    pub column: usize,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: Code,
    pub message: String,
    pub place: Place,
    /// The label at the caret.
    pub label: String,
    /// Further places that belong to it, each with its label.
    pub others: Vec<(Place, String)>,
    pub help: Option<String>,
}

impl Diagnostic {
    /// A mistake at `span` of `file`; an empty span at 0 means the file as a whole.
    pub fn new(code: Code, file: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let place = Place { file: file.to_owned(), span, line: 1, column: 1 };
        Self { code, message: message.into(), place, label: String::new(), others: Vec::new(), help: None }
    }

    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub fn also(mut self, file: &str, span: Range<usize>, label: impl Into<String>) -> Self {
        self.others.push((Place { file: file.to_owned(), span, line: 1, column: 1 }, label.into()));
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Replaces the help if `help` is `Some`.
    pub fn help_if(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

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
        let Place { file, line, column, .. } = &self.place;
        write!(f, "{file}:{line}:{column}: {}[{}]: {}", level_name(self.code), self.code.id(), self.message)
    }
}

/// Fills in line and column of one diagnostic.
pub fn locate(diagnostic: &mut Diagnostic, texts: &Texts) {
    let mut one = vec![diagnostic.clone()];
    settle(&mut one, texts);
    one.into_iter().for_each(|located| *diagnostic = located);
}

/// Fills in lines and columns, sorts by file, position and code, and removes duplicates.
pub fn settle(list: &mut Vec<Diagnostic>, texts: &Texts) {
    let mut known: BTreeMap<String, Lines> = BTreeMap::new();
    let mut locate = |place: &mut Place| {
        let Some(text) = texts.get(&place.file) else { return };
        let lines = known.entry(place.file.clone()).or_insert_with(|| Lines::new(text));
        let start = text.floor_char_boundary(place.span.start);
        place.span = start..text.ceil_char_boundary(place.span.end).max(start);
        (place.line, place.column) = lines.position(text, start);
    };
    for diagnostic in list.iter_mut() {
        locate(&mut diagnostic.place);
        diagnostic.others.iter_mut().for_each(|(place, _)| locate(place));
    }
    fn key(d: &Diagnostic) -> (&str, usize, usize, Code, &str) {
        (&d.place.file, d.place.span.start, d.place.span.end, d.code, &d.message)
    }
    list.sort_by(|a, b| key(a).cmp(&key(b)));
    list.dedup();
}

/// All diagnostics for a person to read, each with its line and caret; beyond 200 only their
/// number.
pub fn render<'a>(list: impl IntoIterator<Item = &'a Diagnostic>, texts: &Texts, color: bool) -> String {
    let list: Vec<&Diagnostic> = list.into_iter().collect();
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for diagnostic in list.iter().take(SHOWN) {
        out += &renderer.render(&[group(diagnostic, texts)]);
        out += "\n\n";
    }
    if list.len() > SHOWN {
        out += &format!("……还有 {} 处没有列出；先改好上面的，再检查一次。\n", list.len() - SHOWN);
    }
    out
}

/// How many there are of each code, on one line: `W207 few-examples ×12, W208 no-near-misses ×3`.
pub fn count_by_code(list: &[Diagnostic]) -> String {
    let by_code = by_code(list);
    let counts = by_code.iter().map(|(code, all)| format!("{} {} ×{}", code.id(), code.slug(), all.len()));
    counts.collect::<Vec<_>>().join(", ")
}

/// The diagnostics by code.
pub fn by_code<'a>(list: impl IntoIterator<Item = &'a Diagnostic>) -> BTreeMap<Code, Vec<&'a Diagnostic>> {
    let mut all: BTreeMap<Code, Vec<&Diagnostic>> = BTreeMap::new();
    for diagnostic in list {
        all.entry(diagnostic.code).or_default().push(diagnostic);
    }
    all
}

/// The candidate with the smallest edit distance, if that is at most a third of the length of
/// `wrong`.
pub fn did_you_mean<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = wrong.chars().count().div_ceil(3);
    candidates
        .into_iter()
        .map(|c| (strsim::osa_distance(&wrong.to_lowercase(), &c.to_lowercase()), c))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// More than a person reads at once; `--json` has all of them.
const SHOWN: usize = 200;
/// A longer line is not quoted: the caret would be far to the right, and a file of one line would
/// be quoted whole.
const LONGEST_LINE: usize = 2000;

fn level_name(code: Code) -> &'static str {
    match code.severity() {
        Severity::Error => "错误",
        Severity::Warning => "警告",
        Severity::Note => "提示",
    }
}

fn group<'a>(diagnostic: &'a Diagnostic, texts: &'a Texts) -> annotate_snippets::Group<'a> {
    let level = match diagnostic.code.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.with_name(level_name(diagnostic.code)).primary_title(diagnostic.message.as_str());
    let id = format!("{} {}", diagnostic.code.id(), diagnostic.code.slug());
    let mut group = quote(title.id(id).elements(None::<Origin<'a>>), &diagnostic.place, &diagnostic.label, true, texts);
    for (place, label) in &diagnostic.others {
        group = quote(group, place, label, false, texts);
    }
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.with_name("帮助").message(help.as_str())),
        None => group,
    }
}

/// Adds the line of `place` with its caret. Only one line of source is passed, so that a long file
/// costs nothing.
fn quote<'a>(
    group: annotate_snippets::Group<'a>,
    place: &'a Place,
    label: &'a str,
    primary: bool,
    texts: &'a Texts,
) -> annotate_snippets::Group<'a> {
    let (line, span) = texts.get(&place.file).map_or(("", 0..0), |text| line_of(text, &place.span));
    if line.is_empty() || line.len() > LONGEST_LINE {
        let origin = Origin::path(place.file.as_str()).line(place.line).char_column(place.column);
        return group.element(origin);
    }
    let kind = if primary { AnnotationKind::Primary } else { AnnotationKind::Context };
    let annotation = kind.span(span).label((!label.is_empty()).then_some(label));
    group.element(Snippet::source(line).path(place.file.as_str()).line_start(place.line).annotation(annotation))
}

/// The line in which `span` begins, and the span within it.
fn line_of<'t>(text: &'t str, span: &Range<usize>) -> (&'t str, Range<usize>) {
    let (before, after) = text.split_at(text.floor_char_boundary(span.start));
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let end = after.find(['\n', '\r']).map_or(text.len(), |at| before.len() + at);
    let line = text.get(start..end).unwrap_or_default();
    let from = (before.len() - start).min(line.len());
    (line, from..span.end.saturating_sub(start).clamp(from, line.len()))
}

/// Where lines begin, and how many characters stand before every `STRIDE`th byte, so that a long
/// line with many mistakes is not counted from its beginning for each of them.
struct Lines {
    starts: Vec<usize>,
    characters: Vec<usize>,
}

const STRIDE: usize = 1024;

impl Lines {
    fn new(text: &str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut characters = vec![0];
        for chunk in text.as_bytes().chunks(STRIDE) {
            characters.push(characters.last().copied().unwrap_or(0) + first_bytes(chunk));
        }
        Self { starts, characters }
    }

    /// Line and column, from 1, of the character that begins at `at`.
    fn position(&self, text: &str, at: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|&start| start <= at);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        (line, self.before(text, at) - self.before(text, start) + 1)
    }

    fn before(&self, text: &str, at: usize) -> usize {
        let chunk = at / STRIDE;
        let rest = text.as_bytes().get(chunk * STRIDE..at).unwrap_or_default();
        self.characters.get(chunk).copied().unwrap_or(0) + first_bytes(rest)
    }
}

/// The number of characters that begin in `bytes`.
fn first_bytes(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
}
