//! How long the server takes from its start to its first answer over HTTP, with the shipped knowledge and SQLite: in a new folder,
//! in the same one again, where what was trained is kept, and there with the kept model set off. The processor time until then, and
//! what memory it holds. `cargo bench --bench start -- [RUNS]`; kinds take turns. Prints one JSON object.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
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
    let kinds = ["new", "again", "again_without_model"];
    let mut started: [Vec<Start>; 3] = Default::default();
    for _ in 0..runs {
        let home = tempfile::tempdir()?;
        for (kind, started) in kinds.iter().zip(&mut started) {
            started.push(start(home.path(), *kind != "again_without_model")?);
        }
    }
    let figures = |started: &[Start]| {
        let middle = |of: fn(&Start) -> f64| {
            let mut all: Vec<f64> = started.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            (all[all.len() / 2], all[0], all[all.len() - 1])
        };
        let (took, fastest, slowest) = middle(|start| start.took.as_secs_f64() * 1e3);
        serde_json::json!({
            "first_answer_ms": took,
            "fastest_ms": fastest,
            "slowest_ms": slowest,
            "cpu_ms": middle(|start| start.cpu_ms).0,
            "resident_mb": middle(|start| start.resident_kb / 1024.0).0,
        })
    };
    let mut all = serde_json::json!({ "runs": runs });
    for (kind, started) in kinds.iter().zip(&started) {
        all[kind] = figures(started);
    }
    println!("{all:#}");
    Ok(())
}

/// What a server took until its first answer.
struct Start {
    took: Duration,
    /// Processor time, of all threads.
    cpu_ms: f64,
    resident_kb: f64,
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

fn start(home: &Path, keeps_model: bool) -> Result<Start, Box<dyn Error>> {
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let begun = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_wenlu"));
    command
        .arg("serve")
        .current_dir(home)
        .env_clear()
        .env("WENLU_LOG", "error");
    command.env("WENLU_LISTEN", address.to_string());
    command.env(
        "DATABASE_URL",
        format!("sqlite://{}", home.join("wenlu.db").display()),
    );
    if !keeps_model {
        command.env("WENLU_MODEL_CACHE", "off");
    }
    let mut server = Server(command.stdout(Stdio::null()).spawn()?);
    loop {
        if let Ok(answer) = ask(address) {
            let took = begun.elapsed();
            return match answer.starts_with("HTTP/1.1 200") && answer.contains(r#""decision":"#) {
                true => Ok(Start {
                    took,
                    cpu_ms: cpu_ms(server.0.id()).unwrap_or_default(),
                    resident_kb: resident_kb(server.0.id()).unwrap_or_default(),
                }),
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
fn resident_kb(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

/// Processor time of the process so far, where Linux says so: user and system, in hundredths of a second.
fn cpu_ms(process: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks = fields.split(' ').skip(11).take(2);
    ticks
        .map(|ticks| ticks.parse::<f64>().ok())
        .sum::<Option<f64>>()
        .map(|ticks| ticks * 10.0)
}
