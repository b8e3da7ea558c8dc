//! `wenlu import`: makes data files from tables and other formats. Finds the format by itself, says
//! which it found and why, and what was lost. Never overwrites a file.

mod ask;
mod into;
mod place;
mod report;

use super::context::GlobalFlags;
use super::output::{err_text, out_line, out_text};
use anyhow::{Context, bail};
use place::NewFolder;
use report::{ImportReport, lost};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use wenlu_core::knowledge::diagnostic::{self, Diagnostic};
use wenlu_core::knowledge::files::LoadError;
use wenlu_formats::{
    ImportError, ImportFormat, ImportNote, ImportOptions, ImportedKnowledge, TableColumns,
    import_path,
};

#[derive(clap::Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(super) struct ImportArgs {
    /// What PATH is [default: found by what is in it]
    #[arg(long, value_enum)]
    from: Option<ImportFormat>,
    /// The file or folder to read
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// The folder to make; must be empty or not there yet
    #[arg(long, value_name = "DIR", required_unless_present_any = ["dry_run", "into"])]
    out: Option<PathBuf>,
    /// The knowledge folder to add to: what is new is added, a table exported from it is taken back, and what collides is
    /// left alone
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    into: Option<PathBuf>,
    /// What the columns of a table are, by number, letter or name, such as question=2,answer=3; header=no: the first row
    /// holds no names
    #[arg(long, value_name = "COLUMNS")]
    columns: Option<TableColumns>,
    /// Only say what would come of it
    #[arg(long)]
    dry_run: bool,
    /// Every note in this file, a line each; must not be there yet
    #[arg(long, value_name = "FILE")]
    notes: Option<PathBuf>,
    /// What came of it, and every note, as one JSON object
    #[arg(long)]
    json: bool,
}

/// How many errors of a result that would not load are shown.
const MOST_ERRORS: usize = 10;

pub(super) const EXIT_CODES: &str = "Exit codes:
  0  done
  1  nothing was written: the input cannot be read, is refused, or the files are there already
  2  wrong usage";

pub(super) fn run(_global: &GlobalFlags, args: ImportArgs) -> anyhow::Result<ExitCode> {
    match &args.into {
        Some(root) => run_into(root, &args),
        None => run_out(&args),
    }
}

/// Merges the input into a folder.
fn run_into(root: &Path, args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let _lock = into::lock(root)?;
    let imported = read(args)?;
    if let Some(path) = &args.notes {
        write_notes(path, &imported.notes)?;
    }
    let merge = into::merge(root, &imported, args.dry_run)?;
    // a table of ours is compared cell by cell: nothing of it is lost
    if !args.json && imported.own_rows.is_empty() {
        err_text(&lost(&imported.notes, args.notes.as_deref()));
    }
    into::report(root, &imported, &merge, (args.dry_run, args.json))?;
    Ok(ExitCode::SUCCESS)
}

/// Makes a new folder of the input.
fn run_out(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let folder = match &args.out {
        Some(out) if !args.dry_run => Some(NewFolder::reserve(out)?),
        Some(out) => {
            place::is_free(out)?;
            None
        }
        None => None,
    };
    let imported = read(args)?;
    if let Err(mistakes) = imported.check() {
        err_text(&errors_of(&mistakes));
        bail!(
            "导入的结果不能使用，没有写任何文件 / the result would not load; nothing was written"
        );
    }
    if let Some(path) = &args.notes {
        write_notes(path, &imported.notes)?;
    }
    if let Some(folder) = folder {
        folder.fill(&imported.files)?;
    }
    let report = ImportReport {
        imported: &imported,
        out: args.out.as_deref(),
        is_dry_run: args.dry_run,
    };
    match args.json {
        true => out_line(&report.json().to_string())?,
        false => {
            err_text(&lost(&imported.notes, args.notes.as_deref()));
            out_text(&report.text())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What forbids the result, without its warnings: of these an import may have thousands.
fn errors_of(mistakes: &LoadError) -> String {
    let first: Vec<Diagnostic> = mistakes.errors().take(MOST_ERRORS).cloned().collect();
    diagnostic::render(&first, &mistakes.texts, true)
}

/// Reads the input; at a terminal, somebody is asked about columns whose names say nothing.
fn read(args: &ImportArgs) -> anyhow::Result<ImportedKnowledge> {
    let import = |columns: Option<&TableColumns>| {
        let options = ImportOptions {
            format: args.from,
            columns,
        };
        import_path(&args.path, options)
    };
    match import(args.columns.as_ref()) {
        Err(ImportError {
            columns: Some(columns),
            place,
            ..
        }) if !args.json && ask::is_possible() => {
            let said = ask::columns(&place, &columns)?;
            Ok(import(Some(&said))?)
        }
        read => Ok(read?),
    }
}

fn write_notes(path: &Path, notes: &[ImportNote]) -> anyhow::Result<()> {
    let shown = path.display();
    let text: String = notes.iter().map(|note| format!("{note}\n")).collect();
    File::create_new(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("写不了 / cannot write {shown}"))
}
