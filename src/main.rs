//! Parses the command line and turns an error into a message and an exit code; everything else is
//! in the library.

use std::process::ExitCode;
use wenlu::cli;

fn main() -> ExitCode {
    keep_memory_low();
    let done = match cli::parse(std::env::args_os()) {
        Ok(command) => cli::run(command),
        Err(code) => return code,
    };
    done.unwrap_or_else(|error| {
        cli::tell_failure(&error);
        ExitCode::FAILURE
    })
}

/// Has glibc give memory back. A reload and a draft train a router in blocks of megabytes, each on
/// whichever thread is free: an arena for each thread, and a limit for blocks of their own that
/// grows with the blocks, keep what was freed (from 92 to 288 MB in 16 reloads; with this, 120 MB:
/// `benches/soak/memory.py`). No other allocator did as well: jemalloc 132 MB, mimalloc 191 MB.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "there is no safe call for it")]
fn keep_memory_low() {
    /// In bytes: the default, from where it no longer moves once it is set.
    const BLOCK_OF_ITS_OWN: i32 = 128 * 1024;
    const ARENAS: i32 = 2;
    // SAFETY: mallopt takes plain numbers, and no other thread runs yet. A refused one changes nothing.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, BLOCK_OF_ITS_OWN);
        libc::mallopt(libc::M_TRIM_THRESHOLD, BLOCK_OF_ITS_OWN);
        libc::mallopt(libc::M_ARENA_MAX, ARENAS);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn keep_memory_low() {}
