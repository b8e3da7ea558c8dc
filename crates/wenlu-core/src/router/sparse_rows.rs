//! A sparse matrix of values by feature and class. In: entries. Out: a feature's row. Must not
//! know: what the values mean.

/// All rows in one allocation, the columns of each rising.
pub(super) struct SparseRows {
    /// Where each row begins in `cells`, and where the last one ends.
    pub(super) starts: Vec<u32>,
    /// Column and value side by side, so that both are in the same cache line.
    pub(super) cells: Vec<(u32, f32)>,
}

impl SparseRows {
    /// From row, column and value, in any order; of entries for the same place one is kept.
    pub(super) fn new(rows: usize, mut entries: Vec<(u32, u32, f32)>) -> Self {
        entries.sort_unstable_by_key(|&(row, column, _)| (row, column));
        entries.dedup_by_key(|entry| (entry.0, entry.1));
        let mut starts = vec![0; rows + 1];
        entries
            .iter()
            .for_each(|&(row, ..)| starts[row as usize + 1] += 1);
        (1..starts.len()).for_each(|at| starts[at] += starts[at - 1]);
        Self {
            starts,
            cells: entries
                .into_iter()
                .map(|(_, column, value)| (column, value))
                .collect(),
        }
    }

    pub(super) fn get(&self, row: u32, column: usize) -> Option<f32> {
        let (row, column) = (self.row(row), column as u32);
        let at = match row.len() {
            // most rows are short
            ..=8 => row.iter().position(|cell| cell.0 == column),
            _ => row.binary_search_by_key(&column, |cell| cell.0).ok(),
        };
        at.and_then(|at| row.get(at)).map(|cell| cell.1)
    }

    /// The columns of a row with their values.
    pub(super) fn row(&self, row: u32) -> &[(u32, f32)] {
        &self.cells[self.place(row)]
    }

    pub(super) fn row_mut(&mut self, row: u32) -> &mut [(u32, f32)] {
        let place = self.place(row);
        &mut self.cells[place]
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut f32> {
        self.cells.iter_mut().map(|cell| &mut cell.1)
    }

    fn place(&self, row: u32) -> std::ops::Range<usize> {
        self.starts[row as usize] as usize..self.starts[row as usize + 1] as usize
    }
}
