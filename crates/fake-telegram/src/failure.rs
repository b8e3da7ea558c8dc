//! The envelope. In: what a method found. Out: the HTTP answer as the Bot API gives it, to the letter.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A refusal, as the bot reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    pub code: u16,
    pub description: String,
    pub retry_after: Option<u32>,
    pub migrate_to_chat_id: Option<i64>,
}

/// What a method came to: its result, with the remark that the webhook's methods add.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    pub result: Value,
    pub remark: Option<&'static str>,
}

pub(crate) type Outcome = Result<Done, Failure>;

impl Failure {
    pub fn new(code: u16, description: impl Into<String>) -> Failure {
        Failure {
            code,
            description: description.into(),
            retry_after: None,
            migrate_to_chat_id: None,
        }
    }

    /// 400.
    pub fn bad(reason: impl AsRef<str>) -> Failure {
        Failure::new(400, format!("Bad Request: {}", reason.as_ref()))
    }

    /// 403.
    pub fn forbidden(reason: &str) -> Failure {
        Failure::new(403, format!("Forbidden: {reason}"))
    }

    /// 409.
    pub fn conflict(reason: &str) -> Failure {
        Failure::new(409, format!("Conflict: {reason}"))
    }

    /// 429.
    pub fn too_many(seconds: u32) -> Failure {
        let description = format!("Too Many Requests: retry after {seconds}");
        Failure {
            retry_after: Some(seconds),
            ..Failure::new(429, description)
        }
    }

    pub fn json(&self) -> Value {
        let mut body =
            json!({"ok": false, "error_code": self.code, "description": self.description});
        if let Some(seconds) = self.retry_after {
            body["parameters"] = json!({"retry_after": seconds});
        }
        if let Some(chat) = self.migrate_to_chat_id {
            body["parameters"] = json!({"migrate_to_chat_id": chat});
        }
        body
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code).unwrap();
        let mut response = (status, Json(self.json())).into_response();
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl Done {
    pub fn json(&self) -> Value {
        let mut body = json!({"ok": true, "result": self.result});
        if let Some(remark) = self.remark {
            body["description"] = remark.into();
        }
        body
    }
}

impl From<Value> for Done {
    fn from(result: Value) -> Done {
        Done {
            result,
            remark: None,
        }
    }
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        Json(self.json()).into_response()
    }
}
