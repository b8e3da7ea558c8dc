//! The HTTP side. In: `POST /bot<token>/<method>`. Out: the answer in its envelope, or what a fault makes of it.

use super::failure::{Failure, Outcome};
use super::faults::{Answer, Fault};
use super::params::Params;
use super::record::Call;
use super::state::Shared;
use super::wire::Cut;
use super::{delivery, methods, polling};
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// What a proxy says when nobody is behind it.
const BAD_GATEWAY: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
/// Longer than any token.
const LONGEST_TOKEN: usize = 80;

pub(crate) async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> Response {
    let path = request.uri().path().to_owned();
    if let Some(rest) = path.strip_prefix("/file/bot") {
        return given(&shared, rest);
    }
    let Some((token, method)) = path
        .strip_prefix("/bot")
        .and_then(|path| path.split_once('/'))
    else {
        return Failure::new(404, "Not Found").into_response();
    };
    if let Err(failure) = authorise(&shared, token) {
        return failure.into_response();
    }
    let params = match Params::read(request).await {
        Ok(params) => params,
        Err(failure) => return failure.into_response(),
    };
    let open = OpenCall::begin(&shared, method, &params);
    let fault = open.fault();
    if let Some(Fault {
        effect: false,
        answer: Answer::Slow(seconds),
    }) = fault
    {
        shared.clock.sleep(seconds).await;
    }
    let outcome = match fault {
        Some(fault) if !fault.performs() => None,
        fault => {
            let is_heard = fault.is_none_or(|fault| matches!(fault.answer, Answer::Slow(_)));
            Some(perform(&shared, &method.to_lowercase(), &params, is_heard).await)
        }
    };
    open.came_to(outcome.clone());
    match fault {
        None
        | Some(Fault {
            effect: false,
            answer: Answer::Slow(_),
        }) => outcome.into_response_or_nothing(),
        Some(fault) => spoil(&shared, &cut, fault.answer, &params, outcome).await,
    }
}

/// What is in a file: `<token>/<path>`.
fn given(shared: &Shared, rest: &str) -> Response {
    let found = rest
        .split_once('/')
        .filter(|(token, _)| authorise(shared, token).is_ok());
    let bytes = found.and_then(|(_, path)| shared.quietly(|state| state.files.get(path).cloned()));
    match bytes {
        Some(bytes) => bytes.into_response(),
        None => Failure::new(404, "Not Found").into_response(),
    }
}

fn authorise(shared: &Shared, token: &str) -> Result<(), Failure> {
    let id = token
        .split_once(':')
        .and_then(|(id, _)| id.parse::<i64>().ok());
    if token.starts_with('0') || token.len() > LONGEST_TOKEN || id.is_none_or(|id| id <= 0) {
        return Err(Failure::new(401, "Unauthorized: invalid token specified"));
    }
    let known = shared.quietly(|state| state.token == token);
    if known {
        Ok(())
    } else {
        Err(Failure::new(401, "Unauthorized"))
    }
}

/// `is_heard`: whether the bot learns what it came to. A `retry_after` that it does not hear of binds it to nothing.
async fn perform(shared: &Arc<Shared>, method: &str, params: &Params, is_heard: bool) -> Outcome {
    if method == "getupdates" {
        return polling::get_updates(shared, params).await;
    }
    let outcome = shared.change(|state| {
        let silences = state.flood.silences.clone();
        let outcome = methods::call(state, method, params);
        if !is_heard {
            state.flood.silences = silences;
        }
        outcome
    });
    delivery::ensure(shared);
    outcome
}

/// What the bot gets in place of the answer.
async fn spoil(
    shared: &Shared,
    cut: &Cut,
    answer: Answer,
    params: &Params,
    outcome: Option<Outcome>,
) -> Response {
    match answer {
        Answer::Restart => Failure::new(500, "Internal Server Error: restart").into_response(),
        Answer::TooManyRequests(seconds) => {
            let chat = params.get("chat_id").and_then(|id| id.parse().ok());
            shared.change(|state| state.flood.announce(chat, seconds, state.clock.now()));
            Failure::too_many(seconds).into_response()
        }
        Answer::InternalError => Failure::new(500, "Internal Server Error").into_response(),
        Answer::TooManyRequestsFor(seconds) => {
            let (code, parameters) = (429, serde_json::json!({ "retry_after": seconds }));
            let description = format!("Too Many Requests: retry after {seconds}");
            let body = serde_json::json!({
                "ok": false, "error_code": code, "description": description, "parameters": parameters
            });
            (StatusCode::TOO_MANY_REQUESTS, axum::Json(body)).into_response()
        }
        Answer::Result(json) => format!("{{\"ok\":true,\"result\":{json}}}").into_response(),
        Answer::ForbiddenPage => (
            StatusCode::FORBIDDEN,
            [(header::CONTENT_TYPE, "text/html")],
            BAD_GATEWAY,
        )
            .into_response(),
        Answer::BadGateway => (
            StatusCode::BAD_GATEWAY,
            [(header::CONTENT_TYPE, "text/html")],
            BAD_GATEWAY,
        )
            .into_response(),
        Answer::Hang => std::future::pending().await,
        Answer::Cut => {
            cut.cut();
            Response::new(Body::empty())
        }
        Answer::Truncated => {
            let whole =
                axum::body::to_bytes(outcome.into_response_or_nothing().into_body(), usize::MAX)
                    .await;
            let whole = whole.unwrap_or_else(|_| Bytes::new());
            let half = whole.slice(..whole.len() / 2);
            ([(header::CONTENT_TYPE, "application/json")], half).into_response()
        }
        Answer::Garbage => (
            [(header::CONTENT_TYPE, "application/json")],
            "\u{fffd}\0{\"ok\":tru",
        )
            .into_response(),
        Answer::Slow(seconds) => {
            shared.clock.sleep(seconds).await;
            outcome.into_response_or_nothing()
        }
    }
}

trait IntoResponseOrNothing {
    fn into_response_or_nothing(self) -> Response;
}

impl IntoResponseOrNothing for Option<Outcome> {
    /// A call that did not take effect has an empty answer to spoil.
    fn into_response_or_nothing(self) -> Response {
        match self {
            Some(Ok(done)) => done.into_response(),
            Some(Err(failure)) => failure.into_response(),
            None => "{\"ok\":true,\"result\":{}}".into_response(),
        }
    }
}

/// A call that is being answered. Its end is taken down even when the bot goes away before.
struct OpenCall<'a> {
    shared: &'a Shared,
    index: usize,
}

impl<'a> OpenCall<'a> {
    fn begin(shared: &'a Shared, method: &str, params: &Params) -> OpenCall<'a> {
        let index = shared.change(|state| {
            let chat = params.get("chat_id").and_then(|id| id.parse().ok());
            let fault = state.faults.draw(method, chat, &mut state.rng);
            let (method, params, at) = (method.to_owned(), params.clone(), state.now());
            state.record.calls.push(Call {
                method,
                params,
                at,
                ended: None,
                fault,
                outcome: None,
            });
            state.record.calls.len() - 1
        });
        OpenCall { shared, index }
    }

    fn fault(&self) -> Option<Fault> {
        self.shared
            .quietly(|state| state.record.calls[self.index].fault)
    }

    fn came_to(&self, outcome: Option<Outcome>) {
        self.shared
            .change(|state| state.record.calls[self.index].outcome = outcome);
    }
}

impl Drop for OpenCall<'_> {
    fn drop(&mut self) {
        self.shared
            .change(|state| state.record.calls[self.index].ended = Some(state.now()));
    }
}
