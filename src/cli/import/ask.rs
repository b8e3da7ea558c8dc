//! Asks at the terminal what the columns of a table are. In: its first rows. Out: the columns. Must
//! not know: how a table is read.

use crate::cli::output::out_line;
use anyhow::{Context, bail};
use std::io::{BufRead, IsTerminal, stdin, stdout};
use wenlu_formats::{ImportLocation, TableColumns, UnnamedColumns};

/// Whether somebody is there who could answer.
pub(super) fn is_possible() -> bool {
    stdin().is_terminal() && stdout().is_terminal()
}

pub(super) fn columns(
    place: &ImportLocation,
    table: &UnnamedColumns,
) -> anyhow::Result<TableColumns> {
    out_line(&format!(
        "{place}：从列名看不出哪一列是问题、哪一列是答案："
    ))?;
    for (at, name) in table.first.iter().enumerate() {
        let below = table.second.get(at).map(String::as_str).unwrap_or_default();
        out_line(&format!(
            "  {}  {}  例如 {}",
            at + 1,
            shown(name),
            shown(below)
        ))?;
    }
    let question = ask("哪一列是问题？写列号")?;
    let answer = ask("哪一列是答案？没有答案就直接回车")?;
    let columns = match answer.is_empty() {
        false => format!("question={question},answer={answer}"),
        true => format!("question={question},intent={}", ask("哪一列是意图？")?),
    };
    let header = match ask("第一行是表头吗？是就直接回车，不是写 n")?.as_str() {
        "" | "y" | "Y" | "是" => "yes",
        _ => "no",
    };
    let columns = format!("{columns},header={header}");
    out_line(&format!("下次可以直接写：--columns {columns}"))?;
    Ok(columns.parse()?)
}

fn ask(question: &str) -> anyhow::Result<String> {
    out_line(question)?;
    let mut line = String::new();
    let read = stdin()
        .lock()
        .read_line(&mut line)
        .context("没有读到回答 / cannot read the answer")?;
    if read == 0 {
        bail!("没有回答，没有改动 / no answer; nothing was changed");
    }
    Ok(line.trim().to_owned())
}

/// A cell, cut so that a line of the terminal holds it.
fn shown(cell: &str) -> String {
    let line: String = cell
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(30)
        .collect();
    format!("“{line}”")
}
