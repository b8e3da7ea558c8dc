//! Splits long replies into messages. In: nested [`OutlineNode`]s and a limit. Out: the runs of
//! each message, none over the limit. Splits between the outermost nodes if these fit, else between
//! lines and sentences, else between words. Must not know: markup, replies.

use super::text::is_blank;
use unicode_segmentation::UnicodeSegmentation;

/// Text in one style.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::channel) struct StyledRun {
    pub text: String,
    pub strong: bool,
    pub href: Option<String>,
    pub quote: bool,
}

/// A step, a block or a line.
#[derive(Clone, Debug)]
pub(in crate::channel) struct OutlineNode {
    /// Separator between this node and the one before it in the same message.
    pub gap: &'static str,
    pub content: NodeContent,
}

#[derive(Clone, Debug)]
pub(in crate::channel) enum NodeContent {
    Text(Vec<StyledRun>),
    Nodes(Vec<OutlineNode>),
}

/// Where text may be split, from coarse to fine. A link is not split as long as it fits into a
/// message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SplitLevel {
    Sentence,
    Word,
    Grapheme,
    Char,
}

/// Ends of sentences; closing quotes and brackets after them belong to the sentence.
const SENTENCE_ENDS: &str = "。！？；!?…\n";
const CLOSING: &str = "”’」』）)】》\"'";

/// What a service counts when it limits a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::channel) enum TextMeasure {
    /// UTF-16 units of the text; markup is free.
    Utf16,
    /// Bytes of UTF-8; a link costs its address and what stands around it: `<a href="…">…</a>`.
    Bytes,
}

impl TextMeasure {
    const LINK_BYTES: usize = r#"<a href=""></a>"#.len();

    pub(in crate::channel) fn of(self, run: &StyledRun) -> usize {
        match self {
            TextMeasure::Utf16 => run.text.encode_utf16().count(),
            TextMeasure::Bytes => {
                let link = run.href.as_ref().map(|href| href.len() + Self::LINK_BYTES);
                run.text.len() + link.unwrap_or_default()
            }
        }
    }

    fn of_all(self, runs: &[StyledRun]) -> usize {
        runs.iter().map(|run| self.of(run)).sum()
    }
}

/// Distributes nodes over parts of at most `limit` by `measure`. No part is empty.
pub(in crate::channel) fn pack(
    nodes: &[OutlineNode],
    limit: usize,
    measure: TextMeasure,
) -> Vec<Vec<StyledRun>> {
    let mut parts = PartPacker {
        limit,
        measure,
        done: vec![],
        open: vec![],
        used: 0,
    };
    for node in nodes {
        parts.put(node, node.gap);
    }
    parts.close();
    parts.done
}

impl StyledRun {
    pub(in crate::channel) fn plain(text: impl Into<String>) -> StyledRun {
        StyledRun {
            text: text.into(),
            ..StyledRun::default()
        }
    }

    fn with(&self, text: &str) -> StyledRun {
        StyledRun {
            text: text.to_owned(),
            href: self.href.clone(),
            ..*self
        }
    }

    fn looks_like(&self, other: &StyledRun) -> bool {
        (self.strong, self.quote, &self.href) == (other.strong, other.quote, &other.href)
    }
}

impl OutlineNode {
    pub(in crate::channel) fn text(gap: &'static str, runs: Vec<StyledRun>) -> OutlineNode {
        OutlineNode {
            gap,
            content: NodeContent::Text(runs),
        }
    }

    /// The runs of the node, with the separators between inner nodes.
    fn flat(&self) -> Vec<StyledRun> {
        match &self.content {
            NodeContent::Text(runs) => runs.clone(),
            NodeContent::Nodes(nodes) => {
                let mut runs: Vec<StyledRun> = vec![];
                for node in nodes.iter().filter(|node| !node.is_blank()) {
                    if !runs.is_empty() {
                        runs.push(StyledRun::plain(node.gap));
                    }
                    runs.extend(node.flat());
                }
                runs
            }
        }
    }

    fn is_blank(&self) -> bool {
        match &self.content {
            NodeContent::Text(runs) => runs.iter().all(|run| is_blank(&run.text)),
            NodeContent::Nodes(nodes) => nodes.iter().all(OutlineNode::is_blank),
        }
    }
}

struct PartPacker {
    limit: usize,
    measure: TextMeasure,
    done: Vec<Vec<StyledRun>>,
    open: Vec<StyledRun>,
    /// How much of the limit `open` takes.
    used: usize,
}

impl PartPacker {
    /// Adds a node to the current part if it fits, else to a new part, else in pieces.
    fn put(&mut self, node: &OutlineNode, gap: &'static str) {
        if node.is_blank() {
            return;
        }
        let runs = node.flat();
        if self.try_add(&runs, gap) {
            return;
        }
        match &node.content {
            NodeContent::Text(runs) => self.put_text(runs, gap, SplitLevel::Sentence),
            NodeContent::Nodes(nodes) => {
                let shown = nodes.iter().filter(|node| !node.is_blank());
                for (at, inner) in shown.enumerate() {
                    self.put(inner, if at == 0 { gap } else { inner.gap });
                }
            }
        }
    }

