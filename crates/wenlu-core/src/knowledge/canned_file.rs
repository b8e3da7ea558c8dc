//! `content/<lang>/_replies.toml`. In: its text. Out: the replies with the variables filled in, except
//! those that a conversation fills, and mistakes at their places in the file. Must not know: who
//! sends them.

use super::canned::CannedReply;
use super::content::{Variables, fill_sentence};
use super::diagnostic::{Code, Diagnostic};
use super::parse::{self, SpannedText};
use super::schema;
use std::collections::BTreeMap;

/// The replies of a file, in its order.
pub(super) fn read(
    file: &str,
    text: &str,
    variables: &Variables,
    out: &mut Vec<Diagnostic>,
) -> Vec<CannedReply> {
    let table = parse::parse(file, text, &schema::CANNED_REPLIES, out).table;
    let mut first = BTreeMap::<String, SpannedText>::new();
    let mut replies = vec![];
    for item in parse::list(&table, "reply") {
        let Some(item) = item.get_ref().as_table() else {
            continue;
        };
        let (Some(title), Some(said)) = (parse::text(item, "title"), parse::text(item, "text"))
        else {
            continue;
        };
        match first.get(&title.value) {
            Some(before) => out.push(same_title(file, &title, before)),
            None => {
                first.insert(title.value.clone(), title.clone());
            }
        }
        replies.push(CannedReply {
            title: title.value,
            tag: parse::text(item, "tag").map_or_else(String::new, |tag| tag.value),
            text: fill_sentence((file, text), &said, &CannedReply::VARIABLES, variables, out),
        });
    }
    // nothing is left where all of it is undecided
    replies.retain(|reply| !reply.text.trim().is_empty());
    replies
}

fn same_title(file: &str, title: &SpannedText, before: &SpannedText) -> Diagnostic {
    let message = format!("前面已经有一条常用回复叫“{}”", title.value);
    Diagnostic::new(Code::SameTitle, file, title.span.clone(), message)
        .help("换一个标题，不然选的时候分不清")
        .also(file, before.span.clone(), "先写在这里")
}
