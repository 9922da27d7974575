//! The way of one request: who asks, body, handler, headers, compression, HEAD.

use std::future::Future;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
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

/// Answers one request. Dropped half-way when the client goes away.
pub(super) async fn answer<H, F>(
    incoming: hyper::Request<Incoming>,
    peer: SocketAddr,
    handler: &H,
    limits: &Limits,
    web: Option<&Web>,
) -> hyper::Response<Bytes>
where
    H: Fn(Request) -> F,
    F: Future<Output = Response>,
{
    let (head, body) = incoming.into_parts();
    let method = head.method.clone();
    let takes_gzip = gzip::accepted(&head.headers);
    let admitted = match web {
        Some(web) => web.admit(&head.headers, peer.ip()).await,
        None => Ok(()),
    };
    // Nobody's body is read who is not let in.
    let body = match admitted {
        Ok(()) => read_body(body, limits).await,
        Err(refusal) => Err(refusal),
    };
    let mut response = match body {
        Ok(body) => {
            let request = Request::from_parts(head.method, &head.uri, head.headers, body, peer);
            call(handler, request).await
        }
        Err(refusal) => refusal,
    };
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
async fn call<H, F>(handler: &H, request: Request) -> Response
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
    outcome.unwrap_or_else(|panic| {
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
