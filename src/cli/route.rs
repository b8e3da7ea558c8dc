//! `wenlu route`: routes each text; prints one JSON object a line, in the order of the input.

use super::context::{GlobalFlags, load_router, prepare};
use super::output::print_line;
use std::io::BufRead;
use std::process::ExitCode;

#[derive(clap::Args, Debug, Default)]
pub(super) struct RouteArgs {
    /// Messages; without any, each line of standard input is one
    #[arg(value_name = "TEXT")]
    texts: Vec<String>,
}

pub(super) fn run(global: &GlobalFlags, args: RouteArgs) -> anyhow::Result<ExitCode> {
    let (_, router) = load_router(global, &args.texts)?;
    let mut out = std::io::stdout().lock();
    let mut show = |text: &str| -> anyhow::Result<bool> {
        print_line(&mut out, &serde_json::to_string(&router.route(text))?)
    };
    if args.texts.is_empty() {
        for line in std::io::stdin().lock().split(b'\n') {
            // invalid UTF-8 becomes U+FFFD, so that every line gets an answer
            let line = line?;
            let line = String::from_utf8_lossy(&line)
                .trim_end_matches('\r')
                .to_owned();
            prepare(std::slice::from_ref(&line));
            if !show(&line)? {
                break;
            }
        }
    }
    for text in &args.texts {
        if !show(text)? {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}
