//! A static table of vectors, in the layout of model2vec: `tokenizer.json` and `model.safetensors` in a
//! folder. In: the folder, once; then texts. Out: the mean of the vectors of a text's tokens. In
//! this process, from memory: nothing is asked, and nothing is waited for. Must not know: who routes.

use super::table_error::{TableError, TableProblem};
use safetensors::{Dtype, SafeTensors};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use tokenizers::Tokenizer;
use wenlu_core::router::TextVectors;

/// Bytes of each file, at most: the largest table that is published has half of it.
const MAX_TENSORS: u64 = 1 << 30;
const MAX_TOKENIZER: u64 = 128 << 20;
/// Numbers of a vector, at most: beyond, training takes minutes.
const MAX_DIMENSIONS: usize = 4_096;
/// What the vectors are called in the file, by model2vec and by Sentence Transformers.
const EMBEDDINGS: [&str; 2] = ["embeddings", "embedding.weight"];

/// A table of vectors.
pub struct StaticTable {
    tokenizer: Tokenizer,
    /// Stands for what the table does not know; it has no part in a mean.
    unknown: Option<u32>,
    rows: Vec<f32>,
    dimensions: usize,
    /// The row of each token; without it, a token's number is its row.
    mapping: Option<Vec<f32>>,
    /// How much each token counts.
    weights: Option<Vec<f32>>,
}

impl TextVectors for StaticTable {
    /// A text of which the table knows nothing has the vector of nothing.
    fn vector(&self, text: &str) -> Option<Arc<[f32]>> {
        let encoding = self.tokenizer.encode_fast(text, false).ok()?;
        let mut sum = vec![0.0f32; self.dimensions];
        let known = encoding
            .get_ids()
            .iter()
            .filter(|id| Some(**id) != self.unknown);
        let mut count = 0.0f32;
        for (row, weight) in known.filter_map(|id| self.row(*id)) {
            sum.iter_mut()
                .zip(row)
                .for_each(|(sum, value)| *sum += weight * value);
            count += 1.0;
        }
        sum.iter_mut().for_each(|sum| *sum /= count.max(1.0));
        Some(sum.into())
    }
}

impl StaticTable {
    /// # Errors
    ///
    /// If a file of it is missing, too large, or not what it should be.
    pub fn load(folder: &Path) -> Result<Arc<Self>, TableError> {
        let path = folder.join("tokenizer.json");
        let bytes = read(&path, MAX_TOKENIZER)?;
        let wrong = |problem| TableError::new(&path, problem);
        let mut tokenizer =
            Tokenizer::from_bytes(&bytes).map_err(|_| wrong(TableProblem::NoTokenizer))?;
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(None)
            .map_err(|_| wrong(TableProblem::NoTokenizer))?;
        let unknown = unknown_token(&bytes, &tokenizer);

        let path = folder.join("model.safetensors");
        let bytes = read(&path, MAX_TENSORS)?;
        let wrong = |problem| TableError::new(&path, problem);
        let tensors =
            SafeTensors::deserialize(&bytes).map_err(|_| wrong(TableProblem::NoTensors))?;
        let found = EMBEDDINGS.iter().find_map(|name| tensors.tensor(name).ok());
        let found = found.ok_or_else(|| wrong(TableProblem::NoEmbeddings))?;
        let [count, dimensions] = *found.shape() else {
            return Err(wrong(TableProblem::Shape));
        };
        if count == 0 || !(1..=MAX_DIMENSIONS).contains(&dimensions) {
            return Err(wrong(TableProblem::Shape));
        }
        let rows = numbers(found.dtype(), found.data()).map_err(wrong)?;
        // of each token of the tokenizer one
        let extra = |name| -> Result<Option<Vec<f32>>, TableError> {
            let Ok(found) = tensors.tensor(name) else {
                return Ok(None);
            };
            let values = numbers(found.dtype(), found.data()).map_err(wrong)?;
            let is_list = found.shape().len() == 1;
            is_list
                .then_some(Some(values))
                .ok_or_else(|| wrong(TableProblem::Shape))
        };
        let (mapping, weights) = (extra("mapping")?, extra("weights")?);
        let table = Self {
            tokenizer,
            unknown,
            rows,
            dimensions,
            mapping,
            weights,
        };
        match table.has_all_tokens(count) {
            true => Ok(Arc::new(table)),
            false => Err(wrong(TableProblem::OtherTokenizer)),
        }
    }

