//! A language model behind an OpenAI-compatible address. In: a prompt. Out: the text that it
//! replies, or why there is none. One request for each prompt: nothing is asked again, and no
//! redirect is followed, so that the key and the prompt reach nobody else. Must not know: what the
//! prompt is about.

use crate::secret::{ApiKey, ProxyUrl};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, Proxy, Response, StatusCode, Url, redirect};
use serde_json::{Value, json};
use std::time::Duration;

/// Bytes of an answer: many times what is asked for.
const MAX_BODY: usize = 1 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where the model is reached, and as whom.
#[derive(Clone, Debug)]
pub struct LanguageModelConfig {
    /// `/chat/completions` is added to its path.
    pub url: Url,
    pub key: Option<ApiKey>,
    pub model: String,
    /// For the whole answer.
    pub timeout: Duration,
    pub proxy: Option<ProxyUrl>,
}

/// Why a model has not answered. None quotes the address, the key or the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LanguageModelError {
    #[error(
        "语言模型的地址或代理不能用 / the address or the proxy of the language model cannot be used"
    )]
    Address,
    #[error("连不上语言模型 / the language model cannot be reached")]
    Unreachable,
    #[error(
        "语言模型在限定的时间里没有答完（WENLU_LLM_TIMEOUT）/ the language model took too long"
    )]
    TimedOut,
    #[error("语言模型不认这个密钥（WENLU_LLM_KEY）/ the language model refuses the key")]
    Key,
    #[error("语言模型说请求太多，稍后再试 / the language model is asked too often, try later")]
    TooOften,
    #[error("语言模型没有接受请求，状态 {0} / the language model answered with status {0}")]
    Status(u16),
    #[error("语言模型的回答读不懂 / the answer of the language model cannot be read")]
    Unreadable,
    #[error("语言模型的回答太长 / the answer of the language model is too long")]
    TooLong,
}

/// Asks a model.
pub struct LanguageModelClient {
    http: Client,
    endpoint: Url,
    config: LanguageModelConfig,
}

impl LanguageModelClient {
    /// # Errors
    ///
    /// [`LanguageModelError::Address`] if no request can be made to it.
    pub fn new(config: LanguageModelConfig) -> Result<Self, LanguageModelError> {
        let mut builder = Client::builder()
            .user_agent(concat!("wenlu/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(config.timeout)
            .redirect(redirect::Policy::none())
            .no_proxy();
        if let Some(proxy) = &config.proxy {
            let proxy = Proxy::all(proxy.reveal()).map_err(|_| LanguageModelError::Address)?;
            builder = builder.proxy(proxy);
        }
        let http = builder.build().map_err(|_| LanguageModelError::Address)?;
        let mut endpoint = config.url.clone();
        endpoint
            .path_segments_mut()
            .map_err(|()| LanguageModelError::Address)?
            .pop_if_empty()
            .extend(["chat", "completions"]);
        Ok(Self {
            http,
            endpoint,
            config,
        })
    }

    /// Where the prompt goes, without a secret.
    pub fn address(&self) -> &Url {
        &self.endpoint
    }

    pub fn model(&self) -> &str {
        &self.config.model
    }

    /// What the model replies to the prompt.
    ///
    /// # Errors
    ///
    /// Where there is no reply in time, or none that can be read.
    pub async fn ask(&self, prompt: &str) -> Result<String, LanguageModelError> {
        let body = json!({
            "model": self.config.model,
            "messages": [{"role": "user", "content": prompt}],
            "stream": false,
        });
        let mut request = self.http.post(self.endpoint.clone()).json(&body);
        if let Some(key) = &self.config.key {
            let value = HeaderValue::from_str(&format!("Bearer {}", key.reveal()));
            let mut value = value.map_err(|_| LanguageModelError::Key)?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let response = request.send().await.map_err(|error| broken(&error))?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(LanguageModelError::Key);
            }
            StatusCode::TOO_MANY_REQUESTS => return Err(LanguageModelError::TooOften),
            other => return Err(LanguageModelError::Status(other.as_u16())),
        }
        let body = body_of(response).await?;
        let answer: Value =
            serde_json::from_slice(&body).map_err(|_| LanguageModelError::Unreadable)?;
        content(&answer).ok_or(LanguageModelError::Unreadable)
    }
}

/// The text of the first choice: one text, or parts of which some are texts.
fn content(answer: &Value) -> Option<String> {
    match answer.pointer("/choices/0/message/content")? {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part.get("text")?.as_str());
            Some(texts.collect::<Vec<_>>().join("\n")).filter(|text| !text.is_empty())
        }
        _ => None,
    }
}

async fn body_of(mut response: Response) -> Result<Vec<u8>, LanguageModelError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(&error))? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(LanguageModelError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn broken(error: &reqwest::Error) -> LanguageModelError {
    if error.is_timeout() {
        LanguageModelError::TimedOut
    } else if error.is_decode() || error.is_body() {
        LanguageModelError::Unreadable
    } else {
        LanguageModelError::Unreachable
    }
}
