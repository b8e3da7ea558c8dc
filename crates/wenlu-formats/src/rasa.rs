//! Rasa NLU, 3.1 schema. In: YAML files with `nlu` and `responses`; other parts of a project are
//! not imported and noted. Out: a filled builder. Entity annotations become plain text, synonyms
//! and look-up tables go to the lexicon, `utter_<intent>` becomes the intent's reply.

use super::annotation;
use super::builder::ImportBuilder;
use super::input::ImportFile;
use super::node::{DataNode, DataValue};
use super::reply::ReplySyntax;
use super::{ImportError, ImportLocation, excerpt, yaml};
use std::collections::BTreeSet;
use wenlu_core::eval::NONE_LABEL;
use wenlu_core::model::Lang;

/// The intent that Rasa's guides use for out-of-scope messages.
const OUT_OF_SCOPE: &str = "out_of_scope";

pub(crate) fn read(files: &[ImportFile], draft: &mut ImportBuilder) -> Result<(), ImportError> {
    let mut reader = RasaReader {
        draft,
        file: "",
        responses: Vec::new(),
        declared: Vec::new(),
        retrieval: BTreeSet::new(),
    };
    for ImportFile { name, text } in files {
        reader.file = name;
        reader.document(&yaml::parse(text).map_err(|fault| fault.of(name))?)?;
    }
    reader.finish();
    Ok(())
}

struct RasaReader<'f, 'd> {
    draft: &'d mut ImportBuilder,
    file: &'f str,
    /// `utter_…` responses with their files; assigned to intents after all files are read.
    responses: Vec<(String, DataNode, &'f str)>,
    /// Intents named in a domain file.
    declared: Vec<(String, ImportLocation)>,
    /// The `faq` of retrieval intents such as `faq/ask_name`.
    retrieval: BTreeSet<String>,
}

impl RasaReader<'_, '_> {
    fn document(&mut self, root: &DataNode) -> Result<(), ImportError> {
        if !matches!(root.value, DataValue::Map(_) | DataValue::Empty) {
            return Err(root.wrong_kind(self.file, "最外层要是 nlu、responses 这样的字段"));
        }
        for (key, node) in root.pairs() {
            match key.as_str() {
                "version" => {}
                "nlu" => {
                    for item in root.list_of("nlu", self.file)? {
                        self.item(item)?;
                    }
                }
                "responses" => self.responses(node)?,
                "intents" => self.declared(node),
                _ if node.is_blank() => {}
                _ => self.note(node, format!("`{key}`{}没有带过来", node.size())),
            }
        }
        Ok(())
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
        match kind {
            "intent" => self.intent(name, &examples, item.line),
            "synonym" => {
                for (text, line) in &examples {
                    self.draft
                        .synonym(name, text, ImportLocation::line(self.file, *line));
                }
            }
            "lookup" => {
                self.note(
                    item,
                    format!(
                        "查找表 {name} 的 {} 个词放进了词表，它表示的实体没有带过来",
                        examples.len()
                    ),
                );
                for (text, line) in &examples {
                    self.draft
                        .word(text, ImportLocation::line(self.file, *line));
                }
            }
            _ => self.note(
                item,
                format!("正则 {name}（{} 条）没有带过来", examples.len()),
            ),
        }
        Ok(())
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
        let mut found = Vec::new();
        match &node.value {
            DataValue::Text(block) => {
                for (at, line) in block
                    .lines()
                    .enumerate()
                    .filter(|(_, line)| !line.trim().is_empty())
                {
                    match line.trim().strip_prefix('-') {
                        Some(text) => found.push((text.trim().to_owned(), node.line + at)),
                        None => {
                            let note =
                                format!("{name} 的这一行没有以 - 开头，略去：{}", excerpt(line));
                            self.draft
                                .note(ImportLocation::line(self.file, node.line + at), &note);
                        }
                    }
                }
            }
            DataValue::List(items) => {
                for item in items {
                    let text = item.get("text").unwrap_or(item);
                    let Some(words) = text.text() else {
                        return Err(item.wrong_kind(self.file, "例句要是文字，或者有 text 字段"));
                    };
                    self.comment(text);
                    for (key, other) in item
                        .pairs()
                        .iter()
                        .filter(|(key, other)| key != "text" && !other.is_blank())
                    {
                        self.note(other, format!("{name} 的例句的 `{key}` 没有带过来"));
                    }
                    let words = words.trim();
                    found.push((
                        words.strip_prefix("- ").unwrap_or(words).to_owned(),
                        text.line,
                    ));
                }
            }
            DataValue::Empty => {}
            _ => return Err(node.wrong_kind(self.file, "`examples` 要是一段文字，每行以 - 开头")),
        }
        Ok(found)
    }

