//! Groups similar wordings incrementally. In: wordings, one at a time, and their similarities. Out:
//! groups, each with an id. Must not know: texts, counts.

use super::wording_similarity::WordingSimilarity;
use super::{ClusterId, ClusterMarks};
use std::collections::BTreeMap;

/// The least similarity to its nearest member for a wording to join a group.
const JOIN_NEAREST: f32 = 0.35;
/// The least average similarity to a group's members for a wording to join it. This,
/// [`JOIN_NEAREST`] and [`MERGE_AVERAGE`] were tuned on the development sets of MASSIVE, SMP2020
/// and CLINC150: the best agreement with their labels at which nine of ten wordings are grouped
/// with their own intent.
const JOIN_AVERAGE: f32 = 0.3;
/// From this average similarity between their members on, two groups are merged.
const MERGE_AVERAGE: f32 = 0.3;
/// Of the groups that it may join, a wording takes the one with the highest average similarity to
/// its nearest members; this many members count.
const NEAREST: usize = 3;
/// At most this many groups are considered for a wording.
const LOOKED_AT: usize = 8;
/// How many members represent a group when a wording is compared with it (`SAMPLE`), and when two
/// groups are compared (`PAIRED`).
const SAMPLE: usize = 16;
const PAIRED: usize = 8;

/// Similar wordings.
pub(super) struct WordingGroup {
    pub id: ClusterId,
    pub absorbed: Vec<ClusterId>,
    pub members: Vec<usize>,
}

/// The groups formed so far.
pub(super) struct IncrementalClustering {
    likeness: WordingSimilarity,
    /// By index; a group that was merged into another is empty.
    groups: Vec<WordingGroup>,
    /// The index of each group.
    places: BTreeMap<ClusterId, usize>,
    /// The index of each wording's group.
    of: Vec<usize>,
}

impl IncrementalClustering {
    pub(super) fn new(likeness: WordingSimilarity) -> Self {
        Self {
            likeness,
            groups: Vec::new(),
            places: BTreeMap::new(),
            of: Vec::new(),
        }
    }

    /// Adds the next wording. `id` is the id of its first question, `known` the group that it was
    /// in before.
    pub(super) fn put(
        &mut self,
        wording: usize,
        id: i64,
        known: Option<ClusterId>,
        marks: &ClusterMarks,
    ) {
        self.likeness.enter(wording);
        let may_join = if known.is_some() {
            Vec::new()
        } else {
            self.may_join(wording)
        };
        let joined = may_join.first().copied();
        let place = joined.unwrap_or_else(|| self.place(known.unwrap_or(ClusterId(id))));
        self.groups[place].members.push(wording);
        self.of.push(place);
        self.likeness.leave(wording);
        if let Some(&other) = may_join.get(1)
            && marks.may_merge(self.groups[place].id, self.groups[other].id)
            && self.are_one(place, other)
        {
            self.absorb(place, other);
        }
    }

    /// The groups that are not empty, and the similarity of their members.
    pub(super) fn finish(self) -> (Vec<WordingGroup>, WordingSimilarity) {
        (
            self.groups
                .into_iter()
                .filter(|group| !group.members.is_empty())
                .collect(),
            self.likeness,
        )
    }

    /// The index of the group with this id, which is created if there is none.
    fn place(&mut self, id: ClusterId) -> usize {
        *self.places.entry(id).or_insert_with(|| {
            self.groups.push(WordingGroup {
                id,
                absorbed: Vec::new(),
                members: Vec::new(),
            });
            self.groups.len() - 1
        })
    }

    /// The groups that the wording may join, the best first.
    fn may_join(&mut self, wording: usize) -> Vec<usize> {
        let mut seen = Vec::new();
        let mut fitting: Vec<(f32, usize)> = Vec::new();
        for (likeness, other) in self.likeness.most_similar(wording) {
            let group = self.of[other];
            if likeness < JOIN_NEAREST || seen.len() == LOOKED_AT {
                break;
            }
            if !seen.contains(&group) {
                seen.push(group);
                fitting.extend(self.fit(group, likeness).map(|fit| (fit, group)));
            }
        }
        fitting.sort_by(|a, b| {
            b.0.total_cmp(&a.0)
                .then(self.groups[a.1].id.cmp(&self.groups[b.1].id))
        });
        fitting.into_iter().map(|(_, group)| group).collect()
    }

