//! An import into a folder that has knowledge already. In: the data files, and what an import made.
//! Out: a change that adds what is new, and what it left alone because something else stands there.
//! Nothing is overwritten, except cells of our own table that somebody edited: such a row says by
//! its check what it was, and is left alone if the files have changed since. Must not know: the
//! disk, formats.

mod menus;
mod rows;

use super::change::{ChangeSet, FileChange};
use super::edit::{EditError, add_to_list, set_list, set_text};
use std::collections::{BTreeMap, BTreeSet};
use wenlu_core::knowledge::IntentKind;
use wenlu_core::knowledge::files::{DataFiles, OUT_OF_SCOPE_FILE, is_intent_id};
use wenlu_core::knowledge::unwritten::is_unwritten;
use wenlu_core::text::normalize::normalize;
use wenlu_formats::ImportedKnowledge;
use wenlu_formats::own_table::{OUT_OF_SCOPE_ROW, OwnColumn, OwnRow, own_rows};

/// The change, and what it is made of.
#[derive(Clone, Debug, Default)]
pub struct ImportMerge {
    pub files: Vec<FileChange>,
    /// Titles of new intents and menus.
    pub new: Vec<String>,
    /// Intents that get further examples or their first reply, and what.
    pub extended: Vec<String>,
    /// Cells of our own table that were edited: the intent, and the columns.
    pub edited: Vec<String>,
    /// How many intents are the same on both sides.
    pub unchanged: usize,
    /// What was left alone because something else stands there.
    pub collisions: Vec<String>,
}

impl ImportMerge {
    /// The change of the files.
    pub fn change(&self) -> ChangeSet {
        let count = |list: &[String], what: &str| match list.len() {
            0 => None,
            number => Some(format!("{what} {number} 个")),
        };
        let parts: Vec<String> = [
            count(&self.new, "新增"),
            count(&self.extended, "补充"),
            count(&self.edited, "修改"),
        ]
        .into_iter()
        .flatten()
        .collect();
        ChangeSet {
            files: self.files.clone(),
            summary: format!("导入表格：{}", parts.join("、")),
        }
    }
}

/// Merges `imported` into `files`.
pub fn merge_import(
    files: &DataFiles,
    imported: &ImportedKnowledge,
) -> Result<ImportMerge, EditError> {
    let before = files.texts();
    let mut merger = ImportMerger::new(&before);
    merger.own_table(&imported.own_rows)?;
    let rows = own_rows(&imported.files);
    let menus = merger.intents(&rows, imported)?;
    merger.move_to_new_menus(&menus)?;
    merger.outside(&rows)?;
    merger.leave_empty_menus(&menus);
    if imported.files.contains_key("intents/lexicon.toml") {
        let what = "词表（同义词和专有词）不合并，请在 intents/lexicon.toml 里自己加";
        merger.result.collisions.push(what.to_owned());
    }
    Ok(merger.finish(&before))
}

struct ImportMerger {
    texts: BTreeMap<String, String>,
    /// The intents that stand there, by id.
    standing: BTreeMap<String, OwnRow>,
    /// Normalised sentence → the id of its intent.
    said: BTreeMap<String, String>,
    /// Ids that rows of our own table have dealt with.
    done: BTreeSet<String>,
    /// Rows of our own table whose category names no menu that stands there: the path of the intent,
    /// and the title.
    moved: Vec<(String, String)>,
    result: ImportMerge,
}

impl ImportMerger {
    fn new(before: &BTreeMap<String, String>) -> Self {
        let rows = own_rows(before);
        let said = rows
            .iter()
            .flat_map(|row| {
                let id = row.cell(OwnColumn::Id).to_owned();
                let lines = row.lines(OwnColumn::Questions);
                lines
                    .into_iter()
                    .map(move |line| (normalize(&line), id.clone()))
            })
            .collect();
        let standing = rows
            .into_iter()
            .map(|row| (row.cell(OwnColumn::Id).to_owned(), row))
            .collect();
        Self {
            texts: before.clone(),
            standing,
            said,
            done: BTreeSet::new(),
            moved: Vec::new(),
            result: ImportMerge::default(),
        }
    }

