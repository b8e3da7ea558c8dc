//! Evidence. In: a message's scores. Out: the numbers that the confidence in the best candidate is
//! computed from. Must not know: how they are weighed.

use super::score::{ClassScores, ClassSimilarity};
use super::training_example::ClassRole;
use super::vocabulary::FeatureVector;
use crate::knowledge::schema::EVIDENCE_NAMES;

/// Number of evidence values that the confidence is computed from, see [`evidence`].
pub(crate) const EVIDENCE_COUNT: usize = EVIDENCE_NAMES.len();

/// One value for each of [`EVIDENCE_NAMES`].
pub(crate) type Evidence = [f64; EVIDENCE_COUNT];

pub(super) const COVERAGE_INDEX: usize = 3;

/// The evidence for candidate `k`. `likeness`: the message compared with the candidate's examples.
pub(crate) fn evidence(
    scores: &ClassScores,
    message: &FeatureVector,
    likeness: ClassSimilarity,
    k: usize,
    roles: &[ClassRole],
) -> Evidence {
    let p = f64::from(scores.probabilities[k]);
    let mass = |role: ClassRole| -> f64 {
        scores
            .classes()
            .filter(|&class| roles[class] == role)
            .map(|class| f64::from(scores.probabilities[class]))
            .sum()
    };
    let other = mass(ClassRole::Other);
    [
        f64::from(scores.logits[k]),
        libm::log(p.max(1e-9)),
        f64::from(likeness.cosine),
        f64::from(message.coverage),
        libm::log((other + 1e-4) / (1.0 - other + 1e-4)),
        // share of the message that the candidate's own examples contain too: steadies the
        // confidence where the classes share words
        f64::from(message.coverage * likeness.shared),
        // the same, weighted by how many of them do: .003 (AUROC) on smp2020, .001 to .004
        // elsewhere
        f64::from(likeness.usual),
        // length of the message: .008 on massive_zh, .005 where out-of-scope messages are near
        libm::log(f64::from(message.weight).max(1.0)),
    ]
}

/// The class with the highest logit among those with `role`.
pub(crate) fn best_class(
    scores: &ClassScores,
    roles: &[ClassRole],
    role: ClassRole,
) -> Option<usize> {
    scores
        .classes()
        .filter(|&c| roles[c] == role)
        .max_by(|&a, &b| {
            scores.logits[a]
                .total_cmp(&scores.logits[b])
                .then(b.cmp(&a))
        })
}
