//! A response as a plain value.

use bytes::Bytes;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, StatusCode};

/// What a client is told. The body is whole: compression, length and HEAD are the server's business.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Response {
    /// 200 with a body of some type.
    pub fn new(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Response { status: StatusCode::OK, headers, body: body.into() }
    }

    /// Plain text.
    pub fn text(body: impl Into<Bytes>) -> Self {
        Self::new("text/plain; charset=utf-8", body)
    }

    /// A page.
    pub fn html(body: impl Into<Bytes>) -> Self {
        Self::new("text/html; charset=utf-8", body)
    }

    /// JSON, written already.
    pub fn json(body: impl Into<Bytes>) -> Self {
        Self::new("application/json", body)
    }

    /// YAML, as a text that browsers show.
    pub fn yaml(body: impl Into<Bytes>) -> Self {
        Self::new("text/plain; charset=utf-8", body)
    }

    /// A status and a line that says why.
    pub fn status(status: StatusCode, message: impl Into<Bytes>) -> Self {
        Response { status, ..Self::text(message) }
    }

    /// 400: the request itself is wrong.
    pub fn bad_request(message: impl Into<Bytes>) -> Self {
        Self::status(StatusCode::BAD_REQUEST, message)
    }

    /// 404 for a path that nothing is at.
    pub fn not_found() -> Self {
        Self::status(StatusCode::NOT_FOUND, "404 page not found\n")
    }

    /// 405, with the methods that would do, such as `GET, HEAD`.
    pub fn method_not_allowed(allow: &'static str) -> Self {
        Self::status(StatusCode::METHOD_NOT_ALLOWED, format!("method not allowed, use {allow}\n"))
            .with_header(ALLOW, HeaderValue::from_static(allow))
    }

    /// The same with another header.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}
