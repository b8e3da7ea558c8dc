//! The replies of a form as each channel will show them: the page, Telegram, WeChat. In: the form. Out:
//! HTML, a part for each language, with the mistakes that keep a reply from being shown. Must not know:
//! what is stored.

use super::sent::{MOST_REPLY, SentForm};
use crate::admin::AdminState;
use crate::admin::drawn_reply::DrawnMessage;
use crate::admin::html::text;
use crate::review::intent_form::full_reply;
use maud::{Markup, PreEscaped, html};
use wenlu_core::dialogue::reply_preview;
use wenlu_core::knowledge::diagnostic::Diagnostic;
use wenlu_core::knowledge::draft_reply::read_draft_reply;
use wenlu_core::knowledge::{Intent, Knowledge};
use wenlu_core::model::{Lang, Reply};
use wenlu_core::reply::{ReplyBlock, ReplyStep, TextSpan};

/// Mistakes that are shown.
const MOST_MISTAKES: usize = 5;

/// The part of each language.
pub(super) fn all(admin: &AdminState, sent: &SentForm) -> Vec<(Lang, Markup)> {
    let parts = Lang::ALL.into_iter();
    parts
        .map(|lang| (lang, of_lang(admin, sent, lang)))
        .collect()
}

fn of_lang(admin: &AdminState, sent: &SentForm, lang: Lang) -> Markup {
    let reply = sent.form.reply(lang);
    let shown = match reply.len() {
        0 => html! { p.soft { (nothing(lang)) } },
        long if long > MOST_REPLY => html! { p.soft { "太长了，不预览。" } },
        _ => drawn(admin, sent, lang, reply),
    };
    html! { div data-preview=(lang.tag()) { (shown) } }
}

fn nothing(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "还没有写。没有中文答复时，用中文问的人会看到英文的那一份。",
        Lang::En => "还没有写，也可以不写：用英文问的人会看到中文的那一份。",
    }
}

fn drawn(admin: &AdminState, sent: &SentForm, lang: Lang, reply: &str) -> Markup {
    let knowledge = &admin.bot.engine().knowledge;
    let intent = intent(knowledge, sent);
    let path = format!("content/{}/{}.md", lang.tag(), intent.id);
    let files = admin.change_service.files();
    let draft = read_draft_reply(&files, &path, &full_reply(&intent.title, reply));
    let sections = draft.document.sections.iter();
    let titles: Vec<String> = sections.map(|one| one.title.clone()).collect();
    let related = intent.related.iter();
    let related = related.filter_map(|id| knowledge.intent(id).cloned());
    let sentences = &knowledge.sentences;
    let sentences = sentences.get(&lang).or_else(|| sentences.get(&Lang::Zh));
    let sentences = sentences.cloned().unwrap_or_default();
    let replies = reply_preview(
        intent.clone(),
        related.collect(),
        draft.document,
        lang,
        sentences,
    );
    let draw = &admin.draw_reply;
    html! {
        (mistaken(&draft.mistakes))
        div.shows {
            (channel("网页", &replies, &titles, web))
            (channel("Telegram", &replies, &titles, |reply| telegram(&draw(reply).telegram)))
            (channel("微信", &replies, &titles, |reply| weixin(&draw(reply).weixin)))
        }
    }
}

/// The intent that serves, or one with the title that was typed.
fn intent(knowledge: &Knowledge, sent: &SentForm) -> Intent {
    let or = |text: &str, other: &str| match text {
        "" => other.to_owned(),
        text => text.to_owned(),
    };
    let id = or(&sent.id, "new");
    let new = || Intent {
        title: or(&sent.form.title, &id),
        id: id.clone(),
        ..Intent::default()
    };
    knowledge.intent(&id).cloned().unwrap_or_else(new)
}

fn mistaken(all: &[Diagnostic]) -> Markup {
    let errors: Vec<&Diagnostic> = all.iter().filter(|one| one.is_error()).collect();
    html! {
        @if !errors.is_empty() {
            ul.wrong {
                @for one in errors.iter().take(MOST_MISTAKES) {
                    li { (text(&one.message)) @if let Some(help) = &one.help { "。" (text(help)) } }
                }
            }
        }
    }
}

/// The whole reply, and each section as a press on its button shows it.
fn channel(
    name: &str,
    replies: &[Reply],
    titles: &[String],
    show: impl Fn(&Reply) -> Markup,
) -> Markup {
    html! {
        section.show {
            h3 { (name) }
            @if let Some(first) = replies.first() { (show(first)) }
            @for (reply, title) in replies.iter().skip(1).zip(titles) {
                details { summary { "按“" (text(title)) "”之后" } (show(reply)) }
            }
        }
    }
}

fn web(reply: &Reply) -> Markup {
    let current = reply.cursor.and_then(|at| Some((at, reply.steps.get(at)?)));
    html! {
        div.bubble lang=(reply.lang.tag()) {
            (blocks(&reply.blocks))
            @match current {
                Some((at, step)) => {
                    p.soft { (at + 1) "/" (reply.steps.len()) }
                    (blocks(&step.blocks))
                }
                None if !reply.steps.is_empty() => (steps(&reply.steps)),
                None => {}
            }
            (blocks(&reply.after))
        }
        (buttons(std::iter::once(reply.buttons.iter().map(|button| button.label.as_str()))))
    }
}

fn steps(steps: &[ReplyStep]) -> Markup {
    html! { ol { @for step in steps { li { (blocks(&step.blocks)) } } } }
}

fn blocks(blocks: &[ReplyBlock]) -> Markup {
    html! {
        @for block in blocks {
            @match block {
                ReplyBlock::Paragraph { spans: all } => p { (spans(all)) },
                ReplyBlock::Note { spans: all } => blockquote { (spans(all)) },
                ReplyBlock::List { items } => ul { @for item in items { li { (spans(item)) } } },
            }
        }
    }
}

fn spans(all: &[TextSpan]) -> Markup {
    html! {
        @for span in all {
            @match (&span.href, span.strong) {
                (Some(address), _) => a href=(address) rel="noreferrer" target="_blank" { (text(&span.text)) },
                (None, true) => strong { (text(&span.text)) },
                (None, false) => (text(&span.text)),
            }
        }
    }
}

/// They only look like buttons.
fn buttons<'a>(rows: impl Iterator<Item = impl Iterator<Item = &'a str>>) -> Markup {
    html! {
        @for row in rows {
            div.labels { @for label in row { span { (text(label)) } } }
        }
    }
}

/// Telegram's HTML has its texts escaped, and `b`, `a` and `blockquote` for tags.
fn telegram(messages: &[DrawnMessage]) -> Markup {
    html! {
        @for message in messages {
            div.bubble { (PreEscaped(&message.html)) }
            (buttons(message.buttons.iter().map(|row| row.iter().map(String::as_str))))
        }
    }
}

fn weixin(texts: &[String]) -> Markup {
    html! { @for one in texts { div.bubble { (linked(one)) } } }
}

/// `<a href="…">…</a>` as a link, all else as text.
fn linked(said: &str) -> Markup {
    let mut pieces = said.split("<a href=\"");
    let before = pieces.next().unwrap_or_default();
    html! {
        (text(before))
        @for piece in pieces {
            @match piece.split_once("\">").and_then(|(address, rest)| Some((address, rest.split_once("</a>")?))) {
                Some((address, (label, after))) => { a href=(address) rel="noreferrer" target="_blank" { (text(label)) } (text(after)) }
                None => (text(piece)),
            }
        }
    }
}
