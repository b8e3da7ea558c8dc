//! The readers of WeChat's and of WeCom's messages and the seal, on inputs that are changed at random from a seed. `cargo bench --bench
//! weixin_fuzz [-- COUNT SEED]` prints one JSON object: how many of each were tried, how many changed messages were still
//! messages, and how many changed texts the seal alone opened; none may be taken that was not sealed and signed with the
//! secrets, nor may anything panic. Ten million of each unless COUNT says otherwise; `tests/it/weixin/fuzz.rs` runs fewer.

#[path = "weixin_fuzz/mutate.rs"]
mod mutate;

use std::time::Instant;

const COUNT: u64 = 10_000_000;

fn main() {
    let numbers: Vec<u64> = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let count = numbers.first().copied().unwrap_or(COUNT);
    let seed = numbers.get(1).copied().unwrap_or(1);
    let begun = Instant::now();
    let read = mutate::fields(seed, count);
    let read_seconds = begun.elapsed().as_secs_f64();
    let pulled = mutate::pulled(seed, count);
    let pulled_seconds = begun.elapsed().as_secs_f64() - read_seconds;
    let opened = mutate::seals(seed, count);
    let told = serde_json::json!({
        "count": count,
        "seed": seed,
        "still_messages": read,
        "still_messages_of_wecom": pulled,
        "opened_by_the_seal_alone": opened,
        "taken": 0,
        "reader_seconds": read_seconds,
        "wecom_reader_seconds": pulled_seconds,
        "seal_seconds": begun.elapsed().as_secs_f64() - read_seconds - pulled_seconds,
    });
    println!("{told}");
}
