//! The text of a reply, in reading order. In: a [`Reply`]. Out: nested [`OutlineNode`]s, between
//! which a long reply may be split. Must not know: how long a message may be.

use super::split::{NodeContent, OutlineNode, StyledRun};
use super::text::clean;
use wenlu_core::model::{Lang, Reply};
use wenlu_core::reply::{ReplyBlock, ReplyStep, TextSpan, plain_text};

const PARAGRAPH: &str = "\n\n";
const LINE: &str = "\n";

/// The whole reply: its blocks, the current step or all steps, and the text after them.
pub(in crate::channel) fn outline(reply: &Reply) -> Vec<OutlineNode> {
    let mut nodes: Vec<OutlineNode> = reply
        .blocks
        .iter()
        .map(|block| node(block, PARAGRAPH))
        .collect();
    match reply.cursor.and_then(|at| Some((at, reply.steps.get(at)?))) {
        Some((at, step)) => nodes.push(one_step(step, at, reply.steps.len(), reply.lang)),
        None => nodes.extend(all_steps(&reply.steps)),
    }
    nodes.extend(reply.after.iter().map(|block| node(block, PARAGRAPH)));
    nodes
}

/// The text above buttons if the reply has none.
pub(in crate::channel) fn choose(lang: Lang) -> Vec<StyledRun> {
    let text = match lang {
        Lang::Zh => "请选择：",
        Lang::En => "Please choose:",
    };
    vec![StyledRun::plain(text)]
}

/// Numbered steps, separated by a line break if each is a single paragraph, else by an empty line.
fn all_steps(steps: &[ReplyStep]) -> impl Iterator<Item = OutlineNode> {
    let are_lines = steps
        .iter()
        .all(|step| matches!(step.blocks.as_slice(), [ReplyBlock::Paragraph { .. }]));
    steps.iter().enumerate().map(move |(at, step)| {
        let gap = if at > 0 && are_lines { LINE } else { PARAGRAPH };
        let mut blocks = step.blocks.iter().map(|block| node(block, LINE)).collect();
        mark(&mut blocks, &format!("{}. ", at + 1), gap);
        OutlineNode {
            gap,
            content: NodeContent::Nodes(blocks),
        }
    })
}

/// Puts a mark before the text of the first node, or into a node of its own, after `gap`, if that is a
/// note or has nodes inside.
pub(in crate::channel) fn mark(nodes: &mut Vec<OutlineNode>, mark: &str, gap: &'static str) {
    match nodes.first_mut().map(|first| &mut first.content) {
        Some(NodeContent::Text(runs)) if !runs.iter().any(|run| run.quote) => {
            runs.insert(0, StyledRun::plain(mark));
        }
        _ => {
            let alone = StyledRun::plain(mark.trim_end());
            nodes.insert(0, OutlineNode::text(gap, vec![alone]));
        }
    }
}

fn one_step(step: &ReplyStep, at: usize, count: usize, lang: Lang) -> OutlineNode {
    let heading = match lang {
        Lang::Zh => format!("第 {} 步，共 {count} 步", at + 1),
        Lang::En => format!("Step {} of {count}", at + 1),
    };
    let heading = StyledRun {
        strong: true,
        ..StyledRun::plain(heading)
    };
    let mut nodes = vec![OutlineNode::text(PARAGRAPH, vec![heading])];
    nodes.extend(step.blocks.iter().map(|block| node(block, LINE)));
    OutlineNode {
        gap: PARAGRAPH,
        content: NodeContent::Nodes(nodes),
    }
}

fn node(block: &ReplyBlock, gap: &'static str) -> OutlineNode {
    let content = match block {
        ReplyBlock::Paragraph { spans } => NodeContent::Text(runs(spans, false)),
        ReplyBlock::Note { spans } => NodeContent::Text(runs(spans, true)),
        ReplyBlock::List { items } => NodeContent::Nodes(
            items
                .iter()
                .map(|item| {
                    let mut runs = runs(item, false);
                    runs.insert(0, StyledRun::plain("• "));
                    OutlineNode::text(LINE, runs)
                })
                .collect(),
        ),
    };
    OutlineNode { gap, content }
}

/// Chat services render web links only and drop others, which are therefore written out.
fn runs(spans: &[TextSpan], quote: bool) -> Vec<StyledRun> {
    let of = |span: &TextSpan| {
        let href = span
            .href
            .as_deref()
            .map(clean)
            .filter(|href| href.starts_with("https://") || href.starts_with("http://"));
        let text = match &href {
            Some(address) if span.text.is_empty() => address.clone(),
            Some(_) => clean(&span.text),
            None => clean(&plain_text::spans_text(std::slice::from_ref(span))),
        };
        StyledRun {
            text,
            strong: span.strong,
            href,
            quote,
        }
    };
    spans
        .iter()
        .map(of)
        .filter(|run| !run.text.is_empty())
        .collect()
}
