//! The HTTP client of the Bot API. In: a method and its payload. Out: its result, or a
//! [`CallFailure`]. Must not know: what is sent and why; rate and retries are the sender's.
//!
//! teloxide's client is not used: it sleeps ten seconds on any 5xx and recognises some errors by
//! texts that differ from the real ones. The token is part of every URL, and reqwest's errors
//! contain URLs: none of them leaves this module.

mod files;

use super::failure::{
    self, CallEffect, CallFailure, ResponseParameters, TransientFailure, TransportTrouble,
};
use super::parse::BotIdentity;
use crate::http::ServiceHealth;
use crate::secret::{BotToken, ProxyUrl};
use reqwest::header::{DATE, RETRY_AFTER};
use reqwest::{Proxy, Response, Url, redirect};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::error::Error;
use std::fmt;
use std::io::ErrorKind;
use std::iter::successors;
use std::time::Duration;
use wenlu_core::model::Timestamp;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Timeout of calls about the bot itself, which nobody in a chat waits for.
pub(super) const BOT_CALL_TIMEOUT: Duration = Duration::from_secs(15);
/// Time that the network may add to the waiting time of getUpdates.
const POLL_SLACK: Duration = Duration::from_secs(10);
/// Maximum size of a response: a full batch of updates has a few megabytes at most.
const MAX_BODY_BYTES: usize = 32 << 20;

/// The client of one bot. Clones share its connections.
#[derive(Clone)]
pub struct BotApiClient {
    http: reqwest::Client,
    api: Url,
    token: BotToken,
    /// Whether the Bot API answers.
    health: ServiceHealth,
}

/// Why the client cannot be created.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BotApiUrlError {
    #[error("the Bot API's address must begin with https:// or http://")]
    Scheme,
    #[error("the proxy's address cannot be used")]
    Proxy,
    #[error("no HTTPS on this machine: {0}")]
    Tls(String),
}

/// An update as received.
#[derive(Clone, Debug)]
pub struct RawUpdate {
    /// `None`: the update has no id, so that it cannot be recognised if it comes again.
    pub id: Option<i64>,
    pub json: Box<RawValue>,
}

impl BotApiClient {
    /// `api` is the address before `/bot<token>/`; it may have a path. Without a `proxy` it is
    /// reached directly, whatever the environment says.
    pub fn new(
        token: BotToken,
        api: Url,
        proxy: Option<&ProxyUrl>,
    ) -> Result<Self, BotApiUrlError> {
        if !matches!(api.scheme(), "https" | "http") || api.cannot_be_a_base() {
            return Err(BotApiUrlError::Scheme);
        }
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("wenlu/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            // no redirects: the token must not reach another server
            .redirect(redirect::Policy::none())
            .no_proxy();
        if let Some(proxy) = proxy {
            // its error would quote the address
            let proxy = Proxy::all(proxy.reveal()).map_err(|_| BotApiUrlError::Proxy)?;
            builder = builder.proxy(proxy);
        }
        let http = builder
            .build()
            .map_err(|error| BotApiUrlError::Tls(token.scrub(&error.without_url().to_string())))?;
        Ok(BotApiClient {
            http,
            api,
            token,
            health: ServiceHealth::default(),
        })
    }

    /// Makes one request, which takes `patience` at most, response included.
    pub async fn call(
        &self,
        method: &str,
        payload: &Value,
        patience: Duration,
    ) -> Result<Value, CallFailure> {
        let result = self.post(method, payload, patience).await?;
        serde_json::from_str(result.get()).map_err(|error| unreadable(&error))
    }

    /// Asks who the bot is. Called at the start; also proves that the token is valid.
    pub async fn get_me(&self) -> Result<BotIdentity, CallFailure> {
        let result = self.post("getMe", &json!({}), BOT_CALL_TIMEOUT).await?;
        serde_json::from_str(result.get()).map_err(|error| unreadable(&error))
    }

    /// The updates from `offset` on; confirms all before it. Waits up to `timeout` (at most 50 s)
    /// for the first.
    pub async fn get_updates(
        &self,
        offset: Option<i64>,
        timeout: Duration,
        allowed: &[&str],
    ) -> Result<Vec<RawUpdate>, CallFailure> {
        let payload = json!({ "offset": offset, "limit": 100, "timeout": timeout.as_secs(), "allowed_updates": allowed });
        let result = self
            .post("getUpdates", &payload, timeout + POLL_SLACK)
            .await?;
        // each update is kept as raw JSON: one that cannot be parsed must not spoil the others
        let updates: Vec<Box<RawValue>> =
            serde_json::from_str(result.get()).map_err(|error| unreadable(&error))?;
        Ok(updates
            .into_iter()
            .map(|json| RawUpdate {
                id: super::parse::update_id(json.get()),
                json,
            })
            .collect())
    }

    /// The time by the server's clock, from the head of any answer; it is asked without the token.
    pub async fn server_time(&self, patience: Duration) -> Option<Timestamp> {
        let request = self.http.get(self.api.clone()).timeout(patience);
        let response = request.send().await.ok()?;
        let date = response.headers().get(DATE)?.to_str().ok()?;
        // the form of HTTP is one of those of mail
        let date = jiff::fmt::rfc2822::parse(date).ok()?;
        Some(Timestamp(date.timestamp().as_millisecond()))
    }

    /// Whether the Bot API answers, now and later.
    pub(super) fn health(&self) -> ServiceHealth {
        self.health.clone()
    }

    async fn post(
        &self,
        method: &str,
        payload: &Value,
        patience: Duration,
    ) -> Result<Box<RawValue>, CallFailure> {
        let request = self
            .http
            .post(self.endpoint(method))
            .timeout(patience)
            .json(payload);
        self.noted(self.request(request).await)
    }

    /// Notes whether the Bot API answered.
    fn noted(
        &self,
        outcome: Result<Box<RawValue>, CallFailure>,
    ) -> Result<Box<RawValue>, CallFailure> {
        match &outcome {
            Err(CallFailure::Transient(_) | CallFailure::Unauthorized) => self.health.failed(),
            _ => self.health.answered(),
        }
        outcome
    }

    async fn request(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<Box<RawValue>, CallFailure> {
        let mut response = request.send().await.map_err(|error| self.broken(error))?;
        let status = response.status().as_u16();
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|v| failure::seconds(v.to_str().ok()?));
        let body = self.body(&mut response).await?;
        match serde_json::from_slice::<ResponseEnvelope>(&body) {
            // success even without a result: a Bot API server other than Telegram's may send none
            Ok(ResponseEnvelope {
                ok: true, result, ..
            }) if response.status().is_success() => {
                Ok(result.unwrap_or_else(|| RawValue::NULL.to_owned()))
            }
            Ok(ResponseEnvelope {
                ok: false,
                error_code,
                description,
                parameters,
                ..
            }) => {
                let mut parameters = parameters.unwrap_or_default();
                parameters.retry_after = parameters.retry_after.or(retry_after);
                Err(CallFailure::read(
                    error_code.unwrap_or(status),
                    &self.token.scrub(&description),
                    parameters,
                ))
            }
            // the body is not logged: it may contain somebody's message
            _ => Err(CallFailure::unexplained(
                status,
                retry_after,
                format!("{} bytes that are no answer", body.len()),
            )),
        }
    }

    fn endpoint(&self, method: &str) -> Url {
        let mut url = self.api.clone();
        // cannot fail: `new` rejects an address without a path
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty()
                .push(&format!("bot{}", self.token.reveal()))
                .push(method);
        }
        url
    }

