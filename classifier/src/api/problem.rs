//! What a request is told that is not answered: always the same shape.
//!
//! ```json
//! {"error": {"reason": "bad_parameter", "message": "limit: \"many\" is no whole number", "parameter": "limit", "expected": "1 to 1000"}}
//! ```

use serde::Serialize;
use serde_json::Value;
use service::http::header::{ALLOW, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use service::http::{Response, StatusCode};

use crate::analytics::error::MetricsError;
use crate::store::StoreError;

/// Why a request is not answered, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A parameter is unknown or has a value that cannot be.
    BadParameter,
    /// The body cannot be read, or says what cannot be.
    BadBody,
    /// Nobody is known who asks.
    Unauthenticated,
    /// What changes something is not permitted by the flags.
    AdminDisabled,
    /// A browser sends it for a page of another site.
    CrossSite,
    /// There is nothing of that name or number, or nothing at that path.
    NotFound,
    /// The path takes other methods.
    MethodNotAllowed,
    /// The body took too long to come.
    RequestTimeout,
    /// The body is longer than it may be.
    TooLarge,
    /// The body is of another type than is taken.
    UnsupportedMediaType,
    /// The rules in the body are not good.
    RulesRefused,
    /// The web config permits fewer requests.
    TooManyRequests,
    /// A mistake of this program.
    Internal,
    /// What is stored has not been read yet.
    Starting,
    /// The same is being done for somebody else.
    Busy,
    /// The database does not do what is needed for it.
    Database,
    /// No flag says where series are asked for.
    MetricsDisabled,
    /// The server that keeps the series does not answer.
    Metrics,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::BadParameter,
        Self::BadBody,
        Self::Unauthenticated,
        Self::AdminDisabled,
        Self::CrossSite,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::RequestTimeout,
        Self::TooLarge,
        Self::UnsupportedMediaType,
        Self::RulesRefused,
        Self::TooManyRequests,
        Self::Internal,
        Self::Starting,
        Self::Busy,
        Self::Database,
        Self::MetricsDisabled,
        Self::Metrics,
    ];

    /// The word, and the status that goes with it.
    pub fn of(self) -> (&'static str, StatusCode) {
        match self {
            Self::BadParameter => ("bad_parameter", StatusCode::BAD_REQUEST),
            Self::BadBody => ("bad_body", StatusCode::BAD_REQUEST),
            Self::Unauthenticated => ("unauthenticated", StatusCode::UNAUTHORIZED),
            Self::AdminDisabled => ("admin_disabled", StatusCode::FORBIDDEN),
            Self::CrossSite => ("cross_site", StatusCode::FORBIDDEN),
            Self::NotFound => ("not_found", StatusCode::NOT_FOUND),
            Self::MethodNotAllowed => ("method_not_allowed", StatusCode::METHOD_NOT_ALLOWED),
            Self::RequestTimeout => ("request_timeout", StatusCode::REQUEST_TIMEOUT),
            Self::TooLarge => ("too_large", StatusCode::PAYLOAD_TOO_LARGE),
            Self::UnsupportedMediaType => ("unsupported_media_type", StatusCode::UNSUPPORTED_MEDIA_TYPE),
            Self::RulesRefused => ("rules_refused", StatusCode::UNPROCESSABLE_ENTITY),
            Self::TooManyRequests => ("too_many_requests", StatusCode::TOO_MANY_REQUESTS),
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR),
            Self::Starting => ("starting", StatusCode::SERVICE_UNAVAILABLE),
            Self::Busy => ("busy", StatusCode::SERVICE_UNAVAILABLE),
            Self::Database => ("database", StatusCode::SERVICE_UNAVAILABLE),
            Self::MetricsDisabled => ("metrics_disabled", StatusCode::NOT_FOUND),
            Self::Metrics => ("metrics", StatusCode::SERVICE_UNAVAILABLE),
        }
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        self.of().0
    }
}

/// What is wrong, and what would be right.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone, PartialEq)]
struct Parts {
    reason: Reason,
    message: String,
    parameter: Option<String>,
    expected: Option<String>,
    details: Vec<String>,
    allow: Option<String>,
    known: Option<Value>,
}

