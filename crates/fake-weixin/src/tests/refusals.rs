//! Answers that do not count.

use crate::seal::{sealed, signature};
use crate::{Delivery, Fault, Message, Mode, Options, Platform, Shown, Verdict};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/// A service that always answers the same, after a while.
struct Answerer {
    url: String,
    asked: Arc<AtomicUsize>,
}

type Served = Arc<(StatusCode, String, Duration, Arc<AtomicUsize>)>;

async fn serve(State(served): State<Served>) -> (StatusCode, String) {
    served.3.fetch_add(1, Ordering::Relaxed);
    tokio::time::sleep(served.2).await;
    (served.0, served.1.clone())
}

impl Answerer {
    async fn start(status: u16, body: &str, after: Duration) -> Answerer {
        let asked = Arc::new(AtomicUsize::new(0));
        let status = StatusCode::from_u16(status).unwrap();
        let served: Served = Arc::new((status, body.to_owned(), after, asked.clone()));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let routes = Router::new().route("/", post(serve)).with_state(served);
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Answerer { url, asked }
    }
}

fn platform(mode: Mode) -> Platform {
    Platform::new(Options {
        mode,
        second: Duration::from_millis(20),
        ..Options::default()
    })
}

async fn delivered(mode: Mode, body: impl Fn(&Message) -> String) -> Delivery {
    let platform = platform(mode);
    let message = platform.asker("oAsker").says("在吗");
    let answerer = Answerer::start(200, &body(&message), Duration::ZERO).await;
    platform.deliver(&[&answerer.url], &message).await
}

fn reply(message: &Message, kind: &str, content: &str) -> String {
    format!(
        "<xml><ToUserName><![CDATA[{}]]></ToUserName><FromUserName>{}</FromUserName><CreateTime>1</CreateTime>\
         <MsgType>{kind}</MsgType><Content>{content}</Content></xml>",
        message.asker, message.account
    )
}

fn wrapped(plain: &str, key: &str, appid: &str, token: &str) -> String {
    let encrypt = sealed(key, appid, b"0123456789abcdef", plain);
    let signed = signature(&[token, "1", "2", &encrypt]);
    format!(
        "<xml><Encrypt>{encrypt}</Encrypt><MsgSignature>{signed}</MsgSignature>\
         <TimeStamp>1</TimeStamp><Nonce>2</Nonce></xml>"
    )
}

#[tokio::test]
async fn good_answers_count() {
    for (body, shown) in [("", Shown::Nothing), ("success", Shown::Nothing)] {
        let delivery = delivered(Mode::Plain, |_| body.to_owned()).await;
        assert_eq!((delivery.tries.len(), delivery.shown), (1, shown));
    }
    let said = "看<a href=\"https://a.example/?x=1&amp;y\">这里</a>"
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let delivery = delivered(Mode::Plain, |message| reply(message, "text", &said)).await;
    let seen = "看<a href=\"https://a.example/?x=1&y\">这里</a>".to_owned();
    assert_eq!(delivery.shown, Shown::Text(seen));
    let options = Options::default();
    for mode in [Mode::Safe, Mode::Compatible] {
        let delivery = delivered(mode, |message| {
            wrapped(
                &reply(message, "text", "在"),
                KEY,
                &options.appid,
                &options.token,
            )
        });
        assert_eq!(delivery.await.shown, Shown::Text("在".to_owned()));
    }
    let transfer = |message: &Message| reply(message, "transfer_customer_service", "");
    assert_eq!(
        delivered(Mode::Plain, transfer).await.shown,
        Shown::Transfer
    );
}

#[tokio::test]
async fn bad_answers_are_faults() {
    type Make = fn(&Message) -> String;
    let cases: [(Mode, Make, Fault); 14] = [
        (Mode::Plain, |_| "ok".to_owned(), Fault::Form),
        (Mode::Plain, |_| "{\"a\":1}".to_owned(), Fault::Form),
        (
            Mode::Plain,
            |_| "<xml><A>1</B></xml>".to_owned(),
            Fault::Form,
        ),
        (Mode::Plain, |m| reply(m, "text", "]]>&nbsp;"), Fault::Form),
        (Mode::Plain, |m| reply(m, "text", " "), Fault::Empty),
        (
            Mode::Plain,
            |m| reply(m, "text", &"长".repeat(683)),
            Fault::TooLong(2_049),
        ),
        (
            Mode::Plain,
            |m| reply(m, "news", "x"),
            Fault::Kind("news".to_owned()),
        ),
        (
            Mode::Plain,
            |m| reply(m, "text", "&lt;a href=x"),
            Fault::Markup("<a href=x".to_owned()),
        ),
        (
            Mode::Plain,
            |m| {
                reply(
                    &Message {
                        asker: "oOther".into(),
                        ..m.clone()
                    },
                    "text",
                    "x",
                )
            },
            Fault::People,
        ),
        (
            Mode::Plain,
            |m| {
                wrapped(
                    &reply(m, "text", "x"),
                    KEY,
                    "wx0123456789abcdef",
                    "wenlu-token",
                )
            },
            Fault::Sealing,
        ),
        (Mode::Safe, |m| reply(m, "text", "x"), Fault::Sealing),
        (
            Mode::Safe,
            |m| wrapped(&reply(m, "text", "x"), KEY, "wx0123456789abcdef", "other"),
            Fault::Signature,
        ),
        (
            Mode::Safe,
            |m| wrapped(&reply(m, "text", "x"), KEY, "wxother", "wenlu-token"),
            Fault::Seal,
        ),
        (
            Mode::Safe,
            |m| {
                wrapped(
                    &reply(m, "text", "x"),
                    &KEY.replace("AAEC", "BBEC"),
                    "wx0123456789abcdef",
                    "wenlu-token",
                )
            },
            Fault::Seal,
        ),
    ];
    for (at, (mode, body, fault)) in cases.into_iter().enumerate() {
        let delivery = delivered(mode, body).await;
        let expected = vec![Verdict::Fault(fault); 3];
        assert_eq!(
            (delivery.tries, delivery.shown),
            (expected, Shown::Fault),
            "case {at}"
        );
    }
}

#[tokio::test]
async fn slow_and_failing_services_are_asked_three_times() {
    for (status, after, fault) in [
        (200, Duration::from_millis(300), Fault::Slow),
        (503, Duration::ZERO, Fault::Status(503)),
        (403, Duration::ZERO, Fault::Status(403)),
    ] {
        let platform = platform(Mode::Plain);
        let answerer = Answerer::start(status, "success", after).await;
        let message = platform.asker("oAsker").says("在吗");
        let delivery = platform.deliver(&[&answerer.url], &message).await;
        assert_eq!(delivery.tries, vec![Verdict::Fault(fault); 3]);
        assert_eq!(delivery.shown, Shown::Fault);
        assert_eq!(answerer.asked.load(Ordering::Relaxed), 3);
    }
    let message = platform(Mode::Plain).asker("oAsker").says("在吗");
    let nobody = platform(Mode::Plain)
        .deliver(&["http://127.0.0.1:9/"], &message)
        .await;
    assert_eq!(nobody.tries[0], Verdict::Fault(Fault::Unreachable));
}
