//! Syntax errors of TOML, explained to operators. In: a file's text. Out: the table as far as it
//! could be read, and the mistakes. Must not know: which fields there are.

use super::diagnostic::{Code, Diagnostic};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads on after an error. Reports one error a line: further ones on the same line are mostly
/// consequences.
pub(super) fn read_table<'t>(
    file: &str,
    text: &'t str,
    out: &mut Vec<Diagnostic>,
) -> Spanned<DeTable<'t>> {
    let (document, mut errors) = DeTable::parse_recoverable(text);
    let (mut base, mut last_line, mut count) = (0, None, 0);
    while count < MAX_SYNTAX_ERRORS {
        errors.sort_by_key(|e| e.span().map_or(0, |s| s.start));
        let mut cut = None;
        for error in &errors {
            let span = error
                .span()
                .map_or(base..base, |s| s.start + base..s.end + base);
            let line = line_start(text, span.start);
            if error.message() == "duplicate key" {
                out.push(duplicate(file, text, document.get_ref(), span));
            } else if line > base
                && errors
                    .iter()
                    .any(|e| is_key_in_list(e) && line == open_line(text, base, e))
            {
                out.push(open_list(file, text, line));
                (cut, last_line) = (Some(line), Some(line));
                break;
            } else if last_line != Some(line) {
                last_line = Some(line);
                count += 1;
                let (message, help) = explain(error.message());
                out.push(Diagnostic::new(Code::TomlSyntax, file, span, message).help(help));
            }
        }
        // everything after an unclosed list was read as its items: parse it again from there
        let Some(rest) = cut.and_then(|cut| text.get(cut..).map(|rest| (cut, rest))) else {
            break;
        };
        base = rest.0;
        count += 1;
        errors = DeTable::parse_recoverable(rest.1).1;
    }
    document
}

/// Whether `diagnostic` reports an unclosed list, which swallows what follows.
pub(super) fn is_open_list(diagnostic: &Diagnostic) -> bool {
    diagnostic.code == Code::TomlSyntax && diagnostic.message == OPEN_LIST
}

const OPEN_LIST: &str = "上面的列表还没有结束，这里又开始了新的一项";

/// With more syntax errors than this a file is not TOML at all.
const MAX_SYNTAX_ERRORS: usize = 50;

fn is_key_in_list(error: &toml::de::Error) -> bool {
    error.message().starts_with("unexpected `=` in array")
}

fn open_line(text: &str, base: usize, error: &toml::de::Error) -> usize {
    line_start(text, error.span().map_or(0, |s| s.start) + base)
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..text.floor_char_boundary(at))
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |newline| newline + 1)
}

fn open_list(file: &str, text: &str, line: usize) -> Diagnostic {
    let rest = text.get(line..).unwrap_or_default();
    let end = rest.find(['=', '\n']).unwrap_or(rest.len());
    let key = rest.get(..end).unwrap_or_default().trim_end();
    Diagnostic::new(Code::TomlSyntax, file, line..line + key.len(), OPEN_LIST)
        .help("上面缺少 `]`、逗号，或者一个引号 `\"`")
}

fn duplicate(file: &str, text: &str, table: &DeTable, span: Range<usize>) -> Diagnostic {
    let key = text
        .get(span.clone())
        .unwrap_or_default()
        .trim_matches(['"', '\''])
        .to_owned();
    let mut first = None;
    earlier(table, &key, span.start, &mut first);
    let diagnostic = Diagnostic::new(Code::DuplicateKey, file, span, format!("`{key}` 写了两次"))
        .label("又写了一次")
        .help("留下一处，把另一处的内容并过来");
    match first {
        Some(first) => diagnostic.also(file, first, "先写在这里"),
        None => diagnostic,
    }
}

/// The last key of this name that begins before `end`, at any depth.
fn earlier(table: &DeTable, name: &str, end: usize, best: &mut Option<Range<usize>>) {
    for (key, value) in table {
        let later = best.as_ref().is_none_or(|b| b.start < key.span().start);
        if key.get_ref() == name && key.span().start < end && later {
            *best = Some(key.span());
        }
        match value.get_ref() {
            DeValue::Table(inner) => earlier(inner, name, end, best),
            DeValue::Array(items) => items
                .iter()
                .filter_map(|item| item.get_ref().as_table())
                .for_each(|inner| earlier(inner, name, end, best)),
            _ => {}
        }
    }
}

/// The parser's message in Chinese, and what to do about it.
fn explain(message: &str) -> (String, &'static str) {
    let known = [
        (
            "string values must be quoted",
            "文字要加引号",
            "写成 \"…\"，用英文引号",
        ),
        (
            "missing comma",
            "两项之间缺少逗号",
            "每一项后面加英文逗号 `,`",
        ),
        ("extra comma", "多了一个逗号", "删掉多出的逗号"),
        ("unclosed array table", "表头没有结束", "写成 [[test]]"),
        ("unclosed array", "列表没有结束", "末尾加上 `]`"),
        ("unclosed inline table", "表没有结束", "末尾加上 `}`"),
        (
            "unclosed table",
            "表头没有结束",
            "写成 [follow_up] 或 [[test]]",
        ),
        (
            "invalid unquoted key",
            "名称里有要加引号的字",
            "写成 \"要多久\" = \"…\"：中文名称要加英文引号",
        ),
        ("unquoted keys", "缺少名称", "写成：名称 = \"…\""),
        (
            "key with no value",
            "只有名称，没有内容",
            "写成：名称 = \"…\"",
        ),
        ("missing value", "等号后面没有内容", "写成：名称 = \"…\""),
        (
            "invalid basic string",
            "引号里的文字没有写完，或者有不能用的字符",
            "一行之内用英文引号 `\"` 结束；文字里的 `\"` 写成 `\\\"`，`\\` 写成 `\\\\`",
        ),
        (
            "missing escaped value",
            "反斜杠 `\\` 后面不是可用的转义",
            "文字里的 `\\` 写成 `\\\\`",
        ),
        ("recursion limit", "嵌套太深", "最多两三层"),
        ("cannot recurse", "嵌套太深", "最多两三层"),
    ];
    match known
        .iter()
        .find(|(start, _, _)| message.starts_with(start))
    {
        Some((_, message, help)) => ((*message).to_owned(), help),
        None => (
            format!("不符合 TOML 的写法（{message}）"),
            "写法请对照 https://toml.io/cn/v1.0.0",
        ),
    }
}
