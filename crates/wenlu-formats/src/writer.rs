//! Markdown reduced to what a reply may contain. In: any Markdown. Out: paragraphs, one numbered
//! list, bullets, hints, bold and links; and what had to be changed. Must not know: the reply
//! parser, formats.

use super::blocks::{ImportedBlock, escape, escaped_lines, lines, render, text, without_tags};
use super::excerpt;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd};
use std::fmt::Write;

/// `text` rewritten, with bold or without, and a phrase for each change.
pub(crate) fn rewrite(text: &str, strong: bool) -> (String, Vec<String>) {
    let mut writer = MarkdownRewriter {
        events: parser(text),
        changes: Vec::new(),
        steps: false,
        strong,
    };
    (render(&writer.blocks(None)), writer.changes)
}

/// How deeply `text` is nested.
pub(crate) fn depth(text: &str) -> usize {
    let (mut now, mut most) = (0usize, 0);
    for event in parser(text) {
        match event {
            Event::Start(_) => now += 1,
            Event::End(_) => now = now.saturating_sub(1),
            _ => {}
        }
        most = most.max(now);
    }
    most
}

fn parser(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_TABLES)
}

struct MarkdownRewriter<'t> {
    events: Parser<'t>,
    changes: Vec<String>,
    /// A numbered list was written already: a reply may have one.
    steps: bool,
    /// Keep bold.
    strong: bool,
}

