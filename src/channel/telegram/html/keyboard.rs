//! Arranges buttons in rows. In: a [`Reply`]. Out: rows of buttons within Telegram's limits. Must
//! not know: what a button does, except for those that move between steps.

use super::{clean, ellipsize, is_blank};
use crate::desk::Walk;
use crate::message::{Button, Reply};
use unicode_width::UnicodeWidthStr;

/// Telegram's limit for one message.
const MOST: usize = 100;
/// Telegram's limit for callback data in bytes; it must not be empty.
const DATA: usize = 64;
/// Maximum characters of a label: no phone shows more.
const LABEL: usize = 64;
/// Columns of a label that leave room for a second button in the row.
const SHORT: usize = 14;

/// The buttons for steps first, then the others in their order, two in a row if both are short.
pub fn rows(reply: &Reply) -> Vec<Vec<Button>> {
    let usable = |b: &&Button| (1..=DATA).contains(&b.data.len()) && !is_blank(&b.label);
    let button = |b: &Button| Button { label: label(&b.label), data: b.data.clone() };
    let Some(at) = reply.cursor.filter(|at| *at < reply.steps.len()) else {
        return pairs(reply.buttons.iter().filter(usable).take(MOST).map(button));
    };
    // one is added below, between back and next
    let buttons = reply.buttons.iter().filter(usable).take(MOST - 1).map(button);
    let (walk, others): (Vec<Button>, Vec<Button>) = buttons.partition(|b| walks(&b.data, at));
    let mut rows = walk_rows(walk, at, reply.steps.len());
    rows.extend(pairs(others.into_iter()));
    rows
}

/// Whether a button leads from this step to a neighbouring one, or to all steps.
fn walks(data: &str, at: usize) -> bool {
    Walk::parse(data).is_some_and(|walk| walk.step.is_none_or(|step| step + 1 == at || step == at + 1))
}

/// 上一步 · 2/6 · 下一步, and below it the button for all steps. The middle one shows the same step
/// again.
fn walk_rows(buttons: Vec<Button>, at: usize, count: usize) -> Vec<Vec<Button>> {
    let here = buttons.iter().find_map(|button| Walk::parse(&button.data)?.to(at));
    let here = here.map(|data| Button { label: format!("{}/{count}", at + 1), data });
    let (mut row, mut forth, mut all) = (vec![], vec![], vec![]);
    for button in buttons {
        match Walk::parse(&button.data).and_then(|walk| walk.step) {
            Some(step) if step < at => row.push(button),
            Some(_) => forth.push(button),
            None => all.push(button),
        }
    }
    row.extend(here);
    row.extend(forth);
    [row, all].into_iter().filter(|row| !row.is_empty()).collect()
}

fn pairs(buttons: impl Iterator<Item = Button>) -> Vec<Vec<Button>> {
    let mut rows: Vec<Vec<Button>> = vec![];
    for button in buttons {
        let fits = |row: &&mut Vec<Button>| match row.as_slice() {
            // 有用 and 没解决 share a row with each other only
            [left] => is_short(left) && is_short(&button) && is_feedback(left) == is_feedback(&button),
            _ => false,
        };
        match rows.last_mut().filter(fits) {
            Some(row) => row.push(button),
            None => rows.push(vec![button]),
        }
    }
    rows
}

fn is_short(button: &Button) -> bool {
    button.label.width() <= SHORT
}

fn is_feedback(button: &Button) -> bool {
    matches!(button.data.split_once(':'), Some(("yes" | "no", _)))
}

fn label(text: &str) -> String {
    ellipsize(clean(text).replace('\n', " ").trim(), LABEL)
}
