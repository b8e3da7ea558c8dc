//! A receiver of events, as a team would write one: it checks signatures as Standard Webhooks says,
//! with code of its own, and behaves as the test wants.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) const SECRET: &str = "whsec_QnJpZGdlQnJpZGdlQnJpZGdlQnJpZGdlQnJpZGdl";
pub(super) const OTHER_SECRET: &str = "whsec_T3RoZXJPdGhlck90aGVyT3RoZXJPdGhlck90aGVy";
/// For what never comes.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// What an event is answered with.
#[derive(Clone, Debug)]
pub(crate) enum Manner {
    Status(u16),
    /// With `Retry-After`, in seconds.
    Busy(u16, u64),
    Redirect(String),
    /// Nothing, for ever.
    Hang,
}

/// A delivery, in the order in which they came.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub id: String,
    pub conversation: String,
    pub event: Value,
    pub is_taken: bool,
    /// Whether the second signature is right, of the other secret.
    pub is_signed_twice: bool,
}

#[derive(Default)]
struct Record {
    /// By conversation; all others are taken.
    manners: HashMap<String, Manner>,
    deliveries: Vec<Delivery>,
    /// What was wrong with deliveries.
    wrong: Vec<String>,
}

pub(crate) struct Receiver {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    serving: Option<JoinHandle<()>>,
}

struct Shared {
    record: Mutex<Record>,
    count: watch::Sender<usize>,
}

impl Receiver {
    pub(crate) async fn start() -> Receiver {
        Receiver::at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    async fn at(address: SocketAddr) -> Receiver {
        let shared = Arc::new(Shared {
            record: Mutex::default(),
            count: watch::Sender::new(0),
        });
        let mut receiver = Receiver {
            address,
            shared,
            serving: None,
        };
        receiver.come_back().await;
        receiver
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/events", self.address)
    }

    /// Nobody listens any more, and connections are cut.
    pub(super) async fn go_away(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            let _ = serving.await;
        }
    }

    pub(super) async fn come_back(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.address = listener.local_addr().unwrap();
        let routes = Router::new()
            .fallback(receive)
            .with_state(self.shared.clone());
        let serve = axum::serve(listener, routes).into_future();
        self.serving = Some(tokio::spawn(async move { serve.await.unwrap() }));
    }

    pub(crate) fn treat(&self, conversation: &str, manner: Option<Manner>) {
        let mut record = self.shared.record.lock().unwrap();
        match manner {
            Some(manner) => record.manners.insert(conversation.to_owned(), manner),
            None => record.manners.remove(conversation),
        };
    }

    pub(crate) fn deliveries(&self) -> Vec<Delivery> {
        let record = self.shared.record.lock().unwrap();
        assert!(record.wrong.is_empty(), "{:?}", record.wrong);
        record.deliveries.clone()
    }

    /// What was taken of a conversation, in words, each once.
    pub(super) fn told(&self, conversation: &str) -> Vec<String> {
        let mut ids = vec![];
        let mut told = vec![];
        for delivery in self.deliveries() {
            if delivery.is_taken
                && delivery.conversation == conversation
                && !ids.contains(&delivery.id)
            {
                told.push(words(&delivery.event));
                ids.push(delivery.id);
            }
        }
        told
    }

    /// Waits until it is so.
    pub(crate) async fn until(&self, what: &str, is_so: impl Fn(&[Delivery]) -> bool) {
        let mut count = self.shared.count.subscribe();
        let wait = async {
            while !is_so(&self.deliveries()) {
                count.changed().await.unwrap();
            }
        };
        let waited = tokio::time::timeout(PATIENCE, wait).await;
        assert!(waited.is_ok(), "{what}: {:#?}", self.deliveries());
    }

    /// Waits until so many different events of a conversation were taken.
    pub(super) async fn until_told(&self, conversation: &str, events: usize) -> Vec<String> {
        let what = format!("{conversation} is told {events} times");
        self.until(&what, |_| self.told(conversation).len() >= events)
            .await;
        self.told(conversation)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
        }
    }
}

