//! `wenlu import --into`: adds what is new to a folder that has knowledge, and takes back a table
//! that was exported from it. In: the folder and the input. Out: its files, changed as a whole or
//! not at all, and a report of what is new and what was left alone. Must not know: formats.

use super::place;
use super::report::found;
use crate::cli::output::{err_text, out_line, out_text};
use crate::review::apply::apply;
use crate::review::import_merge::{ImportMerge, merge_import};
use crate::source::KnowledgeSource;
use anyhow::{Context, bail};
use serde_json::json;
use std::fmt::Write;
use std::fs::File;
use std::path::Path;
use wenlu_core::knowledge::files::{DataFiles, validate_files};
use wenlu_formats::{ImportedKnowledge, losses};

/// How many lines of a list are shown.
const SHOWN: usize = 20;

/// Locks the knowledge folder for this import.
pub(super) fn lock(root: &Path) -> anyhow::Result<File> {
    let shown = root.display();
    if !root.join("intents").is_dir() {
        bail!("{shown} 里没有 intents/，不是知识文件夹；要新建就用 --out / is no knowledge folder");
    }
    place::lock(root)
}

/// Merges what was read into the folder.
pub(super) fn merge(
    root: &Path,
    imported: &ImportedKnowledge,
    is_dry_run: bool,
) -> anyhow::Result<ImportMerge> {
    let files = KnowledgeSource::Folder(root.to_owned()).files();
    let merge = merge_import(&files, imported)?;
    check(&files, &merge)?;
    if !is_dry_run && !merge.files.is_empty() {
        apply(root, &merge.change())
            .with_context(|| format!("写不了 / cannot write in {}", root.display()))?;
    }
    Ok(merge)
}

/// Refuses a merge whose result would not load, unless the folder did not load before and the new
/// files are without mistakes.
fn check(files: &DataFiles, merge: &ImportMerge) -> anyhow::Result<()> {
    let Err(mistakes) = validate_files(&merge.change().applied_to(files)) else {
        return Ok(());
    };
    let is_own = |file: &str| merge.files.iter().any(|changed| changed.path == file);
    let loaded = validate_files(files).is_ok();
    if loaded || mistakes.errors().any(|found| is_own(&found.place.file)) {
        err_text(&super::errors_of(&mistakes));
        bail!(
            "这样写出来的文件不能使用，没有改动任何文件 / the result would not load; nothing was changed"
        );
    }
    Ok(())
}

pub(super) fn report(
    root: &Path,
    imported: &ImportedKnowledge,
    merge: &ImportMerge,
    (is_dry_run, is_json): (bool, bool),
) -> anyhow::Result<()> {
    if is_json {
        return out_line(&json_report(root, imported, merge, is_dry_run).to_string());
    }
    let mut out = found(imported);
    let mut list = |name: &str, lines: &[String]| {
        if !lines.is_empty() {
            let _ = writeln!(out, "{name} {} 个：", lines.len());
            for line in lines.iter().take(SHOWN) {
                let _ = writeln!(out, "  {line}");
            }
            if lines.len() > SHOWN {
                let _ = writeln!(out, "  ……还有 {} 个", lines.len() - SHOWN);
            }
        }
    };
    list("新增", &merge.new);
    list("补充", &merge.extended);
    list("修改", &merge.edited);
    // last, where it is seen at a terminal
    list("保持原样、请您自己看的", &merge.collisions);
    let _ = writeln!(out, "没有变化 {} 个", merge.unchanged);
    let path = root.display();
    let _ = match (merge.files.len(), is_dry_run) {
        (0, _) => writeln!(out, "{path} 没有要改的"),
        (files, true) => writeln!(out, "会写 {files} 个文件；这是预览，什么都没有写"),
        (files, false) => writeln!(
            out,
            "写了 {path} 里的 {files} 个文件\n接下来：wenlu check {path}"
        ),
    };
    out_text(&out)
}

fn json_report(
    root: &Path,
    imported: &ImportedKnowledge,
    merge: &ImportMerge,
    is_dry_run: bool,
) -> serde_json::Value {
    let paths: Vec<&str> = merge.files.iter().map(|file| file.path.as_str()).collect();
    json!({
        "into": root.display().to_string(),
        "dry_run": is_dry_run,
        "found": imported.found,
        "new": merge.new,
        "extended": merge.extended,
        "edited": merge.edited,
        "unchanged": merge.unchanged,
        "collisions": merge.collisions,
        "files": paths,
        "losses": losses(&imported.notes),
        "notes": imported.notes,
    })
}
