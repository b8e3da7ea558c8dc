//! The API, as far as the customer service needs it. In: requests. Out: what the real one answers.

use crate::judge::{judged, own_id};
use crate::session::SessionState;
use crate::world::{CompanyFault, CompanyState, CompanyWorld};
use crate::{CORP_SECRET, Company};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// An `errcode` and its `errmsg`.
type Refusal = (i64, &'static str);

type Params = HashMap<String, String>;

/// How long a pull takes, so that two at the same time meet.
const PULL_TAKES: Duration = Duration::from_millis(3);
/// What the address of the caller is said to be.
const NOT_LISTED: Refusal = (
    60_020,
    "not allow to access from your ip, hint: [1700000000_1_a], from ip: 203.0.113.7",
);

impl Company {
    /// Serves the API on a free port, and returns its address.
    pub async fn serve(&self) -> String {
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
    State(world): State<Arc<CompanyWorld>>,
    uri: Uri,
    Query(params): Query<Params>,
    body: Bytes,
) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let path = uri.path().trim_start_matches("/cgi-bin/").to_owned();
    let fault = take_fault(&mut world.state(), &path);
    match fault {
        None | Some(CompanyFault::Passes) => {}
        Some(CompanyFault::Hangs) => std::future::pending().await,
        Some(CompanyFault::Code(code)) => return answered(Err((code, "as the test wants it"))),
        Some(CompanyFault::Status(status)) => return status_only(status),
        Some(CompanyFault::Lost) => {
            let _ = done(&world, &path, &params, &body);
            return status_only(502);
        }
    }
    if path == "kf/sync_msg" {
        return answered(pulled(&world, &params, &body).await);
    }
    answered(done(&world, &path, &params, &body))
}

fn take_fault(state: &mut CompanyState, path: &str) -> Option<CompanyFault> {
    let at = state.faults.iter().position(|(own, _)| *own == path)?;
    state.faults.remove(at).map(|(_, fault)| fault)
}

fn done(world: &CompanyWorld, path: &str, params: &Params, body: &Value) -> Result<Value, Refusal> {
    let state = &mut *world.state();
    if path == "gettoken" {
        return token(world, state, params);
    }
    let token = params.get("access_token").map_or("", String::as_str);
    state.tokens.check(token)?;
    if !state.is_listed {
        return Err(NOT_LISTED);
    }
    match path {
        "get_api_domain_ip" => Ok(json!({ "ip_list": ["203.0.113.1"] })),
        "kf/account/list" => Ok(json!({ "account_list": [{
            "open_kfid": world.options.account, "name": "售后客服", "avatar": "", "manage_privilege": true,
        }] })),
        "kf/send_msg" => send(world, state, body),
        "kf/send_msg_on_event" => welcome(state, body),
        "kf/service_state/get" => {
            let (state, servicer) = session(world, state, body)?;
            Ok(json!({ "service_state": state as i64, "servicer_userid": servicer }))
        }
        "kf/service_state/trans" => trans(world, state, body),
        _ => Err((-1, "no such api")),
    }
}

fn token(
    world: &CompanyWorld,
    state: &mut CompanyState,
    params: &Params,
) -> Result<Value, Refusal> {
    let given = |name: &str| params.get(name).map_or("", String::as_str);
    if given("corpid") != world.options.corp {
        return Err((40_013, "invalid corpid"));
    }
    if given("corpsecret") != CORP_SECRET {
        return Err((40_001, "invalid credential"));
    }
    if !state.is_listed {
        return Err(NOT_LISTED);
    }
    let (token, seconds) = state.tokens.grant();
    Ok(json!({ "access_token": token, "expires_in": seconds }))
}

/// An account is asked for messages until it is dropped: also where the caller is killed meanwhile.
struct PullUnderWay<'a> {
    world: &'a CompanyWorld,
    account: &'a str,
}

impl Drop for PullUnderWay<'_> {
    fn drop(&mut self) {
        self.world.state().pulling.remove(self.account);
    }
}

