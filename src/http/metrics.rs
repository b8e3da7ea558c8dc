//! Metrics. In: events. Out: the text that Prometheus scrapes. Each server has its own registry, so
//! that several can run in one process; no label identifies an asker. Must not know: messages.

use super::platform_counters::PlatformCounters;
use crate::encoder::EncoderFigures;
use crate::store::sweep_plan::SweepPlan;
use crate::store::{ClockDoubt, JournalSize, UpkeepReport};
use metrics::{
    Counter, Gauge, Histogram, counter, describe_counter, describe_gauge, describe_histogram,
    gauge, histogram,
};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusRecorder};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use wenlu_core::model::Decision;

/// Seconds. A turn takes a few milliseconds, most of them in the store.
const BUCKETS: [f64; 12] = [
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];

/// The handles are looked up once, so that counting costs an atomic addition.
pub(crate) struct ServerMetrics {
    answer: Counter,
    clarify: Counter,
    menu: Counter,
    unknown: Counter,
    undecided: Counter,
    turn_seconds: Histogram,
    in_flight: Gauge,
    store_errors: Counter,
    panics: Counter,
    rate_limited: Counter,
    connections: Gauge,
    event_streams: Gauge,
    refused_connections: Counter,
    refused_streams: Counter,
    knowledge_refused: Gauge,
    knowledge_refusals: Counter,
    operators_unreachable: Gauge,
    weixin_stopped: Gauge,
    wecom_stopped: Gauge,
    /// The version of the knowledge that serves.
    serving: Mutex<String>,
    sweep_asks_rows: Gauge,
    clock_doubt_seconds: Gauge,
    journal_bytes: Gauge,
    journal_max_bytes: Gauge,
    recorder: Arc<PrometheusRecorder>,
}

impl ServerMetrics {
    /// `knowledge` is the version of the loaded data files.
    pub(crate) fn new(knowledge: &str) -> Result<Self, BuildError> {
        let matcher = Matcher::Full("wenlu_turn_seconds".into());
        let recorder = Arc::new(
            PrometheusBuilder::new()
                .set_buckets_for_metric(matcher, &BUCKETS)?
                .build_recorder(),
        );
        Ok(metrics::with_local_recorder(&*recorder, || {
            describe_requests();
            describe_upkeep();
            describe_encoder();
            let refused = |what| counter!("wenlu_crowded_total", "what" => what);
            let turns = |decision| counter!("wenlu_turns_total", "decision" => decision);
            Self {
                answer: turns("answer"),
                clarify: turns("clarify"),
                menu: turns("menu"),
                unknown: turns("unknown"),
                undecided: turns("none"),
                turn_seconds: histogram!("wenlu_turn_seconds"),
                in_flight: gauge!("wenlu_requests_in_flight"),
                store_errors: counter!("wenlu_store_errors_total"),
                panics: counter!("wenlu_panics_total"),
                rate_limited: counter!("wenlu_rate_limited_total"),
                connections: gauge!("wenlu_connections"),
                event_streams: gauge!("wenlu_event_streams"),
                refused_connections: refused("connection"),
                refused_streams: refused("event_stream"),
                knowledge_refused: gauge!("wenlu_knowledge_refused"),
                knowledge_refusals: counter!("wenlu_knowledge_refusals_total"),
                operators_unreachable: gauge!("wenlu_operators_unreachable"),
                weixin_stopped: gauge!("wenlu_weixin_sending_stopped"),
                wecom_stopped: gauge!("wenlu_wecom_stopped"),
                serving: Mutex::new(knowledge.to_owned()),
                sweep_asks_rows: gauge!("wenlu_sweep_asks_rows"),
                clock_doubt_seconds: gauge!("wenlu_clock_doubt_seconds"),
                journal_bytes: gauge!("wenlu_journal_bytes"),
                journal_max_bytes: gauge!("wenlu_journal_max_bytes"),
                recorder: recorder.clone(),
            }
        }))
    }

