//! Asks the server that keeps the series.
//!
//! A few connections are kept for the next questions. Every question has a deadline, and every answer a length that it may have.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;

use super::args::first_line;
use super::decode;
use super::endpoint::{Credentials, Endpoint, Held, form};
use super::error::MetricsError;
use super::metrics::QueryMetrics;
use super::range::Range;
use crate::timestamp::Timestamp;

/// So many connections are kept while there are no questions.
const KEPT: usize = 4;
/// So many questions are under way at once.
const AT_ONCE: usize = 8;

/// What a question may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long it may take, the wait for its turn included.
    pub time: Duration,
    /// How long the answer may be, in octets.
    pub octets: usize,
}

/// What somebody who waits for it may ask.
pub const REQUEST: Limits = Limits { time: Duration::from_secs(5), octets: 64 << 20 };
/// What is asked about the whole fleet.
pub const FLEET: Limits = Limits { time: Duration::from_secs(60), octets: 256 << 20 };

/// Asks one server.
pub struct Client {
    endpoint: Endpoint,
    tls: Option<TlsConnector>,
    idle: Mutex<Vec<Connection>>,
    turns: Semaphore,
    metrics: QueryMetrics,
}

type Connection = SendRequest<Full<Bytes>>;

impl Client {
    /// A client of a server. Nothing is asked yet.
    ///
    /// # Errors
    /// A file that the flags name cannot be read.
    pub fn new(endpoint: Endpoint, metrics: QueryMetrics) -> Result<Self, String> {
        let tls = if endpoint.tls { Some(connector(&endpoint)?) } else { None };
        if let Credentials::Basic { password: Held::File(path), .. } | Credentials::Bearer(Held::File(path)) =
            &endpoint.credentials
        {
            first_line(path, std::fs::read_to_string(path))?;
        }
        Ok(Self { endpoint, tls, idle: Mutex::default(), turns: Semaphore::new(AT_ONCE), metrics })
    }

    /// The server.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Asks for the values of a moment: the body of the answer, which [`decode::rows`] reads.
    ///
    /// # Errors
    /// There is none.
    pub async fn instant(
        &self,
        question: &str,
        at: Timestamp,
        limits: Limits,
    ) -> Result<Bytes, MetricsError> {
        self.ask("query", &[("query", question), ("time", &seconds(at))], limits).await
    }

