//! Clusters of similar questions. In: unanswered questions. Out: clusters, each with its count, its
//! trend and a representative wording. Must not know: SQL, what is done with a cluster.
//!
//! The clustering is incremental. Questions are taken in the order of their ids; each joins the
//! cluster with the most similar members, or founds one with its own id. Later questions never move
//! earlier ones: a cluster keeps its id and members for as long as any member exists. The one
//! exception is a question that fits two clusters, which are then merged under the older id. If
//! [`Cluster::questions`] is stored and passed back in [`ClusterQuestion::cluster`], a cluster also
//! survives the deletion of its first questions.

mod filler;
mod frame;
mod gathering;
mod grouping;
mod wording_reading;
mod wording_similarity;

use grouping::{IncrementalClustering, WordingGroup};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use wenlu_core::model::Timestamp;
use wenlu_core::model::{Candidate, Routing};
use wording_reading::WordingReading;
use wording_similarity::WordingSimilarity;

/// The id of a cluster: that of the question that founded it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClusterId(pub i64);

/// A question to be clustered; `count` is how often it was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterQuestion {
    /// Unique; later questions have larger ids.
    pub id: i64,
    pub text: String,
    pub at: Timestamp,
    pub count: u64,
    /// The cluster that it is in already.
    pub cluster: Option<ClusterId>,
    /// What the bot took it for, the surest first; empty if for nothing.
    pub candidates: Vec<Candidate>,
}

/// A cluster of similar questions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cluster {
    pub id: ClusterId,
    /// The clusters that were merged into it; links to them lead here.
    pub absorbed: Vec<ClusterId>,
    /// The wording that is most similar to the others, weighted by how often they occur.
    pub representative: String,
    pub count: u64,
    pub trend: ClusterTrend,
    /// Wordings that are equal after normalising and without filler, each in its shortest form; the
    /// most frequent first.
    pub wordings: Vec<ClusterWording>,
    /// The ids of its questions, ascending.
    pub questions: Vec<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClusterWording {
    pub text: String,
    pub count: u64,
    /// The ids of its questions, ascending.
    pub questions: Vec<i64>,
}

/// How often the questions of a cluster were asked in the last seven days, and in the seven before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClusterTrend {
    pub last_week: u64,
    pub week_before: u64,
}

/// What people have said of clusters.
#[derive(Clone, Debug, Default)]
pub struct ClusterMarks {
    /// Ignored: one of them and one that is open are never merged.
    pub settled: BTreeSet<ClusterId>,
    /// Made by hand: merged with no other.
    pub fixed: BTreeSet<ClusterId>,
}

impl ClusterMarks {
    fn may_merge(&self, one: ClusterId, other: ClusterId) -> bool {
        !self.fixed.contains(&one)
            && !self.fixed.contains(&other)
            && self.settled.contains(&one) == self.settled.contains(&other)
    }
}

/// Clusters similar questions; the largest cluster comes first.
pub fn clusters(
    questions: &[ClusterQuestion],
    marks: &ClusterMarks,
    now: Timestamp,
) -> Vec<Cluster> {
    let mut order: Vec<&ClusterQuestion> = questions.iter().collect();
    order.sort_by_key(|question| question.id);
    let wordings = wordings(&order);
    let normals: Vec<&str> = wordings
        .iter()
        .map(|wording| wording.normal.as_str())
        .collect();
    let readings = readings(&wordings, &order);
    let mut grouping = IncrementalClustering::new(WordingSimilarity::new(&normals, readings));
    for (at, wording) in wordings.iter().enumerate() {
        let known = wording
            .questions
            .iter()
            .find_map(|question| order[*question].cluster);
        grouping.put(at, wording.id, known, marks);
    }
    grouping.gather(marks);
    let (groups, mut likeness) = grouping.finish();
    let mut clusters: Vec<Cluster> = groups
        .into_iter()
        .map(|group| describe(group, &wordings, &order, now, |a, b| likeness.between(a, b)))
        .collect();
    clusters.sort_by_key(|cluster| (Reverse(cluster.count), cluster.id));
    clusters
}

/// The intents nearest to a cluster, from the routing of its most frequent wordings; the best
/// first.
pub fn nearest(cluster: &Cluster, route: impl Fn(&str) -> Routing) -> Vec<Candidate> {
    let asked: Vec<&ClusterWording> = cluster.wordings.iter().take(ROUTED_WORDINGS).collect();
    let total: u64 = asked.iter().map(|wording| wording.count).sum();
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    for wording in asked {
        for candidate in route(&wording.text).candidates {
            *sums.entry(candidate.intent).or_default() +=
                candidate.confidence * wording.count as f64;
        }
    }
    let mean = |(intent, sum): (String, f64)| Candidate {
        intent,
        confidence: sum / total.max(1) as f64,
    };
    let mut all: Vec<Candidate> = sums
        .into_iter()
        .map(mean)
        .filter(|candidate| candidate.confidence > 0.0)
        .collect();
    all.sort_by(|a, b| {
        b.confidence
            .total_cmp(&a.confidence)
            .then_with(|| a.intent.cmp(&b.intent))
    });
    all.truncate(NEAREST);
    all
}

