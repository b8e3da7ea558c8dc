//! Rasa projects, of version 1 to 3. In: YAML with `nlu`, `responses` (once `templates`), `rules`
//! and `stories`; Markdown and JSON of version 1. Out: a filled builder. Entity annotations become
//! plain text, synonyms and look-up tables go to the lexicon. The reply of an intent is what a rule
//! or a story of one turn says to it, else `utter_<intent>`. What else a project has is noted.

pub(crate) mod annotation;
pub(crate) mod legacy;
mod nlu;
mod paths;
mod reader;
mod responses;

use super::builder::ImportBuilder;
use super::input::{ImportFile, ends};
use super::node::{DataNode, DataValue};
use super::{ImportError, ImportLocation, LossKind, json, yaml};
use reader::{OUT_OF_SCOPE, RasaReader};
use std::collections::BTreeSet;

/// Top-level fields of which one at least stands in a file that matters here.
const OWN_FIELDS: [&str; 6] = [
    "nlu",
    "responses",
    "templates",
    "intents",
    "rules",
    "stories",
];
/// Top-level fields of the other files of a project.
const PROJECT_FIELDS: [&str; 18] = [
    "version",
    "entities",
    "slots",
    "actions",
    "forms",
    "session_config",
    "config",
    "e2e_actions",
    "recipe",
    "language",
    "pipeline",
    "policies",
    "assistant_id",
    "importers",
    "action_endpoint",
    "tracker_store",
    "event_broker",
    "lock_store",
];

/// Whether the text looks as if it were part of a project: it may still be broken.
pub(crate) fn is_rasa(file: &ImportFile) -> bool {
    if ends(&file.name, &["md"]) {
        return legacy::has_parts(&file.text);
    }
    if ends(&file.name, &["json"]) {
        return file.text.contains("\"rasa_nlu_data\"");
    }
    ends(&file.name, &["yml", "yaml"])
        && file.text.lines().any(|line| {
            let field = line.split(':').next().unwrap_or_default();
            line.len() > field.len() && OWN_FIELDS.contains(&field)
        })
}

/// `root`: what was asked for; `tests` above it are no part of the project.
pub(crate) fn read(files: &[ImportFile], root: &str, draft: &mut ImportBuilder) {
    let mut reader = RasaReader {
        draft,
        file: "",
        responses: Vec::new(),
        paths: Vec::new(),
        declared: Vec::new(),
        retrieval: BTreeSet::new(),
    };
    for file in files {
        reader.file = &file.name;
        if is_test(&file.name, root) {
            let note = "是测试用的文件，里面的句子不作例句";
            let place = ImportLocation::file(&file.name);
            reader.draft.note(LossKind::ForeignFile, place, note);
        } else if let Err(fault) = reader.file(file) {
            reader.draft.skip(fault);
        }
    }
    reader.finish();
}

/// Whether a project uses the file to test what it has learnt.
fn is_test(name: &str, root: &str) -> bool {
    let inside = name.strip_prefix(root).unwrap_or_default();
    let mut parts = inside.split(['/', '\\']).filter(|part| !part.is_empty());
    let file = parts.next_back().unwrap_or_default();
    file.starts_with("test_")
        || parts.any(|part| ["tests", "test", "train_test_split"].contains(&part))
}

impl<'f> RasaReader<'f, '_> {
    fn file(&mut self, file: &'f ImportFile) -> Result<(), ImportError> {
        if ends(&file.name, &["md"]) {
            self.markdown(&file.text);
            return Ok(());
        }
        if ends(&file.name, &["json"]) {
            self.training_json(&json::of_file(file)?);
            return Ok(());
        }
        let root = yaml::parse(&file.text).map_err(|fault| fault.of(&file.name))?;
        self.document(&root)
    }

    fn document(&mut self, root: &DataNode) -> Result<(), ImportError> {
        if !matches!(root.value, DataValue::Map(_) | DataValue::Empty) {
            return Err(root.wrong_kind(self.file, "最外层要是 nlu、responses 这样的字段"));
        }
        let known = |key: &str| OWN_FIELDS.contains(&key) || PROJECT_FIELDS.contains(&key);
        if !root.pairs().is_empty() && !root.pairs().iter().any(|(key, _)| known(key)) {
            let place = ImportLocation::file(self.file);
            let note = "不是 Rasa 项目的文件，没有读取";
            self.draft.note(LossKind::ForeignFile, place, note);
            return Ok(());
        }
        for (key, node) in root.pairs() {
            match key.as_str() {
                "version" => {}
                "nlu" => self.nlu(node),
                "responses" | "templates" => self.responses(node, key),
                "intents" => self.declared(node),
                "rules" | "stories" => self.paths(node, key),
                _ if node.is_blank() => {}
                _ => self.note(node, format!("`{key}`{}没有带过来", node.size())),
            }
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
                let note = format!("意图 {name} 没有例句，没有建立");
                self.draft.note(LossKind::NoExample, place, &note);
            }
        }
        self.assign_responses();
    }
}

#[cfg(test)]
mod tests {
    use crate::{ImportFormat, ImportOptions, import, import_bytes};

    #[test]
    fn a_project_of_version_1_may_hold_markdown_and_json() {
        let root = std::env::temp_dir().join(format!("wenlu-rasa-1-{}", std::process::id()));
        std::fs::create_dir_all(&root).unwrap();
        for (name, text) in [
            ("nlu.md", "## intent:refund\n- 退款多久到账\n"),
            (
                "nlu.json",
                r#"{"rasa_nlu_data":{"common_examples":[{"text":"怎么开发票","intent":"invoice"},{"text":"什么时候退钱","intent":"refund"}]}}"#,
            ),
            (
                "stories.md",
                "## refund\n* refund\n  - utter_days\n\n## invoice\n* invoice\n  - utter_order\n",
            ),
            (
                "domain.yml",
                "templates:\n  utter_days:\n  - 三天到账\n  utter_order:\n  - text: 订单里\n",
            ),
        ] {
            std::fs::write(root.join(name), text).unwrap();
        }
        let read = import(ImportFormat::Rasa, &root);
        std::fs::remove_dir_all(&root).unwrap();
        let read = read.unwrap();
        assert_eq!(
            (read.intents, read.examples, read.replies),
            (2, 3, 2),
            "{:?}",
            read.notes
        );
        assert!(read.files["content/zh/invoice.md"].ends_with("订单里\n"));
    }

    #[test]
    fn what_a_reply_has_besides_its_first_text_is_named() {
        let text = include_str!("../../../../tests/fixtures/import-rasa-alias/nlu.yml");
        let read = import_bytes("nlu.yml", text.into(), ImportOptions::default()).unwrap();
        assert_eq!((read.intents, read.replies), (3, 3), "{:?}", read.notes);
        assert!(read.files["content/zh/tui-kuan.md"].ends_with("共用的回复\n"));
        let notes: String = read.notes.iter().map(|note| format!("{note}\n")).collect();
        for said in [
            "第二种说法",
            "`buttons`（1 项）",
            "{name}",
            "正则 订单号",
            "* 星号",
        ] {
            assert!(notes.contains(said), "{said}: {notes}");
        }
    }
}
