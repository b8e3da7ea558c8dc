//! The file that keeps the vectors of the knowledge, so that a start asks for none. In: vectors. Out:
//! the same vectors, or none: a file that is broken, too large or another version's counts as none,
//! and one that cannot be written is only told. Deleting it costs the time to ask again. Must not
//! know: texts, models.

use super::memory::{LearntVectors, MAX_LEARNT};
use super::text_key::TextKey;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the file begins with; another form gets another number.
const MARK: &[u8; 16] = b"wenlu vectors 1\n";
/// Bytes that are read and written, at most.
const MAX_BYTES: u64 = 1 << 30;
const DIGEST: usize = 32;
const HEAD: usize = MARK.len() + 8;

/// A file of vectors.
pub(super) struct VectorCache {
    path: PathBuf,
}

impl VectorCache {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// What is kept; `None` if there is nothing that can be used.
    pub(super) fn load(&self) -> Option<LearntVectors> {
        let bytes = match read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(%error, file = %self.path.display(), "the encoder's kept vectors cannot be read");
                return None;
            }
        };
        let vectors = parse(&bytes);
        if vectors.is_none() {
            tracing::warn!(file = %self.path.display(), "the encoder's kept vectors are no such file; they are asked for anew");
        }
        vectors
    }

    /// Replaces the file as a whole.
    pub(super) fn save(&self, vectors: &LearntVectors) {
        if let Err(error) = self.write(vectors) {
            tracing::warn!(%error, file = %self.path.display(), "the encoder's vectors cannot be kept; the next start asks for them again");
        }
    }

    fn write(&self, vectors: &LearntVectors) -> io::Result<()> {
        let folder = self.path.parent().filter(|path| *path != Path::new(""));
        let temporary = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        let mut out = DigestWriter {
            out: BufWriter::new(temporary.as_file()),
            digest: Sha256::new(),
        };
        let length = vectors.values().next().map_or(0, |vector| vector.len());
        let entry = (TextKey::BYTES + 4 * length) as u64;
        let most = (MAX_BYTES - (HEAD + DIGEST) as u64) / entry;
        let mut keys: Vec<&TextKey> = vectors.keys().collect();
        keys.sort_unstable();
        keys.truncate(usize::try_from(most).unwrap_or(MAX_LEARNT).min(MAX_LEARNT));
        out.put(MARK)?;
        out.put(&(length as u32).to_le_bytes())?;
        out.put(&(keys.len() as u32).to_le_bytes())?;
        for key in keys {
            out.put(&key.0)?;
            for value in vectors.get(key).iter().flat_map(|vector| vector.iter()) {
                out.put(&value.to_le_bytes())?;
            }
        }
        out.finish()?;
        temporary.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// Writes, and hashes what was written.
struct DigestWriter<'a> {
    out: BufWriter<&'a File>,
    digest: Sha256,
}

impl DigestWriter<'_> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.digest.update(bytes);
        self.out.write_all(bytes)
    }

    fn finish(mut self) -> io::Result<()> {
        let digest = self.digest.finalize();
        self.out.write_all(&digest)?;
        self.out.flush()
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn parse(bytes: &[u8]) -> Option<LearntVectors> {
    let (content, digest) = bytes.split_at_checked(bytes.len().checked_sub(DIGEST)?)?;
    if Sha256::digest(content).as_slice() != digest {
        return None;
    }
    let (length, rest) = content.strip_prefix(MARK)?.split_first_chunk::<4>()?;
    let (count, entries) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let count = usize::try_from(u32::from_le_bytes(*count)).ok()?;
    let size = TextKey::BYTES + 4 * length;
    if length == 0 || entries.len() != count.checked_mul(size)? {
        return None;
    }
    let entry = |bytes: &[u8]| {
        let (key, values) = bytes.split_first_chunk::<{ TextKey::BYTES }>()?;
        let values: Arc<[f32]> = values
            .as_chunks::<4>()
            .0
            .iter()
            .map(|value| f32::from_le_bytes(*value))
            .collect();
        Some((TextKey(*key), values))
    };
    entries.chunks_exact(size).map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_comes_back_and_a_broken_file_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vectors");
        let cache = VectorCache::new(path.clone());
        assert!(cache.load().is_none());
        let vectors: LearntVectors = [("a", [1.0, -2.5]), ("b", [0.25, 3.0])]
            .map(|(text, values)| (TextKey::of("m", text), values.to_vec().into()))
            .into_iter()
            .collect();
        cache.save(&vectors);
        assert_eq!(cache.load(), Some(vectors));
        let bytes = std::fs::read(&path).unwrap();
        for broken in [
            bytes[..bytes.len() - 1].to_vec(),
            [&bytes[..40], &[bytes[40] ^ 1], &bytes[41..]].concat(),
            b"wenlu vectors 1\n".to_vec(),
            Vec::new(),
        ] {
            std::fs::write(&path, broken).unwrap();
            assert!(cache.load().is_none());
        }
    }
}
