//! Two answers to one scrape, snmp_exporter's and ours: are they the same, and where not?
//!
//! Everything counts: status, content type, HELP, TYPE, names, labels, values, the order, and how a number is
//! written. Only the values of `snmp_scrape_*` are let be: they tell how the scrape went, not what the device
//! said.

pub mod known;
pub mod stored;

use std::collections::{BTreeMap, BTreeSet};

use std::net::SocketAddr;
use std::path::Path;

use self::known::Known;
use crate::exposition::{Exposition, Labels};
use crate::http::Answer;
use crate::snmp_exporter::{NoAnswer, Server, Side, installed};

/// As many differences of one kind are told.
const SHOWN: usize = 20;

/// As many reasons of one failed scrape ours tells.
const MOST_TOLD: usize = 100;

/// Both programs, with the same configuration.
#[derive(Debug)]
pub struct Pair {
    /// snmp_exporter.
    pub theirs: Server,
    /// ward-exporter.
    pub ours: Server,
}

/// What two answers that are the same have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Same {
    /// The HTTP status.
    pub status: u16,
    /// How many series, those of the scrape itself left out.
    pub series: usize,
    /// That they are not the same, and why that is meant.
    pub known: Option<Known>,
}

impl Pair {
    /// Starts both with this file and these flags; `None`, said aloud, where there is no snmp_exporter.
    pub fn start(config: &Path, flags: &[&str]) -> Option<Self> {
        Self::start_with(config, config, flags)
    }

    /// The same with a file each.
    pub fn start_with(theirs: &Path, ours: &Path, flags: &[&str]) -> Option<Self> {
        installed()?;
        let arguments = |config: &Path| {
            let config = format!("--config.file={}", config.display());
            flags.iter().map(|flag| flag.to_string()).chain([config]).collect::<Vec<_>>()
        };
        let ours = Server::start(Side::Ours, arguments(ours));
        Some(Self { theirs: Server::start(Side::Theirs, arguments(theirs)), ours })
    }

    /// Has both scrape an agent, each its own where they should not see each other's requests.
    pub fn scrape(&mut self, theirs: SocketAddr, ours: SocketAddr, query: &str) -> Result<Same, String> {
        let theirs = self.theirs.get(&format!("/snmp?target={theirs}&{query}"), &[]);
        let ours = self.ours.get(&format!("/snmp?target={ours}&{query}"), &[]);
        judge(&theirs, &ours)
    }
}

/// Whether the answers are the same, or other on purpose.
pub fn judge(theirs: &Result<Answer, NoAnswer>, ours: &Result<Answer, NoAnswer>) -> Result<Same, String> {
    let Ok(ours) = ours else {
        return Err(format!("no answer\n  theirs: {theirs:.300?}\n  ours: {ours:.300?}"));
    };
    let outcome = match theirs {
        Ok(theirs) => compare(theirs, ours),
        Err(none) => Err(format!("{none:?}; ours: {} {:.300}", ours.status, ours.body)),
    };
    outcome.or_else(|difference| match known::explain(theirs, ours) {
        Some(known) => Ok(Same { status: ours.status, series: 0, known: Some(known) }),
        None => Err(difference),
    })
}

/// Compares the answers. `Err` is a text of some lines.
pub fn compare(theirs: &Answer, ours: &Answer) -> Result<Same, String> {
    if theirs.status != ours.status {
        return Err(format!(
            "status {} instead of {}; theirs: {:.600}\n  ours: {:.600}",
            ours.status, theirs.status, theirs.body, ours.body
        ));
    }
    let kind = |answer: &Answer| answer.header("content-type").unwrap_or_default().to_string();
    if kind(theirs) != kind(ours) {
        return Err(format!("content type {:?} instead of {:?}", kind(ours), kind(theirs)));
    }
    if theirs.status != 200 {
        let (their, our) = (reasons(&theirs.body), reasons(&ours.body));
        if their == our {
            return Ok(Same { status: theirs.status, series: 0, known: None });
        }
        // Ours tells a hundred of them: who has more has read enough.
        if ours.body.lines().count() > MOST_TOLD && our.is_subset(&their) {
            return Ok(Same { status: theirs.status, series: 0, known: None });
        }
        let (missing, extra): (Vec<_>, Vec<_>) =
            (their.difference(&our).collect(), our.difference(&their).collect());
        return Err(format!("other reasons\n  missing: {missing:.900?}\n  too much: {extra:.900?}"));
    }
    texts(&theirs.body, &ours.body).map(|series| Same { status: theirs.status, series, known: None })
}

