//! When the server is to stop. In: the signals of the system. Out: a future that ends at the first.
//! Must not know: what is stopped.

/// Waits for SIGINT or SIGTERM; where there are no signals, for Ctrl-C.
pub(super) struct StopSignals(SystemSignals);

impl StopSignals {
    pub(super) fn new() -> std::io::Result<Self> {
        SystemSignals::new().map(StopSignals)
    }

    /// Returns at the first signal, for a clean stop; a second signal exits at once with code 130.
    pub(super) async fn wait(mut self) {
        self.0.next().await;
        tokio::spawn(async move {
            self.0.next().await;
            tracing::warn!("stopped by a second signal");
            std::process::exit(130);
        });
    }
}

#[cfg(unix)]
struct SystemSignals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl SystemSignals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
struct SystemSignals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl SystemSignals {
    fn new() -> std::io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}
