//! Connections. In: a listener, and the routes. Out: their responses, over connections that nobody
//! can hold without using them: each has to send its first request in time, and the next ones, and
//! to take what it is sent; all together and those of one client are capped. Must not know: what the
//! routes do.

use super::client;
use super::descriptors;
use super::error::ApiError;
use super::metrics::ServerMetrics;
use super::occupancy::{Crowded, Occupancy, OccupancyCaps};
use crate::log_throttle::LogThrottle;
use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::response::IntoResponse;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;

/// Request line and headers of one request, in bytes; browsers send some two thousand.
const HEADERS_LIMIT: usize = 32 * 1_024;
/// What is read and not handled yet, and written and not sent yet, in bytes.
const BUFFER_LIMIT: usize = 64 * 1_024;
/// After this time without taking a byte of its response a client is gone.
const WRITE_STALL: Duration = Duration::from_secs(30);
/// Connections over the cap that are told so at the same time; more are closed without a word.
const REFUSALS: usize = 64;
/// How long such a connection may take.
const REFUSAL_TIME: Duration = Duration::from_secs(2);
/// After an error of the system (no descriptors, no memory), the next attempt to accept.
const ACCEPT_AGAIN: Duration = Duration::from_millis(500);

/// What connections may do.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    pub caps: OccupancyCaps,
    /// Within this time the headers of the first request are there.
    pub header_timeout: Duration,
    /// Within this time after a response the headers of the next request are there.
    pub idle_timeout: Duration,
}

/// The connections of a server.
pub(super) struct Connections {
    router: Router,
    limits: ConnectionLimits,
    http: http1::Builder,
    occupancy: Arc<Occupancy>,
    refusals: Arc<Semaphore>,
    metrics: Arc<ServerMetrics>,
    accept_failures: LogThrottle,
    shutdown: GracefulShutdown,
    tasks: JoinSet<()>,
}

impl Connections {
    pub(super) fn new(
        router: Router,
        mut limits: ConnectionLimits,
        metrics: Arc<ServerMetrics>,
    ) -> Self {
        limits.caps.total = descriptors::affordable(limits.caps.total);
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(limits.idle_timeout)
            .max_header_size(HEADERS_LIMIT)
            .max_buf_size(BUFFER_LIMIT);
        Self {
            router,
            limits,
            http,
            occupancy: Occupancy::new(limits.caps),
            refusals: Arc::new(Semaphore::new(REFUSALS)),
            metrics,
            accept_failures: LogThrottle::default(),
            shutdown: GracefulShutdown::new(),
            tasks: JoinSet::new(),
        }
    }

    /// Accepts and serves connections until it is dropped.
    pub(super) async fn accept(&mut self, listener: &TcpListener) {
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => self.begin(stream, peer),
                    Err(error) => self.wait_after(&error).await,
                },
                Some(_) = self.tasks.join_next() => {}
            }
        }
    }

    /// Finishes the requests that have begun. What has not ended when this is dropped is cut off.
    pub(super) async fn finish(self) {
        let Self {
            shutdown,
            mut tasks,
            ..
        } = self;
        shutdown.shutdown().await;
        while tasks.join_next().await.is_some() {}
    }

    fn begin(&mut self, stream: TcpStream, peer: SocketAddr) {
        match self.occupancy.take(client::network(peer.ip())) {
            Ok(place) => {
                let counted = self.metrics.connect();
                let serving = self.serve(stream, peer);
                self.tasks.spawn(async move {
                    serving.await;
                    drop((place, counted));
                });
            }
            Err(crowded) => self.refuse(stream, crowded),
        }
    }

    /// Serves the requests of one connection. One that sends no whole request in time is closed
    /// without a response, which a client that sends none would not read.
    fn serve(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
    ) -> impl Future<Output = ()> + Send + 'static {
        let router = TowerToHyperService::new(self.router.clone());
        let first_request = Arc::new(Notify::new());
        let begun = first_request.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            begun.notify_one();
            request.extensions_mut().insert(ConnectInfo(peer));
            router.call(request)
        });
        let connection = self.http.serve_connection(patient(stream), service);
        let connection = self.shutdown.watch(connection);
        let header_timeout = self.limits.header_timeout;
        async move {
            let mut connection = pin!(connection);
            tokio::select! {
                // an error is the client's: it went away, or sent no HTTP
                _ = &mut connection => return,
                () = first_request.notified() => {}
                () = tokio::time::sleep(header_timeout) => return,
            }
            drop(connection.await);
        }
    }

    /// Answers the first request of a connection over the cap with the reason.
    fn refuse(&mut self, stream: TcpStream, crowded: Crowded) {
        self.metrics.connection_refused();
        let Ok(permit) = self.refusals.clone().try_acquire_owned() else {
            return;
        };
        let service = service_fn(move |_: Request<Incoming>| async move {
            Ok::<_, Infallible>(ApiError::Crowded(crowded).into_response())
        });
        let mut http = self.http.clone();
        let refusal = http
            .keep_alive(false)
            .serve_connection(patient(stream), service);
        self.tasks.spawn(async move {
            // late or broken: the connection is closed either way
            drop(tokio::time::timeout(REFUSAL_TIME, refusal).await);
            drop(permit);
        });
    }

    /// An error of one client means nothing; after one of the system a pause lets connections end.
    async fn wait_after(&self, error: &std::io::Error) {
        if matches!(
            error.kind(),
            ErrorKind::ConnectionRefused
                | ErrorKind::ConnectionAborted
                | ErrorKind::ConnectionReset
        ) {
            return;
        }
        if let Some(times) = self.accept_failures.count(&error.to_string()) {
            tracing::error!(%error, times, "connections cannot be accepted");
        }
        tokio::time::sleep(ACCEPT_AGAIN).await;
    }
}

/// `stream`, which fails once its other end has taken nothing for [`WRITE_STALL`].
fn patient(stream: TcpStream) -> TokioIo<Pin<Box<TimeoutStream<TcpStream>>>> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_STALL));
    TokioIo::new(Box::pin(stream))
}
