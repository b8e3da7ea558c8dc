//! Arranges buttons in rows. In: a [`Reply`]. Out: rows of buttons within Telegram's limits. Must
//! not know: what a button does, except for those that move between steps.

use crate::channel::draw::{clean, ellipsize, is_blank};
use unicode_width::UnicodeWidthStr;
use wenlu_core::dialogue::{StepButton, is_feedback_button};
use wenlu_core::model::{Button, Reply};

/// Telegram's limit for one message.
const MAX_BUTTONS: usize = 100;
/// Telegram's limit for callback data in bytes; it must not be empty.
const MAX_DATA_BYTES: usize = 64;
/// Maximum characters of a label: no phone shows more.
const MAX_LABEL_CHARS: usize = 64;
/// Columns of a label that leave room for a second button in the row.
const SHORT_LABEL_COLUMNS: usize = 14;

/// The buttons for steps first, then the others in their order, two in a row if both are short.
pub(super) fn rows(reply: &Reply) -> Vec<Vec<Button>> {
    let usable = |b: &&Button| (1..=MAX_DATA_BYTES).contains(&b.data.len()) && !is_blank(&b.label);
    let button = |b: &Button| Button {
        label: label(&b.label),
        data: b.data.clone(),
    };
    let Some(at) = reply.cursor.filter(|at| *at < reply.steps.len()) else {
        return pairs(
            reply
                .buttons
                .iter()
                .filter(usable)
                .take(MAX_BUTTONS)
                .map(button),
        );
    };
    // one is added below, between back and next
    let buttons = reply
        .buttons
        .iter()
        .filter(usable)
        .take(MAX_BUTTONS - 1)
        .map(button);
    let (walk, others): (Vec<Button>, Vec<Button>) =
        buttons.partition(|b| is_step_button(&b.data, at));
    let mut rows = step_rows(walk, at, reply.steps.len());
    rows.extend(pairs(others.into_iter()));
    rows
}

/// Whether a button leads from this step to a neighbouring one, or to all steps.
fn is_step_button(data: &str, at: usize) -> bool {
    StepButton::parse(data).is_some_and(|walk| {
        walk.step
            .is_none_or(|step| step + 1 == at || step == at + 1)
    })
}

/// 上一步 · 2/6 · 下一步, and below it the button for all steps. The middle one shows the same step
/// again.
fn step_rows(buttons: Vec<Button>, at: usize, count: usize) -> Vec<Vec<Button>> {
    let here = buttons
        .iter()
        .find_map(|button| StepButton::parse(&button.data)?.data_for_step(at));
    let here = here.map(|data| Button {
        label: format!("{}/{count}", at + 1),
        data,
    });
    let (mut row, mut forth, mut all) = (vec![], vec![], vec![]);
    for button in buttons {
        match StepButton::parse(&button.data).and_then(|walk| walk.step) {
            Some(step) if step < at => row.push(button),
            Some(_) => forth.push(button),
            None => all.push(button),
        }
    }
    row.extend(here);
    row.extend(forth);
    [row, all]
        .into_iter()
        .filter(|row| !row.is_empty())
        .collect()
}

fn pairs(buttons: impl Iterator<Item = Button>) -> Vec<Vec<Button>> {
    let mut rows: Vec<Vec<Button>> = vec![];
    for button in buttons {
        let fits = |row: &&mut Vec<Button>| match row.as_slice() {
            // 有用 and 没解决 share a row with each other only
            [left] => {
                is_short(left)
                    && is_short(&button)
                    && is_feedback_button(&left.data) == is_feedback_button(&button.data)
            }
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
    button.label.width() <= SHORT_LABEL_COLUMNS
}

fn label(text: &str) -> String {
    ellipsize(clean(text).replace('\n', " ").trim(), MAX_LABEL_CHARS)
}
