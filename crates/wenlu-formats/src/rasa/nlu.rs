//! Training data of Rasa 2 and 3. In: the `nlu` list of a YAML file. Out: examples, synonyms and
//! words in the builder. Must not know: replies.

use super::annotation;
use super::reader::{OUT_OF_SCOPE, RasaReader};
use crate::node::{DataNode, DataValue};
use crate::{ImportError, ImportLocation, LossKind, excerpt};
use wenlu_core::eval::NONE_LABEL;

impl RasaReader<'_, '_> {
    pub(super) fn nlu(&mut self, node: &DataNode) {
        if !matches!(node.value, DataValue::List(_) | DataValue::Empty) {
            let fault = node.wrong_kind(self.file, "`nlu` 要是一个列表");
            return self.draft.skip(fault);
        }
        for item in node.items() {
            if let Err(fault) = self.item(item) {
                self.draft.skip(fault);
            }
        }
    }

    fn item(&mut self, item: &DataNode) -> Result<(), ImportError> {
        let kinds = ["intent", "synonym", "lookup", "regex"];
        let Some((kind, name)) = kinds
            .iter()
            .find_map(|kind| Some((*kind, item.text_of(kind)?.trim())))
        else {
            return Err(item.lacks(
                self.file,
                "nlu 的每一项要有 intent、synonym、lookup 或 regex",
            ));
        };
        for (key, node) in item
            .pairs()
            .iter()
            .filter(|(key, node)| key != kind && key != "examples" && !node.is_blank())
        {
            self.note(node, format!("{name} 的 `{key}` 没有带过来"));
        }
        let examples = self.examples(item, name)?;
        self.trained(kind, name, &examples, item.line);
        Ok(())
    }

    /// A part of the training data, whichever version wrote it: its kind, its name, its items with
    /// their lines, and its own line.
    pub(super) fn trained(
        &mut self,
        kind: &str,
        name: &str,
        items: &[(String, usize)],
        line: usize,
    ) {
        let place = ImportLocation::line(self.file, line);
        match kind {
            "intent" => self.intent(name, items, line),
            "synonym" => {
                for (text, line) in items {
                    let place = ImportLocation::line(self.file, *line);
                    self.draft.synonym(name, text, place);
                }
            }
            "lookup" => self.lookup(name, items, place),
            _ => {
                let note = format!("正则 {name}（{} 条）没有带过来", items.len());
                self.draft.note(LossKind::Entity, place, &note);
            }
        }
    }

    fn lookup(&mut self, name: &str, words: &[(String, usize)], place: ImportLocation) {
        let note = match words.len() {
            0 => format!("查找表 {name} 里没有词，没有带过来"),
            count => format!("查找表 {name} 的 {count} 个词放进了词表，它表示的实体没有带过来"),
        };
        self.draft.note(LossKind::Entity, place, &note);
        for (text, line) in words {
            let place = ImportLocation::line(self.file, *line);
            self.draft.word(text, place);
        }
    }

    /// The examples of an item with their lines: a block of `- …` lines, or a list.
    fn examples(
        &mut self,
        item: &DataNode,
        name: &str,
    ) -> Result<Vec<(String, usize)>, ImportError> {
        let Some(node) = item.get("examples") else {
            return Ok(Vec::new());
        };
        match &node.value {
            DataValue::Text(block) => Ok(self.block(block, node.line, name)),
            DataValue::List(items) => Ok(items
                .iter()
                .filter_map(|item| self.listed(item, name))
                .collect()),
            DataValue::Empty => Ok(Vec::new()),
            _ => Err(node.wrong_kind(self.file, "`examples` 要是一段文字，每行以 - 开头")),
        }
    }

    fn block(&mut self, block: &str, first: usize, name: &str) -> Vec<(String, usize)> {
        let mut found = Vec::new();
        for (at, line) in block.lines().enumerate() {
            let place = ImportLocation::line(self.file, first + at);
            match line.trim().strip_prefix('-') {
                Some(text) => found.push((text.trim().to_owned(), first + at)),
                None if line.trim().is_empty() => {}
                None => {
                    let note = format!("{name} 的这一行没有以 - 开头，略去：{}", excerpt(line));
                    self.draft.note(LossKind::Broken, place, &note);
                }
            }
        }
        found
    }

    fn listed(&mut self, item: &DataNode, name: &str) -> Option<(String, usize)> {
        let text = item.get("text").unwrap_or(item);
        let Some(words) = text.text() else {
            let fault = item.wrong_kind(self.file, "例句要是文字，或者有 text 字段");
            self.draft.skip(fault);
            return None;
        };
        self.comment(text, self.file);
        for (key, other) in item
            .pairs()
            .iter()
            .filter(|(key, other)| key != "text" && !other.is_blank())
        {
            self.note(other, format!("{name} 的例句的 `{key}` 没有带过来"));
        }
        let words = words.trim();
        let words = words.strip_prefix("- ").unwrap_or(words).to_owned();
        Some((words, text.line))
    }

    fn intent(&mut self, name: &str, examples: &[(String, usize)], line: usize) {
        if let Some((group, _)) = name.split_once('/') {
            self.retrieval.insert(group.to_owned());
        }
        let label = match name == OUT_OF_SCOPE {
            true => NONE_LABEL,
            false => name,
        };
        self.draft
            .declare_intent(label, &ImportLocation::line(self.file, line));
        for (written, line) in examples {
            let place = ImportLocation::line(self.file, *line);
            let read = annotation::read(written);
            for entity in &read.entities {
                self.draft.unmarked(&entity.name, place.clone());
                if let Some(value) = &entity.value {
                    self.draft.synonym(value, &entity.text, place.clone());
                }
            }
            self.draft.example(label, &read.text, place);
        }
    }
}
