//! The way of one request: who asks, body, handler, headers, compression, HEAD.

use std::future::Future;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderValue, VARY};
use hyper::{Method, StatusCode};
use tracing::error;

use super::gzip;
use super::request::Request;
use super::response::Response;
use super::server::Limits;
use crate::web::Web;

/// How refusals are worded, by the path that was asked for; they come as plain text.
pub(super) type Wording = fn(&str, Response) -> Response;

/// What all requests are answered with.
pub(super) struct Site<H> {
    pub handler: H,
    pub limits: Limits,
    pub web: Option<Web>,
    pub wording: Wording,
}

/// The other end of a connection.
pub(super) struct Caller {
    pub peer: SocketAddr,
    /// The name in its certificate, where that was verified.
    pub certified: Option<Arc<str>>,
}

/// Answers one request. Dropped half-way when the client goes away.
pub(super) async fn answer<H, F>(
    incoming: hyper::Request<Incoming>,
    caller: &Caller,
    site: &Site<H>,
) -> hyper::Response<Bytes>
where
    H: Fn(Request) -> F,
    F: Future<Output = Response>,
{
    let Site { handler, limits, web, wording } = site;
    let (head, body) = incoming.into_parts();
    let (method, uri) = (head.method.clone(), head.uri.clone());
    let takes_gzip = gzip::accepted(&head.headers);
    let admitted = match web {
        Some(web) => web.admit(&head.headers, caller.peer.ip()).await,
        None => Ok(None),
    };
    // Nobody's body is read who is not let in.
    let asked = match admitted {
        Ok(user) => read_body(body, limits).await.map(|body| (user, body)),
        Err(refusal) => Err(refusal),
    };
    let answered = match asked {
        Ok((user, body)) => {
            let user = user.or_else(|| caller.certified.clone());
            let request = Request::from_parts(head.method, &head.uri, head.headers, body, caller.peer, user);
            call(handler, request).await
        }
        Err(refusal) => Err(refusal),
    };
    let mut response = answered.unwrap_or_else(|refusal| wording(uri.path(), refusal));
    if let Some(web) = web {
        web.adorn(&mut response.headers);
    }
    finish(response, &method, takes_gzip)
}

/// The whole body, within the limits of size and time.
async fn read_body(body: Incoming, limits: &Limits) -> Result<Bytes, Response> {
    if hyper::body::Body::is_end_stream(&body) {
        return Ok(Bytes::new());
    }
    let whole = Limited::new(body, limits.body_bytes).collect();
    match tokio::time::timeout(limits.body_timeout, whole).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Response::status(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is longer than {} bytes\n", limits.body_bytes),
        )),
        Ok(Err(_)) => Err(Response::bad_request("the body ended too early\n")),
        Err(_) => Err(Response::status(StatusCode::REQUEST_TIMEOUT, "the body took too long\n")),
    }
}

/// Runs the handler; should it panic, that ends this request and nothing else.
async fn call<H, F>(handler: &H, request: Request) -> Result<Response, Response>
where
    H: Fn(Request) -> F,
    F: Future<Output = Response>,
{
    let (method, path) = (request.method.clone(), request.path.clone());
    let outcome = match catch_unwind(AssertUnwindSafe(|| handler(request))) {
        Ok(future) => {
            let mut future = pin!(future);
            std::future::poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
                Ok(poll) => poll.map(Ok),
                Err(panic) => Poll::Ready(Err(panic)),
            })
            .await
        }
        Err(panic) => Err(panic),
    };
    outcome.map_err(|panic| {
        let reason = panic.downcast_ref::<&str>().copied();
        let reason =
            reason.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("unknown");
        error!(%method, %path, reason, "a request's handler panicked");
        Response::status(StatusCode::INTERNAL_SERVER_ERROR, "internal error, see the log\n")
    })
}

/// Compresses the body where the client takes that, and leaves it out where only the head was asked for.
fn finish(response: Response, method: &Method, takes_gzip: bool) -> hyper::Response<Bytes> {
    let Response { status, mut headers, mut body } = response;
    if !body.is_empty() && !headers.contains_key(CONTENT_ENCODING) {
        headers.append(VARY, HeaderValue::from_static("Accept-Encoding"));
        if takes_gzip && let Some(packed) = gzip::compress(&body) {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            body = packed.into();
        }
    }
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    if method == Method::HEAD {
        body = Bytes::new();
    }
    let mut answer = hyper::Response::new(body);
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    answer
}