    /// The average similarity of the current wording to the nearest members of a group; `None` if
    /// its average similarity to all members is too low. `nearest` is its similarity to the nearest
    /// member.
    fn fit(&mut self, group: usize, nearest: f32) -> Option<f32> {
        let mut likenesses: Vec<f32> = sample(&self.groups[group].members, SAMPLE)
            .map(|member| self.likeness.similarity_to(member))
            .collect();
        if likenesses.iter().sum::<f32>() / (likenesses.len() as f32) < JOIN_AVERAGE {
            return None;
        }
        likenesses.push(nearest);
        likenesses.sort_by(|a, b| b.total_cmp(a));
        likenesses.truncate(NEAREST);
        Some(likenesses.iter().sum::<f32>() / likenesses.len() as f32)
    }

    /// The groups of at most `most` wordings, the smallest first.
    pub(super) fn small_groups(&self, most: usize) -> Vec<usize> {
        let mut small: Vec<usize> = (0..self.groups.len())
            .filter(|group| (1..=most).contains(&self.size(*group)))
            .collect();
        small.sort_by_key(|group| (self.size(*group), self.groups[*group].id));
        small
    }

    /// How many wordings a group has; none after it was merged into another.
    pub(super) fn size(&self, group: usize) -> usize {
        self.groups[group].members.len()
    }

    /// The group whose members are most similar to those of `group`, and the average similarity.
    pub(super) fn best_fit(&mut self, group: usize, marks: &ClusterMarks) -> Option<(f32, usize)> {
        let mut others: Vec<usize> = Vec::new();
        let own: Vec<usize> = sample(&self.groups[group].members, PAIRED).collect();
        for wording in own {
            self.likeness.compare(wording);
            let near = self.likeness.most_similar(wording);
            self.likeness.forget(wording);
            for (_, other) in near.into_iter().take(LOOKED_AT) {
                let other = self.of[other];
                if other != group && !others.contains(&other) {
                    others.push(other);
                }
            }
        }
        let id = |at: usize| self.groups[at].id;
        others.retain(|other| marks.may_merge(id(*other), id(group)));
        let mut best: Option<(f32, usize)> = None;
        for other in others {
            let likeness = self.average(group, other, WordingSimilarity::likeness_to);
            if best.is_none_or(|(most, _)| likeness > most) {
                best = Some((likeness, other));
            }
        }
        best
    }

    fn are_one(&mut self, a: usize, b: usize) -> bool {
        self.average(a, b, WordingSimilarity::similarity_to) >= MERGE_AVERAGE
    }

    /// The average similarity between the members of two groups.
    fn average(
        &mut self,
        a: usize,
        b: usize,
        similarity: fn(&mut WordingSimilarity, usize) -> f32,
    ) -> f32 {
        let (mut sum, mut count) = (0.0, 0.0);
        for left in sample(&self.groups[a].members, PAIRED) {
            self.likeness.compare(left);
            for right in sample(&self.groups[b].members, PAIRED) {
                sum += similarity(&mut self.likeness, right);
                count += 1.0;
            }
            self.likeness.forget(left);
        }
        sum / f32::max(count, 1.0)
    }

    /// Merges two groups under the older id.
    pub(super) fn absorb(&mut self, a: usize, b: usize) {
        let (old, young) = if self.groups[a].id < self.groups[b].id {
            (a, b)
        } else {
            (b, a)
        };
        let members = std::mem::take(&mut self.groups[young].members);
        let absorbed = std::mem::take(&mut self.groups[young].absorbed);
        members.iter().for_each(|member| self.of[*member] = old);
        self.places.insert(self.groups[young].id, old);
        let id = self.groups[young].id;
        let group = &mut self.groups[old];
        group.members.extend(members);
        group.members.sort_unstable();
        group.absorbed.push(id);
        group.absorbed.extend(absorbed);
        group.absorbed.sort_unstable();
    }
}

/// At most `size` members, evenly spaced.
fn sample(members: &[usize], size: usize) -> impl Iterator<Item = usize> + use<> {
    let step = members.len().div_ceil(size).max(1);
    members
        .iter()
        .copied()
        .step_by(step)
        .collect::<Vec<_>>()
        .into_iter()
}
