//! Output of commands. In: text. Out: standard output, or an error if it could not be written. A
//! closed pipe (`wenlu … | head`) is not an error. Failures to write to standard error are ignored.
//! Must not know: what is printed. No command uses the macros of the standard library, since they
//! panic if the output is closed.

use anyhow::Context;
use std::io::{ErrorKind, Write};

/// Prints a line; `false` if the reader has closed the pipe.
pub(super) fn print_line(out: &mut impl Write, line: &str) -> anyhow::Result<bool> {
    print_to(out, &format!("{line}\n"))
}

/// Prints a line to standard output, without colours unless that is a terminal.
pub(super) fn out_line(line: &str) -> anyhow::Result<()> {
    print_line(&mut anstream::stdout().lock(), line).map(drop)
}

/// Prints text to standard output without adding a line break.
pub(super) fn out_text(text: &str) -> anyhow::Result<()> {
    print_to(&mut anstream::stdout().lock(), text).map(drop)
}

/// Prints a line to standard error.
pub(super) fn err_line(line: &str) {
    err_text(&format!("{line}\n"));
}

/// Prints text to standard error without adding a line break.
pub(super) fn err_text(text: &str) {
    let mut out = anstream::stderr().lock();
    // this failure could not be reported anywhere
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

pub(super) fn print_to(out: &mut impl Write, text: &str) -> anyhow::Result<bool> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        other => other
            .map(|()| true)
            .context("输出没有写完 / cannot write to standard output"),
    }
}
