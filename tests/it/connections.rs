//! Clients that take connections and do not use them, from outside: a real server, raw sockets. Every address of
//! 127.0.0.0/8 is this machine, so one test is many clients.

use crate::server::Server;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

const ONE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 1);
const OTHER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const THIRD: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);
/// Whoever waits longer waits in vain.
const PATIENCE: Duration = Duration::from_secs(15);

const WHOLE: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
const LAST: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
const HALF: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\nx-and-then: ";

async fn connect(server: &Server, from: Ipv4Addr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((from, 0))).unwrap();
    socket.connect(server.address).await.unwrap()
}

/// Sends `bytes`, over a connection that the server may have closed already.
async fn send(server: &Server, from: Ipv4Addr, bytes: &str) -> TcpStream {
    let mut stream = connect(server, from).await;
    drop(stream.write_all(bytes.as_bytes()).await);
    stream
}

/// All that comes until the other end closes; what came before a reset.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    drop(
        tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes))
            .await
            .expect("the server keeps the connection"),
    );
    String::from_utf8(bytes).unwrap()
}

/// What comes until `end` has come.
async fn until(stream: &mut TcpStream, end: &str) -> String {
    let mut bytes = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&bytes).contains(end) {
            let mut some = [0; 1024];
            match stream.read(&mut some).await.unwrap() {
                0 => break,
                count => bytes.extend_from_slice(&some[..count]),
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

async fn ask(server: &Server, from: Ipv4Addr) -> String {
    rest(&mut send(server, from, LAST).await).await
}

/// Asks until a place has come free.
async fn ask_until_served(server: &Server, from: Ipv4Addr) {
    let asking = async {
        while !ask(server, from).await.starts_with("HTTP/1.1 200") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap();
}

fn events(conversation: &str, headers: &str) -> String {
    format!("GET /api/v1/events?conversation={conversation} HTTP/1.1\r\nhost: x\r\n{headers}\r\n")
}

#[tokio::test]
async fn half_sent_headers_from_one_address_keep_nobody_else_out() {
    let server = Server::start(&[
        ("WENLU_CONNECTIONS", "20"),
        ("WENLU_CONNECTIONS_PER_ADDRESS", "5"),
        ("WENLU_HEADER_TIMEOUT", "2s"),
    ])
    .await;
    let mut half = Vec::new();
    for _ in 0..30 {
        half.push(send(&server, ONE, HALF).await);
    }
    assert!(ask(&server, OTHER).await.starts_with("HTTP/1.1 200"));
    let refused = ask(&server, ONE).await;
    assert!(
        refused.starts_with("HTTP/1.1 429")
            && refused.contains("retry-after: ")
            && refused.contains("too_many_connections"),
        "{refused}"
    );
    // none of them is kept
    for stream in &mut half {
        rest(stream).await;
    }
    ask_until_served(&server, ONE).await;
}

#[tokio::test]
async fn more_connections_than_there_are_places_are_told_so() {
    let server = Server::start(&[("WENLU_CONNECTIONS", "3")]).await;
    let mut held = Vec::new();
    for from in [ONE, ONE, OTHER] {
        let mut stream = send(&server, from, WHOLE).await;
        until(&mut stream, "ok\n").await;
        held.push(stream);
    }
    let refused = ask(&server, THIRD).await;
    assert!(
        refused.starts_with("HTTP/1.1 503")
            && refused.contains("retry-after: ")
            && refused.contains("crowded"),
        "{refused}"
    );
    held.pop();
    ask_until_served(&server, THIRD).await;
}

#[tokio::test]
async fn a_connection_that_asks_nothing_more_is_closed() {
    let server = Server::start(&[("WENLU_IDLE_TIMEOUT", "1s")]).await;
    let mut stream = send(&server, ONE, WHOLE).await;
    until(&mut stream, "ok\n").await;
    // it is kept for the next request
    stream.write_all(WHOLE.as_bytes()).await.unwrap();
    until(&mut stream, "ok\n").await;
    assert_eq!(rest(&mut stream).await, "");
}

#[tokio::test]
async fn behind_a_proxy_of_ours_connections_belong_to_many() {
    let server = Server::start(&[
        ("WENLU_CONNECTIONS_PER_ADDRESS", "1"),
        ("WENLU_STREAMS_PER_ADDRESS", "1"),
        ("WENLU_TRUSTED_PROXIES", "1"),
    ])
    .await;
    let mut open = Vec::new();
    for (client, status) in [("1.1.1.1", 200), ("2.2.2.2", 200), ("2.2.2.2", 429)] {
        let asked = events(
            "11111111-2222-4333-8444-555555555555",
            &format!("x-forwarded-for: {client}\r\n"),
        );
        let mut stream = send(&server, ONE, &asked).await;
        let head = until(&mut stream, "\r\n\r\n").await;
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status}")),
            "{client}: {head}"
        );
        open.push(stream);
    }
}

#[tokio::test]
async fn event_streams_are_capped_for_one_address_and_in_all() {
    let server = Server::start(&[("WENLU_STREAMS", "3"), ("WENLU_STREAMS_PER_ADDRESS", "2")]).await;
    let open = async |from| {
        let asked = events("11111111-2222-4333-8444-555555555555", "");
        let mut stream = send(&server, from, &asked).await;
        let head = until(&mut stream, "\r\n\r\n").await;
        (stream, head)
    };
    let mut held = Vec::new();
    for (from, status) in [
        (ONE, 200),
        (ONE, 200),
        (ONE, 429),
        (OTHER, 200),
        (OTHER, 503),
    ] {
        let (stream, head) = open(from).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{head}");
        assert_eq!(status != 200, head.contains("retry-after: "), "{head}");
        held.push(stream);
    }
    let metrics = reqwest::get(server.url("/metrics")).await.unwrap();
    let metrics = metrics.text().await.unwrap();
    for line in [
        "wenlu_event_streams 3",
        "wenlu_crowded_total{what=\"event_stream\"} 2",
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
    // a page that is closed makes room
    drop(held);
    let opening = async {
        while !open(ONE).await.1.starts_with("HTTP/1.1 200") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, opening).await.unwrap();
}
