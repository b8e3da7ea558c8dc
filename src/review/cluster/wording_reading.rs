//! What the bot took a wording for. In: its candidates. Out: how far two wordings were taken for the
//! same, or for different things. Must not know: texts.

/// How much weight two different best candidates have beside a similarity.
const DISAGREEMENT: f32 = 0.8;

/// How much weight the agreement of all candidates has beside a similarity, where the bot is as sure
/// as `1 / SURE` or surer. What it hardly believes says little: 怎么加盟 and 怎么加新地址 may both be nearest
/// to the same intent. These and the limit of `gathering` were chosen on MASSIVE, where the clusters
/// are fewest at a purity of .94; the bench `cluster` measures them on other data.
const AGREEMENT: f32 = 0.2;
const SURE: f32 = 3.0;
/// What is added where the bot took one of two wordings for nothing.
const UNKNOWN: f32 = 0.01;

/// The intents that a wording was taken for, by number.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct WordingReading {
    /// The surest one, with its confidence.
    best: Option<(u32, f32)>,
    /// All, with the part that each has; as a vector it has the length 1.
    parts: Vec<(u32, f32)>,
}

impl WordingReading {
    /// `candidates`: each with its confidence, the surest first.
    pub(super) fn of(candidates: Vec<(u32, f32)>) -> Self {
        let length = candidates
            .iter()
            .map(|(_, sure)| sure * sure)
            .sum::<f32>()
            .sqrt();
        let part = |(intent, sure): &(u32, f32)| (*intent, sure / length.max(f32::MIN_POSITIVE));
        WordingReading {
            best: candidates.first().copied(),
            parts: candidates.iter().map(part).collect(),
        }
    }

    /// What two readings take from a similarity. Two intents speak against one question, as far as the
    /// less confident one goes. The same intent says little: what the bot does not know it takes for
    /// whatever is nearest.
    pub(super) fn disagreement(&self, other: &Self) -> f32 {
        match (self.best, other.best) {
            (Some(one), Some(other)) if one.0 != other.0 => DISAGREEMENT * one.1.min(other.1),
            _ => 0.0,
        }
    }

    /// What two readings add to a similarity.
    pub(super) fn agreement(&self, other: &Self) -> f32 {
        if self.parts.is_empty() || other.parts.is_empty() {
            return UNKNOWN;
        }
        let shared = self.parts.iter().filter_map(|(intent, part)| {
            let same = other.parts.iter().find(|(its, _)| its == intent)?;
            Some(part * same.1)
        });
        let sure = self.confidence().min(other.confidence());
        AGREEMENT * (SURE * sure).min(1.0) * shared.sum::<f32>()
    }

    /// Of the surest one.
    fn confidence(&self) -> f32 {
        self.best.map_or(0.0, |(_, sure)| sure)
    }
}
