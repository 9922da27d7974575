//! Which requests there are. One table says all of it: the router, the checks of parameters and bodies, and the document
//! (`openapi`) are made from it.
//!
//! To add an endpoint: write its handler in `handlers/`, put a [`Route`] into that file's `ROUTES`, name a new file in
//! [`all`], and describe its answer in `schemas/`. The tests say what has been forgotten.

use std::pin::Pin;
use std::sync::Arc;

use service::http::{Method, Request, Response, percent_decode};

use super::handlers::{
    analytics, critical, devices, discover, events, interfaces, isp, links, overrides, reports, rules,
    topology, traffic,
};
use super::parameters::{Given, Parameter};
use super::problem::Problem;
use super::snapshot::Snapshot;
use super::{Api, openapi};

/// What an endpoint's paths begin with.
pub const ROOT: &str = "/api/v1";

/// All endpoints.
pub fn all() -> impl Iterator<Item = &'static Route> {
    [
        interfaces::ROUTES,
        critical::ROUTES,
        isp::ROUTES,
        overrides::ROUTES,
        devices::ROUTES,
        discover::ROUTES,
        events::ROUTES,
        topology::ROUTES,
        reports::ROUTES,
        analytics::ROUTES,
        traffic::ROUTES,
        links::ROUTES,
        rules::ROUTES,
        openapi::ROUTES,
    ]
    .into_iter()
    .flatten()
}

/// An endpoint.
#[derive(Debug)]
pub struct Route {
    /// Its method; HEAD goes where GET goes.
    pub verb: Verb,
    /// Its path below [`ROOT`]; parts in braces are parameters: `/interfaces/{id}`.
    pub path: &'static str,
    /// Its name in the document.
    pub id: &'static str,
    /// What it is for, in a sentence.
    pub summary: &'static str,
    /// The parameters of its path, in their order.
    pub segments: &'static [Parameter],
    /// The parameters of its query, in groups.
    pub query: &'static [&'static [Parameter]],
    /// The body it takes.
    pub body: Option<Body>,
    /// What it answers when all is well.
    pub answer: Content,
    /// Who may ask.
    pub access: Access,
    /// Whether the answer is made from the snapshot and the URL alone, so that it can be told by an ETag.
    pub tagged: bool,
    /// Whether the series are asked, which no flag may say anything of.
    pub series: bool,
    /// Answers.
    pub handler: Handler,
}

/// What most endpoints are like.
pub const READ: Route = Route {
    verb: Verb::Get,
    path: "",
    id: "",
    summary: "",
    segments: &[],
    query: &[],
    body: None,
    answer: Content::Json(200, ""),
    access: Access::Read,
    tagged: false,
    series: false,
    handler: |_, _| Box::pin(std::future::ready(Err(Problem::not_found("endpoint", "", &[])))),
};

/// A method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// GET, and HEAD.
    Get,
    /// POST
    Post,
    /// PATCH
    Patch,
    /// DELETE
    Delete,
}

impl Verb {
    /// What it is of HTTP's methods.
    pub fn of(method: &Method) -> Option<Self> {
        match method {
            &Method::GET | &Method::HEAD => Some(Self::Get),
            &Method::POST => Some(Self::Post),
            &Method::PATCH => Some(Self::Patch),
            &Method::DELETE => Some(Self::Delete),
            _ => None,
        }
    }

    /// The word for it in `Allow`.
    fn allow(self) -> &'static str {
        match self {
            Self::Get => "GET, HEAD",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// The word for it in the document.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }
}

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Whom the web config lets in; also before what is stored has been read.
    Always,
    /// Whom the web config lets in.
    Read,
    /// Who is known by name, where the flags permit changes at all.
    Change,
}

/// A body that is taken.
#[derive(Debug, Clone, Copy)]
pub struct Body {
    /// Its types.
    pub media: &'static [&'static str],
    /// Its schema.
    pub schema: &'static str,
    /// How long it may be, in octets.
    pub most: usize,
}

