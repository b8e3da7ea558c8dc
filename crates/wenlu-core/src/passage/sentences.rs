//! Sentences of a reply. In: the blocks and steps of a part. Out: its units, each with the sentence
//! that may stand for it alone. Must not know: which one is asked for.

use crate::reply::{ReplyBlock, ReplyPart, TextSpan, plain_text::spans_text};

/// A paragraph's sentence, an item or a step.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PartUnit {
    /// As plain text.
    pub text: String,
    /// The spans, for drawing.
    pub spans: Vec<TextSpan>,
    /// The number of characters of the part up to its end.
    pub end: usize,
    pub kind: UnitKind,
}

impl PartUnit {
    /// The number of characters of the part before it.
    pub(super) fn start(&self) -> usize {
        self.end.saturating_sub(self.text.chars().count())
    }
}

/// Where a unit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnitKind {
    Sentence,
    /// Of a list; no sentence by itself.
    Item,
    Step,
}

/// The units of a part, in order.
pub(super) fn units_of(part: &ReplyPart) -> Vec<PartUnit> {
    let mut units = UnitCollector::default();
    let text = UnitKind::Sentence;
    part.blocks
        .iter()
        .for_each(|block| units.block(block, text));
    for step in &part.steps {
        let step = step.blocks.iter();
        step.for_each(|block| units.block(block, UnitKind::Step));
    }
    part.after.iter().for_each(|block| units.block(block, text));
    units.found
}

#[derive(Default)]
struct UnitCollector {
    found: Vec<PartUnit>,
    length: usize,
}

impl UnitCollector {
    fn block(&mut self, block: &ReplyBlock, kind: UnitKind) {
        match block {
            ReplyBlock::Paragraph { spans } | ReplyBlock::Note { spans } => {
                for sentence in sentences(spans) {
                    self.push(sentence, kind);
                }
            }
            ReplyBlock::List { items } => {
                let items = items.iter();
                items.for_each(|item| self.push(item.clone(), UnitKind::Item));
            }
        }
    }

    fn push(&mut self, spans: Vec<TextSpan>, kind: UnitKind) {
        let text = spans_text(&spans);
        self.length += text.chars().count();
        self.found.push(PartUnit {
            text,
            spans,
            end: self.length,
            kind,
        });
    }
}

/// The spans of each sentence. A link is never cut.
fn sentences(spans: &[TextSpan]) -> Vec<Vec<TextSpan>> {
    let mut all: Vec<Vec<TextSpan>> = vec![vec![]];
    for span in spans {
        if span.href.is_some() {
            all.last_mut()
                .into_iter()
                .for_each(|s| s.push(span.clone()));
            continue;
        }
        for piece in pieces(&span.text) {
            let ends = ends_sentence(piece);
            let piece = TextSpan {
                text: piece.to_owned(),
                ..span.clone()
            };
            all.last_mut()
                .into_iter()
                .for_each(|s| s.push(piece.clone()));
            if ends {
                all.push(vec![]);
            }
        }
    }
    all.retain(|sentence| !spans_text(sentence).trim().is_empty());
    all
}

/// The text cut behind each end of a sentence.
fn pieces(text: &str) -> Vec<&str> {
    let (mut all, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.char_indices().position(|(at, c)| {
        let after = rest.get(at + c.len_utf8()..).unwrap_or_default();
        FULL_STOPS.contains(&c) || ".!?".contains(c) && after.starts_with(' ')
    }) {
        let end = rest
            .char_indices()
            .nth(at + 1)
            .map_or(rest.len(), |(end, _)| end);
        let (piece, after) = rest.split_at(end);
        all.push(piece);
        rest = after;
    }
    if !rest.is_empty() {
        all.push(rest);
    }
    all
}

const FULL_STOPS: [char; 4] = ['。', '！', '？', '；'];

pub(super) fn ends_sentence(piece: &str) -> bool {
    piece.ends_with(FULL_STOPS) || piece.ends_with(['.', '!', '?'])
}
