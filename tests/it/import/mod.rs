//! `wenlu import` from outside: a file or a folder goes in, a knowledge folder comes out, or a refusal.

mod answered;
mod folders;
mod formats;
mod into;
mod manners;
mod scripted;
mod tables;
mod untidy;

use crate::files::{files_under, stderr, stdout};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A folder with an input, in which `wenlu import` runs.
struct ImportBench {
    root: TempDir,
}

/// What an import made: texts by path.
#[derive(Debug)]
struct MadeFolder {
    files: BTreeMap<String, String>,
    said: String,
}

impl ImportBench {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let root = tempfile::tempdir().unwrap();
        for (path, bytes) in files {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        Self { root }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_wenlu"))
            .args(args)
            .current_dir(self.root.path())
            .env_clear()
            .output()
            .unwrap()
    }

    /// Imports `path` into a folder of its own, which passes `wenlu check`.
    #[track_caller]
    fn import(&self, path: &str, more: &[&str]) -> MadeFolder {
        let out = format!("made-{}", path.replace(['/', '.'], "-"));
        let args = [&["import", path, "--out", &out], more].concat();
        let output = self.run(&args);
        assert!(output.status.success(), "{}", stderr(&output));
        let check = self.run(&["check", &out]);
        assert!(check.status.success(), "{}", stdout(&check));
        MadeFolder {
            files: texts_under(&self.path(&out)),
            said: stdout(&output) + &stderr(&output),
        }
    }

    /// Why `path` is refused; nothing is made of it.
    #[track_caller]
    fn refused(&self, path: &str, more: &[&str]) -> String {
        let args = [&["import", path, "--out", "refused"], more].concat();
        let output = self.run(&args);
        assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
        assert!(!self.path("refused").exists());
        assert!(!self.path(".refused.importing").exists());
        stderr(&output)
    }
}

impl MadeFolder {
    #[track_caller]
    fn text(&self, path: &str) -> &str {
        let text = self.files.get(path);
        text.unwrap_or_else(|| panic!("no {path} in {:#?}\n{}", self.files, self.said))
    }

    /// The examples of an intent.
    #[track_caller]
    fn examples(&self, id: &str) -> Vec<String> {
        let table: toml::Table = self.text(&format!("intents/{id}.toml")).parse().unwrap();
        let list = table.get("examples").and_then(toml::Value::as_array);
        let texts = list.into_iter().flatten().filter_map(toml::Value::as_str);
        texts.map(str::to_owned).collect()
    }

    /// The Chinese reply of an intent without its title.
    #[track_caller]
    fn reply(&self, id: &str) -> &str {
        let text = self.text(&format!("content/zh/{id}.md"));
        text.split_once("\n\n").unwrap().1.trim_end()
    }

    fn ids(&self) -> Vec<&str> {
        let paths = self.files.keys();
        paths
            .filter_map(|path| path.strip_prefix("intents/")?.strip_suffix(".toml"))
            .collect()
    }
}

/// The texts under a folder by their path.
fn texts_under(root: &Path) -> BTreeMap<String, String> {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let files = files_under(root).into_iter();
    files.map(|(name, bytes)| (name, text(bytes))).collect()
}
