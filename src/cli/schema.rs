//! `wenlu schema`: prints the JSON Schema of the data files, for editors.

use super::Global;
use super::output::say;
use crate::knowledge::schema;
use anyhow::Context;
use std::process::ExitCode;

#[derive(clap::Args, Debug, Default)]
pub struct Args {
    /// Which file's schema
    #[arg(value_parser = ["intent", "lexicon", "out-of-scope", "calibration"], default_value = "intent")]
    file: String,
}

pub fn run(_global: &Global, args: Args) -> anyhow::Result<ExitCode> {
    let (name, shape) = schema::PRINTED.into_iter().find(|(name, _)| *name == args.file).context("no such schema")?;
    let text = serde_json::to_string_pretty(&schema::json_schema(name, shape))?;
    say(&text)?;
    Ok(ExitCode::SUCCESS)
}
