//! Markdown to a [`ReplyDocument`]. In: a reply's text, variables filled in. Out: blocks, steps and
//! sections, and all mistakes with their places. Must not know: files, languages, channels.

pub use super::mistake::{ReplyMistake, ReplyMistakeKind};

use super::inline::{SpanBuilder, is_inline};
use super::mistake::tag_name;
use super::{ReplyBlock, ReplyDocument, ReplyPart, ReplySection, ReplyStep, TextSpan, plain_text};
use pulldown_cmark::{CowStr, Event, HeadingLevel, OffsetIter, Options, Parser, Tag, TagEnd};
use std::ops::Range;

/// A parsed reply. `unnamed`: the sections without an id of their own, which get one from their
/// position.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParsedReply {
    /// What was understood.
    pub document: ReplyDocument,
    /// The span of each section's heading, in the order of `document.sections`.
    pub headings: Vec<Range<usize>>,
    /// Whether each section has no id of its own, in the order of `document.sections`.
    pub unnamed: Vec<bool>,
    /// All mistakes, by place.
    pub mistakes: Vec<ReplyMistake>,
}

/// Parses all of `text`; goes on after each mistake.
pub fn parse(text: &str) -> ParsedReply {
    let options = Options::ENABLE_HEADING_ATTRIBUTES | Options::ENABLE_TABLES;
    let events = Parser::new_ext(text, options).into_offset_iter();
    let mut reader = MarkdownReader {
        events,
        read: ParsedReply::default(),
        title: None,
        early: None,
        before_part: 0,
    };
    reader.document();
    reader
        .read
        .mistakes
        .sort_by_key(|m| (m.span.start, m.span.end));
    reader.read
}

/// Whether it can be a section's id: lower-case letters, digits and `-`, 1 to 48 of them.
pub(crate) fn is_section_id(id: &str) -> bool {
    (1..=48).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

struct MarkdownReader<'t> {
    events: OffsetIter<'t>,
    read: ParsedReply,
    /// The span of the title.
    title: Option<Range<usize>>,
    /// The span of the first content before the title.
    early: Option<Range<usize>>,
    /// Number of mistakes found before the current part.
    before_part: usize,
}

/// The id in a heading's attributes.
type HeadingId<'t> = Option<CowStr<'t>>;

impl<'t> MarkdownReader<'t> {
    fn document(&mut self) {
        let mut part = ReplyPart::default();
        let mut place = None;
        let mut steps_at = None;
        while let Some((event, span)) = self.events.next() {
            match event {
                Event::Start(Tag::Heading {
                    level: HeadingLevel::H1,
                    ..
                }) => {
                    place.get_or_insert(span.clone());
                    self.title(span);
                    continue;
                }
                Event::Start(Tag::Heading {
                    level: HeadingLevel::H2,
                    id,
                    ..
                }) => {
                    self.finish(std::mem::take(&mut part), &place);
                    (place, steps_at) = (Some(span.clone()), None);
                    self.section(id, span.clone());
                }
                Event::Start(Tag::List(Some(_))) => {
                    let steps = self.steps();
                    if let Some(first) = steps_at.replace(span.clone()) {
                        self.clash(
                            marker(&span),
                            Some(marker(&first)),
                            ReplyMistakeKind::SecondSteps,
                        );
                    }
                    part.steps.extend(steps);
                }
                event => {
                    let block = self.block(event, span.clone());
                    if steps_at.is_none() {
                        part.blocks.extend(block)
                    } else {
                        part.after.extend(block)
                    }
                }
            }
            if self.title.is_none() {
                self.early.get_or_insert(span);
            }
        }
        if self.title.is_none() {
            self.clash(0..0, None, ReplyMistakeKind::NoTitle);
        }
        self.finish(part, &place);
    }

    fn title(&mut self, span: Range<usize>) {
        let title = plain_text::spans_text(&self.inline(TagEnd::Heading(HeadingLevel::H1)));
        if title.is_empty() {
            self.clash(span.clone(), None, ReplyMistakeKind::EmptyPart("标题"));
        }
        match self.title.clone() {
            Some(first) => self.clash(span, Some(first), ReplyMistakeKind::SecondTitle),
            None => {
                self.read.document.title = title;
                self.title = Some(span);
                if let Some(early) = self.early.take() {
                    self.clash(marker(&early), None, ReplyMistakeKind::TitleNotFirst);
                }
            }
        }
    }

    fn section(&mut self, id: HeadingId, span: Range<usize>) {
        let title = plain_text::spans_text(&self.inline(TagEnd::Heading(HeadingLevel::H2)));
        if title.is_empty() {
            self.clash(span.clone(), None, ReplyMistakeKind::EmptyPart("小节标题"));
        }
        let sections = &self.read.document.sections;
        let name = id.as_ref().map_or_else(
            || format!("section-{}", sections.len() + 1),
            CowStr::to_string,
        );
        let first = sections
            .iter()
            .position(|s| s.id == name)
            .and_then(|at| self.read.headings.get(at).cloned());
        if !is_section_id(&name) {
            self.clash(
                span.clone(),
                None,
                ReplyMistakeKind::BadSectionId(name.clone()),
            );
        } else if first.is_some() {
            self.clash(
                span.clone(),
                first,
                ReplyMistakeKind::DuplicateSection(name.clone()),
            );
        }
        self.read.document.sections.push(ReplySection {
            id: name,
            title,
            part: ReplyPart::default(),
        });
        self.read.headings.push(span);
        self.read.unnamed.push(id.is_none());
    }

