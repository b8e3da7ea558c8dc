//! The API, as far as an account that sends needs it. In: requests. Out: what the real one answers.

use crate::credit::NoCredit;
use crate::judge::links;
use crate::token::BadToken;
use crate::world::{ApiState, ApiWorld, SECRET, SentText};
use crate::{Platform, menu};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::net::TcpListener;

/// The most bytes of a text.
const TEXT_LIMIT: usize = 2_048;

/// What happens to a message that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiFault {
    /// It is refused with this code.
    Code(i64),
    /// It is not taken, and a server in between says so.
    Status(u16),
    /// It reaches the asker, and nobody hears of it.
    Lost,
}

/// An `errcode` and its `errmsg`.
pub(crate) type Refusal = (i64, &'static str);

type Params = HashMap<String, String>;

impl Platform {
    /// Serves the API on a free port, and returns its address.
    pub async fn serve_api(&self) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("an address");
        let routes = Router::new()
            .fallback(any(serve))
            .with_state(self.world.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        format!("http://{address}")
    }
}

async fn serve(
    State(world): State<Arc<ApiWorld>>,
    uri: Uri,
    Query(params): Query<Params>,
    body: Bytes,
) -> Response {
    let body = String::from_utf8_lossy(&body).into_owned();
    let mut state = world.state();
    let answer = match uri.path() {
        "/cgi-bin/stable_token" => stable_token(&world.appid, &mut state, &body),
        "/cgi-bin/token" => {
            let mistake = "it asks for a token in the old way".to_owned();
            state.mistakes.push(mistake);
            old_token(&world.appid, &mut state, &params)
        }
        "/cgi-bin/message/custom/send" => match state.faults.pop_front() {
            None => send(&mut state, &params, &body),
            Some(ApiFault::Code(code)) => Err((code, "as the test wants it")),
            Some(ApiFault::Status(status)) => return status_only(status),
            Some(ApiFault::Lost) => {
                let _ = send(&mut state, &params, &body);
                return status_only(502);
            }
        },
        "/cgi-bin/get_api_domain_ip" => {
            check_token(&state, &params).map(|()| json!({ "ip_list": ["203.0.113.1"] }))
        }
        path => match check_token(&state, &params) {
            Ok(()) => menu::serve(&mut state, path, &body),
            Err(refusal) => Err(refusal),
        },
    };
    answered(answer)
}

fn status_only(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    (status, "<html>").into_response()
}

fn answered(answer: Result<Value, Refusal>) -> Response {
    let answer = match answer {
        Ok(answer) => answer,
        Err((code, message)) => {
            json!({ "errcode": code, "errmsg": format!("{message} rid: 66a0a0a0-1b2c3d4e-5f6a7b8c") })
        }
    };
    (
        [("content-type", "application/json; encoding=utf-8")],
        answer.to_string(),
    )
        .into_response()
}

fn stable_token(appid: &str, state: &mut ApiState, body: &str) -> Result<Value, Refusal> {
    let asked: Value = serde_json::from_str(body).map_err(|_| (47_001, "data format error"))?;
    if asked["grant_type"] != "client_credential" {
        return Err((40_002, "invalid grant_type"));
    }
    if asked["appid"] != appid {
        return Err((40_013, "invalid appid"));
    }
    if asked["secret"] != SECRET {
        return Err((40_125, "invalid appsecret"));
    }
    if !state.is_listed {
        let message = "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist";
        return Err((40_164, message));
    }
    let force = asked["force_refresh"] == true;
    if force {
        state.mistakes.push("it forces another token".to_owned());
    }
    let (token, seconds) = state.tokens.stable(force);
    Ok(json!({ "access_token": token, "expires_in": seconds }))
}

/// Replicas that ask so make each other's tokens invalid; other programs of the account may.
fn old_token(appid: &str, state: &mut ApiState, params: &Params) -> Result<Value, Refusal> {
    let given = |name: &str| params.get(name).map(String::as_str);
    if given("grant_type") != Some("client_credential") {
        return Err((40_002, "invalid grant_type"));
    }
    if given("appid") != Some(appid) {
        return Err((40_013, "invalid appid"));
    }
    if given("secret") != Some(SECRET) {
        return Err((40_001, "invalid credential"));
    }
    let (token, seconds) = state.tokens.in_old_way();
    Ok(json!({ "access_token": token, "expires_in": seconds }))
}

fn check_token(state: &ApiState, params: &Params) -> Result<(), Refusal> {
    let token = params.get("access_token").map_or("", String::as_str);
    state.tokens.check(token).map_err(|bad| match bad {
        BadToken::Missing => (41_001, "access_token missing"),
        BadToken::Malformed => (40_014, "invalid access_token"),
        BadToken::Unknown => (
            40_001,
            "invalid credential, access_token is invalid or not latest",
        ),
        BadToken::Expired => (42_001, "access_token expired"),
    })
}

fn send(state: &mut ApiState, params: &Params, body: &str) -> Result<Value, Refusal> {
    check_token(state, params)?;
    if !state.is_verified {
        return Err((48_001, "api unauthorized"));
    }
    match &mut state.calls_left {
        Some(0) => return Err((45_009, "reach max api daily quota limit")),
        Some(left) => *left -= 1,
        None => {}
    }
    if body.contains("\\u") {
        return Err((
            40_033,
            "invalid charset. please check your request, if include \\uxxxx will create fail!",
        ));
    }
    let message: Value = serde_json::from_str(body).map_err(|_| (47_001, "data format error"))?;
    let text = message["text"]["content"].as_str().unwrap_or_default();
    if message["msgtype"] != "text" {
        return Err((40_008, "invalid message type"));
    }
    if text.trim().is_empty() {
        return Err((44_004, "empty content"));
    }
    if text.len() > TEXT_LIMIT {
        return Err((45_002, "content size out of limit"));
    }
    if links(text).is_none() {
        state
            .mistakes
            .push(format!("a tag that is no link: {text}"));
    }
    let asker = message["touser"].as_str().unwrap_or_default().to_owned();
    let credit = state
        .credits
        .get_mut(&asker)
        .ok_or((40_003, "invalid openid"))?;
    if credit.has_left {
        return Err((43_004, "require subscribe"));
    }
    credit.spend().map_err(|why| match why {
        NoCredit::TimeOver => (
            45_015,
            "response out of time limit or subscription is canceled",
        ),
        NoCredit::UsedUp => (45_047, "out of response count limit"),
    })?;
    let text = text.to_owned();
    state.sent.push(SentText { asker, text });
    Ok(json!({ "errcode": 0, "errmsg": "ok" }))
}
