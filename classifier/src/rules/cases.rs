//! The tests a rule file carries: facts, and what should come of them. A file whose tests fail is not used.

use std::collections::BTreeMap;
use std::sync::Arc;

use inventory::fields::Fields;
use inventory::yaml::Kind;
use inventory::{At, Problem, Problems};

use super::Ruleset;
use super::reading::Reader;
use crate::classification::Classification;
use crate::facts::{Capability, DeviceFacts, InterfaceFacts, NeighbourFacts, Status};
use crate::kind::InterfaceType;
use crate::text::speed::parse_speed;

const FACT_KEYS: [&str; 17] = [
    "alias",
    "descr",
    "name",
    "if_type",
    "speed_bps",
    "mtu",
    "admin",
    "oper",
    "connector",
    "mac",
    "lag",
    "lag_member",
    "addresses",
    "device",
    "sys_object_id",
    "labels",
    "neighbours",
];
const EXPECT_KEYS: [&str; 7] =
    ["type", "provider", "critical", "min_confidence", "max_confidence", "labels", "review"];

/// One test.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    at: At,
    path: String,
    pub facts: InterfaceFacts,
    expect: Expect,
}

/// What should come of it; what is `None` may be anything.
#[derive(Debug, Clone, Default)]
struct Expect {
    kind: Option<InterfaceType>,
    provider: Option<Option<String>>,
    critical: Option<Critical>,
    min_confidence: Option<f64>,
    max_confidence: Option<f64>,
    labels: Vec<(String, Option<String>)>,
    review: Option<bool>,
}

/// Critical or not, or critical for that reason.
#[derive(Debug, Clone)]
enum Critical {
    Flag(bool),
    Reason(String),
}

/// Reads the tests of a file.
pub(super) fn cases(file: &Fields<'_>, problems: &Problems) -> Vec<Case> {
    if file.get("tests").is_none() {
        return Vec::new();
    }
    let items = super::parse::list_of(file, "tests", "tests, each with in and expect", problems);
    let reader = Reader { problems };
    let mut cases = Vec::with_capacity(items.len());
    for (place, item) in items.iter().enumerate() {
        let path = format!("tests[{place}]");
        let Some(fields) = Fields::open(item, path.clone(), problems) else { continue };
        fields.check_keys(&["in", "expect"]);
        let (facts, expect) = (reader.section(&fields, "in"), reader.section(&fields, "expect"));
        let (Some(facts), Some(expect)) = (facts, expect) else {
            fields.problem("in", "expected facts in `in` and what should come of them in `expect`");
            continue;
        };
        let facts = facts_of(&facts, &reader);
        let expect = expect_of(&expect, &reader);
        cases.push(Case { at: fields.at, path, facts, expect });
    }
    cases
}

/// The facts of a map.
fn facts_of(fields: &Fields<'_>, reader: &Reader<'_>) -> InterfaceFacts {
    fields.check_keys(&FACT_KEYS);
    let text = |key: &str| fields.text(key).unwrap_or_default().to_owned();
    let statuses = Status::ALL.map(|status| (status.as_str(), status));
    let status = |key: &str| reader.words(fields, key, &statuses).and_then(|words| words.first().copied());
    let speed = fields.text("speed_bps").and_then(|text| {
        let speed = parse_speed(text);
        if speed.is_none() {
            fields.problem("speed_bps", format!("expected a speed such as 10G, found {text:?}"));
        }
        speed
    });
    let mac = fields.text("mac").and_then(|text| {
        let mac = parse_mac(text);
        if mac.is_none() {
            fields
                .problem("mac", format!("expected a MAC address such as 00:1a:2b:3c:4d:5e, found {text:?}"));
        }
        mac
    });
    let addresses = reader.texts(fields, "addresses").unwrap_or_default();
    let addresses = addresses.into_iter().filter_map(|(node, text)| {
        let address = text.parse().ok();
        if address.is_none() {
            let message = format!("expected an address such as 192.0.2.1/30, found {text:?}");
            reader.problem(node, fields, "addresses", message);
        }
        address
    });
    InterfaceFacts {
        device: Arc::new(DeviceFacts {
            name: text("device"),
            labels: texts_of(fields, "labels", reader),
            sys_object_id: text("sys_object_id"),
            ..DeviceFacts::default()
        }),
        name: text("name"),
        descr: text("descr"),
        alias: text("alias"),
        if_type: fields.number("if_type", 0..=u32::MAX),
        speed_bps: speed,
        mtu: fields.number("mtu", 0..=u32::MAX),
        admin: status("admin"),
        oper: status("oper"),
        mac,
        connector: fields.flag("connector"),
        addresses: addresses.collect(),
        is_lag: fields.flag("lag").unwrap_or(false),
        lag: fields.text("lag_member").map(str::to_owned),
        neighbours: neighbours(fields, reader),
        ..InterfaceFacts::default()
    }
}

/// A MAC address with colons or hyphens.
pub(crate) fn parse_mac(text: &str) -> Option<[u8; 6]> {
    let octets: Option<Vec<u8>> =
        text.split([':', '-']).map(|octet| u8::from_str_radix(octet, 16).ok()).collect();
    octets?.try_into().ok()
}

