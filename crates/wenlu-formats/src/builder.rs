//! Builder that all formats are read into. In: sentences, replies and words, each with its
//! location. Out: [`ImportedKnowledge`]. Keeps what the loader accepts and notes the rest. Must not
//! know: formats.

use super::reply::{self, ReplySyntax};
use super::{ImportLocation, ImportNote, ImportedKnowledge, excerpt, names};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;
use wenlu_core::eval::NONE_LABEL;
use wenlu_core::knowledge::unwritten;
use wenlu_core::model::Lang;
use wenlu_core::text::normalize::normalize;

/// What has been read so far.
#[derive(Debug, Default)]
pub(crate) struct ImportBuilder {
    /// In the order of first mention.
    topics: Vec<ImportedIntent>,
    by_label: HashMap<String, usize>,
    out_of_scope: Vec<String>,
    /// Normalised sentence → its label.
    seen: HashMap<String, String>,
    words: Vec<String>,
    seen_words: HashSet<String>,
    synonyms: Vec<Vec<String>>,
    seen_synonyms: HashMap<String, usize>,
    notes: Vec<ImportNote>,
    tallies: HashMap<String, usize>,
}

#[derive(Debug)]
struct ImportedIntent {
    label: String,
    title: Option<String>,
    place: ImportLocation,
    examples: Vec<String>,
    /// Markdown without the title.
    replies: BTreeMap<Lang, String>,
}

impl ImportBuilder {
    /// Adds an example of `label`, which may be [`NONE_LABEL`].
    pub(crate) fn example(&mut self, label: &str, text: &str, place: ImportLocation) {
        self.declare_intent(label, &place);
        let normal = normalize(text);
        if normal.is_empty() {
            return self.note(place, &format!("{}没有文字，略去", excerpt(text)));
        }
        match self.seen.get(&normal).cloned() {
            Some(first) if first == label => {
                self.note(place, &format!("{}在 {label} 里已有，略去", excerpt(text)))
            }
            Some(first) => self.note(
                place,
                &format!("{}已归入 {first}，不再归入 {label}", excerpt(text)),
            ),
            None => {
                self.seen.insert(normal, label.to_owned());
                let trimmed = text.trim().to_owned();
                if trimmed != text {
                    self.note_counted(place, "句子两端的空白没有带过来");
                }
                match self.topic(label) {
                    Some(topic) => topic.examples.push(trimmed),
                    None => self.out_of_scope.push(trimmed),
                }
            }
        }
    }