    /// Returns the menus that were made: their ids by title.
    fn intents(
        &mut self,
        rows: &[OwnRow],
        imported: &ImportedKnowledge,
    ) -> Result<BTreeMap<String, String>, EditError> {
        // menus first: their questions name them
        let (menus, others): (Vec<&OwnRow>, Vec<&OwnRow>) = rows
            .iter()
            .filter(|row| row.cell(OwnColumn::Id) != OUT_OF_SCOPE_ROW)
            .filter(|row| !self.done.contains(row.cell(OwnColumn::Id)))
            .partition(|row| row.kind() == IntentKind::Menu);
        let mut ids = BTreeMap::new();
        let mut made = BTreeMap::new();
        for row in menus.into_iter().chain(others) {
            let target = match self.same(row).cloned() {
                Some(standing) => {
                    self.extend(row, &standing, imported)?;
                    standing.cell(OwnColumn::Id).to_owned()
                }
                None => {
                    let id = self.add(row, &ids, imported)?;
                    if row.kind() == IntentKind::Menu {
                        made.insert(row.cell(OwnColumn::Title).to_owned(), id.clone());
                    }
                    id
                }
            };
            ids.insert(row.cell(OwnColumn::Id).to_owned(), target);
        }
        Ok(made)
    }

    /// The intent that the row is, if it stands there: of the same title or name in other systems, or
    /// of the same id where the title says no more than the id.
    fn same(&self, row: &OwnRow) -> Option<&OwnRow> {
        let (id, title) = (
            row.cell(OwnColumn::Id),
            normalize(row.cell(OwnColumn::Title)),
        );
        let label = row.cell(OwnColumn::Label);
        let is_name = normalize(&id.replace('-', " ")) == title || !label.is_empty();
        let by_id = self
            .standing
            .get(id)
            .filter(|standing| is_name || normalize(standing.cell(OwnColumn::Title)) == title);
        let by_label = || {
            let same = |other: &&OwnRow| !label.is_empty() && other.cell(OwnColumn::Label) == label;
            self.standing.values().find(same)
        };
        let by_title = || {
            let same = |other: &&OwnRow| normalize(other.cell(OwnColumn::Title)) == title;
            self.standing.values().find(same)
        };
        by_id.or_else(by_label).or_else(by_title)
    }

    /// Adds what the intent lacks: examples, or its first reply. Another reply is left alone, and
    /// then so are its examples.
    fn extend(
        &mut self,
        row: &OwnRow,
        standing: &OwnRow,
        imported: &ImportedKnowledge,
    ) -> Result<(), EditError> {
        let (id, title) = (
            standing.cell(OwnColumn::Id),
            standing.cell(OwnColumn::Title),
        );
        let kinds = (standing.kind(), row.kind());
        let (now, new) = (
            standing.cell(OwnColumn::Answer),
            row.cell(OwnColumn::Answer),
        );
        let is_new_written = !new.is_empty() && !is_unwritten(new);
        let is_now_written = !now.is_empty() && !is_unwritten(now);
        if kinds.0 != kinds.1 || is_new_written && is_now_written && now != new {
            let what = match kinds.0 == kinds.1 {
                true => "已有别的回复",
                false => "一边是菜单或没有资料的话题，一边不是",
            };
            self.result
                .collisions
                .push(format!("{title}（{id}）{what}，保持原样"));
            return Ok(());
        }
        let mut added = Vec::new();
        let more = self.unsaid(row, id);
        if !more.is_empty() {
            let path = format!("intents/{id}.toml");
            added.push(format!("{} 条例句", more.len()));
            self.edit(&path, |text| add_to_list(&path, text, "examples", |_| more))?;
        }
        if is_new_written && !is_now_written && kinds.0 == IntentKind::Answer {
            let path = format!("content/zh/{id}.md");
            let made = format!("content/zh/{}.md", row.cell(OwnColumn::Id));
            if let Some(text) = imported.files.get(&made) {
                self.texts.insert(path, text.clone());
                added.push("回复".to_owned());
            }
        }
        match added.is_empty() {
            true => self.result.unchanged += 1,
            false => self
                .result
                .extended
                .push(format!("{title}（{id}）：{}", added.join("、"))),
        }
        Ok(())
    }

