//! `content/`: variables, replies and the bot's own sentences. In: the files' texts. Out: values
//! with the variables filled in, and mistakes at their places in the files. Must not know: intents.

use super::diagnostic::{Code, Diagnostic};
use super::parse::{self, SpannedText, suggest};
use super::schema::{self, ValueShape};
use super::sentences::BotSentences;
use super::unwritten::{self, UnwrittenPlace};
use crate::model::Lang;
use crate::reply::template::{self, FilledTemplate};
use crate::reply::{ReplyDocument, markdown};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

/// Values by name.
pub(super) type Variables = BTreeMap<String, String>;

/// The replies by intent and language.
pub(super) type ReplyFiles = BTreeMap<(String, Lang), ReplyFile>;

/// `content/<lang>/<id>.md`
#[derive(Debug, Default)]
pub(super) struct ReplyFile {
    pub file: String,
    pub document: ReplyDocument,
    /// It could not be read: its sections are unknown.
    pub unread: bool,
    /// The first place where it is still to be written.
    pub unwritten: Option<UnwrittenPlace>,
    headings: Vec<Range<usize>>,
    unnamed: Vec<bool>,
}

impl ReplyFile {
    /// Stands for a file that could not be read.
    pub(super) fn unread(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            unread: true,
            ..Self::default()
        }
    }

    /// Whether all its sections are known: an unreadable or unwritten reply may have more.
    pub(super) fn shows_sections(&self) -> bool {
        !self.unread && self.unwritten.is_none()
    }
}

/// `content/variables.toml`
pub(super) fn variables(file: &str, text: &str, out: &mut Vec<Diagnostic>) -> Variables {
    let parsed = parse::parse(file, text, &schema::VARIABLES, out);
    let pairs = parse::pairs(&parsed.table);
    for (name, value) in &pairs {
        let mut bad = |span: &Range<usize>, message: String, help: &str| {
            out.push(Diagnostic::new(Code::BadVariable, file, span.clone(), message).help(help));
        };
        if !template::is_name(&name.value) {
            bad(
                &name.span,
                format!("`{}` 不能作变量名", name.value),
                "用小写英文字母、数字、`_` 和 `-`",
            );
        }
        if value.value.contains(char::is_control) || value.value.contains("{{") {
            bad(
                &value.span,
                format!("变量 `{}` 的内容只能是一行普通文字", name.value),
                "不能换行，也不能再用变量",
            );
        }
    }
    let empty = parsed.table.iter().filter(|(_, value)| {
        let text = value.get_ref().as_str();
        text.is_some_and(|text| text.trim().is_empty())
    });
    let empty = empty.map(|(name, _)| (name.get_ref().trim().to_owned(), String::new()));
    let filled = pairs.into_iter();
    filled
        .map(|(name, value)| (name.value, value.value))
        .chain(empty)
        .collect()
}

/// The text without the lines that use an empty variable: what is not decided is not said. Spaces
/// take their place, so that all else stays where it is.
fn without_undecided<'t>(text: &'t str, variables: &Variables) -> Cow<'t, str> {
    let is_undecided = |line: &str| {
        let tags = line.split("{{").skip(1);
        let mut names = tags
            .filter_map(|tag| tag.split_once("}}"))
            .map(|(name, _)| name.trim());
        names.any(|name| variables.get(name).is_some_and(String::is_empty))
    };
    if !text.split('\n').any(is_undecided) {
        return Cow::Borrowed(text);
    }
    let lines = text.split('\n').map(|line| match is_undecided(line) {
        true => Cow::Owned(" ".repeat(line.len())),
        false => Cow::Borrowed(line),
    });
    Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
}

/// A reply file.
pub(super) fn reply(
    file: &str,
    text: &str,
    variables: &Variables,
    out: &mut Vec<Diagnostic>,
) -> ReplyFile {
    let said = without_undecided(text, variables);
    let filled = template::fill(&said, |name| variables.get(name).map(String::as_str));
    let names: Vec<&str> = variables.keys().map(String::as_str).collect();
    let own = filled
        .mistakes
        .iter()
        .filter(|mistake| !is_foreign(mistake));
    out.extend(own.map(|mistake| template_mistake(file, mistake, 0, &names)));
    let read = markdown::parse(&filled.text);
    out.extend(
        read.mistakes
            .iter()
            .map(|m| markdown_mistake(file, m, &filled)),
    );
    let headings = read
        .headings
        .into_iter()
        .map(|span| one_line(text, filled.source(span)))
        .collect();
    let (file, unwritten) = (file.to_owned(), unwritten::find_unwritten(text));
    ReplyFile {
        file,
        document: read.document,
        unread: false,
        unwritten,
        headings,
        unnamed: read.unnamed,
    }
}