    /// Sets the version of the knowledge that serves.
    pub(crate) fn knowledge(&self, version: &str) {
        version.clone_into(&mut self.serving.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Counts an answered turn; `decision` is `None` if nothing was routed (a button, a start).
    pub(crate) fn turn(&self, decision: Option<Decision>, took: Duration) {
        let counter = match decision {
            Some(Decision::Answer) => &self.answer,
            Some(Decision::Clarify) => &self.clarify,
            Some(Decision::Menu) => &self.menu,
            Some(Decision::Unknown) => &self.unknown,
            None => &self.undecided,
        };
        counter.increment(1);
        self.turn_seconds.record(took);
    }

    pub(crate) fn store_error(&self) {
        self.store_errors.increment(1);
    }

    pub(crate) fn panic(&self) {
        self.panics.increment(1);
    }

    pub(crate) fn rate_limited(&self) {
        self.rate_limited.increment(1);
    }

    /// Counts a connection as open until the guard is dropped.
    pub(crate) fn connect(&self) -> CountedInGauge {
        CountedInGauge::begin(&self.connections)
    }

    /// Counts an event stream as open until the guard is dropped.
    pub(crate) fn open_stream(&self) -> CountedInGauge {
        CountedInGauge::begin(&self.event_streams)
    }

    pub(crate) fn connection_refused(&self) {
        self.refused_connections.increment(1);
    }

    pub(crate) fn stream_refused(&self) {
        self.refused_streams.increment(1);
    }

    /// Sets whether the files on the disk are refused, and how many edits were.
    pub(crate) fn refused(&self, are: bool, refusals: u64) {
        self.knowledge_refused.set(f64::from(u8::from(are)));
        self.knowledge_refusals.absolute(refusals);
    }

    /// Sets how many writes failed, by the part of the store that wrote.
    pub(crate) fn write_failures(&self, counts: &[(&'static str, u64)]) {
        metrics::with_local_recorder(&*self.recorder, || {
            for (operation, count) in counts {
                counter!("wenlu_store_write_failures_total", "operation" => *operation)
                    .absolute(*count);
            }
        });
    }

    /// Where other metrics of this server are registered.
    pub(super) fn recorder(&self) -> Arc<PrometheusRecorder> {
        self.recorder.clone()
    }

    /// Sets whether a service on which a channel depends fails.
    pub(crate) fn service_unreachable(&self, service: &'static str, is: bool) {
        let gauge = metrics::with_local_recorder(
            &*self.recorder,
            || gauge!("wenlu_service_unreachable", "service" => service),
        );
        gauge.set(f64::from(u8::from(is)));
    }

    /// Sets what the encoder did so far; without one there are no such series.
    pub(crate) fn encoder(&self, figures: &EncoderFigures) {
        metrics::with_local_recorder(&*self.recorder, || {
            counter!("wenlu_encoder_requests_total").absolute(figures.requests);
            counter!("wenlu_encoder_failures_total").absolute(figures.failures);
            gauge!("wenlu_encoder_circuit_open").set(f64::from(u8::from(figures.is_open)));
            gauge!("wenlu_encoder_vectors").set(figures.vectors as f64);
        });
    }

    pub(crate) fn operators_unreachable(&self, are: bool) {
        self.operators_unreachable.set(f64::from(u8::from(are)));
    }

    /// Sets what the upkeep of the store found last.
    pub(crate) fn upkeep_found(&self, found: &UpkeepReport) {
        let rows = found.asking.as_ref().map_or(0, SweepPlan::asking_rows);
        self.sweep_asks_rows.set(rows as f64);
        let seconds = found.clock.map_or(0, ClockDoubt::seconds);
        self.clock_doubt_seconds.set(seconds as f64);
        if let Some(JournalSize { bytes, max }) = found.journal {
            self.journal_bytes.set(bytes as f64);
            self.journal_max_bytes.set(max.unwrap_or_default() as f64);
        }
    }

    /// Adds the counters of a platform, which the metrics name so; `reasons`: why a delivery of it may
    /// be refused; `pulls`: whether messages are pulled from it.
    pub(crate) fn add_platform(
        &self,
        name: &str,
        reasons: &[&'static str],
        pulls: bool,
    ) -> Arc<PlatformCounters> {
        let new = || PlatformCounters::new(name, reasons, pulls);
        Arc::new(metrics::with_local_recorder(&*self.recorder, new))
    }

    /// Sets how many accounts of WeChat that send cannot.
    pub(crate) fn weixin_stopped(&self, accounts: usize) {
        self.weixin_stopped.set(accounts as f64);
    }

    /// Sets whether the customer service of WeCom is cut off.
    pub(crate) fn wecom_stopped(&self, is_stopped: bool) {
        self.wecom_stopped.set(f64::from(u8::from(is_stopped)));
    }

    /// Counts a request as in flight until the guard is dropped.
    pub(crate) fn begin(&self) -> CountedInGauge {
        CountedInGauge::begin(&self.in_flight)
    }

    /// The metrics in the text format of Prometheus.
    pub(crate) fn render(&self) -> String {
        let mut text = self.recorder.handle().render();
        text.push_str(&self.build_info());
        text
    }

    /// Written here, not registered: the registry keeps every series that it was ever given, and each
    /// edit of the knowledge makes a new version.
    fn build_info(&self) -> String {
        let knowledge = self.serving.lock().unwrap_or_else(PoisonError::into_inner);
        format!(
            "# HELP wenlu_build_info 1: the version of the program and of the knowledge that serves.\n\
             # TYPE wenlu_build_info gauge\n\
             wenlu_build_info{{version=\"{}\",knowledge=\"{}\"}} 1\n\n",
            env!("CARGO_PKG_VERSION"),
            *knowledge
        )
    }

    /// Moves recorded values into the buckets; without this, memory would grow if nobody scrapes.
    pub(crate) fn upkeep(&self) {
        self.recorder.handle().run_upkeep();
    }
}

/// Counted by its gauge until it is dropped.
pub(crate) struct CountedInGauge(Gauge);

impl CountedInGauge {
    fn begin(gauge: &Gauge) -> Self {
        gauge.increment(1);
        Self(gauge.clone())
    }
}

impl Drop for CountedInGauge {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

fn describe_requests() {
    describe_counter!(
        "wenlu_turns_total",
        "Turns answered, by what was decided; none: nothing had to be routed."
    );
    describe_histogram!(
        "wenlu_turn_seconds",
        "Time from a parsed message to its committed answer, in seconds."
    );
    describe_gauge!(
        "wenlu_requests_in_flight",
        "Requests that have begun and are not answered yet."
    );
    describe_counter!(
        "wenlu_store_errors_total",
        "Requests that failed because the store did."
    );
    describe_counter!(
        "wenlu_panics_total",
        "Requests that failed because of a defect."
    );
    describe_counter!(
        "wenlu_rate_limited_total",
        "Requests refused because their sender was too fast."
    );
    describe_gauge!("wenlu_connections", "Open connections.");
    describe_gauge!("wenlu_event_streams", "Open event streams.");
    describe_counter!(
        "wenlu_crowded_total",
        "Connections and event streams refused because too many were open, in all or from one address."
    );
}

fn describe_encoder() {
    describe_counter!("wenlu_encoder_requests_total", "Requests to the encoder.");
    describe_counter!(
        "wenlu_encoder_failures_total",
        "Requests to the encoder that brought no vectors, or not in time."
    );
    describe_gauge!(
        "wenlu_encoder_circuit_open",
        "1: the encoder failed several times, and is left alone for a while."
    );
    describe_gauge!(
        "wenlu_encoder_vectors",
        "Vectors of the knowledge that are in memory."
    );
}

fn describe_upkeep() {
    describe_gauge!(
        "wenlu_wecom_stopped",
        "1: nothing can be pulled from WeCom's customer service or sent there; /readyz and the overview say why."
    );
    describe_gauge!(
        "wenlu_weixin_sending_stopped",
        "Accounts of WeChat that send, and cannot; /readyz and the overview say why."
    );
    describe_counter!(
        "wenlu_store_write_failures_total",
        "Writes that failed because the database did, by the part of the store that wrote."
    );
    describe_gauge!(
        "wenlu_knowledge_refused",
        "1: the data files on the disk were refused, and the last good knowledge serves."
    );
    describe_counter!(
        "wenlu_knowledge_refusals_total",
        "Edits of the data files that were refused."
    );
    describe_gauge!(
        "wenlu_service_unreachable",
        "1: the service on which a channel depends does not answer."
    );
    describe_gauge!(
        "wenlu_operators_unreachable",
        "1: the operators' group cannot be written to, and nobody is handed over."
    );
    describe_gauge!(
        "wenlu_sweep_asks_rows",
        "Rows that a sweep would delete once a person has confirmed it with wenlu store sweep; 0: nothing waits."
    );
    describe_gauge!(
        "wenlu_clock_doubt_seconds",
        "How far the clock was set, or is from what is stored, in seconds; 0: it is in no doubt."
    );
    describe_gauge!(
        "wenlu_journal_bytes",
        "Bytes of the journal, of conversations and of kept answers."
    );
    describe_gauge!(
        "wenlu_journal_max_bytes",
        "WENLU_JOURNAL_MAX, at which the oldest turns are deleted; 0: no limit."
    );
}
