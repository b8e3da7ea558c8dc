//! A language model behind an OpenAI-compatible address. In: a prompt. Out: the text that it
//! replies, or why there is none. `endpoint` is what other models are asked through as well. Must
//! not know: what the prompt is about.

mod endpoint;

pub(crate) use endpoint::{EndpointConfig, EndpointError, ModelEndpoint};

use crate::secret::{ApiKey, ProxyUrl};
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;

/// Bytes of an answer: many times what is asked for.
const MAX_BODY: usize = 1 << 20;

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

impl From<EndpointError> for LanguageModelError {
    fn from(error: EndpointError) -> Self {
        match error {
            EndpointError::Address => LanguageModelError::Address,
            EndpointError::Unreachable => LanguageModelError::Unreachable,
            EndpointError::TimedOut => LanguageModelError::TimedOut,
            EndpointError::Key => LanguageModelError::Key,
            EndpointError::TooOften => LanguageModelError::TooOften,
            EndpointError::Status(status) => LanguageModelError::Status(status),
            EndpointError::Unreadable => LanguageModelError::Unreadable,
            EndpointError::TooLong => LanguageModelError::TooLong,
        }
    }
}

/// Asks a model.
pub struct LanguageModelClient {
    endpoint: ModelEndpoint,
    model: String,
}

impl LanguageModelClient {
    /// # Errors
    ///
    /// [`LanguageModelError::Address`] if no request can be made to it.
    pub fn new(config: LanguageModelConfig) -> Result<Self, LanguageModelError> {
        let endpoint = ModelEndpoint::new(&EndpointConfig {
            url: config.url,
            path: &["chat", "completions"],
            key: config.key,
            timeout: config.timeout,
            proxy: config.proxy,
            max_body: MAX_BODY,
        })?;
        Ok(Self {
            endpoint,
            model: config.model,
        })
    }

    /// Where the prompt goes, without a secret.
    pub fn address(&self) -> &Url {
        self.endpoint.address()
    }

    pub fn model(&self) -> &str {
        &self.model
    }

    /// What the model replies to the prompt.
    ///
    /// # Errors
    ///
    /// Where there is no reply in time, or none that can be read.
    pub async fn ask(&self, prompt: &str) -> Result<String, LanguageModelError> {
        let body = json!({
            "model": self.model,
            "messages": [{"role": "user", "content": prompt}],
            "stream": false,
        });
        let body = self.endpoint.post(&body).await?;
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
