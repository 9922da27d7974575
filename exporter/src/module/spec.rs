//! A module as it is used: everything parsed, compiled and checked.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use regex::Regex;
use snmp::Oid;

use super::strptime::Pattern;
use super::template::Template;

/// What to read of a device and which metrics to make of it.
#[derive(Debug, Clone)]
pub struct Module {
    /// Its name.
    pub name: String,
    /// The file it stands in.
    pub file: String,
    /// Its line there, counted from 1.
    pub line: u64,
    /// Subtrees it may read.
    pub walk: Vec<Oid>,
    /// Instances it may read.
    pub get: Vec<Oid>,
    /// Its metrics, in the order of the file.
    pub metrics: Vec<Metric>,
    /// Rows it is limited to.
    pub filters: Vec<Filter>,
    /// How it asks.
    pub params: WalkParams,
    /// Whether `/snmp` answers what was read of it where something is missing. Not in snmp_exporter's format.
    pub partial: bool,
}

/// How a module asks a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalkParams {
    /// Rows an answer may hold at the most, where the file says so; upstream's default is 25, and 0 means 50
    /// on the wire.
    pub max_repetitions: Option<u32>,
    /// How often an unanswered request is sent again.
    pub retries: u32,
    /// The longest wait for one answer.
    pub timeout: Duration,
    /// Whether answers from another address than the one asked are taken.
    pub use_unconnected_udp_socket: bool,
    /// Whether an agent that goes back in the MIB is read on.
    pub allow_nonincreasing_oids: bool,
}

impl Default for WalkParams {
    fn default() -> Self {
        Self {
            max_repetitions: None,
            retries: 3,
            timeout: Duration::from_secs(5),
            use_unconnected_udp_socket: false,
            allow_nonincreasing_oids: false,
        }
    }
}

/// One metric: a column or a scalar, and what its values become.
#[derive(Debug, Clone)]
pub struct Metric {
    /// The series' name.
    pub name: String,
    /// The column or scalar, without instance.
    pub oid: Oid,
    /// What a value becomes.
    pub kind: Kind,
    /// The HELP text.
    pub help: String,
    /// How the arcs behind the OID become labels.
    pub indexes: Vec<Index>,
    /// Labels read from other columns, in order.
    pub lookups: Vec<Lookup>,
    /// Numbers taken out of a text; the text itself is then not exported.
    pub extracts: Vec<Extract>,
    /// What a number is multiplied with; 0 is "not at all".
    pub scale: f64,
    /// What is added to a number after that.
    pub offset: f64,
    /// Columns that stand in, row by row, where this one has nothing.
    pub fallback: Vec<Fallback>,
}

/// What a metric's value becomes.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A counter.
    Counter,
    /// A gauge; `Float` and `Double` are the same.
    Gauge,
    /// Unix time of an SNMPv2-TC DateAndTime (RFC 2579).
    DateAndTime,
    /// Unix time of a text.
    ParseDateAndTime(Pattern),
    /// Unix time of an NTP timestamp (RFC 5905 §6), whole seconds.
    NtpTimeStamp,
    /// A gauge: the number a text is.
    ParsedFloat,
    /// One series `NAME_info` with the value's name as label.
    EnumAsInfo(EnumValues),
    /// A series of 0 or 1 for each known value.
    EnumAsStateSet(EnumValues),
    /// A series of 0 or 1 for each known bit (BITS, RFC 2578 §7.1.4).
    Bits(EnumValues),
    /// One series of 1: only the labels matter. Not in snmp_exporter's format.
    Info,
    /// One series of 1 with the text as label.
    Text(Text),
}

/// How octets are shown as text. Other values ignore it: an INTEGER is shown as its number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Text {
    /// What the octets are.
    pub kind: TextKind,
    /// A DISPLAY-HINT (RFC 2579 §3.1) that goes first; only with [`TextKind::OctetString`].
    pub hint: Option<String>,
}

