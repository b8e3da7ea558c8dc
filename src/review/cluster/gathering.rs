//! Gathers small groups that were founded before what they belong to came. In: groups. Out: fewer, each
//! under its oldest id. Must not know: texts, counts.
//!
//! A question founds a group of its own where nothing like it had come yet; what comes later forms
//! another group beside it. Here each small group is compared once more with all that there is now.

use super::ClusterMarks;
use super::grouping::IncrementalClustering;

/// Groups of at most so many wordings look for a larger one.
const SMALL: usize = 3;
/// The least average similarity to the members of the group that takes it in, with what the bot took
/// them for.
const GATHER_AVERAGE: f32 = 0.25;
/// As long as it helps, and no longer than this.
const ROUNDS: usize = 3;

impl IncrementalClustering {
    pub(super) fn gather(&mut self, marks: &ClusterMarks) {
        for _ in 0..ROUNDS {
            let mut joined = 0;
            for group in self.small_groups(SMALL) {
                let fit = match self.size(group) {
                    1..=SMALL => self.best_fit(group, marks),
                    _ => None,
                };
                if let Some((likeness, other)) = fit
                    && likeness >= GATHER_AVERAGE
                {
                    self.absorb(group, other);
                    joined += 1;
                }
            }
            if joined == 0 {
                break;
            }
        }
    }
}
