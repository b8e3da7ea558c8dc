//! The examples of deploy/bridge, as they are: each between Wenlu and a double of the other side,
//! which delivers what that side is recorded to deliver (tests/fixtures/bridge) and notes what it
//! is asked.

use super::receiver::{PATIENCE, SECRET};
use super::stage::{KEY, TeamServer};
use crate::admin::House;
use crate::database::{Database, Engine};
use crate::files::free_port;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use reqwest::Client;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use wenlu::store::accounts::AccountRole;

const VERIFICATION: &str = "rvaYgkND1GOiu5MM0E1rncYC6PLtF7JV";
const CHAT: &str = "oc_5ce6d572455d361153b7xx51da133945";

/// A request that the other side got: where, with which token, and what.
type Noted = (String, String, Value);
type NotedAll = Arc<Mutex<Vec<Noted>>>;
/// What the other side answers with, while there is one.
type Refusal = Arc<Mutex<Option<u16>>>;

/// The other side.
struct Double {
    address: String,
    noted: NotedAll,
    refusal: Refusal,
}

/// A relay between both.
struct Relay {
    child: Child,
    url: String,
    house: House,
    team: TeamServer,
    other: Double,
}

impl Double {
    async fn start() -> Double {
        let (noted, refusal) = (NotedAll::default(), Refusal::default());
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shared = (Arc::clone(&noted), Arc::clone(&refusal));
        let routes = Router::new().fallback(note).with_state(shared);
        tokio::spawn(axum::serve(listener, routes).into_future());
        Double {
            address,
            noted,
            refusal,
        }
    }

