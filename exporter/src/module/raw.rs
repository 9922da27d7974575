//! The file as it is written: snmp_exporter's `snmp.yml`, key by key. Nothing is checked here but the keys.
//!
//! Texts keep the characters they were written with (`1.50`, `off`, `0123`), and nothing (`~`, or no value at
//! all) is an empty text, as Go's yaml.v2 reads them.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde_yaml::Spanned;

/// A whole file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFile {
    /// Their keys are the inventory's business.
    #[serde(default)]
    pub auths: Option<BTreeMap<String, Spanned<BTreeMap<String, Text>>>>,
    #[serde(default)]
    pub modules: Option<BTreeMap<String, Spanned<RawModule>>>,
    /// Read and not used, as upstream.
    #[serde(default, rename = "version")]
    _version: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawModule {
    #[serde(default)]
    pub walk: Option<Vec<Spanned<Text>>>,
    #[serde(default)]
    pub get: Option<Vec<Spanned<Text>>>,
    #[serde(default)]
    pub metrics: Option<Vec<Spanned<RawMetric>>>,
    #[serde(default)]
    pub filters: Option<Vec<Spanned<RawFilter>>>,
    #[serde(default)]
    pub max_repetitions: Option<u32>,
    #[serde(default)]
    pub retries: Option<u32>,
    #[serde(default)]
    pub timeout: Option<Spanned<Text>>,
    #[serde(default)]
    pub use_unconnected_udp_socket: Option<bool>,
    #[serde(default)]
    pub allow_nonincreasing_oids: Option<bool>,
    #[serde(default)]
    pub partial: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMetric {
    #[serde(default)]
    pub name: Text,
    #[serde(default)]
    pub oid: Text,
    #[serde(default, rename = "type")]
    pub kind: Text,
    #[serde(default)]
    pub help: Text,
    #[serde(default)]
    pub indexes: Option<Vec<Spanned<RawIndex>>>,
    #[serde(default)]
    pub lookups: Option<Vec<Spanned<RawLookup>>>,
    #[serde(default)]
    pub regex_extracts: Option<BTreeMap<String, Option<Vec<Spanned<RawExtract>>>>>,
    #[serde(default)]
    pub datetime_pattern: Text,
    #[serde(default)]
    pub enum_values: Option<BTreeMap<Int, Text>>,
    #[serde(default)]
    pub offset: Option<f64>,
    #[serde(default)]
    pub scale: Option<f64>,
    #[serde(default)]
    pub display_hint: Text,
    #[serde(default)]
    pub fallback: Option<Vec<Spanned<RawFallback>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawIndex {
    #[serde(default)]
    pub labelname: Text,
    #[serde(default, rename = "type")]
    pub kind: Text,
    #[serde(default)]
    pub fixed_size: Option<u32>,
    #[serde(default)]
    pub implied: Option<bool>,
    #[serde(default)]
    pub enum_values: Option<BTreeMap<Int, Text>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLookup {
    #[serde(default)]
    pub labels: Option<Vec<Text>>,
    #[serde(default)]
    pub labelname: Text,
    #[serde(default)]
    pub oid: Text,
    #[serde(default, rename = "type")]
    pub kind: Text,
    #[serde(default)]
    pub display_hint: Text,
    #[serde(default)]
    pub enum_values: Option<BTreeMap<Int, Text>>,
    #[serde(default)]
    pub fallback: Option<Vec<Spanned<RawFallback>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExtract {
    #[serde(default)]
    pub regex: Text,
    /// `$1` when the key is missing; a key without value is an empty template.
    #[serde(default = "first_group")]
    pub value: Text,
}

fn first_group() -> Text {
    Text("$1".into())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFilter {
    #[serde(default)]
    pub oid: Text,
    #[serde(default)]
    pub targets: Option<Vec<Spanned<Text>>>,
    #[serde(default)]
    pub values: Option<Vec<Spanned<Text>>>,
}

/// A fallback is an OID (or the word `index`), or a map where the fallback column needs more than its OID.
#[derive(Debug, Default)]
pub(super) struct RawFallback {
    pub oid: String,
    pub kind: Option<String>,
    pub scale: Option<f64>,
    pub offset: Option<f64>,
    pub when: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FallbackMap {
    oid: String,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    scale: Option<f64>,
    #[serde(default)]
    offset: Option<f64>,
    #[serde(default)]
    when: Option<String>,
}

impl<'de> Deserialize<'de> for RawFallback {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = RawFallback;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an OID, or a map with `oid`")
            }

            fn visit_str<E>(self, oid: &str) -> Result<RawFallback, E> {
                Ok(RawFallback { oid: oid.into(), ..RawFallback::default() })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawFallback, A::Error> {
                let FallbackMap { oid, kind, scale, offset, when } =
                    FallbackMap::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(RawFallback { oid, kind, scale, offset, when })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// A text; nothing is an empty one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Text(pub String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<String>::deserialize(deserializer).map(|text| Text(text.unwrap_or_default()))
    }
}

/// A key that is a whole number; a number in quotes is a text, and refused as upstream refuses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Int(pub i64);

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Int;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number without quotes")
            }

            fn visit_i64<E>(self, number: i64) -> Result<Int, E> {
                Ok(Int(number))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Int, E> {
                i64::try_from(number).map(Int).map_err(|_| E::custom(format!("{number} is too large")))
            }
        }
        deserializer.deserialize_any(Number)
    }
}
