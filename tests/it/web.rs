//! The web channel from outside: a real server, real requests.

use crate::server::{Server, chat_name, write_knowledge};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wenlu::channel::web::{EmbedConfig, EmbedOrigins, WebChannel, WebConfig};
use wenlu::http::connections::ConnectionLimits;
use wenlu::http::occupancy::OccupancyCaps;
use wenlu::http::{HttpConfig, HttpServer};
use wenlu::store::Store;
use wenlu::turn::{AnswerEngine, Bot};
use wenlu_core::dialogue::TextRouter;
use wenlu_core::knowledge::Knowledge;
use wenlu_core::model::Routing;

const UNLIMITED: &[(&str, &str)] = &[("WENLU_RATE_PER_MINUTE", "0")];

fn post(server: &Server, body: &Value) -> RequestBuilder {
    Client::new()
        .post(server.url("/api/v1/messages"))
        .json(body)
}

async fn say(server: &Server, body: Value) -> Value {
    let response = post(server, &body).send().await.unwrap();
    assert_eq!(response.status(), 200, "{body}");
    response.json().await.unwrap()
}

async fn get(server: &Server, path: &str) -> Response {
    Client::new().get(server.url(path)).send().await.unwrap()
}

/// A whole response as far as a caller depends on it.
async fn describe(response: Response) -> String {
    let header = |name| {
        response
            .headers()
            .get(name)
            .map(|value| format!(" [{name}: {}]", value.to_str().unwrap()))
    };
    let head = format!(
        "{}{}{}",
        response.status().as_u16(),
        header("allow").unwrap_or_default(),
        header("retry-after").unwrap_or_default()
    );
    format!("{head} {}", response.text().await.unwrap())
}

