//! `wenlu import`: data files from other formats. Never overwrites.

use super::Global;
use crate::exchange::{Imported, tsv};
use anyhow::{Context, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args, Debug)]
pub struct Args {
    /// What PATH is
    #[arg(long, value_enum)]
    from: Format,
    /// The file to read
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// The folder to make; must be empty or not there yet
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Format {
    /// utterance<TAB>intent with a header line; `none` is out of scope
    Tsv,
}

pub fn run(_global: &Global, args: Args) -> anyhow::Result<ExitCode> {
    let shown = args.path.display();
    let bytes = fs::read(&args.path).with_context(|| format!("读不了 / cannot read {shown}"))?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let line = e.as_bytes()[..e.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
        anyhow::anyhow!("{shown}:{line}: 不是 UTF-8 / is not UTF-8")
    })?;
    let imported = match args.from {
        Format::Tsv => tsv::import(&text).map_err(|bad| anyhow::anyhow!("{shown}: {bad}"))?,
    };
    write(&imported, &args.out)?;
    for note in &imported.notes {
        anstream::eprintln!("{note}");
    }
    anstream::println!(
        "{} 个意图、{} 条例句、{} 条范围外的句子，写入 {}",
        imported.intents,
        imported.examples,
        imported.out_of_scope,
        args.out.display()
    );
    Ok(ExitCode::SUCCESS)
}

fn write(imported: &Imported, out: &Path) -> anyhow::Result<()> {
    if fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("{} 里已有文件，没有改动 / is not empty; nothing was changed", out.display());
    }
    for (path, text) in &imported.files {
        let path = out.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("建不了 / cannot create {}", folder.display()))?;
        }
        fs::write(&path, text).with_context(|| format!("写不了 / cannot write {}", path.display()))?;
    }
    Ok(())
}
