//! From OpenMetrics text, as prometheus-client writes it, to the older text format 0.0.4.
//!
//! Samples are the same. What differs: a counter's HELP and TYPE carry `_total`, an info's `_info` (and it is a gauge),
//! there is no UNIT, no exemplar and no EOF.

/// The same metrics in text format 0.0.4.
pub(super) fn from_openmetrics(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 256);
    let mut help = None;
    // Only counters and histograms may have exemplars, and bounds. Other samples, of which there may be very many, are
    // copied together.
    let mut copied = false;
    let mut rest = text;
    while !rest.is_empty() {
        if copied && !rest.starts_with('#') {
            let (samples, next) = rest.split_at(samples(rest));
            out.push_str(samples);
            rest = next;
            continue;
        }
        let (line, next) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = next;
        if let Some(described) = line.strip_prefix("# HELP ") {
            help = described.split_once(' ');
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' '))
        {
            copied = matches!(kind, "gauge" | "info" | "stateset");
            let (suffix, kind) = old_type(kind);
            if let Some((_, help)) = help.take().filter(|(described, _)| *described == name) {
                out.extend(["# HELP ", name, suffix, " ", help, "\n"]);
            }
            out.extend(["# TYPE ", name, suffix, " ", kind, "\n"]);
        } else if !line.starts_with('#') {
            push_sample(&mut out, without_exemplar(line));
        }
    }
    out
}

/// How long the lines are up to the next that begins with `#`.
fn samples(text: &str) -> usize {
    let mut end = 0;
    while let Some(line) = text.get(end..).and_then(|rest| rest.find('\n')) {
        end += line + 1;
        if text.as_bytes().get(end) == Some(&b'#') {
            return end;
        }
    }
    text.len()
}

/// A sample line. A bucket's bound that is a whole number has no point, as Go's client writes it: `le="10"`.
fn push_sample(out: &mut String, line: &str) {
    let bound = line.split_once("le=\"").and_then(|(before, rest)| {
        let (bound, after) = rest.split_once('"')?;
        before.contains("_bucket{").then_some((before, bound.strip_suffix(".0")?, after))
    });
    match bound {
        Some((before, bound, after)) => out.extend([before, "le=\"", bound, "\"", after, "\n"]),
        None => out.extend([line, "\n"]),
    }
}

/// The suffix that a family's name gets, and what its type is called.
fn old_type(kind: &str) -> (&'static str, &str) {
    match kind {
        "counter" => ("_total", kind),
        "info" => ("_info", "gauge"),
        "stateset" => ("", "gauge"),
        "unknown" | "gaugehistogram" => ("", "untyped"),
        kind => ("", kind),
    }
}

/// A sample line up to its exemplar, which begins with ` # ` behind the labels.
fn without_exemplar(line: &str) -> &str {
    let mut quoted = false;
    let mut escaped = false;
    for (position, c) in line.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '#' if !quoted => return line[..position].trim_end(),
            _ => {}
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_form() {
        for (open, old) in [
            ("# EOF\n", ""),
            (
                "# HELP a Help text.\n# TYPE a counter\na_total{x=\"1\"} 2\n# EOF\n",
                "# HELP a_total Help text.\n# TYPE a_total counter\na_total{x=\"1\"} 2\n",
            ),
            ("# HELP a H.\n# TYPE a gauge\na 1.5\n# EOF\n", "# HELP a H.\n# TYPE a gauge\na 1.5\n"),
            (
                "# TYPE a gauge\na{x=\" # \"} 1\na{x=\"#\"} 2\n# TYPE b counter\nb_total 1 # {} 1\n# EOF\n",
                "# TYPE a gauge\na{x=\" # \"} 1\na{x=\"#\"} 2\n# TYPE b_total counter\nb_total 1\n",
            ),
            ("# TYPE a gauge\na 1", "# TYPE a gauge\na 1"),
            (
                "# HELP a_seconds H.\n# TYPE a_seconds histogram\n# UNIT a_seconds seconds\na_seconds_sum 1.0\n",
                "# HELP a_seconds H.\n# TYPE a_seconds histogram\na_seconds_sum 1.0\n",
            ),
            (
                "# HELP b H.\n# TYPE b info\nb_info{v=\"1\"} 1\n",
                "# HELP b_info H.\n# TYPE b_info gauge\nb_info{v=\"1\"} 1\n",
            ),
            (
                "# TYPE a histogram\na_bucket{le=\"10.0\",x=\"1.0\"} 1\na_bucket{le=\"2.5\"} 1\na_bucket{le=\"+Inf\"} 1\n",
                "# TYPE a histogram\na_bucket{le=\"10\",x=\"1.0\"} 1\na_bucket{le=\"2.5\"} 1\na_bucket{le=\"+Inf\"} 1\n",
            ),
            ("# HELP u H.\n# TYPE u unknown\nu 1\n", "# HELP u H.\n# TYPE u untyped\nu 1\n"),
            (
                "# TYPE a counter\na_total{x=\"q\\\" # {\"} 3 # {trace=\"y\"} 1.0\n",
                "# TYPE a_total counter\na_total{x=\"q\\\" # {\"} 3\n",
            ),
        ] {
            assert_eq!(from_openmetrics(open), old);
        }
    }
}