/// What is answered.
#[derive(Debug, Clone, Copy)]
pub enum Content {
    /// JSON of a schema, with a status.
    Json(u16, &'static str),
    /// A table.
    Csv,
    /// A text of that type.
    Text(&'static str),
}

/// Answers a request.
pub type Handler = for<'a> fn(&'a Api, Call<'a>) -> Answer<'a>;

/// An answer to come.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Response, Problem>> + Send + 'a>>;

/// A request that has been checked.
#[derive(Debug)]
pub struct Call<'a> {
    /// What was given in path and query.
    pub given: Given,
    /// The fleet, as all of the answer is to show it.
    pub snapshot: Arc<Snapshot>,
    /// The request itself.
    pub request: &'a Request,
}

/// What is at a path.
#[derive(Debug)]
pub struct Found {
    /// The endpoint.
    pub route: &'static Route,
    /// The parts of its path that are parameters.
    pub segments: Vec<(&'static str, String)>,
}

/// Finds the endpoint of a request by its path as it was sent.
///
/// # Errors
/// There is nothing at the path, or it takes other methods.
pub fn find(method: &Method, path: &str) -> Result<Found, Problem> {
    let rest = path.strip_prefix(ROOT).unwrap_or_default();
    let mut here: Vec<Found> =
        all().filter_map(|route| Some(Found { route, segments: matched(route.path, rest)? })).collect();
    // `/interfaces/summary` is no `/interfaces/{id}`.
    if here.iter().any(|found| found.segments.is_empty()) {
        here.retain(|found| found.segments.is_empty());
    }
    if here.is_empty() {
        let message = format!(
            "there is nothing at {}; {ROOT}/openapi.json says what there is",
            percent_decode(path, false)
        );
        return Err(Problem::new(super::problem::Reason::NotFound, message));
    }
    let allow: Vec<&str> = here.iter().map(|found| found.route.verb.allow()).collect();
    let verb = Verb::of(method);
    let found = here.into_iter().find(|found| Some(found.route.verb) == verb);
    found.ok_or_else(|| Problem::method(allow.join(", ")))
}

/// The parameters of a path, where it is of that form.
fn matched(form: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let (mut form, mut path) = (form.split('/'), path.split('/'));
    let mut segments = Vec::new();
    loop {
        match (form.next(), path.next()) {
            (None, None) => return Some(segments),
            (Some(part), Some(text)) => {
                let text = percent_decode(text, false);
                match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                    Some(name) => segments.push((name, text)),
                    None if part == text => {}
                    None => return None,
                }
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::problem::Reason;

    #[test]
    fn paths_lead_to_endpoints() {
        for (method, path, expected) in [
            (Method::GET, "/api/v1/interfaces", Ok("listInterfaces")),
            (Method::HEAD, "/api/v1/interfaces", Ok("listInterfaces")),
            (Method::GET, "/api/v1/interfaces/12", Ok("getInterface")),
            (Method::GET, "/api/v1/interfaces/r1:Gi0%2F1/trend", Ok("getTrend")),
            (Method::GET, "/api/v1/interfaces/r1:Gi0/1/trend", Err(Reason::NotFound)),
            (Method::GET, "/api/v1/interfaces/summary", Ok("summarizeInterfaces")),
            (Method::GET, "/api/v1/interfaces/", Ok("getInterface")),
            (Method::GET, "/api/v1/interfaces/12/", Err(Reason::NotFound)),
            (Method::GET, "/api/v2/interfaces", Err(Reason::NotFound)),
            (Method::GET, "/api/v1", Err(Reason::NotFound)),
            (Method::POST, "/api/v1/interfaces", Err(Reason::MethodNotAllowed)),
            (Method::PUT, "/api/v1/interfaces/12/override", Err(Reason::MethodNotAllowed)),
            (Method::PATCH, "/api/v1/interfaces/12/override", Ok("setOverride")),
        ] {
            let found = find(&method, path).map(|found| found.route.id).map_err(|problem| problem.reason());
            assert_eq!(found, expected, "{method} {path}");
        }
        let found = find(&Method::GET, "/api/v1/devices/rustavi-r1").expect("a path");
        assert_eq!(found.segments, [("name", "rustavi-r1".to_owned())]);
        let problem = find(&Method::PUT, "/api/v1/interfaces/12/override").expect_err("no method").response();
        assert_eq!(problem.headers["allow"], "PATCH, DELETE");
    }

    #[test]
    fn every_parameter_of_a_path_is_described_once() {
        for route in all() {
            let named: Vec<&str> = route.segments.iter().map(|parameter| parameter.name).collect();
            let parts: Vec<&str> =
                route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
            assert_eq!(named, parts, "{}", route.path);
            let mut names: Vec<&str> =
                route.query.iter().copied().flatten().map(|parameter| parameter.name).chain(named).collect();
            names.sort_unstable();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{}", route.path);
            assert!(!route.id.is_empty() && !route.summary.is_empty(), "{}", route.path);
        }
        let mut ids: Vec<&str> = all().map(|route| route.id).collect();
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
