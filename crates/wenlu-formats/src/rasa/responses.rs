//! Replies of a Rasa project. In: `responses` (once `templates`) of a domain, and what rules and
//! stories do. Out: the reply of each intent in the builder. Must not know: training data.

use super::paths::is_utterance;
use super::reader::{OUT_OF_SCOPE, PathKind, RasaReader, RasaResponse, TurnPath};
use crate::node::{DataNode, DataValue};
use crate::reply::ReplySyntax;
use crate::{ImportLocation, LossKind, excerpt};
use std::collections::{BTreeMap, BTreeSet};
use wenlu_core::eval::NONE_LABEL;
use wenlu_core::model::Lang;

impl RasaReader<'_, '_> {
    pub(super) fn responses(&mut self, node: &DataNode, key: &str) {
        if !matches!(node.value, DataValue::Map(_) | DataValue::Empty) {
            let wanted = format!("`{key}` 要是 utter_… 这样的字段");
            return self.draft.skip(node.wrong_kind(self.file, &wanted));
        }
        for (name, response) in node.pairs() {
            let is_text = matches!(response.value, DataValue::Text(_));
            if !matches!(response.value, DataValue::List(_) | DataValue::Empty) && !is_text {
                let wanted = format!("`{name}` 要是一个列表");
                self.draft.skip(response.wrong_kind(self.file, &wanted));
                continue;
            }
            self.responses.push(RasaResponse {
                name: name.clone(),
                node: response.clone(),
                file: self.file,
            });
        }
    }

    /// Gives each response to the intent that a rule or a story answers with it, else to the one of
    /// its name; what opens longer stories counts where neither does.
    pub(super) fn assign_responses(&mut self) {
        let responses = std::mem::take(&mut self.responses);
        let by_name: BTreeMap<&str, &RasaResponse> = responses
            .iter()
            .rev()
            .map(|response| (response.name.as_str(), response))
            .collect();
        let mut paths = std::mem::take(&mut self.paths);
        paths.sort_by_key(|path| path.kind);
        let disputed = disputed(&paths);
        let (mut answered, mut used) = (BTreeSet::new(), BTreeSet::new());
        for path in &paths {
            let named = format!("utter_{}", path.intent);
            let is_unsure = path.kind == PathKind::Opening
                && (disputed.contains(path.intent.as_str())
                    || by_name.contains_key(named.as_str()));
            if self.draft.has(&path.intent) && !answered.contains(&path.intent) && !is_unsure {
                used.extend(self.follow(path, &by_name));
                answered.insert(path.intent.clone());
            }
        }
        for response in &responses {
            if !used.contains(response.name.as_str()) {
                self.by_name(response, &answered);
            }
        }
    }

    /// Makes the reply of a path: the texts of its actions, one after the other. Returns which
    /// responses it used.
    fn follow<'r>(
        &mut self,
        path: &TurnPath,
        by_name: &BTreeMap<&'r str, &RasaResponse<'_>>,
    ) -> Vec<&'r str> {
        let (mut used, mut texts, mut place) = (Vec::new(), Vec::new(), None);
        for action in &path.actions {
            let Some((name, response)) = by_name.get_key_value(action.as_str()) else {
                continue;
            };
            used.push(*name);
            if let Some((text, at)) = self.text(response) {
                place.get_or_insert(at);
                texts.push(text);
            }
        }
        if let Some(place) = place {
            let text = texts.join("\n\n");
            let label = path.intent.as_str();
            self.draft
                .reply(label, Lang::Zh, &text, ReplySyntax::Markdown, place);
        }
        used
    }

    fn by_name(&mut self, response: &RasaResponse, answered: &BTreeSet<String>) {
        let label = response.name.strip_prefix("utter_").unwrap_or_default();
        let label = match label == OUT_OF_SCOPE {
            true => NONE_LABEL,
            false => label,
        };
        let fits = label == NONE_LABEL || self.draft.has(label);
        if fits && !answered.contains(label) {
            if let Some((text, place)) = self.text(response) {
                self.draft
                    .reply(label, Lang::Zh, &text, ReplySyntax::Markdown, place);
            }
            return;
        }
        let text = first_text(&response.node).unwrap_or_default();
        let why = match fits {
            true => "规则用的是别的回复",
            false => "没有意图用它",
        };
        let note = format!("`{}` {why}，没有带过来：{}", response.name, excerpt(text));
        let place = ImportLocation::line(response.file, response.node.line);
        self.draft.note(LossKind::LooseReply, place, &note);
    }

    /// The text of a response, and its place; what else it has is noted.
    fn text(&mut self, response: &RasaResponse) -> Option<(String, ImportLocation)> {
        let (file, name) = (response.file, &response.name);
        // variants without a channel or a condition come first
        let (special, usual): (Vec<&DataNode>, Vec<&DataNode>) =
            response.node.each().iter().partition(|variant| {
                let other = variant.get("channel").or(variant.get("condition"));
                other.is_some()
            });
        let mut first = None;
        for variant in usual.into_iter().chain(special) {
            let place = ImportLocation::line(file, variant.line);
            let node = variant.get("text").unwrap_or(variant);
            match node.text().filter(|text| !text.trim().is_empty()) {
                Some(text) if first.is_none() => first = Some((text.to_owned(), place)),
                Some(text) => {
                    let note = format!("`{name}` 的另一种说法没有带过来：{}", excerpt(text));
                    self.draft.note(LossKind::FurtherReply, place, &note);
                }
                None => {
                    let note = format!("`{name}` 的这一条没有文字，没有带过来");
                    self.draft.note(LossKind::Field, place, &note);
                }
            }
            self.note_variant(variant, file, name);
        }
        first
    }

    fn note_variant(&mut self, variant: &DataNode, file: &str, name: &str) {
        for (key, other) in variant.pairs() {
            match key.as_str() {
                "text" => self.comment(other, file),
                _ if other.is_blank() => {}
                _ => {
                    let place = ImportLocation::line(file, other.line);
                    let note = format!("`{name}` 的 `{key}`{}没有带过来", other.size());
                    self.draft.note(LossKind::Field, place, &note);
                }
            }
        }
    }
}

/// The intents that longer stories begin with, but go on from in different ways.
fn disputed(paths: &[TurnPath]) -> BTreeSet<&str> {
    let mut said: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    let mut disputed = BTreeSet::new();
    for path in paths.iter().filter(|path| path.kind == PathKind::Opening) {
        let actions = path.actions.iter();
        let utterances: Vec<&String> = actions.filter(|action| is_utterance(action)).collect();
        let first = said
            .entry(&path.intent)
            .or_insert_with(|| utterances.clone());
        if *first != utterances {
            disputed.insert(path.intent.as_str());
        }
    }
    disputed
}

fn first_text(node: &DataNode) -> Option<&str> {
    let mut variants = node.each().iter();
    variants.find_map(|variant| variant.text_of("text").or(variant.text()))
}
