//! What pages share. In: a page's content. Out: HTML in which text from outside is escaped. Contains no
//! inline style or script: the Content-Security-Policy forbids both.

pub(super) mod elements;
mod page;

pub(super) use elements::{
    field, form_with, keys, note, outcome_label, serde_name, share, signed_out_page, text,
};
pub(super) use page::{PageResult, button, chat_link, form, intent_link, page, tabs, time};
