//! The route of an account. In: what the platform posts, and its check of the address. Out: an answer
//! in the response. Must not know: what a message says.

use super::account::{DeliveryChecker, DeliveryQuery, DeliveryRefusal, GenuineDelivery};
use super::config::AnswerPlan;
use super::envelope::{self, SUCCESS, TRANSFER};
use super::parse::{self, WeixinDeed, WeixinMessage};
use super::passive::{PassiveAnswerer, PassiveError};
use crate::clock;
use crate::http::PlatformCounters;
use crate::http::metrics::ServerMetrics;
use crate::log_throttle::LogThrottle;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The most bytes of a request. A text has at most some 2 KB; sealed and in XML, less than 8.
const BODY_LIMIT: usize = 1 << 16;
/// Messages that are answered at the same time, over all accounts: what comes beyond is delivered
/// again.
pub(super) const MAX_ANSWERING: usize = 1_024;

/// The state of an account's route.
pub(super) struct WeixinRoute {
    pub checker: DeliveryChecker,
    pub plan: Arc<AnswerPlan>,
    pub answerer: Arc<PassiveAnswerer>,
    pub answering: Arc<Semaphore>,
    pub metrics: Arc<ServerMetrics>,
    pub counters: Arc<PlatformCounters>,
    /// Throttles log messages about refusals and a failing store.
    pub failures: Arc<LogThrottle>,
}

/// The route at `path`.
pub(super) fn routes(path: &str, route: WeixinRoute) -> Router {
    Router::new()
        .route(path, get(check_address).post(deliver))
        .with_state(Arc::new(route))
}

/// The platform checks the address: it gets back what it sent, byte for byte.
async fn check_address(
    State(route): State<Arc<WeixinRoute>>,
    Query(query): Query<DeliveryQuery>,
) -> Response {
    match route.checker.check_query(&query, clock::now()) {
        Ok(()) => text(query.echostr),
        Err(refusal) => route.refuse(refusal),
    }
}

async fn deliver(
    State(route): State<Arc<WeixinRoute>>,
    Query(query): Query<DeliveryQuery>,
    body: Body,
) -> Response {
    if let Err(refusal) = route.checker.check_query(&query, clock::now()) {
        return route.refuse(refusal);
    }
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return route.refuse(DeliveryRefusal::Size);
    };
    let delivery = match route.checker.open(&query, &body) {
        Ok(delivery) => delivery,
        Err(refusal) => return route.refuse(refusal),
    };
    match parse::read(&route.checker.appid, &delivery.fields) {
        Ok(message) => route.answer(message, delivery).await,
        Err(_) => route.refuse(DeliveryRefusal::Body),
    }
}

impl WeixinRoute {
    async fn answer(&self, message: WeixinMessage, delivery: GenuineDelivery) -> Response {
        if let WeixinDeed::Other(kind) = &message.deed {
            tracing::debug!(kind, "nothing to answer");
            return text(SUCCESS);
        }
        let is_left = message.deed == WeixinDeed::Left;
        if !self.plan.can_reply() && self.plan.credit.is_none() && !is_left {
            return self.pass_on(&message, &delivery);
        }
        let Ok(_answering) = self.answering.try_acquire() else {
            return self.fail(&"too many messages at the same time");
        };
        let (answerer, asked) = (self.answerer.clone(), message.clone());
        match answerer
            .answer(&self.plan, asked, delivery.plain.clone())
            .await
        {
            Ok(said) if said.is_empty() => text(SUCCESS),
            Ok(said) if said == TRANSFER => self.transfer(&message, &delivery),
            Ok(said) => self.wrap(delivery.key, envelope::text_xml(&message, &said)),
            Err(error) => {
                if let PassiveError::Bot(_) | PassiveError::Store(_) = &error {
                    self.metrics.store_error();
                }
                self.fail(&error)
            }
        }
    }

    /// A message to a mini-program that sends nothing goes to the platform's own tool; its events cannot.
    fn pass_on(&self, message: &WeixinMessage, delivery: &GenuineDelivery) -> Response {
        match message.deed {
            WeixinDeed::Typed(_) | WeixinDeed::Sent(_) => self.transfer(message, delivery),
            _ => text(SUCCESS),
        }
    }

    fn transfer(&self, message: &WeixinMessage, delivery: &GenuineDelivery) -> Response {
        // only a mini-program writes JSON, and reads it
        let as_json = delivery.plain.trim_start().starts_with('{');
        self.wrap(delivery.key, envelope::transfer(message, as_json))
    }

    /// Sealed if the message was.
    fn wrap(&self, key: Option<usize>, answer: String) -> Response {
        let Some(key) = key else {
            return document(answer);
        };
        let mut random = [0; 32];
        if getrandom::fill(&mut random).is_err() {
            return self.fail(&"the system gives no random numbers");
        }
        match envelope::sealed(&self.checker, key, &answer, clock::now(), random) {
            Some(sealed) => document(sealed),
            None => self.fail(&"an answer could not be sealed"),
        }
    }

    fn refuse(&self, refusal: DeliveryRefusal) -> Response {
        self.counters.refused(refusal.code());
        let account = &self.checker.appid;
        if let Some(times) = self
            .failures
            .count(&format!("{account} {}", refusal.code()))
        {
            tracing::warn!(account, times, reason = %refusal, "a delivery was refused");
        }
        let status = match refusal {
            DeliveryRefusal::Body => StatusCode::BAD_REQUEST,
            DeliveryRefusal::Size => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::FORBIDDEN,
        };
        status.into_response()
    }

    /// The platform delivers again, and finally tells the asker that the service has a fault.
    fn fail(&self, error: &dyn std::fmt::Display) -> Response {
        let error = error.to_string();
        if let Some(times) = self.failures.count(&error) {
            tracing::error!(error, times, "messages from WeChat could not be answered");
        }
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    }
}

fn text(body: impl Into<Body>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (kind, body.into()).into_response()
}

fn document(body: String) -> Response {
    let kind = if body.starts_with('{') {
        "application/json"
    } else {
        "text/xml; charset=utf-8"
    };
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}
