//! An `/embeddings` endpoint with vectors of our own making, on a thread of its own: a start waits for it.

use super::meaning;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard};

/// What it does with a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum StubManner {
    Embeds,
    /// The vectors of another model of the same length.
    EmbedsBackwards,
    /// Vectors that are one number longer.
    EmbedsLonger,
    Hangs,
    Refuses(StatusCode),
    /// Something that is no vector in every vector.
    Spoils(&'static str),
    LeavesOneOut,
    /// More than any answer may be long.
    Floods,
    SaysNothing,
}

pub(crate) struct Stub {
    pub address: SocketAddr,
    seen: Arc<Mutex<StubState>>,
}

struct StubState {
    manner: StubManner,
    requests: usize,
    texts: Vec<String>,
    keys: Vec<String>,
    connections: BTreeSet<SocketAddr>,
}

impl Stub {
    pub(crate) fn start(manner: StubManner) -> Stub {
        Stub::at(TcpListener::bind("127.0.0.1:0").unwrap(), manner)
    }

    pub(crate) fn at(listener: TcpListener, manner: StubManner) -> Stub {
        let address = listener.local_addr().unwrap();
        listener.set_nonblocking(true).unwrap();
        let seen = Arc::new(Mutex::new(StubState {
            manner,
            requests: 0,
            texts: vec![],
            keys: vec![],
            connections: BTreeSet::new(),
        }));
        let routes = Router::new()
            .route("/v1/embeddings", post(embed))
            .with_state(seen.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let routes = routes.into_make_service_with_connect_info::<SocketAddr>();
                axum::serve(listener, routes).await
            })
        });
        Stub { address, seen }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    fn state(&self) -> MutexGuard<'_, StubState> {
        self.seen.lock().unwrap()
    }

    pub(crate) fn set(&self, manner: StubManner) {
        self.state().manner = manner;
    }

    pub(crate) fn requests(&self) -> usize {
        self.state().requests
    }

    /// What it was asked since the last call.
    pub(crate) fn take_texts(&self) -> Vec<String> {
        std::mem::take(&mut self.state().texts)
    }

    /// From how many connections it was asked since the last call.
    pub(crate) fn take_connections(&self) -> usize {
        std::mem::take(&mut self.state().connections).len()
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.state().keys.clone()
    }
}

async fn embed(
    State(seen): State<Arc<Mutex<StubState>>>,
    ConnectInfo(asker): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let texts: Vec<String> = serde_json::from_value(body["input"].clone()).unwrap();
    let manner = {
        let mut state = seen.lock().unwrap();
        state.requests += 1;
        state.connections.insert(asker);
        state.texts.extend(texts.clone());
        let key = headers.get("authorization");
        state
            .keys
            .extend(key.map(|key| key.to_str().unwrap().to_owned()));
        state.manner
    };
    let vector = |text: &String| {
        let mut vector = meaning(text);
        match manner {
            StubManner::EmbedsBackwards => vector.reverse(),
            StubManner::EmbedsLonger => vector.push(0.5),
            _ => {}
        }
        vector
    };
    let items: Vec<Value> = texts
        .iter()
        .enumerate()
        .skip(usize::from(manner == StubManner::LeavesOneOut))
        .map(|(at, text)| json!({"object": "embedding", "index": at, "embedding": vector(text)}))
        .collect();
    let answer = json!({"object": "list", "model": body["model"], "data": items});
    match manner {
        StubManner::Hangs => std::future::pending().await,
        StubManner::Refuses(status) => (status, "{\"error\": \"CANARY\"}").into_response(),
        StubManner::Spoils(number) => {
            let text = answer.to_string().replace("[0.", &format!("[{number},0."));
            ([("content-type", "application/json")], text).into_response()
        }
        StubManner::Floods => Body::from(vec![b' '; 8 << 20]).into_response(),
        StubManner::SaysNothing => "<html>Welcome</html>".into_response(),
        _ => Json(answer).into_response(),
    }
}
