//! The client against a server that answers as the Bot API and what stands in front of it may.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Response, Uri};
use serde_json::{Value, json};
use std::error::Error;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wenlu::channel::telegram::client::{BotApiClient, BotApiUrlError};
use wenlu::channel::telegram::failure::{
    CallEffect, CallFailure, FLOOD_PAUSE, FailureAction, GoneReason, TransportTrouble,
    UpdatesConflict,
};
use wenlu::secret::BotToken;

const SECRET: &str = "CANARY-0123456789_abcdefghijklmnopq";
const PATIENT: Duration = Duration::from_secs(20);

fn client(api: &str) -> BotApiClient {
    BotApiClient::new(
        BotToken::parse(&format!("42:{SECRET}")).unwrap(),
        api.parse().unwrap(),
        None,
    )
    .unwrap()
}

/// What was asked for: path and body.
type Asked = Arc<Mutex<Vec<(String, Value)>>>;

struct Api {
    url: String,
    asked: Asked,
}

impl Api {
    /// Every request gets the same answer.
    async fn start(status: u16, headers: &[(&str, &str)], body: &str) -> Api {
        let asked = Asked::default();
        let (seen, body) = (asked.clone(), body.to_owned());
        let headers: Vec<_> = headers
            .iter()
            .map(|(n, v)| (n.to_string(), v.to_string()))
            .collect();
        let answer = move |uri: Uri, sent: Bytes| {
            seen.lock()
                .unwrap()
                .push((uri.to_string(), serde_json::from_slice(&sent).unwrap()));
            let builder = headers
                .iter()
                .fold(Response::builder().status(status), |b, (n, v)| {
                    b.header(n, v)
                });
            let response = builder.body(Body::from(body.clone())).unwrap();
            async move { response }
        };
        Api {
            url: serve(Router::new().fallback(answer)).await,
            asked,
        }
    }

    async fn says(status: u16, body: Value) -> Api {
        Api::start(
            status,
            &[("content-type", "application/json")],
            &body.to_string(),
        )
        .await
    }

    async fn fails(&self) -> CallFailure {
        client(&self.url)
            .call("sendMessage", &json!({ "chat_id": 1 }), PATIENT)
            .await
            .unwrap_err()
    }
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// Reads a request, answers these bytes, and hangs up.
async fn raw(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = vec![0; 4096];
            let _ = socket.read(&mut request).await;
            let _ = socket.write_all(answer).await;
        }
    });
    url
}

/// A server that takes the request and never answers.
async fn silent() -> String {
    serve(Router::new().fallback(|| async { pending::<()>().await })).await
}

/// An address where nobody listens.
async fn closed() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// A name that no resolver is asked for: a label has at most 63 bytes.
fn unresolvable() -> String {
    format!("http://{}.test", "a".repeat(64))
}

