//! Values by feature and class, most of which are not there. In: entries. Out: a feature's row. Must not know: what the
//! values mean.

/// Row after row in one piece, each with its columns rising.
pub struct Rows<V = f32> {
    /// Where each row begins, and the last one ends.
    starts: Vec<u32>,
    columns: Vec<u32>,
    values: Vec<V>,
}

impl<V: Copy> Rows<V> {
    /// From row, column and value, in any order; of entries for the same place one counts.
    pub fn new(rows: usize, mut entries: Vec<(u32, u32, V)>) -> Self {
        entries.sort_unstable_by_key(|&(row, column, _)| (row, column));
        entries.dedup_by_key(|entry| (entry.0, entry.1));
        let mut starts = vec![0; rows + 1];
        entries.iter().for_each(|&(row, ..)| starts[row as usize + 1] += 1);
        (1..starts.len()).for_each(|at| starts[at] += starts[at - 1]);
        let (columns, values) = entries.into_iter().map(|(_, column, value)| (column, value)).unzip();
        Self { starts, columns, values }
    }

    pub fn get(&self, row: u32, column: usize) -> Option<V> {
        let (columns, values) = self.row(row);
        let column = column as u32;
        let at = match columns.len() {
            // most are short
            ..=8 => columns.iter().position(|&c| c == column),
            _ => columns.binary_search(&column).ok(),
        };
        at.and_then(|at| values.get(at)).copied()
    }

    /// The columns and values of a row.
    pub fn row(&self, row: u32) -> (&[u32], &[V]) {
        let place = self.place(row);
        (&self.columns[place.clone()], &self.values[place])
    }

    pub fn row_mut(&mut self, row: u32) -> (&[u32], &mut [V]) {
        let place = self.place(row);
        (&self.columns[place.clone()], &mut self.values[place])
    }

    pub fn values_mut(&mut self) -> &mut [V] {
        &mut self.values
    }

    fn place(&self, row: u32) -> std::ops::Range<usize> {
        self.starts[row as usize] as usize..self.starts[row as usize + 1] as usize
    }
}
