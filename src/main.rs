//! Parses the command line and turns an error into a message and an exit code; everything else is
//! in the library.

use std::process::ExitCode;
use wenlu::cli;

fn main() -> ExitCode {
    let done = match cli::parse(std::env::args_os()) {
        Ok(command) => cli::run(command),
        Err(code) => return code,
    };
    done.unwrap_or_else(|error| {
        cli::tell_failure(&error);
        ExitCode::FAILURE
    })
}
