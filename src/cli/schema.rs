//! `wenlu schema`: prints the JSON Schema of the data files, for editors.

use super::context::GlobalFlags;
use super::output::out_line;
use anyhow::Context;
use std::process::ExitCode;
use wenlu_core::knowledge::schema;

#[derive(clap::Args, Debug, Default)]
pub(super) struct SchemaArgs {
    /// Which file's schema
    #[arg(value_parser = ["intent", "lexicon", "out-of-scope", "calibration", "replies", "brand"], default_value = "intent")]
    file: String,
}

pub(super) fn run(_global: &GlobalFlags, args: SchemaArgs) -> anyhow::Result<ExitCode> {
    let (name, shape) = schema::PRINTED_SCHEMAS
        .into_iter()
        .find(|(name, _)| *name == args.file)
        .context("no such schema")?;
    let text = serde_json::to_string_pretty(&schema::json_schema(name, shape))?;
    out_line(&text)?;
    Ok(ExitCode::SUCCESS)
}
