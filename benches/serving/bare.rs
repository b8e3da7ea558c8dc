//! What HTTP itself costs here: an axum handler that reads nothing and answers always the same, as long as an answer of
//! the bot is.  usage: bare PORT BYTES

use axum::routing::post;
use axum::{Json, Router};
use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let port: u16 = args.next().ok_or("PORT is missing")?.parse()?;
    let bytes: usize = args.next().ok_or("BYTES is missing")?.parse()?;
    let answer = serde_json::json!({ "text": "x".repeat(bytes.saturating_sub(11)) });
    let app = Router::new().route("/api/v1/messages", post(async move || Json(answer.clone())));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(listener, app).await?;
    Ok(())
}
