//! Webhooks: what is refused, and how updates are delivered to a receiver.

use super::{Bot, check, frozen};
use crate::{Answered, Fake, Fate};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

const URL: &str = "https://bot.example.com/hook?a=1";

/// What a receiver has seen and what it answers; it answers nothing while it is held.
struct Receiver {
    url: String,
    seen: Arc<Mutex<Seen>>,
    held: watch::Sender<bool>,
    requests: watch::Receiver<usize>,
}

#[derive(Default)]
struct Seen {
    updates: Vec<(String, Value)>,
    in_flight: Vec<Value>,
    most: usize,
    two_of_one_chat: bool,
    /// Statuses for the next requests, with a `Retry-After` where it is not 0; 200 afterwards.
    answers: Vec<(u16, u32)>,
}

#[derive(Clone)]
struct Handler {
    seen: Arc<Mutex<Seen>>,
    held: watch::Receiver<bool>,
    requests: watch::Sender<usize>,
}

/// A request that is not answered yet.
struct InFlight {
    seen: Arc<Mutex<Seen>>,
    chat: Value,
}

impl Receiver {
    async fn start(answers: &[(u16, u32)]) -> Receiver {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Seen {
            answers: answers.to_vec(),
            ..Seen::default()
        }));
        let (held, is_held) = watch::channel(false);
        let (sender, requests) = watch::channel(0);
        let handler = Handler {
            seen: seen.clone(),
            held: is_held,
            requests: sender,
        };
        let router = Router::new().fallback(receive).with_state(handler);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Receiver {
            url,
            seen,
            held,
            requests,
        }
    }

    fn hold(&self, held: bool) {
        self.held.send_replace(held);
    }

    async fn requests(&self, count: usize) {
        self.requests
            .clone()
            .wait_for(|seen| *seen >= count)
            .await
            .unwrap();
    }

    fn texts(&self) -> Vec<String> {
        let text = |(_, update): &(String, Value)| match update["message"]["text"].as_str() {
            Some(text) => text.to_owned(),
            None => update["callback_query"]["data"]
                .as_str()
                .unwrap_or("?")
                .to_owned(),
        };
        self.seen.lock().unwrap().updates.iter().map(text).collect()
    }
}

async fn receive(
    State(mut handler): State<Handler>,
    headers: HeaderMap,
    Json(update): Json<Value>,
) -> Response {
    let chat = update["message"]["chat"]["id"].clone();
    let (status, retry_after) = {
        let mut seen = handler.seen.lock().unwrap();
        let secret = headers
            .get("x-telegram-bot-api-secret-token")
            .map_or("", |secret| secret.to_str().unwrap());
        seen.updates.push((secret.to_owned(), update));
        seen.two_of_one_chat |= !chat.is_null() && seen.in_flight.contains(&chat);
        seen.in_flight.push(chat.clone());
        seen.most = seen.most.max(seen.in_flight.len());
        if seen.answers.is_empty() {
            (200, 0)
        } else {
            seen.answers.remove(0)
        }
    };
    let _in_flight = InFlight {
        seen: handler.seen.clone(),
        chat,
    };
    handler.requests.send_modify(|count| *count += 1);
    handler.held.wait_for(|held| !held).await.unwrap();
    let status = StatusCode::from_u16(status).unwrap();
    if retry_after > 0 {
        (status, [("retry-after", retry_after.to_string())]).into_response()
    } else {
        status.into_response()
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut seen = self.seen.lock().unwrap();
        let index = seen
            .in_flight
            .iter()
            .position(|other| *other == self.chat)
            .unwrap();
        seen.in_flight.remove(index);
    }
}

