//! Download of the journal. In: a search. Out: CSV or JSON lines, streamed while rows are read, so
//! that memory use does not grow with the journal. CSV cells are escaped so that no spreadsheet
//! runs what a chat user wrote as a formula.

use crate::store::JournalSearch;
use crate::store::records::JournalRow;
use crate::store::{Store, StoreError};
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use wenlu_formats::cell::{escape_unseen_json, safe_csv_cell};

/// Rows read from the store at a time.
const ROWS: i64 = 1_000;
const COLUMNS: [&str; 14] = [
    "id",
    "time",
    "conversation",
    "text",
    "question",
    "lang",
    "decision",
    "intent",
    "gap",
    "confidence",
    "outcome",
    "unanswered",
    "handed_over",
    "comment",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum JournalExportFormat {
    Csv,
    Jsonl,
}

/// Why a download breaks off: the browser then reports a failed download instead of a complete
/// file.
#[derive(Debug, thiserror::Error)]
enum JournalExportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Csv(#[from] csv::Error),
}

impl JournalExportFormat {
    pub(super) fn extension(self) -> &'static str {
        match self {
            JournalExportFormat::Csv => "csv",
            JournalExportFormat::Jsonl => "jsonl",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            JournalExportFormat::Csv => "text/csv; charset=utf-8",
            JournalExportFormat::Jsonl => "application/x-ndjson",
        }
    }

    fn head(self) -> Result<Vec<u8>, JournalExportError> {
        match self {
            // The byte order mark makes spreadsheets read the file as UTF-8.
            JournalExportFormat::Csv => Ok([
                b"\xef\xbb\xbf".to_vec(),
                csv_lines(&[COLUMNS.map(str::to_owned).to_vec()])?,
            ]
            .concat()),
            JournalExportFormat::Jsonl => Ok(Vec::new()),
        }
    }

    fn lines(self, rows: &[JournalRow]) -> Result<Vec<u8>, JournalExportError> {
        match self {
            JournalExportFormat::Csv => {
                csv_lines(&rows.iter().map(cells).collect::<Result<Vec<_>, _>>()?)
            }
            JournalExportFormat::Jsonl => {
                let lines = rows
                    .iter()
                    .map(|row| Ok(escape_unseen_json(&serde_json::to_string(row)?) + "\n"));
                Ok(lines
                    .collect::<Result<String, JournalExportError>>()?
                    .into_bytes())
            }
        }
    }
}

/// All rows that match `search`, newest first, as a download.
pub(super) fn journal_download(
    store: Store,
    search: JournalSearch,
    format: JournalExportFormat,
) -> Response {
    let begin = (store, search, Some(i64::MAX), true);
    let pieces = stream::unfold(begin, move |(store, search, before, first)| async move {
        let before = before?;
        match piece(&store, &search, before, first, format).await {
            Ok((bytes, next)) => Some((Ok(Bytes::from(bytes)), (store, search, next, false))),
            Err(error) => {
                tracing::error!(%error, "an export broke off");
                Some((Err(error), (store, search, None, false)))
            }
        }
    });
    let name = format!(
        "attachment; filename=\"wenlu-journal.{}\"",
        format.extension()
    );
    let headers = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    (headers, Body::from_stream(pieces)).into_response()
}

async fn piece(
    store: &Store,
    search: &JournalSearch,
    before: i64,
    first: bool,
    format: JournalExportFormat,
) -> Result<(Vec<u8>, Option<i64>), JournalExportError> {
    let rows = store.journal().search(search, before, ROWS).await?;
    let next = rows
        .last()
        .filter(|_| rows.len() as i64 == ROWS)
        .map(|row| row.id);
    let mut bytes = if first { format.head()? } else { Vec::new() };
    bytes.extend(format.lines(&rows)?);
    Ok((bytes, next))
}

fn csv_lines(lines: &[Vec<String>]) -> Result<Vec<u8>, JournalExportError> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for line in lines {
        writer.write_record(line)?;
    }
    writer
        .into_inner()
        .map_err(|error| JournalExportError::Csv(error.into_error().into()))
}

fn cells(row: &JournalRow) -> Result<Vec<String>, JournalExportError> {
    let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let entry = &row.entry;
    let at = jiff::Timestamp::from_millisecond(entry.at.0)
        .unwrap_or_default()
        .to_string();
    let cells = [
        row.id.to_string(),
        at,
        row.conversation.clone(),
        entry.text.clone(),
        entry.question.clone().unwrap_or_default(),
        word(serde_json::to_value(entry.lang)?),
        word(serde_json::to_value(entry.decision)?),
        entry.intent.clone().unwrap_or_default(),
        entry.gap.clone().unwrap_or_default(),
        format!("{:.4}", entry.confidence),
        word(serde_json::to_value(entry.outcome)?),
        word(serde_json::to_value(entry.unanswered)?),
        entry.handed_over.to_string(),
        row.comment.clone().unwrap_or_default(),
    ];
    Ok(cells.into_iter().map(safe_csv_cell).collect())
}
