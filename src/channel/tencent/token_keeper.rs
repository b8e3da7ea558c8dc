//! The token of an account. In: the lease of the process that sends. Out: a token that is valid, kept
//! in the store and renewed by that process alone. Must not know: what it is used for.

use super::api_client::{AccessToken, TencentApi};
use super::api_failure::{ApiFailure, RefusalMeaning};
use crate::clock;
use crate::http::PlatformCounters;
use crate::store::service_access::{GrantedToken, SendingFaultKind};
use crate::store::{Lease, Store, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use wenlu_core::model::Timestamp;

const PATIENCE: Duration = Duration::from_secs(5);
/// A token counts as over so long before it is: in its last five minutes the platform grants the next
/// one, and takes both.
const RENEWED_BEFORE: Duration = Duration::from_secs(300);
/// One that lasts no longer is used for half of its time.
const SHORTEST: Duration = Duration::from_secs(600);

/// How long nobody tries anew after a renewal that got no answer in time: those who waited for it
/// would each wait as long again.
const HANGS_FOR: Duration = Duration::from_secs(2);

#[derive(Default)]
struct KnownToken {
    granted: Option<GrantedToken>,
    /// When a renewal got no answer in time.
    hung: Option<Instant>,
}

pub(in crate::channel) struct TokenKeeper {
    pub store: Store,
    pub api: Arc<TencentApi>,
    /// The account, as the outbox names it.
    pub channel: String,
    pub metrics: Arc<PlatformCounters>,
    /// Held while one is renewed: whoever needs it waits.
    known: Mutex<KnownToken>,
    /// Whether it was noted that nothing can be sent; true until the first call.
    may_be_stopped: AtomicBool,
}

impl TokenKeeper {
    pub(in crate::channel) fn new(
        store: Store,
        api: Arc<TencentApi>,
        channel: String,
        metrics: Arc<PlatformCounters>,
    ) -> Self {
        TokenKeeper {
            store,
            api,
            channel,
            metrics,
            known: Mutex::default(),
            may_be_stopped: AtomicBool::new(true),
        }
    }

    /// A token that is valid now, as far as is known, and is not `refused`.
    pub(in crate::channel) async fn token(
        &self,
        lease: &Lease,
        refused: Option<&AccessToken>,
    ) -> Result<AccessToken, ApiFailure> {
        let mut known = self.known.lock().await;
        let now = clock::now();
        let is_good = |token: &GrantedToken| {
            let is_refused = refused.is_some_and(|refused| refused.reveal() == token.value);
            token.until > now && !is_refused
        };
        if let Some(token) = known.granted.as_ref().filter(|token| is_good(token)) {
            return Ok(AccessToken::new(token.value.clone()));
        }
        // the process that sent before may have renewed it
        let kept = self.store.service_access().token(&self.channel).await;
        let kept = kept.map_err(|_| ApiFailure::Store)?;
        let token = match kept.filter(is_good) {
            Some(token) => token,
            None if known.hung.is_some_and(|hung| hung.elapsed() < HANGS_FOR) => {
                return Err(ApiFailure::Timeout);
            }
            None => {
                let renewed = self.renew(lease, now).await;
                let has_hung = matches!(renewed, Err(ApiFailure::Timeout));
                known.hung = has_hung.then(Instant::now);
                renewed?
            }
        };
        known.granted = Some(token.clone());
        Ok(AccessToken::new(token.value))
    }

    /// Makes a call with a token. One may die before its time: the same call is made once more with
    /// another one.
    pub(in crate::channel) async fn call<T, F>(
        &self,
        lease: &Lease,
        make: impl Fn(AccessToken) -> F,
    ) -> Result<T, ApiFailure>
    where
        F: Future<Output = Result<T, ApiFailure>>,
    {
        let token = self.token(lease, None).await?;
        match make(token.clone()).await {
            Err(failure) if failure.meaning() == Some(RefusalMeaning::TokenOver) => {
                make(self.token(lease, Some(&token)).await?).await
            }
            outcome => outcome,
        }
    }

    /// Notes whether the API can be called, for all processes. `failure`: of a call that was just
    /// made.
    pub(in crate::channel) async fn note_access(
        &self,
        lease: &Lease,
        failure: Option<&ApiFailure>,
    ) -> Result<(), StoreError> {
        let fault = match failure {
            None => None,
            Some(failure) => match failure.fault() {
                Some(fault) => Some(fault),
                None if self.api.health().is_reachable() => return Ok(()),
                None => Some((SendingFaultKind::Unreachable, failure.to_string())),
            },
        };
        let is_stopped = fault.is_some();
        if !is_stopped && !self.may_be_stopped.load(Relaxed) {
            return Ok(());
        }
        let access = self.store.service_access();
        access
            .note_fault(lease, &self.channel, fault, clock::now())
            .await?;
        self.may_be_stopped.store(is_stopped, Relaxed);
        Ok(())
    }

    async fn renew(&self, lease: &Lease, now: Timestamp) -> Result<GrantedToken, ApiFailure> {
        let (granted, lasts) = self.api.grant_token(PATIENCE).await?;
        self.metrics.token_renewed();
        let used = match lasts > SHORTEST {
            true => lasts - RENEWED_BEFORE,
            false => lasts / 2,
        };
        let used = i64::try_from(used.as_millis()).unwrap_or(i64::MAX);
        let token = GrantedToken {
            value: granted.reveal().to_owned(),
            until: Timestamp(now.0.saturating_add(used)),
        };
        let access = self.store.service_access();
        match access.keep_token(lease, &self.channel, &token).await {
            Ok(()) => Ok(token),
            Err(error) => {
                tracing::warn!(%error, channel = self.channel, "a token could not be kept");
                Err(ApiFailure::Store)
            }
        }
    }
}
