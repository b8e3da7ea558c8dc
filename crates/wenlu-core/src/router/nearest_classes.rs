//! The classes that a message is nearest to, among thousands. In: the features of each class's
//! examples, and a message's. Out: the few classes whose examples share most with it. Must not
//! know: weights, decisions.

use super::sparse_rows::SparseRows;
use super::vocabulary::FeatureVector;

/// How many classes are found for a message.
pub(super) const NEAREST: usize = 8;
/// How many pairs of feature and class are looked at for one message. Features of few classes come
/// first: what a thousand classes share hardly tells them apart, and is nearly all of the work.
const MAX_PAIRS: usize = 1 << 12;

/// A feature of more classes is not looked at.
const MAX_CLASSES: usize = MAX_PAIRS / 2;

/// For each feature the classes that have it, each with its value in the mean of the class's
/// examples.
pub(super) struct NearestClasses {
    pub(super) rows: SparseRows,
    pub(super) classes: usize,
}

/// What one search needs; used again for the next.
#[derive(Default)]
pub(super) struct NearestScratch {
    similarity: Vec<f32>,
    touched: Vec<u32>,
    order: Vec<(u32, f32)>,
}

impl NearestClasses {
    /// `visit` calls what it is given with each feature of each class, and its value in the mean of
    /// the class's examples; the classes in rising order.
    pub(super) fn new(
        features: usize,
        classes: usize,
        visit: impl Fn(&mut dyn FnMut(u32, u32, f32)),
    ) -> Self {
        let mut counts = vec![0usize; features];
        visit(&mut |feature, _, _| counts[feature as usize] += 1);
        let mut starts = Vec::with_capacity(features + 1);
        starts.push(0u32);
        for count in &mut counts {
            if *count > MAX_CLASSES {
                *count = 0;
            }
            let end = starts.last().map_or(0, |start| start + *count as u32);
            starts.push(end);
        }
        let all = starts.last().map_or(0, |end| *end as usize);
        let mut cells = vec![(0, 0.0); all];
        let mut next = starts.clone();
        visit(&mut |feature, class, mean| {
            if counts[feature as usize] > 0 {
                let place = &mut next[feature as usize];
                cells[*place as usize] = (class, mean);
                *place += 1;
            }
        });
        let rows = SparseRows { starts, cells };
        Self { rows, classes }
    }

    /// At most [`NEAREST`] classes, in rising order; fewer if the message shares features with
    /// fewer.
    pub(super) fn find(&self, vector: &FeatureVector, scratch: &mut NearestScratch) -> Vec<u32> {
        let NearestScratch {
            similarity,
            touched,
            order,
        } = scratch;
        similarity.resize(self.classes, 0.0);
        order.clear();
        order.extend_from_slice(&vector.values);
        order.sort_unstable_by_key(|&(feature, _)| (self.rows.row(feature).len(), feature));
        let mut pairs = 0;
        for &(feature, value) in order.iter() {
            let row = self.rows.row(feature);
            pairs += row.len();
            if pairs > MAX_PAIRS && !touched.is_empty() {
                break;
            }
            for &(class, mean) in row {
                let sum = &mut similarity[class as usize];
                // every mean is positive
                if *sum == 0.0 {
                    touched.push(class);
                }
                *sum += value * mean;
            }
        }
        let best = |a: &u32, b: &u32| {
            let of = |class: &u32| similarity[*class as usize];
            of(b).total_cmp(&of(a)).then(a.cmp(b))
        };
        let mut nearest = touched.clone();
        if nearest.len() > NEAREST {
            nearest.select_nth_unstable_by(NEAREST, best);
            nearest.truncate(NEAREST);
        }
        nearest.sort_unstable();
        for class in touched.drain(..) {
            similarity[class as usize] = 0.0;
        }
        nearest
    }
}
