//! Why an encoder has given no vectors. None quotes the address, the key or a text.

use super::table_error::TableError;
use crate::language_model::EndpointError;

/// Why there are no vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncoderError {
    #[error(
        "编码器的地址或代理不能用（WENLU_EMBEDDINGS_URL）/ the address or the proxy of the encoder cannot be used"
    )]
    Address,
    #[error("连不上编码器 / the encoder cannot be reached")]
    Unreachable,
    #[error("编码器没有及时回答 / the encoder took too long")]
    TimedOut,
    #[error("编码器不认这个密钥（WENLU_EMBEDDINGS_KEY）/ the encoder refuses the key")]
    Key,
    #[error("编码器说请求太多 / the encoder is asked too often")]
    TooOften,
    #[error("编码器没有接受请求，状态 {0} / the encoder answered with status {0}")]
    Status(u16),
    #[error(
        "编码器的回答不是每句一个向量 / the encoder's answer is not one vector of numbers for each text"
    )]
    Unreadable,
    #[error("编码器的回答太长 / the encoder's answer is too long")]
    TooLong,
    #[error("编码器换了模型 / the vectors are another model's")]
    Changed,
}

/// Why there are no vectors, wherever they were to come from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VectorsError {
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    #[error(transparent)]
    Table(#[from] TableError),
}

impl From<EndpointError> for EncoderError {
    fn from(error: EndpointError) -> Self {
        match error {
            EndpointError::Address => EncoderError::Address,
            EndpointError::Unreachable => EncoderError::Unreachable,
            EndpointError::TimedOut => EncoderError::TimedOut,
            EndpointError::Key => EncoderError::Key,
            EndpointError::TooOften => EncoderError::TooOften,
            EndpointError::Status(status) => EncoderError::Status(status),
            EndpointError::Unreadable => EncoderError::Unreadable,
            EndpointError::TooLong => EncoderError::TooLong,
        }
    }
}