impl Problem {
    /// A problem, in one line.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        let (parameter, expected, details, allow) = (None, None, Vec::new(), None);
        let message = message.into();
        Self(Box::new(Parts { reason, message, parameter, expected, details, allow, known: None }))
    }

    /// A parameter, or a field of a body, that is wrong; `expected` says what would be right.
    pub fn parameter(name: &str, wrong: &str, expected: impl Into<String>) -> Self {
        let mut problem = Self::new(Reason::BadParameter, format!("{name}: {wrong}")).expected(expected);
        problem.0.parameter = Some(name.to_owned());
        problem
    }

    /// There is none of that name; `near` are some that there are.
    pub fn not_found(what: &str, name: &str, near: &[&str]) -> Self {
        let hint = if near.is_empty() { String::new() } else { format!("; near it are {}", near.join(", ")) };
        Self::new(Reason::NotFound, format!("no {what} {name:?}{hint}"))
    }

    /// Other methods than these do not do.
    pub fn method(allow: String) -> Self {
        let mut problem = Self::new(Reason::MethodNotAllowed, format!("this path takes {allow}"));
        problem.0.allow = Some(allow);
        problem
    }

    /// The database does not do it. `consequence` says what that means for the request.
    pub fn database(error: &StoreError, consequence: &str) -> Self {
        let problem = Self::new(Reason::Database, format!("{consequence}: {error}"));
        problem.details(vec![error.reason().to_owned()])
    }

    /// The series are not answered.
    pub fn metrics(error: &MetricsError) -> Self {
        let problem = Self::new(Reason::Metrics, format!("the series are not answered: {error}"));
        problem.details(vec![error.reason().to_owned()])
    }

    /// The same with what is known all the same.
    #[must_use]
    pub fn known(mut self, known: Value) -> Self {
        self.0.known = Some(known);
        self
    }

    /// The same with what would be right.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.0.expected = Some(expected.into());
        self
    }

    /// The same with a list of what is wrong.
    #[must_use]
    pub fn details(mut self, details: Vec<String>) -> Self {
        self.0.details = details;
        self
    }

    /// Why.
    pub fn reason(&self) -> Reason {
        self.0.reason
    }

    /// What is wrong, in a sentence.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The answer.
    pub fn response(self) -> Response {
        let Parts { reason, message, parameter, expected, details, allow, known } = *self.0;
        let (word, status) = reason.of();
        let error = Error { reason: word, message, parameter, expected, details };
        let told = Told { error, known };
        let body = serde_json::to_vec(&told).unwrap_or_default();
        let mut response = Response { status, ..Response::json(body) };
        if let Some(allow) = allow.and_then(|allow| HeaderValue::try_from(allow).ok()) {
            response = response.with_header(ALLOW, allow);
        }
        match reason {
            Reason::Unauthenticated => {
                response.with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Basic"))
            }
            Reason::Starting | Reason::Busy | Reason::Database | Reason::Metrics => {
                response.with_header(RETRY_AFTER, HeaderValue::from_static("5"))
            }
            _ => response,
        }
    }
}

/// A refusal of the server or the web config, which comes as plain text, as the API words it.
pub fn worded(refusal: Response) -> Response {
    let found = Reason::ALL.into_iter().find(|reason| reason.of().1 == refusal.status);
    let reason = match refusal.status {
        StatusCode::BAD_REQUEST => Reason::BadBody,
        StatusCode::SERVICE_UNAVAILABLE => Reason::Busy,
        _ => found.unwrap_or(Reason::Internal),
    };
    let message = String::from_utf8_lossy(&refusal.body).trim().to_lowercase();
    let told = Problem::new(reason, message).response();
    let mut headers = refusal.headers;
    headers.extend(told.headers);
    Response { status: refusal.status, headers, body: told.body }
}

#[derive(Serialize)]
struct Told {
    error: Error,
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<Value>,
}

#[derive(Serialize)]
struct Error {
    reason: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(response: &Response) -> String {
        String::from_utf8_lossy(&response.body).into_owned()
    }

    #[test]
    fn problems_have_one_shape() {
        let response = Problem::parameter("limit", "\"many\" is no whole number", "1 to 1000").response();
        assert_eq!(response.status, StatusCode::BAD_REQUEST);
        assert_eq!(
            body(&response),
            "{\"error\":{\"reason\":\"bad_parameter\",\"message\":\"limit: \\\"many\\\" is no whole number\",\
             \"parameter\":\"limit\",\"expected\":\"1 to 1000\"}}"
        );
        let response = Problem::method("GET, HEAD".into()).response();
        assert_eq!(response.headers["allow"], "GET, HEAD");
    }

    #[test]
    fn refusals_of_the_server_are_worded_alike() {
        let refusal = Response::status(StatusCode::PAYLOAD_TOO_LARGE, "the body is longer than 9 bytes\n");
        let refusal = refusal.with_header(RETRY_AFTER, HeaderValue::from_static("1"));
        let response = worded(refusal);
        assert_eq!(response.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(response.headers["content-type"], "application/json");
        assert_eq!(response.headers["retry-after"], "1");
        assert_eq!(
            body(&response),
            "{\"error\":{\"reason\":\"too_large\",\"message\":\"the body is longer than 9 bytes\"}}"
        );
        let busy = Response::status(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable\n");
        assert!(body(&worded(busy)).contains("\"busy\""));
    }
}
