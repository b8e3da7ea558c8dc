//! The way to the Bot API through a proxy: a real small one, which speaks SOCKS5 and HTTP and wants user and password.
//! Names under `.test` are nobody's: what reaches them went through it.

use super::Way;
use super::process::Setup;
use crate::database::{Database, Engine};
use fake_telegram::{Fake, Options};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const USER: &str = "wenlu";
const PASSWORD: &str = "hunter2:@";
/// The password as it stands in an address.
const WRITTEN: &str = "hunter2%3A%40";
/// `wenlu:hunter2:@` in base64.
const BASIC: &str = "Basic d2VubHU6aHVudGVyMjpA";

/// What connections asked the proxy for, such as `socks api.test:80`.
type Asked = watch::Sender<Vec<String>>;

struct Proxy {
    address: SocketAddr,
    asked: Asked,
}

impl Proxy {
    /// Leads everything to `target`, whatever name was asked for.
    async fn start(target: SocketAddr) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Asked::new(vec![]);
        let noted = asked.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let asked = noted.clone();
                // a client that goes away ends its own connection only
                tokio::spawn(async move { drop(serve(client, target, &asked).await) });
            }
        });
        Proxy { address, asked }
    }

    fn url(&self, scheme: &str, password: &str) -> String {
        format!("{scheme}://{USER}:{password}@{}", self.address)
    }

    async fn until(&self, what: &str) {
        let mut asked = self.asked.subscribe();
        let is_there = asked.wait_for(|asked| asked.iter().any(|line| line == what));
        let waited = tokio::time::timeout(super::process::PATIENCE, is_there).await;
        assert!(waited.is_ok(), "{what}: not in {:?}", self.asked.borrow());
    }
}

async fn serve(client: TcpStream, target: SocketAddr, asked: &Asked) -> std::io::Result<()> {
    let mut first = [0];
    client.peek(&mut first).await?;
    match first[0] {
        5 => socks(client, target, asked).await,
        _ => http(client, target, asked).await,
    }
}

