//! The terminal. In: [`Reply`]s. Out: lines that fit its width, in which a Chinese character takes
//! two columns. No control character of a text reaches the terminal. Must not know: where a reply
//! comes from. What is typed goes to the bot unchanged, including the number of a button.

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
use wenlu_core::model::{Lang, Reply};
use wenlu_core::reply::{ReplyBlock, ReplyStep, TextSpan};
use wenlu_core::text::safe::is_display_unsafe;

const STRONG: Style = Style::new().bold();
const LINK: Style = AnsiColor::Cyan.on_default().underline();
const NOTE: Style = AnsiColor::Yellow.on_default();
const NUMBER: Style = AnsiColor::Green.on_default().bold();
const DIM: Style = Style::new().dimmed();
/// Characters that must not begin a line.
const CLOSING: &str = "，。、；：？！）】》”’…,.;:?!)]}";

/// Characters that must not end a line.
const OPENING: &str = "“‘（【《「([{";

/// How replies are rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalStyle {
    /// Columns; `None`: lines are not wrapped, for a pipe.
    pub width: Option<usize>,
    /// Whether to use colours and bold, as ANSI sequences.
    pub styled: bool,
}

impl TerminalStyle {
    /// For a pipe: plain text.
    pub const PLAIN: TerminalStyle = TerminalStyle {
        width: None,
        styled: false,
    };

    /// Renders the replies of one turn. Buttons are numbered from 1 across all replies.
    pub fn draw(self, replies: &[Reply]) -> String {
        let mut page = TerminalPage {
            look: self,
            text: String::new(),
        };
        let mut number = 1;
        for (at, reply) in replies.iter().enumerate() {
            if at > 0 {
                page.text.push('\n');
            }
            page.reply(reply, &mut number);
        }
        page.text
    }
}

/// Removes control characters, escape sequences and characters that change the direction of text.
pub fn strip_control_chars(text: &str) -> String {
    text.chars()
        .map(|c| if matches!(c, '\n' | '\t') { ' ' } else { c })
        .filter(|&c| !is_display_unsafe(c))
        .collect()
}

struct TerminalPage {
    look: TerminalStyle,
    text: String,
}

/// Text in one style, before it is wrapped.
type TerminalRun = (String, Style);

impl TerminalPage {
    fn reply(&mut self, reply: &Reply, number: &mut usize) {
        match reply.from_person {
            true => self.said_by_person(&reply.blocks, reply.lang),
            false => self.blocks(&reply.blocks, ""),
        }
        match reply.cursor.and_then(|at| Some((at, reply.steps.get(at)?))) {
            Some((at, step)) => self.one_step(step, at, reply.steps.len(), reply.lang),
            None => {
                for (at, step) in reply.steps.iter().enumerate() {
                    self.step(step, &format!("{}. ", at + 1));
                }
            }
        }
        self.blocks(&reply.after, "");
        for button in &reply.buttons {
            let label = (strip_control_chars(&button.label), Style::new());
            self.line(&format!("  [{number}] "), NUMBER, &[label]);
            *number += 1;
        }
    }

    /// An operator's message, indented after a prefix.
    fn said_by_person(&mut self, blocks: &[ReplyBlock], lang: Lang) {
        let mark = match lang {
            Lang::Zh => "同事：",
            Lang::En => "Colleague: ",
        };
        let (first, rest) = match blocks.split_first() {
            Some((ReplyBlock::Paragraph { spans }, rest)) => (runs(spans, Style::new()), rest),
            _ => (vec![], blocks),
        };
        self.line(mark, NUMBER, &first);
        self.blocks(rest, &" ".repeat(mark.width()));
    }

    fn one_step(&mut self, step: &ReplyStep, at: usize, count: usize, lang: Lang) {
        let heading = match lang {
            Lang::Zh => format!("第 {} 步，共 {count} 步", at + 1),
            Lang::En => format!("Step {} of {count}", at + 1),
        };
        self.line("", DIM, &[(heading, DIM)]);
        self.step(step, "");
    }

    fn step(&mut self, step: &ReplyStep, mark: &str) {
        let indent = " ".repeat(mark.width());
        let mut blocks = step.blocks.iter();
        if let Some(ReplyBlock::Paragraph { spans }) = step.blocks.first() {
            self.line(mark, NUMBER, &runs(spans, Style::new()));
            blocks.next();
        } else if !mark.is_empty() {
            self.line(mark, NUMBER, &[]);
        }
        self.blocks(blocks, &indent);
    }

    fn blocks<'b>(&mut self, blocks: impl IntoIterator<Item = &'b ReplyBlock>, indent: &str) {
        for block in blocks {
            match block {
                ReplyBlock::Paragraph { spans } => {
                    self.line(indent, Style::new(), &runs(spans, Style::new()))
                }
                ReplyBlock::Note { spans } => {
                    self.line(&format!("{indent}▎"), NOTE, &runs(spans, NOTE))
                }
                ReplyBlock::List { items } => {
                    for item in items {
                        self.line(
                            &format!("{indent}• "),
                            Style::new(),
                            &runs(item, Style::new()),
                        );
                    }
                }
            }
        }
    }

    /// Writes one line, wrapped if it is too long; continuation lines are indented to the text
    /// after `mark`.
    fn line(&mut self, mark: &str, mark_style: Style, runs: &[TerminalRun]) {
        let indent = mark.width();
        self.put(mark, mark_style);
        let mut column = indent;
        for (text, style) in runs {
            let mut row = String::new();
            for piece in pieces(text) {
                let width = piece.width();
                let too_long = self.look.width.is_some_and(|most| column + width > most);
                if too_long && column > indent && !piece.starts_with(|c| CLOSING.contains(c)) {
                    self.put(row.trim_end_matches(' '), *style);
                    row.clear();
                    self.text.push('\n');
                    self.put(&" ".repeat(indent), Style::new());
                    column = indent;
                    if piece == " " {
                        continue;
                    }
                }
                row.push_str(piece);
                column += width;
            }
            self.put(&row, *style);
        }
        self.text.push('\n');
    }

    fn put(&mut self, text: &str, style: Style) {
        if self.look.styled && !text.is_empty() && style != Style::new() {
            self.text.push_str(&format!("{style}{text}{style:#}"));
        } else {
            self.text.push_str(text);
        }
    }
}

