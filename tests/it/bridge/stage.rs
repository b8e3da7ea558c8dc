//! A server with a bridge, a receiver, and a server of the team that asks.

use super::receiver::{Receiver, SECRET};
use crate::admin::{Browser, House};
use crate::database::Database;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use wenlu::store::accounts::AccountRole;

pub(super) const KEY: &str = "the-key-of-the-bridge-0123456789";

/// The server of a team, which passes on what its askers say.
#[derive(Clone)]
pub(super) struct TeamServer {
    client: Client,
    base: String,
    pub key: String,
}

pub(super) struct Stage {
    pub house: House,
    pub receiver: Receiver,
    pub team: TeamServer,
}

impl TeamServer {
    pub(super) fn at(base: String) -> TeamServer {
        TeamServer {
            client: Client::new(),
            base,
            key: KEY.to_owned(),
        }
    }

    pub(super) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        let url = format!("{}/api/v1/bridge{path}", self.base);
        let mut request = self.client.request(method, url).bearer_auth(&self.key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.unwrap()
    }

    /// The answer to a message; `what` is all but the conversation.
    pub(super) async fn message(&self, conversation: &str, what: Value) -> Value {
        let mut body = what;
        body["conversation"] = json!(conversation);
        let response = self.send(Method::POST, "/messages", Some(body)).await;
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    /// What the bot says to `text`, in one line; empty if it is silent.
    pub(super) async fn say(&self, conversation: &str, text: &str) -> String {
        let id = format!("{:x}", fastrand::u128(..));
        let answer = self
            .message(conversation, json!({"id": id, "text": text}))
            .await;
        texts(&answer)
    }

    pub(super) async fn handover(&self, conversation: &str, id: &str, open: bool) -> Value {
        let path = format!("/conversations/{conversation}/handover");
        let body = json!({"id": id, "open": open});
        let response = self.send(Method::POST, &path, Some(body)).await;
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    pub(super) async fn conversation(&self, conversation: &str) -> Value {
        let path = format!("/conversations/{conversation}");
        let response = self.send(Method::GET, &path, None).await;
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }
}

impl Stage {
    pub(super) async fn on(database: &Database, more: &[(&str, &str)]) -> Stage {
        let receiver = Receiver::start().await;
        let url = receiver.url();
        let own = [
            ("WENLU_BRIDGE_KEY", KEY),
            ("WENLU_BRIDGE_URL", url.as_str()),
            ("WENLU_BRIDGE_SECRET", SECRET),
            ("WENLU_LEASE", "300ms"),
        ];
        // the first of equal names counts
        let house = House::on(database, &[more, &own].concat()).await;
        Stage {
            team: TeamServer::at(house.server.url("")),
            house,
            receiver,
        }
    }

    /// A colleague who looks at the list.
    pub(super) async fn colleague(&self) -> Colleague {
        Colleague {
            browser: self.house.signed_in(AccountRole::Agent).await,
        }
    }

    pub(super) async fn number(&self, conversation: &str) -> i64 {
        let name = format!("bridge:{conversation}");
        let found = self.house.store.handovers().of(&name).await.unwrap();
        found.expect("a hand-over").number
    }

    pub(super) async fn metrics(&self) -> String {
        let url = self.house.server.url("/metrics");
        reqwest::get(url).await.unwrap().text().await.unwrap()
    }

    pub(super) async fn stop(mut self) {
        self.house.server.begin_to_stop();
        self.house.server.stopped().await;
        self.house.store.close().await;
    }
}

pub(super) struct Colleague {
    pub browser: Browser,
}

impl Colleague {
    /// Something done with a hand-over, as its page does it.
    pub(super) async fn does(&mut self, number: i64, act: &str, fields: &[(&str, &str)]) {
        let id = format!("{:032x}", fastrand::u128(..));
        let fields = [&[("id", id.as_str())], fields].concat();
        let path = format!("/admin/inbox/{number}/{act}");
        let shown = self.browser.post(&path, &fields).await;
        assert_eq!(shown.status, 303, "{}", shown.body);
    }

    pub(super) async fn says(&mut self, number: i64, text: &str) {
        self.does(number, "say", &[("text", text), ("seq", "0")])
            .await;
    }
}

/// The texts of an answer, in one line.
pub(super) fn texts(answer: &Value) -> String {
    let replies = answer["replies"].as_array().unwrap().iter();
    let texts: Vec<&str> = replies
        .map(|reply| reply["text"].as_str().unwrap())
        .collect();
    texts.join(" / ").replace('\n', " ")
}