/// RFC 1928 and 1929, as far as names and passwords go.
async fn socks(mut client: TcpStream, target: SocketAddr, asked: &Asked) -> std::io::Result<()> {
    let count = usize::from(word(&mut client).await?[1]);
    let ways = bytes(&mut client, count).await?;
    assert!(ways.contains(&2), "no password is offered");
    client.write_all(&[5, 2]).await?;
    let length = usize::from(word(&mut client).await?[1]);
    let user = bytes(&mut client, length).await?;
    let length = usize::from(client.read_u8().await?);
    let password = bytes(&mut client, length).await?;
    let is_right = user == USER.as_bytes() && password == PASSWORD.as_bytes();
    client.write_all(&[1, u8::from(!is_right)]).await?;
    if !is_right {
        return Ok(());
    }
    let head = bytes(&mut client, 4).await?;
    assert_eq!(head, [5, 1, 0, 3], "it connects to a name");
    let length = usize::from(client.read_u8().await?);
    let name = String::from_utf8(bytes(&mut client, length).await?).unwrap();
    let port = client.read_u16().await?;
    note(asked, format!("socks {name}:{port}"));
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    let mut server = TcpStream::connect(target).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

/// `CONNECT host:port`, or a request that names its whole address.
async fn http(mut client: TcpStream, target: SocketAddr, asked: &Asked) -> std::io::Result<()> {
    let mut head = vec![];
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let mut line = text.lines().next().unwrap().split(' ');
    let (method, place) = (line.next().unwrap(), line.next().unwrap());
    if !text.to_lowercase().contains("proxy-authorization: ") || !text.contains(BASIC) {
        note(asked, format!("refused {method}"));
        let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
        return client.write_all(refusal).await;
    }
    if method == "CONNECT" {
        note(asked, format!("CONNECT {place}"));
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
        // a TLS handshake begins with 22
        let begins = client.read_u8().await?;
        note(asked, format!("handshake {begins}"));
        return Ok(());
    }
    let host = place.split('/').nth(2).unwrap();
    note(asked, format!("{method} {host}"));
    let mut server = TcpStream::connect(target).await?;
    server.write_all(&head).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

async fn word(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    bytes(client, 2).await
}

async fn bytes(client: &mut TcpStream, count: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    client.read_exact(&mut bytes).await?;
    Ok(bytes)
}

fn note(asked: &Asked, what: String) {
    asked.send_modify(|all| all.push(what));
}

/// A fake Telegram, a proxy to it, and how a bot is started that has yet to learn of the proxy.
struct Far {
    fake: Arc<Fake>,
    proxy: Proxy,
    setup: Setup,
    _database: Database,
}

impl Far {
    async fn set(api: &str) -> Far {
        let fake = Arc::new(Fake::with(Options {
            flood: false,
            patience: super::process::PATIENCE,
            ..Options::default()
        }));
        let target = fake.url().strip_prefix("http://").unwrap().parse().unwrap();
        let proxy = Proxy::start(target).await;
        let database = Database::new(Engine::Sqlite).await;
        let setup = Setup::new(&fake, &database.url, Way::Polling).with("TELEGRAM_API_URL", api);
        Far {
            fake,
            proxy,
            setup,
            _database: database,
        }
    }

    /// Somebody asks and is answered; the log, at the end, shows the proxy and no password.
    async fn gets_an_answer(self, shown: &str) {
        let process = self.setup.start();
        self.fake.user(7).say("多谢啦");
        let answered = self.fake.until(|record| record.replies(7).count() == 1);
        answered.await;
        let log = process.kill_and_read();
        let proxy = shown.replace("{}", &self.proxy.address.to_string());
        assert!(log.contains(&proxy), "no {proxy} in\n{log}");
        assert!(!log.contains("hunter2"), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socks_proxy_with_a_password_from_the_environment() {
    let mut far = Far::set("http://api.test:8081").await;
    let url = far.proxy.url("socks5h", WRITTEN);
    far.setup = far.setup.with("ALL_PROXY", &url);
    let asked = far.proxy.asked.clone();
    far.gets_an_answer("socks5h://wenlu:***@{}").await;
    assert!(
        asked
            .borrow()
            .iter()
            .all(|line| line == "socks api.test:8081")
    );
}

/// From `.env`, by the name in lower case.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_http_proxy_from_the_file() {
    let far = Far::set("http://api.test").await;
    let line = format!("http_proxy={}\n", far.proxy.url("http", WRITTEN));
    std::fs::write(far.setup.folder().join(".env"), line).unwrap();
    let asked = far.proxy.asked.clone();
    far.gets_an_answer("http://wenlu:***@{}").await;
    assert!(asked.borrow().iter().all(|line| line == "POST api.test"));
}

/// To an https address a tunnel is asked for, in which the handshake begins.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tunnel_for_https() {
    let far = Far::set("https://api.test").await;
    let line = format!("HTTPS_PROXY={}\n", far.proxy.url("http", WRITTEN));
    std::fs::write(far.setup.folder().join(".env"), line).unwrap();
    let process = far.setup.start();
    far.proxy.until("CONNECT api.test:443").await;
    far.proxy.until("handshake 22").await;
    process.kill();
}

/// What a proxy refuses is said, without the password, and tried again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_told() {
    let mut far = Far::set("https://api.test").await;
    let url = far.proxy.url("http", "hunter3");
    far.setup = far.setup.with("https_proxy", &url);
    let process = far.setup.start();
    far.proxy.until("refused CONNECT").await;
    while !process.whole_log().contains("proxy authorization required") {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(!process.kill_and_read().contains("hunter3"));
}

/// This machine is never reached through a proxy, and nor is what `NO_PROXY` names.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_near_is_reached_directly() {
    let mut far = Far::set("http://api.test").await;
    let (url, api) = (far.proxy.url("socks5h", WRITTEN), far.fake.url());
    far.setup = far
        .setup
        .with("ALL_PROXY", &url)
        .with("TELEGRAM_API_URL", &api);
    let asked = far.proxy.asked.clone();
    let process = far.setup.start();
    far.fake.user(7).say("多谢啦");
    far.fake
        .until(|record| record.replies(7).count() == 1)
        .await;
    process.kill();
    assert!(asked.borrow().is_empty());
    // a name that no resolver knows: it is asked for nevertheless
    let mut far = Far::set("http://api.test").await;
    far.setup = far
        .setup
        .with("ALL_PROXY", &url)
        .with("NO_PROXY", "example.com, .test");
    let process = far.setup.start();
    while !process.whole_log().contains("the name was not resolved") {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    process.kill();
    assert!(far.proxy.asked.borrow().is_empty());
}
