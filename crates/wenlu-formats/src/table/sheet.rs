//! A table as cells, and how it is to be read. In: rows. Out: the same with look-ups. Must not know:
//! where it was read from, what its columns mean.

/// A table as rows of cells.
#[derive(Debug)]
pub(crate) struct TableSheet {
    /// The file, with the sheet where there are several.
    pub name: String,
    /// What it was read from, for the report: CSV, encoding, separator.
    pub how: String,
    pub rows: Vec<SheetRow>,
    /// `\n` in a cell stands for a line break: nothing else can, in a file without quotes.
    pub has_written_breaks: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SheetRow {
    /// The line of the file, or the row of the sheet, from 1.
    pub line: usize,
    pub cells: Vec<String>,
}

impl SheetRow {
    pub(crate) fn cell(&self, at: usize) -> &str {
        self.cells.get(at).map(String::as_str).unwrap_or_default()
    }

    pub(super) fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }

    /// The number of cells up to the last that says something.
    pub(super) fn width(&self) -> usize {
        let last = self.cells.iter().rposition(|cell| !cell.trim().is_empty());
        last.map_or(0, |at| at + 1)
    }
}

/// What stands between the cells of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Separator {
    Tab,
    Comma,
    Semicolon,
}
