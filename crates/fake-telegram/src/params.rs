//! A call's parameters. In: a request with a query string and a JSON, form or multipart body. Out: named strings, as
//! the Bot API itself sees them (what is nested in JSON stays JSON text), and readings of them with its lenience.

use super::failure::Failure;
use axum::Form;
use axum::body::Body;
use axum::extract::{FromRequest, Query, Request};
use axum::http::{Uri, header};
use serde_json::Value;
use std::collections::BTreeMap;

const NOT_UTF8: &str = "strings must be encoded in UTF-8";

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params(pub BTreeMap<String, String>);

impl Params {
    pub async fn read(request: Request) -> Result<Params, Failure> {
        let mut params = query(request.uri());
        params.extend(body(request).await?);
        Ok(Params(params))
    }

    /// `None` when it is missing or empty: the Bot API makes no difference.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// What is no number is 0; what is out of range is moved into it.
    pub fn integer(&self, name: &str, default: i64, min: i64, max: i64) -> i64 {
        self.get(name)
            .map_or(default, |value| value.parse().unwrap_or(0))
            .clamp(min, max)
    }

    pub fn flag(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| ["true", "yes", "1"].contains(&value.to_lowercase().as_str()))
    }

    /// A message's identifier; `None` for one that cannot exist.
    pub fn message(&self, name: &str) -> Option<i32> {
        i32::try_from(self.integer(name, 0, 0, i64::from(i32::MAX)))
            .ok()
            .filter(|id| *id > 0)
    }

    /// JSON text, or this refusal.
    pub fn json(&self, name: &str, refusal: &str) -> Result<Option<Value>, Failure> {
        let parse = |text| serde_json::from_str(text).map_err(|_| Failure::bad(refusal));
        self.get(name).map(parse).transpose()
    }
}

fn query(uri: &Uri) -> BTreeMap<String, String> {
    Query::try_from_uri(uri).map_or_else(|_| BTreeMap::new(), |Query(pairs)| pairs)
}

async fn body(request: Request) -> Result<BTreeMap<String, String>, Failure> {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    if let Ok(boundary) = multer::parse_boundary(kind) {
        return multipart(request.into_body(), boundary).await;
    }
    if kind.starts_with("application/x-www-form-urlencoded") {
        let form = Form::from_request(request, &()).await;
        return form
            .map(|Form(pairs)| pairs)
            .map_err(|_| Failure::bad("can't parse form body"));
    }
    let bytes = axum::body::to_bytes(request.into_body(), 1 << 25)
        .await
        .map_err(|_| too_large())?;
    if bytes.is_empty() {
        return Ok(BTreeMap::new());
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| Failure::bad(NOT_UTF8))?;
    match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => Ok(fields
            .into_iter()
            .filter_map(|(name, value)| Some((name, plain(value)?)))
            .collect()),
        _ => Err(Failure::bad("can't parse JSON object")),
    }
}

fn plain(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

async fn multipart(body: Body, boundary: String) -> Result<BTreeMap<String, String>, Failure> {
    let broken = |_| Failure::bad("can't parse multipart body");
    let mut parts = multer::Multipart::new(body.into_data_stream(), boundary);
    let mut params = BTreeMap::new();
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(str::to_owned);
        let value = part.bytes().await.map_err(broken)?.to_vec();
        if let Some(file) = file {
            params.insert(name, format!("{file}, {} bytes", value.len()));
            continue;
        }
        params.insert(
            name,
            String::from_utf8(value).map_err(|_| Failure::bad(NOT_UTF8))?,
        );
    }
    Ok(params)
}

fn too_large() -> Failure {
    Failure::new(413, "Request Entity Too Large")
}
