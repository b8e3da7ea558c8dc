//! An OpenAI-compatible endpoint. In: JSON. Out: the body of its answer, or why there is none. One
//! request for each question: nothing is asked again, and no redirect is followed, so that the key
//! and what is asked reach nobody else. Must not know: what is asked.

use crate::secret::{ApiKey, ProxyUrl};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, Proxy, Response, StatusCode, Url, redirect};
use serde_json::Value;
use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where an endpoint is reached, and as whom.
#[derive(Clone, Debug)]
pub(crate) struct EndpointConfig {
    pub url: Url,
    /// What is added to the path of `url`, segment by segment, unless it ends in them.
    pub path: &'static [&'static str],
    pub key: Option<ApiKey>,
    /// For the whole answer.
    pub timeout: Duration,
    pub proxy: Option<ProxyUrl>,
    /// Bytes of an answer.
    pub max_body: usize,
}

/// Why an endpoint has not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndpointError {
    /// No request can be made to it.
    Address,
    Unreachable,
    TimedOut,
    /// The key is refused.
    Key,
    /// It is asked too often.
    TooOften,
    Status(u16),
    /// The answer broke off.
    Unreadable,
    TooLong,
}

/// Asks an endpoint.
pub(crate) struct ModelEndpoint {
    http: Client,
    address: Url,
    key: Option<HeaderValue>,
    max_body: usize,
}

impl ModelEndpoint {
    /// # Errors
    ///
    /// [`EndpointError::Address`] or [`EndpointError::Key`] if no request can be made.
    pub(crate) fn new(config: &EndpointConfig) -> Result<Self, EndpointError> {
        let mut builder = Client::builder()
            .user_agent(concat!("wenlu/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(config.timeout)
            .redirect(redirect::Policy::none())
            .no_proxy();
        if let Some(proxy) = &config.proxy {
            let proxy = Proxy::all(proxy.reveal()).map_err(|_| EndpointError::Address)?;
            builder = builder.proxy(proxy);
        }
        Ok(Self {
            http: builder.build().map_err(|_| EndpointError::Address)?,
            address: address(&config.url, config.path)?,
            key: config.key.as_ref().map(bearer).transpose()?,
            max_body: config.max_body,
        })
    }

    /// Where requests go, without a secret.
    pub(crate) fn address(&self) -> &Url {
        &self.address
    }

    /// The body of the answer.
    ///
    /// # Errors
    ///
    /// Where there is no answer in time, or one that is no success or too long.
    pub(crate) async fn post(&self, body: &Value) -> Result<Vec<u8>, EndpointError> {
        let mut request = self.http.post(self.address.clone()).json(body);
        if let Some(key) = &self.key {
            request = request.header(AUTHORIZATION, key.clone());
        }
        let response = request.send().await.map_err(|error| broken(&error))?;
        match response.status() {
            StatusCode::OK => self.body_of(response).await,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(EndpointError::Key),
            StatusCode::TOO_MANY_REQUESTS => Err(EndpointError::TooOften),
            other => Err(EndpointError::Status(other.as_u16())),
        }
    }

    async fn body_of(&self, mut response: Response) -> Result<Vec<u8>, EndpointError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| broken(&error))? {
            if body.len() + chunk.len() > self.max_body {
                return Err(EndpointError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn address(url: &Url, path: &[&str]) -> Result<Url, EndpointError> {
    let mut address = url.clone();
    let has_path = url
        .path()
        .trim_end_matches('/')
        .ends_with(&format!("/{}", path.join("/")));
    if !has_path {
        address
            .path_segments_mut()
            .map_err(|()| EndpointError::Address)?
            .pop_if_empty()
            .extend(path);
    }
    Ok(address)
}

fn bearer(key: &ApiKey) -> Result<HeaderValue, EndpointError> {
    let value = HeaderValue::from_str(&format!("Bearer {}", key.reveal()));
    let mut value = value.map_err(|_| EndpointError::Key)?;
    value.set_sensitive(true);
    Ok(value)
}

fn broken(error: &reqwest::Error) -> EndpointError {
    if error.is_timeout() {
        EndpointError::TimedOut
    } else if error.is_decode() || error.is_body() {
        EndpointError::Unreadable
    } else {
        EndpointError::Unreachable
    }
}
