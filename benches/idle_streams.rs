//! What ten thousand idle event streams cost the server: memory, descriptors, processor, and how long another asker waits
//! meanwhile. `cargo bench --bench idle_streams -- [STREAMS]`. Prints one JSON object. Needs as many descriptors as streams
//! twice, in two processes: the limit of open files (`ulimit -Hn`) is more than 10,200.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const STREAMS: usize = 10_000;
/// How long the streams are idle while the processor's time is measured.
const IDLE: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(30);
/// Linux counts a process's time in these: `getconf CLK_TCK`.
const TICKS_PER_SECOND: f64 = 100.0;

fn main() -> Result<(), Box<dyn Error>> {
    let streams = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(STREAMS);
    let home = tempfile::tempdir()?;
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let server = Server(
        Command::new(env!("CARGO_BIN_EXE_wenlu"))
            .arg("serve")
            .current_dir(home.path())
            .env_clear()
            .env("WENLU_LISTEN", address.to_string())
            .env("WENLU_RATE_PER_MINUTE", "0")
            .env("WENLU_CONNECTIONS_PER_ADDRESS", "1000000")
            .env("WENLU_STREAMS_PER_ADDRESS", "1000000")
            .stdout(Stdio::null())
            .spawn()?,
    );
    wait_until_ready(address)?;
    let before = server.usage()?;
    let begun = Instant::now();
    let open = (0..streams)
        .map(|number| open_stream(address, number))
        .collect::<Result<Vec<_>, _>>()?;
    let opened = begun.elapsed();
    let settled = server.usage()?;
    std::thread::sleep(IDLE);
    let after = server.usage()?;
    let begun = Instant::now();
    get(address, "/healthz")?;
    let line = serde_json::json!({
        "streams": open.len(),
        "open_s": opened.as_secs_f64(),
        "resident_mb_before": before.resident_kb as f64 / 1024.0,
        "resident_mb": after.resident_kb as f64 / 1024.0,
        "kb_a_stream": (after.resident_kb as f64 - before.resident_kb as f64) / open.len() as f64,
        "descriptors_before": before.descriptors,
        "descriptors": after.descriptors,
        "processor_share": (after.ticks - settled.ticks) as f64 / TICKS_PER_SECOND / IDLE.as_secs_f64(),
        "another_waits_ms": begun.elapsed().as_secs_f64() * 1e3,
    });
    println!("{line:#}");
    Ok(())
}

/// The server's process; it ends with this.
struct Server(Child);

struct ProcessUsage {
    resident_kb: u64,
    descriptors: usize,
    ticks: u64,
}

impl Server {
    fn usage(&self) -> Result<ProcessUsage, Box<dyn Error>> {
        let process = format!("/proc/{}", self.0.id());
        let status = std::fs::read_to_string(format!("{process}/status"))?;
        let resident = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.split_whitespace().next())
            .ok_or("no VmRSS")?;
        let times = std::fs::read_to_string(format!("{process}/stat"))?;
        let fields: Vec<&str> = times
            .rsplit_once(')')
            .map_or("", |(_, rest)| rest)
            .split_whitespace()
            .collect();
        let ticks = |field: usize| {
            fields
                .get(field)
                .ok_or("a short stat")?
                .parse::<u64>()
                .map_err(Box::<dyn Error>::from)
        };
        Ok(ProcessUsage {
            resident_kb: resident.parse()?,
            descriptors: std::fs::read_dir(format!("{process}/fd"))?.count(),
            // utime and stime, the 14th and 15th field of proc_pid_stat(5)
            ticks: ticks(11)? + ticks(12)?,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // one that has ended already is as good
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn wait_until_ready(address: SocketAddr) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    while get(address, "/readyz").is_err() {
        if begun.elapsed() > PATIENCE {
            return Err("the server does not start".into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn get(address: SocketAddr, path: &str) -> Result<(), Box<dyn Error>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    )?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    if response.starts_with("HTTP/1.1 200") {
        Ok(())
    } else {
        Err(response.into())
    }
}

/// A stream whose response has begun.
fn open_stream(address: SocketAddr, number: usize) -> Result<TcpStream, Box<dyn Error>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET /api/v1/events?conversation=bench-{number:032x} HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n\r\n"
    )?;
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.extend_from_slice(&byte);
    }
    if head.starts_with(b"HTTP/1.1 200") {
        Ok(stream)
    } else {
        Err(String::from_utf8_lossy(&head).into_owned().into())
    }
}
