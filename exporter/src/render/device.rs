//! A made-up device for tests: its MIB as a list, and what a perfect walk of it brings.

use std::collections::BTreeMap;
use std::sync::Arc;

use snmp::{Cell, Column, Harvest, Oid, Value, Wanted};

use super::text::Writer;
use super::{Report, Settings, render};
use crate::module::{Module, Modules};
use crate::plan::Plan;

/// A device's MIB.
#[derive(Debug, Clone, Default)]
pub(crate) struct Device(pub BTreeMap<Oid, Value>);

impl Device {
    /// A device with these values.
    pub fn new<'a>(mib: impl IntoIterator<Item = (&'a str, Value)>) -> Self {
        Self(mib.into_iter().map(|(oid, value)| (oid.parse().unwrap(), value)).collect())
    }

    /// What a walk brings.
    pub fn walk(&self, wanted: &Wanted) -> Harvest {
        let column = |root: &Oid, cells| Column { oid: root.clone(), cells, ..Column::default() };
        let below = |root: &Oid| {
            let tail = |oid: &Oid| root.index_of(oid).unwrap().into();
            let values = self.0.range(root.clone()..).take_while(|(oid, _)| root.contains(oid));
            column(root, values.map(|(oid, value)| Cell { index: tail(oid), value: value.clone() }).collect())
        };
        let one = |oid: &Oid| {
            let value = self.0.get(oid).map(|value| Cell { index: [][..].into(), value: value.clone() });
            column(oid, value.into_iter().collect())
        };
        Harvest {
            gets: wanted.get.iter().map(one).collect(),
            columns: wanted.subtrees.iter().map(|subtree| below(&subtree.oid)).collect(),
            ..Harvest::default()
        }
    }

    /// A whole scrape.
    pub fn scrape(&self, modules: &[Arc<Module>], settings: &Settings) -> (String, Report) {
        self.scrape_by(&Plan::new(modules), settings)
    }

    /// A whole scrape by a plan.
    pub fn scrape_by(&self, plan: &Plan, settings: &Settings) -> (String, Report) {
        let first = self.walk(plan.wanted());
        let second = plan.fallback(&first).map(|wanted| self.walk(&wanted));
        let mut out = Writer::default();
        let report = render(plan, &first, second.as_ref(), settings, &mut out);
        (String::from_utf8(out.finish()).unwrap(), report)
    }

    /// A scrape by one module, which stands in a YAML text as `m`; the sample lines only.
    pub fn samples(&self, yaml: &str) -> Vec<String> {
        let (text, report) = self.scrape(&[module(yaml)], &Settings::default());
        assert!(report.problems.is_empty(), "{:?}", report.problems);
        text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
    }
}

/// The module `m` of a YAML text.
pub(crate) fn module(yaml: &str) -> Arc<Module> {
    let modules = Modules::from_texts([("m.yml", yaml)]).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    modules.get("m").unwrap().clone()
}

/// A sample as Prometheus reads it: name, labels, value.
pub(crate) type Parsed = (String, BTreeMap<String, String>, f64);

/// Reads text format 0.0.4, strictly: the samples, and each family's type and HELP text.
pub(crate) fn parse(text: &str) -> (Vec<Parsed>, BTreeMap<String, (String, String)>) {
    let mut samples = Vec::new();
    let mut families: BTreeMap<String, (String, String)> = BTreeMap::new();
    assert!(text.is_empty() || text.ends_with('\n'), "the last line has no end");
    let mut lines = text.split('\n');
    while let Some(line) = lines.next().filter(|line| !line.is_empty()) {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').unwrap();
            let kind = lines.next().unwrap().strip_prefix("# TYPE ").unwrap();
            let kind = kind.strip_prefix(name).unwrap().strip_prefix(' ').unwrap();
            assert!(["gauge", "counter"].contains(&kind));
            let known = families.insert(name.into(), (kind.into(), unescape(help, false)));
            assert!(known.is_none(), "{name} has two heads");
            continue;
        }
        let sample = parse_sample(line).unwrap_or_else(|| panic!("not a sample: {line:?}"));
        assert!(families.contains_key(&sample.0), "{line}");
        samples.push(sample);
    }
    (samples, families)
}

fn parse_sample(line: &str) -> Option<Parsed> {
    let name_end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'))?;
    let (name, mut rest) = line.split_at(name_end);
    let mut labels = BTreeMap::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        loop {
            let (label, after) = rest.split_once("=\"")?;
            assert!(label.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{line}");
            let mut end = 0;
            let bytes = after.as_bytes();
            while bytes.get(end)? != &b'"' {
                end += if bytes[end] == b'\\' { 2 } else { 1 };
            }
            assert!(labels.insert(label.to_owned(), unescape(&after[..end], true)).is_none(), "{line}");
            rest = &after[end + 1..];
            match rest.strip_prefix(',') {
                Some(after) => rest = after,
                None => break,
            }
        }
        rest = rest.strip_prefix('}')?;
    }
    let value = rest.strip_prefix(' ')?;
    let number = match value {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        "NaN" => f64::NAN,
        _ if value.starts_with(|c: char| c.is_ascii_digit() || c == '-') => value.parse().ok()?,
        _ => return None,
    };
    (!name.is_empty()).then(|| (name.to_owned(), labels, number))
}

fn unescape(text: &str, quotes: bool) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        assert!(c != '"' || !quotes);
        out.push(match c {
            '\\' => match chars.next() {
                Some('n') => '\n',
                Some('\\') => '\\',
                Some('"') if quotes => '"',
                other => panic!("\\{other:?} is no escape"),
            },
            c => c,
        });
    }
    out
}