    fn intent(&mut self, name: &str, examples: &[(String, usize)], line: usize) {
        if let Some((group, _)) = name.split_once('/') {
            self.retrieval.insert(group.to_owned());
        }
        let label = if name == OUT_OF_SCOPE {
            NONE_LABEL
        } else {
            name
        };
        self.draft
            .declare_intent(label, &ImportLocation::line(self.file, line));
        for (written, line) in examples {
            let place = ImportLocation::line(self.file, *line);
            let read = annotation::read(written);
            for entity in &read.entities {
                self.draft.note_counted(
                    place.clone(),
                    &format!("实体 {} 的标注没有带过来，只留下文字", entity.name),
                );
                if let Some(value) = &entity.value {
                    self.draft.synonym(value, &entity.text, place.clone());
                }
            }
            self.draft.example(label, &read.text, place);
        }
    }

    fn responses(&mut self, node: &DataNode) -> Result<(), ImportError> {
        if !matches!(node.value, DataValue::Map(_) | DataValue::Empty) {
            return Err(node.wrong_kind(self.file, "`responses` 要是 utter_… 这样的字段"));
        }
        for (name, response) in node.pairs() {
            if !matches!(response.value, DataValue::List(_) | DataValue::Empty) {
                return Err(response.wrong_kind(self.file, &format!("`{name}` 要是一个列表")));
            }
            self.responses
                .push((name.clone(), response.clone(), self.file));
        }
        Ok(())
    }

    /// Reads the domain's intents: `- greet`, or `- greet: {use_entities: …}`.
    fn declared(&mut self, node: &DataNode) {
        for item in node.items() {
            let place = ImportLocation::line(self.file, item.line);
            match (item.text(), item.pairs()) {
                (Some(name), _) => self.declared.push((name.to_owned(), place)),
                (None, [(name, options), ..]) => {
                    if !options.is_blank() {
                        self.note(options, format!("意图 {name} 的选项没有带过来"));
                    }
                    self.declared.push((name.clone(), place));
                }
                _ => {}
            }
        }
    }

    fn finish(&mut self) {
        for (name, place) in std::mem::take(&mut self.declared) {
            if name != OUT_OF_SCOPE && !self.retrieval.contains(&name) && !self.draft.has(&name) {
                self.draft
                    .note(place, &format!("意图 {name} 没有例句，没有建立"));
            }
        }
        for (name, node, file) in std::mem::take(&mut self.responses) {
            self.file = file;
            let label = name.strip_prefix("utter_").unwrap_or_default();
            let label = if label == OUT_OF_SCOPE {
                NONE_LABEL
            } else {
                label
            };
            if label == NONE_LABEL || self.draft.has(label) {
                self.response(&name, label, &node);
            } else {
                let text = node
                    .items()
                    .iter()
                    .find_map(|variant| variant.text_of("text"))
                    .unwrap_or_default();
                self.note(
                    &node,
                    format!("`{name}` 没有同名的意图，没有带过来：{}", excerpt(text)),
                );
            }
        }
    }

    fn response(&mut self, name: &str, label: &str, node: &DataNode) {
        // variants without a channel or a condition come first
        let (special, usual): (Vec<&DataNode>, Vec<&DataNode>) =
            node.items().iter().partition(|variant| {
                variant
                    .get("channel")
                    .or(variant.get("condition"))
                    .is_some()
            });
        for variant in usual.into_iter().chain(special) {
            let place = ImportLocation::line(self.file, variant.line);
            match variant
                .get("text")
                .and_then(DataNode::text)
                .filter(|text| !text.trim().is_empty())
            {
                Some(text) => self
                    .draft
                    .reply(label, Lang::Zh, text, ReplySyntax::Markdown, place),
                None => self
                    .draft
                    .note(place, &format!("`{name}` 的这一条没有文字，没有带过来")),
            }
            for (key, other) in variant.pairs() {
                match key.as_str() {
                    "text" => self.comment(other),
                    _ if other.is_blank() => {}
                    _ => self.note(
                        other,
                        format!("`{name}` 的 `{key}`{}没有带过来", other.size()),
                    ),
                }
            }
        }
    }

    /// Notes a YAML comment behind an unquoted text, which the author may have meant as text.
    fn comment(&mut self, node: &DataNode) {
        if let Some(comment) = &node.comment {
            let note = format!(
                "{}在 YAML 里是注释，没有带过来；它若是文字的一部分，请给文字加上引号",
                excerpt(comment)
            );
            self.note(node, note);
        }
    }

    fn note(&mut self, node: &DataNode, note: String) {
        self.draft
            .note(ImportLocation::line(self.file, node.line), &note);
    }
}
