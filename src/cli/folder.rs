//! The knowledge folder of a command. In: the settings, and an optional folder argument. Out: a
//! [`KnowledgeSource`], or an error that says what is wrong with the folder, where its path comes
//! from, and what to do. Must not know: the files' content.

use crate::settings::{SettingOrigin, Settings};
use crate::source::KnowledgeSource;
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A folder that cannot be used as the knowledge folder.
#[derive(Debug, thiserror::Error)]
pub(super) struct KnowledgeFolderError {
    /// Absolute.
    path: PathBuf,
    problem: FolderProblem,
    named_by: FolderOrigin,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum FolderProblem {
    Missing,
    NotAFolder,
    /// `near`: the parent or a folder inside, which is probably meant.
    NoIntents {
        near: Option<PathBuf>,
    },
    Unreadable(ErrorKind),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FolderOrigin {
    /// A positional argument.
    Argument,
    Flag,
    Setting(SettingOrigin),
    /// No path was given: the current folder.
    CurrentFolder,
}

/// The folder of `argument`, else of the settings, else the current folder if it has `intents/`,
/// else the built-in knowledge.
pub(super) fn source(
    settings: &Settings,
    argument: Option<&Path>,
) -> Result<KnowledgeSource, KnowledgeFolderError> {
    let named = argument.map(|path| (path, FolderOrigin::Argument));
    match named.or_else(|| {
        settings
            .knowledge
            .root
            .as_deref()
            .map(|root| (root, named_by(settings)))
    }) {
        Some((path, named_by)) => {
            folder(path, named_by).map(|()| KnowledgeSource::Folder(path.to_owned()))
        }
        None => Ok(KnowledgeSource::find(None)),
    }
}

/// The folder that a command writes to, as an absolute path. The built-in knowledge cannot be
/// written to.
pub(super) fn writable(settings: &Settings) -> Result<PathBuf, KnowledgeFolderError> {
    let (path, named_by) = match settings.knowledge.root.as_deref() {
        Some(root) => (root, named_by(settings)),
        None => (Path::new("."), FolderOrigin::CurrentFolder),
    };
    folder(path, named_by).map(|()| absolute(path))
}

fn named_by(settings: &Settings) -> FolderOrigin {
    settings
        .knowledge
        .root_origin
        .map_or(FolderOrigin::Flag, FolderOrigin::Setting)
}

fn folder(path: &Path, named_by: FolderOrigin) -> Result<(), KnowledgeFolderError> {
    let problem = match std::fs::metadata(path) {
        Ok(found) if !found.is_dir() => FolderProblem::NotAFolder,
        Ok(_) if path.join("intents").is_dir() => return Ok(()),
        Ok(_) => FolderProblem::NoIntents { near: near(path) },
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            FolderProblem::Missing
        }
        Err(error) => FolderProblem::Unreadable(error.kind()),
    };
    Err(KnowledgeFolderError {
        path: absolute(path),
        problem,
        named_by,
    })
}

/// The folder that was probably meant: the parent if the path ends in `intents`, or the only folder
/// inside that has `intents/`.
fn near(path: &Path) -> Option<PathBuf> {
    let path = absolute(path);
    let is_knowledge = |folder: &Path| folder.join("intents").is_dir();
    let parent = path
        .parent()
        .filter(|parent| is_knowledge(parent) && path.ends_with("intents"));
    let inside = || {
        let entries = std::fs::read_dir(&path)
            .ok()?
            .flatten()
            .map(|entry| entry.path());
        let mut found: Vec<PathBuf> = entries
            .filter(|folder| is_knowledge(folder))
            .take(2)
            .collect();
        // with several candidates it would be a guess
        found.pop().filter(|_| found.is_empty())
    };
    parent.map(Path::to_owned).or_else(inside)
}

/// Canonical if the folder exists.
fn absolute(path: &Path) -> PathBuf {
    path.canonicalize()
        .or_else(|_| std::path::absolute(path))
        .unwrap_or_else(|_| path.to_owned())
}

impl fmt::Display for KnowledgeFolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        let (zh, en) = match &self.problem {
            FolderProblem::Missing => (
                "没有这个文件夹".to_owned(),
                "there is no such folder".to_owned(),
            ),
            FolderProblem::NotAFolder => {
                ("这不是文件夹".to_owned(), "this is no folder".to_owned())
            }
            FolderProblem::NoIntents { .. } => (
                "这里不是知识文件夹：没有 intents/".to_owned(),
                "no knowledge folder: it has no intents/".to_owned(),
            ),
            FolderProblem::Unreadable(kind) => (
                format!("打不开（{kind}）"),
                format!("cannot be opened ({kind})"),
            ),
        };
        let by = match self.named_by {
            FolderOrigin::Argument => "来自命令行 / from the command line".to_owned(),
            FolderOrigin::Flag => "来自 --root / from --root".to_owned(),
            FolderOrigin::Setting(origin) => format!("来自 WENLU_ROOT，{origin} / from WENLU_ROOT"),
            FolderOrigin::CurrentFolder => "当前文件夹 / the current folder".to_owned(),
        };
        writeln!(f, "{path}: {zh} / {en}（{by}）")?;
        match (&self.problem, self.named_by) {
            (FolderProblem::NoIntents { near: Some(near) }, _) => {
                write!(f, "帮助 / help: 您是不是要用 {0}？ / did you mean {0}?", near.display())
            }
            (FolderProblem::NotAFolder | FolderProblem::Unreadable(_), _) => {
                f.write_str("帮助 / help: 改成有 intents/ 和 content/ 的文件夹 / name a folder that holds intents/ and content/")
            }
            (_, FolderOrigin::CurrentFolder) => f.write_str(
                "帮助 / help: `wenlu init 文件夹` 把内置的知识写成文件（加 --empty 就从空的开始）；已有的用 --root 或 WENLU_ROOT 指定 / \
                 `wenlu init DIR` makes files of the built-in knowledge, with --empty only the folders; name one that you have \
                 with --root or WENLU_ROOT",
            ),
            _ => write!(
                f,
                "帮助 / help: 改成有 intents/ 和 content/ 的文件夹；`wenlu init {path}` 会在那里写好内置的知识 / name a folder that \
                 holds intents/ and content/, or make one: `wenlu init {path}`"
            ),
        }
    }
}
