//! The shipped knowledge travels inside the binary: build again when it changes. A hash of the
//! crate's own sources tells models apart that another build trained. The dictionary is packed into
//! the form in which it is read.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() {
    for folder in ["intents", "content", "src", "dictionary"] {
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
    pack_dictionary().expect("the dictionary can be packed");
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

/// A trie, level by level: node 0 is the root, and the children of each node follow one another in
/// the order of their characters.
#[derive(Default)]
struct PackedTrie {
    /// The character that leads to each node.
    chars: Vec<u16>,
    /// The first child of each node; those of the next node follow its last.
    children: Vec<u32>,
    /// Which of the frequencies the word has that ends at each node, from 1; 0: no word ends there.
    frequencies: Vec<u16>,
}

/// Writes what `src/text/dictionary.rs` includes.
fn pack_dictionary() -> io::Result<()> {
    let text = fs::read_to_string("dictionary/words.txt")?;
    let lines = text.lines().filter(|line| !line.starts_with("# "));
    let words: Vec<(Vec<u16>, u32)> = lines
        .map(|line| {
            let (word, frequency) = line.split_once(' ').expect("a word and its frequency");
            let frequency = frequency.parse().expect("a frequency");
            // in the basic plane a unit is a character
            assert!(
                word.chars().all(|char| u32::from(char) < 0x1_0000),
                "{word:?} is in the basic plane"
            );
            (word.encode_utf16().collect(), frequency)
        })
        .collect();
    assert!(
        words.is_sorted_by(|a, b| a.0 < b.0),
        "the words are in order"
    );
    let all: BTreeSet<u32> = words.iter().map(|(_, frequency)| *frequency).collect();
    let frequencies: Vec<u32> = all.into_iter().collect();
    let trie = PackedTrie::of(&words, &frequencies);
    let total: u64 = words
        .iter()
        .map(|(_, frequency)| u64::from(*frequency))
        .sum();
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names the folder"));
    let write = |name: &str, bytes: Vec<u8>| fs::write(out.join(name), bytes);
    let of_u16 = |values: &[u16]| {
        values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect()
    };
    let of_u32 = |values: &[u32]| {
        values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect()
    };
    write("dictionary.chars", of_u16(&trie.chars))?;
    write("dictionary.children", of_u32(&trie.children))?;
    write("dictionary.words", of_u16(&trie.frequencies))?;
    write("dictionary.frequencies", of_u32(&frequencies))?;
    write("dictionary_total.rs", total.to_string().into_bytes())
}

impl PackedTrie {
    fn of(words: &[(Vec<u16>, u32)], frequencies: &[u32]) -> Self {
        let mut trie = Self::default();
        // the words below each node of a level, and how long their common beginning is
        let mut level = vec![(0u16, 0..words.len())];
        let mut depth = 0;
        while !level.is_empty() {
            let mut below = Vec::new();
            let next_level = trie.chars.len() + level.len();
            for (char, range) in level {
                let mut at = range.start;
                let mut frequency = 0;
                if words[at].0.len() == depth {
                    let found = frequencies.binary_search(&words[at].1);
                    let place = found.expect("one of the frequencies") + 1;
                    frequency = u16::try_from(place).expect("few frequencies");
                    at += 1;
                }
                trie.chars.push(char);
                let first = u32::try_from(next_level + below.len()).expect("few nodes");
                trie.children.push(first);
                trie.frequencies.push(frequency);
                while at < range.end {
                    let char = words[at].0[depth];
                    let same = words[at..range.end].iter();
                    let length = same.take_while(|(word, _)| word[depth] == char).count();
                    below.push((char, at..at + length));
                    at += length;
                }
            }
            level = below;
            depth += 1;
        }
        // where the children of the last node end
        trie.children
            .push(u32::try_from(trie.chars.len()).expect("few nodes"));
        trie
    }
}
