//! What the deliveries and the API of a platform of WeChat lead to, beside turns. In: what became of
//! each. Out: counters, named after the platform. Must not know: which platform it is.

use metrics::{Counter, counter, describe_counter};

/// What became of a message that was to be sent to an asker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SentOutcome {
    Sent,
    /// It waits for the asker's next message.
    Waits,
    /// It will never be sent.
    Refused,
    /// It is tried again.
    Failed,
}

/// The counters of one platform.
pub(crate) struct PlatformCounters {
    refused: Vec<(&'static str, Counter)>,
    late: Counter,
    tokens: Counter,
    sent: [(SentOutcome, Counter); 4],
    pulls: Option<[Counter; 2]>,
}

impl PlatformCounters {
    /// `name`: the platform in the names of the metrics; `reasons`: why a delivery may be refused;
    /// `pulls`: whether messages are pulled. Within the recorder that keeps them.
    pub(super) fn new(name: &str, reasons: &[&'static str], pulls: bool) -> Self {
        let named = |what: &str| format!("wenlu_{name}_{what}_total");
        describe_counter!(
            named("refused"),
            "Deliveries of the platform that were refused, by reason."
        );
        describe_counter!(
            named("tokens"),
            "Access tokens that the platform's API granted to this process."
        );
        describe_counter!(
            named("messages"),
            "Customer-service messages to askers, by outcome: sent, waits (for the asker's next message), refused (never sent), failed (tried again)."
        );
        let late = if pulls {
            Counter::noop()
        } else {
            describe_counter!(
                named("late"),
                "Messages whose answer was not ready in time, and went out later."
            );
            counter!(named("late"))
        };
        let pulled = |outcome: &'static str| counter!(named("pulls"), "outcome" => outcome);
        let pulls = pulls.then(|| {
            describe_counter!(
                named("pulls"),
                "Pulls of askers' messages from the platform, by outcome: ok, failed (tried again)."
            );
            [pulled("ok"), pulled("failed")]
        });
        let sent =
            |outcome, word: &'static str| (outcome, counter!(named("messages"), "outcome" => word));
        let refused = reasons
            .iter()
            .map(|reason| (*reason, counter!(named("refused"), "reason" => *reason)));
        Self {
            refused: refused.collect(),
            late,
            tokens: counter!(named("tokens")),
            sent: [
                sent(SentOutcome::Sent, "sent"),
                sent(SentOutcome::Waits, "waits"),
                sent(SentOutcome::Refused, "refused"),
                sent(SentOutcome::Failed, "failed"),
            ],
            pulls,
        }
    }

    /// Counts a delivery that was refused.
    pub(crate) fn refused(&self, reason: &'static str) {
        if let Some((_, counter)) = self.refused.iter().find(|(code, _)| *code == reason) {
            counter.increment(1);
        }
    }

    /// Counts a message that was acknowledged before it was answered.
    pub(crate) fn late(&self) {
        self.late.increment(1);
    }

    /// Counts a token that the API granted.
    pub(crate) fn token_renewed(&self) {
        self.tokens.increment(1);
    }

    /// Counts a pull of messages.
    pub(crate) fn pulled(&self, is_done: bool) {
        if let Some([done, failed]) = &self.pulls {
            if is_done { done } else { failed }.increment(1);
        }
    }

    /// Counts what became of a message that was to be sent.
    pub(crate) fn sent(&self, outcome: SentOutcome) {
        if let Some((_, counter)) = self.sent.iter().find(|(known, _)| *known == outcome) {
            counter.increment(1);
        }
    }
}
