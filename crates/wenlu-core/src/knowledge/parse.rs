//! TOML text to a table whose form is checked. In: a file's text and its [`ValueShape`]. Out: a
//! [`DeTable`] that can be read without further checks, and all mistakes of form. Must not know:
//! what the fields mean.

pub use super::shape_check::suggest;
pub(super) use super::toml_values::as_text;
pub use super::toml_values::{SpannedText, list, number, pairs, text, texts};

use super::diagnostic::{Code, Diagnostic};
use super::schema::ValueShape;
use super::shape_check::ShapeCheck;
use super::syntax;
use toml::de::DeTable;

/// The table of a file.
pub struct ParsedTable<'t> {
    /// The values that could be read.
    pub table: DeTable<'t>,
    /// Its TOML syntax is wrong: a field that seems to be missing may just not have been read.
    pub broken: bool,
    /// There is any mistake of syntax or form.
    pub bad: bool,
}

impl ParsedTable<'_> {
    /// Stands for a file that could not be read as text.
    pub(crate) fn unread() -> Self {
        Self {
            table: DeTable::new(),
            broken: true,
            bad: true,
        }
    }
}

/// Parses `text` and checks it against `shape`. Goes on after a mistake as far as possible.
pub fn parse<'t>(
    file: &str,
    text: &'t str,
    shape: &ValueShape,
    out: &mut Vec<Diagnostic>,
) -> ParsedTable<'t> {
    let mut syntax = Vec::new();
    let table = syntax::read_table(file, text, &mut syntax).into_inner();
    let broken = syntax.iter().any(|d| d.code == Code::TomlSyntax);
    let mut check = ShapeCheck {
        file,
        root: shape,
        broken,
        out: Vec::new(),
    };
    match shape {
        ValueShape::Table(fields) => check.table("", &(0..0), &table, fields),
        ValueShape::Map(item) => check.map(&table, item),
        _ => {}
    }
    // what a syntax error points at, or an unclosed list swallowed, is not reported a second time
    let open = syntax
        .iter()
        .filter(|d| syntax::is_open_list(d))
        .map(|d| d.place.span.start)
        .min();
    let stumbled = |at: usize| {
        open.is_some_and(|open| at >= open) || syntax.iter().any(|d| d.place.span.start == at)
    };
    check.out.retain(|d| !stumbled(d.place.span.start));
    let bad = !syntax.is_empty() || !check.out.is_empty();
    out.append(&mut check.out);
    out.append(&mut syntax);
    ParsedTable { table, broken, bad }
}
