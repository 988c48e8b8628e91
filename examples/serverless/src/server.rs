use std::fmt;
use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::cgi::Connection;
use crate::gateway::Gateway;
use crate::host::Host;
use crate::log::Log;
use crate::metrics::Metrics;
use crate::phase::Phase;
use crate::write_timeout::WriteTimeout;
use crate::{Error, Limits, admin};

/// How long to wait when no connection can be accepted, because the process has too many open files for instance.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// The smallest limit of a head that hyper knows, in bytes; it panics at less.
const HEAD_MIN: usize = 8 << 10;
/// How long the last answers, `503`, may take to be sent.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A server that is bound to its addresses.
pub struct Server {
    listener: TcpListener,
    admin: Option<TcpListener>,
    gateway: Arc<Gateway>,
    limits: Limits,
    log: Log,
}

/// How a server stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Every request was answered.
    Finished,
    /// Some were cancelled when their time was over.
    Cancelled,
}

impl Server {
    /// Binds a server to its address and, for metrics, to another. From now on connections wait to be accepted.
    ///
    /// # Errors
    /// An address is taken, or is not one of this machine's.
    pub async fn bind(
        host: Arc<Host>,
        address: SocketAddr,
        admin: Option<SocketAddr>,
        log: Log,
    ) -> Result<Self, Error> {
        let listener = bind(address).await?;
        let admin = match admin {
            Some(admin) => Some(bind(admin).await?),
            None => None,
        };
        let limits = host.config().limits.clone();
        let gateway = Gateway::new(host, Arc::new(Metrics::default()), log.clone());
        Ok(Self {
            listener,
            admin,
            gateway: Arc::new(gateway),
            limits,
            log,
        })
    }

    /// The address that it is bound to, with the port that the system chose if none was given.
    ///
    /// # Errors
    /// The system's.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The address of `/metrics` and `/healthz`.
    #[must_use]
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref()?.local_addr().ok()
    }

    /// What it counts.
    #[must_use]
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.gateway.metrics
    }

    /// Serves until `stop` is ready. Then it accepts nothing more, answers what is in flight, and cancels what is still there when the time for that is over.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Stopped {
        let (phase, watched) = watch::channel(Phase::Serving);
        let admin = self.admin.map(|listener| {
            let metrics = Arc::clone(&self.gateway.metrics);
            tokio::spawn(admin::serve(listener, metrics, watched.clone()))
        });
        let mut connections = JoinSet::new();
        let places = Arc::new(Semaphore::new(self.limits.connections as usize));
        let mut stop = pin!(stop);
        loop {
            let (place, stream, connection) = tokio::select! {
                () = &mut stop => break,
                accepted = accept(&self.listener, &places) => match accepted {
                    Ok(accepted) => accepted,
                    // A client that was gone before its turn came.
                    Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
                    Err(error) => {
                        self.log.line(format_args!("no connection can be accepted: {error}"));
                        sleep(ACCEPT_PAUSE).await;
                        continue;
                    }
                },
                Some(ended) = connections.join_next() => {
                    if let Err(error) = ended {
                        self.log.line(format_args!("a connection was lost to a fault of the server: {error}"));
                    }
                    continue;
                }
            };
            let gateway = Arc::clone(&self.gateway);
            let (head, phase) = (self.limits.head, watched.clone());
            let timeout = self.limits.timeout;
            connections.spawn(async move {
                let _open = gateway.metrics.connections.enter();
                serve(stream, &gateway, connection, (head, timeout), phase).await;
                drop(place);
            });
        }
        // First: whoever finds the door shut can read why.
        phase.send_replace(Phase::Draining);
        drop(self.listener);
        let stopped = drain(&mut connections, &phase, self.limits.grace).await;
        if let Some(admin) = admin {
            admin.abort();
        }
        stopped
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Error> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| format!("{address}: {error}").into())
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> std::io::Result<(OwnedSemaphorePermit, TcpStream, Connection)> {
    let place = Arc::clone(places)
        .acquire_owned()
        .await
        .map_err(std::io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    // Answers are written whole: nothing is gained by waiting for more. If it fails they are slower, or the connection is gone, which will show.
    let _ = stream.set_nodelay(true);
    let local = stream.local_addr()?;
    Ok((place, stream, Connection { local, peer }))
}

/// Serves one connection until it ends, or until the server is being stopped and its request is answered.
async fn serve(
    stream: TcpStream,
    gateway: &Gateway,
    connection: Connection,
    (head, timeout): (usize, Duration),
    mut phase: watch::Receiver<Phase>,
) {
    let of_requests = phase.clone();
    let service = service_fn(|request| gateway.answer(request, connection, of_requests.clone()));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(timeout)
        .max_buf_size(head.max(HEAD_MIN));
    let stream = WriteTimeout::new(stream, timeout);
    let mut served = pin!(http.serve_connection(TokioIo::new(stream), service));
    // An error is a client that broke off or spoke no HTTP; it was told if it could be.
    tokio::select! {
        _ = served.as_mut() => return,
        _ = phase.wait_for(|phase| *phase != Phase::Serving) => served.as_mut().graceful_shutdown(),
    }
    let _ = served.await;
}

async fn drain(
    connections: &mut JoinSet<()>,
    phase: &watch::Sender<Phase>,
    grace: Duration,
) -> Stopped {
    if timeout(grace, finish(connections)).await.is_ok() {
        return Stopped::Finished;
    }
    phase.send_replace(Phase::Ending);
    // Whoever doesn't even take the last answer is cut off.
    let _ = timeout(LAST_WORDS, finish(connections)).await;
    connections.shutdown().await;
    Stopped::Cancelled
}

async fn finish(connections: &mut JoinSet<()>) {
    while connections.join_next().await.is_some() {}
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("listener", &self.listener)
            .field("admin", &self.admin)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
