//! `wenlu export`: writes the knowledge in other formats. Never overwrites a file.

use super::context::{GlobalFlags, load};
use super::output::{err_line, print_to};
use anyhow::Context;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use wenlu_formats::export::{ExportFormat, export};

#[derive(clap::Args, Debug)]
pub(super) struct ExportArgs {
    /// What to write
    #[arg(long, value_enum)]
    to: ExportFormat,
    /// The file to make, or `-` for standard output
    #[arg(value_name = "OUT")]
    out: PathBuf,
    /// What came of it, as one JSON object on standard error
    #[arg(long)]
    json: bool,
}

pub(super) fn run(global: &GlobalFlags, args: ExportArgs) -> anyhow::Result<ExitCode> {
    let exported = export(&load(global, None)?, args.to);
    let shown = args.out.display();
    if args.out.as_os_str() == "-" {
        if !print_to(&mut std::io::stdout().lock(), &exported.text)? {
            return Ok(ExitCode::SUCCESS);
        }
    } else {
        File::create_new(&args.out)
            .and_then(|mut file| file.write_all(exported.text.as_bytes()))
            .with_context(|| format!("写不了 / cannot write {shown}"))?;
    }
    if args.json {
        let summary = serde_json::json!({
            "out": shown.to_string(),
            "intents": exported.intents,
            "examples": exported.examples,
            "out_of_scope": exported.out_of_scope,
            "notes": exported.notes,
        });
        err_line(&summary.to_string());
        return Ok(ExitCode::SUCCESS);
    }
    for note in &exported.notes {
        err_line(note);
    }
    err_line(&format!(
        "{} 个意图、{} 条例句、{} 条范围外的句子，写入 {shown}",
        exported.intents, exported.examples, exported.out_of_scope
    ));
    Ok(ExitCode::SUCCESS)
}
