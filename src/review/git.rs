//! Commits a change with git. In: the root of the data files, a change that was applied, and its
//! author. Out: the commit id. Runs the operator's `git` with its configuration and hooks; only the
//! files of the change are committed, whatever else was edited. Must not know: why the change was
//! made.

use super::change::ChangeSet;
use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Why there is no commit; the change itself stays.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("`git` could not be run")]
    NotRun(#[from] io::Error),
    /// With git's own message.
    #[error("git: {0}")]
    Refused(String),
}

/// Commits the files of `change` with `author` as the author's name.
pub fn commit(root: &Path, change: &ChangeSet, author: &str) -> Result<String, GitError> {
    let author = name(author);
    let paths: Vec<&str> = change.files.iter().map(|file| file.path.as_str()).collect();
    // --all also stages deletions
    git(
        root,
        &author,
        &[&["add", "--all", "--"], paths.as_slice()].concat(),
    )?;
    let message = format!("{}\n\n{}", change.summary, paths.join("\n"));
    git(
        root,
        &author,
        &[
            &["commit", "--quiet", "--message", &message, "--"],
            paths.as_slice(),
        ]
        .concat(),
    )?;
    let head = git(root, &author, &["rev-parse", "HEAD"])?;
    Ok(String::from_utf8_lossy(&head.stdout).trim().to_owned())
}

/// A name that git accepts, without line breaks, angle brackets and quotation marks.
fn name(author: &str) -> String {
    let plain: String = author
        .chars()
        .filter(|c| !c.is_control() && !"<>\"".contains(*c))
        .collect();
    let plain = plain.trim().trim_matches(['.', ',', ';', ':']);
    if plain.is_empty() {
        "wenlu".to_owned()
    } else {
        plain.to_owned()
    }
}

fn git(root: &Path, author: &str, args: &[&str]) -> Result<Output, GitError> {
    let mut command = Command::new("git");
    // paths are taken literally, not as patterns
    command
        .arg("--literal-pathspecs")
        .args(args)
        .current_dir(root)
        .stdin(Stdio::null());
    command.env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C");
    for role in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{role}_NAME"), author)
            .env(format!("GIT_{role}_EMAIL"), "wenlu@localhost");
    }
    let output = command.output()?;
    if output.status.success() {
        return Ok(output);
    }
    let said = [&output.stderr, &output.stdout]
        .map(|text| String::from_utf8_lossy(text).trim().to_owned());
    Err(GitError::Refused(
        said.into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or_default(),
    ))
}
