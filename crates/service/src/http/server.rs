//! Listeners and connections.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::Version;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tracing::{debug, warn};

use super::answer::{Caller, Site, Wording, answer};
use super::delivery::{Deliveries, Delivery};
use super::handshake;
use super::listen::{BindError, ListenAddress, activated};
use super::patient::Patient;
use super::request::Request;
use super::response::Response;
use crate::args::ServiceArgs;
use crate::web::Web;

/// The limits that keep clients from taking more than their share.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at once; more of them wait to be accepted.
    pub connections: usize,
    /// How long a new connection may take to agree on TLS.
    pub handshake_timeout: Duration,
    /// How long a new connection may take to ask for something.
    pub head_timeout: Duration,
    /// How long a connection may wait for its next request. Longer than any common scrape interval, so that scrapers
    /// need not connect again each time.
    pub idle_timeout: Duration,
    /// The longest body of a request.
    pub body_bytes: usize,
    /// How long the body of a request may take.
    pub body_timeout: Duration,
    /// How long a client may read nothing of its answer.
    pub write_timeout: Duration,
    /// How long requests in flight may take to end once the server is to stop.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 512,
            handshake_timeout: Duration::from_secs(10),
            head_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(330),
            body_bytes: 1024 * 1024,
            body_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(30),
            drain: Duration::from_secs(10),
        }
    }
}

/// A server that has its sockets and does not serve yet.
pub struct Server {
    listeners: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
    limits: Limits,
    web: Option<Web>,
    wording: Wording,
}

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were cut because they were not done in time.
    pub cut: usize,
}

impl Server {
    /// Opens the sockets that the flags ask for, or takes those that systemd passes.
    pub async fn open(args: &ServiceArgs, limits: Limits) -> Result<Self, BindError> {
        if args.systemd_socket {
            Self::listening(activated()?, limits)
        } else {
            Self::bind(&args.listen_addresses, limits).await
        }
    }

    /// Opens all sockets.
    pub async fn bind(addresses: &[ListenAddress], limits: Limits) -> Result<Self, BindError> {
        let mut listeners = Vec::new();
        for address in addresses {
            listeners.push(address.bind().await?);
        }
        Self::listening(listeners, limits)
    }

    fn listening(listeners: Vec<TcpListener>, limits: Limits) -> Result<Self, BindError> {
        let addresses = listeners.iter().map(TcpListener::local_addr).collect::<io::Result<_>>();
        let addresses = addresses.map_err(|error| BindError { address: "a socket".to_owned(), error })?;
        Ok(Server { listeners, addresses, limits, web: None, wording: |_, refusal| refusal })
    }

    /// The same with TLS, passwords and whatever else a web config says.
    pub fn with_web(self, web: Option<Web>) -> Self {
        Server { web, ..self }
    }

    /// The same with refusals in other words: what is answered for a path where the handler is not asked, or fails,
    /// goes through `wording` first. It comes as plain text.
    pub fn with_wording(self, wording: fn(&str, Response) -> Response) -> Self {
        Server { wording, ..self }
    }

    /// Where it listens: the real ports where 0 was asked for.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Serves until `stop` is ready; then accepts no more, lets requests in flight end, and returns.
    pub async fn serve<H, F>(self, handler: H, stop: impl Future<Output = ()>) -> Drained
    where
        H: Fn(Request) -> F + Send + Sync + 'static,
        F: Future<Output = Response> + Send + 'static,
    {
        let (stopping, stopped) = watch::channel(false);
        let permits = Arc::new(Semaphore::new(self.limits.connections));
        let site = Site { handler, limits: self.limits, web: self.web, wording: self.wording };
        let shared = Arc::new(Shared { site, permits, stopped });
        let mut listeners = JoinSet::new();
        for listener in self.listeners {
            listeners.spawn(shared.clone().listen(listener));
        }
        stop.await;
        stopping.send_replace(true);
        let cut = listeners.join_all().await.into_iter().sum();
        Drained { cut }
    }
}

/// What all connections have in common.
struct Shared<H> {
    site: Site<H>,
    permits: Arc<Semaphore>,
    stopped: watch::Receiver<bool>,
}

