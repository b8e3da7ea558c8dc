//! `wenlu new`: the files of a new intent, with guidance in them. Never overwrites.

use super::Global;
use super::output::{say, tell_text};
use crate::knowledge::Kind;
use crate::knowledge::diagnostic::{self, Code, Diagnostic};
use crate::knowledge::files::{Source, is_id, reserved, validate_files};
use crate::knowledge::starter::Starter;
use anyhow::{Context, bail};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args, Debug, Default)]
pub struct Args {
    /// The intent's name: lower-case letters, digits and `-`
    id: String,
    /// What its button says [default: the example, else the id]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// A topic that people ask about and that has no answer yet
    #[arg(long, conflicts_with = "menu")]
    gap: bool,
    /// A topic with several questions under it
    #[arg(long)]
    menu: bool,
    /// A message that someone wrote
    #[arg(long, value_name = "TEXT")]
    from_example: Option<String>,
    /// The menu that leads here
    #[arg(long, value_name = "ID")]
    parent: Option<String>,
}

pub fn run(global: &Global, args: Args) -> anyhow::Result<ExitCode> {
    if let Some(meaning) = reserved(&args.id) {
        bail!("`{}` 是保留的名字，不能作意图的 id：{meaning}；换一个名字，没有改动任何文件", args.id);
    }
    if !is_id(&args.id) {
        bail!("`{}` 不能作意图的 id：用小写英文字母、数字和 `-`，最多 48 个", args.id);
    }
    let root = global.root.clone().unwrap_or_else(|| PathBuf::from("."));
    let starter = args.starter(&root);
    let files = starter.files();
    if let Some((path, _)) = files.iter().find(|(path, _)| root.join(path).symlink_metadata().is_ok()) {
        bail!("{path} 已经存在，没有改动任何文件");
    }
    if let Some(mistakes) = mistakes(&root, &files) {
        tell_text(&mistakes);
        bail!("这样写出来的文件不能使用，没有改动任何文件");
    }
    for (path, text) in &files {
        write_new(&root.join(path), text).with_context(|| format!("写不了 {path}"))?;
        say(&format!("已建立 {path}"))?;
    }
    say(&next_step(&starter))?;
    Ok(ExitCode::SUCCESS)
}

impl Args {
    fn starter(self, root: &Path) -> Starter {
        let kind = match (self.menu, self.gap) {
            (true, _) => Kind::Menu,
            (_, true) => Kind::Gap,
            _ => Kind::Answer,
        };
        Starter {
            id: self.id,
            title: self.title,
            kind,
            parent: self.parent,
            examples: self.from_example.into_iter().collect(),
            with_schema: root.join("schema/intent.schema.json").is_file(),
            in_english: root.join("content/en").is_dir(),
        }
    }
}

fn next_step(starter: &Starter) -> String {
    match starter.kind {
        Kind::Menu => format!("菜单下面至少要有一个问题：wenlu new ID --parent {}", starter.id),
        Kind::Gap => "接下来：补充例句，然后运行 wenlu check".to_owned(),
        Kind::Answer => "接下来：补充例句，写好回复，然后运行 wenlu check".to_owned(),
    }
}

/// What the loader says about the new files beside those that are there.
fn mistakes(root: &Path, new: &[(String, String)]) -> Option<String> {
    let files = Source::Folder(root.to_owned()).files();
    let files = files.with(new.iter().map(|(path, text)| (path.as_str(), Some(text.as_str()))));
    let error = validate_files(&files).err()?;
    let is_new = |file: &str| new.iter().any(|(path, _)| path == file);
    // a menu is made before its questions
    let counts = |d: &&Diagnostic| {
        d.is_error()
            && d.code != Code::EmptyMenu
            && (is_new(&d.place.file) || d.others.iter().any(|(place, _)| is_new(&place.file)))
    };
    let own: Vec<_> = error.diagnostics.iter().filter(counts).cloned().collect();
    (!own.is_empty()).then(|| diagnostic::render(&own, &error.texts, true))
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::File::create_new(path)?.write_all(text.as_bytes())
}
