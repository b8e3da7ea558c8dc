//! The data files that travel inside the program. Out: [`DataFiles`], and the sentences that stand in
//! for those that a folder leaves out.

use super::content::Variables;
use super::data_files::{DataFiles, FileContent};
use super::{BotSentences, content};
use crate::model::Lang;
use include_dir::DirEntry;
use include_dir::{Dir, include_dir};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

impl DataFiles {
    /// The knowledge that this crate was built with.
    pub fn shipped() -> DataFiles {
        fn add(dir: &'static Dir, prefix: &str, entries: &mut BTreeMap<String, FileContent>) {
            for entry in dir.entries() {
                match entry {
                    DirEntry::Dir(dir) => add(dir, prefix, entries),
                    DirEntry::File(file) => {
                        let path = file
                            .path()
                            .components()
                            .map(|c| c.as_os_str().to_string_lossy())
                            .collect::<Vec<_>>();
                        entries.insert(
                            format!("{prefix}/{}", path.join("/")),
                            FileContent::Bytes(Cow::Borrowed(file.contents())),
                        );
                    }
                }
            }
        }
        let mut files = DataFiles {
            has_intents_folder: true,
            ..DataFiles::default()
        };
        add(&INTENTS, "intents", &mut files.entries);
        add(&CONTENT, "content", &mut files.entries);
        files
    }
}

static INTENTS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/intents");

static CONTENT: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/content");

/// The built-in sentences that name a field or an address of it, in words that fit any knowledge.
fn neutral_sentences(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => include_str!("neutral/zh.toml"),
        Lang::En => include_str!("neutral/en.toml"),
    }
}

/// The built-in sentences, with the built-in variables, which stand in for those that a folder
/// leaves out.
pub(super) fn shipped_sentences() -> BTreeMap<Lang, BotSentences> {
    static SHIPPED: LazyLock<BTreeMap<Lang, BotSentences>> = LazyLock::new(|| {
        let text = |path: &str| {
            CONTENT
                .get_file(path)
                .and_then(|f| f.contents_utf8())
                .unwrap_or_default()
        };
        // mistakes in them are reported where the built-in files are loaded
        let mut mistakes = Vec::new();
        let variables: Variables = content::variables("", text("variables.toml"), &mut mistakes);
        let parsed = |lang, file| {
            content::sentences("", lang, file, &variables, &mut Vec::new())
                .0
                .0
        };
        let read = |lang: Lang| {
            let mut sentences = parsed(lang, text(&format!("{}/_bot.toml", lang.tag())));
            sentences.extend(parsed(lang, neutral_sentences(lang)));
            (lang, BotSentences(sentences))
        };
        Lang::ALL.into_iter().map(read).collect()
    });
    SHIPPED.clone()
}
