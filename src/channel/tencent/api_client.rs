//! A platform's API. In: a path, a token, and what is posted. Out: its answer, or an
//! [`ApiFailure`]. Must not know: what is posted and why, when a token is renewed.
//!
//! The token is part of every address, and reqwest's errors contain addresses: none of them leaves
//! this module.

use super::api_failure::{ApiFailure, RefusalCodes};
use crate::http::ServiceHealth;
use crate::secret::{AppSecret, CorpSecret};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, RequestBuilder, Response, redirect};
use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt;
use std::time::Duration;
use url::Url;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// An answer is read so far; a page of 1,000 messages has some 500 KB, a long one of texts 2 MB.
const MAX_BODY_BYTES: usize = 4 << 20;

/// What the platform grants for a while. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::channel) struct AccessToken(String);

impl AccessToken {
    pub(in crate::channel) fn new(text: String) -> Self {
        AccessToken(text)
    }

    /// For an address, and for keeping it, only.
    pub(in crate::channel) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(***)")
    }
}

/// Why the API cannot be called from this machine.
#[derive(Debug, thiserror::Error)]
#[error("no HTTPS on this machine: {0}")]
pub struct TencentApiError(String);

/// The API, for one account.
pub(in crate::channel) struct TencentApi {
    http: Client,
    base: Url,
    account: ApiAccount,
    codes: RefusalCodes,
    health: ServiceHealth,
}

/// Who calls the API.
#[derive(Clone, Debug)]
pub(in crate::channel) enum ApiAccount {
    /// An account of WeChat.
    Weixin { appid: String, secret: AppSecret },
    /// The customer service of a company in WeCom.
    Wecom { corp: String, secret: CorpSecret },
}

impl ApiAccount {
    fn secret(&self) -> &str {
        match self {
            ApiAccount::Weixin { secret, .. } => secret.reveal(),
            ApiAccount::Wecom { secret, .. } => secret.reveal(),
        }
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    expires_in: u64,
}

impl TencentApi {
    pub(in crate::channel) fn new(
        base: &Url,
        account: ApiAccount,
        codes: RefusalCodes,
    ) -> Result<Self, TencentApiError> {
        let http = Client::builder()
            .user_agent(concat!("wenlu/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            // no redirects: neither secret nor token must reach another server
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| TencentApiError(error.without_url().to_string()))?;
        Ok(TencentApi {
            http,
            base: base.clone(),
            account,
            codes,
            health: ServiceHealth::presumed(),
        })
    }

    /// Whether the API answers, now and later.
    pub(in crate::channel) fn health(&self) -> &ServiceHealth {
        &self.health
    }

    /// Asks for a token, and for how long it is granted. While one is valid the platform gives the
    /// same to everybody who asks so; in its last five minutes another one, and both are valid.
    pub(in crate::channel) async fn grant_token(
        &self,
        patience: Duration,
    ) -> Result<(AccessToken, Duration), ApiFailure> {
        let request = match &self.account {
            ApiAccount::Weixin { appid, secret } => {
                let asked = json!({
                    "grant_type": "client_credential", "appid": appid, "secret": secret.reveal(),
                });
                as_json(
                    self.http.post(self.url("/cgi-bin/stable_token", None)),
                    &asked,
                )
            }
            ApiAccount::Wecom { corp, secret } => {
                let mut url = self.url("/cgi-bin/gettoken", None);
                url.query_pairs_mut()
                    .append_pair("corpid", corp)
                    .append_pair("corpsecret", secret.reveal());
                self.http.get(url)
            }
        };
        let answer = self.ask(request, patience).await?;
        let granted: TokenAnswer =
            serde_json::from_value(answer).map_err(|_| ApiFailure::Unreadable)?;
        let lasts = Duration::from_secs(granted.expires_in);
        Ok((AccessToken::new(granted.access_token), lasts))
    }

    pub(in crate::channel) async fn post(
        &self,
        path: &str,
        token: &AccessToken,
        body: &Value,
        patience: Duration,
    ) -> Result<Value, ApiFailure> {
        let request = self.http.post(self.url(path, Some(token)));
        self.ask(as_json(request, body), patience).await
    }

    pub(in crate::channel) async fn get(
        &self,
        path: &str,
        token: &AccessToken,
        patience: Duration,
    ) -> Result<Value, ApiFailure> {
        let request = self.http.get(self.url(path, Some(token)));
        self.ask(request, patience).await
    }

    fn url(&self, path: &str, token: Option<&AccessToken>) -> Url {
        let mut url = self.base.clone();
        let before = self.base.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{before}{path}"));
        if let Some(token) = token {
            url.query_pairs_mut()
                .append_pair("access_token", token.reveal());
        }
        url
    }

    async fn ask(&self, request: RequestBuilder, patience: Duration) -> Result<Value, ApiFailure> {
        let outcome = self.answer(request.timeout(patience)).await;
        match &outcome {
            Ok(_) | Err(ApiFailure::Refused { .. }) => self.health.answered(),
            Err(_) => self.health.failed(),
        }
        outcome
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Value, ApiFailure> {
        let response = request.send().await.map_err(|error| failure_of(&error))?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(ApiFailure::Status(status));
        }
        let answer: Value =
            serde_json::from_slice(&body(response).await?).map_err(|_| ApiFailure::Unreadable)?;
        match answer.get("errcode").and_then(Value::as_i64) {
            None | Some(0) => Ok(answer),
            Some(code) => {
                let said = answer.get("errmsg").and_then(Value::as_str);
                let said = said.unwrap_or_default();
                // the platform does not repeat it; a server in its place might
                let said = said.replace(self.account.secret(), "***");
                Err(ApiFailure::refused(code, &said, self.codes))
            }
        }
    }
}

/// In UTF-8 as it is: the platform shows `\u4f60` to the asker letter by letter.
fn as_json(request: RequestBuilder, body: &Value) -> RequestBuilder {
    let kind = "application/json; charset=utf-8";
    request.header(CONTENT_TYPE, kind).body(body.to_string())
}

async fn body(mut response: Response) -> Result<Vec<u8>, ApiFailure> {
    let mut body = vec![];
    while let Some(chunk) = response.chunk().await.map_err(|error| failure_of(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BODY_BYTES {
            return Err(ApiFailure::Unreadable);
        }
    }
    Ok(body)
}

fn failure_of(error: &reqwest::Error) -> ApiFailure {
    match () {
        () if error.is_connect() => ApiFailure::Unreached,
        () if error.is_timeout() => ApiFailure::Timeout,
        () => ApiFailure::Cut,
    }
}

impl fmt::Debug for TencentApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TencentApi")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}
