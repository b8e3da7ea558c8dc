//! Training data of Rasa 1. In: `nlu.md`, `stories.md`, `responses.md`, and JSON with
//! `rasa_nlu_data`. Out: examples, synonyms and words in the builder, and what stories answer. Must
//! not know: domains.

use super::paths::is_utterance;
use super::reader::{PathKind, RasaReader};
use crate::node::DataNode;
use crate::reply::ReplySyntax;
use crate::{ImportLocation, LossKind, excerpt};
use wenlu_core::model::Lang;

/// Whether the text has a part of `nlu.md`.
pub(super) fn has_parts(text: &str) -> bool {
    without_comments(text)
        .lines()
        .any(|line| part(line).is_some())
}

/// The text without what stands in `<!-- … -->`, which Rasa does not read; the lines keep their
/// numbers.
fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, opened)) = rest.split_once("<!--")
        && let Some((comment, after)) = opened.split_once("-->")
    {
        out += before;
        out.extend(comment.matches('\n'));
        rest = after;
    }
    out + rest
}

/// Whether the text has stories or replies of version 1. Lists of other texts may look the same: only
/// the folder around it tells.
pub(crate) fn may_be_stories(text: &str) -> bool {
    let text = without_comments(text);
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

/// A part of a Markdown file.
struct MarkdownPart<'t> {
    kind: &'t str,
    name: &'t str,
    line: usize,
    /// With their lines.
    items: Vec<(String, usize)>,
    /// The file that the items of a look-up table stand in, and the line that names it.
    elsewhere: Option<(&'t str, usize)>,
}

impl RasaReader<'_, '_> {
    pub(super) fn markdown(&mut self, text: &str) {
        let text = &without_comments(text);
        if !has_parts(text) {
            return self.stories(text);
        }
        let mut open: Option<MarkdownPart> = None;
        for (at, line) in text.lines().enumerate() {
            if let Some((kind, name)) = part(line) {
                let next = MarkdownPart {
                    kind,
                    name,
                    line: at + 1,
                    items: Vec::new(),
                    elsewhere: None,
                };
                self.part(open.replace(next));
            } else if line.starts_with('#') {
                self.part(open.take());
            } else if let Some(open) = &mut open {
                match line.trim().strip_prefix(['-', '*', '+']) {
                    Some(text) => open.items.push((text.trim().to_owned(), at + 1)),
                    None if open.kind == "lookup" && !line.trim().is_empty() => {
                        open.elsewhere.get_or_insert((line.trim(), at + 1));
                    }
                    None => {}
                }
            }
        }
        self.part(open);
    }

    fn part(&mut self, part: Option<MarkdownPart>) {
        let Some(part) = part else { return };
        if let Some((file, line)) = part.elsewhere {
            let place = ImportLocation::line(self.file, line);
            let note = format!(
                "查找表 {} 的词在另一个文件里，没有带过来：{}",
                part.name,
                excerpt(file)
            );
            self.draft.note(LossKind::Entity, place, &note);
        }
        if part.elsewhere.is_none() || !part.items.is_empty() {
            self.trained(part.kind, part.name, &part.items, part.line);
        }
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

#[cfg(test)]
mod tests {
    use crate::{ImportOptions, ImportedKnowledge, import_bytes};

    fn imported(name: &str, text: &str) -> ImportedKnowledge {
        import_bytes(name, text.as_bytes().to_vec(), ImportOptions::default()).unwrap()
    }

    #[test]
    fn a_comment_of_html_is_no_example() {
        let text = "<!-- ## intent:gone\n- 没有的 -->\n## intent:greet\n- 嗨 <!-- 常用 -->\n<!--\n- 注释掉的句子\n-->\n- 你好\n\n<!-- ## intent:old\n- 旧的 -->\n## regex:数字\n- 1\n";
        let imported = imported("nlu.md", text);
        let files = format!("{:?}", imported.files);
        assert_eq!((imported.intents, imported.examples), (1, 2), "{files}");
        assert!(files.contains("\\\"嗨\\\""), "{files}");
        // the lines keep their numbers
        let regex = imported
            .notes
            .iter()
            .find(|note| note.note.contains("正则"));
        assert_eq!(regex.map(|note| note.place.line), Some(12));
    }

    #[test]
    fn a_comment_of_html_is_no_turn_of_a_story() {
        let text = "## greet\n* greet <!-- y -->\n  - utter_hi <!-- z -->\n<!--\n## old\n* greet\n  - utter_old\n-->\n";
        assert_eq!(
            super::without_comments(text),
            "## greet\n* greet \n  - utter_hi \n\n\n\n\n\n"
        );
        assert!(super::may_be_stories(text));
        assert!(!super::may_be_stories(
            "<!--\n* greet\n  - utter_old\n-->\n"
        ));
        assert_eq!(
            super::without_comments("- 甲 <!-- 没有写完"),
            "- 甲 <!-- 没有写完"
        );
    }

    #[test]
    fn a_lookup_table_in_another_file_is_named() {
        let text = "## intent:weather\n- 北京的天气\n\n## lookup:city\ndata/city.txt\n";
        let notes = format!("{:?}", imported("nlu.md", text).notes);
        assert!(
            notes.contains("查找表 city 的词在另一个文件里，没有带过来：“data/city.txt”"),
            "{notes}"
        );
        assert!(!notes.contains("放进了词表"), "{notes}");
    }
}
