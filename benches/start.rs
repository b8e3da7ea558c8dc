//! How long the server takes from its start to its first answer over HTTP, with the shipped knowledge and a new SQLite
//! database, and what memory it holds then. `cargo bench --bench start -- [RUNS]`. Prints one JSON object.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 9;
const QUESTION: &str =
    r#"{"conversation":"9f3b2c7d1e8a4056b7c2d3e1f0a59b64","id":"1","text":"小程序怎么迁移"}"#;
/// Who waits longer need not measure.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() -> Result<(), Box<dyn Error>> {
    let runs = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(RUNS);
    let started = (0..runs).map(|_| start()).collect::<Result<Vec<_>, _>>()?;
    let mut took: Vec<f64> = started
        .iter()
        .map(|(took, _)| took.as_secs_f64() * 1e3)
        .collect();
    took.sort_by(f64::total_cmp);
    let line = serde_json::json!({
        "runs": runs,
        "first_answer_ms": took[took.len() / 2],
        "fastest_ms": took[0],
        "slowest_ms": took[took.len() - 1],
        "resident_mb": started.iter().filter_map(|(_, kb)| *kb).max().map(|kb| kb as f64 / 1024.0),
    });
    println!("{line:#}");
    Ok(())
}

/// The server's process; it ends with this.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // one that has ended already is as good
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The time to the first answer, and the memory in kB then.
fn start() -> Result<(Duration, Option<u64>), Box<dyn Error>> {
    let home = tempfile::tempdir()?;
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let begun = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_wenlu"));
    command
        .arg("serve")
        .current_dir(home.path())
        .env_clear()
        .env("WENLU_LOG", "error");
    command.env("WENLU_LISTEN", address.to_string());
    command.env(
        "DATABASE_URL",
        format!("sqlite://{}", home.path().join("wenlu.db").display()),
    );
    let mut server = Server(command.stdout(Stdio::null()).spawn()?);
    loop {
        if let Ok(answer) = ask(address) {
            let took = begun.elapsed();
            return match answer.starts_with("HTTP/1.1 200") && answer.contains(r#""decision":"#) {
                true => Ok((took, resident_kb(server.0.id()))),
                false => Err(format!("the server answered: {answer}").into()),
            };
        }
        if let Some(status) = server.0.try_wait()? {
            return Err(format!("the server ended: {status}").into());
        }
        if begun.elapsed() > PATIENCE {
            return Err("the server does not answer".into());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// One question, and all that comes back.
fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let length = QUESTION.len();
    write!(
        stream,
        "POST /api/v1/messages HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{QUESTION}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// What the process holds in memory, where Linux says so.
fn resident_kb(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}
