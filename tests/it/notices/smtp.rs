//! A mail server of the tests: it speaks as much of SMTP as RFC 5321 demands, refuses whom the test names, and keeps
//! what it takes.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

const PATIENCE: Duration = Duration::from_secs(60);

/// What was taken, for one recipient.
#[derive(Clone, Debug)]
pub(super) struct Mail {
    pub to: String,
    pub headers: BTreeMap<String, String>,
    pub text: String,
}

#[derive(Default)]
struct Desk {
    taken: Vec<Mail>,
    /// Recipients who are refused: with which code, how often still.
    refused: HashMap<String, (u16, usize)>,
    /// Whoever signs in is refused, until this is false.
    is_locked: bool,
    sign_ins: usize,
}

pub(super) struct MailHouse {
    pub address: SocketAddr,
    desk: Arc<Mutex<Desk>>,
    count: watch::Receiver<usize>,
    serving: JoinHandle<()>,
}

impl MailHouse {
    pub(super) async fn open() -> MailHouse {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let desk = Arc::new(Mutex::new(Desk::default()));
        let (tell, count) = watch::channel(0);
        let (inside, tell) = (desk.clone(), Arc::new(tell));
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, inside.clone(), tell.clone()));
            }
        });
        MailHouse {
            address,
            desk,
            count,
            serving,
        }
    }

    pub(super) fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// The next `times` messages to `to` are refused.
    pub(super) fn refuse(&self, to: &str, code: u16, times: usize) {
        let mut desk = self.desk.lock().unwrap();
        desk.refused.insert(to.to_owned(), (code, times));
    }

    pub(super) fn lock(&self, is_locked: bool) {
        self.desk.lock().unwrap().is_locked = is_locked;
    }

    pub(super) fn sign_ins(&self) -> usize {
        self.desk.lock().unwrap().sign_ins
    }

    pub(super) fn taken(&self, to: &str) -> Vec<Mail> {
        let desk = self.desk.lock().unwrap();
        let own = desk.taken.iter().filter(|mail| mail.to == to);
        own.cloned().collect()
    }

    /// Waits until something else has happened here.
    pub(super) async fn until(&self, what: &str, is_so: impl Fn(&MailHouse) -> bool) {
        let mut count = self.count.clone();
        let wait = async {
            while !is_so(self) {
                count.changed().await.unwrap();
            }
        };
        let waited = tokio::time::timeout(PATIENCE, wait).await;
        let taken = || format!("{:#?}", self.desk.lock().unwrap().taken);
        assert!(waited.is_ok(), "{what}: {}", taken());
    }
}

impl Drop for MailHouse {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(stream: TcpStream, desk: Arc<Mutex<Desk>>, tell: Arc<watch::Sender<usize>>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut to = String::new();
    let _ = write.write_all(b"220 mail.test\r\n").await;
    while let Ok(Some(line)) = lines.next_line().await {
        let verb = line.get(..4).unwrap_or(&line).to_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-mail.test\r\n250-8BITMIME\r\n250 AUTH PLAIN".to_owned(),
            "AUTH" => sign_in(&desk),
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                recipient(&desk, &to)
            }
            "DATA" => {
                let _ = write.write_all(b"354 go on\r\n").await;
                let mut raw = vec![];
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    raw.push(line.strip_prefix('.').unwrap_or(&line).to_owned());
                }
                desk.lock().unwrap().taken.push(read_mail(&to, &raw));
                "250 taken".to_owned()
            }
            "QUIT" => "221 bye".to_owned(),
            _ => "250 ok".to_owned(),
        };
        let _ = write.write_all(format!("{answer}\r\n").as_bytes()).await;
        tell.send_modify(|count| *count += 1);
    }
}

fn sign_in(desk: &Mutex<Desk>) -> String {
    let mut desk = desk.lock().unwrap();
    desk.sign_ins += 1;
    match desk.is_locked {
        true => "535 5.7.8 wrong password".to_owned(),
        false => "235 welcome".to_owned(),
    }
}

fn recipient(desk: &Mutex<Desk>, to: &str) -> String {
    let mut desk = desk.lock().unwrap();
    match desk.refused.get_mut(to) {
        Some((code, times)) if *times > 0 => {
            *times -= 1;
            format!("{code} no")
        }
        _ => "250 ok".to_owned(),
    }
}

fn read_mail(to: &str, raw: &[String]) -> Mail {
    let end = raw.iter().position(String::is_empty).unwrap_or(raw.len());
    let mut headers = BTreeMap::new();
    let mut last = String::new();
    for line in &raw[..end] {
        match line.split_once(": ") {
            Some((name, value)) if !line.starts_with([' ', '\t']) => {
                last = name.to_lowercase();
                headers.insert(last.clone(), value.to_owned());
            }
            _ => headers.get_mut(&last).unwrap().push_str(line),
        }
    }
    let body = &raw[(end + 1).min(raw.len())..];
    let bytes = match headers.get("content-transfer-encoding").map(String::as_str) {
        Some("base64") => BASE64_STANDARD.decode(body.concat()).unwrap(),
        Some("quoted-printable") => quoted(&body.join("\r\n")),
        _ => body.join("\r\n").into_bytes(),
    };
    let subject = words(headers.get("subject").map_or("", String::as_str));
    headers.insert("subject".to_owned(), subject);
    Mail {
        to: to.to_owned(),
        headers,
        text: String::from_utf8(bytes).unwrap().replace("\r\n", "\n"),
    }
}

/// Quoted-printable, RFC 2045.
fn quoted(text: &str) -> Vec<u8> {
    let text = text.replace("=\r\n", "");
    let mut out = vec![];
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'=' => {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                let digits = std::str::from_utf8(&digits).unwrap();
                out.push(u8::from_str_radix(digits, 16).unwrap());
            }
            byte => out.push(byte),
        }
    }
    out
}

/// Encoded words, RFC 2047, of base64: the spaces between two of them do not count.
fn words(header: &str) -> String {
    let mut bytes = vec![];
    let mut was_coded = true;
    for part in header.split_whitespace() {
        let coded = part
            .strip_prefix("=?utf-8?b?")
            .and_then(|rest| rest.strip_suffix("?="));
        if !(was_coded && (coded.is_some() || bytes.is_empty())) {
            bytes.push(b' ');
        }
        match coded {
            Some(coded) => bytes.extend(BASE64_STANDARD.decode(coded).unwrap()),
            None => bytes.extend(part.bytes()),
        }
        was_coded = coded.is_some();
    }
    String::from_utf8(bytes).unwrap()
}