/// A map of texts.
fn texts_of(fields: &Fields<'_>, key: &str, reader: &Reader<'_>) -> BTreeMap<String, String> {
    let section = reader.section(fields, key);
    let entries = section.as_ref().map_or(&[][..], Fields::entries);
    entries.iter().map(|(key, node)| (key.text.clone(), node.text().unwrap_or_default().to_owned())).collect()
}

fn neighbours(fields: &Fields<'_>, reader: &Reader<'_>) -> Vec<NeighbourFacts> {
    let Some(node) = fields.get("neighbours") else { return Vec::new() };
    let Kind::List(items) = &node.kind else {
        fields.problem("neighbours", format!("expected a list of neighbours, found {}", node.name()));
        return Vec::new();
    };
    let capabilities = Capability::ALL.map(|capability| (capability.as_str(), capability));
    let mut neighbours = Vec::new();
    for (place, item) in items.iter().enumerate() {
        let path = format!("{}[{place}]", fields.key("neighbours"));
        let Some(fields) = Fields::open(item, path, reader.problems) else { continue };
        fields.check_keys(&["name", "platform", "capabilities", "role", "site"]);
        let text = |key: &str| fields.text(key).map(str::to_owned);
        neighbours.push(NeighbourFacts {
            name: text("name").unwrap_or_default(),
            platform: text("platform").unwrap_or_default(),
            capabilities: reader.words(&fields, "capabilities", &capabilities).unwrap_or_default(),
            role: text("role"),
            site: text("site"),
            manual: false,
        });
    }
    neighbours
}

fn expect_of(fields: &Fields<'_>, reader: &Reader<'_>) -> Expect {
    fields.check_keys(&EXPECT_KEYS);
    let provider = fields.raw("provider").map(|node| node.text().map(str::to_owned));
    let critical = fields.text("critical").map(|text| match text {
        "true" => Critical::Flag(true),
        "false" => Critical::Flag(false),
        reason => Critical::Reason(reason.to_owned()),
    });
    let section = reader.section(fields, "labels");
    let entries = section.as_ref().map_or(&[][..], Fields::entries);
    Expect {
        kind: reader.kind(fields, "type"),
        provider,
        critical,
        min_confidence: reader.share(fields, "min_confidence"),
        max_confidence: reader.share(fields, "max_confidence"),
        labels: entries
            .iter()
            .map(|(key, node)| (key.text.clone(), node.text().map(str::to_owned)))
            .collect(),
        review: fields.flag("review"),
    }
}

impl Ruleset {
    /// The tests that fail, each with what was expected and what came.
    pub(super) fn failures(&self) -> Vec<Problem> {
        let mut failures = Vec::new();
        for case in &self.cases {
            let came = self.classify(&case.facts);
            let differences = case.expect.differences(&came);
            if !differences.is_empty() {
                let message = format!("{}; {}", differences.join("; "), reasons(&came));
                failures.push(Problem { at: case.at, key: case.path.clone(), message });
            }
        }
        failures
    }
}

/// Which rules led to it.
fn reasons(came: &Classification) -> String {
    if came.votes.is_empty() {
        return "no rule voted".to_owned();
    }
    let votes: Vec<String> = came
        .votes
        .iter()
        .map(|vote| format!("{} said {} {} ({})", vote.rule, vote.kind, vote.weight, vote.because))
        .collect();
    votes.join(", ")
}

impl Expect {
    fn differences(&self, came: &Classification) -> Vec<String> {
        let mut differences = Vec::new();
        let mut differ = |what: &str, expected: String, came: String| {
            if expected != came {
                differences.push(format!("expected {what} {expected}, came {came}"));
            }
        };
        let text = |text: Option<&str>| text.unwrap_or("none").to_owned();
        if let Some(kind) = self.kind {
            differ("type", kind.to_string(), came.kind.to_string());
        }
        if let Some(provider) = &self.provider {
            differ("provider", text(provider.as_deref()), text(came.provider.as_deref()));
        }
        match &self.critical {
            Some(Critical::Flag(flag)) => {
                differ("critical", flag.to_string(), came.critical.critical.to_string());
            }
            Some(Critical::Reason(reason)) => {
                differ("critical for", reason.clone(), text(came.critical.reason.as_deref()));
            }
            None => {}
        }
        if let Some(min) = self.min_confidence.filter(|min| came.confidence < *min) {
            differ("a confidence of at least", min.to_string(), came.confidence.to_string());
        }
        if let Some(max) = self.max_confidence.filter(|max| came.confidence > *max) {
            differ("a confidence of at most", max.to_string(), came.confidence.to_string());
        }
        for (label, value) in &self.labels {
            let found = came.labels.get(label.as_str()).map(String::as_str);
            differ(&format!("label {label}"), text(value.as_deref()), text(found));
        }
        if let Some(review) = self.review {
            differ("review", review.to_string(), (!came.review.is_empty()).to_string());
        }
        differences
    }
}
