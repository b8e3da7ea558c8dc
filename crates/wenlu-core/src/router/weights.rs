//! The weight matrix. In: which classes have which features. Out: what each feature adds to each
//! class, for scoring and for training. Must not know: what it is trained on.
//!
//! A dense table while that is small; beyond, only the pairs of feature and class that occur in
//! examples. With ten thousand intents a hundred times as many pairs occur in no example as in one.

use super::sparse_rows::SparseRows;

/// The largest dense table, in weights: 64 MB.
const MAX_TABLE_WEIGHTS: usize = 1 << 24;

/// By feature, then by class: a message touches only the rows of its own features.
pub(super) enum WeightMatrix {
    /// All classes in each row.
    Table { classes: usize, weights: Vec<f32> },
    /// Each row has only the classes that have the feature: a feature adds nothing to a class whose
    /// examples lack it.
    Pairs(SparseRows),
}

impl WeightMatrix {
    /// All zero. `pairs`: which feature occurs in examples of which class, in any order, duplicates
    /// allowed.
    pub(super) fn new(
        features: usize,
        classes: usize,
        pairs: impl Iterator<Item = (u32, u32)>,
    ) -> Self {
        if features * classes <= MAX_TABLE_WEIGHTS {
            Self::table(features, classes)
        } else {
            Self::pairs(features, pairs)
        }
    }

    /// A dense table, all zero.
    pub(super) fn table(features: usize, classes: usize) -> Self {
        Self::Table {
            classes,
            weights: vec![0.0; features * classes],
        }
    }

    fn pairs(features: usize, pairs: impl Iterator<Item = (u32, u32)>) -> Self {
        Self::Pairs(SparseRows::new(
            features,
            pairs
                .map(|(feature, class)| (feature, class, 0.0))
                .collect(),
        ))
    }

    pub(super) fn get(&self, feature: u32, class: usize) -> f32 {
        match self {
            Self::Table { classes, weights } => weights[feature as usize * classes + class],
            Self::Pairs(rows) => rows.get(feature, class).unwrap_or(0.0),
        }
    }

    /// Multiplies all by `factor`.
    pub(super) fn scale(&mut self, factor: f32) {
        match self {
            Self::Table { weights, .. } => weights.iter_mut().for_each(|w| *w *= factor),
            Self::Pairs(rows) => rows.values_mut().for_each(|w| *w *= factor),
        }
    }

    /// Adds `scale × rowsᵀ · values` to `out`, which has one entry a class.
    pub(super) fn add_to(&self, values: &[(u32, f32)], scale: f32, out: &mut [f32]) {
        match self {
            Self::Table { weights, .. } => accumulate(weights, values, scale, out),
            Self::Pairs(rows) => {
                for &(feature, value) in values {
                    let factor = scale * value;
                    rows.row(feature)
                        .iter()
                        .for_each(|&(class, weight)| out[class as usize] += factor * weight);
                }
            }
        }
    }

    /// Subtracts `step × value / shrink × gradient` from the row of each feature. `active`: the
    /// classes whose gradient is not negligible; while they are few, only they are updated.
    pub(super) fn descend(
        &mut self,
        values: &[(u32, f32)],
        step: f32,
        shrink: f32,
        gradient: &[f32],
        active: &[(usize, f32)],
    ) {
        for &(feature, value) in values {
            let factor = step * value / shrink;
            match self {
                Self::Table { classes, weights } => {
                    let row = &mut weights[feature as usize * *classes..][..*classes];
                    if few(active, row.len()) {
                        active
                            .iter()
                            .for_each(|&(class, g)| row[class] -= factor * g);
                    } else {
                        row.iter_mut()
                            .zip(gradient)
                            .for_each(|(w, g)| *w -= factor * g);
                    }
                }
                Self::Pairs(rows) => {
                    let row = rows.row_mut(feature);
                    if few(active, row.len()) {
                        for &(class, g) in active {
                            if let Ok(at) = row.binary_search_by_key(&(class as u32), |cell| cell.0)
                            {
                                row[at].1 -= factor * g;
                            }
                        }
                    } else {
                        row.iter_mut().for_each(|(class, weight)| {
                            *weight -= factor * gradient[*class as usize]
                        });
                    }
                }
            }
        }
    }
}

fn few(active: &[(usize, f32)], row: usize) -> bool {
    active.len() * 16 < row
}

/// Four rows at a time, each entry added in the same order as one by one: the sums stay in
/// registers, and the bits are the same.
fn accumulate(rows: &[f32], values: &[(u32, f32)], scale: f32, out: &mut [f32]) {
    let classes = out.len();
    let row = |feature: u32| &rows[feature as usize * classes..][..classes];
    let mut fours = values.chunks_exact(4);
    for four in &mut fours {
        let [(a, x), (b, y), (c, z), (d, w)] = [four[0], four[1], four[2], four[3]];
        let (x, y, z, w) = (scale * x, scale * y, scale * z, scale * w);
        let rows = row(a).iter().zip(row(b)).zip(row(c)).zip(row(d));
        for (sum, (((a, b), c), d)) in out.iter_mut().zip(rows) {
            *sum = *sum + x * a + y * b + z * c + w * d;
        }
    }
    for &(feature, value) in fours.remainder() {
        let factor = scale * value;
        out.iter_mut()
            .zip(row(feature))
            .for_each(|(z, w)| *z += factor * w);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSES: usize = 60;

    /// Both forms learn the same for pairs that examples have; other pairs learn nothing in the
    /// sparse form.
    #[test]
    fn pairs_are_the_shown_part_of_the_table() {
        let all =
            (0..3u32).flat_map(|feature| (0..CLASSES as u32).map(move |class| (feature, class)));
        let known = |&(feature, class): &(u32, u32)| (feature * 7 + class) % 3 != 0;
        let shown = all
            .clone()
            .filter(known)
            .chain(all.clone().filter(known))
            .rev();
        let (mut table, mut pairs) = (
            WeightMatrix::table(3, CLASSES),
            WeightMatrix::pairs(3, shown),
        );
        let values = [(0, 0.5), (1, 0.25), (2, 0.75)];
        let gradient: Vec<f32> = (0..CLASSES).map(|class| class as f32 - 20.5).collect();
        for weights in [&mut table, &mut pairs] {
            weights.descend(
                &values,
                2.0,
                0.5,
                &gradient,
                &gradient.iter().copied().enumerate().collect::<Vec<_>>(),
            );
            weights.descend(&values, 1.0, 0.5, &gradient, &[(17, -3.0), (18, 4.0)]);
            weights.scale(0.5);
        }
        for (feature, class) in all {
            let wanted = if known(&(feature, class)) {
                table.get(feature, class as usize)
            } else {
                0.0
            };
            assert_eq!(
                pairs.get(feature, class as usize),
                wanted,
                "{feature} {class}"
            );
        }
        let mut sums = [0.0; CLASSES];
        pairs.add_to(&values, 3.0, &mut sums);
        for (class, sum) in sums.into_iter().enumerate() {
            let wanted: f32 = values
                .iter()
                .map(|&(f, value)| 3.0 * value * pairs.get(f, class))
                .sum();
            assert!(
                (sum - wanted).abs() < 1e-3 * wanted.abs(),
                "{class}: {sum} {wanted}"
            );
        }
        assert_ne!(pairs.get(0, 17), 0.0);
    }
}
