//! `wenlu import`: makes data files from other formats. Never overwrites a file.

use super::context::GlobalFlags;
use super::output::{err_line, err_text, out_line};
use anyhow::{Context, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use wenlu_formats::{ImportFormat, ImportedKnowledge, import};

#[derive(clap::Args, Debug)]
pub(super) struct ImportArgs {
    /// What PATH is
    #[arg(long, value_enum)]
    from: ImportFormat,
    /// The file or folder to read
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// The folder to make; must be empty or not there yet
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What came of it, and every note, as one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(_global: &GlobalFlags, args: ImportArgs) -> anyhow::Result<ExitCode> {
    if fs::read_dir(&args.out).is_ok_and(|mut entries| entries.next().is_some()) {
        bail!(
            "{} 里已有文件，没有改动 / is not empty; nothing was changed",
            args.out.display()
        );
    }
    let imported = import(args.from, &args.path)?;
    if let Err(mistakes) = imported.check() {
        err_text(&mistakes.render(true));
        bail!(
            "导入的结果不能使用，没有写任何文件 / the result would not load; nothing was written"
        );
    }
    write(&imported, &args.out)?;
    if args.json {
        out_line(&summary(&imported, &args.out).to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    for note in &imported.notes {
        err_line(&note.to_string());
    }
    out_line(&format!(
        "{} 个意图、{} 条例句、{} 条范围外的句子，写入 {}；{}",
        imported.intents,
        imported.examples,
        imported.out_of_scope,
        args.out.display(),
        match imported.notes.len() {
            0 => "全部带了过来".to_owned(),
            notes => format!("没有带过来的和改动过的，上面列了 {notes} 条"),
        }
    ))?;
    out_line(&format!("接下来：wenlu check {}", args.out.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn write(imported: &ImportedKnowledge, out: &Path) -> anyhow::Result<()> {
    for (path, text) in &imported.files {
        let path = out.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("建不了 / cannot create {}", folder.display()))?;
        }
        fs::write(&path, text)
            .with_context(|| format!("写不了 / cannot write {}", path.display()))?;
    }
    Ok(())
}

fn summary(imported: &ImportedKnowledge, out: &Path) -> serde_json::Value {
    serde_json::json!({
        "out": out.display().to_string(),
        "intents": imported.intents,
        "examples": imported.examples,
        "out_of_scope": imported.out_of_scope,
        "files": imported.files.keys().collect::<Vec<_>>(),
        "notes": imported.notes,
    })
}