#[tokio::test]
async fn what_set_webhook_refuses() {
    let fake = frozen(false);
    let bot = Bot::of(&fake);
    let url = |url: &str| json!({"url": url});
    let secret = |secret: &str| json!({"url": URL, "secret_token": secret});
    for (params, refusal) in [
        (
            url("http://bot.example.com/"),
            "bad webhook: An HTTPS URL must be provided for webhook",
        ),
        (
            url("ftp://bot.example.com/"),
            "invalid webhook URL specified",
        ),
        (url("https://"), "invalid webhook URL specified"),
        (
            url("https://bot.example.com:8080/"),
            "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
        (
            url("https://127.0.0.1/"),
            "bad webhook: IP address 127.0.0.1 is reserved",
        ),
        (secret(&"a".repeat(257)), "secret token is too long"),
        (secret("密"), "secret token contains unallowed characters"),
    ] {
        assert_eq!(
            bot.refused("setWebhook", params).await,
            format!("Bad Request: {refusal}")
        );
        fake.advance(1.0);
    }
    let remark =
        async |method: &str, params: Value| bot.call(method, params).await["description"].take();
    assert_eq!(
        remark("setWebhook", secret(&"a_-9".repeat(64))).await,
        "Webhook was set"
    );
    // At most once a second.
    check(
        &bot,
        &[(
            "setWebhook",
            secret("b"),
            "Too Many Requests: retry after 1",
        )],
    )
    .await;
    fake.advance(1.0);
    assert_eq!(
        remark("setWebhook", secret(&"a_-9".repeat(64))).await,
        "Webhook is already set"
    );
    let info = bot.ok("getWebhookInfo", json!({})).await;
    let expected = json!({"url": URL, "has_custom_certificate": false, "pending_update_count": 0, "max_connections": 40});
    assert_eq!(info, expected);
    fake.advance(1.0);
    let params = json!({"url": "bot.example.com:8443", "max_connections": 500, "allowed_updates": ["message"]});
    assert_eq!(remark("setWebhook", params).await, "Webhook was set");
    let info = bot.ok("getWebhookInfo", json!({})).await;
    assert_eq!(
        (&info["max_connections"], &info["allowed_updates"]),
        (&json!(100), &json!(["message"]))
    );
    // A new webhook that is refused takes the old one with it.
    fake.advance(1.0);
    bot.refused("setWebhook", url("http://bot.example.com/"))
        .await;
    assert_eq!(bot.ok("getWebhookInfo", json!({})).await["url"], "");
    assert_eq!(
        remark("deleteWebhook", json!({})).await,
        "Webhook is already deleted"
    );
    fake.user(7).say("好");
    assert_eq!(
        remark("deleteWebhook", json!({"drop_pending_updates": true})).await,
        "Webhook is already deleted"
    );
    assert_eq!(
        fake.look(|record| (
            record.updates.count(Fate::Dropped),
            record.count("deletewebhook")
        )),
        (1, 2)
    );
}

async fn set(fake: &Fake, receiver: &Receiver, connections: usize) {
    fake.deliver_to(&receiver.url);
    let params = json!({"url": URL, "secret_token": "秘".len().to_string() + "-secret", "max_connections": connections});
    Bot::of(fake).ok("setWebhook", params).await;
}

#[tokio::test]
async fn one_request_a_lane_and_no_more_than_the_connections() {
    let fake = frozen(false);
    let receiver = Receiver::start(&[]).await;
    receiver.hold(true);
    let people = [1, 2, 3, 4].map(|id| fake.user(id));
    for round in ["一", "二"] {
        for person in &people {
            person.say(round);
        }
    }
    Bot::of(&fake)
        .ok("sendMessage", json!({"chat_id": 1, "text": "?", "reply_markup": {"inline_keyboard": [[{"text": "是", "callback_data": "y"}]]}}))
        .await;
    set(&fake, &receiver, 3).await;
    receiver.requests(3).await;
    assert_eq!(receiver.texts(), ["一", "一", "一"]);
    receiver.hold(false);
    fake.until(|record| record.updates.waiting() == 0).await;
    let most = receiver.seen.lock().unwrap().most;
    assert_eq!(
        (most, receiver.seen.lock().unwrap().two_of_one_chat),
        (3, false)
    );
    assert_eq!(fake.look(|record| record.deliveries.len()), 8);
    let secrets: Vec<String> = receiver
        .seen
        .lock()
        .unwrap()
        .updates
        .iter()
        .map(|(secret, _)| secret.clone())
        .collect();
    assert!(
        secrets.iter().all(|secret| secret == "3-secret"),
        "{secrets:?}"
    );
    // A callback overtakes the messages of the chat it comes from.
    receiver.hold(true);
    people[0].say("三");
    people[0].say("四");
    receiver.requests(9).await;
    people[0].press("是");
    receiver.requests(10).await;
    assert_eq!(receiver.texts()[8..], ["三", "y"]);
    receiver.hold(false);
    fake.until(|record| record.updates.count(Fate::Acknowledged) == 11)
        .await;
}

#[tokio::test]
async fn what_fails_is_tried_again() {
    let fake = Fake::start();
    // Any 2xx will do.
    let receiver = Receiver::start(&[(500, 0), (404, 0), (302, 0), (503, 30), (204, 0)]).await;
    let user = fake.user(7);
    user.say("一");
    user.say("二");
    set(&fake, &receiver, 40).await;
    fake.until(|record| record.updates.waiting() == 0).await;
    assert_eq!(receiver.texts(), ["一", "一", "一", "一", "一", "二"]);
    fake.look(|record| {
        let answers: Vec<_> = record
            .deliveries
            .iter()
            .map(|delivery| delivery.answer.clone())
            .collect();
        assert_eq!(
            answers,
            [500, 404, 302, 503, 204, 200].map(Answered::Status)
        );
        let waited: Vec<f64> = record
            .deliveries
            .windows(2)
            .map(|pair| pair[1].began - pair[0].ended)
            .collect();
        let at_least = [0.0, 2.0, 4.0, 30.0, 0.0];
        assert!(
            waited
                .iter()
                .zip(at_least)
                .all(|(waited, least)| *waited > least - 0.1),
            "{waited:?}"
        );
    });
    let info = Bot::of(&fake).ok("getWebhookInfo", json!({})).await;
    assert_eq!(
        info["last_error_message"],
        "Wrong response from the webhook: 503 Service Unavailable"
    );
}

#[tokio::test]
async fn a_bot_that_is_away_or_silent() {
    let fake = frozen(false);
    let receiver = Receiver::start(&[]).await;
    receiver.hold(true);
    fake.user(7).say("好");
    set(&fake, &receiver, 1).await;
    receiver.requests(1).await;
    // No answer for a minute is none at all.
    fake.advance(61.0);
    receiver.requests(2).await;
    fake.deliver_to("http://127.0.0.1:9");
    fake.advance(61.0);
    fake.until(|record| record.deliveries.len() == 2).await;
    fake.advance(3.0);
    fake.until(|record| record.deliveries.len() == 3).await;
    fake.deliver_to(&receiver.url);
    receiver.hold(false);
    fake.advance(1.5);
    fake.until(|record| record.updates.waiting() == 0).await;
    let answers: Vec<_> = fake.look(|record| {
        record
            .deliveries
            .iter()
            .map(|it| it.answer.clone())
            .collect()
    });
    assert_eq!(
        answers,
        [
            Answered::Timeout,
            Answered::Timeout,
            Answered::Unreachable,
            Answered::Status(200)
        ]
    );
}
