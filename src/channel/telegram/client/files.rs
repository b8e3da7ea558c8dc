//! Files over the Bot API. In: the id of a file that somebody sent; or a call, and the file that goes
//! with it. Out: what is in the file; the result of the call. Must not know: who sent it, whether it
//! is kept.

use super::{BOT_CALL_TIMEOUT, BotApiClient, unreadable};
use crate::channel::telegram::failure::{CallFailure, FailureAction};
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use wenlu_core::model::MessageFile;

#[derive(Deserialize)]
struct FilePlace {
    file_path: Option<String>,
}

impl BotApiClient {
    /// What is in a file; `None` if that is more than `most` bytes, or Telegram does not give it.
    pub(in crate::channel::telegram) async fn download(
        &self,
        file: &str,
        most: usize,
        patience: Duration,
    ) -> Result<Option<Vec<u8>>, CallFailure> {
        let asked = json!({ "file_id": file });
        let found = match self.post("getFile", &asked, BOT_CALL_TIMEOUT).await {
            Err(refused) if refused.action() == FailureAction::Never => return Ok(None),
            found => found?,
        };
        let found: FilePlace =
            serde_json::from_str(found.get()).map_err(|error| unreadable(&error))?;
        let Some(url) = found.file_path.and_then(|path| self.file_address(&path)) else {
            return Ok(None);
        };
        let request = self.http.get(url).timeout(patience);
        let mut response = request.send().await.map_err(|error| self.broken(error))?;
        let status = response.status();
        if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
            return Ok(None);
        }
        if !status.is_success() {
            let cause = "a file that is not given".to_owned();
            return Err(CallFailure::unexplained(status.as_u16(), None, cause));
        }
        let mut bytes = vec![];
        while let Some(chunk) = response.chunk().await.map_err(|error| self.broken(error))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > most {
                return Ok(None);
            }
        }
        Ok(Some(bytes))
    }

    /// `None` for a path that leads elsewhere: a server of one's own names files on its disk.
    fn file_address(&self, path: &str) -> Option<reqwest::Url> {
        let is_plain = |part: &str| !part.is_empty() && part != "." && part != "..";
        if !path.split('/').all(is_plain) {
            return None;
        }
        let mut url = self.api.clone();
        let mut parts = url.path_segments_mut().ok()?;
        parts
            .pop_if_empty()
            .push("file")
            .push(&format!("bot{}", self.token.reveal()))
            .extend(path.split('/'));
        drop(parts);
        Some(url)
    }

    /// Makes a call with which a file goes, in the field `field`.
    pub(in crate::channel::telegram) async fn call_with_file(
        &self,
        (method, payload): (&str, &Value),
        (field, file, bytes): (&str, &MessageFile, &[u8]),
        patience: Duration,
    ) -> Result<Value, CallFailure> {
        // the id is random: what is in the file does not hold it
        let boundary = format!("wenlu-{}", file.id);
        let body = multipart(&boundary, payload, (field, file, bytes));
        let request = self
            .http
            .post(self.endpoint(method))
            .timeout(patience)
            .header(
                CONTENT_TYPE,
                format!("multipart/form-data; boundary={boundary}"),
            )
            .body(body);
        let result = self.noted(self.request(request).await)?;
        serde_json::from_str(result.get()).map_err(|error| unreadable(&error))
    }
}

fn multipart(
    boundary: &str,
    payload: &Value,
    (field, file, bytes): (&str, &MessageFile, &[u8]),
) -> Vec<u8> {
    let mut body = Vec::with_capacity(bytes.len() + 1_024);
    let fields = payload.as_object().into_iter().flatten();
    for (name, value) in fields {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let part = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend(part.into_bytes());
    }
    let head = format!(
        "--{boundary}\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{}\"\r\n\
         content-type: {}\r\n\r\n",
        file.name, file.media_type
    );
    body.extend(head.into_bytes());
    body.extend_from_slice(bytes);
    body.extend(format!("\r\n--{boundary}--\r\n").into_bytes());
    body
}
