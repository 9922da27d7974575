//! The daemon's own metrics: about this process and its work, never about the world it looks at.

mod process;
mod text;

use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::http::{Request, Response};

/// Content type of OpenMetrics text.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Content type of the older text, which everybody reads.
pub const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What this program was built from.
#[derive(Debug, Clone, Copy)]
pub struct BuildInfo {
    /// The version, such as `0.1.0`.
    pub version: &'static str,
    /// The revision of the source, where known.
    pub revision: &'static str,
}

/// All metrics of a daemon.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    prefix: &'static str,
    /// How long the text was the last time.
    length: AtomicUsize,
}

impl Metrics {
    /// The metrics that every daemon has: those of the process, and `{prefix}_build_info`. The prefix is such as
    /// `ward_exporter`.
    pub fn new(prefix: &'static str, build: BuildInfo) -> Self {
        let mut metrics = Metrics { registry: Registry::default(), prefix, length: AtomicUsize::new(0) };
        metrics.registry.register_collector(Box::new(process::Process));
        let labels = vec![
            ("version", build.version),
            ("revision", build.revision),
            ("os", std::env::consts::OS),
            ("arch", std::env::consts::ARCH),
        ];
        metrics.registry().register("build", "What this program was built from", Info::new(labels));
        metrics
    }

    /// Where the daemon registers its own; names get the prefix.
    pub fn registry(&mut self) -> &mut Registry {
        self.registry_of(self.prefix)
    }

    /// Where it registers those that are not about itself, whose names are theirs alone.
    pub fn unprefixed(&mut self) -> &mut Registry {
        &mut self.registry
    }

    /// Where it registers those with another prefix, such as of a program it stands in for.
    pub fn registry_of(&mut self, prefix: &'static str) -> &mut Registry {
        self.registry.sub_registry_with_prefix(prefix)
    }

    /// All metrics as OpenMetrics text.
    pub fn openmetrics(&self) -> String {
        // A text of many megabytes is not moved as it grows.
        let expected = self.length.load(Ordering::Relaxed);
        let mut out = String::with_capacity(expected + expected / 16);
        // Writing to a string cannot fail, and a collector of ours that does leaves out its own.
        if encode(&mut out, &self.registry).is_err() {
            let _ = out.write_str("# EOF\n");
        }
        self.length.store(out.len(), Ordering::Relaxed);
        out
    }

    /// The answer of `/metrics`: OpenMetrics for those who prefer it, text 0.0.4 for all others.
    pub fn answer(&self, request: &Request) -> Response {
        let openmetrics = self.openmetrics();
        if prefers_openmetrics(request.header("accept").unwrap_or_default()) {
            Response::new(OPENMETRICS, openmetrics)
        } else {
            Response::new(TEXT, Bytes::from(text::from_openmetrics(&openmetrics)))
        }
    }
}

/// Reads `Accept` (RFC 9110 §12.5.1): whether OpenMetrics has at least the weight of plain text.
fn prefers_openmetrics(accept: &str) -> bool {
    let mut openmetrics: f32 = 0.0;
    let mut text: f32 = 0.0;
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        let weight =
            parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.trim().parse().unwrap_or(0.0));
        match kind.to_ascii_lowercase().as_str() {
            "application/openmetrics-text" => openmetrics = openmetrics.max(weight),
            "text/plain" | "text/*" | "*/*" => text = text.max(weight),
            _ => {}
        }
    }
    openmetrics > 0.0 && openmetrics >= text
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::metrics::counter::Counter;

    #[test]
    fn accept_headers() {
        for (accept, expected) in [
            ("", false),
            ("*/*", false),
            ("text/plain;version=0.0.4;q=1,*/*;q=0.1", false),
            ("application/openmetrics-text", true),
            ("application/openmetrics-text; version=1.0.0; charset=utf-8", true),
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                 application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,\
                 text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                true,
            ),
            ("application/openmetrics-text;q=0.1,text/plain", false),
            ("application/openmetrics-text;q=0", false),
        ] {
            assert_eq!(prefers_openmetrics(accept), expected, "{accept}");
        }
    }

    #[test]
    fn both_forms_say_the_same() {
        let mut metrics = Metrics::new("ward_test", BuildInfo { version: "1.2.3", revision: "abc" });
        let counter: Counter = Counter::default();
        counter.inc_by(7);
        metrics.registry().register("scrapes", "Scrapes answered", counter);
        let build = |kind: &str| {
            format!(
                "{kind}{{version=\"1.2.3\",revision=\"abc\",os=\"{}\",arch=\"{}\"}} 1\n",
                std::env::consts::OS,
                std::env::consts::ARCH
            )
        };

        let mut request = Request::get("/metrics");
        let text = metrics.answer(&request);
        assert_eq!(text.headers["content-type"], TEXT);
        let body = std::str::from_utf8(&text.body).unwrap();
        assert!(
            body.contains("# TYPE ward_test_scrapes_total counter\nward_test_scrapes_total 7\n"),
            "{body}"
        );
        assert!(body.contains(&build("# TYPE ward_test_build_info gauge\nward_test_build_info")), "{body}");

        request.headers.insert("accept", "application/openmetrics-text".parse().unwrap());
        let open = metrics.answer(&request);
        assert_eq!(open.headers["content-type"], OPENMETRICS);
        let body = std::str::from_utf8(&open.body).unwrap();
        assert!(body.contains("# TYPE ward_test_scrapes counter\nward_test_scrapes_total 7\n"), "{body}");
        assert!(body.contains(&build("# TYPE ward_test_build info\nward_test_build_info")), "{body}");
        assert!(body.ends_with("# EOF\n"));
    }
}