impl<H, F> Shared<H>
where
    H: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    /// Accepts connections until the server is to stop, then waits for them; returns how many had to be cut.
    async fn listen(self: Arc<Self>, listener: TcpListener) -> usize {
        let mut stopped = self.stopped.clone();
        let mut connections = JoinSet::new();
        let mut backoff = Backoff::default();
        loop {
            let accept = async {
                let permit = self.permits.clone().acquire_owned().await;
                (permit, listener.accept().await)
            };
            let (permit, accepted) = tokio::select! {
                accepted = accept => accepted,
                _ = stopped.wait_for(|stopped| *stopped) => break,
            };
            while connections.try_join_next().is_some() {}
            match accepted {
                Ok((stream, peer)) => {
                    backoff = Backoff::default();
                    let shared = self.clone();
                    connections.spawn(async move {
                        shared.connection(stream, peer).await;
                        drop(permit);
                    });
                }
                Err(error) => backoff.wait(&error).await,
            }
        }
        drop(listener);
        let deadline = Instant::now() + self.site.limits.drain;
        while let Ok(Some(_)) = timeout_at(deadline, connections.join_next()).await {}
        connections.len()
    }

    /// Serves one connection to its end, encrypted where the web config says so.
    async fn connection(self: Arc<Self>, stream: TcpStream, peer: SocketAddr) {
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%peer, %error, "a connection was lost before its first request");
            return;
        }
        let Site { web, limits, .. } = &self.site;
        let Some((web, tls)) = web.as_ref().and_then(|web| Some((web, web.tls()?))) else {
            let caller = Caller { peer, certified: None };
            return self.clone().speak(Patient::new(stream, limits.write_timeout), caller).await;
        };
        let mut stopped = self.stopped.clone();
        // In boxes, so that connections without TLS are no larger for it.
        let agreed = tokio::select! {
            agreed = Box::pin(handshake::accept(stream, tls.config.clone(), limits)) => agreed,
            _ = stopped.wait_for(|stopped| *stopped) => return,
        };
        match agreed {
            Ok(Some(stream)) => {
                let certified = tls.certified(stream.get_ref().1);
                Box::pin(self.clone().speak(stream, Caller { peer, certified })).await
            }
            Ok(None) => {}
            Err(error) => {
                debug!(%peer, %error, "no TLS was agreed on");
                web.handshake_failed();
            }
        }
    }

    /// Speaks HTTP on a connection until it ends.
    async fn speak<S>(self: Arc<Self>, stream: S, caller: Caller)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (peer, caller) = (caller.peer, Arc::new(caller));
        let asked = Arc::new(Notify::new());
        let deliveries = Arc::new(Deliveries::default());
        let service = service_fn(|request: hyper::Request<Incoming>| {
            let (shared, caller, deliveries) = (self.clone(), caller.clone(), deliveries.clone());
            asked.notify_one();
            async move {
                let multiplexed = request.version() == Version::HTTP_2;
                let answer = answer(request, &caller, &shared.site).await;
                Ok::<_, Infallible>(answer.map(|body| match multiplexed {
                    true => deliveries.watched(body),
                    false => Delivery::unwatched(body),
                }))
            }
        });
        let mut builder = auto::Builder::new(TokioExecutor::new());
        if self.site.web.as_ref().is_some_and(|web| !web.http2()) {
            builder = builder.http1_only();
        }
        // hyper's limit for heads also ends idle connections, so the first head has its own below.
        builder.http1().timer(TokioTimer::new()).header_read_timeout(self.site.limits.idle_timeout);
        builder.http2().timer(TokioTimer::new()).keep_alive_interval(Duration::from_secs(60));
        let mut serving = pin!(builder.serve_connection(TokioIo::new(stream), service));
        let mut stopped = self.stopped.clone();
        let mut stopping = false;
        let mut waiting = true;
        let mut stuck = pin!(deliveries.stuck(self.site.limits.write_timeout));
        let mut first_head = pin!(sleep_until(Instant::now() + self.site.limits.head_timeout));
        loop {
            tokio::select! {
                ended = serving.as_mut() => {
                    if let Err(error) = ended {
                        debug!(%peer, error = %error, "a connection ended early");
                    }
                    return;
                }
                () = asked.notified(), if waiting => waiting = false,
                () = first_head.as_mut(), if waiting => {
                    debug!(%peer, "a connection asked for nothing in time");
                    return;
                }
                () = stuck.as_mut() => {
                    debug!(%peer, "a client does not take its answers");
                    return;
                }
                _ = stopped.wait_for(|stopped| *stopped), if !stopping => {
                    stopping = true;
                    serving.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

/// Waits after failed accepts, longer each time: without descriptors left, accepting at once again would only burn CPU.
#[derive(Default)]
struct Backoff {
    failures: u32,
}

impl Backoff {
    async fn wait(&mut self, error: &io::Error) {
        // These are about one connection that is gone already.
        let gone =
            [io::ErrorKind::ConnectionAborted, io::ErrorKind::ConnectionReset, io::ErrorKind::Interrupted];
        if gone.contains(&error.kind()) {
            return;
        }
        if self.failures == 0 {
            warn!(%error, "cannot accept connections, will try again");
        }
        self.failures = (self.failures + 1).min(6);
        sleep(Duration::from_millis(10) * 2u32.pow(self.failures)).await;
    }
}
