//! The text of a reply, in reading order. In: a [`Reply`]. Out: nested [`OutlineNode`]s, between
//! which a long reply may be split. Must not know: how long a message may be.

use super::clean;
use super::cut::{Content, Node, Run};
use crate::message::{Lang, Reply};
use crate::reply::{Block, Span, Step, plain};

const PARAGRAPH: &str = "\n\n";
const LINE: &str = "\n";

/// The whole reply: its blocks, the current step or all steps, and the text after them.
pub fn outline(reply: &Reply) -> Vec<Node> {
    let mut nodes: Vec<Node> = reply.blocks.iter().map(|block| node(block, PARAGRAPH)).collect();
    match reply.cursor.and_then(|at| Some((at, reply.steps.get(at)?))) {
        Some((at, step)) => nodes.push(one_step(step, at, reply.steps.len(), reply.lang)),
        None => nodes.extend(all_steps(&reply.steps)),
    }
    nodes.extend(reply.after.iter().map(|block| node(block, PARAGRAPH)));
    nodes
}

/// The text above buttons if the reply has none.
pub fn choose(lang: Lang) -> Vec<Run> {
    let text = match lang {
        Lang::Zh => "请选择：",
        Lang::En => "Please choose:",
    };
    vec![Run { text: text.to_owned(), ..Run::default() }]
}

/// Numbered steps, separated by a line break if each is a single paragraph, else by an empty line.
fn all_steps(steps: &[Step]) -> impl Iterator<Item = Node> {
    let are_lines = steps.iter().all(|step| matches!(step.blocks.as_slice(), [Block::Paragraph { .. }]));
    steps.iter().enumerate().map(move |(at, step)| {
        let gap = if at > 0 && are_lines { LINE } else { PARAGRAPH };
        let mark = |text| Run { text, ..Run::default() };
        let mut blocks: Vec<Node> = step.blocks.iter().map(|block| node(block, LINE)).collect();
        match blocks.first_mut().map(|first| &mut first.content) {
            Some(Content::Text(runs)) if !runs.iter().any(|run| run.quote) => {
                runs.insert(0, mark(format!("{}. ", at + 1)))
            }
            _ => blocks.insert(0, Node { gap, content: Content::Text(vec![mark(format!("{}.", at + 1))]) }),
        }
        Node { gap, content: Content::Nodes(blocks) }
    })
}

fn one_step(step: &Step, at: usize, count: usize, lang: Lang) -> Node {
    let heading = match lang {
        Lang::Zh => format!("第 {} 步，共 {count} 步", at + 1),
        Lang::En => format!("Step {} of {count}", at + 1),
    };
    let heading = Run { text: heading, strong: true, ..Run::default() };
    let mut nodes = vec![Node { gap: PARAGRAPH, content: Content::Text(vec![heading]) }];
    nodes.extend(step.blocks.iter().map(|block| node(block, LINE)));
    Node { gap: PARAGRAPH, content: Content::Nodes(nodes) }
}

fn node(block: &Block, gap: &'static str) -> Node {
    let content = match block {
        Block::Paragraph { spans } => Content::Text(runs(spans, false)),
        Block::Note { spans } => Content::Text(runs(spans, true)),
        Block::List { items } => Content::Nodes(
            items
                .iter()
                .map(|item| {
                    let mut runs = runs(item, false);
                    runs.insert(0, Run { text: "• ".to_owned(), ..Run::default() });
                    Node { gap: LINE, content: Content::Text(runs) }
                })
                .collect(),
        ),
    };
    Node { gap, content }
}

/// Telegram renders web links only and drops others, which are therefore written out.
fn runs(spans: &[Span], quote: bool) -> Vec<Run> {
    let of = |span: &Span| {
        let href =
            span.href.as_deref().map(clean).filter(|href| href.starts_with("https://") || href.starts_with("http://"));
        let text = match &href {
            Some(address) if span.text.is_empty() => address.clone(),
            Some(_) => clean(&span.text),
            None => clean(&plain::line(std::slice::from_ref(span))),
        };
        Run { text, strong: span.strong, href, quote }
    };
    spans.iter().map(of).filter(|run| !run.text.is_empty()).collect()
}
