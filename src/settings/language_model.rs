//! The settings of a language model that writes wordings on request. In: the settings reader. Out:
//! [`LanguageModelSettings`]. `Debug` shows no secret. Must not know: what the model is asked.

use super::proxy;
use super::reader::{SettingsReader, duration};
use crate::secret::{ApiKey, ProxyUrl};
use std::time::Duration;
use url::Url;

/// No model is asked unless an address is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LanguageModelSettings {
    /// `WENLU_LLM_URL`: an OpenAI-compatible address, to which `/chat/completions` is added.
    pub url: Option<Url>,
    /// `WENLU_LLM_KEY`; `None`: the address wants none, as one on this machine.
    pub key: Option<ApiKey>,
    /// `WENLU_LLM_MODEL`.
    pub model: Option<String>,
    /// `WENLU_LLM_TIMEOUT`: for the whole answer.
    pub timeout: Duration,
    /// The proxy on the way there.
    pub proxy: Option<ProxyUrl>,
}

pub(super) const URL_HELP: &str =
    "an http or https address without a user, such as https://api.example.com/v1";
pub(super) const KEY_HELP: &str =
    "letters, digits and signs without a space, as the provider gives it";
const MODEL_HELP: &str = "the name of a model, at most 200 characters";
const TIMEOUT_HELP: &str = "a number with s or m, such as 60s, from 1s to 10m";
const MAX_MODEL: usize = 200;
const MAX_TIMEOUT: u64 = 600;

impl LanguageModelSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        let url = reader.get("WENLU_LLM_URL", URL_HELP, address);
        LanguageModelSettings {
            proxy: url
                .as_ref()
                .and_then(|url| proxy::proxy_to(url, true, reader)),
            url,
            key: reader.get("WENLU_LLM_KEY", KEY_HELP, ApiKey::parse),
            model: reader.get("WENLU_LLM_MODEL", MODEL_HELP, model_name),
            timeout: reader
                .get("WENLU_LLM_TIMEOUT", TIMEOUT_HELP, duration(1, MAX_TIMEOUT))
                .unwrap_or(Duration::from_secs(60)),
        }
    }
}

/// The name of a model.
pub(super) fn model_name(text: &str) -> Option<String> {
    (text.len() <= MAX_MODEL).then(|| text.to_owned())
}

/// An address without user, password, query or fragment.
pub(super) fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    let is_http = matches!(url.scheme(), "http" | "https");
    (is_http && url.has_host() && is_plain && url.fragment().is_none()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::super::reader::read_pairs;
    use super::*;

    #[test]
    fn it_is_off_until_an_address_is_set_and_shows_no_key() {
        let off = read_pairs(&[], LanguageModelSettings::read).unwrap();
        assert_eq!((off.url, off.key, off.model), (None, None, None));
        let pairs = [
            ("WENLU_LLM_URL", "http://127.0.0.1:11434/v1"),
            ("WENLU_LLM_KEY", "sk-CANARY"),
            ("WENLU_LLM_MODEL", "qwen"),
            ("WENLU_LLM_TIMEOUT", "5s"),
        ];
        let set = read_pairs(&pairs, LanguageModelSettings::read).unwrap();
        assert!(!format!("{set:?}").contains("CANARY"));
        assert_eq!(set.timeout, Duration::from_secs(5));
        for (name, bad) in [
            ("WENLU_LLM_URL", "ftp://h/v1"),
            ("WENLU_LLM_URL", "https://u:hunter2@h/v1"),
            ("WENLU_LLM_KEY", "two words"),
            ("WENLU_LLM_TIMEOUT", "0s"),
        ] {
            assert!(
                read_pairs(&[(name, bad)], LanguageModelSettings::read).is_err(),
                "{name}={bad}"
            );
        }
    }
}
