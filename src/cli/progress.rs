//! Progress of a long command on one line of standard error; silent unless that is a terminal.

use super::output::err_text;
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

pub(super) struct ProgressMeter {
    talks: bool,
    /// The name of the task, shown before the numbers.
    name: &'static str,
    last: Mutex<Option<Instant>>,
}

/// Least time between two updates, so that the line can be read.
const REDRAW_INTERVAL: Duration = Duration::from_millis(100);

impl ProgressMeter {
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            talks: std::io::stderr().is_terminal(),
            name,
            last: Mutex::new(None),
        }
    }

    pub(super) fn show(&self, done: u64, total: u64) {
        // another thread is writing the line
        let Some(mut last) = self.last.try_lock().ok().filter(|_| self.talks) else {
            return;
        };
        if last.is_some_and(|at| at.elapsed() < REDRAW_INTERVAL) {
            return;
        }
        *last = Some(Instant::now());
        err_text(&format!("\r\x1b[K{} {done}/{total}……", self.name));
    }

    pub(super) fn clear(&self) {
        if self.talks {
            err_text("\r\x1b[K");
        }
    }
}
