//! Adds texts to a list of a TOML file. In: the file's text. Out: the same text with the new items,
//! in the style of the existing ones: one per line with their indent, or all on one line. Must not
//! know: what the texts are.

use super::edit_error::EditError;
use toml_edit::{Array, DocumentMut, Item, RawString, Table, Value};

/// Adds to the list `field` what `new` returns, given the list's present texts.
pub(crate) fn add_to_list(
    path: &str,
    before: &str,
    field: &'static str,
    new: impl FnOnce(&[String]) -> Vec<String>,
) -> Result<String, EditError> {
    let not_a_list = || EditError::NotAList {
        path: path.to_owned(),
        field,
    };
    edited(path, before, |document| {
        let style = ListStyle::of(document);
        if !document.contains_key(field) {
            document.insert(field, Item::Value(Value::Array(Array::new())));
        }
        let list = document
            .get_mut(field)
            .and_then(Item::as_array_mut)
            .ok_or_else(not_a_list)?;
        let present: Vec<String> = list
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        if present.len() != list.len() {
            return Err(not_a_list());
        }
        let new = new(&present);
        if new.is_empty() {
            return Err(EditError::NothingToAdd);
        }
        for text in new {
            push(list, &text, &style);
        }
        Ok(())
    })
}

/// Makes the list at `field` hold these texts: those that are gone leave, new ones come at the end,
/// and what stays keeps its place and its comments. A list without texts is taken out, with the
/// section that it stands in.
pub(crate) fn set_list(
    path: &str,
    before: &str,
    field: &[&str],
    wanted: &[String],
) -> Result<String, EditError> {
    edited(path, before, |document| {
        let style = ListStyle::of(document);
        let Some((name, tables)) = field.split_last() else {
            return Ok(());
        };
        let mut table = document.as_table_mut();
        for (depth, key) in tables.iter().enumerate() {
            if wanted.is_empty() && depth + 1 == tables.len() {
                table.remove(key);
                return Ok(());
            }
            let made = table.entry(key).or_insert_with(|| {
                let mut made = Table::new();
                // the outer ones are only part of a heading
                made.set_implicit(depth + 1 < tables.len());
                Item::Table(made)
            });
            table = made
                .as_table_mut()
                .ok_or_else(|| EditError::NotToml(path.to_owned()))?;
        }
        if wanted.is_empty() {
            table.remove(name);
            return Ok(());
        }
        let list = table
            .entry(name)
            .or_insert(Item::Value(Value::Array(Array::new())))
            .as_array_mut()
            .ok_or_else(|| EditError::NotToml(path.to_owned()))?;
        replace_texts(list, wanted, &style);
        Ok(())
    })
}