    /// The row's examples that no intent has; of those of another intent it is said.
    fn unsaid(&mut self, row: &OwnRow, id: &str) -> Vec<String> {
        let mut new = Vec::new();
        for text in row.lines(OwnColumn::Questions) {
            let normal = normalize(&text);
            match self.said.get(&normal) {
                Some(other) if other == id => {}
                Some(other) => {
                    let what = match other.as_str() {
                        OUT_OF_SCOPE_ROW => format!("“{text}”已经记为范围外，没有归入 {id}"),
                        other => format!("“{text}”已经是 {other} 的例句，没有再归入 {id}"),
                    };
                    self.result.collisions.push(what);
                }
                None => {
                    self.said.insert(normal, id.to_owned());
                    new.push(text);
                }
            }
        }
        new
    }

    /// Adds an intent with its files. Returns its id, which is another one if it is taken.
    fn add(
        &mut self,
        row: &OwnRow,
        ids: &BTreeMap<String, String>,
        imported: &ImportedKnowledge,
    ) -> Result<String, EditError> {
        let made = row.cell(OwnColumn::Id).to_owned();
        let id = self.free_id(&made);
        let is_menu = row.kind() == IntentKind::Menu;
        let examples = self.unsaid(row, &id);
        if examples.is_empty() && !is_menu {
            let title = row.cell(OwnColumn::Title);
            let what = format!("{title} 的问法都已有别的意图回答，没有建立");
            self.result.collisions.push(what);
            return Ok(id);
        }
        let (from, to) = (format!("intents/{made}.toml"), format!("intents/{id}.toml"));
        let mut text = imported.files.get(&from).cloned().unwrap_or_default();
        if examples.len() < row.lines(OwnColumn::Questions).len() {
            text = set_list(&to, &text, &["examples"], &examples)?;
        }
        if let Some(parent) = parent_of(&text).and_then(|parent| ids.get(parent)) {
            text = set_text(&to, &text, "parent", Some(parent))?;
        }
        self.texts.insert(to, text);
        for lang in ["zh", "en"] {
            let reply = imported.files.get(&format!("content/{lang}/{made}.md"));
            if let Some(reply) = reply {
                self.texts
                    .insert(format!("content/{lang}/{id}.md"), reply.clone());
            }
        }
        let title = row.cell(OwnColumn::Title);
        self.result.new.push(named(title, &id));
        Ok(id)
    }

    fn free_id(&self, made: &str) -> String {
        let is_free = |id: &String| {
            is_intent_id(id) && !self.texts.contains_key(&format!("intents/{id}.toml"))
        };
        let numbered = (2u32..).map(|number| format!("{made}-{number}"));
        let mut ids = std::iter::once(made.to_owned()).chain(numbered.take(10_000));
        ids.find(is_free).unwrap_or_else(|| made.to_owned())
    }

    fn outside(&mut self, rows: &[OwnRow]) -> Result<(), EditError> {
        let own = rows
            .iter()
            .find(|row| row.cell(OwnColumn::Id) == OUT_OF_SCOPE_ROW);
        let Some(row) = own.filter(|_| !self.done.contains(OUT_OF_SCOPE_ROW)) else {
            return Ok(());
        };
        let more = self.unsaid(row, OUT_OF_SCOPE_ROW);
        if more.is_empty() {
            return Ok(());
        }
        let what = format!("范围外：{} 句", more.len());
        self.result.extended.push(what);
        self.edit(OUT_OF_SCOPE_FILE, |text| {
            add_to_list(OUT_OF_SCOPE_FILE, text, "examples", |_| more)
        })
    }

    fn edit(
        &mut self,
        path: &str,
        change: impl FnOnce(&str) -> Result<String, EditError>,
    ) -> Result<(), EditError> {
        let text = self.texts.get(path).map(String::as_str).unwrap_or_default();
        let after = change(text)?;
        self.texts.insert(path.to_owned(), after);
        Ok(())
    }

    fn finish(mut self, before: &BTreeMap<String, String>) -> ImportMerge {
        let changed = self
            .texts
            .into_iter()
            .filter(|(path, text)| before.get(path) != Some(text));
        self.result.files = changed
            .map(|(path, text)| FileChange {
                before: before.get(&path).cloned(),
                path,
                after: Some(text),
            })
            .collect();
        self.result
    }
}

/// An intent as the report lists it.
fn named(title: &str, id: &str) -> String {
    format!("{title}（{id}）")
}

/// The id that an imported intent gives as its menu.
fn parent_of(text: &str) -> Option<&str> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("parent = \""))?;
    line.strip_suffix('"')
}
