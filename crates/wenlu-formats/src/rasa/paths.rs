//! What rules and stories answer. In: `rules` and `stories` of YAML. Out: for each of one turn, the
//! intent and the actions that follow it. Must not know: what the actions say.

use super::reader::{RasaReader, TurnPath};
use crate::node::DataNode;
use crate::{ImportLocation, LossKind};

impl RasaReader<'_, '_> {
    pub(super) fn paths(&mut self, node: &DataNode, key: &str) {
        let (mut used, mut left) = (0, 0);
        for item in node.items() {
            let name = item.text_of("rule").or(item.text_of("story"));
            let found = match item.get("condition").is_none_or(DataNode::is_blank) {
                true => turn(item),
                false => None,
            };
            match found {
                Some((intents, actions)) => {
                    used += 1;
                    self.add_paths(&intents, &actions, key == "rules");
                }
                None if name.is_some() => left += 1,
                None => {}
            }
        }
        if left > 0 {
            let place = ImportLocation::line(self.file, node.line);
            let note = format!(
                "`{key}` 里一问一答的 {used} 项用来找回复，其余 {left} 项（多轮、表单、带条件的）没有带过来"
            );
            self.draft.note(LossKind::Field, place, &note);
        }
    }

    pub(super) fn add_paths(&mut self, intents: &[String], actions: &[String], is_rule: bool) {
        self.paths.extend(intents.iter().map(|intent| TurnPath {
            intent: intent.clone(),
            actions: actions.to_vec(),
            is_rule,
        }));
    }
}

/// The intents and the actions of one turn; `None` if there are more turns, or something else
/// happens in it.
fn turn(item: &DataNode) -> Option<(Vec<String>, Vec<String>)> {
    let (mut intents, mut actions) = (Vec::new(), Vec::new());
    for step in item.get("steps")?.items() {
        let meant: Vec<String> = match step.get("or") {
            Some(either) => either
                .items()
                .iter()
                .filter_map(|step| step.text_of("intent"))
                .map(str::to_owned)
                .collect(),
            None => step
                .text_of("intent")
                .map(str::to_owned)
                .into_iter()
                .collect(),
        };
        if !meant.is_empty() {
            if !intents.is_empty() {
                return None;
            }
            intents = meant;
        } else if let Some(action) = step.text_of("action") {
            if intents.is_empty() {
                return None;
            }
            actions.push(action.trim().to_owned());
        } else if ["checkpoint", "slot_was_set", "active_loop", "user", "bot"]
            .iter()
            .any(|key| step.get(key).is_some())
        {
            return None;
        }
    }
    let is_said = actions.iter().any(|action| action.starts_with("utter_"));
    (!intents.is_empty() && is_said).then_some((intents, actions))
}
