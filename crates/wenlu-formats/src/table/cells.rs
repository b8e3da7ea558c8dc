//! What people put into a cell besides its text. In: cells. Out: the question or the answer in them,
//! or that there is none; whether a row is switched off. Must not know: tables, intents.

/// What stands before questions and answers in tables that were copied from a document.
pub(super) const ASKED: [&str; 6] = ["问：", "问:", "Q：", "Q:", "问题：", "问题:"];
pub(super) const ANSWERED: [&str; 8] = [
    "答：",
    "答:",
    "A：",
    "A:",
    "答案：",
    "答案:",
    "回答：",
    "回答:",
];
/// What programs write for nothing, in lower case.
const NOTHING: [&str; 9] = [
    "n/a",
    "#n/a",
    "nan",
    "null",
    "undefined",
    "#ref!",
    "#value!",
    "#name?",
    "#div/0!",
];
/// What says by itself that a row is off, or on.
const OFF: [&str; 11] = [
    "禁用",
    "已禁用",
    "停用",
    "已停用",
    "下线",
    "已下线",
    "失效",
    "已失效",
    "作废",
    "disabled",
    "inactive",
];
const ON: [&str; 11] = [
    "启用",
    "已启用",
    "上线",
    "已上线",
    "有效",
    "正常",
    "生效",
    "已发布",
    "enabled",
    "active",
    "published",
];
/// What answers the question that the column's name asks.
const NO: [&str; 6] = ["否", "false", "0", "no", "n", "off"];
const YES: [&str; 6] = ["是", "true", "1", "yes", "y", "on"];

/// Whether most cells begin with one of the marks: then no cell means it as its own text.
pub(super) fn most_begin<'c>(cells: impl Iterator<Item = &'c str>, marks: &[&str]) -> bool {
    let (mut marked, mut all) = (0usize, 0usize);
    for cell in cells.map(str::trim).filter(|cell| !cell.is_empty()) {
        all += 1;
        marked += usize::from(marks.iter().any(|mark| cell.starts_with(mark)));
    }
    marked * 2 > all
}

/// The cell without the mark that it begins with.
pub(super) fn without_mark<'c>(cell: &'c str, marks: &[&str]) -> &'c str {
    let cell = cell.trim();
    let rest = marks.iter().find_map(|mark| cell.strip_prefix(mark));
    rest.map_or(cell, str::trim_start)
}

/// `***`, `——`, `N/A`: nobody has written an answer yet.
pub(super) fn is_no_answer(cell: &str) -> bool {
    let is_sign = |c: char| {
        c.is_ascii_punctuation() || c.is_whitespace() || "—…·。、？！～－＊／×".contains(c)
    };
    cell.chars().all(is_sign) || NOTHING.contains(&cell.trim().to_lowercase().as_str())
}

/// Whether the cell switches its row off; `asks_on`: its column asks whether the row is on, and not
/// whether it is off. `None`: it says something else.
pub(super) fn is_off(cell: &str, asks_on: bool) -> Option<bool> {
    let said = cell.trim().to_lowercase();
    match said.as_str() {
        "" => Some(false),
        said if OFF.contains(&said) => Some(true),
        said if ON.contains(&said) => Some(false),
        said if NO.contains(&said) => Some(asks_on),
        said if YES.contains(&said) => Some(!asks_on),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_alone_are_no_answer() {
        for cell in ["***", "——", "-", "/", "N/A", "nan", "#REF!", "……"] {
            assert!(is_no_answer(cell), "{cell}");
        }
        for cell in ["无", "3", "👍", "None", "A-1"] {
            assert!(!is_no_answer(cell), "{cell}");
        }
    }

    #[test]
    fn a_mark_is_taken_off_where_most_cells_have_it() {
        let cells = ["问：怎么退款", "问: 几点开门", "怎么开票"];
        assert!(most_begin(cells.into_iter(), &ASKED));
        assert!(!most_begin(
            ["A: 退款\nB: 换货", "三天"].into_iter(),
            &ANSWERED
        ));
        assert_eq!(
            cells.map(|cell| without_mark(cell, &ASKED)),
            ["怎么退款", "几点开门", "怎么开票"]
        );
    }

    #[test]
    fn a_word_that_speaks_for_itself_means_the_same_in_any_column() {
        for (cell, in_enabled, in_disabled) in [
            ("是", Some(false), Some(true)),
            ("No", Some(true), Some(false)),
            ("启用", Some(false), Some(false)),
            ("正常", Some(false), Some(false)),
            ("停用", Some(true), Some(true)),
            ("Inactive", Some(true), Some(true)),
            ("", Some(false), Some(false)),
            ("周一", None, None),
        ] {
            let found = (is_off(cell, true), is_off(cell, false));
            assert_eq!(found, (in_enabled, in_disabled), "{cell}");
        }
    }
}