    fn put_text(&mut self, runs: &[StyledRun], mut gap: &'static str, grain: SplitLevel) {
        for piece in pieces(runs, grain) {
            if !self.try_add(&piece, gap) {
                match grain.finer() {
                    Some(finer) => self.put_text(&piece, gap, finer),
                    // an address that leaves no room for its own text
                    None => continue,
                }
            }
            gap = "";
        }
    }

    /// Adds runs to the current part or, after closing it, to a new one; `false` if they fit into
    /// no part.
    fn try_add(&mut self, runs: &[StyledRun], between: &'static str) -> bool {
        if !self.open.is_empty()
            && self.used + between.len() + self.measure.of_all(runs) <= self.limit
        {
            if !between.is_empty() {
                self.push(StyledRun::plain(between));
            }
            runs.iter().for_each(|run| self.push(run.clone()));
            return true;
        }
        let trimmed = trim_start(runs);
        let fits = self.measure.of_all(&trimmed) <= self.limit;
        if fits {
            self.close();
            trimmed.into_iter().for_each(|run| self.push(run));
        }
        fits
    }

    fn push(&mut self, run: StyledRun) {
        self.used += self.measure.of(&run);
        match self.open.last_mut() {
            Some(last) if last.looks_like(&run) => last.text.push_str(&run.text),
            _ => self.open.push(run),
        }
    }

    fn close(&mut self) {
        let mut runs = std::mem::take(&mut self.open);
        self.used = 0;
        while let Some(last) = runs.last_mut() {
            last.text.truncate(last.text.trim_end().len());
            if !last.text.is_empty() {
                break;
            }
            runs.pop();
        }
        if !runs.iter().all(|run| is_blank(&run.text)) {
            self.done.push(runs);
        }
    }
}

impl SplitLevel {
    fn finer(self) -> Option<SplitLevel> {
        match self {
            SplitLevel::Sentence => Some(SplitLevel::Word),
            SplitLevel::Word => Some(SplitLevel::Grapheme),
            SplitLevel::Grapheme => Some(SplitLevel::Char),
            SplitLevel::Char => None,
        }
    }
}

fn trim_start(runs: &[StyledRun]) -> Vec<StyledRun> {
    let mut seen = false;
    let trimmed = runs.iter().filter_map(|run| {
        let text = if seen {
            run.text.as_str()
        } else {
            run.text.trim_start()
        };
        seen |= !text.is_empty();
        (!text.is_empty()).then(|| run.with(text))
    });
    trimmed.collect()
}

/// Divides runs into the smallest pieces of this level.
fn pieces(runs: &[StyledRun], grain: SplitLevel) -> Vec<Vec<StyledRun>> {
    let mut pieces: Vec<Vec<StyledRun>> = vec![];
    let mut goes_on = false;
    for run in runs {
        let is_whole =
            run.href.is_some() && matches!(grain, SplitLevel::Sentence | SplitLevel::Word);
        let texts = if is_whole {
            vec![run.text.as_str()]
        } else {
            split(&run.text, grain)
        };
        for text in texts {
            match pieces.last_mut().filter(|_| goes_on) {
                Some(last) => last.push(run.with(text)),
                None => pieces.push(vec![run.with(text)]),
            }
            // a sentence may consist of runs in different styles
            goes_on = grain == SplitLevel::Sentence && (is_whole || !ends_sentence(text));
        }
    }
    pieces
}

fn split(text: &str, grain: SplitLevel) -> Vec<&str> {
    match grain {
        SplitLevel::Sentence => sentences(text),
        SplitLevel::Word => text.split_word_bounds().collect(),
        SplitLevel::Grapheme => text.graphemes(true).collect(),
        SplitLevel::Char => text.split_inclusive(|_| true).collect(),
    }
}

fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = vec![];
    let mut start = 0;
    let mut graphemes = text.grapheme_indices(true).peekable();
    while let Some((at, grapheme)) = graphemes.next() {
        let next = graphemes.peek().and_then(|(_, next)| next.chars().next());
        let is_end = match grapheme {
            // not in `3.14` or `qq.com`
            "." => next.is_some_and(char::is_whitespace),
            _ => {
                (SENTENCE_ENDS.contains(grapheme) || CLOSING.contains(grapheme))
                    && !next.is_some_and(|next| CLOSING.contains(next))
            }
        };
        let end = at + grapheme.len();
        if is_end && text.get(start..end).is_some_and(ends_sentence) {
            sentences.extend(text.get(start..end));
            start = end;
        }
    }
    sentences.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    sentences
}

fn ends_sentence(text: &str) -> bool {
    text.trim_end_matches(|c| CLOSING.contains(c))
        .ends_with(|c| SENTENCE_ENDS.contains(c))
        || text.ends_with('.')
}
