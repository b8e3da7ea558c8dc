//! `wenlu init`: the built-in knowledge as files of one's own, to be changed. Never overwrites.

use super::Global;
use super::output::say;
use crate::knowledge::files::{Entry, Source};
use crate::knowledge::schema;
use anyhow::{Context, bail};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The folder that gets intents/, content/ and schema/
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

pub fn run(_global: &Global, args: Args) -> anyhow::Result<ExitCode> {
    let there = |name: &&&str| args.dir.join(name).symlink_metadata().is_ok();
    if let Some(name) = ["intents", "content", "schema"].iter().find(there) {
        let there = args.dir.join(name);
        bail!("{} 已经存在，没有改动任何文件 / exists already; nothing was changed", there.display());
    }
    let files = Source::Embedded.files();
    for (path, entry) in &files.entries {
        if let Entry::Bytes(bytes) = entry {
            write_new(&args.dir.join(path), bytes)?;
        }
    }
    for (name, shape) in schema::PRINTED {
        let text = serde_json::to_string_pretty(&schema::json_schema(name, shape))? + "\n";
        write_new(&args.dir.join(format!("schema/{name}.schema.json")), text.as_bytes())?;
    }
    let (dir, count) = (args.dir.display(), files.entries.len());
    say(&format!("已写好 {count} 个文件。接下来：wenlu --root {dir} / {count} files were written"))?;
    Ok(ExitCode::SUCCESS)
}

fn write_new(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let write = || {
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        fs::File::create_new(path)?.write_all(bytes)
    };
    write().with_context(|| format!("写不了 / cannot write {}", path.display()))
}
