//! Builder that all formats are read into. In: sentences, replies and words, each with its
//! location. Out: intents, of which `assemble` makes data files. Keeps what the loader accepts and
//! notes the rest. Must not know: formats, data files.

use super::own_table::OwnRow;
use super::reply::{self, ReplySyntax};
use super::{ImportError, ImportLocation, ImportNote, LossKind, excerpt};
use std::collections::{BTreeMap, HashMap, HashSet};
use wenlu_core::eval::NONE_LABEL;
use wenlu_core::knowledge::IntentKind;
use wenlu_core::model::Lang;
use wenlu_core::text::normalize::normalize;

/// What has been read so far.
#[derive(Debug, Default)]
pub(crate) struct ImportBuilder {
    /// In the order of first mention.
    pub(super) topics: Vec<ImportedIntent>,
    by_label: HashMap<String, usize>,
    pub(super) out_of_scope: Vec<String>,
    /// Normalised sentence → its label.
    seen: HashMap<String, String>,
    pub(super) words: Vec<String>,
    seen_words: HashSet<String>,
    pub(super) synonyms: Vec<Vec<String>>,
    seen_synonyms: HashMap<String, usize>,
    /// Normalised category → its first spelling.
    categories: HashMap<String, String>,
    pub(super) notes: Vec<ImportNote>,
    /// The rows of a table of ours.
    pub(super) own_rows: Vec<OwnRow>,
    tallies: HashMap<(LossKind, String), usize>,
    /// The first thing that could not be read: why nothing came of it, if nothing did.
    pub(super) fault: Option<ImportError>,
}

/// An intent as it was read.
#[derive(Debug)]
pub(crate) struct ImportedIntent {
    pub label: String,
    /// The label is its title, and no name in another system.
    pub is_titled: bool,
    /// The id that a table of ours gives it.
    pub id: Option<String>,
    pub title: Option<String>,
    pub title_en: Option<String>,
    /// The title of the menu that it belongs to.
    pub category: Option<String>,
    pub kind: IntentKind,
    pub place: ImportLocation,
    pub examples: Vec<String>,
    /// Near misses.
    pub not: Vec<String>,
    /// What asks for a section of the reply, by the section's id.
    pub sections: Vec<(String, Vec<String>)>,
    /// Markdown without the title.
    pub replies: BTreeMap<Lang, String>,
}

impl ImportBuilder {
    /// Adds an example of `label`, which may be [`NONE_LABEL`].
    pub(crate) fn example(&mut self, label: &str, text: &str, place: ImportLocation) {
        self.declare_intent(label, &place);
        let normal = normalize(text);
        if normal.is_empty() {
            let note = format!("{}没有文字，略去", excerpt(text));
            return self.note(LossKind::Repeated, place, &note);
        }
        match self.seen.get(&normal).cloned() {
            Some(first) if first == label => {
                let note = format!("{}在 {label} 里已有，略去", excerpt(text));
                self.note(LossKind::Repeated, place, &note);
            }
            Some(first) => {
                let note = format!("{}已归入 {first}，不再归入 {label}", excerpt(text));
                self.note(LossKind::Ambiguous, place, &note);
            }
            None => {
                self.seen.insert(normal, label.to_owned());
                let trimmed = text.trim().to_owned();
                if trimmed != text {
                    self.note_counted(LossKind::Wording, place, "句子两端的空白没有带过来");
                }
                match self.topic(label) {
                    Some(topic) => topic.examples.push(trimmed),
                    None => self.out_of_scope.push(trimmed),
                }
            }
        }
    }

    /// The label of which `text` is an example.
    pub(crate) fn label_of(&self, text: &str) -> Option<&str> {
        self.seen.get(&normalize(text)).map(String::as_str)
    }

    /// Creates the intent `label` unless it exists.
    pub(crate) fn declare_intent(&mut self, label: &str, place: &ImportLocation) {
        if label != NONE_LABEL && !self.by_label.contains_key(label) {
            self.by_label.insert(label.to_owned(), self.topics.len());
            self.topics.push(ImportedIntent {
                label: label.to_owned(),
                is_titled: false,
                id: None,
                title: None,
                title_en: None,
                category: None,
                kind: IntentKind::Answer,
                place: place.clone(),
                examples: Vec::new(),
                not: Vec::new(),
                sections: Vec::new(),
                replies: BTreeMap::new(),
            });
        }
    }

    /// Creates an intent whose name is its title: a question that somebody asks.
    pub(crate) fn declare_question(&mut self, title: &str, place: &ImportLocation) {
        self.declare_intent(title, place);
        if let Some(topic) = self.topic(title) {
            topic.is_titled = true;
        }
    }

    pub(crate) fn has(&self, label: &str) -> bool {
        self.by_label.contains_key(label)
    }

