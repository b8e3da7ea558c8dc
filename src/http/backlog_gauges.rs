//! Gauges of what waits and what failed. In: a scrape. Out: gauges that are read from the store
//! once for all scrapes of a few seconds. Must not know: what waits.

use crate::clock;
use crate::store::Store;
use crate::store::backlog::{ChannelQueue, StoreBacklog};
use metrics::{Gauge, describe_gauge, gauge};
use metrics_exporter_prometheus::PrometheusRecorder;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use wenlu_core::model::Timestamp;

/// How long what was read is shown.
const READ_EVERY: Duration = Duration::from_secs(5);
/// How long a scrape waits for the store; the last values are shown then.
const READ_TIMEOUT: Duration = Duration::from_secs(2);
/// Channels that have gauges of their own; there is one for each program that people write in.
const MOST_CHANNELS: usize = 16;

/// The gauges; only one scrape at a time reads the store.
pub(super) struct BacklogGauges {
    recorder: Arc<PrometheusRecorder>,
    state: Mutex<GaugeState>,
}

struct GaugeState {
    read_at: Option<Instant>,
    /// Length and age of the queues, by name of the queue and channel.
    queues: BTreeMap<(&'static str, String), (Gauge, Gauge)>,
}

impl BacklogGauges {
    pub(super) fn new(recorder: Arc<PrometheusRecorder>) -> Self {
        metrics::with_local_recorder(&*recorder, describe);
        BacklogGauges {
            recorder,
            state: Mutex::new(GaugeState {
                read_at: None,
                queues: BTreeMap::new(),
            }),
        }
    }

    /// Brings the gauges up to date, unless they are fresh.
    pub(super) async fn refresh(&self, store: &Store) {
        let mut state = self.state.lock().await;
        if state.read_at.is_some_and(|at| at.elapsed() < READ_EVERY) {
            return;
        }
        let read = tokio::time::timeout(READ_TIMEOUT, store.backlog().read()).await;
        state.read_at = Some(Instant::now());
        metrics::with_local_recorder(&*self.recorder, || match read {
            Ok(Ok(backlog)) => {
                gauge!("wenlu_backlog_read").set(1);
                state.set(&backlog, clock::now());
            }
            // the last values stay
            Ok(Err(_)) | Err(_) => gauge!("wenlu_backlog_read").set(0),
        });
    }
}

impl GaugeState {
    fn set(&mut self, backlog: &StoreBacklog, now: Timestamp) {
        self.set_queues("inbox", &backlog.inbox, now);
        self.set_queues("outbox", &backlog.outbox, now);
        let waited = backlog
            .unattended_since
            .map_or(0.0, |since| seconds(since, now));
        let given_up = |service: &str| -> i64 {
            let counts = backlog.given_up_by_channel.iter();
            let own = counts.filter(|(channel, _)| channel.split(':').next() == Some(service));
            own.map(|(_, count)| count).sum()
        };
        let backup = backlog.last_backup.map_or(0.0, |at| at.0 as f64 / 1e3);
        for (name, value) in [
            ("wenlu_quarantined_updates", backlog.quarantined as f64),
            ("wenlu_undelivered_calls", backlog.undelivered as f64),
            ("wenlu_telegram_set_aside", given_up("telegram") as f64),
            ("wenlu_bridge_set_aside", given_up("bridge") as f64),
            ("wenlu_handovers_open", backlog.handovers as f64),
            ("wenlu_handovers_unattended", backlog.unattended as f64),
            ("wenlu_handovers_unattended_oldest_seconds", waited),
            (
                "wenlu_handovers_rated_solved",
                backlog.ratings.solved as f64,
            ),
            (
                "wenlu_handovers_rated_unsolved",
                backlog.ratings.unsolved as f64,
            ),
            ("wenlu_unanswered_questions", backlog.unanswered as f64),
            ("wenlu_journal_turns", backlog.journal_turns as f64),
            ("wenlu_database_bytes", backlog.database_bytes as f64),
            ("wenlu_last_backup_timestamp_seconds", backup),
        ] {
            gauge!(name).set(value);
        }
    }

    /// A channel that was there once is shown as empty later.
    fn set_queues(&mut self, queue: &'static str, found: &[ChannelQueue], now: Timestamp) {
        for ((name, _), (length, age)) in &self.queues {
            if *name == queue {
                length.set(0);
                age.set(0);
            }
        }
        for one in found {
            let key = (queue, one.channel.clone());
            if !self.queues.contains_key(&key) && self.queues.len() >= 2 * MOST_CHANNELS {
                continue;
            }
            let (length, age) = self
                .queues
                .entry(key)
                .or_insert_with(|| queue_gauges(queue, &one.channel));
            length.set(one.length as f64);
            age.set(seconds(one.oldest, now));
        }
    }
}

fn queue_gauges(queue: &str, channel: &str) -> (Gauge, Gauge) {
    let gauge = |what| gauge!(format!("wenlu_{queue}_{what}"), "channel" => channel.to_owned());
    (gauge("length"), gauge("oldest_seconds"))
}

fn seconds(since: Timestamp, now: Timestamp) -> f64 {
    now.0.saturating_sub(since.0).max(0) as f64 / 1e3
}

/// The gauges, and what they say.
const GAUGES: [(&str, &str); 18] = [
    (
        "wenlu_backlog_read",
        "1: what waits was read from the store; 0: it cannot be read, and the last values are shown.",
    ),
    (
        "wenlu_inbox_length",
        "Messages that nobody has answered yet, by channel.",
    ),
    (
        "wenlu_inbox_oldest_seconds",
        "For how long the first of them has been waiting, in seconds.",
    ),
    (
        "wenlu_outbox_length",
        "Calls that are still to be made, by channel.",
    ),
    (
        "wenlu_outbox_oldest_seconds",
        "For how long the first of them has been waiting, in seconds.",
    ),
    (
        "wenlu_quarantined_updates",
        "Updates that cannot be answered, and were put aside.",
    ),
    (
        "wenlu_undelivered_calls",
        "Calls that will not be made any more, for whatever reason.",
    ),
    (
        "wenlu_bridge_set_aside",
        "Events for the bridge's receiver that were given up after their last attempt.",
    ),
    (
        "wenlu_telegram_set_aside",
        "Calls of the Bot API that were given up after their last attempt.",
    ),
    ("wenlu_handovers_open", "Conversations with a person."),
    (
        "wenlu_handovers_unattended",
        "Of these, those in which no person has said anything yet.",
    ),
    (
        "wenlu_handovers_unattended_oldest_seconds",
        "For how long the first of them has been waiting, in seconds.",
    ),
    (
        "wenlu_handovers_rated_solved",
        "Hand-overs of which their askers said that they are solved, as far as that is kept.",
    ),
    (
        "wenlu_handovers_rated_unsolved",
        "Hand-overs of which their askers said that they are not solved, as far as that is kept.",
    ),
    (
        "wenlu_unanswered_questions",
        "Questions left unanswered that no change has handled.",
    ),
    (
        "wenlu_journal_turns",
        "At most so many turns are in the journal.",
    ),
    ("wenlu_database_bytes", "Size of the database in bytes."),
    (
        "wenlu_last_backup_timestamp_seconds",
        "When the last backup was complete, in seconds since 1970; 0: never.",
    ),
];

fn describe() {
    for (name, what) in GAUGES {
        describe_gauge!(name, what);
    }
}
