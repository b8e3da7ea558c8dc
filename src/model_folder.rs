//! The folder that keeps trained models, so that a start or an edit that trains nothing new is
//! quick. In: models under their keys. Out: the same bytes, or none: what is broken or another
//! program's counts as none, and a folder that cannot be written is only told. Deleting any of it
//! costs the time to train again. Must not know: what a model is made of.

use crate::clock;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use wenlu_core::router::{ModelCache, ModelKey};

/// What a file begins with; the key follows, then the model, then a SHA-256 of all that.
const MARK: &[u8; 14] = b"wenlu model 1\n";
const DIGEST: usize = 32;
const ENDING: &str = "model";
/// Of a file that is being written.
const UNFINISHED: &str = "part";
/// How many models are kept: the one that serves, and those of drafts.
const MAX_MODELS: usize = 8;
/// How many bytes they take together. A model of ten thousand intents takes about a hundred
/// million.
const MAX_BYTES: u64 = 1 << 30;
/// A file that was begun so long ago is of a process that was killed.
const ABANDONED: Duration = Duration::from_secs(3_600);

/// A folder of models, the files of which it made itself.
#[derive(Debug)]
pub(crate) struct ModelFolder {
    path: PathBuf,
}

impl ModelFolder {
    /// The folder is made when the first model is kept.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    fn file_of(&self, key: &ModelKey) -> PathBuf {
        self.path.join(key.hex()).with_extension(ENDING)
    }

    fn read(&self, key: &ModelKey) -> io::Result<Option<Vec<u8>>> {
        let path = self.file_of(key);
        let file = File::open(&path)?;
        let mut bytes = Vec::new();
        (&file).take(MAX_BYTES).read_to_end(&mut bytes)?;
        let model = model_in(bytes, key);
        if model.is_some() {
            // what is used stays; a folder that is read-only keeps the order of writing
            let _ = file.set_modified(now());
        }
        Ok(model)
    }

    fn write(&self, key: &ModelKey, model: &[u8]) -> io::Result<()> {
        let head = [MARK, key.hex().as_bytes()].concat();
        if (head.len() + model.len() + DIGEST) as u64 >= MAX_BYTES {
            return Ok(());
        }
        fs::create_dir_all(&self.path)?;
        let mut file = tempfile::Builder::new()
            .suffix(&format!(".{UNFINISHED}"))
            .tempfile_in(&self.path)?;
        let digest = Sha256::new().chain_update(&head).chain_update(model);
        for part in [&head, model, &digest.finalize()] {
            file.write_all(part)?;
        }
        file.persist(self.file_of(key))
            .map_err(|error| error.error)?;
        self.delete_old()
    }

    /// Deletes what was used longest ago, and what a killed process left behind.
    fn delete_old(&self) -> io::Result<()> {
        let mut models = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            // another process may have deleted it
            let Ok(about) = fs::metadata(&path) else {
                continue;
            };
            let modified = about.modified()?;
            match path.extension().and_then(|ending| ending.to_str()) {
                Some(ENDING) => models.push((modified, about.len(), path)),
                Some(UNFINISHED) if modified.elapsed().is_ok_and(|age| age > ABANDONED) => {
                    delete(&path)?
                }
                _ => {}
            }
        }
        models.sort();
        let mut bytes = 0;
        for (at, (_, length, path)) in models.iter().rev().enumerate() {
            bytes += length;
            if at >= MAX_MODELS || bytes > MAX_BYTES {
                delete(path)?;
            }
        }
        Ok(())
    }
}

impl ModelCache for ModelFolder {
    fn load(&self, key: &ModelKey) -> Option<Vec<u8>> {
        let file = || self.file_of(key).display().to_string();
        match self.read(key) {
            Ok(Some(model)) => Some(model),
            Ok(None) => {
                tracing::warn!(
                    file = file(),
                    "a kept model is broken; it is trained and kept anew"
                );
                None
            }
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(%error, file = file(), "a kept model cannot be read; it is trained anew");
                None
            }
        }
    }

    fn save(&self, key: &ModelKey, model: &[u8]) {
        if let Err(error) = self.write(key, model) {
            tracing::info!(%error, folder = %self.path.display(), "the trained model cannot be kept; the next start trains it again");
        }
    }
}

