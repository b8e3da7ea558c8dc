//! The settings of an encoder that scores messages beside their words. In: the settings reader. Out:
//! [`EncoderSettings`]. `Debug` shows no secret. Must not know: what is done with vectors.

use super::language_model::{KEY_HELP, URL_HELP, address, model_name};
use super::proxy;
use super::reader::SettingsReader;
use crate::secret::{ApiKey, ProxyUrl};
use std::path::PathBuf;
use url::Url;

/// Off unless an address or a table is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncoderSettings {
    /// `WENLU_EMBEDDINGS`: the folder of a static table of vectors; never beside an address.
    pub table: Option<PathBuf>,
    /// `WENLU_EMBEDDINGS_URL`: an OpenAI-compatible address, to which `/embeddings` is added.
    pub url: Option<Url>,
    /// `WENLU_EMBEDDINGS_KEY`; `None`: the address wants none, as one on this machine.
    pub key: Option<ApiKey>,
    /// `WENLU_EMBEDDINGS_MODEL`: set wherever the address is.
    pub model: String,
    /// `WENLU_EMBEDDINGS_CACHE`: the file that keeps the vectors of the knowledge.
    pub cache: PathBuf,
    /// The proxy on the way there.
    pub proxy: Option<ProxyUrl>,
}

const TABLE: &str = "WENLU_EMBEDDINGS";
const TABLE_HELP: &str = "a folder with tokenizer.json and model.safetensors, in place of WENLU_EMBEDDINGS_URL, not beside it: 两个只能设一个";
const URL: &str = "WENLU_EMBEDDINGS_URL";
const MODEL: &str = "WENLU_EMBEDDINGS_MODEL";
const MODEL_HELP: &str = "the name of the encoder's model, at most 200 characters; needed where WENLU_EMBEDDINGS_URL is set";
const CACHE_HELP: &str = "a file that this program may write";
const USUAL_CACHE: &str = "wenlu-embeddings.cache";

impl EncoderSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        let url = reader.get(URL, URL_HELP, address);
        let model = reader.get(MODEL, MODEL_HELP, model_name);
        if url.is_some() && !reader.is_set(MODEL) {
            reader.reject(MODEL, MODEL_HELP);
        }
        let table = reader.get(TABLE, TABLE_HELP, |text| Some(PathBuf::from(text)));
        if table.is_some() && reader.is_set(URL) {
            reader.reject(TABLE, TABLE_HELP);
        }
        EncoderSettings {
            table,
            proxy: url
                .as_ref()
                .and_then(|url| proxy::proxy_to(url, true, reader)),
            url,
            key: reader.get("WENLU_EMBEDDINGS_KEY", KEY_HELP, ApiKey::parse),
            model: model.unwrap_or_default(),
            cache: reader
                .get("WENLU_EMBEDDINGS_CACHE", CACHE_HELP, |text| {
                    Some(PathBuf::from(text))
                })
                .unwrap_or_else(|| PathBuf::from(USUAL_CACHE)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::reader::read_pairs;
    use super::*;

    #[test]
    fn it_is_off_until_an_address_is_set_and_then_wants_a_model() {
        let off = read_pairs(&[], EncoderSettings::read).unwrap();
        assert_eq!((off.url, off.key, off.table), (None, None, None));
        let table = read_pairs(&[(TABLE, "table")], EncoderSettings::read).unwrap();
        assert_eq!(table.table, Some("table".into()));
        let pairs = [
            ("WENLU_EMBEDDINGS_URL", "http://127.0.0.1:11434/v1"),
            ("WENLU_EMBEDDINGS_KEY", "sk-CANARY"),
            ("WENLU_EMBEDDINGS_MODEL", "minilm"),
        ];
        let set = read_pairs(&pairs, EncoderSettings::read).unwrap();
        assert!(!format!("{set:?}").contains("CANARY"));
        assert_eq!(
            (set.model.as_str(), set.cache),
            ("minilm", USUAL_CACHE.into())
        );
        for bad in [
            &pairs[..1],
            &[pairs[0], (MODEL, &"m".repeat(201))],
            &[("WENLU_EMBEDDINGS_URL", "ftp://h/v1"), pairs[2]],
            // a table and an address
            &[(TABLE, "table"), pairs[0], pairs[2]],
        ] {
            assert!(read_pairs(bad, EncoderSettings::read).is_err(), "{bad:?}");
        }
    }
}
