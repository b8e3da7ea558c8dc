//! The exact nearest neighbours of each example. In: unit vectors and the class of each. Out: the
//! nearest example of the same class and of other classes. Must not know: words, files.

use super::corpus::CorpusLine;

/// A line by its index, with its cosine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Neighbour {
    pub line: usize,
    pub cosine: f32,
}

/// The nearest lines of one example.
#[derive(Clone, Debug, Default)]
pub(super) struct Neighbourhood {
    pub own: Option<Neighbour>,
    pub other: Option<Neighbour>,
    /// Lines of other classes from the cosine `close` on, nearest first.
    pub close: Vec<Neighbour>,
}

/// The neighbourhoods of the lines `looked_at`, in that order, by an inverted index over all
/// features, on all cores. `apart`: whether two classes count as different; `close`: from which
/// cosine on neighbours are listed; `done`: called with the number of lines finished.
pub(super) fn neighbourhoods(
    lines: &[CorpusLine],
    looked_at: &[usize],
    features: usize,
    close: f32,
    apart: impl Fn(usize, usize) -> bool + Sync,
    done: impl Fn(usize) + Sync,
) -> Vec<Neighbourhood> {
    let index = InvertedIndex::new(lines, features);
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let finished = std::sync::atomic::AtomicUsize::new(0);
    let size = looked_at.len().div_ceil(cores).max(1);
    let work = |part: usize| -> Vec<Neighbourhood> {
        let mut cosines = vec![0.0; lines.len()];
        let one = |&at: &usize| {
            done(finished.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1);
            index.cosines(&lines[at], &mut cosines);
            neighbourhood(lines, at, &cosines, close, &apart)
        };
        looked_at[part * size..((part + 1) * size).min(looked_at.len())]
            .iter()
            .map(one)
            .collect()
    };
    std::thread::scope(|scope| {
        let work = &work;
        let parts: Vec<_> = (0..looked_at.len().div_ceil(size))
            .map(|part| scope.spawn(move || work(part)))
            .collect();
        let join = |part: std::thread::ScopedJoinHandle<'_, Vec<Neighbourhood>>| {
            part.join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        parts.into_iter().flat_map(join).collect()
    })
}

/// For each feature the lines that have it, each with its value.
struct InvertedIndex(Vec<Vec<(u32, f32)>>);

impl InvertedIndex {
    fn new(lines: &[CorpusLine], features: usize) -> Self {
        let mut index = vec![Vec::new(); features];
        for (at, line) in lines.iter().enumerate() {
            for &(feature, value) in &line.vector.values {
                index[feature as usize].push((at as u32, value));
            }
        }
        Self(index)
    }

    fn cosines(&self, line: &CorpusLine, out: &mut [f32]) {
        out.fill(0.0);
        for &(feature, value) in &line.vector.values {
            for &(at, other) in &self.0[feature as usize] {
                out[at as usize] += value * other;
            }
        }
    }
}

fn neighbourhood(
    lines: &[CorpusLine],
    at: usize,
    cosines: &[f32],
    close: f32,
    apart: impl Fn(usize, usize) -> bool,
) -> Neighbourhood {
    let mut found = Neighbourhood::default();
    let class = lines[at].class;
    let better = |best: &Option<Neighbour>, cosine: f32| cosine > best.map_or(0.0, |b| b.cosine);
    for (line, &cosine) in cosines.iter().enumerate() {
        let other = lines[line].class;
        if line == at || cosine == 0.0 {
            continue;
        }
        if other == class {
            if better(&found.own, cosine) {
                found.own = Some(Neighbour { line, cosine });
            }
        } else if (cosine >= close || better(&found.other, cosine)) && apart(class, other) {
            if better(&found.other, cosine) {
                found.other = Some(Neighbour { line, cosine });
            }
            if cosine >= close {
                found.close.push(Neighbour { line, cosine });
            }
        }
    }
    found.close.sort_by(|a, b| b.cosine.total_cmp(&a.cosine));
    found
}