async fn trouble(api: &str, patience: Duration) -> (TransportTrouble, CallEffect) {
    match client(api).call("sendMessage", &json!({}), patience).await {
        Err(CallFailure::Transient(transient)) => (transient.trouble, transient.effect),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_call_gives_its_result() {
    let api = Api::says(200, json!({"ok": true, "result": {"message_id": 7}})).await;
    let payload = json!({"chat_id": 1, "text": "您好"});
    for url in [api.url.clone(), format!("{}/", api.url)] {
        assert_eq!(
            client(&url).call("sendMessage", &payload, PATIENT).await,
            Ok(json!({"message_id": 7}))
        );
    }
    let behind = client(&format!("{}/proxy/telegram/", api.url));
    behind.call("sendMessage", &payload, PATIENT).await.unwrap();
    let asked = api.asked.lock().unwrap().clone();
    let paths: Vec<&str> = asked.iter().map(|(path, _)| path.as_str()).collect();
    let path = format!("/bot42:{SECRET}/sendMessage");
    assert_eq!(
        paths,
        [path.as_str(), &path, &format!("/proxy/telegram{path}")]
    );
    assert!(asked.iter().all(|(_, body)| *body == payload), "{asked:?}");
}

#[tokio::test]
async fn it_knows_itself() {
    let me = json!({"id": 42, "is_bot": true, "first_name": "问路", "username": "wenlu_bot", "can_join_groups": true});
    let api = Api::says(200, json!({"ok": true, "result": me})).await;
    let me = client(&api.url).get_me().await.unwrap();
    assert_eq!((me.id, me.username.as_str()), (42, "wenlu_bot"));
    let api = Api::says(200, json!({"ok": true, "result": {"id": "秘密"}})).await;
    let failure = client(&api.url).get_me().await.unwrap_err();
    assert_eq!(
        failure.to_string(),
        "the answer cannot be read: unexpected result, Data error at column 14"
    );
}

#[tokio::test]
async fn one_bad_update_spoils_no_other() {
    // half a surrogate pair: JSON by its grammar, but no text
    let updates = r#"{"ok":true,"result":[{"update_id":5,"message":{"text":"\ud800"}},{"update_id":6,"x":1},{"y":2}]}"#;
    let api = Api::start(200, &[], updates).await;
    let updates = client(&api.url)
        .get_updates(Some(5), Duration::from_secs(3), &["message"])
        .await
        .unwrap();
    let ids: Vec<_> = updates.iter().map(|update| update.id).collect();
    assert_eq!(ids, [Some(5), Some(6), None]);
    assert_eq!(
        updates[0].json.get(),
        r#"{"update_id":5,"message":{"text":"\ud800"}}"#
    );
    let asked = api.asked.lock().unwrap()[0].1.clone();
    assert_eq!(
        asked,
        json!({"offset": 5, "limit": 100, "timeout": 3, "allowed_updates": ["message"]})
    );
}

#[tokio::test]
async fn each_refusal_is_known_by_code_and_beginning() {
    let refused = |code: u16, description: &str| {
        (
            code,
            json!({"ok": false, "error_code": code, "description": description}),
        )
    };
    let with = |(code, mut body): (u16, Value), parameters: Value| {
        body["parameters"] = parameters;
        (code, body)
    };
    let wait = |seconds| CallFailure::FloodWait {
        retry_after: Duration::from_secs(seconds),
    };
    let never = FailureAction::Never;
    for ((code, body), failure, next) in [
        (
            with(
                refused(429, "Too Many Requests: retry after 7"),
                json!({"retry_after": 7}),
            ),
            wait(7),
            FailureAction::After(Duration::from_secs(7)),
        ),
        (
            refused(429, "Too Many Requests: retry after 9"),
            wait(9),
            FailureAction::After(Duration::from_secs(9)),
        ),
        (
            refused(429, "Too Many Requests"),
            wait(FLOOD_PAUSE.as_secs()),
            FailureAction::After(FLOOD_PAUSE),
        ),
        (
            with(
                refused(
                    400,
                    "Bad Request: group chat was upgraded to a supergroup chat",
                ),
                json!({"migrate_to_chat_id": -1001234567890_i64}),
            ),
            CallFailure::Migrated { to: -1001234567890 },
            FailureAction::Elsewhere(-1001234567890),
        ),
        (
            refused(403, "Forbidden: bot was blocked by the user"),
            CallFailure::Gone(GoneReason::Blocked),
            never,
        ),
        (
            refused(403, "Forbidden: user is deactivated"),
            CallFailure::Gone(GoneReason::Deactivated),
            never,
        ),
        (
            refused(
                403,
                "Forbidden: bot can't initiate conversation with a user",
            ),
            CallFailure::Gone(GoneReason::NotStarted),
            never,
        ),
        (
            refused(403, "Forbidden: bot was kicked from the supergroup chat"),
            CallFailure::Gone(GoneReason::Kicked),
            never,
        ),
        (
            refused(403, "Forbidden: bot is not a member of the channel chat"),
            CallFailure::Gone(GoneReason::Kicked),
            never,
        ),
        (
            refused(403, "Forbidden: 别的"),
            CallFailure::Gone(GoneReason::Other("别的".into())),
            never,
        ),
        (
            refused(400, "Bad Request: chat not found"),
            CallFailure::ChatNotFound,
            never,
        ),
        (
            refused(400, "Bad Request: message thread not found"),
            CallFailure::ThreadNotFound,
            never,
        ),
        (
            refused(400, "Bad Request: TOPIC_CLOSED"),
            CallFailure::TopicClosed,
            never,
        ),
        (
            refused(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are …",
            ),
            CallFailure::NotModified,
            FailureAction::Done,
        ),
        (
            refused(400, "Bad Request: TOPIC_NOT_MODIFIED"),
            CallFailure::NotModified,
            FailureAction::Done,
        ),
        (
            refused(
                400,
                "Bad Request: query is too old and response timeout expired or query ID is invalid",
            ),
            CallFailure::QueryTooOld,
            never,
        ),
        (
            refused(400, "Bad Request: message to edit not found"),
            CallFailure::MessageNotFound,
            never,
        ),
        (
            refused(400, "Bad Request: message to copy not found"),
            CallFailure::MessageNotFound,
            never,
        ),
        (
            refused(400, "Bad Request: message can't be edited"),
            CallFailure::CantBeEdited,
            never,
        ),
        (
            refused(400, "Bad Request: message to be replied not found"),
            CallFailure::ReplyNotFound,
            never,
        ),
        (
            refused(400, "Bad Request: replied message not found"),
            CallFailure::ReplyNotFound,
            never,
        ),
        (
            refused(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            ),
            CallFailure::Conflict(UpdatesConflict::OtherPoller),
            FailureAction::Backoff,
        ),
        (
            refused(409, "Conflict: terminated by setWebhook request"),
            CallFailure::Conflict(UpdatesConflict::WebhookSet),
            FailureAction::Operator,
        ),
        (
            refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            ),
            CallFailure::Conflict(UpdatesConflict::WebhookActive),
            FailureAction::Operator,
        ),
        (
            refused(401, "Unauthorized"),
            CallFailure::Unauthorized,
            FailureAction::Operator,
        ),
        (
            refused(401, "Unauthorized: invalid token specified"),
            CallFailure::Unauthorized,
            FailureAction::Operator,
        ),
        (
            refused(404, "Not Found"),
            CallFailure::Unauthorized,
            FailureAction::Operator,
        ),
        (
            refused(404, "Not Found: method not found"),
            CallFailure::MethodNotFound,
            never,
        ),
        (
            refused(400, "Bad Request: message is too long"),
            CallFailure::BadRequest("Bad Request: message is too long".into()),
            never,
        ),
        // a failure may come with 200
        (
            (200, refused(400, "Bad Request: chat not found").1),
            CallFailure::ChatNotFound,
            never,
        ),
        (
            (200, json!({"ok": false})),
            CallFailure::BadRequest(String::new()),
            never,
        ),
    ] {
        let said = body.to_string();
        let heard = Api::says(code, body).await.fails().await;
        assert_eq!(
            (&heard, heard.action(), heard.effect()),
            (&failure, next, CallEffect::None),
            "{code} {said}"
        );
    }
}

#[tokio::test]
async fn what_is_not_the_bot_apis_own_answer_passes() {
    let html = "<html><h1>502 Bad Gateway</h1></html>";
    let restart =
        json!({"ok": false, "error_code": 500, "description": "Internal Server Error: restart"})
            .to_string();
    let redirect: &[(&str, &str)] = &[("location", "http://127.0.0.1:1/")];
    let none: &[(&str, &str)] = &[];
    for (status, headers, body, wanted) in [
        (
            502,
            none,
            html,
            (TransportTrouble::Http(502), CallEffect::Unknown),
        ),
        (
            504,
            none,
            "",
            (TransportTrouble::Http(504), CallEffect::Unknown),
        ),
        (
            500,
            none,
            restart.as_str(),
            (TransportTrouble::Restart, CallEffect::Unknown),
        ),
        (
            403,
            none,
            html,
            (TransportTrouble::Http(403), CallEffect::None),
        ),
        (
            302,
            redirect,
            "",
            (TransportTrouble::Http(302), CallEffect::None),
        ),
        (
            200,
            none,
            html,
            (TransportTrouble::BadBody, CallEffect::Unknown),
        ),
        (
            200,
            none,
            "",
            (TransportTrouble::BadBody, CallEffect::Unknown),
        ),
        (
            200,
            none,
            r#"{"ok":true,"result":{"message_id":"#,
            (TransportTrouble::BadBody, CallEffect::Unknown),
        ),
        (
            500,
            none,
            r#"{"ok":true,"result":true}"#,
            (TransportTrouble::Http(500), CallEffect::Unknown),
        ),
    ] {
        let api = Api::start(status, headers, body).await;
        assert_eq!(trouble(&api.url, PATIENT).await, wanted, "{status} {body}");
        assert_eq!(
            api.asked.lock().unwrap().len(),
            1,
            "a redirect is not followed, nothing is tried again"
        );
    }
}

#[tokio::test]
async fn a_429_that_is_a_proxys_is_a_flood_too() {
    let api = Api::start(429, &[("retry-after", "11")], "slow down").await;
    assert_eq!(
        api.fails().await,
        CallFailure::FloodWait {
            retry_after: Duration::from_secs(11)
        }
    );
    let api = Api::start(429, &[], "slow down").await;
    assert_eq!(
        api.fails().await,
        CallFailure::FloodWait {
            retry_after: FLOOD_PAUSE
        }
    );
    let body = r#"{"ok":false,"error_code":429,"description":"Too Many Requests"}"#;
    let api = Api::start(429, &[("retry-after", "13")], body).await;
    assert_eq!(
        api.fails().await,
        CallFailure::FloodWait {
            retry_after: Duration::from_secs(13)
        }
    );
}

#[tokio::test]
async fn a_broken_connection_says_whether_the_call_may_have_worked() {
    let hasty = Duration::from_millis(50);
    let cut = raw(b"").await;
    let truncated = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"ok\":true,").await;
    let plain = raw(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        .await
        .replace("http:", "https:");
    for (api, patience, wanted) in [
        (
            closed().await,
            PATIENT,
            (TransportTrouble::Connect, CallEffect::None),
        ),
        (plain, PATIENT, (TransportTrouble::Tls, CallEffect::None)),
        (cut, PATIENT, (TransportTrouble::Cut, CallEffect::Unknown)),
        (
            truncated,
            PATIENT,
            (TransportTrouble::Cut, CallEffect::Unknown),
        ),
        (
            silent().await,
            hasty,
            (TransportTrouble::Timeout, CallEffect::Unknown),
        ),
    ] {
        assert_eq!(trouble(&api, patience).await, wanted, "{api}");
    }
    // elsewhere than on this machine a proxy of the environment is used: it would resolve the name
    if !std::env::vars().any(|(name, _)| name.to_lowercase().ends_with("_proxy")) {
        assert_eq!(
            trouble(&unresolvable(), PATIENT).await,
            (TransportTrouble::Dns, CallEffect::None)
        );
    }
}

#[test]
fn an_address_that_is_none_is_refused() {
    let token = BotToken::parse(&format!("42:{SECRET}")).unwrap();
    for bad in ["ftp://127.0.0.1", "mailto:a@b.cn", "data:,x"] {
        assert_eq!(
            BotApiClient::new(token.clone(), bad.parse().unwrap(), None).unwrap_err(),
            BotApiUrlError::Scheme,
            "{bad}"
        );
    }
}

/// Everything that can be shown of an error.
fn shown(error: &CallFailure) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(" {error} {error:?}");
        source = error.source();
    }
    text
}

