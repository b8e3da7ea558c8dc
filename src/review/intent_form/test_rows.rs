//! The tests of an intent as rows of a form. In: the `[[test]]` tables of its file. Out: the rows; the
//! tables that say what the rows say, with the comments of those that stay. Must not know: what tests
//! are for.

use super::form::{TestRow, one_line};
use crate::review::edit::EditError;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, TableLike, Value};

/// The word of a test that must not come here.
pub(super) const NOT_HERE: &str = "not";

pub(super) fn rows(document: &DocumentMut) -> Vec<TestRow> {
    let item = document.get("test");
    let tables = item.and_then(Item::as_array_of_tables);
    let inline = item.and_then(Item::as_array);
    let of_tables = tables.into_iter().flatten().map(|table| row(table));
    let of_values = inline
        .into_iter()
        .flatten()
        .filter_map(Value::as_inline_table)
        .map(|table| row(table));
    of_tables.chain(of_values).collect()
}

fn row(table: &dyn TableLike) -> TestRow {
    let text = |name: &str| table.get(name).and_then(Item::as_str).map(one_line);
    let here = table.get("here").and_then(Item::as_bool).unwrap_or(true);
    let words = [
        (!here).then(|| NOT_HERE.to_owned()),
        text("wants"),
        text("shows"),
    ];
    TestRow {
        say: text("say").unwrap_or_default(),
        expects: words.into_iter().flatten().collect::<Vec<_>>().join(" "),
    }
}

/// Makes the tables say what the rows say. `path` is the file's, for errors.
pub(super) fn set_rows(
    document: &mut DocumentMut,
    path: &str,
    wanted: &[TestRow],
) -> Result<(), EditError> {
    let present = rows(document);
    if !document.contains_key("test") {
        document.insert("test", Item::ArrayOfTables(ArrayOfTables::new()));
    }
    let Some(tables) = document
        .get_mut("test")
        .and_then(Item::as_array_of_tables_mut)
    else {
        let (path, field) = (path.to_owned(), "test");
        return Err(EditError::NotAList { path, field });
    };
    let mut old: Vec<Option<Table>> = tables.iter().cloned().map(Some).collect();
    let gap = usual_gap(&old);
    let pairs = paired(&present, wanted);
    let mut made = ArrayOfTables::new();
    for (row, place) in wanted.iter().zip(pairs) {
        let known = place.and_then(|at| old.get_mut(at)?.take().zip(present.get(at)));
        let (mut table, is_expected) = match known {
            Some((table, before)) => (table, before.expects == row.expects),
            None => (Table::new(), false),
        };
        if place.is_none() {
            table.decor_mut().set_prefix(&gap);
        }
        fill(&mut table, row, is_expected);
        made.push(table);
    }
    match made.is_empty() {
        true => drop(document.remove("test")),
        false => *tables = made,
    }
    Ok(())
}

/// What stands above a new test: as above the last, without its comments.
fn usual_gap(tables: &[Option<Table>]) -> String {
    let last = tables.iter().flatten().last();
    let prefix = last.and_then(|table| table.decor().prefix());
    match prefix.and_then(|prefix| prefix.as_str()) {
        Some(prefix) if !prefix.contains('\n') => String::new(),
        _ => "\n".to_owned(),
    }
}

/// For each wanted row the place of the present one that it continues: the one that says the same,
/// else the one at its place, if nothing else continues that.
fn paired(present: &[TestRow], wanted: &[TestRow]) -> Vec<Option<usize>> {
    let mut used = vec![false; present.len()];
    let mut pairs: Vec<Option<usize>> = wanted
        .iter()
        .map(|row| {
            let mut all = present.iter().enumerate();
            let found = all.find(|(at, one)| !used[*at] && one.say == row.say);
            found.map(|(at, _)| {
                used[at] = true;
                at
            })
        })
        .collect();
    for (at, pair) in pairs.iter_mut().enumerate() {
        if pair.is_none() && used.get(at) == Some(&false) {
            used[at] = true;
            *pair = Some(at);
        }
    }
    pairs
}

fn fill(table: &mut Table, row: &TestRow, is_expected: bool) {
    let set =
        |table: &mut Table, name: &str, value: Option<Value>| match (value, table.get_mut(name)) {
            (None, _) => drop(table.remove(name)),
            (Some(value), Some(Item::Value(old))) => {
                let decor = old.decor().clone();
                *old = value;
                *old.decor_mut() = decor;
            }
            (Some(value), _) => drop(table.insert(name, Item::Value(value))),
        };
    let says = table.get("say").and_then(Item::as_str).map(one_line);
    if says.as_deref() != Some(&row.say) {
        set(table, "say", Some(Value::from(&row.say)));
    }
    if is_expected {
        return;
    }
    let words: Vec<&str> = row.expects.split_whitespace().collect();
    let here = (!words.contains(&NOT_HERE)).then_some(true);
    match here {
        None => set(table, "here", Some(Value::from(false))),
        Some(_) => set(table, "here", None),
    }
    let shows = words.iter().find(|word| word.starts_with('#'));
    let is_decision = |word: &&&str| **word != NOT_HERE && !word.starts_with('#');
    let wants = words.iter().find(is_decision);
    set(table, "shows", shows.map(|word| Value::from(*word)));
    set(table, "wants", wants.map(|word| Value::from(*word)));
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "title = \"x\"\n\n# 第一\n[[test]]\nsay = \"甲\" # 常问\n\n[[test]]\nsay  = \"乙\"\nhere = false\n\n[[test]]\nsay = \"丙\"\nshows = \"#time\"\n";

    #[track_caller]
    fn set(wanted: &[(&str, &str)]) -> String {
        let mut document: DocumentMut = FILE.parse().unwrap();
        let rows: Vec<TestRow> = wanted
            .iter()
            .map(|(say, expects)| TestRow {
                say: (*say).into(),
                expects: (*expects).into(),
            })
            .collect();
        set_rows(&mut document, "x", &rows).unwrap();
        document.to_string()
    }

    #[test]
    fn rows_say_what_the_tables_say() {
        assert_eq!(set(&[("甲", ""), ("乙", "not"), ("丙", "#time")]), FILE);
        assert_eq!(
            set(&[
                ("甲", ""),
                ("戊", "not"),
                ("丙", "#time"),
                ("丁", "clarify")
            ]),
            FILE.replace("乙", "戊") + "\n[[test]]\nsay = \"丁\"\nwants = \"clarify\"\n"
        );
        assert_eq!(
            set(&[("甲", "not"), ("丙", "")]),
            "title = \"x\"\n\n# 第一\n[[test]]\nsay = \"甲\" # 常问\nhere = false\n\n[[test]]\nsay = \"丙\"\n"
        );
        assert_eq!(set(&[]), "title = \"x\"\n");
    }
}
