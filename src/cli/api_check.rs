//! What became of a call of a platform's API, for `check --json`. In: the outcome. Out: a JSON object.
//! Must not know: which platform, what to do about it.

use crate::channel::weixin::ApiFailure;
use serde_json::{Value, json};

pub(super) fn api_check(code: &str, outcome: Result<Value, &ApiFailure>) -> Value {
    match outcome {
        Ok(value) => json!({ "check": code, "ok": true, "problem": null, "value": value }),
        Err(failure) => {
            let errcode = match failure {
                ApiFailure::Refused { code, .. } => Some(code),
                _ => None,
            };
            json!({
                "check": code,
                "ok": false,
                "problem": failure.to_string(),
                "errcode": errcode,
                "address": failure.address(),
            })
        }
    }
}
