//! Data files of what an import read. In: a filled builder. Out: [`ImportedKnowledge`]. Must not
//! know: formats.

use super::builder::{ImportBuilder, ImportedIntent};
use super::toml_text::{list, quoted, quoted_key};
use super::{ImportedKnowledge, LossKind, names};
use std::collections::BTreeMap;
use std::fmt::Write;
use wenlu_core::knowledge::{IntentKind, unwritten};
use wenlu_core::model::Lang;

/// Builds the data files.
pub(crate) fn assemble(mut draft: ImportBuilder) -> ImportedKnowledge {
    let topics = kept_topics(&mut draft);
    let mut imported = ImportedKnowledge {
        out_of_scope: draft.out_of_scope.len(),
        ..ImportedKnowledge::default()
    };
    let menus = Menus::of(&topics);
    let ids = ids(&topics, &menus);
    let parents: BTreeMap<&str, &str> = menus
        .all()
        .map(|title| title.as_str())
        .zip(ids.iter().skip(topics.len()).map(String::as_str))
        .chain(menus.declared(&topics, &ids))
        .collect();
    for (topic, id) in topics.iter().zip(&ids) {
        note_renamed(topic, id, &mut draft);
        let parent = topic
            .category
            .as_deref()
            .and_then(|title| parents.get(title));
        imported.intents += 1;
        imported.examples += topic.examples.len();
        let text = intent(topic, id, parent.copied());
        imported.files.insert(format!("intents/{id}.toml"), text);
        let may_be_silent = topic.kind != IntentKind::Answer;
        if !(may_be_silent && topic.replies.is_empty()) {
            replies(topic, id, &mut draft, &mut imported);
        }
    }
    for (title, id) in menus.all().zip(ids.iter().skip(topics.len())) {
        imported.menus += 1;
        let mut text = format!("title = {}\nmenu = true\n", quoted(title));
        if draft.label_of(title).is_none() {
            text += &format!("{}\n", list("examples", std::slice::from_ref(title)));
        }
        imported.files.insert(format!("intents/{id}.toml"), text);
    }
    common_files(&mut draft, &mut imported);
    imported.notes = std::mem::take(&mut draft.notes);
    imported.own_rows = std::mem::take(&mut draft.own_rows);
    imported
}

/// The intents with examples, and menus; the others are noted.
fn kept_topics(draft: &mut ImportBuilder) -> Vec<ImportedIntent> {
    let (topics, empty): (Vec<_>, Vec<_>) = std::mem::take(&mut draft.topics)
        .into_iter()
        .partition(|topic| {
            !topic.examples.is_empty() || topic.kind == IntentKind::Menu || topic.id.is_some()
        });
    for topic in empty {
        let lost = match topic.replies.is_empty() {
            true => "",
            false => "，它的回复也没有带过来",
        };
        let note = format!("意图 {} 没有例句，没有建立{lost}", topic.label);
        draft.note(LossKind::NoExample, topic.place, &note);
    }
    topics
}

fn note_renamed(topic: &ImportedIntent, id: &str, draft: &mut ImportBuilder) {
    let reserved = names::refused(&topic.label).filter(|_| !topic.is_titled);
    if let Some(meaning) = reserved {
        let note = format!(
            "意图 {} 改名为 {id}：{meaning}，导出和评测时仍用原来的名字",
            topic.label
        );
        draft.note(LossKind::Renamed, topic.place.clone(), &note);
    }
}

/// The menus that categories become.
struct Menus(Vec<String>);

impl Menus {
    /// Those for which there is no intent yet.
    fn of(topics: &[ImportedIntent]) -> Self {
        let mut titles: Vec<String> = Vec::new();
        for title in topics.iter().filter_map(|topic| topic.category.as_ref()) {
            let is_declared = topics
                .iter()
                .any(|topic| topic.kind == IntentKind::Menu && topic.shown_title() == *title);
            if !is_declared && !titles.contains(title) {
                titles.push(title.clone());
            }
        }
        Self(titles)
    }

    fn all(&self) -> impl Iterator<Item = &String> {
        self.0.iter()
    }

    /// The menus that a table of ours names as such.
    fn declared<'t>(
        &self,
        topics: &'t [ImportedIntent],
        ids: &'t [String],
    ) -> impl Iterator<Item = (&'t str, &'t str)> + use<'t> {
        topics
            .iter()
            .zip(ids)
            .filter(|(topic, _)| topic.kind == IntentKind::Menu)
            .map(|(topic, id)| (topic.title.as_deref().unwrap_or(&topic.label), id.as_str()))
    }
}

