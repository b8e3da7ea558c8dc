//! Replies where there is no markup. In: a reply. Out: its choices as numbered lines, a mark before
//! what a person wrote, notes behind a bar. Must not know: how a text is sent.

use super::outline::mark;
use super::split::{NodeContent, OutlineNode, StyledRun};
use super::text::is_blank;
use wenlu_core::model::{Lang, Reply};

/// The buttons of a reply as numbered lines: the dialogue takes their numbers. `plain`: cleans a
/// label.
pub(in crate::channel) fn numbered_choices(
    reply: &Reply,
    number: &mut usize,
    plain: fn(&str) -> String,
) -> Option<OutlineNode> {
    let mut lines = vec![];
    for button in &reply.buttons {
        let label = plain(&button.label).replace('\n', " ");
        // a label that nobody sees still has its number
        if !is_blank(&label) {
            lines.push(line(format!("{number}. {}", label.trim())));
        }
        *number += 1;
    }
    if lines.is_empty() {
        return None;
    }
    let ask = match reply.lang {
        Lang::Zh => "回复数字选择：",
        Lang::En => "Reply with a number:",
    };
    lines.insert(0, line(ask));
    Some(OutlineNode {
        gap: "\n\n",
        content: NodeContent::Nodes(lines),
    })
}

/// Says that a person wrote it.
pub(in crate::channel) fn mark_person(nodes: &mut Vec<OutlineNode>, lang: Lang) {
    let sign = match lang {
        Lang::Zh => "［人工客服］",
        Lang::En => "[Support] ",
    };
    mark(nodes, sign, "\n");
}

/// The same node with each run changed, and with a bar before notes.
pub(in crate::channel) fn with_runs(
    node: OutlineNode,
    change: fn(StyledRun) -> StyledRun,
) -> OutlineNode {
    let content = match node.content {
        NodeContent::Nodes(nodes) => {
            let nodes = nodes.into_iter().map(|node| with_runs(node, change));
            NodeContent::Nodes(nodes.collect())
        }
        NodeContent::Text(runs) => {
            let is_note = runs.iter().any(|run| run.quote);
            let mut runs: Vec<StyledRun> = runs.into_iter().map(change).collect();
            if is_note {
                runs.insert(0, StyledRun::plain("｜"));
            }
            NodeContent::Text(runs)
        }
    };
    OutlineNode { content, ..node }
}

fn line(text: impl Into<String>) -> OutlineNode {
    OutlineNode::text("\n", vec![StyledRun::plain(text)])
}
