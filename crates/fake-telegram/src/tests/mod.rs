//! What the fake refuses, keeps and delivers, proved from outside: by a bot that is one HTTP client.

mod client;
mod faults;
mod flood;
mod formatting;
mod people;
mod polling;
mod queue;
mod refusals;
mod retries;
mod standing;
mod webhook;

use super::{Fake, Options};
use reqwest::Client;
use serde_json::{Value, json};
use std::time::Duration;

/// A bot that calls what it is told to call.
struct Bot {
    client: Client,
    base: String,
}

impl Bot {
    fn of(fake: &Fake) -> Bot {
        Bot {
            client: Client::new(),
            base: format!("{}/bot{}", fake.url(), fake.token()),
        }
    }

    /// The whole answer; its status and its code agree.
    async fn call(&self, method: &str, params: Value) -> Value {
        let response = self
            .client
            .post(format!("{}/{method}", self.base))
            .json(&params)
            .send()
            .await
            .unwrap();
        let status = response.status().as_u16();
        let retry_after = response
            .headers()
            .get("retry-after")
            .map(|wait| wait.to_str().unwrap().to_owned());
        let body: Value = response.json().await.unwrap();
        assert_eq!(
            status,
            body["error_code"].as_u64().map_or(200, |code| code as u16),
            "{body}"
        );
        let announced = body["parameters"]["retry_after"]
            .as_u64()
            .map(|wait| wait.to_string());
        assert_eq!(retry_after, announced, "{body}");
        body
    }

    async fn ok(&self, method: &str, params: Value) -> Value {
        let mut body = self.call(method, params).await;
        assert_eq!(body["ok"], true, "{method}: {body}");
        body["result"].take()
    }

    async fn refused(&self, method: &str, params: Value) -> String {
        let body = self.call(method, params).await;
        assert_eq!(body["ok"], false, "{method}: {body}");
        body["description"].as_str().unwrap().to_owned()
    }

    async fn send(&self, chat: i64, text: &str) -> Value {
        self.ok("sendMessage", json!({"chat_id": chat, "text": text}))
            .await
    }

    /// The updates from `offset` on.
    async fn updates(&self, offset: i64) -> Vec<Value> {
        let updates = self
            .ok("getUpdates", json!({"offset": offset, "limit": 100}))
            .await;
        updates.as_array().unwrap().clone()
    }
}

/// A fake whose time stands still unless the test lets some pass.
fn frozen(flood: bool) -> Fake {
    Fake::with(Options {
        second: Duration::from_secs(100_000),
        flood,
        ..Options::default()
    })
}

/// Calls each method; what comes back is compared whole. `ok` stands for any success.
async fn check(bot: &Bot, rows: &[(&str, Value, &str)]) {
    let (mut expected, mut seen) = (String::new(), String::new());
    for (method, params, answer) in rows {
        let body = bot.call(method, params.clone()).await;
        let description = if body["ok"] == true {
            "ok"
        } else {
            body["description"].as_str().unwrap()
        };
        let asked: String = params.to_string().chars().take(120).collect();
        expected += &format!("{method} {asked}\n    {answer}\n");
        seen += &format!("{method} {asked}\n    {description}\n");
    }
    compare(&expected, &seen);
}

fn compare(expected: &str, seen: &str) {
    let difference = similar::TextDiff::from_lines(expected, seen);
    assert!(
        expected == seen,
        "\n{}",
        difference.unified_diff().header("expected", "seen")
    );
}