    /// Creates the intent `label` unless it exists.
    pub(crate) fn declare_intent(&mut self, label: &str, place: &ImportLocation) {
        if label != NONE_LABEL && !self.by_label.contains_key(label) {
            self.by_label.insert(label.to_owned(), self.topics.len());
            let (label, place) = (label.to_owned(), place.clone());
            self.topics.push(ImportedIntent {
                label,
                title: None,
                place,
                examples: Vec::new(),
                replies: BTreeMap::new(),
            });
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

    /// Adds the reply of `label`; only the first in each language is kept.
    pub(crate) fn reply(
        &mut self,
        label: &str,
        lang: Lang,
        text: &str,
        source: ReplySyntax,
        place: ImportLocation,
    ) {
        let Some(topic) = self.topic(label) else {
            return self.note(
                place,
                &format!("范围外的话没有自己的回复，没有带过来：{}", excerpt(text)),
            );
        };
        if topic.replies.contains_key(&lang) {
            let note = format!("{label} 已有回复，这一条没有带过来：{}", excerpt(text));
            return self.note(place, &note);
        }
        let made = reply::make(text, source);
        if !made.body.is_empty() {
            topic.replies.insert(lang, made.body);
        }
        for change in &made.changes {
            self.note(place.clone(), &format!("{label} 的回复：{change}"));
        }
    }

    /// Adds a word that segmentation must not split.
    pub(crate) fn word(&mut self, word: &str, place: ImportLocation) {
        let normal = normalize(word);
        if normal.is_empty() {
            self.note(place, &format!("词 {} 没有文字，略去", excerpt(word)));
        } else if self.seen_words.insert(normal) {
            self.words.push(word.trim().to_owned());
        }
    }

    /// Adds `word` to the synonyms of `standard`.
    pub(crate) fn synonym(&mut self, standard: &str, word: &str, place: ImportLocation) {
        let (first, second) = (normalize(standard), normalize(word));
        if first.is_empty() || second.is_empty() {
            return self.note(
                place,
                &format!(
                    "同义词 {} = {} 没有文字，略去",
                    excerpt(standard),
                    excerpt(word)
                ),
            );
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
                let note = format!(
                    "{}已在另一组同义词里，不再归入 {}",
                    excerpt(word),
                    excerpt(standard)
                );
                self.note(place, &note);
            }
            None => {
                self.seen_synonyms.insert(second, group);
                self.synonyms
                    .get_mut(group)
                    .into_iter()
                    .for_each(|group| group.push(word.trim().to_owned()));
            }
        }
    }

    pub(crate) fn note(&mut self, place: ImportLocation, note: &str) {
        self.notes.push(ImportNote {
            place,
            note: note.to_owned(),
            times: 1,
        });
    }

    /// Adds a note; the same note again only raises its count.
    pub(crate) fn note_counted(&mut self, place: ImportLocation, note: &str) {
        match self
            .tallies
            .get(note)
            .and_then(|at| self.notes.get_mut(*at))
        {
            Some(first) => first.times += 1,
            None => {
                self.tallies.insert(note.to_owned(), self.notes.len());
                self.note(place, note);
            }
        }
    }

    /// Builds the data files.
    pub(crate) fn finish(mut self) -> ImportedKnowledge {
        let (topics, empty): (Vec<_>, Vec<_>) = std::mem::take(&mut self.topics)
            .into_iter()
            .partition(|topic| !topic.examples.is_empty());
        for ImportedIntent {
            label,
            place,
            replies,
            ..
        } in empty
        {
            let lost = if replies.is_empty() {
                ""
            } else {
                "，它的回复也没有带过来"
            };
            self.note(place, &format!("意图 {label} 没有例句，没有建立{lost}"));
        }
        let mut imported = ImportedKnowledge {
            out_of_scope: self.out_of_scope.len(),
            ..ImportedKnowledge::default()
        };
        let labels: Vec<&str> = topics.iter().map(|topic| topic.label.as_str()).collect();
        let ids = names::ids(&labels);
        for (topic, id) in topics.iter().zip(&ids) {
            if let Some(meaning) = names::refused(&topic.label) {
                let note = format!(
                    "意图 {} 改名为 {id}：{meaning}，导出和评测时仍用原来的名字",
                    topic.label
                );
                self.note(topic.place.clone(), &note);
            }
            imported.intents += 1;
            imported.examples += topic.examples.len();
            imported
                .files
                .insert(format!("intents/{id}.toml"), topic.intent(id));
            self.replies(topic, id, &mut imported);
        }
        self.synonyms.retain(|group| group.len() > 1);
        if !self.out_of_scope.is_empty() {
            let text = format!("{}\n", list("examples", &self.out_of_scope));
            imported
                .files
                .insert("intents/out-of-scope.toml".into(), text);
        }
        if !self.words.is_empty() || !self.synonyms.is_empty() {
            imported
                .files
                .insert("intents/lexicon.toml".into(), self.lexicon());
        }
        imported.notes = self.notes;
        imported
    }

    /// `None` for [`NONE_LABEL`].
    fn topic(&mut self, label: &str) -> Option<&mut ImportedIntent> {
        self.topics.get_mut(*self.by_label.get(label)?)
    }

    fn replies(&mut self, topic: &ImportedIntent, id: &str, imported: &mut ImportedKnowledge) {
        let title = [topic.title(), topic.label.clone()]
            .iter()
            .map(|t| names::plain(t))
            .find(|t| !t.is_empty());
        let title = title.unwrap_or_else(|| id.to_owned());
        let place = topic.place.clone();
        // a Chinese reply is required: one in another language is better than none
        let zh = topic.replies.get(&Lang::Zh).or_else(|| {
            let other = topic.replies.values().next()?;
            self.note_counted(
                place.clone(),
                "没有中文回复，content/zh/ 里先放了英文的，请译成中文",
            );
            Some(other)
        });
        let zh = zh.cloned().unwrap_or_else(|| {
            self.note_counted(
                place,
                "没有回复，content/zh/ 里写了一句占位的话，请改成回复；改好之前按没有资料处理",
            );
            unwritten::import_sentence(&title)
        });
        imported
            .files
            .insert(format!("content/zh/{id}.md"), format!("# {title}\n\n{zh}"));
        for (lang, body) in topic.replies.iter().filter(|(lang, _)| **lang != Lang::Zh) {
            imported.files.insert(
                format!("content/{}/{id}.md", lang.tag()),
                format!("# {title}\n\n{body}"),
            );
        }
    }

    fn lexicon(&self) -> String {
        let mut out = String::new();
        if !self.words.is_empty() {
            let _ = writeln!(out, "{}", list("words", &self.words));
        }
        if !self.synonyms.is_empty() {
            let group = |group: &Vec<String>| {
                let words = group
                    .iter()
                    .map(|word| quoted(word))
                    .collect::<Vec<_>>()
                    .join(", ");
                format!("  [{words}],\n")
            };
            let _ = writeln!(
                out,
                "synonyms = [\n{}]",
                self.synonyms.iter().map(group).collect::<String>()
            );
        }
        out
    }
}

impl ImportedIntent {
    fn title(&self) -> String {
        self.title
            .clone()
            .filter(|title| !title.is_empty())
            .unwrap_or_else(|| names::title(&self.label))
    }

    fn intent(&self, id: &str) -> String {
        let mut out = String::new();
        if self.label != id {
            let _ = writeln!(out, "label = {}", quoted(&self.label));
        }
        let _ = writeln!(out, "title = {}", quoted(&self.title()));
        let _ = writeln!(out, "{}", list("examples", &self.examples));
        out
    }
}

fn list(key: &str, texts: &[String]) -> String {
    let lines: String = texts
        .iter()
        .map(|text| format!("  {},\n", quoted(text)))
        .collect();
    format!("{key} = [\n{lines}]")
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
