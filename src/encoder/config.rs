//! Where an encoder is. In: nothing. Out: the values that its parts are built from.

use crate::secret::{ApiKey, ProxyUrl};
use std::path::PathBuf;
use url::Url;

/// Where the encoder is reached, and what is kept of it.
#[derive(Clone, Debug)]
pub struct EncoderConfig {
    /// `/embeddings` is added to its path.
    pub url: Url,
    pub key: Option<ApiKey>,
    pub model: String,
    pub proxy: Option<ProxyUrl>,
    /// The file that keeps the vectors of the knowledge.
    pub cache: PathBuf,
}
