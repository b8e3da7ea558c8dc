//! The platform's API as a program, for clients in other languages (`tests/wechat`). In: the account's AppID, token and key as
//! arguments. Out: two addresses on standard output: that of the API, and one at which a test says what the platform would
//! see (`POST /wrote/OPENID`: this asker wrote) and reads what reached the askers (`GET /sent/OPENID`). Ends with its input.

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use fake_weixin::{Mode, Options, Platform};
use std::io::Read as _;
use std::sync::Arc;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what: &str| arguments.next().unwrap_or_else(|| panic!("no {what}"));
    let platform = Arc::new(Platform::new(Options {
        appid: next("AppID"),
        token: next("token"),
        aes_key: next("key"),
        mode: Mode::Safe,
        ..Options::default()
    }));
    let api = platform.serve_api().await;
    let routes = Router::new()
        .route("/wrote/{openid}", post(wrote))
        .route("/sent/{openid}", get(sent))
        .with_state(platform);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let control = listener.local_addr().expect("an address");
    println!("{api} http://{control}");
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let _ = std::io::stdin().read(&mut [0]);
}

async fn wrote(State(platform): State<Arc<Platform>>, Path(openid): Path<String>) {
    platform.sees(&platform.asker(&openid).says("…"));
}

async fn sent(
    State(platform): State<Arc<Platform>>,
    Path(openid): Path<String>,
) -> Json<Vec<String>> {
    Json(platform.sent_to(&openid))
}
