//! Parses the command line and turns an error into a message and an exit code; everything else is the library's.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match wenlu::cli::run(wenlu::cli::Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("wenlu: {error:#}");
            ExitCode::FAILURE
        }
    }
}