#[tokio::test]
async fn a_conversation() {
    let server = Server::start(UNLIMITED).await;
    let opened = say(
        &server,
        json!({"conversation": chat_name("c1"), "id": "1", "start": true, "lang": "zh"}),
    )
    .await;
    insta::assert_json_snapshot!(opened, @r#"
    {
      "decision": null,
      "intent": null,
      "confidence": 0.0,
      "gap": null,
      "replies": [
        {
          "text": "您好，请问有什么可以帮您？",
          "lang": "zh",
          "blocks": [
            {
              "kind": "paragraph",
              "spans": [
                {
                  "text": "您好，请问有什么可以帮您？"
                }
              ]
            }
          ],
          "steps": [],
          "cursor": null,
          "after": null,
          "buttons": [
            {
              "label": "怎么注销小程序",
              "data": "i:close"
            },
            {
              "label": "迁移后 openid 会变吗",
              "data": "i:move"
            }
          ],
          "from_person": false
        }
      ],
      "person": false
    }
    "#);
    let asked = say(
        &server,
        json!({"conversation": chat_name("c1"), "id": "2", "text": "小程序怎么注销"}),
    )
    .await;
    insta::assert_json_snapshot!(asked, @r#"
    {
      "decision": "answer",
      "intent": "close",
      "confidence": 1.0,
      "gap": null,
      "replies": [
        {
          "text": "请登录公众平台（https://mp.weixin.qq.com）操作。",
          "lang": "zh",
          "blocks": [
            {
              "kind": "paragraph",
              "spans": [
                {
                  "text": "请登录"
                },
                {
                  "text": "公众平台",
                  "href": "https://mp.weixin.qq.com"
                },
                {
                  "text": "操作。"
                }
              ]
            }
          ],
          "steps": [
            {
              "text": "登录。",
              "blocks": [
                {
                  "kind": "paragraph",
                  "spans": [
                    {
                      "text": "登录。"
                    }
                  ]
                }
              ]
            },
            {
              "text": "打开设置。",
              "blocks": [
                {
                  "kind": "paragraph",
                  "spans": [
                    {
                      "text": "打开设置。"
                    }
                  ]
                }
              ]
            },
            {
              "text": "点击注销。",
              "blocks": [
                {
                  "kind": "paragraph",
                  "spans": [
                    {
                      "text": "点击注销。"
                    }
                  ]
                }
              ]
            },
            {
              "text": "扫码确认。",
              "blocks": [
                {
                  "kind": "paragraph",
                  "spans": [
                    {
                      "text": "扫码确认。"
                    }
                  ]
                }
              ]
            }
          ],
          "cursor": 0,
          "after": null,
          "buttons": [
            {
              "label": "下一步",
              "data": "p:2:close"
            },
            {
              "label": "全部步骤",
              "data": "p:all:close"
            },
            {
              "label": "需要什么材料",
              "data": "i:close#materials"
            },
            {
              "label": "button_solved",
              "data": "yes:close"
            },
            {
              "label": "button_unsolved",
              "data": "no:close"
            }
          ],
          "from_person": false
        }
      ],
      "person": false
    }
    "#);
}

#[tokio::test]
async fn a_retry_gets_the_same_answer_and_changes_nothing() {
    let server = Server::start(UNLIMITED).await;
    let message = json!({"conversation": chat_name("c1"), "id": "2", "text": "小程序怎么注销"});
    let first = say(&server, message.clone()).await;
    say(
        &server,
        json!({"conversation": chat_name("c1"), "id": "3", "text": "小程序迁移后 openid 变不变"}),
    )
    .await;
    assert_eq!(say(&server, message.clone()).await, first);
    let together = tokio::join!(
        say(&server, message.clone()),
        say(&server, message.clone()),
        say(&server, message)
    );
    assert_eq!(together, (first.clone(), first.clone(), first));
    // The prefix of the channel may be given or not; another conversation is another one.
    say(
        &server,
        json!({"conversation": format!("web:{}", chat_name("c1")), "id": "3", "text": "小程序迁移后 openid 变不变"}),
    )
    .await;
    say(
        &server,
        json!({"conversation": chat_name("c2"), "id": "3", "text": "小程序怎么注销"}),
    )
    .await;
    let store = Store::open(&server.database()).await.unwrap();
    assert_eq!(store.journal().count().await.unwrap(), 3);
}

#[tokio::test]
async fn the_same_id_with_another_text_is_told_so() {
    let server = Server::start(UNLIMITED).await;
    let named = |text: &str| json!({"conversation": chat_name("c1"), "id": "1", "text": text});
    let (first, masked) = (named("小程序怎么注销"), named("我的手机号 13800138000"));
    let answer = say(&server, first.clone()).await;
    let other = post(&server, &named("小程序怎么收款"))
        .send()
        .await
        .unwrap();
    insta::assert_snapshot!(describe(other).await, @r#"409 {"error":{"code":"id_reused","message":"这条消息没有送达，请重新发送一次。","detail":"this `id` was another message's in this conversation; give each message an id of its own"}}"#);
    assert_eq!(say(&server, first).await, answer);
    // what is kept is masked, and yet the same message is known again
    let mut masked = masked;
    masked["id"] = "2".into();
    assert_eq!(
        say(&server, masked.clone()).await,
        say(&server, masked).await
    );
    let store = Store::open(&server.database()).await.unwrap();
    assert_eq!(store.journal().count().await.unwrap(), 2);
}

#[tokio::test]
async fn nobody_gets_into_a_conversation_by_guessing_its_name() {
    let server = Server::start(UNLIMITED).await;
    let named = |name: &str| json!({"conversation": name, "id": "1", "text": "小程序怎么注销"});
    let refused = post(&server, &named("4f0c2a")).send().await.unwrap();
    insta::assert_snapshot!(describe(refused).await, @r#"400 {"error":{"code":"guessable_conversation","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"`conversation` can be guessed, and whoever knows it reads and writes there: use at least 96 random bits, such as crypto.randomUUID() or `openssl rand -hex 16`, or take one from POST /api/v1/conversations"}}"#);
    let refused = get(&server, "/api/v1/events?conversation=4f0c2a").await;
    assert_eq!(refused.status(), 400);
    let store = Store::open(&server.database()).await.unwrap();
    assert_eq!(store.journal().count().await.unwrap(), 0);

    // one that the server gives, and one of the page
    let given = Client::new().post(server.url("/api/v1/conversations"));
    let given = given.send().await.unwrap();
    assert_eq!(given.status(), 201);
    let given: Value = given.json().await.unwrap();
    say(&server, named(given["conversation"].as_str().unwrap())).await;
    say(&server, named("0b9f1c7e-4d35-4a52-9c58-2f1f6f6f9a11")).await;

    // one from before this rule goes on
    let pool = sqlx::SqlitePool::connect(&server.database()).await.unwrap();
    sqlx::query("INSERT INTO conversations VALUES ('web:4f0c2a', '{}', 1, 7)")
        .execute(&pool)
        .await
        .unwrap();
    say(&server, named("4f0c2a")).await;
}

#[tokio::test]
async fn bad_requests_get_whole_errors() {
    let server = Server::start(UNLIMITED).await;
    let long = "字".repeat(2_001);
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("not UTF-8", b"{\"conversation\":\"\xff\"}".to_vec()),
        ("nothing", vec![]),
        ("no JSON", "{\"conversation\":".into()),
        ("an array", "[]".into()),
        ("a control character", b"\0".to_vec()),
        (
            "half a surrogate pair",
            b"{\"conversation\":\"c\",\"id\":\"1\",\"text\":\"\\ud83d\"}".to_vec(),
        ),
        (
            "no conversation",
            json!({"id": "1", "text": "a"}).to_string().into(),
        ),
        (
            "no id",
            json!({"conversation": "c", "text": "a"}).to_string().into(),
        ),
        (
            "wrong type",
            json!({"conversation": "c", "id": 1, "text": "a"})
                .to_string()
                .into(),
        ),
        (
            "unknown field",
            json!({"conversation": "c", "id": "1", "text": "a", "txet": "b"})
                .to_string()
                .into(),
        ),
        (
            "twice",
            "{\"conversation\":\"c\",\"id\":\"1\",\"id\":\"2\",\"text\":\"a\"}".into(),
        ),
        (
            "empty id",
            json!({"conversation": "c", "id": "", "text": "a"})
                .to_string()
                .into(),
        ),
        (
            "odd id",
            json!({"conversation": "c", "id": "一", "text": "a"})
                .to_string()
                .into(),
        ),
        (
            "odd conversation",
            json!({"conversation": "a b", "id": "1", "text": "a"})
                .to_string()
                .into(),
        ),
        (
            "long conversation",
            json!({"conversation": "c".repeat(129), "id": "1", "text": "a"})
                .to_string()
                .into(),
        ),
        (
            "neither",
            json!({"conversation": "c", "id": "1"}).to_string().into(),
        ),
        (
            "both",
            json!({"conversation": "c", "id": "1", "text": "a", "button": "human"})
                .to_string()
                .into(),
        ),
        (
            "long button",
            json!({"conversation": "c", "id": "1", "button": "b".repeat(65)})
                .to_string()
                .into(),
        ),
        (
            "lang alone",
            json!({"conversation": "c", "id": "1", "text": "a", "lang": "en"})
                .to_string()
                .into(),
        ),
        (
            "unknown language",
            json!({"conversation": "c", "id": "1", "start": true, "lang": "fr"})
                .to_string()
                .into(),
        ),
        (
            "long text",
            json!({"conversation": "c", "id": "1", "text": long})
                .to_string()
                .into(),
        ),
        (
            "long body",
            json!({"conversation": "c", "id": "1", "text": "a".repeat(17_000)})
                .to_string()
                .into(),
        ),
    ];
    let mut seen = String::new();
    for (name, body) in bodies {
        let request = Client::new()
            .post(server.url("/api/v1/messages"))
            .header("content-type", "application/json");
        seen += &format!(
            "{name}: {}\n",
            describe(request.body(body).send().await.unwrap()).await
        );
    }
    for (method, path, content_type) in [
        ("POST", "/api/v1/messages", "text/plain"),
        (
            "POST",
            "/api/v1/messages",
            "application/x-www-form-urlencoded",
        ),
        ("GET", "/api/v1/messages", "application/json"),
        ("DELETE", "/api/v1/suggest", "application/json"),
        ("POST", "/", "application/json"),
        ("GET", "/api/v2/messages", "application/json"),
        ("GET", "/api/v1/suggest", "application/json"),
        ("GET", "/api/v1/suggest?q=a&limit=0", "application/json"),
        ("GET", "/api/v1/suggest?q=a&limit=many", "application/json"),
        ("GET", "/api/v1/suggest?q=a&offset=1", "application/json"),
    ] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = Client::new()
            .request(method.clone(), server.url(path))
            .header("content-type", content_type);
        seen += &format!(
            "{method} {path}: {}\n",
            describe(request.body("{}").send().await.unwrap()).await
        );
    }
    insta::assert_snapshot!(seen, @r#"
    not UTF-8: 400 {"error":{"code":"bad_json","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"the body is not JSON: invalid unicode code point at line 1 column 18"}}
    nothing: 400 {"error":{"code":"bad_json","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"the body is not JSON: EOF while parsing a value at line 1 column 0"}}
    no JSON: 400 {"error":{"code":"bad_json","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"the body is not JSON: EOF while parsing a value at line 1 column 16"}}
    an array: 400 {"error":{"code":"bad_request","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"the body must be a JSON object"}}
    a control character: 400 {"error":{"code":"bad_json","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"the body is not JSON: expected value at line 1 column 1"}}
    half a surrogate pair: 400 {"error":{"code":"bad_json","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"the body is not JSON: unexpected end of hex escape at line 1 column 44"}}
    no conversation: 400 {"error":{"code":"bad_request","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"missing field `conversation` at line 1 column 21"}}
    no id: 400 {"error":{"code":"bad_request","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"missing field `id` at line 1 column 31"}}
    wrong type: 400 {"error":{"code":"bad_request","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"invalid type: integer `1`, expected a string at line 1 column 26"}}
    unknown field: 400 {"error":{"code":"bad_request","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"unknown field `txet`, expected one of `conversation`, `id`, `text`, `button`, `start`, `lang`, `file`, `page` at line 1 column 46"}}
    twice: 400 {"error":{"code":"bad_request","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"duplicate field `id` at line 1 column 33"}}
    empty id: 400 {"error":{"code":"bad_request","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"`id`: an id needs at least one character"}}
    odd id: 400 {"error":{"code":"bad_request","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"`id`: an id is made of letters, digits and `: _ - .`"}}
    odd conversation: 400 {"error":{"code":"bad_request","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"`conversation`: an id is made of letters, digits and `: _ - .`"}}
    long conversation: 400 {"error":{"code":"bad_request","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"`conversation`: an id has at most 128 bytes"}}
    neither: 400 {"error":{"code":"bad_request","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"give exactly one of `text`, `button`, `file` and `\"start\": true`"}}
    both: 400 {"error":{"code":"bad_request","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"give exactly one of `text`, `button`, `file` and `\"start\": true`"}}
    long button: 400 {"error":{"code":"bad_request","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"`button` has from 1 to 64 bytes"}}
    lang alone: 400 {"error":{"code":"bad_request","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"`lang` goes with `start` only"}}
    unknown language: 400 {"error":{"code":"bad_request","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"unknown variant `fr`, expected `zh` or `en` at line 1 column 53"}}
    long text: 400 {"error":{"code":"text_too_long","message":"您的消息有点长，请精简到 2000 字以内，或者分几条发送。","detail":"`text` has 2001 characters; 2000 are allowed"}}
    long body: 413 {"error":{"code":"body_too_large","message":"您的消息太长了，请精简后再发送。","detail":"the body is over 16384 bytes"}}
    POST /api/v1/messages: 415 {"error":{"code":"wrong_content_type","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"Content-Type must be application/json"}}
    POST /api/v1/messages: 415 {"error":{"code":"wrong_content_type","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"Content-Type must be application/json"}}
    GET /api/v1/messages: 405 [allow: POST] {"error":{"code":"method_not_allowed","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"this route does not take that method; see the Allow header"}}
    DELETE /api/v1/suggest: 405 [allow: GET,HEAD] {"error":{"code":"method_not_allowed","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"this route does not take that method; see the Allow header"}}
    POST /: 405 [allow: GET,HEAD] {"error":{"code":"method_not_allowed","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"this route does not take that method; see the Allow header"}}
    GET /api/v2/messages: 404 {"error":{"code":"not_found","message":"没有找到您要的内容。","detail":"no such route; see /api/v1/openapi.json"}}
    GET /api/v1/suggest: 400 {"error":{"code":"bad_request","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"Failed to deserialize query string: missing field `q`"}}
    GET /api/v1/suggest?q=a&limit=0: 400 {"error":{"code":"bad_request","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"`limit` must be from 1 to 10"}}
    GET /api/v1/suggest?q=a&limit=many: 400 {"error":{"code":"bad_request","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"Failed to deserialize query string: limit: invalid digit found in string"}}
    GET /api/v1/suggest?q=a&offset=1: 400 {"error":{"code":"bad_request","message":"抱歉，这个请求我们没能读懂，请刷新页面后再试。","detail":"Failed to deserialize query string: offset: unknown field `offset`, expected `q` or `limit`"}}
    "#);
    // None of them left anything behind.
    assert_eq!(
        Store::open(&server.database())
            .await
            .unwrap()
            .journal()
            .count()
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn who_is_too_fast_is_told_when_to_come_back() {
    let server = Server::start(&[("WENLU_RATE_PER_MINUTE", "1"), ("WENLU_RATE_BURST", "2")]).await;
    let message =
        |id: &str| json!({"conversation": chat_name("c"), "id": id, "text": "小程序怎么注销"});
    say(&server, message("1")).await;
    say(&server, message("2")).await;
    let refused = post(&server, &message("3")).send().await.unwrap();
    let wait: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(refused.status(), 429);
    insta::assert_json_snapshot!(refused.json::<Value>().await.unwrap(), @r#"
    {
      "error": {
        "code": "rate_limited",
        "message": "您发送得太快了，请稍等片刻再试。",
        "detail": "too many requests from this address; Retry-After says when to come back"
      }
    }
    "#);
    // No proxy is trusted: a made-up address changes nothing. Reading has an allowance of its own.
    let forged = post(&server, &message("3"))
        .header("x-forwarded-for", "1.2.3.4")
        .send()
        .await
        .unwrap();
    assert_eq!(forged.status(), 429);
    assert_eq!(get(&server, "/api/v1/suggest?q=a").await.status(), 200);
    let metrics = get(&server, "/metrics").await.text().await.unwrap();
    assert!(metrics.contains("wenlu_rate_limited_total 2"), "{metrics}");
}

#[tokio::test]
async fn behind_a_proxy_each_client_has_its_own_allowance() {
    let values = [
        ("WENLU_RATE_PER_MINUTE", "1"),
        ("WENLU_RATE_BURST", "1"),
        ("WENLU_TRUSTED_PROXIES", "1"),
    ];
    let server = Server::start(&values).await;
    for (id, client, expected) in [
        ("1", "1.2.3.4", 200),
        ("2", "6.6.6.6, 1.2.3.4", 429),
        ("3", "5.6.7.8", 200),
    ] {
        let message = json!({"conversation": chat_name("c"), "id": id, "text": "注销"});
        let response = post(&server, &message)
            .header("x-forwarded-for", client)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), expected, "{client}");
    }
}

#[tokio::test]
async fn stopping_finishes_what_has_begun_and_accepts_nothing_more() {
    let mut server = Server::start(UNLIMITED).await;
    let body =
        json!({"conversation": chat_name("c"), "id": "1", "text": "小程序怎么注销"}).to_string();
    let (now, later) = body.split_at(20);
    let mut begun = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "POST /api/v1/messages HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{now}",
        body.len()
    );
    begun.write_all(head.as_bytes()).await.unwrap();
    // The half-sent request and this very one are in flight.
    while !get(&server, "/metrics")
        .await
        .text()
        .await
        .unwrap()
        .contains("wenlu_requests_in_flight 2")
    {}
    let address = server.address;
    server.begin_to_stop();
    while TcpStream::connect(address).await.is_ok() {}
    begun.write_all(later.as_bytes()).await.unwrap();
    let mut answer = String::new();
    begun.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("扫码确认"), "{answer}");
    server.stopped().await;
}

#[tokio::test]
async fn stopping_does_not_wait_longer_than_the_grace() {
    let mut server = Server::start(&[("WENLU_SHUTDOWN_GRACE", "0s")]).await;
    let mut stuck = TcpStream::connect(server.address).await.unwrap();
    stuck
        .write_all(b"POST /api/v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{")
        .await
        .unwrap();
    while !get(&server, "/metrics")
        .await
        .text()
        .await
        .unwrap()
        .contains("wenlu_requests_in_flight 2")
    {}
    server.begin_to_stop();
    tokio::time::timeout(Duration::from_secs(5), server.stopped())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_failing_store_is_a_503_and_not_ready() {
    let server = Server::start(UNLIMITED).await;
    assert_eq!(get(&server, "/readyz").await.status(), 200);
    let pool = sqlx::SqlitePool::connect(&server.database()).await.unwrap();
    let tables: Vec<(String,)> = sqlx::query_as(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    for (table,) in tables {
        sqlx::query(sqlx::AssertSqlSafe(format!("DROP TABLE {table}")))
            .execute(&pool)
            .await
            .unwrap();
    }
    let message = json!({"conversation": chat_name("c"), "id": "1", "text": "注销"});
    insta::assert_snapshot!(describe(post(&server, &message).send().await.unwrap()).await, @r#"503 [retry-after: 1] {"error":{"code":"unavailable","message":"抱歉，服务暂时繁忙，请稍后再试。","detail":"the store does not answer; the same request with the same id may be sent again"}}"#);
    assert_eq!(get(&server, "/readyz").await.status(), 503);
    assert_eq!(get(&server, "/healthz").await.status(), 200);
    let metrics = get(&server, "/metrics").await.text().await.unwrap();
    assert!(metrics.contains("wenlu_store_errors_total 1"), "{metrics}");
}

/// A defect, on demand.
struct Panics;

impl TextRouter for Panics {
    fn route(&self, text: &str) -> Routing {
        panic!("cannot route {text}")
    }
}

/// A server whose router is `Panics` and which gives a request `deadline`, and the address of its API.
async fn defective(deadline: Duration) -> String {
    const SOME: OccupancyCaps = OccupancyCaps {
        total: 10,
        per_client: None,
    };
    let engine = AnswerEngine::new(Knowledge::default(), Panics);
    let bot = Bot::new(Arc::new(engine), Store::in_memory().await.unwrap());
    let (_status, shown) = tokio::sync::watch::channel(wenlu::reload::KnowledgeStatus::serving(
        Default::default(),
        Vec::new(),
    ));
    let limits = HttpConfig {
        body_limit: 1 << 16,
        grace: Duration::ZERO,
        connections: ConnectionLimits {
            caps: SOME,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(10),
        },
        deadline,
    };
    let http = HttpServer::new(bot.clone(), shown, limits).unwrap();
    let unlimited = WebConfig {
        rate: None,
        trusted_proxies: 0,
        body_limit: limits.body_limit,
        streams: SOME,
        embed: EmbedConfig {
            origins: EmbedOrigins::default(),
            secrets: vec![],
            tells_page: false,
            rate: None,
        },
        files: Default::default(),
    };
    let web = WebChannel::new(bot, &http, unlimited);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(http.serve(
        listener,
        Default::default(),
        web.routes(),
        std::future::pending(),
    ));
    address.to_string()
}

#[tokio::test]
async fn a_defect_is_a_500_and_the_server_goes_on() {
    let address = defective(Duration::from_secs(10)).await;
    let url = format!("http://{address}/api/v1/messages");
    for id in ["1", "2"] {
        let message = json!({"conversation": chat_name("c"), "id": id, "text": "秘密"});
        let found = describe(
            Client::new()
                .post(&url)
                .json(&message)
                .send()
                .await
                .unwrap(),
        )
        .await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(found, @r#"500 {"error":{"code":"internal","message":"抱歉，我们这边出了点问题，请稍后再试。","detail":"an internal error; the same request with the same id may be sent again"}}"#);
        }
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_ends_its_request() {
    let address = defective(Duration::from_millis(300)).await;
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream
        .write_all(b"POST /api/v1/messages HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"conver")
        .await
        .unwrap();
    let mut told = String::new();
    // and the connection, over which more of that body might come, is closed
    let reading = stream.read_to_string(&mut told);
    tokio::time::timeout(Duration::from_secs(10), reading)
        .await
        .unwrap()
        .unwrap();
    assert!(told.starts_with("HTTP/1.1 408"), "{told}");
}

/// The program itself, in an empty folder.
fn program(folder: &Path, listen: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wenlu"));
    command
        .args(["serve", "--listen", listen, "--root"])
        .arg(folder)
        .current_dir(folder);
    command
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Gone when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[tokio::test]
async fn the_program_says_where_it_is_stops_on_sigterm_and_logs_no_message() {
    let folder = tempfile::tempdir().unwrap();
    write_knowledge(folder.path());
    let variables = [("WENLU_LOG", "trace"), ("WENLU_LOG_FORMAT", "json")];
    let mut running = Running(
        program(folder.path(), "127.0.0.1:0")
            .envs(variables)
            .spawn()
            .unwrap(),
    );
    // Read from the start on: a full pipe would stop the program.
    let mut errors = running.0.stderr.take().unwrap();
    let log = std::thread::spawn(move || {
        let mut log = String::new();
        errors.read_to_string(&mut log).map(|_| log)
    });
    let mut line = String::new();
    BufReader::new(running.0.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let url = line
        .trim()
        .strip_prefix("问路已启动，请在浏览器打开 / The chat page is at ")
        .unwrap();
    let message = json!({"conversation": chat_name("c"), "id": "1", "text": "秘密口令 hunter2"});
    let answer = Client::new()
        .post(format!("{url}/api/v1/messages"))
        .json(&message)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let pid = running.0.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    let ended = running.0.wait().unwrap();
    assert!(ended.success(), "{ended:?}");
    let log = log.join().unwrap().unwrap();
    assert!(
        log.lines()
            .all(|line| serde_json::from_str::<Value>(line).is_ok()),
        "{log}"
    );
    assert!(
        log.contains("stopping") && !log.contains("秘密") && !log.contains("hunter2"),
        "{log}"
    );
}

#[tokio::test]
async fn the_program_says_why_it_cannot_start() {
    let folder = tempfile::tempdir().unwrap();
    write_knowledge(folder.path());
    let why = |listen: &str, variables: &[(&str, &str)]| {
        let ended = program(folder.path(), listen)
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        assert_eq!(ended.status.code(), Some(1));
        String::from_utf8(ended.stderr).unwrap()
    };
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    insta::assert_snapshot!(why(&address, &[]).replace(&address, "ADDRESS"), @"wenlu: 端口被占用 / ADDRESS is in use by another program: stop it, or choose another port with --listen or WENLU_LISTEN");
    insta::assert_snapshot!(why("127.0.0.1:0", &[("WENLU_BODY_LIMIT", "lots"), ("DATABASE_URL", "redis://:pw@db")]), @"
    wenlu: 设置有误 / these settings cannot be used:
      环境变量 / environment: DATABASE_URL: sqlite://FILE, such as sqlite://wenlu.db, or postgres://USER:PASSWORD@HOST/DATABASE
      环境变量 / environment: WENLU_BODY_LIMIT: bytes, from 1024 to 1048576
    ");
    std::fs::write(
        folder.path().join("intents/move.toml"),
        "title = \"x\"\nexampels = []\n",
    )
    .unwrap();
    assert!(why("127.0.0.1:0", &[]).contains("exampels"));
}

#[tokio::test]
async fn suggestions_while_typing() {
    let server = Server::start(UNLIMITED).await;
    let suggest = async |typed: &str| {
        let request = Client::new()
            .get(server.url("/api/v1/suggest"))
            .query(&[("q", typed)]);
        request
            .send()
            .await
            .unwrap()
            .json::<Value>()
            .await
            .unwrap()
            .to_string()
    };
    insta::assert_snapshot!(suggest("注销").await, @r#"{"suggestions":[{"text":"怎么注销小程序","intent":"close"}]}"#);
    insta::assert_snapshot!(suggest("zmzx").await, @r#"{"suggestions":[{"text":"怎么注销小程序","intent":"close"}]}"#);
    insta::assert_snapshot!(suggest("收款").await, @r#"{"suggestions":[]}"#);
}

#[tokio::test]
async fn every_response_is_guarded_and_the_page_is_cached_by_its_tag() {
    let server = Server::start(UNLIMITED).await;
    for path in ["/", "/chat.js", "/healthz", "/api/nowhere", "/nowhere"] {
        let response = get(&server, path).await;
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        let csp = header("content-security-policy").unwrap();
        assert!(
            csp.starts_with("default-src 'none'; script-src 'self'") && !csp.contains("unsafe"),
            "{csp}"
        );
        assert_eq!(header("x-content-type-options").unwrap(), "nosniff");
        assert_eq!(header("referrer-policy").unwrap(), "no-referrer");
        assert_eq!(header("x-frame-options").unwrap(), "DENY");
        let cache = if matches!(path, "/" | "/chat.js") {
            "no-cache"
        } else {
            "no-store"
        };
        assert_eq!(header("cache-control").unwrap(), cache, "{path}");
    }
    let page = get(&server, "/").await;
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let again = Client::new()
        .get(server.url("/"))
        .header("if-none-match", &page.headers()["etag"])
        .send()
        .await
        .unwrap();
    assert_eq!(
        (again.status().as_u16(), again.text().await.unwrap().len()),
        (304, 0)
    );
    let packed = Client::new()
        .get(server.url("/chat.js"))
        .header("accept-encoding", "gzip")
        .send()
        .await
        .unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
}

#[tokio::test]
async fn metrics_count_turns_without_naming_anyone() {
    let server = Server::start(UNLIMITED).await;
    say(
        &server,
        json!({"conversation": chat_name("somebody"), "id": "1", "text": "小程序怎么注销"}),
    )
    .await;
    say(
        &server,
        json!({"conversation": chat_name("somebody"), "id": "2", "button": "human"}),
    )
    .await;
    let text = get(&server, "/metrics").await.text().await.unwrap();
    for line in [
        "wenlu_turns_total{decision=\"answer\"} 1",
        "wenlu_turns_total{decision=\"none\"} 1",
        "wenlu_turn_seconds_count 2",
        "wenlu_turn_seconds_bucket{le=\"+Inf\"} 2",
        "wenlu_requests_in_flight 1",
        "wenlu_store_errors_total 0",
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "{line} is missing in\n{text}"
        );
    }
    let build = concat!(
        "wenlu_build_info{version=\"",
        env!("CARGO_PKG_VERSION"),
        "\""
    );
    assert!(text.contains(build), "{text}");
    assert!(!text.contains("somebody"), "{text}");
}

#[tokio::test]
async fn replicas_share_what_a_client_may_send() {
    let rate = [
        ("WENLU_RATE_PER_MINUTE", "2"),
        ("WENLU_RATE_BURST", "4"),
        ("WENLU_REPLICAS", "2"),
    ];
    let server = Server::start(&rate).await;
    let mut found = Vec::new();
    for id in ["1", "2", "3"] {
        let message = json!({"conversation": chat_name("c"), "id": id, "text": "注销"});
        found.push(
            post(&server, &message)
                .send()
                .await
                .unwrap()
                .status()
                .as_u16(),
        );
    }
    assert_eq!(found, [200, 200, 429]);
}

#[tokio::test]
async fn openapi_tells_the_truth() {
    let bridge = ("WENLU_BRIDGE_KEY", "0123456789abcdef01234567");
    let server = Server::start(&[("WENLU_RATE_BURST", "40"), bridge]).await;
    let api: Value = get(&server, "/api/v1/openapi.json")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(api["info"]["version"], env!("CARGO_PKG_VERSION"));
    let schema = |name: &str| {
        let schema = json!({"$ref": format!("#/components/schemas/{name}"), "components": api["components"]});
        jsonschema::validator_for(&schema).unwrap()
    };
    let (message, answer, error) = (schema("Message"), schema("Answer"), schema("Error"));
    for (id, (what, valid)) in [
        (json!({"start": true, "lang": "en"}), true),
        (json!({"text": "小程序怎么注销"}), true),
        (json!({"text": "下一步"}), true),
        (json!({"text": "4"}), true),
        (json!({"text": "小程序问题"}), true),
        (json!({"text": "小程序怎么收款"}), true),
        (json!({"text": "今天天气怎么样"}), true),
        (json!({"button": "p:all:close"}), true),
        (json!({"button": "i:close#materials"}), true),
        (json!({"button": "no:close"}), true),
        (json!({"button": "human"}), true),
        (json!({"text": ""}), true),
        (json!({"text": "a", "button": "human"}), false),
        (json!({"text": "字".repeat(2_001)}), false),
        (json!({"button": ""}), false),
        (json!({"lang": "zh", "text": "a"}), false),
        (json!({"other": 1}), false),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = json!({"conversation": chat_name("c"), "id": id.to_string()});
        body.as_object_mut()
            .unwrap()
            .extend(what.as_object().unwrap().clone());
        assert_eq!(message.is_valid(&body), valid, "{body}");
        let response = post(&server, &body).send().await.unwrap();
        let status = response.status().as_u16();
        assert_eq!(status, if valid { 200 } else { 400 }, "{body}");
        let documented = &api["paths"]["/api/v1/messages"]["post"]["responses"][status.to_string()];
        assert!(documented.is_object(), "{status} is not documented");
        let found: Value = response.json().await.unwrap();
        let wrong = if valid { &answer } else { &error }
            .iter_errors(&found)
            .map(|e| e.to_string())
            .collect::<Vec<_>>();
        assert!(wrong.is_empty(), "{body} → {found}: {wrong:?}");
    }
    let found: Value = get(&server, "/api/v1/suggest?q=%E6%B3%A8%E9%94%80")
        .await
        .json()
        .await
        .unwrap();
    assert!(schema("Suggestions").is_valid(&found), "{found}");
    let described = api["paths"].as_object().unwrap().keys();
    // there is no file of that name
    for path in described.filter(|path| *path != "/api/v1/files/{id}") {
        assert!(
            ![404].contains(&get(&server, path).await.status().as_u16()),
            "{path}"
        );
    }
}
