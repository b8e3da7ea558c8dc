//! What a cell looks like. In: texts. Out: whether they ask something, or name an intent. Must not
//! know: tables.

use std::collections::HashSet;

/// Longest name of an intent, in characters.
const LONGEST_LABEL: usize = 40;

/// Words that begin or hold a question.
const ASKING: [&str; 20] = [
    "怎么",
    "如何",
    "什么",
    "多久",
    "多少",
    "哪",
    "吗",
    "呢",
    "是否",
    "能不能",
    "可不可以",
    "为何",
    "几点",
    "几天",
    "怎样",
    "咋",
    "可以不",
    "有没有",
    "要不要",
    "是不是",
];
const ASKING_EN: [&str; 18] = [
    "how", "what", "when", "where", "why", "who", "which", "can", "could", "do", "does", "did",
    "is", "are", "should", "will", "may", "whats",
];

/// Whether the text asks something.
pub(super) fn is_asked(text: &str) -> bool {
    let text = text.trim();
    let first = text
        .split(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default();
    text.chars().count() <= 80
        && (text.ends_with(['?', '？'])
            || ASKING.iter().any(|word| text.contains(word))
            || ASKING_EN.contains(&first.to_ascii_lowercase().as_str()))
}

/// `2026-01-31`, `2026/1/31 09:30`
fn is_date(cell: &str) -> bool {
    let is_part = |c: char| c.is_ascii_digit() || "-/.: ".contains(c);
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    let signs = cell.chars().filter(|c| "-/.".contains(*c)).count();
    cell.chars().all(is_part) && digits >= 6 && signs == 2
}

/// Whether the cell is a date, a time, or a number with its signs.
pub(super) fn is_figure(cell: &str) -> bool {
    let cell = cell.trim();
    let is_part = |c: char| c.is_ascii_digit() || "-+/.,:%¥￥$ 年月日".contains(c);
    cell.chars().all(is_part) && cell.contains(|c: char| c.is_ascii_digit())
}

/// Whether the cell is one word as programs write names.
pub(super) fn is_ascii_word(cell: &str) -> bool {
    let cell = cell.trim();
    cell.starts_with(|c: char| c.is_ascii_alphabetic())
        && cell
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

/// Whether the cells are names of intents: short, and either written as programs write names, or
/// few that come again and again. Numbers alone may be anything: they have to come again.
pub(super) fn is_label_column<'c>(cells: impl Iterator<Item = &'c str>) -> bool {
    let cells: Vec<&str> = cells
        .map(str::trim)
        .filter(|cell| !cell.is_empty())
        .collect();
    let is_short = |cell: &&str| {
        cell.chars().count() <= LONGEST_LABEL
            && !cell.contains(['\n', '。', '？', '?', '！', '!', '，'])
            && !is_date(cell)
    };
    let is_name = |cell: &&str| {
        cell.chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-./|+:#@".contains(c))
    };
    let are_names = cells.iter().all(is_name) && !cells.iter().all(|cell| is_figure(cell));
    let different: HashSet<&str> = cells.iter().copied().collect();
    !cells.is_empty()
        && cells.iter().all(is_short)
        && (are_names || different.len() * 2 <= cells.len())
}