/// What octets, or the arcs of an index, are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextKind {
    /// One arc, in decimal: `gauge`, `counter`, `Integer`, `Integer32`.
    Number,
    /// `0x` and upper-case hex.
    OctetString,
    /// Text.
    DisplayString,
    /// Six octets, `00:1A:2B:3C:4D:5E`.
    PhysAddress48,
    /// Four octets, `192.0.2.1`.
    InetAddressIpv4,
    /// Sixteen octets, eight groups of four upper-case hex digits.
    InetAddressIpv6,
    /// InetAddressType, length and InetAddress (RFC 4001).
    InetAddress,
    /// InetAddressType and InetAddress without length.
    InetAddressMissingSize,
    /// LldpPortIdSubtype, length and LldpPortId (LLDP-MIB).
    LldpPortId,
    /// One arc, by name.
    Enum,
}

/// Names of numbers. Shared, as modules repeat the same large enums.
pub type EnumValues = Arc<BTreeMap<i64, String>>;

/// How the next arcs of an index become a label.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Index {
    /// The label.
    pub label: String,
    /// What the arcs are.
    pub kind: TextKind,
    /// The number of arcs, where the MIB fixes it; 0 where it does not.
    pub fixed_size: usize,
    /// Whether it takes all that is left, without length (IMPLIED, RFC 2578 §7.7).
    pub implied: bool,
    /// Names, for [`TextKind::Enum`].
    pub values: EnumValues,
}

/// A label read from another column of the same row, or a label taken away.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Lookup {
    /// The label is not exported; later lookups may still use it.
    Drop {
        /// The label.
        label: String,
    },
    /// The label is the value at `oid` plus the arcs of `sources`.
    Find {
        /// The label.
        label: String,
        /// The labels whose arcs make up the index.
        sources: Vec<String>,
        /// The column.
        oid: Oid,
        /// How its value is shown.
        text: Text,
        /// Names of its values, where the type is EnumAsInfo.
        values: EnumValues,
        /// What stands in for a value that is missing or an empty text.
        fallback: Vec<LookupFallback>,
    },
}

impl Lookup {
    /// The label it sets or takes away.
    pub fn label(&self) -> &str {
        match self {
            Lookup::Drop { label } | Lookup::Find { label, .. } => label,
        }
    }
}

/// What stands in for a label's column.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LookupFallback {
    /// The same row of another column.
    Column {
        /// The column.
        oid: Oid,
        /// How its value is shown.
        text: Text,
    },
    /// The source labels themselves, joined by dots: what always exists.
    Index,
}

/// A column that stands in for a metric's own.
#[derive(Debug, Clone, PartialEq)]
pub struct Fallback {
    /// The column.
    pub oid: Oid,
    /// What its numbers are multiplied with; 0 is "not at all".
    pub scale: f64,
    /// What is added to its numbers after that.
    pub offset: f64,
    /// When it is looked at.
    pub when: When,
}

/// When a fallback column is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The columns before it have no value, or an empty text.
    Missing,
    /// The same, or the value is 0, as ifHighSpeed is below 500 kbit/s and where an agent does not know.
    MissingOrZero,
}

/// A number taken out of a text.
#[derive(Debug, Clone)]
pub struct Extract {
    /// What is put behind the metric's name.
    pub suffix: String,
    /// Tried in order: the first that matches and gives a number wins.
    pub rules: Vec<ExtractRule>,
}

/// One regular expression and what to make of its match.
#[derive(Debug, Clone)]
pub struct ExtractRule {
    /// Matches the whole text.
    pub regex: Regex,
    /// Becomes the number.
    pub template: Template,
}

/// Rows a module is limited to: those where a value of `oid` matches.
#[derive(Debug, Clone)]
pub struct Filter {
    /// The column that decides.
    pub oid: Oid,
    /// The columns that are limited.
    pub targets: Vec<Oid>,
    /// One of these must match somewhere in the value.
    pub values: Vec<Regex>,
}