/// Compares the texts of two good answers. `Ok` tells how many series both have.
pub fn texts(theirs: &str, ours: &str) -> Result<usize, String> {
    let (theirs, ours) = (masked(theirs), masked(ours));
    let of_device = |line: &&str| !line.starts_with('#') && !line.starts_with("snmp_scrape_");
    if theirs == ours {
        return Ok(theirs.lines().filter(of_device).count());
    }
    let read = |text: &str, whose: &str| {
        Exposition::parse(text).map_err(|error| format!("{whose} cannot be read: {error}"))
    };
    let parsed = (read(&theirs, "theirs")?, read(&ours, "ours")?);
    let differences = differences(&parsed.0, &parsed.1);
    if !differences.is_empty() {
        return Err(differences.join("\n"));
    }
    // Where only label names differ, Prometheus' order leaves it to chance which of two samples comes first.
    let sorted = |text: &str| -> Vec<String> {
        let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
        lines.sort();
        lines
    };
    if sorted(&theirs) == sorted(&ours) && parsed.1.names().eq(parsed.0.names()) && in_order(&parsed.1) {
        return Ok(ours.lines().filter(of_device).count());
    }
    let pair = theirs.lines().zip(ours.lines()).find(|(theirs, ours)| theirs != ours);
    let (theirs, ours) = pair.unwrap_or_default();
    Err(format!("the same series, written in another way\n  theirs: {theirs}\n  ours:   {ours}"))
}

/// Whether the samples of each metric are in Prometheus' order: by the number of labels, then by their values.
fn in_order(exposition: &Exposition) -> bool {
    let key = |labels: &Labels| (labels.len(), labels.values().cloned().collect::<Vec<_>>());
    exposition.names().all(|name| exposition.samples(name).is_sorted_by_key(|(labels, _)| key(labels)))
}

/// A text without the values of `snmp_scrape_*`; their names and labels stay.
fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match line.rsplit_once(' ') {
            Some((series, _)) if line.starts_with("snmp_scrape_") => {
                out.push_str(series);
                out.push_str(" 0\n");
            }
            _ => out.push_str(line),
        }
    }
    out
}

/// A series' value, type and HELP.
type Told<'a> = (String, &'a str, &'a str);

/// Series that only one has, and those that both have and that differ.
fn differences(theirs: &Exposition, ours: &Exposition) -> Vec<String> {
    let (theirs, ours) = (all(theirs), all(ours));
    let mut lines = Vec::new();
    let mut tell = |what: &str, found: Vec<String>| {
        if !found.is_empty() {
            lines.push(format!("{} series {what}:", found.len()));
            lines.extend(found.into_iter().take(SHOWN).map(|line| format!("  {line}")));
        }
    };
    let show = |series: &(&str, &Labels)| format!("{}{:?}", series.0, series.1);
    let only = |these: &BTreeMap<_, Told<'_>>, those: &BTreeMap<_, Told<'_>>| {
        let only = these.iter().filter(|(series, _)| !those.contains_key(*series));
        only.map(|(series, told)| format!("{} {}", show(series), told.0)).collect()
    };
    tell("missing", only(&theirs, &ours));
    tell("too much", only(&ours, &theirs));
    let both = theirs.iter().filter_map(|(series, told)| Some((series, told, ours.get(series)?)));
    let other = both.filter(|(_, theirs, ours)| theirs != ours);
    let other =
        other.map(|(series, theirs, ours)| format!("{}: {ours:?} instead of {theirs:?}", show(series)));
    tell("different", other.collect());
    lines
}

fn all(exposition: &Exposition) -> BTreeMap<(&str, &Labels), Told<'_>> {
    let mut all = BTreeMap::new();
    for name in exposition.names() {
        let kind = exposition.kind(name).unwrap_or_default();
        let help = exposition.help(name).unwrap_or("(none)");
        for (labels, value) in exposition.samples(name) {
            // As text, in which NaN is equal to itself and all of a float64 is told.
            all.insert((name, labels), (format!("{value:?}"), kind, help));
        }
    }
    all
}

/// The reasons of an HTTP 500, each once, without what chance makes of them: snmp_exporter gathers samples in no
/// order, so which of two equal series came first, and which of two HELP texts, is anybody's guess.
fn reasons(body: &str) -> BTreeSet<String> {
    // A label in a reason may have several lines, so only what begins one ends the one before.
    let (title, list) = body.split_once("\n\n").unwrap_or((body, ""));
    let list = list.split_once("error(s) occurred:\n").map_or(list, |(_, list)| list);
    let list = list.strip_prefix("* ").unwrap_or(list).trim_end().split("\n* ");
    let mut reasons: BTreeSet<String> = list.map(reason).chain([title.to_string()]).collect();
    // A sample whose HELP is another is not looked at any further.
    let other_help: Vec<String> =
        reasons.iter().filter_map(|reason| Some(reason.strip_suffix(OTHER_HELP)?.to_string())).collect();
    for name in other_help {
        reasons.remove(&format!("{name}{DUPLICATE}"));
    }
    reasons
}

const DUPLICATE: &str = " was collected before with the same name and label values";
const OTHER_HELP: &str = " has help";
const UNDECODABLE: &str = "error in unmarshalResponse: error decoding value";