    /// Sets the title, unless there is one already; without one it is made from the label.
    pub(crate) fn title(&mut self, label: &str, title: &str) {
        if let Some(topic) = self.topic(label) {
            topic
                .title
                .get_or_insert_with(|| title.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }

    /// Puts the intent into the menu of that name; only the first counts.
    pub(crate) fn category(&mut self, label: &str, category: &str, place: ImportLocation) {
        let normal = normalize(category);
        if normal.is_empty() {
            return;
        }
        // one spelling each: two menus that differ in case only would be the same words
        let spelling = category.split_whitespace().collect::<Vec<_>>().join(" ");
        let category = self.categories.entry(normal).or_insert(spelling).clone();
        let Some(topic) = self.topic(label) else {
            return;
        };
        match &topic.category {
            None => topic.category = Some(category),
            Some(first) if *first != category => {
                let note = format!("{label} 已在分类 {first} 里，不再归入 {category}");
                self.note(LossKind::Field, place, &note);
            }
            Some(_) => {}
        }
    }

    /// Changes what is known of an intent besides its examples and replies.
    pub(crate) fn with_topic(&mut self, label: &str, change: impl FnOnce(&mut ImportedIntent)) {
        if let Some(topic) = self.topic(label) {
            change(topic);
        }
    }

    /// Adds a reply of `label`; only the first in each language is kept.
    pub(crate) fn reply(
        &mut self,
        label: &str,
        lang: Lang,
        text: &str,
        source: ReplySyntax,
        place: ImportLocation,
    ) {
        let Some(topic) = self.topic(label) else {
            let note = format!("范围外的话没有自己的回复，没有带过来：{}", excerpt(text));
            return self.note(LossKind::LooseReply, place, &note);
        };
        if topic.replies.contains_key(&lang) {
            let note = format!("{label} 已有回复，这一条没有带过来：{}", excerpt(text));
            return self.note(LossKind::FurtherReply, place, &note);
        }
        let made = reply::make(text, source);
        if !made.body.is_empty() {
            topic.replies.insert(lang, made.body);
        }
        for change in &made.changes {
            let note = format!("{label} 的回复：{change}");
            self.note(LossKind::ReplyForm, place.clone(), &note);
        }
        if let Some(code) = &made.unfilled {
            self.note(
                LossKind::Unfilled,
                place,
                &format!("{label} 的回复：{code}"),
            );
        }
    }

    /// Adds a word that segmentation must not split.
    pub(crate) fn word(&mut self, word: &str, place: ImportLocation) {
        let normal = normalize(word);
        if normal.is_empty() {
            let note = format!("词 {} 没有文字，略去", excerpt(word));
            self.note(LossKind::Entity, place, &note);
        } else if self.seen_words.insert(normal) {
            self.words.push(word.trim().to_owned());
        }
    }

    /// Adds `word` to the synonyms of `standard`.
    pub(crate) fn synonym(&mut self, standard: &str, word: &str, place: ImportLocation) {
        let (first, second) = (normalize(standard), normalize(word));
        if first.is_empty() || second.is_empty() {
            let (standard, word) = (excerpt(standard), excerpt(word));
            let note = format!("同义词 {standard} = {word} 没有文字，略去");
            return self.note(LossKind::Entity, place, &note);
        }
        if first == second {
            return;
        }
        let group = self.seen_synonyms.get(&first).copied().unwrap_or_else(|| {
            self.synonyms.push(vec![standard.trim().to_owned()]);
            self.seen_synonyms.insert(first, self.synonyms.len() - 1);
            self.synonyms.len() - 1
        });
        match self.seen_synonyms.get(&second) {
            Some(at) if *at == group => {}
            Some(_) => {
                let (word, standard) = (excerpt(word), excerpt(standard));
                let note = format!("{word}已在另一组同义词里，不再归入 {standard}");
                self.note(LossKind::Entity, place, &note);
            }
            None => {
                self.seen_synonyms.insert(second, group);
                if let Some(group) = self.synonyms.get_mut(group) {
                    group.push(word.trim().to_owned());
                }
            }
        }
    }

    /// An example marks a part of it as an entity: only the text is kept.
    pub(crate) fn unmarked(&mut self, entity: &str, place: ImportLocation) {
        let note = format!("实体 {entity} 的标注没有带过来，只留下文字");
        self.note_counted(LossKind::Entity, place, &note);
    }

    pub(crate) fn own_row(&mut self, row: OwnRow) {
        self.own_rows.push(row);
    }

    pub(crate) fn note(&mut self, kind: LossKind, place: ImportLocation, note: &str) {
        self.notes.push(ImportNote {
            kind,
            place,
            note: note.to_owned(),
            times: 1,
        });
    }

    /// Adds a note; the same note again only raises its count.
    pub(crate) fn note_counted(&mut self, kind: LossKind, place: ImportLocation, note: &str) {
        let tally = (kind, note.to_owned());
        match self
            .tallies
            .get(&tally)
            .and_then(|at| self.notes.get_mut(*at))
        {
            Some(first) => first.times += 1,
            None => {
                self.tallies.insert(tally, self.notes.len());
                self.note(kind, place, note);
            }
        }
    }

    /// Something that cannot be read is left out, and the rest is read.
    pub(crate) fn skip(&mut self, fault: ImportError) {
        self.note(LossKind::Broken, fault.place.clone(), &fault.what);
        self.fault.get_or_insert(fault);
    }

    /// Keeps what was read, or leaves out what could not be.
    pub(crate) fn unless_broken<T>(&mut self, read: Result<T, ImportError>) -> Option<T> {
        read.map_err(|fault| self.skip(fault)).ok()
    }

    /// `None` for [`NONE_LABEL`].
    fn topic(&mut self, label: &str) -> Option<&mut ImportedIntent> {
        self.topics.get_mut(*self.by_label.get(label)?)
    }
}