    /// Whether each token of the tokenizer has a row.
    fn has_all_tokens(&self, rows: usize) -> bool {
        let tokens = self.tokenizer.get_vocab_size(true);
        let is_row = |row: &f32| *row >= 0.0 && (*row as usize) < rows;
        let mapped = match &self.mapping {
            Some(mapping) => mapping.len() >= tokens && mapping.iter().all(is_row),
            None => rows >= tokens,
        };
        let weighed = self.weights.as_ref().is_none_or(|all| all.len() >= tokens);
        mapped && weighed && self.rows.len() == rows * self.dimensions
    }

    /// The vector of a token, and how much it counts.
    fn row(&self, token: u32) -> Option<(&[f32], f32)> {
        let token = usize::try_from(token).ok()?;
        let row = match &self.mapping {
            Some(mapping) => *mapping.get(token)? as usize,
            None => token,
        };
        let start = row.checked_mul(self.dimensions)?;
        let values = self.rows.get(start..start + self.dimensions)?;
        let weight = match &self.weights {
            Some(weights) => *weights.get(token)?,
            None => 1.0,
        };
        Some((values, weight))
    }
}

/// The token for what the tokenizer does not know, which its model names by text or by number.
fn unknown_token(bytes: &[u8], tokenizer: &Tokenizer) -> Option<u32> {
    let whole: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    let model = whole.get("model")?;
    let by_text = model.get("unk_token").and_then(|token| token.as_str());
    let by_number = model.get("unk_id").and_then(serde_json::Value::as_u64);
    by_text
        .and_then(|token| tokenizer.token_to_id(token))
        .or_else(|| u32::try_from(by_number?).ok())
}

fn read(path: &Path, most: u64) -> Result<Vec<u8>, TableError> {
    let failed = |error: std::io::Error| TableError::new(path, TableProblem::Read(error.kind()));
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    match bytes.len() as u64 > most {
        true => Err(TableError::new(path, TableProblem::TooLarge)),
        false => Ok(bytes),
    }
}

/// The numbers of a tensor, all of them finite. Row numbers below 2^24 stay what they are.
fn numbers(kind: Dtype, data: &[u8]) -> Result<Vec<f32>, TableProblem> {
    let values: Vec<f32> = match kind {
        Dtype::F32 => read_as(data, f32::from_le_bytes),
        Dtype::F64 => read_as(data, |bytes| f64::from_le_bytes(bytes) as f32),
        Dtype::F16 => read_as(data, |bytes| half(u16::from_le_bytes(bytes))),
        Dtype::BF16 => read_as(data, |bytes| {
            f32::from_bits(u32::from(u16::from_le_bytes(bytes)) << 16)
        }),
        Dtype::I8 => read_as(data, |[byte]: [u8; 1]| f32::from(byte.cast_signed())),
        Dtype::I32 => read_as(data, |bytes| i32::from_le_bytes(bytes) as f32),
        Dtype::I64 => read_as(data, |bytes| i64::from_le_bytes(bytes) as f32),
        _ => return Err(TableProblem::Numbers),
    };
    match values.iter().all(|value| value.is_finite()) {
        true => Ok(values),
        false => Err(TableProblem::NotFinite),
    }
}

fn read_as<const N: usize>(data: &[u8], read: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    data.as_chunks::<N>()
        .0
        .iter()
        .map(|bytes| read(*bytes))
        .collect()
}

/// A number of half precision: a sign, five bits of exponent, ten of fraction.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023) / 1024.0);
    match exponent {
        0 => sign * fraction * 2.0f32.powi(-14),
        31 => f32::NAN,
        _ => sign * (1.0 + fraction) * 2.0f32.powi(exponent - 15),
    }
}
