//! Makes a list of a TOML file hold what a form shows, in the form's order. In: the list, and the
//! wanted lines. Out: the same list: what stays keeps its place, its form and its comments; what is
//! new stands behind what precedes it in the form. Must not know: what the lines are.

use super::edit_error::EditError;
use super::list::edited;
use std::collections::HashMap;
use toml_edit::{Array, Item, KeyMut, RawString, Table, Value};

/// The line break and indent of an item, where the file shows no other.
const INDENT: &str = "\n  ";

/// How the values of a list are shown as lines, and made of them.
pub(crate) struct LineForm {
    pub shown: fn(&Value) -> String,
    pub made: fn(&str) -> Value,
}

/// Makes the list at `field` (the names of tables, then its own) hold the lines. A list in a table
/// of its own leaves with the table when it has no lines.
pub(crate) fn align_list(
    path: &str,
    before: &str,
    field: &[&str],
    wanted: &[String],
    form: &LineForm,
) -> Result<String, EditError> {
    let not_toml = || EditError::NotToml(path.to_owned());
    edited(path, before, |document| {
        let Some((name, tables)) = field.split_last() else {
            return Ok(());
        };
        let mut table = document.as_table_mut();
        for (depth, key) in tables.iter().enumerate() {
            if wanted.is_empty() && depth + 1 == tables.len() {
                table.remove(key);
                return Ok(());
            }
            let made = table
                .entry(key)
                .or_insert_with(|| new_table(depth + 1 < tables.len()));
            table = made.as_table_mut().ok_or_else(not_toml)?;
        }
        let is_new = !table.contains_key(name);
        if is_new && wanted.is_empty() {
            return Ok(());
        }
        let item = table
            .entry(name)
            .or_insert(Item::Value(Value::Array(Array::new())));
        align(item.as_array_mut().ok_or_else(not_toml)?, wanted, form);
        if is_new && tables.is_empty() {
            // an empty line above, as between the other lists
            if let Some(mut key) = table.key_mut(name) {
                set_prefix(&mut key, "\n");
            }
        }
        Ok(())
    })
}

fn set_prefix(key: &mut KeyMut, prefix: &str) {
    key.leaf_decor_mut().set_prefix(prefix);
}

/// An outer one is only part of a heading.
fn new_table(is_outer: bool) -> Item {
    let mut made = Table::new();
    made.set_implicit(is_outer);
    made.decor_mut().set_prefix("\n");
    Item::Table(made)
}

fn align(list: &mut Array, wanted: &[String], form: &LineForm) {
    let mut shown: Vec<String> = list.iter().map(form.shown).collect();
    let mut tail = take_tail(list);
    let has_comma = list.trailing_comma();
    let mut left: HashMap<&str, usize> = HashMap::new();
    for line in wanted {
        *left.entry(line).or_default() += 1;
    }
    let mut kept: HashMap<String, usize> = HashMap::new();
    let stays: Vec<bool> = shown
        .iter()
        .map(|line| match left.get_mut(line.as_str()) {
            Some(count) if *count > 0 => {
                *count -= 1;
                *kept.entry(line.clone()).or_default() += 1;
                true
            }
            _ => false,
        })
        .collect();
    for at in (0..shown.len()).rev().filter(|at| !stays[*at]) {
        drop_item(list, at, &mut tail);
        shown.remove(at);
    }
    let was_empty = list.is_empty();
    let mut next = 0;
    for line in wanted {
        match kept.get_mut(line).filter(|count| **count > 0) {
            Some(count) => {
                *count -= 1;
                next = place_of(&shown, line, next).map_or(next, |at| at + 1);
            }
            None => {
                insert_item(list, next, (form.made)(line), &mut tail);
                shown.insert(next, line.clone());
                next += 1;
            }
        }
    }
    put_tail(list, tail, has_comma || (was_empty && !list.is_empty()));
}

/// Mostly the next one; after a line that was moved in the form, an earlier one.
fn place_of(shown: &[String], line: &str, next: usize) -> Option<usize> {
    let is_it = |at: &usize| shown.get(*at).is_some_and(|shown| shown == line);
    (next..shown.len())
        .find(is_it)
        .or_else(|| (0..next).find(is_it))
}