    /// Stores `part` in the section that was begun last, or as the head if there is none.
    fn finish(&mut self, part: ReplyPart, place: &Option<Range<usize>>) {
        if let Some(place) = place.clone().filter(|_| part == ReplyPart::default()) {
            let which = if self.read.document.sections.is_empty() {
                "标题下面"
            } else {
                "小节"
            };
            self.empty(self.before_part, place, which);
        }
        self.before_part = self.read.mistakes.len();
        match self.read.document.sections.last_mut() {
            Some(section) => section.part = part,
            None => self.read.document.head = part,
        }
    }

    fn steps(&mut self) -> Vec<ReplyStep> {
        let mut steps = Vec::new();
        while let Some((event, span)) = self.events.next() {
            match event {
                Event::Start(Tag::Item) => steps.push(self.step(span)),
                Event::End(TagEnd::List(true)) => break,
                _ => {}
            }
        }
        steps
    }

    fn step(&mut self, item: Range<usize>) -> ReplyStep {
        let (mut blocks, before) = (Vec::new(), self.read.mistakes.len());
        // the text of a tight list is not wrapped in a paragraph
        let mut loose = SpanBuilder::default();
        while let Some((event, span)) = self.events.next() {
            match event {
                Event::End(TagEnd::Item) => break,
                event if is_inline(&event) => loose.event(event, span, &mut self.read.mistakes),
                event => {
                    blocks.extend(paragraph(std::mem::take(&mut loose)));
                    blocks.extend(self.block(event, span));
                }
            }
        }
        blocks.extend(paragraph(loose));
        if blocks.is_empty() {
            self.empty(before, marker(&item), "这一步");
        }
        ReplyStep { blocks }
    }

    /// One block of a part or of a step.
    fn block(&mut self, event: Event<'t>, span: Range<usize>) -> Option<ReplyBlock> {
        match event {
            Event::Start(Tag::Paragraph) => {
                let spans = self.inline(TagEnd::Paragraph);
                (!spans.is_empty()).then_some(ReplyBlock::Paragraph { spans })
            }
            Event::Start(Tag::BlockQuote(_)) => {
                let before = self.read.mistakes.len();
                let spans = self.lines(TagEnd::BlockQuote(None));
                if spans.is_empty() {
                    self.empty(before, span, "提示");
                    return None;
                }
                Some(ReplyBlock::Note { spans })
            }
            Event::Start(Tag::List(None)) => Some(ReplyBlock::List {
                items: self.bullets(),
            }),
            Event::Start(tag) => {
                self.unsupported(&tag, &span);
                None
            }
            Event::Rule => {
                self.clash(span, None, ReplyMistakeKind::Unsupported("分隔线"));
                None
            }
            _ => None,
        }
    }

    fn bullets(&mut self) -> Vec<Vec<TextSpan>> {
        let mut items = Vec::new();
        while let Some((event, span)) = self.events.next() {
            match event {
                Event::Start(Tag::Item) => {
                    let before = self.read.mistakes.len();
                    let item = self.lines(TagEnd::Item);
                    if item.is_empty() {
                        self.empty(before, marker(&span), "这一项");
                    }
                    items.push(item);
                }
                Event::End(TagEnd::List(false)) => break,
                _ => {}
            }
        }
        items
    }

    /// The paragraphs up to `end`, joined by line breaks.
    fn lines(&mut self, end: TagEnd) -> Vec<TextSpan> {
        let mut runs = SpanBuilder::default();
        while let Some((event, span)) = self.events.next() {
            match event {
                // the kind of a block quote is ignored
                Event::End(found)
                    if std::mem::discriminant(&found) == std::mem::discriminant(&end) =>
                {
                    break;
                }
                Event::Start(Tag::Paragraph) => runs.new_line(),
                event if is_inline(&event) => runs.event(event, span, &mut self.read.mistakes),
                Event::Start(tag) => self.unsupported(&tag, &span),
                _ => {}
            }
        }
        runs.finish()
    }

    /// Inline content up to `end`.
    fn inline(&mut self, end: TagEnd) -> Vec<TextSpan> {
        let mut runs = SpanBuilder::default();
        for (event, span) in self.events.by_ref() {
            match event {
                Event::End(found) if found == end => break,
                event => runs.event(event, span, &mut self.read.mistakes),
            }
        }
        runs.finish()
    }

    /// Reports `tag` as unsupported and skips to its end.
    fn unsupported(&mut self, tag: &Tag, span: &Range<usize>) {
        self.clash(
            marker(span),
            None,
            ReplyMistakeKind::Unsupported(tag_name(tag)),
        );
        let mut depth = 1;
        while depth > 0 {
            match self.events.next() {
                Some((Event::Start(_), _)) => depth += 1,
                Some((Event::End(_), _)) => depth -= 1,
                Some(_) => {}
                None => break,
            }
        }
    }

    /// Reports something as empty, unless its content was refused: then there are more mistakes
    /// than the `before` at its beginning.
    fn empty(&mut self, before: usize, span: Range<usize>, which: &'static str) {
        if self.read.mistakes.len() == before {
            self.clash(span, None, ReplyMistakeKind::EmptyPart(which));
        }
    }

    fn clash(&mut self, span: Range<usize>, first: Option<Range<usize>>, what: ReplyMistakeKind) {
        self.read.mistakes.push(ReplyMistake {
            span,
            first,
            kind: what,
        });
    }
}

fn paragraph(runs: SpanBuilder) -> Option<ReplyBlock> {
    let spans = runs.finish();
    (!spans.is_empty()).then_some(ReplyBlock::Paragraph { spans })
}

/// The first character of a block, for pointing at it.
fn marker(span: &Range<usize>) -> Range<usize> {
    span.start..(span.start + 1).min(span.end)
}
