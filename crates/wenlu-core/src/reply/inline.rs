//! Inline text of a block. In: pulldown-cmark's inline events. Out: [`TextSpan`]s. Must not know:
//! blocks.

use super::TextSpan;
use super::mistake::{ReplyMistake, ReplyMistakeKind};
use pulldown_cmark::{Event, LinkType, Tag, TagEnd};
use std::ops::Range;

/// Collects text into spans of one style each.
#[derive(Default)]
pub(super) struct SpanBuilder {
    spans: Vec<TextSpan>,
    strong: usize,
    href: Option<String>,
    /// Nesting depth of images, whose text is not part of the reply.
    images: usize,
    /// The last character of text, and where it ends in the source.
    last: Option<(char, usize)>,
}

/// Whether `event` is inline content of a block.
pub(super) fn is_inline(event: &Event) -> bool {
    matches!(
        event,
        Event::Text(_)
            | Event::Code(_)
            | Event::SoftBreak
            | Event::HardBreak
            | Event::InlineHtml(_)
            | Event::Start(Tag::Strong | Tag::Emphasis | Tag::Link { .. } | Tag::Image { .. })
            | Event::End(TagEnd::Strong | TagEnd::Emphasis | TagEnd::Link | TagEnd::Image)
    )
}

impl SpanBuilder {
    pub(super) fn event(
        &mut self,
        event: Event,
        span: Range<usize>,
        mistakes: &mut Vec<ReplyMistake>,
    ) {
        let mut clash = |what| {
            mistakes.push(ReplyMistake {
                span: span.clone(),
                first: None,
                kind: what,
            })
        };
        match event {
            Event::Start(Tag::Image { .. }) => {
                self.images += 1;
                clash(ReplyMistakeKind::Unsupported("图片"));
            }
            Event::End(TagEnd::Image) => self.images -= 1,
            Event::InlineHtml(_) => clash(ReplyMistakeKind::Unsupported(" HTML")),
            _ if self.images > 0 => {}
            Event::Start(Tag::Strong) => self.strong += 1,
            Event::End(TagEnd::Strong) => self.strong -= 1,
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                ..
            }) => match address(link_type, &dest_url) {
                Some(href) => self.href = Some(href),
                None => clash(ReplyMistakeKind::BadLink(dest_url.to_string())),
            },
            Event::End(TagEnd::Link) => self.href = None,
            Event::SoftBreak => self.soft_break(),
            Event::HardBreak => self.push("\n"),
            Event::Text(text) if self.href.is_some() => {
                self.push(text.strip_prefix("mailto:").unwrap_or(&text))
            }
            Event::Text(text) => {
                mistakes.extend(self.stray(&text, span));
                self.push(&text);
            }
            Event::Code(text) => self.push(&text),
            _ => {}
        }
    }

    /// Adds a line break between the paragraphs of one block.
    pub(super) fn new_line(&mut self) {
        if !self.spans.is_empty() {
            self.push("\n");
        }
    }

    /// The spans, without white space at the ends.
    pub(super) fn finish(self) -> Vec<TextSpan> {
        let mut spans = self.spans;
        while let Some(first) = spans.first_mut() {
            first.text = first.text.trim_start().to_owned();
            if !first.text.is_empty() {
                break;
            }
            spans.remove(0);
        }
        while let Some(last) = spans.last_mut() {
            last.text = last.text.trim_end().to_owned();
            if !last.text.is_empty() {
                break;
            }
            spans.pop();
        }
        spans
    }

    /// Markup that was not understood arrives as text, in pieces; characters that were escaped on
    /// purpose never arrive together.
    fn stray(&mut self, text: &str, span: Range<usize>) -> Option<ReplyMistake> {
        let before = self
            .last
            .filter(|(_, end)| *end == span.start)
            .map(|(c, _)| c);
        let joined: String = before.into_iter().chain(text.chars()).collect();
        self.last = joined.chars().last().map(|c| (c, span.end));
        let (at, mark) = ["**", "]("]
            .into_iter()
            .find_map(|mark| joined.find(mark).map(|at| (at, mark)))?;
        self.last = None;
        let start = (span.start + at).saturating_sub(before.map_or(0, char::len_utf8));
        Some(ReplyMistake {
            span: start..start + mark.len(),
            first: None,
            kind: ReplyMistakeKind::StrayMarkup(mark),
        })
    }

    /// A line break in the source: a space after ASCII text; nothing after Chinese, which is
    /// written without spaces.
    fn soft_break(&mut self) {
        let last = self.spans.last().and_then(|span| span.text.chars().last());
        if last.is_some_and(|c| c.is_ascii() && !c.is_whitespace()) {
            self.push(" ");
        }
    }

    fn push(&mut self, text: &str) {
        let strong = self.strong > 0;
        match self.spans.last_mut() {
            Some(last) if last.strong == strong && last.href == self.href => last.text += text,
            _ => self.spans.push(TextSpan {
                text: text.to_owned(),
                href: self.href.clone(),
                strong,
            }),
        }
    }
}

/// The address of a link, if every channel can show it.
fn address(kind: LinkType, dest: &str) -> Option<String> {
    if kind == LinkType::Email && !dest.starts_with("mailto:") {
        return Some(format!("mailto:{dest}"));
    }
    // an unknown variable has been reported already
    let good = dest.starts_with("{{")
        || ["https://", "http://", "mailto:"].iter().any(|scheme| {
            dest.strip_prefix(scheme)
                .is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
        });
    good.then(|| dest.to_owned())
}
