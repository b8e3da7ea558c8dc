//! Usage errors in Chinese. In: clap's error. Out: what is wrong, what was probably meant, and the
//! usage line. Must not know: the commands.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::error::Error as _;

/// Most suggestions shown.
const SUGGESTIONS: usize = 2;

/// The error as it is printed.
pub(super) fn mistake(error: &clap::Error) -> String {
    let mut lines = vec![format!("错误：{}", what(error))];
    let suggested = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ];
    // clap lists the best match last
    let meant = suggested
        .into_iter()
        .flat_map(|kind| texts(error, kind).into_iter().rev());
    let meant: Vec<String> = meant.take(SUGGESTIONS).map(|text| quoted(&text)).collect();
    if !meant.is_empty() {
        lines.push(format!("  您是不是要写 {}？", meant.join(" 或 ")));
    }
    if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
        let usage = super::claps_words(&usage.to_string());
        let called: Vec<&str> = usage
            .trim_start_matches("用法：")
            .split_whitespace()
            .take_while(|word| !word.starts_with(['[', '<', '-']))
            .collect();
        lines.extend([
            String::new(),
            usage.clone(),
            String::new(),
            format!("详见 {} --help", called.join(" ")),
        ]);
    }
    lines.join("\n") + "\n"
}

/// What is wrong, in one sentence without its full stop.
fn what(error: &clap::Error) -> String {
    let argument = text(error, ContextKind::InvalidArg)
        .map_or_else(|| "参数".to_owned(), |text| quoted(&text));
    let value = text(error, ContextKind::InvalidValue).unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownArgument => format!("没有 {argument} 这个参数"),
        ErrorKind::InvalidSubcommand => {
            let command = text(error, ContextKind::InvalidSubcommand).unwrap_or_default();
            format!("没有 {} 这个命令", quoted(&command))
        }
        ErrorKind::InvalidValue if value.is_empty() => {
            format!("{argument} 后面要有值{}", allowed(error))
        }
        ErrorKind::InvalidValue => {
            format!("{argument} 不能是 {}{}", quoted(&value), allowed(error))
        }
        ErrorKind::ValueValidation => {
            let why = error.source().map(|source| format!("：{source}"));
            let why = why.unwrap_or_default();
            format!("{argument} 不能是 {}{why}", quoted(&value))
        }
        ErrorKind::NoEquals => format!("{argument} 和它的值之间要有 ="),
        ErrorKind::TooManyValues => format!("{argument} 多了一个值 {}", quoted(&value)),
        ErrorKind::TooFewValues => {
            let least = number(error, ContextKind::MinValues);
            let given = number(error, ContextKind::ActualNumValues);
            format!("{argument} 至少要有 {least} 个值，只有 {given} 个")
        }
        ErrorKind::WrongNumberOfValues => {
            let wanted = number(error, ContextKind::ExpectedNumValues);
            let given = number(error, ContextKind::ActualNumValues);
            format!("{argument} 要有 {wanted} 个值，现在有 {given} 个")
        }
        ErrorKind::ArgumentConflict => conflict(error, &argument),
        ErrorKind::MissingRequiredArgument => missing(error),
        ErrorKind::MissingSubcommand => {
            let all = texts(error, ContextKind::ValidSubcommand).join("、");
            format!("后面还要有一个命令：{all}")
        }
        ErrorKind::InvalidUtf8 => "参数里有不是 UTF-8 的字节".to_owned(),
        _ => "命令写得不对".to_owned(),
    }
}

fn missing(error: &clap::Error) -> String {
    let missing: Vec<String> = texts(error, ContextKind::InvalidArg)
        .iter()
        .map(|text| quoted(text))
        .collect();
    format!("还缺 {}", missing.join("、"))
}

fn conflict(error: &clap::Error, argument: &str) -> String {
    let others: Vec<String> = texts(error, ContextKind::PriorArg)
        .iter()
        .map(|text| quoted(text))
        .collect();
    match others.as_slice() {
        [only] if only == argument => format!("{argument} 只能写一次"),
        [] => format!("{argument} 不能和别的参数一起用"),
        others => format!("{argument} 不能和 {} 一起用", others.join("、")),
    }
}

fn allowed(error: &clap::Error) -> String {
    let values = texts(error, ContextKind::ValidValue);
    if values.is_empty() {
        String::new()
    } else {
        format!("；可选：{}", values.join("、"))
    }
}

fn number(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::Number(number)) => number.to_string(),
        _ => "？".to_owned(),
    }
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    texts(error, kind).into_iter().next()
}

fn texts(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

/// In backquotes, without control characters, which could steer the terminal.
fn quoted(text: &str) -> String {
    format!(
        "`{}`",
        text.chars().filter(|c| !c.is_control()).collect::<String>()
    )
}