/// The texts of a list are compared as a table shows them: on one line.
fn replace_texts(list: &mut Array, wanted: &[String], style: &ListStyle) {
    let shown = |value: &Value| {
        let text = value.as_str().unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for at in (0..list.len()).rev() {
        if list
            .get(at)
            .is_some_and(|value| !wanted.contains(&shown(value)))
        {
            list.remove(at);
        }
    }
    let present: Vec<String> = list.iter().map(shown).collect();
    for text in wanted.iter().filter(|text| !present.contains(text)) {
        push(list, text, style);
    }
}

/// Sets the text `field`, or takes it out.
pub(crate) fn set_text(
    path: &str,
    before: &str,
    field: &str,
    wanted: Option<&str>,
) -> Result<String, EditError> {
    edited(path, before, |document| {
        match (wanted, document.get_mut(field)) {
            (None, _) => {
                document.remove(field);
            }
            (Some(text), Some(Item::Value(old))) => {
                let decor = old.decor().clone();
                *old = Value::from(text);
                *old.decor_mut() = decor;
            }
            (Some(text), _) => {
                document.insert(field, toml_edit::value(text));
            }
        }
        Ok(())
    })
}

/// A change of the file as a document; its mark and its line ends stay.
pub(crate) fn edited(
    path: &str,
    before: &str,
    change: impl FnOnce(&mut DocumentMut) -> Result<(), EditError>,
) -> Result<String, EditError> {
    let (mark, text) = match before.strip_prefix('\u{feff}') {
        Some(text) => ("\u{feff}", text),
        None => ("", before),
    };
    let mut document: DocumentMut = text
        .parse()
        .map_err(|_| EditError::NotToml(path.to_owned()))?;
    change(&mut document)?;
    // toml_edit writes `\n` only
    let after = document.to_string();
    let windows = text.contains('\n') && text.matches('\n').count() == text.matches("\r\n").count();
    let after = match windows {
        true => after.replace('\n', "\r\n"),
        false => after,
    };
    Ok(mark.to_owned() + &after)
}

/// The indent if the file shows no other.
const INDENT: &str = "\n  ";

/// The style of a file's lists.
struct ListStyle {
    /// What precedes an item: a line break and an indent; `None` if all lists are on one line.
    one_a_line: Option<String>,
}

impl ListStyle {
    /// The style of the first list that has one item per line; a file without any list gets that
    /// style too.
    fn of(document: &DocumentMut) -> Self {
        let lists: Vec<&Array> = document
            .iter()
            .filter_map(|(_, item)| item.as_array())
            .collect();
        let written = lists.iter().filter(|list| !list.is_empty());
        let one_a_line = match written.clone().find_map(|list| indent(list)) {
            None if written.count() == 0 => Some(INDENT.to_owned()),
            found => found,
        };
        Self { one_a_line }
    }
}

/// The line break and indent before the last item, if it is on a line of its own.
fn indent(list: &Array) -> Option<String> {
    let prefix = list
        .iter()
        .last()?
        .decor()
        .prefix()
        .and_then(RawString::as_str)?;
    prefix.get(prefix.rfind('\n')?..).map(str::to_owned)
}

/// Adds an item at the end. What is between the last item and the `]` (a comment, the line break)
/// keeps its place: after that item's comma, and before the `]`.
fn push(list: &mut Array, text: &str, style: &ListStyle) {
    let (is_first, has_comma) = (list.is_empty(), list.trailing_comma());
    let tail = take_tail(list);
    let (prefix, close) = match if is_first {
        first_indent(list, &tail, style)
    } else {
        indent(list)
    } {
        Some(indent) if is_first && tail.is_empty() => (indent, "\n".to_owned()),
        Some(indent) => {
            let (comment, close) = tail.split_at(tail.rfind('\n').unwrap_or(0));
            (format!("{comment}{indent}"), close.to_owned())
        }
        None if is_first => (String::new(), tail),
        None => (" ".to_owned(), tail),
    };
    let mut value = Value::from(text);
    let has_comma = has_comma || (is_first && prefix.contains('\n'));
    value.decor_mut().set_prefix(prefix);
    if has_comma {
        list.set_trailing(close);
    } else {
        value.decor_mut().set_suffix(close);
    }
    list.push_formatted(value);
    list.set_trailing_comma(has_comma);
}

/// Removes and returns what is before the `]`.
fn take_tail(list: &mut Array) -> String {
    let text = |raw: Option<&RawString>| {
        raw.and_then(RawString::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let trailing = text(Some(list.trailing()));
    list.set_trailing("");
    match list.iter_mut().last() {
        Some(last) => {
            let suffix = text(last.decor().suffix());
            last.decor_mut().set_suffix("");
            suffix + &trailing
        }
        None => trailing,
    }
}

/// What precedes the first item of a list that is new, or that is empty with `tail` inside.
fn first_indent(list: &Array, tail: &str, style: &ListStyle) -> Option<String> {
    let is_new = list.decor().prefix().is_none();
    match &style.one_a_line {
        Some(indent) if is_new || tail.contains('\n') => Some(indent.clone()),
        None if tail.contains('\n') => Some(INDENT.to_owned()),
        _ => None,
    }
}
