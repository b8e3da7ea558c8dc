//! What a reviewer does until all questions are dealt with, whom the labels play: one question after the other, or cluster by
//! cluster. A form that is sent is an action. The seconds of each step are assumed, not measured on people.

use std::collections::{BTreeMap, BTreeSet};
use wenlu::review::cluster::{Cluster, ClusterQuestion};
use wenlu_core::model::Candidate;
use wenlu_core::text::normalize::normalize;

/// Reading a wording.
const READ: f64 = 2.0;
/// Finding the intent by its name, or naming a new one.
const FIND: f64 = 8.0;
/// Seeing that the intent which is proposed is right.
const ACCEPT: f64 = 1.0;
/// Marking a wording that belongs elsewhere.
const MARK: f64 = 1.5;
/// Sending the form, and seeing that it was done.
const SEND: f64 = 3.0;

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Effort {
    pub actions: f64,
    pub seconds: f64,
}

impl Effort {
    fn read(&mut self, wordings: usize) {
        self.seconds += READ * wordings as f64;
    }

    /// Brings what was read to its intent.
    fn decide(&mut self, proposed: Option<&str>, label: &str) {
        self.seconds += if proposed == Some(label) {
            ACCEPT
        } else {
            FIND
        };
        self.send();
    }

    fn send(&mut self) {
        self.actions += 1.0;
        self.seconds += SEND;
    }
}

/// Each question by itself; one in the same words as an earlier one does not come up again.
pub(crate) fn one_by_one(questions: &[ClusterQuestion], labels: &[&str]) -> Effort {
    let mut effort = Effort::default();
    let mut known = BTreeSet::new();
    for (question, label) in questions.iter().zip(labels) {
        if known.insert(normalize(&question.text)) {
            effort.read(1);
            effort.decide(best(&question.candidates), label);
        }
    }
    effort
}

/// Each cluster: all of its wordings are read, those of another topic are marked and moved out together, and each part is
/// brought to its intent.
pub(crate) fn by_cluster(
    found: &[Cluster],
    questions: &[ClusterQuestion],
    labels: &[&str],
) -> Effort {
    let mut effort = Effort::default();
    for cluster in found {
        let mut topics: BTreeMap<&str, usize> = BTreeMap::new();
        for wording in &cluster.wordings {
            let label = labels[wording.questions[0] as usize];
            *topics.entry(label).or_default() += 1;
        }
        effort.read(cluster.wordings.len());
        let proposed = nearest(cluster, questions);
        let own = topics.iter().max_by_key(|(_, wordings)| **wordings);
        let own = own.map(|(label, _)| *label);
        for (label, wordings) in &topics {
            if Some(*label) != own {
                effort.seconds += MARK * *wordings as f64;
                effort.send();
            }
            effort.decide(proposed.filter(|_| Some(*label) == own), label);
        }
    }
    effort
}

/// What the page proposes for a cluster.
fn nearest<'q>(cluster: &Cluster, questions: &'q [ClusterQuestion]) -> Option<&'q str> {
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for id in &cluster.questions {
        for candidate in &questions[*id as usize].candidates {
            *sums.entry(&candidate.intent).or_default() += candidate.confidence;
        }
    }
    let most = sums.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
    most.map(|(intent, _)| intent)
}

fn best(candidates: &[Candidate]) -> Option<&str> {
    candidates.first().map(|best| best.intent.as_str())
}