/// An instruction of another system's templates is not a misspelt variable: it makes the reply
/// unwritten.
fn is_foreign(mistake: &template::TemplateMistake) -> bool {
    use template::TemplateMistakeKind;
    matches!(&mistake.kind, TemplateMistakeKind::BadName(name) | TemplateMistakeKind::Unknown(name) if unwritten::is_instruction(name))
}

/// Sections must have the same ids in every language, since a follow-up names one id for all of
/// them.
pub(super) fn compare_sections(replies: &ReplyFiles, out: &mut Vec<Diagnostic>) {
    for ((id, lang), reply) in replies {
        let Some(zh) = replies
            .get(&(id.clone(), Lang::Zh))
            .filter(|_| *lang != Lang::Zh)
        else {
            continue;
        };
        if [zh, reply].iter().any(|one| !one.shows_sections()) {
            continue;
        }
        report_missing_sections(zh, reply, out);
        report_missing_sections(reply, zh, out);
    }
}

/// `content/<lang>/_bot.toml`: its sentences with the variables filled in, and `hot` (Chinese only;
/// the ids are the same in every language).
pub(super) fn sentences(
    file: &str,
    lang: Lang,
    text: &str,
    variables: &Variables,
    out: &mut Vec<Diagnostic>,
) -> (BotSentences, Vec<SpannedText>) {
    let fields = schema::bot_fields(lang);
    let table = parse::parse(file, text, &ValueShape::Table(fields), out).table;
    let hot = parse::texts(&table, "hot");
    let mut sentences = BTreeMap::new();
    for (key, turn) in BotSentences::KEYS {
        let Some(sentence) = parse::text(&table, key) else {
            continue;
        };
        let filled = fill_sentence((file, text), &sentence, turn, variables, out);
        // nothing is left where all of it is undecided: the built-in sentence is said
        if !filled.trim().is_empty() {
            sentences.insert((*key).to_owned(), filled);
        }
    }
    (BotSentences(sentences), hot)
}

/// A sentence of `file` with the variables filled in. Those named in `later` stay as they are, in one
/// spelling: they are filled in when it is said.
pub(super) fn fill_sentence(
    (file, text): (&str, &str),
    sentence: &SpannedText,
    later: &[&str],
    variables: &Variables,
    out: &mut Vec<Diagnostic>,
) -> String {
    let kept: Variables = later
        .iter()
        .map(|name| ((*name).to_owned(), format!("{{{{ {name} }}}}")))
        .collect();
    let said = without_undecided(&sentence.value, variables);
    let filled = template::fill(&said, |name| {
        variables.get(name).or(kept.get(name)).map(String::as_str)
    });
    let names: Vec<&str> = variables
        .keys()
        .map(String::as_str)
        .chain(later.iter().copied())
        .collect();
    // points into the sentence if it stands in the file unchanged, else at the whole of it
    let shift = text
        .get(sentence.span.clone())
        .and_then(|quoted| quoted.find(&sentence.value));
    for mistake in &filled.mistakes {
        let start = sentence.span.start + shift.unwrap_or(0);
        let mut diagnostic = template_mistake(file, mistake, start, &names);
        if shift.is_none() {
            diagnostic.place.span = sentence.span.clone();
        }
        out.push(diagnostic);
    }
    filled.text
}