fn runs(spans: &[TextSpan], base: Style) -> Vec<TerminalRun> {
    let mut runs = vec![];
    for span in spans {
        let text = strip_control_chars(&span.text);
        let style = if span.strong {
            base | STRONG.get_effects()
        } else {
            base
        };
        let Some(href) = &span.href else {
            runs.push((text, style));
            continue;
        };
        let address = strip_control_chars(href.strip_prefix("mailto:").unwrap_or(href));
        if text == address || text == *href {
            runs.push((address, LINK));
        } else {
            runs.extend([
                (text, style),
                ("（".to_owned(), base),
                (address, LINK),
                ("）".to_owned(), base),
            ]);
        }
    }
    runs
}

/// Divides text where a line may be wrapped: around wide characters and at spaces, not inside words
/// or addresses.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = vec![];
    let mut start = 0;
    let alone = |c: char| c == ' ' || c.width() == Some(2);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = at + c.len_utf8();
        let ends = alone(c) || chars.peek().is_none_or(|&(_, next)| alone(next));
        if ends && !OPENING.contains(c) {
            pieces.extend(text.get(start..end));
            start = end;
        }
    }
    pieces.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use wenlu_core::model::Button;

    fn paragraph(text: &str) -> ReplyBlock {
        ReplyBlock::Paragraph {
            spans: vec![TextSpan {
                text: text.into(),
                ..TextSpan::default()
            }],
        }
    }

    #[test]
    fn wraps_by_columns_and_hangs() {
        let steps = vec![ReplyStep {
            blocks: vec![paragraph("登录微信公众平台，在设置里找到 AppID 一栏。")],
        }];
        let buttons = vec![Button {
            label: "有用".into(),
            data: "yes:x".into(),
        }];
        let reply = Reply {
            blocks: vec![paragraph("请看：")],
            steps,
            buttons,
            ..Reply::default()
        };
        let drawn = TerminalStyle {
            width: Some(20),
            styled: false,
        }
        .draw(&[reply]);
        assert_eq!(
            drawn,
            "请看：\n1. 登录微信公众平台，\n   在设置里找到\n   AppID 一栏。\n  [1] 有用\n"
        );
    }

    #[test]
    fn a_colleague_is_told_apart() {
        let blocks = vec![paragraph("您好，我看到了。"), paragraph("请稍等。")];
        let reply = |lang| Reply {
            lang,
            blocks: blocks.clone(),
            from_person: true,
            ..Reply::default()
        };
        assert_eq!(
            TerminalStyle::PLAIN.draw(&[reply(Lang::Zh)]),
            "同事：您好，我看到了。\n      请稍等。\n"
        );
        assert_eq!(
            TerminalStyle::PLAIN.draw(&[reply(Lang::En)]),
            "Colleague: 您好，我看到了。\n           请稍等。\n"
        );
    }

    #[test]
    fn styles_span_words_and_quotes_stay_with_them() {
        let strong = TextSpan {
            text: "点击“申诉”".into(),
            strong: true,
            ..TextSpan::default()
        };
        let reply = Reply {
            blocks: vec![ReplyBlock::Paragraph {
                spans: vec![strong],
            }],
            ..Reply::default()
        };
        let drawn = TerminalStyle {
            width: Some(6),
            styled: true,
        }
        .draw(&[reply]);
        assert_eq!(drawn, "\u{1b}[1m点击\u{1b}[0m\n\u{1b}[1m“申诉”\u{1b}[0m\n");
    }

    #[test]
    fn nothing_raw_reaches_the_terminal() {
        let evil = "\u{1b}[31m红\u{7}\u{202e}txt\r\n";
        let buttons = vec![Button {
            label: evil.into(),
            data: "x".into(),
        }];
        let reply = Reply {
            blocks: vec![paragraph(evil)],
            buttons,
            ..Reply::default()
        };
        let drawn = TerminalStyle::PLAIN.draw(&[reply]);
        assert_eq!(drawn, "[31m红txt \n  [1] [31m红txt \n");
    }

    #[test]
    fn links_are_written_out() {
        let link = |text: &str, href: &str| TextSpan {
            text: text.into(),
            href: Some(href.into()),
            strong: false,
        };
        let spans = vec![
            link("客服", "https://kf.qq.com"),
            link("a@b.cn", "mailto:a@b.cn"),
        ];
        let reply = Reply {
            blocks: vec![ReplyBlock::Paragraph { spans }],
            ..Reply::default()
        };
        assert_eq!(
            TerminalStyle::PLAIN.draw(&[reply]),
            "客服（https://kf.qq.com）a@b.cn\n"
        );
    }
}
