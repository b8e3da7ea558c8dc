//! The shipped knowledge travels inside the binary: build again when it changes. A hash of the
//! crate's own sources tells models apart that another build trained.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() {
    for folder in ["intents", "content", "src"] {
        println!("cargo:rerun-if-changed={folder}");
    }
    let mut files = Vec::new();
    let found = sources(Path::new("src"), &mut files);
    found.expect("the sources of the crate can be read");
    files.sort();
    let hash = files.iter().fold(0xcbf2_9ce4_8422_2325, |hash, path| {
        let text = fs::read(path).expect("a source of the crate can be read");
        fnv1a(fnv1a(hash, path.to_string_lossy().as_bytes()), &text)
    });
    println!("cargo:rustc-env=WENLU_CORE_SOURCES={hash:016x}");
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => sources(&path, files)?,
            false => files.push(path),
        }
    }
    Ok(())
}

fn fnv1a(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