/// An event in a few words.
fn words(event: &Value) -> String {
    let data = &event["data"];
    match event["type"].as_str().unwrap() {
        "message.created" => data["reply"]["text"].as_str().unwrap().to_owned(),
        "handover.changed" => {
            let text = |field: &str| data[field].as_str().unwrap_or_default().to_owned();
            let parts = [text("state"), text("by"), text("reason")];
            let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            format!("[{}]", parts.join(" "))
        }
        other => panic!("{other}"),
    }
}

async fn receive(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let manner = {
        let mut record = shared.record.lock().unwrap();
        let delivery = match read(&headers, &body) {
            Ok(delivery) => delivery,
            Err(wrong) => {
                record.wrong.push(wrong);
                return StatusCode::UNAUTHORIZED.into_response();
            }
        };
        let manner = record.manners.get(&delivery.conversation).cloned();
        record.deliveries.push(Delivery {
            is_taken: matches!(manner, None | Some(Manner::Status(200..=299))),
            ..delivery
        });
        manner
    };
    shared.count.send_modify(|count| *count += 1);
    let status = |status| StatusCode::from_u16(status).unwrap();
    match manner {
        None => StatusCode::NO_CONTENT.into_response(),
        Some(Manner::Status(code)) => status(code).into_response(),
        Some(Manner::Busy(code, seconds)) => {
            (status(code), [("retry-after", seconds.to_string())]).into_response()
        }
        Some(Manner::Redirect(to)) => (status(307), [("location", to)]).into_response(),
        Some(Manner::Hang) => std::future::pending().await,
    }
}

/// Reads a delivery and checks all that a receiver can check.
fn read(headers: &HeaderMap, body: &[u8]) -> Result<Delivery, String> {
    let header = |name: &str| {
        let value = headers.get(name).ok_or(format!("no {name}"))?;
        Ok::<_, String>(value.to_str().unwrap().to_owned())
    };
    let (id, at) = (header("webhook-id")?, header("webhook-timestamp")?);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let sent: u64 = at.parse().map_err(|_| format!("time {at}"))?;
    if now.as_secs().abs_diff(sent) > 300 {
        return Err(format!("sent at {at}"));
    }
    let signed = [id.as_bytes(), b".", at.as_bytes(), b".", body].concat();
    let signatures = header("webhook-signature")?;
    let signatures: Vec<&str> = signatures.split(' ').collect();
    let is_right = |secret| {
        let right = format!("v1,{}", BASE64_STANDARD.encode(hmac(secret, &signed)));
        signatures.contains(&right.as_str())
    };
    if !is_right(SECRET) {
        return Err(format!("signatures {signatures:?}"));
    }
    if header("content-type")? != "application/json" {
        return Err("content-type".to_owned());
    }
    let event: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    // what is about no conversation is known by its type
    let conversation = event["data"]["conversation"].as_str();
    let conversation = conversation.or(event["type"].as_str());
    Ok(Delivery {
        conversation: conversation.ok_or("no type")?.to_owned(),
        is_signed_twice: is_right(OTHER_SECRET),
        id,
        event,
        is_taken: false,
    })
}

/// HMAC-SHA256 as RFC 2104 writes it.
fn hmac(secret: &str, text: &[u8]) -> [u8; 32] {
    let secret = BASE64_STANDARD
        .decode(secret.strip_prefix("whsec_").unwrap())
        .unwrap();
    let mut key = [0u8; 64];
    key[..secret.len()].copy_from_slice(&secret);
    let padded = |pad: u8| key.map(|byte| byte ^ pad);
    let inner = Sha256::new()
        .chain_update(padded(0x36))
        .chain_update(text)
        .finalize();
    Sha256::new()
        .chain_update(padded(0x5c))
        .chain_update(inner)
        .finalize()
        .into()
}
