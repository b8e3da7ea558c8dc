//! What rules and stories answer. In: `rules` and `stories` of YAML. Out: the intent and the
//! actions of each one's first turn. Must not know: what the actions say.

use super::reader::{PathKind, RasaReader, TurnPath};
use crate::node::DataNode;
use crate::{ImportLocation, LossKind};

impl RasaReader<'_, '_> {
    pub(super) fn paths(&mut self, node: &DataNode, key: &str) {
        let (mut used, mut opened, mut left) = (0, 0, 0);
        for item in node.items() {
            let name = item.text_of("rule").or(item.text_of("story"));
            let found = match item.get("condition").is_none_or(DataNode::is_blank) {
                true => first_turn(item),
                false => None,
            };
            match found {
                Some(turn) if turn.is_whole => {
                    used += 1;
                    let kind = match key == "rules" {
                        true => PathKind::Rule,
                        false => PathKind::Story,
                    };
                    self.add_paths(&turn.intents, &turn.actions, kind);
                }
                Some(turn) => {
                    opened += 1;
                    self.add_paths(&turn.intents, &turn.actions, PathKind::Opening);
                }
                None if name.is_some() => left += 1,
                None => {}
            }
        }
        if opened + left > 0 {
            let place = ImportLocation::line(self.file, node.line);
            let mut note = format!("`{key}` 里一问一答的 {used} 项用来找回复");
            if opened > 0 {
                note += &format!("，多轮的 {opened} 项只看了开头");
            }
            if left > 0 {
                note += &format!("，其余 {left} 项（多轮、表单、带条件的）没有带过来");
            }
            self.draft.note(LossKind::Field, place, &note);
        }
    }

    pub(super) fn add_paths(&mut self, intents: &[String], actions: &[String], kind: PathKind) {
        self.paths.extend(intents.iter().map(|intent| TurnPath {
            intent: intent.clone(),
            actions: actions.to_vec(),
            kind,
        }));
    }
}

/// The first turn of a rule or a story.
struct FirstTurn {
    intents: Vec<String>,
    actions: Vec<String>,
    /// Nothing comes after it.
    is_whole: bool,
}

/// The first turn; `None` if something comes before it, or if nothing is said in it.
fn first_turn(item: &DataNode) -> Option<FirstTurn> {
    let mut turn = FirstTurn {
        intents: Vec::new(),
        actions: Vec::new(),
        is_whole: true,
    };
    for step in item.get("steps")?.items() {
        let meant = intents(step);
        let is_said = turn.is_said();
        if !meant.is_empty() {
            if turn.intents.is_empty() {
                turn.intents = meant;
                continue;
            }
        } else if let Some(action) = step.text_of("action") {
            if turn.intents.is_empty() {
                return None;
            }
            turn.actions.push(action.trim().to_owned());
            continue;
        } else if !MORE.iter().any(|key| step.get(key).is_some()) {
            continue;
        }
        // from here on it depends on what was said or is known
        if !is_said {
            return None;
        }
        turn.is_whole = false;
        break;
    }
    (!turn.intents.is_empty() && turn.is_said()).then_some(turn)
}

/// Steps that join stories, or make them depend on more than what is meant.
const MORE: [&str; 5] = ["checkpoint", "slot_was_set", "active_loop", "user", "bot"];

fn intents(step: &DataNode) -> Vec<String> {
    let one = std::slice::from_ref(step);
    let steps = step.get("or").map_or(one, DataNode::items);
    steps
        .iter()
        .filter_map(|step| step.text_of("intent"))
        .map(str::to_owned)
        .collect()
}

impl FirstTurn {
    fn is_said(&self) -> bool {
        self.actions.iter().any(|action| is_utterance(action))
    }
}

pub(super) fn is_utterance(action: &str) -> bool {
    action.starts_with("utter_")
}
