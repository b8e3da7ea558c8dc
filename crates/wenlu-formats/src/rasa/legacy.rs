//! Training data of Rasa 1. In: `nlu.md`, `stories.md`, `responses.md`, and JSON with
//! `rasa_nlu_data`. Out: examples, synonyms and words in the builder, and what stories answer. Must
//! not know: domains.

use super::paths::is_utterance;
use super::reader::{PathKind, RasaReader};
use crate::node::DataNode;
use crate::reply::ReplySyntax;
use crate::{ImportLocation, LossKind};
use wenlu_core::model::Lang;

/// Whether the line begins a part of `nlu.md`.
pub(super) fn is_heading(line: &str) -> bool {
    part(line).is_some()
}

/// Whether the text has stories or replies of version 1. Lists of other texts may look the same: only
/// the folder around it tells.
pub(crate) fn may_be_stories(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let is_answered = lines.peek().is_some_and(|next| next.starts_with("- "));
        if line.starts_with("* ") && is_answered {
            return true;
        }
    }
    false
}

/// `## intent:greet` → `("intent", "greet")`
fn part(line: &str) -> Option<(&str, &str)> {
    let (kind, name) = line.strip_prefix("##")?.trim().split_once(':')?;
    let kind = kind.trim();
    let known = ["intent", "synonym", "regex", "lookup"].contains(&kind);
    (known && !name.trim().is_empty()).then_some((kind, name.trim()))
}

/// The path that a story in Markdown is following.
#[derive(Default)]
struct OpenStory {
    /// Of its first turn.
    intents: Vec<String>,
    /// Of its first turn.
    actions: Vec<String>,
    turns: usize,
    /// It begins where another one ends.
    is_continued: bool,
    /// It goes on in another one.
    goes_on: bool,
}

/// A part of a Markdown file: its kind, its name, its line, and its items with their lines.
type MarkdownPart<'t> = (&'t str, &'t str, usize, Vec<(String, usize)>);

impl RasaReader<'_, '_> {
    pub(super) fn markdown(&mut self, text: &str) {
        if !text.lines().any(is_heading) {
            return self.stories(text);
        }
        let mut part_done = |part: Option<MarkdownPart>| {
            if let Some((kind, name, line, items)) = part {
                self.trained(kind, name, &items, line);
            }
        };
        let mut open: Option<MarkdownPart> = None;
        for (at, line) in text.lines().enumerate() {
            if let Some((kind, name)) = part(line) {
                part_done(open.replace((kind, name, at + 1, Vec::new())));
            } else if line.starts_with('#') {
                part_done(open.take());
            } else if let (Some((.., items)), Some(text)) =
                (&mut open, line.trim().strip_prefix(['-', '*', '+']))
            {
                items.push((text.trim().to_owned(), at + 1));
            }
        }
        part_done(open);
    }

    /// `* greet{"name": "x"}` and `- utter_greet` lines; in `responses.md` the reply itself.
    fn stories(&mut self, text: &str) {
        let mut story = OpenStory::default();
        for (at, line) in text.lines().enumerate() {
            let trimmed = line.trim();
            if trimmed.starts_with('#') {
                self.end(std::mem::take(&mut story));
            } else if let Some(meant) = trimmed.strip_prefix("* ") {
                story.turns += 1;
                if story.turns == 1 {
                    story.intents = meant.split(" OR ").map(intent_name).collect();
                }
            } else if trimmed.starts_with('>') {
                story.is_continued |= story.turns == 0;
                story.goes_on |= story.turns > 0;
            } else if let Some(done) = trimmed.strip_prefix("- ") {
                let done = done.trim();
                let retrieval = story.intents.first().filter(|intent| intent.contains('/'));
                match retrieval {
                    Some(intent) if !is_action(done) && self.draft.has(intent) => {
                        let place = ImportLocation::line(self.file, at + 1);
                        self.draft
                            .reply(intent, Lang::Zh, done, ReplySyntax::Markdown, place);
                    }
                    _ if story.turns <= 1 => story.actions.push(done.to_owned()),
                    _ => {}
                }
            }
        }
        self.end(story);
    }

    fn end(&mut self, story: OpenStory) {
        let is_said = story.actions.iter().any(|done| is_utterance(done));
        if story.turns == 0 || !is_said || story.is_continued {
            return;
        }
        let kind = match story.turns == 1 && !story.goes_on {
            true => PathKind::Story,
            false => PathKind::Opening,
        };
        self.add_paths(&story.intents, &story.actions, kind);
    }

    pub(super) fn training_json(&mut self, root: &DataNode) {
        let Some(data) = root.get("rasa_nlu_data") else {
            return;
        };
        for item in data.get("common_examples").map_or(&[][..], DataNode::items) {
            let (Some(text), Some(name)) = (item.text_of("text"), item.text_of("intent")) else {
                let fault = item.lacks(self.file, "common_examples 的每一项要有 text 和 intent");
                self.draft.skip(fault);
                continue;
            };
            let place = ImportLocation::line(self.file, item.line);
            for entity in item.get("entities").map_or(&[][..], DataNode::items) {
                let name = entity.text_of("entity").unwrap_or("?");
                self.draft.unmarked(name, place.clone());
            }
            self.draft.example(name, text, place);
        }
        self.json_words(data);
    }

    fn json_words(&mut self, data: &DataNode) {
        for item in data.get("entity_synonyms").map_or(&[][..], DataNode::items) {
            let value = item.text_of("value").unwrap_or_default();
            for synonym in item.get("synonyms").map_or(&[][..], DataNode::items) {
                let place = ImportLocation::line(self.file, synonym.line);
                self.draft
                    .synonym(value, synonym.text().unwrap_or_default(), place);
            }
        }
        for key in ["regex_features", "lookup_tables"] {
            if let Some(node) = data.get(key).filter(|node| !node.is_blank()) {
                let place = ImportLocation::line(self.file, node.line);
                let note = format!("`{key}`{}没有带过来", node.size());
                self.draft.note(LossKind::Entity, place, &note);
            }
        }
    }
}

/// `greet{"name": "x"}` → `greet`
fn intent_name(written: &str) -> String {
    let name = written.split('{').next().unwrap_or_default();
    name.trim().to_owned()
}

fn is_action(done: &str) -> bool {
    ["utter_", "action_", "slot{", "form{"]
        .iter()
        .any(|start| done.starts_with(start))
}