    async fn body(&self, response: &mut Response) -> Result<Vec<u8>, CallFailure> {
        let mut body = vec![];
        while let Some(chunk) = response.chunk().await.map_err(|error| self.broken(error))? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_BODY_BYTES {
                let cause = format!("more than {MAX_BODY_BYTES} bytes");
                return Err(CallFailure::unexplained(
                    response.status().as_u16(),
                    None,
                    cause,
                ));
            }
        }
        Ok(body)
    }

    /// Converts an error of reqwest; URL and token are removed.
    fn broken(&self, error: reqwest::Error) -> CallFailure {
        let error = error.without_url();
        let first: &(dyn Error + 'static) = &error;
        let chain: Vec<_> = successors(Some(first), |&e| e.source()).collect();
        let trouble = match () {
            () if error.is_timeout() => TransportTrouble::Timeout,
            () if !error.is_connect() => TransportTrouble::Cut,
            // these are hyper-util's texts for a failed lookup and for a name that is not valid
            () if chain
                .iter()
                .any(|e| matches!(e.to_string().as_str(), "dns error" | "invalid dns name")) =>
            {
                TransportTrouble::Dns
            }
            () if chain.iter().any(|e| is_tls(*e)) => TransportTrouble::Tls,
            () => TransportTrouble::Connect,
        };
        let effect = if error.is_connect() || error.is_builder() {
            CallEffect::None
        } else {
            CallEffect::Unknown
        };
        let mut causes: Vec<String> = chain.iter().map(ToString::to_string).collect();
        causes.dedup();
        TransientFailure {
            trouble,
            effect,
            cause: self.token.scrub(&causes.join(": ")),
        }
        .into()
    }
}

impl fmt::Debug for BotApiClient {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Client")
            .field("api", &self.api.host_str())
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct ResponseEnvelope {
    ok: bool,
    result: Option<Box<RawValue>>,
    error_code: Option<u16>,
    #[serde(default)]
    description: String,
    parameters: Option<ResponseParameters>,
}

/// Whether an error came from the TLS handshake. rustls reports a failed handshake as invalid data;
/// a peer or a firewall that aborts it causes an early end or a reset, which does not occur while a
/// plain connection is established.
fn is_tls(error: &(dyn Error + 'static)) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, InvalidData, UnexpectedEof};
    let Some(io) = error.downcast_ref::<std::io::Error>() else {
        return false;
    };
    matches!(io.kind(), InvalidData | UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe)
        // `source` skips the error that an `io::Error` wraps
        || io.get_ref().is_some_and(|inner| is_tls(inner))
}

/// A result of an unexpected shape. serde's own message is not used: it would quote the content.
pub(super) fn unreadable(error: &serde_json::Error) -> CallFailure {
    let cause = format!(
        "unexpected result, {:?} error at column {}",
        error.classify(),
        error.column()
    );
    TransientFailure {
        trouble: TransportTrouble::BadBody,
        effect: CallEffect::Unknown,
        cause,
    }
    .into()
}