/// What is before an item: behind the comma of the one before, and on the lines above.
fn prefix_of(list: &Array, at: usize) -> String {
    let prefix = list.get(at).and_then(|value| value.decor().prefix());
    prefix
        .and_then(RawString::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn set_item_prefix(list: &mut Array, at: usize, prefix: &str) {
    if let Some(value) = list.get_mut(at) {
        value.decor_mut().set_prefix(prefix);
    }
}

/// Removes an item and the comment behind it; the comments above it stay.
fn drop_item(list: &mut Array, at: usize, tail: &mut String) {
    let own = prefix_of(list, at);
    let above = own.rfind('\n').map_or("", |end| &own[..end]);
    list.remove(at);
    let behind = if at < list.len() {
        prefix_of(list, at)
    } else {
        tail.clone()
    };
    let joined = match behind.find('\n') {
        Some(line) => format!("{above}{}", &behind[line..]),
        None if at < list.len() => own,
        None => behind,
    };
    match at < list.len() {
        true => set_item_prefix(list, at, &joined),
        false => *tail = joined,
    }
}

/// A comment behind the item before stays behind it; those above the next item stay above that.
fn insert_item(list: &mut Array, at: usize, mut value: Value, tail: &mut String) {
    let is_last = at == list.len();
    let around = if is_last {
        tail.clone()
    } else {
        prefix_of(list, at)
    };
    let (prefix, rest) = if list.is_empty() {
        let end = if tail.contains('\n') {
            tail.as_str()
        } else {
            "\n"
        };
        (INDENT.to_owned(), end.to_owned())
    } else if at == 0 {
        let own = around.rfind('\n').map_or(" ", |line| &around[line..]);
        (around.clone(), own.to_owned())
    } else {
        let indent = indent_near(list, at - usize::from(is_last), &around);
        match (around.find('\n'), indent) {
            (Some(line), Some(indent)) => (
                format!("{}{indent}", &around[..line]),
                around[line..].to_owned(),
            ),
            (_, _) if is_last => (" ".to_owned(), around),
            _ => (
                " ".to_owned(),
                if around.is_empty() {
                    " ".to_owned()
                } else {
                    around
                },
            ),
        }
    };
    value.decor_mut().set_prefix(prefix);
    value.decor_mut().set_suffix("");
    list.insert_formatted(at, value);
    match is_last {
        true => *tail = rest,
        false => set_item_prefix(list, at + 1, &rest),
    }
}

/// The line break and indent of the item at `at`; `None` if it stands on the line of another.
fn indent_near(list: &Array, at: usize, around: &str) -> Option<String> {
    let own = prefix_of(list, at);
    let of = |text: &str| text.rfind('\n').map(|line| text[line..].to_owned());
    of(&own).or_else(|| of(around).filter(|indent| indent.len() > 1))
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
    let suffix = list.iter_mut().last().map(|last| {
        let suffix = text(last.decor().suffix());
        last.decor_mut().set_suffix("");
        suffix
    });
    suffix.unwrap_or_default() + &trailing
}

fn put_tail(list: &mut Array, tail: String, has_comma: bool) {
    let has_comma = has_comma && !list.is_empty();
    match list.iter_mut().last().filter(|_| !has_comma) {
        Some(last) => last.decor_mut().set_suffix(tail),
        None => list.set_trailing(tail),
    }
    list.set_trailing_comma(has_comma);
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: LineForm = LineForm {
        shown: |value| value.as_str().unwrap_or_default().to_owned(),
        made: |line| Value::from(line),
    };

    #[track_caller]
    fn aligned(before: &str, wanted: &[&str]) -> String {
        let wanted: Vec<String> = wanted.iter().map(|line| (*line).to_owned()).collect();
        align_list("x", before, &["a"], &wanted, &FORM).unwrap()
    }

    const LIST: &str = "# 上\na = [ # 表\n  # 甲组\n  \"一\", # 常问\n  \"二\",\n\n  # 乙组\n  \"三\",\n  # 完\n]\nb = 1\n";

    #[test]
    fn the_same_lines_change_nothing() {
        for list in [
            LIST,
            "a = [\"x\", \"y\"]\n",
            "a = [\n  \"x\", \"y\",\n  \"z\"\n]\n",
            "a = []\n",
        ] {
            let document: toml_edit::DocumentMut = list.parse().unwrap();
            let lines: Vec<String> = document["a"]
                .as_array()
                .unwrap()
                .iter()
                .map(FORM.shown)
                .collect();
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            assert_eq!(aligned(list, &lines), list);
        }
    }

    #[test]
    fn a_new_line_stands_behind_the_one_before_it() {
        assert_eq!(
            aligned(LIST, &["一", "新", "二", "三", "末"]),
            LIST.replace("\"二\"", "\"新\",\n  \"二\"")
                .replace("\"三\",", "\"三\",\n  \"末\",")
        );
        assert_eq!(
            aligned(LIST, &["零", "一", "二", "三"]),
            LIST.replace("\"一\"", "\"零\",\n  \"一\"")
        );
        assert_eq!(
            aligned("a = [\"x\", \"z\"]\n", &["x", "y", "z", "w"]),
            "a = [\"x\", \"y\", \"z\", \"w\"]\n"
        );
        assert_eq!(aligned("b = 1\n", &["x"]), "b = 1\n\na = [\n  \"x\",\n]\n");
        assert_eq!(
            aligned("a = [\n]\n", &["x", "y"]),
            "a = [\n  \"x\",\n  \"y\",\n]\n"
        );
    }

    #[test]
    fn what_leaves_takes_its_own_comment_only() {
        assert_eq!(
            aligned(LIST, &["二", "三"]),
            LIST.replace("\n  \"一\", # 常问", "")
        );
        assert_eq!(
            aligned(LIST, &["一", "二"]),
            LIST.replace("\n  \"三\",", "")
        );
        assert_eq!(aligned("a = [\"x\", \"y\"]\n", &["y"]), "a = [\"y\"]\n");
        assert_eq!(aligned("a = [\"x\", \"y\"]\n", &["x"]), "a = [\"x\"]\n");
        assert_eq!(
            aligned("a = [\n  \"x\", \"y\",\n  \"z\"\n]\n", &["x", "z"]),
            "a = [\n  \"x\",\n  \"z\"\n]\n"
        );
        // a line that is moved in the form stays where it is in the file
        assert_eq!(aligned(LIST, &["三", "一", "二"]), LIST);
    }
}
