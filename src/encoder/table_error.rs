//! Why a static table of vectors cannot be used. It names the file, since its operator has to mend it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A file of the table, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("WENLU_EMBEDDINGS：{}: {problem}", file.display())]
pub struct TableError {
    file: PathBuf,
    problem: TableProblem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TableProblem {
    #[error("{}", said(*.0))]
    Read(ErrorKind),
    #[error("文件太大 / the file is too large")]
    TooLarge,
    #[error("不是 tokenizer.json / this is no tokenizer")]
    NoTokenizer,
    #[error("不是完好的 safetensors 文件 / this is no whole safetensors file")]
    NoTensors,
    #[error("里面没有 embeddings：不是 model2vec 的静态表 / it has no embeddings: no static table")]
    NoEmbeddings,
    #[error("embeddings、mapping 或 weights 的形状不对 / a tensor has the wrong shape")]
    Shape,
    #[error("数字的类型不认识 / numbers of a type that is not read")]
    Numbers,
    #[error("里面有不是数的值（NaN、无穷大）/ it has values that are no finite numbers")]
    NotFinite,
    #[error(
        "和旁边的 tokenizer.json 不是一套：词比行多 / the tokenizer beside it has tokens without a row"
    )]
    OtherTokenizer,
}

impl TableError {
    pub(super) fn new(file: &Path, problem: TableProblem) -> Self {
        Self {
            file: file.to_owned(),
            problem,
        }
    }
}

fn said(kind: ErrorKind) -> String {
    match kind {
        ErrorKind::NotFound => "没有这个文件 / there is no such file".to_owned(),
        kind => format!("读不了（{kind}）/ it cannot be read"),
    }
}