/// A reason without labels, values and texts.
fn reason(line: &str) -> String {
    if let Some(metric) = line.strip_prefix("collected metric ") {
        let name = metric.split(' ').next().unwrap_or_default().trim_matches('"');
        let kinds = [DUPLICATE, OTHER_HELP, " should be a Counter", " should be a Gauge", " not valid UTF-8"];
        let kind = kinds.into_iter().find(|kind| metric.contains(kind));
        return format!("{name}{}", kind.unwrap_or(metric));
    }
    // Where each side has an agent of its own the port is another.
    let line = match line.split_once(" target 127.0.0.1:") {
        Some((before, after)) => {
            &format!("{before} target{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
        }
        None => line,
    };
    // What follows is a dump of the packet.
    if let Some(at) = line.find(UNDECODABLE) {
        return line.get(..at + UNDECODABLE.len()).unwrap_or(line).to_string();
    }
    // snmp_exporter shows the labels' values here.
    match (line.find(" with labels ["), line.find("]: ")) {
        (Some(from), Some(to)) if from < to => format!("{}{}", &line[..from], &line[to + 1..]),
        _ => line.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEIRS: &str = "# HELP a x\n# TYPE a gauge\na{i=\"1\"} 1\na{i=\"2\"} 1e+06\n\
                          # HELP snmp_scrape_x y\n# TYPE snmp_scrape_x gauge\nsnmp_scrape_x{module=\"m\"} 5\n";

    #[test]
    fn every_difference_is_told() {
        let other_cost = THEIRS.replace("} 5", "} 0.25");
        assert_eq!(texts(THEIRS, &other_cost), Ok(2));
        for (from, to, expected) in [
            ("a{i=\"1\"} 1\n", "", "1 series missing:\n  a{\"i\": \"1\"} 1.0"),
            ("} 1\n", "} 1\na{i=\"11\"} 1\n", "1 series too much:\n  a{\"i\": \"11\"} 1.0"),
            (
                "} 1\n",
                "} 2\n",
                "1 series different:\n  a{\"i\": \"1\"}: (\"2.0\", \"gauge\", \"x\") instead of (\"1.0\", \"gauge\", \"x\")",
            ),
            ("a x", "a z", "2 series different:"),
            ("a gauge", "a counter", "2 series different:"),
            (
                "1e+06",
                "1000000",
                "the same series, written in another way\n  theirs: a{i=\"2\"} 1e+06\n  ours:   a{i=\"2\"} 1000000",
            ),
            (
                "a{i=\"1\"} 1\na{i=\"2\"} 1e+06\n",
                "a{i=\"2\"} 1e+06\na{i=\"1\"} 1\n",
                "the same series, written",
            ),
            ("# HELP a x\n", "", "2 series different:"),
            ("{module=\"m\"}", "{module=\"n\"}", "1 series missing:\n  snmp_scrape_x"),
            ("# TYPE a", "# TYPO a", "ours cannot be read: line 3: no TYPE before it"),
        ] {
            let found = texts(THEIRS, &THEIRS.replace(from, to)).unwrap_err();
            assert!(found.starts_with(expected), "{from} → {to}: {found}");
        }
    }

    #[test]
    fn the_order_is_free_only_where_it_is_left_to_chance() {
        let family = |lines: &str| format!("# HELP a x\n# TYPE a gauge\n{lines}");
        let (one, other, third) = ("a{i=\"1\"} 1\n", "a{j=\"1\"} 2\n", "a{i=\"2\"} 3\n");
        let theirs = family(&[other, one, third].concat());
        assert_eq!(texts(&theirs, &family(&[one, other, third].concat())), Ok(3));
        assert!(texts(&theirs, &family(&[one, third, other].concat())).is_err());
    }

    #[test]
    fn errors_are_compared_by_their_reasons() {
        let title = "An error has occurred while serving metrics:";
        for (lines, expected) in [
            (
                "2 error(s) occurred:\n\
                * collected metric \"a\" { label:{name:\"i\"  value:\"1\"}  gauge:{value:2}} was collected before with the same name and label values\n\
                * collected metric \"a\" { label:{name:\"i\"  value:\"2\"}  gauge:{value:2}} was collected before with the same name and label values\n",
                "a was collected before with the same name and label values",
            ),
            (
                "2 error(s) occurred:\n\
                * collected metric a label:{name:\"i\"} gauge:{value:2} has help \"x\" but should have \"y\"\n\
                * collected metric \"a\" { gauge:{value:2}} was collected before with the same name and label values\n",
                "a has help",
            ),
            ("error for metric a with labels [1 2\n3]: int\n", "error for metric a: int"),
        ] {
            let found = reasons(&format!("{title}\n\n{lines}"));
            assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), [title, expected]);
        }
    }
}
