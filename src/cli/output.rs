//! What a command prints. In: text. Out: standard output, or an error that says why it could not be written; that the reader
//! has gone (`wenlu … | head`) is no failure of ours. What cannot be said on standard error is not said. Must not know: what
//! is printed. The macros of the standard library panic instead: no command uses them.

use anyhow::Context;
use std::io::{ErrorKind, Write};

/// A line; whether there is still somebody who reads.
pub fn print_line(out: &mut impl Write, line: &str) -> anyhow::Result<bool> {
    print_to(out, &format!("{line}\n"))
}

/// A line on standard output, without colours where that is no terminal.
pub fn say(line: &str) -> anyhow::Result<()> {
    print_line(&mut anstream::stdout().lock(), line).map(drop)
}

/// Text on standard output as it stands.
pub fn say_text(text: &str) -> anyhow::Result<()> {
    print_to(&mut anstream::stdout().lock(), text).map(drop)
}

/// A line on standard error.
pub fn tell(line: &str) {
    tell_text(&format!("{line}\n"));
}

/// Text on standard error as it stands.
pub fn tell_text(text: &str) {
    let mut out = anstream::stderr().lock();
    // nobody could be told of the failure either
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

pub fn print_to(out: &mut impl Write, text: &str) -> anyhow::Result<bool> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        other => other.map(|()| true).context("输出没有写完 / cannot write to standard output"),
    }
}