impl MarkdownRewriter<'_> {
    /// Reads blocks up to `end`.
    fn blocks(&mut self, end: Option<TagEnd>) -> Vec<ImportedBlock> {
        let mut out = Vec::new();
        let mut loose = String::new();
        while let Some(event) = self.events.next() {
            if matches!(&event, Event::End(found) if Some(*found) == end) {
                break;
            }
            if let Some(event) = self.span(event, &mut loose) {
                out.extend(text(&mut loose));
                self.block(event, &mut out);
            }
        }
        out.extend(text(&mut loose));
        out
    }

    fn block(&mut self, event: Event, out: &mut Vec<ImportedBlock>) {
        match event {
            Event::Start(Tag::Paragraph) => out.extend(text(&mut self.inline(TagEnd::Paragraph))),
            Event::Start(Tag::Heading { level, .. }) => {
                let words = self
                    .inline(TagEnd::Heading(level))
                    .replace("**", "")
                    .replace("\\\n", " ");
                if !words.is_empty() {
                    self.change(&format!("标题 {} 改成了加粗的一行", excerpt(&words)));
                    out.push(ImportedBlock::Text(if self.strong {
                        format!("**{words}**")
                    } else {
                        words
                    }));
                }
            }
            Event::Start(Tag::BlockQuote(kind)) => {
                let lines = lines(self.blocks(Some(TagEnd::BlockQuote(kind))));
                out.extend((!lines.is_empty()).then(|| ImportedBlock::Note(lines.join("\\\n"))));
            }
            Event::Start(Tag::List(first)) => {
                let items = self.items(first.is_some());
                self.list(first, items, out);
            }
            Event::Start(Tag::CodeBlock(_)) => {
                self.change("代码块改成了普通文字");
                let mut code = self.raw(TagEnd::CodeBlock);
                code = escaped_lines(&code);
                out.extend(text(&mut code));
            }
            Event::Start(Tag::HtmlBlock) => {
                let html = self.raw(TagEnd::HtmlBlock);
                self.change(&format!("HTML {} 去掉了标签", excerpt(&html)));
                out.extend(text(&mut escaped_lines(&without_tags(&html))));
            }
            Event::Start(Tag::Table(_)) => {
                self.change("表格改成了一行一行的文字");
                out.extend(text(&mut self.table()));
            }
            Event::Rule => self.change("分隔线去掉了"),
            _ => {}
        }
    }

    /// Reads the items of a list: the text of each, and its nested list items.
    fn items(&mut self, ordered: bool) -> Vec<(String, Vec<String>)> {
        let mut items = Vec::new();
        while let Some(event) = self.events.next() {
            match event {
                Event::End(TagEnd::List(found)) if found == ordered => break,
                Event::Start(Tag::Item) => {
                    let mut own = Vec::new();
                    let mut below = Vec::new();
                    for block in self.blocks(Some(TagEnd::Item)) {
                        match block {
                            ImportedBlock::Bullets(items) => below.extend(items),
                            ImportedBlock::Steps(steps) => below.extend(
                                steps
                                    .into_iter()
                                    .flat_map(|(own, more)| [vec![own], more].concat()),
                            ),
                            other => own.extend(lines(vec![other])),
                        }
                    }
                    items.push((own.join("\\\n"), below));
                }
                _ => {}
            }
        }
        items.retain(|(own, below)| !own.is_empty() || !below.is_empty());
        items
    }

    fn list(
        &mut self,
        first: Option<u64>,
        items: Vec<(String, Vec<String>)>,
        out: &mut Vec<ImportedBlock>,
    ) {
        if items.is_empty() {
            return;
        }
        match first {
            Some(1) if !self.steps && items.iter().all(|(own, _)| !own.is_empty()) => {
                self.steps = true;
                out.push(ImportedBlock::Steps(items));
            }
            Some(first) => {
                self.change("一条回复只能有一个编号列表，其余的改成了普通文字");
                let line = |(at, (own, below)): (usize, (String, Vec<String>))| {
                    let own = format!("{}\\. {own}", first.saturating_add(at as u64));
                    std::iter::once(own)
                        .chain(below)
                        .collect::<Vec<_>>()
                        .join("\\\n")
                };
                out.push(ImportedBlock::Text(
                    items
                        .into_iter()
                        .enumerate()
                        .map(line)
                        .collect::<Vec<_>>()
                        .join("\\\n"),
                ));
            }
            None => {
                if items
                    .iter()
                    .any(|(own, below)| !own.is_empty() && !below.is_empty())
                {
                    self.change("下级列表并到了上一级");
                }
                let flat = items
                    .into_iter()
                    .flat_map(|(own, below)| [vec![own], below].concat());
                out.push(ImportedBlock::Bullets(
                    flat.filter(|item| !item.is_empty()).collect(),
                ));
            }
        }
    }

    fn inline(&mut self, end: TagEnd) -> String {
        let mut out = String::new();
        while let Some(event) = self.events.next() {
            if matches!(&event, Event::End(found) if *found == end) {
                break;
            }
            self.span(event, &mut out);
        }
        out
    }

    /// Writes an inline event to `out`; returns the event if it is not an inline one.
    fn span<'e>(&mut self, event: Event<'e>, out: &mut String) -> Option<Event<'e>> {
        match event {
            Event::Text(text) | Event::Code(text) => escape(&text, out),
            Event::SoftBreak | Event::HardBreak => {
                *out = format!("{}\\\n", out.trim_end_matches(' '))
            }
            Event::Start(Tag::Strong) | Event::End(TagEnd::Strong) if self.strong => {
                out.push_str("**")
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                let words = self.inline(TagEnd::Link).replace("\\\n", " ");
                self.link(&words, &dest_url, out);
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                let words = self.inline(TagEnd::Image).replace("\\\n", " ");
                self.change(&format!("图片 {} 改成了链接", excerpt(&dest_url)));
                self.link(&format!("图片 {words}"), &dest_url, out);
            }
            Event::InlineHtml(html) => {
                if html.to_lowercase().starts_with("<br") {
                    out.push_str("\\\n");
                } else {
                    self.change(&format!("HTML 标签 {} 去掉了", excerpt(&html)));
                }
            }
            Event::Start(Tag::Strong | Tag::Emphasis)
            | Event::End(TagEnd::Strong | TagEnd::Emphasis) => {}
            other => return Some(other),
        }
        None
    }

    fn link(&mut self, words: &str, address: &CowStr, out: &mut String) {
        let words = words.trim();
        let good = ["https://", "http://", "mailto:"].iter().any(|scheme| {
            address.strip_prefix(scheme).is_some_and(|rest| {
                !rest.is_empty()
                    && !rest.contains(['<', '>', '\\', '{', '}'])
                    && !rest.contains(char::is_whitespace)
            })
        });
        let bare = words.replace('\\', "");
        let _ = match good {
            true if words.is_empty() || bare == **address => write!(out, "<{address}>"),
            true => write!(out, "[{words}](<{address}>)"),
            false => {
                if !address.is_empty() {
                    self.change(&format!(
                        "链接 {} 不是网址，改成了普通文字",
                        excerpt(address)
                    ));
                }
                out.push_str(words);
                Ok(())
            }
        };
    }

    /// The raw text of code or HTML up to `end`.
    fn raw(&mut self, end: TagEnd) -> String {
        let mut out = String::new();
        for event in self.events.by_ref() {
            match event {
                Event::End(found) if found == end => break,
                Event::Text(text)
                | Event::Html(text)
                | Event::InlineHtml(text)
                | Event::Code(text) => out += &text,
                _ => {}
            }
        }
        out
    }

    fn table(&mut self) -> String {
        let mut rows = Vec::new();
        let mut cells = Vec::new();
        while let Some(event) = self.events.next() {
            match event {
                Event::Start(Tag::TableCell) => {
                    cells.push(self.inline(TagEnd::TableCell).trim().to_owned())
                }
                Event::End(TagEnd::TableRow | TagEnd::TableHead) => {
                    rows.push(std::mem::take(&mut cells).join("，"))
                }
                Event::End(TagEnd::Table) => break,
                _ => {}
            }
        }
        rows.join("\\\n")
    }

    fn change(&mut self, change: &str) {
        if !self.changes.iter().any(|c| c == change) {
            self.changes.push(change.to_owned());
        }
    }
}