    /// Asks for the values of a stretch of time.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn range(&self, question: &str, range: &Range, limits: Limits) -> Result<Bytes, MetricsError> {
        let (start, end) = (seconds(range.start), seconds(range.end));
        let step = format!("{}s", range.step.as_secs());
        let fields = [("query", question), ("start", &start), ("end", &end), ("step", &step)];
        self.ask("query_range", &fields, limits).await
    }

    async fn ask(&self, what: &str, fields: &[(&str, &str)], limits: Limits) -> Result<Bytes, MetricsError> {
        let begun = Instant::now();
        let answer = self.in_turn(what, fields, limits, begun).await;
        self.metrics.asked(answer.as_ref().map_or_else(MetricsError::reason, |_| "ok"), begun.elapsed());
        answer
    }

    async fn in_turn(
        &self,
        what: &str,
        fields: &[(&str, &str)],
        limits: Limits,
        begun: Instant,
    ) -> Result<Bytes, MetricsError> {
        let turn = tokio::time::timeout(limits.time, self.turns.acquire()).await;
        let Ok(Ok(_turn)) = turn else { return Err(MetricsError::Busy) };
        let left = limits.time.saturating_sub(begun.elapsed());
        let timeout = format!("{}s", left.as_secs().max(1));
        // Rather no answer than a part of one: the second is understood by clusters of VictoriaMetrics.
        let more = [("timeout", timeout.as_str()), ("deny_partial_response", "1")];
        let body = form(&[fields, &more].concat());
        let answer = tokio::time::timeout(left, self.exchange(what, body.into(), limits.octets)).await;
        let late = || MetricsError::Slow { server: self.server(), seconds: limits.time.as_secs() };
        answer.unwrap_or_else(|_| Err(late()))
    }

    async fn exchange(&self, what: &str, body: Bytes, most: usize) -> Result<Bytes, MetricsError> {
        let away = |error: &dyn std::fmt::Display| self.away(error);
        let request = self.request(what, &body).await?;
        // The server may have closed a connection that was kept: that says nothing about this question.
        let sent = match self.kept().await {
            Some(mut kept) => kept.send_request(request.clone()).await.ok().map(|response| (kept, response)),
            None => None,
        };
        let (connection, response) = match sent {
            Some(sent) => sent,
            None => {
                let mut new = self.connect().await?;
                let response = new.send_request(request).await.map_err(|error| away(&error))?;
                (new, response)
            }
        };
        let answer = self.answer(response, most).await?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT && !connection.is_closed() {
            idle.push(connection);
        }
        Ok(answer)
    }

    async fn request(&self, what: &str, body: &Bytes) -> Result<Request<Full<Bytes>>, MetricsError> {
        let odd = |error: &dyn std::fmt::Display| self.away(error);
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(format!("{}/api/v1/{what}", self.endpoint.prefix))
            .header(HOST, self.endpoint.authority())
            .header(USER_AGENT, concat!("ward-classifier/", env!("CARGO_PKG_VERSION")))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let authorization = match &self.endpoint.credentials {
            Credentials::None => None,
            Credentials::Basic { name, password } => {
                let pair = format!("{name}:{}", self.held(password).await?.expose());
                Some(format!("Basic {}", STANDARD.encode(pair)))
            }
            Credentials::Bearer(token) => Some(format!("Bearer {}", self.held(token).await?.expose())),
        };
        if let Some(authorization) = authorization {
            let mut value = HeaderValue::try_from(authorization)
                .map_err(|_| odd(&"the password or token has characters that cannot be sent"))?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        request.body(Full::new(body.clone())).map_err(|error| odd(&error))
    }

    async fn held(&self, held: &Held) -> Result<snmp::Secret, MetricsError> {
        match held {
            Held::Value(secret) => Ok(secret.clone()),
            Held::File(path) => {
                let text = tokio::fs::read_to_string(path).await;
                first_line(path, text).map_err(|wrong| self.away(&wrong))
            }
        }
    }

    /// A connection that was kept and is still open.
    async fn kept(&self) -> Option<Connection> {
        loop {
            let mut kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if kept.ready().await.is_ok() {
                return Some(kept);
            }
        }
    }

    async fn connect(&self) -> Result<Connection, MetricsError> {
        let (host, port) = (self.endpoint.host.as_str(), self.endpoint.port);
        let stream = TcpStream::connect((host, port)).await.map_err(|error| self.away(&error))?;
        // Should it not be taken, questions are a little later.
        let _ = stream.set_nodelay(true);
        match &self.tls {
            None => self.speak(stream).await,
            Some(tls) => {
                let name = ServerName::try_from(host.to_owned()).map_err(|error| self.away(&error))?;
                self.speak(tls.connect(name, stream).await.map_err(|error| self.away(&error))?).await
            }
        }
    }

    async fn speak(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    ) -> Result<Connection, MetricsError> {
        let (sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| self.away(&error))?;
        // It ends with its sender; what goes wrong with it is said to who sends.
        tokio::spawn(async move {
            let _ = connection.await;
        });
        Ok(sender)
    }

    /// The body of an answer, where it is one.
    async fn answer(&self, response: Response<Incoming>, most: usize) -> Result<Bytes, MetricsError> {
        let (head, mut body) = response.into_parts();
        let mut whole = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| self.away(&error))?;
            let Some(data) = frame.data_ref() else { continue };
            if whole.len() + data.len() > most {
                return Err(MetricsError::TooLong { server: self.server(), octets: most });
            }
            whole.extend_from_slice(data);
        }
        if head.status == StatusCode::OK {
            return Ok(whole.into());
        }
        let (server, status) = (self.server(), head.status);
        // What it says of itself is worth a line, not a page.
        let says = decode::refusal(&whole).unwrap_or_default();
        let says: String = says.chars().take(300).collect();
        Err(match (status, says.is_empty()) {
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => {
                MetricsError::Refused { server, what: format!("HTTP {status}, see --metrics.username") }
            }
            (_, false) => MetricsError::Refused { server, what: says },
            (status, true) if status.is_server_error() => {
                MetricsError::Away { server, what: format!("HTTP {status}") }
            }
            (status, true) => MetricsError::Odd { server, what: format!("HTTP {status}") },
        })
    }

    fn server(&self) -> String {
        self.endpoint.to_string()
    }

    fn away(&self, error: &dyn std::fmt::Display) -> MetricsError {
        MetricsError::Away { server: self.server(), what: error.to_string() }
    }

    /// What is wrong with an answer that could not be read.
    pub fn wrong(&self, wrong: decode::Wrong) -> MetricsError {
        let server = self.server();
        match wrong {
            decode::Wrong::Odd(what) => MetricsError::Odd { server, what },
            decode::Wrong::Refused(what) => MetricsError::Refused { server, what },
        }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// Makes TLS with what is trusted.
fn connector(endpoint: &Endpoint) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    match &endpoint.ca_file {
        Some(path) => {
            let wrong =
                |error: &dyn std::fmt::Display| format!("--metrics.ca-file: {}: {error}", path.display());
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| wrong(&error))? {
                roots.add(certificate.map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))?;
            }
        }
        None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
    }
    if roots.is_empty() {
        return Err("--metrics.url: no certificate to trust, expected some in --metrics.ca-file".into());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("--metrics.url: TLS: {error}"))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Unix time, as PromQL servers take it.
fn seconds(at: Timestamp) -> String {
    format!("{:.3}", at.as_seconds())
}
