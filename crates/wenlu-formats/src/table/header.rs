//! The row that names the columns. In: a row. Out: whether it names a question and what belongs to it,
//! and the roles of its columns. Must not know: the rows below it.

use super::roles::{ColumnRole, normal, role_of};
use super::sheet::SheetRow;

use ColumnRole::*;

/// How many rows may stand above the row of names.
pub(super) const DEEPEST_HEADER: usize = 10;

/// Whether the row names a question and what belongs to it.
pub(crate) fn names_columns(row: &SheetRow) -> bool {
    let roles = roles_of(&row.cells);
    let has = |role: ColumnRole| roles.contains(&Some(role));
    has(Question) && (has(Answer) || has(Intent))
        || has(Title) && has(Answer)
        || has(Similar) && has(Answer)
}

/// The roles of columns with these names: of two that could be the question or the answer, the
/// first is.
pub(super) fn roles_of(names: &[String]) -> Vec<Option<ColumnRole>> {
    let mut roles: Vec<Option<ColumnRole>> = names.iter().map(|name| role_of(name)).collect();
    let has = |roles: &[Option<ColumnRole>], role| roles.contains(&Some(role));
    if !has(&roles, Answer) && !has(&roles, Intent) {
        // text and category: the category is what the text means
        if let Some(slot) = roles.iter_mut().find(|role| **role == Some(Category)) {
            *slot = Some(Intent);
        }
    }
    // what an instruction is about is no wording of it
    let called = |called: &str| names.iter().position(|name| normal(name) == called);
    if let (Some(_), Some(input)) = (called("instruction"), called("input")) {
        roles[input] = None;
    }
    for role in [Question, Answer, Intent, Title, Category, Id] {
        let own: Vec<usize> = (0..roles.len())
            .filter(|at| roles[*at] == Some(role))
            .collect();
        for at in own.into_iter().skip(1) {
            roles[at] = match role {
                Question => Some(Similar),
                _ => None,
            };
        }
    }
    roles
}
