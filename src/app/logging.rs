//! The log. In: its settings. Out: lines on standard error. Must not know: what is logged.

use crate::settings::{LogFormat, LogSettings};
use std::io::IsTerminal;
use std::panic::PanicHookInfo;
use tracing_subscriber::EnvFilter;

/// Logs to standard error. Of a panic only the location is logged: its message may quote what
/// somebody typed.
pub(crate) fn start_logging(settings: &LogSettings) {
    // the filter was validated when the settings were read
    let filter = EnvFilter::builder().parse_lossy(&settings.filter);
    let logging = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match settings.format {
        LogFormat::Text => logging.try_init(),
        LogFormat::Json => logging.json().try_init(),
    };
    if started.is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic
        .location()
        .map(ToString::to_string)
        .unwrap_or_default();
    tracing::error!(place, "panic");
}