#[tokio::test]
async fn the_token_is_never_shown() {
    // the worst of servers: it says back what it was asked
    let echo = |code: u16| async move {
        let body = json!({"ok": false, "error_code": code, "description": format!("Bad Request: /bot42:{SECRET}/x")});
        Api::start(
            code,
            &[("location", &format!("http://127.0.0.1:1/bot42:{SECRET}/x"))],
            &body.to_string(),
        )
        .await
        .url
    };
    let page = format!("<html>/bot42:{SECRET}/sendMessage not found</html>");
    let mut apis = vec![
        unresolvable(),
        closed().await,
        closed().await.replace("http:", "https:"),
        raw(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .replace("http:", "https:"),
        raw(b"").await,
        raw(b"no HTTP at all\r\n\r\n").await,
        raw(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"ok\":true,").await,
        silent().await,
    ];
    for code in [302, 400, 401, 403, 404, 409, 418, 429, 500, 502] {
        apis.push(echo(code).await);
        apis.push(Api::start(code, &[], &page).await.url);
    }
    apis.push(Api::start(200, &[], &page).await.url);
    for api in apis {
        let client = client(&api);
        let call = client
            .call("sendMessage", &json!({}), Duration::from_millis(500))
            .await;
        let shown_call = call.map_or_else(|failure| shown(&failure), |result| result.to_string());
        let shown = format!("{client:?} {shown_call}");
        assert!(!shown.contains("CANARY"), "{api}: {shown}");
    }
    // a result of the wrong shape is not quoted
    let api = Api::says(200, json!({"ok": true, "result": {"id": SECRET}})).await;
    let failure = client(&api.url).get_me().await.unwrap_err();
    assert!(!shown(&failure).contains("CANARY"), "{failure}");
}