/// How many wordings are routed to find the nearest intents.
const ROUTED_WORDINGS: usize = 5;
const NEAREST: usize = 3;
/// How many wordings are compared to find the representative one.
const COMPARED: usize = 32;
const WEEK: i64 = 7 * 24 * 3_600 * 1_000;

/// Questions that are equal after normalising, filler aside.
struct NormalizedWording {
    /// The id of the first one.
    id: i64,
    normal: String,
    /// Indices into the questions, which are ordered by id.
    questions: Vec<usize>,
    count: u64,
}

/// The distinct wordings, in the order in which they first came.
fn wordings(order: &[&ClusterQuestion]) -> Vec<NormalizedWording> {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut all: Vec<NormalizedWording> = Vec::new();
    for (at, (question, normal)) in order
        .iter()
        .zip(wording_similarity::normals(order))
        .enumerate()
    {
        let which = *known.entry(normal).or_insert_with_key(|normal| {
            all.push(NormalizedWording {
                id: question.id,
                normal: normal.clone(),
                questions: Vec::new(),
                count: 0,
            });
            all.len() - 1
        });
        all[which].questions.push(at);
        all[which].count += question.count;
    }
    all
}

/// What the bot took each wording for, the surest time that it was asked.
fn readings(wordings: &[NormalizedWording], order: &[&ClusterQuestion]) -> Vec<WordingReading> {
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let mut reading = |wording: &NormalizedWording| {
        let confidence = |question: &&ClusterQuestion| {
            question
                .candidates
                .first()
                .map_or(0.0, |best| best.confidence)
        };
        let first = wording.questions.iter().take(COMPARED);
        let asked = first.map(|at| order[*at]);
        let surest = asked.max_by(|a, b| confidence(a).total_cmp(&confidence(b)));
        let taken = surest.map_or(&[][..], |question| &question.candidates);
        let numbered = taken.iter().map(|candidate| {
            let next = numbers.len() as u32;
            let number = *numbers.entry(&candidate.intent).or_insert(next);
            (number, candidate.confidence as f32)
        });
        WordingReading::of(numbered.collect())
    };
    wordings.iter().map(&mut reading).collect()
}

fn describe(
    group: WordingGroup,
    wordings: &[NormalizedWording],
    order: &[&ClusterQuestion],
    now: Timestamp,
    likeness: impl FnMut(usize, usize) -> f32,
) -> Cluster {
    let mut members = group.members;
    members.sort_by_key(|member| (Reverse(wordings[*member].count), wordings[*member].id));
    let representative = representative(&members, wordings, likeness);
    let mut questions: Vec<usize> = members
        .iter()
        .flat_map(|member| wordings[*member].questions.iter().copied())
        .collect();
    questions.sort_unstable();
    Cluster {
        id: group.id,
        absorbed: group.absorbed,
        representative: plainest_text(&wordings[representative], order),
        count: members.iter().map(|member| wordings[*member].count).sum(),
        trend: trend(questions.iter().map(|at| order[*at]), now),
        wordings: members
            .iter()
            .map(|member| cluster_wording(&wordings[*member], order))
            .collect(),
        questions: questions.into_iter().map(|at| order[at].id).collect(),
    }
}

/// The member that is most similar to the most frequent ones, which come first.
fn representative(
    members: &[usize],
    wordings: &[NormalizedWording],
    mut likeness: impl FnMut(usize, usize) -> f32,
) -> usize {
    let compared = &members[..members.len().min(COMPARED)];
    let mut like_all = |member: usize| -> f32 {
        compared
            .iter()
            .map(|other| likeness(member, *other) * wordings[*other].count as f32)
            .sum()
    };
    let mut best = (f32::MIN, 0);
    for member in compared {
        let likeness = like_all(*member);
        if likeness > best.0 {
            best = (likeness, *member);
        }
    }
    best.1
}

fn trend<'a>(questions: impl Iterator<Item = &'a ClusterQuestion>, now: Timestamp) -> ClusterTrend {
    let mut trend = ClusterTrend::default();
    for question in questions {
        match now.0 - question.at.0 {
            age if age < WEEK => trend.last_week += question.count,
            age if age < 2 * WEEK => trend.week_before += question.count,
            _ => {}
        }
    }
    trend
}

fn cluster_wording(wording: &NormalizedWording, order: &[&ClusterQuestion]) -> ClusterWording {
    ClusterWording {
        text: plainest_text(wording, order),
        count: wording.count,
        questions: wording.questions.iter().map(|at| order[*at].id).collect(),
    }
}

/// The wording in its shortest form, of those that came first.
fn plainest_text(wording: &NormalizedWording, order: &[&ClusterQuestion]) -> String {
    let first = wording.questions.iter().take(COMPARED);
    let texts = first.map(|at| order[*at].text.as_str());
    let plainest = texts.min_by_key(|text| text.chars().count());
    plainest.unwrap_or_default().to_owned()
}