fn report_missing_sections(has: &ReplyFile, other: &ReplyFile, out: &mut Vec<Diagnostic>) {
    let ids: Vec<&str> = other
        .document
        .sections
        .iter()
        .map(|s| s.id.as_str())
        .collect();
    for ((section, span), unnamed) in has
        .document
        .sections
        .iter()
        .zip(&has.headings)
        .zip(&has.unnamed)
    {
        if ids.contains(&section.id.as_str()) {
            continue;
        }
        out.push(match unnamed {
            true => Diagnostic::new(
                Code::SectionWithoutId,
                &has.file,
                span.clone(),
                "这一节没有 id，对不上译文",
            )
            .help("标题后面写上 {#id}，两种语言用同一个"),
            false => {
                let near = suggest(&section.id, ids.iter().copied());
                let message = format!("{} 里没有小节 `{}`", other.file, section.id);
                Diagnostic::new(Code::SectionMismatch, &has.file, span.clone(), message)
                    .help("两种语言的小节要有同样的 id")
                    .help_if(near)
            }
        });
    }
}

fn template_mistake(
    file: &str,
    mistake: &template::TemplateMistake,
    shift: usize,
    names: &[&str],
) -> Diagnostic {
    use template::TemplateMistakeKind;
    let (code, help) = match &mistake.kind {
        TemplateMistakeKind::Unclosed => (
            Code::BadTemplate,
            "写成 {{ 变量 }}，在同一行里结束".to_owned(),
        ),
        TemplateMistakeKind::Unopened => (Code::BadTemplate, "写成 {{ 变量 }}".to_owned()),
        TemplateMistakeKind::BadName(_) => (
            Code::BadTemplate,
            "变量名用小写英文字母、数字、`_` 和 `-`".to_owned(),
        ),
        TemplateMistakeKind::Unknown(name) => {
            let near = suggest(name, names.iter().copied());
            (
                Code::UnknownVariable,
                near.unwrap_or_else(|| "在 content/variables.toml 里写上它".to_owned()),
            )
        }
    };
    let span = mistake.span.start + shift..mistake.span.end + shift;
    Diagnostic::new(code, file, span, mistake.kind.to_string()).help(help)
}

fn markdown_mistake(
    file: &str,
    mistake: &markdown::ReplyMistake,
    filled: &FilledTemplate,
) -> Diagnostic {
    use markdown::ReplyMistakeKind;
    let (code, help) = match &mistake.kind {
        ReplyMistakeKind::NoTitle => (Code::NoTitle, "第一行写成 `# 标题`"),
        ReplyMistakeKind::TitleNotFirst => (Code::TitleNotFirst, "`# 标题` 要在最前面"),
        ReplyMistakeKind::SecondTitle => (Code::SecondTitle, "小节用 `## 标题 {#id}`"),
        ReplyMistakeKind::DuplicateSection(_) => (Code::DuplicateSection, "换一个 id"),
        ReplyMistakeKind::BadSectionId(_) => (
            Code::BadSectionId,
            "用小写英文字母、数字和 `-`，例如 {#how-long}",
        ),
        ReplyMistakeKind::SecondSteps => (
            Code::SecondSteps,
            "把步骤并成一个列表，或者分到两个小节；步骤之间的提示要缩进三格，列表才不会断开",
        ),
        ReplyMistakeKind::Unsupported(_) => (
            Code::Unsupported,
            "可以用：段落、列表、**加粗**、链接、> 提示",
        ),
        ReplyMistakeKind::BadLink(_) => {
            (Code::BadLink, "链接要以 https://、http:// 或 mailto: 开头")
        }
        ReplyMistakeKind::EmptyPart(_) => (Code::EmptyPart, "写上内容，或者删掉"),
        ReplyMistakeKind::StrayMarkup("](") => (
            Code::StrayMarkup,
            "写成 [文字](<https://…>)，网址里不能有空格",
        ),
        ReplyMistakeKind::StrayMarkup(_) => (
            Code::StrayMarkup,
            "把标点移到 ** 外面，或者在 ** 外侧加一个空格",
        ),
    };
    let source = |span: &Range<usize>| filled.source(span.clone());
    let diagnostic =
        Diagnostic::new(code, file, source(&mistake.span), mistake.kind.to_string()).help(help);
    match &mistake.first {
        Some(first) => diagnostic.also(file, source(first), "先写在这里"),
        None => diagnostic,
    }
}

fn one_line(text: &str, span: Range<usize>) -> Range<usize> {
    let line = text.get(span.clone()).and_then(|t| t.find(['\n', '\r']));
    span.start..line.map_or(span.end, |at| span.start + at)
}
