//! The follow-ups of an intent as lines of a form: `要多久 = #how-long`. In: the intent's file. Out: lines,
//! and the file with others; what is not changed keeps its comments. Must not know: what a follow-up
//! leads to.

use super::form::one_line;
use crate::review::edit::EditError;
use toml_edit::{DocumentMut, Item, Table};

/// Between what is said and where it leads.
const LEADS_TO: char = '=';
const TABLE: &str = "follow_up";

pub(super) fn lines(document: &DocumentMut) -> Vec<String> {
    let table = document.get(TABLE).and_then(Item::as_table_like);
    let rows = table.into_iter().flat_map(|table| table.iter());
    rows.map(|(phrase, target)| {
        let target = target.as_str().unwrap_or_default();
        format!("{} {LEADS_TO} {}", one_line(phrase), one_line(target))
    })
    .collect()
}

/// What is said and where it leads; `None` for a line that says only one of them.
pub(super) fn parts(line: &str) -> Option<(&str, &str)> {
    let (phrase, target) = line.rsplit_once([LEADS_TO, '＝'])?;
    let (phrase, target) = (phrase.trim(), target.trim());
    (!phrase.is_empty() && !target.is_empty()).then_some((phrase, target))
}

pub(super) fn set_lines(
    document: &mut DocumentMut,
    path: &str,
    wanted: &[String],
) -> Result<(), EditError> {
    let wanted: Vec<(&str, &str)> = wanted.iter().filter_map(|line| parts(line)).collect();
    if wanted.is_empty() {
        document.remove(TABLE);
        return Ok(());
    }
    let item = document
        .entry(TABLE)
        .or_insert_with(|| Item::Table(Table::new()));
    let not_toml = || EditError::NotToml(path.to_owned());
    let table = item.as_table_like_mut().ok_or_else(not_toml)?;
    let known: Vec<String> = table.iter().map(|(phrase, _)| phrase.to_owned()).collect();
    for phrase in &known {
        if !wanted.iter().any(|(own, _)| *own == one_line(phrase)) {
            table.remove(phrase);
        }
    }
    for (phrase, target) in wanted {
        let same = known.iter().find(|known| one_line(known) == phrase);
        match same.and_then(|known| table.get_mut(known)) {
            Some(old) if old.as_str() == Some(target) => {}
            Some(Item::Value(old)) => {
                let decor = old.decor().clone();
                *old = target.into();
                *old.decor_mut() = decor;
            }
            _ => {
                table.insert(phrase, toml_edit::value(target));
            }
        }
    }
    Ok(())
}
