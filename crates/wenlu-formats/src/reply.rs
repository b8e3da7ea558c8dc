//! Replies of other systems. In: plain text or Markdown. Out: Markdown that the reply parser
//! accepts, and what had to be changed. Must not know: files, formats.
//!
//! Plain text is first turned into Markdown (markup is escaped; lists and URLs are recognised).
//! Both kinds are then parsed as full Markdown and written again with the blocks that a reply may
//! contain.

use super::blocks::{escape, without_tags};
use super::excerpt;
use super::html;
use super::plain;
use super::writer::{depth, rewrite};
use wenlu_core::knowledge::unwritten::{self, UnwrittenKind};
use wenlu_core::reply::{markdown, template};
use wenlu_core::text::safe::is_display_unsafe;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReplySyntax {
    Plain,
    Markdown,
    Html,
    /// Whatever a person put into a cell.
    Cell,
    /// What we exported: Markdown of ours, with sections.
    Ours,
}

/// The reply without its title; empty if nothing is left. `changes`: a phrase for each thing that
/// was not kept. `unfilled`: a phrase for what stands for a value that nobody fills in.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct ConvertedReply {
    pub body: String,
    pub changes: Vec<String>,
    pub unfilled: Option<String>,
}

pub(crate) fn make(text: &str, source: ReplySyntax) -> ConvertedReply {
    let mut made = match source {
        // the check of the whole import says what is wrong with it
        ReplySyntax::Ours => ConvertedReply {
            body: format!("{}\n", text.trim_end()),
            ..ConvertedReply::default()
        },
        _ => written(text, source),
    };
    made.unfilled = left_over(&made.body);
    made
}

/// What a cell is written in.
fn syntax_of(text: &str) -> ReplySyntax {
    match (html::is_html(text), has_markdown(text)) {
        (true, true) if html::is_inline(text) => ReplySyntax::Markdown,
        (true, _) => ReplySyntax::Html,
        (false, true) => ReplySyntax::Markdown,
        (false, false) => ReplySyntax::Plain,
    }
}

/// Whether somebody marked the text up, rather than typed a character that Markdown knows.
fn has_markdown(text: &str) -> bool {
    let pairs = |mark: &str| text.matches(mark).count() >= 2;
    let links = text.split("](").skip(1);
    let is_address = |rest: &str| {
        ["http", "/", "mailto:", "<"]
            .iter()
            .any(|s| rest.starts_with(s))
    };
    let is_heading = |line: &str| {
        let words = line.trim_start_matches('#');
        (1..=6).contains(&(line.len() - words.len())) && words.starts_with(' ')
    };
    let is_ruler = |line: &str| line.starts_with('|') && line.contains("--");
    pairs("**")
        || pairs("```")
        || links.into_iter().any(is_address)
        || text
            .lines()
            .map(str::trim)
            .any(|line| is_heading(line) || is_ruler(line))
}

fn written(text: &str, source: ReplySyntax) -> ConvertedReply {
    let mut changes = Vec::new();
    let mut text = variables(&clean(text));
    if !matches!(source, ReplySyntax::Plain | ReplySyntax::Ours) {
        text = html::without_comments(&text, &mut changes);
    }
    let is_cell = source == ReplySyntax::Cell;
    let source = match source {
        ReplySyntax::Cell => syntax_of(&text),
        named => named,
    };
    // names of characters without an element: the line breaks of the cell still mean something
    if is_cell && source == ReplySyntax::Plain {
        text = variables(&clean(&html::decoded(&text)));
    }
    let written = match source {
        ReplySyntax::Plain => plain::as_markdown(&text),
        ReplySyntax::Html => html::to_markdown(&text, &mut changes),
        ReplySyntax::Markdown | ReplySyntax::Cell | ReplySyntax::Ours => {
            plain::with_list_markers(&html::bold_as_markdown(&text))
        }
    };
    if depth(&written) <= DEEPEST {
        // bold next to some punctuation cannot be written in Markdown: try again without bold
        let both = [true, false]
            .into_iter()
            .map(|strong| rewrite(&written, strong));
        if let Some((body, more)) = both.into_iter().find(|(body, _)| fits(body)) {
            changes.extend(more);
            return ConvertedReply {
                body,
                changes,
                unfilled: None,
            };
        }
    }
    changes.push("排版没有看懂，全部当作普通文字".to_owned());
    let words = match html::is_html(&text) {
        true => without_tags(&text),
        false => text,
    };
    ConvertedReply {
        body: bare(&words),
        changes,
        unfilled: None,
    }
}

/// Deepest nesting that is converted; deeper text becomes plain words.
const DEEPEST: usize = 16;

/// Whether the reply parser accepts it, or it is empty.
fn fits(body: &str) -> bool {
    let document = format!("# 标题\n\n{body}");
    let filled = template::fill(&document, |_| None);
    body.is_empty() || filled.mistakes.is_empty() && markdown::parse(&document).mistakes.is_empty()
}

fn clean(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    lines.chars().filter(|c| !is_display_unsafe(*c)).collect()
}

/// `{{ name }}` would be a variable of ours, so braces are made single.
fn variables(text: &str) -> String {
    let mut out = text.to_owned();
    for (double, single) in [("{{", "{"), ("}}", "}")] {
        while out.contains(double) {
            out = out.replace(double, single);
        }
    }
    out
}

/// A note if the reply still contains template code of the other system.
fn left_over(body: &str) -> Option<String> {
    let place = unwritten::find_unwritten(body)?;
    let code = body.get(place.span)?.replace('\\', "");
    Some(match place.kind {
        UnwrittenKind::ForeignCode => {
            format!("变量 {} 没有值，改好之前按没有资料处理", excerpt(&code))
        }
        UnwrittenKind::Reminder | UnwrittenKind::Template => {
            format!("{} 是待写的记号，改好之前按没有资料处理", excerpt(&code))
        }
    })
}

/// Words only, without markup.
fn bare(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_whitespace() {
        let kept: String = word
            .chars()
            .filter(|c| !c.is_ascii_punctuation() || ".,:;?!/-'".contains(*c))
            .collect();
        out += if out.is_empty() { "" } else { " " };
        escape(&kept, &mut out);
    }
    if fits(&out) && !out.is_empty() {
        out + "\n"
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_in_a_cell_is_dropped_and_named() {
        for (cell, body) in [
            ("三天<!-- 内部：别告诉客户成本价 -->", "三天\n"),
            ("三天<!-- 内部\n第二行 > 更多 -->到账", "三天到账\n"),
            ("**三天**<!-- 内部 -->", "**三天**\n"),
            ("<p>三天</p><!-- 内部 <b>粗</b> -->", "三天\n"),
        ] {
            let made = make(cell, ReplySyntax::Cell);
            assert_eq!(made.body, body, "{cell}");
            assert_eq!(made.changes, ["HTML 的注释没有带过来（1 处）"], "{cell}");
        }
    }

    #[test]
    fn names_of_characters_in_a_cell_are_the_characters() {
        let made = make("三天&nbsp;到账 &amp; 原路\n见 A&#38;B", ReplySyntax::Cell);
        assert!(
            !made.body.contains("nbsp") && !made.body.contains("#38"),
            "{}",
            made.body
        );
        assert!(
            made.body.contains("三天 到账") && made.body.contains('\n'),
            "{}",
            made.body
        );
        assert!(
            make("按下 &#123;&#123; name }}", ReplySyntax::Cell)
                .body
                .contains("name")
        );
    }
}
