//! `wenlu export`: writes the knowledge in other formats. Never overwrites a file.

use super::context::{GlobalFlags, load_settings};
use super::folder;
use super::output::{err_line, err_text};
use anyhow::Context;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use wenlu_core::knowledge::files::validate_files;
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
    let files = folder::source(&load_settings(global)?, None)?.files();
    let loaded = validate_files(&files).map_err(|mistakes| {
        err_text(&mistakes.render(true));
        anyhow::anyhow!("数据文件有误 / the data files have mistakes")
    })?;
    let exported = export(&loaded.knowledge, &files.texts(), args.to)?;
    let shown = args.out.display();
    if args.out.as_os_str() == "-" {
        match std::io::stdout().lock().write_all(&exported.bytes) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
            written => written.context("输出没有写完 / cannot write to standard output")?,
        }
    } else {
        File::create_new(&args.out)
            .and_then(|mut file| file.write_all(&exported.bytes))
            .with_context(|| format!("写不了 / cannot write {shown}"))?;
    }
    if args.json {
        let summary = serde_json::json!({
            "out": shown.to_string(),
            "intents": exported.intents,
            "examples": exported.examples,
            "replies": exported.replies,
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
        "{} 个意图、{} 条例句、{} 条回复、{} 条范围外的句子，写入 {shown}",
        exported.intents, exported.examples, exported.replies, exported.out_of_scope
    ));
    Ok(ExitCode::SUCCESS)
}
