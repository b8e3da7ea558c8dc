//! `wenlu init`: writes the built-in knowledge as files to edit, or empty folders for new
//! knowledge. Never overwrites a file.

use super::context::GlobalFlags;
use super::output::out_line;
use crate::source::KnowledgeSource;
use anyhow::{Context, bail};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use wenlu_core::knowledge::files::{DataFiles, FileContent};
use wenlu_core::knowledge::schema;

#[derive(clap::Args, Debug)]
pub(super) struct InitArgs {
    /// The folder that gets intents/, content/ and schema/
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Only the folders, for knowledge of another field
    #[arg(long)]
    empty: bool,
}

pub(super) fn run(_global: &GlobalFlags, args: InitArgs) -> anyhow::Result<ExitCode> {
    let there = |name: &&&str| args.dir.join(name).symlink_metadata().is_ok();
    if let Some(name) = ["intents", "content", "schema"].iter().find(there) {
        let there = args.dir.join(name);
        bail!(
            "{} 已经存在，没有改动任何文件 / exists already; nothing was changed",
            there.display()
        );
    }
    let files = if args.empty {
        DataFiles::default()
    } else {
        KnowledgeSource::Embedded.files()
    };
    for folder in ["intents", "content/zh", "schema"] {
        let path = args.dir.join(folder);
        fs::create_dir_all(&path)
            .with_context(|| format!("建不了 / cannot create {}", path.display()))?;
    }
    for (path, entry) in &files.entries {
        if let FileContent::Bytes(bytes) = entry {
            write_new(&args.dir.join(path), bytes)?;
        }
    }
    for (name, shape) in schema::PRINTED_SCHEMAS {
        let text = serde_json::to_string_pretty(&schema::json_schema(name, shape))? + "\n";
        write_new(
            &args.dir.join(format!("schema/{name}.schema.json")),
            text.as_bytes(),
        )?;
    }
    out_line(&done(&args, files.entries.len()))?;
    Ok(ExitCode::SUCCESS)
}

fn done(args: &InitArgs, count: usize) -> String {
    let root = if args.dir == Path::new(".") {
        String::new()
    } else {
        format!(" --root {}", args.dir.display())
    };
    let folder = args.dir.canonicalize().unwrap_or_else(|_| args.dir.clone());
    let folder = folder.display();
    match args.empty {
        true => format!(
            "已在 {folder} 建好 intents/、content/zh/ 和 schema/。接下来：wenlu import 表格.xlsx --into {folder}，或 wenlu{root} new ID --title \"标题\" / the folders are there; next: import a table, or make an intent"
        ),
        false => format!(
            "已在 {folder} 写好 {count} 个文件。接下来：wenlu{root} / {count} files were written"
        ),
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let write = || {
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        fs::File::create_new(path)?.write_all(bytes)
    };
    write().with_context(|| format!("写不了 / cannot write {}", path.display()))
}
