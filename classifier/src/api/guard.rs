//! Who may change something. Pure.
//!
//! Three things must come together: the program was started with `--web.enable-admin-api`, the web config has found out
//! who asks, and no browser sends it for a page of another site. Without a web config nobody is known, so that nothing
//! can be changed, not even from this machine: whoever can open a port here is not yet an administrator.

use std::sync::Arc;

use service::http::Request;

use super::problem::{Problem, Reason};

/// Lets a request in that changes something, and says who asks.
///
/// # Errors
/// It may not.
pub fn admit(enabled: bool, request: &Request) -> Result<Arc<str>, Problem> {
    if !enabled {
        let message = "what changes something is not permitted here";
        return Err(Problem::new(Reason::AdminDisabled, message).expected("--web.enable-admin-api"));
    }
    if !is_same_site(request) {
        return Err(Problem::new(Reason::CrossSite, "a page of another site may not change anything here"));
    }
    request.user.clone().ok_or_else(|| {
        let message = "who changes something must be known by name";
        Problem::new(Reason::Unauthenticated, message)
            .expected("a web config (--web.config.file) with basic_auth_users, or with client certificates that are verified")
    })
}

/// Whether it comes from a program, or from a page of this server: browsers say where the page is that has them ask.
fn is_same_site(request: &Request) -> bool {
    if let Some(site) = request.header("sec-fetch-site") {
        return ["same-origin", "none"].contains(&site);
    }
    let Some(origin) = request.header("origin") else { return true };
    let of_page = origin.split_once("://").map(|(_, authority)| authority);
    of_page.is_some() && of_page == request.header("host")
}

#[cfg(test)]
mod tests {
    use service::http::Method;
    use service::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn request(user: bool, headers: &[(&'static str, &'static str)]) -> Request {
        let mut request = Request::new(Method::POST, "/api/v1/discover");
        request.user = user.then(|| "nino".into());
        for (name, value) in headers {
            request.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        request
    }

    #[test]
    fn who_may_change_something() {
        let refused = |enabled, user, headers: &[(&'static str, &'static str)]| {
            admit(enabled, &request(user, headers)).map_err(|problem| problem.reason())
        };
        assert_eq!(refused(true, true, &[]).as_deref(), Ok("nino"));
        assert_eq!(refused(false, true, &[]), Err(Reason::AdminDisabled));
        assert_eq!(refused(true, false, &[]), Err(Reason::Unauthenticated));
        for (headers, expected) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("origin", "https://ward:9117"), ("host", "ward:9117")], true),
            (&[("origin", "https://evil.example"), ("host", "ward:9117")], false),
            (&[("origin", "null"), ("host", "ward:9117")], false),
            (&[("origin", "https://ward:9117")], false),
        ] {
            let expected = if expected { Ok("nino".into()) } else { Err(Reason::CrossSite) };
            assert_eq!(refused(true, true, headers), expected, "{headers:?}");
        }
    }
}
