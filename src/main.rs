//! Parses the command line and turns an error into a message and an exit code; everything else is the library's.

use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match wenlu::cli::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    match wenlu::cli::run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("wenlu: {error:#}");
            ExitCode::FAILURE
        }
    }
}
