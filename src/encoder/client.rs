//! The `/embeddings` request. In: texts. Out: one vector each, all of one length and of finite
//! numbers, or an error: nothing else gets further. Must not know: what the texts are.

use super::config::EncoderConfig;
use super::counts::RequestCounts;
use super::error::EncoderError;
use crate::language_model::{EndpointConfig, ModelEndpoint};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Texts in one request, at most.
pub(super) const BATCH: usize = 64;
/// Numbers of a vector, at most: beyond, training takes minutes.
const MAX_DIMENSIONS: usize = 4_096;
/// Bytes of an answer: a batch of the longest vectors, at 24 characters a number.
const MAX_BODY: usize = BATCH * MAX_DIMENSIONS * 24;
/// For a batch; a turn waits for less.
const BATCH_TIMEOUT: Duration = Duration::from_secs(60);

/// Asks for vectors.
pub(super) struct EmbeddingsClient {
    endpoint: ModelEndpoint,
    model: String,
    counts: Arc<RequestCounts>,
}

/// What an endpoint answers; what else stands there is passed over.
#[derive(Deserialize)]
struct EmbeddingsAnswer {
    data: Vec<EmbeddingItem>,
    #[serde(default)]
    model: Option<String>,
}

#[derive(Deserialize)]
struct EmbeddingItem {
    embedding: Vec<f32>,
    /// The place of its text in the request; without one, they come in order.
    #[serde(default)]
    index: Option<usize>,
}

/// One vector a text, in their order.
#[derive(Debug, PartialEq)]
pub(super) struct EmbeddedTexts {
    pub vectors: Vec<Arc<[f32]>>,
    /// What the endpoint calls its model.
    pub model: Option<String>,
}

impl EmbeddingsClient {
    /// # Errors
    ///
    /// If no request can be made to the address.
    pub(super) fn new(
        config: &EncoderConfig,
        counts: Arc<RequestCounts>,
    ) -> Result<Self, EncoderError> {
        let endpoint = ModelEndpoint::new(&EndpointConfig {
            url: config.url.clone(),
            path: &["embeddings"],
            key: config.key.clone(),
            timeout: BATCH_TIMEOUT,
            proxy: config.proxy.clone(),
            max_body: MAX_BODY,
        })?;
        Ok(Self {
            endpoint,
            model: config.model.clone(),
            counts,
        })
    }

    /// # Errors
    ///
    /// Where there is no answer in time, or one that does not fit the texts.
    pub(super) async fn embed(&self, texts: &[&str]) -> Result<EmbeddedTexts, EncoderError> {
        let body = json!({
            "model": self.model,
            "input": texts,
            "encoding_format": "float",
        });
        let request = self.counts.begin();
        let body = self.endpoint.post(&body).await?;
        let answer: EmbeddingsAnswer =
            serde_json::from_slice(&body).map_err(|_| EncoderError::Unreadable)?;
        let checked = answer.checked(texts.len());
        let checked = checked.ok_or(EncoderError::Unreadable)?;
        request.succeed();
        Ok(checked)
    }
}

impl EmbeddingsAnswer {
    fn checked(self, texts: usize) -> Option<EmbeddedTexts> {
        if self.data.len() != texts {
            return None;
        }
        let length = self.data.first()?.embedding.len();
        if !(1..=MAX_DIMENSIONS).contains(&length) {
            return None;
        }
        let mut places: Vec<Option<Arc<[f32]>>> = vec![None; texts];
        for (at, item) in self.data.into_iter().enumerate() {
            let place = places.get_mut(item.index.unwrap_or(at))?;
            if place.is_some() || !is_vector(&item.embedding, length) {
                return None;
            }
            *place = Some(item.embedding.into());
        }
        Some(EmbeddedTexts {
            vectors: places.into_iter().collect::<Option<_>>()?,
            model: self.model,
        })
    }
}

/// Finite numbers that point somewhere.
fn is_vector(values: &[f32], length: usize) -> bool {
    let square: f32 = values.iter().map(|value| value * value).sum();
    values.len() == length && square.is_finite() && square > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(answer: &str, texts: usize) -> Option<Vec<Vec<f32>>> {
        let answer: EmbeddingsAnswer = serde_json::from_str(answer).ok()?;
        let vectors = answer.checked(texts)?.vectors;
        Some(vectors.iter().map(|vector| vector.to_vec()).collect())
    }

    #[test]
    fn only_one_finite_vector_for_each_text_is_taken() {
        let two = r#"{"model": "m", "data": [
            {"index": 1, "embedding": [0, 2], "object": "embedding"}, {"index": 0, "embedding": [1, 0.5]}]}"#;
        assert_eq!(checked(two, 2), Some(vec![vec![1.0, 0.5], vec![0.0, 2.0]]));
        let bare = r#"{"data": [{"embedding": [1]}, {"embedding": [2]}]}"#;
        assert_eq!(checked(bare, 2), Some(vec![vec![1.0], vec![2.0]]));
        for bad in [
            two.replace("[0, 2]", "[0]"),
            two.replace("[0, 2]", "[]"),
            two.replace("[0, 2]", "[0, NaN]"),
            two.replace("[0, 2]", "[0, null]"),
            two.replace("[0, 2]", "[0, 1e39]"),
            two.replace("[0, 2]", "[0, 0]"),
            two.replace("[0, 2]", r#""AACAPw==""#),
            two.replace(r#""index": 1"#, r#""index": 0"#),
            two.replace(r#""index": 1"#, r#""index": 2"#),
            r#"{"data": [{"embedding": [1, 2]}]}"#.to_owned(),
            r#"{"error": "no"}"#.to_owned(),
        ] {
            assert_eq!(checked(&bad, 2), None, "{bad}");
        }
    }
}
