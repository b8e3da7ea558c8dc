//! Draws replies for WeChat. In: the replies of a turn. Out: texts that fit into one answer each, with
//! `<a>` as the only markup. Must not know: where a reply comes from, how an answer is sent.

use crate::channel::draw::{
    OutlineNode, StyledRun, TextMeasure, clean, mark_person, numbered_choices, outline, pack,
    with_runs,
};
use wenlu_core::model::{Lang, Reply};

/// The most bytes of an answer. The platform refuses more than 2,047.
pub const TEXT_LIMIT: usize = 2_000;
/// The most bytes of a part: what is below it has room.
pub(super) const PART_LIMIT: usize = TEXT_LIMIT - 60;
/// A longer address is written without being a link: it would leave no room for its text.
const MAX_ADDRESS_BYTES: usize = 1_024;

/// The texts of a turn's replies, each at most [`PART_LIMIT`] bytes. `with_choices`: also the numbered
/// buttons; the numbers go on over all replies of the turn.
pub(super) fn reply_texts(replies: &[Reply], with_choices: bool) -> Vec<String> {
    let mut nodes = Vec::new();
    let mut number = 1;
    for reply in replies {
        let mut own: Vec<OutlineNode> = outline(reply)
            .into_iter()
            .map(|node| with_runs(node, safe_run))
            .collect();
        if reply.from_person {
            mark_person(&mut own, reply.lang);
        }
        nodes.append(&mut own);
        if with_choices {
            nodes.extend(numbered_choices(reply, &mut number, plain));
        }
    }
    let parts = pack(&nodes, PART_LIMIT, TextMeasure::Bytes);
    parts.iter().map(|runs| render(runs)).collect()
}

/// A reply as an asker gets it: what goes out at once, then what each 续 brings.
pub fn preview_texts(reply: &Reply) -> Vec<String> {
    let mut texts = reply_texts(std::slice::from_ref(reply), true);
    if let Some((_, earlier)) = texts.split_last_mut() {
        let hint = more_hint(reply.lang);
        earlier.iter_mut().for_each(|text| text.push_str(hint));
    }
    texts
}

/// Below a part that is not the last.
pub(super) fn more_hint(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "\n\n（回复“续”看下一段）",
        Lang::En => "\n\n(Reply “more” for the next part)",
    }
}

fn safe_run(run: StyledRun) -> StyledRun {
    let address = run.href.as_deref().map(attribute);
    let (text, href) = match address {
        Some(address) if address.len() > MAX_ADDRESS_BYTES => {
            (format!("{}（{address}）", plain(&run.text)), None)
        }
        address => (plain(&run.text), address),
    };
    StyledRun {
        href,
        ..StyledRun::plain(text)
    }
}

/// Text that holds no tag: WeChat makes a link of any `<a …>`, whoever wrote it.
fn plain(text: &str) -> String {
    clean(text).replace('<', "＜")
}

/// An address that does not end the attribute in which it stands.
fn attribute(address: &str) -> String {
    let mut safe = String::with_capacity(address.len());
    for c in address.chars() {
        match c {
            '"' => safe.push_str("%22"),
            '<' => safe.push_str("%3C"),
            '>' => safe.push_str("%3E"),
            c if c.is_whitespace() => safe.push_str("%20"),
            c => safe.push(c),
        }
    }
    safe
}

fn render(runs: &[StyledRun]) -> String {
    let mut text = String::new();
    for linked in runs.chunk_by(|a, b| a.href == b.href) {
        let href = linked.first().and_then(|run| run.href.as_deref());
        if let Some(href) = href {
            text.push_str(&format!("<a href=\"{href}\">"));
        }
        linked.iter().for_each(|run| text.push_str(&run.text));
        text.push_str(if href.is_some() { "</a>" } else { "" });
    }
    text
}