/// The ids of the intents, then those of the menus.
fn ids(topics: &[ImportedIntent], menus: &Menus) -> Vec<String> {
    let labels: Vec<&str> = topics
        .iter()
        .map(|topic| topic.id.as_deref().unwrap_or(&topic.label))
        .chain(menus.all().map(String::as_str))
        .collect();
    names::ids(&labels)
}

fn replies(
    topic: &ImportedIntent,
    id: &str,
    draft: &mut ImportBuilder,
    imported: &mut ImportedKnowledge,
) {
    let title = [topic.shown_title(), topic.label.clone()]
        .iter()
        .map(|title| names::plain(title))
        .find(|title| !title.is_empty())
        .unwrap_or_else(|| id.to_owned());
    let place = topic.place.clone();
    imported.replies += usize::from(!topic.replies.is_empty());
    // a Chinese reply is required: one in another language is better than none
    let zh = topic.replies.get(&Lang::Zh).or_else(|| {
        let other = topic.replies.values().next()?;
        let note = "没有中文回复，content/zh/ 里先放了英文的，请译成中文";
        draft.note_counted(LossKind::Wording, place.clone(), note);
        Some(other)
    });
    let zh = zh.cloned().unwrap_or_else(|| {
        let note = "没有回复，content/zh/ 里写了一句占位的话，请改成回复；改好之前按没有资料处理";
        draft.note_counted(LossKind::NoReply, place, note);
        unwritten::import_sentence(&title)
    });
    let others = topic.replies.iter().filter(|(lang, _)| **lang != Lang::Zh);
    for (lang, body) in others.chain([(&Lang::Zh, &zh)]) {
        let path = format!("content/{}/{id}.md", lang.tag());
        // a table of ours may hold a heading that differs from the title
        let text = match body.starts_with("# ") {
            true => body.clone(),
            false => {
                let own = topic.title_en.as_ref().filter(|_| *lang == Lang::En);
                let title = own.map_or_else(|| title.clone(), |title| names::plain(title));
                format!("# {title}\n\n{body}")
            }
        };
        imported.files.insert(path, text);
    }
}

/// The files of what belongs to no intent.
fn common_files(draft: &mut ImportBuilder, imported: &mut ImportedKnowledge) {
    draft.synonyms.retain(|group| group.len() > 1);
    if !draft.out_of_scope.is_empty() {
        let text = format!("{}\n", list("examples", &draft.out_of_scope));
        imported
            .files
            .insert("intents/out-of-scope.toml".into(), text);
    }
    if !draft.words.is_empty() || !draft.synonyms.is_empty() {
        imported
            .files
            .insert("intents/lexicon.toml".into(), lexicon(draft));
    }
}

fn lexicon(draft: &ImportBuilder) -> String {
    let mut out = String::new();
    if !draft.words.is_empty() {
        let _ = writeln!(out, "{}", list("words", &draft.words));
    }
    if !draft.synonyms.is_empty() {
        let group = |group: &Vec<String>| {
            let words = group.iter().map(|word| quoted(word)).collect::<Vec<_>>();
            format!("  [{}],\n", words.join(", "))
        };
        let groups: String = draft.synonyms.iter().map(group).collect();
        let _ = writeln!(out, "synonyms = [\n{groups}]");
    }
    out
}

impl ImportedIntent {
    fn shown_title(&self) -> String {
        let given = self.title.clone().filter(|title| !title.is_empty());
        given.unwrap_or_else(|| match self.is_titled {
            true => self.label.clone(),
            false => names::title(&self.label),
        })
    }
}

fn intent(topic: &ImportedIntent, id: &str, parent: Option<&str>) -> String {
    let mut out = String::new();
    if topic.label != id && !topic.is_titled {
        let _ = writeln!(out, "label = {}", quoted(&topic.label));
    }
    let _ = writeln!(out, "title = {}", quoted(&topic.shown_title()));
    if let Some(title) = &topic.title_en {
        let _ = writeln!(out, "title_en = {}", quoted(title));
    }
    match topic.kind {
        IntentKind::Answer => {}
        IntentKind::Menu => out += "menu = true\n",
        IntentKind::Gap => out += "gap = true\n",
    }
    if let Some(parent) = parent.filter(|parent| *parent != id) {
        let _ = writeln!(out, "parent = {}", quoted(parent));
    }
    if !topic.examples.is_empty() {
        let _ = writeln!(out, "{}", list("examples", &topic.examples));
    }
    if !topic.not.is_empty() {
        let _ = writeln!(out, "{}", list("not", &topic.not));
    }
    for (id, texts) in &topic.sections {
        let _ = writeln!(
            out,
            "\n[section.{}]\n{}",
            quoted_key(id),
            list("examples", texts)
        );
    }
    out
}
