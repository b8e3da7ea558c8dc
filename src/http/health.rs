//! Health and metrics, for those who run the server. In: `/healthz`, `/readyz`, `/metrics`. Out: does
//! it run, can it answer and with which knowledge, how much has it done. Must not know: messages.

use super::backlog_gauges::BacklogGauges;
use super::metrics::ServerMetrics;
use super::service_health::ServiceHealth;
use crate::log_throttle::LogThrottle;
use crate::reload::KnowledgeStatus;
use crate::review::standing::open_failures;
use crate::store::ClockDoubt;
use crate::store::service_access::SendingFaultKind;
use crate::turn::Bot;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use std::sync::Arc;
use tokio::sync::watch;
use wenlu_core::check::FailedTest;

/// Accounts whose faults are read.
const MOST_ACCOUNTS: i64 = 1_000;

/// What is reported on.
#[derive(Clone)]
pub(super) struct HealthState {
    pub bot: Bot,
    pub knowledge: watch::Receiver<KnowledgeStatus>,
    pub metrics: Arc<ServerMetrics>,
    /// The services on which channels depend, by name.
    pub services: Vec<(&'static str, ServiceHealth)>,
    /// Whether an account of WeChat sends messages.
    pub sends_in_weixin: bool,
    /// Whether WeCom's customer service is served.
    pub has_wecom: bool,
    pub backlog: Arc<BacklogGauges>,
    /// Throttles log messages about a failing store.
    pub store_failures: Arc<LogThrottle>,
}

pub(super) fn routes(health: HealthState) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(scrape))
        .with_state(health)
}

/// Readiness: the store can be read and written; `store` names the fault otherwise. The knowledge
/// is always loaded. Neither a refused edit nor failing tests make the server unready: they are
/// reported beside it.
async fn ready(State(health): State<HealthState>) -> Response {
    let status = health.knowledge.borrow().clone();
    let failing = open_failures(health.bot.store(), &status.failing).await;
    // if acceptances cannot be read from the store, all failing tests are shown
    let knowledge = KnowledgeView::of(
        &status,
        &failing.unwrap_or_else(|_| status.failing.to_vec()),
    );
    let (code, store) = match health.bot.store().readiness().check().await {
        Ok(()) => (StatusCode::OK, "ok"),
        Err(fault) => {
            if let Some(times) = health.store_failures.count(fault.code()) {
                tracing::error!(error = %fault, times, "not ready: turns cannot be stored");
            }
            (StatusCode::SERVICE_UNAVAILABLE, fault.code())
        }
    };
    let ready = code == StatusCode::OK;
    let mut told = serde_json::json!({ "ready": ready, "store": store, "knowledge": knowledge });
    // neither of these affects readiness
    let upkeep = health.bot.store().retention().report();
    told["clock"] = upkeep.clock.map_or("ok", ClockDoubt::code).into();
    told["sweep"] = if upkeep.asks() { "asks" } else { "ok" }.into();
    if let Some(lost) = health.bot.are_operators_unreachable() {
        told["operators"] = reachable(!lost).into();
    }
    for (name, service) in &health.services {
        told[*name] = reachable(service.is_reachable()).into();
    }
    if health.sends_in_weixin {
        told["weixin_sending"] = standing(&health.bot, "weixin:").await.into();
    }
    if health.has_wecom {
        told["wecom"] = standing(&health.bot, "wecom:").await.into();
    }
    (code, Json(told)).into_response()
}

/// Whether the accounts of a platform can send, in a word.
async fn standing(bot: &Bot, platform: &str) -> &'static str {
    match stopped_accounts(bot, platform).await {
        Some(stopped) => stopped.first().map_or("ok", |kind| kind.code()),
        None => "unknown",
    }
}

/// Why accounts of a platform that send cannot; `None` if the store does not say.
async fn stopped_accounts(bot: &Bot, platform: &str) -> Option<Vec<SendingFaultKind>> {
    let faults = bot
        .store()
        .service_access()
        .faults(MOST_ACCOUNTS)
        .await
        .ok()?;
    // accounts that send no longer may have left one
    let own = faults
        .iter()
        .filter(|fault| fault.channel.starts_with(platform) && bot.sends_on(&fault.channel));
    Some(own.map(|fault| fault.kind).collect())
}

fn reachable(is: bool) -> &'static str {
    if is { "reachable" } else { "unreachable" }
}

/// The knowledge part of `/readyz`.
#[derive(Serialize)]
struct KnowledgeView {
    version: String,
    /// RFC 3339.
    loaded_at: String,
    /// `ok`, or `refused`: the files on the disk were refused, and the last accepted ones serve.
    last_attempt: &'static str,
    problems: usize,
    /// `files`, or `kept`: the process started on files that were refused, and the knowledge saved
    /// in the store serves.
    source: &'static str,
    /// Number of failing tests that nobody has accepted; the first of them are named below.
    failing: usize,
    failing_tests: Vec<FailingTestView>,
}

#[derive(Serialize)]
struct FailingTestView {
    intent: String,
    say: String,
    /// The answer before the edit that changed it.
    before: Option<String>,
    now: String,
}

/// Maximum number of failing tests that are named.
const NAMED: usize = 20;

impl KnowledgeView {
    fn of(status: &KnowledgeStatus, failing: &[FailedTest]) -> Self {
        let loaded_at = jiff::Timestamp::from_millisecond(status.loaded_at.0).unwrap_or_default();
        let test = |failed: &FailedTest| FailingTestView {
            intent: failed.intent.clone(),
            say: failed.say().to_owned(),
            before: failed.before.as_ref().map(ToString::to_string),
            now: failed.now.to_string(),
        };
        Self {
            version: status.version.clone(),
            loaded_at: loaded_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            last_attempt: if status.refused.is_some() {
                "refused"
            } else {
                "ok"
            },
            problems: status
                .refused
                .as_ref()
                .map_or(0, |refusal| refusal.errors.len()),
            source: if status.kept_since.is_some() {
                "kept"
            } else {
                "files"
            },
            failing: failing.len(),
            failing_tests: failing.iter().take(NAMED).map(test).collect(),
        }
    }
}

async fn scrape(State(health): State<HealthState>) -> Response {
    let metrics = &health.metrics;
    {
        let status = health.knowledge.borrow();
        metrics.knowledge(&status.version);
        metrics.refused(status.refused.is_some(), status.refusals.count);
    }
    metrics.upkeep_found(&health.bot.store().retention().report());
    let store = health.bot.store();
    health.backlog.refresh(store).await;
    metrics.write_failures(&store.write_failures());
    metrics.operators_unreachable(health.bot.are_operators_unreachable() == Some(true));
    if let Some(encoder) = health.bot.encoder() {
        metrics.encoder(&encoder.figures());
    }
    for (name, service) in &health.services {
        metrics.service_unreachable(name, !service.is_reachable());
    }
    if health.sends_in_weixin
        && let Some(stopped) = stopped_accounts(&health.bot, "weixin:").await
    {
        metrics.weixin_stopped(stopped.len());
    }
    if health.has_wecom
        && let Some(stopped) = stopped_accounts(&health.bot, "wecom:").await
    {
        metrics.wecom_stopped(!stopped.is_empty());
    }
    let text = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, text)], metrics.render()).into_response()
}