    /// Waits until so many requests to a path that ends so were answered.
    async fn until(&self, ending: &str, count: usize) -> Vec<Noted> {
        let begun = Instant::now();
        loop {
            let noted = self.noted.lock().unwrap().clone();
            let found: Vec<Noted> = noted
                .into_iter()
                .filter(|one| one.0.ends_with(ending))
                .collect();
            if found.len() >= count {
                return found;
            }
            assert!(begun.elapsed() < PATIENCE, "{ending}: {found:#?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// As Chatwoot and Feishu answer what went well.
async fn note(
    State((noted, refusal)): State<(NotedAll, Refusal)>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(status) = *refusal.lock().unwrap() {
        return StatusCode::from_u16(status).unwrap().into_response();
    }
    let path = uri.path_and_query().unwrap().to_string();
    let shown = headers
        .get("api_access_token")
        .or(headers.get("authorization"));
    let shown = shown.map_or("", |value| value.to_str().unwrap()).to_owned();
    let body: Value = serde_json::from_slice(&body).unwrap();
    let answer = match path.as_str() {
        "/open-apis/auth/v3/tenant_access_token/internal" => {
            json!({"code": 0, "msg": "ok", "tenant_access_token": "t-caecc734c2e3328a62489fe0648c4b98779515d3", "expire": 7200})
        }
        path if path.starts_with("/open-apis/im/v1/messages") => {
            json!({"code": 0, "msg": "success", "data": {"message_id": "om_1", "chat_id": CHAT, "msg_type": "text"}})
        }
        path if path.ends_with("/toggle_status") => {
            json!({"meta": {}, "payload": {"success": true, "conversation_id": 10, "current_status": body["status"]}})
        }
        _ => {
            json!({"id": 119, "content": body["content"], "message_type": 1, "content_type": "text", "private": false})
        }
    };
    noted.lock().unwrap().push((path, shown, body));
    Json(answer).into_response()
}

impl Relay {
    async fn start(
        script: &str,
        settings: impl Fn(&Double) -> Vec<(&'static str, String)>,
    ) -> Relay {
        let (other, port) = (Double::start().await, free_port());
        let url = format!("http://127.0.0.1:{port}");
        let events = format!("{url}/wenlu");
        let values = [
            ("WENLU_BRIDGE_KEY", KEY),
            ("WENLU_BRIDGE_URL", events.as_str()),
            ("WENLU_BRIDGE_SECRET", SECRET),
        ];
        let database = Database::new(Engine::Sqlite).await;
        let house = House::on(&database, &values).await;
        // the database's folder lives as long as the test
        std::mem::forget(database);
        let mut child = Command::new("python3")
            .arg(
                Path::new(env!("CARGO_MANIFEST_DIR"))
                    .join("deploy/bridge")
                    .join(script),
            )
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PORT", port.to_string())
            .env("BOT_ADDRESS", house.server.url(""))
            .env("WENLU_BRIDGE_KEY", KEY)
            .env("WENLU_BRIDGE_SECRET", SECRET)
            .envs(settings(&other))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("python3");
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut said)
            .unwrap();
        assert_eq!(said, format!("listening on port {port}\n"));
        Relay {
            child,
            url,
            team: TeamServer::at(house.server.url("")),
            house,
            other,
        }
    }

    /// Delivers what the other side is recorded to deliver, as `change` changes it.
    async fn deliver(
        &self,
        path: &str,
        fixture: &str,
        change: impl FnOnce(&mut Value),
    ) -> (u16, Value) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures/bridge")
            .join(fixture);
        let mut event = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        change(&mut event);
        let sent = Client::new()
            .post(format!("{}{path}", self.url))
            .json(&event);
        let answer = sent.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn number(&self, conversation: &str) -> i64 {
        let name = format!("bridge:{conversation}");
        self.house
            .store
            .handovers()
            .of(&name)
            .await
            .unwrap()
            .unwrap()
            .number
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chatwoot() {
    let relay = Relay::start("chatwoot.py", |double| {
        vec![
            ("CHATWOOT_ADDRESS", double.address.clone()),
            ("CHATWOOT_BOT_TOKEN", "bot-token".to_owned()),
            ("CHATWOOT_PATH", "/a-long-random-path".to_owned()),
        ]
    })
    .await;
    let mut agent = relay.house.signed_in(AccountRole::Agent).await;
    let deliver = async |change: fn(&mut Value)| {
        relay
            .deliver("/a-long-random-path", "chatwoot-message.json", change)
            .await
            .0
    };
    assert_eq!(
        relay
            .deliver("/guessed", "chatwoot-message.json", |_| {})
            .await
            .0,
        404
    );
    assert_eq!(deliver(|_| {}).await, 200);
    let said = relay.other.until("/messages", 1).await;
    let (path, token, message) = &said[0];
    assert_eq!(
        (path.as_str(), token.as_str()),
        ("/api/v1/accounts/3/conversations/10/messages", "bot-token")
    );
    let text = message["content"].as_str().unwrap();
    assert!(
        message["message_type"] == "outgoing"
            && text.contains("1. 登录。")
            && text.contains("回复 1："),
        "{message}"
    );
    // what is not an asker's, and what agents have, is not answered
    for change in [
        (|event| event["message_type"] = json!("outgoing")) as fn(&mut Value),
        |event| event["conversation"]["status"] = json!("open"),
        |event| event["content"] = Value::Null,
    ] {
        assert_eq!(deliver(change).await, 200);
    }
    let opened = relay
        .deliver("/a-long-random-path", "chatwoot-opened.json", |_| {})
        .await;
    assert_eq!(opened.0, 200);
    // whoever asks for a person is Chatwoot's agents'
    let human = |event: &mut Value| {
        event["id"] = json!(130);
        event["content"] = json!("转人工");
    };
    assert_eq!(deliver(human).await, 200);
    let opened = relay.other.until("/toggle_status", 1).await;
    assert_eq!(
        (opened[0].0.as_str(), &opened[0].2),
        (
            "/api/v1/accounts/3/conversations/10/toggle_status",
            &json!({"status": "open"})
        )
    );
    assert_eq!(relay.other.until("/messages", 2).await.len(), 2);
    assert_eq!(
        relay.team.conversation("chatwoot-3-10").await["handover"]["state"],
        "closed"
    );
    // a colleague on Wenlu's own pages may join, and leave
    let number = relay.number("chatwoot-3-10").await;
    for (at, (act, name, value)) in [
        ("reopen", "seen", ""),
        ("say", "text", "您好，我是小王"),
        ("back", "seen", ""),
    ]
    .iter()
    .enumerate()
    {
        let id = format!("{at:032x}");
        let fields = [("id", id.as_str()), (name, value), ("seq", "0")];
        let shown = agent
            .post(&format!("/admin/inbox/{number}/{act}"), &fields)
            .await;
        assert_eq!(shown.status, 303, "{}", shown.body);
    }
    let toggled = relay.other.until("/toggle_status", 3).await;
    let states: Vec<&Value> = toggled.iter().map(|one| &one.2["status"]).collect();
    assert_eq!(states, ["open", "open", "pending"]);
    let said = relay.other.until("/messages", 5).await;
    let texts: Vec<&str> = said[2..]
        .iter()
        .map(|one| one.2["content"].as_str().unwrap())
        .collect();
    assert!(
        texts[0].contains("human_taken")
            && texts[1] == "您好，我是小王"
            && texts[2].contains("given_back"),
        "{texts:?}"
    );
    // an event that nobody signed, and a Chatwoot that is away
    let forged = relay
        .deliver("/wenlu", "chatwoot-message.json", |_| {})
        .await;
    assert_eq!(forged.0, 401);
    *relay.other.refusal.lock().unwrap() = Some(500);
    let asked = |event: &mut Value| event["id"] = json!(140);
    assert_eq!(deliver(asked).await, 502);
    *relay.other.refusal.lock().unwrap() = None;
    assert_eq!(deliver(asked).await, 200, "the same delivery again");
    assert_eq!(relay.other.until("/messages", 6).await.len(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn feishu() {
    let relay = Relay::start("feishu.py", |double| {
        vec![
            ("FEISHU_ADDRESS", double.address.clone()),
            ("FEISHU_APP_ID", "cli_9f5343c580712544".to_owned()),
            ("FEISHU_APP_SECRET", "the-secret".to_owned()),
            ("FEISHU_VERIFICATION_TOKEN", VERIFICATION.to_owned()),
        ]
    })
    .await;
    let mut agent = relay.house.signed_in(AccountRole::Agent).await;
    let (status, told) = relay
        .deliver("/feishu", "feishu-verification.json", |_| {})
        .await;
    assert_eq!(
        (status, told),
        (200, json!({"challenge": "ajls384kdjx98XX"}))
    );
    for fixture in ["feishu-verification.json", "feishu-message.json"] {
        let forge = |event: &mut Value| match event.get_mut("header") {
            Some(header) => header["token"] = json!("guessed"),
            None => event["token"] = json!("guessed"),
        };
        assert_eq!(relay.deliver("/feishu", fixture, forge).await.0, 403);
    }
    // Feishu delivers again what is not acknowledged in time: the same answer, with the same uuid
    for _ in 0..2 {
        assert_eq!(
            relay
                .deliver("/feishu", "feishu-message.json", |_| {})
                .await
                .0,
            200
        );
    }
    let said = relay
        .other
        .until("/messages?receive_id_type=chat_id", 2)
        .await;
    let (_, token, message) = &said[0];
    assert_eq!(token, "Bearer t-caecc734c2e3328a62489fe0648c4b98779515d3");
    assert_eq!(
        (&message["receive_id"], &message["msg_type"]),
        (&json!(CHAT), &json!("text"))
    );
    assert_eq!(message["uuid"], "om_5ce6d572455d361153b7cb51da133945");
    assert_eq!(said[1].2, *message);
    let content: Value = serde_json::from_str(message["content"].as_str().unwrap()).unwrap();
    assert!(
        content["text"].as_str().unwrap().contains("公众平台"),
        "{content}"
    );
    let asked = relay.other.until("/internal", 1).await;
    assert_eq!(
        (asked.len(), &asked[0].2),
        (
            1,
            &json!({"app_id": "cli_9f5343c580712544", "app_secret": "the-secret"})
        )
    );
    // a person, and what they write
    let human = |event: &mut Value| {
        event["event"]["message"]["message_id"] = json!("om_2");
        event["event"]["message"]["content"] = json!("{\"text\":\"转人工\"}");
    };
    assert_eq!(
        relay
            .deliver("/feishu", "feishu-message.json", human)
            .await
            .0,
        200
    );
    let number = relay.number(CHAT).await;
    *relay.other.refusal.lock().unwrap() = Some(503);
    let fields = [
        ("id", "0123456789abcdef0123"),
        ("text", "您好，我是小王"),
        ("seq", "0"),
    ];
    let shown = agent
        .post(&format!("/admin/inbox/{number}/say"), &fields)
        .await;
    assert_eq!(shown.status, 303, "{}", shown.body);
    tokio::time::sleep(Duration::from_millis(100)).await;
    *relay.other.refusal.lock().unwrap() = None;
    let said = relay
        .other
        .until("/messages?receive_id_type=chat_id", 4)
        .await;
    let content: Value = serde_json::from_str(said[3].2["content"].as_str().unwrap()).unwrap();
    assert_eq!(content["text"], "您好，我是小王");
    assert!(
        said[3].2["uuid"].as_str().unwrap().len() <= 50,
        "Feishu takes no longer one"
    );
    // a picture is acknowledged
    let picture = |event: &mut Value| event["event"]["message"]["message_type"] = json!("image");
    assert_eq!(
        relay
            .deliver("/feishu", "feishu-message.json", picture)
            .await
            .0,
        200
    );
}
