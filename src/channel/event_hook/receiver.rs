//! The team's server that receives events. In: an event. Out: it was taken, or a
//! [`DeliveryFailure`]. Must not know: what an event says, when it is tried again.

use super::signature::signatures;
use super::{EventHook, EventHookError};
use crate::clock;
use crate::http::ServiceHealth;
use crate::secret::BridgeSecret;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Response, redirect};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use url::Url;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A response is read so far, so that its connection can be used again.
const MAX_BODY_BYTES: usize = 64 << 10;
/// A receiver that took no event for this time may take none.
const TAKES_FOR: Duration = Duration::from_secs(120);
/// The longest wait that a receiver may demand.
const MAX_WAIT: Duration = Duration::from_secs(3_600);

/// Why an event was not taken. Neither the address nor the event is part of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::channel) enum DeliveryFailure {
    #[error("no connection")]
    Unreached,
    #[error("no answer in time")]
    Timeout,
    #[error("the connection was cut")]
    Cut,
    /// A redirect is one too: an event goes to the address that was set, or nowhere.
    #[error("HTTP status {0}")]
    Status(u16),
    #[error("HTTP status {status}: retry after {} s", wait.as_secs())]
    Busy { status: u16, wait: Duration },
    /// The receiver wants this event never again.
    #[error("HTTP status 410: gone")]
    Gone,
}

pub(in crate::channel) struct EventReceiver {
    http: reqwest::Client,
    url: Url,
    secrets: Vec<BridgeSecret>,
    pub attempts: i64,
    health: ServiceHealth,
    taken: Mutex<Option<TakenSpan>>,
}

/// From when to when it took events, with no long pause between two.
#[derive(Clone, Copy)]
struct TakenSpan {
    first: Instant,
    last: Instant,
}

impl EventReceiver {
    pub(in crate::channel) fn new(hook: &EventHook) -> Result<Self, EventHookError> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("wenlu/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            // a redirect could lead askers' words to another server
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| EventHookError(error.without_url().to_string()))?;
        Ok(EventReceiver {
            http,
            url: hook.url.clone(),
            secrets: hook.secrets.clone(),
            attempts: hook.attempts,
            health: ServiceHealth::presumed(),
            taken: Mutex::new(None),
        })
    }

    /// Whether the receiver answers, now and later.
    pub(in crate::channel) fn health(&self) -> ServiceHealth {
        self.health.clone()
    }

    /// Whether it has been taking events for at least `time`.
    pub(super) fn takes_events_for(&self, time: Duration) -> bool {
        let taken = *self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.is_some_and(|taken| taken.last.elapsed() < TAKES_FOR && taken.first.elapsed() >= time)
    }

    fn note_taken(&self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let before = taken.filter(|before| before.last.elapsed() < TAKES_FOR);
        *taken = Some(TakenSpan {
            first: before.map_or(now, |before| before.first),
            last: now,
        });
    }

    /// Delivers the event `id` once; takes `patience` at most.
    pub(super) async fn deliver(
        &self,
        id: &str,
        body: &str,
        patience: Duration,
    ) -> Result<(), DeliveryFailure> {
        let outcome = self.post(id, body, patience).await;
        match &outcome {
            Ok(()) => {
                self.note_taken();
                self.health.answered();
            }
            Err(DeliveryFailure::Gone) => self.health.answered(),
            Err(DeliveryFailure::Status(status) | DeliveryFailure::Busy { status, .. })
                if *status < 500 =>
            {
                self.health.answered();
            }
            Err(_) => self.health.failed(),
        }
        outcome
    }

    async fn post(&self, id: &str, body: &str, patience: Duration) -> Result<(), DeliveryFailure> {
        let at = clock::now().0 / 1_000;
        let request = self
            .http
            .post(self.url.clone())
            .timeout(patience)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", at)
            .header(
                "webhook-signature",
                signatures(&self.secrets, (id, at), body),
            )
            .body(body.to_owned());
        let response = request.send().await.map_err(|error| failure_of(&error))?;
        let outcome = read_head(&response);
        read_rest(response).await;
        outcome
    }
}

fn read_head(response: &Response) -> Result<(), DeliveryFailure> {
    let status = response.status().as_u16();
    let wait = response.headers().get(RETRY_AFTER);
    let wait = wait.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let wait = wait.map(|seconds| Duration::from_secs(seconds).min(MAX_WAIT));
    match (status, wait) {
        (200..=299, _) => Ok(()),
        (410, _) => Err(DeliveryFailure::Gone),
        (429 | 503, Some(wait)) => Err(DeliveryFailure::Busy { status, wait }),
        _ => Err(DeliveryFailure::Status(status)),
    }
}

/// What the response says besides its status is of no interest.
async fn read_rest(mut response: Response) {
    let mut read = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        read += chunk.len();
        if read > MAX_BODY_BYTES {
            return;
        }
    }
}

fn failure_of(error: &reqwest::Error) -> DeliveryFailure {
    match () {
        () if error.is_connect() => DeliveryFailure::Unreached,
        () if error.is_timeout() => DeliveryFailure::Timeout,
        () => DeliveryFailure::Cut,
    }
}