/// A page of messages. Two at the same time for one account are a mistake, which the real one refuses.
async fn pulled(world: &CompanyWorld, params: &Params, body: &Value) -> Result<Value, Refusal> {
    let account = body["open_kfid"].as_str().unwrap_or_default().to_owned();
    {
        let mut state = world.state();
        let token = params.get("access_token").map_or("", String::as_str);
        state.tokens.check(token)?;
        if !state.is_listed {
            return Err(NOT_LISTED);
        }
        state.pulls += 1;
        if account != world.options.account {
            return Err((95_004, "open_kfid not exist"));
        }
        let notice = body["token"].as_str().unwrap_or_default();
        if !notice.is_empty() && !state.notices.contains(notice) {
            return Err((95_007, "invalid msgtoken"));
        }
        if !state.pulling.insert(account.clone()) {
            state.mistakes.push("two pull the same account".to_owned());
            return Err((45_033, "api concurrent out of limit"));
        }
    }
    let under_way = PullUnderWay {
        world,
        account: &account,
    };
    tokio::time::sleep(PULL_TAKES).await;
    drop(under_way);
    let state = world.state();
    let cursor = body["cursor"].as_str().unwrap_or_default();
    let from = match cursor {
        "" => 0,
        _ => cursor
            .strip_prefix("CUR")
            .and_then(|number| number.parse::<usize>().ok())
            .filter(|from| *from <= state.messages.len())
            .ok_or((40_058, "invalid cursor"))?,
    };
    let limit = body["limit"].as_u64().unwrap_or(1_000);
    if limit > 1_000 {
        return Err((40_058, "invalid limit"));
    }
    let most = world
        .options
        .page
        .min(usize::try_from(limit).unwrap_or_default());
    let page: Vec<Value> = state
        .messages
        .iter()
        .skip(from)
        .take(most)
        .cloned()
        .collect();
    let to = from + page.len();
    Ok(json!({
        "next_cursor": format!("CUR{to}"),
        "has_more": i64::from(to < state.messages.len()),
        "msg_list": page,
    }))
}

fn customer(world: &CompanyWorld, body: &Value, name: &str) -> Result<String, Refusal> {
    if body["open_kfid"] != world.options.account {
        return Err((95_004, "open_kfid not exist"));
    }
    Ok(body[name].as_str().unwrap_or_default().to_owned())
}

fn session(
    world: &CompanyWorld,
    state: &CompanyState,
    body: &Value,
) -> Result<(SessionState, String), Refusal> {
    let customer = customer(world, body, "external_userid")?;
    let session = state.sessions.get(&customer);
    let session = session.ok_or((40_096, "invalid external userid"))?;
    Ok((session.state, session.servicer.clone().unwrap_or_default()))
}

fn send(world: &CompanyWorld, state: &mut CompanyState, body: &Value) -> Result<Value, Refusal> {
    let customer = customer(world, body, "touser")?;
    let seen = judged(body)?;
    let id = own_id(body)?;
    if id.as_ref().is_some_and(|id| state.taken_ids.contains(id)) {
        state.repeated += 1;
        return Err((40_058, "msgid exist"));
    }
    let session = state.sessions.get_mut(&customer);
    session
        .ok_or((40_096, "invalid external userid"))?
        .spend()?;
    let id = match id {
        Some(id) => id,
        None => {
            state
                .mistakes
                .push("a message without an own id".to_owned());
            format!("own{}", state.next_number())
        }
    };
    state.taken_ids.insert(id.clone());
    state.seen.push((customer, seen));
    Ok(json!({ "msgid": id }))
}

/// Once, within 20 seconds.
fn welcome(state: &mut CompanyState, body: &Value) -> Result<Value, Refusal> {
    let seen = judged(body)?;
    let code = body["code"].as_str().unwrap_or_default();
    let is_own = |session: &crate::session::KfSession| {
        let welcome = session.welcome.as_ref();
        welcome.is_some_and(|(own, until)| own == code && *until > Instant::now())
    };
    let mut sessions = state.sessions.iter_mut();
    let (customer, session) = sessions
        .find(|(_, session)| is_own(session))
        .ok_or((95_012, "invalid code"))?;
    session.welcome = None;
    let customer = customer.clone();
    state.seen.push((customer, seen));
    Ok(json!({ "msgid": "m" }))
}

fn trans(world: &CompanyWorld, state: &mut CompanyState, body: &Value) -> Result<Value, Refusal> {
    let customer = customer(world, body, "external_userid")?;
    let servicer = body["servicer_userid"].as_str().map(str::to_owned);
    let next = body["service_state"].as_i64().and_then(SessionState::read);
    let next = next.ok_or((40_058, "invalid service_state"))?;
    if next == SessionState::Served {
        let asked = servicer.as_deref().unwrap_or_default();
        if !state.servicers.contains(asked) {
            return Err((95_014, "user is not servicer"));
        }
    }
    let session = state.sessions.get_mut(&customer);
    let session = session.ok_or((40_096, "invalid external userid"))?;
    if !session.state.may_become(next) {
        return Err((95_016, "not allow to trans session state"));
    }
    session.state = next;
    session.servicer = servicer;
    Ok(json!({ "msg_code": "MSG_CODE" }))
}

fn status_only(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    (status, "<html>").into_response()
}

fn answered(answer: Result<Value, Refusal>) -> Response {
    let answer = match answer {
        Ok(mut answer) => {
            answer["errcode"] = json!(0);
            answer["errmsg"] = json!("ok");
            answer
        }
        Err((code, message)) => {
            let told = "more info at https://open.work.weixin.qq.com/devtool/query?e=";
            json!({ "errcode": code, "errmsg": format!("{message}, {told}{code}") })
        }
    };
    let kind = [("content-type", "application/json; charset=UTF-8")];
    (kind, answer.to_string()).into_response()
}
