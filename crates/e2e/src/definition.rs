//! Modules as snmp_exporter's files define them: as much as is needed to make up devices for them and to tell
//! whether two files mean the same. Read by a reader of our tests' own, not by the exporter's.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A file: `auths` and `modules`.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Definitions {
    /// By name.
    #[serde(default)]
    pub modules: BTreeMap<String, Module>,
}

/// A module: what to read, and what to make of it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Module {
    /// Subtrees.
    pub walk: Vec<String>,
    /// Instances.
    pub get: Vec<String>,
    /// What becomes series.
    pub metrics: Vec<Metric>,
    /// Which rows are let be.
    pub filters: Vec<Filter>,
    /// Rows asked for at once.
    pub max_repetitions: Option<u32>,
    /// How often a request is sent again.
    pub retries: Option<u32>,
    /// How long an answer is waited for.
    pub timeout: Option<String>,
}

/// A metric: an object and how it is shown.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// The column, or the scalar without its `.0`.
    pub oid: String,
    /// How values are read.
    #[serde(rename = "type")]
    pub kind: String,
    /// HELP.
    pub help: String,
    /// What the arcs behind the OID are.
    pub indexes: Vec<Index>,
    /// Labels that other columns have.
    pub lookups: Vec<Lookup>,
    /// Numbers in texts, by suffix.
    pub regex_extracts: BTreeMap<String, Vec<Extract>>,
    /// How a ParseDateAndTime is written.
    pub datetime_pattern: String,
    /// Names of values.
    pub enum_values: BTreeMap<i64, String>,
    /// Added to the value.
    pub offset: f64,
    /// Multiplied with the value.
    pub scale: f64,
    /// How octets are shown (RFC 2579 §3.1).
    pub display_hint: String,
}

/// A part of a row's index.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Index {
    /// The label that shows it.
    pub labelname: String,
    /// How its arcs are read.
    #[serde(rename = "type")]
    pub kind: String,
    /// How many arcs, where that is fixed.
    pub fixed_size: u32,
    /// Whether it takes all arcs that are left.
    pub implied: bool,
    /// Names of values.
    pub enum_values: BTreeMap<i64, String>,
}

/// A label that another column has.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lookup {
    /// The labels whose arcs are the other column's index; none to drop the label.
    pub labels: Vec<String>,
    /// The label.
    pub labelname: String,
    /// The column.
    pub oid: String,
    /// How its values are shown.
    #[serde(rename = "type")]
    pub kind: String,
    /// How octets are shown.
    pub display_hint: String,
    /// Names of values.
    pub enum_values: BTreeMap<i64, String>,
}

/// A number in a text.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Extract {
    /// What the text looks like.
    pub regex: String,
    /// What of it is the number.
    pub value: Option<String>,
}

/// Rows that are let be, by the values of a column.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// The column that decides.
    pub oid: String,
    /// The columns it decides about.
    pub targets: Vec<String>,
    /// Regular expressions of the values whose rows are read.
    pub values: Vec<String>,
}

impl Definitions {
    /// Reads a file's text.
    pub fn parse(text: &str) -> Result<Self, String> {
        // Two megabytes of modules are more than its limits for strangers' files.
        let options = serde_yaml::options! { budget: None };
        serde_yaml::from_str_with_options(text, options).map_err(|error| error.to_string())
    }
}

/// The arcs of an OID; none of a text that is none.
pub fn arcs(oid: &str) -> Vec<u32> {
    let arcs: Result<Vec<u32>, _> = oid.trim_start_matches('.').split('.').map(str::parse).collect();
    arcs.unwrap_or_default()
}
