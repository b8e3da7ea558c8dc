//! The `.env` file. In: its path. Out: its variables with their lines; and the same file with
//! another threshold, everything else unchanged. Must not know: what the other variables mean.

use super::env_syntax::{self, EnvLine};
use super::environment;
use super::knowledge::THRESHOLD;
use super::mistake::{BadSetting, BadSettings, SettingOrigin};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The file in the current folder.
pub(super) const ENV_FILE: &str = ".env";

/// The file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("写不了 / cannot write {path}: {source}")]
pub struct EnvFileError {
    path: String,
    source: std::io::Error,
}

/// The variables of a `.env` file.
#[derive(Debug, Default)]
pub(super) struct EnvFile(pub Vec<EnvLine>);

impl EnvFile {
    /// The line that sets `name`; the last one if there are several.
    pub(super) fn line(&self, name: &str) -> Option<&EnvLine> {
        self.0.iter().rfind(|line| line.name == name)
    }

    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.line(name).map(|line| line.value.as_str())
    }
}

/// Reads the file; a missing file has no variables. Lines that cannot be parsed are reported by
/// number and not quoted, since they may hold a secret. Mistakes in lines for other programs
/// (`is_ours` returns false) are ignored.
pub(super) fn read(path: &Path, is_ours: impl Fn(&str) -> bool) -> Result<EnvFile, BadSettings> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(EnvFile::default()),
        Err(error) => {
            let reason = format!("读不了这个文件 / the file cannot be read: {error}");
            return Err(BadSettings(vec![BadSetting::new(".env", &reason)]));
        }
    };
    let (lines, mistakes) = env_syntax::read(&bytes, environment::variable);
    let ours = mistakes
        .iter()
        .filter(|mistake| mistake.name.as_deref().is_none_or(&is_ours));
    let wrong: Vec<_> = ours
        .map(|mistake| {
            let place = SettingOrigin::EnvFile { line: mistake.line };
            match &mistake.name {
                Some(name) => BadSetting::new(&format!("{place}: {name}"), mistake.reason),
                None => BadSetting::new(&place.to_string(), mistake.reason),
            }
        })
        .collect();
    if wrong.is_empty() {
        Ok(EnvFile(lines))
    } else {
        Err(BadSettings(wrong))
    }
}

/// Sets the threshold in the `.env` file at `path`, which is created if it does not exist. Other
/// lines and the file's permissions do not change; readers see the old file or the new one, never a
/// part of it.
pub(crate) fn write_threshold(path: &Path, threshold: f64) -> Result<(), EnvFileError> {
    replace(path, threshold).map_err(|source| EnvFileError {
        path: path.display().to_string(),
        source,
    })
}

fn replace(path: &Path, threshold: f64) -> std::io::Result<()> {
    // a link is kept: its target is replaced
    let place = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (old, permissions) = match std::fs::read_to_string(&place) {
        Ok(text) => (text, Some(std::fs::metadata(&place)?.permissions())),
        Err(error) if error.kind() == ErrorKind::NotFound => (String::new(), None),
        Err(error) => return Err(error),
    };
    let draft = PathBuf::from(format!("{}.new-{}", place.display(), std::process::id()));
    let written = write(&draft, &with_threshold(&old, threshold), permissions)
        .and_then(|()| std::fs::rename(&draft, &place));
    if written.is_err() {
        // removes the incomplete draft
        let _ = std::fs::remove_file(&draft);
    }
    written
}

/// Writes the draft readable by its owner only, then gives it the old file's permissions: the file
/// may hold secrets.
fn write(
    draft: &Path,
    text: &str,
    permissions: Option<std::fs::Permissions>,
) -> std::io::Result<()> {
    let mut file: File = private(OpenOptions::new().write(true).create_new(true)).open(draft)?;
    file.write_all(text.as_bytes())?;
    if let Some(permissions) = permissions {
        file.set_permissions(permissions)?;
    }
    file.sync_all()
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

fn with_threshold(old: &str, threshold: f64) -> String {
    let ending = if old.contains("\r\n") { "\r\n" } else { "\n" };
    let setting = format!("{THRESHOLD}={threshold}");
    let sets = |line: &str| {
        let line = line.trim_start_matches('\u{feff}').trim_start();
        let name = line
            .strip_prefix("export ")
            .unwrap_or(line)
            .split('=')
            .next()
            .unwrap_or_default();
        line.contains('=') && name.trim() == THRESHOLD
    };
    let mut text = String::with_capacity(old.len() + setting.len() + 2);
    let mut done = false;
    for line in old.split_inclusive('\n') {
        let end = if line.ends_with('\n') { ending } else { "" };
        // the last line counts if there are several; all of them are set
        text += &if sets(line) {
            done = true;
            let mark = if line.starts_with('\u{feff}') {
                "\u{feff}"
            } else {
                ""
            };
            format!("{mark}{setting}{end}")
        } else {
            line.to_owned()
        };
    }
    if !done {
        if !text.is_empty() && !text.ends_with('\n') {
            text += ending;
        }
        text += &format!("{setting}{ending}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_other_line_stays() {
        for (old, new) in [
            ("", "WENLU_THRESHOLD=0.62\n"),
            (
                "# 阈值\n#WENLU_THRESHOLD=0.5\nA=1",
                "# 阈值\n#WENLU_THRESHOLD=0.5\nA=1\nWENLU_THRESHOLD=0.62\n",
            ),
            (
                "A=1\n WENLU_THRESHOLD = 0.5 \n\nB=2\n",
                "A=1\nWENLU_THRESHOLD=0.62\n\nB=2\n",
            ),
            (
                "export WENLU_THRESHOLD=1\nWENLU_THRESHOLD=0",
                "WENLU_THRESHOLD=0.62\nWENLU_THRESHOLD=0.62",
            ),
            (
                "\u{feff}WENLU_THRESHOLD=1\r\nA=1\r\n",
                "\u{feff}WENLU_THRESHOLD=0.62\r\nA=1\r\n",
            ),
            (
                "WENLU_THRESHOLD=1\r\nWENLU_THRESHOLDS=1\r\n",
                "WENLU_THRESHOLD=0.62\r\nWENLU_THRESHOLDS=1\r\n",
            ),
        ] {
            assert_eq!(with_threshold(old, 0.62), new, "{old:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_permissions_stay() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join(".env"));
        std::fs::write(&real, "TELOXIDE_TOKEN=secret\n").unwrap();
        std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write_threshold(&link, 0.5).unwrap();
        assert_eq!(
            std::fs::read_to_string(&real).unwrap(),
            "TELOXIDE_TOKEN=secret\nWENLU_THRESHOLD=0.5\n"
        );
        assert_eq!(
            std::fs::metadata(&real).unwrap().permissions().mode() & 0o777,
            0o640
        );
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