/// The model in the bytes of a file, if they are whole and belong to `key`.
fn model_in(mut bytes: Vec<u8>, key: &ModelKey) -> Option<Vec<u8>> {
    let head = MARK.len() + key.hex().len();
    let end = bytes.len().checked_sub(DIGEST)?;
    let (content, digest) = bytes.split_at_checked(end)?;
    let is_ours = content
        .strip_prefix(MARK)?
        .starts_with(key.hex().as_bytes());
    if !is_ours || Sha256::digest(content).as_slice() != digest {
        return None;
    }
    bytes.truncate(end);
    bytes.drain(..head);
    Some(bytes)
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(clock::now().0.unsigned_abs())
}

fn delete(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use wenlu_core::knowledge::{Intent, Knowledge};
    use wenlu_core::router::Router;

    /// A key, as the router makes one; another one for another example.
    fn key_of(example: &str) -> ModelKey {
        #[derive(Default)]
        struct Seen(Mutex<Option<ModelKey>>);
        impl ModelCache for Seen {
            fn load(&self, key: &ModelKey) -> Option<Vec<u8>> {
                *self.0.lock().unwrap() = Some(*key);
                None
            }
            fn save(&self, _: &ModelKey, _: &[u8]) {}
        }
        let intent = Intent {
            examples: vec![example.to_owned()],
            ..Intent::default()
        };
        let knowledge = Knowledge {
            intents: vec![intent],
            ..Knowledge::default()
        };
        let seen = Seen::default();
        Router::build_cached(&knowledge, &seen);
        seen.0.into_inner().unwrap().unwrap()
    }

    #[test]
    fn what_was_kept_comes_back_and_the_broken_and_the_foreign_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let models = ModelFolder::new(folder.path().join("models"));
        let (key, other) = (key_of("a"), key_of("b"));
        assert_ne!(key, other);
        assert_eq!(models.load(&key), None);
        models.save(&key, b"one");
        models.save(&key, b"the model");
        assert_eq!(models.load(&key).as_deref(), Some(&b"the model"[..]));
        let whole = fs::read(models.file_of(&key)).unwrap();
        // under another's name
        fs::write(models.file_of(&other), &whole).unwrap();
        assert_eq!(models.load(&other), None);
        for at in [0, 20, 60, whole.len() - 1] {
            let mut broken = whole.clone();
            broken[at] ^= 1;
            fs::write(models.file_of(&key), &broken).unwrap();
            assert_eq!(models.load(&key), None, "{at}");
            fs::write(models.file_of(&key), &whole[..at]).unwrap();
            assert_eq!(models.load(&key), None, "cut at {at}");
        }
    }

    #[test]
    fn the_folder_stays_small_and_what_is_used_stays() {
        let folder = tempfile::tempdir().unwrap();
        let models = ModelFolder::new(folder.path().to_owned());
        let keys: Vec<ModelKey> = (0..MAX_MODELS + 3)
            .map(|n| key_of(&n.to_string()))
            .collect();
        let age = |path: &Path, seconds: u64| {
            let file = File::options().write(true).open(path).unwrap();
            file.set_modified(now() - Duration::from_secs(seconds))
                .unwrap();
        };
        for (at, key) in keys.iter().enumerate() {
            models.save(key, b"model");
            age(&models.file_of(key), 1_000 - at as u64);
            // used each time, it outlives those that came after it
            assert!(models.load(&keys[0]).is_some());
        }
        let left = || fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left(), MAX_MODELS);
        assert!(models.load(&keys[1]).is_none());
        let [old, new, foreign] = ["old.part", "new.part", "notes.txt"].map(|name| {
            let path = folder.path().join(name);
            fs::write(&path, "x").unwrap();
            path
        });
        age(&old, 2 * ABANDONED.as_secs());
        age(&foreign, 2 * ABANDONED.as_secs());
        models.save(&keys[0], b"model");
        assert!(!old.exists() && new.exists() && foreign.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_cannot_be_made_is_no_error() {
        let models = ModelFolder::new(PathBuf::from("/dev/null/models"));
        let key = key_of("a");
        models.save(&key, b"model");
        assert_eq!(models.load(&key), None);
    }
}
